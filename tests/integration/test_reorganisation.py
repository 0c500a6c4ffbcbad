"""Reorganisations: what the chain takes back the projection takes back, to exactly the rows that stood before."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from ledger.errors import InvalidInput
from ledger.follower import Follower, NotConfirmed
from ledger.store.engine import open_engine, reading
from ledger.store.projection import ChainForked, Projector, ReorganisedTooDeep, undo
from ledger.store.projection.comparison import differences
from ledger.store.projection.projector import NAMESPACE
from tests.databases import Place
from tests.unit.chain_builder import (
    DISTRICT,
    GENESIS_AT,
    HARBOUR,
    FakeChain,
    every_kind_of_event,
    founded,
    registered,
)


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    engine = open_engine(place("projection"), durable=False, namespace=NAMESPACE)
    yield engine
    engine.dispose()


def grown(blocks: int) -> FakeChain:
    chain = founded()
    for number in range(1, blocks):
        chain.add(registered(number, DISTRICT, HARBOUR, GENESIS_AT + 10_000))
    return chain


def replace_from(chain: FakeChain, number: int, branch: str, blocks: int) -> None:
    """Put other blocks in the place of those from this number on; what comes behind them is of this branch too."""
    del chain.built[number - chain.first_block :]
    chain.name = branch
    for place in range(number, number + blocks):
        facts = (
            [registered(place - 1, HARBOUR, DISTRICT, GENESIS_AT + 20_000, f"{branch}-{place}")] if place % 2 else []
        )
        chain.add(*facts)


def same_as_a_clean_replay(engine: Engine, chain: FakeChain, blocks: int, folder: Path) -> list[str]:
    clean = open_engine(folder / f"clean-{blocks}-{random.random()}.sqlite", durable=False)
    try:
        Projector(clean).apply(chain.built[:blocks])
        with reading(engine) as standing, reading(clean) as replayed:
            return differences(standing, replayed)
    finally:
        clean.dispose()


def noted_blocks(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.scalar(select(func.count(undo.notes.c.block.distinct()))) or 0)


@pytest.mark.parametrize("common", [1, 2, 4, 7, 9, 11, 13, 15, 17, 19, 21, 22, 23, 24])
def test_every_kind_of_event_is_taken_back(engine: Engine, tmp_path: Path, common: int) -> None:
    chain, projector = every_kind_of_event(), Projector(engine)
    projector.apply(chain.built, revocable_from=chain.first_block)
    assert projector.roll_back(common, chain.head().hash) == len(chain.built) - common
    cursor = projector.cursor()
    assert cursor is not None
    assert (cursor.head, cursor.head_hash) == (common, chain.built[common - 1].hash)
    assert same_as_a_clean_replay(engine, chain, common, tmp_path) == []
    projector.apply(chain.built, revocable_from=chain.first_block)
    assert same_as_a_clean_replay(engine, chain, len(chain.built), tmp_path) == []


def test_a_reorganised_chain_is_followed(engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    chain = grown(12)
    follower = Follower(chain, Projector(engine), undo_blocks=8)
    follower.sync()
    replace_from(chain, 9, "other", 6)
    with caplog.at_level(logging.WARNING, "intergov.follower"):
        report = follower.sync()
    assert (report.blocks, report.head, follower.reorganisations) == (6, 14, 1)
    assert same_as_a_clean_replay(engine, chain, 14, tmp_path) == []
    assert caplog.messages == ["the chain replaced blocks behind block 8; 4 were taken back"]


def test_a_branch_that_is_shorter_wins_too(engine: Engine, tmp_path: Path) -> None:
    # With Clique it is the weight that counts, not the number of blocks.
    chain = grown(12)
    follower = Follower(chain, Projector(engine), undo_blocks=8)
    follower.sync()
    replace_from(chain, 8, "heavier", 2)
    follower.sync()
    assert same_as_a_clean_replay(engine, chain, 9, tmp_path) == []


def test_notes_are_kept_for_so_many_blocks_and_no_longer(engine: Engine) -> None:
    chain = grown(30)
    follower = Follower(chain, Projector(engine), chunk_blocks=7, undo_blocks=8)
    follower.sync()
    assert noted_blocks(engine) == 8
    for _ in range(5):
        chain.add()
        follower.sync()
        assert noted_blocks(engine) == 8


def test_what_cannot_be_taken_back_is_replayed_and_said_aloud(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chain = grown(12)
    projector = Projector(engine)
    follower = Follower(chain, projector, undo_blocks=3)
    follower.sync()
    head = chain.head().hash
    replace_from(chain, 5, "other", 9)
    with pytest.raises(ReorganisedTooDeep, match=r"the chain has others from block 5 on; only the last 3 blocks"):
        projector.roll_back(4, head)
    follower.sync()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert same_as_a_clean_replay(engine, chain, 13, tmp_path) == []
    # And from here on it can take back again.
    replace_from(chain, 12, "third", 3)
    follower.sync()
    assert same_as_a_clean_replay(engine, chain, 14, tmp_path) == []


def test_another_chain_is_an_error_on_such_a_network_too(engine: Engine) -> None:
    follower = Follower(grown(5), Projector(engine), undo_blocks=8)
    follower.sync()
    with pytest.raises(ChainForked):
        Follower(founded("other"), Projector(engine), undo_blocks=8).sync()


def test_one_that_is_late_takes_nothing_back(engine: Engine) -> None:
    chain, projector = grown(6), Projector(engine)
    projector.apply(chain.built, revocable_from=1)
    seen = chain.head().hash
    chain.add()
    projector.apply(chain.built, revocable_from=1)
    assert projector.roll_back(3, seen) == 0
    cursor = projector.cursor()
    assert cursor is not None
    assert cursor.head == 7


def test_random_branches(engine: Engine, tmp_path: Path) -> None:
    chance = random.Random(7)
    chain = grown(10)
    follower = Follower(chain, Projector(engine), undo_blocks=6)
    follower.sync()
    for turn in range(12):
        head = chain.head().number
        replace_from(chain, chance.randint(head - 5, head), f"branch {turn}", chance.randint(1, 8))
        for _ in range(chance.randint(0, 3)):
            chain.add()
        follower.sync()
    assert follower.reorganisations == 12
    assert same_as_a_clean_replay(engine, chain, len(chain.built), tmp_path) == []


def test_a_block_counts_when_enough_stand_on_it(engine: Engine) -> None:
    chain = grown(10)
    follower = Follower(chain, Projector(engine), confirmations=4, undo_blocks=8)
    report = follower.sync()
    status = follower.status()
    assert (report.head, status.head, status.chain_head, status.lag_blocks, status.lag_seconds) == (6, 6, 10, 0, 0)
    replace_from(chain, 7, "other", 6)
    assert follower.sync().head == 8
    assert follower.reorganisations == 0
    chain.add()
    assert follower.status().lag_blocks == 1
    assert follower.status().lag_seconds == chain.head().timestamp - (GENESIS_AT + 8)


def test_a_confirmation_that_does_not_come(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.follower.CATCH_UP_SECONDS_MAX", 0.0)
    with pytest.raises(NotConfirmed, match="block 10 is on the chain, and was not confirmed by 4 more blocks"):
        Follower(grown(10), Projector(engine), confirmations=4).catch_up()


@pytest.mark.parametrize("confirmations", [-1, 10_001])
def test_confirmations_that_nobody_means(engine: Engine, confirmations: int) -> None:
    with pytest.raises(InvalidInput, match="confirmations"):
        Follower(grown(1), Projector(engine), confirmations=confirmations)
