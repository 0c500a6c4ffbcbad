"""
The state machines of the ledger, each as one table.

A table says, for every state, which commands are possible and where each may lead. What a table does not name is
forbidden, and the contracts refuse it. Who may give a command, and within which time, stands with the command; here is
only what comes after what. Time alone changes no state: that a window has passed shows when somebody acts on it.

Reading order: an agreement is concluded, commitments are made under it, one that is overdue becomes a breach case, and
either side can take it to dispute.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, TypeVar

from ledger.domain.enums import AgreementState, BreachState, CommitmentState, DisputeState

State = TypeVar("State", bound=IntEnum)

AGREEMENT: Final[Mapping[AgreementState, Mapping[str, frozenset[AgreementState]]]] = {
    AgreementState.NONE: {
        "ProposeAgreement": frozenset({AgreementState.PROPOSED}),
        "RecordAgreement": frozenset({AgreementState.CONCLUDED}),
    },
    AgreementState.PROPOSED: {
        "ProposeVersion": frozenset({AgreementState.PROPOSED}),
        # The last party's signature concludes it.
        "SignAgreement": frozenset({AgreementState.PROPOSED, AgreementState.CONCLUDED}),
        "DeclineVersion": frozenset({AgreementState.ABANDONED}),
        # It concludes where the one who is gone was the only one that had not signed, and a party takes its place.
        "SucceedParty": frozenset({AgreementState.PROPOSED, AgreementState.CONCLUDED}),
    },
    AgreementState.CONCLUDED: {
        # An amendment: the version in force stays until all have signed.
        "ProposeVersion": frozenset({AgreementState.CONCLUDED}),
        "SignAgreement": frozenset({AgreementState.CONCLUDED}),
        "DeclineVersion": frozenset({AgreementState.CONCLUDED}),
        "AccedeToAgreement": frozenset({AgreementState.CONCLUDED}),
        "ApproveAccession": frozenset({AgreementState.CONCLUDED}),
        "RecordAccession": frozenset({AgreementState.CONCLUDED}),
        "RecordAssessment": frozenset({AgreementState.CONCLUDED}),
        "SuspendAgreement": frozenset({AgreementState.SUSPENDED}),
        "ConsentToEnd": frozenset({AgreementState.CONCLUDED, AgreementState.ENDED}),
        "EndAgreement": frozenset({AgreementState.ENDED}),
        # It ends where all others had consented to that.
        "SucceedParty": frozenset({AgreementState.CONCLUDED, AgreementState.ENDED}),
    },
    AgreementState.SUSPENDED: {
        # Nothing new is agreed, but what was proposed can be turned down, and what is past or due recorded.
        "DeclineVersion": frozenset({AgreementState.SUSPENDED}),
        "RecordAccession": frozenset({AgreementState.SUSPENDED}),
        "RecordAssessment": frozenset({AgreementState.SUSPENDED}),
        "ResumeAgreement": frozenset({AgreementState.CONCLUDED}),
        "ConsentToEnd": frozenset({AgreementState.SUSPENDED, AgreementState.ENDED}),
        "EndAgreement": frozenset({AgreementState.ENDED}),
        "SucceedParty": frozenset({AgreementState.SUSPENDED, AgreementState.ENDED}),
    },
    AgreementState.ENDED: {
        # Of a date before the end.
        "RecordAssessment": frozenset({AgreementState.ENDED}),
    },
    AgreementState.ABANDONED: {},
}

COMMITMENT: Final[Mapping[CommitmentState, Mapping[str, frozenset[CommitmentState]]]] = {
    CommitmentState.NONE: {
        "RegisterCommitment": frozenset({CommitmentState.PROPOSED}),
        "RegisterCommitments": frozenset({CommitmentState.PROPOSED}),
        "RecordHistory": frozenset({CommitmentState.ACTIVE, CommitmentState.SETTLED}),
    },
    CommitmentState.PROPOSED: {
        "AcceptCommitments": frozenset({CommitmentState.ACTIVE}),
        "DeclineCommitment": frozenset({CommitmentState.DECLINED}),
    },
    CommitmentState.ACTIVE: {
        "SubmitEvidence": frozenset({CommitmentState.EVIDENCED}),
        "ReleaseCommitment": frozenset({CommitmentState.SETTLED}),
        # Backfilled commitments only.
        "RecordOutcomes": frozenset({CommitmentState.SETTLED}),
        # While a breach case is open.
        "OpenDispute": frozenset({CommitmentState.DISPUTED}),
        "DetermineBreach": frozenset({CommitmentState.SETTLED}),
        "OfferDebtTransfer": frozenset({CommitmentState.ACTIVE}),
        "AgreeDebtTransfer": frozenset({CommitmentState.ACTIVE}),
    },
    CommitmentState.EVIDENCED: {
        "SubmitEvidence": frozenset({CommitmentState.EVIDENCED}),
        "ConfirmCommitment": frozenset({CommitmentState.SETTLED}),
        "ConfirmCommitments": frozenset({CommitmentState.SETTLED}),
        "ContestEvidence": frozenset({CommitmentState.CONTESTED}),
        "AcceptBySilence": frozenset({CommitmentState.SETTLED}),
        "AuditEvidence": frozenset({CommitmentState.EVIDENCED, CommitmentState.CONTESTED}),
        "ReleaseCommitment": frozenset({CommitmentState.SETTLED}),
    },
    CommitmentState.CONTESTED: {
        "SubmitEvidence": frozenset({CommitmentState.EVIDENCED}),
        "OpenDispute": frozenset({CommitmentState.DISPUTED}),
        "DetermineBreach": frozenset({CommitmentState.SETTLED}),
        "ReleaseCommitment": frozenset({CommitmentState.SETTLED}),
    },
    CommitmentState.DISPUTED: {
        # The last signature of a final ruling, or the end of the time to appeal, settles it.
        "GiveRuling": frozenset({CommitmentState.DISPUTED, CommitmentState.SETTLED}),
        "ConcludeDispute": frozenset({CommitmentState.SETTLED}),
        "EscalateDispute": frozenset({CommitmentState.DISPUTED, CommitmentState.SETTLED}),
        "AppealRuling": frozenset({CommitmentState.DISPUTED}),
        # Back to where it was.
        "WithdrawDispute": frozenset({CommitmentState.ACTIVE, CommitmentState.CONTESTED, CommitmentState.SETTLED}),
    },
    CommitmentState.SETTLED: {
        # An outcome that is not a ruling, within the time to object.
        "OpenDispute": frozenset({CommitmentState.DISPUTED}),
    },
    CommitmentState.DECLINED: {},
}

BREACH: Final[Mapping[BreachState, Mapping[str, frozenset[BreachState]]]] = {
    BreachState.NONE: {
        "ReportOverdue": frozenset({BreachState.REPORTED}),
    },
    BreachState.REPORTED: {
        "ExplainOverdue": frozenset({BreachState.RECTIFYING}),
        "SetRectification": frozenset({BreachState.RECTIFYING}),
        "RefuseRectification": frozenset({BreachState.REPORTED}),
        "DetermineBreach": frozenset({BreachState.DETERMINED}),
    },
    BreachState.RECTIFYING: {
        "SetRectification": frozenset({BreachState.RECTIFYING}),
        "RefuseRectification": frozenset({BreachState.RECTIFYING}),
        "DetermineBreach": frozenset({BreachState.DETERMINED}),
    },
    BreachState.DETERMINED: {
        "RequestRepair": frozenset({BreachState.DETERMINED}),
        "RefuseRepair": frozenset({BreachState.DETERMINED}),
        "RepairBreach": frozenset({BreachState.REPAIRED}),
        "ImposeMeasure": frozenset({BreachState.DETERMINED}),
    },
    BreachState.REPAIRED: {},
    BreachState.OVERTURNED: {},
}
"""Rulings lead from every state but `REPAIRED` and `OVERTURNED` to `DETERMINED` or `OVERTURNED`; see `DISPUTE`."""

DISPUTE: Final[Mapping[DisputeState, Mapping[str, frozenset[DisputeState]]]] = {
    DisputeState.NONE: {
        "OpenDispute": frozenset({DisputeState.OPEN}),
    },
    DisputeState.OPEN: {
        "LodgeDisputeEvidence": frozenset({DisputeState.OPEN}),
        # With the signature that completes the ruling; one by a panel is final at once.
        "GiveRuling": frozenset({DisputeState.OPEN, DisputeState.RULED, DisputeState.FINAL}),
        "EscalateDispute": frozenset({DisputeState.APPEALED}),
        "WithdrawDispute": frozenset({DisputeState.WITHDRAWN}),
    },
    DisputeState.RULED: {
        "AppealRuling": frozenset({DisputeState.APPEALED}),
        "ConcludeDispute": frozenset({DisputeState.FINAL}),
    },
    DisputeState.APPEALED: {
        "LodgeDisputeEvidence": frozenset({DisputeState.APPEALED}),
        "GiveRuling": frozenset({DisputeState.APPEALED, DisputeState.FINAL}),
        # The first ruling then stands; where there is none, another panel is drawn.
        "EscalateDispute": frozenset({DisputeState.APPEALED, DisputeState.FINAL}),
    },
    DisputeState.FINAL: {},
    DisputeState.WITHDRAWN: {},
}


def possible(table: Mapping[State, Mapping[str, frozenset[State]]], state: State) -> tuple[str, ...]:
    """The commands that a state knows, in order of name."""
    return tuple(sorted(table[state]))


def allows(table: Mapping[State, Mapping[str, frozenset[State]]], before: State, command: str, after: State) -> bool:
    """Whether a command may lead from one state to the other."""
    return after in table[before].get(command, frozenset())
