"""
The procedure policy: the time limits and thresholds that agreements, breaches and disputes are under.

How long a creditor has to answer, a debtor to explain, a body to rule; what makes a breach general or serious, how long
it is published and when it can be repaired. The chain holds every version whole, and each applies from a moment on:
what was begun under a version goes on under it. Times are in seconds, weights in millionths, shares in basis points.

The three classes are the twins of the Solidity structs of the same names. What the chain gives is taken as it is;
`require` repeats the contract's checks where a policy is read from a file, before anybody is asked to approve it.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, Self

from ledger.domain.enums import Severity
from ledger.domain.policy import PolicyError, read_policy_object

DAY_SECONDS: Final = 86_400

WINDOW_SECONDS_MIN: Final = DAY_SECONDS
"""Validators can shift time by seconds, so every window is a day or more."""

WINDOW_SECONDS_MAX: Final = 3_650 * DAY_SECONDS

WEIGHT_MAX: Final = 1_000_000 * 1_000_000
"""The most that any commitment weighs, in millionths."""

REPETITIONS_MAX: Final = 100
RULING_SIGNERS_MAX: Final = 16
PANEL_SIZE_MAX: Final = 15


@dataclass(frozen=True, slots=True)
class SeverityThreshold:
    """A breach reaches a severity by any one of these."""

    weight: int
    """Weight of the commitment, in millionths."""

    lateness_seconds: int
    """From the due date to the determination."""

    repetitions: int
    """Which breach in the period of repetition it is, itself counted."""


@dataclass(frozen=True, slots=True)
class SeverityConsequence:
    """What follows from a breach of one severity."""

    published: bool
    """Whether it is published at all."""

    repair_after_seconds: int
    """Repair can be asked for when so long has passed."""

    publication_seconds: int
    """Publication, and all discipline, end by themselves when so long has passed."""


@dataclass(frozen=True, slots=True)
class ProcedurePolicy:
    """The time limits and thresholds of one version."""

    confirmation_seconds: int
    """For the creditor to confirm or contest evidence."""

    short_confirmation_seconds: int
    """The same where the debtor has earned shorter confirmation."""

    grace_seconds: int
    """After the due date, before a commitment can be reported overdue."""

    explanation_seconds: int
    """For the debtor to explain."""

    rectification_seconds_max: int
    """The latest date for putting right, counted from when it is set."""

    determination_seconds: int
    """For the coordinating body to determine a breach; afterwards anyone may call for it."""

    objection_seconds: int
    """To object to an outcome or a breach."""

    evidence_seconds: int
    """For the sides of a dispute to lodge evidence."""

    ruling_seconds: int
    """For the ruling, counted from the end of the time for evidence."""

    appeal_seconds: int
    """To appeal."""

    ruling_signers: int
    """How many signers of a body must give the same ruling."""

    panel_size: int
    """How many bodies hear an appeal where no higher level exists."""

    audit_share_basis_points: int
    """Share of all evidence that is drawn for audit."""

    repetition_seconds: int
    """Breaches within so long before count as repetition."""

    general: SeverityThreshold
    serious: SeverityThreshold
    minor_consequence: SeverityConsequence
    general_consequence: SeverityConsequence
    serious_consequence: SeverityConsequence

    def consequence(self, severity: Severity) -> SeverityConsequence:
        """What follows from a breach of this severity."""
        return {
            Severity.MINOR: self.minor_consequence,
            Severity.GENERAL: self.general_consequence,
            Severity.SERIOUS: self.serious_consequence,
        }[severity]

    def require(self) -> Self:
        """
        Check what the contract checks.

        Raises
        ------
        PolicyError
            Naming the first value that the contract would refuse, and what it allows.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith(("_seconds", "_seconds_max")):
                _require_window(field.name, value)
        # What is earned by keeping faith is never the longer one.
        short = "short_confirmation_seconds"
        _require(short, self.short_confirmation_seconds, WINDOW_SECONDS_MIN, self.confirmation_seconds)
        _require("ruling_signers", self.ruling_signers, 1, RULING_SIGNERS_MAX)
        _require("panel_size", self.panel_size, 1, PANEL_SIZE_MAX)
        _require("audit_share_basis_points", self.audit_share_basis_points, 0, 10_000)
        # A breach that is serious is no less than general by every measure.
        least = SeverityThreshold(1, WINDOW_SECONDS_MIN, 1)
        for name, threshold, floor in (("general", self.general, least), ("serious", self.serious, self.general)):
            _require(f"{name}.weight", threshold.weight, floor.weight, WEIGHT_MAX)
            lateness = f"{name}.lateness_seconds"
            _require(lateness, threshold.lateness_seconds, floor.lateness_seconds, WINDOW_SECONDS_MAX)
            _require(f"{name}.repetitions", threshold.repetitions, floor.repetitions, REPETITIONS_MAX)
        for severity in (Severity.MINOR, Severity.GENERAL, Severity.SERIOUS):
            name, consequence = f"{severity.name.lower()}_consequence", self.consequence(severity)
            _require_window(f"{name}.publication_seconds", consequence.publication_seconds)
            # Repair must be possible before publication ends by itself.
            longest = consequence.publication_seconds - 1
            _require(f"{name}.repair_after_seconds", consequence.repair_after_seconds, 0, longest)
        return self

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> ProcedurePolicy:
        """Make a policy of exactly the known keys; raise `PolicyError` for one unknown, missing or out of range."""
        made: ProcedurePolicy = _read(cls, "", mapping)
        return made.require()

    @classmethod
    def from_json(cls, text: str | bytes) -> ProcedurePolicy:
        """Read a policy from the text of its file (UTF-8); raise `PolicyError` where it breaks a rule."""
        return cls.from_mapping(read_policy_object(text))

    def to_mapping(self) -> dict[str, Any]:
        """Return the parameters by name."""
        return _write(self)

    def canonical_json(self) -> bytes:
        """Return the one spelling of this policy: keys sorted, no white space, UTF-8, one line."""
        return json.dumps(self.to_mapping(), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def _require(field: str, value: int, smallest: int, largest: int) -> None:
    if not smallest <= value <= largest:
        raise PolicyError(f"procedure policy: {field}", value, f"from {smallest} to {largest}")


def _require_window(field: str, value: int) -> None:
    _require(field, value, WINDOW_SECONDS_MIN, WINDOW_SECONDS_MAX)


def _read(twin: Any, path: str, mapping: Any) -> Any:
    where = f"procedure policy: {path}".rstrip(".: ")
    if not isinstance(mapping, Mapping):
        raise PolicyError(where, mapping, "an object with named parameters")
    hints = typing.get_type_hints(twin)
    known = [field.name for field in fields(twin)]
    for key in sorted(str(key) for key in mapping.keys() - set(known)):
        raise PolicyError(where, key, f"one of {', '.join(known)}")
    values = []
    for name in known:
        place = f"procedure policy: {path}{name}"
        if name not in mapping:
            raise PolicyError(place, None, "every parameter to be given")
        value, hint = mapping[name], hints[name]
        if is_dataclass(hint):
            value = _read(hint, f"{path}{name}.", value)
        # Not isinstance: True and False are integers to Python, and no number of seconds.
        elif type(value) is not hint:
            raise PolicyError(place, value, "true or false" if hint is bool else "a whole number")
        values.append(value)
    return twin(*values)


def _write(value: Any) -> dict[str, Any]:
    parts = {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: _write(part) if is_dataclass(part) else part for name, part in parts.items()}
