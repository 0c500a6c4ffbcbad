"""
Credit scoring.

A score is a pure function of facts, a policy and a moment (`score_all`). No clock, chain or database is read, so any
government can recompute a published score to the last byte.

Reading order: `facts` (what goes in and comes out), `entries` (which commitments count, and how much), `replay` (what
could be expected, learned by walking through time), `model` (the score and its reasons), `prospects` (what would change
it, what has), `dimensions` (its sides). `fixed_point`, `intervals` and `rounding` are the integer arithmetic below.
"""

from __future__ import annotations

from ledger.domain.scoring.dimensions import (
    Dimension,
    Side,
    Timeliness,
    Trust,
    by_dimension,
    mutual_trust,
    timeliness,
)
from ledger.domain.scoring.facts import CommitmentFact, CommitmentStanding, Reason, Score, ScoringError, owed_by
from ledger.domain.scoring.model import score_all
from ledger.domain.scoring.prospects import Cause, Change, Prospect, explain_change, what_would_change

__all__ = [
    "Cause",
    "Change",
    "CommitmentFact",
    "CommitmentStanding",
    "Dimension",
    "Prospect",
    "Reason",
    "Score",
    "ScoringError",
    "Side",
    "Timeliness",
    "Trust",
    "by_dimension",
    "explain_change",
    "mutual_trust",
    "owed_by",
    "score_all",
    "timeliness",
    "what_would_change",
]
