"""Opening the operational store."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final

from sqlalchemy import delete

from ledger.store.engine import open_engine, writing
from ledger.store.operational.aliases import Aliases
from ledger.store.operational.dialogues import Dialogues
from ledger.store.operational.idempotency import IdempotencyKeys
from ledger.store.operational.leases import Lease
from ledger.store.operational.logins import Logins, WalletAccepts
from ledger.store.operational.operation_numbers import OperationNumbers
from ledger.store.operational.outbox import Outbox
from ledger.store.operational.reminders import RemindersGiven
from ledger.store.operational.tables import create_missing, leases, operation_numbers
from ledger.store.operational.webhooks import Webhooks

NAMESPACE: Final = "intergov_operational"
"""Where the tables are in a PostgreSQL database, apart from the projection's."""


class OperationalStore:
    """
    The operational database and its parts.

    Parameters
    ----------
    url_or_path
        A SQLite file, made where it is missing, or a database URL.
    wallet_accepts
        Asks a contract wallet (EIP-1271) whether it accepts a signature: address, digest, signature. Without it only
        accounts with a key of their own can log in.

    Raises
    ------
    DatabaseLocked, DatabaseUnusable, OperationalSchemaForeign
    """

    def __init__(self, url_or_path: str | Path, *, wallet_accepts: WalletAccepts | None = None) -> None:
        self.engine = open_engine(url_or_path, durable=True, namespace=NAMESPACE)
        try:
            with writing(self.engine) as connection:
                create_missing(connection)
        except BaseException:
            self.engine.dispose()
            raise
        self.outbox = Outbox(self.engine)
        self.idempotency = IdempotencyKeys(self.engine)
        self.logins = Logins(self.engine, wallet_accepts)
        self.aliases = Aliases(self.engine)
        self.reminders = RemindersGiven(self.engine)
        self.dialogues = Dialogues(self.engine)
        self.operation_numbers = OperationNumbers(self.engine)
        self.webhooks = Webhooks(self.engine)

    def lease(self, name: str) -> Lease:
        """A new holder's wish to have the lease of this name, for work that one process does at a time."""
        return Lease(self.engine, name)

    def forget_expired(self, now: int) -> int:
        """Delete idempotency keys, challenges and sessions whose time is over, and say how many."""
        return self.idempotency.forget_expired(now) + self.logins.forget_expired(now)

    def begin_anew(self) -> None:
        """
        Make a restored copy a store of its own.

        Numbers that were drawn after the copy was made are not in it, so new words of numbers are begun; leases belong
        to processes of the old one.
        """
        with writing(self.engine) as connection:
            connection.execute(delete(operation_numbers))
            connection.execute(delete(leases))

    def close(self) -> None:
        """Give back the connections."""
        self.engine.dispose()

    def __enter__(self) -> OperationalStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
