"""Rows of the database as values: what stands there as a number becomes what its field is declared as."""

from __future__ import annotations

import types
import typing
from collections.abc import Hashable, Mapping
from dataclasses import fields
from enum import IntEnum
from functools import cache
from typing import Any, TypeVar

_Row = TypeVar("_Row")


def make(twin: type[_Row], values: Mapping[Any, Any], **more: Any) -> _Row:
    """
    A value of this class from the columns of its name.

    Parameters
    ----------
    twin
        A dataclass whose fields are named as the columns are; enums are made of their numbers, and None stays None.
    values
        The columns; those that the class does not have are passed over.
    more
        Fields that are no columns.
    """
    made = {name: values[name] for name in _columns(typing.cast(Hashable, twin)) if name not in more}
    for name, enum in _enums(typing.cast(Hashable, twin)):
        if made[name] is not None:
            made[name] = enum(made[name])
    return twin(**made, **more)


@cache
def _columns(twin: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(twin))


@cache
def _enums(twin: Any) -> tuple[tuple[str, type[IntEnum]], ...]:
    found: list[tuple[str, type[IntEnum]]] = []
    for name, hint in typing.get_type_hints(twin).items():
        options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
        found += [(name, each) for each in options if isinstance(each, type) and issubclass(each, IntEnum)]
    return tuple(found)
