"""
How a government is identified: a scheme and a value.

    uscc      统一社会信用代码, GB 32100-2015: 18 characters; bodies begin with 11, a check character ends
    gbt2260   行政区划代码, GB/T 2260: six digits
    iso3166   ISO 3166-1 alpha-3, or a code that the standard reserves, such as EU
    lei       ISO 17442: 20 characters, the last two check digits
    local     a name that only this ledger knows, for bodies whose code is not known
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stdnum import lei
from stdnum.cn import uscc

from ledger.errors import InvalidInput


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """A scheme and a value in it."""

    scheme: str
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


def _require_uscc(value: str) -> None:
    rule = "18 characters of 0-9 and A-Z without I, O, Z, S and V, beginning with 11 for a government body"
    if not re.fullmatch(r"11[0-9A-HJ-NPQRTUWXY]{16}", value):
        raise InvalidInput("统一社会信用代码", value, rule)
    expected: str = uscc.calc_check_digit(value[:17])
    if value[17] != expected:
        raise InvalidInput("统一社会信用代码", value, f"check character {expected} at the end (GB 32100-2015)")


def _require_division(value: str) -> None:
    if not re.fullmatch(r"[1-8]\d{5}", value, re.ASCII):
        raise InvalidInput("行政区划代码", value, "six digits of GB/T 2260, beginning with 1 to 8")


def _require_country(value: str) -> None:
    if not re.fullmatch(r"[A-Z]{2,3}", value):
        raise InvalidInput("ISO 3166 code", value, "three capital letters, or a reserved code such as EU")


def _require_lei(value: str) -> None:
    if not re.fullmatch(r"[0-9A-Z]{18}\d{2}", value, re.ASCII) or not lei.is_valid(value):
        raise InvalidInput("LEI", value, "18 letters or digits and two check digits (ISO 17442)")


def _require_local(value: str) -> None:
    if not 0 < len(value.encode()) <= 64 or value != value.strip() or not value.isprintable():
        raise InvalidInput("local identifier", value, "1 to 64 bytes of printable text without blanks at its ends")


SCHEMES: Final[dict[str, Callable[[str], None]]] = {
    "uscc": _require_uscc,
    "gbt2260": _require_division,
    "iso3166": _require_country,
    "lei": _require_lei,
    "local": _require_local,
}


def require_identifier(scheme: str, value: str) -> Identifier:
    """
    An identifier that its scheme allows.

    Raises
    ------
    InvalidInput
        Naming the scheme's rule, and for a wrong check character the right one.
    """
    if scheme not in SCHEMES:
        raise InvalidInput("identifier scheme", scheme, f"one of {', '.join(SCHEMES)}")
    SCHEMES[scheme](value)
    return Identifier(scheme, value)


def parse_identifier(text: str) -> Identifier:
    """
    Read `scheme:value`.

    Raises
    ------
    InvalidInput
    """
    scheme, colon, value = text.partition(":")
    if not colon:
        raise InvalidInput("identifier", text, "scheme:value, such as iso3166:CHN")
    return require_identifier(scheme, value)
