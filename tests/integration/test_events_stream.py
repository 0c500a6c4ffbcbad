"""Server-sent events: every fact, in order, from any id on, over a real connection."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient

import api.routes.events
from ledger.errors import InvalidInput
from ledger.events_out import EventId, Feed
from ledger.events_out.feed import START
from ledger.store.engine import open_engine
from ledger.store.projection import Projector, Queries
from ledger.store.projection.filters import HistoryFilter
from ledger.store.projection.projector import NAMESPACE
from tests.api_world import World, world
from tests.databases import Place
from tests.unit.chain_builder import DISTRICT, GENESIS_AT, HARBOUR, founded, registered

ALL = HistoryFilter()


@pytest.fixture
def made(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


@contextmanager
def serving(made: World) -> Iterator[str]:
    """The app behind a real server: a stream has no end, which a client within the process would wait for."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(made.app(), log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


def add_commitment(made: World, number: int) -> None:
    made.chain.add(registered(number, DISTRICT, HARBOUR, GENESIS_AT + 10_000))
    made.ledger.follower.sync()


def take(lines: Iterator[str], count: int) -> list[dict[str, Any]]:
    """So many events of a stream."""
    found: list[dict[str, Any]] = []
    current: dict[str, Any] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line == "" and "data" in current:
            found.append(current)
            current = {}
            if len(found) == count:
                return found
        elif name in ("id", "event"):
            current[name] = value
        elif name == "data":
            current[name] = json.loads(value)
    raise AssertionError(f"the stream ended after {len(found)} events")


def test_from_the_beginning_and_on(made: World) -> None:
    with serving(made) as url, httpx.stream("GET", f"{url}/v1/events/stream?after=0", timeout=20) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        lines = answer.iter_lines()
        facts = made.ledger.queries.totals().facts
        old = take(lines, facts)
        assert [each["data"]["data"]["sequence"] for each in old] == list(range(1, facts + 1))
        add_commitment(made, 9000)
        (new,) = take(lines, 1)
    assert (new["event"], new["data"]["type"]) == ("CommitmentRegistered", "CommitmentRegistered")
    assert new["data"]["data"]["commitment"] == 9000
    assert new["data"]["data"]["body"]["reference_number"] == "C-9000"
    assert new["id"] == new["data"]["data"]["id"]


def test_on_from_any_event(made: World) -> None:
    with serving(made) as url:
        with httpx.stream("GET", f"{url}/v1/events/stream?after=0", timeout=20) as answer:
            some = take(answer.iter_lines(), 6)
        last = some[2]["id"]
        for query, headers in (("", {"Last-Event-ID": last}), (f"?after={last}", {})):
            with httpx.stream("GET", f"{url}/v1/events/stream{query}", timeout=20, headers=headers) as answer:
                assert take(answer.iter_lines(), 3) == some[3:]


def test_without_an_id_only_what_is_new(made: World) -> None:
    with serving(made) as url, httpx.stream("GET", f"{url}/v1/events/stream", timeout=20) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        add_commitment(made, 9001)
        assert take(lines, 1)[0]["data"]["data"]["commitment"] == 9001


def test_what_was_asked_for_only(made: World) -> None:
    path = "/v1/events/stream?after=0&event=CommitmentRegistered&government=local:harbour district"
    with serving(made) as url, httpx.stream("GET", url + path, timeout=20) as answer:
        lines = answer.iter_lines()
        add_commitment(made, 9002)
        add_commitment(made, 9003)
        standing = made.ledger.queries.history(
            HistoryFilter(event="CommitmentRegistered", government=HARBOUR), None, 100, newest_first=False
        )
        found = take(lines, len(standing))
    assert [each["data"]["data"]["sequence"] for each in found] == [row.sequence for row in standing]


def test_a_quiet_stream_shows_that_it_is_alive(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.routes.events, "QUIET_SECONDS", 0.3)
    with serving(made) as url, httpx.stream("GET", f"{url}/v1/events/stream", timeout=20) as answer:
        assert any(line == ": nothing new" for line in answer.iter_lines())


def test_as_many_as_one_process_serves(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.routes.events, "STREAMS_MAX", 1)
    with serving(made) as url:
        with httpx.stream("GET", f"{url}/v1/events/stream", timeout=20) as first:
            # Held on to: this client closes its connection together with the iterator.
            lines = first.iter_lines()
            assert next(lines) == "retry: 2000"
            refused = httpx.get(f"{url}/v1/events/stream", timeout=20)
            assert refused.status_code == 503
            assert "1 callers listen to events already" in refused.json()["detail"]
        # The place is free again once the server has seen the first one go.
        for _ in range(100):
            with httpx.stream("GET", f"{url}/v1/events/stream", timeout=20) as second:
                if second.status_code == 200:
                    return
            threading.Event().wait(0.05)
    raise AssertionError("a stream that was left still counts")


@pytest.mark.parametrize("given", ["x", "1", "1-2", "-1-2-0011223344556677", "1-2-XX11223344556677", "9" * 40])
def test_an_id_that_is_none(made: World, given: str) -> None:
    with pytest.raises(InvalidInput, match="event id"):
        EventId.read(given)
    with TestClient(made.app(), base_url="http://localhost") as client:
        assert client.get("/v1/events/stream", headers={"Last-Event-ID": given}).status_code == 422
        assert client.get("/v1/events/stream", params={"event": "Nothing"}).status_code == 422
        # The headers alone have an end.
        assert client.head("/v1/events/stream").headers["content-type"].startswith("text/event-stream")


def test_where_blocks_were_replaced_their_facts_come_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.events_out.feed.UNDO_BLOCKS", 3)
    engine = open_engine(place("projection"), durable=False, namespace=NAMESPACE)
    chain, projector = founded(), Projector(engine)
    for number in range(1, 10):
        chain.add(registered(number, DISTRICT, HARBOUR, GENESIS_AT + 10_000))
    projector.apply(chain.built, revocable_from=5)
    feed = Feed(Queries(engine))
    before = feed.after(START, ALL)
    assert [event.id.sequence for event in before.events] == list(range(1, 16))
    assert str(EventId.read(str(before.place))) == str(before.place)
    assert feed.newest() == before.place

    projector.roll_back(8, chain.head().hash)
    del chain.built[8:]
    chain.name = "other"
    for number in range(20, 24):
        chain.add(registered(number, HARBOUR, DISTRICT, GENESIS_AT + 10_000))
    projector.apply(chain.built[-4:], revocable_from=5)
    again = feed.after(before.place, ALL)
    assert again.reorganised
    # Block 10 was lost; from block 7 on, three before it, everything comes again.
    assert again.before.block_number == 6
    assert [event.fact.commitment for event in again.events] == [6, 7, 20, 21, 22, 23]
    assert not feed.after(again.place, ALL).reorganised
    # A place in a block that stands is not touched by any of it.
    kept = before.events[5].id
    assert not feed.after(kept, ALL).reorganised
    engine.dispose()
