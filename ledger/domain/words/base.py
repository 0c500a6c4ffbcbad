"""What all words are made of: numbers, governments, batches."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch

Names = Callable[[int], str]
"""Gives a government's name for its number."""

SHOWN_MAX = 10
"""How many items of a batch are spelt out; the rest are counted."""


@singledispatch
def words(command: object, who: Names) -> list[str]:  # noqa: ARG001 (every handler takes the names)
    """The lines of one command; `who` gives a government's name with its number."""
    raise TypeError(f"no words for {type(command).__name__}")


def percent(basis_points: int) -> str:
    """Basis points as a percentage: 2550 as 25.5 %."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + " %" if rest else f"{whole} %"


def decimal(millionths: int) -> str:
    """Millionths as a decimal number: 1500000 as 1.5."""
    whole, rest = divmod(millionths, 1_000_000)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)


def plain(name: str) -> str:
    """An enum member's name as people write it."""
    return name.lower().replace("_", " ")


def document(locator: str, digest: bytes) -> str:
    """Where a document is found, and what tells it from others."""
    return f"{locator or '(no locator)'}, SHA-256 0x{digest.hex()}"


def rest(count: int) -> str:
    """How many items of a list are not spelt out."""
    return f" and {count - SHOWN_MAX} more 等" if count > SHOWN_MAX else ""


def with_rest(lines: list[str], count: int) -> list[str]:
    """The lines of a batch, with how many more there are."""
    return [*lines, f"and {count - SHOWN_MAX} more 其余 {count - SHOWN_MAX} 项"] if count > SHOWN_MAX else lines


def creditor_of(creditor: int, who: Names) -> str:
    """To whom something is owed."""
    return who(creditor) if creditor else "all other parties 其他各方"
