"""
How operations end.

What the chain says decides. A receipt of success confirms. A receipt of failure is looked into: the operation may have
reached the chain another way, its deadline may have passed, or the contract refused it, and then the call is made again
on the state before the block to hear the reason. Where there is no receipt the transaction is on its way, or was lost,
or another one took its nonce. An ending that a block tells of is believed once enough blocks stand on it; should the
block go nevertheless, the operation comes back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from ledger import traces
from ledger.chain.connection import Head, NodeRefused, quantity, unhex
from ledger.domain.moments import format_moment
from ledger.domain.refusals.commands import CommandAlreadyExecuted, CommandExpired
from ledger.errors import LedgerError, Unavailable
from ledger.logs import about
from ledger.relay.node import COMMAND_EXECUTED, Node, operation_used_call, refused_by_contract, word
from ledger.relay.reasons import CallFailedSilently, OperationExpired, reason
from ledger.relay.tally import Tally
from ledger.store.operational import Ending, OperationState, Outbox, Pending

log = logging.getLogger("ledger.relay")

SILENT_FAILURES_MAX: Final = 3
"""How often a transaction that fails without a reason is tried."""

RECHECKED_BLOCKS: Final = 64
"""How deep endings are compared with the chain's blocks whenever there are new ones."""

RECHECKED_BLOCKS_MAX: Final = 1_000
"""How deep they are compared once a reorganisation was noticed."""

RECHECKED_MAX: Final = 10_000
"""How many endings, of the newest blocks, are compared at most."""


class ExecutionNotShown(Unavailable):
    """A contract says that an operation was executed, and the node shows no event: it has not indexed it yet."""

    _because: ClassVar[str] = "the node does not show where"

    def __init__(self, operation_id: str) -> None:
        super().__init__(f"operation {operation_id} was executed, but {self._because}; the node is asked again")
        self.operation_id = operation_id

    def values(self) -> dict[str, object]:
        """The operation's id."""
        return {"operation": self.operation_id}


class ExecutionNotFinal(ExecutionNotShown):
    """An operation was executed in a block that may still be reorganised away."""

    _because = "its block may still be reorganised away"


@dataclass(frozen=True, slots=True)
class Settled:
    """What a look at the operations under way has found."""

    moved: int
    """How many have ended or came back to accepted."""
    lost: tuple[Pending, ...]
    """Those whose transactions the node does not have: it was restarted, or this process was killed before sending."""
    waiting: tuple[Pending, ...] = ()
    """Those whose transactions the node has, in no block yet."""


class Settler:
    """
    Finds out how operations ended, and records it.

    Parameters
    ----------
    outbox
        Where operations stand.
    node
        The node that is asked.
    first_block
        The ledger's first block: nothing was executed before it.
    confirmation_depth
        How many blocks must stand on a block before what it says is believed; 0 where a block is final at once.
    tally
        Counts what was done.
    """

    def __init__(self, outbox: Outbox, node: Node, first_block: int, confirmation_depth: int, tally: Tally) -> None:
        self._outbox = outbox
        self._node = node
        self._first_block = first_block
        self._depth = confirmation_depth
        self._tally = tally
        self._seen: Head | None = None

    def settle(self, flight: Sequence[Pending], now: int) -> Settled:
        """
        Look at the operations whose transactions are under way.

        Raises
        ------
        NodeUnreachable, NodeAnswerInvalid
            Nothing was recorded for those not looked at yet; they are looked at again.
        """
        if not flight:
            return Settled(0, ())
        receipts = self._receipts(flight)
        endings: list[Ending] = []
        silent: list[Pending] = []
        missing: list[Pending] = []
        head = self._node.head().number if self._depth else None
        for pending, receipt in zip(flight, receipts, strict=True):
            if isinstance(receipt, LedgerError):
                id = pending.operation.id
                log.warning("%s: the node gives no receipt: %s", id, receipt, extra=about(id))
            elif receipt is None:
                missing.append(pending)
            elif head is not None and head - quantity(receipt["blockNumber"]) < self._depth:
                continue
            elif quantity(receipt["status"]) == 1:
                endings.append(_ending(pending, OperationState.CONFIRMED, receipt))
            else:
                try:
                    ending = self._failed(pending, receipt)
                except ExecutionNotShown as error:
                    log.warning("%s", error, extra=about(error.operation_id))
                    continue
                if ending is None:
                    silent.append(pending)
                else:
                    endings.append(ending)
        self.record(endings, now, {each.operation.id: each.sent_at for each in flight})
        self.put_back([each.operation.id for each in silent], "it failed without a reason", now)
        looked_for = self._look_for(missing, now) if missing else Settled(0, ())
        return Settled(len(endings) + len(silent) + looked_for.moved, looked_for.lost, looked_for.waiting)

    def record(self, endings: Sequence[Ending], now: int, sent_at: Mapping[str, int | None] | None = None) -> None:
        """Record endings; tell the log, and the traces that they belong to."""
        self._outbox.end(endings, now)
        for ending in endings:
            self._tally.ended[ending.state] += 1
            log.info(
                "operation %s %s, transaction %s, block %s",
                ending.id,
                ending.state.value,
                ending.transaction,
                ending.block_number,
                extra={
                    **about(ending.id, ending.transaction),
                    "state": ending.state.value,
                    "block_number": ending.block_number,
                },
            )
        if endings and traces.recorded():
            known = self._outbox.traces_of([each.id for each in endings])
            for ending in endings:
                if ending.id in known:
                    traces.past(
                        "relay.include",
                        known[ending.id],
                        (sent_at or {}).get(ending.id) or now,
                        time.time(),
                        operation=ending.id,
                        transaction=ending.transaction,
                        state=ending.state.value,
                        block_number=ending.block_number,
                        block_hash=ending.block_hash,
                    )

    def put_back(self, ids: Sequence[str], error: str, not_before: int) -> None:
        """Bring operations back to accepted, to be tried again from a moment on."""
        self._tally.put_back += len(ids)
        self._outbox.put_back(ids, error, not_before)

    def _receipts(self, flight: Sequence[Pending]) -> list[Any]:
        return self._node.batch([("eth_getTransactionReceipt", [each.operation.transaction]) for each in flight])

    # --------------------------------------------------------------------------------------------- it failed, but why

    def _failed(self, pending: Pending, receipt: dict[str, Any]) -> Ending | None:
        """How an operation ended whose transaction failed; None where it is to be tried again."""
        operation = pending.operation
        number = quantity(receipt["blockNumber"])
        elsewhere = self.executed_elsewhere(pending)
        if elsewhere is not None:
            return elsewhere
        block = self._node.call("eth_getBlockByNumber", hex(number), False)
        if block is not None and quantity(block["timestamp"]) > operation.deadline:
            return _ending(pending, OperationState.EXPIRED, receipt, self._too_late(pending))
        # The state before the block tells most reasons. Where commands of one block were in each other's way, the
        # state after it does.
        for at in (number - 1, number):
            refusal = self._refusal_at(pending, at)
            if refusal is not None:
                return _ending(pending, OperationState.REFUSED, receipt, refusal)
        if pending.attempts + 1 < SILENT_FAILURES_MAX:
            return None
        silent = CallFailedSilently(operation.transaction or "", pending.attempts + 1)
        return _ending(pending, OperationState.REFUSED, receipt, silent)

    def _refusal_at(self, pending: Pending, block: int) -> LedgerError | None:
        try:
            self._node.simulate(pending.relayer, pending.operation.contract, pending.call_data, block)
        except Unavailable:
            raise
        except NodeRefused as error:
            # Anything but a revert means that the node cannot look back that far.
            return error if refused_by_contract(error) else None
        except LedgerError as error:
            # That its deadline is over now says nothing about then.
            return None if isinstance(error, CommandExpired) else error
        return None

    @staticmethod
    def _too_late(pending: Pending) -> OperationExpired:
        return OperationExpired(format_moment(pending.operation.deadline), pending.last_error)

    def expired(self, pending: Pending) -> Ending:
        """The ending of an operation whose deadline has passed before it was sent."""
        return Ending(
            pending.operation.id,
            OperationState.EXPIRED,
            pending.operation.transaction,
            None,
            reason(self._too_late(pending)),
        )

    def chain_time(self) -> int:
        """Time of the newest block that is believed, UTC seconds; 0 where there is none yet."""
        head = self._node.head()
        if not self._depth:
            return head.timestamp
        block = self._node.call("eth_getBlockByNumber", hex(max(0, head.number - self._depth)), False)
        return 0 if block is None else quantity(block["timestamp"])

    def executed_elsewhere(self, pending: Pending) -> Ending | None:
        """
        The ending of an operation that reached the chain another way; None where it is not on the chain.

        Another relayer may have sent it, or the signer directly, perhaps through a wallet contract. The signer may also
        have used the number for another command: then this one is refused.

        Raises
        ------
        ExecutionNotShown
            It was executed, and it cannot be told yet where, or not for good: ask again.
        """
        operation = pending.operation
        used = self._node.simulate(None, operation.contract, operation_used_call(operation.signer, operation.operation))
        if not any(used):
            return None
        for found in self._executions(pending):
            if self._depth and self._node.head().number - quantity(found["blockNumber"]) < self._depth:
                raise ExecutionNotFinal(operation.id)
            transaction = self._node.call("eth_getTransactionByHash", found["transactionHash"])
            if transaction is not None and pending.core in unhex(transaction["input"]):
                return _ending(pending, OperationState.CONFIRMED, found)
            error = CommandAlreadyExecuted(operation.signer, operation.operation)
            return _ending(pending, OperationState.REFUSED, found, error)
        raise ExecutionNotShown(operation.id)

    def _executions(self, pending: Pending) -> list[dict[str, Any]]:
        operation = pending.operation
        topics = ["0x" + each.hex() for each in (COMMAND_EXECUTED, word(operation.signer), word(operation.operation))]
        # Most often it is behind the block of acceptance; a node that lagged then may have put it before.
        for first in (pending.accepted_block, self._first_block):
            found: list[dict[str, Any]] = self._node.call(
                "eth_getLogs",
                {"address": operation.contract, "topics": topics, "fromBlock": hex(first), "toBlock": "latest"},
            )
            if found:
                return found
        return []

    # ------------------------------------------------------------------------------------------- there is no receipt

    def _look_for(self, missing: Sequence[Pending], now: int) -> Settled:
        """Look into operations without a receipt."""
        # The count is read before the receipts are asked for again: a nonce below it belongs to a transaction that is
        # in a block by then, so where there is still no receipt, that transaction was another one.
        counts = {
            relayer: self._node.transaction_count(relayer)
            for relayer in {each.relayer for each in missing}
            if relayer is not None
        }
        again = self._receipts(missing)
        moved = 0
        waiting: list[Pending] = []
        for pending, receipt in zip(missing, again, strict=True):
            if receipt is not None or pending.nonce is None or pending.relayer is None:
                continue
            if pending.nonce >= counts[pending.relayer]:
                waiting.append(pending)
                continue
            try:
                ending = self.executed_elsewhere(pending)
            except ExecutionNotShown as error:
                log.warning("%s", error, extra=about(error.operation_id))
                continue
            if ending is not None:
                self.record([ending], now)
            else:
                problem = f"nonce {pending.nonce} was taken by another transaction"
                id = pending.operation.id
                log.warning("operation %s: %s", id, problem, extra=about(id))
                self.put_back([id], problem, now)
            moved += 1
        known = self._node.batch([("eth_getTransactionByHash", [each.operation.transaction]) for each in waiting])
        lost = [pending for pending, transaction in zip(waiting, known, strict=True) if transaction is None]
        held = [
            pending for pending, transaction in zip(waiting, known, strict=True) if isinstance(transaction, Mapping)
        ]
        return Settled(moved, tuple(lost), tuple(held))

    # ---------------------------------------------------------------------------------------- a block that is no more

    def recheck(self, now: int) -> int:
        """
        Bring back operations whose blocks were reorganised away after they had ended; how many.

        Nothing is asked where the head is that of the last time. Where that one still stands under a new head, the
        newest blocks are compared; where it does not, or nobody looked before, many more.

        Raises
        ------
        NodeUnreachable, NodeAnswerInvalid
        """
        head = self._node.head()
        seen = self._seen
        if head == seen:
            return 0
        stands = seen is not None and self._hashes([seen.number])[seen.number] == "0x" + seen.hash.hex()
        first = head.number - (RECHECKED_BLOCKS if stands else RECHECKED_BLOCKS_MAX)
        ended = self._outbox.ended_in_blocks(first, RECHECKED_MAX)
        hashes = self._hashes(sorted({number for _, number, _ in ended}))
        undone = [id for id, number, block_hash in ended if hashes[number] not in (None, block_hash)]
        # A node that lags has no block of some height yet. That says nothing, and it is asked again.
        if None not in hashes.values():
            self._seen = head
        if undone:
            log.error(
                "the chain was reorganised below what was taken for final: %s operations had ended in blocks that are "
                "no more, and are sent again; see whether the confirmation depth of %s is enough",
                len(undone),
                self._depth,
            )
            self._tally.reorganised += len(undone)
            self._outbox.reopen(undone, "its block was reorganised away", now)
        return len(undone)

    def _hashes(self, numbers: Sequence[int]) -> dict[int, str | None]:
        """Hashes of blocks; None where the node has no block of that number."""
        blocks = self._node.batch([("eth_getBlockByNumber", [hex(number), False]) for number in numbers])
        hashes: dict[int, str | None] = {}
        for number, block in zip(numbers, blocks, strict=True):
            if isinstance(block, LedgerError):
                raise block
            hashes[number] = None if block is None else str(block["hash"])
        return hashes


def _ending(
    pending: Pending, state: OperationState, found: Mapping[str, Any], error: LedgerError | None = None
) -> Ending:
    """The ending that a receipt or a log tells of."""
    return Ending(
        pending.operation.id,
        state,
        str(found["transactionHash"]),
        quantity(found["blockNumber"]),
        None if error is None else reason(error),
        str(found["blockHash"]),
    )
