"""
Deadlines as a calendar that any calendar program subscribes to (iCalendar, RFC 5545).

Each deadline is an event at its last second, with alarms before it. Its identifier names body, duty and subject, so
that a deadline that is put off moves in the calendar instead of standing there twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import icalendar

from ledger.domain.deadlines import Deadline

ALARMS: Final = (timedelta(days=7), timedelta(days=1))
"""How long before its last second a deadline is called to mind."""

_REFRESH: Final = timedelta(hours=1)


def calendar_of(deadlines: Iterable[Deadline], names: Mapping[int, str], chain_id: int, as_of: int) -> bytes:
    """
    A calendar of deadlines.

    Parameters
    ----------
    names
        Names of governments by ledger id.
    chain_id
        Tells this ledger's deadlines from another's.
    as_of
        When the deadlines were read, UTC seconds.

    Returns
    -------
    UTF-8 text of type text/calendar.
    """
    calendar = icalendar.Calendar()
    calendar.add("PRODID", "-//intergov-ledger//deadlines//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("NAME", "Deadlines 履约期限")
    calendar.add("X-WR-CALNAME", "Deadlines 履约期限")
    calendar.add("REFRESH-INTERVAL", _REFRESH, parameters={"VALUE": "DURATION"})
    for each in deadlines:
        calendar.add_component(_event(each, names.get(each.government, f"#{each.government}"), chain_id, as_of))
    return bytes(calendar.to_ical())


def _event(deadline: Deadline, name: str, chain_id: int, as_of: int) -> icalendar.Event:
    words = deadline.words
    event = icalendar.Event()
    subject = f"{deadline.duty}-{deadline.subject}-{deadline.number}-{deadline.government}"
    event.add("UID", f"{subject}@{chain_id}.intergov-ledger")
    event.add("DTSTAMP", _moment(as_of))
    event.add("DTSTART", _moment(deadline.by))
    event.add("SUMMARY", f"{words.what} {words.what_zh}: {deadline.reference}")
    event.add(
        "DESCRIPTION",
        f"{name}: {deadline.subject} {deadline.number}, {deadline.reference}.\n"
        f"If it is missed: {words.missed}. 逾期后果：{words.missed_zh}。",
    )
    event.add("CATEGORIES", [str(deadline.duty)])
    event.add("TRANSP", "TRANSPARENT")
    for before in ALARMS:
        # What has been open for less than this needs no reminding so early.
        if deadline.by - before.total_seconds() > deadline.opens_at:
            alarm = icalendar.Alarm()
            alarm.add("ACTION", "DISPLAY")
            alarm.add("DESCRIPTION", f"{words.what} {words.what_zh}: {deadline.reference}")
            alarm.add("TRIGGER", -before)
            event.add_component(alarm)
    return event


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
