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
from typing import Any, Final

from ledger.errors import InvalidInput

_MILLION = 1_000_000
_DAYS = (1, 36_525)

LIMITS: Mapping[str, tuple[int, int]] = {
    "version": (1, 2**31 - 1),
    "base_prior_millionths": (1, _MILLION - 1),
    "difficulty_shrinkage_millionths": (1, 10_000 * _MILLION),
    "reference_shrinkage_millionths": (1, 10_000 * _MILLION),
    "difficulty_gain_millionths": (0, 8 * _MILLION - 1),
    "difficulty_half_life_days": _DAYS,
    "difficulty_batch_capacity_millionths": (1, 10_000 * _MILLION),
    "rating_gain_millionths": (0, 8 * _MILLION - 1),
    "rating_shrinkage_millionths": (1, 10_000 * _MILLION),
    "rating_memory_half_life_days": _DAYS,
    "points_half_life_days": _DAYS,
    "kind_years_max": (0, 100),
    "half_kept_credit_millionths": (125_000, 500_000),
    "partial_prior_millionths": (0, _MILLION),
    "weight_saturation_millionths": (_MILLION, 100 * _MILLION),
    "counterparty_capacity_millionths": (1, 10_000 * _MILLION),
    "counterparty_half_life_days": _DAYS,
    "overdue_grace_days": (0, 3_660),
    "ruling_limit_days": (0, 36_600),
    "silent_share_millionths": (0, _MILLION),
    "backfilled_share_millionths": (0, _MILLION),
    "repaired_share_millionths": (0, _MILLION),
    "interval_level_millionths": (1, _MILLION - 1),
    "interval_commitments": (1, 10_000),
    "unrated_concentration_millionths": (1, 1_000_000 * _MILLION),
    "concentration_per_outcome_millionths": (0, 1_000 * _MILLION),
    "next_period_concentration_millionths": (1, 1_000_000 * _MILLION),
}
"""
Smallest and largest value of every integer parameter, both allowed. Shrinkages and capacities are positive, so that no
division is by zero; the largest values keep every product of the vectorised path within 64 bits.
"""


class PolicyError(InvalidInput):
    """A policy breaks a rule; the message names the key, its value and what is allowed."""


FILE_LENGTH_MAX: Final = 10_000
"""Characters of a policy file; a policy has some hundreds."""


@dataclass(frozen=True, slots=True)
class ScorePolicy:
    """The parameters of one credit score. `millionths` are fixed-point numbers, `days` have 86,400 s."""

    version: int
    """Rises with every change that is published."""

    name: str
    """What people call it; 1 to 100 characters."""

    base_prior_millionths: int
    """How likely any commitment is to be kept, before anything is known."""

    difficulty_shrinkage_millionths: int
    """How many ordinary outcomes the prior weighs against what was seen of all, of a kind, of a forum."""

    reference_shrinkage_millionths: int
    """The same for one commitment that several members made."""

    difficulty_gain_millionths: int
    """Step, in log-odds per unit of surprise, by which difficulties learn; below 8 no step can overshoot."""

    difficulty_half_life_days: int
    """After this long what was seen of a difficulty weighs half."""

    difficulty_batch_capacity_millionths: int
    """Outcomes that come at one moment share one shock: together they weigh less than this many."""

    rating_gain_millionths: int
    """Step, in log-odds per unit of surprise, by which a government's rating learns."""

    rating_shrinkage_millionths: int
    """How many ordinary outcomes the base weighs against a government's own: shrinks short histories."""

    rating_memory_half_life_days: int
    """After this long the number of outcomes behind a rating counts half, so that new ones move it again."""

    points_half_life_days: int
    """After this long an outcome's effect on the log-odds is half: old faults and old merits fade alike."""

    kind_years_max: int
    """Kinds are whole years from made to due; longer terms share the last kind."""

    half_kept_credit_millionths: int
    """
    Credit of a commitment that was half kept. One kept whole earns all, a broken one nothing, and a smooth curve that
    never falls runs through the three; within the limits there is exactly one such cubic.
    """

    partial_prior_millionths: int
    """Credit expected of a commitment that is not kept whole, before anything is known."""

    weight_saturation_millionths: int
    """The most that one commitment can weigh, beside an ordinary one of weight 1."""

    counterparty_capacity_millionths: int
    """
    Commitments to one counterparty: when so many were settled within the half-life below, the next weigh half. All
    other parties of an agreement are as many counterparties as there are.
    """

    counterparty_half_life_days: int
    """After this long earlier commitments to the same counterparty count half in that."""

    overdue_grace_days: int
    """An unresolved commitment counts provisionally as broken when more than this has passed since its due date."""

    ruling_limit_days: int
    """A dispute protects an overdue commitment at most this long; then it counts provisionally again."""

    silent_share_millionths: int
    """What an outcome that came by silence weighs, beside one that was confirmed."""

    backfilled_share_millionths: int
    """What an outcome recorded after the fact weighs."""

    repaired_share_millionths: int
    """What a repaired breach weighs in its debtor's rating. Repair never deletes the record."""

    interval_level_millionths: int
    """The level of the interval: 900,000 for 90 %."""

    interval_commitments: int
    """The interval is for the keep-rate over so many next commitments."""

    unrated_concentration_millionths: int
    """How much is known of a government without history: the total of its Beta shapes."""

    concentration_per_outcome_millionths: int
    """How much each effective outcome adds to that total; more than 1 because the effective count leaves out much."""

    next_period_concentration_millionths: int
    """How far rates move from one period to the next: the total of the Beta shapes never exceeds this."""

    def __post_init__(self) -> None:
        """Check every parameter."""
        for key, (smallest, largest) in LIMITS.items():
            value = getattr(self, key)
            # Not isinstance: True and False are integers to Python, and never a parameter.
            if type(value) is not int or not smallest <= value <= largest:
                raise PolicyError(f"policy: {key}", value, f"an integer from {smallest} to {largest}")
        if type(self.name) is not str or not 1 <= len(self.name) <= 100:
            raise PolicyError("policy: name", self.name, "a text of 1 to 100 characters")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> ScorePolicy:
        """Make a policy of exactly the known keys; raise `PolicyError` for one unknown, missing or out of range."""
        known = {field.name for field in fields(cls)}
        for key in sorted(str(key) for key in mapping.keys() - known):
            raise PolicyError("policy: key", key, f"one of {', '.join(sorted(known))}")
        for key in sorted(known - mapping.keys()):
            raise PolicyError(f"policy: {key}", None, "every parameter to be given")
        return cls(**mapping)

    @classmethod
    def from_json(cls, text: str | bytes) -> ScorePolicy:
        """Read a policy from the text of its file (UTF-8); raise `PolicyError` where it breaks a rule."""
        return cls.from_mapping(read_policy_object(text))

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


def read_policy_object(text: str | bytes) -> dict[str, Any]:
    """
    Read the one JSON object that a policy file holds.

    Raises
    ------
    PolicyError
        Where the file is too long, no JSON in UTF-8, no object, or has a key twice.
    """
    # The parser recurses: where a library has raised the interpreter's recursion limit, as EVM libraries do, a long
    # file of brackets would overflow the real stack and end the process.
    if len(text) > FILE_LENGTH_MAX:
        rule = f"one JSON object in UTF-8, no longer than {FILE_LENGTH_MAX}"
        raise PolicyError("policy: file", f"a text of length {len(text)}", rule)
    try:
        loaded = json.loads(text, object_pairs_hook=_unique_pairs)
    except (ValueError, RecursionError) as error:
        raise PolicyError("policy: file", str(error), "one JSON object in UTF-8") from error
    if not isinstance(loaded, dict):
        raise PolicyError("policy: file", loaded, "one JSON object")
    return loaded


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # JSON lets a key stand twice and readers differ in which they take, so it is refused.
    unique: dict[str, Any] = {}
    for key, value in pairs:
        if key in unique:
            raise PolicyError("policy: key", key, "each key to stand once")
        unique[key] = value
    return unique
