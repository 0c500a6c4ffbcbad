"""
What could be expected of a commitment, and what its outcome teaches: the walk through time.

The model is additive in log-odds, as Elo's ratings are. The log-odds that a commitment is kept whole are a sum,

    prior + difficulty of all + of its kind + of its forum + of the same commitment + rating of its debtor

where the kind is the term in whole years, the forum is agreement and indicator, and the same commitment is one
reference under one agreement made by several members. Every outcome that comes moves each summand by

    gain * weight * (outcome - expectation) / (effective count + shrinkage).

Only what had come before a moment is used to expect it: a walk-forward, never a look ahead. Outcomes of one moment are
taken together, so their order cannot matter: first the difficulties, from the widest to the narrowest, each seeing what
the one before has already explained, and the government's rating last. So a government is judged by what remains once
the difficulty of its commitment, as the other members show it, is taken off.

A government cannot make its own yardstick. An outcome moves the difficulty of a forum, or of a commitment, only by the
share that the *other* governments have in what was settled there; alone in a forum a government moves its rating only.

Commitments to one counterparty weigh less and less within a period: two who confirm a thousand trivial promises to one
another are worth little more than two who confirm a few. An outcome's weight is multiplied by

    capacity / (capacity + weight settled to the counterparty within the half-life, this moment's included)

where all other parties of an agreement are as many counterparties as governments have settled there.

Units: log-odds in nano-logits, probabilities and outcomes in nanos, weights and effective counts in millionths. Every
division rounds down, towards the lower rating, by less than one nano.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring.fixed_point import NANO, decay, log_odds, probability

MILLION = 1_000_000
DAY_SECONDS = 86_400

COUNT_MAX_MILLIONTHS = 10**11
"""Effective counts stop at 100,000 ordinary outcomes: more would not change a digit, and 64 bits hold the products."""

DIFFICULTY_MAX_NANO = 8 * NANO
"""No difficulty goes further from the prior than this; a probability of 1 in 3,000."""

Key = tuple[str | int, ...]
"""Names one difficulty: what level it is of, then the ids."""

LEVELS = ("all", "kind", "forum", "reference")
"""The difficulties, from the widest to the narrowest: the order in which an outcome is explained by them."""

WORLD_LEVELS = 2
"""How many of them belong to all the world: those an ordinary commitment is made of."""

SHARED_LEVELS = ("forum", "reference")
"""
Levels that belong to the few who settle there. A government's own outcomes are no yardstick for it on them; and
outcomes move them by their whole weight, not only by what the counterparty's saturation leaves, so that a forum of easy
promises is soon known as easy, while all the world's difficulty cannot be moved from within one forum.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One outcome as the walk sees it: numbers only."""

    commitment: int
    debtor: int
    keys: tuple[Key, Key, Key, Key]
    """Its difficulties, in the order of `LEVELS`."""

    counterparty: Key
    """Whom it is owed to: commitments to one counterparty weigh less and less within a period."""

    resolved_at: int
    kept: int
    """1 if kept whole, else 0."""

    credit_nano: int
    """The graded outcome as it is credited: 10**9 if kept whole, else the policy's share of the grade."""

    weight_millionths: int
    """Weight, before the counterparty's saturation."""

    repair_share_millionths: int
    """What of the weight counts in the debtor's rating: less than all where a breach was repaired."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one outcome did to its debtor's rating when it came."""

    entry: Entry
    expected_nano: int
    """Expected credit, once the difficulties had seen the outcomes of that moment."""

    weight_millionths: int
    """After the counterparty's saturation."""

    logit_nano: int
    """The change of the rating."""


@dataclass(slots=True)
class _Average:
    """A learning summand: its value, the effective count behind it, and the day both were last brought up to date."""

    value: int = 0
    count: int = 0
    day: int = 0


@dataclass(slots=True)
class Walk:
    """The state of the walk: everything learned so far. `settle` outcomes in order of time, `expect` at any time."""

    policy: ScorePolicy
    difficulties: dict[Key, _Average] = field(default_factory=dict)
    own_counts: dict[tuple[Key, int], int] = field(default_factory=dict)
    """Weight settled under a key by one government."""

    total_counts: dict[Key, int] = field(default_factory=dict)
    """Weight settled under a key by all."""

    ratings: dict[int, _Average] = field(default_factory=dict)
    counterparties: dict[tuple[int, Key], _Average] = field(default_factory=dict)
    """Weight settled by a government to a counterparty lately, as the count."""

    members: dict[Key, frozenset[int]] = field(default_factory=dict)
    """Governments that have settled to all other parties of an agreement."""

    unkept_credit_nano: int = 0
    unkept_count: int = 0
    ordinary: _Average = field(default_factory=_Average)
    """Running sum of the settled commitments' difficulties (value) and weights (count)."""

    prior_nano: int = 0

    def __post_init__(self) -> None:
        """Take the prior from the policy."""
        self.prior_nano = log_odds(self.policy.base_prior_millionths * 1_000)

    def expect(self, keys: Sequence[Key], debtor: int, day: int) -> int:
        """Return the probability, in nanos, that a commitment is kept whole, from what is settled so far."""
        return probability(self.difficulty(keys) + self.rating(debtor, day))

    def difficulty(self, keys: Sequence[Key]) -> int:
        """Return prior and difficulties together, in nano-logits; high means easy."""
        total = self.prior_nano
        for key in keys:
            average = self.difficulties.get(key)
            if average is not None:
                total += average.value
        return total

    def rating(self, debtor: int, day: int) -> int:
        """Return a government's rating on a day, in nano-logits, 0 for one without history."""
        average = self.ratings.get(debtor)
        return 0 if average is None else decay(average.value, day - average.day, self.policy.points_half_life_days)

    def rating_count(self, debtor: int, day: int) -> int:
        """Return the effective count of outcomes behind a rating on a day, in millionths."""
        average = self.ratings.get(debtor)
        half_life = self.policy.rating_memory_half_life_days
        return 0 if average is None else decay(average.count, day - average.day, half_life)

    def ordinary_difficulty(self, day: int) -> int:
        """Return the average difficulty of the commitments settled lately, in nano-logits: what the base is made of."""
        value, count = self._ordinary_on(day)
        shrinkage = self.policy.difficulty_shrinkage_millionths
        return (value * MILLION + shrinkage * self.prior_nano) // (count + shrinkage)

    def credit_expected(self, kept_nano: int) -> int:
        """Return the graded credit to expect where a commitment is kept whole with this probability."""
        shrinkage = self.policy.difficulty_shrinkage_millionths
        prior = self.policy.partial_prior_millionths * 1_000
        unkept = (self.unkept_credit_nano * MILLION + prior * shrinkage) // (self.unkept_count * MILLION + shrinkage)
        return kept_nano + (NANO - kept_nano) * unkept // NANO

    def settle(self, entries: Iterable[Entry]) -> list[Contribution]:
        """
        Learn from all outcomes of one moment; return what each did to its debtor's rating.

        All entries must have the same `resolved_at`, not before that of an earlier call, and a positive weight.
        """
        batch = list(entries)
        if not batch:
            return []
        day = batch[0].resolved_at // DAY_SECONDS
        damped = self._damped_weights(batch, day)
        for level in range(len(LEVELS)):
            self._learn_level(batch, damped, level, day)
        self._learn_ordinary(batch, damped, day)
        contributions = self._learn_ratings(batch, damped, day)
        for entry in batch:
            if not entry.kept:
                self.unkept_credit_nano += entry.credit_nano
                self.unkept_count += 1
        return contributions

    def excerpt(self, entries: Iterable[Entry]) -> Walk:
        """
        Return a small copy that knows all there is to know for these entries.

        Settling an outcome in the copy leaves this walk as it was: that is how one asks what an outcome would change,
        or follows a single new outcome, without walking through all history again.
        """
        wanted = list(entries)
        keys = {key for entry in wanted for key in entry.keys}
        debtors = {entry.debtor for entry in wanted}
        pairs = {(entry.debtor, entry.counterparty) for entry in wanted}
        return Walk(
            policy=self.policy,
            difficulties={key: replace(self.difficulties[key]) for key in keys if key in self.difficulties},
            own_counts={
                (key, debtor): self.own_counts[key, debtor]
                for key in keys
                for debtor in debtors
                if (key, debtor) in self.own_counts
            },
            total_counts={key: self.total_counts[key] for key in keys if key in self.total_counts},
            ratings={debtor: replace(self.ratings[debtor]) for debtor in debtors if debtor in self.ratings},
            counterparties={pair: replace(self.counterparties[pair]) for pair in pairs if pair in self.counterparties},
            members={key: self.members[key] for _, key in pairs if key in self.members},
            unkept_credit_nano=self.unkept_credit_nano,
            unkept_count=self.unkept_count,
            ordinary=replace(self.ordinary),
        )

    def _damped_weights(self, batch: list[Entry], day: int) -> list[int]:
        policy = self.policy
        added: dict[tuple[int, Key], int] = {}
        for entry in batch:
            pair = (entry.debtor, entry.counterparty)
            added[pair] = added.get(pair, 0) + entry.weight_millionths
            if entry.counterparty[0] == "forum":
                members = self.members.get(entry.counterparty, frozenset())
                self.members[entry.counterparty] = members | {entry.debtor}
        for pair, weight in added.items():
            average = self.counterparties.setdefault(pair, _Average(day=day))
            earlier = decay(average.count, day - average.day, policy.counterparty_half_life_days)
            average.count, average.day = min(earlier + weight, COUNT_MAX_MILLIONTHS), day
        damped = []
        for entry in batch:
            others = max(1, len(self.members.get(entry.counterparty, ())) - 1)
            capacity = policy.counterparty_capacity_millionths * others
            settled = self.counterparties[entry.debtor, entry.counterparty].count
            damped.append(entry.weight_millionths * capacity // (capacity + settled))
        return damped

    def _learn_level(self, batch: list[Entry], damped: list[int], level: int, day: int) -> None:
        policy = self.policy
        expected = [self.expect(entry.keys, entry.debtor, day) for entry in batch]
        groups: dict[Key, list[int]] = {}
        for index, entry in enumerate(batch):
            groups.setdefault(entry.keys[level], []).append(index)
        shared = LEVELS[level] in SHARED_LEVELS
        shrinkage = (
            policy.reference_shrinkage_millionths
            if LEVELS[level] == "reference"
            else policy.difficulty_shrinkage_millionths
        )
        for key, indices in groups.items():
            if shared:
                for index in indices:
                    entry = batch[index]
                    pair = (key, entry.debtor)
                    self.own_counts[pair] = self.own_counts.get(pair, 0) + entry.weight_millionths
                    self.total_counts[key] = self.total_counts.get(key, 0) + entry.weight_millionths
            weight = surprise = 0
            for index in indices:
                entry = batch[index]
                moving = entry.weight_millionths if shared else damped[index]
                weight += moving
                if shared:
                    own = self.own_counts[key, entry.debtor] * MILLION // self.total_counts[key]
                    moving = moving * (MILLION - own) // MILLION
                surprise += moving * (entry.kept * NANO - expected[index]) // MILLION
            average = self.difficulties.setdefault(key, _Average(day=day))
            capacity = policy.difficulty_batch_capacity_millionths
            counted = weight * capacity // (weight + capacity)
            surprise = surprise * capacity // (weight + capacity)
            count = decay(average.count, day - average.day, policy.difficulty_half_life_days) + counted
            average.count = min(count, COUNT_MAX_MILLIONTHS)
            average.day = day
            step = policy.difficulty_gain_millionths * surprise // (average.count + shrinkage)
            average.value = min(max(average.value + step, -DIFFICULTY_MAX_NANO), DIFFICULTY_MAX_NANO)

    def _ordinary_on(self, day: int) -> tuple[int, int]:
        half_life = self.policy.rating_memory_half_life_days
        passed = day - self.ordinary.day
        return decay(self.ordinary.value, passed, half_life), decay(self.ordinary.count, passed, half_life)

    def _learn_ordinary(self, batch: list[Entry], damped: list[int], day: int) -> None:
        value, count = self._ordinary_on(day)
        for entry, weight in zip(batch, damped, strict=True):
            # An ordinary commitment is of no special forum and has no history of its own; else those who settle easy
            # promises among themselves would raise what is expected of all.
            value += weight * self.difficulty(entry.keys[:WORLD_LEVELS]) // MILLION
            count += weight
        self.ordinary = _Average(value, count, day)

    def _learn_ratings(self, batch: list[Entry], damped: list[int], day: int) -> list[Contribution]:
        policy = self.policy
        found: list[tuple[Entry, int, int]] = []
        added: dict[int, int] = {}
        for entry, whole in zip(batch, damped, strict=True):
            weight = whole * entry.repair_share_millionths // MILLION
            expected = self.credit_expected(self.expect(entry.keys, entry.debtor, day))
            found.append((entry, expected, weight))
            added[entry.debtor] = added.get(entry.debtor, 0) + weight
        values = {debtor: self.rating(debtor, day) for debtor in added}
        counts = {
            debtor: min(self.rating_count(debtor, day) + weight, COUNT_MAX_MILLIONTHS)
            for debtor, weight in added.items()
        }
        contributions = []
        for entry, expected, weight in found:
            surprise = weight * (entry.credit_nano - expected) // MILLION
            divisor = counts[entry.debtor] + policy.rating_shrinkage_millionths
            step = policy.rating_gain_millionths * surprise // divisor
            values[entry.debtor] += step
            contributions.append(Contribution(entry, expected, weight, step))
        for debtor, value in values.items():
            self.ratings[debtor] = _Average(value, counts[debtor], day)
        return contributions
