"""The walk through time: what is expected, what an outcome teaches, and what it must not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings

from ledger.domain.scoring import CommitmentFact
from ledger.domain.scoring.entries import by_moment, kind_of, saturated_weight, settled_entry
from ledger.domain.scoring.fixed_point import NANO, probability
from ledger.domain.scoring.replay import DIFFICULTY_MAX_NANO, MILLION, Contribution, Entry, Walk
from ledger.policies import default_policy
from tests.unit.scoring_facts import BROKEN, DAY, KEPT, YEAR, any_facts, fact

POLICY = default_policy()
FOREVER = 2**40


def entries_of(facts: Sequence[CommitmentFact]) -> list[Entry]:
    return [entry for found in facts if (entry := settled_entry(found, POLICY, FOREVER)) is not None]


def walked(facts: Sequence[CommitmentFact]) -> tuple[Walk, list[Contribution]]:
    walk = Walk(POLICY)
    return walk, [found for batch in by_moment(entries_of(facts)) for found in walk.settle(batch)]


def test_a_first_outcome_by_hand() -> None:
    # Prior 1/2, all gains and shrinkages as below; one ordinary outcome, kept, of a government alone.
    policy = replace(
        POLICY,
        difficulty_gain_millionths=0,
        rating_gain_millionths=6_000_000,
        rating_shrinkage_millionths=11_000_000,
        counterparty_capacity_millionths=10_000_000_000,
        partial_prior_millionths=0,
    )
    walk = Walk(policy)
    entry = settled_entry(fact(1, 1, KEPT), policy, FOREVER)
    assert entry is not None
    (found,) = walk.settle([entry])
    # Weight 10000 / 10001 after the counterparty's saturation; expected 1/2; 6 * w / 2 / (w + 11) is close to 1/4.
    assert found.weight_millionths == 999_900
    assert found.expected_nano == NANO // 2
    assert found.logit_nano == 6_000_000 * (999_900 * (NANO // 2) // MILLION) // (999_900 + 11_000_000)
    assert walk.rating(1, 290) == found.logit_nano


def test_nothing_settled_means_the_prior() -> None:
    walk = Walk(replace(POLICY, base_prior_millionths=300_000))
    assert walk.expect((("all",), ("kind", 1)), 1, 0) == pytest.approx(300_000_000, abs=1)
    assert walk.settle([]) == []


def test_a_government_alone_in_a_forum_is_no_yardstick_for_itself() -> None:
    walk, _ = walked([fact(n, 1, BROKEN) for n in range(30)])
    assert walk.difficulties["forum", 1, 1].value == 0
    assert walk.rating(1, 290) < 0


def test_many_governments_that_fail_together_show_a_hard_forum() -> None:
    walk, _ = walked([fact(n, n, BROKEN if n < 20 else KEPT, agreement=1 + n // 20) for n in range(40)])
    assert walk.difficulties["forum", 1, 1].value < 0 < walk.difficulties["forum", 2, 1].value


def test_peers_known_before_count_and_peers_of_the_same_moment_do_not() -> None:
    peers = [fact(n, n, BROKEN, reference="same") for n in range(2, 12)]
    walk, _ = walked(peers)
    entry = entries_of([fact(1, 1, KEPT, reference="same")])[0]
    other = entries_of([fact(1, 1, KEPT, reference="another")])[0]
    assert walk.expect(entry.keys, 1, 290) < walk.expect(other.keys, 1, 290)
    assert Walk(POLICY).expect(entry.keys, 1, 290) == Walk(POLICY).expect(other.keys, 1, 290)


def test_difficulties_are_bounded_whatever_comes() -> None:
    walk = Walk(replace(POLICY, difficulty_gain_millionths=7_999_999, difficulty_shrinkage_millionths=1))
    for moment in range(400):
        batch = [fact(10 * moment + n, n, KEPT, resolved_at=290 * DAY + moment) for n in range(10)]
        walk.settle(entries_of(batch))
    assert max(average.value for average in walk.difficulties.values()) <= DIFFICULTY_MAX_NANO
    assert 0 < walk.expect(entries_of(batch)[0].keys, 1, 290) <= NANO


def test_one_large_batch_does_not_overshoot() -> None:
    # A thousand commitments of one moment, 70 % kept: the expectation must land near 70 %, not beyond it.
    walk, _ = walked([fact(n, n // 50, KEPT if n % 10 < 7 else BROKEN) for n in range(1_000)])
    keys = entries_of([fact(1, 1, KEPT, reference="new")])[0].keys
    for government in range(20):
        assert 500_000_000 < walk.expect(keys, government, 290) <= 10**9
    mean = sum(walk.expect(keys, government, 290) for government in range(20)) // 20
    assert 620_000_000 < mean < 780_000_000


@settings(max_examples=40)
@given(any_facts())
def test_an_excerpt_learns_what_the_whole_walk_learns(facts: list[CommitmentFact]) -> None:
    batches = by_moment(entries_of(facts))
    walk = Walk(POLICY)
    for batch in batches:
        excerpt = walk.excerpt(batch)
        assert excerpt.settle(batch) == walk.settle(batch)
        day = batch[0].resolved_at // DAY
        assert excerpt.ordinary_difficulty(day) == walk.ordinary_difficulty(day)


@settings(max_examples=40)
@given(any_facts())
def test_contributions_make_up_the_rating_of_their_moment(facts: list[CommitmentFact]) -> None:
    for batch in by_moment(entries_of(facts)):
        walk = Walk(POLICY)
        found = walk.settle(batch)
        for debtor in {entry.debtor for entry in batch}:
            total = sum(contribution.logit_nano for contribution in found if contribution.entry.debtor == debtor)
            assert walk.rating(debtor, batch[0].resolved_at // DAY) == total


@pytest.mark.parametrize(
    ("term", "kind"),
    [(0, 0), (YEAR // 2 - 1, 0), (YEAR // 2, 1), (YEAR, 1), (3 * YEAR // 2, 2), (90 * YEAR, POLICY.kind_years_max)],
)
def test_kinds_are_whole_years_to_the_nearest(term: int, kind: int) -> None:
    assert kind_of(fact(1, 1, KEPT, due_at=term), POLICY) == kind
    assert kind_of(fact(1, 1, KEPT, made_at=5 * YEAR, due_at=0, term_seconds=term), POLICY) == kind


def test_what_was_made_after_it_was_due_is_a_kind_of_its_own() -> None:
    assert kind_of(fact(1, 1, KEPT, made_at=300 * DAY + 1), POLICY) == -1


def test_weights_saturate_without_a_jump() -> None:
    weights = [saturated_weight(weight, POLICY) for weight in (0, 1, MILLION - 1, MILLION, MILLION + 1, 2 * MILLION)]
    assert weights == [0, 1, MILLION - 1, MILLION, MILLION, 1_500_000]
    assert saturated_weight(10**15, POLICY) < POLICY.weight_saturation_millionths
    flat = replace(POLICY, weight_saturation_millionths=MILLION)
    assert saturated_weight(10**15, flat) == MILLION


def test_probabilities_of_the_walk_are_those_of_its_log_odds() -> None:
    walk, _ = walked([fact(n, n % 3, KEPT) for n in range(30)])
    keys = entries_of([fact(99, 1, KEPT)])[0].keys
    assert walk.expect(keys, 1, 290) == probability(walk.difficulty(keys) + walk.rating(1, 290))
