"""Credit scores and the reasons for them."""

from __future__ import annotations

from fastapi import APIRouter

from api.deps import LedgerDep
from api.params import GovernmentPath, GovernmentQuery, MomentQuery, TimeQuery, moment, require_government
from api.routes import score_reports
from api.schemas.scores import ExplanationOut, ScoresOut

router = APIRouter(tags=["scores"])
router.include_router(score_reports.router)


@router.get("/scores")
def scores(
    ledger: LedgerDep,
    as_of: MomentQuery = None,
    time: TimeQuery = "recorded",
    government: GovernmentQuery = None,
) -> ScoresOut:
    """Scores as of a moment, best first, then by identifier."""
    wanted = None if government is None else require_government(ledger, government).identifier
    report = ledger.reports.scores(moment(as_of, "as_of"), time, wanted)
    return ScoresOut.model_validate(report.to_json())


@router.get("/governments/{government}/score")
def score(
    government: GovernmentPath, ledger: LedgerDep, as_of: MomentQuery = None, time: TimeQuery = "recorded"
) -> ScoresOut:
    """One government's score; the same shape as /v1/scores."""
    wanted = require_government(ledger, government).identifier
    return ScoresOut.model_validate(ledger.reports.scores(moment(as_of, "as_of"), time, wanted).to_json())


@router.get("/governments/{government}/explanation")
def explanation(
    government: GovernmentPath, ledger: LedgerDep, as_of: MomentQuery = None, time: TimeQuery = "recorded"
) -> ExplanationOut:
    """One government's score with every reason, the largest effect first; base + all points = score, exactly."""
    wanted = require_government(ledger, government).identifier
    report = ledger.reports.explain(wanted, moment(as_of, "as_of"), time)
    return ExplanationOut.model_validate(report.to_json())
