"""Commitments: offered, accepted, evidenced and confirmed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import reading
from ledger.cli.giving import give, signer_named
from ledger.cli.government import government_id
from ledger.cli.options import AsOption, YesOption, command
from ledger.cli.output import moment
from ledger.cli.reading import member_text
from ledger.cli.session import Session
from ledger.domain.commands import (
    AcceptCommitments,
    ConfirmCommitment,
    RegisterCommitment,
    RegisterCommitments,
    SubmitEvidence,
)
from ledger.domain.enums import CommitmentState
from ledger.domain.moments import parse_moment
from ledger.domain.recurrence import Every, due_dates, numbered
from ledger.domain.terms import CommitmentTerms, Confirmation
from ledger.domain.words import decimal, percent
from ledger.errors import InvalidInput, NotFound
from ledger.store.projection.filters import CommitmentFilter
from ledger.store.projection.reads import LIMIT_MAX

if TYPE_CHECKING:
    from ledger.store.projection.rows import CommitmentRow

app = typer.Typer(help="What one government owes another, and whether it was kept.", no_args_is_help=True)

IdArgument = Annotated[int, typer.Argument(metavar="ID", min=1, help="The commitment's number.")]


def to_json(row: CommitmentRow) -> dict[str, Any]:
    """A commitment as `--json` shows it: weight in millionths, outcome in basis points."""
    return {
        "id": row.id,
        "agreement": row.agreement,
        "debtor": row.debtor,
        "creditor": row.creditor,
        "indicator": row.indicator,
        "weight": row.weight,
        "made_at": moment(row.made_at),
        "due_at": moment(row.due_at),
        "reference_number": row.reference_number,
        "description": row.description,
        "backfilled": row.backfilled,
        "state": row.state.name.lower(),
        "accepted_at": moment(row.accepted_at),
        "confirm_by": moment(row.confirm_by),
        "outcome": None if row.outcome is None else row.outcome.name.lower(),
        "outcome_basis_points": row.outcome_basis_points,
        "outcome_effective_at": moment(row.outcome_effective_at),
        "outcome_basis": None if row.outcome_basis is None else row.outcome_basis.name.lower(),
        "recorded_at": moment(row.recorded_at),
    }


@command(app, "list")
def list_commitments(
    session: Session,
    debtor: Annotated[str | None, typer.Option("--debtor", metavar="G", help="Only what this one owes.")] = None,
    creditor: Annotated[str | None, typer.Option("--creditor", metavar="G", help="Only what it is owed.")] = None,
    agreement: Annotated[int | None, typer.Option("--agreement", metavar="ID", help="Only under this one.")] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="Only proposed, active, evidenced, contested ones and so on.")
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those due and without outcome.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=LIMIT_MAX, help="How many at most.")] = 200,
    after: Annotated[int, typer.Option("--after", metavar="ID", min=0, help="Only those with a larger number.")] = 0,
) -> None:
    """Commitments, by number."""
    chosen = None if state is None else reading.member("--state", state, CommitmentState)
    with session.ledger() as ledger:
        which = CommitmentFilter(
            debtor=None if debtor is None else government_id(ledger, debtor),
            creditor=None if creditor is None else government_id(ledger, creditor),
            agreement=agreement,
            state=chosen,
            overdue_at=int(time.time()) if overdue else None,
        )
        found = ledger.queries.commitments(which, after=(after,), limit=limit)
        names = {id: row.name for id, row in ledger.queries.every_government().items()}
    session.out.document([to_json(row) for row in found])
    rows = [
        (row.id, names.get(row.debtor), names.get(row.creditor or 0, "all other parties"), row.reference_number,
         moment(row.due_at), decimal(row.weight), _standing(row))
        for row in found
    ]  # fmt: skip
    columns = ("id", "debtor", "creditor", "reference", "due", "weight", "state")
    session.out.table("", columns, rows, right="id weight")


def _standing(row: CommitmentRow) -> str:
    if row.outcome is None or row.outcome_basis_points is None:
        return row.state.name.lower()
    return f"{row.outcome.name.lower()}, {percent(row.outcome_basis_points)}"


@command(app, "show")
def show(session: Session, id: IdArgument) -> None:
    """One commitment with its evidence."""
    with session.ledger() as ledger:
        row = ledger.queries.commitment(id)
        if row is None:
            raise NotFound("commitment", id)
        evidence = [
            {
                "digest": each.digest,
                "locator": each.locator,
                "performed_at": moment(each.performed_at),
                "recorded_at": moment(each.recorded_at),
            }
            for each in ledger.queries.evidence(id)
        ]
        debtor = ledger.queries.government_name(row.debtor)
        creditor = None if row.creditor is None else ledger.queries.government_name(row.creditor)
    document = to_json(row) | {"evidence": evidence}
    session.out.document(document)
    shown = document | {"debtor": debtor, "creditor": creditor or "all other parties", "weight": decimal(row.weight)}
    for name, value in shown.items():
        if name != "evidence" and value not in (None, ""):
            session.out.line(f"{name}: {value}")
    for each in evidence:
        session.out.line(f"evidence: {each['locator'] or '–'}, {each['digest']}, performed {each['performed_at']}")


@command(app, "register")
def register(
    session: Session,
    agreement: Annotated[int, typer.Option("--agreement", metavar="ID", min=1, help="The agreement it stands under.")],
    creditor: Annotated[str, typer.Option("--creditor", metavar="G", help='To whom it is owed, or "all".')],
    due: Annotated[str, typer.Option("--due", metavar="T", help="Last moment; a date is its last second.")],
    reference: Annotated[str, typer.Option("--reference", help="The number the parties file it under.")],
    indicator: Annotated[int, typer.Option("--indicator", min=0, max=255, help="Counts from 0.")] = 0,
    description: Annotated[str, typer.Option("--description", help="What is promised, in words.")] = "",
    every: Annotated[str | None, typer.Option("--every", help="It recurs each week, month, quarter or year …")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="T", help="… with the last due date by then.")] = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Offer a commitment, or one that recurs, as debtor; it binds when the creditor accepts it."""
    dates = _due_dates(parse_moment(due, "--due"), every, until)
    with session.ledger() as ledger:
        to = 0 if creditor == "all" else government_id(ledger, creditor)
        terms = tuple(
            CommitmentTerms(agreement, to, indicator, due_at, name, description)
            for due_at, name in zip(dates, numbered(reference, len(dates)), strict=True)
        )
        command_ = RegisterCommitment(terms[0]) if every is None else RegisterCommitments(terms)
        give(session, ledger, command_, signer_named(ledger, signer), yes=yes)


def _due_dates(due: int, every: str | None, until: str | None) -> tuple[int, ...]:
    if (every is None) != (until is None):
        raise InvalidInput("--every, --until", every or until, "both, or neither")
    if every is None or until is None:
        return (due,)
    return due_dates(due, Every(member_text("--every", every, list(Every))), parse_moment(until, "--until"))


@command(app, "accept")
def accept(
    session: Session,
    ids: Annotated[list[int], typer.Argument(metavar="ID...", min=1, help="The commitments' numbers.")],
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Accept, as creditor, commitments that debtors have offered; all or none."""
    with session.ledger() as ledger:
        give(session, ledger, AcceptCommitments(tuple(ids)), signer_named(ledger, signer), yes=yes)


@command(app, "evidence")
def evidence(
    session: Session,
    id: IdArgument,
    file: Annotated[Path | None, typer.Option("--file", metavar="FILE", help="The evidence; it stays here.")] = None,
    digest: Annotated[str | None, typer.Option("--digest", help="Its SHA-256, where the file is elsewhere.")] = None,
    locator: Annotated[str | None, typer.Option("--locator", help="Where those who may see it find it.")] = None,
    performed: Annotated[str | None, typer.Option("--performed", metavar="T", help="When; now by default.")] = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Lodge evidence that a commitment was kept. Only its digest and locator go on the chain."""
    content, where = reading.evidence(file, digest, locator)
    command_ = SubmitEvidence(id, content, where, reading.moment("--performed", performed))
    with session.ledger() as ledger:
        give(session, ledger, command_, signer_named(ledger, signer), yes=yes)


@command(app, "confirm")
def confirm(
    session: Session,
    id: IdArgument,
    kept: Annotated[str, typer.Option("--kept", metavar="PERCENT", help="To what degree, such as 62.5.")] = "100",
    performed: Annotated[
        str | None, typer.Option("--performed", metavar="T", help="When; as the newest evidence says by default.")
    ] = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Confirm, as creditor, to what degree a commitment was kept."""
    basis_points = reading.kept(kept)
    with session.ledger() as ledger:
        if performed is not None:
            performed_at = parse_moment(performed, "--performed")
        else:
            lodged = ledger.queries.evidence(id)
            performed_at = lodged[-1].performed_at if lodged else int(time.time())
        command_ = ConfirmCommitment(Confirmation(id, basis_points, performed_at))
        give(session, ledger, command_, signer_named(ledger, signer), yes=yes)
