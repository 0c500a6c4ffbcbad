"""The embedded chain in process: what it takes, what it refuses, what it remembers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from eth_hash.auto import keccak

from ledger.chain.embedded.blocks import Assembly
from ledger.chain.embedded.calls import CallRequest
from ledger.chain.embedded.chain import EmbeddedChain
from ledger.chain.embedded.errors import (
    BlockUnknown,
    CallFailed,
    CallReverted,
    ChainStoreUnreadable,
    Rule,
    TransactionRefused,
)
from ledger.chain.embedded.rules import BLOCK_GAS_ENOUGH, CHAIN_ID_MAX, CHAIN_ID_MIN, TRANSACTION_GAS_MAX
from ledger.chain.embedded.store import ChainStore
from tests.embedded_probe import Sender, calldata

START = 1_700_000_000


class Clock:
    """A wall clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def chain(tmp_path: Path, clock: Clock) -> Iterator[EmbeddedChain]:
    chain = EmbeddedChain.open(tmp_path / "chain.sqlite", clock=clock)
    yield chain
    chain.close()


@pytest.fixture
def sender(chain: EmbeddedChain) -> Sender:
    return Sender(chain.chain_id)


@pytest.fixture
def probe(chain: EmbeddedChain, sender: Sender) -> bytes:
    """The probe contract's address."""
    block = add(chain, sender.deploy()).block
    assert block is not None
    contract = block.transactions[0].contract
    assert contract is not None
    return contract


def add(chain: EmbeddedChain, *raws: bytes) -> Assembly:
    return chain.add_block([chain.decode(raw) for raw in raws])


def call(chain: EmbeddedChain, to: bytes, data: bytes, *, gas: int = TRANSACTION_GAS_MAX, value: int = 0) -> bytes:
    return chain.call(CallRequest(sender=b"\x11" * 20, to=to, data=data, gas=gas, value=value)).output


def words(output: bytes) -> list[int]:
    return [int.from_bytes(output[i : i + 32], "big") for i in range(0, len(output), 32)]


def test_a_new_chain_has_a_genesis_and_a_random_id(tmp_path: Path) -> None:
    ids = set()
    for name in ("one", "two", "three"):
        chain = EmbeddedChain.open(tmp_path / name)
        ids.add(chain.chain_id)
        assert chain.head.number == 0
        chain.close()
    assert len(ids) == 3
    assert all(CHAIN_ID_MIN <= chain_id <= CHAIN_ID_MAX for chain_id in ids)


def test_reopening_finds_everything(tmp_path: Path) -> None:
    path = tmp_path / "chain.sqlite"
    first = EmbeddedChain.open(path)
    sender = Sender(first.chain_id)
    deployed = add(first, sender.deploy()).block
    assert deployed is not None
    contract = deployed.transactions[0].contract
    assert contract is not None
    raw = sender.sign(contract, calldata("store", 7, 42))
    add(first, raw)
    head = first.head
    first.close()

    second = EmbeddedChain.open(path)
    assert second.chain_id == first.chain_id
    assert second.head == head
    assert second.head.number == 2
    assert second.nonce(sender.address) == 2
    assert words(call(second, contract, calldata("stored", 7))) == [42]
    stored = second.transaction_by_hash(keccak(raw))
    assert stored is not None
    assert (stored.block, stored.position, stored.status) == (2, 0, 1)
    assert add(second, sender.sign(contract, calldata("store", 8, 43))).block is not None
    second.close()


def test_a_chain_keeps_its_id(tmp_path: Path) -> None:
    EmbeddedChain.open(tmp_path / "c", chain_id=CHAIN_ID_MIN + 5).close()
    with pytest.raises(ChainStoreUnreadable, match=f"holds the chain {CHAIN_ID_MIN + 5}, not the chain 9"):
        EmbeddedChain.open(tmp_path / "c", chain_id=9)


def test_time_is_the_clocks_and_never_runs_back_or_ahead(
    chain: EmbeddedChain, clock: Clock, sender: Sender, probe: bytes
) -> None:
    assert chain.head.header.timestamp == START
    for value in range(20):
        add(chain, sender.sign(probe, calldata("store", 1, value)))
    assert chain.head.header.timestamp == START, "twenty quick blocks stay in their second"
    clock.now = START + 60
    add(chain, sender.sign(probe, calldata("store", 1, 1)))
    assert chain.head.header.timestamp == START + 60
    clock.now = START - 3600
    add(chain, sender.sign(probe, calldata("store", 1, 2)))
    assert chain.head.header.timestamp == START + 60, "a clock that is set back does not set the chain back"


def test_the_base_fee_stays_zero(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    for _ in range(3):
        raws = [sender.sign(probe, calldata("storeMany", n * 100, 80), gas=TRANSACTION_GAS_MAX) for n in range(4)]
        add(chain, *raws)
        header = chain.head.header
        assert header.base_fee_per_gas == 0
        assert header.gas_used * 2 < header.gas_limit
    # The most that a block can hold is less than half of its limit, whatever is offered.
    assert chain.head.header.gas_limit > (BLOCK_GAS_ENOUGH + TRANSACTION_GAS_MAX) * 2


def test_blocks_link_and_hash(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    add(chain, sender.sign(probe, calldata("store", 1, 1)))
    blocks = list(chain.blocks(0, 99))
    assert [b.number for b in blocks] == [0, 1, 2]
    for parent, child in pairwise(blocks):
        decoded = chain.block(child.number)
        assert decoded is not None
        assert decoded.header.parent_hash == parent.hash
        assert decoded.header.hash == child.hash == keccak(child.header)


def test_many_in_one_block(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    other = Sender(chain.chain_id, key=2)
    raws = []
    for n in range(10):
        raws.append(sender.sign(probe, calldata("store", n, n)))
        raws.append(other.sign(probe, calldata("store", 100 + n, n)))
    block = add(chain, *raws).block
    assert block is not None
    assert [t.position for t in block.transactions] == list(range(20))
    assert [t.log_first for t in block.transactions] == list(range(20))
    used = [t.gas_used for t in block.transactions]
    assert [t.gas_used_cumulative for t in block.transactions] == [sum(used[: n + 1]) for n in range(20)]
    assert block.header.gas_used == sum(used)
    assert words(call(chain, probe, calldata("count"))) == [20]


def test_a_block_that_has_enough_leaves_the_rest(chain: EmbeddedChain, sender: Sender) -> None:
    # An invalid operation uses all of its gas at once, which fills a block quickly.
    bombs = [sender.sign(None, b"\xfe", gas=BLOCK_GAS_ENOUGH // 4) for _ in range(6)]
    assembly = add(chain, *bombs)
    assert assembly.block is not None
    assert len(assembly.block.transactions) == 4
    assert [t.raw for t in assembly.postponed] == bombs[4:]
    assert chain.nonce(sender.address) == 4


REFUSALS = {
    "nonce_low": Rule.NONCE_TOO_LOW,
    "nonce_high": Rule.NONCE_TOO_HIGH,
    "funds": Rule.INSUFFICIENT_FUNDS,
    "price": Rule.INSUFFICIENT_FUNDS,
}


def test_a_bad_transaction_does_not_spoil_the_block(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    data = calldata("store", 1, 1)
    bad = {
        "nonce_low": Sender(chain.chain_id, key=1).sign(probe, data, nonce=0),
        "nonce_high": Sender(chain.chain_id, key=3).sign(probe, data, nonce=7),
        "funds": Sender(chain.chain_id, key=4).sign(probe, b"", value=1),
        "price": Sender(chain.chain_id, key=5).sign(probe, data, gasPrice=1),
    }
    good = [sender.sign(probe, calldata("store", n, n)) for n in range(4)]
    mixed = [raw for pair in zip(good, bad.values(), strict=True) for raw in pair]
    assembly = add(chain, *mixed)
    assert assembly.block is not None
    assert [t.raw for t in assembly.block.transactions] == good
    assert all(t.status == 1 for t in assembly.block.transactions)
    assert {h: e.rule for h, e in assembly.refused.items()} == {keccak(bad[n]): REFUSALS[n] for n in bad}
    # What was refused can be sent later, once it is in order.
    assert words(call(chain, probe, calldata("count"))) == [4]


def test_a_block_of_only_bad_transactions_is_not_made(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    head = chain.head
    assembly = add(chain, sender.sign(probe, nonce=99))
    assert assembly.block is None
    assert chain.head == head


def test_an_engine_failure_costs_only_the_offender(
    chain: EmbeddedChain, sender: Sender, probe: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledger.chain.embedded import rules

    other = Sender(chain.chain_id, key=2)
    good = [sender.sign(probe, calldata("store", 1, 5)), other.sign(probe, calldata("store", 2, 6))]
    offender = Sender(chain.chain_id, key=3)
    bad = offender.sign(probe, calldata("store", 3, 7))
    original = rules.State.apply_transaction

    def broken(self: rules.State, transaction: object) -> object:
        result = original(self, transaction)  # type: ignore[arg-type]
        if getattr(transaction, "sender", None) == offender.address:
            # After the transaction has changed the state, so that a careless builder would keep the change.
            raise RuntimeError("the engine broke")
        return result

    monkeypatch.setattr(rules.State, "apply_transaction", broken)
    assembly = add(chain, good[0], bad, good[1])
    assert assembly.block is not None
    assert [t.raw for t in assembly.block.transactions] == good
    assert assembly.refused[keccak(bad)].rule is Rule.INTERNAL
    assert words(call(chain, probe, calldata("stored", 3))) == [0]
    assert words(call(chain, probe, calldata("count"))) == [2]


def test_a_revert_is_in_the_block_without_effect(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    block = add(chain, sender.sign(probe, calldata("store", 1, 1001))).block
    assert block is not None
    assert (block.transactions[0].status, block.transactions[0].logs) == (0, "[]")
    assert words(call(chain, probe, calldata("count"))) == [0]
    assert chain.nonce(sender.address) == 2


def test_out_of_gas_is_in_the_block_without_effect(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    block = add(chain, sender.sign(probe, calldata("storeMany", 0, 50), gas=300_000)).block
    assert block is not None
    assert (block.transactions[0].status, block.transactions[0].gas_used) == (0, 300_000)


def test_legacy_and_access_list_transactions_cost_nothing(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    access_list = [{"address": "0x" + probe.hex(), "storageKeys": ["0x" + "00" * 31 + "01"]}]
    block = add(
        chain,
        sender.sign(probe, calldata("store", 1, 1), gasPrice=0),
        sender.sign(probe, calldata("store", 2, 2), type=1, gasPrice=0, accessList=access_list),
        sender.sign(probe, calldata("store", 3, 3)),
    ).block
    assert block is not None
    assert [t.status for t in block.transactions] == [1, 1, 1]
    assert chain.balance(sender.address) == 0


def refused(chain: EmbeddedChain, raw: bytes) -> Rule:
    with pytest.raises(TransactionRefused) as caught:
        chain.decode(raw)
    return caught.value.rule


def test_what_is_refused_by_its_bytes_alone(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    valid = sender.sign(probe, nonce=1)
    other = Sender(chain.chain_id + 1)
    assert refused(chain, b"") is Rule.MALFORMED
    assert refused(chain, b"\x02") is Rule.MALFORMED
    assert refused(chain, b"\x03" + valid[1:]) is Rule.TYPE
    assert refused(chain, b"\x00" + valid[1:]) is Rule.TYPE
    assert refused(chain, valid[:-1]) is Rule.MALFORMED
    assert refused(chain, valid + b"\x00") is Rule.MALFORMED
    assert refused(chain, b"\xc0") is Rule.MALFORMED
    assert refused(chain, other.sign(probe)) is Rule.CHAIN_ID
    assert refused(chain, other.sign(probe, gasPrice=0)) is Rule.CHAIN_ID
    assert refused(chain, sender.sign(probe, nonce=1, gas=TRANSACTION_GAS_MAX + 1)) is Rule.GAS_LIMIT
    assert refused(chain, sender.sign(probe, nonce=1, gas=20_000)) is Rule.INTRINSIC_GAS
    assert refused(chain, sender.sign(probe, nonce=1, maxFeePerGas=0, maxPriorityFeePerGas=1)) is Rule.TIP_ABOVE_FEE_CAP


def test_a_transaction_without_a_chain_id_is_refused(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    legacy: dict[str, Any] = {"nonce": 1, "gasPrice": 0, "gas": 100_000, "to": probe, "value": 0, "data": b""}
    raw = bytes(sender.account.sign_transaction(legacy).raw_transaction)
    assert refused(chain, raw) is Rule.UNPROTECTED


def test_an_altered_transaction_has_another_sender(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    raw = sender.sign(probe, calldata("store", 1, 1), nonce=1)
    altered = raw.replace(calldata("store", 1, 1), calldata("store", 1, 2))
    assert altered != raw
    # Some signer can be recovered for nearly any bytes; it is somebody without the sender's rights.
    assert chain.decode(altered).sender != sender.address


def test_the_mirrored_signature_is_refused(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    import rlp
    from eth.constants import SECPK1_N

    raw = sender.sign(probe, calldata("store", 1, 1), nonce=1)
    fields = rlp.decode(raw[1:])
    fields[-1] = (SECPK1_N - int.from_bytes(fields[-1], "big")).to_bytes(32, "big")
    fields[-3] = b"" if fields[-3] else b"\x01"
    assert refused(chain, b"\x02" + rlp.encode(fields)) is Rule.SIGNATURE


def test_a_transaction_on_the_chain_is_known(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    raw = sender.sign(probe, calldata("store", 1, 1))
    add(chain, raw)
    with pytest.raises(TransactionRefused, match=r"already known: transaction 0x\w+ is in block 2"):
        chain.decode(raw)


def test_a_custom_error_comes_back_with_its_values(chain: EmbeddedChain, probe: bytes) -> None:
    with pytest.raises(CallReverted) as caught:
        call(chain, probe, calldata("store", 1, 5000))
    selector = keccak(b"ValueTooHigh(address,uint256,uint256)")[:4]
    assert caught.value.output[:4] == selector
    assert words(caught.value.output[4:]) == [int.from_bytes(b"\x11" * 20, "big"), 5000, 1000]


def test_a_reason_comes_back_in_words(chain: EmbeddedChain, probe: bytes) -> None:
    with pytest.raises(CallReverted, match=r"^execution reverted: not today$"):
        call(chain, probe, calldata("refuse"))


def test_a_call_that_runs_out_of_gas_fails(chain: EmbeddedChain, probe: bytes) -> None:
    with pytest.raises(CallFailed, match="out of gas"):
        call(chain, probe, calldata("spin"), gas=200_000)
    with pytest.raises(CallFailed, match="intrinsic gas too low: gas 21000"):
        call(chain, probe, calldata("spin"), gas=21_000)


def test_a_call_without_the_value_fails(chain: EmbeddedChain, probe: bytes) -> None:
    with pytest.raises(CallFailed, match="Insufficient funds"):
        call(chain, probe, b"", value=1)


def test_a_call_changes_nothing(chain: EmbeddedChain, probe: bytes) -> None:
    before = chain.head
    call(chain, probe, calldata("store", 1, 77))
    assert words(call(chain, probe, calldata("stored", 1))) == [0]
    assert chain.head == before


def test_a_call_now_sees_the_block_that_would_be_made(chain: EmbeddedChain, clock: Clock, probe: bytes) -> None:
    clock.now = START + 500
    number, time, base_fee, chain_id, parent, sender = words(call(chain, probe, calldata("context")))
    assert (number, time, base_fee, chain_id) == (2, START + 500, 0, chain.chain_id)
    assert parent == int.from_bytes(chain.head.stored.hash, "big")
    assert sender == int.from_bytes(b"\x11" * 20, "big")


def test_a_call_at_an_old_block_sees_that_block(
    chain: EmbeddedChain, clock: Clock, sender: Sender, probe: bytes
) -> None:
    for value in (10, 20, 30):
        clock.now += 100
        add(chain, sender.sign(probe, calldata("store", 1, value)))
    seen = {}
    for number in (1, 2, 3, 4):
        output = chain.call(CallRequest(sender=b"\x11" * 20, to=probe, data=calldata("stored", 1)), number).output
        context = chain.call(CallRequest(sender=b"\x11" * 20, to=probe, data=calldata("context")), number).output
        seen[number] = (words(output)[0], words(context)[0], words(context)[1])
    assert seen == {
        1: (0, 1, START),
        2: (10, 2, START + 100),
        3: (20, 3, START + 200),
        4: (30, 4, START + 300),
    }
    with pytest.raises(BlockUnknown, match=r"block 5 is not on this chain; its head is block 4"):
        chain.call(CallRequest(sender=b"\x11" * 20, to=probe, data=b""), 5)


@pytest.mark.parametrize("data", [calldata("storeMany", 0, 30), calldata("make"), calldata("dig", 5)])
def test_an_estimate_is_enough_and_not_much_more(
    chain: EmbeddedChain, sender: Sender, probe: bytes, data: bytes
) -> None:
    estimate = chain.estimate_gas(CallRequest(sender=sender.address, to=probe, data=data))
    block = add(chain, sender.sign(probe, data, gas=estimate)).block
    assert block is not None
    assert block.transactions[0].status == 1
    assert block.transactions[0].gas_used <= estimate <= block.transactions[0].gas_used * 1.1 + 5000


def test_an_estimate_allows_for_refunds(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    add(chain, sender.sign(probe, calldata("storeMany", 0, 30)))
    data = calldata("clear", 0, 30)
    estimate = chain.estimate_gas(CallRequest(sender=sender.address, to=probe, data=data))
    block = add(chain, sender.sign(probe, data, gas=estimate)).block
    assert block is not None
    assert block.transactions[0].status == 1
    assert block.transactions[0].gas_used < estimate


def test_an_estimate_of_a_plain_transfer_is_exact(chain: EmbeddedChain, sender: Sender) -> None:
    assert chain.estimate_gas(CallRequest(sender=sender.address, to=b"\x22" * 20, data=b"")) >= 21_000
    assert add(chain, sender.sign(b"\x22" * 20, gas=21_000)).block is not None


def test_an_estimate_of_what_fails_says_why(chain: EmbeddedChain, probe: bytes) -> None:
    with pytest.raises(CallReverted, match="not today"):
        chain.estimate_gas(CallRequest(sender=b"\x11" * 20, to=probe, data=calldata("refuse")))


def test_contracts_may_call_each_other_deeply(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    # 63/64 of the gas goes down each level, so the gas runs out long before the depth of 1,024 does.
    assert words(call(chain, probe, calldata("dig", 200))) == [200]


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"not a database at all, and long enough to be looked at as one" * 20)
    with pytest.raises(ChainStoreUnreadable, match="not a database"):
        EmbeddedChain.open(tmp_path / "text")
    import sqlite3

    connection = sqlite3.connect(tmp_path / "other")
    connection.execute("CREATE TABLE things (name TEXT)")
    connection.commit()
    connection.close()
    with pytest.raises(ChainStoreUnreadable, match="database of something else"):
        EmbeddedChain.open(tmp_path / "other")


def test_a_later_schema_is_refused(tmp_path: Path) -> None:
    EmbeddedChain.open(tmp_path / "c").close()
    store = ChainStore(tmp_path / "c")
    store._writer.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(ChainStoreUnreadable, match="schema is version 99, this program reads versions up to 1"):
        EmbeddedChain.open(tmp_path / "c")


def test_a_damaged_head_is_refused(tmp_path: Path) -> None:
    EmbeddedChain.open(tmp_path / "c").close()
    store = ChainStore(tmp_path / "c")
    store._writer.execute("UPDATE blocks SET header = x'00'")
    store.close()
    with pytest.raises(ChainStoreUnreadable, match="the header of its head, block 0, does not match its hash"):
        EmbeddedChain.open(tmp_path / "c")


def test_a_block_is_seen_whole_or_not_at_all(chain: EmbeddedChain, sender: Sender, probe: bytes) -> None:
    before = chain.head
    raw = sender.sign(probe, calldata("store", 1, 1))
    add(chain, raw)
    after = chain.head
    # The moment between a block's being on disk and its being the head, held still.
    chain._head = before
    assert chain.transaction_by_hash(keccak(raw)) is None
    assert chain.block(after.stored.hash) is None
    assert chain.block(after.number) is None
    assert list(chain.logs_between(0, 99)) == list(chain.logs_between(0, before.number))
    chain._head = after
    assert chain.transaction_by_hash(keccak(raw)) is not None
    assert chain.block(after.stored.hash) == after
