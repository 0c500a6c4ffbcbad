"""The relay on go-ethereum: what only a real pool does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.chain.connection import Connection
from ledger.chain.funds import ensure_funds
from ledger.chain.signers import LocalSigner
from ledger.relay import Relay
from ledger.relay.fees import Fees
from ledger.relay.sending import STUCK_SECONDS
from ledger.store.operational import OperationalStore, OperationState
from tests.network_fixtures import module_network, network, world
from tests.network_world import OBSERVER, RunningNetwork
from tests.relay_fixtures import Clock
from tests.relay_world import World

pytestmark = [pytest.mark.network, pytest.mark.slow]

# Fixtures are found by their names in the module.
__all__ = ["module_network", "network", "world"]

WAIT_SECONDS = 60.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OperationalStore]:
    with OperationalStore(tmp_path / "operational.sqlite") as store:
        yield store


def until(so: Callable[[], bool], work: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not so():
        assert time.monotonic() < deadline
        work()
        time.sleep(0.2)


def test_a_transaction_that_no_validator_takes_is_replaced(
    network: RunningNetwork, world: World, store: OperationalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction without a tip stays on the node that got it; the same command with one goes round."""
    url = next(node.url for node in network.network.nodes if node.name == OBSERVER)
    clock, signer = Clock(), LocalSigner.create()
    with Connection(url, timeout_seconds=10) as node:
        ensure_funds(node, [signer.address])
        relay = Relay(node, world.deployment, store, signer, confirmation_depth=2, clock=clock)
        commands = [world.signed(world.proposal(f"stuck {number}")) for number in range(3)]
        ids = [relay.accept(signed).id for signed in commands]
        with monkeypatch.context() as tipless:
            tipless.setattr(Fees, "fields", lambda _: {"maxPriorityFeePerGas": 0, "maxFeePerGas": 0})
            relay.run_once()
        assert {store.outbox.get(each).state for each in ids} == {OperationState.SENT}
        first = {each: store.outbox.get(each).transaction for each in ids}
        head = node.head().number
        until(lambda: node.head().number > head + 3, relay.run_once)
        assert {store.outbox.get(each).state for each in ids} == {OperationState.SENT}
        assert relay.tally.replaced == 0

        clock.ahead = STUCK_SECONDS
        until(lambda: relay.tally.replaced > 0, relay.run_once)
        clock.ahead = 0
        until(lambda: all(store.outbox.get(each).state.ended for each in ids), relay.run_once)
        assert relay.recheck() == 0
    for each, signed in zip(ids, commands, strict=True):
        ended = store.outbox.get(each)
        assert (ended.state, ended.transaction != first[each]) == (OperationState.CONFIRMED, True)
        assert [found["transactionHash"] for found in world.executions(signed)] == [ended.transaction]
    assert relay.tally.replaced == 3
    assert relay.tally.put_back == 0
