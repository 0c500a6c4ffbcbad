"""What a body commands about its own keys, and a coordinating body about lost ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class OfferRotation:
    """Offer the own voice to another account, which has to accept."""

    contract: ClassVar[str] = "GovernmentRegister"
    verb: ClassVar[str] = "offerRotation"

    replacement: str


@dataclass(frozen=True, slots=True)
class AcceptRotation:
    """Take over, as the replacement, the voice that a signer offered."""

    contract: ClassVar[str] = "GovernmentRegister"
    verb: ClassVar[str] = "acceptRotation"

    former: str
    """The account that offered it, and can then no longer speak."""


@dataclass(frozen=True, slots=True)
class FreezeSigner:
    """Stop, as coordinating body, an account that is said to be lost or stolen."""

    contract: ClassVar[str] = "GovernmentRegister"
    verb: ClassVar[str] = "freezeSigner"

    account: str
    reason: str


@dataclass(frozen=True, slots=True)
class ThawSigner:
    """Let an account speak again, as the body that froze it."""

    contract: ClassVar[str] = "GovernmentRegister"
    verb: ClassVar[str] = "thawSigner"

    account: str


@dataclass(frozen=True, slots=True)
class SetRecoveryAccount:
    """Name the account that can replace the own signers."""

    contract: ClassVar[str] = "GovernmentRegister"
    verb: ClassVar[str] = "setRecoveryAccount"

    recovery: str


@dataclass(frozen=True, slots=True)
class RecoverSigner:
    """End the voice of a lost account, and offer it to another."""

    contract: ClassVar[str] = "GovernmentRegister"
    verb: ClassVar[str] = "recoverSigner"

    lost: str
    replacement: str
