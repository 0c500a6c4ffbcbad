"""
Commands as they are signed.

Every command has its own EIP-712 type: the function's name with a capital, its parameters, then the signer, the
operation and the deadline. It is derived from the contract's ABI, so that a new function cannot be forgotten here. The
domain holds the chain id and the receiving contract's address: a signature is good on one chain, for one ledger, for
one contract.

Source: EIP-712, EIP-1271.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Final

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from ledger.chain.contracts import CommandShape, command_shapes, encode_arguments, shape_of, to_abi
from ledger.domain.commands import Command
from ledger.domain.moments import format_moment
from ledger.domain.terms import Authorization
from ledger.errors import InvalidInput, LedgerError

DOMAIN_NAME: Final = "intergov-ledger"
DOMAIN_VERSION: Final = "1"

JSON_INTEGER_MAX: Final = 2**53
"""Above this, readers of JSON that count in floating point would lose digits; such integers are written as text."""

_AUTHORIZATION_FIELDS: Final = (
    {"name": "signer", "type": "address"},
    {"name": "operation", "type": "uint256"},
    {"name": "deadline", "type": "uint64"},
)
DOMAIN_FIELDS: Final = (
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
)
"""The fields of every domain here."""


class SignatureRefused(LedgerError):
    """A signed command must not be sent, because the contract would not accept the signature."""


class SignatureExpired(SignatureRefused):
    """It came after its deadline."""

    def __init__(self, signer: str, deadline: int, now: int) -> None:
        super().__init__(
            f"the command of {signer} was to be executed by {format_moment(deadline)}; it is {format_moment(now)} now. "
            "Prepare and sign it again"
        )
        self.signer, self.deadline, self.now = signer, deadline, now

    def values(self) -> dict[str, object]:
        """Who signed, until when it was good, and what time it is."""
        return {"signer": self.signer, "deadline": format_moment(self.deadline), "now": format_moment(self.now)}


class SignatureForeignChain(SignatureRefused):
    """It was made for another chain."""

    def __init__(self, given: object, expected: int) -> None:
        super().__init__(f"signed for chain {given}; this ledger is on chain {expected}")
        self.given, self.expected = given, expected

    def values(self) -> dict[str, object]:
        """The chain ids."""
        return {"given": str(self.given), "expected": str(self.expected)}


class SignatureForeignHome(SignatureRefused):
    """It was made for another ledger, or another contract of this one."""

    def __init__(self, given: object, expected: str) -> None:
        super().__init__(f"signed for the contract at {given}; on this ledger the command goes to {expected}")
        self.given, self.expected = given, expected

    def values(self) -> dict[str, object]:
        """The contracts' addresses."""
        return {"given": str(self.given), "expected": self.expected}


class SignatureAltered(SignatureRefused):
    """It is not the signer's signature over this command."""

    def __init__(self, signer: str, recovered: str | None) -> None:
        whose = f"it is that of {recovered} over what was sent" if recovered else "it is no signature at all"
        super().__init__(
            f"the signature is not that of {signer} over this command: {whose}. The command was altered after signing, "
            "or signed by another key, or for another chain or ledger"
        )
        self.signer, self.recovered = signer, recovered

    def values(self) -> dict[str, object]:
        """Who should have signed, and who the signature belongs to."""
        return {"signer": self.signer, "recovered": self.recovered}


@dataclass(frozen=True, slots=True)
class Domain:
    """Where a signature is good."""

    chain_id: int
    contract: str
    """Address of the contract that receives the command."""

    def to_json(self) -> dict[str, object]:
        """The EIP-712 domain."""
        return {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": _json_integer(self.chain_id),
            "verifyingContract": self.contract,
        }


def _json_integer(value: int) -> int | str:
    return value if value <= JSON_INTEGER_MAX else str(value)


def _eip712_type(parameter: Mapping[str, Any], structs: dict[str, list[dict[str, str]]]) -> str:
    """The EIP-712 name of a parameter's type; the structs that it uses are added to `structs`."""
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    name = parameter["internalType"].removeprefix("struct ").split("[")[0].rsplit(".", 1)[-1]
    if name not in structs:
        members = structs.setdefault(name, [])
        members += [{"name": part["name"], "type": _eip712_type(part, structs)} for part in parameter["components"]]
    return f"{name}{kind.removeprefix('tuple')}"


@cache
def _types(name: str) -> dict[str, list[dict[str, str]]]:
    structs: dict[str, list[dict[str, str]]] = {}
    shape = command_shapes()[name]
    members = [{"name": part["name"], "type": _eip712_type(part, structs)} for part in shape.parameters]
    return {"EIP712Domain": list(DOMAIN_FIELDS), **structs, name: [*members, *_AUTHORIZATION_FIELDS]}


def _message_value(parameter: Mapping[str, Any], value: Any) -> Any:
    kind: str = parameter["type"]
    if kind.endswith("[]"):
        item = {**parameter, "type": kind.removesuffix("[]")}
        return [_message_value(item, each) for each in value]
    if kind == "tuple":
        return {
            part["name"]: _message_value(part, each) for part, each in zip(parameter["components"], value, strict=True)
        }
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int) and not isinstance(value, bool):
        return _json_integer(value)
    return value


def _parameters(shape: CommandShape, command: Command) -> list[Any]:
    return [to_abi(getattr(command, field.name)) for field in fields(shape.twin)]


def typed_data(command: Command, authorization: Authorization, domain: Domain) -> dict[str, Any]:
    """
    The complete EIP-712 document that a wallet signs, ready for JSON.

    Integers above 2^53 are decimal text and bytes are hexadecimal text, as wallets accept them.
    """
    shape = shape_of(command)
    message: dict[str, Any] = {
        part["name"]: _message_value(part, value)
        for part, value in zip(shape.parameters, _parameters(shape, command), strict=True)
    }
    message |= {
        "signer": authorization.signer,
        "operation": _json_integer(authorization.operation),
        "deadline": authorization.deadline,
    }
    return {"types": _types(shape.name), "primaryType": shape.name, "domain": domain.to_json(), "message": message}


def typed_data_digest(document: dict[str, Any]) -> bytes:
    """The 32 bytes that are signed."""
    message = encode_typed_data(full_message=document)
    return keccak(b"\x19" + message.version + message.header + message.body)


def digest(command: Command, authorization: Authorization, domain: Domain) -> bytes:
    """The 32 bytes that are signed for a command."""
    return typed_data_digest(typed_data(command, authorization, domain))


def call_data(command: Command, authorization: Authorization) -> bytes:
    """The transaction data that carries a command to its contract."""
    shape = shape_of(command)
    values = [*(getattr(command, field.name) for field in fields(shape.twin)), authorization]
    return shape.selector + encode_arguments([*shape.parameters, shape.authorization], values)


@dataclass(frozen=True, slots=True)
class SignedCommand:
    """A command with its authorization, as it is relayed."""

    command: Command
    authorization: Authorization

    @property
    def contract(self) -> str:
        """Name of the contract that receives it."""
        return self.command.contract

    def call_data(self) -> bytes:
        """The transaction data that carries it."""
        return call_data(self.command, self.authorization)

    def operation_id(self, domain: Domain) -> str:
        """Its lasting public id: the same command by the same signer has the same id everywhere."""
        authorization = self.authorization
        return operation_id(domain.chain_id, domain.contract, authorization.signer, authorization.operation)


def operation_id(chain_id: int, contract: str, signer: str, operation: int) -> str:
    """The lasting public id of an operation, from what makes it one."""
    parts = (
        chain_id.to_bytes(32, "big")
        + bytes.fromhex(contract.removeprefix("0x"))
        + bytes.fromhex(signer.removeprefix("0x"))
        + operation.to_bytes(32, "big")
    )
    return "0x" + keccak(parts).hex()


def verify(
    signed: SignedCommand,
    domain: Domain,
    now: int,
    contract_wallet_accepts: Callable[[str, bytes, bytes], bool] | None = None,
) -> None:
    """
    Check, before anything is sent, that the contract would accept the signature.

    Parameters
    ----------
    signed
        The command as it would be sent.
    domain
        Where it would be sent.
    now
        UTC seconds.
    contract_wallet_accepts
        Asks a contract wallet (EIP-1271) whether it accepts a signature: address, digest, signature. None where
        no node can be asked, so that a contract wallet's signature counts as altered.

    Raises
    ------
    SignatureExpired, SignatureAltered
    """
    authorization = signed.authorization
    if now > authorization.deadline:
        raise SignatureExpired(authorization.signer, authorization.deadline, now)
    hashed = digest(signed.command, authorization, domain)
    recovered = recover(hashed, authorization.signature)
    if recovered == authorization.signer:
        return
    if contract_wallet_accepts is not None and contract_wallet_accepts(
        authorization.signer, hashed, authorization.signature
    ):
        return
    raise SignatureAltered(authorization.signer, recovered)


SECP256K1_HALF_ORDER: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def recover(hashed: bytes, signature: bytes) -> str | None:
    """The address whose key made the signature, or None where it is none that the contracts would accept."""
    # As OpenZeppelin's ECDSA: 65 bytes, the smaller of the two possible s, and v of 27 or 28.
    if len(signature) != 65 or int.from_bytes(signature[32:64], "big") > SECP256K1_HALF_ORDER:
        return None
    if signature[64] not in (27, 28):
        return None
    try:
        # The name has an underscore, but it is the documented way to recover from a digest.
        return str(Account._recover_hash(hashed, signature=signature))  # noqa: SLF001
    except Exception:  # noqa: BLE001 - the library raises many kinds for bytes that are no point on the curve.
        return None


def check_document(document: Mapping[str, Any], command_name: str, domain: Domain) -> None:
    """
    Check that a signed EIP-712 document is of this command's type and for this ledger.

    Raises
    ------
    SignatureForeignChain, SignatureForeignHome, InvalidInput
    """
    given = document.get("domain")
    if not isinstance(given, Mapping):
        raise InvalidInput("typed_data.domain", given, "an EIP-712 domain")
    if str(given.get("chainId")) != str(domain.chain_id):
        raise SignatureForeignChain(given.get("chainId"), domain.chain_id)
    contract = given.get("verifyingContract")
    if not isinstance(contract, str) or contract.lower() != domain.contract.lower():
        raise SignatureForeignHome(contract, domain.contract)
    if given.get("name") != DOMAIN_NAME or given.get("version") != DOMAIN_VERSION:
        raise InvalidInput("typed_data.domain", dict(given), f"name {DOMAIN_NAME!r}, version {DOMAIN_VERSION!r}")
    if document.get("primaryType") != command_name:
        raise InvalidInput("typed_data.primaryType", document.get("primaryType"), repr(command_name))
    if document.get("types") != _types(command_name):
        raise InvalidInput("typed_data.types", document.get("types"), f"the types of {command_name} as prepared")
