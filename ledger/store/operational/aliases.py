"""
Aliases.

A file that is imported calls governments by names of its own. The name is kept beside the ledger's number, so that
commands and reports find the government by the name under which it was imported. One name may have come to mean two
governments in two files; both are then given, and the caller must choose.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from sqlalchemy import Engine, select

from ledger.errors import InvalidInput
from ledger.store.engine import reading, writing
from ledger.store.operational.tables import aliases, insert_if_absent

NAME_LENGTH_MAX: Final = 256


def normal(name: str) -> str:
    """The form under which a name is kept: composed characters, without space around it."""
    return unicodedata.normalize("NFC", name).strip()


class Aliases:
    """Names under which governments were imported."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, name: str, government: int, now: int, source: str = "") -> bool:
        """
        Keep a name; whether it was new for this government.

        Parameters
        ----------
        name
            As the file has it; 1 to 256 characters.
        government
            Its id on the ledger.
        now
            UTC seconds.
        source
            Where the name was found, for people; cut where it is long.

        Raises
        ------
        InvalidInput
        """
        kept = normal(name)
        if not 0 < len(kept) <= NAME_LENGTH_MAX:
            raise InvalidInput("alias", name, f"1 to {NAME_LENGTH_MAX} characters")
        row = {"name": kept, "government": government, "source": source[:NAME_LENGTH_MAX], "recorded_at": now}
        with writing(self._engine) as connection:
            return insert_if_absent(connection, aliases, row)

    def governments(self, name: str) -> list[int]:
        """Ids of the governments that were imported under this name."""
        query = select(aliases.c.government).where(aliases.c.name == normal(name)).order_by(aliases.c.government)
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def names(self, government: int) -> list[str]:
        """Names under which this government was imported."""
        query = select(aliases.c.name).where(aliases.c.government == government).order_by(aliases.c.name)
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def all(self) -> dict[int, list[str]]:
        """The names of every government that has any."""
        query = select(aliases.c.government, aliases.c.name).order_by(aliases.c.government, aliases.c.name)
        found: dict[int, list[str]] = {}
        with reading(self._engine) as connection:
            for government, name in connection.execute(query):
                found.setdefault(government, []).append(name)
        return found
