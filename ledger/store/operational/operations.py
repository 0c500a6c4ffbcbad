"""
Operations.

An operation is one signed command on its way to the chain. It is accepted when it is on disk, sent when a transaction
that carries it was signed and handed to a node, and ends in exactly one of three ways:

    accepted ──► sent ──► confirmed    its events are on the chain
        │  ▲       │├───► refused      the contract refused it, for the reason given
        │  └───────┘└───► expired      its deadline passed, and it is not on the chain
        └─────────────────────────────► any of the three, where that is found out before sending

A transaction that was lost, or whose nonce another transaction took, brings its operation back to accepted: the
contract executes an operation once, whatever the number of transactions that carry it. The same happens where the
chain was reorganised and the block that an operation ended in is no more: an ending is what a block says.

An operation that came back `QUARANTINE_ATTEMPTS` times is quarantined: it is tried seldom and behind all others, so
that it cannot hold them up, until its deadline ends it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ledger.domain.moments import format_moment

QUARANTINE_ATTEMPTS: Final = 5
"""How often an operation comes back before it is tried behind all others only."""


class OperationState(StrEnum):
    """Where an operation is."""

    ACCEPTED = "accepted"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    EXPIRED = "expired"

    @property
    def ended(self) -> bool:
        """Whether it stays so."""
        return self in (OperationState.CONFIRMED, OperationState.REFUSED, OperationState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Operation:
    """What the caller of a command is told about it."""

    id: str
    """Public id, 0x and 64 hexadecimal digits."""
    name: str
    """The command's name, such as `RegisterCommitment`."""
    contract: str
    """Address of the contract that receives it."""
    signer: str
    operation: int
    """The signer's number for it, used once."""
    deadline: int
    """Last second, UTC, at which it may be executed."""
    state: OperationState
    accepted_at: int
    transaction: str | None = None
    """Hash of the transaction that carries it; the one that executed it, once it is confirmed."""
    block_number: int | None = None
    block_hash: str | None = None
    """Hash of that block: another one at this height means that the chain was reorganised."""
    refusal: dict[str, Any] | None = None
    """Why it was refused or has expired: `slug`, `message`, `values` of the error."""
    ended_at: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As the API and `--json` show it; the operation number is text because JSON readers would lose its digits."""
        return {
            "id": self.id,
            "name": self.name,
            "contract": self.contract,
            "signer": self.signer,
            "operation": str(self.operation),
            "deadline": format_moment(self.deadline),
            "state": self.state.value,
            "transaction": self.transaction,
            "block_number": self.block_number,
            "block_hash": self.block_hash,
            "refusal": self.refusal,
            "accepted_at": format_moment(self.accepted_at),
            "ended_at": None if self.ended_at is None else format_moment(self.ended_at),
        }

    def to_text(self) -> str:
        """All of it as one line of JSON, for keeping."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(
            fields | {"operation": str(self.operation)}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )

    @classmethod
    def from_text(cls, text: str) -> Operation:
        """Read what `to_text` wrote."""
        fields = json.loads(text)
        fields["operation"] = int(fields["operation"])
        fields["state"] = OperationState(fields["state"])
        return cls(**fields)
