"""
An EVM in memory whose clock the test sets to the second.

eth-tester's py-evm backend makes the chain. Transactions are then applied to its state one by one rather than through
its blocks: that gives the revert data of a real transaction, any timestamp, and snapshots that cost nothing, because an
earlier state is only an earlier state root.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from eth.vm.forks.london import LondonVM
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_keys.datatypes import PrivateKey
from eth_tester.backends.pyevm import PyEVMBackend
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

GAS_LIMIT: Final = 60_000_000
"""Gas of every transaction: enough for the largest batch, so that what fails fails for its own reason."""

START: Final = 1_767_225_600
"""2026-01-01T00:00:00Z, when the chain's clock begins."""

ETHER: Final = 10**18


def account(name: str) -> LocalAccount:
    """The account of this name: always the same key."""
    made: LocalAccount = Account.from_key(keccak(text=f"test account of {name}"))
    return made


@dataclass(frozen=True)
class Log:
    """A log as the EVM gives it."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True)
class Execution:
    """What a transaction did."""

    output: bytes
    """What it returned; where it was reverted, the contract's reason."""

    reverted: bool
    logs: tuple[Log, ...]
    gas_used: int
    created: str
    """Address of the contract that it created, if it created one."""


class Evm:
    """A chain of one pending block that never ends."""

    def __init__(self) -> None:
        backend = PyEVMBackend(
            genesis_parameters=PyEVMBackend.generate_genesis_params({"gas_limit": 10 * GAS_LIMIT, "timestamp": START}),
            vm_configuration=((0, LondonVM),),
        )
        self._chain: Any = backend.chain
        # Gas is counted here, not paid for.
        self._chain.header = self._chain.header.copy(base_fee_per_gas=0)
        self.chain_id: int = self._chain.chain_id
        self.now = START
        self._nonces: dict[bytes, int] = {}

    @property
    def first_block_hash(self) -> bytes:
        """Hash of block 0, the only one that was ever finished."""
        return bytes(self._chain.get_canonical_block_hash(0))

    def snapshot(self) -> Any:
        """The state and the clock, to come back to."""
        return self._chain.header, self.now, dict(self._nonces)

    def restore(self, snapshot: Any) -> None:
        """Come back to a snapshot, which can be used again."""
        self._chain.header, self.now, nonces = snapshot
        self._nonces = dict(nonces)

    def send(self, sender: LocalAccount, to: str | None, data: bytes) -> Execution:
        """Apply a transaction at the present second."""
        vm = self._vm()
        key = PrivateKey(bytes(sender.key))
        address = key.public_key.to_canonical_address()
        nonce = self._nonces.get(address, 0)
        transaction = vm.create_unsigned_transaction(
            nonce=nonce,
            gas_price=0,
            gas=GAS_LIMIT,
            to=bytes.fromhex(to[2:]) if to else b"",
            value=0,
            data=data,
        ).as_signed_transaction(key, chain_id=self.chain_id)
        receipt, computation = vm.apply_transaction(self._chain.header, transaction)
        vm.state.persist()
        self._chain.header = self._chain.header.copy(state_root=vm.state.state_root)
        self._nonces[address] = nonce + 1
        logs = tuple(
            Log(
                to_checksum_address(log.address),
                tuple(topic.to_bytes(32, "big") for topic in log.topics),
                bytes(log.data),
            )
            for log in receipt.logs
        )
        created = "" if to else to_checksum_address(computation.msg.storage_address)
        return Execution(bytes(computation.output), computation.is_error, logs, receipt.gas_used, created)

    def call(self, to: str, data: bytes) -> bytes:
        """Ask a contract without changing anything."""
        vm = self._vm()
        # A transaction that is thrown away; its sender has nonce 0 because it never sent one.
        transaction = vm.create_unsigned_transaction(
            nonce=0, gas_price=0, gas=GAS_LIMIT, to=bytes.fromhex(to[2:]), value=0, data=data
        ).as_signed_transaction(PrivateKey(keccak(text="a caller who never sends")), chain_id=self.chain_id)
        _, computation = vm.apply_transaction(self._chain.header, transaction)
        assert not computation.is_error, computation.output.hex()
        return bytes(computation.output)

    def storage_roots(self, addresses: Iterable[str]) -> tuple[bytes, ...]:
        """Digests of contracts' storage: equal before and after means that nothing was written."""
        account_db = self._vm().state._account_db
        return tuple(bytes(account_db._get_storage_root(bytes.fromhex(address[2:]))) for address in addresses)

    def _vm(self) -> Any:
        self._chain.header = self._chain.header.copy(timestamp=self.now)
        return self._chain.get_vm(self._chain.header)


def artifact(name: str) -> dict[str, Any]:
    """A compiled contract, of the product or of the tests' mocks."""
    root = Path(__file__).resolve().parents[3]
    for folder in ("ledger/chain/artifacts", "tests/contracts/artifacts"):
        path = root / folder / f"{name}.json"
        if path.exists():
            loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
            return loaded
    raise AssertionError(f"no artifact for {name}; make compile writes them")
