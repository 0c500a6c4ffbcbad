"""Which deadlines were called to mind, and how long before."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, delete

from ledger.store.engine import writing
from ledger.store.operational.tables import insert_if_absent, reminders


class RemindersGiven:
    """The reminders that were given."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, key: str, leads_seconds: Sequence[int], now: int) -> bool:
        """
        Keep that a deadline was called to mind so long before; whether the first of the leads was new.

        Parameters
        ----------
        key
            The deadline's, see `Deadline.key`.
        leads_seconds
            All leads that have been reached, the shortest first.
        now
            UTC seconds.
        """
        with writing(self._engine) as connection:
            new = [
                insert_if_absent(connection, reminders, {"deadline": key, "lead_seconds": lead, "given_at": now})
                for lead in leads_seconds
            ]
        return new[0]

    def forget(self, before: int) -> int:
        """Delete what was given before a moment, and say how many."""
        with writing(self._engine) as connection:
            return connection.execute(delete(reminders).where(reminders.c.given_at < before)).rowcount
