"""
Panels and rulings by several.

Of the coordinating bodies in office that are not concerned and not the first one, in order of registration, the members
follow one another in a circle, beginning at a number drawn from the dispute, the draw and the last block's hash. The
draw is recomputed here. A panel's ruling is what a majority of its members gave alike, and it is final.
"""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from ledger.domain.enums import DisputeState, ExcuseGround, Outcome, Role
from ledger.domain.events import DisputeConcluded, DisputeOpened, DisputeRuled, PanelDrawn, RulingGiven
from ledger.domain.refusals.disputes import (
    DisputeNoBodyAvailable,
    DisputeNotHearing,
    RulingAlreadyGiven,
    RulingAlreadyGivenByMember,
)
from tests.contracts.harness.evm import account
from tests.contracts.harness.ledger import (
    AGREEMENT,
    BROKEN,
    COASTAL,
    DAY,
    DELTA,
    DIGEST,
    EXCUSED,
    FULFILLED,
    HIGHLAND,
    HILLSIDE,
    LAKESIDE,
    NEXT_BODY,
    STRANGER,
    UPLANDS,
    Ledger,
    new_government,
    procedure_policy,
    ruling,
    speaker,
)

PARTLY = ruling()
COORDINATING_BODY = Role.COORDINATING_BODY.bit


def drawn(ledger: Ledger, candidates: list[int], dispute: int, draw: int, size: int) -> tuple[int, ...]:
    """The members by the stated rule."""
    seed = keccak(encode(["uint64", "uint8", "bytes32"], [dispute, draw, ledger.evm.first_block_hash]))
    start = int.from_bytes(seed) % len(candidates)
    return tuple(candidates[(start + i) % len(candidates)] for i in range(min(size, len(candidates))))


def more_bodies(ledger: Ledger, count: int) -> list[int]:
    """Register further coordinating bodies, above which nobody stands."""
    numbers = list(range(NEXT_BODY, NEXT_BODY + count))
    made = [new_government(n, roles=COORDINATING_BODY, signers=(account(f"body {n}").address,)) for n in numbers]
    ledger.decide("registerGovernments", made)
    return numbers


def appeal(ledger: Ledger, dispute: int) -> Any:
    """Appeal as Hillside."""
    return ledger.send("appealRuling", dispute, DIGEST, "", by=speaker(HILLSIDE))


def escalate(ledger: Ledger, dispute: int) -> Any:
    """Have it go up as soon as it can."""
    ledger.evm.now = ledger.call("dispute", dispute)["ruleBy"] + 1
    return ledger.send("escalateDispute", dispute, by=STRANGER)


# --------------------------------------------------------------------------------------------------------- the draw


def test_the_draw_follows_the_rule(ledger: Ledger) -> None:
    candidates = [UPLANDS, COASTAL, HIGHLAND, *more_bodies(ledger, 4)]
    seen = set()
    for _ in range(6):
        _, dispute = ledger.ruled()
        facts = appeal(ledger, dispute).facts
        expected = drawn(ledger, candidates, dispute, 1, 3)
        assert facts[1] == PanelDrawn(dispute, expected)
        assert facts[0].body == 0
        assert ledger.call("panel", dispute) == expected
        assert ledger.call("dispute", dispute)["draws"] == 1
        seen.add(expected)
    # The number of the dispute alone changes the draw.
    assert len(seen) > 1


def test_a_further_draw_is_another(ledger: Ledger) -> None:
    candidates = [UPLANDS, COASTAL, HIGHLAND, *more_bodies(ledger, 4)]
    _, dispute = ledger.disputed()
    for draw in (1, 2, 3, 4):
        facts = escalate(ledger, dispute).facts
        expected = drawn(ledger, candidates, dispute, draw, 3)
        assert facts[-1] == PanelDrawn(dispute, expected)
        assert ledger.call("panel", dispute) == expected
        assert ledger.call("dispute", dispute)["draws"] == draw
        for body in candidates:
            assert ledger.call("isBefore", body, LAKESIDE) == (body in expected)


@pytest.mark.parametrize("size", [1, 2, 3, 15])
def test_a_panel_is_as_large_as_the_policy_says_and_bodies_there_are(ledger: Ledger, size: int) -> None:
    ledger.decide("publishProcedurePolicy", procedure_policy(panel_size=size), 0)
    _, dispute = ledger.appealed()
    assert ledger.call("panel", dispute) == drawn(ledger, [UPLANDS, COASTAL, HIGHLAND], dispute, 1, size)


def test_who_is_out_of_office_or_concerned_is_not_drawn(ledger: Ledger) -> None:
    # An office of Hillside is concerned; Coastal Office was dissolved.
    office = NEXT_BODY
    signers = (account("office").address,)
    body = new_government(office, roles=COORDINATING_BODY, superior=HILLSIDE, signers=signers)
    ledger.decide("registerGovernments", [body])
    ledger.decide("removeGovernment", COASTAL, "dissolved")
    _, dispute = ledger.appealed()
    assert set(ledger.call("panel", dispute)) == {UPLANDS, HIGHLAND}
    # Where it is not concerned, it is drawn like any other.
    other = ledger.conclude(parties=(LAKESIDE, 4))
    id = ledger.evidenced(agreement=other, creditor=4)
    ledger.send("contestEvidence", id, "no", by=speaker(4))
    dispute = ledger.open_dispute(id)
    ledger.rule(dispute)
    ledger.send("appealRuling", dispute, DIGEST, "", by=speaker(LAKESIDE))
    assert set(ledger.call("panel", dispute)) == {UPLANDS, HIGHLAND, office}


def _without_a_body(ledger: Ledger) -> int:
    """A contested commitment whose agreement has no competent body."""
    id = ledger.contested()
    ledger.decide("removeGovernment", DELTA, "dissolved")
    assert ledger.call("competentBody", AGREEMENT) == 0
    return id


def test_without_a_body_a_panel_hears_it_from_the_beginning(ledger: Ledger) -> None:
    id = _without_a_body(ledger)
    facts = ledger.send("openDispute", id, DIGEST, "", by=speaker(LAKESIDE)).facts
    members = drawn(ledger, [UPLANDS, COASTAL, HIGHLAND], 1, 1, 3)
    assert isinstance(facts[0], DisputeOpened)
    assert (facts[0].body, facts[1]) == (0, PanelDrawn(1, members))
    ledger.rule(1, by=members[:1])
    assert ledger.call("dispute", 1)["state"] == DisputeState.OPEN
    ledger.rule(1, by=members[1:2])
    # Above a panel there is nobody, so its ruling is final.
    assert ledger.call("dispute", 1)["state"] == DisputeState.FINAL


def test_a_first_panel_that_does_not_rule_is_followed_by_another(ledger: Ledger) -> None:
    id = _without_a_body(ledger)
    dispute = ledger.open_dispute(id)
    facts = escalate(ledger, dispute).facts
    assert (facts[0].former_body, facts[0].body) == (0, 0)
    assert facts[1] == PanelDrawn(dispute, drawn(ledger, [UPLANDS, COASTAL, HIGHLAND], dispute, 2, 3))
    assert ledger.call("dispute", dispute)["state"] == DisputeState.APPEALED


def test_without_anyone_no_dispute_is_opened(ledger: Ledger) -> None:
    id = _without_a_body(ledger)
    for body in (UPLANDS, COASTAL, HIGHLAND):
        ledger.decide("removeGovernment", body, "dissolved")
    expected = DisputeNoBodyAvailable(AGREEMENT)
    ledger.refuses(expected, "openDispute", id, DIGEST, "", by=speaker(LAKESIDE))


# ------------------------------------------------------------------------------------------------------ the majority


def test_a_majority_of_the_members_rules(ledger: Ledger) -> None:
    id, dispute = ledger.appealed()
    first, second, third = ledger.call("panel", dispute)
    ledger.after_evidence(dispute)
    done = ledger.send("giveRuling", dispute, BROKEN, by=speaker(first))
    assert done.facts == (RulingGiven(dispute, first, speaker(first).address, BROKEN, 1, 2),)
    assert ledger.call("dispute", dispute)["state"] == DisputeState.APPEALED
    done = ledger.send("giveRuling", dispute, FULFILLED, by=speaker(second))
    assert done.facts == (RulingGiven(dispute, second, speaker(second).address, FULFILLED, 1, 2),)
    done = ledger.send("giveRuling", dispute, BROKEN, by=speaker(third))
    assert done.facts[:3] == (
        RulingGiven(dispute, third, speaker(third).address, BROKEN, 2, 2),
        DisputeRuled(dispute, id, third, BROKEN, 0),
        DisputeConcluded(dispute, id, third, Outcome.BROKEN, 0, ExcuseGround.NONE),
    )
    d = ledger.call("dispute", dispute)
    assert (d["state"], d["outcome"], d["ruledBy"]) == (DisputeState.FINAL, Outcome.BROKEN, third)
    # Who decided stays on record.
    assert ledger.call("panel", dispute) == (first, second, third)


def test_members_that_do_not_agree_do_not_rule(ledger: Ledger) -> None:
    _, dispute = ledger.appealed()
    first, second, third = ledger.call("panel", dispute)
    # The same outcome for other reasons is another ruling.
    ledger.rule(dispute, BROKEN, by=(first,))
    ledger.rule(dispute, ruling(outcome=Outcome.BROKEN, outcome_basis_points=0, reasons_digest=b"\x02" * 32), (second,))
    ledger.rule(dispute, FULFILLED, by=(third,))
    assert ledger.call("dispute", dispute)["state"] == DisputeState.APPEALED
    # What the first body ruled is then what stands.
    escalate(ledger, dispute)
    d = ledger.call("dispute", dispute)
    assert (d["state"], d["ruledBy"]) == (DisputeState.FINAL, DELTA)


def test_a_member_rules_once(ledger: Ledger) -> None:
    _, dispute = ledger.appealed()
    member = ledger.call("panel", dispute)[0]
    second = account("second signer")
    ledger.decide_at_once("addSigner", member, second.address)
    ledger.rule(dispute, by=(member,))
    expected = RulingAlreadyGivenByMember(dispute, member)
    for signer in (speaker(member), second):
        for given in (PARTLY, BROKEN):
            ledger.refuses(expected, "giveRuling", dispute, given, by=signer)


def test_who_is_not_drawn_does_not_rule(ledger: Ledger) -> None:
    ledger.decide("publishProcedurePolicy", procedure_policy(panel_size=1), 0)
    _, dispute = ledger.appealed()
    (member,) = ledger.call("panel", dispute)
    ledger.after_evidence(dispute)
    for other in {UPLANDS, COASTAL, HIGHLAND, DELTA} - {member}:
        ledger.refuses(DisputeNotHearing(dispute, other), "giveRuling", dispute, PARTLY, by=speaker(other))


def test_a_new_panel_begins_anew(ledger: Ledger) -> None:
    """What members gave in a panel that did not come to a ruling counts for nothing in the next."""
    _, dispute = ledger.disputed()
    escalate(ledger, dispute)
    first = ledger.call("panel", dispute)[0]
    ledger.rule(dispute, BROKEN, by=(first,))
    escalate(ledger, dispute)
    members = ledger.call("panel", dispute)
    assert first in members
    ledger.rule(dispute, BROKEN, by=(first,))
    assert ledger.call("dispute", dispute)["state"] == DisputeState.APPEALED
    ledger.rule(dispute, BROKEN, by=tuple(member for member in members if member != first)[:1])
    assert ledger.call("dispute", dispute)["state"] == DisputeState.FINAL


# ---------------------------------------------------------------------------------------------------- several signers


SECOND, THIRD = account("second signer of Delta"), account("third signer of Delta")


def _three_signers(ledger: Ledger, needed: int = 2) -> int:
    """A dispute before Delta Office, which has three signers, under a policy that asks for several."""
    for signer in (SECOND, THIRD):
        ledger.decide("addSigner", DELTA, signer.address)
    ledger.decide("publishProcedurePolicy", procedure_policy(ruling_signers=needed), 0)
    _, dispute = ledger.disputed()
    ledger.after_evidence(dispute)
    return dispute


def test_several_signers_of_the_body_give_the_same_ruling(ledger: Ledger) -> None:
    dispute = _three_signers(ledger)
    done = ledger.send("giveRuling", dispute, BROKEN, by=speaker(DELTA))
    assert done.facts == (RulingGiven(dispute, DELTA, speaker(DELTA).address, BROKEN, 1, 2),)
    done = ledger.send("giveRuling", dispute, EXCUSED, by=SECOND)
    assert done.facts == (RulingGiven(dispute, DELTA, SECOND.address, EXCUSED, 1, 2),)
    assert ledger.call("dispute", dispute)["state"] == DisputeState.OPEN
    done = ledger.send("giveRuling", dispute, EXCUSED, by=THIRD)
    assert done.facts[0] == RulingGiven(dispute, DELTA, THIRD.address, EXCUSED, 2, 2)
    d = ledger.call("dispute", dispute)
    assert (d["state"], d["outcome"], d["ruledBy"]) == (DisputeState.RULED, Outcome.EXCUSED, DELTA)


def test_a_signer_rules_once(ledger: Ledger) -> None:
    dispute = _three_signers(ledger)
    ledger.send("giveRuling", dispute, BROKEN, by=SECOND)
    for given in (BROKEN, FULFILLED):
        ledger.refuses(RulingAlreadyGiven(dispute, SECOND.address), "giveRuling", dispute, given, by=SECOND)


@pytest.mark.parametrize("other", ["locator", "digest", "basis_points"])
def test_only_identical_rulings_count(ledger: Ledger, other: str) -> None:
    dispute = _three_signers(ledger)
    changes: dict[str, dict[str, Any]] = {
        "locator": {"reasons_locator": "archive:ruling-2"},
        "digest": {"reasons_digest": b"\x02" * 32},
        "basis_points": {"outcome_basis_points": 5_001},
    }
    ledger.send("giveRuling", dispute, PARTLY, by=SECOND)
    ledger.send("giveRuling", dispute, ruling(**changes[other]), by=THIRD)
    assert ledger.call("dispute", dispute)["state"] == DisputeState.OPEN
    ledger.send("giveRuling", dispute, PARTLY, by=speaker(DELTA))
    assert ledger.call("dispute", dispute)["state"] == DisputeState.RULED


def test_who_is_too_few_to_rule_loses_it(ledger: Ledger) -> None:
    dispute = _three_signers(ledger, 4)
    for signer in (speaker(DELTA), SECOND, THIRD):
        ledger.send("giveRuling", dispute, BROKEN, by=signer)
    assert ledger.call("dispute", dispute)["state"] == DisputeState.OPEN
    escalate(ledger, dispute)
    assert ledger.call("dispute", dispute)["state"] == DisputeState.APPEALED


def test_a_panel_asks_for_one_signer_of_each_member(ledger: Ledger) -> None:
    dispute = _three_signers(ledger, 3)
    escalate(ledger, dispute)
    members = ledger.call("panel", dispute)
    ledger.evm.now += 11 * DAY
    ledger.rule(dispute, BROKEN, by=members[:2])
    assert ledger.call("dispute", dispute)["state"] == DisputeState.FINAL
