"""Scores: the table, their history, what changed them, their sides, the reasons, and trust between two."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, NoReturn

import typer

from ledger.cli.options import AsOption, YesOption, command
from ledger.cli.output import part
from ledger.cli.score_runs import (
    CheckOption,
    LocatorOption,
    ProveOption,
    PublishOption,
    RunOption,
    RunPolicyOption,
    RunRequest,
    RunsOption,
)
from ledger.cli.score_tables import show_changes, show_history, show_prospects, show_sides, show_trust
from ledger.cli.session import Session
from ledger.domain.moments import parse_moment

app = typer.Typer()

REASONS_SHOWN = 20
WRONG_USAGE = 2


class TimeKind(StrEnum):
    """Which of the two times a report goes by."""

    RECORDED = "recorded"
    EFFECTIVE = "effective"


class Period(StrEnum):
    """How far apart the points of a history are."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class SideKind(StrEnum):
    """What the sides of a score are told apart by."""

    INDICATOR_KIND = "indicator-kind"
    INDICATOR = "indicator"
    AGREEMENT = "agreement"
    COUNTERPARTY = "counterparty"
    SERVICE_MODE = "service-mode"


AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="T", help="The moment: RFC 3339, or a date, which is its last second.")
]
TimeOption = Annotated[
    TimeKind,
    typer.Option("--time", help="By when facts were recorded on the ledger, or by when they came about."),
]


def _moment(text: str | None, option: str) -> int | None:
    return None if text is None else parse_moment(text, option)


@command(app, "score")
def score(
    session: Session,
    government: Annotated[
        str | None, typer.Option("--government", metavar="G", help="Only this one: scheme:value, id or name.")
    ] = None,
    as_of: AsOfOption = None,
    time: TimeOption = TimeKind.RECORDED,
    history: Annotated[bool, typer.Option("--history", help="The scores over time, up to the moment.")] = False,
    every: Annotated[
        Period | None, typer.Option("--every", help="With --history: one point per period; quarter by default.")
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="T", help="With --history: from when on; the beginning by default.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="T", help="What has changed the scores since then.")
    ] = None,
    by: Annotated[SideKind | None, typer.Option("--by", help="The scores from their sides.")] = None,
    publish: PublishOption = False,
    runs: RunsOption = False,
    check: CheckOption = None,
    prove: ProveOption = None,
    run: RunOption = None,
    policy: RunPolicyOption = None,
    locator: LocatorOption = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """The table of scores, best first; or their history, what changed them, their sides, or published runs."""
    request = RunRequest(publish, runs, check, prove, run, policy, locator, signer, yes)
    if sum((history, since is not None, by is not None, request.asked)) > 1:
        _misused("give only one of --history, --since, --by, --publish, --runs, --check and --prove")
    misuse = request.misuse(government=government, moment=as_of is not None or time is not TimeKind.RECORDED)
    if misuse is not None:
        _misused(misuse)
    if request.asked:
        request.carry_out(session, _moment(as_of, "--as-of"), time.value)
        return
    if not history and (every is not None or first is not None):
        _misused("--every and --from need --history")
    moment, begin, earlier = _moment(as_of, "--as-of"), _moment(first, "--from"), _moment(since, "--since")
    # They draw in the database layer, which `--help` has no use for.
    from ledger import score_reports

    with session.ledger() as ledger:
        reports = ledger.reports
        if history:
            period = every or Period.QUARTER
            document = score_reports.history(
                reports, government=government, every=period.value, first=begin, as_of=moment, time=time.value
            ).to_json()
        elif earlier is not None:
            document = score_reports.changes(
                reports, earlier, government=government, as_of=moment, time=time.value
            ).to_json()
        elif by is not None:
            document = score_reports.sides(
                reports, by.value, government=government, as_of=moment, time=time.value
            ).to_json()
        else:
            document = reports.scores(as_of=moment, time=time.value, government=government).to_json()
    session.out.document(document)
    if history:
        show_history(session, document)
    elif earlier is not None:
        show_changes(session, document, REASONS_SHOWN)
    elif by is not None:
        show_sides(session, document)
    else:
        show_scores(session, document)


def _misused(message: str) -> NoReturn:
    typer.echo(f"intergov: {message}", err=True)
    raise typer.Exit(WRONG_USAGE)


def show_scores(session: Session, document: dict[str, Any]) -> None:
    """The table of scores for people."""
    rows = [
        (
            place,
            each["name"],
            each["government"],
            part(each["score"]),
            f"{part(each['low'])}–{part(each['high'])}",
            each["settled"],
            each["standing"],
        )
        for place, each in enumerate(document["scores"], start=1)
    ]
    title = f"Credit scores 信用分 as of {document['as_of']} ({document['time']} time)"
    columns = ("", "name 名称", "government", "score 信用分", "interval 区间", "settled 已结", "standing 状态")
    session.out.table(title, columns, rows, right="score 信用分 settled 已结")


@command(app, "explain")
def explain(
    session: Session,
    government: Annotated[str, typer.Argument(metavar="GOVERNMENT", help="scheme:value, ledger id or name.")],
    as_of: AsOfOption = None,
    time: TimeOption = TimeKind.RECORDED,
    what_if: Annotated[
        bool, typer.Option("--what-if", help="Also what each open commitment would do, kept or broken.")
    ] = False,
) -> None:
    """One government's score with its reasons: base and points sum to the score exactly."""
    moment = _moment(as_of, "--as-of")
    from ledger import score_reports

    with session.ledger() as ledger:
        document = ledger.reports.explain(government, as_of=moment, time=time.value).to_json()
        if what_if:
            found = score_reports.prospects(ledger.reports, government, as_of=moment, time=time.value)
            document["what_would_change"] = found.to_json()["what_would_change"]
    session.out.document(document)
    show_scores(session, document)
    show_reasons(session, document)
    if what_if:
        show_prospects(session, document, REASONS_SHOWN)


@command(app, "trust")
def trust(
    session: Session,
    first: Annotated[str, typer.Argument(metavar="A", help="scheme:value, ledger id or name.")],
    second: Annotated[str, typer.Argument(metavar="B", help="scheme:value, ledger id or name.")],
    as_of: AsOfOption = None,
    time: TimeOption = TimeKind.RECORDED,
) -> None:
    """What two governments can expect of one another."""
    moment = _moment(as_of, "--as-of")
    from ledger import score_reports

    with session.ledger() as ledger:
        document = score_reports.trust(ledger.reports, first, second, as_of=moment, time=time.value).to_json()
    session.out.document(document)
    show_trust(session, document)


def show_reasons(session: Session, document: dict[str, Any], most: int = REASONS_SHOWN) -> None:
    """The reasons of a score for people, the weightiest first."""
    reasons = document["reasons"]
    rows = [
        (each["commitment"], part(each["points"], signed=True), f"{each['why']}\n{each['why_zh']}")
        for each in reasons[:most]
    ]
    if len(reasons) > most:
        rest = sum(each["points"] for each in reasons[most:])
        rows.append(("", part(rest, signed=True), f"{len(reasons) - most} more; all of them with --json"))
    session.out.line(f"Base 基准 {part(document['base'])}, and these reasons 计分理由:")
    session.out.table("", ("commitment 承诺", "points 分", "why 理由"), rows, right="points")
