"""
Rows on their way into the projection.

Handlers say what rows an event makes; a batch holds them back and writes each table with one statement. A change to a
row that is still held back changes it there, so a commitment and the outcome that came with it are one INSERT.

A batch trusts nothing: a row that is there already, or a change to a row that is not there, means that the events do
not tell a consistent story, and ends the transaction with `ProjectionContradicted`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Insert, Table, bindparam, delete, insert, update
from sqlalchemy.exc import IntegrityError

from ledger.errors import LedgerError
from ledger.store.engine import insert_or_replace
from ledger.store.projection.tables import TABLES

Key = tuple[Any, ...]
Row = dict[str, Any]


class ProjectionContradicted(LedgerError):
    """The events contradict each other, or what was projected before; nothing of these blocks was written."""

    def __init__(self, table: str, key: Key | None, reason: str) -> None:
        row = "" if key is None else f" {', '.join(map(str, key))}"
        super().__init__(f"projection: {table}{row}: {reason}")
        self.table = table
        self.key = key
        self.reason = reason

    def values(self) -> dict[str, object]:
        """Which row, and what is wrong with it."""
        return {"table": self.table, "key": list(self.key or ()), "reason": self.reason}


class _Pending:
    """What one table has to take."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.columns: Final = tuple(column.name for column in table.columns)
        self.keys: Final = tuple(column.name for column in table.primary_key.columns)
        self.empty: Final[Row] = dict.fromkeys(self.columns)
        # Every table has two columns or more, so this gives a tuple.
        self.values: Final[Callable[[Row], tuple[Any, ...]]] = itemgetter(*self.columns)
        self.appended: list[tuple[Any, ...]] = []
        self.inserts: dict[Key, Row] = {}
        self.puts: dict[Key, Row] = {}
        self.merges: dict[Key, Row] = {}
        self.changes: dict[Key, Row] = {}
        self.sweeps: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []
        self.replacement: list[Row] | None = None


class Batch:
    """Rows and changes of some blocks, to be written in one transaction."""

    def __init__(self) -> None:
        self._pending = {table.name: _Pending(table) for table in TABLES}

    def held(self, table: Table, key: Key) -> Row | None:
        """The row with this key that is on its way in, to read; None where it is not, though it may be in the table."""
        pending = self._pending[table.name]
        return pending.inserts.get(key) or pending.puts.get(key)

    def append(self, table: Table, row: tuple[Any, ...]) -> None:
        """Add a row that nothing changes later, as values in the order of the table's columns."""
        self._pending[table.name].appended.append(row)

    def insert(self, table: Table, row: Row) -> None:
        """Add a row that must not be there yet; columns that are not named are NULL."""
        pending = self._pending[table.name]
        whole = pending.empty | row
        key = tuple([whole[name] for name in pending.keys])
        if key in pending.inserts:
            raise ProjectionContradicted(table.name, key, "the chain makes it twice; each may be made once")
        pending.inserts[key] = whole

    def put(self, table: Table, row: Row) -> None:
        """Add a row, or replace the one that has its key."""
        pending = self._pending[table.name]
        whole = pending.empty | row
        key = tuple([whole[name] for name in pending.keys])
        pending.changes.pop(key, None)
        pending.merges.pop(key, None)
        pending.puts[key] = whole

    def merge(self, table: Table, row: Row) -> None:
        """Add a row, or change the one that has its key; columns that are not named stay, or are NULL in a new row."""
        pending = self._pending[table.name]
        key = tuple([row[name] for name in pending.keys])
        held = pending.inserts.get(key) or pending.puts.get(key) or pending.changes.get(key)
        if held is None:
            held = pending.merges.setdefault(key, {})
        held.update(row)

    def change(self, table: Table, key: Key, values: Mapping[str, Any]) -> None:
        """Change a row that must be there."""
        pending = self._pending[table.name]
        held = pending.inserts.get(key) or pending.puts.get(key) or pending.merges.get(key)
        if held is not None:
            held.update(values)
        else:
            pending.changes.setdefault(key, {}).update(values)

    def sweep(self, table: Table, where: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Change every row that has these values now, however many there are."""
        pending = self._pending[table.name]
        for held in (*pending.inserts.values(), *pending.puts.values()):
            if all(held[name] == value for name, value in where.items()):
                held.update(values)
        # Rows in the database are swept before held changes are written: a change that came before the sweep and took
        # a row out of it, or one that comes after it, has the last word either way.
        pending.sweeps.append((where, values))

    def replace(self, table: Table, rows: Iterable[Row]) -> None:
        """Put these rows in the place of all that the table has."""
        pending = self._pending[table.name]
        pending.replacement = [pending.empty | row for row in rows]

    def write(self, connection: Connection) -> None:
        """Write all of it, the tables that others refer to first."""
        for pending in self._pending.values():
            try:
                _write(connection, pending)
            except IntegrityError as error:
                raise ProjectionContradicted(pending.table.name, None, str(error.orig)) from error


def _write(connection: Connection, pending: _Pending) -> None:
    table = pending.table
    if pending.replacement is not None:
        connection.execute(delete(table))
        _insert(connection, pending, insert(table), map(pending.values, pending.replacement))
    for where, values in pending.sweeps:
        conditions = [table.c[name] == value for name, value in where.items()]
        connection.execute(update(table).where(*conditions).values(values))
    _insert(connection, pending, insert(table), pending.appended)
    _insert(connection, pending, insert(table), map(pending.values, pending.inserts.values()))
    if pending.puts:
        changing = [name for name in pending.columns if name not in pending.keys]
        statement = insert_or_replace(connection, table, changing)
        _insert(connection, pending, statement, map(pending.values, pending.puts.values()))
    for columns, rows in _by_columns(pending.merges).items():
        changing = [name for name in columns if name not in pending.keys]
        whole = (pending.values(pending.empty | row) for _, row in rows)
        _insert(connection, pending, insert_or_replace(connection, table, changing), whole)
    for columns, rows in _by_columns(pending.changes).items():
        _change(connection, pending, columns, rows)


def _insert(connection: Connection, pending: _Pending, statement: Insert, rows: Iterable[tuple[Any, ...]]) -> None:
    given = list(rows)
    if not given:
        return
    # Compiled once and handed to the driver: on very many small rows, taking each apart into named parameters would
    # cost more than the database does. All values are integers, texts and truth values, which drivers take as they are.
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(pending.columns))
    if compiled.positional:
        assert list(compiled.positiontup or ()) == list(pending.columns)
        connection.exec_driver_sql(str(compiled), given)
    else:
        connection.exec_driver_sql(str(compiled), [dict(zip(pending.columns, row, strict=True)) for row in given])


def _by_columns(changes: Mapping[Key, Row]) -> dict[tuple[str, ...], list[tuple[Key, Row]]]:
    # One statement serves all rows in which the same columns change.
    groups: dict[tuple[str, ...], list[tuple[Key, Row]]] = {}
    for key, values in changes.items():
        groups.setdefault(tuple(sorted(values)), []).append((key, values))
    return groups


def _change(connection: Connection, pending: _Pending, columns: Sequence[str], rows: Sequence[tuple[Key, Row]]) -> None:
    table = pending.table
    statement = update(table).values({name: bindparam(f"new_{name}") for name in columns})
    for name in pending.keys:
        statement = statement.where(table.c[name] == bindparam(f"key_{name}"))
    parameters = [
        {f"new_{name}": values[name] for name in columns}
        | {f"key_{name}": part for name, part in zip(pending.keys, key, strict=True)}
        for key, values in rows
    ]
    changed = connection.execute(statement, parameters).rowcount
    if changed != len(rows):
        missing = f"{len(rows) - changed} of {len(rows)} rows that the chain changes are not there"
        raise ProjectionContradicted(table.name, rows[0][0] if len(rows) == 1 else None, missing)
