"""Fixtures of the tests of the relay: a ledger per module, and for each test a store, a troubled node and a relay."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.chain.signers import LocalSigner
from ledger.relay import Relay
from ledger.store.operational import OperationalStore
from tests.relay_world import TroubledNode, World, open_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("home")) as world:
        yield world


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OperationalStore]:
    with OperationalStore(tmp_path / "operational.sqlite") as store:
        yield store


class Clock:
    """Wall-clock seconds that a test can put forward."""

    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def node(world: World) -> TroubledNode:
    return TroubledNode(world.node)


@pytest.fixture
def relay(world: World, store: OperationalStore, node: TroubledNode, clock: Clock) -> Relay:
    # A new key for each test: the chain outlives them, and with it each key's nonces.
    return Relay(node, world.deployment, store, LocalSigner.create(), clock=clock)


def finish(relay: Relay) -> None:
    """Rounds until nothing moves."""
    while relay.run_once().moved:
        pass
