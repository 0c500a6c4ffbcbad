"""Overdue commitments: reported, explained, put right, or determined to be broken; and repaired."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli import reading
from ledger.cli.giving import give, signer_named
from ledger.cli.government import government_id
from ledger.cli.options import AsOption, YesOption, command
from ledger.cli.records import record, show_record
from ledger.cli.session import Session
from ledger.domain.commands import (
    DetermineBreach,
    ExplainOverdue,
    RefuseRectification,
    RefuseRepair,
    RepairBreach,
    ReportOverdue,
    RequestRepair,
    SetRectification,
)
from ledger.domain.enums import BreachState, Severity
from ledger.domain.lifecycle import BREACH, possible
from ledger.domain.moments import parse_moment
from ledger.errors import NotFound
from ledger.store.projection.case_filters import BreachFilter
from ledger.store.projection.reads import LIMIT_MAX

app = typer.Typer(help="Overdue commitments, breaches of faith, and their repair.", no_args_is_help=True)

CommitmentArgument = Annotated[int, typer.Argument(metavar="COMMITMENT", min=1, help="The commitment's number.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in words.")]
FileOption = Annotated[
    Path | None, typer.Option("--file", metavar="FILE", help="What backs it; it stays here, its digest is recorded.")
]
DigestOption = Annotated[str | None, typer.Option("--digest", help="Its SHA-256, where the file is elsewhere.")]
LocatorOption = Annotated[str | None, typer.Option("--locator", help="Where those who may see it find it.")]


@command(app, "list")
def list_breaches(
    session: Session,
    debtor: Annotated[str | None, typer.Option("--debtor", metavar="G", help="Only what this one owed.")] = None,
    agreement: Annotated[int | None, typer.Option("--agreement", metavar="ID", help="Only under this one.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="Only reported, rectifying, determined … ones.")] = None,
    severity: Annotated[str | None, typer.Option("--severity", help="Only minor, general or serious ones.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=LIMIT_MAX, help="How many at most.")] = 200,
    after: Annotated[int, typer.Option("--after", metavar="COMMITMENT", min=0, help="Only those behind it.")] = 0,
) -> None:
    """Cases, by commitment."""
    chosen_state = None if state is None else reading.member("--state", state, BreachState)
    chosen_severity = None if severity is None else reading.member("--severity", severity, Severity)
    with session.ledger() as ledger:
        which = BreachFilter(
            debtor=None if debtor is None else government_id(ledger, debtor),
            agreement=agreement,
            state=chosen_state,
            severity=chosen_severity,
        )
        found = [record(row) for row in ledger.queries.breaches(which, after=(after,), limit=limit)]
        names = {id: row.name for id, row in ledger.queries.every_government().items()}
    session.out.document(found)
    columns = ("commitment", "debtor", "state", "severity", "reported", "determined", "published until")
    rows = [
        (each["commitment"], names.get(each["debtor"]), each["state"], each["severity"], each["reported_at"],
         each["determined_at"], each["published_until"])
        for each in found
    ]  # fmt: skip
    session.out.table("", columns, rows, right="commitment")


@command(app, "show")
def show(session: Session, commitment: CommitmentArgument) -> None:
    """One case, and what can be done next."""
    with session.ledger() as ledger:
        row = ledger.queries.breach(commitment)
        if row is None:
            raise NotFound("breach case of commitment", commitment)
    document = record(row) | {"possible": list(possible(BREACH, row.state))}
    session.out.document(document)
    show_record(session, document)


@command(app, "report")
def report(
    session: Session,
    commitment: CommitmentArgument,
    note: Annotated[str, typer.Option("--note", help="What was seen.")] = "",
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Report a commitment overdue, past its due date and grace. Anyone may."""
    with session.ledger() as ledger:
        give(session, ledger, ReportOverdue(commitment, note), signer_named(ledger, signer), yes=yes)


@command(app, "explain")
def explain(
    session: Session,
    commitment: CommitmentArgument,
    explanation: Annotated[str, typer.Option("--explanation", help="Why it is late, in words.")],
    file: FileOption = None,
    digest: DigestOption = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Explain, as debtor; that gives time to put right."""
    backed = reading.optional_digest(file, digest)
    with session.ledger() as ledger:
        give(session, ledger, ExplainOverdue(commitment, explanation, backed), signer_named(ledger, signer), yes=yes)


@command(app, "rectify-by")
def rectify_by(
    session: Session,
    commitment: CommitmentArgument,
    by: Annotated[str, typer.Option("--by", metavar="T", help="Last moment; a date is its last second.")],
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Set, as the competent body and once, by when it has to be put right."""
    moment = parse_moment(by, "--by")
    with session.ledger() as ledger:
        give(session, ledger, SetRectification(commitment, moment), signer_named(ledger, signer), yes=yes)


@command(app, "refuse-to-rectify")
def refuse_to_rectify(
    session: Session,
    commitment: CommitmentArgument,
    reason: ReasonOption,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Refuse, as debtor, to put right."""
    with session.ledger() as ledger:
        give(session, ledger, RefuseRectification(commitment, reason), signer_named(ledger, signer), yes=yes)


@command(app, "determine")
def determine(
    session: Session, commitment: CommitmentArgument, signer: AsOption = None, yes: YesOption = False
) -> None:
    """Determine the breach: the competent body when the debtor's time is over, anyone when the body's is too."""
    with session.ledger() as ledger:
        give(session, ledger, DetermineBreach(commitment), signer_named(ledger, signer), yes=yes)


@command(app, "request-repair")
def request_repair(
    session: Session,
    commitment: CommitmentArgument,
    file: FileOption = None,
    digest: DigestOption = None,
    locator: LocatorOption = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Ask for repair, as debtor, with proof that the fault was made good."""
    proof, where = reading.evidence(file, digest, locator)
    with session.ledger() as ledger:
        give(session, ledger, RequestRepair(commitment, proof, where), signer_named(ledger, signer), yes=yes)


@command(app, "repair")
def repair(session: Session, commitment: CommitmentArgument, signer: AsOption = None, yes: YesOption = False) -> None:
    """Grant repair, as the body whose determination stands, after the minimum period."""
    with session.ledger() as ledger:
        give(session, ledger, RepairBreach(commitment), signer_named(ledger, signer), yes=yes)


@command(app, "refuse-repair")
def refuse_repair(
    session: Session,
    commitment: CommitmentArgument,
    reason: ReasonOption,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Refuse repair that was asked for; it can be asked for again."""
    with session.ledger() as ledger:
        give(session, ledger, RefuseRepair(commitment, reason), signer_named(ledger, signer), yes=yes)
