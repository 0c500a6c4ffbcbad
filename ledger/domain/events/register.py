"""Who takes part, and which accounts speak for whom."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.enums import Level


@dataclass(frozen=True, slots=True)
class GovernmentRegistered:
    """A body stands in the register."""

    id: int
    scheme: str
    value: str
    name: str
    level: Level
    superior: int
    roles: int


@dataclass(frozen=True, slots=True)
class SignerAdded:
    """An account speaks for a body."""

    id: int
    signer: str


@dataclass(frozen=True, slots=True)
class SignerRemoved:
    """An account no longer speaks for a body."""

    id: int
    signer: str


@dataclass(frozen=True, slots=True)
class RolesSet:
    """A body has these roles from now on."""

    id: int
    roles: int


@dataclass(frozen=True, slots=True)
class GovernmentRemoved:
    """A body can no longer speak; what it owed and did stays on record."""

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class JurisdictionSet:
    """A coordinating body's jurisdiction over a government, or with 0 over every one, was given or taken."""

    body: int
    government: int
    granted: bool


@dataclass(frozen=True, slots=True)
class SuccessionRecorded:
    """Others have taken a body's place: each inherits, jointly and severally, what it owed and did."""

    predecessor: int
    successors: tuple[int, ...]

    ground: str
    """The act by which it was restructured."""


@dataclass(frozen=True, slots=True)
class RotationOffered:
    """A body's voice is offered to another account, which has to accept. It takes the place of an older offer."""

    id: int

    signer: str
    """Whose voice it is; behind a `SignerRemoved` of the same account, it was lost, and its government offers it."""

    replacement: str


@dataclass(frozen=True, slots=True)
class SignerFrozen:
    """A coordinating body stopped an account that is said to be lost or stolen. What it offered is void."""

    id: int
    signer: str
    body: int
    reason: str


@dataclass(frozen=True, slots=True)
class SignerThawed:
    """The body that stopped an account lets it speak again."""

    id: int
    signer: str
    body: int


@dataclass(frozen=True, slots=True)
class RecoveryAccountSet:
    """From now on this account can put others in the place of a body's signers. It cannot speak for the body."""

    id: int
    recovery: str
