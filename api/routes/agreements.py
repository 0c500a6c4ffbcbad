"""Agreements: parties, indicators, terms."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.deps import LedgerDep, NowDep
from api.paging import PagingDep
from api.params import GovernmentQuery, IdPath, MomentQuery, TextQuery, government_id, member, moment
from api.rendering import agreement_detail_out, agreement_governments, agreement_out, names_of
from api.schemas.common import Page
from api.schemas.records import AgreementDetailOut, AgreementOut
from ledger.domain.enums import AgreementState, ServiceMode
from ledger.errors import NotFound
from ledger.store.projection.filters import AgreementFilter

router = APIRouter(prefix="/agreements", tags=["agreements"])


@router.get("")
def agreements(
    ledger: LedgerDep,
    page: PagingDep,
    response: Response,
    now: NowDep,
    party: GovernmentQuery = None,
    coordinating_body: GovernmentQuery = None,
    state: Annotated[Literal["proposed", "concluded", "suspended", "ended", "abandoned"] | None, Query()] = None,
    service_mode: Annotated[Literal["fully_online", "remote_acceptance", "joint_handling"] | None, Query()] = None,
    backfilled: Annotated[bool | None, Query()] = None,
    reference_number: TextQuery = None,
    in_force_at: MomentQuery = None,
    pending: Annotated[bool | None, Query(description="Whether a version waits for signatures.")] = None,
    template: Annotated[str | None, Query(pattern="^0x[0-9a-f]{64}$")] = None,
) -> Page[AgreementOut]:
    """Agreements, by id."""
    which = AgreementFilter(
        party=government_id(ledger, party),
        coordinating_body=government_id(ledger, coordinating_body),
        state=member(AgreementState, state),
        service_mode=member(ServiceMode, service_mode),
        backfilled=backfilled,
        reference_number=reference_number,
        in_force_at=moment(in_force_at, "in_force_at"),
        pending=pending,
        template=template,
    )
    with ledger.queries.snapshot() as queries:
        rows, next_cursor = page.cut(
            queries.agreements(which, page.after(), page.limit + 1), lambda row: (row.id,), response
        )
        names = names_of(queries, (each for row in rows for each in agreement_governments(row, parties=False)))
    return Page(items=[agreement_out(row, names, now) for row in rows], next_cursor=next_cursor)


@router.get("/{agreement_id}")
def agreement(agreement_id: IdPath, ledger: LedgerDep, now: NowDep) -> AgreementDetailOut:
    """One agreement with its parties, indicators and terms."""
    with ledger.queries.snapshot() as queries:
        row = queries.agreement(agreement_id)
        if row is None:
            raise NotFound("agreement", agreement_id)
        return agreement_detail_out(row, names_of(queries, agreement_governments(row, parties=True)), now)
