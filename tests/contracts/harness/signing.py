"""
EIP-712 signatures over commands, with typed data built here from the ABI alone.

The rule that the contracts must follow: the type is the function's name with a capital; its members are the function's
parameters, structs by their bare name, enums and ids as the integers under them; then `address signer`,
`uint256 operation`, `uint64 deadline`. The domain is name, version, chain id and the receiving contract.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eth_account.messages import SignableMessage, encode_typed_data
from eth_account.signers.local import LocalAccount

from tests.contracts.harness.interface import Function, plain

DOMAIN_TYPE = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]


def _member_type(parameter: Mapping[str, Any], types: dict[str, list[dict[str, str]]]) -> str:
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    name: str = parameter["internalType"].removeprefix("struct ").split(".")[-1].removesuffix("[]")
    types[name] = [{"name": part["name"], "type": _member_type(part, types)} for part in parameter["components"]]
    return name + kind.removeprefix("tuple")


def _member_value(parameter: Mapping[str, Any], value: Any) -> Any:
    kind: str = parameter["type"]
    if kind.endswith("[]"):
        inner = {**parameter, "type": kind.removesuffix("[]")}
        return [_member_value(inner, item) for item in value]
    if kind == "tuple":
        return {
            part["name"]: _member_value(part, item) for part, item in zip(parameter["components"], value, strict=True)
        }
    return value


def typed_data(
    function: Function,
    values: Sequence[Any],
    signer: str,
    operation: int,
    deadline: int,
    chain_id: int,
    contract: str,
) -> dict[str, Any]:
    """The document that a wallet shows and signs."""
    types: dict[str, list[dict[str, str]]] = {}
    members = [{"name": part["name"], "type": _member_type(part, types)} for part in function.inputs[:-1]]
    types[function.command_name] = [
        *members,
        {"name": "signer", "type": "address"},
        {"name": "operation", "type": "uint256"},
        {"name": "deadline", "type": "uint64"},
    ]
    message = {
        part["name"]: _member_value(part, plain(value))
        for part, value in zip(function.inputs[:-1], values, strict=True)
    }
    return {
        "types": {"EIP712Domain": DOMAIN_TYPE, **types},
        "primaryType": function.command_name,
        "domain": {
            "name": "intergov-ledger",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": contract,
        },
        "message": {**message, "signer": signer, "operation": operation, "deadline": deadline},
    }


def signable(document: dict[str, Any]) -> SignableMessage:
    """What is hashed and signed."""
    return encode_typed_data(full_message=document)


def sign(document: dict[str, Any], by: LocalAccount) -> bytes:
    """A signature of 65 bytes."""
    return bytes(by.sign_message(signable(document)).signature)
