"""
What routes need, by name.

A route names its needs as `Annotated` parameters and looks nothing up by itself, so that a test can put its own ledger
or clock in their place.
"""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.faults import LoginRequired
from api.metrics import Metrics
from api.settings import ApiSettings
from api.workers import Workers
from ledger.bootstrap import Ledger
from ledger.store.operational import Session

_BEARER = HTTPBearer(auto_error=False, description="The token that POST /v1/auth/login gives.")


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


async def _token(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> str:
    if given is None or not given.credentials:
        raise LoginRequired(request.url.path)
    return given.credentials


TokenDep = Annotated[str, Depends(_token)]
"""The session token that a request carries; 401 without one. Whether it is good is not known yet."""


def _session(token: TokenDep, ledger: LedgerDep, now: NowDep) -> Session:
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
