"""Reports about scores over HTTP: the documents of `ledger.score_reports`, and problems for bad questions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ledger import score_reports
from ledger.domain.moments import parse_moment
from ledger.score_reports import BY, EVERY
from tests.api_world import World, world

LUJIANG = "local:lujiang district"
YUNLING = "local:yunling province"
SINCE = "2026-01-01"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("score-reports")) as made:
        yield made


@pytest.fixture(scope="module")
def client(ledger: World) -> Iterator[TestClient]:
    with TestClient(ledger.app()) as client:
        yield client


def asked(client: TestClient, path: str, **params: str) -> Any:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def problem(client: TestClient, path: str, **params: str) -> tuple[int, str, str]:
    answer = client.get(path, params=params)
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    return answer.status_code, found["type"].removeprefix("/v1/problems/"), found["detail"]


@pytest.mark.parametrize("every", EVERY)
def test_history(client: TestClient, ledger: World, every: Any) -> None:
    reports = ledger.ledger.reports
    answer = asked(client, "/v1/scores/history", every=every, time="effective")
    assert answer == score_reports.history(reports, every=every, time="effective").to_json()
    assert len(answer["history"]) == 3
    (line,) = asked(client, "/v1/scores/history", every=every, time="effective", government="2", **{"from": SINCE})[
        "history"
    ]
    assert line["government"] == LUJIANG
    assert line["points"][0]["as_of"] > SINCE
    assert asked(client, "/v1/scores/history")["every"] == "quarter"


def test_changes(client: TestClient, ledger: World) -> None:
    answer = asked(client, "/v1/scores/changes", since=SINCE, time="effective")
    reports = ledger.ledger.reports
    assert answer == score_reports.changes(reports, parse_moment(SINCE), time="effective").to_json()
    assert any(change["causes"] for change in answer["changes"])
    for change in answer["changes"]:
        assert sum(cause["points"] for cause in change["causes"]) == change["after"] - change["before"]


@pytest.mark.parametrize("by", BY)
def test_sides(client: TestClient, ledger: World, by: Any) -> None:
    answer = asked(client, "/v1/scores/sides", by=by)
    assert answer == score_reports.sides(ledger.ledger.reports, by).to_json()
    (line,) = asked(client, "/v1/scores/sides", by=by, government="Lujiang District")["scores"]
    assert line in answer["scores"]
    assert line["payments"]["received"][0]["currency"] == "CNY"


def test_prospects(client: TestClient, ledger: World) -> None:
    answer = asked(client, f"/v1/governments/{LUJIANG}/prospects")
    assert answer == score_reports.prospects(ledger.ledger.reports, LUJIANG).to_json()
    assert len(answer["what_would_change"]) > 30
    for each in answer["what_would_change"]:
        assert each["score_if_kept"] >= each["score_if_broken"]


def test_trust(client: TestClient, ledger: World) -> None:
    answer = asked(client, "/v1/trust", first=LUJIANG, second="Yunling Province")
    assert answer == score_reports.trust(ledger.ledger.reports, LUJIANG, YUNLING).to_json()
    assert answer["settled_first_to_second"] == 1


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("/v1/scores", {}),
        ("/v1/scores/history", {}),
        ("/v1/scores/changes", {"since": "2020-01-01"}),
        ("/v1/scores/sides", {}),
        ("/v1/governments/2/score", {}),
        ("/v1/governments/2/explanation", {}),
        ("/v1/governments/2/prospects", {}),
        ("/v1/trust", {"first": "2", "second": "3"}),
    ],
)
def test_before_the_first_block(client: TestClient, path: str, needed: dict[str, str]) -> None:
    status, kind, detail = problem(client, path, as_of="2020-01-02", **needed)
    assert (status, kind) == (422, "invalid-input")
    assert "began to record" in detail
    assert "'2020-01-02T23:59:59Z'" in detail
    assert asked(client, path, as_of="2020-01-02", time="effective", **needed)


def test_bad_questions(client: TestClient) -> None:
    assert problem(client, "/v1/scores/changes")[:2] == (422, "request-invalid")
    status, kind, detail = problem(client, "/v1/scores/changes", since="2099-01-01")
    assert (status, kind) == (422, "invalid-input")
    assert "since" in detail
    assert problem(client, "/v1/scores/changes", since="yesterday")[:2] == (422, "invalid-input")
    assert problem(client, "/v1/scores/changes", since=SINCE)[:2] == (422, "invalid-input")
    assert problem(client, "/v1/scores/history", every="day")[:2] == (422, "request-invalid")
    assert problem(client, "/v1/scores/sides", by="colour")[:2] == (422, "request-invalid")
    assert problem(client, "/v1/trust", first="2")[:2] == (422, "request-invalid")
    assert problem(client, "/v1/trust", first="2", second=LUJIANG)[:2] == (422, "invalid-input")
    assert problem(client, "/v1/trust", first="2", second="nobody")[:2] == (404, "not-found")
    assert problem(client, "/v1/governments/nobody/prospects")[:2] == (404, "not-found")
    long = {"as_of": "9999-12-31", "from": "1970-01-02", "every": "month", "time": "effective"}
    assert "at most 50000" in problem(client, "/v1/scores/history", **long)[2]
