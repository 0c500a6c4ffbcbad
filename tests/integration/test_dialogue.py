"""Dialogue over the API: who may say and read what, in which order, and what was put on record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from fastapi.testclient import TestClient
from sqlalchemy import text

from ledger.chain.signers import LocalSigner
from ledger.domain import events as e
from ledger.domain.dialogue import ATTACHMENTS_MAX, TEXT_BYTES_MAX, parse_channel
from ledger.domain.enums import Role
from ledger.errors import InvalidInput
from ledger.store.engine import writing
from tests.api_world import NOW, World, world
from tests.unit.chain_builder import DISTRICT, HARBOUR, PROVINCE, RECORDER, founded, government

KEYS = {number: bytes([0x40 + number]) * 32 for number in range(1, 8)}
SIGNERS = {number: LocalSigner(key) for number, key in KEYS.items()}
SECOND_KEY = 7
"""Another key of the district."""

OUTSIDER, OTHER_BODY = 5, 6
AGREEMENT = "agreement-1"
PAIR = f"pair-{DISTRICT}-{HARBOUR}"
ROOT = "/v1/dialogues"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[World]:
    chain = founded()
    chain.add(
        government(OUTSIDER, "Outer County"),
        government(OTHER_BODY, "Other Office", roles=(Role.COORDINATING_BODY,)),
        *(e.SignerAdded(number, SIGNERS[number].address) for number in range(1, 7)),
        e.SignerAdded(DISTRICT, SIGNERS[SECOND_KEY].address),
        e.JurisdictionSet(RECORDER, 0, True),
        e.JurisdictionSet(OTHER_BODY, DISTRICT, True),
    )
    with world(tmp_path, chain) as made:
        yield made


@pytest.fixture
def client(ledger: World) -> Iterator[TestClient]:
    with TestClient(ledger.app(), base_url="http://127.0.0.1:8000") as client:
        yield client


def as_(client: TestClient, who: int) -> dict[str, str]:
    """The headers of a session of this account."""
    ask = {"address": SIGNERS[who].address}
    message = client.post("/v1/auth/challenge", json=ask).json()["message"]
    signature = Account.sign_message(encode_defunct(text=message), KEYS[who]).signature.hex()
    answer = client.post("/v1/auth/login", json={"message": message, "signature": "0x" + signature})
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def prepared(client: TestClient, who: int, channel: str, said: str, attachments: list[Any] | None = None) -> Any:
    """A message ready to be posted, signed by this account."""
    body = {"text": said, "attachments": attachments or []}
    draft = client.post(f"{ROOT}/{channel}/messages/prepare", json=body, headers=as_(client, who))
    assert draft.status_code == 200, draft.text
    found = draft.json()
    signature = SIGNERS[who].sign_typed_data(found["typed_data"])
    named = {key: found[key] for key in ("number", "previous", "sent_at")}
    return {**body, **named, "signature": "0x" + signature.hex()}


def say(client: TestClient, who: int, said: str, channel: str = AGREEMENT, attachments: list[Any] | None = None) -> Any:
    body = prepared(client, who, channel, said, attachments)
    answer = client.post(f"{ROOT}/{channel}/messages", json=body, headers=as_(client, who))
    assert answer.status_code == 201, answer.text
    return answer.json()


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]


def test_what_is_said_is_read_by_the_parties_and_their_coordinating_body(client: TestClient) -> None:
    first = say(client, DISTRICT, "高铁站联合窗口何时开放？")
    second = say(client, HARBOUR, "Next month.")
    assert (first["number"], second["number"]) == (1, 2)
    assert second["previous"] == first["digest"]
    for reader in (DISTRICT, HARBOUR, PROVINCE, RECORDER):
        found = client.get(f"{ROOT}/{AGREEMENT}/messages", headers=as_(client, reader)).json()
        assert found == [first, second]
    assert client.get(f"{ROOT}/{AGREEMENT}/messages?after=1", headers=as_(client, HARBOUR)).json() == [second]
    listed = client.get(ROOT, headers=as_(client, PROVINCE)).json()
    assert listed == [{"channel": AGREEMENT, "messages": 2}]


def test_for_others_a_channel_is_not_there(client: TestClient) -> None:
    say(client, DISTRICT, "between us", PAIR)
    nobody = client.get(f"{ROOT}/{PAIR}/messages")
    assert problem(nobody) == (401, "login-required")
    for stranger in (OUTSIDER, PROVINCE, OTHER_BODY):
        headers = as_(client, stranger)
        there = client.get(f"{ROOT}/{PAIR}/messages", headers=headers)
        nowhere = client.get(f"{ROOT}/pair-901-902/messages", headers=headers)
        assert problem(there) == problem(nowhere) == (404, "not-found")
        assert client.get(ROOT, headers=headers).json() == []
        body = {"text": "let me in", "attachments": []}
        assert client.post(f"{ROOT}/{PAIR}/messages/prepare", json=body, headers=headers).status_code == 404
        assert client.post(f"{ROOT}/{PAIR}/record", headers=headers).status_code == 404
        assert client.get(f"{ROOT}/{PAIR}/records", headers=headers).status_code == 404
    # The body with jurisdiction over both listens.
    assert len(client.get(f"{ROOT}/{PAIR}/messages", headers=as_(client, RECORDER)).json()) == 1


def test_who_supervises_does_not_take_part(client: TestClient) -> None:
    body = {"text": "hurry up", "attachments": []}
    answer = client.post(f"{ROOT}/{AGREEMENT}/messages/prepare", json=body, headers=as_(client, RECORDER))
    assert problem(answer) == (403, "dialogue-read-only")


def test_an_account_that_was_stopped_or_removed_reads_nothing(client: TestClient, ledger: World) -> None:
    say(client, DISTRICT, "before")
    headers = as_(client, SECOND_KEY)
    assert client.get(f"{ROOT}/{AGREEMENT}/messages", headers=headers).status_code == 200
    ledger.chain.add(e.SignerFrozen(DISTRICT, SIGNERS[SECOND_KEY].address, RECORDER, "stolen"))
    ledger.ledger.follower.sync()
    assert client.get(f"{ROOT}/{AGREEMENT}/messages", headers=headers).status_code == 404


def test_a_successor_reads_on(client: TestClient, ledger: World) -> None:
    say(client, HARBOUR, "before the merger")
    assert client.get(f"{ROOT}/{AGREEMENT}/messages", headers=as_(client, OUTSIDER)).status_code == 404
    ledger.chain.add(e.SuccessionRecorded(HARBOUR, (OUTSIDER,), "merger"))
    ledger.ledger.follower.sync()
    say(client, OUTSIDER, "we go on")
    assert client.get(f"{ROOT}/{AGREEMENT}/messages", headers=as_(client, HARBOUR)).status_code == 404


def test_of_two_written_at_once_one_is_signed_anew(client: TestClient) -> None:
    mine, theirs = prepared(client, DISTRICT, AGREEMENT, "one"), prepared(client, HARBOUR, AGREEMENT, "two")
    assert client.post(f"{ROOT}/{AGREEMENT}/messages", json=mine, headers=as_(client, DISTRICT)).status_code == 201
    late = client.post(f"{ROOT}/{AGREEMENT}/messages", json=theirs, headers=as_(client, HARBOUR))
    assert problem(late) == (409, "dialogue-out-of-order")
    assert late.json()["values"]["expected"] == 2
    again = client.post(f"{ROOT}/{AGREEMENT}/messages", json=mine, headers=as_(client, DISTRICT))
    assert problem(again) == (409, "dialogue-out-of-order")
    say(client, HARBOUR, "two")


@pytest.mark.parametrize(
    "change",
    [{"text": "something else"}, {"signature": "0x" + "00" * 65}, {"sent_at": "2026-09-26T00:00:00Z"}],
)
def test_what_was_not_signed_is_not_taken(client: TestClient, change: dict[str, str]) -> None:
    body = prepared(client, DISTRICT, AGREEMENT, "as signed") | change
    answer = client.post(f"{ROOT}/{AGREEMENT}/messages", json=body, headers=as_(client, DISTRICT))
    assert answer.status_code == 422
    assert answer.json()["type"].rsplit("/", 1)[-1] in ("signature-altered", "invalid-input")
    assert client.get(f"{ROOT}/{AGREEMENT}/messages", headers=as_(client, DISTRICT)).json() == []


def test_nobody_speaks_for_another(client: TestClient) -> None:
    body = prepared(client, DISTRICT, AGREEMENT, "I am the district")
    answer = client.post(f"{ROOT}/{AGREEMENT}/messages", json=body, headers=as_(client, HARBOUR))
    assert problem(answer) == (422, "signature-altered")


@pytest.mark.parametrize("channel", ["agreement-0", "pair-4-2", "pair-2-2", "elsewhere", "pair-2", "agreement-1-2"])
def test_what_is_no_channel_is_refused(client: TestClient, channel: str) -> None:
    answer = client.get(f"{ROOT}/{channel}/messages", headers=as_(client, DISTRICT))
    assert problem(answer) == (422, "invalid-input")


@pytest.mark.parametrize("said", ["", " \n", "x" * (TEXT_BYTES_MAX + 1), "鹭" * TEXT_BYTES_MAX, "a\0b"])
def test_an_empty_or_endless_message_is_refused(client: TestClient, said: str) -> None:
    body = {"text": said, "attachments": []}
    answer = client.post(f"{ROOT}/{AGREEMENT}/messages/prepare", json=body, headers=as_(client, DISTRICT))
    assert answer.status_code == 422


def bring(client: TestClient, who: int, name: str, content: bytes) -> Any:
    headers = as_(client, who) | {"Content-Type": "application/octet-stream"}
    return client.post(f"{ROOT}/{AGREEMENT}/attachments", params={"name": name}, content=content, headers=headers)


def test_a_file_goes_with_a_message_and_comes_back_as_it_was(client: TestClient, tmp_path: Path) -> None:
    content = bytes(range(256)) * 40
    brought = bring(client, DISTRICT, "附件 1.pdf", content)
    assert brought.status_code == 201
    file = brought.json()
    assert file == {"digest": "0x" + hashlib.sha256(content).hexdigest(), "name": "附件 1.pdf", "size": len(content)}
    said = say(client, DISTRICT, "", attachments=[file])
    assert said["attachments"] == [file]
    where = f"{ROOT}/{AGREEMENT}/attachments/{file['digest']}"
    answer = client.get(where, headers=as_(client, HARBOUR))
    assert answer.content == content
    assert answer.headers["content-disposition"].startswith("attachment")
    assert client.get(where, headers=as_(client, OUTSIDER)).status_code == 404
    (kept,) = (tmp_path / "dialogue").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_bytes(b"forged")
    assert problem(client.get(where, headers=as_(client, HARBOUR))) == (503, "dialogue-file-unusable")


def test_a_file_that_no_message_carries_is_not_given_out(client: TestClient) -> None:
    file = bring(client, DISTRICT, "draft.txt", b"not sent yet").json()
    answer = client.get(f"{ROOT}/{AGREEMENT}/attachments/{file['digest']}", headers=as_(client, HARBOUR))
    assert problem(answer) == (404, "not-found")


def test_a_message_carries_only_what_was_brought(client: TestClient) -> None:
    absent = {"digest": "0x" + "11" * 32, "name": "a.txt", "size": 5}
    body = prepared(client, DISTRICT, AGREEMENT, "see attached", [absent])
    answer = client.post(f"{ROOT}/{AGREEMENT}/messages", json=body, headers=as_(client, DISTRICT))
    assert problem(answer) == (422, "invalid-input")
    file = bring(client, DISTRICT, "a.txt", b"12345").json()
    for wrong in (
        [file] * 2,
        [file | {"name": "../a.txt"}],
        [file | {"digest": f"0x{number:064x}"} for number in range(ATTACHMENTS_MAX + 1)],
    ):
        asked = {"text": "x", "attachments": wrong}
        answer = client.post(f"{ROOT}/{AGREEMENT}/messages/prepare", json=asked, headers=as_(client, DISTRICT))
        assert answer.status_code == 422


def put_on_record(client: TestClient, ledger: World, who: int, channel: str = AGREEMENT) -> dict[str, Any]:
    """What the contract would say of the command that the API gives."""
    answer = client.post(f"{ROOT}/{channel}/record", headers=as_(client, who))
    assert answer.status_code == 200, answer.text
    command: dict[str, Any] = answer.json()["command"]
    digest = bytes.fromhex(command["digest"][2:])
    recorded = e.DialogueRecorded(
        command["agreement"] or 0, who, command["counterpart"] or 0, digest, command["messages"]
    )
    ledger.chain.add(recorded)
    ledger.ledger.follower.sync()
    return command


def findings(client: TestClient, channel: str = AGREEMENT, who: int = DISTRICT) -> list[tuple[int, bool]]:
    found = client.get(f"{ROOT}/{channel}/records", headers=as_(client, who)).json()
    return [(each["messages"], each["holds"]) for each in found]


def test_what_was_put_on_record_is_proved_and_later_messages_do_not_disturb_it(
    client: TestClient, ledger: World
) -> None:
    say(client, DISTRICT, "one")
    say(client, HARBOUR, "two")
    first = put_on_record(client, ledger, HARBOUR)
    assert (first["agreement"], first["counterpart"], first["messages"]) == (1, None, 2)
    say(client, DISTRICT, "three")
    second = put_on_record(client, ledger, DISTRICT)
    assert first["digest"] != second["digest"]
    assert findings(client) == [(2, True), (3, True)]


def test_the_same_words_never_give_the_same_digest(client: TestClient, ledger: World) -> None:
    say(client, DISTRICT, "yes")
    digests = {put_on_record(client, ledger, DISTRICT)["digest"] for _ in range(3)}
    assert len(digests) == 3
    assert findings(client) == [(1, True)] * 3


def test_a_pairs_record_names_the_other(client: TestClient, ledger: World) -> None:
    say(client, HARBOUR, "between us", PAIR)
    command = put_on_record(client, ledger, HARBOUR, PAIR)
    assert (command["agreement"], command["counterpart"]) == (None, DISTRICT)
    assert findings(client, PAIR) == [(1, True)]
    assert findings(client) == []


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE dialogue_messages SET text = 'forged' WHERE number = 1",
        "UPDATE dialogue_messages SET sent_at = sent_at + 1 WHERE number = 2",
        "DELETE FROM dialogue_messages WHERE number = 2",
        "DELETE FROM dialogue_messages WHERE number = 1",
        "DELETE FROM dialogue_salts",
    ],
)
def test_whatever_was_changed_afterwards_is_found(client: TestClient, ledger: World, tampering: str) -> None:
    say(client, DISTRICT, "one")
    say(client, HARBOUR, "two")
    put_on_record(client, ledger, DISTRICT)
    with writing(ledger.ledger.store.engine) as connection:
        connection.execute(text(tampering))
    assert findings(client) == [(2, False)]


def test_where_nothing_was_said_nothing_is_put_on_record(client: TestClient) -> None:
    answer = client.post(f"{ROOT}/{AGREEMENT}/record", headers=as_(client, DISTRICT))
    assert problem(answer) == (404, "not-found")


def test_a_moment_that_cannot_be_is_refused(ledger: World) -> None:
    dialogue, signer = ledger.ledger.dialogue, SIGNERS[DISTRICT]
    message, document = dialogue.draft(parse_channel(AGREEMENT), signer.address, "late", [], NOW)
    with pytest.raises(InvalidInput, match="sent_at"):
        dialogue.post(message, signer.sign_typed_data(document), NOW + 2 * 86_400)
