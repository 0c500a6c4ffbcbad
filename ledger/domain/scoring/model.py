"""
The score: how likely a government is to keep its next ordinary commitment whole, and why.

    score = P(base log-odds + sum of the outcomes' contributions)        P is the logistic function

The base log-odds are the average difficulty of the commitments settled lately; a contribution is what an outcome did
to its debtor's rating when it came (`ledger.domain.scoring.replay`), faded by its age. Contributions add up in
log-odds, a score is a probability, and the reasons must add up in the score. Each reason therefore gets

    points = contribution * (score - base) / (sum of contributions)

which is the Aumann-Shapley share: the effect of a little more of it, averaged over the way from the base to the score.
It does not depend on the order in which outcomes came, keeps every sign, and adds up exactly; the rounding residue goes
to the largest remainders. Where the contributions cancel (their sum is below a thousandth), the slope of the curve at
the base stands for the quotient.

Units: scores, points and weights in millionths; log-odds in nano-logits inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring.entries import by_moment, credit_nanos, overdue_entry, settled_entry
from ledger.domain.scoring.facts import CommitmentFact, Reason, Score, check_facts, owed_by
from ledger.domain.scoring.fixed_point import NANO, decay, probability
from ledger.domain.scoring.intervals import keep_count_interval
from ledger.domain.scoring.replay import DAY_SECONDS, MILLION, Contribution, Entry, Walk
from ledger.domain.scoring.rounding import round_to_total
from ledger.domain.scoring.wording import sentences

_SLOPE_BITS = 24
_CANCELLED_NANO = NANO // 1_000
"""Below this sum of contributions the quotient of two roundings is no longer a slope."""


@dataclass(frozen=True, slots=True)
class Summand:
    """One commitment's part in a rating on a day: the input of `fold`."""

    commitment: int
    logit_nano: int
    """Its contribution, faded by age."""

    expected_nano: int
    weight_millionths: int
    """After saturation and age."""

    since: int
    provisional: bool


def score_all(
    facts: Sequence[CommitmentFact], policy: ScorePolicy, as_of: int, governments: Sequence[int] = ()
) -> dict[int, Score]:
    """
    Score every debtor among the facts, and every government named, as of a moment.

    Parameters
    ----------
    facts
        Any order; only those made by `as_of` are looked at, and only outcomes that came by then.
    policy
        All parameters.
    as_of
        UTC seconds. Before the first fact everybody named is unrated.
    governments
        Ids that shall appear even if nothing is known of them.

    Returns
    -------
    Scores by government id, in rising order of id. The same for every order of facts, machine and hash seed.

    Raises
    ------
    ScoringError
        A fact or the moment breaks a rule (`check_facts`).
    """
    check_facts(facts, as_of)
    standing = Standing.of(facts, policy, as_of)
    scores = {government: standing.score(government) for government in {*standing.governments, *governments}}
    # Each of several heirs has the whole history, so each is walked through as if it were the only one.
    for heir in {heir for fact in facts if fact.made_at <= as_of for heir in fact.co_heirs}:
        scores[heir] = Standing.of(owed_by(facts, heir), policy, as_of).score(heir)
    return {government: scores[government] for government in sorted(scores)}


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that stands as of a moment: what was learned, what each outcome did, and what is overdue."""

    policy: ScorePolicy
    as_of: int
    facts: dict[int, CommitmentFact]
    """Those made by the moment, by commitment."""

    walk: Walk
    contributions: dict[int, list[Contribution]]
    """By government."""

    overdue: dict[int, list[Entry]]
    """By government."""

    @classmethod
    def of(cls, facts: Iterable[CommitmentFact], policy: ScorePolicy, as_of: int) -> Standing:
        """Walk through the facts, which are taken to be checked, up to a moment."""
        known = {fact.commitment: fact for fact in facts if fact.made_at <= as_of}
        walk, found = walk_through(known.values(), policy, as_of)
        contributions: dict[int, list[Contribution]] = {}
        for contribution in found:
            contributions.setdefault(contribution.entry.debtor, []).append(contribution)
        overdue: dict[int, list[Entry]] = {}
        for fact in known.values():
            entry = overdue_entry(fact, policy, as_of)
            if entry is not None:
                overdue.setdefault(entry.debtor, []).append(entry)
        return cls(policy, as_of, known, walk, contributions, overdue)

    @property
    def governments(self) -> set[int]:
        """All that owe or owed anything by then."""
        return {fact.debtor for fact in self.facts.values()}

    def score(self, government: int) -> Score:
        """Score one government; one that nothing is known of is unrated."""
        summands, count = self.summands(government)
        base_logit = self.walk.ordinary_difficulty(self.as_of // DAY_SECONDS)
        return _score(government, summands, self.facts, self.policy, self.as_of, base_logit, count)

    def summands(self, government: int) -> tuple[list[Summand], int]:
        """Return what a government's rating is made of, in order of commitment, and the effective count behind it."""
        day = self.as_of // DAY_SECONDS
        settled = [_faded(found, self.policy, day) for found in self.contributions.get(government, ())]
        provisional, count = _provisional(government, self.overdue.get(government, ()), self.walk, day)
        return sorted(settled + provisional, key=lambda summand: summand.commitment), count


def walk_through(facts: Iterable[CommitmentFact], policy: ScorePolicy, as_of: int) -> tuple[Walk, list[Contribution]]:
    """Walk through all outcomes that count as of a moment; return what was learned and what each outcome did."""
    walk = Walk(policy)
    contributions: list[Contribution] = []
    entries = [entry for fact in facts if (entry := settled_entry(fact, policy, as_of)) is not None]
    for batch in by_moment(entries):
        contributions.extend(walk.settle(batch))
    return walk, contributions


def rated_score(base_logit: int, rating_nano: int) -> tuple[int, int]:
    """Return base and score in millionths, each rounded to the nearest, halves up."""
    base = (probability(base_logit) + 500) // 1_000
    score = (probability(base_logit + rating_nano) + 500) // 1_000
    return base, score


def interval(score: int, count_millionths: int, policy: ScorePolicy) -> tuple[int, int]:
    """
    Return (low, high) for the keep-rate over the policy's number of next commitments; `low <= score <= high`.

    The Beta distribution behind it has the score as its mean. Its concentration grows with the effective count of
    outcomes, and never exceeds what rates hold from one period to the next:
    1 / c = 1 / (unrated + per outcome * count) + 1 / next period.
    """
    kept, failed = beta_shapes(score, count_millionths, policy)
    count = policy.interval_commitments
    low, high = keep_count_interval(count, kept, failed, policy.interval_level_millionths)
    # Outwards, so that rounding cannot make an interval look surer than it is.
    return min(score, low * MILLION // count), max(score, -(-high * MILLION // count))


def beta_shapes(mean_millionths: int, count_millionths: int, policy: ScorePolicy) -> tuple[int, int]:
    """Return the shapes, in millionths and at least one each, of the Beta distribution of a government's keep-rate."""
    learned = count_millionths * policy.concentration_per_outcome_millionths // MILLION
    known = learned + policy.unrated_concentration_millionths
    limit = policy.next_period_concentration_millionths
    concentration = max(2, known * limit // (known + limit))
    kept = min(max(concentration * mean_millionths // MILLION, 1), concentration - 1)
    return kept, concentration - kept


def share_points(logits: Sequence[int], base_logit: int, base: int, score: int) -> list[int]:
    """Share `score - base` among contributions in log-odds; see the module's head for the rule."""
    rating = sum(logits)
    if abs(rating) < _CANCELLED_NANO:
        start, end = base_logit - _CANCELLED_NANO, base_logit + _CANCELLED_NANO
    else:
        start, end = base_logit, base_logit + rating
    slope = ((probability(end) - probability(start)) << _SLOPE_BITS) // (end - start)
    return round_to_total([logit * slope for logit in logits], 1_000 << _SLOPE_BITS, score - base)


def _faded(contribution: Contribution, policy: ScorePolicy, day: int) -> Summand:
    entry = contribution.entry
    age = day - entry.resolved_at // DAY_SECONDS
    half_life = policy.points_half_life_days
    return Summand(
        commitment=entry.commitment,
        logit_nano=decay(contribution.logit_nano, age, half_life),
        expected_nano=contribution.expected_nano,
        weight_millionths=decay(contribution.weight_millionths, age, half_life),
        since=entry.resolved_at,
        provisional=False,
    )


def _provisional(government: int, entries: Iterable[Entry], walk: Walk, day: int) -> tuple[list[Summand], int]:
    policy = walk.policy
    overdue = list(entries)
    count = walk.rating_count(government, day) + sum(entry.weight_millionths for entry in overdue)
    summands = []
    for entry in overdue:
        expected = walk.credit_expected(walk.expect(entry.keys, government, day))
        weight = entry.weight_millionths
        surprise = -weight * expected // MILLION
        step = policy.rating_gain_millionths * surprise // (count + policy.rating_shrinkage_millionths)
        summands.append(Summand(entry.commitment, step, expected, weight, entry.resolved_at, provisional=True))
    return summands, count


def _score(
    government: int,
    summands: list[Summand],
    facts: dict[int, CommitmentFact],
    policy: ScorePolicy,
    as_of: int,
    base_logit: int,
    count_millionths: int,
) -> Score:
    logits = [summand.logit_nano for summand in summands]
    base, score = rated_score(base_logit, sum(logits))
    low, high = interval(score, count_millionths, policy)
    reasons = [
        _reason(facts[summand.commitment], summand, points, policy, as_of)
        for summand, points in zip(summands, share_points(logits, base_logit, base, score), strict=True)
    ]
    return Score(
        government=government,
        score=score,
        low=low,
        high=high,
        base=base,
        settled=sum(not summand.provisional for summand in summands),
        rated=bool(summands),
        reasons=tuple(sorted(reasons, key=lambda reason: (-abs(reason.points), reason.commitment))),
    )


def _reason(fact: CommitmentFact, summand: Summand, points: int, policy: ScorePolicy, as_of: int) -> Reason:
    outcome = 0 if summand.provisional or fact.outcome_basis_points is None else fact.outcome_basis_points
    expected = summand.expected_nano // 1_000
    repaired = fact.repaired_at is not None and fact.repaired_at <= as_of
    earned = credit_nanos(outcome, policy) // 1_000
    why, why_zh = sentences(fact, expected, outcome, earned, summand.provisional, repaired)
    return Reason(
        commitment=summand.commitment,
        points=points,
        why=why,
        why_zh=why_zh,
        expected_millionths=expected,
        outcome_basis_points=outcome,
        weight_millionths=summand.weight_millionths,
        age_days=(as_of - summand.since) // DAY_SECONDS,
        provisional=summand.provisional,
    )
