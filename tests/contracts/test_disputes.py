"""Disputes before the first body: what is put on record, who may do what, what a ruling may say and what it does."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.enums import CommitmentState, DisputeState, ExcuseGround, Outcome, OutcomeBasis, Role
from ledger.domain.events import (
    DisputeConcluded,
    DisputeEvidenceLodged,
    DisputeOpened,
    DisputeRuled,
    DisputeWithdrawn,
    OutcomeRecorded,
    RulingGiven,
)
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.refusals.commitments import CommitmentNotDebtor, CommitmentStateInvalid
from ledger.domain.refusals.disputes import (
    DisputeAlreadyRuled,
    DisputeDigestEmpty,
    DisputeLocatorTooLong,
    DisputeNotHearing,
    DisputeNotOpener,
    DisputeNotSide,
    DisputeStateInvalid,
    RulingInvalid,
)
from ledger.domain.refusals.register import FreezeOfDisputant
from ledger.domain.terms import Ruling
from tests.contracts.harness.ledger import (
    BROKEN,
    COASTAL,
    DELTA,
    DIGEST,
    EXCUSED,
    FARFIELD,
    FULFILLED,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    RIVERPORT,
    STRANGER,
    UPLANDS,
    Ledger,
    P,
    ruling,
    speaker,
)

PARTLY = ruling()


# ------------------------------------------------------------------------------------------------- what is on record


def test_opening(ledger: Ledger) -> None:
    id = ledger.contested()
    done = ledger.send("openDispute", id, DIGEST, "archive:claim", by=speaker(LAKESIDE))
    now = ledger.evm.now
    evidence_until = now + P.evidence_seconds
    rule_by = evidence_until + P.ruling_seconds
    assert done.returned == 1
    assert done.facts == (DisputeOpened(1, id, LAKESIDE, DELTA, evidence_until, rule_by, 1, DIGEST, "archive:claim"),)
    assert ledger.call("dispute", 1) == {
        "commitment": id,
        "opener": LAKESIDE,
        "state": DisputeState.OPEN,
        "body": DELTA,
        "procedureVersion": 1,
        "draws": 0,
        "openedAt": now,
        "evidenceUntil": evidence_until,
        "ruleBy": rule_by,
        "appealBy": 0,
        "outcome": Outcome.NONE,
        "outcomeBasisPoints": 0,
        "ground": ExcuseGround.NONE,
        "ruledBy": 0,
    }
    assert ledger.call("panel", 1) == ()
    assert (ledger.call("disputeCount"), ledger.call("openDisputeAbout", id)) == (1, 1)
    assert ledger.call("commitment", id)["state"] == CommitmentState.DISPUTED


def test_both_sides_lodge_evidence(ledger: Ledger) -> None:
    _, dispute = ledger.disputed()
    for side in (LAKESIDE, HILLSIDE, HILLSIDE):
        done = ledger.send("lodgeDisputeEvidence", dispute, DIGEST, "archive:photos", by=speaker(side))
        assert done.facts == (DisputeEvidenceLodged(dispute, side, DIGEST, "archive:photos"),)


def test_a_ruling_waits_for_an_appeal(ledger: Ledger) -> None:
    id, dispute = ledger.disputed()
    ledger.after_evidence(dispute)
    done = ledger.send("giveRuling", dispute, PARTLY, by=speaker(DELTA))
    appeal_by = ledger.evm.now + P.appeal_seconds
    assert done.facts == (
        RulingGiven(dispute, DELTA, speaker(DELTA).address, PARTLY, 1, 1),
        DisputeRuled(dispute, id, DELTA, PARTLY, appeal_by),
    )
    d = ledger.call("dispute", dispute)
    assert (d["state"], d["appealBy"], d["ruledBy"]) == (DisputeState.RULED, appeal_by, DELTA)
    assert (d["outcome"], d["outcomeBasisPoints"], d["ground"]) == (Outcome.PARTLY, 5_000, ExcuseGround.NONE)
    # Nothing is settled while it can be appealed.
    assert ledger.call("commitment", id)["state"] == CommitmentState.DISPUTED


@pytest.mark.parametrize(
    ("given", "outcome", "basis_points", "ground"),
    [
        (FULFILLED, Outcome.FULFILLED, 10_000, ExcuseGround.NONE),
        (ruling(outcome_basis_points=9_999), Outcome.PARTLY, 9_999, ExcuseGround.NONE),
        (ruling(outcome_basis_points=1), Outcome.PARTLY, 1, ExcuseGround.NONE),
        (BROKEN, Outcome.BROKEN, 0, ExcuseGround.NONE),
        (EXCUSED, Outcome.EXCUSED, 0, ExcuseGround.FORCE_MAJEURE),
        (
            ruling(outcome=Outcome.EXCUSED, outcome_basis_points=0, ground=ExcuseGround.CHANGE_OF_LAW),
            Outcome.EXCUSED,
            0,
            ExcuseGround.CHANGE_OF_LAW,
        ),
    ],
    ids=["fulfilled", "nearly", "hardly", "broken", "force_majeure", "change_of_law"],
)
def test_what_is_not_appealed_is_the_outcome(
    ledger: Ledger, given: Ruling, outcome: Outcome, basis_points: int, ground: ExcuseGround
) -> None:
    id, dispute = ledger.ruled(given)
    ledger.evm.now = ledger.call("dispute", dispute)["appealBy"] + 1
    facts = ledger.send("concludeDispute", dispute, by=STRANGER).facts
    assert facts[0] == DisputeConcluded(dispute, id, DELTA, outcome, basis_points, ground)
    recorded = facts[1]
    assert isinstance(recorded, OutcomeRecorded)
    assert (recorded.id, recorded.debtor, recorded.recorder) == (id, LAKESIDE, DELTA)
    assert (recorded.outcome, recorded.outcome_basis_points) == (outcome, basis_points)
    assert (recorded.basis, recorded.ground) == (OutcomeBasis.RULING, ground)
    c, p = ledger.call("commitment", id), ledger.call("progress", id)
    assert (c["state"], c["outcomeBasisPoints"]) == (CommitmentState.SETTLED, basis_points)
    assert (p["basis"], p["ground"], p["ruled"]) == (OutcomeBasis.RULING, ground, True)
    assert ledger.call("dispute", dispute)["state"] == DisputeState.FINAL
    assert ledger.call("openDisputeAbout", id) == 0


@pytest.mark.parametrize("side", [LAKESIDE, HILLSIDE])
def test_a_final_ruling_is_never_disputed(ledger: Ledger, side: int) -> None:
    id, dispute = ledger.ruled()
    ledger.conclude_dispute(dispute)
    ledger.refuses(DisputeAlreadyRuled(id), "openDispute", id, DIGEST, "", by=speaker(side))


def test_a_backfilled_entry_is_ruled_on_like_any_other(ledger: Ledger) -> None:
    id = ledger.backfilled(outcome_basis_points=0)
    dispute = ledger.open_dispute(id)
    ledger.rule(dispute, FULFILLED)
    ledger.conclude_dispute(dispute)
    c = ledger.call("commitment", id)
    assert (c["state"], c["outcomeBasisPoints"], c["backfilled"]) == (CommitmentState.SETTLED, 10_000, True)
    ledger.refuses(DisputeAlreadyRuled(id), "openDispute", id, DIGEST, "", by=speaker(LAKESIDE))


@pytest.mark.parametrize(
    ("reach", "state"),
    [
        ("reported", CommitmentState.ACTIVE),
        ("contested", CommitmentState.CONTESTED),
        ("determined", CommitmentState.SETTLED),
    ],
)
def test_withdrawing_puts_it_back_where_it_was(ledger: Ledger, reach: str, state: CommitmentState) -> None:
    id = getattr(ledger, reach)()
    before = ledger.call("commitment", id)
    dispute = ledger.open_dispute(id)
    done = ledger.send("withdrawDispute", dispute, by=speaker(LAKESIDE))
    assert done.facts == (DisputeWithdrawn(dispute, id, LAKESIDE),)
    assert ledger.call("commitment", id) == before
    assert before["state"] == state
    assert ledger.call("openDisputeAbout", id) == 0
    assert not ledger.call("isBefore", DELTA, LAKESIDE)


def test_nothing_else_happens_to_what_is_disputed(ledger: Ledger) -> None:
    id, _ = ledger.disputed()
    expected = CommitmentStateInvalid(id, CommitmentState.DISPUTED)
    ledger.refuses(expected, "submitEvidence", id, DIGEST, "", ledger.evm.now, by=speaker(LAKESIDE))
    ledger.refuses(expected, "releaseCommitment", id, "no longer needed", by=speaker(HILLSIDE))


# ------------------------------------------------------------------------------------------------------------- who


def test_only_the_sides_lodge_and_appeal(ledger: Ledger) -> None:
    id, dispute = ledger.disputed()
    for verb in ("lodgeDisputeEvidence", "appealRuling"):
        for other in (RIVERPORT, FARFIELD):
            ledger.refuses(DisputeNotSide(id, other), verb, dispute, DIGEST, "", by=speaker(other))
        ledger.refuses(CommandRoleMissing(DELTA, Role.GOVERNMENT), verb, dispute, DIGEST, "", by=speaker(DELTA))


def test_only_the_body_that_hears_it_rules(ledger: Ledger) -> None:
    _, dispute = ledger.disputed()
    ledger.after_evidence(dispute)
    for other in (UPLANDS, COASTAL):
        ledger.refuses(DisputeNotHearing(dispute, other), "giveRuling", dispute, PARTLY, by=speaker(other))
    for side in (LAKESIDE, HILLSIDE):
        ledger.refuses(
            CommandRoleMissing(side, Role.COORDINATING_BODY), "giveRuling", dispute, PARTLY, by=speaker(side)
        )


def test_only_the_opener_withdraws(ledger: Ledger) -> None:
    _, dispute = ledger.disputed()
    for other in (HILLSIDE, FARFIELD):
        expected = DisputeNotOpener(dispute, other, LAKESIDE)
        ledger.refuses(expected, "withdrawDispute", dispute, by=speaker(other))


def test_ruling_twice(ledger: Ledger) -> None:
    _, dispute = ledger.ruled()
    expected = DisputeStateInvalid(dispute, DisputeState.RULED)
    ledger.refuses(expected, "giveRuling", dispute, BROKEN, by=speaker(DELTA))


def test_no_debtor_confirms_its_own(ledger: Ledger) -> None:
    id = ledger.contested()
    expected = CommitmentNotDebtor(id, HILLSIDE, LAKESIDE)
    ledger.refuses(expected, "submitEvidence", id, DIGEST, "", ledger.evm.now, by=speaker(HILLSIDE))


# ------------------------------------------------------------------------------------------------ freezing a side


def test_a_body_stops_no_side_of_a_dispute_before_it(ledger: Ledger) -> None:
    _, dispute = ledger.disputed()
    for side in (LAKESIDE, HILLSIDE):
        assert ledger.call("isBefore", DELTA, side)
        expected = FreezeOfDisputant(DELTA, side)
        ledger.refuses(expected, "freezeSigner", speaker(side).address, "lost", by=speaker(DELTA))
    assert not ledger.call("isBefore", DELTA, RIVERPORT)
    assert not ledger.call("isBefore", COASTAL, LAKESIDE)
    ledger.rule(dispute)
    # It can still be appealed, so it is still before the body.
    assert ledger.call("isBefore", DELTA, LAKESIDE)
    ledger.conclude_dispute(dispute)
    assert not ledger.call("isBefore", DELTA, LAKESIDE)
    ledger.send("freezeSigner", speaker(LAKESIDE).address, "lost", by=speaker(DELTA))


def test_several_disputes_are_counted(ledger: Ledger) -> None:
    (_, first), (_, second) = ledger.disputed(), ledger.disputed()
    ledger.send("withdrawDispute", first, by=speaker(LAKESIDE))
    assert ledger.call("isBefore", DELTA, LAKESIDE)
    ledger.send("withdrawDispute", second, by=speaker(LAKESIDE))
    assert not ledger.call("isBefore", DELTA, LAKESIDE)


def test_an_appeal_moves_the_sides_to_the_panel(ledger: Ledger) -> None:
    _, dispute = ledger.appealed()
    assert not ledger.call("isBefore", DELTA, LAKESIDE)
    members = ledger.call("panel", dispute)
    assert all(ledger.call("isBefore", member, side) for member in members for side in (LAKESIDE, HILLSIDE))
    ledger.rule(dispute, by=members[:2])
    assert not any(ledger.call("isBefore", member, side) for member in members for side in (LAKESIDE, HILLSIDE))


def test_where_it_is_owed_to_all_every_party_is_a_side(ledger: Ledger) -> None:
    parties, others = (LAKESIDE, HILLSIDE, RIVERPORT), (FARFIELD, DELTA, NEWLAKE)
    dispute = ledger.open_dispute(ledger.contested(creditor=0), by=RIVERPORT)
    second = ledger.open_dispute(ledger.contested(creditor=0))
    for withdrawn, by in ((dispute, RIVERPORT), (second, LAKESIDE)):
        assert all(ledger.call("isBefore", DELTA, party) for party in parties)
        assert not any(ledger.call("isBefore", DELTA, other) for other in others)
        expected = FreezeOfDisputant(DELTA, HILLSIDE)
        ledger.refuses(expected, "freezeSigner", speaker(HILLSIDE).address, "lost", by=speaker(DELTA))
        ledger.send("withdrawDispute", withdrawn, by=speaker(by))
    assert not any(ledger.call("isBefore", DELTA, party) for party in parties)


# ---------------------------------------------------------------------------------------------------------- content


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        (ruling(outcome=Outcome.NONE), "outcome", 0),
        (ruling(outcome=Outcome.NONE, outcome_basis_points=0), "outcome", 0),
        (ruling(outcome=Outcome.FULFILLED, outcome_basis_points=9_999), "outcomeBasisPoints", 9_999),
        (ruling(outcome=Outcome.FULFILLED, outcome_basis_points=0), "outcomeBasisPoints", 0),
        (ruling(outcome_basis_points=0), "outcomeBasisPoints", 0),
        (ruling(outcome_basis_points=10_000), "outcomeBasisPoints", 10_000),
        (ruling(outcome_basis_points=65_535), "outcomeBasisPoints", 65_535),
        (ruling(outcome=Outcome.BROKEN, outcome_basis_points=1), "outcomeBasisPoints", 1),
        (
            ruling(outcome=Outcome.EXCUSED, outcome_basis_points=1, ground=ExcuseGround.FORCE_MAJEURE),
            "outcomeBasisPoints",
            1,
        ),
        (ruling(outcome=Outcome.EXCUSED, outcome_basis_points=0), "ground", 0),
        (ruling(outcome=Outcome.EXCUSED, outcome_basis_points=0, ground=ExcuseGround.RELEASED), "ground", 3),
        (ruling(ground=ExcuseGround.FORCE_MAJEURE), "ground", 1),
        (ruling(outcome=Outcome.BROKEN, outcome_basis_points=0, ground=ExcuseGround.CHANGE_OF_LAW), "ground", 2),
    ],
)
def test_rulings_that_say_what_cannot_be(ledger: Ledger, given: Ruling, field: str, value: int) -> None:
    _, dispute = ledger.disputed()
    ledger.after_evidence(dispute)
    ledger.refuses(RulingInvalid(field, value), "giveRuling", dispute, given, by=speaker(DELTA))


@pytest.mark.parametrize("verb", ["openDispute", "lodgeDisputeEvidence", "giveRuling", "appealRuling"])
def test_what_is_lodged_has_a_digest_and_a_short_locator(ledger: Ledger, verb: str) -> None:
    long = "x" * 513

    def values(digest: bytes, locator: str) -> tuple[Any, ...]:
        return (ruling(reasons_digest=digest, reasons_locator=locator),) if verb == "giveRuling" else (digest, locator)

    if verb == "openDispute":
        id = ledger.contested()
    elif verb == "appealRuling":
        id = ledger.ruled()[1]
    else:
        id = ledger.disputed()[1]
    if verb == "giveRuling":
        ledger.after_evidence(id)
    by = speaker(DELTA if verb == "giveRuling" else LAKESIDE)
    ledger.refuses(DisputeDigestEmpty(), verb, id, *values(bytes(32), ""), by=by)
    ledger.refuses(DisputeLocatorTooLong(513, 512), verb, id, *values(DIGEST, long), by=by)
    ledger.send(verb, id, *values(DIGEST, long[1:]), by=by)
