"""Restructuring is no excuse: those that take a government's place have its whole history."""

from __future__ import annotations

import pytest

from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring import CommitmentFact, mutual_trust, owed_by, score_all, what_would_change
from ledger.domain.scoring.history import score_history
from ledger.reports import shipped_policies
from tests.unit.scoring_facts import BROKEN, DAY, KEPT, fact

POLICY: ScorePolicy = next(iter(shipped_policies().values()))
AS_OF = 400 * DAY

WORLD = [fact(10 + each, 7, KEPT if each % 2 else BROKEN, creditor=8) for each in range(6)]
"""Another government, so that difficulties are known."""

OF_ONE = [fact(1, 1, BROKEN, creditor=7), fact(2, 1, KEPT, creditor=7), fact(3, 1, None, creditor=7)]


def split(first: int, *others: int) -> list[CommitmentFact]:
    """The facts of government 1 after it was split."""
    return [
        fact(
            each.commitment,
            first,
            each.outcome_basis_points,
            creditor=each.creditor,
            inherited=True,
            co_heirs=others,
        )
        for each in OF_ONE
    ]


def test_each_heir_of_a_split_has_the_score_that_the_one_before_it_had() -> None:
    before = score_all([*WORLD, *OF_ONE], POLICY, AS_OF)[1]

    after = score_all([*WORLD, *split(2, 3, 4)], POLICY, AS_OF)

    assert 1 not in after
    for heir in (2, 3, 4):
        assert (after[heir].score, after[heir].low, after[heir].high) == (before.score, before.low, before.high)
        assert [(each.commitment, each.points) for each in after[heir].reasons] == [
            (each.commitment, each.points) for each in before.reasons
        ]
        assert all("inherited" in each.why for each in after[heir].reasons)


def test_the_other_heirs_change_nothing_for_anybody_else() -> None:
    alone = score_all([*WORLD, *split(2)], POLICY, AS_OF)
    together = score_all([*WORLD, *split(2, 3, 4)], POLICY, AS_OF)
    assert {each: together[each] for each in alone} == alone


@pytest.mark.parametrize("heir", [2, 3])
def test_an_heirs_history_prospects_and_trust_are_those_of_its_whole_inheritance(heir: int) -> None:
    facts = [*WORLD, *split(2, 3)]
    scores = score_all(facts, POLICY, AS_OF)

    (point,) = score_history(facts, POLICY, [AS_OF], [heir])[heir]
    assert (point.score, point.low, point.high) == (scores[heir].score, scores[heir].low, scores[heir].high)
    assert [each.commitment for each in what_would_change(facts, POLICY, AS_OF, heir)] == [3]
    own = score_all(owed_by(facts, heir), POLICY, AS_OF)[heir]
    assert mutual_trust(scores[heir], scores[7], facts, POLICY) == mutual_trust(own, scores[7], facts, POLICY)


def test_an_heir_has_nothing_before_the_commitment_was_made() -> None:
    assert score_all(split(2, 3), POLICY, -DAY) == {}
