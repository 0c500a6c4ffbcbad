"""Mutual trust of two governments: what each can expect of the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.domain.cases import TimeBasis
from ledger.domain.scoring import Score, Trust, mutual_trust
from ledger.domain.scoring.facts import CommitmentFact, commitments_between
from ledger.errors import InvalidInput
from ledger.reports import Basis, Reports, ScoreLine


@dataclass(frozen=True, slots=True)
class TrustBetween:
    """The trust between two governments, in millionths."""

    basis: Basis
    first: ScoreLine
    second: ScoreLine
    trust: Trust
    settled_first_to_second: int
    """How many commitments of the first to the second count; where none do, the trust is the first's score."""

    settled_second_to_first: int

    def to_json(self) -> dict[str, Any]:
        """`as_of, time, policy, block, first, second`, both directions, and `mutual`, the lower of the two."""
        return {
            **self.basis.to_json(),
            "first": self.first.to_json(),
            "second": self.second.to_json(),
            "first_to_second": self.trust.first_to_second,
            "second_to_first": self.trust.second_to_first,
            "mutual": self.trust.mutual,
            "settled_first_to_second": self.settled_first_to_second,
            "settled_second_to_first": self.settled_second_to_first,
        }


def trust(
    reports: Reports, first: str, second: str, *, as_of: int | None = None, time: TimeBasis = "recorded"
) -> TrustBetween:
    """
    How well two governments keep what they owe one another.

    Raises
    ------
    InvalidInput
        Both are the same government; else as for `Reports.scores`.
    """
    with reports.queries.snapshot() as queries:
        one, other = reports.resolve(queries, first), reports.resolve(queries, second)
        if one.id == other.id:
            raise InvalidInput("second", second, f"another government than the first, {one.identifier}")
        found = reports.scored(queries, as_of, time, one)
        score, other_score = found.scores[one.id], reports.scored(queries, as_of, time, other).scores[other.id]
        facts = queries.commitment_facts(found.basis.as_of, time)
    return TrustBetween(
        basis=found.basis,
        first=found.line(one.id, score),
        second=found.line(other.id, other_score),
        trust=mutual_trust(score, other_score, facts, found.policy),
        settled_first_to_second=_met(score, other.id, facts),
        settled_second_to_first=_met(other_score, one.id, facts),
    )


def _met(debtor: Score, creditor: int, facts: list[CommitmentFact]) -> int:
    owed = commitments_between(facts, debtor.government, creditor)
    return sum(reason.commitment in owed and not reason.provisional for reason in debtor.reasons)
