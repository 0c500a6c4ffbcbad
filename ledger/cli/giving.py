"""
Giving a command: shown in words, confirmed by a person, signed by a key of the home, relayed, waited for.

Where nobody can be asked, a command is signed only with `--yes`, so that no script signs what nobody decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import typer

from ledger.cli.session import Session, may_ask
from ledger.commands import OperationFailed
from ledger.domain.commands import Command
from ledger.domain.events import CommandExecuted, Event
from ledger.errors import InvalidInput, NotAllowed
from ledger.store.operational.operations import Operation, OperationState
from ledger.store.projection.bodies import body_of

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger
    from ledger.chain.receipts import SignedReceipt
    from ledger.chain.signers import Signer

WAIT_SECONDS: Final = 120


class ConfirmationNeeded(NotAllowed):
    """A command would be signed without anybody having said so."""


@dataclass(frozen=True, slots=True)
class Given:
    """A command that was executed, and what it changed."""

    operation: Operation
    events: tuple[Event, ...]
    receipt: SignedReceipt | None = None
    """The relayer's word that it would include it."""

    def to_json(self) -> dict[str, Any]:
        """As `--json` shows it."""
        return {
            "operation": self.operation.to_json(),
            "receipt": None if self.receipt is None else self.receipt.to_json(),
            "events": [{"event": type(event).__name__, **body_of(event)} for event in self.events],
        }


def signer_named(ledger: Ledger, name: str | None) -> Signer:
    """
    The key that signs.

    Raises
    ------
    InvalidInput
        None was named and the home has more than one that could be meant.
    KeyUnknown, KeyPassphraseWrong
    """
    if name is not None:
        return ledger.keys.signer(name)
    own = [each for each, _ in ledger.keys.list() if not _of_the_set_up(each)]
    if len(own) != 1:
        known = ", ".join(each for each, _ in ledger.keys.list())
        raise InvalidInput("--as", None, f"the name of the key that signs; in this home: {known or 'none'}")
    return ledger.keys.signer(own[0])


def _of_the_set_up(name: str) -> bool:
    return name in ("deployer", "relayer", "recorder") or name.startswith("administrator-")


def give(session: Session, ledger: Ledger, command: Command, signer: Signer, *, yes: bool) -> Given:
    """
    Give one command and print what came of it.

    Raises
    ------
    ConfirmationNeeded
        Nobody can be asked and `--yes` was not given. Nothing was sent.
    SignatureRefused, Refused, NodeUnreachable
        Nothing was accepted.
    OperationFailed
        It was accepted and then refused, or came too late.
    """
    given = give_quietly(session, ledger, command, signer, yes=yes)
    session.out.document(given.to_json())
    operation = given.operation
    session.out.line(f"Done 已执行: {operation.name} in block {operation.block_number}, {operation.transaction}")
    for event in given.events:
        fields = ", ".join(f"{name} {_brief(value)}" for name, value in body_of(event).items())
        session.out.line(f"  {type(event).__name__}: {fields}")
    return given


def give_quietly(session: Session, ledger: Ledger, command: Command, signer: Signer, *, yes: bool) -> Given:
    """Give one command; the caller says what came of it."""
    prepared = ledger.commands.prepare(command, signer.address)
    if not session.out.as_json:
        for line in prepared.words:
            session.out.line(line)
    confirm(f"Sign this as {signer.address}?", yes=yes)
    operation = ledger.commands.submit(prepared.signed(signer.sign_typed_data(prepared.typed_data)))
    ended = ledger.relay.wait(operation.id, WAIT_SECONDS)
    if ended.state is not OperationState.CONFIRMED:
        raise OperationFailed(ended)
    ledger.follower.sync()
    events = tuple(event for event in ledger.commands.facts(ended) if not isinstance(event, CommandExecuted))
    return Given(ended, events, ledger.relay.receipt(ended.id))


def confirm(question: str, *, yes: bool) -> None:
    """
    Ask a person, unless `--yes` was given.

    Raises
    ------
    ConfirmationNeeded, typer.Abort
    """
    if yes:
        return
    if not may_ask():
        raise ConfirmationNeeded("nobody can be asked here, so nothing was signed; add --yes to sign without asking")
    typer.confirm(question, abort=True, err=True)


def _brief(value: object) -> str:
    text = str(value)
    return text if len(text) <= 70 else text[:69] + "…"
