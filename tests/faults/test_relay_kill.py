"""
The relay under kill -9: what was acknowledged is on the chain exactly once, whenever the process dies.

Two ways to die: at every single step, one after the other, between any two things that the relay does to its database
or to the node; and at random moments under load, with the node killed too. `INTERGOV_FAULT_ROUNDS` says how many random
rounds to play.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from ledger.chain.command_json import command_to_json
from ledger.chain.connection import Connection
from ledger.chain.embedded.client import ensure_node
from ledger.chain.embedded.files import NodeFiles
from ledger.chain.signers import LocalSigner
from ledger.chain.typed_data import SignedCommand
from ledger.relay import Relay
from ledger.store.operational import OperationalStore, OperationState
from tests.relay_world import RELAYER_KEY, World, open_world

pytestmark = pytest.mark.faults

ROUNDS = int(os.environ.get("INTERGOV_FAULT_ROUNDS", "3"))
ROOT = Path(__file__).parents[2]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path / "home") as world:
        (tmp_path / "deployment.json").write_text(json.dumps(world.deployment.to_json()), encoding="utf-8")
        yield world


def write_commands(path: Path, commands: Sequence[SignedCommand]) -> None:
    lines = [
        json.dumps(
            {
                "name": type(signed.command).__name__,
                "command": command_to_json(signed.command),
                "signer": signed.authorization.signer,
                "operation": str(signed.authorization.operation),
                "deadline": signed.authorization.deadline,
                "signature": signed.authorization.signature.hex(),
            }
        )
        for signed in commands
    ]
    path.write_text("\n".join(lines), encoding="utf-8")


def start(folder: Path, url: str, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.relay_process", "--url", url]
    command += ["--deployment", str(folder / "deployment.json"), "--database", str(folder / "operational.sqlite")]
    return subprocess.Popen([*command, *more], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str], timeout: float = 120) -> tuple[list[str], int | None]:
    """The ids that were acknowledged, and the steps of a process that came to its end."""
    output, errors = process.communicate(timeout=timeout)
    lines = output.splitlines()
    done = [int(line.split()[1]) for line in lines if line.startswith("done ")]
    assert process.returncode in (0, 9, -signal.SIGKILL), errors
    # The last line of a killed process may be cut.
    return [line for line in lines if len(line) == 66], done[0] if done else None


def check(world: World, folder: Path, commands: Sequence[SignedCommand], acknowledged: Sequence[str]) -> None:
    """Every acknowledged command, and every one on disk, is confirmed and on the chain exactly once."""
    with OperationalStore(folder / "operational.sqlite") as store:
        kept = {operation.id: operation for _, operation in store.outbox.page(limit=10_000)}
    assert set(acknowledged) <= set(kept)
    assert {operation.state for operation in kept.values()} <= {OperationState.CONFIRMED}
    for signed in commands:
        operation = kept.get(signed.operation_id(world.deployment.domain(signed.contract)))
        executions = world.executions(signed)
        assert len(executions) == (operation is not None), signed.command
        if operation is not None:
            assert executions[0]["transactionHash"] == operation.transaction
            assert int(executions[0]["blockNumber"], 16) == operation.block_number


def test_killed_at_every_step(world: World, tmp_path: Path) -> None:
    """Two commands, and a death at each step of their way; a second relay then finds out and finishes."""
    url = world.node.url
    commands = [world.signed(world.proposal(f"rehearsal {number}")) for number in range(2)]
    rehearsal = tmp_path / "rehearsal"
    rehearsal.mkdir()
    (rehearsal / "deployment.json").write_text(json.dumps(world.deployment.to_json()), encoding="utf-8")
    write_commands(rehearsal / "commands.jsonl", commands)
    acknowledged, steps = finish(start(rehearsal, url, "--commands", str(rehearsal / "commands.jsonl")))
    assert len(acknowledged) == 2
    assert steps is not None
    assert steps > 20
    check(world, rehearsal, commands, acknowledged)

    chosen = range(1, steps + 1) if ROUNDS > 10 else sorted(random.sample(range(1, steps + 1), 2 * ROUNDS))
    for die_at in chosen:
        folder = tmp_path / f"step-{die_at}"
        folder.mkdir()
        (folder / "deployment.json").write_text(json.dumps(world.deployment.to_json()), encoding="utf-8")
        commands = [world.signed(world.proposal(f"step {die_at}, {number}")) for number in range(2)]
        write_commands(folder / "commands.jsonl", commands)
        acknowledged, ended = finish(
            start(folder, url, "--commands", str(folder / "commands.jsonl"), "--die-at", str(die_at))
        )
        assert ended is None, "it should have died"
        with OperationalStore(folder / "operational.sqlite") as store:
            successor = Relay(world.node, world.deployment, store, LocalSigner(RELAYER_KEY))
            while successor.run_once().moved:
                pass
            # The dead process's lease has not run out; that its holder is dead is enough.
            assert successor.run_once().held
            successor.close()
        check(world, folder, commands, acknowledged)


def test_killed_at_random_under_load_together_with_the_node(world: World, tmp_path: Path) -> None:
    """A queue of commands; relay and node are killed at random moments, again and again, until all is done."""
    chance = random.Random(os.urandom(8))
    commands: list[SignedCommand] = []
    acknowledged: list[str] = []
    url = world.node.url
    for number in range(ROUNDS):
        batch = [world.signed(world.proposal(f"round {number}, {each}")) for each in range(12)]
        commands += batch
        write_commands(tmp_path / "commands.jsonl", batch)
        process = start(tmp_path, url, "--commands", str(tmp_path / "commands.jsonl"))
        # It says its first word when the imports are done; from there on any moment is as good as another.
        assert process.stdout is not None
        first = process.stdout.readline().strip()
        acknowledged += [first] if len(first) == 66 else []
        time.sleep(chance.uniform(0, 0.6))
        if number % 3 == 2:
            os.kill(NodeFiles(world.home).read_info().pid, signal.SIGKILL)  # type: ignore[union-attr]
            time.sleep(chance.uniform(0, 0.1))
        process.kill()
        heard, _ = finish(process)
        acknowledged += heard
        url = ensure_node(world.home, idle_exit=300).url
    _, done = finish(start(tmp_path, url))
    assert done is not None
    with closing(Connection(url)) as node:
        world.node = node
        check(world, tmp_path, commands, acknowledged)
    assert len(acknowledged) >= ROUNDS
