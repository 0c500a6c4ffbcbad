"""
The facts behind a place.

A fact's number says where it stands in the history. On a chain that may replace its last blocks the same number can
come to mean another fact, so an event's id names its block too. Where that block was replaced, nobody knows which of
the facts before it the listener should forget: it is told that the chain was reorganised, and gets again all facts of
the blocks that may have been replaced.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledger.domain.moments import format_moment
from ledger.errors import InvalidInput
from ledger.store.projection.filters import HistoryFilter
from ledger.store.projection.queries import Queries
from ledger.store.projection.rows import FactRow
from ledger.store.projection.undo import UNDO_BLOCKS

EVENTS_AT_ONCE: Final = 100

_TEXT: Final = re.compile(r"(\d{1,18})-(\d{1,18})-([0-9a-f]{16})", re.ASCII)
_HASH_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class EventId:
    """Which fact, and in which block it stood."""

    sequence: int
    block_number: int

    block_hash: str
    """The first 16 hexadecimal digits; empty before the first fact."""

    def __str__(self) -> str:
        return f"{self.sequence}-{self.block_number}-{self.block_hash}" if self.sequence else "0"

    @classmethod
    def read(cls, text: str) -> EventId:
        """
        Read an id as it was given out; 0 stands for the place before the first fact.

        Raises
        ------
        InvalidInput
        """
        if text == "0":
            return START
        found = _TEXT.fullmatch(text)
        if found is None:
            raise InvalidInput("event id", text, "an id as events carry it, or 0 for the beginning")
        return cls(int(found[1]), int(found[2]), found[3])


START: Final = EventId(0, 0, "")


@dataclass(frozen=True, slots=True)
class OutEvent:
    """A fact on its way out."""

    id: EventId
    fact: FactRow

    def document(self) -> dict[str, Any]:
        """`type, timestamp, data`, as Standard Webhooks has it."""
        fact = self.fact
        return {
            "type": fact.event,
            "timestamp": format_moment(fact.recorded_at),
            "data": {
                "id": str(self.id),
                "sequence": fact.sequence,
                "contract": fact.contract,
                "signer": fact.signer,
                "operation": None if fact.operation is None else str(fact.operation),
                "transaction": fact.transaction,
                "block_number": fact.block_number,
                "log_index": fact.log_index,
                "government": fact.government,
                "agreement": fact.agreement,
                "commitment": fact.commitment,
                "transfer": fact.transfer,
                "proposal": fact.proposal,
                "body": fact.body,
            },
        }


@dataclass(frozen=True, slots=True)
class Heard:
    """What stands behind a place."""

    events: Sequence[OutEvent]

    before: EventId
    """The place behind which they stand: what was asked for, or an earlier one where that had gone."""

    lost: EventId | None
    """What was asked for, where its block was replaced."""

    more: bool
    """Whether there is more already."""

    @property
    def place(self) -> EventId:
        """Where to go on."""
        return self.events[-1].id if self.events else self.before

    @property
    def reorganised(self) -> bool:
        """Whether the place had gone."""
        return self.lost is not None


class Feed:
    """Reads one projection's facts in their order."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    def newest(self) -> EventId:
        """The place behind all facts that there are now."""
        with self._queries.snapshot() as queries:
            found = queries.history(HistoryFilter(), None, 1)
            return _ids(queries, found)[0].id if found else START

    def after(self, place: EventId, which: HistoryFilter, limit: int = EVENTS_AT_ONCE) -> Heard:
        """The next facts behind a place, of those that are asked for."""
        with self._queries.snapshot() as queries:
            gone = place.sequence > 0 and not _stands(queries, place)
            begin = _before_replaced(queries, place) if gone else place
            found = queries.history(which, (begin.sequence,), limit, newest_first=False)
            events = _ids(queries, found)
        return Heard(events, begin, place if gone else None, len(found) == limit)


def _stands(queries: Queries, place: EventId) -> bool:
    block = queries.block(place.block_number)
    return block is not None and block.hash[2 : 2 + _HASH_DIGITS] == place.block_hash


def _before_replaced(queries: Queries, place: EventId) -> EventId:
    """The last fact before all blocks that may have been replaced together with that of the place."""
    head = queries.head()
    if head is None:
        return START
    block = queries.block(max(0, min(place.block_number, head.number) - UNDO_BLOCKS))
    if block is None:
        return START
    found = queries.history(HistoryFilter(recorded_to=block.timestamp - 1), None, 1)
    return _ids(queries, found)[0].id if found else START


def _ids(queries: Queries, facts: Sequence[FactRow]) -> list[OutEvent]:
    hashes: dict[int, str] = {}
    for number in sorted({fact.block_number for fact in facts}):
        block = queries.block(number)
        assert block is not None, "a fact's block is in the projection: the tables' keys say so"
        hashes[number] = block.hash[2 : 2 + _HASH_DIGITS]
    return [OutEvent(EventId(fact.sequence, fact.block_number, hashes[fact.block_number]), fact) for fact in facts]
