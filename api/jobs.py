"""
What the server does beside answering: see `api.workers` for how it is kept running.

    follower    brings the projection up to the chain; of several processes on one database, the one with the lease
    relay       brings accepted commands onto the chain
    webhooks    tells those who asked for it of events; of several processes on one database, the one with the lease
    node        starts the home's own node again where it has died; another's node is its owner's business
    tidying     forgets idempotency keys, challenges and sessions whose time is over
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from ledger.bootstrap import Ledger
from ledger.chain.connection import NodeUnreachable
from ledger.chain.embedded.client import ensure_node
from ledger.events_out import Feed, WebhookSender

log = logging.getLogger("intergov.api")

POLL_SECONDS: Final = 0.5
FOLLOWER_LEASE: Final = "follower"
WEBHOOKS_LEASE: Final = "webhooks"
NODE_SECONDS: Final = 2.0
TIDY_SECONDS: Final = 600.0

Job = Callable[[threading.Event], object]


def jobs_of(ledger: Ledger) -> list[tuple[str, Job]]:
    """The jobs of a server on this ledger, by name."""
    jobs: list[tuple[str, Job]] = [
        ("follower", lambda stop: ledger.follower.run(stop, POLL_SECONDS, ledger.store.lease(FOLLOWER_LEASE))),
        ("relay", ledger.relay.run),
        ("webhooks", lambda stop: _tell_webhooks(ledger, stop)),
        ("tidying", lambda stop: _tidy(ledger, stop)),
    ]
    if ledger.settings.rpc is None and ledger.home.record().get("rpc") is None:
        jobs.append(("node", lambda stop: _keep_node(ledger, stop)))
    return jobs


def _keep_node(ledger: Ledger, stop: threading.Event) -> None:
    while not stop.wait(NODE_SECONDS):
        try:
            ledger.connection.head()
        except NodeUnreachable as error:
            node = ensure_node(ledger.home.path)
            log.warning("%s; it runs again at %s", error, node.url)
            # Every part of the ledger shares this connection, and each request takes the address as it stands.
            ledger.connection.moved(node.url)


def _tell_webhooks(ledger: Ledger, stop: threading.Event) -> None:
    lease = ledger.store.lease(WEBHOOKS_LEASE)
    sender = WebhookSender(Feed(ledger.queries), ledger.store.webhooks)
    try:
        sender.run(stop, lease.hold, POLL_SECONDS)
    finally:
        sender.close()
        lease.release()


def _tidy(ledger: Ledger, stop: threading.Event) -> None:
    while not stop.is_set():
        ledger.store.forget_expired(int(time.time()))
        stop.wait(TIDY_SECONDS)
