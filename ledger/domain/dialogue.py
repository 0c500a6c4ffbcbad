"""
Dialogue: what governments say to each other, signed, in an order that nobody can change afterwards.

A channel is long-lived and belongs to the parties of an agreement or to a pair of governments. Each message names the
digest of the one before it, so the last one's digest holds all of them fast. Nothing of it is on the chain, except
where a party puts on record, by a salted digest, what was said up to a message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ledger.errors import InvalidInput

TEXT_BYTES_MAX: Final = 20_000
ATTACHMENTS_MAX: Final = 10
ATTACHMENT_BYTES_MAX: Final = 20 * 1_048_576
NAME_LENGTH_MAX: Final = 200
NOTHING_BEFORE: Final = bytes(32)
"""What the first message of a channel names as the one before it."""

_NAME: Final = re.compile(
    r"agreement-(?P<agreement>[1-9]\d{0,8})|pair-(?P<one>[1-9]\d{0,8})-(?P<other>[1-9]\d{0,8})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of an agreement's parties (`agreement`), or of two governments (`pair`, the smaller id first)."""

    agreement: int = 0
    pair: tuple[int, int] = (0, 0)

    def __str__(self) -> str:
        return f"agreement-{self.agreement}" if self.agreement else f"pair-{self.pair[0]}-{self.pair[1]}"


def channel_of_pair(one: int, other: int) -> Channel:
    """
    The channel of two governments, whichever is named first.

    Raises
    ------
    InvalidInput
        They are the same.
    """
    if one == other:
        raise InvalidInput("channel", f"pair of {one} and {other}", "two governments")
    return Channel(pair=(min(one, other), max(one, other)))


def parse_channel(text: str) -> Channel:
    """
    Read a channel's name: `agreement-12` or `pair-3-5`.

    Raises
    ------
    InvalidInput
    """
    match = _NAME.fullmatch(text)
    if match is None:
        raise InvalidInput("channel", text, "agreement-N, or pair-N-M with the ledger ids of two governments")
    if match["agreement"]:
        return Channel(agreement=int(match["agreement"]))
    found = channel_of_pair(int(match["one"]), int(match["other"]))
    if str(found) != text:
        raise InvalidInput("channel", text, f"the smaller id first: {found}")
    return found


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a message carries by its digest."""

    digest: bytes
    """SHA-256 of the content."""

    name: str
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Message:
    """What one account said for its government."""

    channel: Channel

    number: int
    """Counts from 1 within the channel."""

    previous: bytes
    """Digest of the message before it; 32 zero bytes for the first."""

    text: str
    attachments: tuple[Attachment, ...]

    sent_at: int
    """When its author says it was written, UTC seconds."""

    signer: str

    def require(self) -> None:
        """
        Check what a message may be.

        Raises
        ------
        InvalidInput
        """
        size = len(self.text.encode("utf-8", "surrogatepass"))
        if not self.text.strip() and not self.attachments:
            raise InvalidInput("message", self.text, "a text, or an attachment")
        if size > TEXT_BYTES_MAX or "\0" in self.text or (not self.text.isascii() and _has_surrogates(self.text)):
            raise InvalidInput("message", f"{size} bytes", f"a text of at most {TEXT_BYTES_MAX} bytes of UTF-8")
        if len(self.attachments) > ATTACHMENTS_MAX:
            raise InvalidInput("attachments", len(self.attachments), f"at most {ATTACHMENTS_MAX}")
        if len({each.digest for each in self.attachments}) != len(self.attachments):
            raise InvalidInput("attachments", len(self.attachments), "each file once")
        for each in self.attachments:
            if not 1 <= len(each.name) <= NAME_LENGTH_MAX or not each.name.isprintable() or "/" in each.name:
                raise InvalidInput(
                    "attachment name", each.name, f"1 to {NAME_LENGTH_MAX} printable characters, no slash"
                )
            if not 0 <= each.size <= ATTACHMENT_BYTES_MAX:
                raise InvalidInput(f"size of {each.name}", each.size, f"at most {ATTACHMENT_BYTES_MAX} bytes")


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A message as it is kept."""

    message: Message

    government: int
    """For whom its author spoke when it was sent."""

    signature: bytes

    digest: bytes
    """The 32 bytes that were signed."""
