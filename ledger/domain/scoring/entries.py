"""
Which commitments count in a score, from when on, and how much.

- *Settled*: counts from the moment its outcome came to be known, by its grade: what was kept in part is worth
  something, what was kept whole more.
- *Overdue and unresolved*: counts provisionally as broken once the policy's grace has passed. Otherwise silence would
  be the cheapest way to break a promise.
- *Disputed*: does not count until ruled, because an accusation is not a finding. An overdue one is protected at most
  for the policy's ruling limit, so that a dispute is no way to put off a bad outcome for ever.
- *Excused*: never counts. What was excused says nothing of faith.
- *Repaired*: from the repair on a breach counts by the policy's share, in the debtor's rating only. Repair is rewarded
  and never deletes the record: the reason stays, and says that it was repaired.
- *Inherited*: counts in full. A change of officials or a restructuring is no excuse.
- *Backfilled*, and *settled by silence*: count by the policy's shares. Who records after the fact knows how it ended;
  where all were silent nobody has looked.
- *Of weight zero*: never counts. It was agreed to record it and not to judge it.
- *Dated in the future*: does not count before that moment comes.

Provisional ones move the debtor's rating only, never a difficulty: nothing is known yet of how hard they were.
"""

from __future__ import annotations

from collections.abc import Iterable

from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring.facts import OUTCOME_FULFILLED_BASIS_POINTS, CommitmentFact, CommitmentStanding
from ledger.domain.scoring.fixed_point import NANO
from ledger.domain.scoring.replay import DAY_SECONDS, MILLION, Entry, Key

YEAR_SECONDS = 31_557_600
"""A Julian year of 365.25 days."""


def kind_of(fact: CommitmentFact, policy: ScorePolicy) -> int:
    """Return the agreed term in years, to the nearest, at most the policy's; -1 for one made after it was due."""
    term = fact.due_at - fact.made_at if fact.term_seconds is None else fact.term_seconds
    if term < 0:
        return -1
    return min((2 * term + YEAR_SECONDS) // (2 * YEAR_SECONDS), policy.kind_years_max)


def keys_of(fact: CommitmentFact, policy: ScorePolicy) -> tuple[Key, Key, Key, Key]:
    """Return the names of a commitment's difficulties, in the order of `LEVELS`."""
    return (
        ("all",),
        ("kind", kind_of(fact, policy)),
        ("forum", fact.agreement, fact.indicator),
        ("reference", fact.agreement, fact.reference),
    )


def counterparty_of(fact: CommitmentFact) -> Key:
    """Return whom a commitment is owed to: one creditor, or all other parties of the agreement."""
    return ("forum", fact.agreement) if fact.creditor is None else ("creditor", fact.creditor)


def saturated_weight(weight_millionths: int, policy: ScorePolicy) -> int:
    """
    Return what an agreed weight counts: itself up to 1, then less and less, never more than the policy's saturation.

    The curve is S - (S - 1)**2 / (w + S - 2) above 1, which leaves 1 at the slope 1. Rounded down.
    """
    if weight_millionths <= MILLION:
        return weight_millionths
    over = policy.weight_saturation_millionths - MILLION
    if over == 0:
        return MILLION
    # Rounded up before it is taken off, so that the weight is rounded down.
    missing = -(-over * over // (weight_millionths - MILLION + over))
    return policy.weight_saturation_millionths - missing


def is_protected(fact: CommitmentFact, policy: ScorePolicy, as_of: int) -> bool:
    """Say whether nothing may be counted of a commitment: it is excused, or in dispute within the ruling limit."""
    if fact.status is CommitmentStanding.EXCUSED:
        return True
    if fact.status is not CommitmentStanding.DISPUTED:
        return False
    if fact.resolved_at is not None or fact.disputed_at is None:
        # An outcome that is contested waits for its ruling, however long that takes.
        return True
    return as_of <= fact.disputed_at + policy.ruling_limit_days * DAY_SECONDS


def overdue_from(fact: CommitmentFact, policy: ScorePolicy) -> int:
    """Return the last moment of a commitment's grace."""
    return max(fact.due_at, fact.made_at) + policy.overdue_grace_days * DAY_SECONDS


def credit_nanos(outcome_basis_points: int, policy: ScorePolicy) -> int:
    """
    Return what an outcome earns, in nanos of a commitment kept whole.

    With d the degree to which it was kept, the credit is d²·(c + (1 − c)·d). The policy's credit of a half-kept
    commitment h fixes c = 8·h − 1. The curve is continuous, so a commitment that was all but kept earns all but the
    whole; rounded down, against the debtor by less than a nano.
    """
    square = 8 * policy.half_kept_credit_millionths - MILLION
    whole = OUTCOME_FULFILLED_BASIS_POINTS
    weighed = square * whole + (MILLION - square) * outcome_basis_points
    return outcome_basis_points**2 * weighed * NANO // (whole**3 * MILLION)


def settled_entry(fact: CommitmentFact, policy: ScorePolicy, as_of: int) -> Entry | None:
    """Return what a settled commitment brings into the walk as of a moment; None where it does not count."""
    outcome, resolved_at = fact.outcome_basis_points, fact.resolved_at
    if outcome is None or resolved_at is None:
        return None
    resolved_at = max(resolved_at, fact.made_at)
    if resolved_at > as_of or is_protected(fact, policy, as_of):
        return None
    weight = saturated_weight(fact.weight_millionths, policy)
    if fact.backfilled:
        weight = weight * policy.backfilled_share_millionths // MILLION
    if fact.silent:
        weight = weight * policy.silent_share_millionths // MILLION
    kept = outcome == OUTCOME_FULFILLED_BASIS_POINTS
    repaired = fact.repaired_at is not None and fact.repaired_at <= as_of and not kept
    share = policy.repaired_share_millionths if repaired else MILLION
    if weight == 0:
        return None
    credit = credit_nanos(outcome, policy)
    keys, counterparty = keys_of(fact, policy), counterparty_of(fact)
    return Entry(fact.commitment, fact.debtor, keys, counterparty, resolved_at, int(kept), credit, weight, share)


def overdue_entry(fact: CommitmentFact, policy: ScorePolicy, as_of: int) -> Entry | None:
    """Return an overdue, unresolved commitment as provisionally broken; None where it is not, or does not count."""
    since = overdue_from(fact, policy)
    resolved = fact.resolved_at is not None and max(fact.resolved_at, fact.made_at) <= as_of
    if resolved or since >= as_of or fact.made_at > as_of or is_protected(fact, policy, as_of):
        return None
    weight = saturated_weight(fact.weight_millionths, policy)
    if fact.backfilled:
        weight = weight * policy.backfilled_share_millionths // MILLION
    if weight == 0:
        return None
    keys, counterparty = keys_of(fact, policy), counterparty_of(fact)
    return Entry(fact.commitment, fact.debtor, keys, counterparty, since, 0, 0, weight, MILLION)


def by_moment(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Group outcomes by the moment they came, earliest first; within a moment by commitment."""
    ordered = sorted(entries, key=lambda entry: (entry.resolved_at, entry.commitment))
    groups: list[list[Entry]] = []
    for entry in ordered:
        if not groups or groups[-1][0].resolved_at != entry.resolved_at:
            groups.append([])
        groups[-1].append(entry)
    return groups
