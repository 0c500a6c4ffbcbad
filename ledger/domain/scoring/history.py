"""
A score over time: the same integers as a score at each moment, from one walk.

History only grows, so what was learned by one moment is where the next begins. That holds as long as no fact changes
how it counts with the moment of the score; where one does (a dispute, a repair), every moment is walked on its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring.entries import by_moment, overdue_entry, settled_entry
from ledger.domain.scoring.facts import CommitmentFact, CommitmentStanding, ScoringError, check_facts, owed_by
from ledger.domain.scoring.model import Standing, interval, rated_score
from ledger.domain.scoring.replay import DAY_SECONDS, Contribution, Entry, Walk


@dataclass(frozen=True, slots=True)
class ScorePoint:
    """A score at one moment, without its reasons; scores in millionths."""

    as_of: int
    score: int
    low: int
    high: int
    base: int
    settled: int
    """How many outcomes counted."""

    provisional: int
    """How many overdue ones counted as broken."""


def score_history(
    facts: Sequence[CommitmentFact], policy: ScorePolicy, moments: Sequence[int], governments: Iterable[int]
) -> dict[int, tuple[ScorePoint, ...]]:
    """
    Score governments at several moments.

    Parameters
    ----------
    facts
        All that is known at the last moment; those that came later than a moment do not count at it.
    moments
        UTC seconds, rising.
    governments
        Whom to score.

    Returns
    -------
    By government, one point per moment; equal to `score_all` at that moment.

    Raises
    ------
    ScoringError
        A fact or a moment breaks a rule, or the moments do not rise.
    """
    wanted = sorted(set(governments))
    found: dict[int, list[ScorePoint]] = {government: [] for government in wanted}
    for earlier, later in pairwise(moments):
        if later <= earlier:
            raise ScoringError("score history: moment", later, f"a moment after the one before it, {earlier}")
    if moments:
        check_facts(facts, moments[-1])
        heirs = {heir for fact in facts for heir in fact.co_heirs}
        alone = [government for government in wanted if government not in heirs]
        for standing in _standings(facts, policy, moments):
            for government in alone:
                found[government].append(_point(standing, government))
        for heir in sorted(heirs.intersection(wanted)):
            found[heir] += [_point(standing, heir) for standing in _standings(owed_by(facts, heir), policy, moments)]
    return {government: tuple(points) for government, points in found.items()}


def _standings(facts: Sequence[CommitmentFact], policy: ScorePolicy, moments: Sequence[int]) -> Iterable[Standing]:
    if any(fact.status is CommitmentStanding.DISPUTED or fact.repaired_at is not None for fact in facts):
        for moment in moments:
            yield Standing.of(facts, policy, moment)
        return
    known = {fact.commitment: fact for fact in facts}
    entries = [entry for fact in facts if (entry := settled_entry(fact, policy, moments[-1])) is not None]
    batches = by_moment(entries)
    walk = Walk(policy)
    contributions: dict[int, list[Contribution]] = {}
    settled = 0
    for moment in moments:
        while settled < len(batches) and batches[settled][0].resolved_at <= moment:
            for contribution in walk.settle(batches[settled]):
                contributions.setdefault(contribution.entry.debtor, []).append(contribution)
            settled += 1
        overdue: dict[int, list[Entry]] = {}
        for fact in facts:
            entry = overdue_entry(fact, policy, moment)
            if entry is not None:
                overdue.setdefault(entry.debtor, []).append(entry)
        yield Standing(policy, moment, known, walk, contributions, overdue)


def _point(standing: Standing, government: int) -> ScorePoint:
    summands, count = standing.summands(government)
    base_logit = standing.walk.ordinary_difficulty(standing.as_of // DAY_SECONDS)
    base, score = rated_score(base_logit, sum(summand.logit_nano for summand in summands))
    low, high = interval(score, count, standing.policy)
    provisional = sum(summand.provisional for summand in summands)
    return ScorePoint(
        as_of=standing.as_of,
        score=score,
        low=low,
        high=high,
        base=base,
        settled=len(summands) - provisional,
        provisional=provisional,
    )
