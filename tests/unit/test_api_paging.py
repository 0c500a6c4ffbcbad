"""Cursors: opaque, for one list with one set of filters, and never a way in."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import FastAPI, Query, Response
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.handlers import install
from api.paging import PagingDep

NUMBERS = range(1, 96)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = FastAPI()
    install(app)

    @app.get("/numbers")
    def numbers(
        page: PagingDep, response: Response, odd: Annotated[bool | None, Query()] = None
    ) -> dict[str, list[int] | str | None]:
        after = page.after()
        found = [each for each in NUMBERS if (after is None or each > after[0]) and (not odd or each % 2)]
        items, next_cursor = page.cut(found[: page.limit + 1], lambda each: (each,), response)
        return {"items": list(items), "next_cursor": next_cursor}

    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("limit", [1, 7, 95, 96, 200])
@pytest.mark.parametrize("filters", [{}, {"odd": "true"}])
def test_pages_hold_every_entry_once_and_in_order(client: TestClient, limit: int, filters: dict[str, str]) -> None:
    seen: list[int] = []
    query = {**filters, "limit": str(limit)}
    while True:
        page = client.get("/numbers", params=query).json()
        seen += page["items"]
        assert len(page["items"]) <= limit
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [each for each in NUMBERS if not filters or each % 2]


def test_the_link_header_leads_to_the_next_page_and_keeps_the_filters(client: TestClient) -> None:
    first = client.get("/numbers", params={"limit": "10", "odd": "true"})
    assert first.links["next"]["url"].startswith("/numbers?")
    second = client.get(first.links["next"]["url"])
    assert second.json()["items"] == list(range(21, 41, 2))
    assert "next" not in client.get("/numbers", params={"limit": "200"}).links


def test_the_page_may_change_its_size(client: TestClient) -> None:
    cursor = client.get("/numbers", params={"limit": "10"}).json()["next_cursor"]
    assert client.get("/numbers", params={"limit": "3", "cursor": cursor}).json()["items"] == [11, 12, 13]


def test_a_cursor_is_refused_with_other_filters(client: TestClient) -> None:
    cursor = client.get("/numbers", params={"limit": "10"}).json()["next_cursor"]
    refused = client.get("/numbers", params={"limit": "10", "odd": "true", "cursor": cursor})
    assert refused.status_code == 400
    assert refused.json()["type"] == "/v1/problems/cursor-invalid"


def coded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "!!!!",
        "é",
        coded([]),
        coded({"a": 1}),
        coded([[1], 2]),
        coded([["1"], "0" * 16]),
        coded([[True], "0" * 16]),
        coded([[-1], "0" * 16]),
        coded([[1 << 80], "0" * 16]),
        coded([[1.5], "0" * 16]),
        coded([[1, 2], "0" * 16]),
    ],
)
def test_what_is_no_cursor_is_refused(client: TestClient, cursor: str) -> None:
    refused = client.get("/numbers", params={"cursor": cursor})
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"


@given(st.text(max_size=60))
def test_no_cursor_whatever_breaks_a_list(client: TestClient, cursor: str) -> None:
    try:
        response = client.get("/numbers", params={"cursor": cursor})
    except UnicodeEncodeError:
        return  # Half a surrogate pair cannot even be sent.
    assert response.status_code in (200, 400, 422)


@pytest.mark.parametrize("limit", ["0", "-1", "201", "9" * 5_000, "1e3", "ten", ""])
def test_a_limit_out_of_range_is_refused(client: TestClient, limit: str) -> None:
    refused = client.get("/numbers", params={"limit": limit})
    assert refused.status_code == 422
    assert refused.json()["values"]["faults"][0]["field"] == "limit"
