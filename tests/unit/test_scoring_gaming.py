"""
Attacks on the score, and what they can gain at most.

The world: ten governments with thirty commitments each over two and a half years, kept at rates from 40 % to 85 %, owed
to one another and to a common forum. An attack adds facts to it. Gains are in millionths of the score; a gain over the
base leaves out what moves everybody alike, and so changes no rank. One honest kept promise of the weakest government is
worth about 20,000.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from ledger.domain.scoring import CommitmentFact, CommitmentStanding, Score, score_all
from ledger.policies import default_policy
from tests.unit.scoring_facts import BROKEN, DAY, KEPT, MILLION, fact

POLICY = default_policy()
AS_OF = 1_300 * DAY
WEAKEST = 1
NEWCOMERS = (50, 51, 52, 53, 54)


@cache
def world() -> tuple[CommitmentFact, ...]:
    chance = random.Random(1)
    facts = []
    for number in range(300):
        government = 1 + number // 30
        made_at = chance.randrange(900) * DAY
        creditor = chance.choice([None, *(other for other in range(1, 11) if other != government)])
        agreement = 1 if creditor is None else 100 + 20 * min(government, creditor) + max(government, creditor)
        outcome = KEPT if chance.random() < 0.35 + 0.05 * government else BROKEN
        facts.append(
            fact(
                number,
                government,
                outcome,
                creditor=creditor,
                agreement=agreement,
                made_at=made_at,
                due_at=made_at + 300 * DAY,
                resolved_at=made_at + 299 * DAY,
            )
        )
    return tuple(facts)


def scores(extra: Sequence[CommitmentFact] = ()) -> dict[int, Score]:
    return score_all([*world(), *extra], POLICY, AS_OF, NEWCOMERS)


def easy_promises(
    ring: Sequence[int], each: int, days: int = 900, weight: int = MILLION, bilateral: bool = True
) -> list[CommitmentFact]:
    """Promises of the ring to its own members, all kept, over so many days."""
    chance = random.Random(3)
    facts = []
    for number in range(each * len(ring)):
        place = number % len(ring)
        creditor = ring[(place + 1 + number // len(ring) % (len(ring) - 1)) % len(ring)]
        made_at = chance.randrange(days) * DAY
        facts.append(
            fact(
                10_000 + number,
                ring[place],
                KEPT,
                creditor=creditor if bilateral else None,
                agreement=900,
                weight_millionths=weight,
                made_at=made_at,
                due_at=made_at + 300 * DAY,
                resolved_at=made_at + 299 * DAY,
            )
        )
    return facts


def gain(government: int, extra: Sequence[CommitmentFact]) -> int:
    """How far the attack lifts the attacker above the base."""
    before, after = scores()[government], scores(extra)[government]
    return (after.score - after.base) - (before.score - before.base)


def late(number: int, outcome: int | None, **changes: object) -> CommitmentFact:
    """A commitment of the weakest government to a partner of its own agreement, made on day 900, due on day 1,200."""
    values: dict[str, object] = {
        "creditor": 3,
        "agreement": 901,
        "made_at": 900 * DAY,
        "due_at": 1_200 * DAY,
        "resolved_at": None if outcome is None else 1_199 * DAY,
    }
    values.update(changes)
    return fact(number, WEAKEST, outcome, **values)


def honest() -> int:
    """What one kept promise to an own partner gains."""
    return gain(WEAKEST, [late(20_000, KEPT)])


def test_one_honest_promise_is_the_measure() -> None:
    assert 10_000 < honest() < 30_000


@pytest.mark.parametrize(
    ("ring", "attacker", "each", "changes", "bound"),
    [
        # Two who confirm a thousand trivial promises to one another: within a day (many at a time count as one shock),
        # over years, with a small weight, owed to "all other parties" of their own agreement, and two newcomers.
        ((1, 2), 1, 1_000, {"days": 1}, 0),
        ((1, 2), 1, 1_000, {}, 125_000),
        ((1, 2), 1, 1_000, {"weight": 10_000}, 60_000),
        ((1, 2), 1, 1_000, {"bilateral": False}, 140_000),
        ((50, 51), 50, 1_000, {}, 155_000),
        # A ring of five: of newcomers, of newcomers in a forum of their own, of the weakest half of the world.
        (NEWCOMERS, 50, 1_000, {}, 90_000),
        (NEWCOMERS, 50, 1_000, {"bilateral": False}, 90_000),
        ((1, 2, 3, 4, 5), 1, 1_000, {}, 180_000),
    ],
)
def test_trivial_promises_among_friends_gain_little(
    ring: tuple[int, ...], attacker: int, each: int, changes: dict[str, Any], bound: int
) -> None:
    assert gain(attacker, easy_promises(ring, each, **changes)) <= bound


def test_a_ring_gains_less_than_the_same_number_of_promises_kept_to_all() -> None:
    # The same promises, spread over the world's partners instead of among friends.
    chance = random.Random(5)
    spread = [
        fact(
            10_000 + number,
            50,
            KEPT,
            creditor=1 + number % 10,
            agreement=2_000 + number % 10,
            made_at=(made_at := chance.randrange(900)) * DAY,
            due_at=(made_at + 300) * DAY,
            resolved_at=(made_at + 299) * DAY,
        )
        for number in range(40)
    ]
    friends = easy_promises(NEWCOMERS, 1_000)
    assert gain(50, friends) < gain(50, spread)


def test_others_are_hardly_touched_by_two_friends() -> None:
    before, after = scores(), scores(easy_promises((1, 2), 1_000))
    for government in range(3, 11):
        assert abs(after[government].score - before[government].score) <= 30_000


def test_splitting_a_promise_and_its_weight_gains_nothing() -> None:
    parts = [late(20_000 + number, KEPT, weight_millionths=10_000) for number in range(100)]
    assert gain(WEAKEST, parts) <= honest() + 100


def test_splitting_a_promise_into_a_hundred_whole_ones_gains_no_more_than_five() -> None:
    parts = [late(20_000 + number, KEPT) for number in range(100)]
    assert gain(WEAKEST, parts) <= 5 * honest()


def test_delaying_a_bad_outcome_gains_nothing_once_the_grace_has_passed() -> None:
    due = AS_OF - POLICY.overdue_grace_days * DAY - 1
    delayed = late(20_000, None, due_at=due)
    admitted = late(20_000, BROKEN, due_at=due, resolved_at=due)
    assert gain(WEAKEST, [delayed]) <= gain(WEAKEST, [admitted]) < 0


def test_a_dispute_delays_a_bad_outcome_only_up_to_the_ruling_limit() -> None:
    opened = AS_OF - POLICY.ruling_limit_days * DAY - 1
    disputed = late(20_000, None, due_at=950 * DAY, status=CommitmentStanding.DISPUTED, disputed_at=opened)
    assert gain(WEAKEST, [disputed]) < 0


def test_withdrawing_from_a_hard_agreement_does_not_undo_what_was_broken() -> None:
    broken = [late(20_000 + number, BROKEN) for number in range(5)]
    # Who withdraws makes no further promises there; those already broken stay, at whatever age they have.
    assert gain(WEAKEST, broken) < -3 * honest() // 2


def test_a_hard_agreement_is_worth_entering() -> None:
    # In an agreement where the others keep 30 %, keeping half gains; in one where they keep 95 %, the same loses.
    def gain_at(rate_per_cent: int) -> int:
        others = [
            fact(
                30_000 + number,
                2 + number % 9,
                KEPT if number * 100 // 180 < rate_per_cent else BROKEN,
                agreement=950,
                resolved_at=(600 + number * 37 % 180) * DAY,
            )
            for number in range(180)
        ]
        own = [
            fact(40_000 + number, 50, KEPT if number % 2 else BROKEN, agreement=950, resolved_at=(800 + number) * DAY)
            for number in range(20)
        ]
        after = scores([*others, *own])[50]
        return after.score - after.base

    assert gain_at(30) > 0 > gain_at(95)


def test_registering_after_the_fact_weighs_what_the_policy_says_and_is_a_kind_of_its_own() -> None:
    # A thousand promises recorded when their success was known: all of the kind "made after it was due".
    recorded = [
        late(20_000 + number, KEPT, made_at=1_290 * DAY, resolved_at=1_290 * DAY, backfilled=True)
        for number in range(1_000)
    ]
    assert gain(WEAKEST, recorded) <= 5 * honest()


def test_flooding_a_partner_cannot_make_a_broken_promise_to_another_cheap() -> None:
    flood = easy_promises((1, 2), 1_000)
    broken = late(20_000, BROKEN)
    plain = scores()[WEAKEST].score - scores([broken])[WEAKEST].score
    flooded = scores(flood)[WEAKEST].score - scores([*flood, broken])[WEAKEST].score
    assert flooded * 2 > plain
