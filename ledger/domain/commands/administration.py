"""What administrators command, and the publication of scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.domain.terms import ScoreRun


@dataclass(frozen=True, slots=True)
class ProposeCall:
    """Propose, as administrator, a call that k of n must approve."""

    contract: ClassVar[str] = "Administration"
    verb: ClassVar[str] = "proposeCall"

    target: str
    call_data: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class ApproveProposal:
    """Approve, as administrator, what another proposed."""

    contract: ClassVar[str] = "Administration"
    verb: ClassVar[str] = "approveProposal"

    id: int


@dataclass(frozen=True, slots=True)
class WithdrawProposal:
    """Take an own proposal back."""

    contract: ClassVar[str] = "Administration"
    verb: ClassVar[str] = "withdrawProposal"

    id: int


@dataclass(frozen=True, slots=True)
class PublishRun:
    """Publish, as coordinating body or auditor, the root of all scores."""

    contract: ClassVar[str] = "ScoreRegister"
    verb: ClassVar[str] = "publishRun"

    run: ScoreRun
