"""
The follower: brings the projection up to the chain.

It reads blocks from the deployment on, in chunks, and hands them to the projector. Where it stopped is in the
projection itself, so it can be killed and started at any time, and several may follow into one projection; of several
processes that run all the time, the one that holds the lease does. Before it adds anything it makes sure that the chain
still has the block at which the projection stands.

A network without finality says how many blocks it takes until one counts (`confirmations`): the follower stays that far
behind. Where the chain has replaced a block that was projected all the same, what stands behind the last common block
is taken back; where that is deeper than what can be taken back, everything is replayed, which is logged as an error
because somebody should ask why. A chain that does not have the deployment's block is another one: that is an error, and
so is an event that this version does not know, or a gap. Then nothing is written and nothing is left out.
"""

from __future__ import annotations

import gc
import logging
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from ledger.domain.events import Block
from ledger.errors import InvalidInput, Unavailable
from ledger.store.engine import open_engine, reading
from ledger.store.projection.comparison import differences
from ledger.store.projection.projector import ChainForked, Cursor, Projector, ReorganisedTooDeep, apply_blocks
from ledger.store.projection.undo import UNDO_BLOCKS as UNDO_BLOCKS

log = logging.getLogger("intergov.follower")

CHUNK_BLOCKS: Final = 250
"""How many blocks are read and written at once, at most."""

_FIRST_CHUNK_BLOCKS: Final = 16
_CHUNK_EVENTS: Final = 5_000
"""A chunk with more events is followed by a smaller one."""

CONFIRMATIONS_MAX: Final = 10_000

CATCH_UP_SECONDS_MAX: Final = 120.0
"""How long to wait for a block to be confirmed."""

_CONFIRMATION_POLL_SECONDS: Final = 0.2

Progress = Callable[[int, int], object]
"""Is told how many blocks are done, and of how many."""


class ChainHead(Protocol):
    """The newest block."""

    @property
    def number(self) -> int:
        """Its number."""
        ...

    @property
    def timestamp(self) -> int:
        """Its time, UTC seconds."""
        ...


class BlockReader(Protocol):
    """Where blocks come from; `ledger.chain.reader.ChainReader` is one."""

    @property
    def first_block(self) -> int:
        """The block of the deployment."""
        ...

    def head(self) -> ChainHead:
        """The newest block."""
        ...

    def block_hash(self, number: int) -> bytes | None:
        """The hash of a block; None where the chain has none of this number."""
        ...

    def blocks(self, first: int, last: int) -> list[Block]:
        """The blocks from `first` to `last`, both included."""
        ...

    def one_view(self) -> AbstractContextManager[None]:
        """What is asked inside is answered by one node: two may stand at different blocks, or on different branches."""
        ...


class Holding(Protocol):
    """A wish to be the only one that follows all the time; `ledger.store.operational.Lease` is one."""

    def hold(self, now: int) -> bool:
        """Take or keep the lease; whether it is held."""
        ...

    def release(self) -> None:
        """Give it back."""
        ...


class NotConfirmed(Unavailable):
    """A block is on the chain, and the blocks that confirm it did not come in time."""


class NothingProjected(Unavailable):
    """There is nothing to compare: the projection holds no block yet."""


class ReplayIncomplete(Unavailable):
    """The node gave fewer blocks than it had said it has."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a synchronisation has done."""

    blocks: int
    events: int
    seconds: float

    head: int
    """The block at which the projection stands."""


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a replay has done, and where it differs from what stood."""

    events: int
    blocks: int
    seconds: float

    differences: list[str]
    """One line each; empty where there are none, or none were looked for."""


@dataclass(frozen=True, slots=True)
class FollowerStatus:
    """How far behind the projection is."""

    head: int | None
    """The block at which the projection stands; None before the first."""

    chain_head: int

    lag_blocks: int
    """How many confirmed blocks are not projected yet."""

    lag_seconds: int
    """How much of the chain's time these blocks are: from the projection's block to the newest one; 0 without lag."""


@contextmanager
def _no_collection() -> Iterator[None]:
    """
    Leave the collector of cyclic garbage off.

    A chunk is some hundred thousand objects, none of them in a cycle, and the collector would look at them again and
    again while they are made: a quarter of the time of a catch-up.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Follower:
    """
    Follows one chain into one projection.

    Parameters
    ----------
    confirmations
        How many blocks must stand on a block before it is projected; 0 on a chain that never replaces one.
    undo_blocks
        How many of the last blocks can be taken back; 0 on a chain that never replaces one, where a block that is not
        the projected one can only mean another chain.
    """

    def __init__(
        self,
        reader: BlockReader,
        projector: Projector,
        chunk_blocks: int = CHUNK_BLOCKS,
        *,
        confirmations: int = 0,
        undo_blocks: int = 0,
    ) -> None:
        if not 0 <= confirmations <= CONFIRMATIONS_MAX:
            raise InvalidInput("confirmations", confirmations, f"0 to {CONFIRMATIONS_MAX} blocks")
        self._reader = reader
        self._projector = projector
        self._chunk_blocks = chunk_blocks
        self._confirmations = confirmations
        self._undo_blocks = undo_blocks
        self.reorganisations = 0
        """How often, since it was made, blocks were taken back or everything was replayed."""

    def sync(self, progress: Progress | None = None) -> SyncReport:
        """
        Project all that the chain has confirmed by now.

        Raises
        ------
        ChainForked
            The chain does not have the block at which the projection stands, and never had a common one, or is of a
            kind that never replaces blocks.
        UnknownEvent, EventNotProjected, BlocksMissing, ReplayIncomplete
            Blocks that this version cannot read, or a gap.
        Unavailable
            The node or the database does not answer.
        """
        with self._reader.one_view():
            return self._sync(progress)

    def _sync(self, progress: Progress | None) -> SyncReport:
        started = time.monotonic()
        chain_head = self._reader.head().number
        confirmed = chain_head - self._confirmations
        cursor = self._projector.cursor()
        first = self._reader.first_block
        if cursor is not None:
            cursor = self._on_the_chain(cursor, chain_head)
        if cursor is not None:
            first = cursor.next_block
        events = 0
        with _no_collection():
            for blocks in self._chunks(first, confirmed, progress):
                events += self._projector.apply(blocks, self._revocable_from(chain_head))
        return SyncReport(
            blocks=max(0, confirmed - first + 1),
            events=events,
            seconds=time.monotonic() - started,
            head=max(confirmed, first - 1),
        )

    def catch_up(self) -> None:
        """
        Project all that the chain has now, and wait for its confirmation where the network asks for it.

        Raises
        ------
        NotConfirmed
            It did not come in time; and what `sync` raises.
        """
        wanted, deadline = self._reader.head().number, time.monotonic() + CATCH_UP_SECONDS_MAX
        while self.sync().head < wanted:
            if time.monotonic() > deadline:
                raise NotConfirmed(
                    f"follower: block {wanted} is on the chain, and was not confirmed by {self._confirmations} more "
                    f"blocks within {CATCH_UP_SECONDS_MAX:g} s"
                )
            time.sleep(_CONFIRMATION_POLL_SECONDS)

    def run(
        self,
        stop_event: threading.Event,
        poll_seconds: float = 0.5,
        lease: Holding | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """
        Synchronise again and again until the event is set; an error ends it, and the caller may start it again.

        Parameters
        ----------
        lease
            Where several processes follow into one projection: the one that holds it works, the others stand by. A
            process that dies, or that stops with an error, leaves it to another.
        """
        try:
            while not stop_event.is_set():
                if lease is None or lease.hold(int(clock())):
                    self.sync(None if lease is None else lambda _done, _total: lease.hold(int(clock())))
                stop_event.wait(poll_seconds)
        finally:
            if lease is not None:
                lease.release()

    def status(self) -> FollowerStatus:
        """How far behind the chain the projection is."""
        return self.status_at(self._reader.head(), self._projector.cursor())

    def status_at(self, chain_head: ChainHead, cursor: Cursor | None) -> FollowerStatus:
        """The same of a head and a cursor that the caller has read."""
        head = None if cursor is None else cursor.head
        projected = self._reader.first_block - 1 if head is None else head
        behind = max(0, chain_head.number - self._confirmations - projected)
        # Before the first block nobody has looked at the chain's times; it is behind by blocks then.
        seconds = max(0, chain_head.timestamp - cursor.head_timestamp) if cursor is not None and behind else 0
        return FollowerStatus(head, chain_head.number, behind, seconds)

    def rebuild(self, check: bool = False, progress: Progress | None = None) -> RebuildReport:
        """
        Replay the projection from the deployment on.

        Without `check` the rows are dropped and made anew, in one transaction: whoever reads meanwhile reads the old
        ones, and where it fails they stay. With `check` the replay goes into a database of its own, up to the block at
        which the projection stands, and is compared with it row for row; nothing is changed.

        Raises
        ------
        NothingProjected
            There is nothing to check yet.
        ChainForked
            The chain cannot be replayed to where the projection stands.
        """
        with self._reader.one_view():
            return self._check(progress) if check else self._replay(progress)

    def _replay(self, progress: Progress | None) -> RebuildReport:
        started = time.monotonic()
        chain_head = self._reader.head().number
        first, last = self._reader.first_block, chain_head - self._confirmations
        events = 0
        with _no_collection(), self._projector.replaying() as connection:
            for blocks in self._chunks(first, last, progress):
                events += apply_blocks(connection, blocks, self._revocable_from(chain_head))
        return RebuildReport(events, max(0, last - first + 1), time.monotonic() - started, [])

    def _check(self, progress: Progress | None) -> RebuildReport:
        started = time.monotonic()
        cursor = self._projector.cursor()
        if cursor is None:
            raise NothingProjected("projection: it holds no block yet, so there is nothing to compare a replay with")
        # The snapshot is taken before the replay, so that a follower beside it changes nothing of the comparison.
        with reading(self._projector.engine) as standing, tempfile.TemporaryDirectory() as folder:
            snapshot = self._projector.cursor_in(standing) or cursor
            engine = open_engine(Path(folder) / "replay.sqlite", durable=False)
            try:
                replay = Projector(engine)
                first, events = self._reader.first_block, 0
                for blocks in self._chunks(first, snapshot.head, progress):
                    events += replay.apply(blocks)
                with reading(engine) as replayed:
                    found = differences(standing, replayed)
            finally:
                engine.dispose()
        return RebuildReport(events, snapshot.next_block - first, time.monotonic() - started, found)

    def _revocable_from(self, chain_head: int) -> int | None:
        return chain_head - self._undo_blocks + 1 if self._undo_blocks else None

    def _on_the_chain(self, cursor: Cursor, chain_head: int) -> Cursor | None:
        """Where to go on from, once what the chain has replaced is taken back."""
        try:
            self._require_same_chain(cursor, chain_head)
        except ChainForked as forked:
            if not self._undo_blocks:
                raise
            self._take_back(cursor, chain_head, forked)
            return self._projector.cursor()
        return cursor

    def _take_back(self, cursor: Cursor, chain_head: int, forked: ChainForked) -> None:
        common = self._common_block(min(cursor.head, chain_head))
        if common is None:
            raise forked
        self.reorganisations += 1
        try:
            taken = self._projector.roll_back(common, cursor.head_hash)
        except ReorganisedTooDeep as deep:
            log.error("%s; it replaced more than can be taken back, so everything is replayed now: %s", forked, deep)
            self._replay(None)
        else:
            log.warning("the chain replaced blocks behind block %d; %d were taken back", common, taken)

    def _common_block(self, number: int) -> int | None:
        """The last block up to this one that chain and projection both have; None where they never had one."""
        first = self._reader.first_block
        if self._reader.block_hash(first) != self._projector.block_hash(first):
            return None
        # They have a common one, and from some block on none: halving finds it in few questions.
        while first < number:
            middle = (first + number + 1) // 2
            if self._reader.block_hash(middle) == self._projector.block_hash(middle):
                first = middle
            else:
                number = middle - 1
        return first

    def _require_same_chain(self, cursor: Cursor, chain_head: int) -> None:
        # A node that is behind lacks the block at which the projection stands, but has the one that is its head.
        number, projected = cursor.head, cursor.head_hash
        if chain_head < number:
            common = self._projector.block_hash(chain_head)
            if common is not None:
                number, projected = chain_head, common
        found = self._reader.block_hash(number)
        if found != projected:
            raise ChainForked(number, projected, found)

    def _chunks(self, first: int, last: int, progress: Progress | None) -> Iterator[list[Block]]:
        """The blocks in chunks; while one is written the next is read already."""
        total = max(0, last - first + 1)
        size = min(self._chunk_blocks, _FIRST_CHUNK_BLOCKS)
        with ThreadPoolExecutor(1, thread_name_prefix="intergov-reading") as pool:
            start, end = first, min(first + size - 1, last)
            reading_ahead = pool.submit(self._read, start, end) if start <= end else None
            while reading_ahead is not None:
                blocks, read_to = reading_ahead.result(), end
                # Some chains have hundreds of events in a block, some one in an hour.
                events = sum(len(block.facts) for block in blocks)
                size = min(self._chunk_blocks, size * 2) if events <= _CHUNK_EVENTS else max(1, size // 2)
                start, end = read_to + 1, min(read_to + size, last)
                reading_ahead = pool.submit(self._read, start, end) if start <= end else None
                yield blocks
                if progress is not None:
                    progress(read_to - first + 1, total)

    def _read(self, first: int, last: int) -> list[Block]:
        # Of one node, though perhaps not of the node before: the projector looks at how blocks hang together.
        with self._reader.one_view():
            blocks = self._reader.blocks(first, last)
        if len(blocks) != last - first + 1:
            raise ReplayIncomplete(
                f"node: it was asked for blocks {first} to {last} and gave {len(blocks)} of {last - first + 1}"
            )
        return blocks
