"""
Pictures of a back-test, as SVG: is a promised rate kept, and how do scores move over time?

The same data gives the same bytes. Text stays text, so that a reader's own fonts show names in any script.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ledger.analysis.backtest import BacktestReport
from ledger.analysis.rows import BacktestRow, to_facts
from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring.fixed_point import NANO
from ledger.domain.scoring.history import ScorePoint, score_history

GOVERNMENTS_DRAWN = 10
"""Lines in one picture; more cannot be told apart."""

POINTS_DRAWN = 60
"""Moments per line."""

BANDS_DRAWN = 3
"""Up to so many lines are drawn with their interval."""

_MILLION = 1_000_000


def reliability_picture(report: BacktestReport, name: str) -> bytes:
    """
    Draw what was promised against what was kept, ten bins of predicted rate, as an SVG file.

    Bars below show how many rows each bin has: a bin of few rows may lie anywhere.
    """
    with _drawing() as figure:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        filled = [found for found in report.reliability if found.rows]
        promised = [found.predicted_nano / (found.rows * NANO) for found in filled]
        upper.plot([0, 1], [0, 1], color="0.6", linestyle="--", label="promised = kept")
        upper.plot(promised, [found.kept / found.rows for found in filled], marker="o", label="this score")
        error = report.figures.ece
        shown = "none" if error is None else f"{error:.3f}"
        upper.set_title(f"{name}: {report.predicted} rows predicted, calibration error {shown}")
        upper.set_ylabel("share kept")
        upper.set_ylim(0, 1)
        upper.legend(loc="upper left")
        lower.bar(promised, [found.rows for found in filled], width=0.05)
        lower.set_ylabel("rows")
        lower.set_xlabel("predicted rate")
        lower.set_xlim(0, 1)
        return _svg(figure)


def history_picture(rows: Sequence[BacktestRow], policy: ScorePolicy, name: str) -> bytes:
    """Draw the scores of the governments with most outcomes over time, as an SVG file; rows as for `backtest`."""
    names, facts = to_facts(rows)
    resolved = [fact.resolved_at for fact in facts if fact.resolved_at is not None]
    counts = [0] * len(names)
    for fact in facts:
        counts[fact.debtor] += fact.resolved_at is not None
    drawn = sorted(range(len(names)), key=lambda debtor: (-counts[debtor], debtor))[:GOVERNMENTS_DRAWN]
    with _drawing() as figure:
        axes = figure.subplots()
        if resolved:
            _draw_lines(axes, score_history(facts, policy, _moments(min(resolved), max(resolved)), drawn), names)
        axes.set_title(f"{name}: scores over time, the {len(drawn)} governments with most outcomes")
        axes.set_ylabel("score")
        axes.set_ylim(0, 1)
        return _svg(figure)


def _draw_lines(axes: Axes, history: dict[int, tuple[ScorePoint, ...]], names: Sequence[str]) -> None:
    for debtor, points in history.items():
        moments, scores, low, high, base = _columns(points)
        # A name that begins with an underscore would be left out of the legend.
        (line,) = axes.plot(moments, scores, label=names[debtor].lstrip("_") or "unnamed")
        if len(history) <= BANDS_DRAWN:
            axes.fill_between(moments, low, high, color=line.get_color(), alpha=0.12)
    # All governments have the same base.
    axes.plot(moments, base, color="0.4", linestyle="--", label="base")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))


def _columns(points: Sequence[ScorePoint]) -> tuple[NDArray[Any], ...]:
    moments = np.asarray([point.as_of for point in points], dtype="datetime64[s]")
    parts = [[point.score, point.low, point.high, point.base] for point in points]
    return (moments, *(np.asarray(parts, dtype=np.float64).T / _MILLION))


def _moments(first: int, last: int) -> list[int]:
    """Evenly spaced moments, both ends included."""
    span = last - first
    return sorted({first + span * place // POINTS_DRAWN for place in range(1, POINTS_DRAWN + 1)})


@contextmanager
def _drawing() -> Iterator[Figure]:
    # Names are no formulas, whatever dollar signs they hold.
    style = rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": "intergov-ledger", "text.parse_math": False, "font.size": 9}
    )
    with style, warnings.catch_warnings():
        # Only the width of a text is measured with the built-in font; the reader's own has the character.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield Figure(figsize=(8, 5), layout="constrained")


def _svg(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    # A date of drawing would make every file another.
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "intergov-ledger"})
    return buffer.getvalue()
