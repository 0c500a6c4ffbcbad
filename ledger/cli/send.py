"""Sending a command directly, past every relayer: the sender pays, and needs nobody's goodwill."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.giving import confirm, signer_named
from ledger.cli.options import AsOption, YesOption, command
from ledger.cli.receipt import read_document
from ledger.cli.session import Session
from ledger.domain.moments import parse_moment
from ledger.errors import InvalidInput

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger
    from ledger.chain.signers import Signer
    from ledger.chain.typed_data import SignedCommand

app = typer.Typer()


@command(app, "send")
def send(
    session: Session,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="JSON: name and command, and where it is signed already signer, operation, deadline and signature.",
        ),
    ],
    key: AsOption = None,
    yes: YesOption = False,
) -> None:
    """
    Send a command directly, past every relayer.

    The key named with --as pays for the transaction. It signs the command too, unless the file holds a signature: a
    command that was signed by anyone can be sent by everyone.
    """
    from ledger.chain.transactions import send_transaction

    document = read_document(file)
    if not isinstance(document, Mapping):
        raise InvalidInput("FILE", str(file), "an object with name and command")
    with session.ledger() as ledger:
        sender = signer_named(ledger, key)
        signed = _signed(ledger, document, sender, session, yes=yes)
        domain = ledger.deployment.domain(signed.contract)
        receipt = send_transaction(ledger.connection, sender, domain.contract, signed.call_data())
        ledger.follower.sync()
    session.out.document(
        {
            "id": signed.operation_id(domain),
            "name": type(signed.command).__name__,
            "transaction": "0x" + receipt.transaction.hex(),
            "block_number": receipt.block_number,
            "block_hash": "0x" + receipt.block_hash.hex(),
        }
    )
    name = type(signed.command).__name__
    session.out.line(f"Done 已执行: {name} in block {receipt.block_number}, 0x{receipt.transaction.hex()}")


def _signed(
    ledger: Ledger, document: Mapping[str, Any], sender: Signer, session: Session, *, yes: bool
) -> SignedCommand:
    from ledger.chain.command_json import command_from_json, read_address
    from ledger.chain.typed_data import SignedCommand
    from ledger.domain.terms import Authorization

    name, body = document.get("name"), document.get("command")
    if not isinstance(name, str) or not isinstance(body, Mapping):
        raise InvalidInput("FILE", sorted(map(str, document)), "an object with name (text) and command (an object)")
    given = command_from_json(name, body)
    if not session.out.as_json:
        for line in ledger.commands.words(given):
            session.out.line(line)
    if document.get("signature") is None:
        confirm(f"Sign and send this as {sender.address}?", yes=yes)
        prepared = ledger.commands.prepare(given, sender.address)
        return prepared.signed(sender.sign_typed_data(prepared.typed_data))
    authorization = Authorization(
        read_address("signer", document.get("signer")),
        _whole("operation", document.get("operation"), 2**256 - 1),
        parse_moment(str(document.get("deadline")), "deadline"),
        _bytes("signature", document.get("signature")),
    )
    confirm(f"Send this for {authorization.signer}, paid by {sender.address}?", yes=yes)
    return SignedCommand(given, authorization)


def _whole(field: str, value: object, most: int) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most):
        raise InvalidInput(field, value, f"a whole number from 0 to {most}")
    return int(text)


def _bytes(field: str, value: object) -> bytes:
    try:
        if isinstance(value, str) and value.startswith("0x") and " " not in value:
            return bytes.fromhex(value[2:])
    except ValueError:
        pass
    raise InvalidInput(field, value, "0x and hexadecimal digits")
