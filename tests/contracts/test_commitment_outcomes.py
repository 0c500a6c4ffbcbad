"""Outcomes: confirmed to a degree, released, found broken or ruled on; each says what it rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from ledger.domain.enums import CommitmentState, ExcuseGround, Outcome, OutcomeBasis, Role
from ledger.domain.events import CommandExecuted, CommitmentReleased, OutcomeRecorded
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.refusals.commitments import (
    CommitmentNotCreditor,
    CommitmentOnlyContract,
    CommitmentPastDue,
    CommitmentStateInvalid,
    CommitmentTextInvalid,
    CommitmentToSelf,
    OutcomeOutOfRange,
)
from ledger.domain.refusals.register import GovernmentUnknown
from ledger.domain.terms import Confirmation, Ruling
from tests.contracts.harness.evm import account
from tests.contracts.harness.interface import constructor
from tests.contracts.harness.ledger import (
    ADMINISTRATORS,
    AGREEMENT,
    AUDITOR,
    BACKFILLED,
    BROKEN,
    DAY,
    DELTA,
    DIGEST,
    EXCUSED,
    FARFIELD,
    FULFILLED,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    PAST,
    RIVERPORT,
    STRANGER,
    UPLANDS,
    Ledger,
    P,
    historical_commitment,
    ruling,
    speaker,
)

DEBTOR, CREDITOR = speaker(LAKESIDE), speaker(HILLSIDE)


def recorded(
    id: int,
    recorder: int,
    outcome: Outcome,
    basis_points: int,
    at: int,
    basis: OutcomeBasis,
    ground: ExcuseGround = ExcuseGround.NONE,
) -> OutcomeRecorded:
    return OutcomeRecorded(id, LAKESIDE, recorder, outcome, basis_points, at, basis, ground)


def outcome_of(ledger: Ledger, id: int) -> tuple[CommitmentState, int, OutcomeBasis, ExcuseGround, int]:
    """State, degree, what it rests on, the ground of an excuse, and when it was recorded."""
    commitment, progress = ledger.call("commitment", id), ledger.call("progress", id)
    return (
        CommitmentState(commitment["state"]),
        commitment["outcomeBasisPoints"],
        OutcomeBasis(progress["basis"]),
        ExcuseGround(progress["ground"]),
        progress["settledAt"],
    )


# ---------------------------------------------------------------------------------------------------- confirmation


@pytest.mark.parametrize(
    ("basis_points", "outcome"), [(10_000, Outcome.FULFILLED), (9_999, Outcome.PARTLY), (1, Outcome.PARTLY)]
)
def test_the_creditor_confirms_to_what_degree_it_was_kept(ledger: Ledger, basis_points: int, outcome: Outcome) -> None:
    id = ledger.evidenced()
    at = ledger.evm.now
    ledger.evm.now += DAY
    assert ledger.call("openCommitments", AGREEMENT) == 1
    done = ledger.send("confirmCommitment", Confirmation(id, basis_points, at), by=CREDITOR)
    assert done.events == (
        CommandExecuted(CREDITOR.address, 0),
        recorded(id, HILLSIDE, outcome, basis_points, at, OutcomeBasis.CONFIRMATION),
    )
    settled = (CommitmentState.SETTLED, basis_points, OutcomeBasis.CONFIRMATION, ExcuseGround.NONE, ledger.evm.now)
    assert outcome_of(ledger, id) == settled
    assert ledger.call("openCommitments", AGREEMENT) == 0


@pytest.mark.parametrize("basis_points", [0, 10_001, 65_535])
def test_a_confirmed_outcome_is_a_part_of_the_whole(ledger: Ledger, basis_points: int) -> None:
    id = ledger.evidenced()
    confirmation = Confirmation(id, basis_points, ledger.evm.now)
    expected = OutcomeOutOfRange(basis_points, 1, 10_000)
    ledger.refuses(expected, "confirmCommitment", confirmation, by=CREDITOR)


def test_several_are_confirmed_at_once_or_none(ledger: Ledger) -> None:
    ids, now = [ledger.evidenced() for _ in range(3)], ledger.evm.now
    rows = [Confirmation(ids[0], 10_000, now), Confirmation(ids[1], 5_000, now), Confirmation(ids[2], 1, now)]
    wrong = replace(rows[2], outcome_basis_points=0)
    ledger.refuses(OutcomeOutOfRange(0, 1, 10_000), "confirmCommitments", [*rows[:2], wrong], by=CREDITOR)
    expected = CommitmentStateInvalid(ids[0], CommitmentState.SETTLED)
    ledger.refuses(expected, "confirmCommitments", [rows[0], rows[0]], by=CREDITOR)
    done = ledger.send("confirmCommitments", rows, by=CREDITOR)
    outcomes = (Outcome.FULFILLED, Outcome.PARTLY, Outcome.PARTLY)
    assert done.facts == tuple(
        recorded(row.id, HILLSIDE, outcome, row.outcome_basis_points, now, OutcomeBasis.CONFIRMATION)
        for row, outcome in zip(rows, outcomes, strict=True)
    )


@pytest.mark.parametrize("body", [LAKESIDE, RIVERPORT, FARFIELD, DELTA, UPLANDS, AUDITOR])
def test_only_the_creditor_judges(ledger: Ledger, body: int) -> None:
    id = ledger.evidenced()
    expected = CommitmentNotCreditor(id, body, HILLSIDE)
    confirmation = Confirmation(id, 10_000, ledger.evm.now)
    ledger.refuses(expected, "confirmCommitment", confirmation, by=speaker(body))
    ledger.refuses(expected, "confirmCommitments", [confirmation], by=speaker(body))
    ledger.refuses(expected, "releaseCommitment", id, "no longer needed", by=speaker(body))


@pytest.mark.parametrize("body", [LAKESIDE, HILLSIDE, RIVERPORT, UPLANDS])
def test_the_coordinating_body_judges_for_all_other_parties(ledger: Ledger, body: int) -> None:
    id = ledger.evidenced(creditor=0)
    confirmation = Confirmation(id, 10_000, ledger.evm.now)
    ledger.refuses(CommitmentNotCreditor(id, body, DELTA), "confirmCommitment", confirmation, by=speaker(body))
    done = ledger.send("confirmCommitment", confirmation, by=speaker(DELTA))
    expected = recorded(id, DELTA, Outcome.FULFILLED, 10_000, ledger.evm.now, OutcomeBasis.CONFIRMATION)
    assert done.facts == (expected,)


def test_a_body_that_lost_the_role_judges_no_more(ledger: Ledger) -> None:
    to_one, to_all = ledger.evidenced(), ledger.evidenced(creditor=0)
    ledger.decide("setRoles", HILLSIDE, Role.AUDITOR.bit)
    ledger.decide("setRoles", DELTA, Role.GOVERNMENT.bit)
    for id, body, role in ((to_one, HILLSIDE, Role.GOVERNMENT), (to_all, DELTA, Role.COORDINATING_BODY)):
        confirmation = Confirmation(id, 10_000, ledger.evm.now)
        ledger.refuses(CommandRoleMissing(body, role), "confirmCommitment", confirmation, by=speaker(body))


def test_a_removed_creditor_judges_no_more_and_a_removed_debtor_still_owes(ledger: Ledger) -> None:
    id, other = ledger.evidenced(), ledger.evidenced()
    ledger.decide_at_once("removeGovernment", LAKESIDE, "dissolved")
    ledger.refuses(GovernmentUnknown(LAKESIDE), "submitEvidence", id, DIGEST, "", ledger.evm.now, by=DEBTOR)
    ledger.confirm(id)
    ledger.decide_at_once("removeGovernment", HILLSIDE, "dissolved")
    confirmation = Confirmation(other, 10_000, ledger.evm.now)
    ledger.refuses(GovernmentUnknown(HILLSIDE), "confirmCommitment", confirmation, by=CREDITOR)


def test_what_was_owed_under_an_agreement_that_ended_is_settled_still(ledger: Ledger) -> None:
    id = ledger.active()
    for party in (LAKESIDE, HILLSIDE, RIVERPORT):
        ledger.send("consentToEnd", AGREEMENT, "the task is done", by=speaker(party))
    ledger.evidence(id)
    ledger.confirm(id)


def test_a_backfilled_commitment_that_is_still_open_is_settled_like_any_other(ledger: Ledger) -> None:
    open_still = {"resolved_at": 0, "outcome_basis_points": 0, "due_at": ledger.evm.now + DAY}
    id = ledger.backfilled(creditor=HILLSIDE, **open_still)
    made = ledger.call("commitment", id)["madeAt"]
    ledger.send("submitEvidence", id, DIGEST, "", made, by=DEBTOR)
    done = ledger.send("confirmCommitment", Confirmation(id, 10_000, made), by=CREDITOR)
    assert done.facts == (recorded(id, HILLSIDE, Outcome.FULFILLED, 10_000, made, OutcomeBasis.CONFIRMATION),)
    assert ledger.call("openCommitments", BACKFILLED) == 0


# --------------------------------------------------------------------------------------------------------- release


@pytest.mark.parametrize("stage", ["active", "evidenced", "contested", "reported", "rectifying"])
def test_the_creditor_releases_the_debtor(ledger: Ledger, stage: str) -> None:
    id = getattr(ledger, stage)()
    done = ledger.send("releaseCommitment", id, "the law took the task away", by=CREDITOR)
    now, released = ledger.evm.now, ExcuseGround.RELEASED
    assert done.facts == (
        CommitmentReleased(id, HILLSIDE, "the law took the task away"),
        recorded(id, HILLSIDE, Outcome.EXCUSED, 0, now, OutcomeBasis.RELEASE, released),
    )
    assert outcome_of(ledger, id) == (CommitmentState.SETTLED, 0, OutcomeBasis.RELEASE, released, now)
    assert ledger.call("openCommitments", AGREEMENT) == 0


@pytest.mark.parametrize("length", [0, 1, 1024, 1025])
def test_who_releases_says_why(ledger: Ledger, length: int) -> None:
    id = ledger.active()
    if length in (1, 1024):
        ledger.send("releaseCommitment", id, "r" * length, by=CREDITOR)
    else:
        expected = CommitmentTextInvalid("reason", length, 1024)
        ledger.refuses(expected, "releaseCommitment", id, "r" * length, by=CREDITOR)


# ------------------------------------------------------------------------------------------------------- succession


@pytest.mark.parametrize(
    ("successions", "one"),
    [
        ([(LAKESIDE, HILLSIDE)], HILLSIDE),
        ([(HILLSIDE, LAKESIDE)], LAKESIDE),
        ([(LAKESIDE, NEWLAKE), (HILLSIDE, NEWLAKE)], NEWLAKE),
    ],
)
def test_debtor_and_creditor_that_became_one_do_not_judge_themselves(
    ledger: Ledger, successions: list[tuple[int, int]], one: int
) -> None:
    waiting, active, now = ledger.evidenced(), ledger.active(), ledger.evm.now
    for predecessor, successor in successions:
        ledger.succeed(predecessor, successor)
    by, expected = speaker(one), CommitmentToSelf(LAKESIDE)
    ledger.refuses(expected, "confirmCommitment", Confirmation(waiting, 10_000, now), by=by)
    ledger.refuses(expected, "submitEvidence", active, DIGEST, "", now, by=by)
    ledger.send("releaseCommitment", active, "we are one now", by=by)


def test_a_coordinating_body_does_not_judge_what_it_has_inherited(ledger: Ledger) -> None:
    id = ledger.evidenced(creditor=0)
    ledger.decide_at_once("setRoles", DELTA, Role.COORDINATING_BODY.bit | Role.GOVERNMENT.bit)
    ledger.succeed(LAKESIDE, DELTA)
    confirmation = Confirmation(id, 10_000, ledger.evm.now)
    ledger.refuses(CommitmentToSelf(LAKESIDE), "confirmCommitment", confirmation, by=speaker(DELTA))


# ------------------------------------------------------------------------------------------- what other contracts do


def test_a_breach_is_recorded_with_the_moment_of_its_report(ledger: Ledger) -> None:
    id = ledger.reported()
    case = ledger.call("breach", id)
    ledger.evm.now = case["explainBy"] + 1
    done = ledger.send("determineBreach", id, by=speaker(DELTA))
    assert recorded(id, DELTA, Outcome.BROKEN, 0, case["reportedAt"], OutcomeBasis.BREACH) in done.facts
    settled = (CommitmentState.SETTLED, 0, OutcomeBasis.BREACH, ExcuseGround.NONE, ledger.evm.now)
    assert outcome_of(ledger, id) == settled
    assert ledger.call("openCommitments", AGREEMENT) == 0


def test_a_breach_that_lapsed_has_no_recorder(ledger: Ledger) -> None:
    id = ledger.reported()
    case = ledger.call("breach", id)
    ledger.evm.now = case["explainBy"] + P.determination_seconds + 1
    done = ledger.send("determineBreach", id, by=STRANGER)
    assert recorded(id, 0, Outcome.BROKEN, 0, case["reportedAt"], OutcomeBasis.BREACH) in done.facts


@pytest.mark.parametrize("given", [FULFILLED, ruling(), EXCUSED, BROKEN], ids=lambda given: given.outcome.name)
def test_a_ruling_is_recorded_once_and_for_all(ledger: Ledger, given: Ruling) -> None:
    """It came about when the evidence was lodged, unless it was broken: that is known by the ruling only."""
    id = ledger.contested()
    lodged = ledger.call("progress", id)["evidencedAt"]
    dispute = ledger.open_dispute(id)
    assert ledger.call("progress", id)["stateBeforeDispute"] == CommitmentState.CONTESTED
    assert ledger.call("openCommitments", AGREEMENT) == 1
    ledger.rule(dispute, given)
    ledger.evm.now = ledger.call("dispute", dispute)["appealBy"] + 1
    done = ledger.send("concludeDispute", dispute, by=STRANGER)
    at = ledger.evm.now if given.outcome == Outcome.BROKEN else lodged
    basis_points, ground = given.outcome_basis_points, given.ground
    expected = recorded(id, DELTA, given.outcome, basis_points, at, OutcomeBasis.RULING, ground)
    assert expected in done.facts
    settled = (CommitmentState.SETTLED, basis_points, OutcomeBasis.RULING, ground, ledger.evm.now)
    assert outcome_of(ledger, id) == settled
    progress = ledger.call("progress", id)
    assert (progress["ruled"], progress["stateBeforeDispute"]) == (True, CommitmentState.NONE)
    assert ledger.call("openCommitments", AGREEMENT) == 0


def test_a_ruling_that_finds_a_breach_keeps_the_moment_of_the_report(ledger: Ledger) -> None:
    id = ledger.determined()
    reported_at = ledger.call("breach", id)["reportedAt"]
    dispute = ledger.open_dispute(id)
    ledger.rule(dispute, BROKEN)
    ledger.evm.now = ledger.call("dispute", dispute)["appealBy"] + 1
    done = ledger.send("concludeDispute", dispute, by=STRANGER)
    assert recorded(id, DELTA, Outcome.BROKEN, 0, reported_at, OutcomeBasis.RULING) in done.facts


@pytest.mark.parametrize("given", [FULFILLED, BROKEN], ids=lambda given: given.outcome.name)
def test_a_ruling_on_the_past_does_not_make_it_recent(ledger: Ledger, given: Ruling) -> None:
    id = ledger.backfilled(outcome_basis_points=5_000)
    assert outcome_of(ledger, id)[2] == OutcomeBasis.BACKFILL
    dispute = ledger.open_dispute(id)
    assert outcome_of(ledger, id)[2] == OutcomeBasis.BACKFILL
    ledger.rule(dispute, given)
    ledger.evm.now = ledger.call("dispute", dispute)["appealBy"] + 1
    done = ledger.send("concludeDispute", dispute, by=STRANGER)
    due = historical_commitment().due_at
    basis_points = given.outcome_basis_points
    assert recorded(id, DELTA, given.outcome, basis_points, due, OutcomeBasis.RULING) in done.facts
    assert outcome_of(ledger, id)[:3] == (CommitmentState.SETTLED, basis_points, OutcomeBasis.RULING)
    assert ledger.call("openCommitments", BACKFILLED) == 0


@pytest.mark.parametrize("stage", ["contested", "determined"])
def test_a_dispute_that_is_withdrawn_leaves_what_was(ledger: Ledger, stage: str) -> None:
    id = getattr(ledger, stage)()
    before = ledger.call("commitment", id), ledger.call("progress", id), ledger.call("openCommitments", AGREEMENT)
    dispute = ledger.open_dispute(id)
    ledger.send("withdrawDispute", dispute, by=DEBTOR)
    after = ledger.call("commitment", id), ledger.call("progress", id), ledger.call("openCommitments", AGREEMENT)
    assert after == before


SENDERS = (STRANGER, DEBTOR, CREDITOR, speaker(DELTA), speaker(AUDITOR), ADMINISTRATORS[0])
HOOKS: list[tuple[str, tuple[Any, ...], str]] = [
    ("setDisputed", (True,), "DisputeRegister"),
    ("recordRuling", (DELTA, Outcome.FULFILLED, 10_000, ExcuseGround.NONE), "DisputeRegister"),
    ("recordBreach", (DELTA, PAST), "BreachRegister"),
    ("setAnswerBy", (0,), "BreachRegister"),
    ("changeDebtor", (RIVERPORT,), "DebtTransfers"),
]


@pytest.mark.parametrize("by", SENDERS, ids=lambda by: by.address[:6])
@pytest.mark.parametrize(("verb", "values", "contract"), HOOKS, ids=lambda value: str(value)[:20])
def test_what_is_a_contracts_task_nobody_else_does(
    ledger: Ledger, verb: str, values: tuple[Any, ...], contract: str, by: LocalAccount
) -> None:
    id = ledger.active()
    expected = CommitmentOnlyContract(by.address, ledger.addresses[contract])
    ledger.unchanged(lambda: ledger.transact(verb, id, *values, by=by), expected)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_even_the_debt_transfers_hand_over_only_what_is_not_yet_due_and_to_another(
    ledger: Ledger, seconds: int
) -> None:
    """Checked here too: an account stands in the place of that contract."""
    transfers = account("for the transfers")
    names = ("GovernmentRegister", "AgreementRegistry", "ProcedureRegister", "DisputeRegister", "BreachRegister")
    neighbours = [ledger.addresses[name] for name in names]
    neighbours += [transfers.address, ledger.addresses["DisciplineRegister"]]
    del ledger.addresses["CommitmentRegistry"]
    ledger.deploy("CommitmentRegistry", constructor("CommitmentRegistry"), *neighbours)
    id = ledger.active()
    due = ledger.call("commitment", id)["dueAt"]
    ledger.evm.now = due + seconds
    if seconds <= 0:
        ledger.unchanged(
            lambda: ledger.transact("changeDebtor", id, HILLSIDE, by=transfers), CommitmentToSelf(HILLSIDE)
        )
        ledger.transact("changeDebtor", id, RIVERPORT, by=transfers)
    else:
        expected = CommitmentPastDue(id, due, ledger.evm.now)
        ledger.unchanged(lambda: ledger.transact("changeDebtor", id, RIVERPORT, by=transfers), expected)
