"""
Database engines.

Both stores speak SQLAlchemy Core on SQLite or on PostgreSQL. This file is the only place that knows how the two
differ: how a transaction begins, how safe a commit is, how text is ordered, what their errors mean. SQLite has a file
for each store; on PostgreSQL both may be in one database, each in a namespace (schema) of its own.

- A reader sees one moment: its transaction is a snapshot, however long it lasts.
- On SQLite a writer takes the write lock when it begins, not at its first write. What it reads inside is still true
  when it commits, so two processes that write the same database come one after the other and never half and half. On
  PostgreSQL writers go side by side; one that decides by what it reads locks that row, or asks for `alone`.
- What the database itself refuses comes out as `DatabaseLocked` or `DatabaseUnusable`. `sqlalchemy.exc.IntegrityError`
  is left as it is, because it answers a question that a caller asked.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, String, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from ledger.errors import InvalidInput, Unavailable

BUSY_TIMEOUT_SECONDS: Final = 10.0
"""How long a writer waits for another process before it gives up."""

_LOCKED_SQLITE: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_LOCKED_SQLSTATES: Final = frozenset({"55P03", "40P01", "40001"})  # lock_not_available, deadlock, serialization failure
_UNUSABLE_SQLSTATES: Final = frozenset({"25006", "42501"})  # read_only_sql_transaction, insufficient_privilege
_CONNECT_TIMEOUT_SECONDS: Final = 10
_CHECKPOINT_PAGES: Final = 16_384
"""How long the write-ahead log of what can be replayed grows before it is folded in: 64 MB."""
_WRITES: Final = "immediate"
_NAMESPACE: Final = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_URL_RULE: Final = "a path, sqlite:///path or postgresql+psycopg://user@host/database"


class DatabaseLocked(Unavailable):
    """Another process held the write lock for longer than a writer waits; nothing was written."""

    def __init__(self, database: str, timeout_seconds: float) -> None:
        super().__init__(
            f"database {database}: locked by another process for more than {timeout_seconds:g} s; "
            "nothing was written, try again when that process is done"
        )
        self.database = database
        self.timeout_seconds = timeout_seconds

    def values(self) -> dict[str, object]:
        """Which database, and how long was waited."""
        return {"database": self.database, "timeout_seconds": int(self.timeout_seconds)}


class DatabaseUnusable(Unavailable):
    """The database cannot be opened, read or written: no such folder, no permission, full disk, not a database."""

    def __init__(self, database: str, reason: str) -> None:
        super().__init__(f"database {database}: cannot be used: {reason}")
        self.database = database
        self.reason = reason

    def values(self) -> dict[str, object]:
        """Which database, and what it said."""
        return {"database": self.database, "reason": self.reason}


def open_engine(
    url_or_path: str | Path,
    *,
    durable: bool = True,
    busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
    namespace: str | None = None,
) -> Engine:
    """
    Open a database; a SQLite file is made on first use, its folder is not, nor is a PostgreSQL database.

    Parameters
    ----------
    url_or_path
        A file, or an SQLAlchemy URL.
    durable
        Whether a commit must outlive a power cut (SQLite: `synchronous=FULL`, PostgreSQL: `synchronous_commit=on`).
        What can be replayed from the chain needs only to stay consistent, and is then several times faster. Neither
        loses a commit when this process is killed.
    busy_timeout_seconds
        How long to wait for another writer.
    namespace
        Where the tables are in a PostgreSQL database, small letters; made on first use. A SQLite file has none.

    Raises
    ------
    InvalidInput
        The URL cannot be read or names no kind of database that SQLAlchemy knows.
    DatabaseUnusable
        The driver for this kind of database is not installed. All else shows at the first use.
    """
    text = str(url_or_path)
    is_path = isinstance(url_or_path, Path) or "://" not in text
    # A password is never shown, not even that of a URL which cannot be read.
    shown_as = re.sub(r"(://[^:/@]*:)[^@]*@", r"\1***@", text)
    try:
        # A path is no part of a URL's text: it may have question marks in it.
        url = URL.create("sqlite", database=text) if is_path else make_url(text)
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise InvalidInput("database", shown_as, _URL_RULE)
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        engine = create_engine(url, **_options(url))
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise InvalidInput("database", shown_as, _URL_RULE) from None
    except ModuleNotFoundError as error:
        raise DatabaseUnusable(shown_as, f"its driver {error.name} is not installed") from None
    database = url.database or shown_as if engine.dialect.name == "sqlite" else shown_as
    event.listen(engine, "handle_error", _error_mapper(database, busy_timeout_seconds), retval=True)
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine, durable, busy_timeout_seconds)
    else:
        _prepare_postgresql(engine, durable, busy_timeout_seconds, namespace)
    return engine


def _options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {}
    # A server that was restarted leaves dead connections behind: each is tried before it is used again.
    limits = {} if "connect_timeout" in url.query else {"connect_timeout": _CONNECT_TIMEOUT_SECONDS}
    return {"pool_pre_ping": True, "connect_args": limits}


def _prepare_sqlite(engine: Engine, durable: bool, busy_timeout_seconds: float) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own habit of beginning transactions late is switched off: `_begin` does it.
        connection.isolation_level = None
        # The timeout comes first, because even the change to WAL can meet a lock.
        connection.execute(f"PRAGMA busy_timeout = {int(busy_timeout_seconds * 1000)}")
        _enter_wal(connection, busy_timeout_seconds)
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        if not durable:
            # A long replay would otherwise wait for the disk every 4 MB: half of its time.
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _enter_wal(connection: sqlite3.Connection, busy_timeout_seconds: float) -> None:
    """Turn a file to a write-ahead log; where others turn the same new file, SQLite tells at once that it is locked."""
    until = time.monotonic() + busy_timeout_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _LOCKED_SQLITE or time.monotonic() > until:
                raise
            time.sleep(_WAL_PAUSE_SECONDS)
        else:
            return


_WAL_PAUSE_SECONDS: Final = 0.01


def _prepare_postgresql(engine: Engine, durable: bool, busy_timeout_seconds: float, namespace: str | None) -> None:
    if namespace is not None and not _NAMESPACE.fullmatch(namespace):
        raise InvalidInput("namespace", namespace, "small letters, digits and underscores, a letter first")
    settings = [
        f"SET lock_timeout = {int(busy_timeout_seconds * 1000)}",
        f"SET synchronous_commit = {'on' if durable else 'off'}",
        # Moments are integers here; a server's own zone must not find its way into anything that is shown.
        "SET timezone = 'UTC'",
    ]

    # Before all other listeners: the dialect asks the first connection for its namespace.
    @event.listens_for(engine, "connect", insert=True)
    def _connect(connection: Any, _record: object) -> None:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for setting in settings:
                cursor.execute(setting)
            if namespace is not None:
                _ensure_namespace(cursor, namespace)
                cursor.execute(f'SET search_path TO "{namespace}"')
        connection.autocommit = False


def _ensure_namespace(cursor: Any, namespace: str) -> None:
    # Looked for first: an account that may not make namespaces can still use one that is there.
    if cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (namespace,)).fetchone() is None:
        # Of two that make it at the same moment one waits: PostgreSQL refuses the second even with IF NOT EXISTS.
        cursor.execute(f"SELECT pg_advisory_lock({_lock_number('namespace')})")
        try:
            cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{namespace}"')
        finally:
            cursor.execute(f"SELECT pg_advisory_unlock({_lock_number('namespace')})")


def _lock_number(name: str) -> int:
    # PostgreSQL's advisory locks are signed numbers of 64 bits, one space for the whole database.
    return int.from_bytes(hashlib.sha256(f"intergov {name}".encode()).digest()[:8], "big", signed=True)


def alone(connection: Connection, name: str) -> None:
    """
    Keep other writers that ask for the same name waiting until this write transaction ends.

    On SQLite every writer is alone already.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_lock_number(name)})")


def order_texts_by_bytes(metadata: MetaData) -> None:
    """
    Give every text column of these tables the order of its bytes on PostgreSQL too, as SQLite has it.

    Otherwise the order would be that of the server's language, and two servers would list the same rows differently.
    """
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, String) and column.type.collation is None:
                bytewise = column.type.copy()
                bytewise.collation = "C"
                column.type = column.type.with_variant(bytewise, "postgresql")


def _error_mapper(database: str, busy_timeout_seconds: float) -> Any:
    def _map(context: ExceptionContext) -> BaseException | None:
        error = context.original_exception
        if isinstance(error, sqlite3.DatabaseError):
            # The low byte is the kind of error; the rest says more of the same.
            code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
            if code in _LOCKED_SQLITE:
                return DatabaseLocked(database, busy_timeout_seconds)
            # Plain DatabaseError is what a damaged file or a file of another kind gives.
            if isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError:
                return DatabaseUnusable(database, str(error))
            return None
        state = getattr(error, "sqlstate", None)
        if state in _LOCKED_SQLSTATES:
            return DatabaseLocked(database, busy_timeout_seconds)
        # By their names in the database interface (PEP 249), so that the driver is loaded only where it is used.
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if kinds & {"OperationalError", "InterfaceError"} or state in _UNUSABLE_SQLSTATES:
            return DatabaseUnusable(database, str(error).strip())
        return None

    return _map


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a read transaction: everything read in it is of one moment."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """
    Open a write transaction: committed at the end, undone whole where an error leaves the block.

    On SQLite the write lock is held from the beginning. On PostgreSQL a caller that decides by what it reads locks the
    row it reads (`with_for_update`, which SQLite ignores).
    """
    with engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        yield connection


def insert_or_keep(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Make an INSERT that leaves a row that is there already as it is."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def insert_or_replace(
    connection: Connection, table: Table, columns: Sequence[str]
) -> sqlite.Insert | postgresql.Insert:
    """Make an INSERT that, where the primary key is there already, sets `columns` to the new values."""
    keys = list(table.primary_key.columns)
    if connection.dialect.name == "postgresql":
        onto = postgresql.insert(table)
        return onto.on_conflict_do_update(index_elements=keys, set_={name: onto.excluded[name] for name in columns})
    into = sqlite.insert(table)
    return into.on_conflict_do_update(index_elements=keys, set_={name: into.excluded[name] for name in columns})
