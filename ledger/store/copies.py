"""
Copies of SQLite databases that are in use.

SQLite's own online backup takes one consistent moment, with all that is in the write-ahead log, and holds up no writer.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ledger.store.engine import BUSY_TIMEOUT_SECONDS, DatabaseUnusable


def copy_database(source: Path, target: Path) -> None:
    """
    Copy a SQLite database as it is at one moment, and make sure that the copy is whole.

    Raises
    ------
    DatabaseUnusable
    """
    try:
        # By URI, so that a source that is not there is an error and not a new, empty database.
        place = f"{source.absolute().as_uri()}?mode=rw"
        with (
            closing(sqlite3.connect(place, timeout=BUSY_TIMEOUT_SECONDS, uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
            # The copy is one file, without a log beside it.
            new.execute("PRAGMA journal_mode = DELETE")
            (found,) = new.execute("PRAGMA quick_check").fetchone()
    except sqlite3.Error as error:
        raise DatabaseUnusable(str(source), str(error)) from None
    if found != "ok":
        raise DatabaseUnusable(str(source), f"it is damaged: {found}")
