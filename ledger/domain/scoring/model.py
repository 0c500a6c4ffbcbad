"""
The score itself: a shrunken keep-rate.

    score = base + sum of w * d * (y - base) / (sum of w * d + k)

y is the graded outcome, w the agreed weight, d the decay with age, k the shrinkage that keeps short histories near
the base. Each summand is one reason's points, so the reasons add up exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring.facts import CommitmentFact, CommitmentStanding, Reason, Score, check_facts
from ledger.domain.scoring.intervals import keep_count_interval
from ledger.domain.scoring.rounding import round_to_total

_MILLION = 1_000_000
_DAY_SECONDS = 86_400


def score_all(
    facts: Sequence[CommitmentFact], policy: ScorePolicy, as_of: int, governments: Sequence[int] = ()
) -> dict[int, Score]:
    """
    Score every debtor among the facts, and every government named, as of a moment.

    Only facts made by `as_of` are looked at, and outcomes that came by `as_of`; the result does not depend on the
    order of the facts. Keys are government ids in rising order.
    """
    check_facts(facts, as_of)
    known = sorted({fact.debtor for fact in facts if fact.made_at <= as_of} | set(governments))
    by_debtor: dict[int, list[CommitmentFact]] = {government: [] for government in known}
    for fact in sorted(facts, key=lambda fact: fact.commitment):
        if fact.made_at <= as_of:
            by_debtor[fact.debtor].append(fact)
    return {government: _score(government, by_debtor[government], policy, as_of) for government in known}


def _score(government: int, facts: list[CommitmentFact], policy: ScorePolicy, as_of: int) -> Score:
    base = policy.base_prior_millionths
    counted = [entry for fact in facts if (entry := _count(fact, policy, as_of)) is not None]
    total = sum(weight for _, _, weight, _, _ in counted) + policy.shrinkage_millionths
    numerators = [weight * (outcome * 100 - base) for _, outcome, weight, _, _ in counted]
    score = base + sum(numerators) // total
    points = round_to_total(numerators, total, score - base)
    reasons = [
        _reason(fact, point, base, outcome, weight, as_of - since, provisional)
        for (fact, outcome, weight, since, provisional), point in zip(counted, points, strict=True)
    ]
    concentration = min(total, policy.next_period_concentration_millionths)
    kept = max(1, min(concentration - 1, concentration * score // _MILLION))
    count = policy.interval_commitments
    low, high = keep_count_interval(count, kept, concentration - kept, policy.interval_level_millionths)
    return Score(
        government=government,
        score=score,
        low=min(score, low * _MILLION // count),
        high=max(score, -(-high * _MILLION // count)),
        base=base,
        settled=sum(not provisional for _, _, _, _, provisional in counted),
        rated=bool(counted),
        reasons=tuple(sorted(reasons, key=lambda reason: (-abs(reason.points), reason.commitment))),
    )


def _count(fact: CommitmentFact, policy: ScorePolicy, as_of: int) -> tuple[CommitmentFact, int, int, int, bool] | None:
    if fact.weight_millionths == 0 or fact.status is CommitmentStanding.EXCUSED:
        return None
    protected = fact.status is CommitmentStanding.DISPUTED and (
        fact.disputed_at is None or as_of <= fact.disputed_at + policy.ruling_limit_seconds
    )
    if protected:
        return None
    share = policy.backfilled_share_millionths if fact.backfilled else _MILLION
    if fact.outcome_basis_points is not None and fact.resolved_at is not None and fact.resolved_at <= as_of:
        if fact.silent:
            share = share * policy.silent_share_millionths // _MILLION
        if fact.repaired_at is not None and fact.repaired_at <= as_of:
            share = share * policy.repaired_share_millionths // _MILLION
        outcome, since, provisional = fact.outcome_basis_points, fact.resolved_at, False
    elif fact.due_at + policy.overdue_grace_seconds < as_of:
        outcome, since, provisional = 0, fact.due_at + policy.overdue_grace_seconds, True
    else:
        return None
    weight = fact.weight_millionths * share // _MILLION
    halvings, part = divmod(as_of - since, policy.half_life_seconds)
    # Within one half-life the decay is a straight line from 1 to 1/2: monotone, and exact in integers.
    weight = weight * (2 * policy.half_life_seconds - part) // (2 * policy.half_life_seconds) >> min(halvings, 200)
    return (fact, outcome, weight, since, provisional) if weight else None


def _reason(
    fact: CommitmentFact, points: int, expected: int, outcome: int, weight: int, age: int, provisional: bool
) -> Reason:
    per_cent, happened = expected // 10_000, outcome // 100
    if provisional:
        why = f"overdue and unresolved, so it counts as broken until resolved; {per_cent} % could be expected"
        why_zh = f"逾期未决，暂按违约计；预期履约 {per_cent}%"
    else:
        why = f"{happened} % kept where {per_cent} % could be expected"
        why_zh = f"履约 {happened}%，预期 {per_cent}%"
    if fact.inherited:
        why, why_zh = why + "; inherited from a predecessor", why_zh + "；承继自前身机关"
    return Reason(fact.commitment, points, why, why_zh, expected, outcome, weight, age // _DAY_SECONDS, provisional)
