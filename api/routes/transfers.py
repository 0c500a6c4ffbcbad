"""Compensation transfers: what was paid to make benefits even."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.deps import LedgerDep
from api.paging import PagingDep
from api.params import GovernmentQuery, IdPath, IdQuery, government_id, member
from api.rendering import names_of, transfer_out
from api.schemas.common import Page
from api.schemas.records import TransferOut
from ledger.domain.enums import TransferState
from ledger.domain.money import require_currency
from ledger.errors import NotFound
from ledger.store.projection.filters import TransferFilter

router = APIRouter(prefix="/compensation-transfers", tags=["compensation"])


@router.get("")
def transfers(
    ledger: LedgerDep,
    page: PagingDep,
    response: Response,
    agreement: IdQuery = None,
    payer: GovernmentQuery = None,
    payee: GovernmentQuery = None,
    party: GovernmentQuery = None,
    state: Annotated[Literal["pending", "confirmed"] | None, Query()] = None,
    currency: Annotated[str | None, Query(max_length=16, description="ISO 4217.")] = None,
) -> Page[TransferOut]:
    """Transfers, by id."""
    which = TransferFilter(
        agreement=agreement,
        payer=government_id(ledger, payer),
        payee=government_id(ledger, payee),
        party=government_id(ledger, party),
        state=member(TransferState, state),
        currency=None if currency is None else require_currency(currency),
    )
    with ledger.queries.snapshot() as queries:
        rows, next_cursor = page.cut(
            queries.transfers(which, page.after(), page.limit + 1), lambda row: (row.id,), response
        )
        names = names_of(queries, (each for row in rows for each in (row.payer, row.payee)))
    return Page(items=[transfer_out(row, names) for row in rows], next_cursor=next_cursor)


@router.get("/{transfer_id}")
def transfer(transfer_id: IdPath, ledger: LedgerDep) -> TransferOut:
    """One transfer."""
    with ledger.queries.snapshot() as queries:
        row = queries.transfer(transfer_id)
        if row is None:
            raise NotFound("transfer", transfer_id)
        return transfer_out(row, names_of(queries, (row.payer, row.payee)))
