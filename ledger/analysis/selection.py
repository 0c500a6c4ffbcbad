"""
Choosing a policy's parameters by back-test, without fitting to what is reported.

Parameters are chosen on the first half of the rows (by due date, after the burn-in) and the second half is what one
reports. Only a few parameters are tried, each on a short list around its present value, one after the other: more
freedom would fit the noise of one file. The measure is the log loss, which punishes wrong order and wrong confidence
alike. A value is changed only where the gain exceeds one standard error of itself, taken over governments: what is
smaller than its own noise is not known to be a gain at all, and would as soon be a loss on other rows. With one
government there is no such error, and nothing is changed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ledger.analysis.backtest import BURN_IN, SECOND_HALF, BacktestReport, backtest
from ledger.analysis.metrics import log_losses
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
    least = _first_half(rows, policy)
    tried = 1
    for _ in range(PASSES):
        for name, factors in FACTORS.items():
            start = getattr(best, name)
            for numerator, denominator in factors:
                value = min(max(start * numerator // denominator, LIMITS[name][0]), LIMITS[name][1])
                candidate = replace(best, **{name: value})
                losses = _first_half(rows, candidate)
                tried += 1
                if _clearly_less(losses, least):
                    best, least = candidate, losses
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


@dataclass(frozen=True, slots=True)
class _Losses:
    """The log loss of every row of the first half, and whose row it is."""

    values: Sequence[float]
    debtors: Sequence[int]


def _first_half(rows: Sequence[BacktestRow], policy: ScorePolicy) -> _Losses:
    material = prepare(rows, policy)
    count = len(material.questions)
    first, last = (count * part // whole for part, whole in (BURN_IN, SECOND_HALF))
    questions = material.questions[first:last]
    if not questions:
        raise BacktestError("selection: rows with an outcome", count, "enough for some between a fifth and a half")
    answers = predict_fast(material.entries, questions, policy)
    losses = log_losses([answer.kept_nano for answer in answers], [question.kept for question in questions])
    return _Losses(losses, [question.debtor for question in questions])


def _clearly_less(losses: _Losses, than: _Losses) -> bool:
    """Say whether the gain over all rows exceeds its standard error, with governments as the units that vary."""
    gains: dict[int, list[float]] = {}
    for debtor, new, old in zip(losses.debtors, losses.values, than.values, strict=True):
        gains.setdefault(debtor, []).append(old - new)
    by_government = [math.fsum(each) for each in gains.values()]
    count, total = len(by_government), math.fsum(by_government)
    if count < 2 or total <= 0:
        return False
    scatter = math.fsum((each - total / count) ** 2 for each in by_government)
    return total > math.sqrt(scatter * count / (count - 1))
