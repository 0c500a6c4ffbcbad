"""The embedded node through an ordinary Ethereum client, and through plain HTTP where a client would hide things."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_hash.auto import keccak
from eth_typing import Hash32
from web3 import HTTPProvider, Web3
from web3.contract import Contract
from web3.exceptions import (
    BlockNotFound,
    ContractCustomError,
    ContractLogicError,
    TransactionNotFound,
)

from ledger.chain.embedded.client import NodeInfo, ensure_node, find_node, stop_node
from tests.embedded_probe import ABI, Sender, calldata

NOBODY = Hash32(b"\x01" * 32)
"""The hash of nothing on the chain."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def node(home: Path) -> Iterator[NodeInfo]:
    yield ensure_node(home, idle_exit=120)
    stop_node(home)


@pytest.fixture(scope="module")
def web3(node: NodeInfo) -> Iterator[Web3]:
    provider = HTTPProvider(node.url)
    yield Web3(provider)
    provider._request_session_manager.session_cache.clear()


@pytest.fixture(scope="module")
def http(node: NodeInfo) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=node.url, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture
def sender(web3: Web3) -> Sender:
    """A sender nobody has used yet."""
    return Sender(web3.eth.chain_id, key=int.from_bytes(os.urandom(16), "big"))


@pytest.fixture
def probe(web3: Web3, sender: Sender) -> Contract:
    """The probe contract, deployed anew."""
    receipt = web3.eth.wait_for_transaction_receipt(web3.eth.send_raw_transaction(sender.deploy()))
    assert receipt["status"] == 1
    assert receipt["contractAddress"] is not None
    return web3.eth.contract(address=receipt["contractAddress"], abi=ABI)


def at(probe: Contract) -> bytes:
    return bytes.fromhex(probe.address[2:])


def rpc(http: httpx.Client, method: str, *params: Any) -> dict[str, Any]:
    answer = http.post("/", json={"jsonrpc": "2.0", "id": 7, "method": method, "params": list(params)}).json()
    assert (answer["jsonrpc"], answer["id"]) == ("2.0", 7)
    assert isinstance(answer, dict)
    return answer


def result(http: httpx.Client, method: str, *params: Any) -> Any:
    answer = rpc(http, method, *params)
    assert "error" not in answer, answer
    return answer["result"]


def error(http: httpx.Client, method: str, *params: Any) -> tuple[int, str]:
    answer = rpc(http, method, *params)
    assert "result" not in answer, answer
    return answer["error"]["code"], answer["error"]["message"]


# web3.py, as it comes


def test_who_is_there(web3: Web3, node: NodeInfo) -> None:
    assert web3.is_connected()
    assert web3.eth.chain_id == node.chain_id
    assert web3.net.version == str(node.chain_id)
    assert "embedded" in web3.client_version
    assert web3.eth.syncing is False
    assert list(web3.eth.accounts) == []
    assert web3.eth.gas_price == 0
    assert web3.eth.max_priority_fee == 0


def test_deploy_send_and_read_back(web3: Web3, sender: Sender, probe: Contract) -> None:
    raw = sender.sign(at(probe), calldata("store", 5, 6))
    sent = web3.eth.send_raw_transaction(raw)
    assert sent == keccak(raw)
    # No waiting: an answered hash is on the chain.
    receipt = web3.eth.get_transaction_receipt(sent)
    assert receipt["status"] == 1
    assert receipt["from"] == sender.account.address
    assert receipt["to"] == probe.address
    assert receipt["effectiveGasPrice"] == 0
    assert web3.eth.get_transaction_count(sender.account.address) == 2
    assert probe.functions.stored(5).call() == 6
    (event,) = probe.events.Stored().process_receipt(receipt)
    assert dict(event["args"]) == {"slot": 5, "value": 6, "note": calldata("store", 5, 6)}
    assert web3.eth.get_code(probe.address) != b""
    assert web3.eth.get_balance(sender.account.address) == 0

    transaction = web3.eth.get_transaction(sent)
    assert transaction["blockHash"] == receipt["blockHash"]
    assert transaction["from"] == sender.account.address
    assert transaction["input"] == calldata("store", 5, 6)
    assert (transaction["nonce"], transaction["type"], transaction["value"]) == (1, 2, 0)
    block = web3.eth.get_block(receipt["blockNumber"], full_transactions=True)
    assert block["hash"] == receipt["blockHash"]
    assert block["transactions"][receipt["transactionIndex"]] == transaction
    assert web3.eth.get_block(block["hash"])["transactions"][receipt["transactionIndex"]] == sent
    assert web3.eth.get_transaction_by_block(block["number"], receipt["transactionIndex"]) == transaction
    assert web3.eth.get_block_receipts(block["number"])[receipt["transactionIndex"]] == receipt
    assert block["baseFeePerGas"] == 0
    assert block["gasUsed"] >= receipt["gasUsed"]


def test_web3_fills_in_a_transaction_by_itself(web3: Web3, sender: Sender, probe: Contract) -> None:
    filled: dict[str, Any] = dict(probe.functions.store(1, 2).build_transaction({"from": sender.account.address}))
    assert (filled["maxFeePerGas"], filled["maxPriorityFeePerGas"]) == (0, 0)
    filled["nonce"] = web3.eth.get_transaction_count(sender.account.address)
    sent = web3.eth.send_raw_transaction(sender.account.sign_transaction(filled).raw_transaction)
    receipt = web3.eth.wait_for_transaction_receipt(sent)
    assert receipt["status"] == 1
    assert receipt["gasUsed"] <= filled["gas"]


def test_custom_errors_and_reasons_reach_the_client(probe: Contract) -> None:
    with pytest.raises(ContractCustomError) as caught:
        probe.functions.store(1, 1001).call()
    selector = "0x" + keccak(b"ValueTooHigh(address,uint256,uint256)")[:4].hex()
    assert str(caught.value.data).startswith(selector)
    with pytest.raises(ContractCustomError):
        probe.functions.store(1, 1001).estimate_gas()
    with pytest.raises(ContractLogicError, match="not today"):
        probe.functions.refuse().call()


def test_what_is_not_there(web3: Web3) -> None:
    with pytest.raises(TransactionNotFound):
        web3.eth.get_transaction(NOBODY)
    with pytest.raises(TransactionNotFound):
        web3.eth.get_transaction_receipt(NOBODY)
    with pytest.raises(BlockNotFound):
        web3.eth.get_block(10**9)
    with pytest.raises(BlockNotFound):
        web3.eth.get_block(NOBODY)


def test_logs_by_address_topic_and_range(web3: Web3, sender: Sender, probe: Contract) -> None:
    words = [bytes([n]) * 32 for n in range(1, 6)]
    for first, second, third in [(0, 1, 2), (0, 3, 2), (4, 1, 2)]:
        data = calldata("note", words[first], words[second], words[third])
        web3.eth.send_raw_transaction(sender.sign(at(probe), data))
    last = web3.eth.block_number
    topic = keccak(b"Noted(bytes32,bytes32,bytes32)")

    def count(**wanted: Any) -> int:
        looked_for: Any = {"fromBlock": last - 2, "toBlock": last, "address": probe.address, **wanted}
        return len(web3.eth.get_logs(looked_for))

    assert count() == 3
    assert count(topics=[topic]) == 3
    assert count(topics=[topic, words[0]]) == 2
    assert count(topics=[None, words[0], [words[1], words[3]]]) == 2
    assert count(topics=[None, [words[0], words[4]], words[1]]) == 2
    assert count(topics=[[], [], [], words[2]]) == 3
    assert count(topics=[None, None, None, words[0]]) == 0
    assert count(fromBlock=last) == 1
    assert count(address=["0x" + "11" * 20]) == 0
    assert count(address=["0x" + "11" * 20, probe.address]) == 3
    block_hash = web3.eth.get_block(last)["hash"]
    assert len(web3.eth.get_logs({"blockHash": block_hash, "address": probe.address})) == 1
    (log,) = web3.eth.get_logs({"blockHash": block_hash, "address": probe.address})
    receipt = web3.eth.get_transaction_receipt(log["transactionHash"])
    assert receipt["logs"][0] == log
    assert len(probe.events.Noted().get_logs(from_block=0)) == 3


def test_log_indexes_count_through_the_block(http: httpx.Client, web3: Web3, sender: Sender, probe: Contract) -> None:
    raws = [sender.sign(at(probe), calldata("storeMany", n * 10, 3)) for n in range(4)]
    requests = [
        {"jsonrpc": "2.0", "id": n, "method": "eth_sendRawTransaction", "params": ["0x" + raw.hex()]}
        for n, raw in enumerate(raws)
    ]
    answers = http.post("/", json=requests).json()
    assert [a["id"] for a in answers] == [0, 1, 2, 3]
    receipts = [web3.eth.get_transaction_receipt(a["result"]) for a in answers]
    by_block: dict[int, list[int]] = {}
    for receipt in receipts:
        by_block.setdefault(receipt["blockNumber"], []).extend(log["logIndex"] for log in receipt["logs"])
    for indexes in by_block.values():
        assert indexes == list(range(indexes[0], indexes[0] + len(indexes)))


def test_call_at_an_older_block(web3: Web3, sender: Sender, probe: Contract) -> None:
    numbers = []
    for value in (1, 2, 3):
        sent = web3.eth.send_raw_transaction(sender.sign(at(probe), calldata("store", 9, value)))
        numbers.append(web3.eth.get_transaction_receipt(sent)["blockNumber"])
    assert [probe.functions.stored(9).call(block_identifier=n) for n in numbers] == [1, 2, 3]
    assert web3.eth.get_transaction_count(sender.account.address, numbers[0]) == 2
    slot = keccak((9).to_bytes(32, "big") + b"\x00" * 32)
    assert web3.eth.get_storage_at(probe.address, int.from_bytes(slot, "big")) == (3).to_bytes(32, "big")


def test_calls_as_deep_as_gas_allows(web3: Web3, sender: Sender, probe: Contract) -> None:
    # Each level keeps a 64th of the gas for itself, so some hundred levels use up what a call may have.
    depth = probe.functions.dig(600).call()
    assert 300 < depth < 600
    data = calldata("dig", 600)
    receipt = web3.eth.get_transaction_receipt(
        web3.eth.send_raw_transaction(sender.sign(at(probe), data, gas=50_000_000))
    )
    assert receipt["status"] == 1
    assert web3.is_connected()


def test_fee_history(web3: Web3, probe: Contract) -> None:
    assert probe.address
    history = web3.eth.fee_history(2, "latest", [50])
    assert list(history["baseFeePerGas"]) == [0, 0, 0]
    assert [list(reward) for reward in history["reward"]] == [[0], [0]]


# What a transaction is refused for


def test_refused_transactions(http: httpx.Client, sender: Sender, probe: Contract) -> None:
    def refusal(raw: bytes) -> str:
        code, message = error(http, "eth_sendRawTransaction", "0x" + raw.hex())
        assert code == -32000
        return message

    sent = sender.sign(at(probe), calldata("store", 1, 1))
    assert result(http, "eth_sendRawTransaction", "0x" + sent.hex()) == "0x" + keccak(sent).hex()
    assert refusal(sent).startswith("already known")
    assert refusal(sender.sign(at(probe), nonce=0)).startswith("nonce too low")
    assert refusal(sender.sign(at(probe), nonce=50)).startswith("nonce too high")
    assert refusal(Sender(sender.chain_id + 1).sign(at(probe))).startswith("invalid chain id")
    assert refusal(sender.sign(at(probe), nonce=2, gas=1_000_000_000)).startswith("exceeds block gas limit")
    assert refusal(sender.sign(at(probe), nonce=2, gas=21)).startswith("intrinsic gas too low")
    assert refusal(sender.sign(at(probe), nonce=2, value=1)).startswith("insufficient funds")
    assert refusal(sender.sign(at(probe), nonce=2, gasPrice=1)).startswith("insufficient funds")
    assert refusal(sent[:-2]).startswith("malformed transaction")
    # None of these has cost the sender its turn.
    follow = sender.sign(at(probe), calldata("store", 1, 2))
    assert result(http, "eth_sendRawTransaction", "0x" + follow.hex()) == "0x" + keccak(follow).hex()


def test_a_batch_of_nonces_goes_in_together(http: httpx.Client, sender: Sender, probe: Contract) -> None:
    raws = [sender.sign(at(probe), calldata("store", n, n)) for n in range(30)]
    # A batch need not be in order: all of it waits before the block is made.
    requests = [
        {"jsonrpc": "2.0", "id": n, "method": "eth_sendRawTransaction", "params": ["0x" + raws[n].hex()]}
        for n in range(30)
    ]
    before = int(result(http, "eth_blockNumber"), 16)
    answers = {a["id"]: a for a in http.post("/", json=requests).json()}
    assert {n: a.get("result") for n, a in answers.items()} == {n: "0x" + keccak(raws[n]).hex() for n in range(30)}
    assert int(result(http, "eth_blockNumber"), 16) - before <= 5
    assert probe.functions.count().call() == 30


def test_the_same_transaction_twice_at_once_is_one(node: NodeInfo, sender: Sender, probe: Contract) -> None:
    raw = "0x" + sender.sign(at(probe), calldata("store", 3, 3)).hex()
    start = threading.Barrier(6)

    def send() -> Any:
        with httpx.Client(base_url=node.url, trust_env=False, timeout=60) as client:
            start.wait()
            return rpc(client, "eth_sendRawTransaction", raw)

    with ThreadPoolExecutor(6) as pool:
        answers = [future.result() for future in [pool.submit(send) for _ in range(6)]]
    for answer in answers:
        known = answer.get("error", {}).get("message", "").startswith("already known")
        assert known or answer["result"] == "0x" + keccak(bytes.fromhex(raw[2:])).hex()
    assert any("result" in answer for answer in answers)
    assert probe.functions.count().call() == 1


def test_senders_at_once_with_readers_between(node: NodeInfo, web3: Web3, probe: Contract) -> None:
    def work(key: int) -> int:
        sender = Sender(node.chain_id, key=int.from_bytes(os.urandom(8), "big") + key)
        with httpx.Client(base_url=node.url, trust_env=False, timeout=60) as client:
            for n in range(8):
                raw = sender.sign(at(probe), calldata("store", n, n))
                sent = result(client, "eth_sendRawTransaction", "0x" + raw.hex())
                receipt = result(client, "eth_getTransactionReceipt", sent)
                assert receipt["status"] == "0x1"
                count = result(client, "eth_call", {"to": probe.address, "data": "0x" + calldata("count").hex()})
                assert int(count, 16) >= n + 1
                assert result(client, "eth_getTransactionCount", sender.account.address, "pending") == hex(n + 1)
        return 8

    before = probe.functions.count().call()
    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(work, range(4)))
    assert probe.functions.count().call() - before == done == 32


# JSON-RPC and HTTP


def test_our_own_method_for_followers(http: httpx.Client, web3: Web3, sender: Sender, probe: Contract) -> None:
    begin = web3.eth.block_number + 1
    web3.eth.send_raw_transaction(sender.sign(at(probe), calldata("storeMany", 1, 3)))
    web3.eth.send_raw_transaction(sender.sign(at(probe), calldata("store", 1, 5000)))
    blocks = result(http, "intergov_getRawReceipts", hex(begin), "latest")
    assert len(blocks) == 2
    for raw in blocks:
        block = web3.eth.get_block(int(raw["number"], 16))
        assert bytes.fromhex(raw["hash"][2:]) == block["hash"]
        assert bytes.fromhex(raw["parentHash"][2:]) == block["parentHash"]
        assert int(raw["timestamp"], 16) == block["timestamp"]
        for transaction in raw["transactions"]:
            receipt = web3.eth.get_transaction_receipt(transaction["hash"])
            assert int(transaction["status"], 16) == receipt["status"]
            logs = [
                [log["address"].lower(), [t.to_0x_hex() for t in log["topics"]], log["data"].to_0x_hex()]
                for log in receipt["logs"]
            ]
            assert transaction["logs"] == logs
    assert [len(t["logs"]) for b in blocks for t in b["transactions"]] == [3, 0]
    assert result(http, "intergov_getRawReceipts", hex(10**6), hex(10**6 + 5)) == []
    assert error(http, "intergov_getRawReceipts", "0x0", "next")[0] == -32602


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("eth_getBalance", [], "address"),
        ("eth_getBalance", ["0x12"], "20 bytes are expected, got 1"),
        ("eth_getBalance", ["0x" + "11" * 20, "newest"], "newest"),
        ("eth_getBalance", ["0x" + "11" * 20, 5], "a hexadecimal number"),
        ("eth_getBlockByNumber", ["0x01", False], "0x01"),
        ("eth_getBlockByNumber", ["latest", "yes"], "true or false"),
        ("eth_getTransactionByHash", ["0x12"], "32 bytes are expected"),
        ("eth_sendRawTransaction", ["abc"], "two digits each after 0x"),
        ("eth_sendRawTransaction", ["0xabc"], "two digits each after 0x"),
        ("eth_sendRawTransaction", ["0x12", "0x13", 4], "eth_sendRawTransaction takes"),
        ("eth_call", ["latest"], "an object is expected"),
        ("eth_call", [{"to": "0x1"}], "transaction.to"),
        ("eth_call", [{}, "latest", {"0x": {}}], "state overrides"),
        ("eth_getLogs", [{"topics": ["0x12"]}], "32 bytes are expected"),
        ("eth_getLogs", [{"topics": [None] * 5}], "at most 4 topics"),
        ("eth_getLogs", [{"blockHash": "0x" + "11" * 32, "fromBlock": "0x1"}], "not both"),
        ("eth_getLogs", [{"fromBlock": "0x2", "toBlock": "0x1"}], "fromBlock must not be above toBlock"),
        ("eth_feeHistory", ["0x0", "latest"], "1 to 1024"),
        ("eth_getStorageAt", ["0x" + "11" * 20, "one"], "quantity"),
    ],
)
def test_bad_parameters_name_value_and_rule(http: httpx.Client, method: str, params: list[Any], words: str) -> None:
    code, message = error(http, method, *params)
    assert code == -32602
    assert words in message


def test_unknown_methods_and_blocks(http: httpx.Client) -> None:
    assert error(http, "eth_mine")[0] == -32601
    assert error(http, "eth_call", {"to": "0x" + "11" * 20}, hex(10**9))[0] == -32000
    assert error(http, "eth_getLogs", {"blockHash": "0x" + "11" * 32})[0] == -32000
    assert result(http, "eth_getBlockReceipts", hex(10**9)) is None


def test_documents_that_are_not_requests(http: httpx.Client) -> None:
    def code(content: bytes) -> Any:
        return http.post("/", content=content).json()["error"]["code"]

    assert code(b"{nonsense") == -32700
    assert code(b"[" * 1_000_000) == -32700
    assert code(b'{"a":' * 1_000_000) == -32700
    assert code(b'{"id":1,"method":"eth_call","params":' + b"[" * 60 + b'"]["' + b"]" * 60 + b"}") == -32602
    assert code(b"5") == -32600
    assert code(b"[]") == -32600
    assert code(b'{"id":1}') == -32600
    assert code(json.dumps([{"id": 1, "method": "eth_chainId"}] * 1001).encode()) == -32600
    assert http.post("/", content=b'{"jsonrpc":"2.0","method":"eth_chainId"}').content == b""
    mixed = http.post("/", content=b'[5,{"jsonrpc":"2.0","id":"a","method":"eth_mining"}]').json()
    assert mixed[0]["error"]["code"] == -32600
    assert mixed[1] == {"jsonrpc": "2.0", "id": "a", "result": True}
    assert code(b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{"a":1}}') == -32602


def test_only_programs_of_this_machine_are_answered(http: httpx.Client) -> None:
    document = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}
    assert http.get("/").status_code == 405
    assert http.post("/", json=document, headers={"Origin": "https://page.example"}).status_code == 403
    assert http.post("/", json=document, headers={"Host": "attacker.example"}).status_code == 403
    assert http.post("/", json=document).status_code == 200


def test_the_node_is_found_not_started_again(home: Path, node: NodeInfo) -> None:
    assert find_node(home) == node
    assert ensure_node(home) == node


def test_a_block_can_be_checked_from_its_json(web3: Web3, sender: Sender, probe: Contract) -> None:
    """The header fields in the JSON hash to the block's hash, and its size is that of the block in RLP."""
    import rlp

    web3.eth.send_raw_transaction(sender.sign(at(probe), calldata("store", 1, 1)))
    raw = sender.sign(at(probe), calldata("store", 1, 2))
    block = web3.eth.get_block(web3.eth.get_transaction_receipt(web3.eth.send_raw_transaction(raw))["blockNumber"])

    def number(value: int) -> bytes:
        return value.to_bytes((value.bit_length() + 7) // 8, "big")

    header = [
        bytes(block["parentHash"]),
        bytes(block["sha3Uncles"]),
        bytes.fromhex(block["miner"][2:]),
        bytes(block["stateRoot"]),
        bytes(block["transactionsRoot"]),
        bytes(block["receiptsRoot"]),
        bytes(block["logsBloom"]),
        number(block["difficulty"]),
        number(block["number"]),
        number(block["gasLimit"]),
        number(block["gasUsed"]),
        number(block["timestamp"]),
        b"",
        bytes(block["mixHash"]),
        bytes(block["nonce"]),
        number(block["baseFeePerGas"]),
    ]
    assert keccak(rlp.encode(header)) == block["hash"]
    assert len(rlp.encode([header, [raw], []])) == block["size"]
