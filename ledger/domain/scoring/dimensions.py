"""
A score seen from its sides: by indicator and its kind, agreement, counterparty, service mode; timeliness, payment
behaviour, and the trust between two.

The points of a side are the sum of its reasons' points, so the sides of one dimension add up to score - base exactly.
The keep-rate of a side is the plain mean of graded outcomes, beside how many there are: a side is shown with its
numbers, not with an estimate of its own. None of this moves the score itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ledger.domain.enums import IndicatorKind
from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring.facts import OUTCOME_FULFILLED_BASIS_POINTS, CommitmentFact, Score, commitments_between
from ledger.domain.scoring.replay import DAY_SECONDS


class Dimension(StrEnum):
    """What the reasons of a score can be grouped by."""

    INDICATOR = "indicator"
    """Sides are (agreement, indicator): indicators are numbered within their agreement."""

    AGREEMENT = "agreement"
    COUNTERPARTY = "counterparty"
    """Sides are creditors; the side (-1,) is "all other parties"."""


_SIDES: dict[Dimension, Callable[[CommitmentFact], tuple[int, ...]]] = {
    Dimension.INDICATOR: lambda fact: (fact.agreement, fact.indicator),
    Dimension.AGREEMENT: lambda fact: (fact.agreement,),
    Dimension.COUNTERPARTY: lambda fact: (-1 if fact.creditor is None else fact.creditor,),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a score."""

    points: int
    settled: int
    provisional: int
    keep_rate_millionths: int | None
    """Mean graded outcome of what is settled, rounded down; None where nothing is."""


def by_dimension(score: Score, facts: Iterable[CommitmentFact], dimension: Dimension) -> dict[tuple[int, ...], Side]:
    """Group a score's reasons; the facts are those it was made from. Keys in rising order."""
    return by_side(score, {fact.commitment: fact for fact in facts}, _SIDES[dimension])


def by_side(
    score: Score, facts: Mapping[int, CommitmentFact], side_of: Callable[[CommitmentFact], tuple[int, ...]]
) -> dict[tuple[int, ...], Side]:
    """Group a score's reasons by what `side_of` says of each commitment. Keys in rising order."""
    found: dict[tuple[int, ...], list[int]] = {}
    for reason in score.reasons:
        sums = found.setdefault(side_of(facts[reason.commitment]), [0, 0, 0, 0])
        sums[0] += reason.points
        sums[1] += not reason.provisional
        sums[2] += reason.provisional
        sums[3] += reason.outcome_basis_points
    return {
        side: Side(points, settled, provisional, _rate(outcomes, settled))
        for side, (points, settled, provisional, outcomes) in sorted(found.items())
    }


def _rate(outcomes_basis_points: int, count: int) -> int | None:
    return outcomes_basis_points * 100 // count if count else None


KIND_WEIGHTS: Mapping[IndicatorKind, int] = {
    IndicatorKind.INSTITUTION_BUILDING: 2,
    IndicatorKind.SOCIAL_BENEFIT: 2,
    IndicatorKind.QUANTITY: 1,
}
"""What a kind of indicator weighs in `substance_rate`: institutions and social benefit twice as much as the count."""


def substance_rate(sides: Mapping[IndicatorKind, Side]) -> int | None:
    """
    Return how well a government keeps what matters most, in millionths, rounded down; None where nothing is settled.

    The keep-rates of the kinds of indicator, weighted by `KIND_WEIGHTS`; a kind in which nothing is settled is left out
    and the others share its weight. However many items are counted under quantity, they weigh no more together. The
    study that the ledger follows asks for this order: institution building and social benefit before quantity.
    """
    rated = [(KIND_WEIGHTS[kind], side.keep_rate_millionths) for kind, side in sides.items()]
    counted = [(weight, rate) for weight, rate in rated if rate is not None]
    total = sum(weight for weight, _ in counted)
    return sum(weight * rate for weight, rate in counted) // total if total else None


@dataclass(frozen=True, slots=True)
class Timeliness:
    """How punctual a government is, in whole numbers of commitments that count in its score."""

    on_time: int
    """Kept whole by the due date."""

    late: int
    """Kept whole, after the due date."""

    unkept: int
    """Settled, not kept whole."""

    overdue: int
    """Unresolved beyond the grace."""

    delay_days_mean: int | None
    """Mean delay of those kept late, in whole days, rounded up; None where there are none."""


def timeliness(score: Score, facts: Iterable[CommitmentFact]) -> Timeliness:
    """Count the punctual and the late among a score's reasons."""
    known = {fact.commitment: fact for fact in facts}
    on_time = unkept = overdue = 0
    delays = []
    for reason in score.reasons:
        fact = known[reason.commitment]
        if reason.provisional or fact.resolved_at is None:
            overdue += 1
        elif reason.outcome_basis_points < OUTCOME_FULFILLED_BASIS_POINTS:
            unkept += 1
        elif fact.resolved_at <= fact.due_at:
            on_time += 1
        else:
            delays.append(fact.resolved_at - fact.due_at)
    mean = -(-sum(delays) // (DAY_SECONDS * len(delays))) if delays else None
    return Timeliness(on_time, len(delays), unkept, overdue, mean)


@dataclass(frozen=True, slots=True)
class Trust:
    """What two governments can expect of one another, in millionths."""

    first_to_second: int
    """How well the first keeps what it owes the second."""

    second_to_first: int
    mutual: int
    """The lower of the two: cooperation goes as far as the side that gives less ground for trust."""


def mutual_trust(first: Score, second: Score, facts: Sequence[CommitmentFact], policy: ScorePolicy) -> Trust:
    """
    Return the trust between two governments.

    Each direction is the mean graded outcome of what one owed the other, with the debtor's own score as so many further
    outcomes as the policy's shrinkage says. Strangers trust each other by their scores alone.
    """
    forward = _directed(first, second.government, facts, policy)
    back = _directed(second, first.government, facts, policy)
    return Trust(forward, back, min(forward, back))


def _directed(debtor: Score, creditor: int, facts: Sequence[CommitmentFact], policy: ScorePolicy) -> int:
    owed = commitments_between(facts, debtor.government, creditor)
    met = [reason for reason in debtor.reasons if reason.commitment in owed]
    weight = sum(reason.weight_millionths for reason in met) + policy.rating_shrinkage_millionths
    outcome = sum(reason.weight_millionths * reason.outcome_basis_points * 100 for reason in met)
    return (outcome + policy.rating_shrinkage_millionths * debtor.score) // weight
