"""What is commanded about commitments and compensation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.domain.terms import CommitmentTerms, Confirmation, HistoricalCommitment, HistoricalOutcome, TransferTerms


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
