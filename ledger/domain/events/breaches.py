"""From overdue to breach, back by repair, and what follows from breaking and keeping faith."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.enums import Incentive, Measure, Severity


@dataclass(frozen=True, slots=True)
class OverdueReported:
    """A commitment was reported overdue; the debtor has time to explain."""

    id: int
    debtor: int

    reporter: str
    """Any account; it need not stand in the register."""

    explain_by: int
    """Last second at which the debtor can explain."""

    procedure_version: int
    """Version of the procedure policy that the case is under."""

    note: str


@dataclass(frozen=True, slots=True)
class OverdueExplained:
    """The debtor explained, and has time to put right, unless the body sets another date."""

    id: int
    debtor: int
    explanation: str

    digest: bytes
    """SHA-256 of what backs the explanation; 32 zero bytes for none."""

    rectify_by: int


@dataclass(frozen=True, slots=True)
class RectificationSet:
    """The competent body set by when it has to be put right."""

    id: int
    body: int
    rectify_by: int


@dataclass(frozen=True, slots=True)
class RectificationRefused:
    """The debtor refuses to put right."""

    id: int
    debtor: int
    reason: str


@dataclass(frozen=True, slots=True)
class BreachDetermined:
    """A breach was determined. It is published, where its severity says so, in the period given."""

    id: int
    debtor: int

    body: int
    """Whose determination stands, and who can repair it."""

    severity: Severity

    object_by: int
    """Last second at which the debtor can object; 0 where a final ruling determined it."""

    published_from: int
    repairable_from: int
    published_until: int

    lapsed: bool
    """The body let its time pass and another called for it."""


@dataclass(frozen=True, slots=True)
class BreachUpheld:
    """A final ruling upheld a breach that was objected to; its periods count from now."""

    id: int
    body: int
    published_from: int
    repairable_from: int
    published_until: int


@dataclass(frozen=True, slots=True)
class BreachOverturned:
    """A final ruling found otherwise."""

    id: int
    body: int


@dataclass(frozen=True, slots=True)
class RepairRequested:
    """The debtor asks for repair, with proof that the fault was made good."""

    id: int
    debtor: int
    digest: bytes
    locator: str


@dataclass(frozen=True, slots=True)
class RepairRefused:
    """The body does not grant it; it can be asked for again."""

    id: int
    body: int
    reason: str


@dataclass(frozen=True, slots=True)
class BreachRepaired:
    """Publication and discipline have ended; the record stays."""

    id: int
    debtor: int
    body: int


@dataclass(frozen=True, slots=True)
class MeasureImposed:
    """A measure follows from a breach."""

    id: int
    government: int
    body: int
    commitment: int
    measure: Measure

    starts_at: int
    """First second at which it is in effect."""

    ends_at: int
    """First second at which it is over."""

    reason: str


@dataclass(frozen=True, slots=True)
class MeasureLifted:
    """The body that imposed a measure ended it early."""

    id: int
    body: int
    reason: str


@dataclass(frozen=True, slots=True)
class IncentiveGranted:
    """A government that keeps faith was granted an incentive."""

    id: int
    government: int
    body: int
    incentive: Incentive

    starts_at: int
    """First second at which it holds."""

    ends_at: int
    """First second at which it no longer holds."""

    reason: str


@dataclass(frozen=True, slots=True)
class IncentiveRevoked:
    """The body that granted an incentive took it back."""

    id: int
    body: int
    reason: str
