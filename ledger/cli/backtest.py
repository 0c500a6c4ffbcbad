"""How well the score would have predicted the outcomes in a file; needs no ledger."""

from __future__ import annotations

import json
import time as clock
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import command
from ledger.cli.session import Session
from ledger.errors import InvalidInput
from ledger.importing.csvfile import Row, RowRejected, read_rows

if TYPE_CHECKING:
    from ledger.analysis.backtest import BacktestReport
    from ledger.analysis.rows import BacktestRow
    from ledger.analysis.selection import Selection
    from ledger.domain.policy import ScorePolicy

app = typer.Typer()

_FIGURES = ("auc", "auc_within", "brier", "log_loss", "ece", "coverage90")
RELIABILITY_FILE = "reliability.svg"
HISTORY_FILE = "score-history.svg"


@command(app, "backtest")
def backtest(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Commitments and outcomes; no ledger is needed.")],
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="A score policy; the product's own by default.")
    ] = None,
    select: Annotated[
        bool, typer.Option("--select", help="Choose parameters on the first half of the rows, report the second.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="POLICY.json", help="With --select: where to write the chosen one.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="DIR", help=f"Where to draw {RELIABILITY_FILE} and {HISTORY_FILE}."),
    ] = None,
) -> None:
    """How well the score would have predicted the outcomes in a file."""
    # numpy and matplotlib take a second to load, which no other command has a use for.
    from ledger.analysis.backtest import backtest as run
    from ledger.policies import default_policy, load_policy

    if out is not None and not select:
        typer.echo("intergov: --out needs --select: without it no policy is chosen", err=True)
        raise typer.Exit(2)
    if out is not None and not out.parent.is_dir():
        raise InvalidInput("--out", str(out), "a file in a folder that exists")
    chosen = default_policy() if policy is None else load_policy(policy)
    rows, rejected = _read(session, file)
    if select:
        from ledger.analysis.selection import select as choose

        with session.out.progress("choosing parameters"):
            selection = choose(rows, chosen)
        report, chosen = selection.after, selection.policy
        document = {**report.to_json(), "rejected": rejected, "selection": _selection(selection)}
    else:
        report = run(rows, chosen)
        document = {**report.to_json(), "rejected": rejected}
    if out is not None:
        _write(out, (json.dumps(chosen.to_mapping(), indent=2, ensure_ascii=False) + "\n").encode(), "--out")
    if plot is not None:
        document["pictures"] = _draw(plot, file.name, report, rows, chosen)
    session.out.document(document)
    _show(session, file, document)


def _read(session: Session, file: Path) -> tuple[list[BacktestRow], int]:
    from ledger.analysis.rows import BacktestRow

    rows: list[BacktestRow] = []
    rejected: list[RowRejected] = []
    for row in read_rows(file, int(clock.time())):
        if isinstance(row, RowRejected):
            rejected.append(row)
        else:
            rows.append(_backtest_row(row, BacktestRow))
    for each in rejected:
        session.out.note(str(each))
    if rejected and not rows:
        raise InvalidInput(f"back-test: {file.name}", f"{len(rejected)} rows, all rejected", "at least one row to use")
    return rows, len(rejected)


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


def _selection(selection: Selection) -> dict[str, Any]:
    return {
        "changed": {name: {"before": before, "after": after} for name, (before, after) in selection.changed.items()},
        "tried": selection.tried,
        "before": selection.before.to_json(),
        "policy": selection.policy.to_mapping(),
    }


def _write(path: Path, content: bytes, option: str) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InvalidInput(option, str(path), f"a file that can be written ({error.strerror})") from None


def _draw(
    folder: Path, name: str, report: BacktestReport, rows: list[BacktestRow], policy: ScorePolicy
) -> dict[str, str]:
    from ledger.analysis.pictures import history_picture, reliability_picture

    pictures = {
        "reliability": (folder / RELIABILITY_FILE, reliability_picture(report, name)),
        "history": (folder / HISTORY_FILE, history_picture(rows, policy, name)),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput("--plot", str(folder), f"a folder that can be made ({error.strerror})") from None
    for path, content in pictures.values():
        _write(path, content, "--plot")
    return {kind: str(path) for kind, (path, _) in pictures.items()}


def _show(session: Session, file: Path, document: dict[str, Any]) -> None:
    models = {"this score": document, **document["baselines"]}
    selection = document.get("selection")
    if selection is not None:
        models = {"this score, chosen": document, "as it was": selection["before"], **document["baselines"]}
    rows = [(name, *(_figure(model.get(figure)) for figure in _FIGURES)) for name, model in models.items()]
    title = f"{file.name}: {document['predicted']} of {document['rows']} rows predicted"
    if document["rejected"]:
        title += f", {document['rejected']} more rejected"
    session.out.table(title, ("", *_FIGURES), rows, right=" ".join(_FIGURES))
    if selection is not None:
        changed = [(name, each["before"], each["after"]) for name, each in selection["changed"].items()]
        session.out.table(
            f"Parameters chosen on the first half, {selection['tried']} policies tried",
            ("parameter", "before", "after"),
            changed,
            right="before after",
        )
    for path in document.get("pictures", {}).values():
        session.out.line(f"Drawn: {path}")


def _figure(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"
