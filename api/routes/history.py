"""History: who recorded what, when, in which transaction."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.deps import LedgerDep
from api.paging import PagingDep
from api.params import GovernmentQuery, IdQuery, MomentQuery, government_id, moment
from api.rendering import fact_out
from api.schemas.common import Page
from api.schemas.records import FactOut
from ledger.chain.command_json import read_address
from ledger.chain.contracts import CONTRACTS
from ledger.domain.events import EVENTS
from ledger.errors import InvalidInput
from ledger.store.projection.filters import HistoryFilter

router = APIRouter(prefix="/history", tags=["history"])


@router.get("")
def history(
    ledger: LedgerDep,
    page: PagingDep,
    response: Response,
    government: GovernmentQuery = None,
    agreement: IdQuery = None,
    commitment: IdQuery = None,
    transfer: IdQuery = None,
    proposal: IdQuery = None,
    dispute: IdQuery = None,
    measure: IdQuery = None,
    incentive: IdQuery = None,
    event: Annotated[str | None, Query(max_length=64, examples=["CommitmentRegistered"])] = None,
    contract: Annotated[str | None, Query(max_length=64, examples=["CommitmentRegistry"])] = None,
    signer: Annotated[str | None, Query(max_length=42)] = None,
    transaction: Annotated[str | None, Query(pattern="^0x[0-9a-fA-F]{64}$")] = None,
    recorded_from: MomentQuery = None,
    recorded_to: MomentQuery = None,
    order: Annotated[Literal["newest", "oldest"], Query()] = "newest",
) -> Page[FactOut]:
    """Facts of the chain, newest or oldest first. Nothing in it can be changed or deleted."""
    if event is not None and event not in EVENTS:
        raise InvalidInput("event", event, f"one of {', '.join(EVENTS)}")
    if contract is not None and contract not in CONTRACTS:
        raise InvalidInput("contract", contract, f"one of {', '.join(CONTRACTS)}")
    which = HistoryFilter(
        government=government_id(ledger, government),
        agreement=agreement,
        commitment=commitment,
        transfer=transfer,
        proposal=proposal,
        dispute=dispute,
        measure=measure,
        incentive=incentive,
        event=event,
        contract=contract,
        signer=None if signer is None else read_address("signer", signer),
        transaction=None if transaction is None else transaction.lower(),
        recorded_from=moment(recorded_from, "recorded_from"),
        recorded_to=moment(recorded_to, "recorded_to"),
    )
    rows, next_cursor = page.cut(
        ledger.queries.history(which, page.after(), page.limit + 1, newest_first=order == "newest"),
        lambda row: (row.sequence,),
        response,
    )
    return Page(items=[fact_out(row) for row in rows], next_cursor=next_cursor)
