"""What is commanded about disputes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.domain.terms import Ruling


@dataclass(frozen=True, slots=True)
class OpenDispute:
    """Open a dispute about a commitment, or object to a breach or a backfilled entry."""

    contract: ClassVar[str] = "DisputeRegister"
    verb: ClassVar[str] = "openDispute"

    commitment: int
    statement_digest: bytes
    statement_locator: str


@dataclass(frozen=True, slots=True)
class LodgeDisputeEvidence:
    """Lodge evidence, as a side of a dispute."""

    contract: ClassVar[str] = "DisputeRegister"
    verb: ClassVar[str] = "lodgeDisputeEvidence"

    id: int
    digest: bytes
    locator: str


@dataclass(frozen=True, slots=True)
class GiveRuling:
    """Give a ruling, for the body that hears the dispute."""

    contract: ClassVar[str] = "DisputeRegister"
    verb: ClassVar[str] = "giveRuling"

    id: int
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class AppealRuling:
    """Appeal against the first body's ruling, as either side, once."""

    contract: ClassVar[str] = "DisputeRegister"
    verb: ClassVar[str] = "appealRuling"

    id: int
    grounds_digest: bytes
    grounds_locator: str


@dataclass(frozen=True, slots=True)
class EscalateDispute:
    """Have a dispute that was not ruled on in time go up. Any account may."""

    contract: ClassVar[str] = "DisputeRegister"
    verb: ClassVar[str] = "escalateDispute"

    id: int


@dataclass(frozen=True, slots=True)
class ConcludeDispute:
    """Make a ruling that nobody appealed against in time final. Any account may."""

    contract: ClassVar[str] = "DisputeRegister"
    verb: ClassVar[str] = "concludeDispute"

    id: int


@dataclass(frozen=True, slots=True)
class WithdrawDispute:
    """Take a dispute back, as the one who opened it and before it is ruled on."""

    contract: ClassVar[str] = "DisputeRegister"
    verb: ClassVar[str] = "withdrawDispute"

    id: int
