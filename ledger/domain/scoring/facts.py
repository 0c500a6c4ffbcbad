"""
What a score is made from, and what it is made into.

A score is a pure function of three things: facts about commitments, a policy, and a moment. This file defines the
facts (`CommitmentFact`) and the results (`Score`, `Reason`). No clock, chain or database is read, so any government
can recompute a published score.

Units: moments are UTC seconds since 1970; outcomes are basis points of fulfilment (10,000 = fulfilled, 0 = broken);
weights, probabilities, scores and points are integers in millionths. There is no float anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ledger.errors import InvalidInput

OUTCOME_FULFILLED_BASIS_POINTS = 10_000
"""The outcome of a commitment kept whole."""

SCORE_MAX_MILLIONTHS = 1_000_000
"""The highest score; also the number of millionths in one."""

WEIGHT_MAX_MILLIONTHS = 10**15
"""The largest agreed weight, a thousand million; larger ones are refused, so that vectorised sums fit 64 bits."""

MOMENT_MAX_SECONDS = 2**40
"""The latest moment that may occur, some 34,000 years off; later ones are refused as mistakes."""


class ScoringError(InvalidInput):
    """A score cannot be made: the message names the offending fact or moment, its value and the rule."""


class CommitmentStanding(StrEnum):
    """How a commitment stands, as far as a score has to know."""

    ACTIVE = "active"
    """No outcome yet. Overdue is derived from the due date, the grace and the moment; it is not a standing."""

    SETTLED = "settled"
    """An outcome stands."""

    EXCUSED = "excused"
    """Excused: neither kept nor broken. It does not count."""

    DISPUTED = "disputed"
    """Under objection, dispute or appeal. It does not count until ruled."""


@dataclass(frozen=True, slots=True)
class CommitmentFact:
    """All that a score may know of one commitment. The caller passes recorded or effective times, never a mixture."""

    commitment: int
    """The commitment's id; unique among the facts of one score."""

    debtor: int
    """The government that owes it. After a restructuring: the successor, who inherits the record."""

    creditor: int | None
    """The government it is owed to; None means all other parties of the agreement."""

    agreement: int
    """The agreement (or forum) it stands under."""

    indicator: int
    """The indicator it is assessed by."""

    weight_millionths: int
    """Agreed weight. Zero is allowed and means: recorded, shown, never scored."""

    reference: str
    """The same reference under one agreement with other debtors is the same commitment made by several members."""

    made_at: int
    """When it was made; it is not looked at before."""

    due_at: int
    """When it was due."""

    outcome_basis_points: int | None
    """Graded outcome, 0 to 10,000; None while there is none."""

    resolved_at: int | None
    """When the outcome came to be known; None while there is none."""

    status: CommitmentStanding
    backfilled: bool = False
    """Recorded after the fact by a coordinating body."""

    silent: bool = False
    """The outcome came by silence: nobody answered in the window."""

    disputed_at: int | None = None
    """When the dispute was opened, if it is disputed; None means that the protection has no known beginning or end."""

    repaired_at: int | None = None
    """When the breach was repaired (信用修复), if it was."""

    inherited: bool = False
    """The debtor inherited it from a predecessor. It counts in full; the reason says so."""

    co_heirs: tuple[int, ...] = ()
    """
    Governments that inherited it beside the debtor, when the one that owed it was split. It counts for each in full, as
    each is liable for the whole.
    """

    term_seconds: int | None = None
    """
    The agreed term, from made to due, where `made_at` is not the effective date: with recorded times a backfilled
    commitment is "made" after it was due. None means `due_at - made_at`.
    """


@dataclass(frozen=True, slots=True)
class Reason:
    """One commitment's part in a score."""

    commitment: int
    points: int
    """Signed effect in millionths; a score is exactly its base plus its reasons' points."""

    why: str
    """One English sentence."""

    why_zh: str
    """The same sentence in Chinese."""

    expected_millionths: int
    """What could be expected of this commitment when its outcome came: a graded outcome between 0 and 1,000,000."""

    outcome_basis_points: int
    """What happened; 0 if it counts provisionally as broken."""

    weight_millionths: int
    """The weight it has in this score, after saturation, age and the policy's shares."""

    age_days: int
    """Whole days between the outcome and the moment of the score."""

    provisional: bool = False
    """Overdue and unresolved: it counts as broken only until an outcome is recorded."""


@dataclass(frozen=True, slots=True)
class Score:
    """How likely a government is to keep its next ordinary commitment, how sure that is, and why."""

    government: int
    score: int
    """Millionths, 0 to 1,000,000; equal to base + the sum of the reasons' points."""

    low: int
    high: int
    """The 90 % interval (the policy's level) for the keep-rate over the policy's number of next commitments."""

    base: int
    """What could be expected of a government about which nothing is known."""

    settled: int
    """How many outcomes count, provisional ones not included."""

    rated: bool
    """False where no outcome counts: then the score is the base and is shown as "unrated" (未评级)."""

    reasons: tuple[Reason, ...]
    """The largest effect first, ties by commitment id."""


def owed_by(facts: Sequence[CommitmentFact], government: int) -> list[CommitmentFact]:
    """The facts, with a government as debtor of all that it inherited together with others."""
    return [replace(fact, debtor=government) if government in fact.co_heirs else fact for fact in facts]


def commitments_between(facts: Iterable[CommitmentFact], debtor: int, creditor: int) -> set[int]:
    """The commitments that one government owes, or has inherited, to another."""
    return {
        fact.commitment
        for fact in facts
        if fact.creditor == creditor and (fact.debtor == debtor or debtor in fact.co_heirs)
    }


def check_facts(facts: Sequence[CommitmentFact], as_of: int) -> None:
    """
    Refuse what no honest ledger can produce, before anything is computed.

    An outcome dated after `as_of` is no error: it does not count yet. One dated before its commitment was made counts
    from that moment on.

    Raises
    ------
    ScoringError
        A commitment given twice; a weight, an outcome or a moment out of range; an outcome without a moment or the
        reverse.
    """
    _check_moment("score: as_of", as_of)
    seen: set[int] = set()
    for fact in facts:
        if fact.commitment in seen:
            raise ScoringError("score: commitment", fact.commitment, "each commitment to be given once")
        seen.add(fact.commitment)
        _check_fact(fact)


def _check_fact(fact: CommitmentFact) -> None:
    name = f"score: commitment {fact.commitment}"
    if not 0 <= fact.weight_millionths <= WEIGHT_MAX_MILLIONTHS:
        raise ScoringError(f"{name}: weight_millionths", fact.weight_millionths, f"0 to {WEIGHT_MAX_MILLIONTHS}")
    for field in ("made_at", "due_at", "resolved_at", "disputed_at", "repaired_at"):
        moment = getattr(fact, field)
        if moment is not None:
            _check_moment(f"{name}: {field}", moment)
    outcome = fact.outcome_basis_points
    if (outcome is None) != (fact.resolved_at is None):
        raise ScoringError(f"{name}: resolved_at", fact.resolved_at, "an outcome and its moment together or neither")
    if outcome is not None and not 0 <= outcome <= OUTCOME_FULFILLED_BASIS_POINTS:
        raise ScoringError(f"{name}: outcome_basis_points", outcome, f"0 to {OUTCOME_FULFILLED_BASIS_POINTS}")


def _check_moment(name: str, moment: int) -> None:
    if not -MOMENT_MAX_SECONDS <= moment <= MOMENT_MAX_SECONDS:
        raise ScoringError(name, moment, f"UTC seconds from -{MOMENT_MAX_SECONDS} to {MOMENT_MAX_SECONDS}")
