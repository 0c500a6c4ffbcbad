"""
The walk of `ledger.domain.scoring.replay`, one batch at a time on columns; the same integers, many times faster where
batches are large.

Every step is the reference's step, in the reference's order, with the same rounding; a property test compares them. The
walk itself cannot be vectorised over time, because each expectation needs what was learned before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ledger.analysis.columns import OutcomeColumns, QuestionColumns, to_columns
from ledger.analysis.fixed_point_arrays import Integers, decays, multiply_divide, probabilities, sums
from ledger.analysis.rows import Question
from ledger.analysis.walk_forward import Prediction, predict
from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring.fixed_point import NANO, decay, log_odds
from ledger.domain.scoring.replay import (
    COUNT_MAX_MILLIONTHS,
    DAY_SECONDS,
    DIFFICULTY_MAX_NANO,
    LEVELS,
    MILLION,
    SHARED_LEVELS,
    WORLD_LEVELS,
    Entry,
)


def _zeros(size: int) -> Integers:
    return np.zeros(size, dtype=np.int64)


@dataclass(slots=True)
class _Averages:
    """Values, effective counts and days of many learning summands."""

    values: Integers
    counts: Integers
    days: Integers

    @classmethod
    def of(cls, size: int) -> _Averages:
        return cls(_zeros(size), _zeros(size), _zeros(size))


@dataclass(slots=True)
class ColumnWalk:
    """The state of a walk over columns, and what each outcome did."""

    outcomes: OutcomeColumns
    policy: ScorePolicy
    governments: int
    sizes: tuple[int, ...]
    """How many difficulties there are on each level, those that are only asked about included."""

    logit_nano: Integers = field(init=False)
    """Each outcome's contribution to its debtor's rating when it came."""

    expected_nano: Integers = field(init=False)
    """Each outcome's expected credit."""

    difficulties: list[_Averages] = field(init=False)
    ratings: _Averages = field(init=False)
    settled: int = field(init=False, default=0)
    """How many outcomes have been settled."""

    _counterparties: _Averages = field(init=False)
    _own: list[tuple[Integers, Integers, Integers] | None] = field(init=False)
    """Per level: number of the pair (difficulty, debtor) by outcome, weight by pair, weight by difficulty."""

    _ordinary: tuple[int, int, int] = field(init=False, default=(0, 0, 0))
    _unkept: tuple[int, int] = field(init=False, default=(0, 0))
    _prior_nano: int = field(init=False)

    def __post_init__(self) -> None:
        """Lay out the arrays."""
        outcomes = self.outcomes
        self.logit_nano, self.expected_nano = _zeros(len(outcomes)), _zeros(len(outcomes))
        self.difficulties = [_Averages.of(size) for size in self.sizes]
        self.ratings = _Averages.of(self.governments)
        pairs = int(outcomes.counterparty.max()) + 1 if len(outcomes) else 0
        self._counterparties = _Averages.of(pairs)
        self._own = [
            _own_pairs(outcomes, level, size, self.governments) if name in SHARED_LEVELS else None
            for level, (name, size) in enumerate(zip(LEVELS, self.sizes, strict=True))
        ]
        self._prior_nano = log_odds(self.policy.base_prior_millionths * 1_000)

    def settle_before(self, moment: int | None) -> None:
        """Settle all outcomes that came strictly before a moment; None means all there are."""
        moments = self.outcomes.moment
        end = len(moments) if moment is None else int(np.searchsorted(moments, moment, side="left"))
        if end <= self.settled:
            return
        ahead = moments[self.settled : end]
        starts = np.flatnonzero(np.diff(ahead)) + self.settled + 1
        for first, last in zip((self.settled, *starts.tolist()), (*starts.tolist(), end), strict=True):
            self._settle(slice(first, last), int(moments[first]) // DAY_SECONDS)
        self.settled = end

    def expect(self, keys: Sequence[Integers], debtors: Integers, day: int) -> Integers:
        """Return the probabilities, in nanos, that commitments are kept whole."""
        return probabilities(self._difficulty(keys) + self._rating(debtors, day))

    def rating_counts(self, debtors: Integers, day: int) -> Integers:
        """Return the effective counts behind governments' ratings on a day, in millionths."""
        ratings = self.ratings
        return decays(ratings.counts[debtors], day - ratings.days[debtors], self.policy.rating_memory_half_life_days)

    def ordinary_difficulty(self, day: int) -> int:
        """Return the average difficulty of the commitments settled lately, in nano-logits."""
        value, count = self._ordinary_on(day)
        shrinkage = self.policy.difficulty_shrinkage_millionths
        return (value * MILLION + shrinkage * self._prior_nano) // (count + shrinkage)

    def _difficulty(self, keys: Sequence[Integers]) -> Integers:
        total = np.full(len(keys[0]), self._prior_nano, dtype=np.int64)
        for averages, key in zip(self.difficulties, keys, strict=False):
            total += averages.values[key]
        return total

    def _rating(self, debtors: Integers, day: int) -> Integers:
        ratings = self.ratings
        return decays(ratings.values[debtors], day - ratings.days[debtors], self.policy.points_half_life_days)

    def _ordinary_on(self, day: int) -> tuple[int, int]:
        value, count, since = self._ordinary
        half_life = self.policy.rating_memory_half_life_days
        return decay(value, day - since, half_life), decay(count, day - since, half_life)

    def _settle(self, batch: slice, day: int) -> None:
        outcomes = self.outcomes
        debtors = outcomes.debtor[batch]
        keys = [column[batch] for column in outcomes.keys]
        rating = self._rating(debtors, day)
        damped = self._damped_weights(batch, day)
        for level in range(len(LEVELS)):
            self._learn_level(batch, damped, level, probabilities(self._difficulty(keys) + rating), day)
        value, count = self._ordinary_on(day)
        value += int(np.sum(multiply_divide(damped, self._difficulty(keys[:WORLD_LEVELS]), MILLION)))
        self._ordinary = (value, count + int(np.sum(damped)), day)
        self._learn_ratings(batch, damped, probabilities(self._difficulty(keys) + rating), day)
        unkept = outcomes.kept[batch] == 0
        credit, number = self._unkept
        self._unkept = (
            credit + int(np.sum(outcomes.credit_nano[batch][unkept])),
            number + int(np.count_nonzero(unkept)),
        )

    def _learn_level(self, batch: slice, damped: Integers, level: int, expected: Integers, day: int) -> None:
        policy, outcomes = self.policy, self.outcomes
        own = self._own[level]
        weights = damped if own is None else outcomes.weight_millionths[batch]
        touched, place = np.unique(outcomes.keys[level][batch], return_inverse=True)
        weight = sums(place, weights, len(touched))
        moving = weights
        if own is not None:
            pairs, own_counts, total_counts = own
            np.add.at(own_counts, pairs[batch], weights)
            total_counts[touched] += weight
            share = multiply_divide(own_counts[pairs[batch]], MILLION, total_counts[touched][place])
            moving = weights * (MILLION - share) // MILLION
        surprise = sums(place, moving * (outcomes.kept[batch] * NANO - expected) // MILLION, len(touched))
        capacity = policy.difficulty_batch_capacity_millionths
        counted = multiply_divide(weight, capacity, weight + capacity)
        surprise = multiply_divide(surprise, capacity, weight + capacity)
        reference = LEVELS[level] == "reference"
        shrinkage = policy.reference_shrinkage_millionths if reference else policy.difficulty_shrinkage_millionths
        averages = self.difficulties[level]
        earlier = decays(averages.counts[touched], day - averages.days[touched], policy.difficulty_half_life_days)
        counts = np.minimum(earlier + counted, COUNT_MAX_MILLIONTHS)
        steps = multiply_divide(surprise, policy.difficulty_gain_millionths, counts + shrinkage)
        averages.counts[touched], averages.days[touched] = counts, day
        averages.values[touched] = np.clip(averages.values[touched] + steps, -DIFFICULTY_MAX_NANO, DIFFICULTY_MAX_NANO)

    def _learn_ratings(self, batch: slice, damped: Integers, kept_nano: Integers, day: int) -> None:
        policy, outcomes = self.policy, self.outcomes
        weights = damped * outcomes.repair_share_millionths[batch] // MILLION
        shrinkage = policy.difficulty_shrinkage_millionths
        credit, number = self._unkept
        prior = policy.partial_prior_millionths * 1_000
        unkept = (credit * MILLION + prior * shrinkage) // (number * MILLION + shrinkage)
        expected = kept_nano + (NANO - kept_nano) * unkept // NANO
        surprise = weights * (outcomes.credit_nano[batch] - expected) // MILLION
        touched, place = np.unique(outcomes.debtor[batch], return_inverse=True)
        added = sums(place, weights, len(touched))
        counts = np.minimum(self.rating_counts(touched, day) + added, COUNT_MAX_MILLIONTHS)
        divisors = (counts + policy.rating_shrinkage_millionths)[place]
        steps = multiply_divide(surprise, policy.rating_gain_millionths, divisors)
        values = self._rating(touched, day) + sums(place, steps, len(touched))
        ratings = self.ratings
        ratings.values[touched], ratings.counts[touched], ratings.days[touched] = values, counts, day
        self.logit_nano[batch], self.expected_nano[batch] = steps, expected

    def _damped_weights(self, batch: slice, day: int) -> Integers:
        policy, outcomes, parties = self.policy, self.outcomes, self._counterparties
        weights = outcomes.weight_millionths[batch]
        touched, place = np.unique(outcomes.counterparty[batch], return_inverse=True)
        earlier = decays(parties.counts[touched], day - parties.days[touched], policy.counterparty_half_life_days)
        counts = np.minimum(earlier + sums(place, weights, len(touched)), COUNT_MAX_MILLIONTHS)
        parties.counts[touched], parties.days[touched] = counts, day
        capacities = policy.counterparty_capacity_millionths * outcomes.others[batch]
        return multiply_divide(weights, capacities, capacities + counts[place])


def _own_pairs(
    outcomes: OutcomeColumns, level: int, size: int, governments: int
) -> tuple[Integers, Integers, Integers]:
    codes = outcomes.keys[level] * governments + outcomes.debtor
    distinct, pairs = np.unique(codes, return_inverse=True)
    return pairs.astype(np.int64), _zeros(len(distinct)), _zeros(size)


def fold(
    debtors: Integers, days: Integers, logit_nano: Integers, base_logit: int, day: int, policy: ScorePolicy, size: int
) -> Integers:
    """Return every government's score, in millionths, from the contributions of its outcomes: the final fold."""
    faded = decays(logit_nano, day - days, policy.points_half_life_days)
    ratings = sums(debtors, faded, size)
    return (probabilities(ratings + base_logit) + 500) // 1_000


def predict_vectorised(
    entries: Sequence[Entry], questions: Sequence[Question], policy: ScorePolicy
) -> list[Prediction]:
    """Answer the questions as `ledger.analysis.walk_forward.predict` does, to the last integer."""
    outcomes, asked = to_columns(entries, questions)
    walk = ColumnWalk(outcomes, policy, _size(outcomes.debtor, asked.debtor), _sizes(outcomes, asked))
    kept, counts = _zeros(len(questions)), _zeros(len(questions))
    order = np.argsort(asked.moment, kind="stable")
    starts: NDArray[np.intp] = np.flatnonzero(np.diff(asked.moment[order])) + 1
    for places in np.split(order, starts):
        if not len(places):
            continue
        moment = int(asked.moment[places[0]])
        walk.settle_before(moment)
        debtors = asked.debtor[places]
        kept[places] = walk.expect([column[places] for column in asked.keys], debtors, moment // DAY_SECONDS)
        counts[places] = walk.rating_counts(debtors, moment // DAY_SECONDS)
    return [Prediction(*pair) for pair in zip(kept.tolist(), counts.tolist(), strict=True)]


BATCH_MEAN_MIN = 24
"""From this many outcomes per moment on columns are faster than single steps."""


def predict_fast(entries: Sequence[Entry], questions: Sequence[Question], policy: ScorePolicy) -> list[Prediction]:
    """Answer the questions by whichever of the two equal ways is faster for these outcomes."""
    moments = len({entry.resolved_at for entry in entries}) + len({question.moment for question in questions})
    fast = len(entries) + len(questions) >= BATCH_MEAN_MIN * moments
    return (predict_vectorised if fast else predict)(entries, questions, policy)


def _size(*columns: Integers) -> int:
    return max((int(column.max()) + 1 for column in columns if column.size), default=0)


def _sizes(outcomes: OutcomeColumns, asked: QuestionColumns) -> tuple[int, ...]:
    return tuple(_size(settled, wanted) for settled, wanted in zip(outcomes.keys, asked.keys, strict=True))
