"""
Disks that are full and databases that can only be read: nothing half is written, and nothing that was acknowledged is
lost.

The relay is a process of its own, and so is the node. A full disk is a limit on the size of files that is set on the
running process from outside, so that every write of it fails, and taken away again. `INTERGOV_FAULT_ROUNDS` says how
many rounds to play.
"""

from __future__ import annotations

import random
import resource
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from ledger.chain.embedded.client import find_node
from ledger.chain.signers import LocalSigner
from ledger.chain.typed_data import SignedCommand
from ledger.errors import Unavailable
from ledger.relay import Relay
from ledger.store.engine import DatabaseUnusable
from ledger.store.operational import Idempotency, OperationalStore
from tests.faults.test_relay_kill import ROUNDS, check, finish, start, world, write_commands
from tests.pool_node import DEPLOYMENT, KEY, NOW, PoolNode, accept, states
from tests.relay_world import World

pytestmark = pytest.mark.faults

# Fixtures are found by their names in the module.
__all__ = ["world"]


@contextmanager
def full_disk(pid: int) -> Iterator[None]:
    """Every write of a running process fails, as on a disk without room."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))


def fill_now_and_then(pids: list[int], process: subprocess.Popen[str], chance: random.Random) -> int:
    """Fill the disk of processes at random moments while one of them works; how often."""
    filled = 0
    while process.poll() is None and filled < 6:
        # The first time at once and for long, so that what is under way surely meets it.
        time.sleep(chance.uniform(0, 0.15) if filled else 0)
        try:
            with full_disk(chance.choice(pids)):
                filled += 1
                time.sleep(chance.uniform(0.05, 0.5) if filled > 1 else 1.0)
        except ProcessLookupError:
            break
    return filled


@pytest.mark.parametrize("whose", ["relay", "node", "both"])
def test_a_full_disk(world: World, tmp_path: Path, whose: str) -> None:
    commands: list[SignedCommand] = []
    acknowledged: list[str] = []
    filled = 0
    for number in range(max(1, ROUNDS // 5)):
        chance = random.Random(f"{whose} {number}")
        node = find_node(world.home)
        assert node is not None
        batch = [world.signed(world.proposal(f"{whose} {number} {each}")) for each in range(10)]
        commands += batch
        write_commands(tmp_path / "commands.jsonl", batch)
        process = start(tmp_path, world.node.url, "--commands", str(tmp_path / "commands.jsonl"), "--patient")
        assert process.stdout is not None
        first = process.stdout.readline().strip()
        acknowledged += [first] if len(first) == 66 else []
        pids = {"relay": [process.pid], "node": [node.pid], "both": [process.pid, node.pid]}[whose]
        filled += fill_now_and_then(pids, process, chance)
        heard, done = finish(process)
        acknowledged += heard
        # It waited, and came to its end when there was room again.
        assert done is not None
    assert filled
    _, done = finish(start(tmp_path, world.node.url))
    assert done is not None
    check(world, tmp_path, commands, acknowledged)
    assert len(acknowledged) == len(commands)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OperationalStore]:
    with OperationalStore(tmp_path / "operational.sqlite") as store:
        yield store


@contextmanager
def read_only(store: OperationalStore) -> Iterator[None]:
    """SQLite refuses every write, as where the file or its disk can only be read."""

    def forbid(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("PRAGMA query_only = ON")

    def allow(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA query_only = OFF")

    event.listen(store.engine, "checkout", forbid)
    event.listen(store.engine, "checkin", allow)
    try:
        yield
    finally:
        event.remove(store.engine, "checkout", forbid)
        event.remove(store.engine, "checkin", allow)


def test_a_database_that_can_only_be_read_takes_nothing_and_loses_nothing(store: OperationalStore) -> None:
    node = PoolNode()
    relay = Relay(node, DEPLOYMENT, store, KEY, clock=lambda: NOW)
    before = accept(store, 3)
    with read_only(store):
        with pytest.raises(DatabaseUnusable, match="readonly"):
            accept(store, 1, first=3)
        for _ in range(3):
            with pytest.raises(DatabaseUnusable, match="readonly"):
                relay.run_once()
        assert relay.trouble is not None
        # Nothing leaves before it is on disk, so nothing has left.
        assert node.pool == {}
        assert states(store, before) == ["accepted"] * 3
    later = accept(store, 1, first=3)
    relay.run_once()
    assert sorted(node.pool) == [0, 1, 2, 3]
    with read_only(store):
        node.make_block()
        with pytest.raises(DatabaseUnusable):
            relay.run_once()
        assert states(store, before) == ["sent"] * 3
    # What it could not write down it finds out again.
    relay.run_once()
    assert states(store, before + later) == ["confirmed"] * 4


def test_a_refused_acceptance_leaves_no_key_behind(world: World, tmp_path: Path) -> None:
    """The caller that was not told 202 repeats its request with the same key, and it is taken once."""
    with OperationalStore(tmp_path / "operational.sqlite") as store:
        relay = Relay(world.node, world.deployment, store, LocalSigner.create())
        signed = world.signed(world.proposal("once"))
        key = Idempotency("the-key", "the caller", b"\x07" * 32)
        with read_only(store), pytest.raises(Unavailable):
            relay.accept(signed, key)
        assert store.outbox.page() == []
        operation = relay.accept(signed, key)
        assert relay.accept(signed, key) == operation
        assert relay.wait(operation.id).state.value == "confirmed"
        assert len(world.executions(signed)) == 1


def test_a_loop_on_a_read_only_database_waits_and_goes_on(store: OperationalStore) -> None:
    node = PoolNode()
    relay = Relay(node, DEPLOYMENT, store, KEY, clock=lambda: NOW)
    ids = accept(store, 2)
    stop = threading.Event()
    loop = threading.Thread(target=relay.run, args=(stop,))
    try:
        with read_only(store):
            loop.start()
            until = time.monotonic() + 20
            while relay.tally.failed_rounds < 2 and time.monotonic() < until:
                time.sleep(0.01)
            assert loop.is_alive()
            assert node.pool == {}
        until = time.monotonic() + 20
        while len(node.pool) < 2 and time.monotonic() < until:
            time.sleep(0.01)
    finally:
        stop.set()
        loop.join(timeout=20)
    assert states(store, ids) == ["sent"] * 2
