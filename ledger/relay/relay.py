"""
The relay.

Several processes may have a relay on one home: the server, and a command line that waits for its own command. A lease
in the operational database says which of them sends; the others put commands into the outbox and watch how they end.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from ledger import traces
from ledger.chain.connection import quantity
from ledger.chain.deployment import Deployment
from ledger.chain.receipts import AcceptanceReceipt, SignedReceipt
from ledger.chain.signers import Signer
from ledger.chain.typed_data import SignatureAltered, SignedCommand, call_data, digest, verify
from ledger.chain.wallets import contract_wallet_accepts
from ledger.domain.moments import MOMENT_MAX
from ledger.domain.terms import Authorization
from ledger.errors import InvalidInput, LedgerError, Unavailable
from ledger.logs import about
from ledger.relay.node import Node
from ledger.relay.sending import Sender
from ledger.relay.settling import Settled, Settler
from ledger.relay.tally import Tally
from ledger.store.operational import Acceptance, Backlog, Entry, Idempotency, Operation, OperationalStore

log = logging.getLogger("ledger.relay")

LEASE_NAME: Final = "relay"

IDLE_SECONDS: Final = 0.2
"""How long the loop rests where nothing moves; a command of this process wakes it at once."""

TROUBLE_SECONDS_MAX: Final = 5.0
"""How long the loop rests at most where a node or the database does not answer."""

INCLUDE_SECONDS: Final = 600
"""How long after it accepted a command a relay says that it will be in a block, at most."""

RECHECK_SECONDS: Final = 5
"""How often the loop looks whether the chain was reorganised below what has ended."""

TIDY_SECONDS: Final = 3600
"""How often what is over is deleted from the operational store."""

_WORDS_AFTER_CORE: Final = 3
"""Deadline, offset of the signature and its length: the words of unsigned call data behind the operation number."""


class OperationNotEnded(Unavailable):
    """An operation is still on its way after the time that a caller wanted to wait. It is not lost: ask again."""

    def __init__(self, operation: Operation, seconds: float, trouble: str | None) -> None:
        because = f"; {trouble}" if trouble else ""
        super().__init__(
            f"operation {operation.id} ({operation.name}) is {operation.state.value} after {seconds:g} s{because}. "
            "It is on disk and will be sent; ask again for its state"
        )
        self.operation, self.trouble = operation, trouble

    def values(self) -> dict[str, object]:
        """The operation as it stands, and what is in its way."""
        return {"operation": self.operation.to_json(), "trouble": self.trouble}


@dataclass(frozen=True, slots=True)
class Progress:
    """What one round of the relay did."""

    held: bool
    """Whether this relay has the lease; without it nothing is done."""
    moved: int = 0
    """How many times an operation went on: was sent, ended or came back. 0 means that there is nothing to do now."""


class Relay:
    """
    Takes signed commands and brings them to the chain.

    Parameters
    ----------
    node
        The node that is asked and gets the transactions.
    deployment
        Where the ledger's contracts are.
    store
        Where accepted commands are kept.
    signer
        The relayer's key. It needs funds where gas costs, and can do nothing else.
    confirmation_depth
        How many blocks must stand on a block before what it says is believed; 0 where a block is final at once, as on
        the embedded chain.
    include_seconds
        How long after acceptance a command will be in a block, by this relay's signed word.
    clock
        UTC seconds.
    """

    def __init__(
        self,
        node: Node,
        deployment: Deployment,
        store: OperationalStore,
        signer: Signer,
        *,
        confirmation_depth: int = 0,
        include_seconds: int = INCLUDE_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._node = node
        self._deployment = deployment
        self._store = store
        self._outbox = store.outbox
        self._signer = signer
        self._clock = clock
        self._include_seconds = include_seconds
        self._wallet_accepts = partial(contract_wallet_accepts, node)
        self.tally = Tally()
        self._settler = Settler(self._outbox, node, deployment.block, confirmation_depth, self.tally)
        self._sender = Sender(self._outbox, node, signer, deployment.chain_id, self._settler, self.tally)
        self._lease = store.lease(LEASE_NAME)
        self._working = threading.Lock()
        self._work_came = threading.Event()
        self._moved = threading.Condition()
        self._trouble: str | None = None
        self._looping = False

    @property
    def address(self) -> str:
        """The relayer's account."""
        return self._signer.address

    @property
    def trouble(self) -> str | None:
        """What kept the last round from its work, or None."""
        return self._trouble

    def backlog(self) -> Backlog:
        """How much waits."""
        return self._outbox.backlog()

    def _now(self) -> int:
        return int(self._clock())

    # ------------------------------------------------------------------------------------------------------- accepting

    def accept(
        self, signed: SignedCommand, idempotency: Idempotency | None = None, *, try_first: bool = True
    ) -> Operation:
        """
        Take a signed command. When this returns, it is on disk and will not be lost.

        The signature is checked, and the command is tried on the node's newest state; where either fails nothing is
        kept. A command that was accepted before gives its operation as it stands.

        Parameters
        ----------
        signed
            The command and its authorization with a signature.
        idempotency
            Kept together with the command: the same request again gets the first answer.
        try_first
            Whether to try the command on the node. An import that has checked its rows, and goes on from what is
            recorded, need not have each large batch executed twice, nor wait for one before it gives the next; what
            the contract refuses then ends refused.

        Raises
        ------
        SignatureRefused
            Where the contract would not accept the signature.
        Refused
            Where the contract would refuse the command, with its own error.
        OperationReused, IdempotencyKeyReused
            Where the operation number or the key stands for something else.
        NodeUnreachable, NodeAnswerInvalid, NodeRefused, DatabaseLocked, DatabaseUnusable, InvalidInput
        """
        with traces.span(
            "relay.accept", command=type(signed.command).__name__, signer=signed.authorization.signer
        ) as span:
            operation = self._accept(signed, idempotency, try_first=try_first)
            if span is not None:
                span.set_attribute("intergov.operation", operation.id)
            return operation

    def _accept(self, signed: SignedCommand, idempotency: Idempotency | None, *, try_first: bool) -> Operation:
        now = self._now()
        if idempotency is not None:
            first = self._store.idempotency.recall(idempotency, now)
            if first is not None:
                return Operation.from_text(first)
        entry = self._entry(signed)
        acceptance = None
        if self._outbox.digest_of(entry.id) is None:
            number, chain_time = self._check(signed, entry, now, try_first=try_first)
            entry = replace(entry, accepted_block=number)
            acceptance = self._promise(entry, now, max(now, chain_time))
        operation = self._outbox.accept(entry, now, idempotency, acceptance)
        self.tally.accepted += 1
        log.info(
            "operation %s accepted: %s of %s", operation.id, operation.name, operation.signer, extra=about(operation.id)
        )
        self._work_came.set()
        return operation

    def receipt(self, operation_id: str) -> SignedReceipt | None:
        """The signed receipt for an accepted operation; None where none was given."""
        acceptance = self._outbox.acceptance_of(operation_id)
        operation = self._outbox.find(operation_id)
        if acceptance is None or operation is None:
            return None
        said = self._said(
            operation.id, operation.contract, operation.signer, operation.operation, acceptance.accepted_at
        )
        return SignedReceipt(replace(said, include_by=acceptance.include_by), acceptance.relayer, acceptance.signature)

    def _said(self, id: str, contract: str, signer: str, operation: int, accepted_at: int) -> AcceptanceReceipt:
        return AcceptanceReceipt(self._deployment.chain_id, id, contract, signer, operation, accepted_at, accepted_at)

    def _promise(self, entry: Entry, now: int, from_time: int) -> Acceptance:
        """The relay's signed word; it is kept by block time, which may be ahead of this machine's clock."""
        include_by = min(entry.deadline, from_time + self._include_seconds)
        said = self._said(entry.id, entry.contract, entry.signer, entry.operation, now)
        said = replace(said, include_by=include_by)
        signature = self._signer.sign_typed_data(said.typed_data())
        return Acceptance(self._signer.address, now, include_by, signature, traces.traceparent())

    def _entry(self, signed: SignedCommand) -> Entry:
        authorization = signed.authorization
        if not 0 <= authorization.deadline <= MOMENT_MAX:
            raise InvalidInput("deadline", authorization.deadline, f"UTC seconds, at most {MOMENT_MAX}")
        if not authorization.signature:
            # Without a signature the contract takes the sender for the signer, and the sender would be the relayer.
            raise SignatureAltered(authorization.signer, None)
        domain = self._deployment.domain(signed.contract)
        unsigned = Authorization(authorization.signer, authorization.operation, authorization.deadline, b"")
        return Entry(
            id=signed.operation_id(domain),
            name=type(signed.command).__name__,
            contract=domain.contract,
            signer=authorization.signer,
            operation=authorization.operation,
            deadline=authorization.deadline,
            digest=digest(signed.command, authorization, domain),
            call_data=signed.call_data(),
            core_bytes=len(call_data(signed.command, unsigned)) - 32 * _WORDS_AFTER_CORE,
            accepted_block=0,
        )

    def _check(self, signed: SignedCommand, entry: Entry, now: int, *, try_first: bool) -> tuple[int, int]:
        """Raise what is wrong with a command; number and time of a block before which it was not executed."""
        verify(signed, self._deployment.domain(signed.contract), now, self._wallet_accepts)
        call = {"from": self._signer.address, "to": entry.contract, "data": "0x" + entry.call_data.hex()}
        # The head comes first: a command that is executed after the trial is in a later block.
        head: tuple[str, list[Any]] = ("eth_getBlockByNumber", ["latest", False])
        requests: list[tuple[str, list[Any]]] = [head, ("eth_call", [call, "latest"])]
        answers = self._node.batch(requests if try_first else requests[:1])
        for answer in reversed(answers):
            if isinstance(answer, LedgerError):
                raise answer
        block: Any = answers[0]
        return quantity(block["number"]), quantity(block["timestamp"])

    # --------------------------------------------------------------------------------------------------------- working

    def run_once(self) -> Progress:
        """
        One round: find out what became of what was sent, send what waits, and look again.

        Where another relay of this home has the lease, or another thread is at work on this one, nothing is done.

        Raises
        ------
        NodeUnreachable, NodeAnswerInvalid, DatabaseLocked, DatabaseUnusable
            Whatever was done until then is on disk, and the next round goes on from there.
        """
        if not self._working.acquire(blocking=False):
            return Progress(held=False)
        try:
            now = self._now()
            if not self._lease.hold(now):
                return Progress(held=False)
            # A receipt of one node and a count of another would say together what neither says.
            with self._node.one_view():
                settled = self._settle(now)
                self._sender.send_again(settled.lost, now)
                self._sender.replace_stuck(settled.waiting, now)
                sent = self._sender.send(self._outbox.in_flight(), now)
                moved = settled.moved + sent
                # Where a block is made at once, what was just sent has ended by now.
                if sent or settled.lost:
                    moved += self._settle(now).moved
            self._trouble = None
        except Unavailable as error:
            self._trouble = str(error)
            self.tally.failed_rounds += 1
            raise
        finally:
            self._working.release()
        if moved:
            with self._moved:
                self._moved.notify_all()
        return Progress(held=True, moved=moved)

    def _settle(self, now: int) -> Settled:
        return self._settler.settle(self._outbox.in_flight(), now)

    def recheck(self) -> int:
        """
        Bring back operations that had ended in blocks which are on the chain no more; how many.

        Raises
        ------
        NodeUnreachable, NodeAnswerInvalid, DatabaseLocked, DatabaseUnusable
        """
        return self._settler.recheck(self._now())

    def run(self, stop: threading.Event) -> None:
        """
        Work until told to stop.

        A node or database that does not answer is waited for; nothing that happens in a round ends the loop. Now and
        then what is over in the operational store (idempotency keys, log-ins) is deleted.
        """
        rest = IDLE_SECONDS
        tidy_at = recheck_at = 0.0
        self._looping = True
        while not stop.is_set():
            self._work_came.clear()
            try:
                moved = self.run_once().moved
                rest = IDLE_SECONDS
                if self._lease.held and time.monotonic() >= recheck_at:
                    moved += self.recheck()
                    recheck_at = time.monotonic() + RECHECK_SECONDS
                if self._clock() >= tidy_at:
                    self._store.forget_expired(self._now())
                    tidy_at = self._clock() + TIDY_SECONDS
            except LedgerError as error:
                log.warning("the relay waits: %s", error)
                moved, rest = 0, min(TROUBLE_SECONDS_MAX, rest * 2)
            except Exception:
                # A relay that ended unseen would leave accepted commands lying; whatever it was, it is tried again.
                log.exception("a round of the relay failed")
                moved, rest = 0, TROUBLE_SECONDS_MAX
            if not moved:
                self._work_came.wait(rest) if rest == IDLE_SECONDS else stop.wait(rest)
        self._looping = False
        self.close()

    def wait(self, operation_id: str, timeout_seconds: float = 60) -> Operation:
        """
        Wait until an operation has ended, doing the relay's work meanwhile where nobody else does.

        Raises
        ------
        NotFound
            Where there is no such operation.
        OperationNotEnded
            Where it is still on its way; it is not lost.
        """
        try:
            return self._wait(operation_id, timeout_seconds)
        finally:
            if not self._looping:
                self.close()

    def _wait(self, operation_id: str, timeout_seconds: float) -> Operation:
        until = time.monotonic() + timeout_seconds
        trouble: str | None = None
        while True:
            operation = self._outbox.get(operation_id)
            if operation.state.ended:
                return operation
            if time.monotonic() >= until:
                raise OperationNotEnded(operation, timeout_seconds, trouble or self._trouble)
            try:
                moved = self.run_once().moved
                trouble = None
            except Unavailable as error:
                moved, trouble = 0, str(error)
            if not moved:
                with self._moved:
                    self._moved.wait(min(IDLE_SECONDS / 4, max(0.0, until - time.monotonic())))

    def close(self) -> None:
        """Give the lease back, so that another relay of this home can go on at once."""
        with self._working:
            if self._lease.held:
                try:
                    self._lease.release()
                except Unavailable as error:
                    # It runs out by itself, and what the caller wanted to know is known.
                    log.warning("the lease was not given back: %s", error)
