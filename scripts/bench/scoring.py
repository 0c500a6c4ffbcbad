"""
How fast scores are made: the final fold, the whole replay behind it, and one new outcome.

Each size is measured in a process of its own, so that its peak memory is its own. The outcomes are made up: 3,000
governments, twenty years of days, 300 forums, commitments that three governments make together on average. The same
seed makes the same outcomes on every machine.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import polars as pl

from ledger.analysis.columns import OutcomeColumns
from ledger.analysis.fixed_point_arrays import Integers
from ledger.analysis.vectorised import ColumnWalk, fold
from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring import CommitmentFact, CommitmentStanding
from ledger.domain.scoring.entries import settled_entry
from ledger.domain.scoring.model import Standing
from ledger.domain.scoring.replay import DAY_SECONDS, MILLION
from ledger.policies import default_policy
from scripts.bench.figures import Figure, stopwatch

GOVERNMENTS: Final = 3_000
FORUMS: Final = 300
DAYS: Final = 7_305
FIRST_DAY: Final = 12_000
SIZES: Final = {"1 M": 1_000_000, "10 M": 10_000_000}
REPEATS: Final = 5

REPLAY_SECONDS_MAX: Final = 180
"""A replay that would take longer, by the rate of the smaller size, is left out and said to be."""

UPDATE_GOVERNMENTS: Final = 150
UPDATE_OUTCOMES: Final = 50_000
UPDATES: Final = 50


def scoring() -> Iterator[Figure]:
    """The fold of 1 and 10 million outcomes beside a bare aggregation, the replay, memory, and an update."""
    rate: float | None = None
    for name, size in SIZES.items():
        replayed = rate is None or size / rate < REPLAY_SECONDS_MAX
        found = _measured(size, replayed)
        yield Figure(
            f"score fold, {name} outcomes",
            found["fold_ms"],
            "ms",
            found["polars_ms"],
            "a bare polars scan and aggregation of the same columns; at most 3 times that",
        )
        if replayed:
            rate = found["replay_per_second"]
            yield Figure(f"score replay, {name} outcomes", rate, "outcomes/s")
            yield Figure(f"score replay, {name} outcomes: peak memory", found["peak_mib"], "MiB")
        else:
            yield Figure(
                f"score fold, {name} outcomes: peak memory",
                found["peak_mib"],
                "MiB",
                note=f"its replay is left out: more than {REPLAY_SECONDS_MAX} s at the rate above",
            )
    each = UPDATE_OUTCOMES // UPDATE_GOVERNMENTS
    yield Figure("score after one new outcome", _update_ms(), "ms", note=f"of a government with {each} before")


def _measured(size: int, replayed: bool) -> dict[str, float]:
    """The figures of one size, from a process of its own."""
    command = [sys.executable, "-m", "scripts.bench.scoring", str(size), str(int(replayed))]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def outcomes(size: int) -> OutcomeColumns:
    """Made-up outcomes in order of time."""
    chance = np.random.default_rng(20231)
    # A government has one forum in ten, and its own way of keeping what it promises there.
    debtor = chance.integers(0, GOVERNMENTS, size)
    forum = (debtor + 30 * chance.integers(0, 10, size)) % FORUMS
    made_together = max(1, size // (3 * FORUMS))
    faith = chance.uniform(0.2, 0.9, GOVERNMENTS)
    kept = (chance.random(size) < faith[debtor]).astype(np.int64)
    partly = chance.random(size) < 0.3
    credit = np.where(kept == 1, 1_000_000_000, np.where(partly, 200_000_000, 0))
    day = np.sort(chance.integers(FIRST_DAY, FIRST_DAY + DAYS, size))
    return OutcomeColumns(
        moment=day * DAY_SECONDS,
        debtor=debtor,
        keys=(
            np.zeros(size, dtype=np.int64),
            chance.integers(0, 11, size),
            forum,
            forum * made_together + chance.integers(0, made_together, size),
        ),
        counterparty=debtor * FORUMS + forum,
        others=np.full(size, 99, dtype=np.int64),
        kept=kept,
        credit_nano=credit,
        weight_millionths=chance.choice(np.asarray([500_000, 1_000_000, 1_500_000]), size),
        repair_share_millionths=np.full(size, MILLION, dtype=np.int64),
    )


def _measure(size: int, replayed: bool) -> dict[str, float]:
    policy = default_policy()
    columns = outcomes(size)
    sizes = tuple(int(column.max()) + 1 for column in columns.keys)
    found: dict[str, float] = {}
    logits: Integers = np.random.default_rng(7).integers(-300_000_000, 300_000_000, size)
    base_logit = 0
    if replayed:
        with stopwatch() as seconds:
            walk = ColumnWalk(columns, policy, GOVERNMENTS, sizes)
            walk.settle_before(None)
            found["replay_per_second"] = size / seconds()
        logits, base_logit = walk.logit_nano, walk.ordinary_difficulty(FIRST_DAY + DAYS)
    days = columns.moment // DAY_SECONDS
    debtor = columns.debtor
    day = FIRST_DAY + DAYS
    table = pl.DataFrame({"debtor": debtor, "day": days, "logit": logits})

    def folded() -> object:
        return fold(debtor, days, logits, base_logit, day, policy, GOVERNMENTS)

    def aggregated() -> object:
        sums = (pl.col("logit").sum(), pl.col("day").max(), pl.len())
        return table.lazy().group_by("debtor").agg(*sums).collect()

    found["fold_ms"], found["polars_ms"] = _fastest_ms(folded), _fastest_ms(aggregated)
    found["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def _fastest_ms(work: Callable[[], object]) -> float:
    """The fastest of some runs: what the machine can do when nothing else disturbs it."""
    times = []
    for _ in range(REPEATS):
        with stopwatch() as seconds:
            work()
            times.append(seconds() * 1_000)
    return min(times)


def _update_ms() -> float:
    """A new outcome into what was learned, to the debtor's new score with all reasons; the mean of some."""
    policy = default_policy()
    chance = random.Random(20231)  # noqa: S311 - made-up data must come out the same again, not be unguessable.
    facts = [_fact(number, chance) for number in range(UPDATE_OUTCOMES + UPDATES)]
    as_of = (FIRST_DAY + DAYS + 1) * DAY_SECONDS
    standing = Standing.of(facts[:UPDATE_OUTCOMES], policy, as_of)
    with stopwatch() as seconds:
        for fact in facts[UPDATE_OUTCOMES:]:
            _update(standing, replace(fact, resolved_at=as_of, due_at=as_of), policy)
        return seconds() * 1_000 / UPDATES


def _update(standing: Standing, fact: CommitmentFact, policy: ScorePolicy) -> None:
    entry = settled_entry(fact, policy, standing.as_of)
    assert entry is not None, "made-up outcomes weigh something"
    standing.facts[fact.commitment] = fact
    standing.contributions.setdefault(fact.debtor, []).extend(standing.walk.settle([entry]))
    standing.score(fact.debtor)


def _fact(number: int, chance: random.Random) -> CommitmentFact:
    debtor = chance.randrange(UPDATE_GOVERNMENTS)
    due_at = chance.randrange(FIRST_DAY, FIRST_DAY + DAYS) * DAY_SECONDS
    return CommitmentFact(
        commitment=number,
        debtor=debtor,
        creditor=None,
        agreement=(debtor + chance.randrange(10)) % 30,
        indicator=0,
        weight_millionths=MILLION,
        reference=str(number // 3),
        made_at=due_at - chance.randrange(1, 10) * 365 * DAY_SECONDS,
        due_at=due_at,
        outcome_basis_points=chance.choice((10_000, 10_000, 5_000, 0)),
        resolved_at=due_at,
        status=CommitmentStanding.SETTLED,
    )


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]), sys.argv[2] == "1")))
