"""
Which chain this is.

The embedded chain runs the London rules of the EVM, as all tiers do, with four differences, each of which only takes
something away that one process alone has no use for:

- **No mining.** Difficulty is 0 and there is no seal and no reward; the lock on the home decides who makes blocks.
- **Honest time.** A block's time is the wall clock's, and its parent's when the clock has not moved or was set back.
  Ethereum demands a later time in every block, which would put a hundred quick blocks a hundred seconds ahead.
- **No price.** The base fee is 0. Under EIP-1559 it rises by 1 once a block is more than half full and then stays, so
  the gas limit of a block is far above what its builder ever puts into it, and blocks are never half full.
- **Its own chain id.** Chosen at random when the chain is made, so a signature for one home means nothing in another.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from eth.abc import SignedTransactionAPI, TransactionExecutorAPI
from eth.rlp.headers import BlockHeader
from eth.vm.chain_context import ChainContext
from eth.vm.forks.london import LondonVM
from eth.vm.forks.london.blocks import LondonBlockHeader
from eth.vm.forks.london.state import LondonState, LondonTransactionExecutor
from eth.vm.forks.london.transactions import LondonTransactionBuilder
from eth_typing import Address, BlockNumber, Hash32

BLOCK_GAS_LIMIT = 1_000_000_000
"""Gas limit in every header. A block uses less than half of it (`BLOCK_GAS_ENOUGH + TRANSACTION_GAS_MAX`)."""

TRANSACTION_GAS_MAX = 50_000_000
"""The most gas that one transaction, call or estimate may ask for: some 30 batch calls of 50 commitments."""

BLOCK_GAS_ENOUGH = 20_000_000
"""A block takes no further transaction once it has used this much, so that callers are answered in a second or two."""

COINBASE = Address(b"\x00" * 20)
"""Who gets the fees: nobody, and there are none."""

CHAIN_ID_MIN = 1 << 40
"""Chain ids below this are left to public networks, none of which is so high."""

CHAIN_ID_MAX = (1 << 53) - 1
"""The greatest integer that every JSON reader keeps exactly. 2^52 ids make two equal homes an unlikely meeting."""


def new_chain_id() -> int:
    """A random chain id for a new home, from `CHAIN_ID_MIN` to `CHAIN_ID_MAX`."""
    return CHAIN_ID_MIN + secrets.randbelow(CHAIN_ID_MAX - CHAIN_ID_MIN + 1)


def next_timestamp(parent: int, clock: int) -> int:
    """The time of a block, in seconds since 1970: the clock's, or the parent's where the clock is behind it."""
    return max(parent, clock)


class Executor(LondonTransactionExecutor):
    """Runs a transaction whose form and signature were checked when it was taken in (`transactions.decode`)."""

    def validate_transaction(self, transaction: SignedTransactionAPI) -> None:
        """Check what depends on the state alone: nonce and funds. Recovering the signer again would cost as much as a
        short transaction.
        """
        self.vm_state.validate_transaction(transaction)


class State(LondonState):
    """The state that transactions change."""

    transaction_executor_class: type[TransactionExecutorAPI] = Executor


class VM(LondonVM):
    """London's rules over `State`."""

    _state_class = State


Transactions = LondonTransactionBuilder
"""Encodes and decodes the transactions of London: legacy, access list (EIP-2930) and dynamic fee (EIP-1559)."""


def genesis_header(state_root: Hash32, timestamp: int) -> LondonBlockHeader:
    """The header of block 0."""
    return LondonBlockHeader(
        difficulty=0,
        block_number=BlockNumber(0),
        gas_limit=BLOCK_GAS_LIMIT,
        timestamp=timestamp,
        coinbase=COINBASE,
        state_root=state_root,
        nonce=b"\x00" * 8,
    )


def child_header(parent: LondonBlockHeader, timestamp: int) -> LondonBlockHeader:
    """The header of the block after `parent`, before any transaction: the parent's state and no gas used."""
    return LondonBlockHeader(
        difficulty=0,
        block_number=BlockNumber(parent.block_number + 1),
        gas_limit=BLOCK_GAS_LIMIT,
        timestamp=timestamp,
        coinbase=COINBASE,
        parent_hash=parent.hash,
        state_root=parent.state_root,
        nonce=b"\x00" * 8,
    )


def state_at(db: Any, header: LondonBlockHeader | BlockHeader, chain_id: int, ancestors: Iterable[Hash32]) -> State:
    """
    The state in which a block's transactions run.

    Parameters
    ----------
    db
        Where trie nodes and code are read from and, at the block's end, written to.
    header
        Gives the block's number, time and limits, and the state root to begin from.
    ancestors
        Hashes of the blocks before it, nearest first, for BLOCKHASH. Read only as far as they are asked for.
    """
    state = VM.build_state(db, header, ChainContext(chain_id), ancestors)
    assert isinstance(state, State)
    return state
