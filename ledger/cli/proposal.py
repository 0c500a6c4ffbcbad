"""What administrators propose, approve and execute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.giving import confirm, give, signer_named
from ledger.cli.options import AsOption, YesOption, command
from ledger.cli.output import moment
from ledger.cli.reading import member
from ledger.cli.session import Session
from ledger.domain.commands import ApproveProposal, WithdrawProposal
from ledger.domain.enums import ProposalState
from ledger.errors import NotAllowed, NotFound
from ledger.store.projection.filters import ProposalFilter
from ledger.store.projection.reads import LIMIT_MAX

if TYPE_CHECKING:
    from ledger.administration import Proposal
    from ledger.bootstrap import Ledger
    from ledger.store.projection.rows import ProposalRow

app = typer.Typer(help="What administrators do together: k of n approve, a public delay, then anybody executes.")

IdArgument = Annotated[int, typer.Argument(metavar="ID", min=1, help="The proposal's number.")]


class ProposalNotExecuted(NotAllowed):
    """A proposal could not be executed yet, or can no longer be."""


def to_json(row: ProposalRow) -> dict[str, Any]:
    """A proposal as `--json` shows it."""
    return {
        "id": row.id,
        "state": row.state.name.lower(),
        "reason": row.reason,
        "proposer": row.proposer,
        "target": row.target,
        "call_data": row.call_data,
        "recorded_at": moment(row.recorded_at),
        "executable_from": moment(row.executable_from),
        "executed_at": moment(row.executed_at),
        "approvals": [
            {"administrator": each.administrator, "recorded_at": moment(each.recorded_at)} for each in row.approvals
        ],
    }


@command(app, "list")
def list_proposals(
    session: Session,
    state: Annotated[str | None, typer.Option("--state", help="Only open, executed, withdrawn or lapsed ones.")] = None,
) -> None:
    """Every proposal."""
    which = ProposalFilter(state=None if state is None else member("--state", state, ProposalState))
    with session.ledger() as ledger:
        found = ledger.queries.proposals(which, limit=LIMIT_MAX)
    session.out.document([to_json(row) for row in found])
    rows = [
        (row.id, row.state.name.lower(), len(row.approvals), moment(row.executable_from), row.reason) for row in found
    ]
    session.out.table("", ("id", "state", "approvals", "executable from", "reason"), rows)


@command(app, "show")
def show(session: Session, id: IdArgument) -> None:
    """One proposal, with the call spelt out."""
    from ledger.chain.calls import call_in_words

    with session.ledger() as ledger:
        row = ledger.queries.proposal(id)
        if row is None:
            raise NotFound("proposal", id)
        words = call_in_words(ledger.deployment, row.target, bytes.fromhex(row.call_data.removeprefix("0x")))
    document = to_json(row)
    session.out.document({**document, "words": words})
    for name in ("id", "state", "reason", "proposer", "recorded_at", "executable_from", "executed_at"):
        session.out.line(f"{name}: {document[name]}")
    for each in document["approvals"]:
        session.out.line(f"approved by {each['administrator']} at {each['recorded_at']}")
    for line in words:
        session.out.line(line)


@command(app, "approve")
def approve(session: Session, id: IdArgument, signer: AsOption = None, yes: YesOption = False) -> None:
    """Approve a proposal as administrator."""
    with session.ledger() as ledger:
        give(session, ledger, ApproveProposal(id), signer_named(ledger, signer), yes=yes)


@command(app, "withdraw")
def withdraw(session: Session, id: IdArgument, signer: AsOption = None, yes: YesOption = False) -> None:
    """Take an own proposal back."""
    with session.ledger() as ledger:
        give(session, ledger, WithdrawProposal(id), signer_named(ledger, signer), yes=yes)


@command(app, "execute")
def execute(session: Session, id: IdArgument) -> None:
    """Execute an approved proposal whose public delay is over; anybody may."""
    with session.ledger() as ledger:
        stands = ledger.administration.execute(id)
    if stands.stage.value != "executed":
        raise ProposalNotExecuted(stands.in_words())
    session.out.document(stands.to_json())
    session.out.line(stands.in_words())


def carry_out(
    session: Session, ledger: Ledger, contract: str, function: str, arguments: list[Any], reason: str, *, yes: bool
) -> Proposal:
    """Do what administrators must agree on as far as the keys of this home reach, and say how far it is."""
    session.out.line(f"{reason}: {contract}.{function}, to be approved by the administrators 需管理员多方批准")
    administrators = ledger.administrators()
    confirm(f"Propose this, and approve it with the {len(administrators)} administrators' keys of this home?", yes=yes)
    proposal = ledger.administration.carry_out(contract, function, arguments, reason, administrators)
    session.out.document(proposal.to_json())
    session.out.line(proposal.in_words())
    return proposal
