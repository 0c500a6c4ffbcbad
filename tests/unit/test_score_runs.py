"""Score runs: the same at any later time, and different where the ledger, the policy or the block is another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from ledger.audit.kept import LeafFolder
from ledger.audit.score_runs import Computed, ScoreRunNotReproduced, ScoreRunPolicyMissing, ScoreRuns, run_to_json
from ledger.chain.decoder import decode_event
from ledger.domain import events
from ledger.domain.commands import PublishRun
from ledger.domain.enums import Role, TimeBasis
from ledger.domain.events import ScoreRunPublished
from ledger.domain.policy import ScorePolicy
from ledger.domain.words import in_words
from ledger.errors import InvalidInput, NotFound, Unavailable
from ledger.policies import default_policy
from ledger.reports import shipped_policies
from ledger.store.engine import open_engine, writing
from ledger.store.projection import Projector, Queries, tables
from ledger.store.projection.filters import ScoreRunFilter
from ledger.store.projection.rows import ScoreRunRow
from tests.unit.chain_builder import (
    DISTRICT,
    GENESIS_AT,
    HARBOUR,
    PROVINCE,
    RECORDER,
    FakeChain,
    backfilled,
    digest,
    every_kind_of_event,
    founded,
    government,
    outcome,
    score_policy,
)

PAST = GENESIS_AT - 1000 * 86_400
POLICY = default_policy()
OTHER: ScorePolicy = replace(POLICY, name="a shorter memory", points_half_life_days=100)


@dataclass
class World:
    """A chain, its projection and the runs on it."""

    chain: FakeChain
    engine: Engine
    runs: ScoreRuns
    projected: int = 0

    def project(self) -> None:
        blocks = self.chain.built[self.projected :]
        Projector(self.engine).apply(blocks)
        self.projected += len(blocks)

    def add(self, *happened: Any, at: int | None = None) -> None:
        self.chain.add(*happened, at=at)
        self.project()

    def publish(self, computed: Computed, number: int = 1, at: int | None = None, **changes: Any) -> None:
        run = computed.to_publish("archive/scores")
        names = (*("policy_digest", "as_of", "time_basis", "block_number"), "block_hash", "governments", "root")
        fields = {name: getattr(run, name) for name in names} | {"locator": run.locator, **changes}
        self.add(ScoreRunPublished(number, RECORDER, **fields), at=at)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    engine = open_engine(tmp_path / "projection.sqlite", durable=False)
    folder = LeafFolder(tmp_path / "score-runs")
    made = World(founded(), engine, ScoreRuns(Queries(engine), folder, shipped_policies(), 5, "0x" + "11" * 20))
    made.chain.add(
        *(backfilled(each, (DISTRICT, PROVINCE)[each % 2], PAST, PAST + each * 86_400) for each in range(1, 9))
    )
    made.chain.add(
        *(outcome(each, (DISTRICT, PROVINCE)[each % 2], each * 1_250, PAST + each * 86_400) for each in range(1, 8))
    )
    made.project()
    yield made
    engine.dispose()


def scores(computed: Computed) -> dict[int, int]:
    return {number: entry.score for number, entry in computed.leaves.entries.items()}


def test_a_run_is_of_every_government(world: World) -> None:
    computed = world.runs.compute()
    head = world.chain.built[-1]
    assert (computed.as_of, computed.block.number) == (head.timestamp, head.number)
    assert list(scores(computed)) == [DISTRICT, PROVINCE, HARBOUR]
    assert not computed.leaves.entries[HARBOUR].rated
    run = computed.to_publish("archive")
    assert (run.governments, run.block_hash, run.policy_digest) == (3, head.hash, POLICY.digest)
    world.publish(computed)
    assert world.runs.check(1).to_json() == {
        "run": run_to_json(world.runs.run(1)),
        "holds": True,
        "recomputed_root": "0x" + run.root.hex(),
        "difference": None,
    }


@pytest.mark.parametrize("time", TimeBasis)
def test_what_happens_later_makes_no_difference(world: World, time: TimeBasis) -> None:
    computed = world.runs.compute(time=time)
    world.publish(computed)
    world.add(
        # Effective before the run, recorded after it.
        outcome(8, DISTRICT, 0, PAST + 8 * 86_400),
        backfilled(20, HARBOUR, PAST, PAST + 86_400),
        outcome(20, HARBOUR, 0, PAST + 86_400),
        # Bodies that come, go, and change what they are.
        government(5, "Late County"),
        events.RolesSet(HARBOUR, Role.AUDITOR.bit),
        events.RolesSet(RECORDER, Role.GOVERNMENT.bit | Role.COORDINATING_BODY.bit),
        events.GovernmentRemoved(PROVINCE, "merged"),
    )
    world.runs.check(1).require()
    later = world.runs.compute(time=time)
    assert list(scores(later)) == [RECORDER, DISTRICT, PROVINCE, HARBOUR, 5]
    assert scores(later)[DISTRICT] != scores(computed)[DISTRICT]


@pytest.mark.parametrize("time", TimeBasis)
def test_nor_does_what_later_blocks_of_the_same_second_record(world: World, time: TimeBasis) -> None:
    computed = world.runs.compute(time=time)
    world.publish(computed, at=computed.as_of)
    # All of this comes in the very second that the run is of.
    world.add(
        outcome(8, DISTRICT, 0, PAST + 8 * 86_400),
        backfilled(20, HARBOUR, PAST, PAST + 86_400),
        outcome(20, HARBOUR, 0, PAST + 86_400),
        at=computed.as_of,
    )
    world.runs.check(1).require()
    later = world.runs.compute(as_of=computed.as_of, time=time)
    assert (later.as_of, later.block.timestamp) == (computed.as_of, computed.block.timestamp)
    assert later.block.number > computed.block.number
    assert later.leaves.root != computed.leaves.root
    world.publish(later, 2, at=computed.as_of)
    for number in (1, 2):
        world.runs.check(number).require()


def test_a_past_moment_can_be_published(world: World) -> None:
    early = world.chain.built[0]
    computed = world.runs.compute(as_of=early.timestamp)
    assert computed.block.number == early.number
    assert not any(entry.rated for entry in computed.leaves.entries.values())
    effective = world.runs.compute(as_of=PAST + 3 * 86_400, time=TimeBasis.EFFECTIVE)
    assert effective.block.number == world.chain.built[-1].number
    assert effective.leaves.entries[DISTRICT].rated


@pytest.mark.parametrize("as_of", [0, -5, GENESIS_AT + 10**6, 10**18])
def test_a_moment_out_of_range_is_refused(world: World, as_of: int) -> None:
    with pytest.raises(InvalidInput, match="as_of"):
        world.runs.compute(as_of=as_of)


def test_recorded_time_begins_with_the_ledger(world: World) -> None:
    with pytest.raises(InvalidInput, match="first block"):
        world.runs.compute(as_of=PAST)


def test_an_empty_projection_has_no_runs(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "empty.sqlite", durable=False)
    Projector(engine)
    runs = ScoreRuns(Queries(engine), LeafFolder(tmp_path), {}, 5, "0x" + "11" * 20)
    with pytest.raises(Unavailable, match="no block yet"):
        runs.compute()
    with pytest.raises(NotFound, match="score run"):
        runs.check(1)
    engine.dispose()


def test_another_policy_gives_another_run_beside_it(world: World) -> None:
    ours, theirs = world.runs.compute(), world.runs.compute(policy=OTHER)
    assert ours.leaves.root != theirs.leaves.root
    world.publish(ours)
    world.publish(theirs, 2)
    world.runs.check(1).require()
    with pytest.raises(ScoreRunPolicyMissing, match=OTHER.digest.hex()):
        world.runs.check(2)
    world.runs.check(2, OTHER).require()
    with pytest.raises(InvalidInput, match=POLICY.digest.hex()):
        world.runs.check(1, OTHER)


def test_without_a_policy_in_force_one_must_be_given(world: World, tmp_path: Path) -> None:
    chain = FakeChain()
    first = chain.add(government(1, "Lujiang District"))
    chain.add(score_policy(first.timestamp + 1))
    engine = open_engine(tmp_path / "late.sqlite", durable=False)
    Projector(engine).apply(chain.built)
    late = ScoreRuns(Queries(engine), LeafFolder(tmp_path), shipped_policies(), 5, "0x" + "11" * 20)
    with pytest.raises(NotFound, match="score policy in force"):
        late.compute(as_of=first.timestamp)
    assert late.compute(as_of=first.timestamp, policy=OTHER).policy is OTHER
    assert late.compute(as_of=first.timestamp, time=TimeBasis.EFFECTIVE).policy == POLICY
    assert late.compute().policy == POLICY
    engine.dispose()
    bare = ScoreRuns(Queries(world.engine), LeafFolder(tmp_path), {}, 5, "0x" + "11" * 20)
    with pytest.raises(ScoreRunPolicyMissing):
        bare.compute()


def test_a_changed_projection_is_found_out_and_named(world: World) -> None:
    computed = world.runs.compute()
    world.publish(computed)
    with writing(world.engine) as connection:
        changed = update(tables.commitments).where(tables.commitments.c.id == 2)
        connection.execute(changed.values(outcome_basis_points=10_000))
    check = world.runs.check(1)
    assert check.difference is not None
    assert "not in this home" in check.difference
    with pytest.raises(ScoreRunNotReproduced):
        world.runs.proof(1, HARBOUR)
    world.runs.folder.keep(computed.leaves)
    check = world.runs.check(1)
    assert "Lujiang District" in str(check.difference)
    before, after = computed.leaves.entries[DISTRICT].score, world.runs.compute().leaves.entries[DISTRICT].score
    assert f"published with a score of {before}, recomputed to {after}" in str(check.difference)
    with pytest.raises(ScoreRunNotReproduced) as caught:
        check.require()
    assert caught.value.values()["published_root"] == computed.leaves.root


def test_governments_that_are_missing_on_one_side_are_named(world: World) -> None:
    computed = world.runs.compute()
    world.runs.folder.keep(computed.leaves)
    world.publish(computed)
    with writing(world.engine) as connection:
        facts = tables.facts.c
        hidden = update(tables.facts).where(facts.government == HARBOUR, facts.event == "GovernmentRegistered")
        connection.execute(hidden.values(event="SignerAdded"))
    assert "Harbour District" in str(world.runs.check(1).difference)
    assert "the ledger has no score of it" in str(world.runs.check(1).difference)


def test_a_block_of_another_chain_is_named(world: World) -> None:
    computed = world.runs.compute()
    world.publish(computed, block_hash=digest("elsewhere"))
    world.publish(computed, 2, block_number=10**6)
    world.publish(computed, 3, governments=99)
    wrong, unknown, counted = (world.runs.check(number) for number in (1, 2, 3))
    assert "has the hash" in str(wrong.difference)
    assert wrong.recomputed_root is None
    assert "is not on this ledger" in str(unknown.difference)
    assert "99 governments were published, and the root holds 3" in str(counted.difference)
    with pytest.raises(ScoreRunNotReproduced, match="not on this ledger"):
        world.runs.proof(1, HARBOUR)


def test_who_was_not_scored_has_no_proof(world: World) -> None:
    world.publish(world.runs.compute())
    with pytest.raises(NotFound, match="score in run 1"):
        world.runs.proof(1, RECORDER)
    with pytest.raises(NotFound, match="score run 2"):
        world.runs.proof(2, HARBOUR)


def test_rows_and_filters(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "projection.sqlite", durable=False)
    Projector(engine).apply(every_kind_of_event().built)
    queries = Queries(engine)
    (row,) = queries.score_runs(ScoreRunFilter())
    assert row == ScoreRunRow(
        id=1,
        publisher=RECORDER,
        policy_digest="0x" + POLICY.digest.hex(),
        as_of=GENESIS_AT + 6,
        time_basis=TimeBasis.RECORDED,
        block_number=6,
        block_hash="0x" + digest("a block").hex(),
        governments=3,
        root="0x" + digest("a root").hex(),
        locator="archive/scores-1",
        recorded_at=row.recorded_at,
    )
    assert queries.score_run(1) == row
    assert queries.score_run(2) is None
    for which, found in (
        (ScoreRunFilter(publisher=RECORDER), 1),
        (ScoreRunFilter(publisher=DISTRICT), 0),
        (ScoreRunFilter(policy_digest=row.policy_digest), 1),
        (ScoreRunFilter(root="0x" + "00" * 32), 0),
    ):
        assert (queries.count(which), len(queries.score_runs(which))) == (found, found)
    engine.dispose()


def test_what_is_signed_is_said_in_words(world: World) -> None:
    run = world.runs.compute().to_publish("https://scores.example/1")
    lines = "\n".join(in_words(PublishRun(run), str))
    for part in ("3 governments", "3 个政府", "recorded", run.root.hex(), run.policy_digest.hex(), run.locator):
        assert part in lines
    effective = "\n".join(in_words(PublishRun(replace(run, time_basis=TimeBasis.EFFECTIVE)), str))
    assert "effective" in effective


def test_an_indexed_digest_is_read_as_bytes() -> None:
    from eth_abi.abi import encode
    from eth_utils.crypto import keccak

    kind = "ScoreRunPublished(uint64,uint32,bytes32,uint64,uint8,uint64,bytes32,uint32,bytes32,string)"
    topics = [keccak(text=kind), (7).to_bytes(32, "big"), (4).to_bytes(32, "big"), b"\x01" * 32]
    types = ["uint64", "uint8", "uint64", "bytes32", "uint32", "bytes32", "string"]
    data = encode(types, [9, 1, 8, b"\x02" * 32, 3, b"\x03" * 32, "where"])
    expected = ScoreRunPublished(7, 4, b"\x01" * 32, 9, TimeBasis.EFFECTIVE, 8, b"\x02" * 32, 3, b"\x03" * 32, "where")
    assert decode_event("ScoreRegister", topics, data) == expected
