"""What queries about breaches, disputes, discipline, debts handed over and successions give back."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.enums import (
    BreachState,
    DisputeState,
    ExcuseGround,
    Incentive,
    Measure,
    Outcome,
    Severity,
)
from ledger.domain.procedure import ProcedurePolicy


@dataclass(frozen=True, slots=True)
class ProcedurePolicyRow:
    """A version of the time limits and thresholds of procedure."""

    version: int
    effective_from: int
    recorded_at: int
    policy: ProcedurePolicy


@dataclass(frozen=True, slots=True)
class SuccessionRow:
    """A body that has directly taken another's place."""

    predecessor: int
    successor: int
    sequence: int
    position: int
    ground: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class RotationRow:
    """A voice that was offered to another account; open while neither accepted nor void."""

    sequence: int
    government: int
    signer: str
    replacement: str
    recorded_at: int

    accepted_at: int | None
    """When the replacement became a signer."""

    void_at: int | None


@dataclass(frozen=True, slots=True)
class ContestRow:
    """Evidence that its creditor did not accept."""

    sequence: int
    commitment: int
    creditor: int
    reason: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class AuditRow:
    """What an audit found of evidence."""

    sequence: int
    commitment: int
    auditor: int
    upheld: bool
    finding: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class CommitmentTransferRow:
    """A commitment that another debtor took over."""

    sequence: int
    commitment: int
    former_debtor: int
    debtor: int
    recorded_at: int


@dataclass(frozen=True, slots=True)
class DebtTransferRow:
    """An offer to hand a commitment over; open while neither completed nor void."""

    sequence: int
    commitment: int
    debtor: int
    new_debtor: int
    recorded_at: int

    taken_over_at: int | None
    """When the new debtor agreed."""

    consented_at: int | None
    """When the creditor agreed."""

    completed_at: int | None
    void_at: int | None


@dataclass(frozen=True, slots=True)
class BreachRow:
    """A commitment that was reported overdue or found broken."""

    commitment: int

    state: BreachState
    """A case whose commitment has got another outcome is over, whatever stands here."""

    severity: Severity | None
    """None before a breach is determined."""

    procedure_version: int | None
    """None where a ruling found what nobody had reported; then the dispute's counts."""

    debtor: int

    body: int | None
    """Whose determination stands, and who can repair it; before, who set the date for putting right."""

    reporter: str | None
    report_note: str | None
    reported_at: int | None

    explain_by: int | None
    """Last second at which the debtor can explain."""

    explained_at: int | None
    explanation: str | None
    explanation_digest: str | None

    rectify_by: int | None
    """Last second at which it can be put right."""

    rectification_set_at: int | None
    """When a body set the date; None where none did."""

    refused_at: int | None
    refusal_reason: str | None
    determined_at: int | None

    lapsed: bool | None
    """Whether the body let its time pass and another called for the determination."""

    object_by: int | None
    """Last second at which the debtor can object; None also where a final ruling determined it."""

    published_from: int | None
    """First second of publication, where its severity is published; a dispute puts it off."""

    repairable_from: int | None
    """First second at which it can be repaired."""

    published_until: int | None
    """First second at which publication and discipline are over."""

    upheld_at: int | None
    overturned_at: int | None

    repair_requested_at: int | None
    """Of the newest request."""

    repair_digest: str | None
    repair_locator: str | None

    repair_refused_at: int | None
    """Of the newest request; None while that waits."""

    repair_refusal_reason: str | None
    repaired_at: int | None


@dataclass(frozen=True, slots=True)
class PanelMemberRow:
    """A body that was drawn to hear a dispute."""

    dispute: int
    sequence: int
    position: int
    member: int

    current: bool
    """False where another panel was drawn since."""

    recorded_at: int


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A dispute, with the ruling that stands."""

    id: int
    commitment: int
    opener: int
    state: DisputeState

    body: int | None
    """Who hears it now; None where a panel does."""

    procedure_version: int
    opened_at: int
    statement_digest: str
    statement_locator: str

    evidence_until: int
    """Last second at which the sides can lodge evidence."""

    rule_by: int
    """Last second at which it can be ruled on before anyone can have it go up."""

    appeal_by: int | None
    """Last second at which the ruling can be appealed; None before one, and where it is final."""

    appellant: int | None
    appealed_at: int | None
    grounds_digest: str | None
    grounds_locator: str | None
    escalated_at: int | None
    outcome: Outcome | None
    outcome_basis_points: int | None
    ground: ExcuseGround | None
    reasons_digest: str | None
    reasons_locator: str | None

    ruled_by: int | None
    """Of a panel, the member that completed the majority."""

    ruled_at: int | None
    concluded_at: int | None
    withdrawn_at: int | None

    panel: tuple[int, ...]
    """Who hears it now, where a panel does."""


@dataclass(frozen=True, slots=True)
class DisputeEvidenceRow:
    """Evidence that a side of a dispute lodged."""

    sequence: int
    dispute: int
    side: int
    digest: str
    locator: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class RulingRow:
    """A ruling that one signer or panel member gave."""

    sequence: int
    dispute: int
    body: int
    signer: str
    outcome: Outcome
    outcome_basis_points: int
    ground: ExcuseGround | None
    reasons_digest: str
    reasons_locator: str

    given: int
    """How many had given this ruling."""

    needed: int
    recorded_at: int


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A measure of discipline. Whether it is in effect depends on the moment and on its breach."""

    id: int
    government: int
    body: int
    commitment: int
    measure: Measure

    starts_at: int
    """First second in effect."""

    ends_at: int
    """First second no longer in effect."""

    reason: str
    recorded_at: int
    lifted_at: int | None
    lift_reason: str | None


@dataclass(frozen=True, slots=True)
class IncentiveRow:
    """An incentive for keeping faith. Whether it holds depends on the moment and on the government's standing."""

    id: int
    government: int
    body: int
    incentive: Incentive

    starts_at: int
    """First second at which it holds."""

    ends_at: int
    """First second at which it no longer holds."""

    reason: str
    recorded_at: int
    revoked_at: int | None
    revocation_reason: str | None
