"""Why an operation did not come to be, in a form that is kept and shown."""

from __future__ import annotations

from typing import Any

from ledger.errors import LedgerError


class CallFailedSilently(LedgerError):
    """A transaction failed though the same call, made again, does not: it ran out of gas, or lost a race."""

    def __init__(self, transaction: str, attempts: int) -> None:
        super().__init__(
            f"transaction {transaction} failed, and the node gives no reason: the same call succeeds before and after "
            f"its block. It was tried {attempts} times"
        )
        self.transaction, self.attempts = transaction, attempts

    def values(self) -> dict[str, object]:
        """The transaction, and how often it was tried."""
        return {"transaction": self.transaction, "attempts": self.attempts}


class OperationExpired(LedgerError):
    """The deadline of an accepted command passed before it could be executed."""

    def __init__(self, deadline: str, last_error: str | None) -> None:
        because = f"; the last attempt failed: {last_error}" if last_error else ""
        super().__init__(
            f"the command had to be executed by {deadline} and was not{because}. Prepare and sign it again"
        )
        self.deadline, self.last_error = deadline, last_error

    def values(self) -> dict[str, object]:
        """The deadline, and why the last attempt failed."""
        return {"deadline": self.deadline, "last_error": self.last_error}


def reason(error: LedgerError) -> dict[str, Any]:
    """An error as it is kept with an operation: its lasting name, its class, its text and its values."""
    return {
        "slug": error.slug,
        "error": type(error).__name__,
        "message": str(error),
        "values": error.values(),
    }
