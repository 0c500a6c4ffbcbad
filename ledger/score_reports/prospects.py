"""What would change a score: every open commitment of a government, kept or broken now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.domain.cases import TimeBasis
from ledger.domain.moments import format_moment
from ledger.domain.scoring import Prospect, what_would_change
from ledger.reports import Basis, Reports, ScoreLine
from ledger.store.projection.rows import CommitmentRow


@dataclass(frozen=True, slots=True)
class ProspectLine:
    """One open commitment."""

    prospect: Prospect
    commitment: CommitmentRow
    overdue: bool

    def to_json(self) -> dict[str, Any]:
        """The commitment, and the score and the points if it is kept or broken."""
        return {
            "commitment": self.commitment.id,
            "agreement": self.commitment.agreement,
            "reference_number": self.commitment.reference_number,
            "due_at": format_moment(self.commitment.due_at),
            "overdue": self.overdue,
            "score_if_kept": self.prospect.score_if_kept,
            "score_if_broken": self.prospect.score_if_broken,
            "points_if_kept": self.prospect.points_if_kept,
            "points_if_broken": self.prospect.points_if_broken,
        }


@dataclass(frozen=True, slots=True)
class Prospects:
    """What would change one government's score."""

    basis: Basis
    line: ScoreLine
    prospects: tuple[ProspectLine, ...]
    """The largest difference between kept and broken first."""

    def to_json(self) -> dict[str, Any]:
        """`as_of, time, policy, block`, the score, and `what_would_change`."""
        return {
            **self.basis.to_json(),
            **self.line.to_json(),
            "what_would_change": [prospect.to_json() for prospect in self.prospects],
        }


def prospects(
    reports: Reports, government: str, *, as_of: int | None = None, time: TimeBasis = "recorded"
) -> Prospects:
    """The effect of each open commitment kept or broken at the moment; parameters and errors as `Reports.explain`."""
    with reports.queries.snapshot() as queries:
        wanted = reports.resolve(queries, government)
        found = reports.scored(queries, as_of, time, wanted)
        moment = found.basis.as_of
        facts = queries.commitment_facts(moment, time)
        effects = what_would_change(facts, found.policy, moment, wanted.id)
        rows = queries.commitments_by_id(effect.commitment for effect in effects)
    lines = tuple(
        ProspectLine(effect, rows[effect.commitment], rows[effect.commitment].due_at < moment) for effect in effects
    )
    return Prospects(found.basis, found.line(wanted.id), lines)
