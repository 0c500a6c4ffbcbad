"""
Rows as answers.

Where a row names a government by its id, the answer has its identifier and name as well. They are looked up once per
page, in the same snapshot as the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Any

from api.schemas.common import GovernmentRef, Money
from api.schemas.records import (
    AgreementDetailOut,
    AgreementOut,
    ApprovalOut,
    CommitmentOut,
    EvidenceOut,
    FactOut,
    GovernmentDetailOut,
    GovernmentOut,
    IndicatorOut,
    JurisdictionOut,
    PartyOut,
    PolicyOut,
    ProposalOut,
    SignerOut,
    TransferOut,
)
from ledger.domain.money import format_money
from ledger.errors import InvalidInput
from ledger.store.projection import Queries, rows

Names = Mapping[int, GovernmentRef]


def names_of(queries: Queries, ids: Iterable[int | None]) -> Names:
    """The governments with these ids, named."""
    wanted = {each for each in ids if each}
    return {number: reference(row) for number, row in queries.governments_by_id(wanted).items()}


def reference(row: rows.GovernmentRow) -> GovernmentRef:
    """A government, named."""
    return GovernmentRef(id=row.id, identifier=row.identifier, name=row.name)


def word(member: IntEnum) -> Any:
    """An enumeration's member in small letters."""
    return member.name.lower()


def _name(names: Names, number: int | None) -> GovernmentRef | None:
    return None if number is None else names[number]


def government_out(row: rows.GovernmentRow, names: Names, aliases: list[str]) -> GovernmentOut:
    """A government."""
    return GovernmentOut(**_government(row, names, aliases))


def _government(row: rows.GovernmentRow, names: Names, aliases: list[str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "identifier": row.identifier,
        "scheme": row.scheme,
        "value": row.value,
        "name": row.name,
        "aliases": aliases,
        "level": word(row.level),
        "superior": _name(names, row.superior),
        "roles": [word(role) for role in row.roles],
        "state": word(row.state),
        "registered_at": row.registered_at,
        "removed_at": row.removed_at,
        "removal_reason": row.removal_reason,
        "succeeded_at": row.succeeded_at,
        "recovery_account": row.recovery_account,
    }


def government_detail_out(row: rows.GovernmentRow, queries: Queries, aliases: list[str]) -> GovernmentDetailOut:
    """A government with its accounts."""
    granted = [each for each in queries.jurisdictions(row.id) if each.granted]
    signers = queries.signers(row.id)
    stopped = (each.frozen_by for each in signers)
    names = names_of(queries, [row.superior, *stopped, *(each.government for each in granted)])
    return GovernmentDetailOut(
        **_government(row, names, aliases),
        signers=[
            SignerOut(
                address=each.address,
                added_at=each.added_at,
                removed_at=each.removed_at,
                frozen_at=each.frozen_at,
                frozen_by=_name(names, each.frozen_by),
                freeze_reason=each.freeze_reason,
            )
            for each in signers
        ],
        jurisdictions=[
            JurisdictionOut(government=_name(names, each.government), set_at=each.set_at) for each in granted
        ],
    )


def agreement_governments(row: rows.AgreementRow, *, parties: bool) -> Iterable[int | None]:
    """The governments that an agreement names."""
    yield from (row.coordinating_body, row.recorder, row.proposer)
    if parties:
        yield from (party.government for party in row.parties)


def agreement_out(row: rows.AgreementRow, names: Names, now: int) -> AgreementOut:
    """An agreement."""
    return AgreementOut(**_agreement(row, names, now))


def _agreement(row: rows.AgreementRow, names: Names, now: int) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": word(row.state),
        "in_force": row.in_force(now),
        "reference_number": row.reference_number,
        "title": row.title,
        "service_mode": word(row.service_mode),
        "coordinating_body": names[row.coordinating_body],
        "party_count": len(row.parties),
        "backfilled": row.backfilled,
        "recorder": _name(names, row.recorder),
        "proposer": _name(names, row.proposer),
        "effective_from": row.effective_from,
        "expires_at": row.expires_at,
        "recorded_at": row.recorded_at,
        "concluded_at": row.concluded_at,
        "version": row.version,
        "pending_version": row.pending_version,
        "accession": word(row.accession),
        "first_assessment_at": row.first_assessment_at,
        "assessment_every_seconds": row.assessment_every_seconds,
        "template": row.template,
        "amended_at": row.amended_at,
        "suspended_at": row.suspended_at,
        "suspension_reason": row.suspension_reason,
        "ended_at": row.ended_at,
        "end_reason": None if row.end_reason is None else word(row.end_reason),
        "end_commitment": row.end_commitment,
        "end_successor": row.end_successor,
        "end_note": row.end_note,
        "terms_digest": row.terms_digest,
        "document_digest": row.document_digest,
        "document_locator": row.document_locator,
    }


def agreement_detail_out(row: rows.AgreementRow, names: Names, now: int) -> AgreementDetailOut:
    """An agreement with its parties, indicators and terms."""
    return AgreementDetailOut(
        **_agreement(row, names, now),
        parties=[
            PartyOut(government=names[each.government], recorded_at=each.recorded_at, signed_at=each.signed_at)
            for each in row.parties
        ],
        indicators=[
            IndicatorOut(
                number=each.number,
                name=each.name,
                kind=word(each.kind),
                unit=each.unit,
                target_millionths=each.target,
                direction=word(each.direction),
                weight_basis_points=each.weight_basis_points,
            )
            for each in row.indicators
        ],
        terms=row.terms,
    )


def commitment_governments(row: rows.CommitmentRow) -> Iterable[int | None]:
    """The governments that a commitment names."""
    return (row.debtor, row.original_debtor, row.creditor, row.recorder, row.outcome_recorder)


def commitment_out(row: rows.CommitmentRow, names: Names, now: int) -> CommitmentOut:
    """A commitment."""
    return CommitmentOut(
        id=row.id,
        agreement=row.agreement,
        debtor=names[row.debtor],
        original_debtor=names[row.original_debtor],
        creditor=_name(names, row.creditor),
        indicator=row.indicator,
        weight_millionths=row.weight,
        made_at=row.made_at,
        due_at=row.due_at,
        reference_number=row.reference_number,
        description=row.description,
        backfilled=row.backfilled,
        recorder=_name(names, row.recorder),
        state=word(row.state),
        overdue=row.overdue(now),
        recorded_at=row.recorded_at,
        accepted_at=row.accepted_at,
        declined_at=row.declined_at,
        decline_reason=row.decline_reason,
        evidenced_at=row.evidenced_at,
        confirm_by=row.confirm_by,
        sampled=row.sampled,
        audited=row.audited,
        dispute=row.dispute,
        outcome=None if row.outcome is None else word(row.outcome),
        outcome_basis=None if row.outcome_basis is None else word(row.outcome_basis),
        excuse_ground=None if row.excuse_ground is None else word(row.excuse_ground),
        release_reason=row.release_reason,
        outcome_basis_points=row.outcome_basis_points,
        outcome_effective_at=row.outcome_effective_at,
        outcome_recorded_at=row.outcome_recorded_at,
        outcome_recorder=_name(names, row.outcome_recorder),
        evidence_count=row.evidence_count,
    )


def evidence_out(row: rows.EvidenceRow, names: Names) -> EvidenceOut:
    """A piece of evidence."""
    return EvidenceOut(
        sequence=row.sequence,
        commitment=row.commitment,
        debtor=names[row.debtor],
        digest=row.digest,
        locator=row.locator,
        performed_at=row.performed_at,
        recorded_at=row.recorded_at,
        confirm_by=row.confirm_by,
        late=row.late,
        sampled=row.sampled,
    )


def money(amount_minor: int, currency: str) -> Money:
    """
    An amount of money.

    The contracts know what a currency's code looks like, not which codes exist. One that ISO 4217 does not
    have can come onto the chain by a direct call; it must not make the list unreadable for everybody else.
    """
    try:
        formatted = format_money(amount_minor, currency)
    except InvalidInput:
        formatted = f"{amount_minor} minor units of {currency}"
    return Money(amount_minor=amount_minor, currency=currency, formatted=formatted)


def transfer_out(row: rows.TransferRow, names: Names) -> TransferOut:
    """A transfer."""
    return TransferOut(
        id=row.id,
        agreement=row.agreement,
        payer=names[row.payer],
        payee=names[row.payee],
        amount=money(row.amount_minor, row.currency),
        paid_at=row.paid_at,
        reference_number=row.reference_number,
        state=word(row.state),
        recorded_at=row.recorded_at,
        received_at=row.received_at,
        confirmed_at=row.confirmed_at,
    )


def policy_out(row: rows.PolicyRow) -> PolicyOut:
    """A version of a policy."""
    return PolicyOut(
        kind=row.kind,
        version=row.version,
        digest=row.digest,
        locator=row.locator,
        effective_from=row.effective_from,
        recorded_at=row.recorded_at,
    )


def proposal_out(row: rows.ProposalRow) -> ProposalOut:
    """A proposal with its approvals."""
    return ProposalOut(
        id=row.id,
        state=word(row.state),
        proposer=row.proposer,
        target=row.target,
        call_data=row.call_data,
        reason=row.reason,
        recorded_at=row.recorded_at,
        executable_from=row.executable_from,
        executed_at=row.executed_at,
        withdrawn_at=row.withdrawn_at,
        approvals=[
            ApprovalOut(administrator=each.administrator, threshold=each.threshold, recorded_at=each.recorded_at)
            for each in row.approvals
        ],
    )


def fact_out(row: rows.FactRow) -> FactOut:
    """A fact of the history."""
    return FactOut(
        sequence=row.sequence,
        event=row.event,
        contract=row.contract,
        signer=row.signer,
        operation=None if row.operation is None else str(row.operation),
        transaction=row.transaction,
        block_number=row.block_number,
        log_index=row.log_index,
        recorded_at=row.recorded_at,
        government=row.government,
        agreement=row.agreement,
        commitment=row.commitment,
        transfer=row.transfer,
        proposal=row.proposal,
        dispute=row.dispute,
        measure=row.measure,
        incentive=row.incentive,
        body=row.body,
    )
