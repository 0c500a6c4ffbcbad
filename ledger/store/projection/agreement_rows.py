"""What queries about versions of agreements, who signed them, and what was assessed and said give back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.domain.enums import AccessionRule, CompensationKind, ServiceMode


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of an agreement's terms. It waits for signatures until it is concluded, superseded or declined."""

    agreement: int
    number: int

    proposer: int | None
    """None for a backfilled agreement."""

    change_note: str
    reference_number: str
    title: str
    document_digest: str
    document_locator: str
    service_mode: ServiceMode
    coordinating_body: int
    compensation_kind: CompensationKind
    currency: str | None
    effective_from: int | None
    expires_at: int | None
    accession: AccessionRule
    first_assessment_at: int | None
    assessment_every_seconds: int | None
    template: str | None
    terms_digest: str

    terms: dict[str, Any]
    """`AgreementTerms` as JSON."""

    recorded_at: int

    concluded_at: int | None
    """When all had signed it."""

    superseded_at: int | None
    """When another was proposed before all had signed it."""

    declined_at: int | None
    declined_by: int | None
    decline_reason: str | None

    @property
    def pending(self) -> bool:
        """Whether it waits for signatures."""
        return self.concluded_at is None and self.superseded_at is None and self.declined_at is None


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """A party's signature under one version."""

    agreement: int
    version: int
    party: int
    recorded_at: int


@dataclass(frozen=True, slots=True)
class AccessionRow:
    """A newcomer that signed an agreement in force."""

    agreement: int
    government: int
    terms_digest: str | None

    requested_at: int | None
    """None where the agreement was open to all."""

    admitted_at: int | None
    """None while it waits for the coordinating body."""

    body: int | None


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """A party's consent to ending an agreement."""

    agreement: int
    party: int
    note: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class PartySuccessionRow:
    """A successor that took its predecessor's place among the parties."""

    sequence: int
    agreement: int
    predecessor: int
    successor: int
    recorded_at: int


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What one indicator measured."""

    indicator: int

    measured: int
    """Millionths of the unit."""

    achieved_basis_points: int


@dataclass(frozen=True, slots=True)
class AssessmentRow:
    """An assessment of an agreement against its indicators."""

    agreement: int
    number: int
    body: int

    version: int
    """Of the terms that were in force."""

    scheduled_at: int
    overall_basis_points: int
    report_digest: str
    report_locator: str
    recorded_at: int
    results: tuple[ResultRow, ...]


@dataclass(frozen=True, slots=True)
class DialogueRow:
    """A digest of what was said, put on record."""

    sequence: int

    agreement: int | None
    """None for a dialogue of a pair of governments."""

    government: int

    counterpart: int | None
    """None for all parties of the agreement."""

    digest: str
    messages: int
    recorded_at: int
