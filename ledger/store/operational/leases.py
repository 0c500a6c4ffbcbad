"""
Leases.

Some work must be done by one process at a time, for instance sending a relayer's transactions. Who holds the lease does
it. A lease ends when its holder gives it back, when its time is over, or when its holder is a process of this machine
that no longer lives, so that a successor need not wait for the time.

A lease saves work; it is not what correctness rests on. A holder that was asleep past its time may wake beside its
successor, so the work must be safe when two do it: the contracts execute an operation once, whoever sends it.
"""

from __future__ import annotations

import os
import secrets
import socket
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, delete, or_, select, update

from ledger.store.engine import reading, writing
from ledger.store.operational.tables import insert_if_absent, leases

LEASE_SECONDS: Final = 15


@cache
def _machine() -> str:
    """
    What tells this machine, since it was started, from others: process ids mean something within it only.

    The namespace of process ids belongs to it, because containers of one machine count their processes apart.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}.{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return socket.gethostname()


def owner_token() -> str:
    """A name for a new holder: its machine, its process, and a random part."""
    return f"{_machine()}/{os.getpid()}/{secrets.token_hex(8)}"


def _holder_is_dead(owner: str) -> bool:
    """Whether it is certain that the holder no longer lives."""
    machine, _, rest = owner.partition("/")
    process = rest.partition("/")[0]
    if machine != _machine() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


class Lease:
    """One holder's wish to have the lease of a name."""

    def __init__(self, engine: Engine, name: str, owner: str | None = None, seconds: int = LEASE_SECONDS) -> None:
        self._engine = engine
        self._name = name
        self._seconds = seconds
        self._expires_at = 0
        self.owner = owner or owner_token()

    @property
    def held(self) -> bool:
        """Whether this holder took the lease and did not give it back; its time may be over."""
        return self._expires_at > 0

    def taken(self, now: int) -> bool:
        """Whether anybody has the lease who may still live."""
        with reading(self._engine) as connection:
            holder = connection.scalar(
                select(leases.c.owner).where(leases.c.name == self._name, leases.c.expires_at > now)
            )
        return holder is not None and not _holder_is_dead(holder)

    def hold(self, now: int) -> bool:
        """
        Take the lease, or keep it; whether this holder has it.

        Cheap to call often: the database is asked only after a third of the time.
        """
        if now < self._expires_at - 2 * self._seconds // 3 and now >= self._expires_at - self._seconds:
            return True
        self._expires_at = now + self._seconds if self._take(now) else 0
        return self._expires_at > 0

    def _take(self, now: int) -> bool:
        table = leases
        row = {"name": self._name, "owner": self.owner, "expires_at": now + self._seconds}
        with reading(self._engine) as connection:
            holder = connection.scalar(
                select(table.c.owner).where(table.c.name == self._name, table.c.expires_at > now)
            )
        if holder is not None and holder != self.owner and not _holder_is_dead(holder):
            return False
        with writing(self._engine) as connection:
            if insert_if_absent(connection, table, row):
                return True
            # The holder is named again: another may have taken the lease since it was looked at.
            mine = or_(table.c.expires_at <= now, table.c.owner == self.owner, table.c.owner == holder)
            renewed = update(table).where(table.c.name == self._name, mine)
            return connection.execute(renewed.values(owner=self.owner, expires_at=row["expires_at"])).rowcount == 1

    def release(self) -> None:
        """Give it back, where this holder has it."""
        self._expires_at = 0
        with writing(self._engine) as connection:
            connection.execute(delete(leases).where(leases.c.name == self._name, leases.c.owner == self.owner))
