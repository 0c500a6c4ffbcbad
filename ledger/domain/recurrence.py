"""
Commitments that recur: every month until a date.

On the chain each is a commitment of its own, with its own due date and outcome. What recurs is written out where the
command is made, so that what is signed names every date.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from dateutil.relativedelta import relativedelta

from ledger.domain.moments import format_moment
from ledger.errors import InvalidInput

RECURRENCE_MAX: Final = 120
"""Commitments of one recurrence, ten years of months; as many as the commitment registry takes in one command."""


class Every(StrEnum):
    """How often a commitment recurs, by the calendar in UTC."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_STEPS: Final = {
    Every.WEEK: relativedelta(weeks=1),
    Every.MONTH: relativedelta(months=1),
    Every.QUARTER: relativedelta(months=3),
    Every.YEAR: relativedelta(years=1),
}


class RecurrenceTooLong(InvalidInput):
    """A recurrence would make more commitments than one may."""

    def __init__(self, every: Every, until: int, maximum: int = RECURRENCE_MAX) -> None:
        super().__init__(
            "recurrence",
            f"every {every} until {format_moment(until)}",
            f"at most {maximum} commitments; end it earlier, or make it less frequent",
        )
        self.maximum = maximum


def due_dates(first: int, every: Every, until: int) -> tuple[int, ...]:
    """
    Return the due dates of a recurrence.

    Parameters
    ----------
    first
        The first due date, UTC seconds.
    every
        The step. Months are counted from the first date, so that what is due on the 31st is due on the last day of
        shorter months and on the 31st again after them.
    until
        The last moment at which one may be due.

    Raises
    ------
    InvalidInput
        `until` lies before `first`.
    RecurrenceTooLong
        There would be more than `RECURRENCE_MAX`.
    """
    if until < first:
        rule = f"a moment not before the first due date, {format_moment(first)}"
        raise InvalidInput("until", format_moment(until), rule)
    begin = datetime.fromtimestamp(first, UTC)
    dates: list[int] = []
    while True:
        try:
            moment = begin + _STEPS[every] * len(dates)
        except (OverflowError, ValueError):
            # The calendar ends with the year 9999.
            return tuple(dates)
        due = first + (moment - begin) // timedelta(seconds=1)
        if due > until:
            return tuple(dates)
        if len(dates) == RECURRENCE_MAX:
            raise RecurrenceTooLong(every, until)
        dates.append(due)


def numbered(reference: str, count: int) -> tuple[str, ...]:
    """Reference numbers of a recurrence: the reference itself for one, else with a number that sorts."""
    if count == 1:
        return (reference,)
    width = len(str(count))
    return tuple(f"{reference}-{number:0{width}}" for number in range(1, count + 1))
