"""Commitments, evidence and outcomes, who owes them, and compensation."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.enums import ExcuseGround, Outcome, OutcomeBasis


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
class CommitmentReleased:
    """The creditor released the debtor; that it is excused follows."""

    id: int
    creditor: int
    reason: str


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
