"""
Choosing a policy's parameters by back-test, without fitting to what is reported.

Parameters are chosen on the first half of the rows (by due date, after the burn-in) and the second half is what one
reports. Only a few parameters are tried, each on a short list around its present value, one after the other: more
freedom would fit the noise of one file. The measure is the log loss, which punishes wrong order and wrong confidence
alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ledger.analysis.backtest import BURN_IN, SECOND_HALF, BacktestReport, backtest
from ledger.analysis.metrics import log_loss
from ledger.analysis.rows import BacktestError, BacktestRow, prepare
from ledger.analysis.vectorised import predict_fast
from ledger.domain.policy import LIMITS, ScorePolicy

FACTORS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "rating_gain_millionths": ((2, 3), (5, 6), (6, 5)),
    "rating_shrinkage_millionths": ((1, 2), (2, 1)),
    "rating_memory_half_life_days": ((1, 2), (2, 1), (4, 1)),
    "points_half_life_days": ((1, 2), (2, 1)),
    "difficulty_shrinkage_millionths": ((1, 2), (2, 1)),
    "difficulty_gain_millionths": ((1, 2), (5, 4)),
    "half_kept_credit_millionths": ((5, 8), (2, 1)),
}
"""What is tried: each parameter, in this order, at its present value times these fractions."""

PASSES = 2
"""How often the list is gone through; a later pass sees what an earlier one has chosen."""

_GAIN_LEAST = 1, 20_000
"""A candidate must improve the log loss by this fraction, else the present value stays: ties keep what is known."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The policy that was chosen, and how it and the present one do on the second half."""

    policy: ScorePolicy
    changed: Mapping[str, tuple[int, int]]
    """Parameter: (before, after)."""

    tried: int
    before: BacktestReport
    after: BacktestReport


def select(rows: Sequence[BacktestRow], policy: ScorePolicy, *, resamples: int = 200) -> Selection:
    """
    Choose parameters on the first half of the rows and report both policies on the second.

    Raises
    ------
    BacktestError
        No row, or too few with an outcome to leave any between the burn-in and the middle.
    """
    best = policy
    least = _first_half_loss(rows, policy)
    tried = 1
    for _ in range(PASSES):
        for name, factors in FACTORS.items():
            start = getattr(best, name)
            for numerator, denominator in factors:
                value = min(max(start * numerator // denominator, LIMITS[name][0]), LIMITS[name][1])
                candidate = replace(best, **{name: value})
                loss = _first_half_loss(rows, candidate)
                tried += 1
                if loss < least * (1 - _GAIN_LEAST[0] / _GAIN_LEAST[1]):
                    best, least = candidate, loss
    changed = {
        name: (getattr(policy, name), getattr(best, name))
        for name in FACTORS
        if getattr(policy, name) != getattr(best, name)
    }
    return Selection(
        policy=best,
        changed=changed,
        tried=tried,
        before=backtest(rows, policy, skip=SECOND_HALF, resamples=resamples),
        after=backtest(rows, best, skip=SECOND_HALF, resamples=resamples),
    )


def _first_half_loss(rows: Sequence[BacktestRow], policy: ScorePolicy) -> float:
    material = prepare(rows, policy)
    count = len(material.questions)
    first, last = (count * part // whole for part, whole in (BURN_IN, SECOND_HALF))
    questions = material.questions[first:last]
    answers = predict_fast(material.entries, questions, policy)
    loss = log_loss([answer.kept_nano for answer in answers], [question.kept for question in questions])
    if loss is None:
        raise BacktestError("selection: rows with an outcome", count, "enough for some between a fifth and a half")
    return loss
