"""The vectorised walk gives the integers of the plain one, and so does the final fold."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.analysis.columns import to_columns
from ledger.analysis.fixed_point_arrays import decays, multiply_divide, probabilities, sums
from ledger.analysis.rows import Question
from ledger.analysis.vectorised import BATCH_MEAN_MIN, ColumnWalk, fold, predict_fast, predict_vectorised
from ledger.analysis.walk_forward import predict
from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring import CommitmentFact, score_all
from ledger.domain.scoring.entries import settled_entry
from ledger.domain.scoring.fixed_point import decay, probability
from ledger.domain.scoring.model import walk_through
from ledger.domain.scoring.replay import Entry
from ledger.policies import default_policy
from tests.unit.scoring_facts import DAY, any_facts, fact

POLICY = default_policy()
FOREVER = 2**40
EXTREME = replace(
    POLICY,
    difficulty_gain_millionths=7_999_999,
    difficulty_shrinkage_millionths=1,
    reference_shrinkage_millionths=1,
    difficulty_batch_capacity_millionths=10_000_000_000,
    rating_gain_millionths=7_999_999,
    rating_shrinkage_millionths=1,
    weight_saturation_millionths=100_000_000,
    counterparty_capacity_millionths=10_000_000_000,
    difficulty_half_life_days=1,
    points_half_life_days=3,
)
"""Every parameter where its products are largest."""


def entries_of(facts: list[CommitmentFact], policy: ScorePolicy) -> list[Entry]:
    return [entry for found in facts if (entry := settled_entry(found, policy, FOREVER)) is not None]


def questions_of(entries: list[Entry]) -> list[Question]:
    return [
        Question(entry.commitment, entry.resolved_at - lead * DAY, 0, entry.debtor, entry.keys, bool(entry.kept))
        for lead, entry in enumerate(entries)
    ]


@settings(max_examples=40)
@given(any_facts(), st.sampled_from([POLICY, EXTREME]))
def test_predictions_are_the_same_integers(facts: list[CommitmentFact], policy: ScorePolicy) -> None:
    entries = entries_of(facts, policy)
    questions = questions_of(entries)
    assert predict_vectorised(entries, questions, policy) == predict(entries, questions, policy)


def large(moments: int, seed: int) -> list[CommitmentFact]:
    chance = random.Random(seed)
    return [
        fact(
            number,
            chance.randrange(12),
            chance.choice([0, 5_000, 10_000, 10_000]),
            agreement=chance.randrange(3),
            reference=str(number // 7),
            creditor=chance.choice([None, 1, 2]),
            weight_millionths=chance.choice([10**5, 10**6, 10**9]),
            resolved_at=(300 + 90 * chance.randrange(moments)) * DAY,
        )
        for number in range(1_500)
    ]


def test_large_batches_are_the_same_integers() -> None:
    for policy in (POLICY, EXTREME):
        entries = entries_of(large(6, 1), policy)
        questions = questions_of(entries)[:200]
        assert predict_vectorised(entries, questions, policy) == predict(entries, questions, policy)


def test_the_faster_way_is_taken_and_changes_nothing() -> None:
    for moments in (2, 1_000):
        entries = entries_of(large(moments, 2), POLICY)
        assert (len(entries) >= BATCH_MEAN_MIN * len({entry.resolved_at for entry in entries})) is (moments == 2)
        questions = questions_of(entries)[:5]
        assert predict_fast(entries, questions, POLICY) == predict(entries, questions, POLICY)


def test_nothing_to_learn_or_to_ask() -> None:
    entries = entries_of(large(2, 3), POLICY)
    assert predict_vectorised(entries, [], POLICY) == []
    questions = questions_of(entries)[:3]
    assert predict_vectorised([], questions, POLICY) == predict([], questions, POLICY)


@settings(max_examples=40)
@given(any_facts(), st.integers(0, 4_000))
def test_the_fold_gives_the_scores(facts: list[CommitmentFact], day: int) -> None:
    as_of = day * DAY
    # Provisional outcomes are no part of the fold over what is settled.
    settled = [found for found in facts if settled_entry(found, POLICY, as_of) is not None]
    entries = [entry for found in settled if (entry := settled_entry(found, POLICY, as_of)) is not None]
    outcomes, asked = to_columns(entries, [])
    walk = ColumnWalk(outcomes, POLICY, 6, tuple(max(column, default=-1) + 1 for column in outcomes.keys))
    walk.settle_before(None)
    scores = fold(
        outcomes.debtor, outcomes.moment // DAY, walk.logit_nano, walk.ordinary_difficulty(day), day, POLICY, 6
    )
    assert len(asked.moment) == 0
    for government, score in score_all(settled, POLICY, as_of).items():
        assert scores[government] == score.score
    _, contributions = walk_through(settled, POLICY, as_of)
    assert walk.logit_nano.tolist() == [found.logit_nano for found in contributions]
    assert walk.expected_nano.tolist() == [found.expected_nano for found in contributions]


@given(st.lists(st.integers(-(2**36), 2**36), max_size=20))
def test_curves_are_the_same_integers(logits: list[int]) -> None:
    assert probabilities(np.asarray(logits, dtype=np.int64)).tolist() == [probability(logit) for logit in logits]


@given(st.lists(st.tuples(st.integers(-(2**45), 2**45), st.integers(-10, 40_000)), max_size=20), st.integers(1, 3_000))
def test_decays_are_the_same_integers(pairs: list[tuple[int, int]], half_life: int) -> None:
    amounts = np.asarray([amount for amount, _ in pairs], dtype=np.int64)
    days = np.asarray([passed for _, passed in pairs], dtype=np.int64)
    assert decays(amounts, days, half_life).tolist() == [decay(amount, passed, half_life) for amount, passed in pairs]


@given(
    st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=10),
    st.integers(0, 10**12),
    st.integers(10**12, 10**13),
)
def test_products_never_wrap_around(amounts: list[int], factor: int, divisor: int) -> None:
    found = multiply_divide(np.asarray(amounts, dtype=np.int64), factor, divisor)
    assert found.tolist() == [amount * factor // divisor for amount in amounts]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-(2**58), 2**58)), max_size=12))
def test_sums_are_exact(pairs: list[tuple[int, int]]) -> None:
    places = np.asarray([place for place, _ in pairs], dtype=np.intp)
    amounts = np.asarray([amount for _, amount in pairs], dtype=np.int64)
    expected = [sum(amount for place, amount in pairs if place == wanted) for wanted in range(5)]
    assert sums(places, amounts, 5).tolist() == expected
