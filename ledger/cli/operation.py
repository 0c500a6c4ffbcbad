"""Commands on their way to the chain."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ledger.cli.options import command
from ledger.cli.reading import member_text
from ledger.cli.session import Session
from ledger.commands import OperationFailed
from ledger.store.operational.operations import Operation, OperationState

app = typer.Typer(help="Commands that were accepted, and what became of them.", no_args_is_help=True)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The operation's id: 0x and 64 hexadecimal digits.")]


def _tell(session: Session, operation: Operation) -> None:
    document = operation.to_json()
    session.out.document(document)
    for name, value in document.items():
        if value is not None:
            session.out.line(f"{name}: {value}")


@command(app, "show")
def show(session: Session, id: IdArgument) -> None:
    """What became of an operation."""
    with session.ledger(caught_up=False) as ledger:
        _tell(session, ledger.store.outbox.get(id))


@command(app, "wait")
def wait(
    session: Session,
    id: IdArgument,
    seconds: Annotated[int, typer.Option("--seconds", min=1, max=86_400, help="How long at most.")] = 120,
) -> None:
    """Wait until an operation has ended; exit 1 where it was refused or expired."""
    with session.ledger(caught_up=False) as ledger:
        operation = ledger.relay.wait(id, seconds)
    _tell(session, operation)
    if operation.state is not OperationState.CONFIRMED:
        raise OperationFailed(operation)


@command(app, "list")
def list_operations(
    session: Session,
    state: Annotated[
        str | None, typer.Option("--state", help="Only accepted, sent, confirmed, refused or expired ones.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most, newest first.")] = 50,
) -> None:
    """The newest operations."""
    which = (
        None
        if state is None
        else OperationState(member_text("--state", state, [each.value for each in OperationState]))
    )
    with session.ledger(caught_up=False) as ledger:
        found = [operation.to_json() for _, operation in ledger.store.outbox.page(state=which, limit=limit)]
    session.out.document(found)
    columns = ("id", "name", "state", "accepted_at", "block_number")
    session.out.table("", columns, [[_cell(each, column) for column in columns] for each in found])


def _cell(document: dict[str, Any], column: str) -> object:
    return document[column]
