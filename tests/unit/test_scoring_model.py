"""The score: exact reasons, order, time, and how every kind of commitment counts."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring import CommitmentFact, CommitmentStanding, Score, ScoringError, score_all
from ledger.domain.scoring.entries import credit_nanos
from ledger.policies import default_policy
from tests.unit.scoring_facts import BROKEN, DAY, KEPT, MILLION, any_facts, fact

POLICY = default_policy()
GRACE = POLICY.overdue_grace_days * DAY
LATER = 1_000 * DAY


def score_of(
    facts: list[CommitmentFact], government: int = 1, as_of: int = LATER, policy: ScorePolicy = POLICY
) -> Score:
    return score_all(facts, policy, as_of, [government])[government]


@settings(max_examples=40)
@given(any_facts(), st.integers(-10, 4_000))
def test_reasons_add_up_and_everything_stays_in_range(facts: list[CommitmentFact], day: int) -> None:
    for government, score in score_all(facts, POLICY, day * DAY, [99]).items():
        assert score.government == government
        assert score.base + sum(reason.points for reason in score.reasons) == score.score
        assert 0 <= score.low <= score.score <= score.high <= MILLION
        assert 0 < score.base < MILLION
        assert score.rated == bool(score.reasons)
        assert score.settled == sum(not reason.provisional for reason in score.reasons)
        for reason in score.reasons:
            assert reason.age_days >= 0
            assert 0 <= reason.expected_millionths <= MILLION
            assert reason.why
            assert reason.why_zh


@settings(max_examples=40)
@given(any_facts(), st.integers(0, 4_000), st.randoms(use_true_random=False))
def test_the_order_of_the_facts_does_not_matter(facts: list[CommitmentFact], day: int, chance: random.Random) -> None:
    shuffled = list(facts)
    chance.shuffle(shuffled)
    assert score_all(shuffled, POLICY, day * DAY) == score_all(facts, POLICY, day * DAY)


@settings(max_examples=40)
@given(any_facts(), st.integers(0, 4_000))
def test_what_is_not_known_yet_cannot_matter(facts: list[CommitmentFact], day: int) -> None:
    as_of = day * DAY
    known = [
        replace(found, outcome_basis_points=None, resolved_at=None)
        if found.resolved_at is not None
        and max(found.resolved_at, found.made_at) > as_of
        and found.status is not CommitmentStanding.DISPUTED
        else found
        for found in facts
        if found.made_at <= as_of
    ]
    assert score_all(known, POLICY, as_of) == score_all(facts, POLICY, as_of)


def test_nobody_is_known_before_the_first_fact() -> None:
    assert score_all([], POLICY, -5 * DAY) == {}
    assert score_all([fact(1, 1, KEPT)], POLICY, -5 * DAY) == {}


def test_without_history_the_score_is_the_base_and_the_interval_is_wide() -> None:
    known = [fact(n, 1, KEPT if n % 2 else BROKEN) for n in range(60)]
    scores = score_all(known, POLICY, LATER, [7])
    assert not scores[7].rated
    assert scores[7].score == scores[7].base
    assert scores[7].reasons == ()
    assert scores[7].high - scores[7].low > scores[1].high - scores[1].low
    assert scores[7].high - scores[7].low >= 600_000


def test_one_government_alone_is_judged_against_the_prior() -> None:
    kept, broken = score_of([fact(1, 1, KEPT)]), score_of([fact(1, 1, BROKEN)])
    assert kept.score > kept.base
    assert broken.score < broken.base
    assert kept.rated


def test_a_kept_commitment_earns_more_where_the_others_failed() -> None:
    def points(others: int) -> int:
        facts = [fact(n, n, others, reference="same") for n in range(2, 22)]
        found = score_of([*facts, fact(1, 1, KEPT, reference="same")])
        return found.reasons[0].points

    assert points(BROKEN) > 3 * points(KEPT) // 2 > 0


def test_partial_outcomes_lie_between() -> None:
    others = [fact(n, n, KEPT if n % 2 else BROKEN) for n in range(2, 12)]
    scores = [score_of([*others, fact(1, 1, outcome)]).score for outcome in (BROKEN, 2_500, 5_000, 9_999, KEPT)]
    assert scores == sorted(scores)
    assert len(set(scores)) == 5


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"status": CommitmentStanding.EXCUSED}, False),
        ({"status": CommitmentStanding.DISPUTED}, False),
        ({"status": CommitmentStanding.DISPUTED, "disputed_at": 0}, False),
        ({"weight_millionths": 0}, False),
        ({"resolved_at": LATER}, True),
        ({"resolved_at": LATER + 1}, False),
        ({"made_at": LATER + 1}, False),
        ({"inherited": True}, True),
        ({"backfilled": True}, True),
        ({"silent": True}, True),
        ({"repaired_at": LATER}, True),
        # Dated before it was made: it counts from then on.
        ({"made_at": LATER, "resolved_at": 5}, True),
    ],
)
def test_which_outcomes_count(changes: dict[str, Any], counts: bool) -> None:
    # Due far away, so that what does not count as settled does not count as overdue instead.
    scores = score_all([fact(1, 1, BROKEN, **{"due_at": 2 * LATER, **changes})], POLICY, LATER, [1])
    assert scores[1].rated is counts
    assert scores[1].settled == int(counts)


@pytest.mark.parametrize(
    ("changes", "as_of", "counts"),
    [
        ({}, 300 * DAY + GRACE, False),
        ({}, 300 * DAY + GRACE + 1, True),
        ({"status": CommitmentStanding.EXCUSED}, LATER, False),
        ({"status": CommitmentStanding.DISPUTED}, LATER, False),
        ({"status": CommitmentStanding.DISPUTED, "disputed_at": LATER - POLICY.ruling_limit_days * DAY}, LATER, False),
        (
            {"status": CommitmentStanding.DISPUTED, "disputed_at": LATER - POLICY.ruling_limit_days * DAY - 1},
            LATER,
            True,
        ),
        ({"weight_millionths": 0}, LATER, False),
        # Recorded after it was due: the grace runs from the record.
        ({"made_at": LATER - GRACE}, LATER, False),
    ],
)
def test_when_an_unresolved_commitment_counts_as_broken(changes: dict[str, Any], as_of: int, counts: bool) -> None:
    score = score_of([fact(1, 1, None, **changes)], as_of=as_of)
    assert [reason.provisional for reason in score.reasons] == [True] * counts
    assert score.settled == 0
    assert (score.score < score.base) is counts


def test_a_provisional_outcome_goes_when_the_real_one_comes() -> None:
    overdue = score_of([fact(1, 1, None)])
    kept_late = score_of([fact(1, 1, KEPT, resolved_at=LATER)])
    assert overdue.score < kept_late.base < kept_late.score


def test_silence_repair_and_backfill_weigh_by_the_policy() -> None:
    half = replace(POLICY, backfilled_share_millionths=500_000)

    def loss(**changes: Any) -> int:
        score = score_of([fact(1, 1, BROKEN, **changes)], policy=half)
        return score.base - score.score

    plain = loss()
    for changes in ({"silent": True}, {"backfilled": True}, {"repaired_at": LATER}):
        assert 0 < loss(**changes) < plain
    assert loss(repaired_at=LATER + 1) == plain
    assert loss(inherited=True) == plain


def test_repair_does_not_touch_what_was_kept() -> None:
    assert score_of([fact(1, 1, KEPT, repaired_at=500 * DAY)]).score == score_of([fact(1, 1, KEPT)]).score


def test_effects_fade_by_half_in_a_half_life() -> None:
    policy = replace(POLICY, points_half_life_days=1_000)
    facts = [fact(1, 1, BROKEN), fact(2, 2, KEPT)]
    fresh = score_of(facts, as_of=290 * DAY, policy=policy).reasons[0]
    old = score_of(facts, as_of=1_290 * DAY, policy=policy).reasons[0]
    assert old.age_days == 1_000
    assert old.weight_millionths == fresh.weight_millionths // 2
    assert abs(2 * old.points - fresh.points) < abs(fresh.points) // 10


def test_a_heavier_commitment_moves_more_but_never_more_than_the_saturation() -> None:
    def loss(weight: int) -> int:
        score = score_of([fact(1, 1, BROKEN, weight_millionths=weight)])
        return score.base - score.score

    losses = [loss(weight) for weight in (100_000, 500_000, MILLION, 2 * MILLION, 10**9, 10**15)]
    assert losses == sorted(losses)
    assert losses[-1] <= 2 * losses[2]


def test_reasons_name_what_was_expected_and_what_happened_in_both_languages() -> None:
    found = score_of([fact(1, 1, 2_500, backfilled=True, silent=True, inherited=True, repaired_at=LATER)]).reasons[0]
    assert found.why == (
        f"kept in part, 25.00 %, which earns 4.3 %; expected credit {found.expected_millionths // 10_000}."
        f"{found.expected_millionths // 1_000 % 10} %; repaired; outcome by silence; recorded after the fact; "
        "inherited from a predecessor"
    )
    assert "部分履约 25.00 %" in found.why_zh
    assert "已信用修复" in found.why_zh
    assert "overdue and unresolved" in score_of([fact(1, 1, None)]).reasons[0].why
    assert "逾期未决" in score_of([fact(1, 1, None)]).reasons[0].why_zh


@pytest.mark.parametrize(
    ("facts", "as_of", "words"),
    [
        ([fact(1, 1, KEPT), fact(1, 2, KEPT)], LATER, "commitment: 1 is not allowed; expected each commitment"),
        ([fact(1, 1, KEPT, weight_millionths=-1)], LATER, "weight_millionths: -1"),
        ([fact(1, 1, KEPT, weight_millionths=10**15 + 1)], LATER, "weight_millionths: 1000000000000001"),
        ([fact(1, 1, 10_001)], LATER, "outcome_basis_points: 10001"),
        ([fact(1, 1, -1)], LATER, "outcome_basis_points: -1"),
        ([fact(1, 1, KEPT, resolved_at=None)], LATER, "together or neither"),
        ([fact(1, 1, None, resolved_at=5)], LATER, "together or neither"),
        ([fact(1, 1, KEPT, due_at=2**41)], LATER, "due_at"),
        ([fact(1, 1, KEPT, made_at=-(2**41))], LATER, "made_at"),
        ([], 2**41, "as_of"),
    ],
)
def test_impossible_facts_are_refused_by_name_and_value(facts: list[CommitmentFact], as_of: int, words: str) -> None:
    with pytest.raises(ScoringError, match=words):
        score_all(facts, POLICY, as_of)


def test_credit_rises_smoothly_from_broken_over_half_to_kept() -> None:
    earned = [credit_nanos(outcome, POLICY) for outcome in range(10_001)]
    assert earned[0] == 0
    assert earned[5_000] == POLICY.half_kept_credit_millionths * 1_000
    assert earned[10_000] == 1_000_000_000
    steps = [after - before for before, after in pairwise(earned)]
    assert min(steps) >= 0
    # No cliff: the last hundredth of a per cent is worth no more than a few times an average one.
    assert max(steps) < 4 * 100_000
