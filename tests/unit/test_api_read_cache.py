"""Kept answers: given as long as they hold, for public reading only."""

from __future__ import annotations

from typing import cast

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

import api.read_cache
from api.read_cache import ReadCache
from ledger.store.projection.watch import Watch


class World:
    """An app that counts how often it is asked, over a projection that changes when it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.changes: int | None = 1
        self.now = 1_800_000_000.0
        self.status = 200
        self.size = 10

        async def answer(request: Request) -> Response:
            self.asked += 1
            return PlainTextResponse(f"{self.asked} {request.url.path}".ljust(self.size), self.status)

        app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
        app.add_middleware(ReadCache, clock=lambda: self.now)
        app.state.watch = cast(Watch, self)
        self.client = TestClient(app)

    def version(self) -> int | None:
        return self.changes


@pytest.fixture
def world() -> World:
    return World()


def test_the_same_question_is_answered_once(world: World) -> None:
    first, second = (world.client.get("/v1/scores?time=recorded") for _ in range(2))
    assert world.asked == 1
    assert (second.status_code, second.content, second.headers) == (200, first.content, first.headers)


def test_another_question_is_another(world: World) -> None:
    for path in ("/v1/scores", "/v1/scores?time=effective", "/v1/commitments"):
        world.client.get(path)
    assert world.asked == 3


def test_a_change_of_the_projection_ends_it(world: World) -> None:
    world.client.get("/v1/scores")
    world.changes = 2
    assert world.client.get("/v1/scores").text.startswith("2 ")


def test_the_next_second_ends_it(world: World) -> None:
    world.client.get("/v1/commitments")
    world.now += 0.9
    assert world.client.get("/v1/commitments").text.startswith("1 ")
    world.now += 0.2
    assert world.client.get("/v1/commitments").text.startswith("2 ")


def test_nothing_is_kept_while_nobody_knows_of_changes(world: World) -> None:
    world.changes = None
    for _ in range(2):
        world.client.get("/v1/scores")
    assert world.asked == 2


@pytest.mark.parametrize("path", ["/v1/operations", "/v1/auth/session", "/v1/events/stream", "/healthz", "/metrics"])
def test_what_is_not_public_or_not_of_the_projection_is_not_kept(world: World, path: str) -> None:
    for _ in range(2):
        assert "etag" not in world.client.get(path).headers
    assert world.asked == 2


@pytest.mark.parametrize("header", ["Authorization", "Cookie"])
def test_who_is_logged_in_gets_an_answer_of_its_own(world: World, header: str) -> None:
    world.client.get("/v1/scores")
    assert world.client.get("/v1/scores", headers={header: "Bearer abc"}).text.startswith("2 ")
    assert world.client.get("/v1/scores").text.startswith("1 ")


def test_a_command_is_not_kept(world: World) -> None:
    for _ in range(2):
        world.client.post("/v1/agreements")
    assert world.asked == 2


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_only_good_answers_are_kept(world: World, status: int) -> None:
    world.status = status
    for _ in range(2):
        assert world.client.get("/v1/scores").status_code == status
    assert world.asked == 2


def test_a_very_long_answer_is_passed_on_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.read_cache, "ANSWER_BYTES_MAX", 100)
    world.size = 101
    for turn in (1, 2):
        assert world.client.get("/v1/scores").text == f"{turn} /v1/scores".ljust(101)


def test_it_keeps_so_much_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.read_cache, "KEPT_BYTES_MAX", 250)
    world.size = 100
    for number in (1, 2, 3):
        world.client.get(f"/v1/governments/{number}")
    world.client.get("/v1/governments/3")
    assert world.asked == 3
    world.client.get("/v1/governments/1")
    assert world.asked == 4


def test_a_caller_that_has_it_is_told_so(world: World) -> None:
    tag = world.client.get("/v1/scores").headers["ETag"]
    for known in (tag, f'"other", {tag}', "*"):
        same = world.client.get("/v1/scores", headers={"If-None-Match": known})
        assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    assert world.client.get("/v1/scores", headers={"If-None-Match": '"other"'}).status_code == 200
