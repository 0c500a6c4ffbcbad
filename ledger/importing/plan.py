"""
What a file adds to what stands.

A row is known by its government, its forum and its number there. It is new; or it stands with the same content, and
is skipped; or it stands without an outcome, and the file brings one; or it contradicts what stands, and is rejected:
what is recorded is never changed.

New rows are cut into batches by their place among their forum's rows in the file, not by how many are left to do. Each
batch is one command, all or nothing, and its operation number is a digest of its content. So a second run of the same
file, or one beside the first, makes the same commands with the same numbers, and the contract executes each once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ledger.chain.typed_data import call_data
from ledger.domain.commands import Command, RecordHistory, RecordOutcomes
from ledger.domain.identifiers import Identifier
from ledger.domain.moments import format_moment
from ledger.domain.terms import Authorization, HistoricalCommitment, HistoricalOutcome
from ledger.importing.csvfile import Row, RowRejected

BATCH_ROWS: Final = 100
"""Rows a command: about 5 million gas, a sixth of what a block takes."""

_NOBODY: Final = Authorization("0x" + "00" * 20, 0, 0, b"")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A backfilled commitment as it stands on the ledger."""

    id: int
    made_at: int
    due_at: int
    weight_millionths: int
    outcome_basis_points: int | None
    resolved_at: int | None


Key = tuple[int, str]
"""Debtor and reference number, within an agreement."""


@dataclass(frozen=True, slots=True)
class ForumPlan:
    """What is to be done for one forum."""

    forum: str
    rows: tuple[Row, ...]
    """All rows of the forum that were not rejected, in the order of the file."""

    new: frozenset[int]
    """Lines of the rows to be recorded."""

    settle: tuple[tuple[Row, int], ...]
    """Rows that bring an outcome, with the commitment's id."""

    skipped: int

    def batches(self) -> Iterator[tuple[Row, ...]]:
        """New rows, cut by place in the file."""
        for start in range(0, len(self.rows), BATCH_ROWS):
            batch = tuple(row for row in self.rows[start : start + BATCH_ROWS] if row.line in self.new)
            if batch:
                yield batch

    def outcome_batches(self) -> Iterator[tuple[tuple[Row, int], ...]]:
        """Outcomes of rows that stand already."""
        for start in range(0, len(self.settle), BATCH_ROWS):
            yield self.settle[start : start + BATCH_ROWS]


@dataclass(slots=True)
class Sorting:
    """Sorts the rows of one forum as they come."""

    file: str
    forum: str
    standing: Mapping[Key, Recorded]
    """What stands under the forum's agreement; empty where there is none yet."""

    ids: Mapping[Identifier, int]
    """Governments that stand in the register."""

    rows: list[Row] = field(default_factory=list)
    new: set[int] = field(default_factory=set)
    settle: list[tuple[Row, int]] = field(default_factory=list)
    skipped: int = 0

    def add(self, row: Row) -> None:
        """
        Sort one row.

        Raises
        ------
        RowRejected
            It contradicts what stands.
        """
        debtor = self.ids.get(row.identifier)
        recorded = None if debtor is None else self.standing.get((debtor, row.commitment_id))
        if recorded is None:
            self.new.add(row.line)
        elif self._brings_outcome(row, recorded):
            self.settle.append((row, recorded.id))
        else:
            self.skipped += 1
        self.rows.append(row)

    def plan(self) -> ForumPlan:
        """What is to be done."""
        return ForumPlan(self.forum, tuple(self.rows), frozenset(self.new), tuple(self.settle), self.skipped)

    def _brings_outcome(self, row: Row, recorded: Recorded) -> bool:
        self._same(row, recorded, "made_on", row.made_at, recorded.made_at)
        self._same(row, recorded, "due_on", row.due_at, recorded.due_at)
        if row.weight_millionths != recorded.weight_millionths:
            raise self._contradicts(row, recorded, "weight", f"{row.weight_millionths} millionths",
                                    f"{recorded.weight_millionths} millionths")  # fmt: skip
        if row.outcome_basis_points is None or row.resolved_at is None:
            # The file knows less than the ledger, or the same: nothing is to be added.
            return False
        if recorded.outcome_basis_points is None or recorded.resolved_at is None:
            return True
        if row.outcome_basis_points != recorded.outcome_basis_points:
            raise self._contradicts(row, recorded, "outcome_score", f"{row.outcome_basis_points} basis points",
                                    f"{recorded.outcome_basis_points} basis points")  # fmt: skip
        self._same(row, recorded, "resolved_on", row.resolved_at, recorded.resolved_at)
        return False

    def _same(self, row: Row, recorded: Recorded, column: str, given: int, stands: int) -> None:
        if given != stands:
            raise self._contradicts(row, recorded, column, format_moment(given), format_moment(stands))

    def _contradicts(self, row: Row, recorded: Recorded, column: str, given: str, stands: str) -> RowRejected:
        rule = f"{stands}, as commitment {recorded.id} has on the ledger; what is recorded is never changed"
        return RowRejected(self.file, row.line, column, given, rule)


def record_history(agreement: int, rows: Sequence[Row], ids: Mapping[Identifier, int]) -> RecordHistory:
    """The command that records these rows; each is owed to all other parties."""
    return RecordHistory(
        agreement,
        tuple(
            HistoricalCommitment(
                debtor=ids[row.identifier],
                creditor=0,
                indicator=0,
                weight=row.weight_millionths,
                made_at=row.made_at,
                due_at=row.due_at,
                resolved_at=row.resolved_at or 0,
                outcome_basis_points=row.outcome_basis_points or 0,
                reference_number=row.commitment_id,
            )
            for row in rows
        ),
    )


def record_outcomes(settle: Sequence[tuple[Row, int]]) -> RecordOutcomes:
    """The command that records outcomes of commitments that stand without one."""
    return RecordOutcomes(
        tuple(HistoricalOutcome(number, row.outcome_basis_points or 0, row.resolved_at or 0) for row, number in settle)
    )


def operation_number(command: Command, attempt: int) -> int:
    """
    A number that follows from what is commanded.

    Parameters
    ----------
    attempt
        From 0; the next one where an earlier attempt expired or was refused without being executed.
    """
    content = attempt.to_bytes(4, "big") + call_data(command, _NOBODY)
    return int.from_bytes(hashlib.sha256(b"intergov import" + content).digest(), "big")
