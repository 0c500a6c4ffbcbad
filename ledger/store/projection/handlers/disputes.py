"""Handlers of disputes, rulings and appeals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ledger.domain import events
from ledger.domain.enums import CommitmentState, DisputeState
from ledger.domain.terms import Ruling
from ledger.store.projection import tables
from ledger.store.projection.batch import Batch
from ledger.store.projection.bodies import hexadecimal, legible
from ledger.store.projection.case_tables import dispute_evidence, disputes, panel_members, rulings
from ledger.store.projection.handlers.rule import Place, Rule


def _dispute_opened(event: events.DisputeOpened, place: Place, batch: Batch) -> None:
    batch.insert(
        disputes,
        {
            "id": event.id,
            "commitment": event.commitment,
            "opener": event.opener,
            "state": DisputeState.OPEN.value,
            "body": event.body or None,
            "procedure_version": event.procedure_version,
            "opened_at": place.recorded_at,
            "statement_digest": hexadecimal(event.statement_digest),
            "statement_locator": legible(event.statement_locator),
            "evidence_until": event.evidence_until,
            "rule_by": event.rule_by,
        },
    )
    batch.change(
        tables.commitments,
        (event.commitment,),
        {"state": CommitmentState.DISPUTED.value, "dispute": event.id, "disputed_at": place.recorded_at},
    )


def _panel_drawn(event: events.PanelDrawn, place: Place, batch: Batch) -> None:
    batch.sweep(panel_members, {"dispute": event.id, "current": True}, {"current": False})
    for position, member in enumerate(event.members):
        batch.insert(
            panel_members,
            {
                "dispute": event.id,
                "sequence": place.sequence,
                "position": position,
                "member": member,
                "current": True,
                "recorded_at": place.recorded_at,
            },
        )


def _evidence_lodged(event: events.DisputeEvidenceLodged, place: Place, batch: Batch) -> None:
    batch.insert(
        dispute_evidence,
        {
            "sequence": place.sequence,
            "dispute": event.id,
            "side": event.side,
            "digest": hexadecimal(event.digest),
            "locator": legible(event.locator),
            "recorded_at": place.recorded_at,
        },
    )


def _finding(ruling: Ruling) -> dict[str, Any]:
    return {
        "outcome": int(ruling.outcome),
        "outcome_basis_points": ruling.outcome_basis_points,
        "ground": int(ruling.ground) or None,
        "reasons_digest": hexadecimal(ruling.reasons_digest),
        "reasons_locator": legible(ruling.reasons_locator),
    }


def _ruling_given(event: events.RulingGiven, place: Place, batch: Batch) -> None:
    batch.insert(
        rulings,
        {
            "sequence": place.sequence,
            "dispute": event.id,
            "body": event.body,
            "signer": event.signer,
            "given": event.given,
            "needed": event.needed,
            "recorded_at": place.recorded_at,
            **_finding(event.ruling),
        },
    )


def _dispute_ruled(event: events.DisputeRuled, place: Place, batch: Batch) -> None:
    batch.change(
        disputes,
        (event.id,),
        {
            # A final ruling is concluded in the same command, which says so with an event of its own.
            "state": DisputeState.RULED.value,
            "appeal_by": event.appeal_by or None,
            "ruled_by": event.body,
            "ruled_at": place.recorded_at,
            **_finding(event.ruling),
        },
    )


def _dispute_appealed(event: events.DisputeAppealed, place: Place, batch: Batch) -> None:
    batch.change(
        disputes,
        (event.id,),
        {
            "state": DisputeState.APPEALED.value,
            "body": event.body or None,
            "evidence_until": event.evidence_until,
            "rule_by": event.rule_by,
            "appellant": event.appellant,
            "appealed_at": place.recorded_at,
            "grounds_digest": hexadecimal(event.grounds_digest),
            "grounds_locator": legible(event.grounds_locator),
        },
    )


def _dispute_escalated(event: events.DisputeEscalated, place: Place, batch: Batch) -> None:
    batch.change(
        disputes,
        (event.id,),
        {
            "state": DisputeState.APPEALED.value,
            "body": event.body or None,
            "evidence_until": event.evidence_until,
            "rule_by": event.rule_by,
            "escalated_at": place.recorded_at,
        },
    )


def _dispute_concluded(event: events.DisputeConcluded, place: Place, batch: Batch) -> None:
    concluded = {"state": DisputeState.FINAL.value, "concluded_at": place.recorded_at}
    batch.change(disputes, (event.id,), concluded)
    batch.change(tables.commitments, (event.commitment,), {"dispute": None})


def _dispute_withdrawn(event: events.DisputeWithdrawn, place: Place, batch: Batch) -> None:
    withdrawn = {"state": DisputeState.WITHDRAWN.value, "withdrawn_at": place.recorded_at}
    batch.change(disputes, (event.id,), withdrawn)
    # The commitment is back where it was; see `completions`.
    batch.change(tables.commitments, (event.commitment,), {"dispute": None})


RULES: Final[Mapping[type[events.Event], Rule]] = {
    events.DisputeOpened: Rule(_dispute_opened, ("opener", "body"), "dispute", commitment="commitment"),
    events.PanelDrawn: Rule(_panel_drawn, ("members",), "dispute"),
    events.DisputeEvidenceLodged: Rule(_evidence_lodged, ("side",), "dispute"),
    events.RulingGiven: Rule(_ruling_given, ("body",), "dispute"),
    events.DisputeRuled: Rule(_dispute_ruled, ("body",), "dispute", commitment="commitment"),
    events.DisputeAppealed: Rule(_dispute_appealed, ("appellant", "body"), "dispute"),
    events.DisputeEscalated: Rule(_dispute_escalated, ("body", "former_body"), "dispute"),
    events.DisputeConcluded: Rule(_dispute_concluded, ("body",), "dispute", commitment="commitment"),
    events.DisputeWithdrawn: Rule(_dispute_withdrawn, ("opener",), "dispute", commitment="commitment"),
}
