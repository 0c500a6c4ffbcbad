"""
What happened: the contracts' events.

Each class is the twin of the Solidity event of the same name, with its fields in the same order. An event carries all
that a reader needs; who signed the command and when its block was made come with the block, in `Fact`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.enums import (
    EndReason,
    ExcuseGround,
    Incentive,
    Level,
    Measure,
    Outcome,
    OutcomeBasis,
    Severity,
    TimeBasis,
)
from ledger.domain.procedure import ProcedurePolicy
from ledger.domain.terms import AgreementTerms, Ruling


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
class SuccessionRecorded:
    """Others have taken a body's place: each inherits, jointly and severally, what it owed and did."""

    predecessor: int
    successors: tuple[int, ...]

    ground: str
    """The act by which it was restructured."""


@dataclass(frozen=True, slots=True)
class RotationOffered:
    """A body's voice is offered to another account, which has to accept."""

    id: int

    signer: str
    """Who hands it over; the lost account where its voice has ended already."""

    replacement: str


@dataclass(frozen=True, slots=True)
class SignerFrozen:
    """A coordinating body stopped an account that is said to be lost or stolen."""

    id: int
    signer: str
    body: int
    reason: str


@dataclass(frozen=True, slots=True)
class SignerThawed:
    """The body that stopped an account lets it speak again."""

    id: int
    signer: str
    body: int


@dataclass(frozen=True, slots=True)
class RecoveryAccountSet:
    """From now on this account can put others in the place of a body's signers. It cannot speak for the body."""

    id: int
    recovery: str


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
class AgreementProposed:
    """A party proposed terms. It has not signed them by that."""

    id: int
    proposer: int
    terms_digest: bytes
    terms: AgreementTerms


@dataclass(frozen=True, slots=True)
class AgreementSigned:
    """A party signed a version of the terms."""

    id: int
    version: int
    party: int
    terms_digest: bytes


@dataclass(frozen=True, slots=True)
class AgreementConcluded:
    """Every party has signed; in force from its effective date."""

    id: int
    version: int
    effective_from: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class AgreementVersionProposed:
    """A party proposed other terms. Every version proposed before and not signed by all is superseded."""

    id: int
    version: int
    proposer: int
    terms_digest: bytes
    terms: AgreementTerms

    change_note: str
    """What is changed and why."""


@dataclass(frozen=True, slots=True)
class AgreementAmended:
    """Every party has signed an amendment, which is in force from now on."""

    id: int
    version: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class AgreementVersionDeclined:
    """A party declined a version. Before conclusion that abandons the agreement; an amendment is dropped."""

    id: int
    version: int
    party: int
    reason: str


@dataclass(frozen=True, slots=True)
class AccessionRequested:
    """A newcomer signed the agreement in force and waits for the coordinating body."""

    id: int
    government: int
    terms_digest: bytes


@dataclass(frozen=True, slots=True)
class AgreementAcceded:
    """A newcomer has become a party."""

    id: int
    government: int

    body: int
    """Who admitted it; 0 where the agreement is open to all."""


@dataclass(frozen=True, slots=True)
class AgreementSuspended:
    """The coordinating body suspended the agreement."""

    id: int
    body: int
    reason: str


@dataclass(frozen=True, slots=True)
class AgreementResumed:
    """The coordinating body ended the suspension."""

    id: int
    body: int


@dataclass(frozen=True, slots=True)
class EndConsented:
    """A party consents to ending the agreement. When all have, it ends."""

    id: int
    party: int
    note: str


@dataclass(frozen=True, slots=True)
class AgreementEnded:
    """The agreement has ended. What was owed under it is owed still."""

    id: int
    actor: int
    reason: EndReason
    commitment: int
    successor: int
    note: str


@dataclass(frozen=True, slots=True)
class PartySucceeded:
    """A successor has become a party in the place of, or beside others in the place of, its predecessor."""

    id: int
    predecessor: int
    successor: int


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
    """A debtor wants to take on a commitment; it binds when the creditor accepts."""

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
class CommitmentAccepted:
    """The creditor accepted what a debtor had offered; it binds from now on."""

    id: int
    creditor: int


@dataclass(frozen=True, slots=True)
class CommitmentDeclined:
    """The creditor did not want it."""

    id: int
    creditor: int
    reason: str


@dataclass(frozen=True, slots=True)
class EvidenceSubmitted:
    """Evidence was lodged. It is a claim, not yet fulfilment."""

    id: int
    debtor: int
    digest: bytes
    locator: str
    performed_at: int

    confirm_by: int
    """Last second at which the creditor can answer it."""

    late: bool
    """It was lodged after the due date."""

    sampled: bool
    """Drawn for audit: silence settles the commitment only when an audit has upheld its evidence."""


@dataclass(frozen=True, slots=True)
class EvidenceContested:
    """The creditor does not accept what was lodged."""

    id: int
    creditor: int
    reason: str


@dataclass(frozen=True, slots=True)
class EvidenceAudited:
    """An auditor or the coordinating body looked at evidence that was drawn for audit."""

    id: int
    auditor: int
    upheld: bool
    finding: str


@dataclass(frozen=True, slots=True)
class CommitmentTransferred:
    """Another government owes it from now on, as it, the former debtor and the creditor have agreed."""

    id: int
    former_debtor: int
    debtor: int


@dataclass(frozen=True, slots=True)
class OutcomeRecorded:
    """The outcome stands; a later one takes its place only by a ruling."""

    id: int
    debtor: int

    recorder: int
    """0 for silence, and where a body let the time for its determination pass."""

    outcome: Outcome
    outcome_basis_points: int

    effective_at: int
    """When it came about: performance, or for a broken commitment the report."""

    basis: OutcomeBasis
    ground: ExcuseGround


@dataclass(frozen=True, slots=True)
class DebtTransferOffered:
    """A debtor offers to hand a commitment to another party. An older offer is void."""

    commitment: int
    debtor: int
    to: int


@dataclass(frozen=True, slots=True)
class DebtTransferWithdrawn:
    """The debtor took its offer back."""

    commitment: int
    debtor: int
    to: int


@dataclass(frozen=True, slots=True)
class DebtTransferAgreed:
    """The new debtor, or the creditor, agrees to the transfer."""

    commitment: int
    government: int

    as_creditor: bool
    """As what it agreed."""


@dataclass(frozen=True, slots=True)
class OverdueReported:
    """A commitment was reported overdue; the debtor has time to explain."""

    id: int
    debtor: int

    reporter: str
    """Any account; it need not stand in the register."""

    explain_by: int
    """Last second at which the debtor can explain."""

    procedure_version: int
    """Version of the procedure policy that the case is under."""

    note: str


@dataclass(frozen=True, slots=True)
class OverdueExplained:
    """The debtor explained, and has time to put right, unless the body sets another date."""

    id: int
    debtor: int
    explanation: str

    digest: bytes
    """SHA-256 of what backs the explanation; 32 zero bytes for none."""

    rectify_by: int


@dataclass(frozen=True, slots=True)
class RectificationSet:
    """The competent body set by when it has to be put right."""

    id: int
    body: int
    rectify_by: int


@dataclass(frozen=True, slots=True)
class RectificationRefused:
    """The debtor refuses to put right."""

    id: int
    debtor: int
    reason: str


@dataclass(frozen=True, slots=True)
class BreachDetermined:
    """A breach was determined. It is published, where its severity says so, in the period given."""

    id: int
    debtor: int

    body: int
    """Whose determination stands, and who can repair it."""

    severity: Severity

    object_by: int
    """Last second at which the debtor can object; 0 where a final ruling determined it."""

    published_from: int
    repairable_from: int
    published_until: int

    lapsed: bool
    """The body let its time pass and another called for it."""


@dataclass(frozen=True, slots=True)
class BreachUpheld:
    """A final ruling upheld a breach that was objected to; its periods count from now."""

    id: int
    body: int
    published_from: int
    repairable_from: int
    published_until: int


@dataclass(frozen=True, slots=True)
class BreachOverturned:
    """A final ruling found otherwise."""

    id: int
    body: int


@dataclass(frozen=True, slots=True)
class RepairRequested:
    """The debtor asks for repair, with proof that the fault was made good."""

    id: int
    debtor: int
    digest: bytes
    locator: str


@dataclass(frozen=True, slots=True)
class RepairRefused:
    """The body does not grant it; it can be asked for again."""

    id: int
    body: int
    reason: str


@dataclass(frozen=True, slots=True)
class BreachRepaired:
    """Publication and discipline have ended; the record stays."""

    id: int
    debtor: int
    body: int


@dataclass(frozen=True, slots=True)
class DisputeOpened:
    """A side opened a dispute; both can lodge evidence."""

    id: int
    commitment: int
    opener: int

    body: int
    """Who hears it; 0 where a panel does."""

    evidence_until: int
    rule_by: int
    procedure_version: int
    statement_digest: bytes
    statement_locator: str


@dataclass(frozen=True, slots=True)
class PanelDrawn:
    """Where no body stands above the first one, a panel hears the dispute."""

    id: int
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DisputeEvidenceLodged:
    """A side lodged evidence."""

    id: int
    side: int
    digest: bytes
    locator: str


@dataclass(frozen=True, slots=True)
class RulingGiven:
    """A signer of the body, or a member of the panel, gave this ruling; it takes effect when enough have."""

    id: int
    body: int
    signer: str
    ruling: Ruling

    given: int
    """How many have given it."""

    needed: int
    """How many must."""


@dataclass(frozen=True, slots=True)
class DisputeRuled:
    """The ruling of this instance stands."""

    id: int
    commitment: int
    body: int
    ruling: Ruling

    appeal_by: int
    """Last second at which it can be appealed; 0 where it is final."""


@dataclass(frozen=True, slots=True)
class DisputeAppealed:
    """A side appealed."""

    id: int
    appellant: int

    body: int
    """Who hears it now; 0 where a panel does."""

    evidence_until: int
    rule_by: int
    grounds_digest: bytes
    grounds_locator: str


@dataclass(frozen=True, slots=True)
class DisputeEscalated:
    """Nobody ruled in time, so it is before another body or panel."""

    id: int
    former_body: int

    body: int
    """Who hears it now; 0 where a panel does."""

    evidence_until: int
    rule_by: int


@dataclass(frozen=True, slots=True)
class DisputeConcluded:
    """The ruling that stands is final, and is the commitment's outcome."""

    id: int
    commitment: int
    body: int
    outcome: Outcome
    outcome_basis_points: int
    ground: ExcuseGround


@dataclass(frozen=True, slots=True)
class DisputeWithdrawn:
    """Who opened the dispute took it back."""

    id: int
    commitment: int
    opener: int


@dataclass(frozen=True, slots=True)
class MeasureImposed:
    """A measure follows from a breach."""

    id: int
    government: int
    body: int
    commitment: int
    measure: Measure

    starts_at: int
    """First second at which it is in effect."""

    ends_at: int
    """First second at which it is over."""

    reason: str


@dataclass(frozen=True, slots=True)
class MeasureLifted:
    """The body that imposed a measure ended it early."""

    id: int
    body: int
    reason: str


@dataclass(frozen=True, slots=True)
class IncentiveGranted:
    """A government that keeps faith was granted an incentive."""

    id: int
    government: int
    body: int
    incentive: Incentive

    starts_at: int
    """First second at which it holds."""

    ends_at: int
    """First second at which it no longer holds."""

    reason: str


@dataclass(frozen=True, slots=True)
class IncentiveRevoked:
    """The body that granted an incentive took it back."""

    id: int
    body: int
    reason: str


@dataclass(frozen=True, slots=True)
class AgreementAssessed:
    """The coordinating body recorded what the indicators measure."""

    agreement: int
    number: int
    body: int

    version: int
    """Of the terms that were in force."""

    scheduled_at: int

    measured: tuple[int, ...]
    """Of each indicator, in millionths of its unit."""

    achieved_basis_points: tuple[int, ...]
    """Of each indicator: 10,000 where the target is reached, else the share reached, rounded down."""

    overall_basis_points: int
    """The same weighted by the indicators' shares, rounded down."""

    report_digest: bytes
    report_locator: str


@dataclass(frozen=True, slots=True)
class DialogueRecorded:
    """A government put on record what was said up to now, by a digest that says nothing to others."""

    agreement: int
    """What the dialogue is about; 0 for one of a pair of governments."""

    government: int

    counterpart: int
    """The other of the pair; 0 for all parties of the agreement."""

    digest: bytes

    messages: int
    """How many messages the digest covers."""


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
    | SuccessionRecorded
    | RotationOffered
    | SignerFrozen
    | SignerThawed
    | RecoveryAccountSet
    | PolicyPublished
    | ProcedurePolicyPublished
    | AgreementProposed
    | AgreementSigned
    | AgreementConcluded
    | AgreementVersionProposed
    | AgreementAmended
    | AgreementVersionDeclined
    | AccessionRequested
    | AgreementAcceded
    | AgreementSuspended
    | AgreementResumed
    | EndConsented
    | AgreementEnded
    | PartySucceeded
    | AgreementBackfilled
    | AccessionBackfilled
    | CommitmentRegistered
    | CommitmentBackfilled
    | CommitmentAccepted
    | CommitmentDeclined
    | EvidenceSubmitted
    | EvidenceContested
    | EvidenceAudited
    | CommitmentTransferred
    | OutcomeRecorded
    | DebtTransferOffered
    | DebtTransferWithdrawn
    | DebtTransferAgreed
    | OverdueReported
    | OverdueExplained
    | RectificationSet
    | RectificationRefused
    | BreachDetermined
    | BreachUpheld
    | BreachOverturned
    | RepairRequested
    | RepairRefused
    | BreachRepaired
    | DisputeOpened
    | PanelDrawn
    | DisputeEvidenceLodged
    | RulingGiven
    | DisputeRuled
    | DisputeAppealed
    | DisputeEscalated
    | DisputeConcluded
    | DisputeWithdrawn
    | MeasureImposed
    | MeasureLifted
    | IncentiveGranted
    | IncentiveRevoked
    | AgreementAssessed
    | DialogueRecorded
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
