"""
The back-test: would the score have known beforehand?

Target: the commitment was fulfilled; one kept in part was not. Rows stand in order of their due date and the first
fifth is burn-in. Each later row is predicted at its due date, or at its resolution if that came earlier, from nothing
but what had been resolved strictly before. What peers did with the same commitment is used only if it was known at that
moment: with look-ahead the AUC would jump, which is how one would notice.

Beside the score's model stand two baselines, the global rate and the shrunken mean, under the same rules. Intervals are
bootstrapped over governments, not rows, because rows of one government are not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ledger.analysis.bootstrap import bootstrap
from ledger.analysis.metrics import (
    CalibrationBin,
    Figures,
    area_under_curve,
    area_within,
    brier_score,
    calibration,
    calibration_error,
    log_loss,
)
from ledger.analysis.rows import BacktestRow, Material, Question, prepare
from ledger.analysis.vectorised import predict_fast
from ledger.analysis.walk_forward import Prediction, predict_baselines
from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring.intervals import keep_count_interval
from ledger.domain.scoring.model import beta_shapes

COVERAGE_OUTCOMES_MIN = 10
"""Government-years with fewer outcomes are not asked for their interval: luck alone would fill it."""

BURN_IN = (1, 5)
"""The share of rows, by due date, that is learned from and not predicted."""

SECOND_HALF = (1, 2)
"""The share that parameters may be chosen on; what follows is reported."""

Predictor = Callable[[Sequence[Any], Sequence[Question], ScorePolicy], list[Prediction]]


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """What a back-test found."""

    rows: int
    """All rows given, also those without an outcome."""

    predicted: int
    """Rows predicted and compared."""

    governments: int
    figures: Figures
    baselines: Mapping[str, Figures]
    """`global` and `shrunk`."""

    intervals: Mapping[str, tuple[float, float] | None]
    """90 % bootstrap intervals of the figures, clustered by government."""

    reliability: tuple[CalibrationBin, ...]
    policy_digest: str

    def to_json(self) -> dict[str, Any]:
        """Return the report as `intergov backtest --json` prints it."""
        return {
            "rows": self.rows,
            "predicted": self.predicted,
            **self.figures.to_json(),
            "baselines": {name: figures.to_json() for name, figures in self.baselines.items()},
            "bootstrap90": {
                name: None if found is None else [round(found[0], 6), round(found[1], 6)]
                for name, found in self.intervals.items()
            },
            "governments": self.governments,
            "policy_digest": self.policy_digest,
        }


def backtest(
    rows: Sequence[BacktestRow],
    policy: ScorePolicy,
    *,
    skip: tuple[int, int] = BURN_IN,
    resamples: int = 200,
    predictor: Predictor = predict_fast,
) -> BacktestReport:
    """
    Predict every row after the first `skip` (numerator, denominator) and compare with what happened.

    Raises
    ------
    BacktestError, ScoringError
        No row, a repeated one, or one out of range (`ledger.analysis.rows.prepare`).
    """
    material = prepare(rows, policy)
    first = len(material.questions) * skip[0] // skip[1]
    questions = material.questions[first:]
    answers = predictor(material.entries, questions, policy)
    global_answers, shrunk_answers = predict_baselines(material.entries, questions)
    groups = [question.keys[-1] for question in questions]
    return BacktestReport(
        rows=material.rows,
        predicted=len(questions),
        governments=len(material.governments),
        figures=figures_of(questions, answers, policy),
        baselines={
            "global": figures_of(questions, global_answers, policy),
            "shrunk": figures_of(questions, shrunk_answers, policy),
        },
        intervals=bootstrap(
            [answer.kept_nano for answer in answers],
            [question.kept for question in questions],
            [question.debtor for question in questions],
            groups,
            resamples,
        ),
        reliability=calibration([answer.kept_nano for answer in answers], [question.kept for question in questions]),
        policy_digest=policy.digest.hex(),
    )


def figures_of(questions: Sequence[Question], answers: Sequence[Prediction], policy: ScorePolicy) -> Figures:
    """Compare answers with what happened."""
    predicted = [answer.kept_nano for answer in answers]
    kept = [question.kept for question in questions]
    return Figures(
        auc=area_under_curve(predicted, kept),
        auc_within=area_within(predicted, kept, [question.keys[-1] for question in questions]),
        brier=brier_score(predicted, kept),
        log_loss=log_loss(predicted, kept),
        ece=calibration_error(predicted, kept),
        coverage90=coverage(questions, answers, policy),
    )


def coverage(questions: Sequence[Question], answers: Sequence[Prediction], policy: ScorePolicy) -> float | None:
    """
    Return how often the interval of a government-year held the number of commitments it kept.

    A year is that of the due date. The interval is the beta-binomial one of the score, for the year's number of
    outcomes, around the mean of its predictions, with the knowledge there was at the year's first prediction.
    """
    years: dict[tuple[int, int], list[int]] = {}
    for place, question in enumerate(questions):
        year = datetime.fromtimestamp(question.due_at, UTC).year
        years.setdefault((question.debtor, year), []).append(place)
    covered = asked = 0
    for places in years.values():
        if len(places) < COVERAGE_OUTCOMES_MIN:
            continue
        mean = sum(answers[place].kept_nano for place in places) // (1_000 * len(places))
        earliest = min(places, key=lambda place: (questions[place].moment, place))
        kept_shape, failed_shape = beta_shapes(mean, answers[earliest].count_millionths, policy)
        low, high = keep_count_interval(len(places), kept_shape, failed_shape, policy.interval_level_millionths)
        asked += 1
        covered += low <= sum(questions[place].kept for place in places) <= high
    return covered / asked if asked else None


__all__ = ["BURN_IN", "SECOND_HALF", "BacktestReport", "BacktestRow", "Material", "backtest", "coverage", "figures_of"]
