"""
Where two projections differ.

Both are read in the order of their primary keys and walked side by side, so neither is held in memory. A difference
names table, key, column and both values.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any, Final

from sqlalchemy import Connection, Table, inspect, select

from ledger.errors import shown
from ledger.store.projection.tables import TABLES

DIFFERENCES_MAX: Final = 50
"""After so many the rest is not looked for: one wrong event early on can change everything behind it."""

_ROWS_AT_ONCE: Final = 2000

_Row = tuple[Any, ...]


def differences(standing: Connection, replayed: Connection, limit: int = DIFFERENCES_MAX) -> list[str]:
    """
    Compare every table row for row.

    Parameters
    ----------
    standing, replayed
        Each in a read transaction.
    limit
        How many differences to name.
    """
    found: list[str] = []
    present = set(inspect(standing).get_table_names())
    for table in TABLES:
        if table.name not in present:
            found.append(f"{table.name}: the table is missing")
            continue
        with closing(_rows(table, standing)) as left, closing(_rows(table, replayed)) as right:
            for difference in _table_differences(table, left, right):
                if len(found) == limit:
                    return [*found, f"and more; the first {limit} are named"]
                found.append(difference)
    return found


def _table_differences(table: Table, left: Iterator[_Row], right: Iterator[_Row]) -> Iterator[str]:
    names = [column.name for column in table.columns]
    keys = [names.index(column.name) for column in table.primary_key.columns]
    ours, theirs = next(left, None), next(right, None)
    while ours is not None or theirs is not None:
        if ours == theirs:
            ours, theirs = next(left, None), next(right, None)
            continue
        key_ours = None if ours is None else tuple(ours[place] for place in keys)
        key_theirs = None if theirs is None else tuple(theirs[place] for place in keys)
        if key_theirs is None or (key_ours is not None and key_ours < key_theirs):
            yield f"{table.name} {_shown_key(key_ours)}: stands here, and a replay does not make it"
            ours = next(left, None)
        elif key_ours is None or key_theirs < key_ours:
            yield f"{table.name} {_shown_key(key_theirs)}: is missing here, and a replay makes it"
            theirs = next(right, None)
        else:
            assert ours is not None
            assert theirs is not None
            for name, here, there in zip(names, ours, theirs, strict=True):
                if here != there:
                    place = f"{table.name} {_shown_key(key_ours)}"
                    yield f"{place}: {name} is {shown(here)}, and a replay gives {shown(there)}"
            ours, theirs = next(left, None), next(right, None)


def _rows(table: Table, connection: Connection) -> Generator[_Row, None, None]:
    statement = select(table).order_by(*table.primary_key.columns)
    with connection.execute(statement.execution_options(yield_per=_ROWS_AT_ONCE)) as found:
        for row in found:
            yield tuple(row)


def _shown_key(key: _Row | None) -> str:
    return ", ".join(map(str, key or ()))
