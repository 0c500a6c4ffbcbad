"""
Money.

An amount is a whole number of a currency's minor unit (fen of CNY, yen of JPY, fils of KWD) with its ISO 4217 code.
Nothing is ever rounded: an amount with more decimals than its currency has is refused.
"""

from __future__ import annotations

import re
from typing import Final

from iso4217 import Currency

from ledger.errors import InvalidInput

AMOUNT_MINOR_MAX: Final = 10**18
"""What the contracts accept at once, in minor units."""

_AMOUNT = re.compile(r"(?P<whole>\d{1,19})(?:\.(?P<fraction>\d{1,6}))?", re.ASCII)

# Codes of the standard that are no money to pay with: metals, units of account, testing, no currency.
_EXPONENTS: Final[dict[str, int]] = {
    currency.code: currency.exponent for currency in Currency if currency.exponent is not None
}


def require_currency(code: object, field: str = "currency") -> str:
    """
    The code, where ISO 4217 knows it as a currency with minor units.

    Raises
    ------
    InvalidInput
    """
    if not isinstance(code, str) or code not in _EXPONENTS:
        raise InvalidInput(field, code, "a currency of ISO 4217 in capitals, such as CNY, JPY or KWD")
    return code


def minor_digits(code: str) -> int:
    """How many decimals a currency has: 2 for CNY, 0 for JPY, 3 for KWD."""
    return _EXPONENTS[require_currency(code)]


def parse_money(text: str, code: str, field: str = "amount") -> int:
    """
    Read a decimal amount as minor units.

    Raises
    ------
    InvalidInput
        Where it is negative, zero, no number, larger than the contracts take, or has a fraction of a minor unit.
    """
    digits = minor_digits(code)
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise InvalidInput(field, text, f"a positive decimal number with at most {digits} decimals for {code}")
    fraction = (match["fraction"] or "").rstrip("0")
    if len(fraction) > digits:
        raise InvalidInput(field, text, f"at most {digits} decimals for {code}")
    minor: int = int(match["whole"]) * 10**digits + int(fraction.ljust(digits, "0") or "0")
    if not 0 < minor <= AMOUNT_MINOR_MAX:
        raise InvalidInput(field, text, f"more than 0 and at most {format_money(AMOUNT_MINOR_MAX, code)}")
    return minor


def format_money(amount_minor: int, code: str) -> str:
    """An amount as people write it: `1234.50 CNY`."""
    digits = minor_digits(code)
    sign = "-" if amount_minor < 0 else ""
    whole, fraction = divmod(abs(amount_minor), 10**digits)
    return f"{sign}{whole}.{fraction:0{digits}d} {code}" if digits else f"{sign}{whole} {code}"
