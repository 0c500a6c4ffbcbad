"""
Succession: who has taken whose place.

Restructuring is no excuse, so a successor answers for all that those before it owed and did.
"""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.enums import GovernmentState, Role
from ledger.domain.events import SuccessionRecorded
from ledger.domain.refusals.base import Refused
from ledger.domain.refusals.register import (
    GovernmentFieldEmpty,
    GovernmentFieldTooLong,
    GovernmentUnknown,
    SuccessionCircle,
    SuccessionEmpty,
    SuccessionTooMany,
    SuccessorInvalid,
    SuccessorTwice,
)
from tests.contracts.harness.ledger import (
    AUDITOR,
    DELTA,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    NEXT_BODY,
    OLDTOWN,
    RIVERPORT,
    STRANGER,
    UPLANDS,
    Ledger,
    new_government,
    refused,
    speaker,
)


def decide_refused(ledger: Ledger, expected: Refused, *values: Any) -> None:
    proposal, data = ledger.propose("recordSuccession", *values)
    ledger.evm.now += 2 * 86_400
    ledger.unchanged(lambda: ledger.transact("executeProposal", proposal, data, by=STRANGER), expected)


def test_who_was_succeeded_speaks_no_more(ledger: Ledger) -> None:
    done = ledger.decide("recordSuccession", LAKESIDE, [NEWLAKE], "Decree 7 of 2026")
    assert done.facts[1:] == (SuccessionRecorded(LAKESIDE, (NEWLAKE,), "Decree 7 of 2026"),)
    assert ledger.call("government", LAKESIDE)["state"] == GovernmentState.SUCCEEDED
    assert not ledger.call("hasRole", LAKESIDE, Role.GOVERNMENT)
    assert ledger.call("voiceOf", speaker(LAKESIDE).address) == (0, 0)
    assert ledger.call("governmentBy", "test", "B002") == LAKESIDE
    with refused(GovernmentUnknown(LAKESIDE)):
        ledger.register_as(speaker(LAKESIDE))
    assert ledger.call("voiceOf", speaker(NEWLAKE).address) == (NEWLAKE, Role.GOVERNMENT.bit)


def test_nothing_is_done_to_who_was_succeeded(ledger: Ledger) -> None:
    ledger.succeed(LAKESIDE, NEWLAKE)
    for verb, values in (
        ("addSigner", (LAKESIDE, STRANGER.address)),
        ("setRoles", (LAKESIDE, 1)),
        ("removeGovernment", (LAKESIDE, "gone")),
        ("setJurisdiction", (DELTA, LAKESIDE, True)),
        ("recordSuccession", (LAKESIDE, [FARFIELD], "again")),
    ):
        proposal, data = ledger.propose(verb, *values)
        ledger.evm.now += 2 * 86_400
        expected = GovernmentUnknown(LAKESIDE)
        ledger.unchanged(lambda p=proposal, d=data: ledger.transact("executeProposal", p, d, by=STRANGER), expected)  # type: ignore[misc]


def test_merger_split_and_their_lines(ledger: Ledger) -> None:
    """
    Lakeside is split into Newlake and Farfield; Hillside and Farfield merge into Riverport.

        Lakeside ─┬─ Newlake
                  └─ Farfield ─┬─ Riverport
                     Hillside ─┘
    """
    ledger.succeed(LAKESIDE, NEWLAKE, FARFIELD)
    ledger.succeed(HILLSIDE, RIVERPORT)
    ledger.succeed(FARFIELD, RIVERPORT)
    assert ledger.call("successors", LAKESIDE) == (NEWLAKE, FARFIELD)
    assert ledger.call("successors", RIVERPORT) == ()
    assert ledger.call("lineage", NEWLAKE) == (NEWLAKE, LAKESIDE)
    assert ledger.call("lineage", RIVERPORT) == (RIVERPORT, HILLSIDE, FARFIELD, LAKESIDE)
    assert ledger.call("lineage", LAKESIDE) == (LAKESIDE,)
    stands = {
        (caller, id)
        for caller in range(1, NEXT_BODY)
        for id in range(1, NEXT_BODY)
        if caller != id and ledger.call("standsFor", caller, id)
    }
    assert stands == {
        (NEWLAKE, LAKESIDE),
        (FARFIELD, LAKESIDE),
        (RIVERPORT, FARFIELD),
        (RIVERPORT, HILLSIDE),
        (RIVERPORT, LAKESIDE),
    }
    assert all(ledger.call("standsFor", body, body) for body in range(1, NEXT_BODY))


def test_a_place_that_comes_together_again_is_counted_once(ledger: Ledger) -> None:
    """Lakeside is split into Newlake and Farfield, which both merge into Riverport."""
    ledger.succeed(LAKESIDE, NEWLAKE, FARFIELD)
    ledger.succeed(NEWLAKE, RIVERPORT)
    ledger.succeed(FARFIELD, RIVERPORT)
    assert ledger.call("lineage", RIVERPORT) == (RIVERPORT, NEWLAKE, FARFIELD, LAKESIDE)


def test_sixteen_can_take_a_place_and_one_can_take_many(ledger: Ledger) -> None:
    many = list(range(NEXT_BODY, NEXT_BODY + 16))
    ledger.decide("registerGovernments", [new_government(number) for number in [*many, NEXT_BODY + 16]])
    too_many = [*many, NEXT_BODY + 16]
    decide_refused(ledger, SuccessionTooMany(17, 16), LAKESIDE, too_many, "split")
    ledger.succeed(LAKESIDE, *many)
    assert ledger.call("successors", LAKESIDE) == tuple(many)
    for number in many:
        ledger.succeed(number, NEWLAKE)
    assert ledger.call("lineage", NEWLAKE) == (NEWLAKE, *many, LAKESIDE)
    assert ledger.call("standsFor", NEWLAKE, LAKESIDE)


def test_a_circle_is_refused(ledger: Ledger) -> None:
    decide_refused(ledger, SuccessorInvalid(LAKESIDE, LAKESIDE), LAKESIDE, [LAKESIDE], "itself")
    ledger.succeed(LAKESIDE, NEWLAKE)
    decide_refused(ledger, SuccessionCircle(NEWLAKE, LAKESIDE), NEWLAKE, [LAKESIDE], "back again")
    ledger.succeed(NEWLAKE, FARFIELD)
    decide_refused(ledger, SuccessionCircle(FARFIELD, LAKESIDE), FARFIELD, [HILLSIDE, LAKESIDE], "back again")


@pytest.mark.parametrize(
    ("predecessor", "successors", "ground", "expected"),
    [
        (LAKESIDE, [], "merged", SuccessionEmpty(LAKESIDE)),
        (LAKESIDE, [NEWLAKE, FARFIELD, NEWLAKE], "merged", SuccessorTwice(NEWLAKE)),
        (LAKESIDE, [NEWLAKE, OLDTOWN], "merged", SuccessorInvalid(LAKESIDE, OLDTOWN)),
        (LAKESIDE, [AUDITOR], "merged", SuccessorInvalid(LAKESIDE, AUDITOR)),
        (LAKESIDE, [UPLANDS], "merged", SuccessorInvalid(LAKESIDE, UPLANDS)),
        (LAKESIDE, [NEXT_BODY], "merged", SuccessorInvalid(LAKESIDE, NEXT_BODY)),
        (LAKESIDE, [0], "merged", SuccessorInvalid(LAKESIDE, 0)),
        (OLDTOWN, [NEWLAKE], "merged", GovernmentUnknown(OLDTOWN)),
        (NEXT_BODY, [NEWLAKE], "merged", GovernmentUnknown(NEXT_BODY)),
        (0, [NEWLAKE], "merged", GovernmentUnknown(0)),
        (LAKESIDE, [NEWLAKE], "", GovernmentFieldEmpty("ground")),
        (LAKESIDE, [NEWLAKE], "g" * 1025, GovernmentFieldTooLong("ground", 1025, 1024)),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_succession(
    ledger: Ledger, predecessor: int, successors: list[int], ground: str, expected: Refused
) -> None:
    decide_refused(ledger, expected, predecessor, successors, ground)


def test_a_successor_who_is_gone_is_no_successor(ledger: Ledger) -> None:
    ledger.succeed(NEWLAKE, FARFIELD)
    decide_refused(ledger, SuccessorInvalid(LAKESIDE, NEWLAKE), LAKESIDE, [NEWLAKE], "merged")


def test_the_longest_ground(ledger: Ledger) -> None:
    ledger.decide("recordSuccession", LAKESIDE, [NEWLAKE], "g" * 1024)


def test_the_body_above_is_the_nearest_that_coordinates(ledger: Ledger) -> None:
    county, office, removed = NEXT_BODY, NEXT_BODY + 1, NEXT_BODY + 2
    ledger.decide(
        "registerGovernments",
        [
            new_government(county, superior=UPLANDS),
            new_government(office, superior=county, roles=Role.COORDINATING_BODY.bit),
            new_government(removed, superior=office, roles=Role.COORDINATING_BODY.bit),
            new_government(removed + 1, superior=removed),
        ],
    )
    assert ledger.call("higherBody", UPLANDS) == DELTA
    assert ledger.call("higherBody", DELTA) == 0
    assert ledger.call("higherBody", office) == UPLANDS, "a county that coordinates nothing is passed over"
    assert ledger.call("higherBody", removed + 1) == removed
    ledger.decide("removeGovernment", removed, "dissolved")
    assert ledger.call("higherBody", removed + 1) == office, "so is an office that is no more"
    assert ledger.call("higherBody", 0) == 0


def test_the_way_up_ends_after_sixteen_levels(ledger: Ledger) -> None:
    chain = range(NEXT_BODY, NEXT_BODY + 17)
    first = new_government(NEXT_BODY, superior=DELTA)
    ledger.decide("registerGovernments", [first, *(new_government(n, superior=n - 1) for n in chain[1:])])
    assert ledger.call("higherBody", chain[15]) == DELTA
    assert ledger.call("higherBody", chain[16]) == 0


def test_coordinating_bodies_are_listed_in_order_of_registration(ledger: Ledger) -> None:
    before = ledger.call("coordinatingBodies")
    assert before == (DELTA, UPLANDS, 9, 10)
    ledger.decide("setRoles", FARFIELD, Role.COORDINATING_BODY.bit)
    ledger.decide("setRoles", NEWLAKE, 3)
    assert ledger.call("coordinatingBodies") == (DELTA, FARFIELD, UPLANDS, 9, 10, NEWLAKE)
    ledger.decide("setRoles", FARFIELD, Role.GOVERNMENT.bit)
    ledger.decide("setRoles", FARFIELD, 3)
    ledger.decide("removeGovernment", 9, "dissolved")
    assert ledger.call("coordinatingBodies") == (DELTA, FARFIELD, UPLANDS, 9, 10, NEWLAKE), "none is listed twice"
