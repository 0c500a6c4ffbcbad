"""
The embedded chain as an object.

`EmbeddedChain` ties the file, the engine and the clock together. One thread may add blocks; any thread may read. A
reader takes `head` once and works with that: blocks up to the head are on disk and never change.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import rlp
from eth.constants import BLANK_ROOT_HASH
from eth.db.account import AccountDB
from eth.db.atomic import AtomicDB
from eth.vm.forks.london.blocks import LondonBlockHeader
from eth_hash.auto import keccak
from eth_typing import Address, Hash32

from ledger.chain.embedded import transactions
from ledger.chain.embedded.blocks import Assembly, assemble, stored_block
from ledger.chain.embedded.calls import Caller, CallRequest, CallResult
from ledger.chain.embedded.errors import (
    BlockUnknown,
    ChainStoreUnreadable,
    ChainStoreWriteFailed,
    Rule,
    TransactionRefused,
)
from ledger.chain.embedded.nodes import NodeCache, NodeOverlay
from ledger.chain.embedded.rules import child_header, genesis_header, new_chain_id, next_timestamp
from ledger.chain.embedded.store import ChainStore, StoredBlock, StoredTransaction
from ledger.chain.embedded.transactions import Transaction

BlockId = int | bytes | Literal["earliest", "latest", "pending", "safe", "finalized"]
"""A block by height, by hash (32 bytes) or by name. One process decides alone, so its latest block is also final."""

ANCESTORS_MAX = 256
"""How far back the BLOCKHASH operation sees."""


def wall_clock() -> int:
    """Seconds since 1970."""
    return int(time.time())


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the chain: its row and its decoded header."""

    stored: StoredBlock
    """As it is on disk."""
    header: LondonBlockHeader
    """Decoded."""

    @property
    def number(self) -> int:
        """Its height."""
        return self.stored.number


class Ancestors:
    """Hashes of a block and the blocks before it, nearest first, read only as far as somebody looks."""

    def __init__(self, store: ChainStore, block: StoredBlock | None) -> None:
        self._store = store
        self._block = block

    def __iter__(self) -> Iterator[Hash32]:
        block = self._block
        for _ in range(ANCESTORS_MAX):
            if block is None:
                return
            yield Hash32(block.hash)
            block = self._store.block(block.number - 1)


class EmbeddedChain:
    """
    A durable chain with one owner.

    The caller sees to it that one process at a time opens the file (`files.NodeLock`), and that one thread at a time
    calls `add_block`.
    """

    def __init__(self, store: ChainStore, chain_id: int, head: Block, clock: Callable[[], int]) -> None:
        self.chain_id = chain_id
        """The id that signatures for this chain name."""
        self._store = store
        self._clock = clock
        self._nodes = NodeCache(store)
        self._head = head

    @classmethod
    def open(cls, path: Path, *, clock: Callable[[], int] = wall_clock, chain_id: int | None = None) -> EmbeddedChain:
        """
        Open the chain in a file, or make one where there is none.

        Parameters
        ----------
        path
            The file; its folder must exist.
        clock
            Gives the present time in seconds since 1970.
        chain_id
            For a new chain; random when not given. An existing chain keeps its own.

        Raises
        ------
        ChainStoreUnreadable
            The file is not a chain, is damaged, or holds another chain than `chain_id`.
        """
        store = ChainStore(path)
        try:
            # The head in the file decides whether there is a chain. Making a genesis first would start a second one.
            if store.head() is None:
                header = genesis_header(Hash32(BLANK_ROOT_HASH), clock())
                store.write_genesis(new_chain_id() if chain_id is None else chain_id, stored_block(header), {})
            stored_id, head = store.chain_id(), store.head()
            if stored_id is None or head is None:
                raise ChainStoreUnreadable(path, "it has blocks but no identity")
            if chain_id is not None and chain_id != stored_id:
                raise ChainStoreUnreadable(path, f"it holds the chain {stored_id}, not the chain {chain_id}")
            return cls(store, stored_id, _checked(path, head), clock)
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Close the file. No other method may be called afterwards."""
        self._store.close()

    # Adding

    def decode(self, raw: bytes) -> Transaction:
        """
        Decode a signed transaction and check all of it that does not depend on the state.

        Raises
        ------
        TransactionRefused
            It breaks a rule, or is on the chain already.
        """
        transaction = transactions.decode(raw, self.chain_id)
        known = self._store.transaction_by_hash(transaction.hash)
        if known is not None:
            raise TransactionRefused(
                Rule.ALREADY_KNOWN, f"transaction 0x{transaction.hash.hex()} is in block {known.block}"
            )
        return transaction

    def add_block(self, offered: Sequence[Transaction]) -> Assembly:
        """
        Make a block of the offered transactions and put it on disk.

        When this returns a block, it is on disk and it is the head. Where all are refused, no block is made.

        Raises
        ------
        ChainStoreWriteFailed
            The block could not be written. The chain stands where it stood.
        """
        parent = self._head
        timestamp = next_timestamp(parent.header.timestamp, self._clock())
        ancestors = Ancestors(self._store, parent.stored)
        assembly = assemble(self._nodes, parent.header, timestamp, self.chain_id, ancestors, offered)
        if assembly.block is not None:
            block = assembly.block
            try:
                self._store.write_block(block.stored, block.transactions, block.nodes)
            except ChainStoreWriteFailed:
                self._reload_head()
                raise
            self._nodes.add(block.nodes)
            self._head = Block(block.stored, block.header)
        return assembly

    def _reload_head(self) -> None:
        # A disk can fail between doing and saying so. What the file says now is what counts.
        head = self._store.head()
        if head is not None and head.number != self._head.number:
            self._head = _checked(self._store.path, head)

    # Reading blocks and transactions

    @property
    def head(self) -> Block:
        """The last block that is on disk."""
        return self._head

    def block(self, block_id: BlockId) -> Block | None:
        """A block, or None when the chain does not have it."""
        head = self._head
        if isinstance(block_id, bytes):
            stored = self._store.block_by_hash(block_id)
            # A block can be in the file a moment before it is the head. Until then nobody sees any of it.
            return None if stored is None or stored.number > head.number else _decoded(stored)
        number = self.number_of(block_id)
        if number == head.number:
            return head
        stored = None if number > head.number else self._store.block(number)
        return None if stored is None else _decoded(stored)

    def number_of(self, block_id: int | str) -> int:
        """The height that a number or a name stands for; it may be above the head."""
        if isinstance(block_id, int):
            return block_id
        return 0 if block_id == "earliest" else self._head.number

    def blocks(self, first: int, last: int) -> Iterator[StoredBlock]:
        """Blocks of a range of heights, both ends included, up to the head."""
        return self._store.blocks(first, min(last, self._head.number))

    def transactions(self, block: int) -> list[StoredTransaction]:
        """Transactions of a block, in order."""
        return self._store.transactions(block)

    def transaction(self, block: int, position: int) -> StoredTransaction | None:
        """The transaction at a place of a block."""
        return self._store.transaction(block, position)

    def transaction_by_hash(self, transaction_hash: bytes) -> StoredTransaction | None:
        """The transaction of a hash."""
        head = self._head
        stored = self._store.transaction_by_hash(transaction_hash)
        return None if stored is None or stored.block > head.number else stored

    def logs_between(self, first: int, last: int) -> Iterator[tuple[int, bytes, int, str]]:
        """Block number, transaction hash, status and logs (JSON) of the transactions of a range, in order."""
        return self._store.logs_between(first, min(last, self._head.number))

    # Reading state

    def balance(self, address: bytes, at: BlockId = "latest") -> int:
        """Wei of an account after a block."""
        return self._accounts(at).get_balance(Address(address))

    def nonce(self, address: bytes, at: BlockId = "latest") -> int:
        """How many transactions an account had sent after a block; the next one's nonce."""
        return self._accounts(at).get_nonce(Address(address))

    def code(self, address: bytes, at: BlockId = "latest") -> bytes:
        """A contract's code after a block; empty for other accounts."""
        return bytes(self._accounts(at).get_code(Address(address)))

    def storage(self, address: bytes, slot: int, at: BlockId = "latest") -> int:
        """A storage slot of a contract after a block."""
        return self._accounts(at).get_storage(Address(address), slot)

    def call(self, request: CallRequest, at: BlockId = "latest") -> CallResult:
        """Run a call that changes nothing. Raises `CallReverted`, `CallFailed` or `BlockUnknown`."""
        return self._caller(at).call(request)

    def estimate_gas(self, request: CallRequest, at: BlockId = "latest") -> int:
        """A gas limit with which the call succeeds. Raises as `call`."""
        return self._caller(at).estimate_gas(request)

    def _caller(self, at: BlockId) -> Caller:
        block = self._known(at)
        if at in ("latest", "pending"):
            header = child_header(block.header, next_timestamp(block.header.timestamp, self._clock()))
            return Caller(self._nodes, header, self.chain_id, Ancestors(self._store, block.stored))
        # An older block's own context, and the state that it left.
        parent = self._store.block(block.number - 1)
        return Caller(self._nodes, block.header, self.chain_id, Ancestors(self._store, parent))

    def _accounts(self, at: BlockId) -> AccountDB:
        return AccountDB(AtomicDB(NodeOverlay(self._nodes)), self._known(at).header.state_root)

    def _known(self, at: BlockId) -> Block:
        block = self.block(at)
        if block is None:
            name = f"0x{at.hex()}" if isinstance(at, bytes) else at
            raise BlockUnknown(f"block {name} is not on this chain; its head is block {self._head.number}")
        return block


def _decoded(stored: StoredBlock) -> Block:
    header = rlp.decode(stored.header, sedes=LondonBlockHeader)
    assert isinstance(header, LondonBlockHeader)
    return Block(stored, header)


def _checked(path: Path, head: StoredBlock) -> Block:
    """The head, after a look whether its row is whole."""
    if keccak(head.header) != head.hash:
        raise ChainStoreUnreadable(path, f"the header of its head, block {head.number}, does not match its hash")
    try:
        return _decoded(head)
    except rlp.RLPException as error:
        raise ChainStoreUnreadable(path, f"the header of its head, block {head.number}, does not decode") from error
