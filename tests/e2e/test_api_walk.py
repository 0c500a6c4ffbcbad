"""
The API, walked through as an ordinary client would: a real `intergov serve` on a fresh home, plain HTTP, and keys that
the server never sees.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from ledger.chain.contracts import encode_call
from ledger.chain.embedded.client import find_node, stop_node
from ledger.domain.enums import Level, Role
from ledger.domain.terms import NewGovernment

pytestmark = pytest.mark.slow

INTERGOV = Path(sys.executable).parent / "intergov"
DAY = 86_400

# The last character of each is its check character (GB 32100-2015).
LUJIANG = "uscc:11990100MB0000001T"
QINGYUAN = "uscc:11990200MB00000023"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Client:
    """An ordinary HTTP client with some keys of its own."""

    http: httpx.Client
    home: Path
    accounts: dict[str, LocalAccount] = field(default_factory=dict)

    def get(self, path: str, **params: Any) -> Any:
        answer = self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def prepare(self, name: str, command: dict[str, Any], who: LocalAccount) -> dict[str, Any]:
        answer = self.http.post(f"/v1/commands/{name}/prepare", json={"signer": who.address, "command": command})
        assert answer.status_code == 200, answer.text
        prepared: dict[str, Any] = answer.json()
        assert prepared["words"]
        return prepared

    def submission(self, prepared: dict[str, Any], who: LocalAccount) -> dict[str, Any]:
        signed = who.sign_typed_data(full_message=prepared["typed_data"])
        return {
            "signer": who.address,
            "operation": prepared["operation"],
            "deadline": prepared["deadline"],
            "command": prepared["command"],
            "signature": "0x" + signed.signature.hex().removeprefix("0x"),
        }

    def submit(self, name: str, body: dict[str, Any], key: str | None = None) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.http.post(f"/v1/commands/{name}", json=body, headers=headers)

    def wait(self, location: str) -> dict[str, Any]:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            operation: dict[str, Any] = self.get(location)
            if operation["state"] in ("refused", "expired"):
                return operation
            if operation["state"] == "confirmed" and operation["projected"]:
                return operation
            time.sleep(0.05)
        raise AssertionError(f"operation {location} has not ended")

    def give(self, name: str, command: dict[str, Any], who: LocalAccount) -> dict[str, Any]:
        """Prepare, sign, submit, and wait until it shows."""
        answer = self.submit(name, self.submission(self.prepare(name, command, who), who))
        assert answer.status_code == 202, answer.text
        operation = self.wait(answer.headers["location"])
        assert operation["state"] == "confirmed", operation
        return operation

    def fact(self, operation: dict[str, Any], event: str) -> dict[str, Any]:
        """The fact that an operation recorded."""
        page = self.get("/v1/history", transaction=operation["transaction"], event=event)
        (fact,) = page["items"]
        assert fact["signer"] == operation["signer"]
        assert fact["operation"] == operation["operation"]
        found: dict[str, Any] = fact
        return found

    def administer(self, contract: str, function: str, *arguments: Any) -> None:
        """Two administrators agree, and anybody executes."""
        first, second = (self.home_key(f"administrator-{number}") for number in (1, 2))
        addresses = {each["name"]: each["address"] for each in self.get("/v1/contracts")["contracts"]}
        call = {
            "target": addresses[contract],
            "call_data": "0x" + encode_call(contract, function, *arguments).hex(),
            "reason": f"{function}, as agreed",
        }
        made = self.fact(self.give("ProposeCall", call, first), "ProposalMade")
        early = self.http.post(f"/v1/proposals/{made['proposal']}/execute")
        assert early.status_code == 409
        assert early.json()["values"]["stage"] == "approvals_missing"
        self.give("ApproveProposal", {"id": made["proposal"]}, second)
        executed = self.http.post(f"/v1/proposals/{made['proposal']}/execute")
        assert (executed.status_code, executed.json()["stage"]) == (200, "executed"), executed.text

    def home_key(self, name: str) -> LocalAccount:
        passphrase = (self.home / "keys" / "passphrase").read_text().strip()
        document = json.loads((self.home / "keys" / f"{name}.json").read_text())
        account: LocalAccount = Account.from_key(Account.decrypt(document, passphrase))
        return account


@contextlib.contextmanager
def serving(home: Path) -> Iterator[httpx.Client]:
    port = free_port()
    environment = {**os.environ, "INTERGOV_API_WRITE_LIMIT": "off", "INTERGOV_API_READ_LIMIT": "off"}
    command = [str(INTERGOV), "--home", str(home), "serve", "--port", str(port)]
    log = home.parent / "serve.log"
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
            until = time.monotonic() + 60
            while True:
                try:
                    if client.get("/readyz").status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.1)
            yield client
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        assert process.returncode in (0, -15), log.read_text()
        assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    home = tmp_path_factory.mktemp("walk") / "home"
    made = subprocess.run([str(INTERGOV), "init", "--home", str(home)], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    try:
        with serving(home) as http:
            client = Client(http, home)
            client.accounts = {name: Account.create() for name in ("lujiang", "qingyuan", "stranger")}
            client.administer("GovernmentRegister", "registerGovernments", (_new(client, LUJIANG, "lujiang"),))
            client.administer("GovernmentRegister", "registerGovernments", (_new(client, QINGYUAN, "qingyuan"),))
            yield client
    finally:
        if find_node(home) is not None:
            stop_node(home)


def _new(client: Client, identifier: str, name: str) -> NewGovernment:
    scheme, _, value = identifier.partition(":")
    title = {"lujiang": "Lujiang District", "qingyuan": "Qingyuan County"}[name]
    signers = (client.accounts[name].address,)
    return NewGovernment(scheme, value, title, Level.COUNTY, 0, Role.GOVERNMENT.bit, signers)


def moment(offset_seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + offset_seconds))


def terms(client: Client) -> dict[str, Any]:
    ids = [client.get(f"/v1/governments/{each}")["id"] for each in (LUJIANG, QINGYUAN)]
    return {
        "reference_number": "KSTB-2026-01",
        "title": "Cross-province handling of pension transfers 养老保险关系转移跨省通办",
        "document_digest": "0x" + "17" * 32,
        "document_locator": "archive:KSTB-2026-01",
        "service_mode": "remote_acceptance",
        "coordinating_body": client.get("/v1/governments/local:records-office")["id"],
        "parties": ids,
        "indicators": [
            {
                "name": "Cases closed in time",
                "kind": "social_benefit",
                "unit": "percent",
                "target": 95_000_000,
                "direction": "at_least",
                "weight_basis_points": 10_000,
            }
        ],
        "compensation": {
            "kind": "per_case",
            "currency": "CNY",
            "amount_minor": 2_000,
            "share_basis_points": 0,
            "standard": "20 yuan a case",
            "method": "Counted at the window",
            "process": "Paid each quarter, confirmed within ten days",
        },
        "effective_from": None,
        "expires_at": None,
    }


@pytest.fixture(scope="module")
def agreement(client: Client) -> int:
    lujiang, qingyuan = client.accounts["lujiang"], client.accounts["qingyuan"]
    proposed = client.fact(client.give("ProposeAgreement", {"terms": terms(client)}, lujiang), "AgreementProposed")
    number: int = proposed["agreement"]
    digest = client.get(f"/v1/agreements/{number}")["terms_digest"]
    for account in (lujiang, qingyuan):
        client.give("SignAgreement", {"id": number, "version": 1, "terms_digest": digest}, account)
    return number


def commitment(client: Client, agreement: int, reference: str = "2026-001") -> dict[str, Any]:
    return {
        "terms": {
            "agreement": agreement,
            "creditor": client.get(f"/v1/governments/{QINGYUAN}")["id"],
            "indicator": 0,
            "due_at": moment(DAY),
            "reference_number": reference,
            "description": "Open a window for pension transfers",
        }
    }


def test_the_whole_road(client: Client, agreement: int) -> None:
    lujiang, qingyuan = client.accounts["lujiang"], client.accounts["qingyuan"]
    before = client.get(f"/v1/governments/{LUJIANG}/score")["scores"][0]
    assert (before["settled"], before["standing"]) == (0, "unrated")

    stands = client.get(f"/v1/agreements/{agreement}")
    assert (stands["state"], stands["in_force"], stands["service_mode"]) == ("concluded", True, "remote_acceptance")
    assert [each["government"]["identifier"] for each in stands["parties"]] == [LUJIANG, QINGYUAN]
    assert all(each["signed_at"] for each in stands["parties"])

    operation = client.give("RegisterCommitment", commitment(client, agreement), lujiang)
    number = client.fact(operation, "CommitmentRegistered")["commitment"]
    assert client.get(f"/v1/commitments/{number}")["state"] == "proposed"
    client.give("AcceptCommitments", {"ids": [number]}, qingyuan)
    stands = client.get(f"/v1/commitments/{number}")
    assert (stands["state"], stands["weight_millionths"]) == ("active", 1_000_000)
    made_at = stands["made_at"]
    evidence = {"id": number, "digest": "0x" + "ab" * 32, "locator": "archive:photo-1", "performed_at": made_at}
    client.give("SubmitEvidence", evidence, lujiang)
    (lodged,) = client.get(f"/v1/commitments/{number}/evidence")
    assert lodged["digest"] == evidence["digest"]
    confirmation = {"id": number, "outcome_basis_points": 10_000, "performed_at": evidence["performed_at"]}
    client.give("ConfirmCommitment", {"confirmation": confirmation}, qingyuan)

    settled = client.get(f"/v1/commitments/{number}")
    assert (settled["state"], settled["outcome"], settled["outcome_basis_points"]) == ("settled", "fulfilled", 10_000)
    assert settled["debtor"]["name"] == "Lujiang District"
    listed = client.get("/v1/commitments", debtor=LUJIANG, state="settled")["items"]
    assert [each["id"] for each in listed] == [number]

    explained = client.get(f"/v1/governments/{LUJIANG}/explanation")
    assert explained["score"] > before["score"]
    assert explained["settled"] == 1
    assert explained["base"] + sum(each["points"] for each in explained["reasons"]) == explained["score"]
    assert explained["reasons"][0]["commitment"] == number
    ranking = client.get("/v1/scores")["scores"]
    assert ranking[0]["government"] == LUJIANG


def test_compensation(client: Client, agreement: int) -> None:
    lujiang, qingyuan = client.accounts["lujiang"], client.accounts["qingyuan"]
    paid = {
        "agreement": agreement,
        "payee": client.get(f"/v1/governments/{QINGYUAN}")["id"],
        "currency": "CNY",
        "amount_minor": 1_250_000,
        "paid_at": client.get(f"/v1/agreements/{agreement}")["effective_from"],
        "reference_number": "BANK-77",
    }
    operation = client.give("RecordTransfer", {"terms": paid}, lujiang)
    number = client.fact(operation, "TransferRecorded")["transfer"]
    assert client.get(f"/v1/compensation-transfers/{number}")["state"] == "pending"
    client.give("ConfirmTransfer", {"id": number, "received_at": paid["paid_at"]}, qingyuan)
    transfer = client.get(f"/v1/compensation-transfers/{number}")
    assert transfer["state"] == "confirmed"
    assert transfer["amount"] == {"amount_minor": 1_250_000, "currency": "CNY", "formatted": "12500.00 CNY"}
    assert client.get("/v1/compensation-transfers", currency="CNY", payer=LUJIANG)["items"] == [transfer]


def test_a_document_can_be_sent_back_as_it_was_signed(client: Client, agreement: int) -> None:
    lujiang = client.accounts["lujiang"]
    prepared = client.prepare("RegisterCommitment", commitment(client, agreement, "2026-doc"), lujiang)
    signature = client.submission(prepared, lujiang)["signature"]
    answer = client.submit("RegisterCommitment", {"typed_data": prepared["typed_data"], "signature": signature})
    assert answer.status_code == 202, answer.text
    assert client.wait(answer.headers["location"])["state"] == "confirmed"

    for part, value, slug in (
        ("chainId", 1, "signature-foreign-chain"),
        ("verifyingContract", "0x" + "11" * 20, "signature-foreign-home"),
    ):
        foreign = json.loads(json.dumps(prepared["typed_data"]))
        foreign["domain"][part] = value
        refused = client.submit("RegisterCommitment", {"typed_data": foreign, "signature": signature})
        assert (refused.status_code, refused.json()["type"]) == (422, f"/v1/problems/{slug}"), refused.text


def test_signatures_that_are_refused(client: Client, agreement: int) -> None:
    lujiang, stranger = client.accounts["lujiang"], client.accounts["stranger"]
    prepared = client.prepare("RegisterCommitment", commitment(client, agreement, "2026-bad"), lujiang)
    good = client.submission(prepared, lujiang)
    altered = json.loads(json.dumps(good))
    altered["command"]["terms"]["description"] = "Open a window, some day"
    cases = [
        (altered, "signature-altered"),
        ({**good, "signature": client.submission(prepared, stranger)["signature"]}, "signature-altered"),
        ({**good, "signature": "0x" + "00" * 65}, "signature-altered"),
        ({**good, "signature": "0x1234"}, "signature-altered"),
        ({**good, "deadline": moment(7_000)}, "signature-altered"),
        ({**good, "deadline": moment(-60)}, "signature-expired"),
    ]
    for body, slug in cases:
        refused = client.submit("RegisterCommitment", body)
        assert refused.json()["type"] == f"/v1/problems/{slug}", refused.text
        assert refused.status_code == 422
    assert client.get("/v1/commitments", reference_number="2026-bad")["items"] == []


def test_what_the_contract_refuses_comes_with_its_error_and_leaves_nothing(client: Client, agreement: int) -> None:
    lujiang, qingyuan, stranger = (client.accounts[name] for name in ("lujiang", "qingyuan", "stranger"))
    operation = client.give("RegisterCommitment", commitment(client, agreement, "2026-own"), lujiang)
    number = client.fact(operation, "CommitmentRegistered")["commitment"]
    client.give("AcceptCommitments", {"ids": [number]}, qingyuan)
    evidence = {"id": number, "digest": "0x" + "ab" * 32, "locator": "", "performed_at": moment(-1)}

    def refusal(name: str, command: dict[str, Any], who: LocalAccount) -> tuple[int, str, dict[str, Any]]:
        answer = client.submit(name, client.submission(client.prepare(name, command, who), who))
        document = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert document["detail"]
        return answer.status_code, document["error"], document["values"]

    ids = {name: client.get(f"/v1/governments/{each}")["id"] for name, each in (("l", LUJIANG), ("q", QINGYUAN))}
    status, error, values = refusal("SubmitEvidence", evidence, qingyuan)
    assert (status, error, values) == (
        403,
        "CommitmentNotDebtor",
        {"id": number, "caller": ids["q"], "debtor": ids["l"]},
    )
    status, error, values = refusal("SubmitEvidence", evidence, stranger)
    assert (status, error, values) == (403, "SignerUnknown", {"signer": stranger.address})
    status, error, values = refusal("SubmitEvidence", {**evidence, "id": 9_999}, lujiang)
    assert (status, error, values["id"]) == (422, "CommitmentUnknown", 9_999)
    late = commitment(client, agreement)
    late["terms"]["due_at"] = moment(-DAY)
    assert refusal("RegisterCommitment", late, lujiang)[:2][0] == 422
    weights = terms(client)
    weights["indicators"][0]["weight_basis_points"] = 9_000
    status, error, values = refusal("ProposeAgreement", {"terms": weights}, lujiang)
    assert (status, error) == (422, "AgreementIndicatorWeightsSum")
    assert values == {"sum_basis_points": 9_000, "expected_basis_points": 10_000}
    confirmation = {"id": number, "outcome_basis_points": 10_000, "performed_at": moment(-1)}
    status, error, values = refusal("ConfirmCommitment", {"confirmation": confirmation}, qingyuan)
    assert (status, error, values) == (409, "CommitmentStateInvalid", {"id": number, "state": "active"})


def test_an_idempotency_key_repeats_the_answer_and_not_the_deed(client: Client, agreement: int) -> None:
    lujiang = client.accounts["lujiang"]
    body = client.submission(
        client.prepare("RegisterCommitment", commitment(client, agreement, "2026-once"), lujiang), lujiang
    )
    first = client.submit("RegisterCommitment", body, "walk-key-1")
    assert first.status_code == 202
    client.wait(first.headers["location"])
    second = client.submit("RegisterCommitment", body, "walk-key-1")
    assert (second.status_code, second.json(), second.headers["location"]) == (
        202,
        first.json(),
        first.headers["location"],
    )
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    other = client.submission(
        client.prepare("RegisterCommitment", commitment(client, agreement, "2026-twice"), lujiang), lujiang
    )
    refused = client.submit("RegisterCommitment", other, "walk-key-1")
    assert (refused.status_code, refused.json()["type"]) == (409, "/v1/problems/idempotency-key-reused")
    # Without a key the same signed command is the same operation, not a second one.
    assert client.submit("RegisterCommitment", body).json()["id"] == first.json()["id"]
    assert len(client.get("/v1/commitments", reference_number="2026-once")["items"]) == 1
    assert client.get("/v1/commitments", reference_number="2026-twice")["items"] == []


def test_log_in_by_signed_challenge(client: Client, agreement: int) -> None:
    lujiang, stranger = client.accounts["lujiang"], client.accounts["stranger"]
    assert client.http.get("/v1/operations").status_code == 401
    challenge = client.http.post("/v1/auth/challenge", json={"address": lujiang.address}).json()
    assert lujiang.address in challenge["message"]

    def login(account: LocalAccount, message: str) -> httpx.Response:
        signature = account.sign_message(encode_defunct(text=message)).signature.hex()
        return client.http.post(
            "/v1/auth/login", json={"message": message, "signature": "0x" + signature.removeprefix("0x")}
        )

    assert login(stranger, challenge["message"]).status_code == 401
    elsewhere = challenge["message"].replace("127.0.0.1", "evil.example", 1)
    assert login(lujiang, elsewhere).json()["type"] == "/v1/problems/login-foreign-domain"
    answer = login(lujiang, challenge["message"])
    assert answer.status_code == 200, answer.text
    assert login(lujiang, challenge["message"]).json()["type"] == "/v1/problems/login-nonce-used"

    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    me = client.http.get("/v1/auth/me", headers=headers).json()
    assert (me["address"], me["government"]["identifier"]) == (lujiang.address, LUJIANG)
    own = client.http.get("/v1/operations", params={"limit": 1}, headers=headers)
    assert own.status_code == 200
    assert own.json()["next_cursor"] is not None
    assert {each["signer"] for each in own.json()["items"]} == {lujiang.address}
    foreign = client.http.get("/v1/operations", params={"signer": stranger.address}, headers=headers)
    assert (foreign.status_code, foreign.json()["type"]) == (403, "/v1/problems/not-own-records")
    assert client.http.post("/v1/auth/logout", headers=headers).status_code == 204
    assert client.http.get("/v1/auth/me", headers=headers).status_code == 401


def test_governments_by_every_name_and_by_none(client: Client) -> None:
    by_identifier = client.get(f"/v1/governments/{LUJIANG}")
    assert by_identifier["signers"][0]["address"] == client.accounts["lujiang"].address
    assert client.get(f"/v1/governments/{by_identifier['id']}") == by_identifier
    assert client.get("/v1/governments/Lujiang District") == by_identifier
    for text, status in (
        ("iso3166:XYZ", 404),
        ("Nowhere", 404),
        ("uscc:11990100MB00000012", 422),
        ("9" * 290, 404),
        ("a" * 50_000, 422),
        ("%00", 422),
        ("%ED%A0%80", 404),
        ("%FF%FE", 404),
    ):
        answer = client.http.get(f"/v1/governments/{text}")
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), text[:40]


def test_the_console_and_the_probes(client: Client) -> None:
    page = client.http.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "console.js" in page.text
    for name in ("console.css", "console.js", "words.js", "mark.svg"):
        assert client.http.get(f"/console/{name}").status_code == 200
    assert client.http.get("/console/../main.py").status_code == 404
    assert client.get("/readyz")["lag_blocks"] >= 0
    assert "intergov_http_requests_total" in client.http.get("/metrics").text


def test_a_node_that_is_killed_is_started_again_and_nothing_is_lost(client: Client, agreement: int) -> None:
    before = client.get("/v1/history", limit=1)["items"][0]
    node = find_node(client.home)
    assert node is not None
    os.kill(node.pid, signal.SIGKILL)
    lujiang = client.accounts["lujiang"]
    until = time.monotonic() + 60
    while True:
        prepared = client.prepare("RegisterCommitment", commitment(client, agreement, "2026-after"), lujiang)
        answer = client.submit("RegisterCommitment", client.submission(prepared, lujiang))
        if answer.status_code == 202:
            break
        # Nothing of it is kept while the node is away.
        assert answer.status_code == 503, answer.text
        assert time.monotonic() < until, answer.text
        time.sleep(0.2)
    assert client.wait(answer.headers["location"])["state"] == "confirmed"
    assert len(client.get("/v1/commitments", reference_number="2026-after")["items"]) == 1
    assert client.get("/v1/history", order="oldest", limit=200)["items"][before["sequence"] - 1] == before
