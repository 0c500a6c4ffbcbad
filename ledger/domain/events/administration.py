"""What administrators do together, and which policies and scores were published."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.enums import TimeBasis
from ledger.domain.procedure import ProcedurePolicy


@dataclass(frozen=True, slots=True)
class CommandExecuted:
    """An account's command was executed; the events behind it, up to the next of these, are its facts."""

    signer: str
    operation: int


@dataclass(frozen=True, slots=True)
class ProposalMade:
    """An administrator proposed a call."""

    id: int
    proposer: str
    target: str
    call_data: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class ProposalApproved:
    """An administrator approved a proposal."""

    id: int
    administrator: str
    approvals: int
    threshold: int


@dataclass(frozen=True, slots=True)
class ProposalScheduled:
    """Enough have approved; from this moment on it can be executed."""

    id: int
    executable_from: int


@dataclass(frozen=True, slots=True)
class ProposalExecuted:
    """The proposed call was made."""

    id: int


@dataclass(frozen=True, slots=True)
class ProposalWithdrawn:
    """Its proposer took it back."""

    id: int


@dataclass(frozen=True, slots=True)
class AdministratorsSet:
    """Who administers from now on."""

    administrators: tuple[str, ...]
    threshold: int
    delay_seconds: int


@dataclass(frozen=True, slots=True)
class PolicyPublished:
    """A version of a policy applies from a moment on."""

    kind: str
    version: int
    digest: bytes
    locator: str
    effective_from: int


@dataclass(frozen=True, slots=True)
class ProcedurePolicyPublished:
    """A version of the time limits and thresholds of procedure applies from a moment on."""

    version: int
    policy: ProcedurePolicy
    effective_from: int


@dataclass(frozen=True, slots=True)
class ScoreRunPublished:
    """A coordinating body or an auditor published the root of all scores."""

    id: int
    publisher: int
    policy_digest: bytes
    as_of: int
    time_basis: TimeBasis
    block_number: int
    block_hash: bytes
    governments: int
    root: bytes
    locator: str
