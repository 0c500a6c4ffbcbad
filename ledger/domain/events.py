"""
What happened: the contracts' events.

Each class is the twin of the Solidity event of the same name, with its fields in the same order. An event carries all
that a reader needs; who signed the command and when its block was made come with the block, in `Fact`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.enums import Level, Outcome, TimeBasis
from ledger.domain.terms import AgreementTerms


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
class GovernmentRegistered:
    """A body stands in the register."""

    id: int
    scheme: str
    value: str
    name: str
    level: Level
    superior: int
    roles: int


@dataclass(frozen=True, slots=True)
class SignerAdded:
    """An account speaks for a body."""

    id: int
    signer: str


@dataclass(frozen=True, slots=True)
class SignerRemoved:
    """An account no longer speaks for a body."""

    id: int
    signer: str


@dataclass(frozen=True, slots=True)
class RolesSet:
    """A body has these roles from now on."""

    id: int
    roles: int


@dataclass(frozen=True, slots=True)
class GovernmentRemoved:
    """A body can no longer speak; what it owed and did stays on record."""

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class JurisdictionSet:
    """A coordinating body's jurisdiction over a government, or with 0 over every one, was given or taken."""

    body: int
    government: int
    granted: bool


@dataclass(frozen=True, slots=True)
class PolicyPublished:
    """A version of a policy applies from a moment on."""

    kind: str
    version: int
    digest: bytes
    locator: str
    effective_from: int


@dataclass(frozen=True, slots=True)
class AgreementProposed:
    """A party proposed terms. It has not signed them by that."""

    id: int
    proposer: int
    terms_digest: bytes
    terms: AgreementTerms


@dataclass(frozen=True, slots=True)
class AgreementSigned:
    """A party signed the terms."""

    id: int
    party: int
    terms_digest: bytes


@dataclass(frozen=True, slots=True)
class AgreementConcluded:
    """Every party has signed; in force from its effective date."""

    id: int
    effective_from: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class AgreementBackfilled:
    """A coordinating body recorded an agreement of the past."""

    id: int
    recorder: int
    terms_digest: bytes
    terms: AgreementTerms


@dataclass(frozen=True, slots=True)
class AccessionBackfilled:
    """A coordinating body recorded further parties of a backfilled agreement."""

    id: int
    recorder: int
    parties: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CommitmentRegistered:
    """A debtor took on a commitment."""

    id: int
    agreement: int
    debtor: int
    creditor: int
    indicator: int
    weight: int
    due_at: int
    reference_number: str
    description: str


@dataclass(frozen=True, slots=True)
class CommitmentBackfilled:
    """A coordinating body recorded a commitment of the past."""

    id: int
    agreement: int
    debtor: int
    recorder: int
    creditor: int
    indicator: int
    weight: int
    made_at: int
    due_at: int
    reference_number: str


@dataclass(frozen=True, slots=True)
class EvidenceSubmitted:
    """Evidence was lodged. It is a claim, not yet fulfilment."""

    id: int
    debtor: int
    digest: bytes
    locator: str
    performed_at: int


@dataclass(frozen=True, slots=True)
class OutcomeRecorded:
    """The outcome stands; `effective_at` is when it came about."""

    id: int
    debtor: int
    recorder: int
    outcome: Outcome
    outcome_basis_points: int
    effective_at: int
    backfilled: bool


@dataclass(frozen=True, slots=True)
class TransferRecorded:
    """A payer says that compensation was paid."""

    id: int
    agreement: int
    payer: int
    payee: int
    currency: bytes
    amount_minor: int
    paid_at: int
    reference_number: str


@dataclass(frozen=True, slots=True)
class TransferConfirmed:
    """The payee says that it arrived."""

    id: int
    payee: int
    currency: bytes
    amount_minor: int
    received_at: int


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


Event = (
    CommandExecuted
    | ProposalMade
    | ProposalApproved
    | ProposalScheduled
    | ProposalExecuted
    | ProposalWithdrawn
    | AdministratorsSet
    | GovernmentRegistered
    | SignerAdded
    | SignerRemoved
    | RolesSet
    | GovernmentRemoved
    | JurisdictionSet
    | PolicyPublished
    | AgreementProposed
    | AgreementSigned
    | AgreementConcluded
    | AgreementBackfilled
    | AccessionBackfilled
    | CommitmentRegistered
    | CommitmentBackfilled
    | EvidenceSubmitted
    | OutcomeRecorded
    | TransferRecorded
    | TransferConfirmed
    | ScoreRunPublished
)

EVENTS: dict[str, type[Event]] = {event.__name__: event for event in Event.__args__}


@dataclass(frozen=True, slots=True)
class Fact:
    """An event in its place on the chain, with the account that commanded it."""

    event: Event

    contract: str
    """Name of the contract that emitted it."""

    signer: str
    """Address of the account whose command this is a fact of; the sender's where no command was signed."""

    operation: int | None
    """The signer's operation; None where no command was given, as in the execution of a proposal."""

    transaction: bytes
    """Hash of the transaction, 32 bytes."""

    log_index: int
    """Place in the block, from 0."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block with the facts in it."""

    number: int
    hash: bytes
    parent_hash: bytes

    timestamp: int
    """When its facts were recorded, UTC seconds."""

    facts: tuple[Fact, ...]
