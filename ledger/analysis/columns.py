"""
Outcomes and questions as columns: what the vectorised walk works on.

Every name (a difficulty, a pair of a government and a counterparty) becomes a small number, so that what is learned of
it stands at that place of an array. Rows are in order of the moment they came; rows of one moment form one batch.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ledger.analysis.fixed_point_arrays import Integers
from ledger.analysis.rows import Question
from ledger.domain.scoring.entries import by_moment
from ledger.domain.scoring.replay import LEVELS, Entry, Key


@dataclass(frozen=True, slots=True)
class OutcomeColumns:
    """Outcomes in order of time; all columns are 64-bit integers of one length, numbers start at 0."""

    moment: Integers
    debtor: Integers
    keys: tuple[Integers, Integers, Integers, Integers]
    """Number of the difficulty, by level."""

    counterparty: Integers
    """Number of the pair (debtor, counterparty)."""

    others: Integers
    """How many counterparties that are: those who had settled to all other parties of an agreement by then, else 1."""

    kept: Integers
    credit_nano: Integers
    weight_millionths: Integers
    repair_share_millionths: Integers

    def __len__(self) -> int:
        """Return the number of outcomes."""
        return len(self.moment)


@dataclass(frozen=True, slots=True)
class QuestionColumns:
    """Questions in any order."""

    moment: Integers
    debtor: Integers
    keys: tuple[Integers, Integers, Integers, Integers]


class _Numbers:
    """Numbers names in the order in which they first appear."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def __call__(self, names: Iterable[Hashable]) -> Integers:
        numbers = self._numbers
        return np.asarray([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)


def to_columns(entries: Sequence[Entry], questions: Sequence[Question]) -> tuple[OutcomeColumns, QuestionColumns]:
    """Turn entries and questions into columns that share their numbers; debtor ids must be small and not negative."""
    ordered = sorted(entries, key=lambda entry: (entry.resolved_at, entry.commitment))
    levels = [_Numbers() for _ in LEVELS]
    outcomes = OutcomeColumns(
        moment=_column(entry.resolved_at for entry in ordered),
        debtor=_column(entry.debtor for entry in ordered),
        keys=_four([numbers(entry.keys[level] for entry in ordered) for level, numbers in enumerate(levels)]),
        counterparty=_Numbers()((entry.debtor, entry.counterparty) for entry in ordered),
        others=_others(ordered),
        kept=_column(entry.kept for entry in ordered),
        credit_nano=_column(entry.credit_nano for entry in ordered),
        weight_millionths=_column(entry.weight_millionths for entry in ordered),
        repair_share_millionths=_column(entry.repair_share_millionths for entry in ordered),
    )
    asked = QuestionColumns(
        moment=_column(question.moment for question in questions),
        debtor=_column(question.debtor for question in questions),
        keys=_four([numbers(question.keys[level] for question in questions) for level, numbers in enumerate(levels)]),
    )
    return outcomes, asked


def _others(ordered: Sequence[Entry]) -> Integers:
    members: dict[Key, set[int]] = {}
    others: list[int] = []
    for batch in by_moment(ordered):
        for entry in batch:
            if entry.counterparty[0] == "forum":
                members.setdefault(entry.counterparty, set()).add(entry.debtor)
        others.extend(max(1, len(members.get(entry.counterparty, ())) - 1) for entry in batch)
    return _column(others)


def _column(values: Iterable[int]) -> Integers:
    return np.fromiter(values, dtype=np.int64)


def _four(columns: list[Integers]) -> tuple[Integers, Integers, Integers, Integers]:
    first, second, third, fourth = columns
    return first, second, third, fourth
