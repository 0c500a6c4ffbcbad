"""
Events out: what others hear of the ledger, as it happens.

`feed` reads the facts of the projection in their order, from any place on; streams (server-sent events, in the API) and
`webhooks` (signed messages to addresses that an operator has entered) pass them on. Both are at least once: who was
away says what it had last, and gets all that came after it. All facts are passed on in the order of the chain, so those
about one government are too.
"""

from __future__ import annotations

from ledger.events_out.feed import EventId, Feed, Heard, OutEvent
from ledger.events_out.webhooks import WebhookSender, check_secret, check_url, new_secret

__all__ = ["EventId", "Feed", "Heard", "OutEvent", "WebhookSender", "check_secret", "check_url", "new_secret"]
