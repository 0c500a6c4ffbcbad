"""
Reading a command out of the EIP-712 document that was signed.

A caller may send back the whole document, just as its wallet signed it. The command is read from its message and the
digest is made anew from the command, so a document that says anything else than what was signed does not verify.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from typing import Any

from ledger.chain.command_json import command_from_json, read_address
from ledger.chain.contracts import command_shapes, hints
from ledger.chain.deployment import Deployment
from ledger.chain.typed_data import SignedCommand, check_document
from ledger.domain.commands import COMMANDS
from ledger.domain.moments import MOMENT_MAX, parse_moment
from ledger.domain.terms import Authorization
from ledger.errors import InvalidInput

_AUTHORIZATION = ("signer", "operation", "deadline")
_OPERATION_MAX = (1 << 256) - 1


def signed_document(name: str, document: Mapping[str, Any], signature: bytes, deployment: Deployment) -> SignedCommand:
    """
    The signed command that a document and its signature are.

    Raises
    ------
    SignatureForeignChain, SignatureForeignHome
        Where the document is for another chain or ledger.
    InvalidInput
        Where it is no document of this command.
    """
    check_document(document, name, deployment.domain(COMMANDS[name].contract))
    message = document.get("message")
    if not isinstance(message, Mapping):
        raise InvalidInput("typed_data.message", message, "an object with named fields")
    shape = command_shapes()[name]
    body = _fields("typed_data.message.", shape.twin, shape.parameters, message, _AUTHORIZATION)
    return SignedCommand(
        command_from_json(name, body),
        authorization(
            message.get("signer"), message.get("operation"), message.get("deadline"), signature, "typed_data.message."
        ),
    )


def authorization(signer: Any, operation: Any, deadline: Any, signature: bytes, path: str = "") -> Authorization:
    """
    Who commands, and the proof of it.

    Raises
    ------
    InvalidInput
    """
    number = _number(operation)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= _OPERATION_MAX:
        raise InvalidInput(f"{path}operation", operation, "a whole number from 0 to 2^256 - 1, in decimal digits")
    moment = _number(deadline)
    if isinstance(moment, str):
        moment = parse_moment(moment, f"{path}deadline")
    if not isinstance(moment, int) or isinstance(moment, bool) or not 0 < moment <= MOMENT_MAX:
        raise InvalidInput(f"{path}deadline", deadline, "an RFC 3339 moment, or seconds since 1970")
    return Authorization(read_address(f"{path}signer", signer), number, moment, signature)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 78 else value


def _fields(
    path: str, twin: type, parameters: Sequence[Mapping[str, Any]], message: Any, besides: Sequence[str] = ()
) -> dict[str, Any]:
    """A struct's values under the names that commands have in JSON."""
    if not isinstance(message, Mapping):
        raise InvalidInput(path.removesuffix("."), message, "an object with named fields")
    known = [str(parameter["name"]) for parameter in parameters]
    for key in message:
        if key not in known and key not in besides:
            raise InvalidInput(f"{path}{key}", key, f"one of the fields {', '.join([*known, *besides])}")
    body: dict[str, Any] = {}
    for (field, hint), parameter in zip(hints(twin), parameters, strict=True):
        name = str(parameter["name"])
        if name not in message:
            raise InvalidInput(f"{path}{name}", None, "this field, which is missing")
        body[field] = _value(f"{path}{name}", field, hint, parameter, message[name])
    return body


def _value(path: str, field: str, hint: Any, parameter: Mapping[str, Any], value: Any) -> Any:
    kind: str = parameter["type"]
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise InvalidInput(path, value, "a list")
        item = {**parameter, "type": kind.removesuffix("[]")}
        inner = typing.get_args(hint)[0]
        return [_value(f"{path}[{index}]", field, inner, item, each) for index, each in enumerate(value)]
    if kind == "tuple":
        return _fields(f"{path}.", hint, parameter["components"], value)
    if field == "currency":
        return _currency(path, value)
    return _number(value) if kind.startswith("uint") else value


def _currency(path: str, value: Any) -> str | None:
    rule = "0x and six hexadecimal digits: three letters of ISO 4217, or zeros for none"
    if not isinstance(value, str) or not value.startswith("0x") or len(value) != 8:
        raise InvalidInput(path, value, rule)
    try:
        return bytes.fromhex(value[2:]).decode("ascii").rstrip("\0") or None
    except ValueError:
        raise InvalidInput(path, value, rule) from None
