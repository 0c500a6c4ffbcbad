"""
The follower: brings the projection up to the chain.

It reads blocks from the deployment on, in chunks, and hands them to the projector. Where it stopped is in the
projection itself, so it can be killed and started at any time, and several may follow into one projection. Before it
adds anything it makes sure that the chain still has the block at which the projection stands: another chain, or a
reorganised one, is an error and is never silently replayed.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from ledger.domain.events import Block
from ledger.errors import Unavailable
from ledger.store.engine import open_engine, reading
from ledger.store.projection.comparison import differences
from ledger.store.projection.projector import ChainForked, Cursor, Projector, apply_blocks

CHUNK_BLOCKS: Final = 250
"""How many blocks are read and written at once."""

Progress = Callable[[int, int], object]
"""Is told how many blocks are done, and of how many."""


class ChainHead(Protocol):
    """The newest block."""

    @property
    def number(self) -> int:
        """Its number."""
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


class Follower:
    """Follows one chain into one projection."""

    def __init__(self, reader: BlockReader, projector: Projector, chunk_blocks: int = CHUNK_BLOCKS) -> None:
        self._reader = reader
        self._projector = projector
        self._chunk_blocks = chunk_blocks

    def sync(self, progress: Progress | None = None) -> SyncReport:
        """
        Project all that the chain has now.

        Raises
        ------
        ChainForked
            The chain does not have the block at which the projection stands.
        Unavailable
            The node or the database does not answer.
        """
        started = time.monotonic()
        chain_head = self._reader.head().number
        cursor = self._projector.cursor()
        first = self._reader.first_block
        if cursor is not None:
            self._require_same_chain(cursor, chain_head)
            first = cursor.next_block
        events = 0
        for blocks in self._chunks(first, chain_head, progress):
            events += self._projector.apply(blocks)
        return SyncReport(
            blocks=max(0, chain_head - first + 1),
            events=events,
            seconds=time.monotonic() - started,
            head=max(chain_head, first - 1),
        )

    def run(self, stop_event: threading.Event, poll_seconds: float = 0.5) -> None:
        """Synchronise again and again until the event is set; an error ends it, and the caller may start it again."""
        while not stop_event.is_set():
            self.sync()
            stop_event.wait(poll_seconds)

    def status(self) -> FollowerStatus:
        """How far behind the chain the projection is."""
        chain_head = self._reader.head().number
        cursor = self._projector.cursor()
        head = None if cursor is None else cursor.head
        behind = chain_head - (self._reader.first_block - 1 if head is None else head)
        return FollowerStatus(head, chain_head, max(0, behind))

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
        return self._check(progress) if check else self._replay(progress)

    def _replay(self, progress: Progress | None) -> RebuildReport:
        started = time.monotonic()
        first, last = self._reader.first_block, self._reader.head().number
        events = 0
        with self._projector.replaying() as connection:
            for blocks in self._chunks(first, last, progress):
                events += apply_blocks(connection, blocks)
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
        total = max(0, last - first + 1)
        for start in range(first, last + 1, self._chunk_blocks):
            end = min(start + self._chunk_blocks - 1, last)
            blocks = self._reader.blocks(start, end)
            if len(blocks) != end - start + 1:
                raise ReplayIncomplete(
                    f"node: it was asked for blocks {start} to {end} and gave {len(blocks)} of {end - start + 1}"
                )
            yield blocks
            if progress is not None:
                progress(end - first + 1, total)
