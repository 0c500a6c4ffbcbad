"""
Sign-in messages.

A log-in is a short text that a wallet shows and signs. It names the site that asks, the account, the chain, a number
used once, and when it was made, so that a signature given to one site is of no use to another and of no use twice:

    example.gov wants you to sign in with your Ethereum account:
    0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf

    Read the private records of this account.

    URI: https://example.gov
    Version: 1
    Chain ID: 4242
    Nonce: 2f1c60b1f9c8471d
    Issued At: 2026-01-31T09:00:00Z
    Expiration Time: 2026-01-31T09:10:00Z

The text is read strictly: every line in its place, or it is refused. What was signed is the text itself, never a text
made again from its parts.

Source: EIP-4361, EIP-191.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from ledger.domain.moments import format_moment
from ledger.errors import InvalidInput

TEXT_LENGTH_MAX: Final = 4_096

_MOMENT: Final = r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})"
_URI: Final = r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+"
_TEXT = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?"
    r"(?P<domain>[^\s/?#]+) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9A-Fa-f]{40})\n"
    r"\n"
    r"(?:(?P<statement>[ -~]+)\n)?"
    r"\n"
    rf"URI: (?P<uri>{_URI})\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain_id>[0-9]{1,78})\n"
    r"Nonce: (?P<nonce>[A-Za-z0-9]{8,64})\n"
    rf"Issued At: (?P<issued_at>{_MOMENT})"
    rf"(?:\nExpiration Time: (?P<expires_at>{_MOMENT}))?"
    rf"(?:\nNot Before: (?P<not_before>{_MOMENT}))?"
    r"(?:\nRequest ID: (?P<request_id>[!-~]*))?"
    rf"(?:\nResources:(?P<resources>(?:\n- {_URI})*))?",
    re.ASCII,
)
_RULE: Final = "the text of EIP-4361, unchanged, as the challenge gives it"


class LoginMessageMalformed(InvalidInput):
    """The text is no sign-in message."""


@dataclass(frozen=True, slots=True)
class SignInMessage:
    """What a sign-in message says."""

    domain: str
    """Authority of the site that asks, such as `example.gov` or `127.0.0.1:8000`."""
    address: str
    """The account, with checksum."""
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    statement: str | None = None
    """One line of printable ASCII that the wallet shows."""
    expires_at: datetime | None = None
    """From this moment on the message is no longer good."""
    not_before: datetime | None = None


def parse_sign_in_message(text: str) -> SignInMessage:
    """
    Read a sign-in message.

    Raises
    ------
    LoginMessageMalformed
        Where a line is missing, out of place or not of its form, or the address has a wrong checksum.
    """
    match = _TEXT.fullmatch(text) if len(text) <= TEXT_LENGTH_MAX else None
    if match is None:
        raise LoginMessageMalformed("message", text, _RULE)
    parts = match.groupdict()
    if to_checksum_address(parts["address"]) != parts["address"]:
        raise LoginMessageMalformed("message.address", parts["address"], "an address with the checksum of EIP-55")
    return SignInMessage(
        domain=parts["domain"],
        address=parts["address"],
        uri=parts["uri"],
        chain_id=int(parts["chain_id"]),
        nonce=parts["nonce"],
        issued_at=_moment("message.issued_at", parts["issued_at"]),
        statement=parts["statement"],
        expires_at=_moment_or_none("message.expiration_time", parts["expires_at"]),
        not_before=_moment_or_none("message.not_before", parts["not_before"]),
    )


def _moment_or_none(field: str, text: str | None) -> datetime | None:
    return None if text is None else _moment(field, text)


def _moment(field: str, text: str) -> datetime:
    # Fractions beyond microseconds are cut: no rule here is that fine.
    whole, fraction, zone = re.fullmatch(r"([^.Zz+]{19})(\.\d+)?(.+)", text, re.ASCII).groups()  # type: ignore[union-attr]
    try:
        return datetime.fromisoformat(f"{whole}{(fraction or '')[:7]}{zone}".upper())
    except ValueError:
        raise LoginMessageMalformed(field, text, "an RFC 3339 moment that exists") from None


def write_sign_in_message(
    *, domain: str, address: str, uri: str, chain_id: int, nonce: str, issued_at: int, expires_at: int, statement: str
) -> str:
    """
    The text that a wallet is asked to sign.

    Raises
    ------
    LoginMessageMalformed
        Where a part would not be read back as it was given.
    """
    text = (
        f"{domain} wants you to sign in with your Ethereum account:\n"
        f"{address}\n\n{statement}\n\n"
        f"URI: {uri}\nVersion: 1\nChain ID: {chain_id}\nNonce: {nonce}\n"
        f"Issued At: {format_moment(issued_at)}\nExpiration Time: {format_moment(expires_at)}"
    )
    read = parse_sign_in_message(text)
    if (read.domain, read.address, read.uri, read.statement) != (domain, address, uri, statement):
        raise LoginMessageMalformed("message", text, _RULE)
    return text


def sign_in_digest(text: str) -> bytes:
    """The 32 bytes that a wallet signs for a text."""
    encoded = text.encode()
    return keccak(b"\x19Ethereum Signed Message:\n" + str(len(encoded)).encode() + encoded)


def signer_of(digest: bytes, signature: bytes) -> str | None:
    """The account whose key made the signature, or None where it is none."""
    if len(signature) != 65:
        return None
    # Wallets write the recovery bit as 27 or 28, some libraries as 0 or 1.
    recovery = signature[64] - 27 if signature[64] >= 27 else signature[64]
    try:
        return (
            Signature(signature[:64] + bytes([recovery])).recover_public_key_from_msg_hash(digest).to_checksum_address()
        )
    except (BadSignature, ValidationError):
        return None
