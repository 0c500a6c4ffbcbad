"""
A node with a pool and prices, for tests of the relay: what the embedded chain never does, and others do.

Transactions stay in the pool until a test makes a block, and the test says how they end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import rlp
from eth_account import Account
from eth_utils.crypto import keccak

from ledger.chain.connection import Head, NodeRefused
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

    def make_block(self, *, succeed: bool = True) -> None:
        """A block with what fits from the pool: nonces in a row."""
        self.number += 1
        while self.count in self.pool:
            raw = self.pool.pop(self.count)
            receipt = {"blockNumber": hex(self.number), "status": hex(int(succeed))}
            self.mined["0x" + keccak(raw).hex()] = receipt
            self.count += 1

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any | LedgerError]:
        answers: list[Any | LedgerError] = []
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
                block = {"gasLimit": hex(self.gas_limit), "timestamp": hex(NOW)}
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
                return {"input": "0x"} if params[0] in pooled or params[0] in self.mined else None
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
        self.pool[nonce] = raw
        return "0x" + keccak(raw).hex()

    def head(self) -> Head:
        return Head(self.number, b"", NOW)

    def code(self, address: str) -> bytes:
        return b""

    def simulate(self, sender: str | None, to: str, data: bytes, block: int | str = "latest") -> bytes:
        if data[:4] == OPERATION_USED:
            return int(self.used).to_bytes(32, "big")
        if self.simulated is not None:
            raise self.simulated
        return b""

    def transaction_count(self, address: str, block: str = "latest") -> int:
        return self.count


def read_transaction(raw: bytes) -> dict[str, int]:
    """The numbers in a transaction of type 2."""
    assert raw[0] == 2
    names = ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas")
    return {name: int.from_bytes(value, "big") for name, value in zip(names, rlp.decode(raw[1:]), strict=False)}


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
