"""Scores over time, what changed them, their sides, what would change them, and mutual trust."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import LedgerDep
from api.params import GovernmentPath, GovernmentQuery, MomentQuery, TimeQuery, moment, require_government
from api.schemas.score_reports import ProspectsOut, ScoreChangesOut, ScoreHistoryOut, ScoreSidesOut, TrustOut
from ledger import score_reports
from ledger.bootstrap import Ledger
from ledger.domain.moments import parse_moment
from ledger.score_reports import By, Every

router = APIRouter(tags=["scores"])

_RequiredMoment = Annotated[str, Query(max_length=40, description="RFC 3339; a bare date means its last second.")]
_RequiredGovernment = Annotated[str, Query(max_length=300, description="scheme:value, the ledger id, or a name.")]


def _identifier(ledger: Ledger, text: str | None) -> str | None:
    return None if text is None else require_government(ledger, text).identifier


@router.get("/scores/history")
def history(
    ledger: LedgerDep,
    government: GovernmentQuery = None,
    every: Annotated[Every, Query(description="One point at the end of each, and one at the end.")] = "quarter",
    first: Annotated[
        str | None, Query(alias="from", max_length=40, description="From when on; the beginning where not given.")
    ] = None,
    as_of: MomentQuery = None,
    time: TimeQuery = "recorded",
) -> ScoreHistoryOut:
    """Scores over time, up to a moment."""
    report = score_reports.history(
        ledger.reports,
        government=_identifier(ledger, government),
        every=every,
        first=moment(first, "from"),
        as_of=moment(as_of, "as_of"),
        time=time,
    )
    return ScoreHistoryOut.model_validate(report.to_json())


@router.get("/scores/changes")
def changes(
    ledger: LedgerDep,
    since: _RequiredMoment,
    government: GovernmentQuery = None,
    as_of: MomentQuery = None,
    time: TimeQuery = "recorded",
) -> ScoreChangesOut:
    """What changed the scores between two moments; the causes add up to each change exactly."""
    report = score_reports.changes(
        ledger.reports,
        parse_moment(since, "since"),
        government=_identifier(ledger, government),
        as_of=moment(as_of, "as_of"),
        time=time,
    )
    return ScoreChangesOut.model_validate(report.to_json())


@router.get("/scores/sides")
def sides(
    ledger: LedgerDep,
    by: Annotated[By, Query(description="What the sides are told apart by.")] = "indicator-kind",
    government: GovernmentQuery = None,
    as_of: MomentQuery = None,
    time: TimeQuery = "recorded",
) -> ScoreSidesOut:
    """Scores from their sides, with timeliness and payment behaviour."""
    report = score_reports.sides(
        ledger.reports, by, government=_identifier(ledger, government), as_of=moment(as_of, "as_of"), time=time
    )
    return ScoreSidesOut.model_validate(report.to_json())


@router.get("/governments/{government}/prospects")
def prospects(
    government: GovernmentPath, ledger: LedgerDep, as_of: MomentQuery = None, time: TimeQuery = "recorded"
) -> ProspectsOut:
    """What would change a government's score: every open commitment, kept or broken now."""
    wanted = require_government(ledger, government).identifier
    report = score_reports.prospects(ledger.reports, wanted, as_of=moment(as_of, "as_of"), time=time)
    return ProspectsOut.model_validate(report.to_json())


@router.get("/trust")
def trust(
    ledger: LedgerDep,
    first: _RequiredGovernment,
    second: _RequiredGovernment,
    as_of: MomentQuery = None,
    time: TimeQuery = "recorded",
) -> TrustOut:
    """What two governments can expect of one another."""
    report = score_reports.trust(
        ledger.reports,
        require_government(ledger, first).identifier,
        require_government(ledger, second).identifier,
        as_of=moment(as_of, "as_of"),
        time=time,
    )
    return TrustOut.model_validate(report.to_json())
