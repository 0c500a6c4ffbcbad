"""Facts as they are recorded, as server-sent events."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.deps import LedgerDep
from api.faults import TooManyStreams
from api.middleware import BODILESS
from api.params import GovernmentQuery, government_id
from ledger.domain.events import EVENTS
from ledger.errors import InvalidInput, LedgerError
from ledger.events_out import EventId, Feed
from ledger.store.projection.filters import HistoryFilter
from ledger.store.projection.watch import Watch

log = logging.getLogger("intergov.api")

router = APIRouter(prefix="/events", tags=["history"])

STREAMS_MAX: Final = 200
"""Streams that one process keeps open."""

POLL_SECONDS: Final = 0.2
QUIET_SECONDS: Final = 15.0
"""After so long without an event a comment is sent, so that whoever stands between knows that the stream is alive."""

RETRY_MILLISECONDS: Final = 2_000

_EXAMPLE: Final = """retry: 2000

id: 41-17-9f86d081884c7d65
event: CommitmentRegistered
data: {"type":"CommitmentRegistered","timestamp":"2026-07-01T08:00:00Z","data":{"sequence":41}}
"""


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={200: {"description": "A stream without end.", "content": {"text/event-stream": {"example": _EXAMPLE}}}},
)
async def stream(
    request: Request,
    ledger: LedgerDep,
    government: GovernmentQuery = None,
    event: Annotated[str | None, Query(max_length=64, examples=["CommitmentRegistered"])] = None,
    after: Annotated[
        str | None,
        Query(max_length=64, description="Id of the last event that the caller has; 0 for all there are."),
    ] = None,
    last_event_id: Annotated[
        str | None,
        Header(alias="Last-Event-ID", max_length=64, description="As `after`; browsers send it by themselves."),
    ] = None,
) -> StreamingResponse:
    """
    Facts in the order of the chain, each as soon as it is in the projection; new ones only where no id is given.

    Each has an id to go on from, and comes at least once. Where the chain replaced the block of that id, an event
    `Reorganised` says so, and the facts of the blocks that may have been replaced come again.
    """
    if event is not None and event not in EVENTS:
        raise InvalidInput("event", event, f"one of {', '.join(EVENTS)}")
    given = last_event_id or after
    place = None if given is None else EventId.read(given)
    which = HistoryFilter(government=await run_in_threadpool(government_id, ledger, government), event=event)
    feed = Feed(ledger.queries)
    begin = await run_in_threadpool(feed.newest) if place is None else place
    state = request.app.state
    streams: int = getattr(state, "streams", 0)
    if streams >= STREAMS_MAX:
        raise TooManyStreams(STREAMS_MAX)

    async def lines() -> AsyncIterator[str]:
        state.streams = getattr(state, "streams", 0) + 1
        try:
            async for line in told(feed, state.watch, which, begin):
                yield line
        finally:
            state.streams -= 1

    # HEAD asks for the headers alone; a stream that nobody reads would have no end.
    content = iter(()) if BODILESS in request.scope else lines()
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(content, media_type="text/event-stream", headers=headers)


async def told(feed: Feed, watch: Watch, which: HistoryFilter, place: EventId) -> AsyncIterator[str]:
    """The text of a stream from a place on. It ends where the database fails: the caller comes again with its id."""
    yield f"retry: {RETRY_MILLISECONDS}\n\n"
    seen: int | None = None
    spoke_at = time.monotonic()
    while True:
        # Taken before the question, so that what comes in between is asked for again.
        version = watch.version()
        if version is None or version != seen:
            try:
                heard = await run_in_threadpool(feed.after, place, which)
            except LedgerError as error:
                log.warning("a stream of events ends: %s", error)
                return
            if heard.reorganised:
                yield _event(str(heard.before), "Reorganised", {"told_again_after": str(heard.before)})
            for each in heard.events:
                yield _event(str(each.id), each.fact.event, each.document())
            if heard.events or heard.reorganised:
                spoke_at = time.monotonic()
            place = heard.place
            if heard.more:
                continue
            seen = version
        if time.monotonic() - spoke_at > QUIET_SECONDS:
            yield ": nothing new\n\n"
            spoke_at = time.monotonic()
        await asyncio.sleep(POLL_SECONDS)


def _event(id: str, kind: str, document: object) -> str:
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return f"id: {id}\nevent: {kind}\ndata: {data}\n\n"
