"""Assessing: at the times that the terms set, the coordinating body records what each indicator measures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger.domain.enums import EndReason, IndicatorDirection, IndicatorKind, Role
from ledger.domain.events import AgreementAssessed, CommandExecuted
from ledger.domain.refusals.agreements import AgreementUnknown
from ledger.domain.refusals.assessments import (
    AssessmentIndicatorsDiffer,
    AssessmentMeasureOutOfRange,
    AssessmentNotBody,
    AssessmentNotScheduled,
    AssessmentReportInvalid,
    AssessmentTooEarly,
    AssessmentTwice,
)
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.terms import Ending, Indicator
from tests.contracts.harness.agreements import TWO, propose, propose_version, sign
from tests.contracts.harness.ledger import (
    AGREEMENT,
    AUDITOR,
    DAY,
    DELTA,
    DIGEST,
    HILLSIDE,
    LAKESIDE,
    PAST,
    UPLANDS,
    Ledger,
    agreement_terms,
    speaker,
)

AT_LEAST, AT_MOST = IndicatorDirection.AT_LEAST, IndicatorDirection.AT_MOST


def conclude(ledger: Ledger, first: int = 0, every: int = 0, **changes: Any) -> int:
    """An agreement of two that is assessed, unless told otherwise from now on and once."""
    first = first or ledger.evm.now
    return ledger.conclude(
        **{"parties": TWO, "first_assessment_at": first, "assessment_every_seconds": every, **changes}
    )


def assess(ledger: Ledger, id: int, **changes: Any) -> AgreementAssessed:
    (fact,) = ledger.send("recordAssessment", ledger.assessment(id, **changes), by=speaker(DELTA)).facts
    assert isinstance(fact, AgreementAssessed)
    return fact


def indicator(target: int, direction: IndicatorDirection, weight: int = 10_000) -> Indicator:
    return Indicator("days", IndicatorKind.SOCIAL_BENEFIT, "days", target, direction, weight)


# -------------------------------------------------------------------------------------------------------- recording


def test_an_assessment_carries_all_that_a_reader_needs(ledger: Ledger) -> None:
    at = ledger.evm.now
    id = conclude(ledger)
    ledger.evm.now += DAY
    assert ledger.call("assessed", id, 1) == (False, 0)
    given = ledger.assessment(id, measured=(4_000_000, 6_000_000))
    done = ledger.send("recordAssessment", given, by=speaker(DELTA))
    # 4 of 5 windows are 8,000; 5 days of 6 are 8,333; 0.4 x 8,000 + 0.6 x 8,333 = 8,199.8.
    assert done.events == (
        CommandExecuted(speaker(DELTA).address, 0),
        AgreementAssessed(id, 1, DELTA, 1, at, (4_000_000, 6_000_000), (8_000, 8_333), 8_199, DIGEST, "archive:report"),
    )
    assert ledger.call("assessed", id, 1) == (True, 8_199)
    assert ledger.call("assessed", id, 2) == (False, 0)


@pytest.mark.parametrize(
    ("direction", "target", "measured", "achieved"),
    [
        (AT_LEAST, 3, 0, 0),
        (AT_LEAST, 3, 1, 3_333),
        (AT_LEAST, 3, 2, 6_666),
        (AT_LEAST, 3, 3, 10_000),
        (AT_LEAST, 3, 4, 10_000),
        (AT_LEAST, 0, 0, 10_000),
        (AT_LEAST, 0, 1, 10_000),
        (AT_LEAST, 10**18, 10**18 - 1, 9_999),
        (AT_LEAST, 10**18, 10**18, 10_000),
        (AT_LEAST, 1, 10**18, 10_000),
        (AT_MOST, 2, 0, 10_000),
        (AT_MOST, 2, 2, 10_000),
        (AT_MOST, 2, 3, 6_666),
        (AT_MOST, 2, 4, 5_000),
        (AT_MOST, 0, 0, 10_000),
        (AT_MOST, 0, 1, 0),
        (AT_MOST, 1, 10**18, 0),
        (AT_MOST, 10**18 - 1, 10**18, 9_999),
    ],
)
def test_how_far_a_target_is_reached(
    ledger: Ledger, direction: IndicatorDirection, target: int, measured: int, achieved: int
) -> None:
    id = conclude(ledger, indicators=(indicator(target, direction),))
    fact = assess(ledger, id, measured=(measured,))
    assert (fact.achieved_basis_points, fact.overall_basis_points) == ((achieved,), achieved)


def test_indicators_count_by_their_shares(ledger: Ledger) -> None:
    shares = (3_333, 3_333, 3_334)
    id = conclude(ledger, indicators=tuple(indicator(1, AT_LEAST, share) for share in shares))
    assert assess(ledger, id, measured=(1, 1, 0)).overall_basis_points == 6_666
    again = conclude(ledger, indicators=tuple(indicator(10_000, AT_LEAST, share) for share in shares))
    # Rounded down: 1 basis point of each is 1 of the whole, of all but one it is not.
    assert assess(ledger, again, measured=(1, 1, 1)).overall_basis_points == 1
    third = conclude(ledger, indicators=tuple(indicator(10_000, AT_LEAST, share) for share in shares))
    assert assess(ledger, third, measured=(1, 1, 0)).overall_basis_points == 0


def test_as_many_indicators_as_allowed(ledger: Ledger) -> None:
    weights = [150] * 63 + [10_000 - 63 * 150]
    id = conclude(ledger, indicators=tuple(indicator(1, AT_LEAST, weight) for weight in weights))
    assert assess(ledger, id, measured=(1,) * 64).overall_basis_points == 10_000


def test_what_is_measured_is_one_figure_for_each_indicator(ledger: Ledger) -> None:
    id = conclude(ledger)
    by = speaker(DELTA)
    for measured in ((), (1,), (1, 2, 3)):
        given = ledger.assessment(id, measured=measured)
        ledger.refuses(AssessmentIndicatorsDiffer(id, len(measured), 2), "recordAssessment", given, by=by)
    too_much = ledger.assessment(id, measured=(10**18, 10**18 + 1))
    expected = AssessmentMeasureOutOfRange(1, 10**18 + 1, 10**18)
    ledger.refuses(expected, "recordAssessment", too_much, by=by)
    assess(ledger, id, measured=(10**18, 10**18))


def test_a_report_has_a_digest_and_a_short_locator(ledger: Ledger) -> None:
    id = conclude(ledger)
    by = speaker(DELTA)
    nothing = ledger.assessment(id, report_digest=bytes(32))
    ledger.refuses(AssessmentReportInvalid("reportDigest", 0, 32), "recordAssessment", nothing, by=by)
    long = ledger.assessment(id, report_locator="l" * 513)
    ledger.refuses(AssessmentReportInvalid("reportLocator", 513, 512), "recordAssessment", long, by=by)
    assess(ledger, id, report_locator="l" * 512)


# --------------------------------------------------------------------------------------------------------------- who


def test_only_the_coordinating_body_assesses(ledger: Ledger) -> None:
    id = conclude(ledger)
    given = ledger.assessment(id)
    ledger.refuses(AgreementUnknown(99), "recordAssessment", ledger.assessment(99), by=speaker(DELTA))
    ledger.refuses(AssessmentNotBody(id, UPLANDS, DELTA), "recordAssessment", given, by=speaker(UPLANDS))
    for body in (LAKESIDE, AUDITOR):
        missing = CommandRoleMissing(body, Role.COORDINATING_BODY)
        ledger.refuses(missing, "recordAssessment", given, by=speaker(body))


# -------------------------------------------------------------------------------------------------------------- when


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_at_its_time_or_later(ledger: Ledger, seconds: int, number: int) -> None:
    first = ledger.evm.now + DAY
    id = conclude(ledger, first, 7 * DAY)
    scheduled = first + (number - 1) * 7 * DAY
    ledger.evm.now = scheduled + seconds
    given = ledger.assessment(id, number=number)
    if seconds < 0:
        expected = AssessmentTooEarly(id, number, scheduled, ledger.evm.now)
        ledger.refuses(expected, "recordAssessment", given, by=speaker(DELTA))
    else:
        assert assess(ledger, id, number=number).scheduled_at == scheduled


def test_each_once_and_in_any_order(ledger: Ledger) -> None:
    id = conclude(ledger, every=DAY)
    ledger.evm.now += 10 * DAY
    for number in (3, 1):
        assess(ledger, id, number=number)
        given = ledger.assessment(id, number=number)
        ledger.refuses(AssessmentTwice(id, number), "recordAssessment", given, by=speaker(DELTA))
    assert [ledger.call("assessed", id, number)[0] for number in (1, 2, 3)] == [True, False, True]


def test_only_what_the_terms_set(ledger: Ledger) -> None:
    """Number 0; any without a first; a second without a rhythm; what no clock will see."""
    by = speaker(DELTA)
    once, often = conclude(ledger), conclude(ledger, every=2**32 - 1)
    proposed, _ = propose(ledger, first_assessment_at=ledger.evm.now)
    ledger.evm.now += 100 * DAY
    for id, number in ((AGREEMENT, 1), (once, 0), (once, 2), (often, 2**32 - 1), (proposed, 1)):
        given = ledger.assessment(id, number=number)
        ledger.refuses(AssessmentNotScheduled(id, number), "recordAssessment", given, by=by)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_not_for_a_time_when_it_has_expired(ledger: Ledger, seconds: int) -> None:
    first = ledger.evm.now + DAY
    ends = first + DAY - seconds
    id = conclude(ledger, first, DAY, expires_at=ends)
    ledger.evm.now = ends + 10 * DAY
    assess(ledger, id, number=1)
    given = ledger.assessment(id, number=2)
    if seconds < 0:
        assess(ledger, id, number=2)
    else:
        ledger.refuses(AssessmentNotScheduled(id, 2), "recordAssessment", given, by=speaker(DELTA))


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_not_for_a_time_before_it_was_in_force(ledger: Ledger, seconds: int) -> None:
    """Where the last party signed after the first assessment was to be, there was nothing to assess."""
    first = ledger.evm.now + DAY
    id, digest = propose(ledger, first_assessment_at=first, assessment_every_seconds=DAY)
    sign(ledger, id, 1, digest, by=LAKESIDE)
    ledger.evm.now = first + seconds
    sign(ledger, id, 1, digest, by=HILLSIDE)
    ledger.evm.now = first + DAY
    given = ledger.assessment(id)
    if seconds > 0:
        ledger.refuses(AssessmentNotScheduled(id, 1), "recordAssessment", given, by=speaker(DELTA))
    else:
        assess(ledger, id)
    assess(ledger, id, number=2)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_not_for_a_time_from_its_end_on(ledger: Ledger, seconds: int) -> None:
    first = ledger.evm.now + DAY
    id = conclude(ledger, first)
    ledger.evm.now = first + seconds
    ledger.send("endAgreement", Ending(id, EndReason.BY_LAW, 0, 0, "Regulation 12"), by=speaker(DELTA))
    ledger.evm.now = first + DAY
    if seconds > 0:
        assess(ledger, id)
    else:
        given = ledger.assessment(id)
        ledger.refuses(AssessmentNotScheduled(id, 1), "recordAssessment", given, by=speaker(DELTA))


def test_while_suspended_what_is_due_is_assessed(ledger: Ledger) -> None:
    id = conclude(ledger)
    ledger.send("suspendAgreement", id, "looked into", by=speaker(DELTA))
    assert assess(ledger, id).overall_basis_points == 10_000


def test_an_agreement_of_the_past_is_assessed_for_the_past(ledger: Ledger) -> None:
    terms = agreement_terms(parties=TWO, effective_from=PAST, first_assessment_at=PAST, assessment_every_seconds=DAY)
    id = ledger.send("recordAgreement", terms, by=speaker(DELTA)).returned
    assert assess(ledger, id, number=2).scheduled_at == PAST + DAY


def test_assessed_by_the_version_in_force(ledger: Ledger) -> None:
    first = ledger.evm.now
    id = conclude(ledger, every=7 * DAY)
    assess(ledger, id, measured=(1_000_000, 5_000_000))
    (windows, days) = agreement_terms().indicators
    changed = (replace(windows, target=1_000_000), days)
    version, digest = propose_version(
        ledger, id, indicators=changed, first_assessment_at=first, assessment_every_seconds=DAY
    )
    ledger.evm.now += DAY
    by = speaker(DELTA)
    given = ledger.assessment(id, number=2)
    too_early = AssessmentTooEarly(id, 2, first + 7 * DAY, ledger.evm.now)
    ledger.refuses(too_early, "recordAssessment", given, by=by)
    for party in TWO:
        sign(ledger, id, version, digest, by=party)
    fact = assess(ledger, id, number=2, measured=(1_000_000, 5_000_000))
    assert (fact.version, fact.scheduled_at, fact.overall_basis_points) == (2, first + DAY, 10_000)
    ledger.refuses(AssessmentTwice(id, 1), "recordAssessment", ledger.assessment(id), by=by)
