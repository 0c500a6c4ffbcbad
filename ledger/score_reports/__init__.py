"""
Reports about scores: their history, what changed them, what would, their sides, and the trust between two.

Each is a function of `ledger.reports.Reports`, a moment and a time, and its answer has `to_json`. They read one
snapshot of the projection, with the arithmetic of the score itself: what they say adds up with the table of scores.
"""

from __future__ import annotations

from ledger.score_reports.changes import Changes, changes
from ledger.score_reports.history import EVERY, Every, History, history
from ledger.score_reports.prospects import Prospects, prospects
from ledger.score_reports.sides import BY, By, Sides, sides
from ledger.score_reports.trust import TrustBetween, trust

__all__ = [
    "BY",
    "By",
    "Changes",
    "EVERY",
    "Every",
    "History",
    "Prospects",
    "Sides",
    "TrustBetween",
    "changes",
    "history",
    "prospects",
    "sides",
    "trust",
]
