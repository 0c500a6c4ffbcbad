"""
The score policy: every parameter of the credit score, in one versioned file.

A policy is plain JSON whose values are integers with their unit in the name. It is validated whole: an unknown or
missing key, a float, a value out of its range are each refused, so that two governments that hold the same digest are
sure to compute with the same numbers. The digest is the SHA-256 of the canonical form: keys sorted, no white space,
UTF-8, one line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ledger.errors import LedgerError

_DAY_SECONDS = 86_400
_MILLION = 1_000_000

LIMITS: Mapping[str, tuple[int, int]] = {
    "version": (1, 2**31 - 1),
    "base_prior_millionths": (1, _MILLION - 1),
    "shrinkage_millionths": (1, 10_000 * _MILLION),
    "half_life_seconds": (_DAY_SECONDS, 1_000 * 366 * _DAY_SECONDS),
    "overdue_grace_seconds": (0, 10 * 366 * _DAY_SECONDS),
    "ruling_limit_seconds": (0, 100 * 366 * _DAY_SECONDS),
    "silent_share_millionths": (0, _MILLION),
    "backfilled_share_millionths": (0, _MILLION),
    "repaired_share_millionths": (0, _MILLION),
    "interval_level_millionths": (1, _MILLION - 1),
    "interval_commitments": (1, 10_000),
    "next_period_concentration_millionths": (1, 1_000_000 * _MILLION),
}
"""Smallest and largest value of every integer parameter, both allowed."""


class PolicyError(LedgerError):
    """A policy file breaks a rule; the message names the key, its value and what is allowed."""


@dataclass(frozen=True, slots=True)
class ScorePolicy:
    """The parameters of one credit score. `millionths` are fixed-point numbers, `seconds` are spans of time."""

    version: int
    """Rises with every change that is published."""

    name: str
    """What people call it; 1 to 100 characters."""

    base_prior_millionths: int
    """What could be expected of any commitment before anything is known."""

    shrinkage_millionths: int
    """How many ordinary commitments the base weighs: shrinks short histories."""

    half_life_seconds: int
    """After this long an outcome weighs half."""

    overdue_grace_seconds: int
    """An unresolved commitment counts provisionally as broken from its due date plus this on."""

    ruling_limit_seconds: int
    """A dispute protects an overdue commitment at most this long; then it counts provisionally again."""

    silent_share_millionths: int
    """What an outcome that came by silence weighs, beside one that was confirmed."""

    backfilled_share_millionths: int
    """What an outcome recorded after the fact weighs."""

    repaired_share_millionths: int
    """What a repaired breach weighs. Repair never deletes the record, so zero is for policies that say so openly."""

    interval_level_millionths: int
    """The level of the interval: 900,000 for 90 %."""

    interval_commitments: int
    """The interval is for the keep-rate over so many next commitments."""

    next_period_concentration_millionths: int
    """How far a government's rate moves from one year to the next: the largest total of the interval's Beta shapes."""

    def __post_init__(self) -> None:
        """Check every parameter."""
        for key, (smallest, largest) in LIMITS.items():
            value = getattr(self, key)
            if type(value) is not int:
                raise PolicyError(f"policy: {key} is {value!r}; it must be an integer")
            if not smallest <= value <= largest:
                raise PolicyError(f"policy: {key} is {value}; it must be from {smallest} to {largest}")
        if type(self.name) is not str or not 1 <= len(self.name) <= 100:
            raise PolicyError(f"policy: name is {self.name!r}; it must be a text of 1 to 100 characters")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> ScorePolicy:
        """Make a policy of exactly the known keys."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(str(key) for key in mapping.keys() - known)
        if unknown:
            raise PolicyError(f"policy: unknown key {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        missing = sorted(known - mapping.keys())
        if missing:
            raise PolicyError(f"policy: missing key {', '.join(missing)}; every parameter must be given")
        return cls(**mapping)

    @classmethod
    def from_json(cls, text: str | bytes) -> ScorePolicy:
        """Read a policy from the text of its file (UTF-8)."""
        try:
            loaded = json.loads(text, object_pairs_hook=_unique_pairs)
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise PolicyError(f"policy: the file is not JSON: {error}") from error
        if not isinstance(loaded, dict):
            raise PolicyError(f"policy: the file holds a {type(loaded).__name__}; it must hold one JSON object")
        return cls.from_mapping(loaded)

    def to_mapping(self) -> dict[str, int | str]:
        """Return the parameters by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def canonical_json(self) -> bytes:
        """Return the one spelling of this policy that is digested and published."""
        text = json.dumps(self.to_mapping(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode("utf-8")

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical form, 32 bytes."""
        return hashlib.sha256(self.canonical_json()).digest()


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # JSON lets a key stand twice and readers differ in which they take, so it is refused.
    keys = [key for key, _ in pairs]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise PolicyError(f"policy: key {', '.join(twice)} stands twice; each may stand once")
    return dict(pairs)
