"""Reading over HTTP: every list with its filters, every single record, scores, history, health."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ledger.domain.events import TransferRecorded
from tests.api_world import NOW, SIGNER, World, busy_chain, world
from tests.unit.chain_builder import DISTRICT, GENESIS_AT, HARBOUR, PROVINCE

LUJIANG = "local:lujiang district"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("records")) as made:
        yield made


@pytest.fixture(scope="module")
def client(ledger: World) -> Iterator[TestClient]:
    with TestClient(ledger.app()) as client:
        yield client


def every(client: TestClient, path: str, **params: Any) -> list[dict[str, Any]]:
    """All entries of a list, page by page."""
    items: list[dict[str, Any]] = []
    while True:
        answer = client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        params["cursor"] = page["next_cursor"]


def problem(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("/v1/problems/")


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, 100),
        ({"debtor": LUJIANG}, 60),
        ({"debtor": str(DISTRICT)}, 60),
        ({"debtor": "Lujiang District", "backfilled": "true"}, 20),
        ({"creditor": "local:yunling province"}, 40),
        ({"party": "local:yunling province"}, 60),
        ({"agreement": "1", "state": "settled"}, 31),
        ({"state": "active", "backfilled": "false"}, 39),
        ({"outcome": "fulfilled", "debtor": LUJIANG, "backfilled": "false"}, 1),
        ({"reference_number": "C-77"}, 1),
        ({"agreement": "2"}, 0),
    ],
)
def test_commitments_by_filter(client: TestClient, filters: dict[str, str], expected: int) -> None:
    found = every(client, "/v1/commitments", limit=7, **filters)
    assert len(found) == expected
    assert [each["id"] for each in found] == sorted({each["id"] for each in found})


def test_commitments_by_due_date(client: TestClient) -> None:
    found = every(client, "/v1/commitments", limit=9, order="due_at", debtor=LUJIANG)
    assert len(found) == 60
    assert [each["due_at"] for each in found] == sorted(each["due_at"] for each in found)
    some = every(client, "/v1/commitments", due_from=found[10]["due_at"], due_to=found[20]["due_at"], debtor=LUJIANG)
    assert len(some) == 11


def test_a_cursor_is_for_one_order_and_one_filter(client: TestClient) -> None:
    cursor = client.get("/v1/commitments", params={"limit": 5, "debtor": LUJIANG}).json()["next_cursor"]
    for other in ({"debtor": "local:harbour district"}, {}, {"debtor": LUJIANG, "order": "due_at"}):
        refused = client.get("/v1/commitments", params={"limit": 5, "cursor": cursor, **other})
        assert problem(refused) == (400, "cursor-invalid")
    elsewhere = client.get("/v1/agreements", params={"cursor": cursor})
    assert problem(elsewhere) == (400, "cursor-invalid")


def test_a_commitment_with_its_evidence(client: TestClient) -> None:
    found = client.get("/v1/commitments/61").json()
    assert found["debtor"] == {"id": DISTRICT, "identifier": LUJIANG, "name": "Lujiang District"}
    assert found["outcome_recorder"]["id"] == PROVINCE
    assert (found["state"], found["outcome"], found["overdue"]) == ("settled", "fulfilled", False)
    (evidence,) = client.get("/v1/commitments/61/evidence").json()
    assert evidence["locator"] == "archive/9"
    assert client.get("/v1/commitments/62/evidence").json() == []
    overdue = client.get("/v1/commitments/62").json()
    assert overdue["overdue"] is False
    assert client.get("/v1/commitments/2").json()["overdue"] is True
    assert problem(client.get("/v1/commitments/999")) == (404, "not-found")
    assert problem(client.get("/v1/commitments/999/evidence")) == (404, "not-found")


def test_governments(client: TestClient, ledger: World) -> None:
    ledger.ledger.store.aliases.add("Lujiang", DISTRICT, NOW)
    found = client.get(f"/v1/governments/{LUJIANG}").json()
    assert found["aliases"] == ["Lujiang"]
    assert (found["level"], found["roles"], found["state"]) == ("county", ["government"], "registered")
    assert found["signers"][0]["address"] == SIGNER.address
    for name in ("Lujiang", "Lujiang District", str(DISTRICT)):
        assert client.get(f"/v1/governments/{name}").json() == found
    assert len(every(client, "/v1/governments", level="county")) == 2
    assert [each["name"] for each in every(client, "/v1/governments", role="coordinating_body")] == ["Records Office"]
    assert [each["name"] for each in every(client, "/v1/governments", name_contains="HARB")] == ["Harbour District"]
    assert problem(client.get("/v1/governments/Nowhere")) == (404, "not-found")


def test_a_wrong_check_character_is_named(client: TestClient) -> None:
    answer = client.get("/v1/governments/uscc:11990100MB00000012")
    assert problem(answer) == (422, "invalid-input")
    assert "check character T" in answer.json()["values"]["rule"]
    answer = client.get("/v1/commitments", params={"debtor": "uscc:11990100MB00000012"})
    assert problem(answer) == (422, "invalid-input")


def test_agreements(client: TestClient) -> None:
    (found,) = every(client, "/v1/agreements", party=LUJIANG, state="concluded", in_force_at="2026-10-01")
    assert (found["backfilled"], found["party_count"], found["in_force"]) == (True, 3, True)
    assert every(client, "/v1/agreements", party="local:records office") == []
    detail = client.get("/v1/agreements/1").json()
    assert [each["weight_basis_points"] for each in detail["indicators"]] == [4_000, 6_000]
    assert detail["terms"]["compensation"]["currency"] == "CNY"
    assert len(detail["parties"]) == 3


def test_transfers(client: TestClient) -> None:
    yuan, yen = every(client, "/v1/compensation-transfers", party=LUJIANG)
    assert yuan["amount"] == {"amount_minor": 1_250_000, "currency": "CNY", "formatted": "12500.00 CNY"}
    assert yen["amount"]["formatted"] == "7000 JPY"
    assert every(client, "/v1/compensation-transfers", state="pending") == [yen]
    assert client.get("/v1/compensation-transfers/1").json() == yuan
    assert problem(client.get("/v1/compensation-transfers", params={"currency": "XYZ"})) == (422, "invalid-input")
    assert problem(client.get("/v1/compensation-transfers/3")) == (404, "not-found")


def test_a_currency_that_does_not_exist_spoils_no_list(tmp_path: Path) -> None:
    chain = busy_chain()
    chain.add(TransferRecorded(3, 1, HARBOUR, DISTRICT, b"ZZQ", 5, GENESIS_AT + 5, "\x00\u202e\ud800"))
    with world(tmp_path, chain) as made, TestClient(made.app()) as client:
        found = every(client, "/v1/compensation-transfers")
        assert [each["amount"]["formatted"] for each in found][2] == "5 minor units of ZZQ"
        assert client.get("/v1/history").status_code == 200


def test_history(client: TestClient) -> None:
    every_fact = every(client, "/v1/history", limit=50)
    assert [each["sequence"] for each in every_fact] == list(range(len(every_fact), 0, -1))
    oldest = every(client, "/v1/history", limit=50, order="oldest")
    assert oldest == every_fact[::-1]
    of_one = every(client, "/v1/history", commitment=61)
    assert [each["event"] for each in of_one] == [
        "OutcomeRecorded",
        "EvidenceSubmitted",
        "CommitmentAccepted",
        "CommitmentRegistered",
    ]
    assert all(each["transaction"].startswith("0x") and each["signer"] for each in of_one)
    first = of_one[-1]
    by_transaction = every(client, "/v1/history", transaction=first["transaction"], event="CommitmentRegistered")
    assert len(by_transaction) == 40
    of_government = every(client, "/v1/history", government=LUJIANG, event="GovernmentRegistered")
    assert [each["body"]["name"] for each in of_government] == ["Lujiang District"]
    for wrong in ({"event": "Nothing"}, {"signer": "0x12"}, {"transaction": "0x12"}, {"recorded_to": "yesterday"}):
        assert client.get("/v1/history", params=wrong).status_code == 422


def test_policies_and_proposals(client: TestClient) -> None:
    (policy,) = client.get("/v1/policies").json()
    assert (policy["kind"], policy["version"]) == ("score", 1)
    assert client.get("/v1/policies", params={"kind": "other"}).json() == []
    assert every(client, "/v1/proposals", state="open") == []
    assert problem(client.get("/v1/proposals/1")) == (404, "not-found")


@pytest.mark.parametrize("time", ["recorded", "effective"])
def test_scores(client: TestClient, ledger: World, time: str) -> None:
    answer = client.get("/v1/scores", params={"time": time}).json()
    assert answer == ledger.ledger.reports.scores(None, time).to_json()  # type: ignore[arg-type]
    keys = [(-each["score"], each["government"]) for each in answer["scores"]]
    assert keys == sorted(keys)
    assert len(keys) == 3
    for each in answer["scores"]:
        assert 0 <= each["low"] <= each["score"] <= each["high"] <= 1_000_000
        explained = client.get(f"/v1/governments/{each['government']}/explanation", params={"time": time}).json()
        assert explained["base"] + sum(reason["points"] for reason in explained["reasons"]) == each["score"]
        alone = client.get(f"/v1/governments/{each['government']}/score", params={"time": time}).json()
        assert alone["scores"] == [each]


def test_scores_as_of_a_moment(client: TestClient) -> None:
    before = client.get("/v1/scores", params={"as_of": "2020-01-01", "time": "effective"}).json()
    assert all(each["settled"] == 0 for each in before["scores"])
    early = client.get("/v1/scores", params={"as_of": "2020-01-01"})
    assert problem(early) == (422, "invalid-input")
    assert "began to record" in early.json()["detail"]
    for wrong in ("today", "2026-13-01", "2026-01-01T00:00:00", "1969-12-31", "99999-01-01", "2026-01-01T00:00:00.5Z"):
        assert problem(client.get("/v1/scores", params={"as_of": wrong})) == (422, "invalid-input")
    assert problem(client.get("/v1/scores", params={"time": "both"})) == (422, "request-invalid")


def test_every_problem_type_is_described(client: TestClient) -> None:
    types = client.get("/v1/problems").json()["problems"]
    by_error = {each["error"]: each for each in types if each["error"]}
    assert by_error["CommitmentNotDebtor"]["status"] == 403
    for each in types:
        assert client.get(each["type"]).json() == each
    assert problem(client.get("/v1/problems/nothing")) == (404, "not-found")


def test_alive_and_ready(client: TestClient, ledger: World) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    ready = client.get("/readyz").json()
    assert (ready["ready"], ready["lag_blocks"], ready["backlog"]) == (True, 0, 0)
    assert "intergov_chain_head_block" in client.get("/metrics").text

    ledger.node.down = True
    try:
        down = client.get("/readyz")
        assert problem(down) == (503, "not-ready")
        assert "does not answer" in down.json()["values"]["reasons"][0]
        assert int(down.headers["retry-after"]) > 0
        # Where the node is, and with which credentials, is the operator's business.
        assert "secret" not in down.text
        # What is projected can still be read.
        assert client.get("/v1/scores").status_code == 200
        assert "intergov_ready 0.0" in client.get("/metrics").text
    finally:
        ledger.node.down = False
    assert client.get("/readyz").status_code == 200


def test_metrics_can_ask_for_a_token(ledger: World) -> None:
    with TestClient(ledger.app(metrics_token="k3Jd8sLq0ZpXv7Yw")) as client:
        assert problem(client.get("/metrics")) == (401, "login-required")
        assert client.get("/metrics", headers={"Authorization": "Bearer k3Jd8sLq0ZpXv7Yw"}).status_code == 200


def test_sixty_readers_at_once(client: TestClient) -> None:
    def read(number: int) -> int:
        paths = (
            "/v1/commitments?limit=100",
            f"/v1/scores?time=effective&as_of=2026-09-{number % 28 + 1:02d}",
            "/readyz",
        )
        return client.get(paths[number % 3]).status_code

    with ThreadPoolExecutor(60) as pool:
        assert set(pool.map(read, range(120))) == {200}


def test_other_origins_may_read_only_where_it_is_allowed(ledger: World, client: TestClient) -> None:
    origin = {"Origin": "https://research.example"}
    assert "access-control-allow-origin" not in client.get("/v1/scores", headers=origin).headers
    with TestClient(ledger.app(cors_origins=("https://research.example",))) as open_to_one:
        answer = open_to_one.get("/v1/scores", headers=origin)
        assert answer.headers["access-control-allow-origin"] == "https://research.example"
        other = open_to_one.get("/v1/scores", headers={"Origin": "https://other.example"})
        assert "access-control-allow-origin" not in other.headers
        wish = {**origin, "Access-Control-Request-Method": "POST"}
        assert open_to_one.options("/v1/commands/AcceptBySilence", headers=wish).status_code == 400


def test_the_description_names_every_route_and_its_problems(client: TestClient) -> None:
    described = client.get("/v1/openapi.json").json()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], (method, path)
            if path.startswith("/v1/"):
                assert "application/problem+json" in operation["responses"]["4XX"]["content"]
                assert any(code.startswith("2") for code in operation["responses"])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/commitments?debter=2", "debter"),
        ("/v1/scores?as_off=2026-01-01", "as_off"),
        ("/v1/commitments/1?limit=5", "limit"),
        ("/v1/breaches?Debtor=2", "Debtor"),
    ],
)
def test_a_parameter_that_is_not_known_is_refused_and_not_passed_over(client: TestClient, path: str, name: str) -> None:
    answer = client.get(path)
    assert problem(answer) == (422, "request-invalid")
    (fault,) = answer.json()["values"]["faults"]
    assert (fault["in"], fault["field"]) == ("query", name)
