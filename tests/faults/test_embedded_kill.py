"""
The embedded chain under kill -9, torn writes and broken disks.

What must hold afterwards: every acknowledged transaction is on the chain once, the head is a whole block that links
back to the genesis, and the chain goes on. `INTERGOV_FAULT_ROUNDS` says how many random rounds to play.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_hash.auto import keccak

from ledger.chain.embedded.calls import CallRequest
from ledger.chain.embedded.chain import EmbeddedChain
from ledger.chain.embedded.client import NodeInfo, ensure_node, stop_node
from ledger.chain.embedded.errors import ChainStoreWriteFailed
from ledger.chain.embedded.files import NodeFiles
from tests.embedded_probe import Sender, calldata

pytestmark = pytest.mark.faults

ROUNDS = int(os.environ.get("INTERGOV_FAULT_ROUNDS", "3"))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    yield home
    stop_node(home)


def rpc(client: httpx.Client, url: str, method: str, *params: Any) -> dict[str, Any]:
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    answer = client.post(url, json=request).json()
    assert isinstance(answer, dict)
    return answer


def result(client: httpx.Client, url: str, method: str, *params: Any) -> Any:
    answer = rpc(client, url, method, *params)
    assert "error" not in answer, answer
    return answer["result"]


class Loader(threading.Thread):
    """Sends one sender's transactions one after another and remembers which were acknowledged, until the node dies."""

    def __init__(self, info: NodeInfo, sender: Sender, probe: bytes) -> None:
        super().__init__()
        self.info = info
        self.sender = sender
        self.probe = probe
        self.acknowledged: list[str] = []
        self.complaints: list[Any] = []

    def run(self) -> None:
        with httpx.Client(trust_env=False, timeout=30) as client:
            while True:
                nonce = self.sender.nonce
                data = calldata("store", nonce, 1) if nonce % 3 else calldata("storeMany", nonce, 1 + nonce % 20)
                raw = self.sender.sign(self.probe, data)
                try:
                    answer = rpc(client, self.info.url, "eth_sendRawTransaction", "0x" + raw.hex())
                except httpx.TransportError:
                    return
                if "result" in answer:
                    self.acknowledged.append(answer["result"])
                else:
                    self.complaints.append(answer)
                    return


def check_whole_chain(client: httpx.Client, url: str) -> dict[str, int]:
    """Walk from the genesis to the head; returns the block of each transaction."""
    head = int(result(client, url, "eth_blockNumber"), 16)
    seen: dict[str, int] = {}
    parent: dict[str, Any] | None = None
    for number in range(head + 1):
        block = result(client, url, "eth_getBlockByNumber", hex(number), False)
        assert int(block["number"], 16) == number
        if parent is not None:
            assert block["parentHash"] == parent["hash"]
            assert int(block["timestamp"], 16) >= int(parent["timestamp"], 16)
            assert block["transactions"], "only the genesis is empty"
        for transaction_hash in block["transactions"]:
            assert transaction_hash not in seen, "a transaction is on the chain twice"
            seen[transaction_hash] = number
        parent = block
    assert result(client, url, "eth_getBlockByNumber", hex(head + 1), False) is None
    return seen


def test_kill_under_load_loses_and_doubles_nothing(home: Path) -> None:
    chance = random.Random(20_231_103)
    info = ensure_node(home, idle_exit=120)
    senders = [Sender(info.chain_id, key=key) for key in (11, 12, 13)]
    acknowledged: set[str] = set()
    with httpx.Client(trust_env=False, timeout=60) as client:
        raw = senders[0].deploy()
        receipt = result(client, info.url, "eth_getTransactionReceipt", send(client, info, raw))
        probe = bytes.fromhex(receipt["contractAddress"][2:])
        acknowledged.add(receipt["transactionHash"])
        for _ in range(ROUNDS):
            loaders = [Loader(info, sender, probe) for sender in senders]
            for loader in loaders:
                loader.start()
            time.sleep(chance.uniform(0.02, 0.8))
            os.kill(info.pid, signal.SIGKILL)
            for loader in loaders:
                loader.join()
                assert not loader.complaints, loader.complaints
                acknowledged.update(loader.acknowledged)

            before, info = info, ensure_node(home, idle_exit=120)
            assert (info.chain_id, info.pid != before.pid) == (before.chain_id, True)
            on_chain = check_whole_chain(client, info.url)
            assert acknowledged <= on_chain.keys(), "an acknowledged transaction was lost"
            for sender in senders:
                # What the killed node had put on disk without being able to say so counts as well.
                sender.nonce = int(result(client, info.url, "eth_getTransactionCount", sender.account.address), 16)
            assert sum(sender.nonce for sender in senders) == len(on_chain)
            logs = result(client, info.url, "eth_getLogs", {"fromBlock": "0x0", "address": "0x" + probe.hex()})
            count = result(client, info.url, "eth_call", {"to": "0x" + probe.hex(), "data": to_hex(calldata("count"))})
            assert int(count, 16) == len(logs), "state and logs tell the same story"
        assert len(acknowledged) > ROUNDS


def send(client: httpx.Client, info: NodeInfo, raw: bytes) -> Any:
    return result(client, info.url, "eth_sendRawTransaction", to_hex(raw))


def to_hex(value: bytes) -> str:
    return "0x" + value.hex()


# In process: one block, broken at every step

KILL_AT_EACH_STATEMENT = """
import json, os, shutil, signal, sys
from pathlib import Path
from ledger.chain.embedded.chain import EmbeddedChain

base, work, raws = Path(sys.argv[1]), Path(sys.argv[2]), [bytes.fromhex(raw) for raw in json.loads(sys.argv[3])]

def attempt(folder, at):
    chain = EmbeddedChain.open(folder / "chain.sqlite")
    offered = [chain.decode(raw) for raw in raws]
    statements = 0
    def count(statement):
        nonlocal statements
        statements += 1
        if statements == at:
            os.kill(os.getpid(), signal.SIGKILL)
    chain._store._writer.set_trace_callback(count)
    assert chain.add_block(offered).block is not None
    chain._store._writer.set_trace_callback(None)
    return statements

at = 1
while True:
    folder = work / str(at)
    shutil.copytree(base, folder)
    child = os.fork()
    if child == 0:
        try:
            attempt(folder, at)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    print(json.dumps({"at": at, "killed": killed}))
    if not killed:
        break
    at += 1
"""


class Case:
    """A chain with a probe contract, closed, and transactions for its next block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        chain = self.open()
        self.sender = Sender(chain.chain_id)
        block = chain.add_block([chain.decode(self.sender.deploy())]).block
        assert block is not None
        assert block.transactions[0].contract is not None
        self.probe = block.transactions[0].contract
        chain.close()
        self.raws = [
            self.sender.sign(self.probe, calldata("store", 1, 1)),
            self.sender.sign(self.probe, calldata("storeMany", 10, 3)),
        ]

    def open(self) -> EmbeddedChain:
        return EmbeddedChain.open(self.folder / "chain.sqlite")

    def copy(self, folder: Path) -> Path:
        shutil.copytree(self.folder, folder)
        return folder

    def check_and_go_on(self, chain: EmbeddedChain) -> int:
        """The chain is whole, at one of the two heads, and takes what is missing; returns the head it was found at."""
        found = chain.head.number
        assert found in (1, 2)
        known = [chain.transaction_by_hash(keccak(raw)) for raw in self.raws]
        assert [k is not None for k in known] == [found == 2] * 2, "all of a block or nothing of it"
        assert chain.nonce(self.sender.address) == (3 if found == 2 else 1)
        assert self.count(chain) == (4 if found == 2 else 0)
        if found == 1:
            block = chain.add_block([chain.decode(raw) for raw in self.raws]).block
            assert block is not None
            assert [t.status for t in block.transactions] == [1, 1]
        assert chain.head.number == 2
        assert self.count(chain) == 4
        assert chain.block(2) is not None
        assert len(chain.transactions(2)) == 2
        assert chain.head.header.parent_hash == next(iter(chain.blocks(1, 1))).hash
        return found

    def count(self, chain: EmbeddedChain) -> int:
        request = CallRequest(sender=b"\x11" * 20, to=self.probe, data=calldata("count"))
        return int.from_bytes(chain.call(request).output, "big")


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path / "base")


def test_kill_before_each_statement_of_a_block(case: Case, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    raws = json.dumps([raw.hex() for raw in case.raws])
    finished = subprocess.run(
        [sys.executable, "-c", KILL_AT_EACH_STATEMENT, str(case.folder), str(work), raws],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    outcomes = [json.loads(line) for line in finished.stdout.splitlines()]
    assert len(outcomes) > 15, "a block is many statements"
    assert [o["killed"] for o in outcomes] == [True] * (len(outcomes) - 1) + [False]
    found = []
    for outcome in outcomes:
        chain = EmbeddedChain.open(work / str(outcome["at"]) / "chain.sqlite")
        found.append(case.check_and_go_on(chain))
        chain.close()
    assert found == [1] * (len(outcomes) - 1) + [2], "no block before its last statement, the whole block after it"


def test_a_write_ahead_log_torn_at_any_byte(case: Case, tmp_path: Path) -> None:
    chain = case.open()
    wal = case.folder / "chain.sqlite-wal"
    assert chain.add_block([chain.decode(raw) for raw in case.raws]).block is not None
    # Copied while the chain is open: closing would fold the log into the file.
    length = wal.stat().st_size
    assert length > 5 * 4096
    chance = random.Random(7)
    cuts = sorted({0, length, length - 1, *(chance.randrange(length) for _ in range(20 + 5 * ROUNDS))})
    found = []
    for cut in cuts:
        folder = tmp_path / f"cut{cut}"
        folder.mkdir()
        shutil.copy(case.folder / "chain.sqlite", folder)
        (folder / "chain.sqlite-wal").write_bytes(wal.read_bytes()[:cut])
        torn = EmbeddedChain.open(folder / "chain.sqlite")
        found.append(case.check_and_go_on(torn))
        torn.close()
    chain.close()
    assert found == sorted(found)
    assert (found[0], found[-1]) == (1, 2)


def test_an_error_at_any_step_of_a_block_keeps_nothing_of_it(case: Case) -> None:
    chain = case.open()
    offered = [chain.decode(raw) for raw in case.raws]
    head = chain.head
    failures: list[str] = []
    step = 1
    while chain.head == head:
        left = step

        def fail() -> int:
            nonlocal left
            left -= 1
            return int(left == 0)

        # SQLite's own hook: called at every instruction, and a result that is not 0 interrupts the statement.
        chain._store._writer.set_progress_handler(fail, 1)
        try:
            chain.add_block(offered)
        except ChainStoreWriteFailed as error:
            failures.append(str(error))
        chain._store._writer.set_progress_handler(None, 1)
        if chain.head == head:
            assert chain.nonce(case.sender.address) == 1
            assert chain.transaction_by_hash(keccak(case.raws[0])) is None
        step += 13 if ROUNDS < 20 else 1
    assert len(failures) > 20
    for failure in failures:
        assert "block 2 could not be written" in failure
        assert "the chain stands at block 1 and nothing of the block was kept" in failure
    assert case.check_and_go_on(chain) == 2
    chain.close()


def test_a_full_disk_is_told_and_survived(home: Path) -> None:
    info = ensure_node(home, idle_exit=120)
    sender = Sender(info.chain_id)
    with httpx.Client(trust_env=False, timeout=60) as client:
        receipt = result(client, info.url, "eth_getTransactionReceipt", send(client, info, sender.deploy()))
        probe = bytes.fromhex(receipt["contractAddress"][2:])
        raw = sender.sign(probe, calldata("storeMany", 0, 20))
        # The kernel refuses the node to let any file grow: to the node it is the same as a disk that is full.
        size = (NodeFiles(home).folder / "chain.sqlite-wal").stat().st_size
        _, hard = resource.prlimit(info.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(info.pid, resource.RLIMIT_FSIZE, (size + 1, hard))
        for _ in range(3):
            answer = rpc(client, info.url, "eth_sendRawTransaction", to_hex(raw))
            assert answer["error"]["code"] == -32603
            assert "embedded chain: block 2 could not be written to" in answer["error"]["message"]
            assert "the chain stands at block 1" in answer["error"]["message"]
        assert result(client, info.url, "eth_blockNumber") == "0x1"
        assert result(client, info.url, "eth_getTransactionByHash", to_hex(keccak(raw))) is None
        assert result(client, info.url, "eth_getTransactionCount", sender.account.address) == "0x1"

        resource.prlimit(info.pid, resource.RLIMIT_FSIZE, (hard, hard))
        assert send(client, info, raw) == to_hex(keccak(raw))
        assert len(check_whole_chain(client, info.url)) == 2


def test_a_locked_chain_is_told(case: Case) -> None:
    chain = case.open()
    intruder = sqlite3.connect(case.folder / "chain.sqlite", isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")
    chain._store._writer.execute("PRAGMA busy_timeout = 50")
    with pytest.raises(ChainStoreWriteFailed, match="database is locked"):
        chain.add_block([chain.decode(raw) for raw in case.raws])
    intruder.execute("ROLLBACK")
    intruder.close()
    assert case.check_and_go_on(chain) == 1
    chain.close()
