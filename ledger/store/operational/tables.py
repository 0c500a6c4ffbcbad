"""
What must never be lost.

The operational store holds what is not on the chain and cannot be replayed from it: commands that were accepted and are
not settled yet, the answers given to idempotent requests, log-ins, names used on import, and the numbers that signers
have used. A rebuild of the projection never touches it.

Moments are UTC seconds. Addresses are 0x-hexadecimal with checksum. An operation's number has 256 bits, more than a
database integer holds, so it is stored as decimal text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    insert,
    inspect,
    literal,
    select,
    update,
)
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.errors import Unavailable
from ledger.store.engine import alone, insert_or_keep, order_texts_by_bytes

SCHEMA_VERSION: Final = 2
"""
Grows by one with every change of these tables. An older database is brought up to it when it is opened: new tables are
made, and columns that came later are added, empty.
"""

metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

outbox = Table(
    "outbox",
    metadata,
    # SQLite counts by itself only in a column that is exactly INTEGER.
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(66), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    Column("contract", String(42), nullable=False),
    Column("signer", String(42), nullable=False),
    Column("operation", String(78), nullable=False),
    Column("deadline", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("call_data", LargeBinary, nullable=False),
    Column("core_bytes", Integer, nullable=False),
    Column("accepted_block", BigInteger, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("relayer", String(42)),
    Column("nonce", BigInteger),
    Column("transaction", String(66)),
    Column("raw", LargeBinary),
    Column("sent_at", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("last_error", Text),
    Column("block_number", BigInteger),
    Column("block_hash", String(66)),
    Column("refusal", Text),
    Column("ended_at", BigInteger),
    Index("outbox_by_state", "state", "position"),
    Index("outbox_by_signer", "signer", "position"),
    Index("outbox_by_block", "block_number"),
    sqlite_autoincrement=True,
)

acceptances = Table(
    "acceptances",
    metadata,
    Column("id", String(66), primary_key=True),
    Column("relayer", String(42), nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("include_by", BigInteger, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("trace", String(64)),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("caller", String(128), nullable=False),
    Column("key", String(255), nullable=False),
    Column("request_digest", LargeBinary(32), nullable=False),
    Column("answer", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("caller", "key"),
    Index("idempotency_keys_by_age", "recorded_at"),
)

login_challenges = Table(
    "login_challenges",
    metadata,
    Column("nonce", String(64), primary_key=True),
    Column("address", String(42)),
    Column("issued_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)

login_sessions = Table(
    "login_sessions",
    metadata,
    Column("token_digest", LargeBinary(32), primary_key=True),
    Column("address", String(42), nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

aliases = Table(
    "aliases",
    metadata,
    Column("name", String(256), nullable=False),
    Column("government", BigInteger, nullable=False),
    Column("source", String(256), nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", "government"),
    Index("aliases_by_government", "government"),
)

dialogue_messages = Table(
    "dialogue_messages",
    metadata,
    Column("channel", String(40), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("previous", LargeBinary(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("signer", String(42), nullable=False),
    Column("government", BigInteger, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    PrimaryKeyConstraint("channel", "number"),
)

dialogue_attachments = Table(
    "dialogue_attachments",
    metadata,
    Column("channel", String(40), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("place", Integer, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    PrimaryKeyConstraint("channel", "number", "place"),
)

dialogue_salts = Table(
    "dialogue_salts",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("channel", String(40), nullable=False),
    Column("messages", BigInteger, nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
)

reminders = Table(
    "reminders",
    metadata,
    Column("deadline", String(200), nullable=False),
    Column("lead_seconds", BigInteger, nullable=False),
    Column("given_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("deadline", "lead_seconds"),
    Index("reminders_by_age", "given_at"),
)

operation_numbers = Table(
    "operation_numbers",
    metadata,
    Column("signer", String(42), nullable=False),
    Column("contract", String(42), nullable=False),
    Column("word", String(62), nullable=False),
    Column("next_bit", Integer, nullable=False),
    PrimaryKeyConstraint("signer", "contract"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", String(128), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("url", Text, nullable=False),
    Column("secret", String(128), nullable=False),
    Column("government", BigInteger),
    Column("event", String(64)),
    Column("created_at", BigInteger, nullable=False),
    Column("place", String(64), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("last_error", Text),
    Column("ended_at", BigInteger),
    sqlite_autoincrement=True,
)

webhook_dead_letters = Table(
    "webhook_dead_letters",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("webhook", BigInteger, nullable=False),
    Column("message", String(96), nullable=False),
    Column("body", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("died_at", BigInteger, nullable=False),
    Index("webhook_dead_letters_message", "webhook", "message", unique=True),
    sqlite_autoincrement=True,
)

order_texts_by_bytes(metadata)


class OperationalSchemaForeign(Unavailable):
    """The operational database was written by another version of this program."""

    def __init__(self, found: int, expected: int) -> None:
        super().__init__(
            f"operational database: its tables are of version {found}; this program knows version {expected}. "
            "Use the program that wrote it, or a newer one"
        )
        self.found, self.expected = found, expected

    def values(self) -> dict[str, object]:
        """The versions."""
        return {"found": self.found, "expected": self.expected}


def create_missing(connection: Connection) -> None:
    """
    Create the tables that are not there yet, and bring older ones up; safe when two processes do it together.

    Raises
    ------
    OperationalSchemaForeign
        Where the tables are of a later version. Nothing is changed then.
    """
    alone(connection, "operational tables")
    connection.execute(CreateTable(schema_version, if_not_exists=True))
    found = connection.scalar(select(schema_version.c.version))
    if found is not None and not 0 < found <= SCHEMA_VERSION:
        raise OperationalSchemaForeign(found, SCHEMA_VERSION)
    # Even CREATE INDEX IF NOT EXISTS locks its table on PostgreSQL, against those who write it just now.
    if found == SCHEMA_VERSION and set(metadata.tables) <= set(inspect(connection).get_table_names()):
        return
    for table in metadata.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
        if found is not None and found < SCHEMA_VERSION:
            _add_missing_columns(connection, table)
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            connection.execute(CreateIndex(index, if_not_exists=True))
    if found is None:
        connection.execute(insert(schema_version).values(version=SCHEMA_VERSION))
    elif found < SCHEMA_VERSION:
        connection.execute(update(schema_version).values(version=SCHEMA_VERSION))


def _add_missing_columns(connection: Connection, table: Table) -> None:
    """Add the columns that a table of an older version lacks; columns that come later may be empty."""
    standing = {column["name"] for column in inspect(connection).get_columns(table.name)}
    quote = connection.dialect.identifier_preparer
    for column in table.columns:
        if column.name not in standing:
            kind = column.type.compile(dialect=connection.dialect)
            name = f"{quote.format_table(table)} ADD COLUMN {quote.format_column(column)}"
            connection.exec_driver_sql(f"ALTER TABLE {name} {kind}")


def insert_if_absent(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless one with a unique key of it stands; whether it was inserted."""
    # A row that comes back says so on every database; a count of rows does not where a key is made by the database.
    statement = insert_or_keep(connection, table).values(**row).returning(literal(1))
    return connection.execute(statement).first() is not None
