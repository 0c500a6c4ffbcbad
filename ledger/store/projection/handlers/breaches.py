"""Handlers of breaches, their repair, and what follows from breaking and keeping faith."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ledger.domain import events
from ledger.domain.enums import BreachState
from ledger.store.projection.batch import Batch
from ledger.store.projection.bodies import hexadecimal, legible
from ledger.store.projection.case_tables import breaches, incentives, measures
from ledger.store.projection.handlers.rule import Place, Rule


def _overdue_reported(event: events.OverdueReported, place: Place, batch: Batch) -> None:
    batch.insert(
        breaches,
        {
            "commitment": event.id,
            "state": BreachState.REPORTED.value,
            "procedure_version": event.procedure_version,
            "debtor": event.debtor,
            "reporter": event.reporter,
            "report_note": legible(event.note),
            "reported_at": place.recorded_at,
            "explain_by": event.explain_by,
        },
    )


def _overdue_explained(event: events.OverdueExplained, place: Place, batch: Batch) -> None:
    batch.change(
        breaches,
        (event.id,),
        {
            "state": BreachState.RECTIFYING.value,
            "explained_at": place.recorded_at,
            "explanation": legible(event.explanation),
            "explanation_digest": hexadecimal(event.digest) if any(event.digest) else None,
            "rectify_by": event.rectify_by,
        },
    )


def _rectification_set(event: events.RectificationSet, place: Place, batch: Batch) -> None:
    batch.change(
        breaches,
        (event.id,),
        {
            "state": BreachState.RECTIFYING.value,
            "body": event.body,
            "rectify_by": event.rectify_by,
            "rectification_set_at": place.recorded_at,
        },
    )


def _rectification_refused(event: events.RectificationRefused, place: Place, batch: Batch) -> None:
    changed = {"refused_at": place.recorded_at, "refusal_reason": legible(event.reason)}
    batch.change(breaches, (event.id,), changed)


def _breach_determined(event: events.BreachDetermined, place: Place, batch: Batch) -> None:
    # A ruling can find a breach that nobody had reported, so the row may not be there.
    batch.merge(
        breaches,
        {
            "commitment": event.id,
            "state": BreachState.DETERMINED.value,
            "severity": int(event.severity),
            "debtor": event.debtor,
            "body": event.body or None,
            "determined_at": place.recorded_at,
            "lapsed": event.lapsed,
            "object_by": event.object_by or None,
            "published_from": event.published_from,
            "repairable_from": event.repairable_from,
            "published_until": event.published_until,
        },
    )


def _breach_upheld(event: events.BreachUpheld, place: Place, batch: Batch) -> None:
    batch.change(
        breaches,
        (event.id,),
        {
            "body": event.body,
            "published_from": event.published_from,
            "repairable_from": event.repairable_from,
            "published_until": event.published_until,
            "upheld_at": place.recorded_at,
        },
    )


def _breach_overturned(event: events.BreachOverturned, place: Place, batch: Batch) -> None:
    changed = {"state": BreachState.OVERTURNED.value, "overturned_at": place.recorded_at}
    batch.change(breaches, (event.id,), changed)


def _repair_requested(event: events.RepairRequested, place: Place, batch: Batch) -> None:
    batch.change(
        breaches,
        (event.id,),
        {
            "repair_requested_at": place.recorded_at,
            "repair_digest": hexadecimal(event.digest),
            "repair_locator": legible(event.locator),
            "repair_refused_at": None,
            "repair_refusal_reason": None,
        },
    )


def _repair_refused(event: events.RepairRefused, place: Place, batch: Batch) -> None:
    changed = {"repair_refused_at": place.recorded_at, "repair_refusal_reason": legible(event.reason)}
    batch.change(breaches, (event.id,), changed)


def _breach_repaired(event: events.BreachRepaired, place: Place, batch: Batch) -> None:
    changed = {"state": BreachState.REPAIRED.value, "repaired_at": place.recorded_at}
    batch.change(breaches, (event.id,), changed)


def _measure_imposed(event: events.MeasureImposed, place: Place, batch: Batch) -> None:
    batch.insert(
        measures,
        {
            "id": event.id,
            "government": event.government,
            "body": event.body,
            "commitment": event.commitment,
            "measure": int(event.measure),
            "starts_at": event.starts_at,
            "ends_at": event.ends_at,
            "reason": legible(event.reason),
            "recorded_at": place.recorded_at,
        },
    )


def _measure_lifted(event: events.MeasureLifted, place: Place, batch: Batch) -> None:
    changed = {"lifted_at": place.recorded_at, "lift_reason": legible(event.reason)}
    batch.change(measures, (event.id,), changed)


def _incentive_granted(event: events.IncentiveGranted, place: Place, batch: Batch) -> None:
    batch.insert(
        incentives,
        {
            "id": event.id,
            "government": event.government,
            "body": event.body,
            "incentive": int(event.incentive),
            "starts_at": event.starts_at,
            "ends_at": event.ends_at,
            "reason": legible(event.reason),
            "recorded_at": place.recorded_at,
        },
    )


def _incentive_revoked(event: events.IncentiveRevoked, place: Place, batch: Batch) -> None:
    changed = {"revoked_at": place.recorded_at, "revocation_reason": legible(event.reason)}
    batch.change(incentives, (event.id,), changed)


RULES: Final[Mapping[type[events.Event], Rule]] = {
    events.OverdueReported: Rule(_overdue_reported, ("debtor",), "commitment"),
    events.OverdueExplained: Rule(_overdue_explained, ("debtor",), "commitment"),
    events.RectificationSet: Rule(_rectification_set, ("body",), "commitment"),
    events.RectificationRefused: Rule(_rectification_refused, ("debtor",), "commitment"),
    events.BreachDetermined: Rule(_breach_determined, ("debtor", "body"), "commitment"),
    events.BreachUpheld: Rule(_breach_upheld, ("body",), "commitment"),
    events.BreachOverturned: Rule(_breach_overturned, ("body",), "commitment"),
    events.RepairRequested: Rule(_repair_requested, ("debtor",), "commitment"),
    events.RepairRefused: Rule(_repair_refused, ("body",), "commitment"),
    events.BreachRepaired: Rule(_breach_repaired, ("debtor", "body"), "commitment"),
    events.MeasureImposed: Rule(_measure_imposed, ("government", "body"), "measure", commitment="commitment"),
    events.MeasureLifted: Rule(_measure_lifted, ("body",), "measure"),
    events.IncentiveGranted: Rule(_incentive_granted, ("government", "body"), "incentive"),
    events.IncentiveRevoked: Rule(_incentive_revoked, ("body",), "incentive"),
}
