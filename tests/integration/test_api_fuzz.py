"""
Whatever is asked, the answer is a result or a problem document, never a failure of the server.

Requests are made up from the API's own description: every route and every parameter in it, with values that fit, that
nearly fit and that do not. A new route is asked without anybody adding it here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.chain.command_json import command_to_json
from ledger.domain.commands import COMMANDS, SubmitEvidence
from tests.api_world import SIGNER, world

ODD = st.sampled_from(
    [
        "",
        " ",
        "0",
        "-1",
        "1",
        "61",
        "9" * 30,
        "9" * 5_000,
        "1e9",
        "NaN",
        "null",
        "true",
        "local:lujiang district",
        "iso3166:XYZ",
        "uscc:11990100MB00000012",
        "::::",
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "a" * 10_000,
        "\0",
        "%00",
        "../../etc/passwd",
        "' OR 1=1 --",
        "%",
        "_",
        "\\",
        "汉字",
        "\U0001f600",
        "\u202e",
        "0x" + "00" * 32,
        "0x" + "11" * 20,
        "CNY",
        "recorded",
        "W1sxXSwiIl0",
    ]
)
TEXT = ODD | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with world(tmp_path_factory.mktemp("fuzz")) as made, TestClient(made.app(), base_url="http://localhost") as client:
        yield client


@pytest.fixture(scope="module")
def described(client: TestClient) -> dict[str, Any]:
    paths: dict[str, Any] = client.get("/v1/openapi.json").json()["paths"]
    return paths


def check(answer: Any) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        document = answer.json()
        assert document["status"] == answer.status_code
        assert document["detail"]
        assert len(answer.content) < 20_000
    answer.content.decode("utf-8")


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    """Values that a parameter's schema allows, as far as it says."""
    for each in schema.get("anyOf", [schema]):
        if "enum" in each:
            return st.sampled_from([str(value) for value in each["enum"]])
        if each.get("type") == "integer":
            return st.integers(each.get("minimum", 0), min(each.get("maximum", 300), 300)).map(str)
        if each.get("type") == "boolean":
            return st.sampled_from(["true", "false"])
    return st.sampled_from(["local:lujiang district", "2", "2026-10-01", "C-77", "CommitmentRegistered"])


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_get_route_with_any_parameters(
    client: TestClient, described: dict[str, Any], data: st.DataObject
) -> None:
    # A stream has no end, so this client would wait for it for ever; it has tests of its own.
    gets = sorted(path for path, methods in described.items() if "get" in methods and not path.endswith("/stream"))
    path = data.draw(st.sampled_from(gets))
    query: dict[str, str] = {}
    for parameter in described[path]["get"].get("parameters", []):
        schema = parameter["schema"]
        if parameter["in"] == "path":
            value = data.draw(st.one_of(fitting(schema), TEXT))
            path = path.replace("{" + parameter["name"] + "}", quote(value[:3_000], safe=""))
        elif data.draw(st.integers(0, 3)) == 0:
            query[parameter["name"]] = data.draw(st.one_of(fitting(schema), TEXT))[:3_000]
    check(client.get(path, params=query))


@pytest.mark.parametrize(
    "path",
    [
        "/v1/governments/%ff%fe",
        "/v1/governments/%ed%a0%80",
        "/v1/governments/%00",
        "/v1/governments/%2e%2e%2f",
        "/v1/commitments/%31%30",
        "/v1/commitments?cursor=%ff",
        "/v1/commitments?limit=%00",
        "/v1/commitments?debtor=%ed%b0%80",
        "/v1/%",
        "/v1/commitments?&&&==&limit",
        "/v1/scores?as_of=%f0%9f%98%80",
    ],
)
def test_bytes_that_are_no_text(client: TestClient, path: str) -> None:
    check(client.get(path))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_post_route_with_any_body(client: TestClient, described: dict[str, Any], data: st.DataObject) -> None:
    # Executing a proposal goes to the chain, which this ledger does not have.
    paths = sorted(path for path, methods in described.items() if "post" in methods and "execute" not in path)
    path = data.draw(st.sampled_from(paths)).replace("{name}", data.draw(st.sampled_from(sorted(COMMANDS))))
    known = {
        "signer": SIGNER.address,
        "address": SIGNER.address,
        "command": command_to_json(SubmitEvidence(1, b"\xab" * 32, "x", 1_790_000_000)),
        "signature": "0x" + "11" * 65,
        "operation": "5",
        "deadline": "2030-01-01",
        "message": "m",
        "typed_data": {"domain": {}, "message": {}},
    }
    kept = data.draw(st.sets(st.sampled_from(sorted(known))))
    body: Any = {name: known[name] for name in kept}
    if data.draw(st.booleans()):
        body[data.draw(st.sampled_from([*known, "other"]))] = data.draw(JSON)
    if data.draw(st.integers(0, 9)) == 0:
        body = data.draw(JSON)
    check(client.post(path, json=body))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_command_with_any_field(client: TestClient, data: st.DataObject) -> None:
    listed = {each["name"]: each["schema"] for each in client.get("/v1/commands").json()["commands"]}
    name = data.draw(st.sampled_from(sorted(listed)))
    command = data.draw(st.fixed_dictionaries(dict.fromkeys(listed[name]["properties"], JSON)))
    check(client.post(f"/v1/commands/{name}/prepare", json={"signer": SIGNER.address, "command": command}))


@given(raw=st.binary(max_size=300))
def test_any_bytes_as_a_body(client: TestClient, raw: bytes) -> None:
    check(client.post("/v1/auth/challenge", content=raw, headers={"content-type": "application/json"}))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "NONSENSE"])
def test_every_route_with_any_other_method(client: TestClient, described: dict[str, Any], method: str) -> None:
    for path in described:
        answer = client.request(method, path)
        assert answer.status_code == 405, path
        assert answer.headers["allow"]


def test_many_parameters_and_headers(client: TestClient) -> None:
    check(client.get("/v1/commitments?" + "&".join(f"x{number}=1" for number in range(5_000))))
    check(client.get("/v1/commitments", params={"limit": ["1", "2", "x"]}))
    check(client.get("/v1/scores", headers={"Authorization": "Bearer " + "x" * 10_000}))
    check(client.get("/v1/auth/me", headers={"Authorization": "Bearer " + "x" * 10_000}))
    check(client.get("/v1/auth/me", headers={b"Authorization": b"Bearer \xff\xfe"}))
    check(client.post("/v1/auth/challenge", content=json.dumps({"address": "0x" + "1" * 2_000_000})))
