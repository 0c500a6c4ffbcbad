"""
What each command looks like in JSON: a JSON Schema, made from the contract's function and its Python twin.

It is derived like the reader (`ledger.chain.command_json`), so a new command appears here by itself. The descriptions
are the twins' own docstrings.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import typing
from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import cache
from typing import Any, Final

from ledger.chain.command_json import ITEMS_MAX, TEXT_CHARACTERS_MAX, may_be_none
from ledger.chain.contracts import command_shapes, hints
from ledger.domain.moments import MOMENT_FIELDS

_DIGITS_OF_JSON: Final = 2**53
_MOMENT: Final = {
    "type": "string",
    "format": "date-time",
    "description": "RFC 3339; a bare date means its last second in UTC.",
}


@cache
def command_schema(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a command's body."""
    shape = command_shapes()[name]
    schema = _object(shape.twin, shape.parameters)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "description": summary(shape.twin),
        **schema,
    }


def summary(twin: type) -> str:
    """The first sentence that describes a command."""
    return " ".join((twin.__doc__ or "").split("\n\n")[0].split())


def _object(twin: type, parameters: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    described = _field_docs(twin)
    properties: dict[str, Any] = {}
    required: list[str] = []
    for (name, hint), parameter in zip(hints(twin), parameters, strict=True):
        schema = _value(name, hint, parameter)
        if name in described:
            schema = {**schema, "description": " ".join(filter(None, (described[name], schema.get("description"))))}
        if may_be_none(twin, name):
            schema = {**schema, "type": [schema["type"], "null"]}
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]
        elif name != "currency":
            required.append(name)
        properties[name] = schema
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _value(name: str, hint: Any, parameter: Mapping[str, Any]) -> dict[str, Any]:
    kind: str = parameter["type"]
    if typing.get_origin(hint) is tuple:
        item = {**parameter, "type": kind.removesuffix("[]")}
        return {"type": "array", "maxItems": ITEMS_MAX, "items": _value(name, typing.get_args(hint)[0], item)}
    if kind == "tuple":
        return _object(hint, parameter["components"])
    if name == "currency":
        return {"type": ["string", "null"], "pattern": "^[A-Z]{3}$", "description": "ISO 4217."}
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return {"type": "string", "enum": [member.name.lower() for member in hint]}
    return _plain(name, kind)


def _plain(name: str, kind: str) -> dict[str, Any]:
    if kind == "address":
        return {"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"}
    if kind == "string":
        return {"type": "string", "maxLength": TEXT_CHARACTERS_MAX}
    if kind == "bool":
        return {"type": "boolean"}
    if kind == "bytes":
        return {"type": "string", "pattern": "^0x([0-9a-fA-F]{2})*$"}
    if kind.startswith("bytes"):
        return {"type": "string", "pattern": f"^0x[0-9a-fA-F]{{{2 * int(kind.removeprefix('bytes'))}}}$"}
    if name in MOMENT_FIELDS:
        return dict(_MOMENT)
    maximum = (1 << int(kind.removeprefix("uint"))) - 1
    schema: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": maximum}
    if maximum > _DIGITS_OF_JSON:
        schema["description"] = "Decimal text is read too, for numbers above 2^53."
    return schema


@cache
def _field_docs(twin: type) -> dict[str, str]:
    """The docstring under each field, which Python itself does not keep."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(twin))).body
    assert isinstance(definition, ast.ClassDef)
    docs: dict[str, str] = {}
    field: str | None = None
    for node in definition.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            field = node.target.id
        elif field and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            docs[field] = " ".join(str(node.value.value).split())
            field = None
        else:
            field = None
    return docs
