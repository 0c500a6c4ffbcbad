"""Standing: derived from cases, breaches and measures, as of any moment; and incentives, which good standing earns."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.enums import Incentive, Measure, Role, Standing
from ledger.domain.events import CommandExecuted, IncentiveGranted, IncentiveRevoked
from ledger.domain.refusals.base import Refused
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.refusals.discipline import (
    DisciplineTextInvalid,
    IncentiveInvalid,
    IncentiveNotBody,
    IncentiveNotEarned,
    IncentiveOutsideJurisdiction,
    IncentiveOver,
    IncentivePeriodInvalid,
    IncentiveUnknown,
)
from tests.contracts.harness.ledger import (
    AUDITOR,
    BROKEN,
    COASTAL,
    DAY,
    DELTA,
    DIGEST,
    FARFIELD,
    FULFILLED,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    OLDTOWN,
    UPLANDS,
    Ledger,
    procedure_policy,
    speaker,
)

BODY, DEBTOR, CREDITOR = speaker(DELTA), speaker(LAKESIDE), speaker(HILLSIDE)
FIVE_YEARS = 5 * 365 * DAY


def standing(ledger: Ledger, government: int = LAKESIDE) -> Standing:
    """A government's standing now."""
    return Standing(ledger.call("standing", government))


def repair(ledger: Ledger, id: int) -> None:
    """Have a breach repaired as soon as it can be."""
    ledger.send("requestRepair", id, DIGEST, "archive:repair", by=DEBTOR)
    ledger.evm.now = ledger.call("breach", id)["repairableFrom"]
    ledger.send("repairBreach", id, by=BODY)


# -------------------------------------------------------------------------------------------------------- standing


def test_who_has_no_case_is_in_good_standing(ledger: Ledger) -> None:
    ledger.overdue()
    for government in (LAKESIDE, HILLSIDE, FARFIELD, DELTA, OLDTOWN, 99):
        assert standing(ledger, government) == Standing.GOOD


@pytest.mark.parametrize("stage", ["reported", "rectifying"])
def test_who_has_an_open_case_is_watched_until_it_is_over(ledger: Ledger, stage: str) -> None:
    id = getattr(ledger, stage)()
    assert (standing(ledger), standing(ledger, HILLSIDE)) == (Standing.WATCHED, Standing.GOOD)
    ledger.evidence(id)
    assert standing(ledger) == Standing.WATCHED
    ledger.confirm(id)
    assert standing(ledger) == Standing.GOOD


def test_a_breach_is_watched_then_published_then_over(ledger: Ledger) -> None:
    id = ledger.determined(100)
    case = ledger.call("breach", id)
    assert standing(ledger) == Standing.WATCHED
    for edge, before, after in (
        ("publishedFrom", Standing.WATCHED, Standing.DISCIPLINED),
        ("publishedUntil", Standing.DISCIPLINED, Standing.GOOD),
    ):
        ledger.evm.now = case[edge] - 1
        assert standing(ledger) == before
        ledger.evm.now += 1
        assert standing(ledger) == after


def test_a_minor_breach_is_watched_unless_a_measure_is_in_effect(ledger: Ledger) -> None:
    id = ledger.published(days_late=0)
    case = ledger.call("breach", id)
    assert standing(ledger) == Standing.WATCHED
    ends_at = ledger.evm.now + DAY
    ledger.impose(id, measure=Measure.NOTICE_TO_SUPERIOR, ends_at=ends_at)
    assert standing(ledger) == Standing.DISCIPLINED
    ledger.evm.now = ends_at
    assert standing(ledger) == Standing.WATCHED
    ledger.evm.now = case["publishedUntil"]
    assert standing(ledger) == Standing.GOOD


@pytest.mark.parametrize(("upheld", "after"), [(True, Standing.DISCIPLINED), (False, Standing.GOOD)])
def test_an_objection_suspends_publication_until_it_is_ruled_on(ledger: Ledger, upheld: bool, after: Standing) -> None:
    id = ledger.determined(100)
    dispute = ledger.open_dispute(id)
    ledger.evm.now = ledger.call("breach", id)["publishedFrom"]
    assert standing(ledger) == Standing.WATCHED
    ledger.rule(dispute, BROKEN if upheld else FULFILLED)
    assert standing(ledger) == Standing.WATCHED
    ledger.conclude_dispute(dispute)
    assert standing(ledger) == after


def test_who_put_right_is_repaired_while_it_would_still_be_published(ledger: Ledger) -> None:
    id = ledger.published()
    ledger.impose(id)
    repair(ledger, id)
    assert standing(ledger) == Standing.REPAIRED
    ledger.evm.now = ledger.call("breach", id)["publishedUntil"] - 1
    assert standing(ledger) == Standing.REPAIRED
    ledger.evm.now += 1
    assert standing(ledger) == Standing.GOOD


def test_the_worst_of_several_cases_counts(ledger: Ledger) -> None:
    """In whichever order they came: disciplined before watched before repaired."""
    later = ledger.active(due_at=ledger.evm.now + 400 * DAY)
    first = ledger.published()
    repair(ledger, first)
    assert standing(ledger) == Standing.REPAIRED
    ledger.reported()
    assert standing(ledger) == Standing.WATCHED
    second = ledger.published(days_late=100)
    assert standing(ledger) == Standing.DISCIPLINED
    ledger.evm.now = ledger.call("breach", second)["publishedUntil"]
    ledger.send("reportOverdue", later, "nothing was lodged", by=CREDITOR)
    assert standing(ledger) == Standing.WATCHED


def test_standing_is_inherited(ledger: Ledger) -> None:
    id = ledger.published()
    ledger.succeed(LAKESIDE, NEWLAKE)
    assert (standing(ledger, NEWLAKE), standing(ledger, FARFIELD)) == (Standing.DISCIPLINED, Standing.GOOD)
    ledger.succeed(NEWLAKE, FARFIELD)
    assert standing(ledger, FARFIELD) == Standing.DISCIPLINED
    ledger.evm.now = ledger.call("breach", id)["publishedUntil"]
    assert standing(ledger, FARFIELD) == Standing.GOOD


def test_what_runs_under_a_policy_goes_on_under_it(ledger: Ledger) -> None:
    id = ledger.published()
    until = ledger.call("breach", id)["publishedUntil"]
    changed = {"published": False, "publication_seconds": 100 * DAY}
    ledger.decide("publishProcedurePolicy", procedure_policy(general_consequence=changed), 0)
    assert standing(ledger) == Standing.DISCIPLINED
    ledger.evm.now = until - 1
    assert standing(ledger) == Standing.DISCIPLINED


# ------------------------------------------------------------------------------------------------------ incentives


@pytest.mark.parametrize("kind", [each for each in Incentive if each != Incentive.NONE])
def test_who_keeps_faith_is_rewarded(ledger: Ledger, kind: Incentive) -> None:
    now, until = ledger.evm.now, ledger.evm.now + 365 * DAY
    terms = ledger.incentive_terms(incentive=kind)
    done = ledger.send("grantIncentive", terms, by=BODY)
    assert done.returned == 1 == ledger.call("incentiveCount")
    assert done.events == (
        CommandExecuted(BODY.address, 0),
        IncentiveGranted(1, LAKESIDE, DELTA, kind, now, until, terms.reason),
    )
    assert ledger.call("incentive", 1) == {
        "government": LAKESIDE,
        "body": DELTA,
        "incentive": kind,
        "startsAt": now,
        "endsAt": until,
        "revokedAt": 0,
    }
    held = {each: ledger.call("hasIncentive", LAKESIDE, each) for each in Incentive}
    assert held == {each: each == kind for each in Incentive}
    assert not ledger.call("hasIncentive", HILLSIDE, kind)


def test_an_incentive_begins_and_lapses_by_itself(ledger: Ledger) -> None:
    starts_at, ends_at = ledger.evm.now + DAY, ledger.evm.now + 30 * DAY
    ledger.send("grantIncentive", ledger.incentive_terms(starts_at=starts_at, ends_at=ends_at), by=BODY)
    for moment, held in ((starts_at - 1, False), (starts_at, True), (ends_at - 1, True), (ends_at, False)):
        ledger.evm.now = moment
        assert ledger.call("hasIncentive", LAKESIDE, Incentive.SHORTER_CONFIRMATION) == held


def test_discipline_suspends_incentives(ledger: Ledger) -> None:
    ledger.send("grantIncentive", ledger.incentive_terms(ends_at=ledger.evm.now + FIVE_YEARS), by=BODY)
    id = ledger.determined(100)
    case = ledger.call("breach", id)
    for moment, held in (
        (case["publishedFrom"] - 1, True),
        (case["publishedFrom"], False),
        (case["publishedUntil"] - 1, False),
        (case["publishedUntil"], True),
    ):
        ledger.evm.now = moment
        assert ledger.call("hasIncentive", LAKESIDE, Incentive.SHORTER_CONFIRMATION) == held


def test_an_incentive_is_earned_by_one_government_and_not_inherited(ledger: Ledger) -> None:
    ledger.send("grantIncentive", ledger.incentive_terms(), by=BODY)
    ledger.succeed(LAKESIDE, NEWLAKE)
    assert not ledger.call("hasIncentive", NEWLAKE, Incentive.SHORTER_CONFIRMATION)


@pytest.mark.parametrize(
    ("stage", "expected"),
    [("reported", Standing.WATCHED), ("determined", Standing.WATCHED), ("published", Standing.DISCIPLINED)],
)
def test_only_good_standing_earns_incentives(ledger: Ledger, stage: str, expected: Standing) -> None:
    getattr(ledger, stage)()
    refusal = IncentiveNotEarned(LAKESIDE, expected)
    ledger.refuses(refusal, "grantIncentive", ledger.incentive_terms(), by=BODY)


def test_nor_does_a_breach_that_was_repaired(ledger: Ledger) -> None:
    repair(ledger, ledger.published())
    refusal = IncentiveNotEarned(LAKESIDE, Standing.REPAIRED)
    ledger.refuses(refusal, "grantIncentive", ledger.incentive_terms(), by=BODY)


@pytest.mark.parametrize("body", [UPLANDS, COASTAL])
def test_who_grants_has_jurisdiction(ledger: Ledger, body: int) -> None:
    expected = IncentiveOutsideJurisdiction(body, LAKESIDE)
    ledger.refuses(expected, "grantIncentive", ledger.incentive_terms(), by=speaker(body))


@pytest.mark.parametrize("body", [LAKESIDE, HILLSIDE, AUDITOR])
def test_only_coordinating_bodies_grant(ledger: Ledger, body: int) -> None:
    missing = CommandRoleMissing(body, Role.COORDINATING_BODY)
    ledger.refuses(missing, "grantIncentive", ledger.incentive_terms(), by=speaker(body))
    ledger.refuses(missing, "revokeIncentive", 1, "by mistake", by=speaker(body))


def test_nobody_rewards_itself(ledger: Ledger) -> None:
    ledger.decide("setRoles", DELTA, Role.COORDINATING_BODY.bit | Role.GOVERNMENT.bit)
    expected = IncentiveInvalid("government", DELTA)
    ledger.refuses(expected, "grantIncentive", ledger.incentive_terms(government=DELTA), by=BODY)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"government": 0}, IncentiveInvalid("government", 0)),
        ({"government": 99}, IncentiveInvalid("government", 99)),
        ({"government": OLDTOWN}, IncentiveInvalid("government", OLDTOWN)),
        ({"government": AUDITOR}, IncentiveInvalid("government", AUDITOR)),
        ({"incentive": Incentive.NONE}, IncentiveInvalid("incentive", 0)),
        ({"reason": ""}, DisciplineTextInvalid("reason", 0, 1024)),
        ({"reason": "r" * 1025}, DisciplineTextInvalid("reason", 1025, 1024)),
    ],
    ids=lambda value: str(value)[:40],
)
def test_incentives_that_are_not_in_order_are_refused(
    ledger: Ledger, changes: dict[str, Any], expected: Refused
) -> None:
    ledger.refuses(expected, "grantIncentive", ledger.incentive_terms(**changes), by=BODY)


@pytest.mark.parametrize(
    ("start", "end", "allowed"),
    [
        # Seconds after now; None for the moment 0.
        (None, FIVE_YEARS, True),
        (None, FIVE_YEARS + 1, False),
        (0, FIVE_YEARS, True),
        (-1, DAY, False),
        (DAY, DAY, False),
        (DAY, DAY + 1, True),
        (None, 0, False),
        (DAY, FIVE_YEARS + DAY, False),
    ],
)
def test_an_incentive_lies_within_the_next_five_years(
    ledger: Ledger, start: int | None, end: int, allowed: bool
) -> None:
    now = ledger.evm.now
    terms = ledger.incentive_terms(starts_at=0 if start is None else now + start, ends_at=now + end)
    if allowed:
        ledger.send("grantIncentive", terms, by=BODY)
    else:
        expected = IncentivePeriodInvalid(terms.starts_at, terms.ends_at, now, now + FIVE_YEARS)
        ledger.refuses(expected, "grantIncentive", terms, by=BODY)


def test_who_granted_revokes(ledger: Ledger) -> None:
    id = ledger.send("grantIncentive", ledger.incentive_terms(), by=BODY).returned
    for body in (UPLANDS, COASTAL):
        expected = IncentiveNotBody(id, body, DELTA)
        ledger.refuses(expected, "revokeIncentive", id, "by mistake", by=speaker(body))
    for unknown in (0, id + 1):
        ledger.refuses(IncentiveUnknown(unknown), "revokeIncentive", unknown, "by mistake", by=BODY)
    for length in (0, 1025):
        wrong = DisciplineTextInvalid("reason", length, 1024)
        ledger.refuses(wrong, "revokeIncentive", id, "r" * length, by=BODY)
    ledger.evm.now += DAY
    done = ledger.send("revokeIncentive", id, "granted by mistake", by=BODY)
    assert done.facts == (IncentiveRevoked(id, DELTA, "granted by mistake"),)
    assert not ledger.call("hasIncentive", LAKESIDE, Incentive.SHORTER_CONFIRMATION)
    assert ledger.call("incentive", id)["revokedAt"] == ledger.evm.now
    ledger.refuses(IncentiveOver(id, ledger.evm.now), "revokeIncentive", id, "again", by=BODY)


@pytest.mark.parametrize("seconds", [-1, 0])
def test_what_has_lapsed_is_not_revoked(ledger: Ledger, seconds: int) -> None:
    terms = ledger.incentive_terms()
    id = ledger.send("grantIncentive", terms, by=BODY).returned
    ledger.evm.now = terms.ends_at + seconds
    if seconds < 0:
        ledger.send("revokeIncentive", id, "granted by mistake", by=BODY)
    else:
        ledger.refuses(IncentiveOver(id, terms.ends_at), "revokeIncentive", id, "too late", by=BODY)
