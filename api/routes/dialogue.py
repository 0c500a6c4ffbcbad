"""
Dialogue between the parties of an agreement, or a pair of governments.

Everything here needs a log-in, and a channel that the caller's account may not read does not exist.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Body, Path, Query, Response, status

from api.deps import LedgerDep, NowDep, SessionDep
from api.rendering import reference
from api.schemas.dialogue import (
    AttachmentIn,
    AttachmentOut,
    ChannelOut,
    DraftIn,
    DraftOut,
    FindingOut,
    MessageIn,
    MessageOut,
    RecordOut,
)
from api.strict_json import JsonRoute
from ledger.bootstrap import Ledger
from ledger.chain.command_json import command_to_json
from ledger.domain.dialogue import NAME_LENGTH_MAX, Attachment, Message, SignedMessage, parse_channel
from ledger.domain.moments import parse_moment

router = APIRouter(prefix="/dialogues", tags=["dialogue"], route_class=JsonRoute)
files = APIRouter(prefix="/dialogues", tags=["dialogue"])
"""Attachments come and go as bytes, not as JSON."""

ChannelPath = Annotated[
    str,
    Path(max_length=40, description="agreement-N, or pair-N-M with the smaller id first.", examples=["agreement-12"]),
]


@router.get("")
def channels(ledger: LedgerDep, session: SessionDep) -> list[ChannelOut]:
    """The channels that the caller may read and in which something was said."""
    return [ChannelOut(channel=str(each), messages=count) for each, count in ledger.dialogue.channels(session.address)]


@router.get("/{channel}/messages")
def messages(
    channel: ChannelPath,
    ledger: LedgerDep,
    session: SessionDep,
    after: Annotated[int, Query(ge=0, le=(1 << 63) - 1, description="Only messages with a larger number.")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[MessageOut]:
    """What was said, in order."""
    found = ledger.dialogue.read(parse_channel(channel), session.address, after, limit)
    return [_message_out(ledger, each) for each in found]


@router.post("/{channel}/messages/prepare")
def prepare(channel: ChannelPath, body: DraftIn, ledger: LedgerDep, session: SessionDep, now: NowDep) -> DraftOut:
    """Make the next message ready to be signed. Nothing is kept."""
    where, attachments = parse_channel(channel), [_attachment(each) for each in body.attachments]
    message, document = ledger.dialogue.draft(where, session.address, body.text, attachments, now)
    return DraftOut(number=message.number, previous=message.previous, sent_at=message.sent_at, typed_data=document)


@router.post("/{channel}/messages", status_code=status.HTTP_201_CREATED)
def post(channel: ChannelPath, body: MessageIn, ledger: LedgerDep, session: SessionDep, now: NowDep) -> MessageOut:
    """Say what was signed. Where another message came first: 409 with what the next one has to name."""
    message = Message(
        channel=parse_channel(channel),
        number=body.number,
        previous=bytes.fromhex(body.previous[2:]),
        text=body.text,
        attachments=tuple(_attachment(each) for each in body.attachments),
        sent_at=parse_moment(body.sent_at, "sent_at"),
        signer=session.address,
    )
    return _message_out(ledger, ledger.dialogue.post(message, bytes.fromhex(body.signature[2:]), now))


@router.post("/{channel}/record")
def record(channel: ChannelPath, ledger: LedgerDep, session: SessionDep) -> RecordOut:
    """The command that puts on record, by a salted digest, what was said up to now."""
    command = ledger.dialogue.record(parse_channel(channel), session.address)
    return RecordOut(name=type(command).__name__, command=command_to_json(command))


@router.get("/{channel}/records")
def records(channel: ChannelPath, ledger: LedgerDep, session: SessionDep) -> list[FindingOut]:
    """Every record of this channel on the chain, compared with the messages here."""
    found = ledger.dialogue.verify(parse_channel(channel), session.address)
    return [
        FindingOut(
            digest=each.digest,
            messages=each.messages,
            recorded_at=each.recorded_at,
            holds=each.holds,
            why=each.why,
        )
        for each in found
    ]


@files.post("/{channel}/attachments", status_code=status.HTTP_201_CREATED)
def bring(
    channel: ChannelPath,
    ledger: LedgerDep,
    session: SessionDep,
    name: Annotated[str, Query(min_length=1, max_length=NAME_LENGTH_MAX)],
    content: Annotated[bytes, Body(media_type="application/octet-stream")],
) -> AttachmentOut:
    """Bring a file, so that a message can carry it."""
    return _attachment_out(ledger.dialogue.bring(parse_channel(channel), session.address, name, content))


@files.get(
    "/{channel}/attachments/{digest}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
)
def attachment(
    channel: ChannelPath,
    digest: Annotated[str, Path(pattern="^0x[0-9a-f]{64}$")],
    ledger: LedgerDep,
    session: SessionDep,
) -> Response:
    """A file that a message of the channel carries."""
    wanted = bytes.fromhex(digest[2:])
    found, content = ledger.dialogue.attachment(parse_channel(channel), session.address, wanted)
    # Never shown in the browser: what somebody else sent is not this site's own content.
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _attachment(given: AttachmentIn) -> Attachment:
    return Attachment(bytes.fromhex(given.digest[2:]), given.name, given.size)


def _attachment_out(found: Attachment) -> AttachmentOut:
    return AttachmentOut(digest=found.digest, name=found.name, size=found.size)


def _message_out(ledger: Ledger, signed: SignedMessage) -> MessageOut:
    message = signed.message
    government = ledger.queries.government(signed.government)
    assert government is not None, "it spoke, so it is in the register"
    return MessageOut(
        channel=str(message.channel),
        number=message.number,
        government=reference(government),
        signer=message.signer,
        sent_at=message.sent_at,
        text=message.text,
        attachments=[_attachment_out(each) for each in message.attachments],
        previous=message.previous,
        digest=signed.digest,
        signature=signed.signature,
    )
