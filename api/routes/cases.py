"""Breaches of faith, disputes, discipline and incentives, and the standing that follows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from api.deps import LedgerDep, NowDep
from api.paging import PagingDep
from api.params import (
    GovernmentPath,
    GovernmentQuery,
    IdPath,
    IdQuery,
    MomentQuery,
    government_id,
    member,
    moment,
    require_government,
)
from api.rendering import Names, names_of, reference
from api.row_answers import answer, answer_of, bodies_of
from api.schemas.cases import StandingOut
from api.schemas.common import Page
from ledger.domain.cases import CaseBook
from ledger.domain.enums import BreachState, DisputeState, Incentive, Measure, Role, Severity
from ledger.domain.lifecycle import BREACH, DISPUTE, possible
from ledger.errors import NotFound
from ledger.store.projection import case_rows as rows
from ledger.store.projection.case_filters import (
    BreachFilter,
    DebtTransferFilter,
    DisputeFilter,
    IncentiveFilter,
    MeasureFilter,
)
from ledger.store.projection.rows import GovernmentRow

router = APIRouter(tags=["breaches, disputes and discipline"])

BreachOut = answer_of(rows.BreachRow, "BreachOut")
DisputeOut = answer_of(rows.DisputeRow, "DisputeOut")
DisputeDetailOut = answer_of(
    rows.DisputeRow,
    "DisputeDetailOut",
    evidence=rows.DisputeEvidenceRow,
    rulings=rows.RulingRow,
    panels=rows.PanelMemberRow,
)
MeasureOut = answer_of(rows.MeasureRow, "MeasureOut")
IncentiveOut = answer_of(rows.IncentiveRow, "IncentiveOut")
DebtTransferOut = answer_of(rows.DebtTransferRow, "DebtTransferOut")

BreachStateName = Literal["reported", "rectifying", "determined", "repaired", "overturned"]
SeverityName = Literal["minor", "general", "serious"]
DisputeStateName = Literal["open", "ruled", "appealed", "final", "withdrawn"]
MeasureName = Literal["loss_of_honours", "limit_on_new_agreements", "notice_to_superior"]
IncentiveName = Literal["lighter_deposit", "shorter_confirmation", "priority_in_new_agreements"]


@router.get("/breaches", response_model=Page[BreachOut])  # type: ignore[valid-type]
def breaches(
    ledger: LedgerDep,
    page: PagingDep,
    response: Response,
    debtor: GovernmentQuery = None,
    body: GovernmentQuery = None,
    agreement: IdQuery = None,
    state: Annotated[BreachStateName | None, Query()] = None,
    severity: Annotated[SeverityName | None, Query()] = None,
    not_over_at: MomentQuery = None,
) -> Any:
    """Commitments that were reported overdue or found broken, by commitment."""
    which = BreachFilter(
        debtor=government_id(ledger, debtor),
        body=government_id(ledger, body),
        agreement=agreement,
        state=member(BreachState, state),
        severity=member(Severity, severity),
        not_over_at=moment(not_over_at, "not_over_at"),
    )
    with ledger.queries.snapshot() as queries:
        found, next_cursor = page.cut(
            queries.breaches(which, page.after(), page.limit + 1), lambda row: (row.commitment,), response
        )
        names = names_of(queries, bodies_of(found))
    return {"items": [answer(row, names) for row in found], "next_cursor": next_cursor}


@router.get("/breaches/{commitment_id}", response_model=BreachOut)
def breach(commitment_id: IdPath, ledger: LedgerDep) -> Any:
    """The case about one commitment."""
    with ledger.queries.snapshot() as queries:
        row = queries.breach(commitment_id)
        if row is None:
            raise NotFound("breach case of commitment", commitment_id)
        return answer(row, names_of(queries, bodies_of([row])))


@router.get("/breaches/{commitment_id}/possible")
def breach_possible(commitment_id: IdPath, ledger: LedgerDep) -> list[str]:
    """The commands that the case's state knows; who may give them, and when, stands with each command."""
    row = ledger.queries.breach(commitment_id)
    if row is None:
        raise NotFound("breach case of commitment", commitment_id)
    return list(possible(BREACH, row.state))


@router.get("/disputes", response_model=Page[DisputeOut])  # type: ignore[valid-type]
def disputes(
    ledger: LedgerDep,
    page: PagingDep,
    response: Response,
    commitment: IdQuery = None,
    agreement: IdQuery = None,
    opener: GovernmentQuery = None,
    side: GovernmentQuery = None,
    body: GovernmentQuery = None,
    state: Annotated[DisputeStateName | None, Query()] = None,
    open: Annotated[bool | None, Query(description="Neither final nor withdrawn.")] = None,  # noqa: A002
) -> Any:
    """Disputes, by id."""
    which = DisputeFilter(
        commitment=commitment,
        agreement=agreement,
        opener=government_id(ledger, opener),
        side=government_id(ledger, side),
        body=government_id(ledger, body),
        state=member(DisputeState, state),
        open=open,
    )
    with ledger.queries.snapshot() as queries:
        found, next_cursor = page.cut(
            queries.disputes(which, page.after(), page.limit + 1), lambda row: (row.id,), response
        )
        names = names_of(queries, bodies_of(found))
    return {"items": [answer(row, names) for row in found], "next_cursor": next_cursor}


@router.get("/disputes/{dispute_id}", response_model=DisputeDetailOut)
def dispute(dispute_id: IdPath, ledger: LedgerDep) -> Any:
    """One dispute, with its evidence, the rulings that were given, and the panels that were drawn."""
    with ledger.queries.snapshot() as queries:
        row = queries.dispute(dispute_id)
        if row is None:
            raise NotFound("dispute", dispute_id)
        lists: dict[str, Any] = {
            "evidence": queries.dispute_evidence(dispute_id),
            "rulings": queries.rulings(dispute_id),
            "panels": queries.panel_members(dispute_id),
        }
        named = bodies_of([row]).union(*(bodies_of(each) for each in lists.values()))
        return answer(row, names_of(queries, named), **lists)


@router.get("/disputes/{dispute_id}/possible")
def dispute_possible(dispute_id: IdPath, ledger: LedgerDep) -> list[str]:
    """The commands that the dispute's state knows."""
    row = ledger.queries.dispute(dispute_id)
    if row is None:
        raise NotFound("dispute", dispute_id)
    return list(possible(DISPUTE, row.state))


@router.get("/measures", response_model=Page[MeasureOut])  # type: ignore[valid-type]
def measures(
    ledger: LedgerDep,
    page: PagingDep,
    response: Response,
    government: GovernmentQuery = None,
    body: GovernmentQuery = None,
    commitment: IdQuery = None,
    measure: Annotated[MeasureName | None, Query()] = None,
    running_at: MomentQuery = None,
) -> Any:
    """Measures of discipline, by id."""
    which = MeasureFilter(
        government=government_id(ledger, government),
        body=government_id(ledger, body),
        commitment=commitment,
        measure=member(Measure, measure),
        running_at=moment(running_at, "running_at"),
    )
    with ledger.queries.snapshot() as queries:
        found, next_cursor = page.cut(
            queries.measures(which, page.after(), page.limit + 1), lambda row: (row.id,), response
        )
        names = names_of(queries, bodies_of(found))
    return {"items": [answer(row, names) for row in found], "next_cursor": next_cursor}


@router.get("/measures/{measure_id}", response_model=MeasureOut)
def measure_by_id(measure_id: IdPath, ledger: LedgerDep) -> Any:
    """One measure."""
    with ledger.queries.snapshot() as queries:
        row = queries.measure(measure_id)
        if row is None:
            raise NotFound("measure", measure_id)
        return answer(row, names_of(queries, bodies_of([row])))


@router.get("/incentives", response_model=Page[IncentiveOut])  # type: ignore[valid-type]
def incentives(
    ledger: LedgerDep,
    page: PagingDep,
    response: Response,
    government: GovernmentQuery = None,
    body: GovernmentQuery = None,
    incentive: Annotated[IncentiveName | None, Query()] = None,
    running_at: MomentQuery = None,
) -> Any:
    """Incentives for keeping faith, by id."""
    which = IncentiveFilter(
        government=government_id(ledger, government),
        body=government_id(ledger, body),
        incentive=member(Incentive, incentive),
        running_at=moment(running_at, "running_at"),
    )
    with ledger.queries.snapshot() as queries:
        found, next_cursor = page.cut(
            queries.incentives(which, page.after(), page.limit + 1), lambda row: (row.id,), response
        )
        names = names_of(queries, bodies_of(found))
    return {"items": [answer(row, names) for row in found], "next_cursor": next_cursor}


@router.get("/incentives/{incentive_id}", response_model=IncentiveOut)
def incentive_by_id(incentive_id: IdPath, ledger: LedgerDep) -> Any:
    """One incentive."""
    with ledger.queries.snapshot() as queries:
        row = queries.incentive(incentive_id)
        if row is None:
            raise NotFound("incentive", incentive_id)
        return answer(row, names_of(queries, bodies_of([row])))


@router.get("/debt-transfers", response_model=Page[DebtTransferOut])  # type: ignore[valid-type]
def debt_transfers(
    ledger: LedgerDep,
    page: PagingDep,
    response: Response,
    commitment: IdQuery = None,
    party: GovernmentQuery = None,
    open: Annotated[bool | None, Query(description="Neither completed nor void.")] = None,  # noqa: A002
) -> Any:
    """Offers to hand commitments to another debtor, in the order in which they were made."""
    which = DebtTransferFilter(commitment=commitment, party=government_id(ledger, party), open=open)
    with ledger.queries.snapshot() as queries:
        found, next_cursor = page.cut(
            queries.debt_transfers(which, page.after(), page.limit + 1), lambda row: (row.sequence,), response
        )
        names = names_of(queries, bodies_of(found))
    return {"items": [answer(row, names) for row in found], "next_cursor": next_cursor}


@router.get("/standings")
def standings(ledger: LedgerDep, now: NowDep, as_of: MomentQuery = None) -> list[StandingOut]:
    """How every government stands that is in the register, by id."""
    at = now if as_of is None else moment(as_of, "as_of") or now
    with ledger.queries.snapshot() as queries:
        book, governments = queries.case_book(), queries.every_government()
    owing = [row for row in governments.values() if Role.GOVERNMENT in row.roles]
    return [_standing(row, book, {row.id: reference(row) for row in governments.values()}, at) for row in owing]


@router.get("/standings/{government}")
def standing(government: GovernmentPath, ledger: LedgerDep, now: NowDep, as_of: MomentQuery = None) -> StandingOut:
    """How a government stands, as of any moment: what the contracts enforce follows from the same facts."""
    row = require_government(ledger, government)
    at = now if as_of is None else moment(as_of, "as_of") or now
    with ledger.queries.snapshot() as queries:
        book = queries.case_book()
        line = book.lineage(row.id, at)
        names = names_of(queries, line)
    return _standing(row, book, names, at)


def _standing(row: GovernmentRow, book: CaseBook, names: Names, at: int) -> StandingOut:
    restricted = book.restricted(row.id, at)
    return StandingOut(
        government=reference(row),
        as_of=at,
        standing=book.standing(row.id, at).value,
        lineage=[names[each] for each in book.lineage(row.id, at)],
        restricted_by=None if restricted is None else restricted.id,
        restricted_until=None if restricted is None else restricted.ends_at,
    )
