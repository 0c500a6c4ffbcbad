"""The follower: it catches up, goes on where it stopped, and never follows another chain without saying so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ledger.domain.events import Block
from ledger.follower import Follower, Holding, NothingProjected, ReplayIncomplete
from ledger.store.engine import open_engine, reading
from ledger.store.operational import OperationalStore
from ledger.store.projection import ChainForked, Projector, Queries
from ledger.store.projection.comparison import differences
from ledger.store.projection.projector import NAMESPACE
from tests.databases import Place
from tests.unit.chain_builder import DISTRICT, GENESIS_AT, HARBOUR, FakeChain, digest, founded, registered


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    engine = open_engine(place("projection"), durable=False, namespace=NAMESPACE)
    yield engine
    engine.dispose()


def grown(blocks: int, name: str = "chain", first_block: int = 1) -> FakeChain:
    chain = founded(name, first_block)
    for number in range(1, blocks):
        chain.add(registered(number, DISTRICT, HARBOUR, GENESIS_AT + 10_000))
    return chain


def test_it_reads_from_the_deployment_in_chunks_and_tells_how_far_it_is(engine: Engine) -> None:
    chain = grown(10, first_block=100)
    told: list[tuple[int, int]] = []
    report = Follower(chain, Projector(engine), chunk_blocks=4).sync(lambda done, total: told.append((done, total)))
    assert chain.asked == [(100, 103), (104, 107), (108, 109)]
    assert told == [(4, 10), (8, 10), (10, 10)]
    assert (report.blocks, report.events, report.head) == (10, 15, 109)


def test_it_goes_on_where_it_stopped(engine: Engine) -> None:
    chain = grown(3)
    follower = Follower(chain, Projector(engine))
    follower.sync()
    chain.asked.clear()
    assert follower.sync().blocks == 0
    chain.add(registered(3, DISTRICT, HARBOUR, GENESIS_AT + 10_000))
    report = Follower(chain, Projector(engine)).sync()
    assert (report.blocks, report.events, report.head) == (1, 1, 4)
    assert chain.asked == [(4, 4)]


def test_how_far_behind_it_is(engine: Engine) -> None:
    chain = grown(5, first_block=11)
    follower = Follower(chain, Projector(engine))
    assert (follower.status().head, follower.status().lag_blocks) == (None, 5)
    follower.sync()
    chain.add()
    status = follower.status()
    assert (status.head, status.chain_head, status.lag_blocks) == (15, 16, 1)


def test_another_chain_is_refused_and_nothing_is_changed(engine: Engine) -> None:
    projector = Projector(engine)
    Follower(grown(3), projector).sync()
    before = projector.cursor()
    other = grown(6, name="other")
    with pytest.raises(ChainForked, match=r"block 3 was projected as 0x.* but the chain has 0x"):
        Follower(other, projector).sync()
    assert other.asked == []
    assert projector.cursor() == before


def test_a_chain_that_was_reorganised_below_is_refused(engine: Engine) -> None:
    chain = grown(5)
    follower = Follower(chain, Projector(engine))
    follower.sync()
    last = chain.built[-1]
    chain.built[-1] = Block(last.number, digest("instead"), last.parent_hash, last.timestamp, ())
    chain.add()
    with pytest.raises(ChainForked):
        follower.sync()


def test_a_node_that_is_behind_is_waited_for(engine: Engine) -> None:
    chain, projector = grown(5), Projector(engine)
    Follower(chain, projector).sync()
    behind = grown(3)
    report = Follower(behind, projector).sync()
    assert (report.blocks, report.head) == (0, 5)
    # One that is behind and another chain as well is not.
    with pytest.raises(ChainForked, match="block 3"):
        Follower(grown(3, name="other"), projector).sync()


def test_a_chain_that_ends_before_the_deployment_is_refused(engine: Engine) -> None:
    projector = Projector(engine)
    Follower(grown(3, first_block=50), projector).sync()
    with pytest.raises(ChainForked, match="has no such block"):
        Follower(Emptied(grown(3, first_block=50)), projector).sync()


class Emptied:
    """A node that has lost everything but its genesis."""

    def __init__(self, chain: FakeChain) -> None:
        self.first_block = chain.first_block
        self.number = self.timestamp = 0

    def one_view(self) -> AbstractContextManager[None]:
        return nullcontext()

    def head(self) -> Emptied:
        return self

    def block_hash(self, number: int) -> bytes | None:
        return digest("genesis") if number == 0 else None

    def blocks(self, first: int, last: int) -> list[Block]:
        raise AssertionError(f"asked for {first} to {last}")


def test_a_node_that_gives_too_few_blocks(engine: Engine) -> None:
    chain = grown(5)
    short = Short(chain)
    projector = Projector(engine)
    with pytest.raises(ReplayIncomplete, match="blocks 1 to 5 and gave 4 of 5"):
        Follower(short, projector).sync()
    assert projector.cursor() is None


class Short:
    """A node that leaves the last block out."""

    def __init__(self, chain: FakeChain) -> None:
        self._chain = chain
        self.first_block = chain.first_block

    def one_view(self) -> AbstractContextManager[None]:
        return nullcontext()

    def head(self) -> Block:
        return self._chain.head()

    def block_hash(self, number: int) -> bytes | None:
        return self._chain.block_hash(number)

    def blocks(self, first: int, last: int) -> list[Block]:
        return self._chain.blocks(first, last)[:-1]


def test_it_runs_until_it_is_told_to_stop(engine: Engine) -> None:
    chain = grown(3)
    stop = threading.Event()
    thread = threading.Thread(target=Follower(chain, Projector(engine)).run, args=(stop, 0.01))
    thread.start()
    queries = Queries(engine)
    try:
        for number in range(3, 8):
            chain.add(registered(number, DISTRICT, HARBOUR, GENESIS_AT + 10_000))
        deadline = threading.Event()
        for _ in range(1_000):
            head = queries.head()
            if head is not None and head.number == 8:
                break
            deadline.wait(0.01)
        assert queries.totals().commitments == 7
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


def test_of_several_that_follow_the_one_with_the_lease_works(place: Place) -> None:
    chain = grown(3)
    engine = open_engine(place("projection"), durable=False, namespace=NAMESPACE)
    with OperationalStore(place("operational")) as store:
        first, second = (Standby(chain, engine, store.lease("follower")) for _ in range(2))
        first.start()
        assert first.follows(chain)
        second.start()
        chain.add()
        assert first.follows(chain)
        assert second.asked == []
        # It gives the lease back, and the other goes on.
        first.stop()
        chain.add()
        assert second.follows(chain)
        second.stop()
    engine.dispose()


class Standby:
    """A process that follows when it may."""

    def __init__(self, chain: FakeChain, engine: Engine, lease: Holding) -> None:
        self._own = FakeChain(chain.first_block, chain.name)
        self._own.built = chain.built
        self._queries = Queries(engine)
        self._stop = threading.Event()
        follower = Follower(self._own, Projector(engine))
        self._thread = threading.Thread(target=follower.run, args=(self._stop, 0.01, lease))

    @property
    def asked(self) -> list[tuple[int, int]]:
        return self._own.asked

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()

    def follows(self, chain: FakeChain) -> bool:
        for _ in range(500):
            head = self._queries.head()
            if head is not None and head.number == chain.head().number:
                return True
            self._stop.wait(0.01)
        return False


def test_there_is_nothing_to_check_before_the_first_block(engine: Engine) -> None:
    with pytest.raises(NothingProjected):
        Follower(grown(3), Projector(engine)).rebuild(check=True)


_FOLLOW = """
import sys
from pathlib import Path
from ledger.follower import Follower
from ledger.store.engine import open_engine
from ledger.store.projection import Projector
from tests.integration.test_follower import grown

chain = grown(400)
follower = Follower(chain, Projector(open_engine(Path(sys.argv[1]), durable=False)), chunk_blocks=5)
print("ready", flush=True)
follower.sync(lambda done, total: print(done, flush=True))
"""


@pytest.mark.parametrize("killed_at", [5, 60, 210])
def test_a_kill_at_any_time_leaves_whole_blocks(tmp_path: Path, killed_at: int) -> None:
    root = Path(__file__).parent.parent.parent
    process = subprocess.Popen(
        [sys.executable, "-c", _FOLLOW, str(tmp_path / "p.sqlite")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert process.stdout is not None
    with process.stdout as lines:
        assert lines.readline() == "ready\n"
        while int(lines.readline()) < killed_at:
            pass
        process.send_signal(signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL

    chain = grown(400)
    engine, clean = open_engine(tmp_path / "p.sqlite"), open_engine(tmp_path / "clean.sqlite", durable=False)
    try:
        projector = Projector(engine)
        cursor = projector.cursor()
        assert cursor is not None
        assert killed_at <= cursor.head < 400
        assert Queries(engine).totals().commitments == cursor.head - 1
        Follower(chain, projector).sync()
        Follower(chain, Projector(clean)).sync()
        with reading(engine) as one, reading(clean) as two:
            assert differences(one, two) == []
    finally:
        engine.dispose()
        clean.dispose()
