"""
What queries give back: the projection's rows as values.

Fields are named as the tables' columns are, with the same units. What depends on a moment (in force, overdue) is no
field but a question with the moment in it, because it is derived and never stored.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ledger.domain.enums import (
    AccessionRule,
    AgreementState,
    CommitmentState,
    CompensationKind,
    EndReason,
    ExcuseGround,
    GovernmentState,
    IndicatorDirection,
    IndicatorKind,
    Level,
    Outcome,
    OutcomeBasis,
    ProposalState,
    Role,
    ServiceMode,
    TimeBasis,
    TransferState,
    roles_of,
)
from ledger.store.projection.making import make


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block."""

    number: int
    hash: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class GovernmentRow:
    """A body in the register."""

    id: int
    scheme: str
    value: str
    name: str
    level: Level
    superior: int | None
    roles: tuple[Role, ...]
    state: GovernmentState
    registered_at: int
    removed_at: int | None
    removal_reason: str | None

    succeeded_at: int | None
    """When others took its place."""

    recovery_account: str | None

    @property
    def identifier(self) -> str:
        """`scheme:value`."""
        return f"{self.scheme}:{self.value}"


@dataclass(frozen=True, slots=True)
class SignerRow:
    """An account, and the body for which it speaks or last spoke."""

    address: str
    government: int
    added_at: int
    removed_at: int | None

    frozen_at: int | None
    """When a coordinating body stopped it; None where it is not stopped."""

    frozen_by: int | None
    freeze_reason: str | None


@dataclass(frozen=True, slots=True)
class JurisdictionRow:
    """What a coordinating body may coordinate."""

    body: int

    government: int | None
    """None for every government."""

    granted: bool
    set_at: int


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party of an agreement."""

    government: int

    recorded_at: int
    """When the ledger first had it as a party."""

    signed_at: int | None
    """When it signed the version whose terms the agreement shows; None where it has not, or it was backfilled."""

    left_at: int | None
    """When a successor took its place."""


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """What a version of an agreement assesses."""

    version: int
    number: int
    name: str
    kind: IndicatorKind
    unit: str

    target: int
    """Millionths of the unit."""

    direction: IndicatorDirection
    weight_basis_points: int


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """An agreement with its parties, and the terms in force or, before there are any, the newest proposed."""

    id: int
    state: AgreementState
    backfilled: bool

    version: int | None
    """The version that all have signed."""

    pending_version: int | None
    """The version that waits for signatures."""

    terms_version: int
    """The version that the terms here are of."""

    reference_number: str
    title: str
    document_digest: str
    document_locator: str
    service_mode: ServiceMode
    coordinating_body: int
    compensation_kind: CompensationKind
    currency: str | None

    effective_from: int | None
    """First second in force; None while that waits for the last signature."""

    expires_at: int | None
    """First second no longer in force; None for no end."""

    accession: AccessionRule
    first_assessment_at: int | None
    assessment_every_seconds: int | None
    template: str | None
    proposer: int | None
    recorder: int | None
    terms_digest: str

    terms: dict[str, Any]
    """`AgreementTerms` as JSON, as they were signed."""

    recorded_at: int

    concluded_at: int | None
    """When the last party signed on the ledger; None where none has to."""

    amended_at: int | None

    suspended_at: int | None
    """Since when it is suspended; None where it is not."""

    suspension_reason: str | None
    ended_at: int | None
    end_reason: EndReason | None
    ended_by: int | None
    end_commitment: int | None
    end_successor: int | None
    end_note: str | None

    parties: tuple[PartyRow, ...]
    """Those that are parties now, in the order in which they became it."""

    former_parties: tuple[PartyRow, ...]
    """Those whose place a successor has taken."""

    indicators: tuple[IndicatorRow, ...]

    def in_force(self, at: int) -> bool:
        """Whether it binds at this moment."""
        started = self.state is AgreementState.CONCLUDED and self.effective_from is not None
        return started and (self.effective_from or 0) <= at and (self.expires_at is None or at < self.expires_at)


@dataclass(frozen=True, slots=True)
class CommitmentRow:
    """A commitment, with its outcome where there is one."""

    id: int
    agreement: int
    debtor: int

    original_debtor: int
    """Who took it on; another than the debtor where it was handed over."""

    creditor: int | None
    """None for all other parties."""

    indicator: int
    weight: int
    made_at: int
    due_at: int
    reference_number: str
    description: str
    backfilled: bool
    recorder: int | None
    state: CommitmentState

    state_undisputed: CommitmentState
    """The state, apart from a dispute."""

    recorded_at: int

    accepted_at: int | None
    """From when it binds: when the creditor accepted it or, for a backfilled one, when it was made."""

    declined_at: int | None
    decline_reason: str | None

    evidenced_at: int | None
    """When the newest evidence was lodged."""

    confirm_by: int | None
    """Last second at which the creditor can answer it."""

    sampled: bool | None
    """Whether its evidence was drawn for audit."""

    audited: bool | None
    """Whether an audit has upheld the newest evidence."""

    dispute: int | None
    """The open one."""

    disputed_at: int | None
    """When the newest dispute was opened."""

    release_reason: str | None
    outcome: Outcome | None
    outcome_basis_points: int | None
    outcome_effective_at: int | None
    outcome_recorded_at: int | None

    outcome_recorder: int | None
    """None also for silence, and where a body let its time pass."""

    outcome_basis: OutcomeBasis | None

    excuse_ground: ExcuseGround | None
    """For an outcome that is excused."""

    evidence_count: int

    def overdue(self, at: int) -> bool:
        """Whether at this moment it bound its debtor and was due, and had no outcome."""
        open_then = self.outcome_effective_at is None or self.outcome_effective_at > at
        return self.accepted_at is not None and self.accepted_at <= at and self.due_at < at and open_then


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """Evidence that was lodged."""

    sequence: int
    commitment: int
    debtor: int
    digest: str
    locator: str
    performed_at: int
    recorded_at: int
    confirm_by: int
    late: bool
    sampled: bool


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A payment of compensation."""

    id: int
    agreement: int
    payer: int
    payee: int
    currency: str
    amount_minor: int
    paid_at: int
    reference_number: str
    state: TransferState
    recorded_at: int
    received_at: int | None
    confirmed_at: int | None


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A version of a policy."""

    kind: str
    version: int
    digest: str
    locator: str
    effective_from: int
    recorded_at: int


@dataclass(frozen=True, slots=True)
class ScoreRunRow:
    """A published root of all scores."""

    id: int
    publisher: int
    policy_digest: str
    as_of: int
    time_basis: TimeBasis
    block_number: int
    block_hash: str
    governments: int
    root: str
    locator: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """An administrator's approval."""

    administrator: str
    threshold: int
    recorded_at: int


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal of the administrators, with its approvals."""

    id: int
    state: ProposalState
    proposer: str
    target: str
    call_data: str
    reason: str
    recorded_at: int

    executable_from: int | None
    """First second at which it can be executed; None until enough have approved."""

    executed_at: int | None
    withdrawn_at: int | None
    approvals: tuple[ApprovalRow, ...]


@dataclass(frozen=True, slots=True)
class AdministrationRow:
    """Who administers, how many must agree, and how long the public delay is."""

    administrators: tuple[str, ...]
    threshold: int
    delay_seconds: int
    set_at: int


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact of the history: who recorded what, when, in which transaction."""

    sequence: int
    block_number: int
    log_index: int
    transaction: str
    event: str
    contract: str

    signer: str
    """The account whose command it came from."""

    operation: int | None
    recorded_at: int
    government: int | None
    agreement: int | None
    commitment: int | None
    transfer: int | None
    proposal: int | None
    dispute: int | None
    measure: int | None
    incentive: int | None

    body: dict[str, Any]
    """The event's fields."""


@dataclass(frozen=True, slots=True)
class Totals:
    """How much there is."""

    blocks: int
    facts: int
    governments: int
    agreements: int
    commitments: int
    settled: int
    transfers: int
    proposals: int
    breaches: int
    disputes: int


def government_row(values: dict[str, Any]) -> GovernmentRow:
    """Make a government of its columns."""
    values["level"] = Level(values["level"])
    values["roles"] = roles_of(values["roles"])
    values["state"] = GovernmentState(values["state"])
    return GovernmentRow(**values)


def jurisdiction_row(values: dict[str, Any]) -> JurisdictionRow:
    """Make a jurisdiction of its columns."""
    values["government"] = values["government"] or None
    return JurisdictionRow(**values)


def indicator_row(values: dict[str, Any]) -> IndicatorRow:
    """Make an indicator of its columns."""
    return make(IndicatorRow, values)


def agreement_row(
    values: dict[str, Any], parties: tuple[PartyRow, ...], indicators: tuple[IndicatorRow, ...]
) -> AgreementRow:
    """Make an agreement of its columns and what belongs to it."""
    return make(
        AgreementRow,
        values,
        terms=json.loads(values["terms"]),
        parties=tuple(each for each in parties if each.left_at is None),
        former_parties=tuple(each for each in parties if each.left_at is not None),
        indicators=indicators,
    )


def commitment_row(values: dict[str, Any]) -> CommitmentRow:
    """Make a commitment of its columns."""
    return make(CommitmentRow, values)


def transfer_row(values: dict[str, Any]) -> TransferRow:
    """Make a transfer of its columns."""
    return make(TransferRow, values)


def score_run_row(values: dict[str, Any]) -> ScoreRunRow:
    """Make a score run of its columns."""
    return make(ScoreRunRow, values)


def proposal_row(values: dict[str, Any], approvals: tuple[ApprovalRow, ...]) -> ProposalRow:
    """Make a proposal of its columns and its approvals."""
    values["state"] = ProposalState(values["state"])
    return ProposalRow(**values, approvals=approvals)


def fact_row(values: dict[str, Any]) -> FactRow:
    """Make a fact of its columns."""
    values["operation"] = None if values["operation"] is None else int(values["operation"])
    values["body"] = json.loads(values["body"])
    return FactRow(**values)
