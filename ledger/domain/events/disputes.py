"""Disputes, rulings and appeals."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.enums import ExcuseGround, Outcome
from ledger.domain.terms import Ruling


@dataclass(frozen=True, slots=True)
class DisputeOpened:
    """A side opened a dispute; both can lodge evidence."""

    id: int
    commitment: int
    opener: int

    body: int
    """Who hears it; 0 where a panel does."""

    evidence_until: int
    rule_by: int
    procedure_version: int
    statement_digest: bytes
    statement_locator: str


@dataclass(frozen=True, slots=True)
class PanelDrawn:
    """Where no body stands above the first one, a panel hears the dispute."""

    id: int
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DisputeEvidenceLodged:
    """A side lodged evidence."""

    id: int
    side: int
    digest: bytes
    locator: str


@dataclass(frozen=True, slots=True)
class RulingGiven:
    """A signer of the body, or a member of the panel, gave this ruling; it takes effect when enough have."""

    id: int
    body: int
    signer: str
    ruling: Ruling

    given: int
    """How many have given it."""

    needed: int
    """How many must."""


@dataclass(frozen=True, slots=True)
class DisputeRuled:
    """The ruling of this instance stands."""

    id: int
    commitment: int
    body: int
    ruling: Ruling

    appeal_by: int
    """Last second at which it can be appealed; 0 where it is final."""


@dataclass(frozen=True, slots=True)
class DisputeAppealed:
    """A side appealed."""

    id: int
    appellant: int

    body: int
    """Who hears it now; 0 where a panel does."""

    evidence_until: int
    rule_by: int
    grounds_digest: bytes
    grounds_locator: str


@dataclass(frozen=True, slots=True)
class DisputeEscalated:
    """Nobody ruled in time, so it is before another body or panel."""

    id: int
    former_body: int

    body: int
    """Who hears it now; 0 where a panel does."""

    evidence_until: int
    rule_by: int


@dataclass(frozen=True, slots=True)
class DisputeConcluded:
    """The ruling that stands is final, and is the commitment's outcome."""

    id: int
    commitment: int
    body: int
    outcome: Outcome
    outcome_basis_points: int
    ground: ExcuseGround


@dataclass(frozen=True, slots=True)
class DisputeWithdrawn:
    """Who opened the dispute took it back."""

    id: int
    commitment: int
    opener: int
