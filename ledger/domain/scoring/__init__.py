"""
Credit scoring.

A score is a pure function of facts, a policy and a moment (`score_all`). No clock, chain or database is read, so any
government can recompute a published score to the last byte.
"""

from __future__ import annotations

from ledger.domain.scoring.facts import CommitmentFact, CommitmentStanding, Reason, Score, ScoringError
from ledger.domain.scoring.model import score_all

__all__ = ["CommitmentFact", "CommitmentStanding", "Reason", "Score", "ScoringError", "score_all"]
