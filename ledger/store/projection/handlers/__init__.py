"""
What each event does to the projection.

`RULES` joins every event to its handler, which says what rows it makes, and to its subjects: the bodies, the agreement,
the commitment, dispute, transfer and so on under which the history finds it. A handler is pure: it reads the event and
its place and fills a batch. There is one module per subject.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ledger.domain import events
from ledger.store.projection.handlers import administration, agreements, breaches, commitments, disputes, register
from ledger.store.projection.handlers.rule import Handler, Place, Rule

__all__ = ["RULES", "Handler", "Place", "Rule"]

RULES: Final[Mapping[type[events.Event], Rule]] = {
    **administration.RULES,
    **register.RULES,
    **agreements.RULES,
    **commitments.RULES,
    **breaches.RULES,
    **disputes.RULES,
}
"""Every event but `CommandExecuted`, which is no fact of its own: each fact carries its signer and operation."""
