"""
What the contracts refuse.

Each class is the twin of the Solidity error of the same name, with its parameters as fields in the same order, so that
what a contract says reaches the caller with every value. There is one module per contract, and one for the library
errors that can come through ours.
"""

from __future__ import annotations

from ledger.domain.refusals import (
    administration,
    agreements,
    assessments,
    breaches,
    commands,
    commitments,
    compensation,
    debt_transfers,
    dialogue,
    discipline,
    disputes,
    libraries,
    policies,
    procedure,
    register,
    scores,
)
from ledger.domain.refusals.base import REFUSALS, Refused

__all__ = [
    "REFUSALS",
    "Refused",
    "administration",
    "agreements",
    "assessments",
    "breaches",
    "commands",
    "commitments",
    "compensation",
    "debt_transfers",
    "dialogue",
    "discipline",
    "disputes",
    "libraries",
    "policies",
    "procedure",
    "register",
    "scores",
]
