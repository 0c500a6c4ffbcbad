"""What is commanded about breaches, their repair, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.domain.terms import IncentiveTerms, MeasureTerms


@dataclass(frozen=True, slots=True)
class ReportOverdue:
    """Report a commitment overdue. Any account may."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "reportOverdue"

    id: int
    note: str


@dataclass(frozen=True, slots=True)
class ExplainOverdue:
    """Explain, as debtor. That gives time to put right."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "explainOverdue"

    id: int
    explanation: str

    digest: bytes
    """SHA-256 of what backs the explanation; 32 zero bytes for none."""


@dataclass(frozen=True, slots=True)
class SetRectification:
    """Set, as the competent body and once, by when it has to be put right."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "setRectification"

    id: int
    rectify_by: int


@dataclass(frozen=True, slots=True)
class RefuseRectification:
    """Refuse, as debtor, to put right."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "refuseRectification"

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class DetermineBreach:
    """Determine a breach: the competent body when the debtor's time is over, anyone when the body's is too."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "determineBreach"

    id: int


@dataclass(frozen=True, slots=True)
class RequestRepair:
    """Ask for repair, as debtor, with proof that the fault was made good."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "requestRepair"

    id: int
    digest: bytes
    locator: str


@dataclass(frozen=True, slots=True)
class RepairBreach:
    """Grant repair, as the body whose determination stands, after the minimum period."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "repairBreach"

    id: int


@dataclass(frozen=True, slots=True)
class RefuseRepair:
    """Refuse a repair that was asked for; it can be asked for again."""

    contract: ClassVar[str] = "BreachRegister"
    verb: ClassVar[str] = "refuseRepair"

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImposeMeasure:
    """Impose a measure, as the body that determined the breach."""

    contract: ClassVar[str] = "DisciplineRegister"
    verb: ClassVar[str] = "imposeMeasure"

    terms: MeasureTerms


@dataclass(frozen=True, slots=True)
class LiftMeasure:
    """End a measure early, as the body that imposed it."""

    contract: ClassVar[str] = "DisciplineRegister"
    verb: ClassVar[str] = "liftMeasure"

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class GrantIncentive:
    """Grant an incentive, as a coordinating body, to a government of good standing."""

    contract: ClassVar[str] = "DisciplineRegister"
    verb: ClassVar[str] = "grantIncentive"

    terms: IncentiveTerms


@dataclass(frozen=True, slots=True)
class RevokeIncentive:
    """Take an incentive back, as the body that granted it."""

    contract: ClassVar[str] = "DisciplineRegister"
    verb: ClassVar[str] = "revokeIncentive"

    id: int
    reason: str
