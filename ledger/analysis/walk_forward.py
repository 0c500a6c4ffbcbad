"""
Walk-forward prediction: every question is answered from what had been resolved strictly before its moment.

This is the plain reference; `ledger.analysis.vectorised` gives the same integers faster where many outcomes come at one
moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.analysis.rows import Question
from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring.entries import by_moment
from ledger.domain.scoring.replay import DAY_SECONDS, Entry, Walk


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer to one question."""

    kept_nano: int
    """The probability, in nanos, that the commitment is kept whole."""

    count_millionths: int
    """The effective count of outcomes behind it."""


def predict(entries: Sequence[Entry], questions: Sequence[Question], policy: ScorePolicy) -> list[Prediction]:
    """Answer the questions by the score's own model, in the order in which they are given."""
    walk = Walk(policy)
    batches = by_moment(entries)
    settled = 0
    answers: dict[int, Prediction] = {}
    for place in sorted(range(len(questions)), key=lambda place: questions[place].moment):
        question = questions[place]
        while settled < len(batches) and batches[settled][0].resolved_at < question.moment:
            walk.settle(batches[settled])
            settled += 1
        day = question.moment // DAY_SECONDS
        answers[place] = Prediction(
            walk.expect(question.keys, question.debtor, day), walk.rating_count(question.debtor, day)
        )
    return [answers[place] for place in range(len(questions))]


SHRUNK_PSEUDO_OBSERVATIONS = 10
"""How many outcomes at the global rate the baseline `shrunk` adds to a government's own."""


def predict_baselines(
    entries: Sequence[Entry], questions: Sequence[Question]
) -> tuple[list[Prediction], list[Prediction]]:
    """
    Answer the questions by the two baselines (global rate, shrunken mean).

    The global rate is the share kept among all outcomes so far, one half before the first. The shrunken mean adds ten
    outcomes at that rate to the government's own.
    """
    ordered = sorted(entries, key=lambda entry: entry.resolved_at)
    kept = count = position = 0
    own: dict[int, tuple[int, int]] = {}
    answers: dict[int, tuple[Prediction, Prediction]] = {}
    for place in sorted(range(len(questions)), key=lambda place: questions[place].moment):
        question = questions[place]
        while position < len(ordered) and ordered[position].resolved_at < question.moment:
            entry = ordered[position]
            kept, count = kept + entry.kept, count + 1
            own_kept, own_count = own.get(entry.debtor, (0, 0))
            own[entry.debtor] = (own_kept + entry.kept, own_count + 1)
            position += 1
        rate = kept * 10**9 // count if count else 5 * 10**8
        own_kept, own_count = own.get(question.debtor, (0, 0))
        pseudo = SHRUNK_PSEUDO_OBSERVATIONS
        shrunk = (own_kept * 10**9 + pseudo * rate) // (own_count + pseudo)
        answers[place] = (Prediction(rate, count * 10**6), Prediction(shrunk, (own_count + pseudo) * 10**6))
    pairs = [answers[place] for place in range(len(questions))]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
