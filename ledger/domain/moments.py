"""
Moments.

A moment is a whole number of seconds since 1970-01-01T00:00:00Z. In text it is RFC 3339 in UTC; a bare date means its
last second, so that "due on the 30th" is kept in time on the whole of the 30th.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from ledger.errors import InvalidInput

MOMENT_FIELDS = frozenset(
    {
        "answer_by",
        "appeal_by",
        "as_of",
        "confirm_by",
        "current_time",
        "deadline",
        "due_at",
        "earliest",
        "effective_at",
        "effective_from",
        "ended_at",
        "ends_at",
        "evidence_until",
        "executable_from",
        "expires_at",
        "explain_by",
        "first_assessment_at",
        "grace_until",
        "latest",
        "made_at",
        "moment",
        "object_by",
        "paid_at",
        "performed_at",
        "published_from",
        "published_until",
        "received_at",
        "rectify_by",
        "repairable_from",
        "resolved_at",
        "rule_by",
        "scheduled_at",
        "starts_at",
        "suspended_at",
        "until",
    }
)
"""Fields of commands, events and refusals that are UTC seconds; all else that is a number is a count, id or amount."""

MAY_BE_NO_MOMENT = frozenset(
    {
        "appeal_by",
        "effective_from",
        "ended_at",
        "executable_from",
        "expires_at",
        "first_assessment_at",
        "object_by",
        "resolved_at",
        "starts_at",
    }
)
"""Those that the chain gives as 0 where there is none; JSON has null there."""

MOMENT_MAX = (1 << 40) - 1
"""The largest moment that the contracts store, in the year 36812; text reaches to the end of 9999."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_RULE = "a date such as 2024-06-30, or an RFC 3339 moment with an offset such as 2024-06-30T12:00:00Z"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_moment(text: str, field: str = "moment") -> int:
    """
    Read a moment.

    Parameters
    ----------
    text
        RFC 3339 with an offset, or a bare date, which means its last second in UTC.
    field
        What to call it where it is refused.

    Raises
    ------
    InvalidInput
        Where the text is neither, has fractions of a second, or lies before 1970.
    """
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
            moment = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)
        elif len(text) > len("2024-06-30T12:00:00") and text[10] in "Tt ":
            moment = datetime.fromisoformat(text.upper())
        else:
            raise InvalidInput(field, text, _RULE)
    except ValueError:
        raise InvalidInput(field, text, _RULE) from None
    if moment.tzinfo is None:
        raise InvalidInput(field, text, _RULE)
    if moment.microsecond:
        raise InvalidInput(field, text, "whole seconds")
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    if seconds <= 0:
        raise InvalidInput(field, text, "a moment after 1970-01-01T00:00:00Z")
    return seconds


def format_moment(seconds: int) -> str:
    """RFC 3339 in UTC; a moment past the year 9999, which no calendar text reaches, is given in seconds."""
    try:
        return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    except OverflowError:
        return f"{seconds} s after 1970-01-01T00:00:00Z"
