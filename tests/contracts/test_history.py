"""History from before the ledger: recorded by a coordinating body, with its own dates, and marked."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.enums import CommitmentState, ExcuseGround, Outcome, OutcomeBasis, Role
from ledger.domain.events import CommandExecuted, CommitmentBackfilled, OutcomeRecorded
from ledger.domain.refusals.agreements import (
    AgreementNotBackfilled,
    AgreementNotCoordinatingBody,
    AgreementNotParty,
    AgreementOutsideJurisdiction,
    AgreementUnknown,
)
from ledger.domain.refusals.base import Refused
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.refusals.commitments import (
    CommitmentBatchEmpty,
    CommitmentDatesInvalid,
    CommitmentIndicatorUnknown,
    CommitmentNotBackfilled,
    CommitmentStateInvalid,
    CommitmentTextInvalid,
    CommitmentToSelf,
    CommitmentUnknown,
    CommitmentWeightOutOfRange,
    OutcomeOutOfRange,
)
from ledger.domain.terms import HistoricalCommitment, HistoricalOutcome
from tests.contracts.harness.ledger import (
    AGREEMENT,
    BACKFILLED,
    DAY,
    DELTA,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    OLDTOWN,
    RIVERPORT,
    UPLANDS,
    Ledger,
    historical_commitment,
    speaker,
)

RECORDER = speaker(DELTA)
BACKFILL = OutcomeBasis.BACKFILL
OPEN = {"resolved_at": 0, "outcome_basis_points": 0}


def backfilled(id: int, row: HistoricalCommitment) -> CommitmentBackfilled:
    return CommitmentBackfilled(
        id,
        BACKFILLED,
        row.debtor,
        DELTA,
        row.creditor,
        row.indicator,
        row.weight,
        row.made_at,
        row.due_at,
        row.reference_number,
    )


def record(ledger: Ledger, **changes: Any) -> int:
    row = historical_commitment(**changes)
    made: int = ledger.send("recordHistory", BACKFILLED, [row], by=RECORDER).returned
    return made


@pytest.mark.parametrize(
    ("basis_points", "outcome"),
    [(10_000, Outcome.FULFILLED), (9_999, Outcome.PARTLY), (1, Outcome.PARTLY), (0, Outcome.BROKEN)],
)
def test_a_resolved_commitment_is_recorded_with_its_outcome(
    ledger: Ledger, basis_points: int, outcome: Outcome
) -> None:
    row = historical_commitment(outcome_basis_points=basis_points, indicator=1)
    done = ledger.send("recordHistory", BACKFILLED, [row], by=RECORDER)
    assert done.returned == 1
    assert done.events == (
        CommandExecuted(RECORDER.address, 0),
        backfilled(1, row),
        OutcomeRecorded(1, LAKESIDE, DELTA, outcome, basis_points, row.resolved_at, BACKFILL, ExcuseGround.NONE),
    )
    assert ledger.call("commitment", 1) == {
        "agreement": BACKFILLED,
        "debtor": LAKESIDE,
        "creditor": 0,
        "madeAt": row.made_at,
        "dueAt": row.due_at,
        "weight": row.weight,
        "outcomeBasisPoints": basis_points,
        "indicator": 1,
        "state": CommitmentState.SETTLED,
        "backfilled": True,
    }


def test_an_unresolved_commitment_is_recorded_without_one(ledger: Ledger) -> None:
    row = historical_commitment(**OPEN)
    done = ledger.send("recordHistory", BACKFILLED, [row], by=RECORDER)
    assert done.facts == (backfilled(1, row),)
    assert ledger.call("commitment", 1)["state"] == CommitmentState.ACTIVE


def test_a_batch_of_history_gets_consecutive_numbers(ledger: Ledger) -> None:
    ledger.register()
    rows = [
        historical_commitment(debtor=debtor, creditor=creditor, reference_number=f"H-{number}")
        for number, (debtor, creditor) in enumerate(
            [(LAKESIDE, 0), (LAKESIDE, HILLSIDE), (HILLSIDE, 0), (RIVERPORT, LAKESIDE), (LAKESIDE, RIVERPORT)]
        )
    ]
    done = ledger.send("recordHistory", BACKFILLED, rows, by=RECORDER)
    assert done.returned == 2
    assert done.facts[::2] == tuple(backfilled(id, row) for id, row in enumerate(rows, start=2))
    assert [ledger.call("commitment", id)["debtor"] for id in range(2, 7)] == [2, 2, 3, 4, 2]


def test_history_may_weigh_nothing(ledger: Ledger) -> None:
    assert ledger.call("commitment", record(ledger, weight=0))["weight"] == 0
    assert ledger.call("commitment", record(ledger, weight=10**12))["weight"] == 10**12


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"debtor": 0}, AgreementNotParty(BACKFILLED, 0)),
        ({"debtor": FARFIELD}, AgreementNotParty(BACKFILLED, FARFIELD)),
        ({"debtor": OLDTOWN}, AgreementNotParty(BACKFILLED, OLDTOWN)),
        ({"debtor": DELTA}, AgreementNotParty(BACKFILLED, DELTA)),
        ({"creditor": FARFIELD}, AgreementNotParty(BACKFILLED, FARFIELD)),
        ({"creditor": DELTA}, AgreementNotParty(BACKFILLED, DELTA)),
        ({"creditor": LAKESIDE}, CommitmentToSelf(LAKESIDE)),
        ({"indicator": 2}, CommitmentIndicatorUnknown(BACKFILLED, 2, 2)),
        ({"weight": 10**12 + 1}, CommitmentWeightOutOfRange(10**12 + 1, 0, 10**12)),
        ({"reference_number": ""}, CommitmentTextInvalid("referenceNumber", 0, 256)),
        ({"reference_number": "r" * 257}, CommitmentTextInvalid("referenceNumber", 257, 256)),
        ({"outcome_basis_points": 10_001}, OutcomeOutOfRange(10_001, 0, 10_000)),
        ({"resolved_at": 0, "outcome_basis_points": 1}, OutcomeOutOfRange(1, 0, 0)),
    ],
    ids=lambda value: str(value)[:60],
)
def test_rows_that_are_not_in_order_refuse_the_batch(
    ledger: Ledger, changes: dict[str, Any], expected: Refused
) -> None:
    right, wrong = historical_commitment(), historical_commitment(**changes)
    for batch in ([wrong], [right, wrong], [wrong, right]):
        ledger.refuses(expected, "recordHistory", BACKFILLED, batch, by=RECORDER)


@pytest.mark.parametrize(
    ("made", "due", "resolved", "allowed"),
    [
        # Seconds after the ledger's present; None for the moment 0.
        (None, 0, 0, False),
        (-9, -9, -9, True),
        (-9, -10, -9, False),
        (-9, -8, -10, False),
        (-9, 2**40 - 1 - 1_767_000_000, -9, True),
        (-9, "2**40", -9, False),
        (0, 0, 0, True),
        (1, 1, None, False),
        (0, 0, 1, False),
        (0, 5, None, True),
    ],
)
def test_dates_of_history_go_together(
    ledger: Ledger, made: int | None, due: int | str, resolved: int | None, allowed: bool
) -> None:
    now = ledger.evm.now

    def moment(seconds: int | str | None) -> int:
        if isinstance(seconds, str):
            return 2**40
        return 0 if seconds is None else min(now + seconds, 2**40 - 1)

    row = historical_commitment(
        made_at=moment(made),
        due_at=moment(due),
        resolved_at=moment(resolved),
        outcome_basis_points=10_000 if resolved is not None else 0,
    )
    if allowed:
        ledger.send("recordHistory", BACKFILLED, [row], by=RECORDER)
    else:
        expected = CommitmentDatesInvalid(row.made_at, row.due_at, row.resolved_at, now)
        ledger.refuses(expected, "recordHistory", BACKFILLED, [row], by=RECORDER)


def test_history_is_recorded_under_a_backfilled_agreement_by_its_coordinating_body(ledger: Ledger) -> None:
    rows = [historical_commitment()]
    ledger.refuses(AgreementUnknown(99), "recordHistory", 99, rows, by=RECORDER)
    ledger.refuses(AgreementNotBackfilled(AGREEMENT), "recordHistory", AGREEMENT, rows, by=RECORDER)
    other = AgreementNotCoordinatingBody(BACKFILLED, UPLANDS, DELTA)
    ledger.refuses(other, "recordHistory", BACKFILLED, rows, by=speaker(UPLANDS))
    missing = CommandRoleMissing(LAKESIDE, Role.COORDINATING_BODY)
    ledger.refuses(missing, "recordHistory", BACKFILLED, rows, by=speaker(LAKESIDE))
    ledger.refuses(CommitmentBatchEmpty(), "recordHistory", BACKFILLED, [], by=RECORDER)


def test_recording_ends_with_jurisdiction(ledger: Ledger) -> None:
    id = record(ledger, **OPEN)
    ledger.decide("setJurisdiction", DELTA, 0, False)
    ledger.decide("setJurisdiction", DELTA, HILLSIDE, True)
    expected = AgreementOutsideJurisdiction(DELTA, LAKESIDE)
    ledger.refuses(expected, "recordHistory", BACKFILLED, [historical_commitment()], by=RECORDER)
    ledger.refuses(expected, "recordOutcomes", [HistoricalOutcome(id, 1, ledger.evm.now)], by=RECORDER)
    record(ledger, debtor=HILLSIDE)


def test_the_history_of_a_removed_government_is_still_recorded(ledger: Ledger) -> None:
    ledger.decide("removeGovernment", LAKESIDE, "merged into Riverport")
    record(ledger)


# ------------------------------------------------------------------------------------------------------- outcomes


def test_outcomes_that_came_since_are_recorded(ledger: Ledger) -> None:
    first, second = record(ledger, **OPEN), record(ledger, **OPEN, debtor=HILLSIDE)
    at = ledger.evm.now - DAY
    rows = [HistoricalOutcome(first, 7_500, at), HistoricalOutcome(second, 0, at)]
    done = ledger.send("recordOutcomes", rows, by=RECORDER)
    assert done.facts == (
        OutcomeRecorded(first, LAKESIDE, DELTA, Outcome.PARTLY, 7_500, at, BACKFILL, ExcuseGround.NONE),
        OutcomeRecorded(second, HILLSIDE, DELTA, Outcome.BROKEN, 0, at, BACKFILL, ExcuseGround.NONE),
    )
    assert ledger.call("commitment", first)["state"] == CommitmentState.SETTLED
    progress = ledger.call("progress", first)
    assert (progress["basis"], progress["settledAt"]) == (BACKFILL, 0)


def test_what_of_the_past_is_open_counts_as_open(ledger: Ledger) -> None:
    first, _, _ = record(ledger, **OPEN), record(ledger, **OPEN), record(ledger)
    assert ledger.call("openCommitments", BACKFILLED) == 2
    ledger.send("recordOutcomes", [HistoricalOutcome(first, 10_000, ledger.evm.now)], by=RECORDER)
    assert ledger.call("openCommitments", BACKFILLED) == 1


def test_evidence_of_what_is_open_is_for_its_creditor_to_answer(ledger: Ledger) -> None:
    id = record(ledger, **OPEN, creditor=HILLSIDE)
    ledger.evidence(id)
    expected = CommitmentStateInvalid(id, CommitmentState.EVIDENCED)
    ledger.refuses(expected, "recordOutcomes", [HistoricalOutcome(id, 1, ledger.evm.now)], by=RECORDER)
    ledger.confirm(id)


def test_history_is_recorded_on_the_registrys_own_storage_and_in_its_name(ledger: Ledger) -> None:
    """The code is another contract's, made by the registry; what that contract holds itself stays empty."""
    code = ledger.call("history")
    (before,) = ledger.evm.storage_roots([code])
    record(ledger, **OPEN)
    relayed = ledger.relay("recordHistory", BACKFILLED, [historical_commitment()], by=RECORDER)
    assert relayed.returned == 2 == ledger.call("commitmentCount")
    ledger.relay("recordOutcomes", [HistoricalOutcome(1, 10_000, ledger.evm.now)], by=RECORDER)
    assert ledger.evm.storage_roots([code]) == (before,)


def test_an_outcome_that_stands_is_not_recorded_again(ledger: Ledger) -> None:
    id = record(ledger, **OPEN)
    row = HistoricalOutcome(id, 10_000, ledger.evm.now)
    expected = CommitmentStateInvalid(id, CommitmentState.SETTLED)
    ledger.refuses(expected, "recordOutcomes", [row, row], by=RECORDER)
    ledger.send("recordOutcomes", [row], by=RECORDER)
    ledger.refuses(expected, "recordOutcomes", [row], by=RECORDER)


def test_outcomes_are_recorded_of_backfilled_commitments_by_their_recorder(ledger: Ledger) -> None:
    id, own = record(ledger, **OPEN), ledger.register()
    row = HistoricalOutcome(id, 10_000, ledger.evm.now)
    ledger.refuses(CommitmentBatchEmpty(), "recordOutcomes", [], by=RECORDER)
    ledger.refuses(CommitmentUnknown(99), "recordOutcomes", [HistoricalOutcome(99, 1, 1)], by=RECORDER)
    ledger.refuses(CommitmentNotBackfilled(own), "recordOutcomes", [HistoricalOutcome(own, 1, 1)], by=RECORDER)
    ledger.refuses(
        AgreementNotCoordinatingBody(BACKFILLED, UPLANDS, DELTA), "recordOutcomes", [row], by=speaker(UPLANDS)
    )
    missing = CommandRoleMissing(HILLSIDE, Role.COORDINATING_BODY)
    ledger.refuses(missing, "recordOutcomes", [row], by=speaker(HILLSIDE))
    wrong = HistoricalOutcome(id, 10_001, ledger.evm.now)
    ledger.refuses(OutcomeOutOfRange(10_001, 0, 10_000), "recordOutcomes", [wrong], by=RECORDER)


@pytest.mark.parametrize(
    ("anchor", "seconds", "allowed"),
    [("made", -1, False), ("made", 0, True), ("now", 0, True), ("now", 1, False)],
)
def test_an_outcome_came_after_the_promise_and_by_now(ledger: Ledger, anchor: str, seconds: int, allowed: bool) -> None:
    row = historical_commitment(**OPEN)
    id = record(ledger, **OPEN)
    at = (row.made_at if anchor == "made" else ledger.evm.now) + seconds
    if allowed:
        ledger.send("recordOutcomes", [HistoricalOutcome(id, 1, at)], by=RECORDER)
    else:
        expected = CommitmentDatesInvalid(row.made_at, row.due_at, at, ledger.evm.now)
        ledger.refuses(expected, "recordOutcomes", [HistoricalOutcome(id, 1, at)], by=RECORDER)
