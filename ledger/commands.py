"""
Giving commands: prepare, sign, submit.

A command is prepared (it gets an operation number and a deadline, and is shown in words), signed by the government's
own key, wherever that is, and submitted to the relay. What it changed comes back as events.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from ledger.chain.calls import call_in_words
from ledger.chain.connection import Connection, Receipt, unhex
from ledger.chain.decoder import decode_event
from ledger.chain.deployment import Deployment
from ledger.chain.signers import Signer
from ledger.chain.typed_data import SignedCommand, typed_data
from ledger.domain.commands import ApproveProposal, Command, ProposeCall
from ledger.domain.events import Event
from ledger.domain.terms import Authorization
from ledger.domain.words import Names, in_words
from ledger.errors import InvalidInput, LedgerError
from ledger.store.operational.operations import Operation, OperationState

DEADLINE_SECONDS_DEFAULT: Final = 3600
DEADLINE_SECONDS_MAX: Final = 7 * 86_400
"""A signature that lies about for longer than a week is likelier to be found than to be meant."""


class OperationFailed(LedgerError):
    """A command was accepted, and then not executed."""

    def __init__(self, operation: Operation) -> None:
        reason = (operation.refusal or {}).get("message", "no reason was recorded")
        super().__init__(f"{operation.name} ended {operation.state.value}: {reason}")
        self.operation = operation

    def values(self) -> dict[str, object]:
        """The operation, as it ended."""
        return {"operation": self.operation.to_json()}


class Relaying(Protocol):
    """What is needed of a relay."""

    def accept(self, signed: SignedCommand) -> Operation:
        """Verify a command and put it on disk."""
        ...

    def wait(self, operation_id: str, timeout_seconds: float = ...) -> Operation:
        """Move operations until this one has ended."""
        ...


class Numbering(Protocol):
    """What gives operation numbers."""

    def next(self, signer: str, contract: str) -> int:
        """A number that this signer has not used with this contract."""
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """A command ready to be read and signed."""

    command: Command
    authorization: Authorization
    """Without signature."""

    typed_data: dict[str, Any]
    """The EIP-712 document that is signed."""

    words: tuple[str, ...]
    """What is signed, in plain language."""

    def signed(self, signature: bytes) -> SignedCommand:
        """The command with its signature."""
        return SignedCommand(self.command, replace(self.authorization, signature=signature))


class Commands:
    """
    Gives commands to one ledger.

    Parameters
    ----------
    names
        A government's name for its number, for what is shown before signing.
    proposed_call
        The target and call data of a proposal on record; None where there is none.
    catch_up
        Brings the projection up to the chain's head.
    clock
        UTC seconds.
    """

    def __init__(
        self,
        connection: Connection,
        deployment: Deployment,
        relay: Relaying,
        numbers: Numbering,
        names: Names,
        proposed_call: Callable[[int], tuple[str, bytes] | None],
        catch_up: Callable[[], object],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._connection = connection
        self._deployment = deployment
        self._relay = relay
        self._numbers = numbers
        self._names = names
        self._proposed_call = proposed_call
        self._catch_up = catch_up
        self._clock = clock

    def prepare(
        self,
        command: Command,
        signer: str,
        deadline_seconds: int = DEADLINE_SECONDS_DEFAULT,
        operation: int | None = None,
    ) -> Prepared:
        """
        Make a command ready to be read and signed.

        Parameters
        ----------
        signer
            Address of the account that will sign.
        deadline_seconds
            How long, from now, it may be executed.
        operation
            The operation's number, for callers that derive it from what they record; None for the next free one.

        Raises
        ------
        InvalidInput
        """
        if not 0 < deadline_seconds <= DEADLINE_SECONDS_MAX:
            raise InvalidInput("deadline", f"{deadline_seconds} s", f"1 to {DEADLINE_SECONDS_MAX} s from now")
        if operation is None:
            operation = self._numbers.next(signer, self._deployment.addresses[command.contract])
        authorization = Authorization(signer, operation, int(self._clock()) + deadline_seconds, b"")
        return Prepared(
            command=command,
            authorization=authorization,
            typed_data=typed_data(command, authorization, self._deployment.domain(command.contract)),
            words=tuple(self.words(command)),
        )

    def words(self, command: Command) -> list[str]:
        """What a command says, in plain language; a proposed call is spelt out."""
        lines = in_words(command, self._names)
        if isinstance(command, ProposeCall):
            lines += call_in_words(self._deployment, command.target, command.call_data)
        elif isinstance(command, ApproveProposal) and (call := self._proposed_call(command.id)) is not None:
            lines += call_in_words(self._deployment, *call)
        return lines

    def submit(self, signed: SignedCommand) -> Operation:
        """
        Hand a signed command to the relay.

        Returns
        -------
        The operation, accepted: on disk, and on its way to the chain.

        Raises
        ------
        SignatureRefused, Refused, NodeUnreachable
            Nothing was accepted then.
        """
        return self._relay.accept(signed)

    def send(self, command: Command, signer: Signer, timeout_seconds: float = 60) -> Operation:
        """
        Prepare, sign with a key that is at hand, submit, and wait until it is on the chain.

        Raises
        ------
        SignatureRefused, Refused, NodeUnreachable
        OperationFailed
            Where it was accepted and then refused or expired.
        """
        prepared = self.prepare(command, signer.address)
        operation = self.submit(prepared.signed(signer.sign_typed_data(prepared.typed_data)))
        ended = self._relay.wait(operation.id, timeout_seconds)
        if ended.state is not OperationState.CONFIRMED:
            raise OperationFailed(ended)
        self._catch_up()
        return ended

    def facts(self, operation: Operation) -> list[Event]:
        """The events of the transaction that executed an operation, in order."""
        if operation.transaction is None:
            return []
        receipt = self._connection.receipt(unhex(operation.transaction))
        return [] if receipt is None else self._events(receipt)

    def _events(self, receipt: Receipt) -> list[Event]:
        contracts = {address.lower(): name for name, address in self._deployment.addresses.items()}
        return [
            decode_event(
                contracts[log["address"].lower()], [unhex(topic) for topic in log["topics"]], unhex(log["data"])
            )
            for log in receipt.logs
            if log["address"].lower() in contracts
        ]
