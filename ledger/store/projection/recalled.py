"""Events back from the bodies under which the history keeps them; the inverse of `bodies.body_of`."""

from __future__ import annotations

import json
import typing
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import IntEnum
from functools import cache
from typing import Any

from ledger.domain.moments import MOMENT_FIELDS, parse_moment


def event_from(twin: type, body: str) -> Any:
    """
    The event of this class that a body was written from.

    Texts come back as the database holds them, where what no database stores was replaced.
    """
    return _made(twin, json.loads(body))


def _made(twin: type, body: dict[str, Any]) -> Any:
    return twin(*(read(body[name]) for name, read in _readers(twin)))


@cache
def _readers(twin: type) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    hints = typing.get_type_hints(twin)
    return tuple((field.name, _reader(field.name, hints[field.name])) for field in fields(twin))


def _reader(name: str, hint: Any) -> Callable[[Any], Any]:
    if typing.get_origin(hint) is tuple:
        item = _reader(name, typing.get_args(hint)[0])
        return lambda values: tuple(item(value) for value in values)
    if hint is bytes:
        return _currency if name == "currency" else _bytes
    if is_dataclass(hint):
        twin = typing.cast(type, hint)
        return lambda value: _made(twin, value)
    if issubclass(hint, IntEnum):
        members = {member.name.lower(): member for member in hint}
        return members.__getitem__
    if hint is int:
        return _moment if name in MOMENT_FIELDS else lambda value: value or 0
    return lambda value: value


def _moment(value: str | None) -> int:
    if value is None:
        return 0
    # A moment past the last year that text reaches is written in seconds.
    seconds = value.split(" ")[0]
    return int(seconds) if seconds.isdigit() else parse_moment(value)


def _bytes(value: str | None) -> bytes:
    # Only a template's digest may be missing.
    return bytes(32) if value is None else bytes.fromhex(value.removeprefix("0x"))


def _currency(value: str | None) -> bytes:
    return b"\0\0\0" if value is None else value.encode().ljust(3, b"\0")
