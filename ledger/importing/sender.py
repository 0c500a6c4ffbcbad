"""
Sending the recorder's commands through the relay.

A command's operation number follows from its content (`plan.operation_number`), so a command that is made again after a
crash is recognised: it is waited for where it is on its way, left alone where it was executed, and given the next
number where it ended without being executed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from ledger.chain.deployment import Deployment
from ledger.chain.signers import Signer
from ledger.chain.typed_data import SignedCommand, typed_data
from ledger.domain.commands import Command, RecordHistory, RecordOutcomes
from ledger.domain.refusals.commands import CommandAlreadyExecuted
from ledger.domain.terms import Authorization
from ledger.errors import LedgerError
from ledger.importing.plan import operation_number
from ledger.relay.relay import Relay
from ledger.store.operational.operations import Operation, OperationState
from ledger.store.operational.outbox import Outbox

DEADLINE_SECONDS: Final = 3600
WAIT_SECONDS: Final = 300
ATTEMPTS_MAX: Final = 100
"""Commands that were refused so often will be refused again."""


_CHECKED: Final = (RecordHistory, RecordOutcomes)
"""Batches of rows that were checked by the contract's own rules: trying each first would execute it twice."""


class BatchRefused(LedgerError):
    """A command of the import was accepted and then not executed."""

    def __init__(self, operation: Operation) -> None:
        reason = (operation.refusal or {}).get("message", "no reason was recorded")
        super().__init__(
            f"{operation.name} of the import ended {operation.state.value}: {reason}. "
            "What was recorded before stays; run the import again to go on"
        )
        self.operation = operation

    def values(self) -> dict[str, object]:
        """The operation, as it ended."""
        return {"operation": self.operation.to_json()}


class RelaySender:
    """Signs commands with the recorder's key and hands them to the relay."""

    def __init__(
        self,
        relay: Relay,
        outbox: Outbox,
        deployment: Deployment,
        signer: Signer,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._relay = relay
        self._outbox = outbox
        self._deployment = deployment
        self._signer = signer
        self._clock = clock

    @contextmanager
    def working(self) -> Iterator[None]:
        """Let the relay work beside: the node executes batches while the next ones are made and signed."""
        stop = threading.Event()
        thread = threading.Thread(target=self._relay.run, args=(stop,), name="import-relay", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def drain(self) -> None:
        """Wait until nothing that the recorder commanded before is on its way."""
        for state in (OperationState.SENT, OperationState.ACCEPTED):
            while waiting := self._outbox.page(signer=self._signer.address, state=state, limit=100):
                for _, operation in reversed(waiting):
                    # How it ended does not matter here: what stands is looked up afterwards.
                    self._relay.wait(operation.id, WAIT_SECONDS)

    def accept(self, command: Command) -> str | None:
        """
        Put a command on disk.

        Returns
        -------
        Its operation's id; None where the contract has executed it before.
        """
        domain = self._deployment.domain(command.contract)
        for attempt in range(ATTEMPTS_MAX):
            number = operation_number(command, attempt)
            authorization = Authorization(self._signer.address, number, int(self._clock()) + DEADLINE_SECONDS, b"")
            signed = SignedCommand(command, authorization)
            known = self._outbox.find(signed.operation_id(domain))
            if known is not None and known.state in (OperationState.REFUSED, OperationState.EXPIRED):
                continue
            if known is not None:
                return known.id
            document = typed_data(command, authorization, domain)
            signature = self._signer.sign_typed_data(document)
            signed = replace(signed, authorization=replace(authorization, signature=signature))
            try:
                return self._relay.accept(signed, try_first=not isinstance(command, _CHECKED)).id
            except CommandAlreadyExecuted:
                # Another home or another relayer carried it: what stands will show it.
                return None
        raise LedgerError(
            f"{type(command).__name__} of the import was refused {ATTEMPTS_MAX} times; look at the outbox"
        )

    def wait(self, operation: str) -> None:
        """
        Wait until an operation is on the chain.

        Raises
        ------
        BatchRefused
        """
        ended = self._relay.wait(operation, WAIT_SECONDS)
        if ended.state is not OperationState.CONFIRMED:
            raise BatchRefused(ended)
