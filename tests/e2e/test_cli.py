"""The command line as people and programs use it: processes, exit codes, what stands on stdout and on stderr."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli_home import (
    answer,
    copied_home,
    done,
    intergov,
    intergov_process,
    make_home,
    refused,
    running_home,
    start,
)

pytestmark = pytest.mark.slow

TERMS = {
    "reference_number": "SC-1",
    "title": "Pension transfer fully online",
    "document_locator": "archive/1",
    "service_mode": "fully_online",
    "indicators": [
        {
            "name": "Days until a resident is served",
            "kind": "social_benefit",
            "unit": "working days",
            "target": 5_000_000,
            "direction": "at_most",
            "weight_basis_points": 10_000,
        }
    ],
    "compensation": {
        "kind": "per_case",
        "currency": "CNY",
        "amount_minor": 3500,
        "share_basis_points": 0,
        "standard": "35 yuan a case",
        "method": "cases closed",
        "process": "settled every quarter",
    },
    "effective_from": None,
    "expires_at": None,
}
LUJIANG, QINGSHAN = "uscc:11990101MB0000101Y", "uscc:11991101MB00002011"


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("blank") / "home")


@pytest.fixture
def home(blank: Path, tmp_path: Path) -> Iterator[Path]:
    with copied_home(blank, tmp_path / "home") as path:
        yield path


def test_a_day_of_work(home: Path, tmp_path: Path) -> None:
    """Register, agree, promise, keep, pay, look: every step through the command line."""
    for key, identifier, name in (("lujiang", LUJIANG, "Lujiang District"), ("qingshan", QINGSHAN, "Qingshan County")):
        address = answer(intergov("keys", "new", key, "--json", home=home))["address"]
        options = ("--name", name, "--level", "county", "--signer", key, "--yes", "--json")
        registered = answer(intergov("government", "register", identifier, *options, home=home))
        assert registered["stage"] == "executed"
        shown = answer(intergov("government", "show", name, "--json", home=home))
        assert (shown["government"], shown["signers"][0]["address"]) == (identifier, address)

    terms = tmp_path / "terms.json"
    document = tmp_path / "agreement.txt"
    document.write_text("The agreement.\n", encoding="utf-8")
    office = "local:records-office"
    terms.write_text(json.dumps({**TERMS, "coordinating_body": office, "parties": [LUJIANG, QINGSHAN]}), "utf-8")
    proposed = answer(
        intergov(
            *("agreement", "propose", terms, "--document", document, "--as", "lujiang", "--yes", "--json"), home=home
        )
    )
    assert proposed["events"][0]["event"] == "AgreementProposed"
    agreement = str(proposed["events"][0]["id"])
    for key in ("lujiang", "qingshan"):
        done(intergov("agreement", "sign", agreement, "--as", key, "--yes", home=home))
    assert answer(intergov("agreement", "show", agreement, "--json", home=home))["state"] == "concluded"

    register = ("commitment", "register", "--agreement", agreement, "--creditor", QINGSHAN, "--reference", "LJ-1")
    made = answer(intergov(*register, "--due", "2999-12-31", "--as", "lujiang", "--yes", "--json", home=home))
    number = str(made["events"][0]["id"])
    done(intergov("commitment", "accept", number, "--as", "qingshan", "--yes", home=home))
    evidence = tmp_path / "report.txt"
    evidence.write_text("Kept.\n", encoding="utf-8")
    done(intergov("commitment", "evidence", number, "--file", evidence, "--as", "lujiang", "--yes", home=home))
    done(intergov("commitment", "confirm", number, "--kept", "62.5%", "--as", "qingshan", "--yes", home=home))
    shown = answer(intergov("commitment", "show", number, "--json", home=home))
    assert (shown["state"], shown["outcome"], shown["outcome_basis_points"]) == ("settled", "partly", 6250)
    assert shown["evidence"][0]["locator"] == "report.txt"

    pay = ("compensation", "record", "--agreement", agreement, "--payee", QINGSHAN, "--reference", "PAY-1")
    paid = answer(intergov(*pay, "--amount", "1234.50", "--as", "lujiang", "--yes", "--json", home=home))
    done(intergov("compensation", "confirm", str(paid["events"][0]["id"]), "--as", "qingshan", "--yes", home=home))
    (transfer,) = answer(intergov("compensation", "list", "--json", home=home))
    assert (transfer["amount"], transfer["state"]) == ("1234.50 CNY", "confirmed")

    scores = answer(intergov("score", "--json", home=home))
    assert set(scores) == {"as_of", "time", "policy", "block", "scores"}
    assert set(scores["scores"][0]) == {"government", "name", "score", "low", "high", "settled", "standing"}
    assert [each["settled"] for each in scores["scores"] if each["government"] == LUJIANG] == [1]
    explained = answer(intergov("explain", "Lujiang District", "--json", home=home))
    assert explained["base"] + sum(reason["points"] for reason in explained["reasons"]) == explained["score"]
    operation = proposed["operation"]["id"]
    assert answer(intergov("operation", "show", operation, "--json", home=home))["state"] == "confirmed"
    assert answer(intergov("rebuild", "--check", "--json", home=home))["differences"] == []
    assert answer(intergov("doctor", "--json", home=home))["ok"] is True

    # What bad input gets: a clear reason with value and rule, exit 1, and nothing recorded.
    head = scores["block"]["number"]
    due_before = intergov_process(*register, "--due", "2019-12-31", "--as", "lujiang", "--yes", "--json", home=home)
    assert "2019-12-31T23:59:59Z" in refused(due_before)
    assert due_before.stdout == ""
    foreign = intergov("commitment", "confirm", number, "--as", "lujiang", "--yes", home=home)
    assert "may not judge commitment" in refused(foreign)
    cases = {
        ("commitment", "register", "--agreement", "99", *register[4:], "--due", "2999-12-31"): "99",
        (*register, "--due", "31/12/2999"): "31/12/2999",
        (*pay, "--amount", "-5"): "'-5' is not allowed",
        (*pay, "--amount", "1.001"): "at most 2 decimals for CNY",
        (*pay, "--amount", "5", "--currency", "XXX"): "a currency of ISO 4217",
        (*pay[:4], "--payee", "iso3166:ZZZ", *pay[6:], "--amount", "5"): "iso3166:ZZZ",
        ("government", "register", "uscc:11990101MB0000101X", "--name", "Slip"): "check character Y at the end",
        ("government", "register", LUJIANG, "--name", "Again"): "registered",
    }
    for arguments, reason in cases.items():
        signer = () if arguments[0] == "government" else ("--as", "lujiang")
        assert reason in refused(intergov(*arguments, *signer, "--yes", home=home)), arguments
    wrong = json.loads(terms.read_text("utf-8"))
    wrong["indicators"][0]["weight_basis_points"] = 9_999
    terms.write_text(json.dumps({**wrong, "document_digest": "0x" + "11" * 32}), "utf-8")
    assert "9999" in refused(intergov("agreement", "propose", terms, "--as", "lujiang", "--yes", home=home)).replace(
        ",", ""
    )
    assert answer(intergov("score", "--json", home=home))["block"]["number"] == head


def test_global_options_stand_before_and_after_the_command(home: Path, tmp_path: Path) -> None:
    before = intergov("--home", str(home), "--json", "keys", "list")
    after = intergov("keys", "list", "--json", "--home", str(home))
    between = intergov("keys", "--help")
    by_environment = intergov_process("keys", "list", "--json", INTERGOV_HOME=str(home))
    assert answer(before) == answer(after) == answer(by_environment)
    assert between.returncode == 0
    # Where both are given the later one counts.
    assert "no ledger" in refused(intergov("keys", "list", "--home", str(tmp_path / "none"), home=home))


def test_wrong_usage_is_exit_2(tmp_path: Path) -> None:
    for arguments in (
        ["no-such-command"],
        ["score", "--no-such-option"],
        ["import"],
        ["score", "--time", "sideways"],
        ["commitment", "show", "zero"],
        ["serve", "--port", "70000"],
    ):
        result = intergov(*arguments, home=tmp_path / "none")
        assert (result.returncode, result.stdout) == (2, ""), arguments
        assert "Traceback" not in result.stderr
    result = intergov_process("score", "--no-such-option")
    assert (result.returncode, result.stdout) == (2, "")
    assert intergov_process("--version").stdout.startswith("intergov-ledger ")


def test_without_a_home_every_command_says_so(tmp_path: Path) -> None:
    for command in ("score", "serve", "rebuild", "doctor"):
        result = intergov(command, home=tmp_path / "none")
        assert "intergov init" in refused(result)
    assert not (tmp_path / "none").exists()


def test_nothing_is_signed_where_nobody_can_be_asked(home: Path) -> None:
    done(intergov("keys", "new", "somebody", home=home))
    for arguments in (
        ["proposal", "approve", "1", "--as", "administrator-3"],
        ["government", "register", LUJIANG, "--name", "Lujiang District"],
    ):
        assert "--yes" in refused(intergov(*arguments, home=home))


def test_init_is_safe_to_repeat_and_refuses_what_cannot_be_meant(home: Path, tmp_path: Path) -> None:
    first = answer(intergov("init", "--json", home=home))
    assert answer(intergov("init", "--json", home=home)) == first
    assert first["waiting"] == []
    assert "threshold" in refused(intergov("init", "--administrators", "2", "--threshold", "3", home=tmp_path / "x"))
    assert not (tmp_path / "x").exists()


def test_keys_are_kept_and_moved(home: Path, tmp_path: Path) -> None:
    made = answer(intergov("keys", "new", "office", "--json", home=home))
    assert "already" in refused(intergov("keys", "new", "office", home=home))
    assert "key name" in refused(intergov("keys", "new", "../office", home=home))
    done(intergov("keys", "export", "office", tmp_path / "office.json", "--yes", home=home))
    assert (tmp_path / "office.json").stat().st_mode & 0o077 == 0
    passphrase = (home / "keys" / "passphrase").read_text("ascii").strip()
    arguments = ("keys", "import", "copy", tmp_path / "office.json", "--json")
    assert "passphrase" in refused(intergov(*arguments, home=home))
    assert "does not open" in refused(intergov(*arguments, home=home, INTERGOV_IMPORT_PASSPHRASE="wrong"))
    copied = answer(intergov(*arguments, home=home, INTERGOV_IMPORT_PASSPHRASE=passphrase))
    assert copied["address"] == made["address"]
    (tmp_path / "hex").write_text("zz" * 32, "ascii")
    told = refused(intergov("keys", "import", "hex", tmp_path / "hex", home=home))
    assert "zz" not in told.replace(str(tmp_path), "")


def test_doctor_names_what_is_wrong_and_how_to_mend_it(home: Path) -> None:
    resting = intergov("doctor", home=home)
    assert "does not run" in refused(resting)
    done(intergov("score", home=home))
    (home / "keys" / "recorder.json").chmod(0o644)
    found = intergov("doctor", "--json", home=home)
    assert found.returncode == 1
    wrong = [check for check in json.loads(found.stdout)["checks"] if not check["ok"]]
    assert [check["check"] for check in wrong] == ["keys"]
    assert wrong[0]["mend"].startswith("chmod")


def test_another_node_or_chain_is_refused(home: Path, blank: Path, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        nobody = f"http://127.0.0.1:{port}"
        assert f"{nobody} does not answer" in refused(intergov("score", "--rpc", nobody, home=home))
    assert "'nonsense' is not allowed" in refused(intergov("score", "--rpc", "nonsense", home=home))
    done(intergov("score", home=home))
    node = json.loads(next((home / "node").glob("*.json")).read_text("utf-8"))["url"]
    other = tmp_path / "other"
    done(intergov("init", home=other))
    with running_home(other):
        assert "this ledger was deployed on chain" in refused(intergov("score", "--rpc", node, home=other))


def test_a_damaged_home_is_told(home: Path) -> None:
    (home / "deployment.json").write_text("{", "utf-8")
    assert "deployment.json" in refused(intergov("score", home=home))


def test_serve_answers_and_ends_on_interrupt(home: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = start("serve", "--port", str(port), home=home)
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz", server)
        scores = httpx.get(f"http://127.0.0.1:{port}/v1/scores", timeout=30, trust_env=False)
        assert scores.status_code == 200
        assert scores.json()["scores"] == answer(intergov("score", "--json", home=home))["scores"]
        # The command line works beside the server, and says what is wrong with a second one.
        assert "free to listen on" in refused(intergov_process("serve", "--port", str(port), home=home))
        server.send_signal(signal.SIGINT)
        _, told = server.communicate(timeout=30)
        assert "Traceback" not in told
    finally:
        server.kill()
        server.communicate()


def _wait_for(url: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, process.communicate()
        try:
            if httpx.get(url, timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")
