"""
Dialogues.

Messages are only ever added, each behind the one that it names. Two that are written at once cannot both be: one is
told what stands now, and is signed anew.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, insert, select

from ledger.domain.dialogue import NOTHING_BEFORE, Attachment, Channel, Message, SignedMessage, parse_channel
from ledger.errors import Conflict
from ledger.store.engine import reading, writing
from ledger.store.operational.tables import dialogue_attachments, dialogue_messages, dialogue_salts, insert_if_absent


class DialogueOutOfOrder(Conflict):
    """A message does not follow the last one of its channel."""

    def __init__(self, channel: Channel, number: int, expected: int, previous: bytes) -> None:
        super().__init__(
            f"message {number} of {channel} does not follow what stands: the next is number {expected}, after "
            f"0x{previous.hex()}. Read what was said meanwhile, and sign again"
        )
        self.channel, self.number, self.expected, self.previous = channel, number, expected, previous

    def values(self) -> dict[str, object]:
        """The channel, the number given, and what the next message has to name."""
        return {
            "channel": str(self.channel),
            "number": self.number,
            "expected": self.expected,
            "previous": "0x" + self.previous.hex(),
        }


class Dialogues:
    """The messages of all channels."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last(self, channel: Channel) -> tuple[int, bytes]:
        """Number and digest of a channel's last message; 0 and 32 zero bytes where there is none."""
        with reading(self._engine) as connection:
            return _last(connection, channel)

    def append(self, signed: SignedMessage) -> None:
        """
        Add a message.

        Raises
        ------
        DialogueOutOfOrder
            It does not name the one that is last now.
        """
        message = signed.message
        row = {
            "channel": str(message.channel),
            "number": message.number,
            "previous": message.previous,
            "text": message.text,
            "sent_at": message.sent_at,
            "signer": message.signer,
            "government": signed.government,
            "signature": signed.signature,
            "digest": signed.digest,
        }
        with writing(self._engine) as connection:
            number, digest = _last(connection, message.channel)
            follows = (message.number, message.previous) == (number + 1, digest)
            if not follows or not insert_if_absent(connection, dialogue_messages, row):
                number, digest = _last(connection, message.channel)
                raise DialogueOutOfOrder(message.channel, message.number, number + 1, digest)
            for place, each in enumerate(message.attachments):
                connection.execute(insert(dialogue_attachments).values(**_attachment_row(message, place, each)))

    def messages(self, channel: Channel, after: int = 0, limit: int | None = None) -> list[SignedMessage]:
        """A channel's messages behind a number, in order."""
        m, a = dialogue_messages.c, dialogue_attachments.c
        statement = select(dialogue_messages).where(m.channel == str(channel), m.number > after).order_by(m.number)
        with reading(self._engine) as connection:
            rows = connection.execute(statement if limit is None else statement.limit(limit)).mappings().all()
            if not rows:
                return []
            carried = (
                select(dialogue_attachments)
                .where(a.channel == str(channel), a.number >= rows[0]["number"], a.number <= rows[-1]["number"])
                .order_by(a.number, a.place)
            )
            attachments: dict[int, list[Attachment]] = {}
            for row in connection.execute(carried).mappings():
                found = Attachment(bytes(row["digest"]), row["name"], row["size"])
                attachments.setdefault(row["number"], []).append(found)
        return [_signed(row, tuple(attachments.get(row["number"], ()))) for row in rows]

    def channels(self) -> list[tuple[Channel, int]]:
        """Every channel in which something was said, with its number of messages."""
        m = dialogue_messages.c
        statement = select(m.channel, func.max(m.number)).group_by(m.channel).order_by(m.channel)
        with reading(self._engine) as connection:
            return [(parse_channel(name), count) for name, count in connection.execute(statement)]

    def carries(self, channel: Channel, digest: bytes) -> Attachment | None:
        """The attachment with this digest, where a message of the channel carries it."""
        a = dialogue_attachments.c
        statement = select(dialogue_attachments).where(a.channel == str(channel), a.digest == digest).limit(1)
        with reading(self._engine) as connection:
            row = connection.execute(statement).mappings().first()
        return None if row is None else Attachment(bytes(row["digest"]), row["name"], row["size"])

    def keep_salt(self, digest: bytes, channel: Channel, messages: int, salt: bytes) -> None:
        """Keep what a digest that is put on record was made with."""
        row = {"digest": digest, "channel": str(channel), "messages": messages, "salt": salt}
        with writing(self._engine) as connection:
            insert_if_absent(connection, dialogue_salts, row)

    def salt(self, digest: bytes) -> tuple[Channel, int, bytes] | None:
        """Channel, number of messages and salt that a digest was made with; None where it is not known here."""
        with reading(self._engine) as connection:
            row = connection.execute(select(dialogue_salts).where(dialogue_salts.c.digest == digest)).mappings().first()
        return None if row is None else (parse_channel(row["channel"]), row["messages"], bytes(row["salt"]))


def _last(connection: Connection, channel: Channel) -> tuple[int, bytes]:
    m = dialogue_messages.c
    statement = select(m.number, m.digest).where(m.channel == str(channel)).order_by(m.number.desc()).limit(1)
    row = connection.execute(statement).first()
    return (0, NOTHING_BEFORE) if row is None else (row.number, bytes(row.digest))


def _attachment_row(message: Message, place: int, each: Attachment) -> dict[str, Any]:
    return {
        "channel": str(message.channel),
        "number": message.number,
        "place": place,
        "digest": each.digest,
        "name": each.name,
        "size": each.size,
    }


def _signed(row: RowMapping, attachments: tuple[Attachment, ...]) -> SignedMessage:
    message = Message(
        channel=parse_channel(row["channel"]),
        number=row["number"],
        previous=bytes(row["previous"]),
        text=row["text"],
        attachments=attachments,
        sent_at=row["sent_at"],
        signer=row["signer"],
    )
    return SignedMessage(message, row["government"], bytes(row["signature"]), bytes(row["digest"]))
