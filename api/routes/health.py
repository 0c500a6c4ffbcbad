"""Whether the process is alive, whether it can do its work, and what it measures."""

from __future__ import annotations

import hmac
from typing import Any

from fastapi import APIRouter, Request, Response

from api.deps import LedgerDep, MetricsDep, NowDep, SettingsDep, WorkersDep
from api.faults import LoginRequired, NotReady
from api.metrics import CONTENT_TYPE, Metrics
from api.schemas.health import AliveOut, ReadyOut
from ledger.bootstrap import Ledger
from ledger.chain.connection import Head
from ledger.errors import LedgerError

router = APIRouter(tags=["operation"])

LAG_BLOCKS_MAX = 50
BACKLOG_SECONDS_MAX = 60


@router.get("/healthz")
async def alive() -> AliveOut:
    """Answers as long as the process can answer anything."""
    return AliveOut(status="alive")


@router.get("/readyz")
def ready(ledger: LedgerDep, workers: WorkersDep, metrics: MetricsDep, now: NowDep) -> ReadyOut:
    """Whether node, projection and relay do their work; 503 with the reasons where one does not."""
    checked, reasons = check(ledger, metrics, now)
    reasons += [f"{failure.worker} is not running: {failure.reason}" for failure in workers.failures()]
    metrics.ready.set(0 if reasons else 1)
    if reasons:
        raise NotReady(reasons, checked)
    return ReadyOut(ready=True, **checked)


@router.get("/metrics", response_class=Response, responses={200: {"content": {CONTENT_TYPE: {}}}})
def measured(request: Request, ledger: LedgerDep, metrics: MetricsDep, settings: SettingsDep, now: NowDep) -> Response:
    """Numbers for Prometheus."""
    if settings.metrics_token is not None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.encode(), settings.metrics_token.encode()):
            raise LoginRequired("/metrics")
    check(ledger, metrics, now)
    return Response(metrics.text(), media_type=CONTENT_TYPE)


def check(ledger: Ledger, metrics: Metrics, now: int) -> tuple[dict[str, Any], list[str]]:
    """What node, projection and relay say, and what is wrong with it."""
    reasons: list[str] = []
    checked: dict[str, Any] = dict.fromkeys(
        ("head_block", "projected_block", "lag_blocks", "lag_seconds", "backlog", "oldest_accepted_seconds")
    )
    head: Head | None = None
    try:
        head = ledger.connection.head()
        checked["head_block"] = head.number
        metrics.head_block.set(head.number)
    except LedgerError as error:
        reasons.append(f"node: {error}")
    if ledger.relay.trouble is not None:
        reasons.append(f"relay: {ledger.relay.trouble}")
    try:
        cursor = ledger.projector.cursor()
        checked["projected_block"] = None if cursor is None else cursor.head
        backlog = ledger.store.outbox.backlog()
    except LedgerError as error:
        return checked, [*reasons, f"database: {error}"]
    metrics.projected_block.set(-1 if cursor is None else cursor.head)
    metrics.reorganisations.set(ledger.follower.reorganisations)
    if head is not None:
        behind = ledger.follower.status_at(head, cursor)
        checked["lag_blocks"], checked["lag_seconds"] = behind.lag_blocks, behind.lag_seconds
        metrics.lag_blocks.set(behind.lag_blocks)
        metrics.lag_seconds.set(behind.lag_seconds)
        if behind.lag_blocks > LAG_BLOCKS_MAX:
            reasons.append(f"follower: {behind.lag_blocks} blocks behind; at most {LAG_BLOCKS_MAX} is ready")
    checked["backlog"] = backlog.accepted + backlog.sent
    metrics.backlog.set(checked["backlog"])
    for state in ("accepted", "sent", "quarantined"):
        metrics.operations.labels(state).set(getattr(backlog, state))
    oldest = backlog.oldest_accepted_at
    metrics.oldest_seconds.set(0 if oldest is None else max(0, now - oldest))
    if backlog.oldest_accepted_at is not None:
        checked["oldest_accepted_seconds"] = now - backlog.oldest_accepted_at
        if checked["oldest_accepted_seconds"] > BACKLOG_SECONDS_MAX:
            waited = checked["oldest_accepted_seconds"]
            reasons.append(f"relay: an operation has waited for {waited} s; at most {BACKLOG_SECONDS_MAX} s is ready")
    return checked, reasons
