"""
The compiled contracts, and how their values become the domain's and back.

The artifacts ship with the package, so that use needs no compiler. Every function that takes an `Authorization` is a
command, every event and struct has its twin in `ledger.domain`: names are translated from camelCase to snake_case, and
values by the type hints of the twin.
"""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import IntEnum
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final

from eth_abi.abi import default_codec
from eth_utils.abi import function_abi_to_4byte_selector
from eth_utils.address import to_checksum_address

from ledger.domain.commands import COMMANDS, Command

CONTRACTS: Final = (
    "Administration",
    "GovernmentRegister",
    "PolicyRegister",
    "ProcedureRegister",
    "AgreementRegistry",
    "CommitmentRegistry",
    "CompensationLedger",
    "ScoreRegister",
    "DebtTransfers",
    "BreachRegister",
    "DisputeRegister",
    "DisciplineRegister",
    "AssessmentRegister",
    "DialogueRegister",
)
"""Every contract of a ledger, in the order of deployment."""


@cache
def artifact(contract: str) -> Mapping[str, Any]:
    """The compiled contract of this name: `abi`, `bytecode` and what made them."""
    text = resources.files("ledger.chain").joinpath("artifacts", f"{contract}.json").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = json.loads(text)
    return loaded


def abi(contract: str) -> list[dict[str, Any]]:
    """A contract's ABI."""
    entries: list[dict[str, Any]] = artifact(contract)["abi"]
    return entries


def bytecode(contract: str) -> bytes:
    """A contract's creation code, without constructor arguments."""
    return bytes.fromhex(artifact(contract)["bytecode"].removeprefix("0x"))


def entries(contract: str, kind: str) -> dict[str, dict[str, Any]]:
    """A contract's functions, events or errors by name. Names are never overloaded here."""
    return {entry["name"]: entry for entry in abi(contract) if entry["type"] == kind}


def snake(name: str) -> str:
    """`outcomeBasisPoints` as `outcome_basis_points`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def abi_type(parameter: Mapping[str, Any]) -> str:
    """The canonical type of a parameter, with tuples spelt out: `(uint32,string)[]`."""
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(abi_type(component) for component in parameter['components'])}){kind.removeprefix('tuple')}"


def to_abi(value: Any) -> Any:
    """A domain value as the ABI encoder takes it: dataclasses as tuples of their fields, in order."""
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(to_abi(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, tuple):
        return [to_abi(item) for item in value]
    if isinstance(value, IntEnum):
        return int(value)
    return value


@lru_cache(maxsize=65_536)
def checksummed(address: str) -> str:
    """An address with its EIP-55 capitals. Few addresses occur often, so each is computed once."""
    return to_checksum_address(address)


def hints(twin: Any) -> tuple[tuple[str, Any], ...]:
    """The fields of a twin with their resolved types, in order."""
    return _hints(typing.cast(Hashable, twin))


@cache
def _hints(twin: Any) -> tuple[tuple[str, Any], ...]:
    resolved = typing.get_type_hints(twin)
    return tuple((field.name, resolved[field.name]) for field in fields(twin))


def from_abi(hint: Any, parameter: Mapping[str, Any], value: Any) -> Any:
    """A decoded ABI value as the type hint of its twin's field says."""
    kind: str = parameter["type"]
    if kind == "address":
        return checksummed(value)
    if kind.endswith("[]"):
        (item, _) = typing.get_args(hint)
        element = {**parameter, "type": kind.removesuffix("[]")}
        return tuple(from_abi(item, element, each) for each in value)
    if kind == "tuple":
        parts = zip(hints(hint), parameter["components"], value, strict=True)
        return hint(*(from_abi(part, component, each) for (_, part), component, each in parts))
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return hint(value)
    return value


def encode_arguments(inputs: Sequence[Mapping[str, Any]], values: Sequence[Any]) -> bytes:
    """ABI-encodes values for these parameters."""
    return default_codec.encode([abi_type(parameter) for parameter in inputs], [to_abi(value) for value in values])


def decode_arguments(inputs: Sequence[Mapping[str, Any]], data: bytes) -> tuple[Any, ...]:
    """Decodes ABI-encoded values of these parameters."""
    return default_codec.decode([abi_type(parameter) for parameter in inputs], data)


def encode_call(contract: str, function: str, *values: Any) -> bytes:
    """The call data of a function with these arguments."""
    entry = entries(contract, "function")[function]
    return function_abi_to_4byte_selector(typing.cast(Any, entry)) + encode_arguments(entry["inputs"], values)


def decode_result(contract: str, function: str, data: bytes) -> tuple[Any, ...]:
    """What a function returned."""
    return decode_arguments(entries(contract, "function")[function]["outputs"], data)


@dataclass(frozen=True, slots=True)
class CommandShape:
    """A command's function: its parameters without the authorization, and its selector."""

    name: str
    twin: type[Command]
    contract: str
    verb: str
    selector: bytes
    parameters: tuple[Mapping[str, Any], ...]
    authorization: Mapping[str, Any]


@cache
def command_shapes() -> Mapping[str, CommandShape]:
    """Every command by its EIP-712 name."""
    shapes: dict[str, CommandShape] = {}
    for name, twin in COMMANDS.items():
        entry = entries(twin.contract, "function")[twin.verb]
        *parameters, authorization = entry["inputs"]
        shapes[name] = CommandShape(
            name=name,
            twin=twin,
            contract=twin.contract,
            verb=twin.verb,
            selector=function_abi_to_4byte_selector(typing.cast(Any, entry)),
            parameters=tuple(parameters),
            authorization=authorization,
        )
    return types.MappingProxyType(shapes)


def shape_of(command: Command) -> CommandShape:
    """The shape of a command."""
    return command_shapes()[type(command).__name__]
