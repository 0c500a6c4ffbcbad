"""
Calls read back from their bytes.

What administrators approve is bytes; what an administrator reads is the contract, the function and every argument by
its name. What a transaction carries is bytes too; `signed_command` tells which command it is, and whose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from eth_abi.exceptions import DecodingError
from eth_utils.abi import function_abi_to_4byte_selector

from ledger.chain.contracts import command_shapes, decode_arguments, entries, from_abi, hints
from ledger.chain.deployment import Deployment
from ledger.chain.typed_data import SignedCommand
from ledger.domain.terms import Authorization


def call_in_words(deployment: Deployment, target: str, call: bytes) -> list[str]:
    """One line for the function and one for each argument; a call that is not the ledger's is said to be so."""
    contract = next((name for name, address in deployment.addresses.items() if address == target), None)
    if contract is None:
        return [f"This calls {target}, which is no contract of this ledger. 该地址不是本账本的合约。"]
    for name, entry in entries(contract, "function").items():
        if function_abi_to_4byte_selector(cast(Any, entry)) == call[:4]:
            try:
                values = decode_arguments(entry["inputs"], call[4:])
            except DecodingError:
                break
            return [f"This calls {contract}.{name}:", *_lines(entry["inputs"], values, "  ")]
    return [f"This calls {contract} with data that none of its functions takes. 调用数据无法识别。"]


def signed_command(deployment: Deployment, target: str, call: bytes) -> SignedCommand | None:
    """The command with its authorization that a transaction carries; None where it carries none of this ledger."""
    for shape in command_shapes().values():
        if deployment.addresses[shape.contract].lower() != target.lower() or shape.selector != call[:4]:
            continue
        try:
            *values, authorization = decode_arguments([*shape.parameters, shape.authorization], call[4:])
            parts = zip(hints(shape.twin), shape.parameters, values, strict=True)
            command = shape.twin(*(from_abi(hint, parameter, value) for (_, hint), parameter, value in parts))
            return SignedCommand(command, from_abi(Authorization, shape.authorization, authorization))
        except (DecodingError, ValueError):
            # No values of these types, or a number that stands for nothing.
            return None
    return None


def _lines(inputs: list[Mapping[str, Any]], values: tuple[Any, ...], indent: str) -> list[str]:
    lines = []
    for part, value in zip(inputs, values, strict=True):
        label = part["name"] or "value"
        if part["type"] == "tuple[]":
            for index, item in enumerate(value, start=1):
                lines.append(f"{indent}{label} {index}:")
                lines += _lines(part["components"], item, indent + "  ")
        elif part["type"] == "tuple":
            lines += [f"{indent}{label}:", *_lines(part["components"], value, indent + "  ")]
        else:
            lines.append(f"{indent}{label}: {_shown(value)}")
    return lines


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, tuple | list):
        return ", ".join(_shown(item) for item in value) or "none"
    return str(value)
