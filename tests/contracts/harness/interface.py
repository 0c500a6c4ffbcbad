"""The contracts' functions, events and errors, read from the artifacts' ABI and turned into the twins."""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import IntEnum
from functools import cache
from typing import Any, Final

from eth_abi.abi import decode, encode
from eth_utils.abi import event_abi_to_log_topic, function_abi_to_4byte_selector
from eth_utils.address import to_checksum_address

from ledger.domain.events import EVENTS, Event
from ledger.domain.refusals import REFUSALS, Refused
from tests.contracts.harness.evm import Log, artifact

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


@dataclass(frozen=True)
class Function:
    """A function of one of the contracts."""

    contract: str
    name: str
    inputs: tuple[dict[str, Any], ...]
    outputs: tuple[dict[str, Any], ...]
    mutability: str

    @property
    def is_command(self) -> bool:
        """Whether its last parameter is an Authorization."""
        return bool(self.inputs) and self.inputs[-1]["internalType"] == "struct Authorization"

    @property
    def command_name(self) -> str:
        """The name of its EIP-712 type."""
        return self.name[0].upper() + self.name[1:]

    def encode(self, values: Sequence[Any]) -> bytes:
        """Call data."""
        entry: Any = {"type": "function", "name": self.name, "inputs": self.inputs}
        selector = function_abi_to_4byte_selector(entry)
        return selector + encode([canonical(each) for each in self.inputs], [plain(value) for value in values])

    def decode(self, output: bytes) -> Any:
        """What it returned: one value as itself, several as a tuple."""
        values = decode([canonical(each) for each in self.outputs], output)
        shown = tuple(named(part, value) for part, value in zip(self.outputs, values, strict=True))
        return shown[0] if len(shown) == 1 else shown


def constructor(contract: str) -> tuple[str, ...]:
    """The types of what a contract is constructed with."""
    entry = next((each for each in artifact(contract)["abi"] if each["type"] == "constructor"), None)
    return tuple(canonical(part) for part in entry["inputs"]) if entry else ()


def canonical(parameter: Mapping[str, Any]) -> str:
    """A parameter's type with tuples spelt out."""
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(canonical(part) for part in parameter['components'])}){kind[5:]}"


def plain(value: Any) -> Any:
    """A twin as the tuple of its fields, and what it holds likewise."""
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(plain(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, list | tuple):
        return [plain(item) for item in value] if isinstance(value, list) else tuple(plain(item) for item in value)
    return int(value) if isinstance(value, IntEnum) else value


def named(parameter: Mapping[str, Any], value: Any) -> Any:
    """A returned struct as a mapping from its fields' names."""
    if parameter["type"] == "tuple":
        return {part["name"]: named(part, each) for part, each in zip(parameter["components"], value, strict=True)}
    return value


def twin_value(hint: Any, value: Any) -> Any:
    """A decoded value as its twin's type hint says."""
    if hint is str:
        return to_checksum_address(value) if re.fullmatch("0x[0-9a-f]{40}", value) else value
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return hint(value)
    if typing.get_origin(hint) is tuple:
        return tuple(twin_value(typing.get_args(hint)[0], item) for item in value)
    return twin(hint, value) if is_dataclass(hint) else value


def twin(made: Any, values: Sequence[Any]) -> Any:
    """A twin from decoded values in order."""
    hints = typing.get_type_hints(made)
    names = [field.name for field in fields(made)]
    return made(*(twin_value(hints[name], value) for name, value in zip(names, values, strict=True)))


@cache
def functions() -> Mapping[str, Function]:
    """Every function of every contract by name; the few names that two contracts share are read-only."""
    found: dict[str, Function] = {}
    for contract in CONTRACTS:
        for entry in artifact(contract)["abi"]:
            if entry["type"] != "function":
                continue
            made = Function(
                contract, entry["name"], tuple(entry["inputs"]), tuple(entry["outputs"]), entry["stateMutability"]
            )
            assert made.name not in found or made.mutability == "view", f"two contracts change state by {made.name}"
            found.setdefault(made.name, made)
    return found


@cache
def state_changing() -> tuple[Function, ...]:
    """Every function that may change something."""
    return tuple(each for each in functions().values() if each.mutability not in ("view", "pure"))


@cache
def commands() -> tuple[Function, ...]:
    """Every function that takes an authorization."""
    return tuple(each for each in state_changing() if each.is_command)


@cache
def _events() -> Mapping[bytes, dict[str, Any]]:
    return {
        event_abi_to_log_topic(entry): entry
        for contract in CONTRACTS
        for entry in artifact(contract)["abi"]
        if entry["type"] == "event"
    }


@cache
def _errors() -> Mapping[bytes, dict[str, Any]]:
    return {
        function_abi_to_4byte_selector(entry): entry
        for contract in CONTRACTS
        for entry in artifact(contract)["abi"]
        if entry["type"] == "error"
    }


def decode_event(log: Log) -> Event:
    """The event in a log."""
    entry = _events()[log.topics[0]]
    inputs = entry["inputs"]
    topics = iter(decode([part["type"] for part in inputs if part["indexed"]], b"".join(log.topics[1:])))
    data = iter(decode([canonical(part) for part in inputs if not part["indexed"]], log.data))
    made: Event = twin(EVENTS[entry["name"]], [next(topics) if part["indexed"] else next(data) for part in inputs])
    return made


class Panicked(AssertionError):
    """A transaction was reverted without one of our errors: a Solidity panic, bad call data or no reason at all."""


def decode_refusal(data: bytes) -> Refused | Panicked:
    """The error in revert data."""
    entry = _errors().get(data[:4])
    if entry is None:
        return Panicked(f"0x{data.hex()}")
    made: Refused = twin(REFUSALS[entry["name"]], decode([canonical(part) for part in entry["inputs"]], data[4:]))
    return made
