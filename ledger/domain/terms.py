"""
What commands and events carry.

Each class is the twin of the Solidity struct of the same name, with its fields in the same order. Identifiers count
from 1; 0 means "none", and as a creditor "all other parties". Times are UTC seconds, money is in minor units, weights
and targets are in millionths.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.enums import (
    AccessionRule,
    CompensationKind,
    EndReason,
    ExcuseGround,
    Incentive,
    IndicatorDirection,
    IndicatorKind,
    Level,
    Measure,
    Outcome,
    ServiceMode,
    TimeBasis,
)


@dataclass(frozen=True, slots=True)
class NewGovernment:
    """A body to be registered."""

    scheme: str
    """How it is identified, such as uscc, gbt2260, iso3166 or lei."""

    value: str
    """The identifier in that scheme."""

    name: str

    level: Level

    superior: int
    """The body above; 0 where there is none on the ledger."""

    roles: int
    """Bits of `Role`."""

    signers: tuple[str, ...]
    """Addresses that speak for it. May be empty."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is assessed under an agreement."""

    name: str
    kind: IndicatorKind
    unit: str

    target: int
    """What is to be reached, in millionths of the unit."""

    direction: IndicatorDirection

    weight_basis_points: int
    """Share in the assessment; the indicators of an agreement sum to 10,000."""


@dataclass(frozen=True, slots=True)
class CompensationRule:
    """How the side that gains more makes it up to the side that gains less."""

    kind: CompensationKind

    currency: bytes
    """Three letters of ISO 4217; three zero bytes for kinds without money."""

    amount_minor: int
    """An amount a period or a case, in minor units, for the kinds that have one."""

    share_basis_points: int
    """For a gain share, the part of the difference that is paid over."""

    standard: str
    """What is compensated and by how much."""

    method: str
    """How it is measured."""

    process: str
    """Who reports, confirms and pays, and by when; for kind NONE the ground for there being none."""


@dataclass(frozen=True, slots=True)
class AgreementTerms:
    """What the parties of an agreement sign."""

    reference_number: str
    title: str

    document_digest: bytes
    """SHA-256 of the signed document."""

    document_locator: str
    service_mode: ServiceMode
    coordinating_body: int
    parties: tuple[int, ...]
    indicators: tuple[Indicator, ...]
    compensation: CompensationRule

    effective_from: int
    """First second in force; 0 for "when the last party signs"."""

    expires_at: int
    """First second no longer in force; 0 for no end."""

    accession: AccessionRule

    first_assessment_at: int
    """When it is first assessed against its indicators; 0 for never."""

    assessment_every_seconds: int
    """From one assessment to the next; 0 for a single one."""

    template: bytes
    """SHA-256 of the template it was made from; 32 zero bytes for none."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a coordinating body, or anyone after it has expired, ends an agreement."""

    id: int
    reason: EndReason

    commitment: int
    """For a breach: the commitment that was broken; 0 for none."""

    successor: int
    """For superseded: the agreement that takes its place; 0 for none."""

    note: str
    """The ground, in words; for an end by law, the law."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an agreement's indicators measure at one of its set times."""

    agreement: int

    number: int
    """Which of the agreement's assessments, from 1."""

    measured: tuple[int, ...]
    """What each indicator measures, in millionths of its unit, in the agreement's order."""

    report_digest: bytes
    """SHA-256 of the report."""

    report_locator: str


@dataclass(frozen=True, slots=True)
class CommitmentTerms:
    """What a debtor takes on."""

    agreement: int

    creditor: int
    """0 for all other parties."""

    indicator: int
    """Number of the agreement's indicator that it serves, from 0."""

    due_at: int
    """Last second at which it is kept in time."""

    reference_number: str
    description: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """To what degree a creditor says that a commitment was kept."""

    id: int

    outcome_basis_points: int
    """10,000 fulfilled, 1 to 9,999 partly; what was not kept at all is contested."""

    performed_at: int


@dataclass(frozen=True, slots=True)
class HistoricalCommitment:
    """A commitment from before the ledger, with its outcome where there is one."""

    debtor: int

    creditor: int
    """0 for all other parties."""

    indicator: int

    weight: int
    """In millionths; may be 0."""

    made_at: int
    due_at: int

    resolved_at: int
    """When its outcome became known; 0 while it is not."""

    outcome_basis_points: int
    """10,000 fulfilled, 1 to 9,999 partly, 0 broken, or no outcome while unresolved."""

    reference_number: str


@dataclass(frozen=True, slots=True)
class HistoricalOutcome:
    """The outcome that a backfilled commitment has had since it was recorded."""

    id: int
    outcome_basis_points: int
    resolved_at: int


@dataclass(frozen=True, slots=True)
class TransferTerms:
    """A payment of compensation."""

    agreement: int
    payee: int

    currency: bytes
    """Three letters of ISO 4217."""

    amount_minor: int
    paid_at: int

    reference_number: str
    """The payment's reference at the bank."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a body that hears a dispute finds."""

    outcome: Outcome

    outcome_basis_points: int
    """10,000 fulfilled, 1 to 9,999 partly, 0 broken or excused."""

    ground: ExcuseGround
    """For excused: force majeure or change of law."""

    reasons_digest: bytes
    """SHA-256 of the reasons."""

    reasons_locator: str


@dataclass(frozen=True, slots=True)
class MeasureTerms:
    """A measure of discipline."""

    commitment: int
    """The breach it follows from."""

    measure: Measure

    starts_at: int
    """First second at which it is in effect; 0 for now."""

    ends_at: int
    """First second at which it is over; no later than the breach's publication."""

    reason: str


@dataclass(frozen=True, slots=True)
class IncentiveTerms:
    """An incentive for keeping faith."""

    government: int
    incentive: Incentive

    starts_at: int
    """First second at which it holds; 0 for now."""

    ends_at: int
    """First second at which it no longer holds."""

    reason: str


@dataclass(frozen=True, slots=True)
class ScoreRun:
    """The scores of all governments by one policy as of one block, held fast by a Merkle root."""

    policy_digest: bytes
    """SHA-256 of the policy's canonical JSON."""

    as_of: int
    """The moment that the scores are of."""

    time_basis: TimeBasis

    block_number: int
    """The last block whose facts were looked at."""

    block_hash: bytes

    governments: int
    """How many were scored, which is how many leaves the tree has."""

    root: bytes

    locator: str
    """Where all leaves are found; whoever reads them there need not trust them, because they must give the root."""


@dataclass(frozen=True, slots=True)
class ScoreLeaf:
    """One government's score, as it stands in the tree of a run."""

    government: int

    score: int
    """In millionths, as are low and high."""

    low: int
    high: int

    rated: bool
    """False where no outcome counts yet."""

    reasons_digest: bytes
    """Keccak-256 of the reasons; see `ledger.audit.leaves`."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """Who commands, and the proof of it."""

    signer: str
    """Address of the account that commands."""

    operation: int
    """Unordered nonce: each is used once per signer and contract. 0 in a direct call means that none is used up."""

    deadline: int
    """Last second at which a relayed command may be executed."""

    signature: bytes
    """Over the command's EIP-712 type; empty in a direct call."""
