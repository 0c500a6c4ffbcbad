"""
Webhooks: signed messages to those who asked for them.

Messages follow Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature` (HMAC-SHA256 under a secret
that both sides have), the body `type, timestamp, data`. A receiver answers 2xx within ten seconds. One that does not is
tried again after a while that grows, and what comes after waits, so the order holds; after ten attempts over three days
the message is put among the dead letters and the next goes on. The id of a message stays the same however often it is
sent: whoever has seen it leaves it out.

Source: https://www.standardwebhooks.com, version 1.0.
"""

from __future__ import annotations

import base64
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from standardwebhooks import Webhook as Signer

from ledger.domain.moments import format_moment
from ledger.errors import InvalidInput
from ledger.events_out.feed import EventId, Feed, Heard
from ledger.store.operational.webhooks import DeadLetter, Webhook, Webhooks
from ledger.store.projection.filters import HistoryFilter

log = logging.getLogger("intergov.webhooks")

RETRY_SECONDS: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""How long to wait after the first attempt, the second and so on; after one more a message is dead."""

TIMEOUT_SECONDS: Final = 10.0
SENT_AT_ONCE: Final = 8
"""How many receivers are told at the same time, so that a slow one keeps nobody else waiting."""

_ERROR_LENGTH_MAX: Final = 300
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_SECRET_BYTES: Final = 32
_SECRET_BYTES_RANGE: Final = (24, 64)


def new_secret() -> str:
    """A random secret in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def check_secret(secret: str) -> str:
    """
    A secret that was given from outside.

    Raises
    ------
    InvalidInput
        Without the value: messages end up in logs.
    """
    least, most = _SECRET_BYTES_RANGE
    try:
        found = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        found = b""
    if not secret.startswith("whsec_") or not least <= len(found) <= most:
        raise InvalidInput("webhook secret", "…", f"whsec_ and {least} to {most} random bytes in base64")
    return secret


def check_url(url: str) -> str:
    """
    An address that messages may go to.

    Raises
    ------
    InvalidInput
    """
    rule = "an https:// address without user name and fragment; http:// only on this machine"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidInput("webhook address", url, rule) from None
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not secure or not host or parts.username is not None or parts.fragment or len(url) > 2_000:
        raise InvalidInput("webhook address", url, rule)
    return url


class WebhookSender:
    """Tells receivers of events until it is told to stop."""

    def __init__(
        self,
        feed: Feed,
        webhooks: Webhooks,
        clock: Callable[[], float] = time.time,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._feed = feed
        self._webhooks = webhooks
        self._clock = clock
        # A receiver does not send messages elsewhere: what an operator entered is where they go.
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, transport=transport)

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()

    def run(self, stop: threading.Event, hold: Callable[[int], bool], poll_seconds: float = 0.5) -> None:
        """Tell all who are due, again and again, while `hold` says that this process is the one to do it."""
        with ThreadPoolExecutor(SENT_AT_ONCE, thread_name_prefix="intergov-webhook") as pool:
            while not stop.is_set():
                if hold(int(self._clock())):
                    for done in [pool.submit(self.tell, each) for each in self._webhooks.due(int(self._clock()))]:
                        done.result()
                stop.wait(poll_seconds)

    def tell(self, webhook: Webhook) -> int:
        """Tell one receiver what it has not been told yet, in order, up to the first refusal; how much it took."""
        heard = self._feed.after(
            EventId.read(webhook.place), HistoryFilter(government=webhook.government, event=webhook.event)
        )
        taken = 0
        for place, message, document in _messages(heard, int(self._clock())):
            body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
            error, gone = self._send(webhook, message, body)
            if error is None:
                moved = self._webhooks.told(webhook, place)
                taken += 1
            elif gone:
                log.warning("webhook %d is gone (%s); it is told nothing more", webhook.id, error)
                self._webhooks.end(webhook, error, int(self._clock()))
                return taken
            elif webhook.attempts < len(RETRY_SECONDS):
                again_at = int(self._clock()) + RETRY_SECONDS[webhook.attempts]
                log.warning("webhook %d did not take %s: %s; tried again later", webhook.id, message, error)
                self._webhooks.refused(webhook, error, again_at)
                return taken
            else:
                log.error("webhook %d did not take %s: %s; it is a dead letter now", webhook.id, message, error)
                moved = self._webhooks.bury(webhook, place, message, body, error, int(self._clock()))
            if not moved:
                # Another process tells it too; it goes on from where that one is.
                return taken
            webhook = replace(webhook, place=place, attempts=0)
        return taken

    def send_again(self, webhook: Webhook, letter: DeadLetter) -> str | None:
        """Send a dead letter once more: None where it was taken, and it is no dead letter any more; else why not."""
        error, _ = self._send(webhook, letter.message, letter.body)
        if error is None:
            self._webhooks.forget(letter)
        return error

    def _send(self, webhook: Webhook, message: str, body: str) -> tuple[str | None, bool]:
        """Send a message: what was wrong, None where it was taken; and whether the receiver is gone."""
        now = int(self._clock())
        headers = {
            "content-type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": str(now),
            "webhook-signature": Signer(webhook.secret).sign(message, datetime.fromtimestamp(now, UTC), body),
        }
        try:
            # Only the status matters, so a receiver cannot keep this waiting with a body without end.
            with self._client.stream("POST", webhook.url, content=body.encode("utf-8"), headers=headers) as answer:
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"{type(error).__name__}: {error}"[:_ERROR_LENGTH_MAX], False
        return (None if 200 <= status < 300 else f"HTTP {status}"), status == httpx.codes.GONE


def _messages(heard: Heard, now: int) -> list[tuple[str, str, dict[str, Any]]]:
    """Where each message stands, its id, and what it says."""
    messages = [(str(each.id), f"evt_{each.id}", each.document()) for each in heard.events]
    if heard.reorganised:
        place = str(heard.before)
        told = {"type": "Reorganised", "timestamp": format_moment(now), "data": {"told_again_after": place}}
        messages.insert(0, (place, f"evt_reorganised_{heard.lost}", told))
    return messages
