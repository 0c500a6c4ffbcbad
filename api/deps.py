"""
What routes need, by name.

A route names its needs as `Annotated` parameters and looks nothing up by itself, so that a test can put its own ledger
or clock in their place.
"""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import Depends, Header, Request

from api.faults import LoginRequired
from api.metrics import Metrics
from api.settings import ApiSettings
from api.workers import Workers
from ledger.bootstrap import Ledger
from ledger.store.operational import Session

# These are `async` only so that the framework takes no thread for them.


async def _ledger(request: Request) -> Ledger:
    ledger: Ledger = request.app.state.ledger
    return ledger


async def _settings(request: Request) -> ApiSettings:
    settings: ApiSettings = request.app.state.settings
    return settings


async def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


async def _workers(request: Request) -> Workers:
    workers: Workers = request.app.state.workers
    return workers


async def _now() -> int:
    return int(time.time())


LedgerDep = Annotated[Ledger, Depends(_ledger)]
SettingsDep = Annotated[ApiSettings, Depends(_settings)]
MetricsDep = Annotated[Metrics, Depends(_metrics)]
WorkersDep = Annotated[Workers, Depends(_workers)]
NowDep = Annotated[int, Depends(_now)]
"""UTC seconds; tests put their own clock here."""


def bearer_token(request: Request) -> str | None:
    """The token that a request carries, or None."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _session(request: Request, ledger: LedgerDep, now: NowDep) -> Session:
    token = bearer_token(request)
    if token is None:
        raise LoginRequired(request.url.path)
    return ledger.store.logins.session(token, now)


SessionDep = Annotated[Session, Depends(_session)]
"""The caller's session; 401 without one."""

IdempotencyKeyDep = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,255}$",
        description="For 24 hours the same key with the same request gets the first answer; with another, 409.",
    ),
]
