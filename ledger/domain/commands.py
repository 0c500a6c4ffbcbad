"""
What an account can command.

Each class is one function of a contract that takes an authorization: `contract` and `verb` name it, the fields are its
parameters in order. A command's EIP-712 type follows from the function (see `ledger.chain.typed_data`), so what is
signed is this and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.domain.terms import (
    AgreementTerms,
    Assessment,
    CommitmentTerms,
    Confirmation,
    Ending,
    HistoricalCommitment,
    HistoricalOutcome,
    IncentiveTerms,
    MeasureTerms,
    Ruling,
    ScoreRun,
    TransferTerms,
)


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
class OfferRotation:
    """Offer the own voice to another account, which has to accept."""

    contract: ClassVar[str] = "GovernmentRegister"
    verb: ClassVar[str] = "offerRotation"

    replacement: str


@dataclass(frozen=True, slots=True)
class AcceptRotation:
    """Take over, as the replacement, the voice that a signer offered."""

    contract: ClassVar[str] = "GovernmentRegister"
    verb: ClassVar[str] = "acceptRotation"

    signer: str


@dataclass(frozen=True, slots=True)
class FreezeSigner:
    """Stop, as coordinating body, an account that is said to be lost or stolen."""

    contract: ClassVar[str] = "GovernmentRegister"
    verb: ClassVar[str] = "freezeSigner"

    signer: str
    reason: str


@dataclass(frozen=True, slots=True)
class ThawSigner:
    """Let an account speak again, as the body that froze it."""

    contract: ClassVar[str] = "GovernmentRegister"
    verb: ClassVar[str] = "thawSigner"

    signer: str


@dataclass(frozen=True, slots=True)
class SetRecoveryAccount:
    """Name the account that can replace the own signers."""

    contract: ClassVar[str] = "GovernmentRegister"
    verb: ClassVar[str] = "setRecoveryAccount"

    recovery: str


@dataclass(frozen=True, slots=True)
class RecoverSigner:
    """End the voice of a lost account, and offer it to another."""

    contract: ClassVar[str] = "GovernmentRegister"
    verb: ClassVar[str] = "recoverSigner"

    lost: str
    replacement: str


@dataclass(frozen=True, slots=True)
class ProposeAgreement:
    """Propose terms to the other parties."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "proposeAgreement"

    terms: AgreementTerms


@dataclass(frozen=True, slots=True)
class SignAgreement:
    """Sign the newest version of the terms."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "signAgreement"

    id: int
    version: int

    terms_digest: bytes
    """Of what the signer has read."""


@dataclass(frozen=True, slots=True)
class ProposeVersion:
    """Propose other terms, as a party: a counter-proposal, or an amendment of what is concluded."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "proposeVersion"

    id: int
    terms: AgreementTerms

    change_note: str
    """What is changed and why."""


@dataclass(frozen=True, slots=True)
class DeclineVersion:
    """Decline the newest version, as a party."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "declineVersion"

    id: int
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class AccedeToAgreement:
    """Sign, as a newcomer, the version in force."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "accedeToAgreement"

    id: int

    terms_digest: bytes
    """Of the version in force."""


@dataclass(frozen=True, slots=True)
class ApproveAccession:
    """Admit, as the coordinating body, a newcomer that has asked."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "approveAccession"

    id: int
    government: int


@dataclass(frozen=True, slots=True)
class SuspendAgreement:
    """Suspend, as the coordinating body: nothing new is agreed under it, and nothing reported overdue."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "suspendAgreement"

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ResumeAgreement:
    """End the suspension, as the coordinating body."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "resumeAgreement"

    id: int


@dataclass(frozen=True, slots=True)
class ConsentToEnd:
    """Consent, as a party, to ending the agreement."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "consentToEnd"

    id: int
    note: str


@dataclass(frozen=True, slots=True)
class EndAgreement:
    """End an agreement: as the coordinating body, or as anyone when it has expired."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "endAgreement"

    ending: Ending


@dataclass(frozen=True, slots=True)
class SucceedParty:
    """Take the place of a predecessor among the parties."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "succeedParty"

    id: int
    predecessor: int


@dataclass(frozen=True, slots=True)
class RecordAgreement:
    """Record, as coordinating body, an agreement of the past."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "recordAgreement"

    terms: AgreementTerms


@dataclass(frozen=True, slots=True)
class RecordAccession:
    """Record, as coordinating body, further parties of a backfilled agreement."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "recordAccession"

    id: int
    parties: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RegisterCommitment:
    """Offer to take on a commitment, as debtor; it binds when the creditor accepts."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "registerCommitment"

    terms: CommitmentTerms


@dataclass(frozen=True, slots=True)
class RegisterCommitments:
    """Offer to take on several commitments, all or none."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "registerCommitments"

    terms: tuple[CommitmentTerms, ...]


@dataclass(frozen=True, slots=True)
class AcceptCommitments:
    """Accept, as creditor, what debtors have offered; all or none."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "acceptCommitments"

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DeclineCommitment:
    """Decline, as creditor, what a debtor has offered."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "declineCommitment"

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class SubmitEvidence:
    """Lodge evidence that a commitment was kept."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "submitEvidence"

    id: int
    digest: bytes
    locator: str
    performed_at: int


@dataclass(frozen=True, slots=True)
class ConfirmCommitment:
    """Confirm, as creditor, to what degree a commitment was kept."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "confirmCommitment"

    confirmation: Confirmation


@dataclass(frozen=True, slots=True)
class ConfirmCommitments:
    """Confirm several commitments, all or none."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "confirmCommitments"

    confirmations: tuple[Confirmation, ...]


@dataclass(frozen=True, slots=True)
class ContestEvidence:
    """Do not accept, as creditor and within the window, what was lodged."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "contestEvidence"

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class AcceptBySilence:
    """Have it recorded, as anyone and after the window, that the creditor kept silent."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "acceptBySilence"

    id: int


@dataclass(frozen=True, slots=True)
class AuditEvidence:
    """Say, as an auditor or the coordinating body, whether evidence that was drawn for audit holds."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "auditEvidence"

    id: int
    upheld: bool
    finding: str


@dataclass(frozen=True, slots=True)
class ReleaseCommitment:
    """Release the debtor, as creditor. The commitment is excused and counts neither way."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "releaseCommitment"

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class RecordHistory:
    """Record, as coordinating body, commitments of the past."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "recordHistory"

    agreement: int
    commitments: tuple[HistoricalCommitment, ...]


@dataclass(frozen=True, slots=True)
class RecordOutcomes:
    """Record, as coordinating body, outcomes that backfilled commitments have had since."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "recordOutcomes"

    outcomes: tuple[HistoricalOutcome, ...]


@dataclass(frozen=True, slots=True)
class OfferDebtTransfer:
    """Offer, as debtor, to hand a commitment to another party."""

    contract: ClassVar[str] = "DebtTransfers"
    verb: ClassVar[str] = "offerDebtTransfer"

    commitment: int
    to: int


@dataclass(frozen=True, slots=True)
class WithdrawDebtTransfer:
    """Take the own offer back."""

    contract: ClassVar[str] = "DebtTransfers"
    verb: ClassVar[str] = "withdrawDebtTransfer"

    commitment: int


@dataclass(frozen=True, slots=True)
class AgreeDebtTransfer:
    """Agree, as the new debtor or as the creditor, to a transfer that was offered."""

    contract: ClassVar[str] = "DebtTransfers"
    verb: ClassVar[str] = "agreeDebtTransfer"

    commitment: int

    to: int
    """The new debtor."""


@dataclass(frozen=True, slots=True)
class ReportOverdue:
    """Report a commitment overdue. Any account may."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "reportOverdue"

    id: int
    note: str


@dataclass(frozen=True, slots=True)
class ExplainOverdue:
    """Explain, as debtor. That gives time to put right."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "explainOverdue"

    id: int
    explanation: str

    digest: bytes
    """SHA-256 of what backs the explanation; 32 zero bytes for none."""


@dataclass(frozen=True, slots=True)
class SetRectification:
    """Set, as the competent body and once, by when it has to be put right."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "setRectification"

    id: int
    rectify_by: int


@dataclass(frozen=True, slots=True)
class RefuseRectification:
    """Refuse, as debtor, to put right."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "refuseRectification"

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class DetermineBreach:
    """Determine a breach: the competent body when the debtor's time is over, anyone when the body's is too."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "determineBreach"

    id: int


@dataclass(frozen=True, slots=True)
class RequestRepair:
    """Ask for repair, as debtor, with proof that the fault was made good."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "requestRepair"

    id: int
    digest: bytes
    locator: str


@dataclass(frozen=True, slots=True)
class RepairBreach:
    """Grant repair, as the body whose determination stands, after the minimum period."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "repairBreach"

    id: int


@dataclass(frozen=True, slots=True)
class RefuseRepair:
    """Refuse a repair that was asked for; it can be asked for again."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "refuseRepair"

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class OpenDispute:
    """Open a dispute about a commitment, or object to a breach or a backfilled entry."""

    contract: ClassVar[str] = "DisputeRegister"
    verb: ClassVar[str] = "openDispute"

    commitment: int
    statement_digest: bytes
    statement_locator: str


@dataclass(frozen=True, slots=True)
class LodgeDisputeEvidence:
    """Lodge evidence, as a side of a dispute."""

    contract: ClassVar[str] = "DisputeRegister"
    verb: ClassVar[str] = "lodgeDisputeEvidence"

    id: int
    digest: bytes
    locator: str


@dataclass(frozen=True, slots=True)
class GiveRuling:
    """Give a ruling, for the body that hears the dispute."""

    contract: ClassVar[str] = "DisputeRegister"
    verb: ClassVar[str] = "giveRuling"

    id: int
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class AppealRuling:
    """Appeal against the first body's ruling, as either side, once."""

    contract: ClassVar[str] = "DisputeRegister"
    verb: ClassVar[str] = "appealRuling"

    id: int
    grounds_digest: bytes
    grounds_locator: str


@dataclass(frozen=True, slots=True)
class EscalateDispute:
    """Have a dispute that was not ruled on in time go up. Any account may."""

    contract: ClassVar[str] = "DisputeRegister"
    verb: ClassVar[str] = "escalateDispute"

    id: int


@dataclass(frozen=True, slots=True)
class ConcludeDispute:
    """Make a ruling that nobody appealed against in time final. Any account may."""

    contract: ClassVar[str] = "DisputeRegister"
    verb: ClassVar[str] = "concludeDispute"

    id: int


@dataclass(frozen=True, slots=True)
class WithdrawDispute:
    """Take a dispute back, as the one who opened it and before it is ruled on."""

    contract: ClassVar[str] = "DisputeRegister"
    verb: ClassVar[str] = "withdrawDispute"

    id: int


@dataclass(frozen=True, slots=True)
class ImposeMeasure:
    """Impose a measure, as the body that determined the breach."""

    contract: ClassVar[str] = "DisciplineRegister"
    verb: ClassVar[str] = "imposeMeasure"

    terms: MeasureTerms


@dataclass(frozen=True, slots=True)
class LiftMeasure:
    """End a measure early, as the body that imposed it."""

    contract: ClassVar[str] = "DisciplineRegister"
    verb: ClassVar[str] = "liftMeasure"

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class GrantIncentive:
    """Grant an incentive, as a coordinating body, to a government of good standing."""

    contract: ClassVar[str] = "DisciplineRegister"
    verb: ClassVar[str] = "grantIncentive"

    terms: IncentiveTerms


@dataclass(frozen=True, slots=True)
class RevokeIncentive:
    """Take an incentive back, as the body that granted it."""

    contract: ClassVar[str] = "DisciplineRegister"
    verb: ClassVar[str] = "revokeIncentive"

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class RecordAssessment:
    """Record, as coordinating body, what an agreement's indicators measure."""

    contract: ClassVar[str] = "AssessmentRegister"
    verb: ClassVar[str] = "recordAssessment"

    assessment: Assessment


@dataclass(frozen=True, slots=True)
class RecordDialogue:
    """Put on record, by a digest, what was said up to now."""

    contract: ClassVar[str] = "DialogueRegister"
    verb: ClassVar[str] = "recordDialogue"

    agreement: int
    """0 for the dialogue of a pair of governments."""

    counterpart: int
    """The other of the pair; 0 for all parties of the agreement."""

    digest: bytes
    """Salted digest of the messages' chain."""

    messages: int


@dataclass(frozen=True, slots=True)
class RecordTransfer:
    """Record, as payer, that compensation was paid."""

    contract: ClassVar[str] = "CompensationLedger"
    verb: ClassVar[str] = "recordTransfer"

    terms: TransferTerms


@dataclass(frozen=True, slots=True)
class ConfirmTransfer:
    """Confirm, as payee, that compensation arrived."""

    contract: ClassVar[str] = "CompensationLedger"
    verb: ClassVar[str] = "confirmTransfer"

    id: int
    received_at: int


@dataclass(frozen=True, slots=True)
class PublishRun:
    """Publish, as coordinating body or auditor, the root of all scores."""

    contract: ClassVar[str] = "ScoreRegister"
    verb: ClassVar[str] = "publishRun"

    run: ScoreRun


Command = (
    ProposeCall
    | ApproveProposal
    | WithdrawProposal
    | OfferRotation
    | AcceptRotation
    | FreezeSigner
    | ThawSigner
    | SetRecoveryAccount
    | RecoverSigner
    | ProposeAgreement
    | SignAgreement
    | ProposeVersion
    | DeclineVersion
    | AccedeToAgreement
    | ApproveAccession
    | SuspendAgreement
    | ResumeAgreement
    | ConsentToEnd
    | EndAgreement
    | SucceedParty
    | RecordAgreement
    | RecordAccession
    | RegisterCommitment
    | RegisterCommitments
    | AcceptCommitments
    | DeclineCommitment
    | SubmitEvidence
    | ConfirmCommitment
    | ConfirmCommitments
    | ContestEvidence
    | AcceptBySilence
    | AuditEvidence
    | ReleaseCommitment
    | RecordHistory
    | RecordOutcomes
    | OfferDebtTransfer
    | WithdrawDebtTransfer
    | AgreeDebtTransfer
    | ReportOverdue
    | ExplainOverdue
    | SetRectification
    | RefuseRectification
    | DetermineBreach
    | RequestRepair
    | RepairBreach
    | RefuseRepair
    | OpenDispute
    | LodgeDisputeEvidence
    | GiveRuling
    | AppealRuling
    | EscalateDispute
    | ConcludeDispute
    | WithdrawDispute
    | ImposeMeasure
    | LiftMeasure
    | GrantIncentive
    | RevokeIncentive
    | RecordAssessment
    | RecordDialogue
    | RecordTransfer
    | ConfirmTransfer
    | PublishRun
)

COMMANDS: dict[str, type[Command]] = {command.__name__: command for command in Command.__args__}
"""Every command by its EIP-712 name, which is the function's name with a capital."""
