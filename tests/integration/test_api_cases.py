"""What the API gives of versions, breaches, disputes, discipline, succession and the rest of the life of agreements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ledger.domain.moments import format_moment
from tests.api_world import World, world
from tests.unit.chain_builder import DISTRICT, GENESIS_AT, HARBOUR, PROVINCE, RECORDER, every_kind_of_event

LISTS = (
    "/v1/breaches",
    "/v1/disputes",
    "/v1/measures",
    "/v1/incentives",
    "/v1/debt-transfers",
    "/v1/accessions",
    "/v1/assessments",
    "/v1/dialogue-records",
)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("cases")
    with world(folder, every_kind_of_event()) as made:
        yield made


@pytest.fixture(scope="module")
def client(ledger: World) -> Iterator[TestClient]:
    with TestClient(ledger.app(), base_url="http://localhost") as client:
        yield client


def get(client: TestClient, path: str, **params: Any) -> Any:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def after(seconds: int) -> str:
    return format_moment(GENESIS_AT + seconds)


@pytest.mark.parametrize("path", LISTS)
def test_every_list_has_what_happened_and_comes_in_pages(client: TestClient, path: str) -> None:
    whole = get(client, path)["items"]
    assert whole
    pages: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = get(client, path, limit=1, **cursor)
        pages += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert pages == whole


def test_a_breach_has_all_its_dates_and_whom_it_is_about(client: TestClient) -> None:
    found = get(client, "/v1/breaches/5")
    assert found["debtor"]["id"] == DISTRICT
    assert found["body"]["id"] == RECORDER
    assert (found["state"], found["severity"]) == ("repaired", "general")
    assert found["rectify_by"] == after(45)
    assert (found["published_from"], found["repairable_from"], found["published_until"]) == (
        after(61),
        after(70),
        after(80),
    )
    assert (found["explanation"], found["refusal_reason"]) == ("the road was closed", "it cannot be done")
    assert get(client, "/v1/breaches/5/possible") == []
    assert [each["commitment"] for each in get(client, "/v1/breaches", severity="general")["items"]] == [5]
    assert get(client, "/v1/breaches", state="reported")["items"] == []


def test_a_dispute_has_its_evidence_rulings_and_panels(client: TestClient) -> None:
    found = get(client, "/v1/disputes/1")
    assert found["opener"]["id"] == DISTRICT
    assert found["state"] == "appealed"
    assert found["body"] is None
    assert [each["id"] for each in found["panel"]] == [PROVINCE]
    assert [(each["side"]["id"], each["locator"]) for each in found["evidence"]] == [(HARBOUR, "archive/l1")]
    (ruling,) = found["rulings"]
    assert (ruling["outcome"], ruling["outcome_basis_points"], ruling["body"]["id"]) == ("partly", 5_000, RECORDER)
    assert get(client, "/v1/disputes/1/possible") == ["EscalateDispute", "GiveRuling", "LodgeDisputeEvidence"]
    assert {each["id"] for each in get(client, "/v1/disputes", open=True)["items"]} == {1}
    assert {each["id"] for each in get(client, "/v1/disputes", state="withdrawn")["items"]} == {2}


def test_a_standing_is_as_of_any_moment(client: TestClient) -> None:
    during = get(client, f"/v1/standings/{DISTRICT}", as_of=get(client, "/v1/breaches/5")["reported_at"])
    assert during["standing"] == "watched"
    assert get(client, f"/v1/standings/{DISTRICT}", as_of=after(-5))["standing"] == "good"
    assert during["government"]["id"] == DISTRICT
    assert [each["id"] for each in during["lineage"]] == [DISTRICT]
    assert during["restricted_by"] is None


def test_versions_say_who_proposed_what_and_who_signed(client: TestClient) -> None:
    agreements = get(client, "/v1/agreements")["items"]
    for agreement in agreements:
        versions = get(client, f"/v1/agreements/{agreement['id']}/versions")
        assert [each["number"] for each in versions] == list(range(1, len(versions) + 1))
        for each in versions:
            assert each["terms_digest"].startswith("0x")
            assert all(signature["version"] == each["number"] for signature in each["signatures"])
        assert isinstance(get(client, f"/v1/agreements/{agreement['id']}/possible"), list)
        assert isinstance(get(client, f"/v1/agreements/{agreement['id']}/consents-to-end"), list)
    assert any(
        each["change_note"] for row in agreements for each in get(client, f"/v1/agreements/{row['id']}/versions")
    )
    assert {each["state"] for each in agreements} >= {"concluded", "ended"}


def of_every_commitment(client: TestClient, what: str) -> list[Any]:
    rows = get(client, "/v1/commitments")["items"]
    return [each for row in rows for each in get(client, f"/v1/commitments/{row['id']}/{what}")]


def test_what_others_said_to_a_commitment_stands_beside_it(client: TestClient) -> None:
    assert {each["reason"] for each in of_every_commitment(client, "contests")} >= {"not so"}
    assert of_every_commitment(client, "audits")
    handed = of_every_commitment(client, "transfers")
    assert handed
    assert all(each["former_debtor"]["id"] != each["debtor"]["id"] for each in handed)


def test_successions_and_policies_are_listed(client: TestClient) -> None:
    successions = get(client, "/v1/successions")
    assert {each["predecessor"]["id"] for each in successions} == {HARBOUR}
    assert len({each["successor"]["id"] for each in successions}) == len(successions) > 1
    policies = get(client, "/v1/procedure-policies")
    assert policies[0]["version"] == 1
    assert policies[0]["policy"]["serious"]["repetitions"] == 3


@pytest.mark.parametrize(
    "path",
    [
        "/v1/breaches/99",
        "/v1/disputes/99",
        "/v1/agreements/99/versions",
        "/v1/agreements/99/possible",
        "/v1/commitments/99/contests",
        "/v1/commitments/99/possible",
        "/v1/standings/nobody",
    ],
)
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_every_answer_is_described(client: TestClient) -> None:
    """The OpenAPI document says of each of these routes what it answers, field by field."""
    document = get(client, "/v1/openapi.json")
    schemas = document["components"]["schemas"]
    for name in ("BreachOut", "DisputeOut", "DisputeDetailOut", "MeasureOut", "IncentiveOut", "VersionOut"):
        assert schemas[name]["description"]
        assert schemas[name]["properties"]
    assert schemas["BreachOut"]["properties"]["debtor"] == {"$ref": "#/components/schemas/GovernmentRef"}
    reported = schemas["BreachOut"]["properties"]["reported_at"]["anyOf"]
    assert {key: value for key, value in reported[0].items() if key in ("type", "format")} == {
        "type": "string",
        "format": "date-time",
    }
