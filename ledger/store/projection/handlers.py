"""
What each event does to the projection.

`RULES` joins every event to its handler, which says what rows it makes, and to its subjects: the bodies, the agreement,
the commitment, transfer or proposal under which the history finds it. A handler is pure: it reads the event and its
place and fills a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.domain import events
from ledger.domain.enums import (
    AgreementState,
    CommitmentState,
    GovernmentState,
    ProposalState,
    TransferState,
)
from ledger.domain.terms import AgreementTerms
from ledger.store.projection import tables
from ledger.store.projection.batch import Batch
from ledger.store.projection.bodies import body_text, currency_text, hexadecimal, legible


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the chain an event stands."""

    sequence: int
    """Number of the fact."""

    recorded_at: int
    """Time of the block."""


# Numbers, because a replay writes very many of them and an enum's value is looked up slowly.
_ACTIVE: Final = int(CommitmentState.ACTIVE)
_EVIDENCED: Final = int(CommitmentState.EVIDENCED)
_SETTLED: Final = int(CommitmentState.SETTLED)

Handler = Callable[[Any, Place, Batch], None]


@dataclass(frozen=True, slots=True)
class Rule:
    """What one kind of event does, and what it is about."""

    handle: Handler

    governments: tuple[str, ...] = ()
    """Fields that name bodies; the one it is about first comes first."""

    subject: str | None = None
    """What its `id` numbers, where that is no government: agreement, commitment, transfer or proposal."""

    agreement: str | None = None
    """The field that names an agreement."""


def _administrators_set(event: events.AdministratorsSet, place: Place, batch: Batch) -> None:
    batch.replace(
        tables.administrators,
        [{"address": address, "position": position} for position, address in enumerate(event.administrators)],
    )
    batch.put(
        tables.administration,
        {
            "id": 1,
            "threshold": event.threshold,
            "delay_seconds": event.delay_seconds,
            "set_at": place.recorded_at,
        },
    )
    # What other administrators proposed and had not executed by then has lapsed.
    batch.sweep(tables.proposals, {"state": ProposalState.OPEN.value}, {"state": ProposalState.LAPSED.value})


def _proposal_made(event: events.ProposalMade, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.proposals,
        {
            "id": event.id,
            "state": ProposalState.OPEN.value,
            "proposer": event.proposer,
            "target": event.target,
            "call_data": hexadecimal(event.call_data),
            "reason": legible(event.reason),
            "recorded_at": place.recorded_at,
        },
    )


def _proposal_approved(event: events.ProposalApproved, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.proposal_approvals,
        {
            "proposal": event.id,
            "administrator": event.administrator,
            "threshold": event.threshold,
            "recorded_at": place.recorded_at,
        },
    )


def _proposal_scheduled(event: events.ProposalScheduled, _place: Place, batch: Batch) -> None:
    batch.change(tables.proposals, (event.id,), {"executable_from": event.executable_from})


def _proposal_executed(event: events.ProposalExecuted, place: Place, batch: Batch) -> None:
    changed = {"state": ProposalState.EXECUTED.value, "executed_at": place.recorded_at}
    batch.change(tables.proposals, (event.id,), changed)


def _proposal_withdrawn(event: events.ProposalWithdrawn, place: Place, batch: Batch) -> None:
    changed = {"state": ProposalState.WITHDRAWN.value, "withdrawn_at": place.recorded_at}
    batch.change(tables.proposals, (event.id,), changed)


def _government_registered(event: events.GovernmentRegistered, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.governments,
        {
            "id": event.id,
            "scheme": legible(event.scheme),
            "value": legible(event.value),
            "name": legible(event.name),
            "level": int(event.level),
            "superior": event.superior or None,
            "roles": event.roles,
            "state": GovernmentState.REGISTERED.value,
            "registered_at": place.recorded_at,
        },
    )


def _government_removed(event: events.GovernmentRemoved, place: Place, batch: Batch) -> None:
    batch.change(
        tables.governments,
        (event.id,),
        {
            "state": GovernmentState.REMOVED.value,
            "removed_at": place.recorded_at,
            "removal_reason": legible(event.reason),
        },
    )


def _roles_set(event: events.RolesSet, _place: Place, batch: Batch) -> None:
    batch.change(tables.governments, (event.id,), {"roles": event.roles})


def _signer_added(event: events.SignerAdded, place: Place, batch: Batch) -> None:
    # An account that spoke for a body before may speak for another now, so the row may be there.
    batch.put(tables.signers, {"address": event.signer, "government": event.id, "added_at": place.recorded_at})


def _signer_removed(event: events.SignerRemoved, place: Place, batch: Batch) -> None:
    batch.change(tables.signers, (event.signer,), {"removed_at": place.recorded_at})


def _jurisdiction_set(event: events.JurisdictionSet, place: Place, batch: Batch) -> None:
    batch.put(
        tables.jurisdictions,
        {
            "body": event.body,
            "government": event.government,
            "granted": event.granted,
            "set_at": place.recorded_at,
        },
    )


def _policy_published(event: events.PolicyPublished, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.policies,
        {
            "kind": legible(event.kind),
            "version": event.version,
            "digest": hexadecimal(event.digest),
            "locator": legible(event.locator),
            "effective_from": event.effective_from,
            "recorded_at": place.recorded_at,
        },
    )


def _agreement_proposed(event: events.AgreementProposed, place: Place, batch: Batch) -> None:
    extra = {"state": AgreementState.PROPOSED.value, "backfilled": False, "proposer": event.proposer}
    _add_agreement(event.id, event.terms_digest, event.terms, extra, place, batch)


def _agreement_backfilled(event: events.AgreementBackfilled, place: Place, batch: Batch) -> None:
    extra = {"state": AgreementState.CONCLUDED.value, "backfilled": True, "recorder": event.recorder}
    _add_agreement(event.id, event.terms_digest, event.terms, extra, place, batch)


def _add_agreement(
    agreement: int, digest: bytes, terms: AgreementTerms, extra: Mapping[str, Any], place: Place, batch: Batch
) -> None:
    batch.insert(
        tables.agreements,
        {
            "id": agreement,
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
            "terms_digest": hexadecimal(digest),
            "terms": body_text(terms),
            "recorded_at": place.recorded_at,
            **extra,
        },
    )
    for number, indicator in enumerate(terms.indicators):
        batch.insert(
            tables.indicators,
            {
                "agreement": agreement,
                "number": number,
                "name": legible(indicator.name),
                "kind": int(indicator.kind),
                "unit": legible(indicator.unit),
                "target": indicator.target,
                "direction": int(indicator.direction),
                "weight_basis_points": indicator.weight_basis_points,
            },
        )
    _add_parties(agreement, terms.parties, place, batch)


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
    batch.change(tables.agreement_parties, (event.id, event.party), {"signed_at": place.recorded_at})


def _agreement_concluded(event: events.AgreementConcluded, place: Place, batch: Batch) -> None:
    batch.change(
        tables.agreements,
        (event.id,),
        {
            "state": AgreementState.CONCLUDED.value,
            "effective_from": event.effective_from,
            "expires_at": event.expires_at or None,
            "concluded_at": place.recorded_at,
        },
    )


def _commitment_registered(event: events.CommitmentRegistered, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.commitments,
        {
            "id": event.id,
            "agreement": event.agreement,
            "debtor": event.debtor,
            "creditor": event.creditor or None,
            "indicator": event.indicator,
            "weight": event.weight,
            # What is registered on the day is made on the day: only a backfill carries a date of its own.
            "made_at": place.recorded_at,
            "due_at": event.due_at,
            "reference_number": legible(event.reference_number),
            "description": legible(event.description),
            "backfilled": False,
            "state": _ACTIVE,
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
            "recorded_at": place.recorded_at,
            "evidence_count": 0,
        },
    )


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
        },
    )
    batch.change(tables.commitments, (event.id,), {"state": _EVIDENCED})


def _outcome_recorded(event: events.OutcomeRecorded, place: Place, batch: Batch) -> None:
    batch.change(
        tables.commitments,
        (event.id,),
        {
            "state": _SETTLED,
            "outcome": int(event.outcome),
            "outcome_basis_points": event.outcome_basis_points,
            "outcome_effective_at": event.effective_at,
            "outcome_recorded_at": place.recorded_at,
            "outcome_recorder": event.recorder,
        },
    )


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


def _score_run_published(event: events.ScoreRunPublished, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.score_runs,
        {
            "id": event.id,
            "publisher": event.publisher,
            "policy_digest": hexadecimal(event.policy_digest),
            "as_of": event.as_of,
            "time_basis": int(event.time_basis),
            "block_number": event.block_number,
            "block_hash": hexadecimal(event.block_hash),
            "governments": event.governments,
            "root": hexadecimal(event.root),
            "locator": legible(event.locator),
            "recorded_at": place.recorded_at,
        },
    )


RULES: Final[Mapping[type[events.Event], Rule]] = {
    events.AdministratorsSet: Rule(_administrators_set),
    events.ProposalMade: Rule(_proposal_made, subject="proposal"),
    events.ProposalApproved: Rule(_proposal_approved, subject="proposal"),
    events.ProposalScheduled: Rule(_proposal_scheduled, subject="proposal"),
    events.ProposalExecuted: Rule(_proposal_executed, subject="proposal"),
    events.ProposalWithdrawn: Rule(_proposal_withdrawn, subject="proposal"),
    events.GovernmentRegistered: Rule(_government_registered, ("id", "superior")),
    events.GovernmentRemoved: Rule(_government_removed, ("id",)),
    events.RolesSet: Rule(_roles_set, ("id",)),
    events.SignerAdded: Rule(_signer_added, ("id",)),
    events.SignerRemoved: Rule(_signer_removed, ("id",)),
    events.JurisdictionSet: Rule(_jurisdiction_set, ("body", "government")),
    events.PolicyPublished: Rule(_policy_published),
    events.AgreementProposed: Rule(
        _agreement_proposed, ("proposer", "terms.coordinating_body", "terms.parties"), "agreement"
    ),
    events.AgreementSigned: Rule(_agreement_signed, ("party",), "agreement"),
    events.AgreementConcluded: Rule(_agreement_concluded, (), "agreement"),
    events.AgreementBackfilled: Rule(_agreement_backfilled, ("recorder", "terms.parties"), "agreement"),
    events.AccessionBackfilled: Rule(_accession_backfilled, ("recorder", "parties"), "agreement"),
    events.CommitmentRegistered: Rule(_commitment_registered, ("debtor", "creditor"), "commitment", "agreement"),
    events.CommitmentBackfilled: Rule(
        _commitment_backfilled, ("debtor", "recorder", "creditor"), "commitment", "agreement"
    ),
    events.EvidenceSubmitted: Rule(_evidence_submitted, ("debtor",), "commitment"),
    events.OutcomeRecorded: Rule(_outcome_recorded, ("debtor", "recorder"), "commitment"),
    events.TransferRecorded: Rule(_transfer_recorded, ("payer", "payee"), "transfer", "agreement"),
    events.TransferConfirmed: Rule(_transfer_confirmed, ("payee",), "transfer"),
    events.ScoreRunPublished: Rule(_score_run_published, ("publisher",)),
}
"""Every event but `CommandExecuted`, which is no fact of its own: each fact carries its signer and operation."""
