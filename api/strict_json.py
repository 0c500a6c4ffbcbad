"""
Reading JSON strictly.

What is signed and recorded must be read alike by everyone, so a body that two readers could understand differently is
refused: a key that stands twice, NaN and Infinity, bytes that are not UTF-8, a number of more digits than any field
takes. Depth is bounded, so that no body can exhaust a stack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from typing import Any, Final, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.faults import BodyNotJson, ContentTypeNotSupported

DEPTH_MAX: Final = 32
DIGITS_MAX: Final = 78
"""As many as the largest uint256 has."""

_STRINGS_AND_BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)


def parse_json(raw: bytes) -> Any:
    """
    Read a body.

    Raises
    ------
    BodyNotJson
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BodyNotJson(raw[error.start : error.start + 8], f"UTF-8; byte {error.start} is not") from None
    _check_depth(text)
    try:
        return json.loads(
            text, object_pairs_hook=_unique_pairs, parse_constant=_refuse_constant, parse_int=_bounded_integer
        )
    except json.JSONDecodeError as error:
        near = text[max(0, error.pos - 10) : error.pos + 10]
        raise BodyNotJson(near, f"JSON; at character {error.pos}: {error.msg}") from None


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for key, value in pairs:
        if key in read:
            raise BodyNotJson(key, "each key once in an object")
        read[key] = value
    return read


def _refuse_constant(text: str) -> NoReturn:
    raise BodyNotJson(text, "numbers that JSON knows")


def _bounded_integer(text: str) -> int:
    if len(text) > DIGITS_MAX + 1:
        raise BodyNotJson(text, f"whole numbers of at most {DIGITS_MAX} digits")
    return int(text)


def _check_depth(text: str) -> None:
    # Before it is parsed, because the parser recurses: where a library has raised the interpreter's recursion limit, as
    # EVM libraries do, a body of brackets would otherwise overflow the real stack and end the process.
    if text.count("[") + text.count("{") <= DEPTH_MAX:
        return
    depth = 0
    for token in _STRINGS_AND_BRACKETS.finditer(text):
        mark = token[0]
        if mark in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                raise BodyNotJson("…", f"at most {DEPTH_MAX} levels")
        elif mark in "]}":
            depth -= 1


class JsonRequest(Request):
    """A request whose body is read strictly."""

    async def json(self) -> Any:
        """The body, read once."""
        if not hasattr(self, "_json"):
            self._json = parse_json(await self.body())
        return self._json


class JsonRoute(APIRoute):
    """A route that takes JSON and nothing else, and checks it before the framework looks at it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, behind the strict reader."""
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            strict = JsonRequest(request.scope, request.receive)
            if strict.method in ("POST", "PUT", "PATCH") and await strict.body():
                declared = strict.headers.get("content-type", "")
                if declared.partition(";")[0].strip().lower() != "application/json":
                    raise ContentTypeNotSupported(declared)
                await strict.json()
            return await handle(strict)

        return strictly
