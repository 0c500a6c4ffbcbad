"""
What happened: the contracts' events.

Each class is the twin of the Solidity event of the same name, with its fields in the same order. An event carries all
that a reader needs; who signed the command and when its block was made come with the block, in `Fact`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.events.administration import (
    AdministratorsSet,
    CommandExecuted,
    PolicyPublished,
    ProcedurePolicyPublished,
    ProposalApproved,
    ProposalExecuted,
    ProposalMade,
    ProposalScheduled,
    ProposalWithdrawn,
    ScoreRunPublished,
)
from ledger.domain.events.agreements import (
    AccessionBackfilled,
    AccessionRequested,
    AgreementAcceded,
    AgreementAmended,
    AgreementAssessed,
    AgreementBackfilled,
    AgreementConcluded,
    AgreementEnded,
    AgreementProposed,
    AgreementResumed,
    AgreementSigned,
    AgreementSuspended,
    AgreementVersionDeclined,
    AgreementVersionProposed,
    DialogueRecorded,
    EndConsented,
    PartySucceeded,
)
from ledger.domain.events.breaches import (
    BreachDetermined,
    BreachOverturned,
    BreachRepaired,
    BreachUpheld,
    IncentiveGranted,
    IncentiveRevoked,
    MeasureImposed,
    MeasureLifted,
    OverdueExplained,
    OverdueReported,
    RectificationRefused,
    RectificationSet,
    RepairRefused,
    RepairRequested,
)
from ledger.domain.events.commitments import (
    CommitmentAccepted,
    CommitmentBackfilled,
    CommitmentDeclined,
    CommitmentRegistered,
    CommitmentReleased,
    CommitmentTransferred,
    DebtTransferAgreed,
    DebtTransferOffered,
    DebtTransferWithdrawn,
    EvidenceAudited,
    EvidenceContested,
    EvidenceSubmitted,
    OutcomeRecorded,
    TransferConfirmed,
    TransferRecorded,
)
from ledger.domain.events.disputes import (
    DisputeAppealed,
    DisputeConcluded,
    DisputeEscalated,
    DisputeEvidenceLodged,
    DisputeOpened,
    DisputeRuled,
    DisputeWithdrawn,
    PanelDrawn,
    RulingGiven,
)
from ledger.domain.events.register import (
    GovernmentRegistered,
    GovernmentRemoved,
    JurisdictionSet,
    RecoveryAccountSet,
    RolesSet,
    RotationOffered,
    SignerAdded,
    SignerFrozen,
    SignerRemoved,
    SignerThawed,
    SuccessionRecorded,
)

__all__ = [
    "AccessionBackfilled",
    "AccessionRequested",
    "AdministratorsSet",
    "AgreementAcceded",
    "AgreementAmended",
    "AgreementAssessed",
    "AgreementBackfilled",
    "AgreementConcluded",
    "AgreementEnded",
    "AgreementProposed",
    "AgreementResumed",
    "AgreementSigned",
    "AgreementSuspended",
    "AgreementVersionDeclined",
    "AgreementVersionProposed",
    "Block",
    "BreachDetermined",
    "BreachOverturned",
    "BreachRepaired",
    "BreachUpheld",
    "CommandExecuted",
    "CommitmentAccepted",
    "CommitmentBackfilled",
    "CommitmentDeclined",
    "CommitmentRegistered",
    "CommitmentReleased",
    "CommitmentTransferred",
    "DebtTransferAgreed",
    "DebtTransferOffered",
    "DebtTransferWithdrawn",
    "DialogueRecorded",
    "DisputeAppealed",
    "DisputeConcluded",
    "DisputeEscalated",
    "DisputeEvidenceLodged",
    "DisputeOpened",
    "DisputeRuled",
    "DisputeWithdrawn",
    "EVENTS",
    "EndConsented",
    "Event",
    "EvidenceAudited",
    "EvidenceContested",
    "EvidenceSubmitted",
    "Fact",
    "GovernmentRegistered",
    "GovernmentRemoved",
    "IncentiveGranted",
    "IncentiveRevoked",
    "JurisdictionSet",
    "MeasureImposed",
    "MeasureLifted",
    "OutcomeRecorded",
    "OverdueExplained",
    "OverdueReported",
    "PanelDrawn",
    "PartySucceeded",
    "PolicyPublished",
    "ProcedurePolicyPublished",
    "ProposalApproved",
    "ProposalExecuted",
    "ProposalMade",
    "ProposalScheduled",
    "ProposalWithdrawn",
    "RecoveryAccountSet",
    "RectificationRefused",
    "RectificationSet",
    "RepairRefused",
    "RepairRequested",
    "RolesSet",
    "RotationOffered",
    "RulingGiven",
    "ScoreRunPublished",
    "SignerAdded",
    "SignerFrozen",
    "SignerRemoved",
    "SignerThawed",
    "SuccessionRecorded",
    "TransferConfirmed",
    "TransferRecorded",
]

Event = (
    CommandExecuted
    | ProposalMade
    | ProposalApproved
    | ProposalScheduled
    | ProposalExecuted
    | ProposalWithdrawn
    | AdministratorsSet
    | PolicyPublished
    | ProcedurePolicyPublished
    | ScoreRunPublished
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
    | AgreementProposed
    | AgreementVersionProposed
    | AgreementSigned
    | AgreementConcluded
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
    | AgreementAssessed
    | DialogueRecorded
    | CommitmentRegistered
    | CommitmentBackfilled
    | CommitmentAccepted
    | CommitmentDeclined
    | EvidenceSubmitted
    | EvidenceContested
    | EvidenceAudited
    | CommitmentReleased
    | CommitmentTransferred
    | OutcomeRecorded
    | DebtTransferOffered
    | DebtTransferWithdrawn
    | DebtTransferAgreed
    | TransferRecorded
    | TransferConfirmed
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
    | MeasureImposed
    | MeasureLifted
    | IncentiveGranted
    | IncentiveRevoked
    | DisputeOpened
    | PanelDrawn
    | DisputeEvidenceLodged
    | RulingGiven
    | DisputeRuled
    | DisputeAppealed
    | DisputeEscalated
    | DisputeConcluded
    | DisputeWithdrawn
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
