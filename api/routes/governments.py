"""Governments: the register."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.deps import LedgerDep
from api.paging import PagingDep
from api.params import GovernmentPath, GovernmentQuery, TextQuery, government_id, member, require_government
from api.rendering import government_detail_out, government_out, names_of
from api.schemas.common import Page
from api.schemas.records import GovernmentDetailOut, GovernmentOut, RoleName
from ledger.domain.enums import GovernmentState, Level, Role
from ledger.store.projection.filters import GovernmentFilter

router = APIRouter(prefix="/governments", tags=["governments"])

LevelQuery = Literal["international", "national", "province", "city", "county", "township"]


@router.get("")
def governments(
    ledger: LedgerDep,
    page: PagingDep,
    response: Response,
    level: Annotated[LevelQuery | None, Query()] = None,
    role: Annotated[RoleName | None, Query()] = None,
    state: Annotated[Literal["registered", "removed", "succeeded"] | None, Query()] = None,
    scheme: TextQuery = None,
    superior: GovernmentQuery = None,
    name_contains: TextQuery = None,
) -> Page[GovernmentOut]:
    """Registered bodies, by id."""
    which = GovernmentFilter(
        level=member(Level, level),
        role=member(Role, role),
        state=member(GovernmentState, state),
        scheme=scheme,
        superior=government_id(ledger, superior),
        name_contains=name_contains,
    )
    aliases = ledger.store.aliases.all()
    with ledger.queries.snapshot() as queries:
        rows, next_cursor = page.cut(
            queries.governments(which, page.after(), page.limit + 1), lambda row: (row.id,), response
        )
        names = names_of(queries, [row.superior for row in rows])
    items = [government_out(row, names, aliases.get(row.id, [])) for row in rows]
    return Page(items=items, next_cursor=next_cursor)


@router.get("/{government}")
def government(government: GovernmentPath, ledger: LedgerDep) -> GovernmentDetailOut:
    """One body, with the accounts that speak for it."""
    row = require_government(ledger, government)
    with ledger.queries.snapshot() as queries:
        return government_detail_out(row, queries, ledger.store.aliases.names(row.id))
