"""
Commands as JSON.

Field names are those of the twins in `ledger.domain`. Enums are their names in small letters, bytes hexadecimal text,
currencies three letters, moments RFC 3339 (read also as seconds); `null` stands for "none" where the chain has 0. What
is read is checked to the last field: an unknown or missing field, a wrong type or a number that does not fit is
refused with its place.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final

from eth_utils.address import is_checksum_address, to_checksum_address

from ledger.chain.contracts import command_shapes, hints, shape_of
from ledger.domain.commands import Command
from ledger.domain.moments import MAY_BE_NO_MOMENT, MOMENT_FIELDS, format_moment, parse_moment
from ledger.domain.money import require_currency
from ledger.errors import InvalidInput

TEXT_CHARACTERS_MAX: Final = 10_000
"""More than any text that the contracts take; a larger one is refused before it is encoded."""

ITEMS_MAX: Final = 1_000
"""The most items that one list of a command may have."""

_MAY_BE_NONE: Final = MAY_BE_NO_MOMENT | {
    "accession",
    "assessment_every_seconds",
    "creditor",
    "superior",
    "template",
}
"""Fields that may be null or missing, whatever the command; the chain then has zero, which for accession is closed."""

_MAY_BE_NONE_IN: Final = frozenset(
    {
        ("Ending", "commitment"),
        ("Ending", "successor"),
        ("ExplainOverdue", "digest"),
        ("RecordDialogue", "agreement"),
        ("RecordDialogue", "counterpart"),
    }
)
"""The same for fields that elsewhere must be given."""


def may_be_none(twin: type, name: str) -> bool:
    """Whether a field of a command, or of what it carries, may be null or missing."""
    return name in _MAY_BE_NONE or (twin.__name__, name) in _MAY_BE_NONE_IN


def command_to_json(command: Command) -> dict[str, Any]:
    """A command's fields, ready for JSON."""
    return _fields_to_json(shape_of(command).twin, command)


def _fields_to_json(twin: type, value: Any) -> dict[str, Any]:
    return {name: _to_json(name, may_be_none(twin, name), getattr(value, name)) for name, _ in hints(twin)}


def _to_json(name: str, optional: bool, value: Any) -> Any:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, int):
        if value == 0 and optional:
            return None
        return format_moment(value) if name in MOMENT_FIELDS else value
    if isinstance(value, bytes):
        if name == "currency":
            return value.rstrip(b"\0").decode("ascii", "replace") or None
        return None if optional and not any(value) else "0x" + value.hex()
    if isinstance(value, tuple):
        return [_to_json(name, False, item) for item in value]
    return _fields_to_json(type(value), value)


def command_from_json(name: str, body: Mapping[str, Any]) -> Command:
    """
    Read a command.

    Parameters
    ----------
    name
        The command's EIP-712 name, such as `RegisterCommitment`.
    body
        Its fields.

    Raises
    ------
    InvalidInput
        Naming the field, the value and what is allowed.
    """
    shapes = command_shapes()
    if name not in shapes:
        raise InvalidInput("command", name, f"one of {', '.join(shapes)}")
    shape = shapes[name]
    values = _read_fields("", shape.twin, shape.parameters, body)
    return shape.twin(*values)


def _read_fields(path: str, twin: type, parameters: typing.Sequence[Mapping[str, Any]], body: Any) -> list[Any]:
    if not isinstance(body, Mapping):
        raise InvalidInput(path or "command", body, "an object with named fields")
    expected = hints(twin)
    names = [name for name, _ in expected]
    for key in body:
        if key not in names:
            raise InvalidInput(f"{path}{key}", key, f"one of the fields {', '.join(names)}")
    values = []
    for (name, hint), parameter in zip(expected, parameters, strict=True):
        optional = may_be_none(twin, name)
        if name not in body and not optional and name != "currency":
            raise InvalidInput(f"{path}{name}", None, "this field, which is missing")
        if body.get(name) is None and optional:
            values.append(_none(hint, parameter))
        else:
            values.append(_read(f"{path}{name}", name, hint, parameter, body.get(name)))
    return values


def _none(hint: Any, parameter: Mapping[str, Any]) -> Any:
    if parameter["type"] == "bytes32":
        return bytes(32)
    return hint(0)  # Of an enum, its first member.


def _read(path: str, name: str, hint: Any, parameter: Mapping[str, Any], value: Any) -> Any:
    kind: str = parameter["type"]
    if typing.get_origin(hint) is tuple:
        return _read_list(path, name, typing.get_args(hint)[0], parameter, value)
    if kind == "tuple":
        return hint(*_read_fields(f"{path}.", hint, parameter["components"], value))
    if kind == "address":
        return read_address(path, value)
    if kind == "string":
        return _read_text(path, value)
    if kind == "bool":
        if not isinstance(value, bool):
            raise InvalidInput(path, value, "true or false")
        return value
    if name == "currency":
        return b"\0\0\0" if value in (None, "") else require_currency(value, path).encode("ascii")
    if kind.startswith("bytes"):
        return _read_bytes(path, kind, value)
    if issubclass(hint, IntEnum):
        return _read_enum(path, hint, value)
    return _read_integer(path, name, kind, value)


def _read_list(path: str, name: str, item: Any, parameter: Mapping[str, Any], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidInput(path, value, "a list")
    if len(value) > ITEMS_MAX:
        raise InvalidInput(path, f"{len(value)} items", f"at most {ITEMS_MAX} items")
    element = {**parameter, "type": parameter["type"].removesuffix("[]")}
    return tuple(_read(f"{path}[{index}]", name, item, element, each) for index, each in enumerate(value))


def read_address(path: str, value: Any) -> str:
    """
    An address with its EIP-55 capitals.

    Raises
    ------
    InvalidInput
    """
    rule = "an address: 0x and 40 hexadecimal digits, with EIP-55 capitals or none"
    if not isinstance(value, str) or len(value) != 42 or not value.startswith("0x"):
        raise InvalidInput(path, value, rule)
    try:
        checksummed = str(to_checksum_address(value))
    except ValueError:
        raise InvalidInput(path, value, rule) from None
    # Capitals that are there must be right: they are a check against slips.
    if value[2:] not in (value[2:].lower(), value[2:].upper()) and not is_checksum_address(value):
        raise InvalidInput(path, value, rule)
    return checksummed


def _read_text(path: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidInput(path, value, "text")
    if len(value) > TEXT_CHARACTERS_MAX:
        raise InvalidInput(path, f"{len(value)} characters", f"at most {TEXT_CHARACTERS_MAX} characters")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidInput(path, value, "text that UTF-8 can write") from None
    if "\0" in value:
        raise InvalidInput(path, value, "text without NUL characters")
    return value


def _read_bytes(path: str, kind: str, value: Any) -> bytes:
    length = int(kind.removeprefix("bytes")) if kind != "bytes" else None
    rule = f"0x and {length * 2} hexadecimal digits" if length else "0x and hexadecimal digits"
    if not isinstance(value, str) or not value.startswith("0x") or not value.isascii():
        raise InvalidInput(path, value, rule)
    try:
        raw = bytes.fromhex(value[2:])
    except ValueError:
        raise InvalidInput(path, value, rule) from None
    # `fromhex` passes over blanks, which are no digits.
    if len(raw) * 2 != len(value) - 2 or (length is not None and len(raw) != length):
        raise InvalidInput(path, value, rule)
    return raw


def _read_enum(path: str, hint: type[IntEnum], value: Any) -> IntEnum:
    names = {member.name.lower(): member for member in hint}
    if isinstance(value, str) and value.lower() in names:
        return names[value.lower()]
    if isinstance(value, int) and not isinstance(value, bool) and value in names.values():
        return hint(value)
    raise InvalidInput(path, value, f"one of {', '.join(names)}")


def _read_integer(path: str, name: str, kind: str, value: Any) -> int:
    maximum = (1 << int(kind.removeprefix("uint"))) - 1
    if isinstance(value, str) and name in MOMENT_FIELDS:
        return parse_moment(value, path)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(maximum)):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= maximum:
        raise InvalidInput(path, value, f"a whole number from 0 to {maximum}")
    return value
