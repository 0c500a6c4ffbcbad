"""What turned the scores of one moment into those of another: a list of causes whose points add up exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.domain.cases import TimeBasis
from ledger.domain.moments import format_moment
from ledger.domain.scoring import Cause, Change, Reason, Score, explain_change, score_all
from ledger.errors import InvalidInput
from ledger.reports import Basis, Reports, Scored, standing_word
from ledger.store.projection.queries import Queries
from ledger.store.projection.rows import CommitmentRow, GovernmentRow

POLICY_CAUSE = "policy"
"""The cause that is none of `Cause`: another policy judges the same record."""

_WORDS = {
    Cause.NEW: ("counts now", "新计入"),
    Cause.GONE: ("counts no longer", "不再计入"),
    Cause.RESOLVED: ("counted provisionally before and has an outcome now", "此前暂计，现已有结果"),
    Cause.FADED: ("weighs differently with age and beside others", "随时间及其他承诺而权重变化"),
    Cause.BASE: ("what could be expected of anybody has changed", "对一般政府的预期已变化"),
}


@dataclass(frozen=True, slots=True)
class CauseLine:
    """One cause of a change."""

    cause: str
    points: int
    why: str
    why_zh: str
    commitment: CommitmentRow | None
    """None where the cause is no single commitment."""

    def to_json(self) -> dict[str, Any]:
        """`commitment, points, cause, why, why_zh, agreement, reference_number`."""
        row = self.commitment
        return {
            "commitment": None if row is None else row.id,
            "points": self.points,
            "cause": self.cause,
            "why": self.why,
            "why_zh": self.why_zh,
            "agreement": None if row is None else row.agreement,
            "reference_number": None if row is None else row.reference_number,
        }


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """How one government's score changed."""

    government: GovernmentRow
    before: Score
    after: Score
    standing_before: str
    standing: str
    causes: tuple[CauseLine, ...]
    """The largest effect first; their points add up to the difference exactly."""

    def to_json(self) -> dict[str, Any]:
        """`government, name, before, after, points, standing_before, standing, causes`."""
        return {
            "government": self.government.identifier,
            "name": self.government.name,
            "before": self.before.score,
            "after": self.after.score,
            "points": self.after.score - self.before.score,
            "standing_before": self.standing_before,
            "standing": self.standing,
            "causes": [cause.to_json() for cause in self.causes],
        }


@dataclass(frozen=True, slots=True)
class Changes:
    """How scores changed between two moments; the best now stands first."""

    before: Basis
    after: Basis
    lines: tuple[ChangeLine, ...]

    def to_json(self) -> dict[str, Any]:
        """`as_of, time, policy, block, since, policy_before, block_before, changes`."""
        before = self.before.to_json()
        return {
            **self.after.to_json(),
            "since": before["as_of"],
            "policy_before": before["policy"],
            "block_before": before["block"],
            "changes": [line.to_json() for line in self.lines],
        }


def changes(
    reports: Reports,
    since: int,
    *,
    government: str | None = None,
    as_of: int | None = None,
    time: TimeBasis = "recorded",
) -> Changes:
    """
    What changed the scores between two moments.

    A government that was not registered at the first moment starts from the base, unrated. Where another policy is in
    force at the second moment, its effect on the record of the first is one cause, and the others are by the second.

    Parameters
    ----------
    since
        The earlier moment, UTC seconds.
    government, as_of, time
        As for `Reports.scores`.

    Raises
    ------
    InvalidInput
        `since` is not before `as_of`; else as for `Reports.scores`.
    """
    with reports.queries.snapshot() as queries:
        wanted = None if government is None else reports.resolve(queries, government)
        after = reports.scored(queries, as_of, time, wanted)
        if since >= after.basis.as_of:
            rule = f"a moment before {format_moment(after.basis.as_of)}, up to which changes are asked for"
            raise InvalidInput("since", format_moment(since), rule)
        known_then = wanted is not None and (time == "effective" or wanted.registered_at <= since)
        before = reports.scored(queries, since, time, wanted if known_then else None)
        judged = _judged_by(queries, before, after)
        numbers = sorted(after.scores) if wanted is None else [wanted.id]
        lines = []
        for number in numbers:
            earlier = before.scores.get(number) or _unrated(number, before, after)
            between = judged.get(number, earlier) if number in before.scores else _unrated(number, before, after)
            lines.append(_line(queries, before, after, earlier, between, number))
    lines.sort(key=lambda line: (-line.after.score, line.government.identifier))
    return Changes(before.basis, after.basis, tuple(lines))


def _judged_by(queries: Queries, before: Scored, after: Scored) -> Mapping[int, Score]:
    """The earlier scores by the later policy; nothing where it is the same one."""
    if before.policy == after.policy:
        return {}
    basis = before.basis
    facts = queries.commitment_facts(basis.as_of, basis.time)
    return score_all(facts, after.policy, basis.as_of, sorted(before.scores))


def _unrated(number: int, before: Scored, after: Scored) -> Score:
    base = next((score.base for score in before.scores.values()), after.scores[number].base)
    return Score(number, base, base, base, base, 0, False, ())


def _line(queries: Queries, before: Scored, after: Scored, earlier: Score, between: Score, number: int) -> ChangeLine:
    later = after.scores[number]
    found = explain_change(between, later)
    rows = queries.commitments_by_id(change.commitment for change in found if change.commitment is not None)
    reasons = {reason.commitment: reason for reason in (*between.reasons, *later.reasons)}
    causes = [_cause(change, rows, reasons) for change in found]
    if between.score != earlier.score:
        causes.append(
            CauseLine(
                POLICY_CAUSE, between.score - earlier.score, "another policy is in force", "适用的计分政策已变更", None
            )
        )
    causes.sort(key=lambda cause: (-abs(cause.points), 0 if cause.commitment is None else cause.commitment.id))
    standing_before = standing_word(earlier.rated, before.book.standing(number, before.basis.as_of))
    return ChangeLine(
        after.governments[number], earlier, later, standing_before, after.line(number).standing, tuple(causes)
    )


def _cause(change: Change, rows: Mapping[int, CommitmentRow], reasons: Mapping[int, Reason]) -> CauseLine:
    why, why_zh = _WORDS[change.cause]
    if change.commitment is None:
        return CauseLine(change.cause.value, change.points, why, why_zh, None)
    row, reason = rows[change.commitment], reasons[change.commitment]
    name = row.reference_number or f"#{row.id}"
    return CauseLine(
        change.cause.value,
        change.points,
        f"{name}: {why}; {reason.why}",
        f"{name}：{why_zh}；{reason.why_zh}",
        row,
    )
