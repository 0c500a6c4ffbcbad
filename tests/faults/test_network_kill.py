"""
A network under kill -9: validators, the relay and the follower die at random moments under load.

Every acknowledged command is on the chain exactly once and in the read model exactly once. `INTERGOV_FAULT_ROUNDS` says
how many rounds to play: a fifth of it here, because a round waits for real blocks.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ledger.chain.connection import Connection
from ledger.chain.nodes import open_nodes
from ledger.chain.typed_data import SignedCommand
from ledger.store.operational import OperationalStore, OperationState
from ledger.store.projection.filters import ProposalFilter
from ledger.store.projection.queries import Queries
from tests.faults.network_process import follower_into
from tests.faults.test_relay_kill import write_commands
from tests.network_fixtures import module_network, network, world
from tests.network_world import VALIDATORS, RunningNetwork
from tests.relay_world import World

pytestmark = [pytest.mark.faults, pytest.mark.network]

__all__ = ["module_network", "network", "world"]

ROUNDS = max(2, int(os.environ.get("INTERGOV_FAULT_ROUNDS", "10")) // 5)
ROOT = Path(__file__).parents[2]
COMMANDS_A_ROUND = 8


def start(folder: Path, url: str, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.network_process", "--url", url]
    command += ["--deployment", str(folder / "deployment.json"), *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def start_relay(folder: Path, url: str, *more: str) -> subprocess.Popen[str]:
    return start(folder, url, "--database", str(folder / "operational.sqlite"), *more)


def start_follower(folder: Path, url: str) -> subprocess.Popen[str]:
    return start(folder, url, "--projection", str(folder / "projection.sqlite"))


def end(process: subprocess.Popen[str]) -> list[str]:
    """Kill a process that must not have ended by itself; what it said."""
    process.kill()
    output, errors = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGKILL), errors
    # The last line of a killed process may be cut.
    return [line for line in output.splitlines() if len(line) == 66]


def test_killed_at_random_under_load(network: RunningNetwork, world: World, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    print(f"seed {seed}")
    (tmp_path / "deployment.json").write_text(json.dumps(world.deployment.to_json()), encoding="utf-8")
    commands: list[SignedCommand] = []
    acknowledged: list[str] = []
    follower = start_follower(tmp_path, network.url)
    for number in range(ROUNDS):
        batch = [world.signed(world.proposal(f"round {number}, {each}")) for each in range(COMMANDS_A_ROUND)]
        commands += batch
        write_commands(tmp_path / "commands.jsonl", batch)
        process = start_relay(tmp_path, network.url, "--commands", str(tmp_path / "commands.jsonl"))
        # It says its first word when the imports are done; from there on any moment is as good as another.
        assert process.stdout is not None
        first = process.stdout.readline().strip()
        assert len(first) == 66, process.communicate()[1]
        acknowledged.append(first)
        time.sleep(chance.uniform(0, 2.5))
        victim = chance.choice(VALIDATORS)
        network.network.stop_node(victim, kill=True)
        time.sleep(chance.uniform(0, 1.0))
        acknowledged += end(process)
        end(follower)
        follower = start_follower(tmp_path, network.url)
        network.network.start_node(victim, network.geth)
    end(follower)

    last = start_relay(tmp_path, network.url)
    output, errors = last.communicate(timeout=300)
    assert output.splitlines()[-1:] == ["done"], errors
    check_chain(world, tmp_path, commands, acknowledged)
    check_read_model(network.url, world, tmp_path, acknowledged)


def check_chain(world: World, folder: Path, commands: list[SignedCommand], acknowledged: list[str]) -> None:
    """Each acknowledged command, and each on disk, is confirmed and on the chain exactly once, on every node."""
    with OperationalStore(folder / "operational.sqlite") as store:
        kept = {operation.id: operation for _, operation in store.outbox.page(limit=10_000)}
    assert len(acknowledged) >= ROUNDS
    assert set(acknowledged) <= set(kept)
    assert {operation.state for operation in kept.values()} == {OperationState.CONFIRMED}
    for signed in commands:
        operation = kept.get(signed.operation_id(world.deployment.domain(signed.contract)))
        executions = world.executions(signed)
        assert len(executions) == (operation is not None), signed.command
        if operation is not None:
            assert executions[0]["transactionHash"] == operation.transaction
            assert int(executions[0]["blockNumber"], 16) == operation.block_number


def check_read_model(url: str, world: World, folder: Path, acknowledged: list[str]) -> None:
    """The killed follower's projection goes on, is what a replay gives, and has each proposal once."""
    with OperationalStore(folder / "operational.sqlite") as store:
        executed = len(store.outbox.page(limit=10_000))
    with open_nodes(url, timeout_seconds=10) as node:
        follower = follower_into(folder / "projection.sqlite", node, world.deployment)
        follower.catch_up()
        assert follower.rebuild(check=True).differences == []
        assert isinstance(node, Connection)
        assert Queries(follower._projector.engine).count(ProposalFilter()) == executed >= len(acknowledged)
        follower._projector.engine.dispose()
