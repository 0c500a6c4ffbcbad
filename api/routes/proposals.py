"""Proposals: what administrators decide together, k of n, in public."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.deps import LedgerDep
from api.paging import PagingDep
from api.params import IdPath, member
from api.rendering import proposal_out
from api.schemas.common import Page
from api.schemas.records import ProposalOut, ProposalStageOut
from api.strict_json import JsonRoute
from ledger.administration import NotYetAdministered, Stage
from ledger.chain.command_json import read_address
from ledger.domain.enums import ProposalState
from ledger.errors import NotFound
from ledger.store.projection.filters import ProposalFilter

router = APIRouter(prefix="/proposals", tags=["administration"], route_class=JsonRoute)

AddressQuery = Annotated[str | None, Query(max_length=42)]


@router.get("")
def proposals(
    ledger: LedgerDep,
    page: PagingDep,
    response: Response,
    state: Annotated[Literal["open", "executed", "withdrawn", "lapsed"] | None, Query()] = None,
    proposer: AddressQuery = None,
    target: AddressQuery = None,
) -> Page[ProposalOut]:
    """Proposals, newest first."""
    which = ProposalFilter(
        state=member(ProposalState, state),
        proposer=None if proposer is None else read_address("proposer", proposer),
        target=None if target is None else read_address("target", target),
    )
    rows, next_cursor = page.cut(
        ledger.queries.proposals(which, page.after(), page.limit + 1, newest_first=True),
        lambda row: (row.id,),
        response,
    )
    return Page(items=[proposal_out(row) for row in rows], next_cursor=next_cursor)


@router.get("/{proposal_id}")
def proposal(proposal_id: IdPath, ledger: LedgerDep) -> ProposalOut:
    """One proposal with its approvals."""
    row = ledger.queries.proposal(proposal_id)
    if row is None:
        raise NotFound("proposal", proposal_id)
    return proposal_out(row)


@router.post("/{proposal_id}/execute")
def execute(proposal_id: IdPath, ledger: LedgerDep) -> ProposalStageOut:
    """
    Execute an approved proposal after its public delay, which anybody may. Repeating it changes nothing.

    409 while approvals are missing or the delay is not over; what the called contract refuses comes with its own error.
    """
    stands = ledger.administration.execute(proposal_id)
    if stands.stage is not Stage.EXECUTED:
        raise NotYetAdministered(f"proposal {proposal_id}", stands)
    return ProposalStageOut.model_validate(stands.to_json())
