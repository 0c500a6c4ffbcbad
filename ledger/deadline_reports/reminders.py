"""
Reminders: each deadline is called to mind so and so long before its last second, once.

What was reminded of is kept in the operational store, so that a run that was skipped is made up for by the next, and
two runs at once do not remind twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.domain.deadlines import Deadline
from ledger.store.operational.reminders import RemindersGiven


@dataclass(frozen=True, slots=True)
class Reminder:
    """A deadline whose time has come to be called to mind."""

    deadline: Deadline

    lead_seconds: int
    """The shortest of the leads that have been reached."""


def due_reminders(
    deadlines: Iterable[Deadline], leads_seconds: Sequence[int], moment: int, given: RemindersGiven
) -> list[Reminder]:
    """
    The reminders that are due and were not given yet; they count as given from now on.

    Parameters
    ----------
    leads_seconds
        How long before the last second each deadline is called to mind. Where several have been reached since the last
        run, it is called to mind once.
    moment
        UTC seconds. What is missed is not called to mind.

    Raises
    ------
    DatabaseLocked, DatabaseUnusable
    """
    found = []
    for each in deadlines:
        reached = [lead for lead in sorted(leads_seconds) if each.by - lead <= moment]
        if not reached or each.missed(moment) or each.opens_at > moment:
            continue
        if given.add(each.key, reached, moment):
            found.append(Reminder(each, reached[0]))
    return found
