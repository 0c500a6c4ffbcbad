"""
Messages of a dialogue as they are signed: one EIP-712 type, in the domain of the dialogue register.

Attachments are named by their digests; their names and sizes are no part of what is signed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from eth_utils.crypto import keccak

from ledger.chain.typed_data import DOMAIN_FIELDS, Domain, SignatureAltered, recover, typed_data_digest
from ledger.domain.dialogue import Message

_FIELDS: Final = (
    {"name": "channel", "type": "string"},
    {"name": "number", "type": "uint64"},
    {"name": "previous", "type": "bytes32"},
    {"name": "text", "type": "string"},
    {"name": "attachments", "type": "bytes32[]"},
    {"name": "sentAt", "type": "uint64"},
)


def message_typed_data(message: Message, domain: Domain) -> dict[str, Any]:
    """The complete EIP-712 document that a wallet signs, ready for JSON."""
    return {
        "types": {"EIP712Domain": list(DOMAIN_FIELDS), "DialogueMessage": list(_FIELDS)},
        "primaryType": "DialogueMessage",
        "domain": domain.to_json(),
        "message": {
            "channel": str(message.channel),
            "number": message.number,
            "previous": "0x" + message.previous.hex(),
            "text": message.text,
            "attachments": ["0x" + each.digest.hex() for each in message.attachments],
            "sentAt": message.sent_at,
        },
    }


def message_digest(message: Message, domain: Domain) -> bytes:
    """The 32 bytes that are signed, and that the next message names."""
    return typed_data_digest(message_typed_data(message, domain))


def verify_message(
    message: Message,
    signature: bytes,
    domain: Domain,
    contract_wallet_accepts: Callable[[str, bytes, bytes], bool] | None = None,
) -> bytes:
    """
    Check that a message was signed by its author, and return its digest.

    Raises
    ------
    SignatureAltered
    """
    digest = message_digest(message, domain)
    recovered = recover(digest, signature)
    accepted = recovered == message.signer or (
        contract_wallet_accepts is not None and contract_wallet_accepts(message.signer, digest, signature)
    )
    if not accepted:
        raise SignatureAltered(message.signer, recovered)
    return digest


def record_digest(salt: bytes, last: bytes) -> bytes:
    """What is put on record: a digest that says nothing to those who do not have the salt and the messages."""
    return keccak(salt + last)
