"""What goes into the outbox, and what the relay takes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.store.operational.operations import Operation, OperationState


@dataclass(frozen=True, slots=True)
class Entry:
    """A verified command, as the outbox takes it."""

    id: str
    name: str
    contract: str
    signer: str
    operation: int
    deadline: int
    digest: bytes
    """The 32 bytes that the signer signed: the same digest is the same command."""
    call_data: bytes
    """Transaction data that carries the command with its signature."""
    core_bytes: int
    """How many leading bytes of `call_data` say what is commanded, by whom, under which number; the rest is the
    deadline and the signature, which differ where the same command reaches the chain another way."""
    accepted_block: int
    """Head of the chain when it was accepted: it cannot have been executed at or before it."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A relayer's signed word that it has accepted an operation, and by when it will be on the chain."""

    relayer: str
    """Account whose key signed."""
    accepted_at: int
    include_by: int
    """Last second, UTC, by which it is to be in a block."""
    signature: bytes
    trace: str | None = None
    """The trace (W3C traceparent) of the request that brought it, so that what the relay does later belongs to it."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An operation that has not ended, with what the relay needs to move it."""

    operation: Operation
    call_data: bytes
    core_bytes: int
    accepted_block: int
    attempts: int
    """How often it came back to accepted."""
    relayer: str | None
    """Account whose transaction carries it, once there is one."""
    nonce: int | None
    raw: bytes | None
    """The signed transaction, once there is one."""
    sent_at: int | None
    last_error: str | None

    @property
    def core(self) -> bytes:
        """What is commanded, by whom, under which number."""
        return self.call_data[: self.core_bytes]


@dataclass(frozen=True, slots=True)
class Claim:
    """A transaction that is about to be sent for an operation."""

    id: str
    relayer: str
    nonce: int
    transaction: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Ending:
    """How an operation ended."""

    id: str
    state: OperationState
    transaction: str | None
    block_number: int | None
    refusal: dict[str, Any] | None = None
    block_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits."""

    accepted: int
    sent: int
    oldest_accepted_at: int | None
    """When the oldest of them was accepted, UTC seconds; None where nothing waits."""
    quarantined: int = 0
    """How many of the accepted come back again and again, and are tried behind all others."""
