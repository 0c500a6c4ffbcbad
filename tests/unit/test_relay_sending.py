"""The relay against a node with a pool, prices and moods: what the embedded chain never does, and others do."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ledger.chain.connection import NodeRefused
from ledger.domain.enums import Role
from ledger.domain.refusals.commands import CommandAlreadyExecuted, CommandRoleMissing
from ledger.relay import Relay
from ledger.relay.fees import Fees
from ledger.store.operational import OperationalStore, OperationState
from tests.pool_node import DEPLOYMENT, KEY, NOW, SIGNER, PoolNode, accept, nonces, read_transaction, states


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OperationalStore]:
    with OperationalStore(tmp_path / "operational.sqlite") as store:
        yield store


@pytest.fixture
def node() -> PoolNode:
    return PoolNode()


@pytest.fixture
def clock() -> list[int]:
    return [NOW]


@pytest.fixture
def relay(node: PoolNode, store: OperationalStore, clock: list[int]) -> Relay:
    return Relay(node, DEPLOYMENT, store, KEY, clock=lambda: clock[0])


# --- what is paid


@pytest.mark.parametrize(
    ("fees", "fields"),
    [
        (Fees(0, 0, 10**9), {"gasPrice": 0}),
        (Fees(0, None, 10**9), {"gasPrice": 0}),
        (Fees(5, None, 10**9), {"gasPrice": 5}),
        (Fees(107, 100, 10**9), {"maxPriorityFeePerGas": 7, "maxFeePerGas": 207}),
        (Fees(100, 100, 10**9), {"maxPriorityFeePerGas": 1, "maxFeePerGas": 201}),
    ],
)
def test_what_a_transaction_offers(fees: Fees, fields: dict[str, int]) -> None:
    assert fees.fields() == fields


@pytest.mark.parametrize(("price", "limit", "free"), [(0, 10**9, True), (0, 30_000_000, False), (1, 10**9, False)])
def test_gas_is_free_where_it_costs_nothing_and_blocks_are_large(price: int, limit: int, free: bool) -> None:
    assert Fees(price, 0, limit).gas_is_free is free


def test_gas_that_costs_is_estimated_with_a_margin(relay: Relay, node: PoolNode, store: OperationalStore) -> None:
    accept(store, 1)
    relay.run_once()
    sent = read_transaction(node.pool[0])
    assert (sent["gas"], sent["maxPriorityFeePerGas"], sent["maxFeePerGas"]) == (169_000, 10**9, 10**9 + 14)
    assert node.gas_asked[0]["from"] == KEY.address


# --- nonces


def test_many_wait_in_the_pool_and_end_with_their_block(relay: Relay, node: PoolNode, store: OperationalStore) -> None:
    ids = accept(store, 5)
    relay.run_once()
    assert states(store, ids) == ["sent"] * 5
    assert sorted(node.pool) == [0, 1, 2, 3, 4]
    assert relay.run_once().moved == 0
    later = accept(store, 1, first=5)
    relay.run_once()
    assert sorted(node.pool) == [0, 1, 2, 3, 4, 5]
    node.make_block()
    relay.run_once()
    assert states(store, ids + later) == ["confirmed"] * 6


def test_a_node_that_forgot_its_pool_gets_the_same_bytes_again(
    relay: Relay, node: PoolNode, store: OperationalStore
) -> None:
    ids = accept(store, 3)
    relay.run_once()
    before = dict(node.pool)
    node.pool.clear()
    relay.run_once()
    assert node.pool == before
    node.make_block()
    relay.run_once()
    assert states(store, ids) == ["confirmed"] * 3


def test_a_hole_is_filled_by_the_next_operation(relay: Relay, node: PoolNode, store: OperationalStore) -> None:
    node.refusals[0] = NodeRefused("eth_sendRawTransaction", -32000, "nonce of a mood")
    ids = accept(store, 1)
    relay.run_once()
    assert states(store, ids) == ["accepted"]
    node.refusals.clear()
    relay.run_once()
    assert sorted(node.pool) == [0]


def test_those_above_a_hole_that_nothing_fills_are_signed_anew(
    relay: Relay, node: PoolNode, store: OperationalStore, clock: list[int]
) -> None:
    ids = accept(store, 3)
    node.refusals[0] = NodeRefused("eth_sendRawTransaction", -32000, "insufficient funds for gas * price + value")
    relay.run_once()
    # The first waits for its time; the pool keeps the others, above a hole.
    assert states(store, ids) == ["accepted", "sent", "sent"]
    node.refusals.clear()
    relay.run_once()
    assert states(store, ids) == ["accepted", "accepted", "accepted"]
    node.pool.clear()
    relay.run_once()
    assert nonces(store) == [0, 1]
    clock[0] += 2
    relay.run_once()
    node.make_block()
    relay.run_once()
    assert states(store, ids) == ["confirmed"] * 3
    assert node.count == 3


def test_the_window_bounds_what_is_under_way(relay: Relay, node: PoolNode, store: OperationalStore) -> None:
    ids = accept(store, 270)
    while relay.run_once().moved:
        pass
    assert len(node.pool) == 256
    node.make_block()
    while relay.run_once().moved:
        pass
    node.make_block()
    relay.run_once()
    assert set(states(store, ids)) == {"confirmed"}


# --- endings


def test_a_transaction_that_fails_for_no_reason_is_tried_three_times(
    relay: Relay, node: PoolNode, store: OperationalStore
) -> None:
    (id_,) = accept(store, 1)
    for attempt in range(3):
        relay.run_once()
        assert states(store, [id_]) == ["sent"], attempt
        node.make_block(succeed=False)
        # The next round finds the failure, and sends again at once where it is worth it.
    relay.run_once()
    ended = store.outbox.get(id_)
    assert ended.state is OperationState.REFUSED
    assert ended.refusal is not None
    assert ended.refusal["slug"] == "call-failed-silently"
    assert node.count == 3


def test_a_revert_is_told_in_the_contracts_words(relay: Relay, node: PoolNode, store: OperationalStore) -> None:
    ids = accept(store, 1)
    relay.run_once()
    node.make_block(succeed=False)
    node.simulated = CommandRoleMissing(4, Role.AUDITOR)
    relay.run_once()
    ended = store.outbox.get(ids[0])
    assert (ended.state, ended.block_number) == (OperationState.REFUSED, 11)
    assert ended.refusal == {
        "slug": "command-role-missing",
        "error": "CommandRoleMissing",
        "message": str(node.simulated),
        "values": {"government": 4, "role": "auditor"},
    }


def test_a_revert_without_words_is_told_as_that(relay: Relay, node: PoolNode, store: OperationalStore) -> None:
    ids = accept(store, 1)
    relay.run_once()
    node.make_block(succeed=False)
    node.simulated = NodeRefused("eth_call", 3, "execution reverted")
    relay.run_once()
    ended = store.outbox.get(ids[0])
    assert ended.state is OperationState.REFUSED
    assert ended.refusal is not None
    assert "execution reverted" in ended.refusal["message"]


def test_a_refused_estimate_is_believed_the_second_time_and_costs_nothing(
    relay: Relay, node: PoolNode, store: OperationalStore, clock: list[int]
) -> None:
    ids = accept(store, 1)
    node.gas_estimate = CommandAlreadyExecuted(SIGNER, 1)
    relay.run_once()
    assert states(store, ids) == ["accepted"]
    clock[0] += 5
    relay.run_once()
    assert states(store, ids) == ["refused"]
    assert node.pool == {}


def test_an_execution_that_the_node_does_not_show_is_waited_for(
    relay: Relay, node: PoolNode, store: OperationalStore, caplog: pytest.LogCaptureFixture
) -> None:
    ids = accept(store, 1)
    relay.run_once()
    node.make_block(succeed=False)
    node.used = True
    with caplog.at_level(logging.WARNING, "ledger.relay"):
        relay.run_once()
    assert "does not show where" in caplog.text
    behind = accept(store, 1, first=1)
    node.used = False
    relay.run_once()
    node.make_block()
    node.used = True
    relay.run_once()
    assert states(store, ids + behind)[1] == "confirmed"


def test_a_receipt_that_the_node_cannot_give_is_asked_for_again(
    relay: Relay, node: PoolNode, store: OperationalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = accept(store, 1)
    relay.run_once()
    node.make_block()
    honest = node.call

    def moody(method: str, *params: Any) -> Any:
        if method == "eth_getTransactionReceipt":
            raise NodeRefused(method, -32000, "indexing")
        return honest(method, *params)

    monkeypatch.setattr(node, "call", moody)
    relay.run_once()
    assert states(store, ids) == ["sent"]
    monkeypatch.undo()
    relay.run_once()
    assert states(store, ids) == ["confirmed"]


def test_nothing_ends_the_loop_but_the_word_to_stop(
    relay: Relay, node: PoolNode, store: OperationalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.relay.relay.TROUBLE_SECONDS_MAX", 0.01)
    ids = accept(store, 1)
    honest = node.batch
    failures = iter([ValueError("a mistake of the program"), NodeRefused("x", -1, "a mood")])

    def moody(requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        failure = next(failures, None)
        if failure is not None:
            raise failure
        return honest(requests)

    monkeypatch.setattr(node, "batch", moody)
    stop = threading.Event()
    loop = threading.Thread(target=relay.run, args=(stop,))
    loop.start()
    try:
        until = time.monotonic() + 20
        while not node.pool and time.monotonic() < until:
            time.sleep(0.01)
        assert loop.is_alive()
        assert states(store, ids) == ["sent"]
    finally:
        stop.set()
        loop.join(timeout=20)
    assert not loop.is_alive()
    assert store.lease("relay").hold(NOW)
