"""The doctor names what is wrong with a set-up, and how to mend it."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from ledger.bootstrap import Ledger
from ledger.chain.connection import Head
from ledger.cli import doctor
from ledger.cli.doctor import Check, examine
from ledger.cli.session import Session
from ledger.store.operational import QUARANTINE_ATTEMPTS
from tests.api_world import World
from tests.api_world import world as api_world
from tests.pool_node import accept


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with api_world(tmp_path) as world:
        yield world


def ledger_of(world: World, **node: Any) -> Ledger:
    """The ledger on a node whose answers the test gives."""
    from dataclasses import replace

    class Node:
        url = "http://node.example"

        def call(self, method: str, *params: Any) -> Any:
            return node[method](*params) if callable(node[method]) else node[method]

        def head(self) -> Head:
            return Head(node["number"], b"", node["time"])

    return replace(world.ledger, connection=cast(Any, Node()))


def now_in_code(at: int) -> str:
    return "0x" + at.to_bytes(32, "big").hex()


@pytest.mark.parametrize(
    ("off", "head_age", "ok", "told"),
    [
        # On a chain that makes blocks on demand a call sees now, however old its head is.
        (0, 90_000, True, "0 s"),
        (100, 0, True, "behind the chain"),
        (600, 0, False, "600 s behind the chain"),
        (-600, 600, False, "600 s ahead of the chain"),
    ],
)
def test_a_clock_that_is_minutes_off_is_told(world: World, off: int, head_age: int, ok: bool, told: str) -> None:
    """`off` is how far the chain's time is ahead of this machine's."""
    now = int(time.time())
    at = now + off
    ledger = ledger_of(
        world,
        number=20,
        time=now - head_age,
        eth_call=now_in_code(at),
        eth_getBlockByNumber={"timestamp": hex(now - head_age - 10)},
    )
    found = doctor._clock(ledger)
    assert found.ok is ok
    if abs(off) > 120:
        assert told in found.detail or f"{abs(off) + 1} s" in found.detail
        assert found.mend is not None
        assert "NTP" in found.mend


def test_a_relayer_that_cannot_pay_is_told(world: World) -> None:
    assert doctor._funds(ledger_of(world, eth_gasPrice="0x0")).ok
    assert doctor._funds(ledger_of(world, eth_gasPrice="0x7", eth_getBalance=hex(10**18))).ok
    poor = doctor._funds(ledger_of(world, eth_gasPrice="0x7", eth_getBalance="0x1"))
    assert not poor.ok
    assert poor.mend is not None
    assert "transfer" in poor.mend


def test_a_stuck_and_a_quarantined_operation_are_told(world: World) -> None:
    assert doctor._backlog(world.ledger).ok
    # It was accepted long ago by the clock of this machine; nobody has sent it.
    (id_,) = accept(world.ledger.store, 1)
    world.ledger.store.outbox.put_back([id_], "oversized data", 0)
    with_time = pytest.MonkeyPatch()
    with_time.setattr("ledger.bootstrap.wall_clock", lambda: 1_800_000_100)
    try:
        stuck = doctor._backlog(world.ledger)
        assert (stuck.ok, "intergov serve" in (stuck.mend or "")) == (False, True)
        for _ in range(QUARANTINE_ATTEMPTS):
            world.ledger.store.outbox.put_back([id_], "oversized data", 0)
        quarantined = doctor._backlog(world.ledger)
    finally:
        with_time.undo()
    assert not quarantined.ok
    assert f"1 quarantined, first {id_}" in quarantined.detail
    assert "oversized data" in quarantined.detail


def test_a_server_that_does_not_follow_is_told(world: World) -> None:
    assert doctor._server_lag(world.ledger) == Check("server", True, "none runs on this home")
    lease = world.ledger.store.lease("follower")
    assert lease.hold(int(time.time()))
    assert doctor._server_lag(world.ledger).ok
    for _ in range(60):
        world.chain.add()
    behind = doctor._server_lag(world.ledger)
    assert not behind.ok
    assert "60 blocks behind" in behind.detail
    lease.release()
    assert doctor._server_lag(world.ledger).ok


@pytest.mark.parametrize(
    ("code", "mend"),
    [(errno.ENOSPC, "free some space"), (errno.EROFS, "mount the disk for writing"), (errno.EACCES, "make")],
)
def test_a_disk_that_takes_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, mend: str
) -> None:
    assert [check.ok for check in doctor._writable(tmp_path)] == [True]

    def refuse(**_: Any) -> Any:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    (found,) = doctor._writable(tmp_path)
    assert not found.ok
    assert (found.mend or "").startswith(mend)


def test_a_disk_that_is_nearly_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12 - 1000, 1000))
    assert not doctor._disk(tmp_path).ok


@pytest.mark.parametrize(
    ("content", "about"),
    [
        ({"operational.sqlite": b"no database at all" * 100}, "database"),
        ({"deployment.json": b"{"}, "home"),
    ],
)
def test_what_is_wrong_on_opening_is_named_for_what_it_is_about(
    tmp_path: Path, content: dict[str, bytes], about: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledger.store.engine import DatabaseUnusable

    (tmp_path / "home.json").write_text('{"version": 1, "rpc": "http://127.0.0.1:1"}')
    (tmp_path / "keys").mkdir(mode=0o700)
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    if about == "database":
        # The node is asked before the database is opened; here it is the database that says no.
        def refuse(*_: Any, **__: Any) -> Any:
            raise DatabaseUnusable("operational.sqlite", "file is not a database")

        monkeypatch.setattr("ledger.bootstrap.open_ledger", refuse)
    found = [check for check in examine(Session(tmp_path, None, None, True)) if not check.ok]
    assert [check.name for check in found] == [about]
    assert "restore" in (found[0].mend or "")
