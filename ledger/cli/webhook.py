"""Webhooks: who is told of events by signed messages."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from ledger.cli.options import command
from ledger.cli.output import moment
from ledger.cli.session import Session
from ledger.domain.events import EVENTS
from ledger.errors import InvalidInput, Unavailable
from ledger.store.operational.webhooks import DeadLetter, Webhook

app = typer.Typer(help="Who is told of events by signed messages (Standard Webhooks).", no_args_is_help=True)

IdArgument = Annotated[int, typer.Argument(metavar="ID", min=1, help="The webhook's id.")]


class MessagesRefused(Unavailable):
    """The receiver did not take the messages."""


@command(app, "add")
def add(
    session: Session,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where messages go: https://…")],
    government: Annotated[str | None, typer.Option("--government", help="Only facts that name this one.")] = None,
    event: Annotated[str | None, typer.Option("--event", help="Only events of this kind.")] = None,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Tell all that stands on the ledger, not only what is new.")
    ] = False,
    secret: Annotated[
        str | None,
        typer.Option("--secret", envvar="INTERGOV_WEBHOOK_SECRET", help="whsec_…; a random one where not given."),
    ] = None,
) -> None:
    """Tell an address of events; prints the secret with which its receiver checks them."""
    from ledger.events_out import Feed, check_secret, check_url, new_secret
    from ledger.events_out.feed import START

    check_url(url)
    chosen = new_secret() if secret is None else check_secret(secret)
    if event is not None and event not in EVENTS:
        raise InvalidInput("--event", event, f"one of {', '.join(EVENTS)}")
    with session.ledger() as ledger:
        wanted = None if government is None else ledger.reports.resolve_government(government).id
        place = START if from_beginning else Feed(ledger.queries).newest()
        made = ledger.store.webhooks.add(url, chosen, wanted, event, str(place), int(time.time()))
    session.out.document({**_document(made), "secret": chosen})
    session.out.line(f"Webhook {made.id} is told of events behind {made.place}, by `intergov serve`")
    session.out.line(f"secret: {chosen}")


@command(app, "list")
def list_webhooks(session: Session) -> None:
    """Every webhook, and how far it has been told."""
    with session.ledger(caught_up=False) as ledger:
        found = [_document(each) for each in ledger.store.webhooks.all()]
    session.out.document(found)
    columns = ("id", "url", "government", "event", "told", "attempts", "last_error", "ended_at")
    session.out.table("", columns, [[each[column] for column in columns] for each in found])


@command(app, "remove")
def remove(session: Session, id: IdArgument) -> None:
    """Tell an address nothing more; its dead letters go too."""
    with session.ledger(caught_up=False) as ledger:
        ledger.store.webhooks.remove(id)
    session.out.document({"removed": id})
    session.out.line(f"Webhook {id} is removed")


@command(app, "dead-letters")
def dead_letters(
    session: Session,
    webhook: Annotated[int | None, typer.Option("--webhook", min=1, help="Of this webhook only.")] = None,
) -> None:
    """Messages that could not be delivered."""
    with session.ledger(caught_up=False) as ledger:
        found = [_letter(each) for each in ledger.store.webhooks.dead_letters(webhook)]
    session.out.document(found)
    columns = ("id", "webhook", "message", "attempts", "last_error", "died_at")
    session.out.table("", columns, [[each[column] for column in columns] for each in found])


@command(app, "retry")
def retry(session: Session, id: IdArgument) -> None:
    """Send a webhook's dead letters once more, the oldest first; exit 1 where one is refused again."""
    from ledger.events_out import Feed, WebhookSender

    with session.ledger(caught_up=False) as ledger:
        webhook = ledger.store.webhooks.get(id)
        sender = WebhookSender(Feed(ledger.queries), ledger.store.webhooks)
        delivered, refused = 0, None
        try:
            for letter in ledger.store.webhooks.dead_letters(id):
                refused = sender.send_again(webhook, letter)
                if refused is not None:
                    break
                delivered += 1
        finally:
            sender.close()
        left = len(ledger.store.webhooks.dead_letters(id))
    session.out.document({"webhook": id, "delivered": delivered, "left": left})
    session.out.line(f"{delivered} delivered, {left} left")
    if refused is not None:
        raise MessagesRefused(f"webhook {id}: {webhook.url} did not take a message: {refused}")


def _document(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "government": webhook.government,
        "event": webhook.event,
        "created_at": moment(webhook.created_at),
        "told": webhook.place,
        "attempts": webhook.attempts,
        "not_before": moment(webhook.not_before or None),
        "last_error": webhook.last_error,
        "ended_at": moment(webhook.ended_at),
    }


def _letter(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "webhook": letter.webhook,
        "message": letter.message,
        "body": letter.body,
        "attempts": letter.attempts,
        "last_error": letter.last_error,
        "died_at": moment(letter.died_at),
    }
