"""What a relay has done since it was made, for metrics."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ledger.store.operational import OperationState


@dataclass(slots=True)
class Tally:
    """Counts that only grow."""

    accepted: int = 0
    sent: int = 0
    """Transactions handed to a node for the first time."""
    sent_again: int = 0
    """Transactions that the node did not have any more."""
    replaced: int = 0
    """Transactions that blocks passed by, replaced by others that pay more."""
    put_back: int = 0
    """Times that an operation came back to accepted."""
    reorganised: int = 0
    """Operations brought back because the block that they had ended in went."""
    failed_rounds: int = 0
    """Rounds that a node or the database did not let come to their end."""
    ended: Counter[OperationState] = field(default_factory=Counter)
    """Endings by state."""
