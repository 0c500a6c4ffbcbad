"""A score over time gives the integers of the score at each moment; payments and substance by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.enums import IndicatorKind
from ledger.domain.scoring import CommitmentFact, CommitmentStanding, ScoringError, Side, score_all
from ledger.domain.scoring.dimensions import substance_rate
from ledger.domain.scoring.history import ScorePoint, score_history
from ledger.domain.scoring.payments import Payment, PaymentRecord, payment_behaviour
from ledger.policies import default_policy
from tests.unit.scoring_facts import DAY, any_facts, fact

POLICY = default_policy()


def expected(facts: list[CommitmentFact], moment: int, government: int) -> ScorePoint:
    score = score_all(facts, POLICY, moment, [government])[government]
    return ScorePoint(
        as_of=moment,
        score=score.score,
        low=score.low,
        high=score.high,
        base=score.base,
        settled=score.settled,
        provisional=sum(reason.provisional for reason in score.reasons),
    )


def undisputed(found: CommitmentFact) -> CommitmentFact:
    """The same fact where nothing but the dates decides whether it counts: then one walk serves all moments."""
    status = CommitmentStanding.ACTIVE if found.resolved_at is None else CommitmentStanding.SETTLED
    return replace(found, status=status, repaired_at=None, disputed_at=None)


@settings(max_examples=30)
@given(any_facts(), st.lists(st.integers(0, 6_000), min_size=1, max_size=4, unique=True), st.booleans())
def test_every_point_is_the_score_of_its_moment(facts: list[CommitmentFact], days: list[int], one_walk: bool) -> None:
    if one_walk:
        facts = [undisputed(found) for found in facts]
    moments = sorted(day * DAY for day in days)
    governments = {found.debtor for found in facts} | {99}
    history = score_history(facts, POLICY, moments, governments)
    for government in governments:
        assert history[government] == tuple(expected(facts, moment, government) for moment in moments)


@pytest.mark.parametrize("change", [{"status": CommitmentStanding.DISPUTED}, {"repaired_at": 900 * DAY}])
def test_what_changes_with_the_moment_is_walked_anew(change: dict[str, object]) -> None:
    facts = [fact(number, 1, 0 if number % 2 else 10_000) for number in range(1, 9)]
    facts[2] = replace(facts[2], **change)  # type: ignore[arg-type]
    last = max(found.resolved_at or 0 for found in facts)
    moments = [last - DAY, last, last + 1_000 * DAY]
    assert score_history(facts, POLICY, moments, [1])[1] == tuple(expected(facts, moment, 1) for moment in moments)


def test_moments_must_rise() -> None:
    assert score_history([], POLICY, [], [1]) == {1: ()}
    with pytest.raises(ScoringError, match="a moment after the one before it, 5"):
        score_history([], POLICY, [5, 5], [1])


def test_payments_by_currency_and_role() -> None:
    payments = [
        Payment(1, 2, "CNY", 1_000, 10 * DAY, 12 * DAY),
        Payment(1, 2, "CNY", 500, 10 * DAY, 15 * DAY + 1),
        Payment(1, 3, "CNY", 70, 10 * DAY, None),
        Payment(1, 2, "JPY", 9, 10 * DAY, 9 * DAY),
        Payment(3, 1, "CNY", 4, DAY, None),
    ]
    behaviour = payment_behaviour(1, payments)
    # 2 and 5 days and a second: the mean is rounded up, against whoever let others wait.
    cny = PaymentRecord("CNY", 3, 1_570, 2, 1_500, 4, 6)
    assert behaviour.paid == (cny, PaymentRecord("JPY", 1, 9, 1, 9, 0, 0))
    assert behaviour.received == (PaymentRecord("CNY", 1, 4, 0, 0, None, None),)
    assert payment_behaviour(9, payments).paid == payment_behaviour(9, payments).received == ()
    assert payment_behaviour(1, payments[::-1]) == behaviour


def side(rate: int | None, settled: int = 1) -> Side:
    return Side(0, settled, 0, rate)


def test_institutions_and_social_benefit_weigh_more_than_quantity() -> None:
    quantity = {IndicatorKind.QUANTITY: side(1_000_000, 500), IndicatorKind.INSTITUTION_BUILDING: side(0)}
    assert substance_rate(quantity) == 333_333
    every = {**quantity, IndicatorKind.SOCIAL_BENEFIT: side(500_000)}
    assert substance_rate(every) == (2 * 0 + 2 * 500_000 + 1_000_000) // 5
    assert substance_rate({IndicatorKind.SOCIAL_BENEFIT: side(None, 0)}) is None
    assert substance_rate({}) is None
