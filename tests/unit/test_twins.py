"""
Every Solidity error, event, struct, enum and command has its Python twin, and every twin its original.

The originals are read from the compiled artifacts: errors, events, functions and structs from the ABI, the members of
enums from the record that the compiler's syntax tree gave. Only names, order and kinds of types are compared, and what
is missing on either side fails.
"""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import fields
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest

from ledger.domain import enums, procedure, terms
from ledger.domain.commands import COMMANDS
from ledger.domain.events import EVENTS
from ledger.domain.refusals import REFUSALS, Refused

# EIP-5267 has it for contracts whose domain can change; that of ours cannot, so it is never emitted.
NEVER_EMITTED = {"EIP712DomainChanged"}

ARTIFACTS = Path(__file__).resolve().parents[2] / "ledger" / "chain" / "artifacts"

type_of = typing.get_type_hints


def contracts() -> dict[str, list[dict[str, Any]]]:
    loaded = [json.loads(path.read_text("utf-8")) for path in sorted(ARTIFACTS.glob("*.json"))]
    return {artifact["contract"]: artifact["abi"] for artifact in loaded if "contract" in artifact}


def entries(kind: str) -> dict[str, dict[str, Any]]:
    """Errors or events of all contracts by name; the same name must mean the same everywhere."""
    found: dict[str, dict[str, Any]] = {}
    for contract, abi in contracts().items():
        for entry in abi:
            if entry["type"] == kind and entry["name"] not in NEVER_EMITTED:
                known = found.setdefault(entry["name"], entry)
                assert known == entry, f"{contract} has another {kind} {entry['name']}"
    return found


def commands() -> dict[str, tuple[str, dict[str, Any]]]:
    """Functions whose last parameter is an Authorization, by EIP-712 name, with their deployable contract."""
    return {
        entry["name"][0].upper() + entry["name"][1:]: (contract, entry)
        for contract, abi in contracts().items()
        for entry in abi
        if entry["type"] == "function"
        and entry["inputs"]
        and entry["inputs"][-1]["internalType"] == "struct Authorization"
        and not is_interface(contract)
    }


def is_interface(contract: str) -> bool:
    return re.match(r"I[A-Z]", contract) is not None


def structs() -> dict[str, list[dict[str, Any]]]:
    """Every struct that an event, an error or the input of a function carries, by its bare name."""
    found: dict[str, list[dict[str, Any]]] = {}

    def walk(parameter: Mapping[str, Any]) -> None:
        if parameter["type"].startswith("tuple"):
            name = parameter["internalType"].removeprefix("struct ").split(".")[-1].removesuffix("[]")
            known = found.setdefault(name, parameter["components"])
            assert known == parameter["components"], f"two structs are called {name}"
            for component in parameter["components"]:
                walk(component)

    for abi in contracts().values():
        for entry in abi:
            for parameter in entry.get("inputs", []):
                walk(parameter)
    return found


def solidity_enums() -> dict[str, list[str]]:
    """Public enums, by bare name: those that interfaces define."""
    record = json.loads((ARTIFACTS / "build.json").read_text("utf-8"))["enums"]
    public = {name: entry["members"] for name, entry in record.items() if "/interfaces/" in entry["source"]}
    bare = {name.split(".")[-1]: members for name, members in public.items()}
    assert len(bare) == len(public), "two enums have the same bare name"
    return bare


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def python_type(parameter: Mapping[str, Any]) -> Any:
    """The type that the twin of a parameter must have."""
    kind: str = parameter["type"]
    if kind.endswith("[]"):
        inner = {**parameter, "type": kind[:-2], "internalType": parameter["internalType"].removesuffix("[]")}
        return types.GenericAlias(tuple, (python_type(inner), ...))
    if kind == "tuple":
        return twin_structs()[parameter["internalType"].split(".")[-1].removeprefix("struct ")]
    if parameter["internalType"].startswith("enum "):
        return getattr(enums, parameter["internalType"].split(".")[-1])
    if kind.startswith("uint"):
        return int
    return {"address": str, "string": str, "bool": bool}.get(kind, bytes)


def shape(parameters: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    return [(snake(parameter["name"]), python_type(parameter)) for parameter in parameters]


def twin_shape(twin: Any) -> list[tuple[str, Any]]:
    hints = type_of(twin)
    return [(field.name, hints[field.name]) for field in fields(twin)]


def twin_enums() -> dict[str, type[IntEnum]]:
    return {
        name: value
        for name, value in vars(enums).items()
        if isinstance(value, type) and issubclass(value, IntEnum) and value is not IntEnum
    }


def twin_structs() -> dict[str, type]:
    return {
        name: value
        for module in (terms, procedure)
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
    }


def test_the_artifacts_hold_something_to_compare() -> None:
    assert len(entries("error")) > 150
    assert len(entries("event")) > 60
    assert len(commands()) > 50
    assert len(structs()) > 15
    assert len(solidity_enums()) > 20


def test_no_error_event_command_struct_or_enum_is_missing_or_extra() -> None:
    assert sorted(REFUSALS) == sorted(entries("error"))
    assert sorted(EVENTS) == sorted(entries("event"))
    assert sorted(COMMANDS) == sorted(commands())
    assert sorted(twin_structs()) == sorted(structs())
    assert sorted(twin_enums()) == sorted(solidity_enums())


@pytest.mark.parametrize("name", sorted(entries("error")))
def test_an_error_has_the_fields_of_its_original(name: str) -> None:
    assert twin_shape(REFUSALS[name]) == shape(entries("error")[name]["inputs"])


@pytest.mark.parametrize("name", sorted(entries("event")))
def test_an_event_has_the_fields_of_its_original(name: str) -> None:
    assert twin_shape(EVENTS[name]) == shape(entries("event")[name]["inputs"])


@pytest.mark.parametrize("name", sorted(structs()))
def test_a_struct_has_the_fields_of_its_original(name: str) -> None:
    assert twin_shape(twin_structs()[name]) == shape(structs()[name])


@pytest.mark.parametrize("name", sorted(commands()))
def test_a_command_has_the_parameters_of_its_function(name: str) -> None:
    contract, function = commands()[name]
    twin = COMMANDS[name]
    assert twin_shape(twin) == shape(function["inputs"][:-1])
    assert (twin.contract, twin.verb) == (contract, function["name"])


@pytest.mark.parametrize("name", sorted(solidity_enums()))
def test_an_enum_has_the_members_of_its_original(name: str) -> None:
    expected = [snake(member).upper() for member in solidity_enums()[name]]
    assert [member.name for member in twin_enums()[name]] == expected
    assert [member.value for member in twin_enums()[name]] == list(range(len(expected)))


# ------------------------------------------------------------------------------------------- what refusals say


def samples(twin: type[Refused]) -> Iterator[Refused]:
    """Refusals with ordinary values, with every value zero or empty, and with every value as large as it can be."""
    ordinary: dict[Any, Any] = {int: 1_700_000_000, str: "scheme é", bytes: b"\xab" * 32}
    empty: dict[Any, Any] = {int: 0, str: "", bytes: bytes(3)}
    largest: dict[Any, Any] = {int: 2**256 - 1, str: "{x!r:>9}\udcff\n" * 999, bytes: b"\xff" * 32}
    for values in (ordinary, empty, largest):
        hints = [hint for _, hint in twin_shape(twin)]
        yield twin(*(values[hint] if hint in values else list(hint)[-1] for hint in hints))


def every_sample() -> list[Refused]:
    return [refusal for name in sorted(REFUSALS) for refusal in samples(REFUSALS[name])]


@pytest.mark.parametrize("refusal", every_sample(), ids=lambda refusal: type(refusal).__name__)
def test_a_refusal_says_its_values_in_one_sentence_and_in_json(refusal: Refused) -> None:
    text = str(refusal)
    assert text == refusal.message()
    assert "\n" not in text
    assert len(text) < 700
    assert list(refusal.values()) == [name for name, _ in twin_shape(type(refusal))]
    json.dumps(refusal.values(), allow_nan=False)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", refusal.slug)


@pytest.mark.parametrize("name", sorted(name for name in REFUSALS if fields(REFUSALS[name])))  # type: ignore[arg-type]
def test_every_value_of_a_refusal_stands_in_its_sentence(name: str) -> None:
    """Each field is changed in turn, and the sentence must change with it."""
    twin = REFUSALS[name]
    base, _, other = samples(twin)
    for field in base.parts():
        # A digest of whole terms, or who sent a command, is worth a change too.
        changed = twin(*{**base.parts(), field: other.parts()[field]}.values())
        different = changed.parts()[field] != base.parts()[field]
        assert (changed.message() != base.message()) == different, f"{name} does not show {field}"


def test_refusals_are_values() -> None:
    twin = REFUSALS["CommitmentNotDebtor"]
    first, second = twin(7, 2, 3), twin(7, 2, 3)
    assert first == second
    assert hash(first) == hash(second)
    assert first != twin(7, 2, 4)
    assert first.slug == "commitment-not-debtor"
    with pytest.raises(AttributeError, match="cannot be changed"):
        first.debtor = 5
    first.add_note("a note may be added while it is on its way")
    assert str(first) == "government 2 does not owe commitment 7; only its debtor, 3, may do this"


def test_moments_are_shown_in_utc() -> None:
    refusal = REFUSALS["CommitmentPastDue"](7, 1_700_000_000, 1_700_000_000)
    assert "by 2023-11-14T22:13:20Z" in str(refusal)
    assert refusal.values()["due_at"] == "2023-11-14T22:13:20Z"
