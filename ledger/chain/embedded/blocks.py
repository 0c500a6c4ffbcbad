"""
How transactions become a block.

Transactions run one after another on the state that the block before left. One that breaks a rule is left out and
refused; it has no part in the block and no effect on the others. One that is valid but fails while it runs (a revert,
or out of gas) is in the block with status 0, as on every Ethereum chain.

Nothing is written here: a built block is a value, which `chain` puts on disk in one piece.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import rlp
from eth.abc import ComputationAPI, SignedTransactionAPI
from eth.db.atomic import AtomicDB
from eth.db.trie import make_trie_root_and_nodes
from eth.rlp.logs import Log
from eth.rlp.receipts import Receipt
from eth.vm.forks.london.blocks import LondonBlockHeader
from eth.vm.forks.london.receipts import LondonTypedReceipt
from eth_typing import Hash32
from eth_utils.exceptions import ValidationError

from ledger.chain.embedded.blooms import BLOOM_BYTES, bloom_of
from ledger.chain.embedded.errors import Rule, TransactionRefused
from ledger.chain.embedded.nodes import NodeCache, NodeOverlay
from ledger.chain.embedded.rules import BLOCK_GAS_ENOUGH, VM, State, child_header, state_at
from ledger.chain.embedded.store import StoredBlock, StoredTransaction
from ledger.chain.embedded.transactions import Transaction

logger = logging.getLogger(__name__)

RawLog = tuple[bytes, list[bytes], bytes]
"""Address (20 bytes), topics (32 bytes each) and data of a log."""


@dataclass(frozen=True, slots=True)
class BuiltBlock:
    """A block that is complete but not on disk."""

    header: LondonBlockHeader
    """Its sealed header."""
    stored: StoredBlock
    """Its row."""
    transactions: tuple[StoredTransaction, ...]
    """Its transactions' rows, in order."""
    nodes: dict[bytes, bytes]
    """Trie nodes and code that it adds."""


@dataclass(slots=True)
class Assembly:
    """What became of the transactions that were offered for a block."""

    block: BuiltBlock | None = None
    """The block, or None when every transaction was refused."""
    refused: dict[bytes, TransactionRefused] = field(default_factory=dict)
    """By transaction hash, why it was left out for good."""
    postponed: list[Transaction] = field(default_factory=list)
    """Valid so far as can be told, but the block had enough: they come first in the next one."""


@dataclass(slots=True)
class _Executed:
    """A transaction that has run, on its way into the block."""

    transaction: Transaction
    status: int
    gas_used: int
    gas_used_cumulative: int
    contract: bytes | None
    logs: list[RawLog]
    bloom: int


def assemble(
    cache: NodeCache,
    parent: LondonBlockHeader,
    timestamp: int,
    chain_id: int,
    ancestors: Iterable[Hash32],
    offered: Sequence[Transaction],
) -> Assembly:
    """
    Make the block after `parent` from the offered transactions, in their order.

    Parameters
    ----------
    timestamp
        The block's time in seconds since 1970; not before the parent's.
    ancestors
        Hashes of the parent and the blocks before it, nearest first.
    """
    assembly = Assembly()
    header = child_header(parent, timestamp)
    candidates = list(offered)
    while candidates:
        overlay = NodeOverlay(cache)
        state = state_at(AtomicDB(overlay), header, chain_id, ancestors)
        executed: list[_Executed] = []
        broken = _run_all(state, candidates, executed, assembly)
        if broken is None:
            if executed:
                assembly.block = _seal(header, state, overlay, executed)
            break
        # The engine itself failed, so its state can no longer be trusted: begin again without the offender.
        assembly.postponed.clear()
        candidates = [t for t in candidates if t is not broken and t.hash not in assembly.refused]
    return assembly


def _run_all(
    state: State,
    candidates: Sequence[Transaction],
    executed: list[_Executed],
    assembly: Assembly,
) -> Transaction | None:
    """Run the candidates; returns the one that the engine could not run at all, if there was one."""
    gas_used = 0
    for position, transaction in enumerate(candidates):
        if gas_used >= BLOCK_GAS_ENOUGH:
            assembly.postponed.extend(candidates[position:])
            break
        try:
            _check_against_state(state, transaction)
            done = _run(state, transaction, gas_used)
        except TransactionRefused as refusal:
            assembly.refused[transaction.hash] = refusal
        except Exception as error:
            # Whatever the engine raises must not cost the other transactions their block.
            logger.exception("transaction 0x%s broke the engine", transaction.hash.hex())
            assembly.refused[transaction.hash] = TransactionRefused(Rule.INTERNAL, f"{type(error).__name__}: {error}")
            return transaction
        else:
            executed.append(done)
            gas_used = done.gas_used_cumulative
    return None


def _check_against_state(state: State, transaction: Transaction) -> None:
    expected = state.get_nonce(transaction.body.sender)
    if transaction.nonce != expected:
        rule = Rule.NONCE_TOO_LOW if transaction.nonce < expected else Rule.NONCE_TOO_HIGH
        raise TransactionRefused(
            rule, f"address 0x{transaction.sender.hex()}, tx: {transaction.nonce} state: {expected}"
        )
    balance = state.get_balance(transaction.body.sender)
    cost = transaction.gas * transaction.body.max_fee_per_gas + transaction.body.value
    if balance < cost:
        raise TransactionRefused(
            Rule.INSUFFICIENT_FUNDS,
            f"address 0x{transaction.sender.hex()} have {balance} want {cost}; "
            "gas is free here, so use a gas price of 0",
        )


def _run(state: State, transaction: Transaction, gas_used_before: int) -> _Executed:
    # What earlier transactions did can no longer be undone by this one.
    state.lock_changes()
    try:
        computation = state.apply_transaction(transaction.body)
    except ValidationError as error:
        raise TransactionRefused(Rule.INVALID, str(error)) from error
    gas_used = VM.finalize_gas_used(transaction.body, computation)
    logs = logs_of(computation)
    is_create = computation.msg.is_create and not computation.is_error
    return _Executed(
        transaction=transaction,
        status=0 if computation.is_error else 1,
        gas_used=gas_used,
        gas_used_cumulative=gas_used_before + gas_used,
        contract=bytes(computation.msg.storage_address) if is_create else None,
        logs=logs,
        bloom=bloom_of(logs),
    )


def logs_of(computation: ComputationAPI) -> list[RawLog]:
    """The logs that a computation and its inner calls left, in the order in which they were emitted."""
    return [
        (bytes(address), [topic.to_bytes(32, "big") for topic in topics], bytes(data))
        for address, topics, data in computation.get_log_entries()
    ]


def _seal(header: LondonBlockHeader, state: State, overlay: NodeOverlay, executed: Sequence[_Executed]) -> BuiltBlock:
    state.persist()
    bodies = [e.transaction.body for e in executed]
    receipts = [_receipt(e.transaction.body, e) for e in executed]
    bloom = 0
    for e in executed:
        bloom |= e.bloom
    sealed = header.copy(
        state_root=state.state_root,
        transaction_root=make_trie_root_and_nodes(bodies)[0],
        receipt_root=make_trie_root_and_nodes(receipts)[0],
        bloom=bloom,
        gas_used=executed[-1].gas_used_cumulative,
    )
    assert isinstance(sealed, LondonBlockHeader)
    return BuiltBlock(
        header=sealed,
        stored=stored_block(sealed),
        transactions=tuple(_rows(sealed.block_number, executed)),
        nodes=overlay.written,
    )


def stored_block(header: LondonBlockHeader) -> StoredBlock:
    """The row of a header."""
    return StoredBlock(
        number=header.block_number,
        hash=bytes(header.hash),
        header=rlp.encode(header),
        bloom=header.bloom.to_bytes(BLOOM_BYTES, "big"),
    )


def _receipt(body: SignedTransactionAPI, executed: _Executed) -> Receipt | LondonTypedReceipt:
    """The receipt as consensus knows it, for the header's receipt root."""
    receipt = Receipt(
        state_root=b"\x01" if executed.status else b"",
        gas_used=executed.gas_used_cumulative,
        logs=[
            Log(address, tuple(int.from_bytes(t, "big") for t in topics), data)
            for address, topics, data in executed.logs
        ],
        bloom=executed.bloom,
    )
    type_id = getattr(body, "type_id", None)
    return receipt if type_id is None else LondonTypedReceipt(type_id, receipt)


def _rows(block: int, executed: Sequence[_Executed]) -> Iterable[StoredTransaction]:
    log_first = 0
    for position, e in enumerate(executed):
        yield StoredTransaction(
            block=block,
            position=position,
            hash=e.transaction.hash,
            sender=e.transaction.sender,
            raw=e.transaction.raw,
            status=e.status,
            gas_used=e.gas_used,
            gas_used_cumulative=e.gas_used_cumulative,
            contract=e.contract,
            bloom=e.bloom.to_bytes(BLOOM_BYTES, "big"),
            log_first=log_first,
            logs=logs_json(e.logs),
        )
        log_first += len(e.logs)


def logs_json(logs: Iterable[RawLog]) -> str:
    """Logs as `[[address, [topic, ...], data], ...]` in compact JSON."""
    return json.dumps(
        [
            ["0x" + address.hex(), ["0x" + topic.hex() for topic in topics], "0x" + data.hex()]
            for address, topics, data in logs
        ],
        separators=(",", ":"),
    )
