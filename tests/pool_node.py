"""
A node with a pool and prices, for tests of the relay: what the embedded chain never does, and others do.

Transactions stay in the pool until a test makes a block, and the test says how they end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import rlp
from eth_account import Account
from eth_utils.crypto import keccak

from ledger.chain.connection import Head, NodeAnswerInvalid, NodeRefused
from ledger.chain.contracts import CONTRACTS
from ledger.chain.deployment import Deployment
from ledger.chain.signers import LocalSigner
from ledger.errors import LedgerError
from ledger.relay.node import OPERATION_USED
from ledger.store.operational import Entry, OperationalStore

NOW = 1_800_000_000
SIGNER = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
KEY = LocalSigner(b"\x21" * 32)
DEPLOYMENT = Deployment(77, {name: Account.from_key(keccak(text=name)).address for name in CONTRACTS}, 3, b"\x0b" * 32)
CONTRACT = DEPLOYMENT.addresses["Administration"]


@dataclass
class PoolNode:
    """A node that keeps transactions in a pool until it is told to make a block."""

    gas_price: int = 1_000_000_007
    base_fee: int | None = 7
    gas_limit: int = 30_000_000
    gas_estimate: int | LedgerError = 100_000
    number: int = 10
    count: int = 0
    pool: dict[int, bytes] = field(default_factory=dict)
    mined: dict[str, dict[str, Any]] = field(default_factory=dict)
    used: bool = False
    logs: list[dict[str, Any]] = field(default_factory=list)
    refusals: dict[int, LedgerError] = field(default_factory=dict)
    simulated: LedgerError | None = None
    gas_asked: list[dict[str, Any]] = field(default_factory=list)
    branches: dict[int, int] = field(default_factory=dict)
    raws: dict[str, bytes] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    garbled: bytes | None = None
    """A request with these bytes gets an answer that cannot be read."""

    def make_block(self, *, succeed: bool = True) -> None:
        """A block with what fits from the pool: nonces in a row."""
        self.number += 1
        while self.count in self.pool:
            raw = self.pool.pop(self.count)
            hashed = "0x" + keccak(raw).hex()
            self.mined[hashed] = {
                "transactionHash": hashed,
                "blockNumber": hex(self.number),
                "blockHash": self.block_hash(self.number),
                "status": hex(int(succeed)),
            }
            self.count += 1

    def block_hash(self, number: int) -> str:
        """The hash of a block of the present branch; each reorganisation begins a new branch."""
        return "0x" + keccak(text=f"block {number} of branch {self.branches.get(number, 0)}").hex()

    def reorganise(self, depth: int, *, keep: bool = True) -> None:
        """The newest blocks go, others come; their transactions wait again, or are forgotten."""
        for hashed, receipt in list(self.mined.items()):
            if int(receipt["blockNumber"], 16) > self.number - depth:
                del self.mined[hashed]
                self.count -= 1
                if keep:
                    raw = self.raws[hashed]
                    self.pool[read_transaction(raw)["nonce"]] = raw
        for number in range(self.number - depth + 1, self.number + 1):
            self.branches[number] = self.branches.get(number, 0) + 1

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any | LedgerError]:
        answers: list[Any | LedgerError] = []
        if self.garbled is not None and any(self.garbled.hex() in str(params) for _, params in requests):
            raise NodeAnswerInvalid("http://pool", "413 content length too large")
        for method, params in requests:
            try:
                answers.append(self.call(method, *params))
            except LedgerError as error:
                answers.append(error)
        return answers

    def call(self, method: str, *params: Any) -> Any:
        match method:
            case "eth_gasPrice":
                return hex(self.gas_price)
            case "eth_getBlockByNumber":
                number = self.number if params[0] == "latest" else int(params[0], 16)
                if number > self.number:
                    return None
                block = {"gasLimit": hex(self.gas_limit), "timestamp": hex(NOW), "hash": self.block_hash(number)}
                return block if self.base_fee is None else {**block, "baseFeePerGas": hex(self.base_fee)}
            case "eth_estimateGas":
                self.gas_asked.append(params[0])
                if isinstance(self.gas_estimate, LedgerError):
                    raise self.gas_estimate
                return hex(self.gas_estimate)
            case "eth_sendRawTransaction":
                return self._send(bytes.fromhex(params[0][2:]))
            case "eth_getTransactionReceipt":
                return self.mined.get(params[0])
            case "eth_getTransactionByHash":
                pooled = {"0x" + keccak(raw).hex() for raw in self.pool.values()}
                known = params[0] in pooled or params[0] in self.mined
                return {"input": self.shown.get(params[0], "0x")} if known else None
            case "eth_getLogs":
                return self.logs
        raise AssertionError(method)

    def _send(self, raw: bytes) -> str:
        nonce = read_transaction(raw)["nonce"]
        if nonce in self.refusals:
            raise self.refusals[nonce]
        if nonce < self.count:
            raise NodeRefused("eth_sendRawTransaction", -32000, "nonce too low")
        if self.pool.get(nonce) == raw:
            raise NodeRefused("eth_sendRawTransaction", -32000, "already known")
        standing = self.pool.get(nonce)
        if standing is not None and 10 * _fee(raw) < 11 * _fee(standing):
            raise NodeRefused("eth_sendRawTransaction", -32000, "replacement transaction underpriced")
        self.pool[nonce] = raw
        self.raws["0x" + keccak(raw).hex()] = raw
        return "0x" + keccak(raw).hex()

    def head(self) -> Head:
        return Head(self.number, bytes.fromhex(self.block_hash(self.number)[2:]), NOW)

    def code(self, address: str) -> bytes:
        return b""

    def simulate(self, sender: str | None, to: str, data: bytes, block: int | str = "latest") -> bytes:
        if data[:4] == OPERATION_USED:
            return int(self.used).to_bytes(32, "big")
        if self.simulated is not None:
            raise self.simulated
        return b""

    def one_view(self) -> AbstractContextManager[None]:
        return nullcontext()

    def transaction_count(self, address: str, block: str = "latest") -> int:
        return self.count


def read_transaction(raw: bytes) -> dict[str, int]:
    """The numbers in a transaction of type 2."""
    assert raw[0] == 2
    names = ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas")
    return {name: int.from_bytes(value, "big") for name, value in zip(names, rlp.decode(raw[1:]), strict=False)}


def _fee(raw: bytes) -> int:
    return read_transaction(raw)["maxFeePerGas"] if raw[0] == 2 else int.from_bytes(rlp.decode(raw)[1], "big")


def read_call_data(raw: bytes) -> bytes:
    """What a transaction of type 2 carries."""
    return bytes(rlp.decode(raw[1:])[7])


def accept(store: OperationalStore, count: int, first: int = 0) -> list[str]:
    """Put operations into the outbox."""
    ids = []
    for number in range(first, first + count):
        entry = Entry(
            id="0x" + hashlib.sha256(b"%d" % number).hexdigest(),
            name="SignAgreement",
            contract=CONTRACT,
            signer=SIGNER,
            operation=(9 << 8) + number,
            deadline=NOW + 3600,
            digest=hashlib.sha256(b"d%d" % number).digest(),
            call_data=b"\xaa\xbb\xcc\xdd" + number.to_bytes(32, "big") * 5,
            core_bytes=100,
            accepted_block=10,
        )
        ids.append(store.outbox.accept(entry, NOW).id)
    return ids


def states(store: OperationalStore, ids: Sequence[str]) -> list[str]:
    """Where operations are."""
    return [store.outbox.get(each).state.value for each in ids]


def nonces(store: OperationalStore) -> list[int | None]:
    """Nonces of what is under way."""
    return [each.nonce for each in store.outbox.in_flight()]
