"""The whole product on a network of real nodes: nothing is changed but the address."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from ledger.chain.connection import Connection
from ledger.chain.embedded.client import find_node
from ledger.chain.finality import confirmation_depth
from ledger.chain.funds import FundsMissing, ensure_funds
from ledger.chain.signers import LocalSigner
from ledger.networks.network import Network
from tests.cli_home import answer, done, intergov, refused
from tests.network_fixtures import module_network, network
from tests.network_world import OBSERVER, VALIDATORS, RunningNetwork
from tests.required_tools import GETH_FOLDER

pytestmark = [pytest.mark.network, pytest.mark.slow]

__all__ = ["module_network", "network"]

ROWS = 100
HEADER = "government,counterparty_or_forum,commitment_id,made_on,due_on,outcome,outcome_score,weight,resolved_on,iso3\n"


def write_rows(path: Path) -> Path:
    outcomes = (("fulfilled", "1.0"), ("partial", "0.5"), ("broken", "0.0"), ("fulfilled", "1.0"))
    lines = []
    for number in range(ROWS):
        outcome, degree = outcomes[number % len(outcomes)]
        lines.append(
            f"Harbour District {number % 5},Delta Forum,promise-{number},2019-01-01,2020-06-30,"
            f"{outcome},{degree},1.0,2020-07-01,\n"
        )
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


def command(network: RunningNetwork, verb: str, *more: str) -> list[str]:
    return ["network", verb, "--directory", str(network.network.files.directory), *more]


def test_up_is_safe_to_repeat_and_starts_what_is_dead(network: RunningNetwork) -> None:
    geth = ("--geth", str(GETH_FOLDER))
    first = answer(intergov(*command(network, "up", *geth, "--json")))
    assert first["started"] == []
    network.network.stop_node("validator-3", kill=True)
    network.network.stop_node(OBSERVER)
    dead = {node["name"]: node for node in answer(intergov(*command(network, "status", "--json")))["nodes"]}
    assert [name for name, node in dead.items() if not node["running"]] == ["validator-3", OBSERVER]
    assert (dead[OBSERVER]["head"], dead[OBSERVER]["peers"]) == (None, None)
    again = answer(intergov(*command(network, "up", *geth, "--json")))
    assert again["started"] == ["validator-3", OBSERVER]
    assert again["chain_id"] == first["chain_id"]
    assert "observer-1" in done(intergov(*command(network, "status"))).stdout


def test_status_shows_nodes_that_are_all_peers_and_agree(network: RunningNetwork) -> None:
    nodes = answer(intergov(*command(network, "status", "--json")))["nodes"]
    assert [node["validator"] for node in nodes] == [True] * 4 + [False]
    assert [node["peers"] for node in nodes] == [4] * 5
    assert {node["url"] for node in nodes} == set(network.network.urls)
    heads = [node["head"] for node in nodes]
    assert min(heads) > 0
    network.network.wait_for_block(max(heads) + 2, seconds_max=30)
    # The branch that all took: not only the heads are equal, but every block under them.
    with ExitStack() as stack:
        connections = [stack.enter_context(Connection(url)) for url in network.network.urls]
        for number in range(1, min(heads) - 4):
            assert len({connection.block_hash(number) for connection in connections}) == 1


def test_the_whole_product(network: RunningNetwork, tmp_path: Path) -> None:
    home, file = tmp_path / "home", write_rows(tmp_path / "rows.csv")
    made = answer(intergov("init", "--rpc", network.url, "--json", home=home))
    assert made["chain_id"] == network.network.record.chain_id
    assert made["waiting"] == []
    report = answer(intergov("import", str(file), "--json", home=home))
    assert (report["read"], report["recorded"], report["rejected"], report["governments"]) == (ROWS, ROWS, 0, 5)
    again = answer(intergov("import", str(file), "--json", home=home))
    assert (again["recorded"], again["skipped"]) == (0, ROWS)
    scores = answer(intergov("score", "--json", home=home))
    assert len(scores["scores"]) == 5
    assert sum(each["settled"] for each in scores["scores"]) == ROWS
    assert answer(intergov("rebuild", "--check", "--json", home=home))["differences"] == []
    assert find_node(home) is None, "no embedded node was started"

    # Any other node gives the same scores, also one that makes no blocks, to a reader who starts from nothing.
    for url in (network.network.node(OBSERVER).url, network.network.node("validator-4").url):
        (home / "projection.sqlite").unlink()
        seen = answer(intergov("score", "--json", "--rpc", url, home=home))
        assert seen["scores"] == scores["scores"]

    # With its first node dead, the home goes on with the others.
    network.network.stop_node("validator-1", kill=True)
    assert answer(intergov("score", "--json", home=home))["scores"] == scores["scores"]
    # The doctor names the dead one, and nothing else.
    found = intergov("doctor", "--json", home=home)
    wrong = [check for check in json.loads(found.stdout)["checks"] if not check["ok"]]
    assert [check["check"] for check in wrong] == ["nodes"]
    assert network.network.node("validator-1").url in wrong[0]["detail"]


def test_a_network_states_its_confirmation_depth(network: RunningNetwork) -> None:
    with Connection(network.network.urls[0]) as node:
        assert confirmation_depth(node) == len(VALIDATORS)


def test_accounts_without_funds_get_some_once(network: RunningNetwork) -> None:
    account = LocalSigner.create().address
    with Connection(network.network.node(OBSERVER).url) as node:
        ensure_funds(node, [account])
        before = node.call("eth_getBalance", account, "latest")
        ensure_funds(node, [account])
        assert node.call("eth_getBalance", account, "latest") == before != "0x0"


def test_where_no_node_gives_funds_the_accounts_are_named(network: RunningNetwork) -> None:
    class Closed(Connection):
        def call(self, method: str, *params: object) -> object:
            return [] if method == "eth_accounts" else super().call(method, *params)

    account = LocalSigner.create().address
    with Closed(network.network.urls[0]) as node, pytest.raises(FundsMissing, match=account):
        ensure_funds(node, [account])


def test_a_directory_of_something_else_is_left_alone(network: RunningNetwork, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    said = refused(intergov("network", "up", "--geth", str(GETH_FOLDER), "--directory", str(tmp_path)))
    assert "letters" in said
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]
    assert "intergov network up" in refused(intergov("network", "status", "--directory", str(tmp_path / "none")))


def test_down_stops_all_and_the_chain_stays(tmp_path: Path) -> None:
    directory = tmp_path / "small"
    words = ("--directory", str(directory), "--geth", str(GETH_FOLDER))
    try:
        up = answer(intergov("network", "up", *words, "--validators", "1", "--observers", "1", "--json"))
        assert [node["name"] for node in up["nodes"]] == ["validator-1", OBSERVER]
        made = Network(directory).wait_for_block(2)
        down = answer(intergov("network", "down", "--directory", str(directory), "--json"))
        assert down["stopped"] == ["validator-1", OBSERVER]
        assert answer(intergov("network", "down", "--directory", str(directory), "--json"))["stopped"] == []
        answer(intergov("network", "up", *words, "--json"))
        with Connection(Network(directory).urls[1]) as node:
            assert node.block_hash(made.number) == made.hash
    finally:
        removed = answer(intergov("network", "down", "--remove", "--directory", str(directory), "--json"))
    assert removed["removed"]
    assert not directory.exists()


def test_files_of_a_network_are_for_their_owner_only(network: RunningNetwork) -> None:
    files = network.network.files
    private = [files.password, *files.directory.glob("*/nodekey"), *files.directory.glob("*/keystore/*")]
    assert len(private) == 11
    assert {path.stat().st_mode & 0o077 for path in private} == {0}
    assert json.loads(files.genesis.read_text())["config"]["clique"]["period"] == 1
