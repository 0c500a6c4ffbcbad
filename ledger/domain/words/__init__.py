"""
Commands in words.

What a government signs is shown to it in plain language first, in English and Chinese, made from the same data that
the signature covers. Times are UTC, money has its currency, and governments have their names beside their numbers.
There is one module per subject; each adds its commands' words to `words.base.words`.
"""

from __future__ import annotations

from ledger.domain.commands import Command
from ledger.domain.words import administration, agreements, breaches, commitments, disputes, register
from ledger.domain.words.base import Names, decimal, percent, words

__all__ = [
    "Names",
    "administration",
    "agreements",
    "breaches",
    "commitments",
    "decimal",
    "disputes",
    "in_words",
    "percent",
    "register",
]


def in_words(command: Command, names: Names) -> list[str]:
    """
    The lines that a signer reads before signing.

    Parameters
    ----------
    command
        What is to be signed.
    names
        Gives a government's name for its number.
    """
    return words(command, lambda number: f"{names(number)} (no. {number})")
