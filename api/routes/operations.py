"""Operations: what became of a submitted command."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from api.deps import LedgerDep, SessionDep
from api.faults import NotOwnRecords
from api.paging import PagingDep
from api.schemas.commands import AcceptedOut, OperationOut, ReceiptOut
from api.schemas.common import Page
from ledger.bootstrap import Ledger
from ledger.chain.command_json import read_address
from ledger.store.operational import Operation, OperationState

router = APIRouter(prefix="/operations", tags=["commands"])

OperationId = Annotated[str, Path(pattern="^0x[0-9a-fA-F]{64}$", description="As the submission answered it.")]


def operation_out(operation: Operation, next_block: int | None) -> OperationOut:
    """An operation as it is shown; `next_block` is the first block that is not projected yet."""
    projected = operation.block_number is not None and next_block is not None and operation.block_number < next_block
    return OperationOut(**operation.to_json(), projected=projected)


def accepted_out(operation: Operation, next_block: int | None, ledger: Ledger) -> AcceptedOut:
    """An operation with the relayer's receipt for it."""
    receipt = ledger.relay.receipt(operation.id)
    shown = operation_out(operation, next_block).model_dump()
    return AcceptedOut(**shown, receipt=None if receipt is None else ReceiptOut(**receipt.to_json()))


def projected_up_to(ledger: LedgerDep) -> int | None:
    """The first block that is not projected yet; None before the first."""
    cursor = ledger.projector.cursor()
    return None if cursor is None else cursor.next_block


@router.get("/{operation_id}")
def operation(operation_id: OperationId, ledger: LedgerDep, response: Response) -> AcceptedOut:
    """One operation. Public, as its outcome is; its id is known to who submitted it."""
    found = ledger.store.outbox.get(operation_id.lower())
    if not found.state.ended:
        response.headers["Retry-After"] = "1"
    return accepted_out(found, projected_up_to(ledger), ledger)


@router.get("")
def operations(
    ledger: LedgerDep,
    session: SessionDep,
    page: PagingDep,
    response: Response,
    signer: Annotated[str | None, Query(max_length=42, description="The session's own account.")] = None,
    state: Annotated[Literal["accepted", "sent", "confirmed", "refused", "expired"] | None, Query()] = None,
) -> Page[OperationOut]:
    """The session's own operations, newest first. Needs a log-in."""
    owner = session.address if signer is None else read_address("signer", signer)
    if owner != session.address:
        raise NotOwnRecords("operations", owner, session.address)
    after = page.after()
    rows = ledger.store.outbox.page(
        signer=owner,
        state=None if state is None else OperationState(state),
        before=None if after is None else after[0],
        limit=page.limit + 1,
    )
    rows_of_page, next_cursor = page.cut(rows, lambda row: (row[0],), response)
    next_block = projected_up_to(ledger)
    return Page(items=[operation_out(each, next_block) for _, each in rows_of_page], next_cursor=next_cursor)
