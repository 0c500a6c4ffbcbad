"""Dialogue, as the API reads and gives it."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.schemas.common import Address, Answer, Asked, GovernmentRef, Hex, Moment
from ledger.domain.dialogue import ATTACHMENT_BYTES_MAX, ATTACHMENTS_MAX, NAME_LENGTH_MAX, TEXT_BYTES_MAX

_DIGEST = "^0x[0-9a-f]{64}$"


class ChannelOut(Answer):
    """A channel that the caller may read."""

    channel: str = Field(examples=["agreement-12", "pair-3-5"])
    messages: int


class AttachmentIn(Asked):
    """A file that was brought before."""

    digest: str = Field(pattern=_DIGEST, description="SHA-256.")
    name: str = Field(min_length=1, max_length=NAME_LENGTH_MAX)
    size: int = Field(ge=0, le=ATTACHMENT_BYTES_MAX, description="Bytes.")


class AttachmentOut(Answer):
    """A file that a message carries."""

    digest: Hex
    name: str
    size: int


class DraftIn(Asked):
    """What is to be said."""

    text: str = Field(max_length=TEXT_BYTES_MAX)
    attachments: list[AttachmentIn] = Field(default_factory=list, max_length=ATTACHMENTS_MAX)


class DraftOut(Answer):
    """The next message, to be signed."""

    number: int
    previous: Hex
    sent_at: Moment
    typed_data: dict[str, Any] = Field(description="The EIP-712 document that the author signs.")


class MessageIn(DraftIn):
    """A signed message."""

    number: int = Field(ge=1, le=(1 << 63) - 1)
    previous: str = Field(pattern=_DIGEST)
    sent_at: str = Field(max_length=40, description="As it was prepared: RFC 3339.")
    signature: str = Field(pattern="^0x([0-9a-fA-F]{2}){1,8192}$")


class MessageOut(Answer):
    """A message, with all that is needed to check it."""

    channel: str
    number: int
    government: GovernmentRef
    signer: Address
    sent_at: Moment
    text: str
    attachments: list[AttachmentOut]
    previous: Hex
    digest: Hex = Field(description="What was signed, and what the next message names.")
    signature: Hex


class RecordOut(Answer):
    """The command that puts on record what was said up to now; prepare, sign and submit it like any other."""

    name: str = Field(examples=["RecordDialogue"])
    command: dict[str, Any]


class FindingOut(Answer):
    """A record on the chain, compared with the messages here."""

    digest: str
    messages: int
    recorded_at: Moment
    holds: bool
    why: str
