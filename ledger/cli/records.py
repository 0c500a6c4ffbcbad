"""Records as `--json` shows them: names as in the code, enums as words, moments as RFC 3339."""

from __future__ import annotations

from dataclasses import fields
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from ledger.domain.moments import format_moment

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from ledger.cli.session import Session

_MOMENTS: Final = ("_at", "_by", "_from", "_until")
_BODIES: Final = ("declined_by", "ended_by", "frozen_by", "ruled_by")
"""Numbers of bodies whose names end like a moment's."""


def record(row: DataclassInstance) -> dict[str, Any]:
    """A row by its fields' names."""
    return {field.name: _shown(field.name, getattr(row, field.name)) for field in fields(row)}


def show_record(session: Session, document: dict[str, Any]) -> None:
    """Print a record for people: a line for each value that there is."""
    for name, value in document.items():
        if isinstance(value, list):
            for each in value:
                session.out.line(f"{name}: {_told(each)}")
        elif value not in (None, ""):
            session.out.line(f"{name}: {value}")


def _told(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    return ", ".join(f"{name} {part}" for name, part in value.items() if part not in (None, ""))


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, tuple):
        return list(value)
    if type(value) is int and name.endswith(_MOMENTS) and name not in _BODIES:
        return format_moment(value)
    return value
