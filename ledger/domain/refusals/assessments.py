"""Refusals of the register of assessments."""

from __future__ import annotations

from ledger.domain.refusals.base import Refused


class AssessmentNotBody(Refused):
    """Only the agreement's coordinating body assesses."""

    template = "government {caller} may not assess agreement {agreement}; only its coordinating body, {body}, may"
    agreement: int
    caller: int
    body: int


class AssessmentNotScheduled(Refused):
    """The agreement's terms set no such assessment."""

    template = "agreement {agreement} sets no time for assessment number {number}; the first is number 1"
    agreement: int
    number: int


class AssessmentTooEarly(Refused):
    """The time of the assessment has not come."""

    template = (
        "assessment number {number} of agreement {agreement} is set for {scheduled_at:moment}, but it is "
        "{current_time:moment}; it is recorded then or later"
    )
    agreement: int
    number: int
    scheduled_at: int
    current_time: int


class AssessmentTwice(Refused):
    """The assessment was recorded before."""

    template = "assessment number {number} of agreement {agreement} was recorded before; each is recorded once"
    agreement: int
    number: int


class AssessmentIndicatorsDiffer(Refused):
    """What was measured is not one figure for each indicator."""

    template = (
        "{measured:count} figures were given for the {indicators:count} indicators of agreement {agreement}; "
        "there must be one for each"
    )
    agreement: int
    measured: int
    indicators: int


class AssessmentMeasureOutOfRange(Refused):
    """More than is counted anywhere."""

    template = (
        "indicator {index} (counting from 0) is said to measure {measured:count} millionths; at most "
        "{measured_max:count} are allowed"
    )
    index: int
    measured: int
    measured_max: int


class AssessmentReportInvalid(Refused):
    """The report has no digest, or its locator is too long."""

    template = (
        "the assessment's {field} is {length:count} bytes long; a report needs a digest, and its locator may "
        "have {length_max:count}"
    )
    field: str
    length: int
    length_max: int
