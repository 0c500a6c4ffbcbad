"""Score runs over HTTP: lists, and proofs that hold without the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ledger.audit.proofs import read_proof
from ledger.audit.score_runs import Computed
from ledger.domain.enums import TimeBasis
from ledger.domain.events import OutcomeRecorded, ScoreRunPublished
from tests.api_world import World, world
from tests.unit.chain_builder import DISTRICT, HARBOUR, PROVINCE, RECORDER, outcome

SCORED = (DISTRICT, PROVINCE, HARBOUR)


def published(number: int, computed: Computed, **changes: Any) -> ScoreRunPublished:
    run = computed.to_publish("archive/scores")
    fields = {
        "policy_digest": run.policy_digest,
        "as_of": run.as_of,
        "time_basis": run.time_basis,
        "block_number": run.block_number,
        "block_hash": run.block_hash,
        "governments": run.governments,
        "root": run.root,
        "locator": run.locator,
    }
    return ScoreRunPublished(number, RECORDER, **{**fields, **changes})


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Four runs: as recorded, in effective time, one with a root from nowhere, one with a policy from nowhere."""
    with world(tmp_path_factory.mktemp("world")) as made:
        recorded = made.ledger.score_runs.compute()
        effective = made.ledger.score_runs.compute(time=TimeBasis.EFFECTIVE)
        made.chain.add(
            published(1, recorded),
            published(2, effective),
            published(3, recorded, root=b"\x77" * 32),
            published(4, recorded, policy_digest=b"\x78" * 32, root=b"\x79" * 32),
        )
        # What comes later makes no difference.
        late: OutcomeRecorded = outcome(2, HARBOUR, 0, recorded.as_of)
        made.chain.add(late)
        made.ledger.follower.sync()
        yield made


@pytest.fixture(scope="module")
def client(ledger: World) -> Iterator[TestClient]:
    with TestClient(ledger.app()) as made:
        yield made


def problem(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("/v1/problems/")


def test_lists_and_single_runs(client: TestClient) -> None:
    items = client.get("/v1/score-runs").json()["items"]
    assert [each["id"] for each in items] == [4, 3, 2, 1]
    assert client.get("/v1/score-runs/1").json() == items[-1]
    assert items[-1]["publisher"]["name"] == "Records Office"
    assert (items[-1]["time"], items[-2]["time"]) == ("recorded", "effective")
    by_policy = client.get("/v1/score-runs", params={"policy_digest": "0x" + "78" * 32}).json()["items"]
    assert [each["id"] for each in by_policy] == [4]
    by_root = client.get("/v1/score-runs", params={"root": items[-1]["root"]}).json()["items"]
    assert 1 in [each["id"] for each in by_root]
    assert client.get("/v1/score-runs", params={"publisher": "Harbour District"}).json()["items"] == []
    assert problem(client.get("/v1/score-runs", params={"root": "0x12"}))[0] == 422
    assert problem(client.get("/v1/score-runs/5")) == (404, "not-found")


def test_pages(client: TestClient) -> None:
    first = client.get("/v1/score-runs", params={"limit": 3}).json()
    rest = client.get("/v1/score-runs", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [each["id"] for each in [*first["items"], *rest["items"]]] == [4, 3, 2, 1]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("run", [1, 2])
@pytest.mark.parametrize("government", SCORED)
def test_a_proof_holds_without_the_server(client: TestClient, run: int, government: int) -> None:
    root = client.get(f"/v1/score-runs/{run}").json()["root"]
    document = client.get(f"/v1/score-runs/{run}/proofs/{government}").json()
    proof = read_proof(document, bytes.fromhex(root[2:]))
    assert (proof.run, proof.leaf.government, proof.leaf.score) == (run, government, document["leaf"]["score"])
    assert client.get(f"/v1/score-runs/{run}/proofs/{document['government']}").json() == document


def test_the_proved_score_is_the_reported_one(client: TestClient) -> None:
    run = client.get("/v1/score-runs/1").json()
    shown = client.get("/v1/scores", params={"as_of": run["as_of"]}).json()["scores"]
    proved = [client.get(f"/v1/score-runs/1/proofs/{each['government']}").json()["leaf"] for each in shown]
    assert [(each["score"], each["low"], each["high"]) for each in shown] == [
        (each["score"], each["low"], each["high"]) for each in proved
    ]


def test_what_cannot_be_proved(client: TestClient) -> None:
    assert problem(client.get("/v1/score-runs/1/proofs/Records Office")) == (404, "not-found")
    assert problem(client.get("/v1/score-runs/1/proofs/Nowhere")) == (404, "not-found")
    assert problem(client.get("/v1/score-runs/9/proofs/Harbour District")) == (404, "not-found")
    answer = client.get("/v1/score-runs/3/proofs/Harbour District")
    assert problem(answer) == (409, "score-run-not-reproduced")
    values = answer.json()["values"]
    assert values["published_root"] == "0x" + "77" * 32
    assert values["recomputed_root"] == client.get("/v1/score-runs/1").json()["root"]
    answer = client.get("/v1/score-runs/4/proofs/Harbour District")
    assert problem(answer) == (503, "score-run-policy-missing")
    assert answer.json()["values"] == {"digest": "0x" + "78" * 32}


def test_leaves_in_the_home_serve_where_they_give_the_root(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        computed = made.ledger.score_runs.compute()
        made.ledger.score_runs.folder.keep(computed.leaves)
        # The policy is unknown here, so that nothing can be recomputed.
        made.chain.add(published(1, computed, policy_digest=b"\x78" * 32))
        made.ledger.follower.sync()
        with TestClient(made.app()) as client:
            document = client.get("/v1/score-runs/1/proofs/Harbour District").json()
        assert read_proof(document, computed.leaves.tree.root).leaf == computed.leaves.entries[HARBOUR].leaf
