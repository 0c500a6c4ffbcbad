"""Discipline for breaches, incentives for keeping faith, and the standing that follows."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from ledger.cli import reading
from ledger.cli.giving import give, signer_named
from ledger.cli.government import GovernmentArgument, government_id
from ledger.cli.options import AsOption, YesOption, command
from ledger.cli.records import record, show_record
from ledger.cli.session import Session
from ledger.domain.commands import GrantIncentive, ImposeMeasure, LiftMeasure, RevokeIncentive
from ledger.domain.enums import Incentive, Measure
from ledger.domain.moments import format_moment, parse_moment
from ledger.domain.terms import IncentiveTerms, MeasureTerms
from ledger.store.projection.case_filters import IncentiveFilter, MeasureFilter
from ledger.store.projection.reads import LIMIT_MAX

app = typer.Typer(
    help="Measures against those who break faith, incentives for those who keep it.", no_args_is_help=True
)

ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in words.")]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="T", help="First second; when it is recorded, by default.")
]
UntilOption = Annotated[str, typer.Option("--until", metavar="T", help="First second at which it is over.")]


@command(app, "list")
def list_discipline(
    session: Session,
    government: Annotated[str | None, typer.Option("--government", metavar="G", help="Only of this one.")] = None,
    body: Annotated[str | None, typer.Option("--body", metavar="G", help="Only by this one.")] = None,
) -> None:
    """Measures and incentives."""
    with session.ledger() as ledger:
        whose = None if government is None else government_id(ledger, government)
        by = None if body is None else government_id(ledger, body)
        measures = [record(row) for row in ledger.queries.measures(MeasureFilter(whose, by), limit=LIMIT_MAX)]
        incentives = [record(row) for row in ledger.queries.incentives(IncentiveFilter(whose, by), limit=LIMIT_MAX)]
        names = {id: row.name for id, row in ledger.queries.every_government().items()}
    session.out.document({"measures": measures, "incentives": incentives})
    columns = ("id", "government", "what", "from", "until", "by", "ended early", "reason")
    for title, found, kind, end in (
        ("Measures 惩戒措施", measures, "measure", "lifted_at"),
        ("Incentives 激励措施", incentives, "incentive", "revoked_at"),
    ):
        rows = [
            (each["id"], names.get(each["government"]), each[kind], each["starts_at"], each["ends_at"],
             names.get(each["body"]), each[end], each["reason"])
            for each in found
        ]  # fmt: skip
        session.out.table(title, columns, rows, right="id")


@command(app, "standing")
def standing(
    session: Session,
    government: GovernmentArgument,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="T", help="Now by default.")] = None,
) -> None:
    """How a government stands: good, watched, disciplined or repaired; and what limits it."""
    moment = int(time.time()) if as_of is None else parse_moment(as_of, "--as-of")
    with session.ledger() as ledger:
        row = ledger.reports.resolve_government(government)
        book = ledger.queries.case_book()
    limit = book.restricted(row.id, moment)
    found = {
        "government": row.identifier,
        "name": row.name,
        "as_of": format_moment(moment),
        "standing": book.standing(row.id, moment).value,
        "restricted_by": None if limit is None else limit.id,
        "restricted_until": None if limit is None else format_moment(limit.ends_at),
    }
    session.out.document(found)
    show_record(session, found)


@command(app, "impose")
def impose(
    session: Session,
    commitment: Annotated[int, typer.Argument(metavar="COMMITMENT", min=1, help="The commitment that was broken.")],
    measure: Annotated[
        str, typer.Option("--measure", help="loss-of-honours, limit-on-new-agreements or notice-to-superior.")
    ],
    until: UntilOption,
    reason: ReasonOption,
    since: FromOption = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Impose a measure for a published breach, as the body whose determination stands."""
    terms = MeasureTerms(
        commitment=commitment,
        measure=reading.member("--measure", measure, Measure),
        starts_at=0 if since is None else parse_moment(since, "--from"),
        ends_at=parse_moment(until, "--until"),
        reason=reason,
    )
    with session.ledger() as ledger:
        give(session, ledger, ImposeMeasure(terms), signer_named(ledger, signer), yes=yes)


@command(app, "lift")
def lift(
    session: Session,
    id: Annotated[int, typer.Argument(metavar="ID", min=1, help="The measure's number.")],
    reason: ReasonOption,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """End a measure early, as the body that imposed it."""
    with session.ledger() as ledger:
        give(session, ledger, LiftMeasure(id, reason), signer_named(ledger, signer), yes=yes)


@command(app, "grant")
def grant(
    session: Session,
    government: GovernmentArgument,
    incentive: Annotated[
        str, typer.Option("--incentive", help="lighter-deposit, shorter-confirmation or priority-in-new-agreements.")
    ],
    until: UntilOption,
    reason: ReasonOption,
    since: FromOption = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Grant an incentive, as a coordinating body with jurisdiction, to a government of good standing."""
    chosen = reading.member("--incentive", incentive, Incentive)
    starts_at = 0 if since is None else parse_moment(since, "--from")
    ends_at = parse_moment(until, "--until")
    with session.ledger() as ledger:
        terms = IncentiveTerms(government_id(ledger, government), chosen, starts_at, ends_at, reason)
        give(session, ledger, GrantIncentive(terms), signer_named(ledger, signer), yes=yes)


@command(app, "revoke")
def revoke(
    session: Session,
    id: Annotated[int, typer.Argument(metavar="ID", min=1, help="The incentive's number.")],
    reason: ReasonOption,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Take an incentive back, as the body that granted it."""
    with session.ledger() as ledger:
        give(session, ledger, RevokeIncentive(id, reason), signer_named(ledger, signer), yes=yes)
