"""Scores, their reasons, and how well they predict."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import command
from ledger.cli.output import part
from ledger.cli.session import Session
from ledger.domain.moments import parse_moment
from ledger.importing.csvfile import Row, RowRejected, read_rows

if TYPE_CHECKING:
    from ledger.analysis.rows import BacktestRow

app = typer.Typer()

REASONS_SHOWN = 20


class TimeKind(StrEnum):
    """Which of the two times a report goes by."""

    RECORDED = "recorded"
    EFFECTIVE = "effective"


AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="T", help="The moment: RFC 3339, or a date, which is its last second.")
]
TimeOption = Annotated[
    TimeKind,
    typer.Option("--time", help="By when facts were recorded on the ledger, or by when they came about."),
]


@command(app, "score")
def score(
    session: Session,
    government: Annotated[
        str | None, typer.Option("--government", metavar="G", help="Only this one: scheme:value, id or name.")
    ] = None,
    as_of: AsOfOption = None,
    time: TimeOption = TimeKind.RECORDED,
) -> None:
    """The table of scores, best first."""
    moment = None if as_of is None else parse_moment(as_of, "--as-of")
    with session.ledger() as ledger:
        document = ledger.reports.scores(as_of=moment, time=time.value, government=government).to_json()
    session.out.document(document)
    show_scores(session, document)


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
) -> None:
    """One government's score with its reasons: base and points sum to the score exactly."""
    moment = None if as_of is None else parse_moment(as_of, "--as-of")
    with session.ledger() as ledger:
        document = ledger.reports.explain(government, as_of=moment, time=time.value).to_json()
    session.out.document(document)
    show_scores(session, document)
    show_reasons(session, document)


def show_reasons(session: Session, document: dict[str, Any], most: int = REASONS_SHOWN) -> None:
    """The reasons of a score for people, the weightiest first."""
    reasons = document["reasons"]
    rows = [(each["commitment"], part(each["points"], signed=True), each["why"]) for each in reasons[:most]]
    if len(reasons) > most:
        rest = sum(each["points"] for each in reasons[most:])
        rows.append(("", part(rest, signed=True), f"{len(reasons) - most} more; all of them with --json"))
    session.out.line(f"Base 基准 {part(document['base'])}, and these reasons 计分理由:")
    session.out.table("", ("commitment 承诺", "points 分", "why 理由"), rows, right="points")


@command(app, "backtest")
def backtest(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Commitments and outcomes; no ledger is needed.")],
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="A score policy; the product's own by default.")
    ] = None,
) -> None:
    """How well the score would have predicted the outcomes in a file."""
    import time as clock

    from ledger.analysis.backtest import backtest as run
    from ledger.analysis.rows import BacktestRow
    from ledger.policies import default_policy, load_policy

    rows: list[BacktestRow] = []
    rejected: list[RowRejected] = []
    for row in read_rows(file, int(clock.time())):
        if isinstance(row, RowRejected):
            rejected.append(row)
        else:
            rows.append(_backtest_row(row, BacktestRow))
    for each in rejected:
        session.out.note(str(each))
    document = run(rows, default_policy() if policy is None else load_policy(policy)).to_json()
    session.out.document(document)
    _show_backtest(session, file, document)


def _backtest_row(row: Row, kind: type[BacktestRow]) -> BacktestRow:
    return kind(
        government=row.government,
        forum=row.forum,
        commitment=row.commitment_id,
        made_at=row.made_at,
        due_at=row.due_at,
        resolved_at=row.resolved_at,
        outcome_basis_points=row.outcome_basis_points,
        weight_millionths=row.weight_millionths,
    )


_FIGURES = ("auc", "auc_within", "brier", "log_loss", "ece", "coverage90")


def _show_backtest(session: Session, file: Path, document: dict[str, Any]) -> None:
    models = {"this score": document, **document["baselines"]}
    rows = [(name, *(_figure(model.get(figure)) for figure in _FIGURES)) for name, model in models.items()]
    title = f"{file.name}: {document['predicted']} of {document['rows']} rows predicted"
    session.out.table(title, ("", *_FIGURES), rows, right=" ".join(_FIGURES))


def _figure(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"
