"""
Dialogue between governments: who may say and read what, and how it is put on record.

Readable by a channel's governments, by those who have taken their place, and by their coordinating body: that of the
agreement or, for a pair, one with jurisdiction over both. For everybody else a channel does not exist. Writing is for
the governments alone; who supervises them listens.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.chain.deployment import Deployment
from ledger.chain.dialogue_data import message_digest, message_typed_data, record_digest, verify_message
from ledger.domain.commands import RecordDialogue
from ledger.domain.dialogue import (
    ATTACHMENT_BYTES_MAX,
    NOTHING_BEFORE,
    Attachment,
    Channel,
    Message,
    SignedMessage,
)
from ledger.domain.enums import Role
from ledger.errors import InvalidInput, NotAllowed, NotFound, Unavailable
from ledger.store.operational.dialogues import Dialogues
from ledger.store.projection.case_filters import DialogueFilter
from ledger.store.projection.queries import Queries

CONTRACT = "DialogueRegister"

SENT_AT_SLACK_SECONDS = 24 * 3_600
"""How far the moment that an author gives may be from this machine's clock."""


class DialogueReadOnly(NotAllowed):
    """A coordinating body listens, and does not take part."""

    def __init__(self, channel: Channel, government: int) -> None:
        super().__init__(
            f"body {government} may read {channel}, not write in it: that is for the governments themselves"
        )
        self.channel, self.government = channel, government

    def values(self) -> dict[str, object]:
        """The channel and the body."""
        return {"channel": str(self.channel), "government": self.government}


class DialogueFileUnusable(Unavailable):
    """An attachment cannot be kept or read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one digest on the chain."""

    digest: str
    channel: str | None
    messages: int
    recorded_at: int
    holds: bool
    why: str


class Dialogue:
    """
    The dialogues of one office.

    Parameters
    ----------
    folder
        Where attachments are kept.
    wallet_accepts
        Asks a contract wallet (EIP-1271) whether it accepts a signature.
    """

    def __init__(
        self,
        queries: Queries,
        store: Dialogues,
        deployment: Deployment,
        folder: Path,
        wallet_accepts: Callable[[str, bytes, bytes], bool],
    ) -> None:
        self._queries = queries
        self._store = store
        self._domain = deployment.domain(CONTRACT)
        self._folder = folder
        self._wallet_accepts = wallet_accepts

    # ------------------------------------------------------------------------------------------------------- who may

    def governments(self, channel: Channel) -> frozenset[int]:
        """The governments whose channel it is, as they stand now."""
        if not channel.agreement:
            return frozenset(heir for each in channel.pair for heir in self._heirs(each))
        agreement = self._queries.agreement(channel.agreement)
        if agreement is None:
            return frozenset()
        return frozenset(heir for party in agreement.parties for heir in self._heirs(party.government))

    def require_reader(self, channel: Channel, address: str) -> int:
        """
        The body that an account speaks for, which may read the channel.

        Raises
        ------
        NotFound
            It may not, or there is no such channel; nobody is told which.
        """
        body = self._queries.speaks_for(address)
        if body is not None:
            members = self.governments(channel)
            if body.id in members or (Role.COORDINATING_BODY in body.roles and self._supervises(body.id, channel)):
                return int(body.id)
        raise NotFound("dialogue", str(channel))

    def require_writer(self, channel: Channel, address: str) -> int:
        """
        The government that an account speaks for, whose channel it is.

        Raises
        ------
        NotFound, DialogueReadOnly
        """
        body = self.require_reader(channel, address)
        if body not in self.governments(channel):
            raise DialogueReadOnly(channel, body)
        return body

    def channels(self, address: str) -> list[tuple[Channel, int]]:
        """The channels that an account may read and in which something was said, with the number of messages."""
        found = []
        for channel, count in self._store.channels():
            try:
                self.require_reader(channel, address)
            except NotFound:
                continue
            found.append((channel, count))
        return found

    # ----------------------------------------------------------------------------------------------- saying and reading

    def draft(
        self, channel: Channel, address: str, text: str, attachments: Sequence[Attachment], now: int
    ) -> tuple[Message, dict[str, Any]]:
        """
        The next message of a channel, and the document that its author signs.

        Raises
        ------
        NotFound, DialogueReadOnly, InvalidInput
        """
        self.require_writer(channel, address)
        number, previous = self._store.last(channel)
        message = Message(channel, number + 1, previous, text, tuple(attachments), now, address)
        message.require()
        return message, message_typed_data(message, self._domain)

    def post(self, message: Message, signature: bytes, now: int) -> SignedMessage:
        """
        Keep a signed message.

        Raises
        ------
        NotFound, DialogueReadOnly
            Its author may not write here.
        InvalidInput
            It breaks a rule, or an attachment has not been brought.
        SignatureAltered
            The signature is not its author's over this message.
        DialogueOutOfOrder
            Another message came first.
        """
        government = self.require_writer(message.channel, message.signer)
        message.require()
        if abs(message.sent_at - now) > SENT_AT_SLACK_SECONDS:
            raise InvalidInput("sent_at", message.sent_at, f"a moment within a day of now, {now}")
        for each in message.attachments:
            path = self._path(each.digest)
            if not path.is_file() or path.stat().st_size != each.size:
                rule = "a file of this digest and size that was brought before"
                raise InvalidInput(f"attachment {each.name}", f"0x{each.digest.hex()}", rule)
        digest = verify_message(message, signature, self._domain, self._wallet_accepts)
        signed = SignedMessage(message, government, signature, digest)
        self._store.append(signed)
        return signed

    def read(self, channel: Channel, address: str, after: int = 0, limit: int | None = None) -> list[SignedMessage]:
        """
        What was said behind a message.

        Raises
        ------
        NotFound
        """
        self.require_reader(channel, address)
        return self._store.messages(channel, after, limit)

    def bring(self, channel: Channel, address: str, name: str, content: bytes) -> Attachment:
        """
        Keep a file, so that a message can carry it.

        Raises
        ------
        NotFound, DialogueReadOnly, InvalidInput, DialogueFileUnusable
        """
        self.require_writer(channel, address)
        if len(content) > ATTACHMENT_BYTES_MAX:
            raise InvalidInput(f"size of {name}", len(content), f"at most {ATTACHMENT_BYTES_MAX} bytes")
        digest = hashlib.sha256(content).digest()
        path = self._path(digest)
        draft = path.with_suffix(f".{secrets.token_hex(8)}.tmp")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.is_file():
                draft.touch(mode=0o600, exist_ok=False)
                with draft.open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise DialogueFileUnusable(f"attachment {name}: it cannot be kept: {error.strerror}") from error
        return Attachment(digest, name, len(content))

    def attachment(self, channel: Channel, address: str, digest: bytes) -> tuple[Attachment, bytes]:
        """
        A file that a message of the channel carries.

        Raises
        ------
        NotFound, DialogueFileUnusable
        """
        self.require_reader(channel, address)
        found = self._store.carries(channel, digest)
        if found is None:
            raise NotFound("attachment", f"0x{digest.hex()}")
        try:
            content = self._path(digest).read_bytes()
        except OSError as error:
            raise DialogueFileUnusable(f"attachment {found.name}: it cannot be read: {error.strerror}") from error
        if hashlib.sha256(content).digest() != digest:
            raise DialogueFileUnusable(f"attachment {found.name}: the file is not what was sent; its digest differs")
        return found, content

    # ------------------------------------------------------------------------------------------------------- on record

    def record(self, channel: Channel, address: str) -> RecordDialogue:
        """
        The command that puts on record what was said up to now. Salt and digest are kept here.

        Raises
        ------
        NotFound
            The account may not, or nothing was said.
        DialogueReadOnly
        """
        writer = self.require_writer(channel, address)
        number, last = self._store.last(channel)
        if number == 0:
            raise NotFound("message in", str(channel))
        salt = secrets.token_bytes(32)
        digest = record_digest(salt, last)
        self._store.keep_salt(digest, channel, number, salt)
        counterpart = 0 if channel.agreement else next(each for each in channel.pair if each != writer)
        return RecordDialogue(channel.agreement, counterpart, digest, number)

    def verify(self, channel: Channel, address: str) -> list[Finding]:
        """
        Compare every record of a channel on the chain with the messages here.

        Raises
        ------
        NotFound
        """
        self.require_reader(channel, address)
        digests, fault = self._chained(channel)
        members = self.governments(channel) | set(channel.pair)
        found = []
        for row in self._records(channel):
            if row.government not in members:
                continue
            digest = bytes.fromhex(row.digest.removeprefix("0x"))
            known = self._store.salt(digest)
            if known is None:
                found.append(Finding(row.digest, None, row.messages, row.recorded_at, False, "its salt is not here"))
                continue
            of, messages, salt = known
            if of != channel:
                continue
            why = fault
            if why is None and (messages != row.messages or messages > len(digests)):
                why = f"{row.messages} messages are on record, and {len(digests)} are here"
            if why is None and record_digest(salt, digests[messages - 1]) != digest:
                why = "the messages are not those that were put on record"
            found.append(
                Finding(row.digest, str(channel), row.messages, row.recorded_at, why is None, why or "it holds")
            )
        return found

    def _chained(self, channel: Channel) -> tuple[list[bytes], str | None]:
        """The digests of all messages, computed anew, and the first thing that does not hold."""
        digests: list[bytes] = []
        for signed in self._store.messages(channel):
            message = signed.message
            before = digests[-1] if digests else NOTHING_BEFORE
            digests.append(message_digest(message, self._domain))
            if (message.number, message.previous) != (len(digests), before):
                return digests, f"message {message.number} does not follow the one before it"
            if digests[-1] != signed.digest:
                return digests, f"message {message.number} is not what was signed"
        return digests, None

    def _records(self, channel: Channel) -> list[Any]:
        which = DialogueFilter(agreement=channel.agreement) if channel.agreement else DialogueFilter()
        found: list[Any] = []
        after: tuple[int, ...] | None = None
        while page := self._queries.dialogue_records(which, after=after, limit=500):
            found += [
                row
                for row in page
                if channel.agreement or (not row.agreement and {row.government, row.counterpart} == set(channel.pair))
            ]
            after = (page[-1].sequence,)
        return found

    def _heirs(self, government: int) -> tuple[int, ...]:
        successors = self._queries.successors(government)
        if not successors:
            return (government,)
        return tuple(heir for each in successors for heir in self._heirs(each.successor))

    def _supervises(self, body: int, channel: Channel) -> bool:
        if channel.agreement:
            agreement = self._queries.agreement(channel.agreement)
            return agreement is not None and agreement.coordinating_body == body
        over = {row.government for row in self._queries.jurisdictions(body) if row.granted}
        return None in over or over >= set(channel.pair)

    def _path(self, digest: bytes) -> Path:
        return self._folder / digest.hex()
