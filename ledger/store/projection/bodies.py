"""
Events and terms as JSON.

The history shows each fact with all its fields, under the conventions of commands in JSON: enums are their names in
small letters, bytes hexadecimal text, currencies three letters, moments RFC 3339, and null stands where the chain has 0
for "none". How a class is written follows from its annotations and is worked out once per class, because a replay
writes very many of them.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any, Final

from ledger.domain.moments import MAY_BE_NO_MOMENT, MOMENT_FIELDS, format_moment

_NONE_IS_ZERO: Final = MAY_BE_NO_MOMENT | {
    "actor",
    "agreement",
    "body",
    "commitment",
    "counterpart",
    "creditor",
    "former_body",
    "recorder",
    "successor",
    "superior",
    "template",
}

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_moment_text = lru_cache(maxsize=8192)(format_moment)  # Due dates come in bunches.


def legible(text: str) -> str:
    """
    Text as every database takes it.

    Anybody who may speak on the chain can put bytes there that are no text. They must not stop the projection for
    all others, so what no database stores (NUL, half a surrogate pair) is shown as U+FFFD.
    """
    if text.isprintable():
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "\ufffd")


def hexadecimal(value: bytes) -> str:
    """Bytes as `0x` and hexadecimal digits."""
    return "0x" + value.hex()


def currency_text(currency: bytes) -> str | None:
    """Three letters; None where the chain has three zero bytes."""
    return legible(currency.rstrip(b"\0").decode("ascii", "replace")) or None


def body_of(value: Any) -> dict[str, Any]:
    """An event's or a term's fields by name, ready for JSON."""
    return {
        name: getattr(value, name) if write is None else write(getattr(value, name)) for name, write in _of(type(value))
    }


def body_text(value: Any) -> str:
    """The same as JSON text: fields in the order of the chain, no white space."""
    return _encode(body_of(value))


_written: dict[type, tuple[tuple[str, Callable[[Any], Any] | None], ...]] = {}


def _of(twin: type) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    known = _written.get(twin)
    if known is None:
        hints = typing.get_type_hints(twin)
        known = tuple((field.name, _writer(field.name, hints[field.name])) for field in fields(twin))
        _written[twin] = known
    return known


def _writer(name: str, hint: Any) -> Callable[[Any], Any] | None:
    if typing.get_origin(hint) is tuple:
        item = _writer(name, typing.get_args(hint)[0])
        return list if item is None else lambda values: [item(value) for value in values]
    if hint is str:
        return legible
    if hint is bytes:
        if name in _NONE_IS_ZERO:
            return lambda value: hexadecimal(value) if any(value) else None
        return currency_text if name == "currency" else hexadecimal
    if is_dataclass(hint):
        return body_of
    if issubclass(hint, IntEnum):
        return {member: member.name.lower() for member in hint}.__getitem__
    if hint is int and name in MOMENT_FIELDS:
        return (lambda value: _moment_text(value) if value else None) if name in _NONE_IS_ZERO else _moment_text
    if name in _NONE_IS_ZERO:
        return lambda value: value or None
    return None
