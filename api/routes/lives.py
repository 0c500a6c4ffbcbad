"""What belongs to agreements and to the register over their lives: versions, newcomers, assessments, successions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.deps import LedgerDep
from api.paging import PagingDep
from api.params import GovernmentQuery, IdPath, IdQuery, government_id
from api.rendering import names_of
from api.row_answers import answer, answer_of, bodies_of
from api.schemas.common import Page
from ledger.domain.lifecycle import AGREEMENT, COMMITMENT, possible
from ledger.errors import NotFound
from ledger.store.projection import agreement_rows, case_rows
from ledger.store.projection.case_filters import AccessionFilter, AssessmentFilter, DialogueFilter
from ledger.store.projection.queries import Queries

router = APIRouter()

VersionOut = answer_of(agreement_rows.VersionRow, "VersionOut", signatures=agreement_rows.SignatureRow)
AccessionOut = answer_of(agreement_rows.AccessionRow, "AccessionOut")
ConsentOut = answer_of(agreement_rows.ConsentRow, "ConsentOut")
AssessmentOut = answer_of(agreement_rows.AssessmentRow, "AssessmentOut")
DialogueRecordOut = answer_of(agreement_rows.DialogueRow, "DialogueRecordOut")
SuccessionOut = answer_of(case_rows.SuccessionRow, "SuccessionOut")
ProcedurePolicyOut = answer_of(case_rows.ProcedurePolicyRow, "ProcedurePolicyOut")
ContestOut = answer_of(case_rows.ContestRow, "ContestOut")
AuditOut = answer_of(case_rows.AuditRow, "AuditOut")
CommitmentTransferOut = answer_of(case_rows.CommitmentTransferRow, "CommitmentTransferOut")


def _require_agreement(queries: Queries, number: int) -> None:
    if queries.agreement(number) is None:
        raise NotFound("agreement", number)


def _require_commitment(queries: Queries, number: int) -> None:
    if queries.commitment(number) is None:
        raise NotFound("commitment", number)


@router.get("/agreements/{agreement_id}/versions", response_model=list[VersionOut], tags=["agreements"])  # type: ignore[valid-type]
def versions(agreement_id: IdPath, ledger: LedgerDep) -> Any:
    """Every version that was proposed, the oldest first, with who signed it."""
    with ledger.queries.snapshot() as queries:
        _require_agreement(queries, agreement_id)
        found, signed = queries.agreement_versions(agreement_id), queries.agreement_signatures(agreement_id)
        names = names_of(queries, bodies_of(found) | bodies_of(signed))
    return [answer(row, names, signatures=[each for each in signed if each.version == row.number]) for row in found]


@router.get("/agreements/{agreement_id}/consents-to-end", response_model=list[ConsentOut], tags=["agreements"])  # type: ignore[valid-type]
def consents(agreement_id: IdPath, ledger: LedgerDep) -> Any:
    """Which parties consent to ending the agreement."""
    with ledger.queries.snapshot() as queries:
        _require_agreement(queries, agreement_id)
        found = queries.end_consents(agreement_id)
        names = names_of(queries, bodies_of(found))
    return [answer(row, names) for row in found]


@router.get("/agreements/{agreement_id}/possible", tags=["agreements"])
def agreement_possible(agreement_id: IdPath, ledger: LedgerDep) -> list[str]:
    """The commands that the agreement's state knows."""
    row = ledger.queries.agreement(agreement_id)
    if row is None:
        raise NotFound("agreement", agreement_id)
    return list(possible(AGREEMENT, row.state))


@router.get("/accessions", response_model=Page[AccessionOut], tags=["agreements"])  # type: ignore[valid-type]
def accessions(
    ledger: LedgerDep,
    page: PagingDep,
    response: Response,
    agreement: IdQuery = None,
    government: GovernmentQuery = None,
    waiting: Annotated[bool | None, Query(description="For the coordinating body.")] = None,
) -> Any:
    """Newcomers that signed an agreement in force, by agreement."""
    which = AccessionFilter(agreement=agreement, government=government_id(ledger, government), waiting=waiting)
    with ledger.queries.snapshot() as queries:
        found, next_cursor = page.cut(
            queries.accessions(which, page.after(2), page.limit + 1),
            lambda row: (row.agreement, row.government),
            response,
        )
        names = names_of(queries, bodies_of(found))
    return {"items": [answer(row, names) for row in found], "next_cursor": next_cursor}


@router.get("/assessments", response_model=Page[AssessmentOut], tags=["agreements"])  # type: ignore[valid-type]
def assessments(
    ledger: LedgerDep,
    page: PagingDep,
    response: Response,
    agreement: IdQuery = None,
    body: GovernmentQuery = None,
) -> Any:
    """Assessments of agreements against their indicators, by agreement and number."""
    which = AssessmentFilter(agreement=agreement, body=government_id(ledger, body))
    with ledger.queries.snapshot() as queries:
        found, next_cursor = page.cut(
            queries.assessments(which, page.after(2), page.limit + 1), lambda row: (row.agreement, row.number), response
        )
        names = names_of(queries, bodies_of(found))
    return {"items": [answer(row, names) for row in found], "next_cursor": next_cursor}


@router.get("/dialogue-records", response_model=Page[DialogueRecordOut], tags=["dialogue"])  # type: ignore[valid-type]
def dialogue_records(
    ledger: LedgerDep,
    page: PagingDep,
    response: Response,
    agreement: IdQuery = None,
    government: GovernmentQuery = None,
) -> Any:
    """Digests of dialogues that were put on record; they say nothing to those who were not part of them."""
    which = DialogueFilter(agreement=agreement, government=government_id(ledger, government))
    with ledger.queries.snapshot() as queries:
        found, next_cursor = page.cut(
            queries.dialogue_records(which, page.after(), page.limit + 1), lambda row: (row.sequence,), response
        )
        names = names_of(queries, bodies_of(found))
    return {"items": [answer(row, names) for row in found], "next_cursor": next_cursor}


@router.get("/successions", response_model=list[SuccessionOut], tags=["governments"])  # type: ignore[valid-type]
def successions(ledger: LedgerDep) -> Any:
    """Who has taken whose place, in the order in which it was recorded."""
    with ledger.queries.snapshot() as queries:
        found = queries.successions()
        names = names_of(queries, bodies_of(found))
    return [answer(row, names) for row in found]


@router.get("/procedure-policies", response_model=list[ProcedurePolicyOut], tags=["policies"])  # type: ignore[valid-type]
def procedure_policies(ledger: LedgerDep) -> Any:
    """Every version of the time limits and thresholds of procedure. What was begun under one goes on under it."""
    return [answer(row, {}) | {"policy": row.policy.to_mapping()} for row in ledger.queries.procedure_policies()]


@router.get("/commitments/{commitment_id}/contests", response_model=list[ContestOut], tags=["commitments"])  # type: ignore[valid-type]
def contests(commitment_id: IdPath, ledger: LedgerDep) -> Any:
    """When the creditor did not accept the evidence, and why."""
    with ledger.queries.snapshot() as queries:
        _require_commitment(queries, commitment_id)
        found = queries.evidence_contests(commitment_id)
        names = names_of(queries, bodies_of(found))
    return [answer(row, names) for row in found]


@router.get("/commitments/{commitment_id}/audits", response_model=list[AuditOut], tags=["commitments"])  # type: ignore[valid-type]
def audits(commitment_id: IdPath, ledger: LedgerDep) -> Any:
    """What audits found of the evidence that was drawn."""
    with ledger.queries.snapshot() as queries:
        _require_commitment(queries, commitment_id)
        found = queries.evidence_audits(commitment_id)
        names = names_of(queries, bodies_of(found))
    return [answer(row, names) for row in found]


@router.get("/commitments/{commitment_id}/transfers", response_model=list[CommitmentTransferOut], tags=["commitments"])  # type: ignore[valid-type]
def commitment_transfers(commitment_id: IdPath, ledger: LedgerDep) -> Any:
    """Who handed the commitment to whom."""
    with ledger.queries.snapshot() as queries:
        _require_commitment(queries, commitment_id)
        found = queries.commitment_transfers(commitment_id)
        names = names_of(queries, bodies_of(found))
    return [answer(row, names) for row in found]


@router.get("/commitments/{commitment_id}/possible", tags=["commitments"])
def commitment_possible(commitment_id: IdPath, ledger: LedgerDep) -> list[str]:
    """The commands that the commitment's state knows."""
    row = ledger.queries.commitment(commitment_id)
    if row is None:
        raise NotFound("commitment", commitment_id)
    return list(possible(COMMITMENT, row.state))
