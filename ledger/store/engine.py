"""
Database engines.

Both stores speak SQLAlchemy Core on SQLite, later on PostgreSQL. This file is the only place that knows how the two
differ: how a transaction begins, how safe a commit is, what their errors mean.

- A reader sees one moment: its transaction is a snapshot, however long it lasts.
- A writer takes the write lock when it begins, not at its first write. What it reads inside is still true when it
  commits, so two processes that write the same database come one after the other and never half and half.
- What the database itself refuses comes out as `DatabaseLocked` or `DatabaseUnusable`. `sqlalchemy.exc.IntegrityError`
  is left as it is, because it answers a question that a caller asked.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from ledger.errors import InvalidInput, Unavailable

BUSY_TIMEOUT_SECONDS: Final = 10.0
"""How long a writer waits for another process before it gives up."""

_LOCKED_SQLITE: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_LOCKED_SQLSTATES: Final = frozenset({"55P03", "40P01", "40001"})  # lock_not_available, deadlock, serialization failure
_WRITES: Final = "immediate"
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
    url_or_path: str | Path, *, durable: bool = True, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS
) -> Engine:
    """
    Open a database; a SQLite file is made on first use, its folder is not.

    Parameters
    ----------
    url_or_path
        A file, or an SQLAlchemy URL.
    durable
        Whether a commit must outlive a power cut (SQLite: `synchronous=FULL`). What can be replayed from the chain
        needs only to stay consistent, and is then several times faster (`NORMAL`). Neither loses a commit when the
        process is killed.
    busy_timeout_seconds
        How long to wait for another writer.

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
        engine = create_engine(url)
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise InvalidInput("database", shown_as, _URL_RULE) from None
    except ModuleNotFoundError as error:
        raise DatabaseUnusable(shown_as, f"its driver {error.name} is not installed") from None
    database = url.database or shown_as if engine.dialect.name == "sqlite" else shown_as
    event.listen(engine, "handle_error", _error_mapper(database, busy_timeout_seconds), retval=True)
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine, durable, busy_timeout_seconds)
    return engine


def _prepare_sqlite(engine: Engine, durable: bool, busy_timeout_seconds: float) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own habit of beginning transactions late is switched off: `_begin` does it.
        connection.isolation_level = None
        # The timeout comes first, because even the change to WAL can meet a lock.
        connection.execute(f"PRAGMA busy_timeout = {int(busy_timeout_seconds * 1000)}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


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
        if getattr(error, "sqlstate", None) in _LOCKED_SQLSTATES:
            return DatabaseLocked(database, busy_timeout_seconds)
        if type(error).__name__ == "OperationalError":
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
