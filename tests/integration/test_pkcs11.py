"""Keys on a token (SoftHSM): what they sign is what a key in a file would sign, and what is wrong with one is told."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from eth_account import Account
from eth_utils.crypto import keccak

from ledger.bootstrap import open_ledger
from ledger.chain.keys import KeyExists, KeyStore
from ledger.chain.pkcs11 import (
    PIN_VARIABLE,
    SECP256K1_ORDER,
    KeyOnTokenExists,
    TokenKey,
    TokenSigner,
    TokenUnusable,
    make_key,
)
from ledger.chain.signers import LocalSigner
from ledger.chain.typed_data import SECP256K1_HALF_ORDER, recover, typed_data_digest
from ledger.config import Settings
from ledger.errors import InvalidInput
from ledger.relay import Relay
from ledger.store.operational import OperationalStore
from tests import relay_fixtures as fixtures
from tests.cli_home import answer, done, intergov, refused, running_home
from tests.relay_world import World

pytestmark = pytest.mark.softhsm

PIN = "246810"
MODULE = "/usr/lib/softhsm/libsofthsm2.so"

# Fixtures are found by their names in the module.
world, store = fixtures.world, fixtures.store


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A token of its own; the module reads where it is once per process."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    try:
        command = ["softhsm2-util", "--init-token", "--free", "--label", "office", "--so-pin", PIN, "--pin", PIN]
        subprocess.run(command, check=True, capture_output=True)
        yield "office"
    finally:
        if before is None:
            del os.environ["SOFTHSM2_CONF"]
        else:
            os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture(scope="module")
def signer(token: str) -> Iterator[TokenSigner]:
    made = make_key(TokenKey(MODULE, token, "relayer"), lambda: PIN)
    yield made
    made.close()


def document(number: int) -> dict[str, Any]:
    return {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}],
            "Trial": [{"name": "number", "type": "uint256"}],
        },
        "primaryType": "Trial",
        "domain": {"name": "trial"},
        "message": {"number": number},
    }


def test_signatures_are_those_that_contracts_accept(signer: TokenSigner) -> None:
    seen = set()
    for number in range(40):
        signature = signer.sign_typed_data(document(number))
        assert len(signature) == 65
        assert int.from_bytes(signature[32:64], "big") <= SECP256K1_HALF_ORDER
        assert recover(typed_data_digest(document(number)), signature) == signer.address
        seen.add(signature[64])
    # Both recovery ids occur, so finding the right one is not left to luck.
    assert seen == {27, 28}


def test_a_token_that_gives_the_larger_s_is_corrected(signer: TokenSigner, monkeypatch: pytest.MonkeyPatch) -> None:
    """SoftHSM gives either; the larger one is made of the smaller here, so that it surely comes."""
    honest = signer._raw_signature

    def larger(session: Any, digest: bytes) -> bytes:
        made = honest(session, digest)
        s = int.from_bytes(made[32:], "big")
        return made[:32] + max(s, SECP256K1_ORDER - s).to_bytes(32, "big")

    monkeypatch.setattr(signer, "_raw_signature", larger)
    signature = signer.sign_typed_data(document(1))
    assert recover(typed_data_digest(document(1)), signature) == signer.address


@pytest.mark.parametrize(
    "fees",
    [{"gasPrice": 0}, {"gasPrice": 7}, {"maxFeePerGas": 9, "maxPriorityFeePerGas": 1}],
)
@pytest.mark.parametrize("chain_id", [1, 5_504_598_207_119_106])
def test_transactions_are_those_of_their_sender(signer: TokenSigner, fees: dict[str, int], chain_id: int) -> None:
    transaction = {
        "chainId": chain_id,
        "nonce": 3,
        "to": "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF",
        "value": 0,
        "data": "0x0102",
        "gas": 50_000,
        **fees,
    }
    raw, hashed = signer.sign_transaction(transaction)
    assert Account.recover_transaction(raw) == signer.address
    assert hashed == keccak(raw)
    # All but the signature is what a key in a file would have made of it.
    assert len(raw) - len(LocalSigner.create().sign_transaction(transaction)[0]) in range(-3, 4)


def test_a_relay_sends_with_a_key_on_a_token(world: World, store: OperationalStore, signer: TokenSigner) -> None:
    relay = Relay(world.node, world.deployment, store, signer)
    signed = world.signed(world.proposal("relayed from a token"))
    operation = relay.accept(signed)
    receipt = relay.receipt(operation.id)
    assert receipt is not None
    receipt.verify()
    assert receipt.relayer == signer.address
    assert relay.wait(operation.id).state.value == "confirmed"
    assert len(world.executions(signed)) == 1


def test_two_keys_of_one_process_are_on_one_token(signer: TokenSigner, token: str) -> None:
    second = make_key(TokenKey(MODULE, token, "deployer"), lambda: PIN)
    for each in (signer, second, signer):
        assert recover(typed_data_digest(document(7)), each.sign_typed_data(document(7))) == each.address
    # The first one's end is not the second one's.
    signer.close()
    assert recover(typed_data_digest(document(8)), second.sign_typed_data(document(8))) == second.address
    second.close()


def test_many_threads_share_a_token(signer: TokenSigner) -> None:
    wrong: list[int] = []

    def sign(first: int) -> None:
        for number in range(first, first + 10):
            signature = signer.sign_typed_data(document(number))
            if recover(typed_data_digest(document(number)), signature) != signer.address:
                wrong.append(number)

    threads = [threading.Thread(target=sign, args=(first,)) for first in (0, 10, 20, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_session_that_ended_is_opened_again(signer: TokenSigner) -> None:
    from pkcs11.exceptions import SessionHandleInvalid

    class Ended:
        def get_key(self, **_: Any) -> Any:
            raise SessionHandleInvalid

        def close(self) -> None:
            raise SessionHandleInvalid

    signer.close()
    signer._session = cast(Any, Ended())
    assert recover(typed_data_digest(document(5)), signer.sign_typed_data(document(5))) == signer.address


@pytest.mark.parametrize(
    ("change", "pin", "reason"),
    [
        ({"key": "absent"}, PIN, "key 'absent'"),
        ({"token": "elsewhere"}, PIN, "token 'elsewhere'"),
        ({}, "000000", "PinIncorrect"),
        ({"module": "/nowhere/libsofthsm2.so"}, PIN, "/nowhere/libsofthsm2.so"),
    ],
)
def test_what_is_wrong_with_a_token_is_told(signer: TokenSigner, change: dict[str, str], pin: str, reason: str) -> None:
    signer.close()
    with pytest.raises(TokenUnusable, match=reason):
        TokenSigner(replace(signer._place, **change), lambda: pin)


def test_a_label_is_not_given_twice(signer: TokenSigner) -> None:
    with pytest.raises(KeyOnTokenExists):
        make_key(signer._place, lambda: PIN)


def test_a_key_on_another_curve_is_refused(token: str) -> None:
    from pkcs11 import Attribute, KeyType, lib
    from pkcs11.util.ec import encode_named_curve_parameters

    with lib(MODULE).get_token(token_label=token).open(rw=True, user_pin=PIN) as session:
        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        session.create_domain_parameters(KeyType.EC, curve, local=True).generate_keypair(store=True, label="p256")
    with pytest.raises(TokenUnusable, match="another curve than secp256k1"):
        TokenSigner(TokenKey(MODULE, token, "p256"), lambda: PIN)


def test_a_home_names_a_key_on_a_token(
    signer: TokenSigner, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer.close()
    keys = KeyStore(tmp_path / "keys", lambda: "unused")
    with pytest.raises(InvalidInput, match=PIN_VARIABLE):
        keys.refer("relayer", signer._place)
    assert keys.list() == []
    monkeypatch.setenv(PIN_VARIABLE, PIN)
    assert keys.refer("relayer", signer._place).address == signer.address
    with pytest.raises(KeyExists):
        keys.refer("relayer", signer._place)
    # Listing needs neither token nor PIN.
    monkeypatch.delenv(PIN_VARIABLE)
    again = KeyStore(tmp_path / "keys", lambda: "unused")
    assert again.list() == [("relayer", signer.address)]
    monkeypatch.setenv(PIN_VARIABLE, PIN)
    opened = again.signer("relayer")
    assert recover(typed_data_digest(document(6)), opened.sign_typed_data(document(6))) == signer.address
    assert (tmp_path / "keys" / "relayer.json").stat().st_mode & 0o077 == 0


def test_a_token_with_another_key_under_the_label_is_noticed(
    signer: TokenSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PIN_VARIABLE, PIN)
    path = tmp_path / "relayer.json"
    KeyStore(tmp_path, lambda: "").refer("relayer", signer._place)
    path.write_text(path.read_text().replace(signer.address[2:].lower(), "ab" * 20))
    with pytest.raises(TokenUnusable, match="is to be that of"):
        KeyStore(tmp_path, lambda: "").signer("relayer")


def test_the_command_line_makes_and_names_a_key(token: str, tmp_path: Path) -> None:
    options = ("--module", MODULE, "--token", token, "--key", "district", "--make", "--json")
    made = answer(intergov("keys", "token", "district", *options, home=tmp_path, **{PIN_VARIABLE: PIN}))
    (tmp_path / "home.json").write_text('{"version": 1, "rpc": null}')
    assert answer(intergov("keys", "list", "--json", home=tmp_path)) == [made]
    assert "already" in refused(intergov("keys", "token", "other", *options, home=tmp_path, **{PIN_VARIABLE: PIN}))
    told = refused(
        intergov("keys", "export", "district", tmp_path / "x", "--yes", home=tmp_path, **{PIN_VARIABLE: PIN})
    )
    assert "stays there" in told


def test_a_home_whose_relayer_is_on_a_token(token: str, tmp_path: Path) -> None:
    """Named before the home is made, it is what the home's relay sends with."""
    pin = {PIN_VARIABLE: PIN}
    with running_home(tmp_path / "home") as home:
        options = ("--module", MODULE, "--token", token, "--key", "office-relayer", "--make", "--json")
        made = answer(intergov("keys", "token", "relayer", *options, home=home, **pin))
        answer(intergov("init", "--json", home=home, **pin))
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv(PIN_VARIABLE, PIN)
            with open_ledger(Settings(home)) as ledger:
                assert ledger.relay.address == made["address"]
                operation = ledger.store.outbox.page(limit=1)[0][1]
                assert operation.transaction is not None
                sender = ledger.connection.call("eth_getTransactionByHash", operation.transaction)["from"]
                assert sender.lower() == made["address"].lower()
        assert PIN_VARIABLE in refused(intergov("score", home=home))
        done(intergov("doctor", home=home, **pin))
