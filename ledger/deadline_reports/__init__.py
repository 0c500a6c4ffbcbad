"""Who must do what by when: the list, a calendar of it, and reminders."""

from __future__ import annotations

from ledger.deadline_reports.calendar import calendar_of
from ledger.deadline_reports.reminders import Reminder, due_reminders
from ledger.deadline_reports.standing import ProcedurePolicyMissing, deadlines

__all__ = ["ProcedurePolicyMissing", "Reminder", "calendar_of", "deadlines", "due_reminders"]
