"""
Webhooks: who is told of events, how far each has been told, and what could not be delivered.

Each has a place in the history. It moves with every message that its receiver took, so after a restart messages go on
where they stopped, and none is left out. A message that was refused too often is put among the dead letters, with the
text that was to be sent, and the next ones go on.

The secret must be kept as it is, because every message is signed with it; it opens nothing but the receiver's trust.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, RowMapping, delete, insert, select, update

from ledger.errors import NotFound
from ledger.store.engine import reading, writing
from ledger.store.operational.tables import insert_if_absent, webhook_dead_letters, webhooks


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of events."""

    id: int
    url: str
    secret: str

    government: int | None
    """Only facts that name this government; None for all."""

    event: str | None
    """Only events of this kind; None for all."""

    created_at: int

    place: str
    """Id of the last event that it was told of."""

    attempts: int
    """How often the message that is due now was refused."""

    not_before: int
    """When it is tried again, UTC seconds."""

    last_error: str | None

    ended_at: int | None
    """When its receiver said that it is gone (410); nothing is sent any more."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be delivered."""

    id: int
    webhook: int
    message: str
    """Its id, as its receiver would have seen it."""

    body: str
    attempts: int
    last_error: str
    died_at: int


def _webhook(row: RowMapping) -> Webhook:
    return Webhook(**row)


class Webhooks:
    """The webhooks of one office."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, url: str, secret: str, government: int | None, event: str | None, place: str, now: int) -> Webhook:
        """Enter one; it is told of what comes behind the place."""
        row = {
            "url": url,
            "secret": secret,
            "government": government,
            "event": event,
            "created_at": now,
            "place": place,
            "attempts": 0,
            "not_before": 0,
        }
        with writing(self._engine) as connection:
            return _webhook(connection.execute(insert(webhooks).values(**row).returning(*webhooks.c)).mappings().one())

    def all(self) -> list[Webhook]:
        """Every one, in the order of entry."""
        with reading(self._engine) as connection:
            return [_webhook(row) for row in connection.execute(select(webhooks).order_by(webhooks.c.id)).mappings()]

    def get(self, id: int) -> Webhook:
        """
        The one with this id.

        Raises
        ------
        NotFound
        """
        with reading(self._engine) as connection:
            row = connection.execute(select(webhooks).where(webhooks.c.id == id)).mappings().first()
        if row is None:
            raise NotFound("webhook", id)
        return _webhook(row)

    def remove(self, id: int) -> None:
        """
        Remove one, with its dead letters.

        Raises
        ------
        NotFound
        """
        with writing(self._engine) as connection:
            if connection.execute(delete(webhooks).where(webhooks.c.id == id)).rowcount != 1:
                raise NotFound("webhook", id)
            connection.execute(delete(webhook_dead_letters).where(webhook_dead_letters.c.webhook == id))

    def due(self, now: int) -> list[Webhook]:
        """Those that may be told something now."""
        return [each for each in self.all() if each.ended_at is None and each.not_before <= now]

    # Each of these concerns the message at a place: of two senders that do the same, the second changes nothing.

    def told(self, webhook: Webhook, place: str) -> bool:
        """Record that it was told of what stands at the place; whether nobody had recorded it before."""
        return self._change(webhook, place=place, attempts=0, not_before=0, last_error=None)

    def refused(self, webhook: Webhook, error: str, not_before: int) -> bool:
        """Record that it did not take the next message, and when it is tried again."""
        return self._change(webhook, attempts=webhook.attempts + 1, not_before=not_before, last_error=error)

    def end(self, webhook: Webhook, error: str, now: int) -> bool:
        """Record that its receiver is gone."""
        return self._change(webhook, ended_at=now, last_error=error)

    def bury(self, webhook: Webhook, place: str, message: str, body: str, error: str, now: int) -> bool:
        """Put a message among the dead letters and go on behind it, in one step."""
        row = {
            "webhook": webhook.id,
            "message": message,
            "body": body,
            "attempts": webhook.attempts + 1,
            "last_error": error,
            "died_at": now,
        }
        with writing(self._engine) as connection:
            moved = update(webhooks).where(*_stands_at(webhook))
            moved = moved.values(place=place, attempts=0, not_before=0, last_error=error)
            if connection.execute(moved).rowcount != 1:
                return False
            insert_if_absent(connection, webhook_dead_letters, row)
            return True

    def _change(self, webhook: Webhook, **values: Any) -> bool:
        with writing(self._engine) as connection:
            return connection.execute(update(webhooks).where(*_stands_at(webhook)).values(**values)).rowcount == 1

    def dead_letters(self, webhook: int | None = None) -> list[DeadLetter]:
        """Messages that could not be delivered, the oldest first; of one webhook or of all."""
        wanted = select(webhook_dead_letters).order_by(webhook_dead_letters.c.id)
        if webhook is not None:
            wanted = wanted.where(webhook_dead_letters.c.webhook == webhook)
        with reading(self._engine) as connection:
            return [DeadLetter(**row) for row in connection.execute(wanted).mappings()]

    def forget(self, letter: DeadLetter) -> None:
        """Drop a dead letter, because it was delivered after all."""
        with writing(self._engine) as connection:
            connection.execute(delete(webhook_dead_letters).where(webhook_dead_letters.c.id == letter.id))


def _stands_at(webhook: Webhook) -> tuple[Any, ...]:
    return webhooks.c.id == webhook.id, webhooks.c.place == webhook.place, webhooks.c.attempts == webhook.attempts
