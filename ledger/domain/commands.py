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
    CommitmentTerms,
    Confirmation,
    HistoricalCommitment,
    HistoricalOutcome,
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
class ProposeAgreement:
    """Propose terms to the other parties."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "proposeAgreement"

    terms: AgreementTerms


@dataclass(frozen=True, slots=True)
class SignAgreement:
    """Sign the proposed terms."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "signAgreement"

    id: int
    terms_digest: bytes


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
    """Take on a commitment."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "registerCommitment"

    terms: CommitmentTerms


@dataclass(frozen=True, slots=True)
class RegisterCommitments:
    """Take on several commitments, all or none."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "registerCommitments"

    terms: tuple[CommitmentTerms, ...]


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
class ReportBroken:
    """Report, as creditor, that a commitment was broken."""

    contract: ClassVar[str] = "CommitmentRegistry"
    verb: ClassVar[str] = "reportBroken"

    id: int


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
    | ProposeAgreement
    | SignAgreement
    | RecordAgreement
    | RecordAccession
    | RegisterCommitment
    | RegisterCommitments
    | SubmitEvidence
    | ConfirmCommitment
    | ConfirmCommitments
    | ReportBroken
    | RecordHistory
    | RecordOutcomes
    | RecordTransfer
    | ConfirmTransfer
    | PublishRun
)

COMMANDS: dict[str, type[Command]] = {command.__name__: command for command in Command.__args__}
"""Every command by its EIP-712 name, which is the function's name with a capital."""
