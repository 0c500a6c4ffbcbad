"""Log-in by signed challenge (EIP-4361)."""

from __future__ import annotations

from pydantic import Field

from api.schemas.common import Address, Answer, Asked, GovernmentRef, Moment


class ChallengeIn(Asked):
    """Who wants to log in."""

    address: Address


class ChallengeOut(Answer):
    """A message to sign with personal_sign (EIP-191)."""

    message: str = Field(description="Sign exactly this text.")
    nonce: str
    expires_at: Moment


class LoginIn(Asked):
    """The signed message."""

    message: str = Field(max_length=4_000)
    signature: str = Field(pattern="^0x([0-9a-fA-F]{2}){1,8192}$")


class SessionOut(Answer):
    """A session. Send its token as `Authorization: Bearer`."""

    token: str
    address: Address
    expires_at: Moment


class MeOut(Answer):
    """Whose session it is."""

    address: Address
    expires_at: Moment
    government: GovernmentRef | None = Field(description="The body that the account speaks for, if any.")
