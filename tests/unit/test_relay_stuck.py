"""The relay where transactions get stuck, blocks are reorganised away, and one command would hold up the others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.chain.connection import NodeAnswerInvalid, NodeRefused
from ledger.relay import Relay
from ledger.relay.fees import Fees, offered_fees, offered_gas
from ledger.relay.sending import STUCK_BLOCKS, STUCK_SECONDS
from ledger.store.operational import QUARANTINE_ATTEMPTS, Claim, OperationalStore
from tests.databases import Place
from tests.pool_node import DEPLOYMENT, KEY, NOW, PoolNode, accept, nonces, read_transaction, states


@pytest.fixture
def store(place: Place) -> Iterator[OperationalStore]:
    with OperationalStore(place("operational")) as store:
        yield store


@pytest.fixture
def node() -> PoolNode:
    return PoolNode()


@pytest.fixture
def clock() -> list[int]:
    return [NOW]


def relay_of(node: PoolNode, store: OperationalStore, clock: list[int], depth: int = 0) -> Relay:
    return Relay(node, DEPLOYMENT, store, KEY, confirmation_depth=depth, clock=lambda: clock[0])


@pytest.fixture
def relay(node: PoolNode, store: OperationalStore, clock: list[int]) -> Relay:
    return relay_of(node, store, clock)


def pass_by(relay: Relay, node: PoolNode, clock: list[int], blocks: int = STUCK_BLOCKS) -> None:
    """Blocks without our transactions, long after these were sent."""
    clock[0] += STUCK_SECONDS
    relay.run_once()
    node.number += blocks
    relay.run_once()


# --- stuck


def test_a_stuck_transaction_is_replaced_under_its_nonce_for_more(
    relay: Relay, node: PoolNode, store: OperationalStore, clock: list[int]
) -> None:
    ids = accept(store, 2)
    relay.run_once()
    before = {nonce: read_transaction(raw) for nonce, raw in node.pool.items()}
    pass_by(relay, node, clock)
    after = {nonce: read_transaction(raw) for nonce, raw in node.pool.items()}
    assert after.keys() == before.keys() == {0, 1}
    for nonce, sent in after.items():
        assert sent["gas"] == before[nonce]["gas"]
        for fee in ("maxPriorityFeePerGas", "maxFeePerGas"):
            assert 10 * sent[fee] >= 11 * before[nonce][fee]
    node.make_block()
    relay.run_once()
    assert states(store, ids) == ["confirmed"] * 2


def test_where_the_replaced_one_came_into_the_block_after_all(
    relay: Relay, node: PoolNode, store: OperationalStore, clock: list[int]
) -> None:
    (id_,) = accept(store, 1)
    relay.run_once()
    old = dict(node.pool)
    pass_by(relay, node, clock)
    assert node.pool != old
    node.pool = old
    node.make_block()
    (hashed,) = node.mined
    node.used = True
    node.logs = [
        {"transactionHash": hashed, "blockNumber": hex(node.number), "blockHash": node.block_hash(node.number)}
    ]
    node.shown[hashed] = "0x" + store.outbox.in_flight()[0].call_data.hex()
    relay.run_once()
    ended = store.outbox.get(id_)
    assert (ended.state.value, ended.transaction) == ("confirmed", hashed)


def test_a_replacement_that_the_node_does_not_take_changes_nothing(
    relay: Relay, node: PoolNode, store: OperationalStore, clock: list[int]
) -> None:
    (id_,) = accept(store, 1)
    relay.run_once()
    old = dict(node.pool)
    node.refusals[0] = NodeRefused("eth_sendRawTransaction", -32000, "replacement transaction underpriced")
    pass_by(relay, node, clock)
    assert (node.pool, states(store, [id_])) == (old, ["sent"])
    relay.run_once()
    assert (node.pool, states(store, [id_])) == (old, ["sent"])


def test_money_does_not_move_a_chain_that_makes_no_blocks(
    relay: Relay, node: PoolNode, store: OperationalStore, clock: list[int]
) -> None:
    accept(store, 1)
    relay.run_once()
    before = dict(node.pool)
    for _ in range(5):
        pass_by(relay, node, clock, blocks=0)
    assert node.pool == before


def test_what_is_offered_rises_to_a_limit(
    relay: Relay, node: PoolNode, store: OperationalStore, clock: list[int]
) -> None:
    accept(store, 1)
    relay.run_once()
    for _ in range(40):
        pass_by(relay, node, clock)
    offered = read_transaction(node.pool[0])["maxFeePerGas"]
    assert 10 * node.gas_price <= offered < 13 * node.gas_price


@pytest.mark.parametrize("base_fee", [7, None])
def test_what_a_transaction_offers_is_read_back(
    relay: Relay, node: PoolNode, store: OperationalStore, base_fee: int | None
) -> None:
    node.base_fee = base_fee
    accept(store, 1)
    signed = KEY.sign_transaction(
        {
            "chainId": DEPLOYMENT.chain_id,
            "nonce": 300,
            "to": DEPLOYMENT.addresses["Administration"],
            "value": 0,
            "data": "0x01",
            "gas": 99_000,
            **Fees(1_000, base_fee, 1).fields(),
        }
    )[0]
    assert (offered_fees(signed), offered_gas(signed)) == (Fees(1_000, base_fee, 1).fields(), 99_000)


def test_free_gas_cannot_be_raised() -> None:
    assert Fees(0, 0, 1).raised({"gasPrice": 0}) is None
    # The chain came to ask in another way since: the old kind of offer cannot be compared.
    assert Fees(5, 1, 1).raised({"gasPrice": 5}) is None


# --- reorganised


def test_a_block_is_believed_when_enough_stand_on_it(node: PoolNode, store: OperationalStore, clock: list[int]) -> None:
    relay = relay_of(node, store, clock, depth=2)
    ids = accept(store, 1)
    relay.run_once()
    node.make_block()
    for expected in ("sent", "sent", "confirmed"):
        relay.run_once()
        assert states(store, ids) == [expected]
        node.make_block()
    ended = store.outbox.get(ids[0])
    assert (ended.block_number, ended.block_hash) == (11, node.block_hash(11))


@pytest.mark.parametrize("keep", [True, False])
def test_a_transaction_whose_block_goes_comes_again(
    node: PoolNode, store: OperationalStore, clock: list[int], keep: bool
) -> None:
    relay = relay_of(node, store, clock, depth=2)
    ids = accept(store, 3)
    relay.run_once()
    node.make_block()
    relay.run_once()
    node.reorganise(1, keep=keep)
    relay.run_once()
    assert states(store, ids) == ["sent"] * 3
    assert sorted(node.pool) == [0, 1, 2]
    for _ in range(3):
        node.make_block()
    relay.run_once()
    assert states(store, ids) == ["confirmed"] * 3


def test_a_reorganisation_below_what_was_final_is_noticed(
    relay: Relay, node: PoolNode, store: OperationalStore, caplog: pytest.LogCaptureFixture
) -> None:
    ids = accept(store, 2)
    relay.run_once()
    node.make_block()
    relay.run_once()
    assert states(store, ids) == ["confirmed"] * 2
    assert relay.recheck() == 0
    node.make_block()
    assert relay.recheck() == 0
    node.reorganise(2, keep=False)
    assert relay.recheck() == 2
    assert "2 operations had ended in blocks that are no more" in caplog.text
    assert states(store, ids) == ["accepted"] * 2
    assert store.outbox.get(ids[0]).block_hash is None
    relay.run_once()
    node.make_block()
    relay.run_once()
    assert states(store, ids) == ["confirmed"] * 2
    assert relay.recheck() == 0


def test_a_lagging_node_says_nothing_about_blocks_that_it_lacks(
    relay: Relay, node: PoolNode, store: OperationalStore
) -> None:
    ids = accept(store, 1)
    relay.run_once()
    node.make_block()
    relay.run_once()
    node.number -= 1
    assert relay.recheck() == 0
    assert states(store, ids) == ["confirmed"]
    # The block that comes in its place is found all the same.
    node.reorganise(0)
    node.branches[11] = 1
    node.number += 1
    assert relay.recheck() == 1


# --- quarantined


def test_one_that_always_fails_is_tried_behind_all_others(
    relay: Relay, node: PoolNode, store: OperationalStore, clock: list[int]
) -> None:
    (poison,) = accept(store, 1)
    for _ in range(QUARANTINE_ATTEMPTS):
        store.outbox.put_back([poison], "oversized data", NOW)
    assert relay.backlog().quarantined == 1
    others = accept(store, 3, first=1)
    relay.run_once()
    carried = {each.operation.id: each.nonce for each in store.outbox.in_flight()}
    assert [carried[each] for each in (*others, poison)] == [0, 1, 2, 3]


def test_one_that_the_node_cannot_even_answer_takes_no_other_down(
    relay: Relay, node: PoolNode, store: OperationalStore, clock: list[int]
) -> None:
    ids = accept(store, 4)
    node.garbled = (2).to_bytes(32, "big") * 5
    relay.run_once()
    assert states(store, ids) == ["sent", "sent", "accepted", "sent"]
    for _ in range(20):
        clock[0] += 1
        relay.run_once()
        node.make_block()
    assert states(store, ids) == ["confirmed", "confirmed", "accepted", "confirmed"]
    assert relay.backlog().quarantined == 1
    later = accept(store, 1, first=4)
    relay.run_once()
    node.make_block()
    relay.run_once()
    assert states(store, later) == ["confirmed"]


def test_a_node_that_takes_none_is_asked_again_soon(
    relay: Relay, node: PoolNode, store: OperationalStore, clock: list[int]
) -> None:
    ids = accept(store, 3)
    node.refusals = {nonce: NodeRefused("eth_sendRawTransaction", -32000, "disk full") for nonce in range(3)}
    for _ in range(40):
        relay.run_once()
        clock[0] += 1
    node.refusals = {}
    for _ in range(4):
        relay.run_once()
        clock[0] += 1
    assert sorted(node.pool) == [0, 1, 2]
    node.make_block()
    relay.run_once()
    assert states(store, ids) == ["confirmed"] * 3


def test_a_node_that_garbles_everything_is_waited_for(relay: Relay, node: PoolNode, store: OperationalStore) -> None:
    ids = accept(store, 3)
    node.garbled = b"\xaa\xbb\xcc\xdd"
    with pytest.raises(NodeAnswerInvalid):
        relay.run_once()
    node.garbled = None
    relay.run_once()
    node.make_block()
    relay.run_once()
    assert states(store, ids) == ["confirmed"] * 3


# --- two relays at once


def test_a_nonce_and_an_operation_are_claimed_once(store: OperationalStore) -> None:
    """A relay that was asleep past its lease wakes beside its successor."""
    ids = accept(store, 3)
    first = [Claim(ids[0], KEY.address, 5, "0x01", b"one"), Claim(ids[1], KEY.address, 6, "0x02", b"two")]
    assert store.outbox.claim(first, NOW) == first
    again = Claim(ids[0], KEY.address, 7, "0x03", b"again")
    same_nonce = Claim(ids[2], KEY.address, 6, "0x04", b"late")
    other_key = Claim(ids[2], DEPLOYMENT.addresses["Administration"], 6, "0x05", b"other")
    assert store.outbox.claim([again, same_nonce], NOW) == []
    assert nonces(store) == [5, 6]
    assert store.outbox.claim([again, other_key], NOW) == [other_key]
    assert [each.raw for each in store.outbox.in_flight() if each.nonce == 5] == [b"one"]
