"""Handlers of agreements: versions, signatures, parties, suspension and end, assessments, dialogue on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ledger.domain import events
from ledger.domain.enums import AgreementState
from ledger.domain.terms import AgreementTerms
from ledger.store.projection import agreement_tables, tables
from ledger.store.projection.batch import Batch
from ledger.store.projection.bodies import body_text, currency_text, hexadecimal, legible
from ledger.store.projection.handlers.rule import Place, Rule

_WAITING: Final = {"concluded_at": None, "superseded_at": None, "declined_at": None}
"""A version that waits for signatures."""


def _agreement_proposed(event: events.AgreementProposed, place: Place, batch: Batch) -> None:
    extra = {
        "state": AgreementState.PROPOSED.value,
        "backfilled": False,
        "proposer": event.proposer,
        "pending_version": 1,
    }
    _add_agreement(event.id, event.terms_digest, event.terms, extra, place, batch)
    _add_version(event.id, 1, event.terms_digest, event.terms, {"proposer": event.proposer}, place, batch)


def _agreement_backfilled(event: events.AgreementBackfilled, place: Place, batch: Batch) -> None:
    extra = {"state": AgreementState.CONCLUDED.value, "backfilled": True, "recorder": event.recorder, "version": 1}
    _add_agreement(event.id, event.terms_digest, event.terms, extra, place, batch)
    concluded = {"concluded_at": place.recorded_at}
    _add_version(event.id, 1, event.terms_digest, event.terms, concluded, place, batch)


def _version_proposed(event: events.AgreementVersionProposed, place: Place, batch: Batch) -> None:
    batch.sweep(
        agreement_tables.agreement_versions,
        {"agreement": event.id, **_WAITING},
        {"superseded_at": place.recorded_at},
    )
    extra = {"proposer": event.proposer, "change_note": legible(event.change_note)}
    _add_version(event.id, event.version, event.terms_digest, event.terms, extra, place, batch)
    # Whether these are the terms that the agreement shows depends on whether it is concluded; see `completions`.
    batch.change(tables.agreements, (event.id,), {"pending_version": event.version})


def _terms_columns(digest: bytes, terms: AgreementTerms) -> dict[str, Any]:
    return {
        "reference_number": legible(terms.reference_number),
        "title": legible(terms.title),
        "document_digest": hexadecimal(terms.document_digest),
        "document_locator": legible(terms.document_locator),
        "service_mode": int(terms.service_mode),
        "coordinating_body": terms.coordinating_body,
        "compensation_kind": int(terms.compensation.kind),
        "currency": currency_text(terms.compensation.currency),
        "effective_from": terms.effective_from or None,
        "expires_at": terms.expires_at or None,
        "accession": int(terms.accession),
        "first_assessment_at": terms.first_assessment_at or None,
        "assessment_every_seconds": terms.assessment_every_seconds or None,
        "template": hexadecimal(terms.template) if any(terms.template) else None,
        "terms_digest": hexadecimal(digest),
        "terms": body_text(terms),
    }


def _add_agreement(
    agreement: int, digest: bytes, terms: AgreementTerms, extra: Mapping[str, Any], place: Place, batch: Batch
) -> None:
    row = {"id": agreement, "terms_version": 1, "recorded_at": place.recorded_at}
    batch.insert(tables.agreements, row | _terms_columns(digest, terms) | dict(extra))
    _add_parties(agreement, terms.parties, place, batch)


def _add_version(
    agreement: int,
    number: int,
    digest: bytes,
    terms: AgreementTerms,
    extra: Mapping[str, Any],
    place: Place,
    batch: Batch,
) -> None:
    row = {"agreement": agreement, "number": number, "change_note": "", "recorded_at": place.recorded_at}
    batch.insert(agreement_tables.agreement_versions, row | _terms_columns(digest, terms) | dict(extra))
    for index, indicator in enumerate(terms.indicators):
        batch.insert(
            tables.indicators,
            {
                "agreement": agreement,
                "version": number,
                "number": index,
                "name": legible(indicator.name),
                "kind": int(indicator.kind),
                "unit": legible(indicator.unit),
                "target": indicator.target,
                "direction": int(indicator.direction),
                "weight_basis_points": indicator.weight_basis_points,
            },
        )


def _add_parties(agreement: int, parties: Iterable[int], place: Place, batch: Batch) -> None:
    for position, party in enumerate(parties):
        batch.insert(
            tables.agreement_parties,
            {
                "agreement": agreement,
                "government": party,
                "sequence": place.sequence,
                "position": position,
                "recorded_at": place.recorded_at,
            },
        )


def _accession_backfilled(event: events.AccessionBackfilled, place: Place, batch: Batch) -> None:
    _add_parties(event.id, event.parties, place, batch)


def _agreement_signed(event: events.AgreementSigned, place: Place, batch: Batch) -> None:
    batch.insert(
        agreement_tables.agreement_signatures,
        {
            "agreement": event.id,
            "version": event.version,
            "party": event.party,
            "sequence": place.sequence,
            "recorded_at": place.recorded_at,
        },
    )


def _agreement_concluded(event: events.AgreementConcluded, place: Place, batch: Batch) -> None:
    batch.change(
        tables.agreements,
        (event.id,),
        {
            "state": AgreementState.CONCLUDED.value,
            "version": event.version,
            "pending_version": None,
            "effective_from": event.effective_from,
            "expires_at": event.expires_at or None,
            "concluded_at": place.recorded_at,
        },
    )
    _conclude_version(event.id, event.version, place, batch)


def _agreement_amended(event: events.AgreementAmended, place: Place, batch: Batch) -> None:
    changed = {"version": event.version, "pending_version": None, "amended_at": place.recorded_at}
    batch.change(tables.agreements, (event.id,), changed | {"expires_at": event.expires_at or None})
    _conclude_version(event.id, event.version, place, batch)


def _conclude_version(agreement: int, number: int, place: Place, batch: Batch) -> None:
    # A version that comes behind it in one batch sweeps what still waits in the database: this has the last word.
    concluded = {"concluded_at": place.recorded_at, "superseded_at": None}
    batch.change(agreement_tables.agreement_versions, (agreement, number), concluded)


def _version_declined(event: events.AgreementVersionDeclined, place: Place, batch: Batch) -> None:
    batch.change(
        agreement_tables.agreement_versions,
        (event.id, event.version),
        {
            "declined_at": place.recorded_at,
            "declined_by": event.party,
            "decline_reason": legible(event.reason),
            # As where it is concluded.
            "superseded_at": None,
        },
    )
    # Before conclusion that abandons the agreement; see `completions`.
    batch.change(tables.agreements, (event.id,), {"pending_version": None})


def _accession_requested(event: events.AccessionRequested, place: Place, batch: Batch) -> None:
    batch.put(
        agreement_tables.accessions,
        {
            "agreement": event.id,
            "government": event.government,
            "terms_digest": hexadecimal(event.terms_digest),
            "requested_at": place.recorded_at,
        },
    )


def _agreement_acceded(event: events.AgreementAcceded, place: Place, batch: Batch) -> None:
    batch.merge(
        agreement_tables.accessions,
        {
            "agreement": event.id,
            "government": event.government,
            "admitted_at": place.recorded_at,
            "body": event.body or None,
        },
    )
    _add_parties(event.id, (event.government,), place, batch)


def _agreement_suspended(event: events.AgreementSuspended, place: Place, batch: Batch) -> None:
    batch.change(
        tables.agreements,
        (event.id,),
        {
            "state": AgreementState.SUSPENDED.value,
            "suspended_at": place.recorded_at,
            "suspension_reason": legible(event.reason),
        },
    )


def _agreement_resumed(event: events.AgreementResumed, _place: Place, batch: Batch) -> None:
    changed = {"state": AgreementState.CONCLUDED.value, "suspended_at": None, "suspension_reason": None}
    batch.change(tables.agreements, (event.id,), changed)


def _end_consented(event: events.EndConsented, place: Place, batch: Batch) -> None:
    batch.insert(
        agreement_tables.end_consents,
        {
            "agreement": event.id,
            "party": event.party,
            "note": legible(event.note),
            "recorded_at": place.recorded_at,
        },
    )


def _agreement_ended(event: events.AgreementEnded, place: Place, batch: Batch) -> None:
    batch.change(
        tables.agreements,
        (event.id,),
        {
            "state": AgreementState.ENDED.value,
            "pending_version": None,
            "ended_at": place.recorded_at,
            "end_reason": int(event.reason),
            "ended_by": event.actor or None,
            "end_commitment": event.commitment or None,
            "end_successor": event.successor or None,
            "end_note": legible(event.note),
        },
    )


def _party_succeeded(event: events.PartySucceeded, place: Place, batch: Batch) -> None:
    # The successor may be a party already, and the predecessor's place may be taken; see `completions`.
    batch.insert(
        agreement_tables.party_successions,
        {
            "sequence": place.sequence,
            "agreement": event.id,
            "predecessor": event.predecessor,
            "successor": event.successor,
            "recorded_at": place.recorded_at,
        },
    )


def _agreement_assessed(event: events.AgreementAssessed, place: Place, batch: Batch) -> None:
    key = {"agreement": event.agreement, "number": event.number}
    batch.insert(
        agreement_tables.assessments,
        {
            **key,
            "body": event.body,
            "version": event.version,
            "scheduled_at": event.scheduled_at,
            "overall_basis_points": event.overall_basis_points,
            "report_digest": hexadecimal(event.report_digest),
            "report_locator": legible(event.report_locator),
            "recorded_at": place.recorded_at,
        },
    )
    figures = zip(event.measured, event.achieved_basis_points, strict=True)
    for indicator, (measured, achieved) in enumerate(figures):
        result = {"indicator": indicator, "measured": measured, "achieved_basis_points": achieved}
        batch.insert(agreement_tables.assessment_results, key | result)


def _dialogue_recorded(event: events.DialogueRecorded, place: Place, batch: Batch) -> None:
    batch.insert(
        agreement_tables.dialogue_records,
        {
            "sequence": place.sequence,
            "agreement": event.agreement or None,
            "government": event.government,
            "counterpart": event.counterpart or None,
            "digest": hexadecimal(event.digest),
            "messages": event.messages,
            "recorded_at": place.recorded_at,
        },
    )


RULES: Final[Mapping[type[events.Event], Rule]] = {
    events.AgreementProposed: Rule(
        _agreement_proposed, ("proposer", "terms.coordinating_body", "terms.parties"), "agreement"
    ),
    events.AgreementVersionProposed: Rule(
        _version_proposed, ("proposer", "terms.coordinating_body", "terms.parties"), "agreement"
    ),
    events.AgreementSigned: Rule(_agreement_signed, ("party",), "agreement"),
    events.AgreementConcluded: Rule(_agreement_concluded, (), "agreement"),
    events.AgreementAmended: Rule(_agreement_amended, (), "agreement"),
    events.AgreementVersionDeclined: Rule(_version_declined, ("party",), "agreement"),
    events.AccessionRequested: Rule(_accession_requested, ("government",), "agreement"),
    events.AgreementAcceded: Rule(_agreement_acceded, ("government", "body"), "agreement"),
    events.AgreementSuspended: Rule(_agreement_suspended, ("body",), "agreement"),
    events.AgreementResumed: Rule(_agreement_resumed, ("body",), "agreement"),
    events.EndConsented: Rule(_end_consented, ("party",), "agreement"),
    events.AgreementEnded: Rule(_agreement_ended, ("actor",), "agreement"),
    events.PartySucceeded: Rule(_party_succeeded, ("successor", "predecessor"), "agreement"),
    events.AgreementBackfilled: Rule(_agreement_backfilled, ("recorder", "terms.parties"), "agreement"),
    events.AccessionBackfilled: Rule(_accession_backfilled, ("recorder", "parties"), "agreement"),
    events.AgreementAssessed: Rule(_agreement_assessed, ("body",), agreement="agreement"),
    events.DialogueRecorded: Rule(_dialogue_recorded, ("government", "counterpart"), agreement="agreement"),
}
