"""Handlers of commitments: accepted, evidenced, answered, settled, handed to others; and of compensation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ledger.domain import events
from ledger.domain.enums import CommitmentState, TransferState
from ledger.store.projection import case_tables, tables
from ledger.store.projection.batch import Batch
from ledger.store.projection.bodies import currency_text, hexadecimal, legible
from ledger.store.projection.handlers.rule import Place, Rule

# Numbers, because a replay writes very many of them and an enum's value is looked up slowly.
_PROPOSED: Final = int(CommitmentState.PROPOSED)
_ACTIVE: Final = int(CommitmentState.ACTIVE)
_EVIDENCED: Final = int(CommitmentState.EVIDENCED)
_CONTESTED: Final = int(CommitmentState.CONTESTED)
_SETTLED: Final = int(CommitmentState.SETTLED)
_DECLINED: Final = int(CommitmentState.DECLINED)

_OPEN: Final = {"completed_at": None, "void_at": None}
"""An offer to hand a commitment over that is neither completed nor void."""


def _to(state: int, **changed: Any) -> dict[str, Any]:
    # A dispute hides the state and gives it back when it is withdrawn; see `handlers.disputes`.
    return {"state": state, "state_undisputed": state, **changed}


def _commitment_registered(event: events.CommitmentRegistered, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.commitments,
        {
            "id": event.id,
            "agreement": event.agreement,
            "debtor": event.debtor,
            "original_debtor": event.debtor,
            "creditor": event.creditor or None,
            "indicator": event.indicator,
            "weight": event.weight,
            # What is registered on the day is made on the day: only a backfill carries a date of its own.
            "made_at": place.recorded_at,
            "due_at": event.due_at,
            "reference_number": legible(event.reference_number),
            "description": legible(event.description),
            "backfilled": False,
            "state": _PROPOSED,
            "state_undisputed": _PROPOSED,
            "recorded_at": place.recorded_at,
            "evidence_count": 0,
        },
    )


def _commitment_backfilled(event: events.CommitmentBackfilled, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.commitments,
        {
            "id": event.id,
            "agreement": event.agreement,
            "debtor": event.debtor,
            "original_debtor": event.debtor,
            "creditor": event.creditor or None,
            "indicator": event.indicator,
            "weight": event.weight,
            "made_at": event.made_at,
            "due_at": event.due_at,
            "reference_number": legible(event.reference_number),
            "description": "",
            "backfilled": True,
            "recorder": event.recorder,
            "state": _ACTIVE,
            "state_undisputed": _ACTIVE,
            "recorded_at": place.recorded_at,
            # It bound its debtor when it was made, whenever the ledger came to know of it.
            "accepted_at": event.made_at,
            "evidence_count": 0,
        },
    )


def _commitment_accepted(event: events.CommitmentAccepted, place: Place, batch: Batch) -> None:
    batch.change(tables.commitments, (event.id,), _to(_ACTIVE, accepted_at=place.recorded_at))


def _commitment_declined(event: events.CommitmentDeclined, place: Place, batch: Batch) -> None:
    changed = _to(_DECLINED, declined_at=place.recorded_at, decline_reason=legible(event.reason))
    batch.change(tables.commitments, (event.id,), changed)


def _evidence_submitted(event: events.EvidenceSubmitted, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.evidence,
        {
            "sequence": place.sequence,
            "commitment": event.id,
            "debtor": event.debtor,
            "digest": hexadecimal(event.digest),
            "locator": legible(event.locator),
            "performed_at": event.performed_at,
            "recorded_at": place.recorded_at,
            "confirm_by": event.confirm_by,
            "late": event.late,
            "sampled": event.sampled,
        },
    )
    answer = {"evidenced_at": place.recorded_at, "confirm_by": event.confirm_by, "audited": False}
    batch.change(tables.commitments, (event.id,), _to(_EVIDENCED, sampled=event.sampled, **answer))


def _evidence_contested(event: events.EvidenceContested, place: Place, batch: Batch) -> None:
    batch.insert(
        case_tables.evidence_contests,
        {
            "sequence": place.sequence,
            "commitment": event.id,
            "creditor": event.creditor,
            "reason": legible(event.reason),
            "recorded_at": place.recorded_at,
        },
    )
    batch.change(tables.commitments, (event.id,), _to(_CONTESTED))


def _evidence_audited(event: events.EvidenceAudited, place: Place, batch: Batch) -> None:
    batch.insert(
        case_tables.evidence_audits,
        {
            "sequence": place.sequence,
            "commitment": event.id,
            "auditor": event.auditor,
            "upheld": event.upheld,
            "finding": legible(event.finding),
            "recorded_at": place.recorded_at,
        },
    )
    batch.change(tables.commitments, (event.id,), {"audited": True} if event.upheld else _to(_CONTESTED))


def _commitment_released(event: events.CommitmentReleased, _place: Place, batch: Batch) -> None:
    batch.change(tables.commitments, (event.id,), {"release_reason": legible(event.reason)})


def _outcome_recorded(event: events.OutcomeRecorded, place: Place, batch: Batch) -> None:
    batch.change(
        tables.commitments,
        (event.id,),
        _to(
            _SETTLED,
            outcome=int(event.outcome),
            outcome_basis_points=event.outcome_basis_points,
            outcome_effective_at=event.effective_at,
            outcome_recorded_at=place.recorded_at,
            outcome_recorder=event.recorder or None,
            outcome_basis=int(event.basis),
            excuse_ground=int(event.ground) or None,
        ),
    )


def _commitment_transferred(event: events.CommitmentTransferred, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.commitment_transfers,
        {
            "sequence": place.sequence,
            "commitment": event.id,
            "former_debtor": event.former_debtor,
            "debtor": event.debtor,
            "recorded_at": place.recorded_at,
        },
    )
    batch.change(tables.commitments, (event.id,), {"debtor": event.debtor})
    offered = {"commitment": event.id, **_OPEN}
    batch.sweep(case_tables.debt_transfer_offers, offered, {"completed_at": place.recorded_at})


def _debt_transfer_offered(event: events.DebtTransferOffered, place: Place, batch: Batch) -> None:
    offered = {"commitment": event.commitment, **_OPEN}
    batch.sweep(case_tables.debt_transfer_offers, offered, {"void_at": place.recorded_at})
    batch.insert(
        case_tables.debt_transfer_offers,
        {
            "sequence": place.sequence,
            "commitment": event.commitment,
            "debtor": event.debtor,
            "new_debtor": event.to,
            "recorded_at": place.recorded_at,
        },
    )


def _debt_transfer_withdrawn(event: events.DebtTransferWithdrawn, place: Place, batch: Batch) -> None:
    offered = {"commitment": event.commitment, **_OPEN}
    batch.sweep(case_tables.debt_transfer_offers, offered, {"void_at": place.recorded_at})


def _debt_transfer_agreed(event: events.DebtTransferAgreed, place: Place, batch: Batch) -> None:
    offered = {"commitment": event.commitment, **_OPEN}
    agreed = "consented_at" if event.as_creditor else "taken_over_at"
    batch.sweep(case_tables.debt_transfer_offers, offered, {agreed: place.recorded_at})


def _transfer_recorded(event: events.TransferRecorded, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.transfers,
        {
            "id": event.id,
            "agreement": event.agreement,
            "payer": event.payer,
            "payee": event.payee,
            "currency": currency_text(event.currency) or "",
            "amount_minor": event.amount_minor,
            "paid_at": event.paid_at,
            "reference_number": legible(event.reference_number),
            "state": TransferState.PENDING.value,
            "recorded_at": place.recorded_at,
        },
    )


def _transfer_confirmed(event: events.TransferConfirmed, place: Place, batch: Batch) -> None:
    batch.change(
        tables.transfers,
        (event.id,),
        {
            "state": TransferState.CONFIRMED.value,
            "received_at": event.received_at,
            "confirmed_at": place.recorded_at,
        },
    )


RULES: Final[Mapping[type[events.Event], Rule]] = {
    events.CommitmentRegistered: Rule(_commitment_registered, ("debtor", "creditor"), "commitment", "agreement"),
    events.CommitmentBackfilled: Rule(
        _commitment_backfilled, ("debtor", "recorder", "creditor"), "commitment", "agreement"
    ),
    events.CommitmentAccepted: Rule(_commitment_accepted, ("creditor",), "commitment"),
    events.CommitmentDeclined: Rule(_commitment_declined, ("creditor",), "commitment"),
    events.EvidenceSubmitted: Rule(_evidence_submitted, ("debtor",), "commitment"),
    events.EvidenceContested: Rule(_evidence_contested, ("creditor",), "commitment"),
    events.EvidenceAudited: Rule(_evidence_audited, ("auditor",), "commitment"),
    events.CommitmentReleased: Rule(_commitment_released, ("creditor",), "commitment"),
    events.OutcomeRecorded: Rule(_outcome_recorded, ("debtor", "recorder"), "commitment"),
    events.CommitmentTransferred: Rule(_commitment_transferred, ("debtor", "former_debtor"), "commitment"),
    events.DebtTransferOffered: Rule(_debt_transfer_offered, ("debtor", "to"), commitment="commitment"),
    events.DebtTransferWithdrawn: Rule(_debt_transfer_withdrawn, ("debtor", "to"), commitment="commitment"),
    events.DebtTransferAgreed: Rule(_debt_transfer_agreed, ("government",), commitment="commitment"),
    events.TransferRecorded: Rule(_transfer_recorded, ("payer", "payee"), "transfer", "agreement"),
    events.TransferConfirmed: Rule(_transfer_confirmed, ("payee",), "transfer"),
}
