"""The integer arithmetic of the score: curves, decay, intervals, rounding."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.scoring.fixed_point import LOGIT_LIMIT, NANO, decay, decay_table, log_odds, probability
from ledger.domain.scoring.intervals import beta_binomial_weights, keep_count_interval
from ledger.domain.scoring.rounding import round_to_total

LOGITS = st.integers(-20 * NANO, 20 * NANO)


@given(LOGITS)
def test_probability_is_the_logistic_function(logit: int) -> None:
    cut = min(max(logit, -LOGIT_LIMIT), LOGIT_LIMIT)
    assert probability(logit) == pytest.approx(NANO / (1 + math.exp(-cut / NANO)), abs=52)


@given(LOGITS, LOGITS)
def test_probability_never_falls(first: int, second: int) -> None:
    low, high = sorted((first, second))
    assert probability(low) <= probability(high)


@given(st.integers(1_000, NANO - 1_000))
def test_log_odds_is_the_inverse(nanos: int) -> None:
    assert probability(log_odds(nanos)) == pytest.approx(nanos, abs=2)


def test_log_odds_beyond_the_table_are_cut() -> None:
    assert log_odds(0) == -LOGIT_LIMIT
    assert log_odds(NANO) == LOGIT_LIMIT


@given(st.integers(-(10**10), 10**10), st.integers(0, 20_000), st.integers(1, 5_000))
def test_decay_halves_every_half_life(amount: int, days: int, half_life: int) -> None:
    left = decay(amount, days, half_life)
    assert left == pytest.approx(amount * 2 ** -(days / half_life), abs=2 + abs(amount) * 2e-7)
    # Rounding down twice can lose one more unit than rounding down once.
    assert -1 <= decay(amount, days + half_life, half_life) - left // 2 <= 1


def test_decay_within_a_day_or_backwards_does_nothing() -> None:
    assert [decay(-7, days, 10) for days in (0, -1)] == [-7, -7]


def test_decay_of_great_age_ends() -> None:
    assert decay(10**11, 100_000, 1) == 0


def test_decay_table_begins_whole_and_never_rises() -> None:
    table = decay_table(365)
    assert table[0] == 2**24
    assert all(later < earlier for earlier, later in pairwise(table))


@given(st.integers(1, 12), st.integers(1, 9_000_000), st.integers(1, 9_000_000))
def test_beta_binomial_is_exact(count: int, kept: int, failed: int) -> None:
    weights = beta_binomial_weights(count, kept, failed)
    exact = [Fraction(1)]
    for k in range(count):
        step = Fraction((count - k) * (kept + k * 10**6), (k + 1) * (failed + (count - k - 1) * 10**6))
        exact.append(exact[-1] * step)
    for found, wanted in zip(weights, exact, strict=True):
        assert Fraction(found, sum(weights)) == pytest.approx(float(wanted / sum(exact)), rel=1e-12)


@given(
    st.integers(1, 60),
    st.integers(1, 500_000_000),
    st.integers(1, 500_000_000),
    st.sampled_from([500_000, 900_000, 990_000]),
)
def test_the_interval_holds_at_least_its_level(count: int, kept: int, failed: int, level: int) -> None:
    low, high = keep_count_interval(count, kept, failed, level)
    weights = beta_binomial_weights(count, kept, failed)
    assert 0 <= low <= high <= count
    assert sum(weights[low : high + 1]) * 10**6 >= sum(weights) * level
    # No narrower from either side: what lies outside is at most half of what the level leaves out.
    half = Fraction(10**6 - level, 2 * 10**6)
    assert Fraction(sum(weights[:low]), sum(weights)) <= half
    assert Fraction(sum(weights[high + 1 :]), sum(weights)) <= half


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=30), st.integers(1, 10**6))
def test_rounded_shares_add_up_and_are_each_less_than_one_off(numerators: list[int], denominator: int) -> None:
    total = sum(numerators) // denominator
    shares = round_to_total(numerators, denominator, total)
    assert sum(shares) == total
    assert all(
        abs(Fraction(numerator, denominator) - share) < 1 for numerator, share in zip(numerators, shares, strict=True)
    )


@given(st.lists(st.integers(-1_000, 1_000), min_size=1, max_size=10), st.integers(-5_000, 5_000))
def test_any_total_is_carried(numerators: list[int], total: int) -> None:
    assert sum(round_to_total(numerators, 7, total)) == total


def test_the_residue_goes_to_the_largest_remainder_then_to_the_first() -> None:
    assert round_to_total([10, 10, 10], 3, 10) == [4, 3, 3]
    assert round_to_total([1, 5, 3], 4, 2) == [0, 1, 1]


def test_nothing_cannot_carry_a_total() -> None:
    assert round_to_total([], 5, 0) == []
    with pytest.raises(ArithmeticError, match="nothing is there to carry the total 3"):
        round_to_total([], 5, 3)
    with pytest.raises(ArithmeticError, match="denominator is 0"):
        round_to_total([1], 0, 1)
