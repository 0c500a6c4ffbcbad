"""Who must do what by when: a list, and a calendar to subscribe to."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import LedgerDep
from api.params import GovernmentQuery, MomentQuery, government_id, moment
from api.schemas.deadlines import DeadlineOut
from ledger.bootstrap import Ledger
from ledger.deadline_reports import calendar_of, deadlines
from ledger.domain.deadlines import Deadline
from ledger.domain.moments import format_moment

router = APIRouter(tags=["deadlines"])

DAY_SECONDS = 86_400

WithinQuery = Annotated[int | None, Query(ge=0, le=36_600, description="Only those at most so many days ahead.")]


@router.get("/deadlines")
def list_deadlines(
    ledger: LedgerDep, government: GovernmentQuery = None, within: WithinQuery = None, as_of: MomentQuery = None
) -> list[DeadlineOut]:
    """Every deadline that stands, the earliest first; missed ones are among them until they are met or overtaken."""
    at = _at(as_of)
    governments = ledger.queries.every_government()
    return [
        DeadlineOut(
            government=governments[each.government].identifier,
            name=governments[each.government].name,
            duty=each.duty,
            subject=each.subject,
            number=each.number,
            reference=each.reference,
            opens_at=format_moment(each.opens_at),
            by=format_moment(each.by),
            missed=each.missed(at),
            what=each.words.what,
            what_zh=each.words.what_zh,
            if_missed=each.words.missed,
            if_missed_zh=each.words.missed_zh,
        )
        for each in _found(ledger, at, government, within)
    ]


@router.get(
    "/deadlines.ics",
    response_class=Response,
    responses={200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}},
)
def calendar(ledger: LedgerDep, government: GovernmentQuery = None, within: WithinQuery = None) -> Response:
    """The same as a calendar (RFC 5545), with alarms seven days and one day before each."""
    at = int(time.time())
    names = {id: row.name for id, row in ledger.queries.every_government().items()}
    content = calendar_of(_found(ledger, at, government, within), names, ledger.deployment.chain_id, at)
    return Response(content, media_type="text/calendar; charset=utf-8")


def _at(as_of: str | None) -> int:
    asked = moment(as_of, "as_of")
    return int(time.time()) if asked is None else asked


def _found(ledger: Ledger, at: int, government: str | None, within: int | None) -> list[Deadline]:
    within_seconds = None if within is None else within * DAY_SECONDS
    return deadlines(ledger.queries, at, within_seconds=within_seconds, government=government_id(ledger, government))
