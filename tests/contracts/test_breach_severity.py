"""
Minor, general, serious: each threshold at its edge, repetition, and the periods that follow from a severity.

Lateness is counted from the due date to the determination; repetition counts the breaches of a government and of those
whose place it took within the period before, the new one included, those that a ruling overturned left out.
"""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.enums import Severity
from tests.contracts.harness.ledger import (
    BROKEN,
    DAY,
    DELTA,
    FULFILLED,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    STRANGER,
    WEIGHT,
    Ledger,
    P,
    procedure_policy,
    speaker,
)

MINOR, GENERAL, SERIOUS = Severity.MINOR, Severity.GENERAL, Severity.SERIOUS
NEVER = {"lateness_seconds": 3650 * DAY, "repetitions": 100}


def severity(ledger: Ledger, id: int) -> Severity:
    """What the register holds."""
    return Severity(ledger.call("breach", id)["severity"])


def determine_at(ledger: Ledger, id: int, moment: int) -> None:
    """Have Delta Office determine a breach at a second."""
    ledger.evm.now = moment
    ledger.send("determineBreach", id, by=speaker(DELTA))


def breach_at(ledger: Ledger, moment: int, **changes: Any) -> int:
    """A breach of an ordinary commitment that is determined at a second, 40 days late."""
    due = moment - 40 * DAY
    ledger.evm.now = due - 20 * DAY
    id = ledger.active(due_at=due, **changes)
    ledger.evm.now = due + P.grace_seconds + 1
    ledger.send("reportOverdue", id, "", by=STRANGER)
    determine_at(ledger, id, moment)
    return id


@pytest.mark.parametrize(
    ("lateness", "expected"),
    [
        (P.general.lateness_seconds - 1, MINOR),
        (P.general.lateness_seconds, GENERAL),
        (P.serious.lateness_seconds - 1, GENERAL),
        (P.serious.lateness_seconds, SERIOUS),
    ],
)
def test_lateness(ledger: Ledger, lateness: int, expected: Severity) -> None:
    id = ledger.reported()
    determine_at(ledger, id, ledger.call("commitment", id)["dueAt"] + lateness)
    assert severity(ledger, id) == expected


@pytest.mark.parametrize(
    ("general", "serious", "expected"),
    [
        (WEIGHT + 1, WEIGHT + 1, MINOR),
        (WEIGHT, WEIGHT + 1, GENERAL),
        (WEIGHT - 1, WEIGHT + 1, GENERAL),
        (WEIGHT, WEIGHT, SERIOUS),
        (WEIGHT - 1, WEIGHT - 1, SERIOUS),
    ],
)
def test_weight(ledger: Ledger, general: int, serious: int, expected: Severity) -> None:
    policy = procedure_policy(general={"weight": general, **NEVER}, serious={"weight": serious, **NEVER})
    ledger.decide("publishProcedurePolicy", policy, 0)
    assert severity(ledger, ledger.determined()) == expected


def test_the_second_is_general_and_the_third_serious(ledger: Ledger) -> None:
    start = ledger.evm.now + 365 * DAY
    ids = [breach_at(ledger, start + number * 70 * DAY) for number in range(4)]
    assert [severity(ledger, id) for id in ids] == [MINOR, GENERAL, SERIOUS, SERIOUS]


@pytest.mark.parametrize(("after", "expected"), [(0, GENERAL), (1, MINOR)])
def test_repetition_has_a_period(ledger: Ledger, after: int, expected: Severity) -> None:
    first = breach_at(ledger, ledger.evm.now + 365 * DAY)
    determined_at = ledger.call("breach", first)["determinedAt"]
    second = breach_at(ledger, determined_at + P.repetition_seconds + after)
    assert severity(ledger, second) == expected


def test_those_of_before_the_period_do_not_hide_those_within(ledger: Ledger) -> None:
    start = ledger.evm.now + 365 * DAY
    breach_at(ledger, start)
    breach_at(ledger, start + 700 * DAY)
    third = breach_at(ledger, start + 1400 * DAY)
    assert severity(ledger, third) == GENERAL


def test_what_was_overturned_is_no_repetition(ledger: Ledger) -> None:
    start = ledger.evm.now + 365 * DAY
    first = breach_at(ledger, start)
    dispute = ledger.open_dispute(first)
    ledger.rule(dispute, FULFILLED)
    ledger.conclude_dispute(dispute)
    second = breach_at(ledger, start + 200 * DAY)
    assert severity(ledger, second) == MINOR


def test_what_was_repaired_is_repetition_still(ledger: Ledger) -> None:
    start = ledger.evm.now + 365 * DAY
    first = breach_at(ledger, start)
    ledger.send("requestRepair", first, b"\x01" * 32, "", by=speaker(LAKESIDE))
    ledger.evm.now = ledger.call("breach", first)["repairableFrom"]
    ledger.send("repairBreach", first, by=speaker(DELTA))
    assert severity(ledger, breach_at(ledger, start + 200 * DAY)) == GENERAL


def test_another_governments_breach_is_no_repetition(ledger: Ledger) -> None:
    start = ledger.evm.now + 365 * DAY
    breach_at(ledger, start)
    due = start + 100 * DAY
    ledger.evm.now = due - DAY
    terms = ledger.commitment_terms(creditor=LAKESIDE, due_at=due)
    id = ledger.send("registerCommitment", terms, by=speaker(HILLSIDE)).returned
    ledger.accept(id)
    ledger.evm.now = due + P.grace_seconds + 1
    ledger.send("reportOverdue", id, "", by=STRANGER)
    determine_at(ledger, id, ledger.call("breach", id)["explainBy"] + 1)
    assert severity(ledger, id) == MINOR
    assert ledger.call("casesOf", HILLSIDE) == (id,)


def test_a_successor_repeats_what_its_predecessors_did(ledger: Ledger) -> None:
    start = ledger.evm.now + 365 * DAY
    breach_at(ledger, start)
    ledger.succeed(LAKESIDE, NEWLAKE)
    ledger.send("succeedParty", 1, LAKESIDE, by=speaker(NEWLAKE))
    due = start + 100 * DAY
    ledger.evm.now = due - DAY
    id = ledger.send("registerCommitment", ledger.commitment_terms(due_at=due), by=speaker(NEWLAKE)).returned
    ledger.accept(id)
    ledger.evm.now = due + P.grace_seconds + 1
    ledger.send("reportOverdue", id, "", by=STRANGER)
    determine_at(ledger, id, ledger.call("breach", id)["explainBy"] + 1)
    assert ledger.call("breach", id)["debtor"] == NEWLAKE
    assert severity(ledger, id) == GENERAL


@pytest.mark.parametrize("days_late", [0, 90, 365])
def test_the_periods_follow_from_the_severity(ledger: Ledger, days_late: int) -> None:
    id = ledger.determined(days_late)
    b = ledger.call("breach", id)
    consequence = P.consequence(Severity(b["severity"]))
    assert b["objectBy"] == ledger.evm.now + P.objection_seconds
    assert b["publishedFrom"] == b["objectBy"] + 1
    assert b["repairableFrom"] == b["publishedFrom"] + consequence.repair_after_seconds
    assert b["publishedUntil"] == b["publishedFrom"] + consequence.publication_seconds
    ledger.evm.now = b["publishedFrom"]
    assert ledger.call("isPublished", id) == consequence.published


@pytest.mark.parametrize(
    ("lateness", "expected"), [(P.general.lateness_seconds - 1, MINOR), (P.general.lateness_seconds, GENERAL)]
)
def test_a_ruling_counts_lateness_up_to_the_dispute(ledger: Ledger, lateness: int, expected: Severity) -> None:
    id = ledger.reported()
    ledger.evm.now = ledger.call("commitment", id)["dueAt"] + lateness
    dispute = ledger.open_dispute(id)
    ledger.rule(dispute, BROKEN)
    ledger.conclude_dispute(dispute)
    assert severity(ledger, id) == expected


def test_a_dispute_before_the_due_date_is_not_late(ledger: Ledger) -> None:
    id, dispute = ledger.ruled(BROKEN)
    assert ledger.call("dispute", dispute)["openedAt"] < ledger.call("commitment", id)["dueAt"]
    ledger.conclude_dispute(dispute)
    assert severity(ledger, id) == MINOR


def test_an_upheld_breach_keeps_its_severity(ledger: Ledger) -> None:
    id = ledger.determined(89)
    dispute = ledger.open_dispute(id)
    ledger.rule(dispute, BROKEN)
    ledger.conclude_dispute(dispute)
    assert severity(ledger, id) == MINOR
