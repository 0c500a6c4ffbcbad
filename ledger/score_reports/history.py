"""
Scores over time.

In effective time the past is read as it is known now. In recorded time each point is what the ledger would have said at
that moment, with the policy that was in force then; a moment at which none was in force has no point.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args

from ledger.domain.cases import TimeBasis
from ledger.domain.enums import Role
from ledger.domain.moments import format_moment
from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring.facts import CommitmentFact
from ledger.domain.scoring.history import ScorePoint, score_history
from ledger.errors import InvalidInput
from ledger.reports import Basis, Reports, ScorePolicyMissing, standing_word
from ledger.store.projection.queries import Queries
from ledger.store.projection.rows import GovernmentRow

Every = Literal["month", "quarter", "year"]
EVERY: Final[tuple[Every, ...]] = get_args(Every)

_MONTHS: Final[dict[Every, int]] = {"month": 1, "quarter": 3, "year": 12}

POINTS_MAX: Final = 50_000
"""Points of all governments together; more are refused, so that one question cannot occupy a server for long."""


@dataclass(frozen=True, slots=True)
class Point:
    """A score at one moment."""

    point: ScorePoint
    standing: str
    policy_version: int

    def to_json(self) -> dict[str, Any]:
        """`as_of, score, low, high, base, settled, standing, policy_version`."""
        found = self.point
        return {
            "as_of": format_moment(found.as_of),
            "score": found.score,
            "low": found.low,
            "high": found.high,
            "base": found.base,
            "settled": found.settled,
            "standing": self.standing,
            "policy_version": self.policy_version,
        }


@dataclass(frozen=True, slots=True)
class History:
    """Scores over time, by government; the best at the end stands first."""

    basis: Basis
    every: Every
    governments: tuple[tuple[GovernmentRow, tuple[Point, ...]], ...]

    def to_json(self) -> dict[str, Any]:
        """`as_of, time, policy, block, every, history: [{government, name, points}]`."""
        return {
            **self.basis.to_json(),
            "every": self.every,
            "history": [
                {
                    "government": row.identifier,
                    "name": row.name,
                    "points": [point.to_json() for point in points],
                }
                for row, points in self.governments
            ],
        }


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Moments that share a policy and what was known."""

    moments: list[int]
    version: int
    policy: ScorePolicy
    facts: list[CommitmentFact]


def history(
    reports: Reports,
    *,
    government: str | None = None,
    every: Every = "quarter",
    first: int | None = None,
    as_of: int | None = None,
    time: TimeBasis = "recorded",
) -> History:
    """
    Scores at the end of every period up to a moment, and at the moment.

    Parameters
    ----------
    government
        Only this one; see `Reports.resolve_government`.
    every
        The period, by the calendar in UTC.
    first
        The earliest moment looked at. Where none is given: in recorded time the first block's, in effective time the
        first outcome's.
    as_of, time
        As for `Reports.scores`.

    Raises
    ------
    InvalidInput
        A moment is out of range, `first` lies after `as_of` or before the first block in recorded time, or there would
        be more than `POINTS_MAX` points.
    NotFound, Ambiguous, ScorePolicyMissing, ScorePolicyUnknown, ProjectionEmpty
        As for `Reports.scores`.
    """
    if every not in EVERY:
        raise InvalidInput("every", every, f"one of {', '.join(EVERY)}")
    with reports.queries.snapshot() as queries:
        basis, _ = reports.basis(queries, as_of, time)
        if first is not None:
            if first > basis.as_of:
                raise InvalidInput("from", format_moment(first), f"a moment not after {format_moment(basis.as_of)}")
            if time == "recorded":
                _require_recorded(queries, first)
        rows = queries.every_government()
        book = queries.case_book()
        if government is None:
            wanted = [row for row in rows.values() if Role.GOVERNMENT in row.roles]
        else:
            wanted = [reports.resolve(queries, government)]
        start = _first_moment(queries, basis) if first is None else first
        moments = list(period_ends(start, basis.as_of, every))
        if len(moments) * max(1, len(wanted)) > POINTS_MAX:
            count = len(moments) * len(wanted)
            raise InvalidInput("history", f"{count} points", f"at most {POINTS_MAX}: fewer governments, longer periods")
        stretches = list(_stretches(reports, queries, moments, basis))
    found: dict[int, list[Point]] = {row.id: [] for row in wanted}
    for stretch in stretches:
        scored = score_history(stretch.facts, stretch.policy, stretch.moments, found)
        for row in wanted:
            found[row.id] += [
                Point(
                    point,
                    standing_word(point.settled + point.provisional > 0, book.standing(row.id, point.as_of)),
                    stretch.version,
                )
                for point in scored[row.id]
                if time == "effective" or row.registered_at <= point.as_of
            ]
    lines = [(row, tuple(found[row.id])) for row in wanted]
    lines.sort(key=lambda line: (-(line[1][-1].point.score if line[1] else 0), line[0].identifier))
    return History(basis, every, tuple(lines))


def period_ends(first: int, last: int, every: Every) -> Iterator[int]:
    """
    The last second of each period from `first` on that lies before `last`, and `last`.

    Raises
    ------
    InvalidInput
        A moment lies beyond the year 9999, or there are more than `POINTS_MAX` periods.
    """
    try:
        begin, end = (datetime.fromtimestamp(moment, UTC) for moment in (first, last))
    except (ValueError, OverflowError, OSError):
        raise InvalidInput("as_of", format_moment(max(first, last)), "a moment before the year 10000") from None
    months = _MONTHS[every]
    period = (begin.year * 12 + begin.month - 1) // months
    periods = (end.year * 12 + end.month - 1) // months - period + 1
    if periods > POINTS_MAX:
        raise InvalidInput("history", f"{periods} periods", f"at most {POINTS_MAX}")
    for ahead in range(1, periods):
        year, month = divmod((period + ahead) * months, 12)
        moment = calendar.timegm((year, month + 1, 1, 0, 0, 0)) - 1
        if first <= moment < last:
            yield moment
    yield last


def _require_recorded(queries: Queries, first: int) -> None:
    if queries.block_at(first) is None:
        block = queries.first_block()
        began = "the first block" if block is None else format_moment(block.timestamp)
        raise InvalidInput(
            "from",
            format_moment(first),
            f"a moment not before {began}, when this ledger began to record; "
            "ask for effective time to look at history from before",
        )


def _first_moment(queries: Queries, basis: Basis) -> int:
    if basis.time == "recorded":
        block = queries.first_block()
        return basis.as_of if block is None else min(block.timestamp, basis.as_of)
    facts = queries.commitment_facts(basis.as_of, basis.time)
    return min((fact.resolved_at for fact in facts if fact.resolved_at is not None), default=basis.as_of)


def _stretches(reports: Reports, queries: Queries, moments: Sequence[int], basis: Basis) -> Iterator[_Stretch]:
    known: list[CommitmentFact] = []
    if basis.time == "effective":
        # What had not come about by a moment is left out by its own date.
        known = queries.commitment_facts(basis.as_of, basis.time)
    stretch: _Stretch | None = None
    block: int | None = None
    for moment in moments:
        try:
            at, policy = reports.basis(queries, moment, basis.time)
        except ScorePolicyMissing:
            if moment == basis.as_of:
                raise
            continue
        if basis.time == "recorded" and at.block.number != block:
            known, block = queries.commitment_facts(moment, basis.time), at.block.number
        if stretch is None or stretch.policy != policy or stretch.facts != known:
            if stretch is not None:
                yield stretch
            stretch = _Stretch([], at.policy.version, policy, known)
        stretch.moments.append(moment)
    if stretch is not None:
        yield stretch
