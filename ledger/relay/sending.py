"""
How operations are sent.

Many transactions of one account go out at once, each with the next nonce. The nonce and the signed bytes are on disk
before anything leaves, so that a restart sends the same transaction and not a second one. The chain's count of the
account's transactions is the truth about which nonces are free; a hole below transactions that wait is filled by the
next operation, and where there is none, those above it are taken back and signed anew.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count
from typing import Any, Final

from ledger import traces
from ledger.chain.signers import Signer
from ledger.errors import LedgerError
from ledger.logs import about
from ledger.relay.fees import Fees, fees_now, gas_limits, offered_fees, offered_gas
from ledger.relay.node import Node, batch_or_alone, refused_by_contract
from ledger.relay.reasons import reason
from ledger.relay.settling import ExecutionNotShown, Settler
from ledger.relay.tally import Tally
from ledger.store.operational import Claim, Ending, OperationState, Outbox, Pending

log = logging.getLogger("ledger.relay")

WINDOW: Final = 256
"""How many transactions may be under way; a node's pool takes some hundreds from one account."""

BATCH_BYTES_MAX: Final = 256 * 1024
"""How much call data goes out at once, so that a node has executed it before a request times out."""

CLOCK_AHEAD_SECONDS_MAX: Final = 15 * 60
"""How far this machine's clock may be ahead of the chain's."""

STUCK_SECONDS: Final = 30
"""How long a transaction may lie in the pool before it is stuck."""

STUCK_BLOCKS: Final = 3
"""How many blocks must have passed it by besides: a chain that makes none is not moved by money."""

BACKOFF_SECONDS_MAX: Final = 60
"""Longest wait before an operation that a node does not take is tried again."""

NODE_TROUBLE_SECONDS_MAX: Final = 4
"""Longest wait where a node takes none at all: its disk is full, say."""


@dataclass(frozen=True, slots=True)
class _Outgoing:
    id: str
    attempts: int
    raw: bytes


class Sender:
    """
    Sends accepted operations.

    Parameters
    ----------
    outbox
        Where operations stand.
    node
        The node that gets the transactions.
    signer
        The relayer's key. It pays for gas and can do nothing else.
    chain_id
        The ledger's.
    settler
        Knows how an operation ended that was found out about before it was sent.
    tally
        Counts what was done.
    """

    def __init__(
        self, outbox: Outbox, node: Node, signer: Signer, chain_id: int, settler: Settler, tally: Tally
    ) -> None:
        self._outbox = outbox
        self._node = node
        self._signer = signer
        self._chain_id = chain_id
        self._settler = settler
        self._tally = tally
        self._free_fees: Fees | None = None
        self._stuck: dict[str, int] = {}

    def send(self, flight: Sequence[Pending], now: int) -> int:
        """
        Send what is accepted, as far as the window allows; how many operations have moved.

        Raises
        ------
        NodeUnreachable, NodeAnswerInvalid
            What was claimed for sending is on disk and is sent again.
        """
        waiting = _one_batch(self._outbox.to_send(now, max(0, WINDOW - len(flight))))
        if not waiting:
            return self._take_back_stranded(flight, (), now)
        ready, endings = self._sort_out(waiting, now)
        priced, refused = self._with_gas(ready, now, may_refuse=not flight)
        self._settler.record([*endings, *refused], now)
        claims = self._claim(priced, flight, now)
        attempts = {pending.operation.id: pending.attempts for pending, _ in priced}
        self._tally.sent += len(claims)
        self._broadcast([_Outgoing(each.id, attempts[each.id], each.raw) for each in claims], now)
        self._tell(claims, now)
        moved = len(waiting) if endings or refused or claims else 0
        return moved + self._take_back_stranded(flight, claims, now)

    def _tell(self, claims: Sequence[Claim], now: int) -> None:
        for claim in claims:
            log.info(
                "operation %s sent with nonce %s, transaction %s",
                claim.id,
                claim.nonce,
                claim.transaction,
                extra=about(claim.id, claim.transaction),
            )
        if claims and traces.recorded():
            known = self._outbox.traces_of([each.id for each in claims])
            for claim in claims:
                if claim.id in known:
                    traces.past(
                        "relay.send",
                        known[claim.id],
                        now,
                        time.time(),
                        operation=claim.id,
                        transaction=claim.transaction,
                        relayer=claim.relayer,
                        nonce=claim.nonce,
                    )

    def send_again(self, lost: Sequence[Pending], now: int) -> None:
        """Hand the node transactions that it does not have, by nonce."""
        if lost:
            log.warning("%s transactions are unknown to the node and are sent again", len(lost))
            self._tally.sent_again += len(lost)
            self._broadcast([_Outgoing(each.operation.id, each.attempts, each.raw or b"") for each in lost], now)

    def replace_stuck(self, waiting: Sequence[Pending], now: int) -> int:
        """
        Replace transactions that blocks pass by: the same command under the same nonce, for more; how many.

        What is to be replaced stays good until the node has taken the other one, and only one of them can get the
        nonce, so nothing is executed twice.

        Raises
        ------
        NodeUnreachable, NodeAnswerInvalid
        """
        old = [each for each in self._own(waiting) if now - (each.sent_at or now) >= STUCK_SECONDS and each.raw]
        if not old:
            self._stuck.clear()
            return 0
        head = self._node.head().number
        self._stuck = {
            each.operation.transaction or "": self._stuck.get(each.operation.transaction or "", head) for each in old
        }
        passed = [each for each in old if head - self._stuck[each.operation.transaction or ""] >= STUCK_BLOCKS]
        fees = self._fees() if passed else None
        claims: list[Claim] = []
        for each in passed:
            raw = each.raw or b""
            raised = None if fees is None else fees.raised(offered_fees(raw))
            if raised is not None and each.nonce is not None:
                claims.append(self._signed(each, each.nonce, {"gas": offered_gas(raw), **raised}))
        if not claims:
            return 0
        log.warning("%s transactions are passed by and replaced by others that pay more", len(claims))
        self._tally.replaced += len(claims)
        self._outbox.replace(claims, now)
        answers = self._hand_over([_Outgoing(each.id, 0, each.raw) for each in claims])
        for claim, answer in zip(claims, answers, strict=True):
            # Where the node did not take it, the old one is in its pool or in a block; both are looked into.
            if isinstance(answer, LedgerError) and not _is_settled_otherwise(answer):
                log.warning(
                    "operation %s: the node did not take the replacement: %s",
                    claim.id,
                    answer,
                    extra=about(claim.id, claim.transaction),
                )
        return len(claims)

    # ---------------------------------------------------------------------------------------------------- what to send

    def _sort_out(self, waiting: Sequence[Pending], now: int) -> tuple[list[Pending], list[Ending]]:
        """Those to be sent, and those that have ended without."""
        ready: list[Pending] = []
        endings: list[Ending] = []
        clock_says_late = any(now > each.operation.deadline for each in waiting)
        chain_time = self._settler.chain_time() if clock_says_late else 0
        for pending in waiting:
            # The block's time decides, and this machine's clock may be ahead of it. While it is not sure that a command
            # is too late it is sent, and the contract says.
            late = max(chain_time, now - CLOCK_AHEAD_SECONDS_MAX) > pending.operation.deadline
            # One that came back may be on the chain; one that never left has no reason to be, and is not asked about.
            if not late and not pending.attempts:
                ready.append(pending)
                continue
            try:
                elsewhere = self._settler.executed_elsewhere(pending)
            except ExecutionNotShown as error:
                self._hold(pending, error, now)
                continue
            if elsewhere is not None:
                endings.append(elsewhere)
            elif late:
                endings.append(self._settler.expired(pending))
            else:
                ready.append(pending)
        return ready, endings

    def _with_gas(
        self, ready: Sequence[Pending], now: int, *, may_refuse: bool
    ) -> tuple[list[tuple[Pending, dict[str, int]]], list[Ending]]:
        """
        Each with its gas limit and fees; and those that a contract refuses, with nothing ahead of them.

        A first refusal is not believed: the operation is held, and when its turn comes again it is found out first
        whether it reached the chain another way.
        """
        if not ready:
            return [], []
        fees = self._fees()
        calls = [(each.operation.contract, each.call_data) for each in ready]
        priced: list[tuple[Pending, dict[str, int]]] = []
        endings: list[Ending] = []
        for pending, gas in zip(ready, gas_limits(self._node, fees, self._signer.address, calls), strict=True):
            if not isinstance(gas, LedgerError):
                priced.append((pending, {"gas": gas, **fees.fields()}))
            elif may_refuse and pending.attempts and refused_by_contract(gas):
                endings.append(Ending(pending.operation.id, OperationState.REFUSED, None, None, reason(gas)))
            else:
                self._hold(pending, gas, now)
        return priced, endings

    def _fees(self) -> Fees:
        # Free gas stays free; a price is asked for every time.
        if self._free_fees is not None:
            return self._free_fees
        fees = fees_now(self._node)
        if fees.gas_is_free:
            self._free_fees = fees
        return fees

    def _hold(self, pending: Pending, error: LedgerError, now: int) -> None:
        delay = min(BACKOFF_SECONDS_MAX, 1 << min(pending.attempts, 10))
        id = pending.operation.id
        log.warning("operation %s is tried again in %s s: %s", id, delay, error, extra=about(id))
        self._settler.put_back([id], str(error), now + delay)

    # ---------------------------------------------------------------------------------------------------- nonces

    def _own(self, flight: Sequence[Pending]) -> list[Pending]:
        """Those whose transactions are of this relayer's key; another key's nonces are not its business."""
        return [each for each in flight if each.relayer == self._signer.address]

    def _claim(
        self, ready: Sequence[tuple[Pending, dict[str, int]]], flight: Sequence[Pending], now: int
    ) -> list[Claim]:
        """Give each the lowest free nonce, sign, and put it on disk."""
        if not ready:
            return []
        taken = {each.nonce for each in self._own(flight)}
        free = (nonce for nonce in count(self._node.transaction_count(self._signer.address)) if nonce not in taken)
        claims = [self._signed(pending, nonce, fields) for (pending, fields), nonce in zip(ready, free, strict=False)]
        return self._outbox.claim(claims, now)

    def _signed(self, pending: Pending, nonce: int, fields: dict[str, int]) -> Claim:
        raw, hashed = self._signer.sign_transaction(
            {
                "chainId": self._chain_id,
                "nonce": nonce,
                "to": pending.operation.contract,
                "value": 0,
                "data": "0x" + pending.call_data.hex(),
                **fields,
            }
        )
        return Claim(pending.operation.id, self._signer.address, nonce, "0x" + hashed.hex(), raw)

    def _take_back_stranded(self, flight: Sequence[Pending], claims: Sequence[Claim], now: int) -> int:
        """Take back operations whose nonces lie above a hole that nothing will fill; how many."""
        own = self._own(flight)
        if not own:
            return 0
        known = {each.nonce for each in own} | {each.nonce for each in claims}
        hole = next(nonce for nonce in count(self._node.transaction_count(self._signer.address)) if nonce not in known)
        stranded = [each for each in own if each.nonce is not None and each.nonce > hole]
        if stranded:
            log.warning("%s transactions wait above nonce %s, which is of none: signed anew", len(stranded), hole)
            self._settler.put_back([each.operation.id for each in stranded], f"nonce {hole} was missing", now)
        return len(stranded)

    # ---------------------------------------------------------------------------------------------------- handing over

    def _hand_over(self, outgoing: Sequence[_Outgoing]) -> list[Any | LedgerError]:
        """The node's answers, in order."""
        return batch_or_alone(self._node, [("eth_sendRawTransaction", ["0x" + each.raw.hex()]) for each in outgoing])

    def _broadcast(self, outgoing: Sequence[_Outgoing], now: int) -> None:
        for part in _parts(outgoing):
            self._broadcast_part(part, now)

    def _broadcast_part(self, outgoing: Sequence[_Outgoing], now: int) -> None:
        answers = self._hand_over(outgoing)
        refusals = {str(answer) if isinstance(answer, LedgerError) else None for answer in answers}
        # Where all of several are refused in the same words, it is the node that is in trouble and not they.
        alike = len(outgoing) > 1 and len(refusals) == 1
        longest = NODE_TROUBLE_SECONDS_MAX if alike else BACKOFF_SECONDS_MAX
        for each, answer in zip(outgoing, answers, strict=True):
            if not isinstance(answer, LedgerError) or _is_settled_otherwise(answer):
                continue
            # Behind one that was not taken, the others' nonces are too high: they are not at fault and need not wait.
            blameless = "nonce" in str(answer).lower() and each.attempts < _BLAMELESS_ATTEMPTS_MAX
            delay = 0 if blameless else min(longest, 1 << min(each.attempts, 10))
            log.warning(
                "operation %s: the node did not take its transaction: %s", each.id, answer, extra=about(each.id)
            )
            self._settler.put_back([each.id], str(answer), now + delay)


_BLAMELESS_ATTEMPTS_MAX: Final = 5


def _one_batch(waiting: Sequence[Pending]) -> list[Pending]:
    """The first of those that wait, as many as go out at once; at least one."""
    sizes = accumulate(len(each.call_data) for each in waiting)
    return [
        each
        for index, (each, size) in enumerate(zip(waiting, sizes, strict=True))
        if not index or size <= BATCH_BYTES_MAX
    ]


_OLD_NEWS: Final = (
    "already known",
    "known transaction",
    "already imported",
    "nonce too low",
    "replacement transaction underpriced",
)


def _parts(outgoing: Sequence[_Outgoing]) -> Iterator[list[_Outgoing]]:
    """Parts that a node takes at once: as many as fit, at least one."""
    part: list[_Outgoing] = []
    size = 0
    for each in outgoing:
        if part and size + len(each.raw) > _PART_BYTES_MAX:
            yield part
            part, size = [], 0
        part.append(each)
        size += len(each.raw)
    if part:
        yield part


_PART_BYTES_MAX: Final = 2 * BATCH_BYTES_MAX


def _is_settled_otherwise(error: LedgerError) -> bool:
    """
    Whether a node's no is only news about what happened before: it has the transaction or another of its nonce, or the
    nonce is used up.

    Nodes differ in their words. All of it is looked into when receipts are.
    """
    text = str(error).lower()
    return any(words in text for words in _OLD_NEWS)
