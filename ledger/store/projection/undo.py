"""
Taking blocks back.

A chain without finality may replace its last blocks by others. So that the projection can follow, the database itself
notes what each of the last blocks changed: a trigger on every table writes down the row as it was before an UPDATE or a
DELETE, and the row that an INSERT made. Taken back in reverse, the notes lead to exactly the rows that stood before the
block, the cursor among them. Handlers and tables need to know nothing of it.

Notes are kept for as many blocks as a follower asks for and no longer, and only blocks that may still be replaced are
written with them: a replay of a long history notes nothing until it comes near the head.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    inspect,
    select,
    update,
)

from ledger.store.projection.tables import TABLES

UNDO_BLOCKS: Final = 256
"""How many of the last blocks can be taken back on a chain that replaces blocks."""

metadata: Final = MetaData()

notes: Final = Table(
    "undo_notes",
    metadata,
    Column("position", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("block", BigInteger, nullable=False),
    Column("relation", String(64), nullable=False, comment="the table that was changed"),
    Column("change", String(6), nullable=False, comment="INSERT, UPDATE or DELETE"),
    Column("content", Text, nullable=False, comment="the row as JSON: the new one of an INSERT, else the old one"),
    Index("undo_notes_block", "block", "position"),
    sqlite_autoincrement=True,
)

_noting: Final = Table(
    "undo_noting",
    metadata,
    Column("block", BigInteger, primary_key=True, autoincrement=False, comment="which is being written with notes"),
)

_SETTING: Final = "intergov.undo_block"
_CHANGES: Final = ("INSERT", "UPDATE", "DELETE")

_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION undo_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO undo_notes (block, relation, change, content) VALUES (
        current_setting('intergov.undo_block')::bigint, TG_TABLE_NAME, TG_OP,
        CASE WHEN TG_OP = 'INSERT' THEN to_jsonb(NEW) ELSE to_jsonb(OLD) END
    );
    RETURN NULL;
END $$
"""


def ensure(connection: Connection) -> None:
    """Make the notes' tables and triggers where they are missing."""
    if inspect(connection).has_table(notes.name):
        return
    metadata.create_all(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_FUNCTION)
    for table in TABLES:
        for change in _CHANGES:
            _make_trigger(connection, table, change)


def forget(connection: Connection) -> None:
    """Drop all notes."""
    if inspect(connection).has_table(notes.name):
        connection.execute(delete(notes))


def drop(connection: Connection) -> None:
    """Drop notes and triggers, before the tables: where the notes' table stands, the triggers do."""
    metadata.drop_all(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS undo_note CASCADE")


def _trigger(table: Table, change: str) -> str:
    return f"undo_{table.name}_{change.lower()}"


def _make_trigger(connection: Connection, table: Table, change: str) -> None:
    quote = connection.dialect.identifier_preparer
    head = f"TRIGGER {_trigger(table, change)} AFTER {change} ON {quote.format_table(table)} FOR EACH ROW"
    if connection.dialect.name == "postgresql":
        asked = f"coalesce(current_setting('{_SETTING}', true), '') <> ''"
        connection.exec_driver_sql(f"CREATE {head} WHEN ({asked}) EXECUTE FUNCTION undo_note()")
        return
    version = "NEW" if change == "INSERT" else "OLD"
    parts = ", ".join(f"'{column.name}', {version}.{quote.format_column(column)}" for column in table.columns)
    connection.exec_driver_sql(
        f"CREATE {head} WHEN EXISTS (SELECT 1 FROM undo_noting) BEGIN "  # noqa: S608 - all names are the product's.
        "INSERT INTO undo_notes (block, relation, change, content) "
        f"SELECT block, '{table.name}', '{change}', json_object({parts}) FROM undo_noting; END"
    )


@contextmanager
def noting(connection: Connection, block: int) -> Iterator[None]:
    """Note what is changed within, as this block's; where it is left by an error, the transaction is undone anyway."""
    if connection.dialect.name == "postgresql":
        setting = func.set_config(_SETTING, str(block), True)
        connection.execute(select(setting))  # For this transaction only.
        yield
        connection.execute(select(func.set_config(_SETTING, "", True)))
    else:
        connection.execute(insert(_noting).values(block=block))
        yield
        connection.execute(delete(_noting))


def noted_behind(connection: Connection, block: int) -> int:
    """How many blocks behind this one have notes."""
    return connection.scalar(select(func.count(notes.c.block.distinct())).where(notes.c.block > block)) or 0


def forget_before(connection: Connection, block: int) -> None:
    """Drop the notes of blocks before this one."""
    connection.execute(delete(notes).where(notes.c.block < block))


def take_back(connection: Connection, block: int) -> None:
    """Undo, the last change first, all that was noted of the blocks behind this one."""
    tables = {table.name: table for table in TABLES}
    found = select(notes).where(notes.c.block > block).order_by(notes.c.position.desc())
    for note in connection.execute(found).all():
        _undo(connection, tables[note.relation], note.change, json.loads(note.content))
    connection.execute(delete(notes).where(notes.c.block > block))


def _undo(connection: Connection, table: Table, change: str, row: dict[str, Any]) -> None:
    this_one = [column == row[column.name] for column in table.primary_key.columns]
    if change == "INSERT":
        connection.execute(delete(table).where(*this_one))
    elif change == "UPDATE":
        connection.execute(update(table).where(*this_one).values(row))
    else:
        connection.execute(insert(table).values(row))
