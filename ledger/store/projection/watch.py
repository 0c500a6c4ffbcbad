"""
Whether the projection has changed since it was last looked at.

Who keeps answers made from the projection, or waits for new facts, must know of every commit, whoever made it,
and must not pay a query for it each time. SQLite counts the commits of other connections in memory that all processes
share; PostgreSQL tells those who listen, at the commit itself.
"""

from __future__ import annotations

import threading
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from ledger.errors import LedgerError

CHANNEL: Final = "intergov_projection"

_LISTEN_SECONDS: Final = 1.0
_RECONNECT_SECONDS: Final = 1.0


def announce(connection: Connection) -> None:
    """Tell, once this transaction is committed, that the projection has changed."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"NOTIFY {CHANNEL}")


class Watch:
    """Sees one projection change. Safe to share between threads; `close` it at the end."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._heard = 0
        self._connection: Any = None
        self._listens = False
        self._thread: threading.Thread | None = None
        if engine.dialect.name == "postgresql":
            self._thread = threading.Thread(target=self._listen, name="intergov-listening", daemon=True)
            self._thread.start()

    def version(self) -> int | None:
        """
        A number that is another one after every change.

        None while it cannot be said, as when the database does not answer: nothing that was kept can be relied on then.
        """
        if self._thread is not None:
            return self._heard if self._listens else None
        try:
            with self._lock:
                if self._stop.is_set():
                    return None
                if self._connection is None:
                    self._connection = self._engine.raw_connection()
                (count,) = self._connection.driver_connection.execute("PRAGMA data_version").fetchone()
                return int(count)
        except (SQLAlchemyError, LedgerError, OSError):
            return None

    def close(self) -> None:
        """Give back the connection."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_LISTEN_SECONDS + _RECONNECT_SECONDS + 10)
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                with self._engine.connect() as connection:
                    listening: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
                    self._hear(listening)
                    # It listens, so nobody else may be given it.
                    connection.invalidate()
            except (SQLAlchemyError, LedgerError, psycopg.Error):
                self._listens = False
                self._stop.wait(_RECONNECT_SECONDS)

    def _hear(self, connection: psycopg.Connection[Any]) -> None:
        connection.autocommit = True
        connection.execute(f"LISTEN {CHANNEL}".encode())
        # What happened before it listened was not heard.
        self._heard += 1
        self._listens = True
        while not self._stop.is_set():
            for _ in connection.notifies(timeout=_LISTEN_SECONDS, stop_after=1):
                self._heard += 1
        self._listens = False
