"""
The plan of a production network: what Besu would read, read back here.

Besu does not run here. Option names are compared with those of Besu's own test that names every option, extra data with
the examples of Besu's documentation, and every file is parsed as what it claims to be.
"""

from __future__ import annotations

import configparser
import hashlib
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_keys.datatypes import PrivateKey

from ledger.chain.connection import Connection
from ledger.chain.finality import confirmation_depth
from ledger.errors import InvalidInput
from ledger.networks.besu.extra_data import qbft_extra_data, validators_of
from ledger.networks.besu.members import read_members
from ledger.networks.besu.plan import Plan, write_plan
from ledger.networks.errors import NetworkFolderInUse
from ledger.networks.genesis import clique_extra_data, clique_genesis
from ledger.relay.fees import FREE_GAS_LIMIT, Fees
from tests.cli_home import answer, intergov, refused

KEYS = [PrivateKey(bytes([number]) * 32).public_key for number in range(1, 7)]

BESU_OPTIONS = Path(__file__).parents[1] / "data" / "besu_options.txt"

DOCUMENTED = {
    # Besu's documentation of QBFT: validators named in the block header, and in a contract.
    "0xf87aa00000000000000000000000000000000000000000000000000000000000000000f8549464a702e6263b7297a96638cac6ae65e6541f4"
    "169943923390ad55e90c237593b3b0e401f3b08a0318594aefdb9a738c9f433e5b6b212a6d62f6370c2f69294c7eeb9a4e00ce683cf93039b21"
    "2648e01c6c6b78c080c0": (
        "0x64a702e6263b7297a96638cac6ae65e6541f4169",
        "0x3923390ad55e90c237593b3b0e401f3b08a03185",
        "0xaefdb9a738c9f433e5b6b212a6d62f6370c2f692",
        "0xc7eeb9a4e00ce683cf93039b212648e01c6c6b78",
    ),
    "0xe5a00000000000000000000000000000000000000000000000000000000000000000c0c080c0": (),
}


def key(number: int) -> str:
    return "0x" + KEYS[number].to_bytes().hex()


def written(path: Path, *, network: str = "", more: str = "", change: Callable[[str], str] = str) -> Path:
    text = f'[network]\nname = "delta"\nchain_id = 2723846102\n{network}\n'
    for number, name in enumerate(("harbour", "river", "hill", "plain")):
        text += f'[[members]]\nname = "{name}"\nhost = "10.20.0.{number + 11}"\npublic_key = "{key(number)}"\n'
        text += "validator = true\n"
    text += f'[[members]]\nname = "audit"\nhost = "10.20.0.20"\np2p_port = 30310\npublic_key = "{key(4)}"\n'
    text += f"validator = false\n{more}"
    path.write_text(change(text), encoding="utf-8")
    return path


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return write_plan(read_members(written(tmp_path / "members.toml")), tmp_path / "plan")


def options(plan: Plan, member: str) -> dict[str, Any]:
    return tomllib.loads((plan.directory / member / "config.toml").read_text())


# -------------------------------------------------------------------------------------------------------- extra data


@pytest.mark.parametrize("extra_data", DOCUMENTED)
def test_documented_extra_data_is_read_and_made(extra_data: str) -> None:
    validators = DOCUMENTED[extra_data]
    assert tuple(each.lower() for each in validators_of(bytes.fromhex(extra_data[2:]))) == validators
    made = qbft_extra_data(validators)
    assert sorted(validators_of(made)) == sorted(validators_of(bytes.fromhex(extra_data[2:])))
    assert len(made) == len(bytes.fromhex(extra_data[2:]))
    if not validators:
        assert "0x" + made.hex() == extra_data


def test_validators_stand_in_ascending_order() -> None:
    addresses = [public.to_checksum_address() for public in KEYS]
    found = [each.lower() for each in validators_of(qbft_extra_data(addresses))]
    assert found == sorted(address.lower() for address in addresses)


@pytest.mark.parametrize("broken", ["", "00", "c0", "e5a0", "c58080808080", "f87a" + "00" * 20])
def test_what_is_no_extra_data_is_refused(broken: str) -> None:
    with pytest.raises(InvalidInput):
        validators_of(bytes.fromhex(broken))


# ------------------------------------------------------------------------------------------------------------- files


def test_the_first_block(plan: Plan) -> None:
    text = (plan.directory / "genesis.json").read_text()
    genesis = json.loads(text)
    assert plan.genesis_digest == hashlib.sha256(text.encode()).hexdigest()
    config = genesis["config"]
    assert config["chainId"] == plan.chain_id == 2723846102
    assert config["qbft"] == {"blockperiodseconds": 2, "epochlength": 30000, "requesttimeoutseconds": 4}
    assert config["zeroBaseFee"] is True
    assert {name for name in config if name.endswith("Block")} == {
        name for name in clique_genesis(1, 1, ["0x" + "11" * 20], [])["config"] if name.endswith("Block")
    }, "the rules of the other tiers"
    assert "londonBlock" in config
    assert "shanghaiTime" not in config
    assert sorted(validators_of(bytes.fromhex(genesis["extraData"][2:]))) == sorted(plan.validators)
    assert len(plan.validators) == 4
    assert genesis["difficulty"] == "0x1"
    assert genesis["alloc"] == {}
    # The relay gives every command a large gas limit without estimating, as on the embedded chain.
    assert Fees(0, 0, int(genesis["gasLimit"], 16)).gas_is_free
    assert int(genesis["gasLimit"], 16) >= 16 * FREE_GAS_LIMIT


def test_a_qbft_block_is_final_at_once_and_a_clique_block_is_not(plan: Plan) -> None:
    genesis = json.loads((plan.directory / "genesis.json").read_text())

    class First(Connection):
        def __init__(self, block: dict[str, Any]) -> None:
            super().__init__("http://127.0.0.1:1")
            self.block = block

        def call(self, method: str, *params: Any) -> Any:
            assert (method, params) == ("eth_getBlockByNumber", ("0x0", False))
            return self.block

    with First(genesis) as node:
        assert confirmation_depth(node) == 0
        for count in (1, 4, 7):
            extra = clique_extra_data([f"0x{number:040x}" for number in range(count)])
            node.block = {"difficulty": "0x1", "extraData": "0x" + extra.hex(), "mixHash": "0x" + bytes(32).hex()}
            assert confirmation_depth(node) == count
        node.block = {"difficulty": "0x0", "extraData": "0x", "mixHash": "0x" + bytes(32).hex()}
        assert confirmation_depth(node) == 0


@pytest.mark.parametrize("member", ["harbour", "audit"])
def test_every_option_is_one_of_besus(plan: Plan, member: str) -> None:
    known = dict(line.split() for line in BESU_OPTIONS.read_text().splitlines() if not line.startswith("#"))
    assert len(known) > 150
    found = options(plan, member)
    kinds = {bool: "truth", int: "number", str: "text", list: "list"}
    assert {name: kinds[type(value)] for name, value in found.items()} == {name: known[name] for name in found}


def test_options_that_a_network_depends_on(plan: Plan) -> None:
    for member in ("harbour", "river", "hill", "plain", "audit"):
        found = options(plan, member)
        assert found["min-gas-price"] == 0, "on every node, or it drops transactions in silence"
        assert found["profile"] == "ENTERPRISE"
        assert (found["discovery-enabled"], found["permissions-nodes-config-file-enabled"]) == (False, True)
        assert found["rpc-http-host"] == found["metrics-host"] == "127.0.0.1"
        assert "ADMIN" not in found["rpc-http-api"]
        assert found["rpc-max-logs-range"] == 0
    assert options(plan, "river")["p2p-host"] == "10.20.0.12"
    assert options(plan, "audit")["p2p-port"] == 30310


def test_a_node_calls_all_others_and_talks_to_members_only(plan: Plan) -> None:
    enodes = {each["name"]: each["enode"] for each in json.loads((plan.directory / "members.json").read_text())}
    pattern = re.compile(r"enode://[0-9a-f]{128}@10\.20\.0\.\d+:\d+")
    assert all(pattern.fullmatch(enode) for enode in enodes.values())
    for member, own in enodes.items():
        called = json.loads((plan.directory / member / "static-nodes.json").read_text())
        allowed = tomllib.loads((plan.directory / member / "permissions.toml").read_text())
        assert set(called) == set(enodes.values()) - {own}
        assert set(allowed["nodes-allowlist"]) == set(enodes.values())
        assert set(allowed) == {"nodes-allowlist"}


def test_unit_and_compose_file_start_the_node_with_its_options(plan: Plan) -> None:
    unit = configparser.RawConfigParser(strict=True, allow_no_value=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string((plan.directory / "hill" / "besu.service").read_text())
    assert unit["Service"]["ExecStart"].endswith("besu --config-file=/etc/besu/config.toml")
    assert unit["Service"]["User"] == "besu"
    assert unit["Install"]["WantedBy"] == "multi-user.target"
    service = json.loads((plan.directory / "hill" / "compose.json").read_text())["services"]["besu"]
    assert service["command"] == ["--config-file=/etc/besu/config.toml"]
    mounted = {volume.split(":")[1] for volume in service["volumes"]}
    for name, value in options(plan, "hill").items():
        if name.endswith(("-file", "-path")):
            assert any(str(value).startswith(folder) for folder in mounted), name


def test_no_secret_is_in_a_plan(plan: Plan) -> None:
    for path in plan.directory.rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert not any(bytes([number]).hex() * 32 in text for number in range(1, 7)), path


def test_the_same_list_gives_the_same_bytes(plan: Plan, tmp_path: Path) -> None:
    again = write_plan(read_members(tmp_path / "members.toml"), tmp_path / "again")
    first = {path.relative_to(plan.directory): path.read_bytes() for path in plan.directory.rglob("*.*")}
    assert first == {path.relative_to(again.directory): path.read_bytes() for path in again.directory.rglob("*.*")}
    assert len(first) == 2 + 5 * 5


def test_a_plan_is_never_written_over_another(plan: Plan, tmp_path: Path) -> None:
    before = (plan.directory / "genesis.json").read_bytes()
    with pytest.raises(NetworkFolderInUse):
        write_plan(read_members(written(tmp_path / "members.toml", network="block_period_seconds = 5")), plan.directory)
    assert (plan.directory / "genesis.json").read_bytes() == before


def test_without_a_chain_id_one_is_drawn(tmp_path: Path) -> None:
    path = written(tmp_path / "members.toml", change=lambda text: text.replace("chain_id = 2723846102", ""))
    assert read_members(path).chain_id != read_members(path).chain_id >= 2**31


# ---------------------------------------------------------------------------------------------------- lists of members


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name = "delta"', 'name = "Delta City"', "name of the network"),
        ("chain_id = 2723846102", "chain_id = 0", "chain_id"),
        ("chain_id = 2723846102", "chain_id = true", "chain_id"),
        ("chain_id = 2723846102", "block_period_seconds = 1.5", "block_period_seconds"),
        ("chain_id = 2723846102", "chainid = 5", "chainid"),
        ('name = "river"', 'name = "harbour"', "a different one for each member"),
        ("10.20.0.12", "10.20.0.11", "a different one for each member"),
        (key(1), key(0), "a different one for each member"),
        ("10.20.0.12", "river.example", "an IP address"),
        (key(1), "0x" + "00" * 64, "public_key of river"),
        (key(1), key(1)[:-1], "public_key of river"),
        ("p2p_port = 30310", "p2p_port = 70000", "p2p_port of audit"),
        ("validator = false", "validator = 1", "validator of audit"),
        ("validator = false", "validator = false\nweight = 2", "weight"),
        ("[[members]]", "[[member]]", "member"),
        ("[network]", "[network", "TOML"),
    ],
)
def test_a_list_that_is_wrong_is_refused_with_member_value_and_rule(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    path = written(tmp_path / "members.toml", change=lambda text: text.replace(old, new))
    with pytest.raises(InvalidInput) as refusal:
        read_members(path)
    assert told in str(refusal.value)


def test_three_validators_are_too_few(tmp_path: Path) -> None:
    path = written(
        tmp_path / "members.toml", change=lambda text: text.replace("validator = true", "validator = false", 1)
    )
    with pytest.raises(InvalidInput, match="at least 4"):
        read_members(path)


def test_from_the_command_line(tmp_path: Path) -> None:
    list_of_members = written(tmp_path / "members.toml")
    made = answer(intergov("network", "plan", str(list_of_members), str(tmp_path / "plan"), "--json"))
    assert made["chain_id"] == 2723846102
    assert len(made["validators"]) == 4
    genesis = (tmp_path / "plan" / "genesis.json").read_bytes()
    assert made["genesis_sha256"] == hashlib.sha256(genesis).hexdigest()
    assert "not empty" in refused(intergov("network", "plan", str(list_of_members), str(tmp_path / "plan")))
    assert "can be read" in refused(intergov("network", "plan", str(tmp_path / "none.toml"), str(tmp_path / "other")))
