"""What would change a score, what has changed it, and its sides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.scoring import (
    Cause,
    CommitmentFact,
    CommitmentStanding,
    Dimension,
    ScoringError,
    by_dimension,
    explain_change,
    mutual_trust,
    score_all,
    timeliness,
    what_would_change,
)
from ledger.policies import default_policy
from tests.unit.scoring_facts import BROKEN, DAY, KEPT, MILLION, any_facts, fact

POLICY = default_policy()
LATER = 1_000 * DAY


@settings(max_examples=40)
@given(any_facts(size_max=20), st.integers(0, 3_000))
def test_a_prospect_is_the_score_that_would_be(facts: list[CommitmentFact], day: int) -> None:
    as_of = day * DAY + 12_345
    present = score_all(facts, POLICY, as_of, [1])[1].score
    for prospect in what_would_change(facts, POLICY, as_of, 1):
        assert prospect.score_if_kept - present == prospect.points_if_kept
        assert prospect.score_if_broken - present == prospect.points_if_broken
        for outcome, score in ((KEPT, prospect.score_if_kept), (BROKEN, prospect.score_if_broken)):
            changed = [
                replace(found, outcome_basis_points=outcome, resolved_at=as_of, status=CommitmentStanding.SETTLED)
                if found.commitment == prospect.commitment
                else found
                for found in facts
            ]
            assert score_all(changed, POLICY, as_of)[1].score == score


def test_open_commitments_and_only_those_have_prospects() -> None:
    facts = [
        fact(1, 1, None, due_at=2 * LATER),
        fact(2, 1, None),
        fact(3, 1, KEPT),
        fact(4, 1, None, status=CommitmentStanding.EXCUSED),
        fact(5, 2, None),
        fact(6, 1, None, made_at=LATER + 1),
    ]
    prospects = what_would_change(facts, POLICY, LATER, 1)
    assert [prospect.commitment for prospect in prospects] == [2, 1]
    overdue, coming = prospects
    assert overdue.points_if_kept > coming.points_if_kept > 0 > coming.points_if_broken
    assert abs(overdue.points_if_broken) < abs(coming.points_if_broken)


@settings(max_examples=40)
@given(any_facts(), st.integers(0, 3_000), st.integers(0, 3_000))
def test_changes_add_up_to_the_difference(facts: list[CommitmentFact], first: int, second: int) -> None:
    before = score_all(facts, POLICY, first * DAY, [1])[1]
    after = score_all(facts, POLICY, second * DAY, [1])[1]
    changes = explain_change(before, after)
    assert sum(change.points for change in changes) == after.score - before.score
    assert all(change.points for change in changes)


def test_changes_name_their_cause() -> None:
    facts = [fact(1, 1, KEPT), fact(2, 1, None), fact(3, 1, BROKEN), fact(4, 2, KEPT, resolved_at=LATER)]
    before = score_all(facts, POLICY, LATER - DAY)[1]
    later = [
        facts[0],
        replace(facts[1], outcome_basis_points=KEPT, resolved_at=LATER, status=CommitmentStanding.SETTLED),
        replace(facts[2], status=CommitmentStanding.DISPUTED),
        facts[3],
        fact(5, 1, BROKEN, resolved_at=LATER),
    ]
    causes = {change.commitment: change.cause for change in explain_change(before, score_all(later, POLICY, LATER)[1])}
    assert causes == {1: Cause.FADED, 2: Cause.RESOLVED, 3: Cause.GONE, 5: Cause.NEW, None: Cause.BASE}


def test_scores_of_two_governments_are_not_compared() -> None:
    scores = score_all([], POLICY, 0, [1, 2])
    with pytest.raises(ScoringError, match="score: government: 2"):
        explain_change(scores[1], scores[2])


@settings(max_examples=40)
@given(any_facts(), st.integers(0, 3_000), st.sampled_from(list(Dimension)))
def test_sides_add_up(facts: list[CommitmentFact], day: int, dimension: Dimension) -> None:
    for score in score_all(facts, POLICY, day * DAY).values():
        sides = by_dimension(score, facts, dimension)
        assert sum(side.points for side in sides.values()) == score.score - score.base
        assert sum(side.settled for side in sides.values()) == score.settled
        assert sum(side.settled + side.provisional for side in sides.values()) == len(score.reasons)


def test_sides_by_hand() -> None:
    facts = [fact(1, 1, KEPT, creditor=2), fact(2, 1, 5_000, creditor=2), fact(3, 1, BROKEN), fact(4, 1, None)]
    score = score_all(facts, POLICY, LATER)[1]
    sides = by_dimension(score, facts, Dimension.COUNTERPARTY)
    assert list(sides) == [(-1,), (2,)]
    assert sides[2,].keep_rate_millionths == 750_000
    assert (sides[-1,].settled, sides[-1,].provisional, sides[-1,].keep_rate_millionths) == (1, 1, 0)


def test_timeliness_by_hand() -> None:
    facts = [
        fact(1, 1, KEPT),
        fact(2, 1, KEPT, resolved_at=300 * DAY),
        fact(3, 1, KEPT, resolved_at=310 * DAY),
        fact(4, 1, KEPT, resolved_at=300 * DAY + 1),
        fact(5, 1, 5_000),
        fact(6, 1, BROKEN),
        fact(7, 1, None),
    ]
    found = timeliness(score_all(facts, POLICY, LATER)[1], facts)
    assert (found.on_time, found.late, found.unkept, found.overdue) == (2, 2, 2, 1)
    # Ten days and one second among two, rounded up.
    assert found.delay_days_mean == 6


def test_trust_is_mutual_only_as_far_as_the_weaker_side() -> None:
    facts = [fact(n, 1, KEPT, creditor=2) for n in range(10)] + [fact(n, 2, BROKEN, creditor=1) for n in range(10, 20)]
    scores = score_all(facts, POLICY, LATER, [1, 2, 3])
    trust = mutual_trust(scores[1], scores[2], facts, POLICY)
    assert trust.first_to_second > scores[1].score
    assert trust.second_to_first < scores[2].score
    assert trust.mutual == trust.second_to_first
    strangers = mutual_trust(scores[1], scores[3], facts, POLICY)
    assert (strangers.first_to_second, strangers.second_to_first) == (scores[1].score, scores[3].score)
    assert 0 <= strangers.mutual <= MILLION
