"""
The projector: blocks in, rows out.

Blocks are applied in one database transaction together with the cursor, so the projection always stands at the end of
a block, whatever is killed when. A block must follow the one before it by number and by hash. Several processes may
follow the same chain into the same projection: each takes the write lock, reads the cursor again and leaves out what
another has applied in the meantime.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, inspect, select, update

from ledger.domain.events import Block, CommandExecuted, Fact
from ledger.errors import Conflict, LedgerError
from ledger.store.engine import alone, insert_or_keep, reading, writing
from ledger.store.projection import tables, undo
from ledger.store.projection.batch import Batch
from ledger.store.projection.bodies import body_text, hexadecimal
from ledger.store.projection.completions import complete
from ledger.store.projection.handlers import RULES, Place
from ledger.store.projection.watch import Watch, announce

NAMESPACE: Final = "intergov_projection"
"""Where the tables are in a PostgreSQL database; nothing else is there, so a rebuild can drop all of it."""

_ONLY: Final = 1
"""Primary key of tables of one row."""


class ChainForked(Conflict):
    """A block does not follow the one that was projected before it: the chain is another, or was reorganised."""

    def __init__(self, number: int, projected: bytes, found: bytes | None) -> None:
        offered = "has no such block" if found is None else f"has {hexadecimal(found)}"
        super().__init__(
            f"projection: block {number} was projected as {hexadecimal(projected)}, but the chain {offered}; it is "
            "another chain or was reorganised. Nothing was changed; a rebuild replays the chain that the node has now"
        )
        self.number = number
        self.projected = projected
        self.found = found

    def values(self) -> dict[str, object]:
        """The block, its hash here and its hash on the chain."""
        found = None if self.found is None else hexadecimal(self.found)
        return {"block": self.number, "projected": hexadecimal(self.projected), "found": found}


class ReorganisedTooDeep(Conflict):
    """The chain replaced more blocks than can be taken back; nothing was changed, only a replay can follow it."""

    def __init__(self, common: int, projected: int, noted: int) -> None:
        super().__init__(
            f"projection: it stands at block {projected}, and the chain has others from block {common + 1} on; only "
            f"the last {noted} blocks can be taken back. `intergov rebuild` replays the chain that the node has now"
        )
        self.common = common
        self.projected = projected
        self.noted = noted

    def values(self) -> dict[str, object]:
        """The last block that both have, the last one projected, and how many can be taken back."""
        return {"common": self.common, "projected": self.projected, "noted": self.noted}


class BlocksMissing(LedgerError):
    """Blocks were offered with a gap; none of them was written."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(
            f"projection: block {found} was offered where block {expected} comes next; none may be left out"
        )
        self.expected = expected
        self.found = found

    def values(self) -> dict[str, object]:
        """The block that comes next, and the one that was offered."""
        return {"expected": self.expected, "found": self.found}


class EventNotProjected(LedgerError):
    """An event that no handler knows: this version of the product is too old for the contracts."""

    def __init__(self, event: str, block: int) -> None:
        super().__init__(
            f"projection: block {block} has the event {event}, which no handler knows; nothing was written"
        )
        self.event = event
        self.block = block

    def values(self) -> dict[str, object]:
        """The event, and its block."""
        return {"event": self.event, "block": self.block}


class ProjectionLayoutDiffers(Conflict):
    """The database's tables were made by another version of the product."""

    def __init__(self, found: str | None) -> None:
        super().__init__(
            f"projection: its tables have the layout {found}; this version needs {tables.layout_digest()}. "
            "`intergov rebuild` makes them anew from the chain"
        )
        self.found = found

    def values(self) -> dict[str, object]:
        """The layout found, and the one needed."""
        return {"found": self.found, "expected": tables.layout_digest()}


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far the chain has been projected."""

    next_block: int
    """Number of the block to be projected next."""

    head_hash: bytes
    """Hash of the block before it."""

    head_timestamp: int
    """Its time, UTC seconds."""

    facts: int
    """How many facts there are so far."""

    @property
    def head(self) -> int:
        """Number of the last block projected."""
        return self.next_block - 1


class Projector:
    """Writes the projection in one database."""

    def __init__(self, engine: Engine) -> None:
        """Make the tables where there are none; those of another version are left for `replaying`."""
        self.engine = engine
        if not inspect(engine).has_table(tables.layout.name):
            with _changing(engine) as connection:
                _create(connection)

    def cursor(self) -> Cursor | None:
        """How far it is; None before the first block."""
        with reading(self.engine) as connection:
            return self.cursor_in(connection)

    def cursor_in(self, connection: Connection) -> Cursor | None:
        """How far it is in a transaction that the caller holds."""
        _require_layout(connection)
        return _read_cursor(connection)

    def watch(self) -> Watch:
        """Sees it change, whoever changes it; the caller closes it."""
        return Watch(self.engine)

    def block_hash(self, number: int) -> bytes | None:
        """Hash under which a block was projected; None where it was not."""
        with reading(self.engine) as connection:
            return _block_hash(connection, number)

    def apply(self, blocks: Sequence[Block], revocable_from: int | None = None) -> int:
        """
        Project blocks, all or none; those that are projected already are compared and left out.

        Parameters
        ----------
        blocks
            In order.
        revocable_from
            Number of the first block that the chain may still replace: it and those behind it are written so that
            `roll_back` can take them back, and what was noted for older ones is dropped. None where none is replaced.

        Returns
        -------
        int
            How many facts were added.

        Raises
        ------
        ChainForked, BlocksMissing
            They do not follow what was projected, or each other.
        EventNotProjected, ProjectionContradicted
            What they say cannot be understood.
        """
        if not blocks:
            return 0
        with _changing(self.engine) as connection:
            _require_layout(connection)
            return apply_blocks(connection, blocks, revocable_from)

    def roll_back(self, common: int, from_head: bytes) -> int:
        """
        Take back the blocks behind one, which the chain has replaced by others.

        Parameters
        ----------
        common
            Number of the last block that stays.
        from_head
            Hash of the block at which the projection stood when the caller found this out: where another process has
            moved it since, nothing is done.

        Returns
        -------
        int
            How many blocks were taken back.

        Raises
        ------
        ReorganisedTooDeep
        """
        with _changing(self.engine) as connection:
            cursor = self.cursor_in(connection)
            if cursor is None or cursor.head_hash != from_head or cursor.head <= common:
                return 0
            undo.ensure(connection)
            taken = cursor.head - common
            noted = undo.noted_behind(connection, common)
            if noted != taken:
                raise ReorganisedTooDeep(common, cursor.head, undo.noted_behind(connection, -1))
            undo.take_back(connection, common)
            return taken

    @contextmanager
    def replaying(self) -> Iterator[Connection]:
        """
        Drop everything and begin anew, in one transaction.

        Others read the old rows until the block is left; where it is left by an error, the old rows stay. Blocks go in
        by `apply_blocks` on the connection given.
        """
        with _changing(self.engine) as connection:
            _clear(connection)
            yield connection


def apply_blocks(connection: Connection, blocks: Sequence[Block], revocable_from: int | None = None) -> int:
    """Project blocks in a write transaction that the caller holds; see `Projector.apply`."""
    if revocable_from is None:
        return _apply(connection, blocks)
    undo.ensure(connection)
    split = next((place for place, block in enumerate(blocks) if block.number >= revocable_from), len(blocks))
    added = _apply(connection, blocks[:split])
    for block in blocks[split:]:
        with undo.noting(connection, block.number):
            added += _apply(connection, [block])
    undo.forget_before(connection, revocable_from)
    return added


def _apply(connection: Connection, blocks: Sequence[Block]) -> int:
    cursor = _read_cursor(connection)
    blocks = _following(connection, cursor, blocks)
    if not blocks:
        return 0
    batch = Batch()
    sequence_before = sequence = cursor.facts if cursor else 0
    for block in blocks:
        hashes = hexadecimal(block.hash), hexadecimal(block.parent_hash)
        batch.append(tables.blocks, (block.number, *hashes, block.timestamp))
        transaction, transaction_text = b"", ""
        for fact in block.facts:
            if type(fact.event) is not CommandExecuted:
                sequence += 1
                if fact.transaction is not transaction:
                    transaction, transaction_text = fact.transaction, hexadecimal(fact.transaction)
                _add_fact(batch, fact, sequence, block, transaction_text)
    batch.write(connection)
    if sequence > sequence_before:
        complete(connection, sequence_before)
    head = blocks[-1]
    connection.execute(
        update(tables.cursor).values(
            next_block=head.number + 1,
            head_hash=hexadecimal(head.hash),
            head_timestamp=head.timestamp,
            sequence=sequence,
        )
    )
    return sequence - sequence_before


def _following(connection: Connection, cursor: Cursor | None, blocks: Sequence[Block]) -> Sequence[Block]:
    # Blocks that are there already must be the same; the rest must be a chain that grows from the cursor.
    start = 0
    if cursor is not None:
        while start < len(blocks) and blocks[start].number < cursor.next_block:
            block = blocks[start]
            projected = _block_hash(connection, block.number)
            if projected != block.hash:
                raise ChainForked(block.number, projected or b"", block.hash)
            start += 1
    rest = blocks[start:]
    number, parent = (cursor.next_block, cursor.head_hash) if cursor else (None, None)
    for block in rest:
        if number is not None and block.number != number:
            raise BlocksMissing(number, block.number)
        if parent is not None and block.parent_hash != parent:
            raise ChainForked(block.number - 1, parent, block.parent_hash)
        number, parent = block.number + 1, block.hash
    return rest


@dataclass(frozen=True, slots=True)
class _Subjects:
    """Where in an event its subjects stand, worked out once per class."""

    name: str
    governments: tuple[attrgetter[Any], ...]

    about: tuple[tuple[int, attrgetter[Any]], ...]
    """Which of the subjects' columns each of its fields fills."""


_SUBJECT_COLUMNS: Final = ("agreement", "commitment", "transfer", "proposal", "dispute", "measure", "incentive")

_SUBJECTS: Final = {
    event: _Subjects(
        event.__name__,
        tuple(attrgetter(path) for path in rule.governments),
        tuple((_SUBJECT_COLUMNS.index(subject), attrgetter(path)) for subject, path in rule.about().items()),
    )
    for event, rule in RULES.items()
}


_AGREEMENT, _COMMITMENT = map(_SUBJECT_COLUMNS.index, ("agreement", "commitment"))


def _complete_early(batch: Batch, about: list[int | None], named: list[int]) -> None:
    # What `complete` would look up afterwards: most commitments are settled in the bunch of blocks that brings them.
    commitment = batch.held(tables.commitments, (about[_COMMITMENT],))
    if commitment is not None:
        about[_AGREEMENT] = commitment["agreement"]
        creditor = commitment["creditor"]
        if creditor is not None and creditor not in named:
            named.append(creditor)


def _add_fact(batch: Batch, fact: Fact, sequence: int, block: Block, transaction: str) -> None:
    event = fact.event
    rule = RULES.get(type(event))
    if rule is None:
        raise EventNotProjected(type(event).__name__, block.number)
    subjects = _SUBJECTS[type(event)]
    named: list[int] = []  # In order, each once.
    for get in subjects.governments:
        value = get(event)
        for each in value if isinstance(value, tuple) else (value,):
            if each and each not in named:
                named.append(each)
    about: list[int | None] = [None] * len(_SUBJECT_COLUMNS)
    for place, get in subjects.about:
        about[place] = get(event) or None
    if about[_COMMITMENT] is not None and about[_AGREEMENT] is None:
        _complete_early(batch, about, named)
    batch.append(
        tables.facts,
        (
            sequence,
            block.number,
            fact.log_index,
            transaction,
            subjects.name,
            fact.contract,
            fact.signer,
            None if fact.operation is None else str(fact.operation),
            block.timestamp,
            named[0] if named else None,
            *about,
            body_text(event),
        ),
    )
    for government in named:
        batch.append(tables.fact_governments, (government, sequence))
    rule.handle(event, Place(sequence, block.timestamp), batch)


@contextmanager
def _changing(engine: Engine) -> Iterator[Connection]:
    """A write transaction on the projection, which has one writer at a time whatever the database."""
    with writing(engine) as connection:
        alone(connection, "projection")
        yield connection
        announce(connection)


def _clear(connection: Connection) -> None:
    # On PostgreSQL a table is not dropped before all who read it are done, and others then wait for the replay; rows
    # that are deleted are still there for them. Tables of another version nobody can read, so these are dropped.
    if connection.dialect.name == "postgresql" and _layout_stands(connection):
        undo.forget(connection)
        for table in reversed(tables.TABLES):
            connection.execute(delete(table))
    else:
        undo.drop(connection)
        tables.metadata.drop_all(connection)
    _create(connection)


def _create(connection: Connection) -> None:
    tables.metadata.create_all(connection)
    connection.execute(insert_or_keep(connection, tables.layout), {"id": _ONLY, "digest": tables.layout_digest()})
    connection.execute(insert_or_keep(connection, tables.cursor), {"id": _ONLY, "sequence": 0})


def _layout_stands(connection: Connection) -> bool:
    missing = {table.name for table in tables.metadata.sorted_tables} - set(inspect(connection).get_table_names())
    return not missing and connection.scalar(select(tables.layout.c.digest)) == tables.layout_digest()


def _require_layout(connection: Connection) -> None:
    found = connection.scalar(select(tables.layout.c.digest))
    if found != tables.layout_digest():
        raise ProjectionLayoutDiffers(found)


def _read_cursor(connection: Connection) -> Cursor | None:
    row = connection.execute(select(tables.cursor)).one_or_none()
    if row is None or row.next_block is None:
        return None
    return Cursor(row.next_block, bytes.fromhex(row.head_hash[2:]), row.head_timestamp, row.sequence)


def _block_hash(connection: Connection, number: int) -> bytes | None:
    found = connection.scalar(select(tables.blocks.c.hash).where(tables.blocks.c.number == number))
    return None if found is None else bytes.fromhex(found[2:])
