"""What a handler is given, and what joins it to its event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ledger.store.projection.batch import Batch


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the chain an event stands."""

    sequence: int
    """Number of the fact."""

    recorded_at: int
    """Time of the block."""


Handler = Callable[[Any, Place, Batch], None]


@dataclass(frozen=True, slots=True)
class Rule:
    """What one kind of event does, and what it is about."""

    handle: Handler

    governments: tuple[str, ...] = ()
    """Fields that name bodies; the one it is about first comes first."""

    subject: str | None = None
    """What its `id` numbers, where that is no government: agreement, commitment, transfer, proposal and so on."""

    agreement: str | None = None
    """The field that names an agreement, where that is not its `id`."""

    commitment: str | None = None
    """The field that names a commitment, where that is not its `id`."""

    def about(self) -> dict[str, str]:
        """What it is about, with the field that numbers it."""
        named = {"agreement": self.agreement, "commitment": self.commitment}
        found = {subject: field for subject, field in named.items() if field is not None}
        return found if self.subject is None else found | {self.subject: "id"}
