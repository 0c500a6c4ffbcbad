"""
The relay on a way to its node where everything goes wrong, as a process of its own, killed now and then.

Whatever the node answers late, in part, in garbage or not at all, and however wrong its clock is: what was acknowledged
is on the chain exactly once. `INTERGOV_FAULT_ROUNDS` says how many rounds to play.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.chain.typed_data import SignedCommand
from tests.faults.test_relay_kill import ROUNDS, check, finish, start, world, write_commands
from tests.faults.troubled_proxy import TROUBLES, TroubledProxy
from tests.relay_world import World

pytestmark = pytest.mark.faults

# Fixtures are found by their names in the module.
__all__ = ["world"]

COMMANDS = 8
SHARE = 0.4
"""Of the requests that go wrong."""

TIMEOUT_SECONDS = 1.0
"""Of the relay's requests: slow answers come before or after."""


@pytest.fixture
def met() -> Iterator[set[str]]:
    """Which troubles were met at all: a test of what did not happen shows nothing."""
    found: set[str] = set()
    yield found
    assert found


@pytest.mark.parametrize("trouble", [*TROUBLES, "all"])
def test_what_was_acknowledged_is_on_the_chain_once(world: World, tmp_path: Path, met: set[str], trouble: str) -> None:
    kinds = TROUBLES if trouble == "all" else (trouble,)
    commands: list[SignedCommand] = []
    acknowledged: list[str] = []
    for number in range(max(1, ROUNDS // 5)):
        chance = random.Random(f"{trouble} {number}")
        with TroubledProxy(world.node.url, chance, kinds, share=SHARE).running() as proxy:
            batch = [world.signed(world.proposal(f"{trouble} {number} {each}")) for each in range(COMMANDS)]
            commands += batch
            write_commands(tmp_path / "commands.jsonl", batch)
            options = ["--commands", str(tmp_path / "commands.jsonl"), "--timeout", str(TIMEOUT_SECONDS), "--patient"]
            if trouble == "all":
                options += ["--die-at", str(chance.randrange(20, 120))]
            heard, _ = finish(start(tmp_path, proxy.url, *options), timeout=120)
            acknowledged += heard
            met |= set(proxy.met) | ({"clock"} if proxy.skew else set())
    # A last process on an even way finds out what became of everything.
    _, done = finish(start(tmp_path, world.node.url))
    assert done is not None
    check(world, tmp_path, commands, acknowledged)
    assert acknowledged
    if trouble != "all":
        assert len(acknowledged) == len(commands)
        assert met == {trouble}
