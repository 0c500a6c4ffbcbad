"""Commitments and the evidence for them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.deps import LedgerDep, NowDep
from api.paging import PagingDep
from api.params import GovernmentQuery, IdPath, IdQuery, MomentQuery, TextQuery, government_id, member, moment
from api.rendering import commitment_governments, commitment_out, evidence_out, names_of
from api.schemas.common import Page
from api.schemas.records import CommitmentOut, EvidenceOut
from ledger.domain.enums import CommitmentState, Outcome, OutcomeBasis
from ledger.errors import InvalidInput, NotFound
from ledger.store.projection.filters import CommitmentFilter
from ledger.store.projection.rows import CommitmentRow

router = APIRouter(prefix="/commitments", tags=["commitments"])

CommitmentStateQuery = Literal["proposed", "active", "evidenced", "contested", "disputed", "settled", "declined"]

OutcomeBasisQuery = Literal["confirmation", "silence", "ruling", "breach", "backfill", "release"]

_BY_DUE_DATE = 2


@router.get("")
def commitments(
    ledger: LedgerDep,
    page: PagingDep,
    response: Response,
    now: NowDep,
    debtor: GovernmentQuery = None,
    creditor: GovernmentQuery = None,
    party: GovernmentQuery = None,
    agreement: IdQuery = None,
    indicator: Annotated[int | None, Query(ge=0, le=255)] = None,
    state: Annotated[CommitmentStateQuery | None, Query()] = None,
    outcome: Annotated[Literal["fulfilled", "partly", "broken", "excused"] | None, Query()] = None,
    outcome_basis: Annotated[OutcomeBasisQuery | None, Query()] = None,
    original_debtor: GovernmentQuery = None,
    sampled: Annotated[bool | None, Query(description="Drawn for audit.")] = None,
    backfilled: Annotated[bool | None, Query()] = None,
    recorder: GovernmentQuery = None,
    reference_number: TextQuery = None,
    due_from: MomentQuery = None,
    due_to: MomentQuery = None,
    overdue_at: MomentQuery = None,
    order: Annotated[Literal["id", "due_at"], Query()] = "id",
) -> Page[CommitmentOut]:
    """Commitments, by id or by due date."""
    which = CommitmentFilter(
        debtor=government_id(ledger, debtor),
        creditor=government_id(ledger, creditor),
        party=government_id(ledger, party),
        agreement=agreement,
        indicator=indicator,
        state=member(CommitmentState, state),
        outcome=member(Outcome, outcome),
        outcome_basis=member(OutcomeBasis, outcome_basis),
        original_debtor=government_id(ledger, original_debtor),
        sampled=sampled,
        backfilled=backfilled,
        recorder=government_id(ledger, recorder),
        reference_number=reference_number,
        due_from=moment(due_from, "due_from"),
        due_to=moment(due_to, "due_to"),
        overdue_at=moment(overdue_at, "overdue_at"),
    )
    if which.due_from is not None and which.due_to is not None and which.due_from > which.due_to:
        raise InvalidInput("due_from", due_from, f"a moment not after due_to, {due_to}")

    def key(row: CommitmentRow) -> tuple[int, ...]:
        return (row.id,) if order == "id" else (row.due_at, row.id)

    after = page.after(1 if order == "id" else _BY_DUE_DATE)
    with ledger.queries.snapshot() as queries:
        rows, next_cursor = page.cut(queries.commitments(which, after, page.limit + 1, order), key, response)
        names = names_of(queries, (each for row in rows for each in commitment_governments(row)))
    return Page(items=[commitment_out(row, names, now) for row in rows], next_cursor=next_cursor)


@router.get("/{commitment_id}")
def commitment(commitment_id: IdPath, ledger: LedgerDep, now: NowDep) -> CommitmentOut:
    """One commitment."""
    with ledger.queries.snapshot() as queries:
        row = queries.commitment(commitment_id)
        if row is None:
            raise NotFound("commitment", commitment_id)
        return commitment_out(row, names_of(queries, commitment_governments(row)), now)


@router.get("/{commitment_id}/evidence")
def evidence(commitment_id: IdPath, ledger: LedgerDep) -> list[EvidenceOut]:
    """The evidence lodged for a commitment, in the order in which it came. Each is a claim, not yet fulfilment."""
    with ledger.queries.snapshot() as queries:
        if queries.commitment(commitment_id) is None:
            raise NotFound("commitment", commitment_id)
        rows = queries.evidence(commitment_id)
        names = names_of(queries, (row.debtor for row in rows))
    return [evidence_out(row, names) for row in rows]
