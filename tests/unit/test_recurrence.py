"""Commitments that recur."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.moments import format_moment, parse_moment
from ledger.domain.recurrence import RECURRENCE_MAX, Every, RecurrenceTooLong, due_dates, numbered
from ledger.errors import InvalidInput

DAY = 86_400


def dates(first: str, every: Every, until: str) -> list[str]:
    return [format_moment(due)[:10] for due in due_dates(parse_moment(first), every, parse_moment(until))]


def test_what_is_due_on_the_31st_is_due_on_the_last_day_of_shorter_months_and_on_the_31st_again() -> None:
    assert dates("2024-01-31", Every.MONTH, "2024-05-31") == [
        "2024-01-31",
        "2024-02-29",
        "2024-03-31",
        "2024-04-30",
        "2024-05-31",
    ]


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        (Every.WEEK, ["2025-11-30", "2025-12-07", "2025-12-14", "2025-12-21", "2025-12-28"]),
        (Every.MONTH, ["2025-11-30", "2025-12-30"]),
        (Every.QUARTER, ["2025-11-30"]),
        (Every.YEAR, ["2025-11-30"]),
    ],
)
def test_each_step_is_one_of_the_calendar(every: Every, expected: list[str]) -> None:
    assert dates("2025-11-30", every, "2025-12-31") == expected


def test_the_last_moment_counts_and_the_one_after_it_does_not() -> None:
    first = parse_moment("2025-01-15")
    second = parse_moment("2025-02-15")
    assert due_dates(first, Every.MONTH, second) == (first, second)
    assert due_dates(first, Every.MONTH, second - 1) == (first,)
    assert due_dates(first, Every.MONTH, first) == (first,)


def test_ten_years_of_months_are_allowed_and_a_month_more_is_not() -> None:
    first = parse_moment("2025-01-31")
    assert len(due_dates(first, Every.MONTH, parse_moment("2034-12-31"))) == RECURRENCE_MAX
    with pytest.raises(RecurrenceTooLong, match=r"every month until 2035-01-31T23:59:59Z.*at most 120") as refused:
        due_dates(first, Every.MONTH, parse_moment("2035-01-31"))
    assert refused.value.maximum == RECURRENCE_MAX


def test_an_end_before_the_beginning_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"until.*2025-01-01.*not before the first due date, 2025-01-02"):
        due_dates(parse_moment("2025-01-02"), Every.MONTH, parse_moment("2025-01-01"))


def test_the_calendar_ends_with_the_year_9999() -> None:
    first = parse_moment("9999-11-30")
    assert len(due_dates(first, Every.MONTH, first + 400 * DAY)) == 2


@given(st.integers(1, 4_000_000_000), st.sampled_from(Every), st.integers(0, 900))
def test_dates_rise_start_with_the_first_keep_the_hour_and_none_is_left_out(
    first: int, every: Every, days: int
) -> None:
    until = first + days * DAY
    try:
        found = due_dates(first, every, until)
    except RecurrenceTooLong:
        assert every is Every.WEEK
        assert days >= 7 * RECURRENCE_MAX
        return
    longest = {Every.WEEK: 7, Every.MONTH: 31, Every.QUARTER: 92, Every.YEAR: 366}[every] * DAY
    assert found[0] == first
    assert all(0 < later - earlier <= longest for earlier, later in pairwise(found))
    assert found[-1] <= until < found[-1] + longest
    assert {datetime.fromtimestamp(due, UTC).timetz() for due in found} == {datetime.fromtimestamp(first, UTC).timetz()}


def test_reference_numbers_sort_as_they_follow_each_other() -> None:
    assert numbered("A", 1) == ("A",)
    found = numbered("A", 12)
    assert (found[0], found[-1]) == ("A-01", "A-12")
    assert list(found) == sorted(found)
