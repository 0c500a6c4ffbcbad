"""
Appeals and escalation: who hears a dispute next, and who hears nothing of it.

The first body is the agreement's own or, where it is concerned, the nearest above that is not; an appeal goes to the
nearest above the first. Concerned is who is a party or stands in the place of one, and whose superior is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ledger.domain.enums import CommitmentState, DisputeState, ExcuseGround, Level, Outcome, Role
from ledger.domain.events import DisputeAppealed, DisputeConcluded, DisputeEscalated, DisputeRuled, RulingGiven
from ledger.domain.refusals.breaches import BreachTooEarly
from ledger.domain.refusals.disputes import (
    DisputeNoBodyAvailable,
    DisputeNotHearing,
    DisputeNotSide,
    DisputeStateInvalid,
)
from ledger.domain.terms import NewGovernment
from tests.contracts.harness.evm import account
from tests.contracts.harness.ledger import (
    AGREEMENT,
    BROKEN,
    COASTAL,
    DELTA,
    DIGEST,
    FULFILLED,
    HIGHLAND,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    NEXT_BODY,
    RIVERPORT,
    STRANGER,
    UPLANDS,
    Ledger,
    P,
    agreement_terms,
    ruling,
    speaker,
)

GOVERNMENT, COORDINATING_BODY = Role.GOVERNMENT.bit, Role.COORDINATING_BODY.bit

PARTIES = (LAKESIDE, HILLSIDE)


def register(ledger: Ledger, *bodies: tuple[int, int]) -> list[int]:
    """Register bodies, each with its roles and its superior; each has jurisdiction over all if it coordinates."""
    first = NEXT_BODY
    made = [
        NewGovernment("test", f"X{number:03}", f"Office {number}", Level.CITY, superior, roles, (by(number).address,))
        for number, (roles, superior) in enumerate(bodies, first)
    ]
    # One at a time, because one may be the superior of the next.
    ledger.decide("registerGovernments", made)
    for number, (roles, _) in enumerate(bodies, first):
        if roles & COORDINATING_BODY:
            ledger.decide("setJurisdiction", number, 0, True)
    return list(range(first, first + len(bodies)))


def by(body: int) -> Any:
    """The account that speaks for a body that was registered here."""
    return account(f"office {body}")


def contested_under(ledger: Ledger, body: int, parties: Sequence[int] = PARTIES) -> tuple[int, int]:
    """An agreement that `body` coordinates, and a commitment under it whose evidence Hillside contested."""
    agreement = ledger.conclude(coordinating_body=body, parties=tuple(parties))
    return agreement, ledger.contested(agreement=agreement)


def uplands(ledger: Ledger) -> int:
    """A commitment under Uplands Office, above which stands Delta Office; its evidence was contested."""
    ledger.decide("setJurisdiction", UPLANDS, 0, True)
    return contested_under(ledger, UPLANDS)[1]


def give(ledger: Ledger, dispute: int, body: int, given: Any = None) -> Any:
    """Have a body give a ruling as soon as it can be given."""
    ledger.after_evidence(dispute)
    return ledger.send("giveRuling", dispute, given or ruling(), by=by(body) if body >= NEXT_BODY else speaker(body))


def appeal(ledger: Ledger, dispute: int, side: int = LAKESIDE) -> Any:
    """Appeal."""
    return ledger.send("appealRuling", dispute, DIGEST, "archive:grounds", by=speaker(side))


def escalate(ledger: Ledger, dispute: int) -> Any:
    """Have it go up as soon as it can."""
    ledger.evm.now = ledger.call("dispute", dispute)["ruleBy"] + 1
    return ledger.send("escalateDispute", dispute, by=STRANGER)


# ---------------------------------------------------------------------------------------------------------- appeals


@pytest.mark.parametrize("side", [LAKESIDE, HILLSIDE])
def test_an_appeal_goes_to_the_body_above_and_is_final(ledger: Ledger, side: int) -> None:
    id = uplands(ledger)
    dispute = ledger.open_dispute(id)
    give(ledger, dispute, UPLANDS)
    done = appeal(ledger, dispute, side)
    evidence_until = ledger.evm.now + P.evidence_seconds
    rule_by = evidence_until + P.ruling_seconds
    assert done.facts == (DisputeAppealed(dispute, side, DELTA, evidence_until, rule_by, DIGEST, "archive:grounds"),)
    d = ledger.call("dispute", dispute)
    assert (d["state"], d["body"], d["evidenceUntil"], d["ruleBy"]) == (
        DisputeState.APPEALED,
        DELTA,
        evidence_until,
        rule_by,
    )
    # The first ruling stands until the second.
    assert (d["outcome"], d["ruledBy"]) == (Outcome.PARTLY, UPLANDS)
    assert (ledger.call("isBefore", DELTA, LAKESIDE), ledger.call("isBefore", UPLANDS, LAKESIDE)) == (True, False)
    ledger.refuses(DisputeNotHearing(dispute, UPLANDS), "giveRuling", dispute, BROKEN, by=speaker(UPLANDS))

    facts = give(ledger, dispute, DELTA, FULFILLED).facts
    assert facts[:3] == (
        RulingGiven(dispute, DELTA, speaker(DELTA).address, FULFILLED, 1, 1),
        DisputeRuled(dispute, id, DELTA, FULFILLED, 0),
        DisputeConcluded(dispute, id, DELTA, Outcome.FULFILLED, 10_000, ExcuseGround.NONE),
    )
    assert ledger.call("dispute", dispute)["state"] == DisputeState.FINAL
    assert ledger.call("commitment", id)["outcomeBasisPoints"] == 10_000
    assert not ledger.call("isBefore", DELTA, LAKESIDE)


def test_evidence_is_lodged_again_on_appeal(ledger: Ledger) -> None:
    _, dispute = ledger.appealed()
    for side in (LAKESIDE, HILLSIDE):
        ledger.send("lodgeDisputeEvidence", dispute, DIGEST, "", by=speaker(side))


def test_there_is_one_appeal(ledger: Ledger) -> None:
    _, dispute = ledger.appealed()
    for side in (LAKESIDE, HILLSIDE):
        expected = DisputeStateInvalid(dispute, DisputeState.APPEALED)
        ledger.refuses(expected, "appealRuling", dispute, DIGEST, "", by=speaker(side))
    ledger.rule(dispute, by=ledger.call("panel", dispute)[:2])
    for side in (LAKESIDE, HILLSIDE):
        expected = DisputeStateInvalid(dispute, DisputeState.FINAL)
        ledger.refuses(expected, "appealRuling", dispute, DIGEST, "", by=speaker(side))


def test_where_it_is_owed_to_all_any_other_party_appeals(ledger: Ledger) -> None:
    id = ledger.contested(creditor=0)
    dispute = ledger.open_dispute(id)
    ledger.rule(dispute, FULFILLED)
    ledger.refuses(DisputeNotSide(id, 5), "appealRuling", dispute, DIGEST, "", by=speaker(5))
    appeal(ledger, dispute, RIVERPORT)


def test_an_appeal_that_nobody_can_hear_is_refused(ledger: Ledger) -> None:
    id, dispute = ledger.ruled()
    for body in (UPLANDS, COASTAL, HIGHLAND):
        ledger.decide_at_once("removeGovernment", body, "dissolved")
    expected = DisputeNoBodyAvailable(AGREEMENT)
    ledger.refuses(expected, "appealRuling", dispute, DIGEST, "", by=speaker(LAKESIDE))
    ledger.conclude_dispute(dispute)
    assert ledger.call("commitment", id)["outcomeBasisPoints"] == 5_000


# ------------------------------------------------------------------------------------------------------- escalation


def test_what_the_first_body_leaves_goes_up(ledger: Ledger) -> None:
    id = uplands(ledger)
    dispute = ledger.open_dispute(id)
    done = escalate(ledger, dispute)
    evidence_until = ledger.evm.now + P.evidence_seconds
    assert done.facts == (DisputeEscalated(dispute, UPLANDS, DELTA, evidence_until, evidence_until + P.ruling_seconds),)
    d = ledger.call("dispute", dispute)
    assert (d["state"], d["body"], d["draws"]) == (DisputeState.APPEALED, DELTA, 0)
    # It is the second instance, so that its ruling is final.
    give(ledger, dispute, DELTA)
    assert ledger.call("dispute", dispute)["state"] == DisputeState.FINAL


def test_what_the_higher_body_leaves_too_goes_to_a_panel(ledger: Ledger) -> None:
    id = uplands(ledger)
    dispute = ledger.open_dispute(id)
    escalate(ledger, dispute)
    facts = escalate(ledger, dispute).facts
    d = ledger.call("dispute", dispute)
    assert facts[0] == DisputeEscalated(dispute, DELTA, 0, d["evidenceUntil"], d["ruleBy"])
    assert (d["state"], d["body"], d["draws"]) == (DisputeState.APPEALED, 0, 1)
    assert facts[1].members == ledger.call("panel", dispute)
    # The first body has had its time; the higher one may be drawn.
    assert UPLANDS not in facts[1].members


def test_an_appeal_that_is_not_ruled_on_leaves_the_first_ruling(ledger: Ledger) -> None:
    id = uplands(ledger)
    dispute = ledger.open_dispute(id)
    give(ledger, dispute, UPLANDS)
    appeal(ledger, dispute)
    facts = escalate(ledger, dispute).facts
    assert facts[0] == DisputeConcluded(dispute, id, UPLANDS, Outcome.PARTLY, 5_000, ExcuseGround.NONE)
    assert ledger.call("commitment", id)["state"] == CommitmentState.SETTLED
    assert not ledger.call("isBefore", DELTA, LAKESIDE)


def test_late_but_before_anyone_called_the_body_still_rules(ledger: Ledger) -> None:
    _, dispute = ledger.disputed()
    ledger.evm.now = ledger.call("dispute", dispute)["ruleBy"] + 1
    give(ledger, dispute, DELTA)
    expected = DisputeStateInvalid(dispute, DisputeState.RULED)
    ledger.refuses(expected, "escalateDispute", dispute, by=STRANGER)


def test_what_nobody_else_can_hear_stays_before_the_body(ledger: Ledger) -> None:
    _, dispute = ledger.disputed()
    for body in (UPLANDS, COASTAL, HIGHLAND):
        ledger.decide_at_once("removeGovernment", body, "dissolved")
    ledger.evm.now = ledger.call("dispute", dispute)["ruleBy"] + 1
    ledger.refuses(DisputeNoBodyAvailable(AGREEMENT), "escalateDispute", dispute, by=STRANGER)
    give(ledger, dispute, DELTA)


# ---------------------------------------------------------------------------------------------------------- recusal


def test_an_office_of_a_party_hears_nothing_of_it(ledger: Ledger) -> None:
    """Riverport is a party; its office coordinates the agreement, and nobody stands above Riverport."""
    (office,) = register(ledger, (COORDINATING_BODY, RIVERPORT))
    agreement, id = contested_under(ledger, office, (LAKESIDE, HILLSIDE, RIVERPORT))
    assert ledger.call("competentBody", agreement) == 0
    dispute = ledger.open_dispute(id)
    assert ledger.call("dispute", dispute)["body"] == 0
    assert office not in ledger.call("panel", dispute)
    ledger.after_evidence(dispute)
    ledger.refuses(DisputeNotHearing(dispute, office), "giveRuling", dispute, BROKEN, by=by(office))


def test_the_nearest_above_who_is_not_concerned_is_competent(ledger: Ledger) -> None:
    city, office = register(ledger, (GOVERNMENT, DELTA), (COORDINATING_BODY, NEXT_BODY))
    agreement, _ = contested_under(ledger, office)
    assert ledger.call("competentBody", agreement) == office
    # Only now does the body above it become a party: the same office, another agreement.
    terms = agreement_terms(coordinating_body=office, parties=(LAKESIDE, HILLSIDE, city))
    other = ledger.send("proposeAgreement", terms, by=speaker(LAKESIDE)).returned
    ledger.sign_agreement(other, LAKESIDE, HILLSIDE)
    digest = ledger.call("versionOf", other, 1)["termsDigest"]
    ledger.send("signAgreement", other, 1, digest, by=by(city))
    assert ledger.call("competentBody", other) == DELTA
    dispute = ledger.open_dispute(ledger.contested(agreement=other))
    assert ledger.call("dispute", dispute)["body"] == DELTA


def test_an_appeal_passes_over_a_body_that_is_a_party(ledger: Ledger) -> None:
    """Above the office stands a bureau, above that a city that is a party and a coordinating body, above that Delta."""
    city, bureau, office = register(
        ledger,
        (GOVERNMENT | COORDINATING_BODY, DELTA),
        (GOVERNMENT, NEXT_BODY),
        (COORDINATING_BODY, NEXT_BODY + 1),
    )
    terms = agreement_terms(coordinating_body=office, parties=(LAKESIDE, HILLSIDE, city))
    agreement = ledger.send("proposeAgreement", terms, by=speaker(LAKESIDE)).returned
    ledger.sign_agreement(agreement, LAKESIDE, HILLSIDE)
    digest = ledger.call("versionOf", agreement, 1)["termsDigest"]
    ledger.send("signAgreement", agreement, 1, digest, by=by(city))
    assert ledger.call("higherBody", office) == city
    assert ledger.call("government", office)["superior"] == bureau
    dispute = ledger.open_dispute(ledger.contested(agreement=agreement))
    assert ledger.call("dispute", dispute)["body"] == office
    give(ledger, dispute, office)
    assert appeal(ledger, dispute).facts[0].body == DELTA


def test_who_has_taken_a_partys_place_is_concerned(ledger: Ledger) -> None:
    """Whoever is recused need not have taken the seat: what its predecessor owed concerns it."""
    id = uplands(ledger)
    ledger.decide("setRoles", UPLANDS, GOVERNMENT | COORDINATING_BODY)
    agreement = ledger.call("commitment", id)["agreement"]
    assert ledger.call("competentBody", agreement) == UPLANDS
    ledger.succeed(HILLSIDE, UPLANDS)
    assert ledger.call("competentBody", agreement) == DELTA
    assert ledger.call("dispute", ledger.open_dispute(id))["body"] == DELTA


def test_who_stands_for_a_side_without_its_seat_is_concerned(ledger: Ledger) -> None:
    """Hillside is split; Newlake takes its seat, and Uplands Office, its other successor, has none."""
    ledger.decide("setJurisdiction", UPLANDS, 0, True)
    agreement = ledger.conclude(coordinating_body=UPLANDS, parties=PARTIES)
    contested, reported = ledger.contested(agreement=agreement), ledger.reported(agreement=agreement)
    ledger.decide_at_once("setRoles", UPLANDS, GOVERNMENT | COORDINATING_BODY)
    ledger.succeed(HILLSIDE, NEWLAKE, UPLANDS)
    ledger.send("succeedParty", agreement, HILLSIDE, by=speaker(NEWLAKE))
    assert not ledger.call("isParty", agreement, HILLSIDE)
    assert ledger.call("competentBody", agreement) == UPLANDS
    assert ledger.call("competentBodyFor", reported) == DELTA
    assert ledger.call("dispute", ledger.open_dispute(contested))["body"] == DELTA
    ledger.evm.now = ledger.call("breach", reported)["explainBy"] + 1
    # To the case it is anyone, and the body's time is not over.
    late = ledger.evm.now + P.determination_seconds
    expected = BreachTooEarly(reported, late, ledger.evm.now)
    ledger.refuses(expected, "determineBreach", reported, by=speaker(UPLANDS))
    ledger.send("determineBreach", reported, by=speaker(DELTA))


def test_who_becomes_concerned_while_it_hears_it_rules_no_more(ledger: Ledger) -> None:
    id = uplands(ledger)
    dispute = ledger.open_dispute(id)
    ledger.decide_at_once("setRoles", UPLANDS, GOVERNMENT | COORDINATING_BODY)
    ledger.succeed(LAKESIDE, UPLANDS)
    ledger.after_evidence(dispute)
    ledger.refuses(DisputeNotHearing(dispute, UPLANDS), "giveRuling", dispute, FULFILLED, by=speaker(UPLANDS))
    assert escalate(ledger, dispute).facts[0].body == DELTA


def test_a_body_out_of_office_is_passed_over(ledger: Ledger) -> None:
    id = uplands(ledger)
    agreement = ledger.call("commitment", id)["agreement"]
    ledger.decide("removeGovernment", UPLANDS, "dissolved")
    assert ledger.call("competentBody", agreement) == DELTA
    assert ledger.call("dispute", ledger.open_dispute(id))["body"] == DELTA


def test_breaches_are_determined_by_the_competent_body(ledger: Ledger) -> None:
    ledger.decide("setJurisdiction", UPLANDS, 0, True)
    agreement = ledger.conclude(coordinating_body=UPLANDS, parties=PARTIES)
    id = ledger.reported(agreement=agreement)
    ledger.decide_at_once("removeGovernment", UPLANDS, "dissolved")
    ledger.evm.now = ledger.call("breach", id)["explainBy"] + 1
    ledger.send("determineBreach", id, by=speaker(DELTA))
    assert ledger.call("breach", id)["body"] == DELTA


def test_an_agreement_that_is_not_there_has_no_body(ledger: Ledger) -> None:
    assert ledger.call("competentBody", 99) == 0
