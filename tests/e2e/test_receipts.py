"""Receipts and direct sending, as people use them: what a relayer promised, and doing without it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.signed_messages import authorization
from ledger.bootstrap import ADMINISTRATOR_KEY, RELAYER_KEY, open_ledger
from ledger.chain.command_json import command_from_json, command_to_json
from ledger.chain.typed_data import SignedCommand
from ledger.config import Settings
from ledger.domain.commands import ProposeCall
from ledger.domain.moments import format_moment
from ledger.relay import Relay
from tests.cli_home import answer, copied_home, done, intergov, make_home, refused

pytestmark = pytest.mark.slow

FIRST, SECOND = (ADMINISTRATOR_KEY.format(number) for number in (1, 2))


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("blank") / "home")


@pytest.fixture
def home(blank: Path, tmp_path: Path) -> Iterator[Path]:
    with copied_home(blank, tmp_path / "home") as path:
        yield path


def body(home: Path, reason: str = "a trial", *, signed: bool = False) -> dict[str, Any]:
    """A command as `intergov send` takes it."""
    with open_ledger(Settings(home)) as ledger:
        command = ProposeCall(ledger.deployment.addresses["PolicyRegister"], b"\x01\x02\x03\x04", reason)
        told: dict[str, Any] = {"name": "ProposeCall", "command": command_to_json(command)}
        if signed:
            signer = ledger.keys.signer(FIRST)
            prepared = ledger.commands.prepare(command, signer.address)
            told |= {
                "signer": signer.address,
                "operation": str(prepared.authorization.operation),
                "deadline": format_moment(prepared.authorization.deadline),
                "signature": "0x" + signer.sign_typed_data(prepared.typed_data).hex(),
            }
    return told


def written(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_command_comes_with_a_receipt_that_was_kept(home: Path, tmp_path: Path) -> None:
    options = ("--name", "Lujiang District", "--level", "county", "--yes", "--json")
    answer(intergov("government", "register", "uscc:11990101MB0000101Y", *options, home=home))
    with open_ledger(Settings(home)) as ledger:
        # The newest operation that went through the relay.
        operation = ledger.store.outbox.page(limit=1)[0][1]
    receipt = answer(intergov("receipt", "show", operation.id, "--json", home=home))
    assert receipt["operation_id"] == operation.id
    checked = answer(intergov("receipt", "check", written(tmp_path / "receipt.json", receipt), "--json", home=home))
    assert (checked["standing"], checked["block_number"]) == ("kept", operation.block_number)
    assert "Kept" in done(intergov("receipt", "check", tmp_path / "receipt.json", home=home)).stdout


def test_a_dropped_command_is_proved_and_sent_without_the_relayer(home: Path, tmp_path: Path) -> None:
    document = body(home, "dropped", signed=True)
    with open_ledger(Settings(home)) as ledger:
        # A relayer that takes a command and never sends it.
        signed = SignedCommand(
            command_from_json("ProposeCall", document["command"]),
            authorization(
                document["signer"],
                document["operation"],
                document["deadline"],
                bytes.fromhex(document["signature"][2:]),
            ),
        )
        relay = Relay(
            ledger.connection, ledger.deployment, ledger.store, ledger.keys.signer(RELAYER_KEY), include_seconds=1
        )
        receipt = relay.receipt(relay.accept(signed).id)
        assert receipt is not None
    file = written(tmp_path / "receipt.json", {"receipt": receipt.to_json()})
    # Its second is over when this process has asked once more, at the latest.
    told = intergov("receipt", "check", file, home=home)
    while told.returncode == 0:
        assert "Open" in told.stdout
        told = intergov("receipt", "check", file, home=home)
    assert f"the relayer {receipt.relayer} broke its word" in refused(told)

    # Anybody sends what was signed, and pays for it.
    sent = answer(
        intergov("send", written(tmp_path / "command.json", document), "--as", SECOND, "--yes", "--json", home=home)
    )
    assert sent["id"] == receipt.receipt.operation_id
    proposals = answer(intergov("proposal", "list", "--json", home=home))
    assert [each["proposer"] for each in proposals if each["reason"] == "dropped"] == [document["signer"]]
    # It came, but not by the relayer's word.
    late = refused(intergov("receipt", "check", file, home=home))
    assert "it came late" in late
    assert "was executed before" in refused(
        intergov("send", tmp_path / "command.json", "--as", SECOND, "--yes", home=home)
    )
    # The relay of the home finds out by itself that it need not send any more.
    operation = answer(intergov("operation", "wait", sent["id"], "--json", home=home))
    assert (operation["state"], operation["transaction"]) == ("confirmed", sent["transaction"])


def test_an_unsigned_command_is_signed_and_sent_by_its_signer(home: Path, tmp_path: Path) -> None:
    file = written(tmp_path / "command.json", body(home, "sent directly"))
    assert "add --yes" in refused(intergov("send", file, "--as", FIRST, home=home))
    assert "Done" in done(intergov("send", file, "--as", FIRST, "--yes", home=home)).stdout
    proposals = answer(intergov("proposal", "list", "--json", home=home))
    assert len([each for each in proposals if each["reason"] == "sent directly"]) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "Nonsense"}, "Nonsense"),
        ({"name": 7}, "name (text)"),
        ({"command": {}}, "target"),
        ({"signature": "0xzz"}, "signature"),
        ({"operation": "-1"}, "operation"),
        ({"signer": "0x12"}, "signer"),
        ({"deadline": "soon"}, "deadline"),
    ],
)
def test_what_cannot_be_sent_is_told(
    shared: tuple[Path, dict[str, Any]], tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    home, document = shared
    file = written(tmp_path / "command.json", document | change)
    assert told in refused(intergov("send", file, "--as", FIRST, "--yes", home=home))


@pytest.fixture(scope="module")
def shared(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    with copied_home(blank, tmp_path_factory.mktemp("shared") / "home") as path:
        yield path, body(path, "never sent", signed=True)


def test_files_that_hold_no_receipt_are_told(shared: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    home, _ = shared
    assert "can be read" in refused(intergov("receipt", "check", tmp_path / "nowhere.json", home=home))
    (tmp_path / "text.json").write_text("no JSON", encoding="utf-8")
    assert "one JSON document" in refused(intergov("receipt", "check", tmp_path / "text.json", home=home))
    assert "receipt.chain_id" in refused(intergov("receipt", "check", written(tmp_path / "x.json", {}), home=home))
    assert "receipt of operation" in refused(intergov("receipt", "show", "0x" + "00" * 32, home=home))
    (tmp_path / "large.json").write_bytes(b" " * 2_000_000)
    assert "at most 1048576 bytes" in refused(intergov("receipt", "check", tmp_path / "large.json", home=home))
