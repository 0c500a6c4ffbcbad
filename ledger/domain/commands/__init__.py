"""
What an account can command.

Each class is one function of a contract that takes an authorization: `contract` and `verb` name it, the fields are its
parameters in order. A command's EIP-712 type follows from the function (see `ledger.chain.typed_data`), so what is
signed is this and nothing else.
"""

from __future__ import annotations

from ledger.domain.commands.administration import (
    ApproveProposal,
    ProposeCall,
    PublishRun,
    WithdrawProposal,
)
from ledger.domain.commands.agreements import (
    AccedeToAgreement,
    ApproveAccession,
    ConsentToEnd,
    DeclineVersion,
    EndAgreement,
    ProposeAgreement,
    ProposeVersion,
    RecordAccession,
    RecordAgreement,
    RecordAssessment,
    RecordDialogue,
    ResumeAgreement,
    SignAgreement,
    SucceedParty,
    SuspendAgreement,
)
from ledger.domain.commands.breaches import (
    DetermineBreach,
    ExplainOverdue,
    GrantIncentive,
    ImposeMeasure,
    LiftMeasure,
    RefuseRectification,
    RefuseRepair,
    RepairBreach,
    ReportOverdue,
    RequestRepair,
    RevokeIncentive,
    SetRectification,
)
from ledger.domain.commands.commitments import (
    AcceptBySilence,
    AcceptCommitments,
    AgreeDebtTransfer,
    AuditEvidence,
    ConfirmCommitment,
    ConfirmCommitments,
    ConfirmTransfer,
    ContestEvidence,
    DeclineCommitment,
    OfferDebtTransfer,
    RecordHistory,
    RecordOutcomes,
    RecordTransfer,
    RegisterCommitment,
    RegisterCommitments,
    ReleaseCommitment,
    SubmitEvidence,
    WithdrawDebtTransfer,
)
from ledger.domain.commands.disputes import (
    AppealRuling,
    ConcludeDispute,
    EscalateDispute,
    GiveRuling,
    LodgeDisputeEvidence,
    OpenDispute,
    WithdrawDispute,
)
from ledger.domain.commands.register import (
    AcceptRotation,
    FreezeSigner,
    OfferRotation,
    RecoverSigner,
    SetRecoveryAccount,
    ThawSigner,
)

__all__ = [
    "AccedeToAgreement",
    "AcceptBySilence",
    "AcceptCommitments",
    "AcceptRotation",
    "AgreeDebtTransfer",
    "AppealRuling",
    "ApproveAccession",
    "ApproveProposal",
    "AuditEvidence",
    "COMMANDS",
    "Command",
    "ConcludeDispute",
    "ConfirmCommitment",
    "ConfirmCommitments",
    "ConfirmTransfer",
    "ConsentToEnd",
    "ContestEvidence",
    "DeclineCommitment",
    "DeclineVersion",
    "DetermineBreach",
    "EndAgreement",
    "EscalateDispute",
    "ExplainOverdue",
    "FreezeSigner",
    "GiveRuling",
    "GrantIncentive",
    "ImposeMeasure",
    "LiftMeasure",
    "LodgeDisputeEvidence",
    "OfferDebtTransfer",
    "OfferRotation",
    "OpenDispute",
    "ProposeAgreement",
    "ProposeCall",
    "ProposeVersion",
    "PublishRun",
    "RecordAccession",
    "RecordAgreement",
    "RecordAssessment",
    "RecordDialogue",
    "RecordHistory",
    "RecordOutcomes",
    "RecordTransfer",
    "RecoverSigner",
    "RefuseRectification",
    "RefuseRepair",
    "RegisterCommitment",
    "RegisterCommitments",
    "ReleaseCommitment",
    "RepairBreach",
    "ReportOverdue",
    "RequestRepair",
    "ResumeAgreement",
    "RevokeIncentive",
    "SetRecoveryAccount",
    "SetRectification",
    "SignAgreement",
    "SubmitEvidence",
    "SucceedParty",
    "SuspendAgreement",
    "ThawSigner",
    "WithdrawDebtTransfer",
    "WithdrawDispute",
    "WithdrawProposal",
]

Command = (
    ProposeCall
    | ApproveProposal
    | WithdrawProposal
    | PublishRun
    | OfferRotation
    | AcceptRotation
    | FreezeSigner
    | ThawSigner
    | SetRecoveryAccount
    | RecoverSigner
    | ProposeAgreement
    | ProposeVersion
    | SignAgreement
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
    | RecordAssessment
    | RecordDialogue
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
    | RecordTransfer
    | ConfirmTransfer
    | ReportOverdue
    | ExplainOverdue
    | SetRectification
    | RefuseRectification
    | DetermineBreach
    | RequestRepair
    | RepairBreach
    | RefuseRepair
    | ImposeMeasure
    | LiftMeasure
    | GrantIncentive
    | RevokeIncentive
    | OpenDispute
    | LodgeDisputeEvidence
    | GiveRuling
    | AppealRuling
    | EscalateDispute
    | ConcludeDispute
    | WithdrawDispute
)

COMMANDS: dict[str, type[Command]] = {command.__name__: command for command in Command.__args__}
"""Every command by its EIP-712 name, which is the function's name with a capital."""
