"""
Codes of ISO 3166 that a file may give for a government.

Three letters of ISO 3166-1 as a rule. Some bodies that make commitments are no country and have a code that the
standard reserves for them, such as EU; some territories have only a code from the ranges that the standard leaves to
its users, such as XKX; and some states that made commitments are no more, such as SUN.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

RESERVED: Final = frozenset(
    # Exceptionally reserved in ISO 3166-1, with two letters and with three.
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "FX", "IC", "SU", "TA", "UK", "UN"}
    | {"ASC", "CPT", "DGA", "EUE", "FXX", "SUN", "TAA"}
)
"""Codes that ISO 3166/MA keeps for somebody though they stand for no country in the standard."""

_LEFT_TO_USERS: Final = re.compile(r"AA[A-Z]|Q[M-Z][A-Z]|X[A-Z][A-Z]|ZZ[A-Z]")
"""The ranges of three letters that the standard never gives away."""


@cache
def _alpha_3() -> frozenset[str]:
    # Read when first needed: the lists of the library take a tenth of a second to load.
    import pycountry

    present = {country.alpha_3 for country in pycountry.countries}
    former = {country.alpha_3 for country in pycountry.historic_countries}
    return frozenset(present | former)


def is_country_code(code: str) -> bool:
    """Whether ISO 3166 gives, gave, reserves, or leaves to its users this code."""
    return code in RESERVED or code in _alpha_3() or _LEFT_TO_USERS.fullmatch(code) is not None
