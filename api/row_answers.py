"""
Answers made from rows.

A row of the projection says by its fields' types and names what it holds: a body's id, a moment, a member of an
enumeration. The answer's schema follows from that, so a field that is added to a row is in the answer, and in the
OpenAPI document, without being written down twice. Bodies are given with identifier and name.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import create_model

from api.rendering import Names, word
from api.schemas.common import Answer, BasisPoints, GovernmentRef, Millionths, Moment

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

BODIES: Final = frozenset(
    {
        "admitted_by",
        "appellant",
        "auditor",
        "body",
        "coordinating_body",
        "counterpart",
        "creditor",
        "debtor",
        "declined_by",
        "ended_by",
        "former_debtor",
        "frozen_by",
        "government",
        "member",
        "new_debtor",
        "opener",
        "original_debtor",
        "party",
        "predecessor",
        "proposer",
        "ruled_by",
        "side",
        "successor",
    }
)
"""Fields that hold a body's ledger id."""

_MOMENTS: Final = ("_at", "_by", "_from", "_until")


def answer_of(row: type[DataclassInstance], name: str, **lists: type[DataclassInstance]) -> type[Answer]:
    """
    The schema of a row's answer.

    Parameters
    ----------
    name
        What the schema is called.
    lists
        Further lists of rows that go with it, by name.
    """
    shape: dict[str, Any] = {each: (hint, ...) for each, hint in _shape(row)}
    for each, other in lists.items():
        shape[each] = (list[_part(other)], ...)  # type: ignore[misc]
    return create_model(name, __base__=Answer, __doc__=(row.__doc__ or name).strip(), **shape)


def bodies_of(rows: Iterable[DataclassInstance]) -> set[int]:
    """The bodies that rows name."""
    found: set[int] = set()
    for row in rows:
        for field in fields(row):
            value = getattr(row, field.name)
            if isinstance(value, tuple):
                members = value if field.name == "panel" else ()
                found.update(each for each in members if type(each) is int)
                found |= bodies_of(each for each in value if is_dataclass(each) and not isinstance(each, type))
            elif field.name in BODIES and value:
                found.add(value)
    return found


def answer(row: DataclassInstance, names: Names, **lists: Iterable[DataclassInstance]) -> dict[str, Any]:
    """A row as its schema has it."""
    told = {field.name: _told(field.name, getattr(row, field.name), names) for field in fields(row)}
    return told | {name: [answer(each, names) for each in rows] for name, rows in lists.items()}


@cache
def _part(row: type[DataclassInstance]) -> type[Answer]:
    return answer_of(row, row.__name__.removesuffix("Row") + "Out")


def _shape(row: type[DataclassInstance]) -> list[tuple[str, Any]]:
    hints = typing.get_type_hints(row)
    return [(field.name, _hint(field.name, hints[field.name])) for field in fields(row)]


def _hint(name: str, hint: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        (inner,) = (each for each in typing.get_args(hint) if each is not types.NoneType)
        return _hint(name, inner) | None
    if origin is tuple:
        item = typing.get_args(hint)[0]
        if name == "panel":
            return list[GovernmentRef]
        return list[_part(item)] if is_dataclass(item) else list[_hint(name, item)]  # type: ignore[misc, arg-type]
    if origin is dict or hint is dict:
        return dict[str, Any]
    if is_dataclass(hint):
        return dict[str, Any]
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return typing.Literal[tuple(member.name.lower() for member in hint)]
    if hint is int:
        return _number(name)
    return hint


def _number(name: str) -> Any:
    if name in BODIES:
        return GovernmentRef
    if name.endswith(_MOMENTS):
        return Moment
    if name.endswith("_basis_points"):
        return BasisPoints
    return Millionths if name == "measured" else int


def _told(name: str, value: Any, names: Names) -> Any:
    if value is None:
        return None
    if isinstance(value, IntEnum):
        return word(value)
    if isinstance(value, tuple):
        if name == "panel":
            return [names[each] for each in value]
        return [answer(each, names) if is_dataclass(each) else each for each in value]  # type: ignore[arg-type]
    if isinstance(value, Mapping):
        return dict(value)
    if name in BODIES and type(value) is int:
        return names[value]
    return value
