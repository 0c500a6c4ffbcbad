"""
What would change a score, and what has changed it.

`what_would_change` asks of every open commitment of a government what its score would be if the outcome came now.
`explain_change` takes two scores of one government, at two moments, apart into what caused the difference. Both are
exact: they use the walk and the rounding of the score itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring.entries import settled_entry
from ledger.domain.scoring.facts import (
    OUTCOME_FULFILLED_BASIS_POINTS,
    CommitmentFact,
    CommitmentStanding,
    Score,
    ScoringError,
    check_facts,
    owed_by,
)
from ledger.domain.scoring.model import Standing


@dataclass(frozen=True, slots=True)
class Prospect:
    """What one open commitment may yet do to its debtor's score."""

    commitment: int
    score_if_kept: int
    score_if_broken: int
    points_if_kept: int
    """Difference to the present score, in millionths; likewise below."""

    points_if_broken: int


def what_would_change(
    facts: Sequence[CommitmentFact], policy: ScorePolicy, as_of: int, government: int
) -> tuple[Prospect, ...]:
    """
    Return the effect of each open commitment kept or broken now; the largest difference first.

    An overdue commitment counts as broken already, so keeping it late takes that away and adds the outcome.
    """
    check_facts(facts, as_of)
    standing = Standing.of(owed_by(facts, government), policy, as_of)
    present = standing.score(government).score
    prospects = []
    for fact in standing.facts.values():
        open_still = fact.resolved_at is None or max(fact.resolved_at, fact.made_at) > as_of
        if fact.debtor != government or not open_still or fact.status is CommitmentStanding.EXCUSED:
            continue
        kept = _score_with(standing, fact, OUTCOME_FULFILLED_BASIS_POINTS)
        broken = _score_with(standing, fact, 0)
        prospects.append(Prospect(fact.commitment, kept, broken, kept - present, broken - present))
    return tuple(
        sorted(
            prospects,
            key=lambda found: (found.score_if_broken - found.score_if_kept, found.commitment),
        )
    )


def _score_with(standing: Standing, fact: CommitmentFact, outcome_basis_points: int) -> int:
    settled = replace(
        fact,
        outcome_basis_points=outcome_basis_points,
        resolved_at=standing.as_of,
        status=CommitmentStanding.SETTLED,
    )
    government = fact.debtor
    overdue = [entry for entry in standing.overdue.get(government, ()) if entry.commitment != fact.commitment]
    contributions = list(standing.contributions.get(government, ()))
    entry = settled_entry(settled, standing.policy, standing.as_of)
    walk = standing.walk
    if entry is not None:
        walk = walk.excerpt([entry, *overdue])
        contributions.extend(walk.settle([entry]))
    after = replace(
        standing,
        facts={**standing.facts, fact.commitment: settled},
        walk=walk,
        contributions={government: contributions},
        overdue={government: overdue},
    )
    return after.score(government).score


class Cause(StrEnum):
    """Why a part of a score has changed."""

    NEW = "new"
    """An outcome came, or a commitment became overdue."""

    GONE = "gone"
    """It counts no longer: disputed, excused, or no longer overdue."""

    RESOLVED = "resolved"
    """What counted provisionally has an outcome now."""

    FADED = "faded"
    """The same outcome weighs less with age, after a repair, or beside others."""

    BASE = "base"
    """What could be expected of anybody has changed."""


@dataclass(frozen=True, slots=True)
class Change:
    """One cause of the difference between two scores."""

    commitment: int | None
    """None for the base."""

    cause: Cause
    points: int


def explain_change(before: Score, after: Score) -> tuple[Change, ...]:
    """
    Return what turned one score of a government into another; the points add up to the difference exactly.

    The largest effect comes first. Commitments whose part did not change are left out.

    Raises
    ------
    ScoringError
        The scores are of two governments.
    """
    if before.government != after.government:
        raise ScoringError("score: government", after.government, f"the government of the first, {before.government}")
    earlier = {reason.commitment: reason for reason in before.reasons}
    later = {reason.commitment: reason for reason in after.reasons}
    changes = []
    if before.base != after.base:
        changes.append(Change(None, Cause.BASE, after.base - before.base))
    for commitment in sorted(earlier.keys() | later.keys()):
        old, new = earlier.get(commitment), later.get(commitment)
        points = (0 if new is None else new.points) - (0 if old is None else old.points)
        if points:
            if old is None:
                cause = Cause.NEW
            elif new is None:
                cause = Cause.GONE
            else:
                cause = Cause.RESOLVED if old.provisional and not new.provisional else Cause.FADED
            changes.append(Change(commitment, cause, points))
    return tuple(sorted(changes, key=lambda change: (-abs(change.points), change.commitment or 0)))
