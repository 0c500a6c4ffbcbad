"""
The HTTP API: a table of contents.

    /v1/governments, /v1/agreements, /v1/commitments,
    /v1/compensation-transfers, /v1/policies, /v1/proposals     what stands on the ledger
    /v1/scores, /v1/governments/{g}/score, .../explanation      credit scores and their reasons
    /v1/scores/history, .../changes, .../sides,
    /v1/governments/{g}/prospects, /v1/trust                    scores over time, causes, sides, prospects; trust
    /v1/score-runs, /v1/score-runs/{id}/proofs/{g}              published roots of scores, and proofs from them
    /v1/history, /v1/events/stream                              who recorded what, when; and as it is recorded
    /v1/commands, /v1/operations                                prepare, sign, submit, follow
    /v1/contracts                                               addresses and ABIs, for direct calls
    /v1/auth                                                    log-in, for what is not public
    /v1/problems                                                what can go wrong
    /v1/openapi.json                                            all of it, for programs
    /healthz, /readyz, /metrics                                 for operators
    /                                                           the console

`create_app` is started by its import string: `uvicorn --factory api.main:create_app`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import APIRouter, Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.concurrency import run_in_threadpool

import ledger as product
from api import console
from api.handlers import install
from api.jobs import jobs_of
from api.known_parameters import known_parameters
from api.metrics import Metrics
from api.middleware import BodyLimit, Frame, RateLimits
from api.problems import described
from api.read_cache import ReadCache
from api.routes import (
    agreements,
    auth,
    cases,
    commands,
    commitments,
    contracts,
    deadlines,
    dialogue,
    events,
    governments,
    health,
    history,
    lives,
    operations,
    policies,
    problems,
    proposals,
    score_runs,
    scores,
    transfers,
)
from api.settings import ApiSettings
from api.workers import Workers
from ledger import traces
from ledger.bootstrap import Ledger, open_ledger

REQUESTS_AT_ONCE = 12
"""Threads for requests: fewer than the 15 connections that a database engine gives, so none waits for one in vain."""

Opener = Callable[[ApiSettings], AbstractContextManager[Ledger]]


def create_app(settings: ApiSettings | None = None, opener: Opener | None = None, *, work: bool = True) -> FastAPI:
    """
    Make the app.

    Parameters
    ----------
    settings
        How to serve; from the environment where not given.
    opener
        Opens the ledger for as long as the app runs; the home's where not given.
    work
        Whether to run the follower and the relay too. Not where another process does.

    Raises
    ------
    InvalidInput
        Where a setting cannot be meant.
    """
    chosen = ApiSettings.from_environment() if settings is None else settings
    opened = (lambda each: open_ledger(each.ledger)) if opener is None else opener
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = REQUESTS_AT_ONCE
        holder = opened(chosen)
        ledger = await run_in_threadpool(holder.__enter__)
        workers = Workers(jobs_of(ledger) if work else [], metrics)
        app.state.ledger, app.state.workers = ledger, workers
        app.state.watch = ledger.projector.watch()
        metrics.watch_relay(ledger.relay.tally)
        tracing = traces.exported(os.environ)
        tracing.__enter__()
        workers.start()
        try:
            yield
        finally:
            # Requests have ended by now; the workers end the step that they are at, and only then is the store closed.
            await run_in_threadpool(workers.stop)
            await run_in_threadpool(app.state.watch.close)
            await run_in_threadpool(tracing.__exit__, None, None, None)
            await run_in_threadpool(holder.__exit__, None, None, None)

    app = FastAPI(
        title="intergov-ledger",
        summary="An inter-government ledger of agreements, commitments and credit scores.",
        version=product.__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.settings, app.state.metrics = chosen, metrics

    v1 = APIRouter(prefix="/v1", responses=described(), dependencies=[Depends(known_parameters)])
    for module in (
        scores,
        score_runs,
        governments,
        agreements,
        commitments,
        deadlines,
        dialogue,
        transfers,
        history,
        events,
        policies,
        proposals,
        commands,
        contracts,
        operations,
        auth,
        cases,
        lives,
        problems,
    ):
        v1.include_router(module.router)
    v1.include_router(dialogue.files)
    app.include_router(v1)
    app.include_router(health.router)
    console.mount(app)
    install(app)

    # The last one added is the outermost.
    app.add_middleware(ReadCache)
    app.add_middleware(BodyLimit, bytes_max=chosen.body_bytes_max)
    app.add_middleware(RateLimits, settings=chosen)
    if chosen.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(chosen.cors_origins),
            allow_methods=["GET"],
            expose_headers=["Link", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"],
        )
    app.add_middleware(Frame, metrics=metrics, secure=(chosen.public_url or "").startswith("https:"))
    return app
