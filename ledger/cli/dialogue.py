"""Dialogue between the parties of an agreement, or a pair of governments."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.giving import confirm, give, signer_named
from ledger.cli.government import government_id
from ledger.cli.options import AsOption, YesOption, command
from ledger.cli.session import Session
from ledger.dialogue import Finding
from ledger.domain.dialogue import ATTACHMENT_BYTES_MAX, Channel, SignedMessage, channel_of_pair, parse_channel
from ledger.domain.moments import format_moment
from ledger.errors import InvalidInput, LedgerError

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger

app = typer.Typer(
    help="What governments say to each other: signed, read by them and their coordinating body only.",
    no_args_is_help=True,
)

ChannelArgument = Annotated[
    str,
    typer.Argument(metavar="CHANNEL", help="agreement-N, pair-N-M, or the other government of a pair."),
]


class DialogueDiffers(LedgerError):
    """What is on record is not what was said."""


def to_json(signed: SignedMessage, names: dict[int, str]) -> dict[str, Any]:
    """A message as `--json` shows it."""
    message = signed.message
    return {
        "channel": str(message.channel),
        "number": message.number,
        "government": signed.government,
        "name": names.get(signed.government),
        "signer": message.signer,
        "sent_at": format_moment(message.sent_at),
        "text": message.text,
        "attachments": [
            {"name": each.name, "size": each.size, "digest": "0x" + each.digest.hex()} for each in message.attachments
        ],
        "previous": "0x" + message.previous.hex(),
        "digest": "0x" + signed.digest.hex(),
        "signature": "0x" + signed.signature.hex(),
    }


def channel_named(ledger: Ledger, text: str, address: str) -> Channel:
    """
    A channel by its name, or by the other government of the pair.

    Raises
    ------
    InvalidInput, NotFound, Ambiguous
    """
    if text.startswith(("agreement-", "pair-")):
        return parse_channel(text)
    own = ledger.queries.speaks_for(address)
    if own is None:
        raise InvalidInput("--as", address, "an account that speaks for a government")
    return channel_of_pair(own.id, government_id(ledger, text))


@command(app, "list")
def list_channels(session: Session, signer: AsOption = None) -> None:
    """The channels that your government may read, and how much was said there."""
    with session.ledger() as ledger:
        found = ledger.dialogue.channels(signer_named(ledger, signer).address)
    session.out.document([{"channel": str(channel), "messages": count} for channel, count in found])
    session.out.table(
        "", ("channel", "messages"), [(str(channel), count) for channel, count in found], right="messages"
    )


@command(app, "write")
def write(
    session: Session,
    channel: ChannelArgument,
    text: Annotated[str, typer.Option("--text", help="What you say.")] = "",
    attach: Annotated[
        list[Path] | None, typer.Option("--attach", metavar="FILE", help="A file to go with it; repeatable.")
    ] = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Say something, signed with your government's key."""
    with session.ledger() as ledger:
        key = signer_named(ledger, signer)
        where = channel_named(ledger, channel, key.address)
        files = [ledger.dialogue.bring(where, key.address, path.name, _content(path)) for path in attach or []]
        message, document = ledger.dialogue.draft(where, key.address, text, files, int(time.time()))
        confirm(f"Sign message {message.number} of {where} as {key.address}?", yes=yes)
        signed = ledger.dialogue.post(message, key.sign_typed_data(document), int(time.time()))
        names = {signed.government: ledger.queries.government_name(signed.government)}
    session.out.document(to_json(signed, names))
    session.out.line(f"Message {message.number} of {where} 已发送, 0x{signed.digest.hex()}")


@command(app, "read")
def read(
    session: Session,
    channel: ChannelArgument,
    after: Annotated[int, typer.Option("--after", metavar="N", min=0, help="Only behind this message.")] = 0,
    signer: AsOption = None,
) -> None:
    """What was said."""
    with session.ledger() as ledger:
        address = signer_named(ledger, signer).address
        found = ledger.dialogue.read(channel_named(ledger, channel, address), address, after)
        names = {id: row.name for id, row in ledger.queries.every_government().items()}
    session.out.document([to_json(each, names) for each in found])
    for each in found:
        message = each.message
        session.out.line(f"{message.number}. {names.get(each.government)}, {format_moment(message.sent_at)}")
        session.out.line(f"   {message.text}")
        for file in message.attachments:
            session.out.line(f"   attached 附件: {file.name}, {file.size} bytes, 0x{file.digest.hex()}")


@command(app, "save")
def save(
    session: Session,
    channel: ChannelArgument,
    digest: Annotated[str, typer.Argument(metavar="DIGEST", help="Of the attachment.")],
    out: Annotated[Path, typer.Argument(metavar="FILE", help="Where it is written.")],
    signer: AsOption = None,
) -> None:
    """Save a file that a message carries."""
    from ledger.cli.reading import digest as read_digest

    wanted = read_digest("DIGEST", digest)
    if out.exists():
        raise InvalidInput("FILE", str(out), "a file that does not exist yet")
    with session.ledger() as ledger:
        address = signer_named(ledger, signer).address
        found, content = ledger.dialogue.attachment(channel_named(ledger, channel, address), address, wanted)
    out.write_bytes(content)
    session.out.document({"name": found.name, "size": found.size, "file": str(out)})
    session.out.line(f"{found.name}, {found.size} bytes, in {out}")


@command(app, "record")
def record(session: Session, channel: ChannelArgument, signer: AsOption = None, yes: YesOption = False) -> None:
    """Put on record, by a salted digest, what was said up to now."""
    with session.ledger() as ledger:
        key = signer_named(ledger, signer)
        command_ = ledger.dialogue.record(channel_named(ledger, channel, key.address), key.address)
        give(session, ledger, command_, key, yes=yes)


@command(app, "verify")
def verify(session: Session, channel: ChannelArgument, signer: AsOption = None) -> None:
    """Compare every record on the chain with the messages here; exit 1 where one does not hold."""
    with session.ledger() as ledger:
        address = signer_named(ledger, signer).address
        found = ledger.dialogue.verify(channel_named(ledger, channel, address), address)
    session.out.document([_finding(each) for each in found])
    rows = [(each.digest, each.messages, format_moment(each.recorded_at), each.why) for each in found]
    session.out.table("", ("digest", "messages", "recorded", "found"), rows, right="messages")
    wrong = next((each for each in found if not each.holds), None)
    if wrong is not None:
        raise DialogueDiffers(f"dialogue {channel}: record {wrong.digest} does not hold: {wrong.why}")


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "digest": finding.digest,
        "messages": finding.messages,
        "recorded_at": format_moment(finding.recorded_at),
        "holds": finding.holds,
        "why": finding.why,
    }


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > ATTACHMENT_BYTES_MAX:
            raise InvalidInput("--attach", str(path), f"a file of at most {ATTACHMENT_BYTES_MAX} bytes")
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput("--attach", str(path), f"a file that can be read ({error.strerror})") from None
