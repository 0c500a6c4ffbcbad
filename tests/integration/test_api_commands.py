"""Writing over HTTP: what is taken once, what is refused with its reason, and that a refusal leaves nothing."""

from __future__ import annotations

import json
import threading
import typing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.command_schemas import command_schema
from api.problems import problem_of, render
from ledger.chain.command_json import command_to_json
from ledger.chain.contracts import command_shapes
from ledger.chain.typed_data import typed_data
from ledger.domain.commands import COMMANDS, AcceptBySilence, RegisterCommitment, SubmitEvidence
from ledger.domain.moments import parse_moment
from ledger.domain.refusals import REFUSALS
from ledger.domain.refusals.commitments import CommitmentNotDebtor
from ledger.domain.terms import Authorization, CommitmentTerms
from tests.api_world import DEPLOYMENT, NOW, SIGNER, STRANGER, World, world
from tests.unit.chain_builder import DISTRICT

REGISTER = RegisterCommitment(CommitmentTerms(1, 3, 0, NOW + 86_400, "N-1", "Serve within three days"))
EVIDENCE = SubmitEvidence(61, b"\xab" * 32, "archive/1", NOW)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


@pytest.fixture
def client(ledger: World) -> Iterator[TestClient]:
    with TestClient(ledger.app()) as client:
        yield client


def problem(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("/v1/problems/")


def backlog(ledger: World) -> int:
    waiting = ledger.ledger.store.outbox.backlog()
    return waiting.accepted + waiting.sent


def test_every_command_is_listed_with_its_schema(client: TestClient) -> None:
    listed = client.get("/v1/commands").json()
    assert [each["name"] for each in listed["commands"]] == list(COMMANDS)
    assert listed["chain_id"] == "5504598207119106"
    for each in listed["commands"]:
        assert each["description"]
        shape = command_shapes()[each["name"]]
        assert len(each["schema"]["properties"]) == len(shape.parameters)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_schema_and_the_reader_name_the_same_fields(name: str) -> None:
    schema = command_schema(name)
    assert schema["additionalProperties"] is False
    assert json.loads(json.dumps(schema)) == schema


def test_prepare_gives_words_a_fresh_number_and_the_document(client: TestClient) -> None:
    body = {"signer": SIGNER.address, "command": command_to_json(REGISTER)}
    first, second = (client.post("/v1/commands/RegisterCommitment/prepare", json=body).json() for _ in range(2))
    assert int(second["operation"]) == int(first["operation"]) + 1
    assert any("Yunling Province" in line for line in first["words"])
    assert first["typed_data"]["primaryType"] == "RegisterCommitment"
    assert first["typed_data"]["message"]["signer"] == SIGNER.address
    assert first["command"] == command_to_json(REGISTER)


def test_submit_puts_it_on_disk_and_says_where_to_look(client: TestClient, ledger: World) -> None:
    answer = client.post("/v1/commands/RegisterCommitment", json=ledger.prepared(REGISTER))
    assert answer.status_code == 202, answer.text
    operation = answer.json()
    assert answer.headers["location"] == f"/v1/operations/{operation['id']}"
    assert (operation["state"], operation["projected"], operation["signer"]) == ("accepted", False, SIGNER.address)
    seen = client.get(answer.headers["location"])
    assert seen.json() == operation
    assert seen.headers["retry-after"] == "1"
    assert backlog(ledger) == 1
    assert problem(client.get("/v1/operations/0x" + "00" * 32)) == (404, "not-found")
    assert problem(client.get("/v1/operations/nothing")) == (422, "request-invalid")


def test_a_refusal_of_the_contract_leaves_nothing(client: TestClient, ledger: World) -> None:
    ledger.node.refusal = CommitmentNotDebtor(id=61, caller=3, debtor=DISTRICT)
    answer = client.post(
        "/v1/commands/SubmitEvidence", json=ledger.prepared(EVIDENCE), headers={"Idempotency-Key": "k"}
    )
    assert problem(answer) == (403, "commitment-not-debtor")
    document = answer.json()
    assert (document["error"], document["values"]) == (
        "CommitmentNotDebtor",
        {"id": 61, "caller": 3, "debtor": DISTRICT},
    )
    assert backlog(ledger) == 0
    # The key is free again: what caused the refusal may be mended.
    ledger.node.refusal = None
    again = client.post("/v1/commands/SubmitEvidence", json=ledger.prepared(EVIDENCE), headers={"Idempotency-Key": "k"})
    assert again.status_code == 202


@pytest.mark.parametrize("name", [name for name, kind in REFUSALS.items() if kind.__module__.startswith("ledger.")])
def test_every_refusal_reaches_the_caller_with_its_values(name: str) -> None:
    kind: Any = REFUSALS[name]
    hints = typing.get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    examples: dict[Any, Any] = {int: 7, str: "0x" + "11" * 20, bytes: b"CNY"}
    # What is none of these is an enumeration.
    refusal = kind(*(examples[hints[each]] if hints[each] in examples else next(iter(hints[each])) for each in names))
    document = json.loads(bytes(render(problem_of(refusal), "/v1/commands/X", "id").body))
    assert document["error"] == name
    assert list(document["values"]) == names
    assert 400 <= document["status"] < 500


def test_an_unreachable_node_is_503_and_leaves_nothing(client: TestClient, ledger: World) -> None:
    ledger.node.down = True
    answer = client.post("/v1/commands/RegisterCommitment", json=ledger.prepared(REGISTER))
    assert problem(answer) == (503, "node-unreachable")
    assert int(answer.headers["retry-after"]) > 0
    assert "secret" not in answer.text
    assert backlog(ledger) == 0


def test_bad_signatures(client: TestClient, ledger: World) -> None:
    good = ledger.prepared(REGISTER)
    theirs = ledger.prepared(REGISTER, STRANGER)
    another = {**good["command"], "terms": {**good["command"]["terms"], "indicator": 1}}
    for change, expected in (
        ({"signature": theirs["signature"]}, "signature-altered"),
        ({"signature": "0x00"}, "signature-altered"),
        ({"signer": STRANGER.address}, "signature-altered"),
        ({"operation": "5"}, "signature-altered"),
        ({"command": another}, "signature-altered"),
        ({"deadline": "2020-01-01T00:00:00Z"}, "signature-expired"),
        ({"signature": "0x"}, "request-invalid"),
        ({"signature": "zz"}, "request-invalid"),
        ({"signer": "0x12"}, "request-invalid"),
        ({"operation": "-1"}, "request-invalid"),
        ({"operation": 5}, "request-invalid"),
        ({"operation": "9" * 78}, "invalid-input"),
        ({"deadline": "tomorrow"}, "invalid-input"),
        ({"deadline": None}, "invalid-input"),
        ({"command": None}, "invalid-input"),
        ({"command": {}}, "invalid-input"),
        ({"surprise": 1}, "request-invalid"),
        ({"typed_data": {}}, "invalid-input"),
    ):
        answer = client.post("/v1/commands/RegisterCommitment", json={**good, **change})
        assert problem(answer) == (422, expected), (change, answer.text)
    assert problem(client.post("/v1/commands/Nothing", json=good)) == (404, "not-found")
    assert problem(client.post("/v1/commands/AcceptBySilence", json=good)) == (422, "invalid-input")
    assert backlog(ledger) == 0


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("indicator", -1),
        ("indicator", 1 << 8),
        ("indicator", 1.5),
        ("indicator", True),
        ("indicator", "1e3"),
        ("indicator", int("9" * 78)),
        ("due_at", "30 February"),
        ("due_at", -5),
        ("description", "x" * 100_000),
        ("description", "a\0b"),
        ("description", 7),
        ("description", None),
        ("agreement", None),
        ("agreement", [1]),
        ("creditor", {}),
        ("unknown", 1),
    ],
)
def test_a_field_that_breaks_a_rule_is_named(client: TestClient, place: str, value: object) -> None:
    command = command_to_json(REGISTER)
    command["terms"][place] = value
    answer = client.post("/v1/commands/RegisterCommitment/prepare", json={"signer": SIGNER.address, "command": command})
    assert problem(answer) == (422, "invalid-input"), answer.text
    assert answer.json()["values"]["field"] == f"terms.{place}"
    assert answer.json()["values"]["rule"]
    assert len(answer.text) < 2_000


def test_half_a_surrogate_pair_is_refused(client: TestClient) -> None:
    command = command_to_json(REGISTER)
    body = json.dumps({"signer": SIGNER.address, "command": command}).replace("Serve within", "\\ud800")
    answer = client.post(
        "/v1/commands/RegisterCommitment/prepare", content=body.encode(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_same_key_and_body_give_the_first_answer(client: TestClient, ledger: World) -> None:
    body = ledger.prepared(REGISTER)
    headers = {"Idempotency-Key": "once-1"}
    first = client.post("/v1/commands/RegisterCommitment", json=body, headers=headers)
    ledger.node.down = True
    second = client.post("/v1/commands/RegisterCommitment", json=body, headers=headers)
    assert (second.status_code, second.json()) == (202, first.json())
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["idempotency-replayed"] == "true"
    ledger.node.down = False
    other = client.post("/v1/commands/RegisterCommitment", json=ledger.prepared(REGISTER), headers=headers)
    assert problem(other) == (409, "idempotency-key-reused")
    assert backlog(ledger) == 1
    # Another caller may use the same key.
    theirs = client.post("/v1/commands/RegisterCommitment", json=ledger.prepared(REGISTER, STRANGER), headers=headers)
    assert theirs.status_code == 202


@pytest.mark.parametrize("key", ["", " ", "é", "x" * 256, "a b"])
def test_a_key_that_is_none(client: TestClient, ledger: World, key: str) -> None:
    answer = client.post(
        "/v1/commands/RegisterCommitment",
        json=ledger.prepared(REGISTER),
        headers={b"Idempotency-Key": key.encode("latin-1")},
    )
    assert problem(answer) == (422, "request-invalid")
    assert backlog(ledger) == 0


def test_twenty_at_once_are_one(client: TestClient, ledger: World) -> None:
    body = ledger.prepared(REGISTER)
    together = threading.Barrier(20)

    def submit(_: int) -> tuple[int, str]:
        together.wait()
        answer = client.post("/v1/commands/RegisterCommitment", json=body, headers={"Idempotency-Key": "together"})
        return answer.status_code, answer.text

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(submit, range(20)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 202
    assert backlog(ledger) == 1


def test_a_number_is_good_for_one_command(client: TestClient, ledger: World) -> None:
    first = ledger.prepared(REGISTER)
    assert client.post("/v1/commands/RegisterCommitment", json=first).status_code == 202
    other = AcceptBySilence(61)
    unsigned = Authorization(SIGNER.address, int(first["operation"]), parse_moment(first["deadline"]), b"")
    document = typed_data(other, unsigned, DEPLOYMENT.domain(other.contract))
    second = {
        **first,
        "command": command_to_json(other),
        "signature": "0x" + SIGNER.sign_typed_data(document).hex(),
    }
    answer = client.post("/v1/commands/AcceptBySilence", json=second)
    assert problem(answer) == (409, "operation-reused")


def test_log_ins_are_bound_to_this_machine_or_a_stated_address(ledger: World) -> None:
    ask = {"address": SIGNER.address}
    with TestClient(ledger.app(), base_url="http://ledger.example.gov") as client:
        assert problem(client.post("/v1/auth/challenge", json=ask)) == (503, "login-not-configured")
    with TestClient(ledger.app(), base_url="http://127.0.0.1:8000") as client:
        message = client.post("/v1/auth/challenge", json=ask).json()["message"]
        assert message.startswith("127.0.0.1:8000 wants you to sign in")
    with TestClient(ledger.app(public_url="https://ledger.example.gov"), base_url="http://evil.example") as client:
        message = client.post("/v1/auth/challenge", json=ask).json()["message"]
        assert message.startswith("ledger.example.gov wants you to sign in")


def test_what_needs_a_session(client: TestClient) -> None:
    for path in ("/v1/operations", "/v1/auth/me"):
        answer = client.get(path)
        assert problem(answer) == (401, "login-required")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        unknown = client.get(path, headers={"Authorization": "Bearer made-up"})
        assert problem(unknown) == (401, "session-unknown")
    assert problem(client.post("/v1/auth/logout")) == (401, "login-required")
    assert problem(client.post("/v1/auth/challenge", json={"address": "0x12"})) == (422, "request-invalid")
    local = {"host": "localhost"}
    wrong_case = {"address": "0x" + SIGNER.address[2:].swapcase()}
    assert problem(client.post("/v1/auth/challenge", json=wrong_case, headers=local)) == (422, "invalid-input")
    login = {"message": "sign in", "signature": "0x" + "00" * 65}
    assert problem(client.post("/v1/auth/login", json=login, headers=local)) == (422, "login-message-malformed")
