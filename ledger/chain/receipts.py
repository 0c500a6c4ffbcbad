"""
Receipts of acceptance.

A relayer that takes a command signs that it has done so, and by when the command will be in a block. A relayer that
then drops the command can be shown to have broken its word by anyone who has the receipt and a node to ask: the
contracts say whether the signer's operation number was used.

The receipt is an EIP-712 document. Its domain names the chain; the contract stands in the message, so no verifying
contract is part of the domain.

Source: EIP-712; the certificate transparency log's signed certificate timestamp (RFC 6962) is the model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.chain.command_json import read_address
from ledger.chain.typed_data import DOMAIN_NAME, DOMAIN_VERSION, operation_id, recover, typed_data_digest
from ledger.domain.moments import MOMENT_MAX, format_moment, parse_moment
from ledger.errors import InvalidInput

_TYPES: Final = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
    ],
    "AcceptanceReceipt": [
        {"name": "operationId", "type": "bytes32"},
        {"name": "contract", "type": "address"},
        {"name": "signer", "type": "address"},
        {"name": "operation", "type": "uint256"},
        {"name": "acceptedAt", "type": "uint64"},
        {"name": "includeBy", "type": "uint64"},
    ],
}


class ReceiptForged(InvalidInput):
    """The receipt is not what the named relayer signed."""


@dataclass(frozen=True, slots=True)
class AcceptanceReceipt:
    """What a relayer says when it accepts a command."""

    chain_id: int
    operation_id: str
    """The operation's public id, 0x and 64 hexadecimal digits."""
    contract: str
    """Address of the contract that the command goes to."""
    signer: str
    operation: int
    """The signer's number for it, used once."""
    accepted_at: int
    """UTC seconds."""
    include_by: int
    """Last second, of block time, by which it is to be in a block."""

    def typed_data(self) -> dict[str, Any]:
        """The EIP-712 document that the relayer signs; integers are text, so that no reader loses digits."""
        return {
            "types": _TYPES,
            "primaryType": "AcceptanceReceipt",
            "domain": {"name": DOMAIN_NAME, "version": DOMAIN_VERSION, "chainId": str(self.chain_id)},
            "message": {
                "operationId": self.operation_id,
                "contract": self.contract,
                "signer": self.signer,
                "operation": str(self.operation),
                "acceptedAt": self.accepted_at,
                "includeBy": self.include_by,
            },
        }


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt as it is handed over and kept."""

    receipt: AcceptanceReceipt
    relayer: str
    """Account whose key signed it."""
    signature: bytes

    def to_json(self) -> dict[str, Any]:
        """As the API and the command line give it, and `receipt check` takes it."""
        said = self.receipt
        return {
            "chain_id": str(said.chain_id),
            "operation_id": said.operation_id,
            "contract": said.contract,
            "signer": said.signer,
            "operation": str(said.operation),
            "accepted_at": format_moment(said.accepted_at),
            "include_by": format_moment(said.include_by),
            "relayer": self.relayer,
            "signature": "0x" + self.signature.hex(),
        }

    def verify(self) -> None:
        """
        Check that the named relayer signed it, and that the operation's id is that of its parts.

        Raises
        ------
        ReceiptForged
        """
        said = self.receipt
        expected = operation_id(said.chain_id, said.contract, said.signer, said.operation)
        if said.operation_id != expected:
            raise ReceiptForged("receipt.operation_id", said.operation_id, f"{expected}, by the receipt's other parts")
        signed_by = recover(typed_data_digest(said.typed_data()), self.signature)
        if signed_by != self.relayer:
            whose = signed_by or "nobody's"
            raise ReceiptForged("receipt.signature", whose, f"the signature of {self.relayer} over this very receipt")


def receipt_from_json(document: Any) -> SignedReceipt:
    """
    Read a receipt; the whole answer to a submission, which holds one, will do as well.

    Raises
    ------
    InvalidInput
        Naming the field, the value and what is allowed.
    """
    if isinstance(document, Mapping) and isinstance(document.get("receipt"), Mapping):
        document = document["receipt"]
    if not isinstance(document, Mapping):
        raise InvalidInput("receipt", document, "an object with the receipt's fields")
    said = AcceptanceReceipt(
        chain_id=_number(document, "chain_id"),
        operation_id=_hexadecimal(document, "operation_id", 32).lower(),
        contract=read_address("receipt.contract", document.get("contract")),
        signer=read_address("receipt.signer", document.get("signer")),
        operation=_number(document, "operation"),
        accepted_at=_moment(document, "accepted_at"),
        include_by=_moment(document, "include_by"),
    )
    signature = bytes.fromhex(_hexadecimal(document, "signature", 65)[2:])
    return SignedReceipt(said, read_address("receipt.relayer", document.get("relayer")), signature)


def _number(document: Mapping[str, Any], name: str) -> int:
    value = document.get(name)
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) <= 78 and int(text) < 2**256):
        raise InvalidInput(f"receipt.{name}", value, "a whole number of up to 256 bits, in decimal digits")
    return int(text)


def _moment(document: Mapping[str, Any], name: str) -> int:
    value = document.get(name)
    if not isinstance(value, str):
        raise InvalidInput(f"receipt.{name}", value, "a moment such as 2026-06-30T12:00:00Z")
    moment = parse_moment(value, f"receipt.{name}")
    if not 0 <= moment <= MOMENT_MAX:
        raise InvalidInput(f"receipt.{name}", value, f"a moment from 1970 to {format_moment(MOMENT_MAX)}")
    return moment


def _hexadecimal(document: Mapping[str, Any], name: str, length: int) -> str:
    value = document.get(name)
    rule = f"0x and {2 * length} hexadecimal digits"
    if not isinstance(value, str) or not re.fullmatch(f"0x[0-9a-fA-F]{{{2 * length}}}", value):
        raise InvalidInput(f"receipt.{name}", value, rule)
    return value
