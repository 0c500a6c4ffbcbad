"""What holds for every request: ids, headers, limits, and no trace of a mistake."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Body, FastAPI
from fastapi.testclient import TestClient
from limits import parse

from api.handlers import install
from api.metrics import Metrics
from api.middleware import BodyLimit, Frame, RateLimits
from api.settings import ApiSettings
from api.strict_json import JsonRoute
from ledger.config import Settings
from ledger.store.projection import BlocksMissing

SETTINGS = ApiSettings(ledger=Settings(Path("home")))


def make_client(settings: ApiSettings = SETTINGS, address: str = "192.0.2.1") -> TestClient:
    app = FastAPI(redirect_slashes=False)
    router = APIRouter(route_class=JsonRoute)

    @router.get("/v1/fine")
    def fine() -> dict[str, str]:
        return {"fine": "yes"}

    @router.get("/v1/broken")
    def broken() -> None:
        raise RuntimeError("the inside of the server")

    @router.get("/v1/gap")
    def gap() -> None:
        raise BlocksMissing(41, 42)

    @router.post("/v1/echo")
    def echo(body: dict[str, Any] = Body()) -> dict[str, Any]:  # noqa: B008 - the framework's way.
        return body

    @router.post("/v1/auth/challenge")
    def challenge() -> dict[str, str]:
        return {}

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        return {}

    app.include_router(router)
    install(app)
    metrics = Metrics()
    app.state.metrics = metrics
    app.add_middleware(BodyLimit, bytes_max=settings.body_bytes_max)
    app.add_middleware(RateLimits, settings=settings)
    app.add_middleware(Frame, metrics=metrics, secure=True)
    return TestClient(app, client=(address, 5000))


@pytest.fixture
def client() -> Iterator[TestClient]:
    with make_client() as client:
        yield client


def test_every_answer_has_an_id_and_the_security_headers(client: TestClient) -> None:
    for path in ("/v1/fine", "/nothing", "/v1/broken"):
        headers = client.get(path).headers
        assert len(headers["x-request-id"]) == 24
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["strict-transport-security"].startswith("max-age=")
        assert "access-control-allow-origin" not in headers


def test_a_request_id_is_kept_where_it_is_one(client: TestClient) -> None:
    assert client.get("/v1/fine", headers={"X-Request-ID": "walk-00000017"}).headers["x-request-id"] == "walk-00000017"
    assert (
        client.get("/v1/fine", headers={"X-Request-ID": "no\tid <script>"}).headers["x-request-id"] != "no\tid <script>"
    )


def test_a_mistake_of_the_server_shows_no_trace(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "intergov.api"):
        answer = client.get("/v1/broken")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "inside of the server" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "inside of the server" in caplog.text
    assert answer.headers["x-request-id"] in caplog.text


def test_an_error_that_no_caller_can_mend_stays_inside(client: TestClient) -> None:
    answer = client.get("/v1/gap")
    assert answer.status_code == 500
    assert answer.json()["type"] == "/v1/problems/server-fault"
    assert "42" not in answer.json()["detail"]


def test_no_such_path_and_no_such_method(client: TestClient) -> None:
    missing = client.get("/v1/nothing")
    assert (missing.status_code, missing.json()["type"]) == (404, "/v1/problems/path-unknown")
    assert client.get("/v1/fine/").status_code == 404
    wrong = client.delete("/v1/fine")
    assert (wrong.status_code, wrong.json()["type"]) == (405, "/v1/problems/method-not-allowed")
    assert wrong.headers["allow"] == "GET"


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "", "multipart/form-data; boundary=x"])
def test_another_content_type_is_not_supported(client: TestClient, content_type: str) -> None:
    answer = client.post("/v1/echo", content=b"{}", headers={"content-type": content_type})
    assert answer.status_code == 415
    assert answer.json()["values"]["expected"] == "application/json"


@pytest.mark.parametrize("body", [b'{"a":1,"a":2}', b"\xff", b"{", b"[" * 50_000, b'{"a": NaN}', b"9" * 9_000])
def test_a_body_that_cannot_be_read(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/echo", content=body, headers={"content-type": "application/json; charset=utf-8"})
    assert answer.status_code == 400
    assert answer.json()["type"] == "/v1/problems/body-not-json"


@pytest.mark.parametrize("body", [b'"\\ud800"', b"[1]", b"", b"7", b"null"])
def test_a_body_that_does_not_fit(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/echo", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["type"] == "/v1/problems/request-invalid"


def test_a_body_that_is_too_large_is_stopped_declared_or_not() -> None:
    with make_client(replace(SETTINGS, body_bytes_max=1_024)) as client:
        large = b'{"a": "' + b"x" * 2_000 + b'"}'
        declared = client.post("/v1/echo", content=large, headers={"content-type": "application/json"})
        assert (declared.status_code, declared.json()["values"]) == (413, {"bytes_max": 1_024})

        def pieces() -> Iterator[bytes]:
            yield from (large[start : start + 100] for start in range(0, len(large), 100))

        streamed = client.post("/v1/echo", content=pieces(), headers={"content-type": "application/json"})
        assert streamed.status_code == 413
        assert client.post("/v1/echo", json={"a": "x" * 900}).status_code == 200


def test_too_many_requests() -> None:
    with make_client(replace(SETTINGS, read_limit=parse("3/minute"))) as client:
        answers = [client.get("/v1/fine") for _ in range(5)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
        assert [each.headers["ratelimit-remaining"] for each in answers] == ["2", "1", "0", "0", "0"]
        refused = answers[-1]
        assert refused.headers["content-type"] == "application/problem+json"
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert refused.headers["ratelimit-policy"] == '"read";q=3;w=60'
        assert refused.headers["ratelimit"].startswith('"read";r=0;t=')
        # Health is never limited, and the kinds are counted apart.
        assert client.get("/healthz").status_code == 200
        assert client.post("/v1/echo", json={}).status_code == 200


def test_a_made_up_token_gives_no_fresh_allowance() -> None:
    with make_client(replace(SETTINGS, read_limit=parse("3/minute"))) as client:
        codes = [
            client.get("/v1/fine", headers={"authorization": f"Bearer made-up-{number}"}).status_code
            for number in range(5)
        ]
        assert codes == [200, 200, 200, 429, 429]


def test_a_session_is_limited_wherever_it_comes_from() -> None:
    settings = replace(SETTINGS, read_limit=parse("3/minute"))
    with make_client(settings) as first:
        app = first.app
        headers = {"authorization": "Bearer the-same"}
        others = [TestClient(app, client=(f"192.0.2.{number}", 1)) for number in range(2, 6)]
        codes = [each.get("/v1/fine", headers=headers).status_code for each in [first, *others]]
        assert codes == [200, 200, 200, 429, 429]


def test_an_ipv6_customer_is_one_caller() -> None:
    with make_client(replace(SETTINGS, login_limit=parse("2/minute")), "2001:db8::1") as first:
        app = first.app
        second, other = TestClient(app, client=("2001:db8::2", 1)), TestClient(app, client=("2001:db8:0:1::1", 1))
        codes = [each.post("/v1/auth/challenge").status_code for each in (first, second, second, other)]
        assert codes == [200, 200, 429, 200]


def test_head_is_get_without_the_content(client: TestClient) -> None:
    got, headed = client.get("/v1/fine"), client.head("/v1/fine")
    assert (headed.status_code, headed.content) == (200, b"")
    assert headed.headers["content-length"] == got.headers["content-length"]
    assert client.head("/v1/nothing").status_code == 404
    assert client.head("/v1/echo").status_code == 405


def test_requests_are_measured_by_pattern_not_by_path(client: TestClient) -> None:
    client.get("/v1/fine")
    client.get("/v1/some-name-of-somebody")
    text = client.app.state.metrics.text().decode()  # type: ignore[attr-defined]
    assert 'intergov_http_requests_total{method="GET",route="/v1/fine",status="200"} 1.0' in text
    assert 'route="unmatched",status="404"' in text
    assert "somebody" not in text
