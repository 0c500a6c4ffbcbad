"""
The rows of a back-test, and how they become a walk.

A row is one government's commitment with its outcome, as a file of kept and broken promises has it: names and dates,
no ledger ids. Rows whose outcome is not known are counted and never predicted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring.entries import keys_of, settled_entry
from ledger.domain.scoring.facts import (
    MOMENT_MAX_SECONDS,
    OUTCOME_FULFILLED_BASIS_POINTS,
    CommitmentFact,
    CommitmentStanding,
    check_facts,
)
from ledger.domain.scoring.replay import Entry, Key
from ledger.errors import InvalidInput


class BacktestError(InvalidInput):
    """A back-test cannot be made of these rows; the message names the row, the value and the rule."""


@dataclass(frozen=True, slots=True)
class BacktestRow:
    """One government's commitment; moments in UTC seconds."""

    government: str
    forum: str
    """The counterparty or forum it was made to."""

    commitment: str
    """Members that made the same commitment share forum and commitment."""

    made_at: int
    due_at: int
    resolved_at: int | None
    outcome_basis_points: int | None
    """10,000 fulfilled, 0 broken, None unknown."""

    weight_millionths: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Question:
    """One row to be predicted: at which moment, of whom, under which difficulties; and how it ended."""

    row: int
    """Its place among the rows given."""

    moment: int
    """Its due date, or its resolution if that came earlier; only what was resolved strictly before may be used."""

    due_at: int
    debtor: int
    keys: tuple[Key, Key, Key, Key]
    kept: bool


@dataclass(frozen=True, slots=True)
class Material:
    """A file made ready: the outcomes to learn from and the questions to answer, in order of due date."""

    rows: int
    governments: tuple[str, ...]
    """By debtor id."""

    entries: tuple[Entry, ...]
    questions: tuple[Question, ...]


def prepare(rows: Sequence[BacktestRow], policy: ScorePolicy) -> Material:
    """
    Number the names and turn rows into entries and questions.

    Ties of the due date keep the order of the rows. A row of weight zero is predicted, and nothing is learned from it.

    Raises
    ------
    BacktestError
        No row, or a government has the same commitment of one forum twice.
    ScoringError
        A moment, an outcome or a weight is out of range.
    """
    governments, facts = to_facts(rows)
    entries = []
    questions = []
    for fact in facts:
        if fact.outcome_basis_points is None or fact.resolved_at is None:
            continue
        entry = settled_entry(fact, policy, MOMENT_MAX_SECONDS)
        if entry is not None:
            entries.append(entry)
        questions.append(_question(fact, policy))
    questions.sort(key=lambda question: question.due_at)
    return Material(len(rows), governments, tuple(entries), tuple(questions))


def to_facts(rows: Sequence[BacktestRow]) -> tuple[tuple[str, ...], list[CommitmentFact]]:
    """
    Number the names of a file and turn its rows into facts, in their order.

    Returns
    -------
    The governments by debtor id, and the facts; a fact's commitment is its row's place.

    Raises
    ------
    BacktestError, ScoringError
        As for `prepare`.
    """
    if not rows:
        raise BacktestError("back-test: rows", 0, "at least one row")
    governments = tuple(sorted({row.government for row in rows}))
    debtors = {name: index for index, name in enumerate(governments)}
    forums = {name: index for index, name in enumerate(sorted({row.forum for row in rows}))}
    seen: dict[tuple[str, str, str], int] = {}
    for index, row in enumerate(rows):
        name = (row.government, row.forum, row.commitment)
        if name in seen:
            raise BacktestError(
                f"back-test: row {index + 1}: commitment", row.commitment, f"no repetition of row {seen[name] + 1}"
            )
        seen[name] = index
    facts = [_fact(index, row, debtors, forums) for index, row in enumerate(rows)]
    check_facts(facts, MOMENT_MAX_SECONDS)
    return governments, facts


def _fact(index: int, row: BacktestRow, debtors: dict[str, int], forums: dict[str, int]) -> CommitmentFact:
    return CommitmentFact(
        commitment=index,
        debtor=debtors[row.government],
        creditor=None,
        agreement=forums[row.forum],
        indicator=0,
        weight_millionths=row.weight_millionths,
        reference=row.commitment,
        made_at=row.made_at,
        due_at=row.due_at,
        outcome_basis_points=row.outcome_basis_points,
        resolved_at=row.resolved_at,
        status=CommitmentStanding.ACTIVE if row.resolved_at is None else CommitmentStanding.SETTLED,
    )


def _question(fact: CommitmentFact, policy: ScorePolicy) -> Question:
    resolved_at = fact.due_at if fact.resolved_at is None else fact.resolved_at
    return Question(
        row=fact.commitment,
        moment=min(fact.due_at, resolved_at),
        due_at=fact.due_at,
        debtor=fact.debtor,
        keys=keys_of(fact, policy),
        kept=fact.outcome_basis_points == OUTCOME_FULFILLED_BASIS_POINTS,
    )
