"""
The operational store: what is not on the chain and must never be lost.

`OperationalStore` opens it; its parts are the outbox, idempotency keys, log-ins, aliases and operation numbers. Nothing
here is ever dropped by a rebuild of the projection.
"""

from __future__ import annotations

from ledger.store.operational.aliases import Aliases
from ledger.store.operational.entries import Acceptance, Backlog, Claim, Ending, Entry, Pending
from ledger.store.operational.idempotency import Idempotency, IdempotencyKeyReused, IdempotencyKeys
from ledger.store.operational.leases import Lease
from ledger.store.operational.logins import Challenge, LoginRefused, Logins, NewSession, Session
from ledger.store.operational.operation_numbers import OperationNumbers
from ledger.store.operational.operations import QUARANTINE_ATTEMPTS, Operation, OperationState
from ledger.store.operational.outbox import OperationReused, Outbox
from ledger.store.operational.store import OperationalStore

__all__ = [
    "OperationalStore",
    "Outbox",
    "Operation",
    "OperationState",
    "QUARANTINE_ATTEMPTS",
    "OperationReused",
    "Entry",
    "Acceptance",
    "Pending",
    "Claim",
    "Ending",
    "Backlog",
    "Idempotency",
    "IdempotencyKeys",
    "IdempotencyKeyReused",
    "Logins",
    "LoginRefused",
    "Challenge",
    "Session",
    "NewSession",
    "Aliases",
    "OperationNumbers",
    "Lease",
]
