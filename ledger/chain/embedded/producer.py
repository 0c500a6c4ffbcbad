"""
Who makes blocks, and when.

One thread makes all blocks. It takes every transaction that waits, makes one block of them, puts the block on disk and
answers all their senders; transactions that arrive meanwhile go together into the next block (group commit). A lone
transaction is in a block at once; under load a block costs one sync for many transactions, and no timer is needed.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from concurrent.futures import Future

from ledger.chain.embedded.blocks import Assembly
from ledger.chain.embedded.chain import EmbeddedChain
from ledger.chain.embedded.errors import EmbeddedChainError, ProducerStopped, Rule, TransactionRefused
from ledger.chain.embedded.transactions import Transaction

logger = logging.getLogger(__name__)

THREAD_STACK_BYTES = 64 * 1024 * 1024
"""Contracts may call each other 1,024 deep, and each level takes some of the interpreter's C stack. Pages that are
never touched cost nothing."""


class BlockProducer:
    """The thread that makes blocks. `submit` may be called from any thread."""

    def __init__(self, chain: EmbeddedChain) -> None:
        self._chain = chain
        self._condition = threading.Condition()
        self._queue: deque[Transaction] = deque()
        self._answers: dict[bytes, Future[bytes]] = {}
        self._in_flight: dict[bytes, Transaction] = {}
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="block-producer", daemon=True)

    def start(self) -> None:
        """Begin to make blocks."""
        previous = threading.stack_size(THREAD_STACK_BYTES)
        try:
            self._thread.start()
        finally:
            threading.stack_size(previous)

    def stop(self) -> None:
        """Take no more transactions, make blocks of those that wait, and return when the last one is on disk."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        self._thread.join()

    @property
    def has_failed(self) -> bool:
        """Whether the thread has ended although nobody stopped it."""
        return not self._stopping and self._thread.ident is not None and not self._thread.is_alive()

    def submit(self, raw: bytes) -> Future[bytes]:
        """
        Take in a signed transaction.

        Returns
        -------
        A future that gives the transaction's hash once its block is on disk, or raises `TransactionRefused` or
        `ChainStoreWriteFailed`. A transaction that waits already gets the same answer, not a second place.

        Raises
        ------
        TransactionRefused
            It breaks a rule that needs no state to see.
        ProducerStopped
            The node is closing.
        """
        transaction = self._chain.decode(raw)
        with self._condition:
            if self._stopping:
                raise ProducerStopped
            waiting = self._answers.get(transaction.hash)
            if waiting is not None:
                return waiting
            answer: Future[bytes] = Future()
            # From here on nobody can cancel it: the transaction goes its way, whether or not its sender still listens.
            answer.set_running_or_notify_cancel()
            self._answers[transaction.hash] = answer
            self._in_flight[transaction.hash] = transaction
            self._queue.append(transaction)
            self._condition.notify_all()
        return answer

    def next_nonce(self, sender: bytes) -> int:
        """The nonce that the sender's next transaction needs, counting those that wait ("pending")."""
        with self._condition:
            waiting = [t.nonce for t in self._in_flight.values() if t.sender == sender]
        return max([self._chain.nonce(sender), *(nonce + 1 for nonce in waiting)])

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._queue and not self._stopping:
                    self._condition.wait()
                offered = in_nonce_order(self._queue)
                self._queue.clear()
            if not offered:
                return
            self._make_block(offered)

    def _make_block(self, offered: list[Transaction]) -> None:
        try:
            assembly = self._chain.add_block(offered)
        except Exception as error:
            # The disk or the engine failed. Every sender is told, and the thread goes on: the next block may succeed.
            logger.exception("a block of %d transactions could not be made", len(offered))
            failure = error if isinstance(error, EmbeddedChainError) else EmbeddedChainError(f"block making: {error!r}")
            for transaction in offered:
                self._settle(transaction.hash, failure)
            return
        self._answer_all(assembly)
        with self._condition:
            self._queue.extendleft(reversed(assembly.postponed))

    def _answer_all(self, assembly: Assembly) -> None:
        if assembly.block is not None:
            for stored in assembly.block.transactions:
                self._settle(stored.hash, None)
        for transaction_hash, refusal in assembly.refused.items():
            self._settle(transaction_hash, self._in_plain_words(transaction_hash, refusal))

    def _in_plain_words(self, transaction_hash: bytes, refusal: TransactionRefused) -> TransactionRefused:
        # It was sent twice, and its first copy reached the chain between being taken in and being tried.
        if refusal.rule is Rule.NONCE_TOO_LOW:
            known = self._chain.transaction_by_hash(transaction_hash)
            if known is not None:
                detail = f"transaction 0x{transaction_hash.hex()} is in block {known.block}"
                return TransactionRefused(Rule.ALREADY_KNOWN, detail)
        return refusal

    def _settle(self, transaction_hash: bytes, failure: EmbeddedChainError | None) -> None:
        with self._condition:
            answer = self._answers.pop(transaction_hash)
            del self._in_flight[transaction_hash]
        if failure is None:
            answer.set_result(transaction_hash)
        else:
            answer.set_exception(failure)


def in_nonce_order(transactions: Iterable[Transaction]) -> list[Transaction]:
    """
    The transactions in order of arrival, except that each sender's own come in the order of their nonces.

    A sender that sends several at once over several connections cannot say which arrives first.
    """
    arrived = list(transactions)
    by_sender: defaultdict[bytes, deque[Transaction]] = defaultdict(deque)
    for transaction in sorted(arrived, key=lambda t: t.nonce):
        by_sender[transaction.sender].append(transaction)
    return [by_sender[transaction.sender].popleft() for transaction in arrived]
