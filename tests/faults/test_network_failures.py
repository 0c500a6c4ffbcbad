"""
A network whose validators fail and whose halves lose each other.

With one of four validators dead the network goes on; with two it halts, and commands wait. Parted 2|2 it halts on both
sides, parted 3|1 on the smaller one. Healed, one branch is taken by all, and what stood on the other comes again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.chain.connection import Connection
from ledger.chain.finality import confirmation_depth
from ledger.chain.funds import ensure_funds
from ledger.chain.nodes import open_nodes
from ledger.chain.reader import ChainReader
from ledger.chain.signers import LocalSigner
from ledger.chain.typed_data import SignedCommand
from ledger.errors import LedgerError, Unavailable
from ledger.follower import UNDO_BLOCKS, Follower
from ledger.networks.joining import weight_of
from ledger.relay import Relay
from ledger.store.engine import open_engine
from ledger.store.operational import OperationalStore, OperationState
from ledger.store.projection.projector import Projector
from tests.network_fixtures import module_network, network, world
from tests.network_world import OBSERVER, VALIDATORS, RunningNetwork, halts, head_of, still
from tests.relay_world import World

pytestmark = [pytest.mark.faults, pytest.mark.network]

__all__ = ["module_network", "network", "world"]

HALT_SECONDS = 4.0
"""A network that has made no block for four periods makes none."""


@dataclass(frozen=True, slots=True)
class Office:
    """An office that sends commands through some of the nodes."""

    world: World
    relay: Relay
    store: OperationalStore

    def give(self, count: int, words: str) -> list[SignedCommand]:
        """Commands, accepted."""
        commands = [self.world.signed(self.world.proposal(f"{words} {number}")) for number in range(count)]
        for signed in commands:
            self.relay.accept(signed)
        return commands

    def work(self, seconds: float = 0.0, until: Callable[[], bool] = lambda: False) -> None:
        """Relay for so long, or until something is so; a node that does not answer is waited for."""
        deadline = time.monotonic() + seconds
        while not until() and time.monotonic() < deadline:
            with suppress(Unavailable):
                self.relay.run_once()
            time.sleep(0.1)

    def finish(self, seconds: float = 90.0) -> None:
        """Relay until nothing is under way."""
        self.work(seconds, until=self.idle)
        assert self.idle(), f"{self.relay.backlog()}, {self.relay.trouble}"

    def idle(self) -> bool:
        """Whether everything has ended."""
        backlog = self.relay.backlog()
        return not backlog.accepted and not backlog.sent

    def states(self) -> set[OperationState]:
        """How its operations stand."""
        return {operation.state for _, operation in self.store.outbox.page(limit=1000)}

    def check(self, commands: Sequence[SignedCommand]) -> None:
        """Every command is confirmed, and on the chain exactly once, where the outbox says."""
        assert self.states() == {OperationState.CONFIRMED}
        for signed in commands:
            operation = self.store.outbox.get(signed.operation_id(self.world.deployment.domain(signed.contract)))
            executions = self.world.executions(signed)
            assert [each["transactionHash"] for each in executions] == [operation.transaction]
            assert int(executions[0]["blockNumber"], 16) == operation.block_number


@contextmanager
def office(world: World, folder: Path, urls: Sequence[str]) -> Iterator[Office]:
    """An office with a relayer of its own, on these nodes."""
    folder.mkdir()
    signer = LocalSigner.create()
    with (
        open_nodes(",".join(urls), timeout_seconds=5) as node,
        OperationalStore(folder / "operational.sqlite") as store,
    ):
        ensure_funds(node, [signer.address])
        yield Office(
            world, Relay(node, world.deployment, store, signer, confirmation_depth=confirmation_depth(node)), store
        )


@contextmanager
def bold_follower(world: World, path: Path, url: str) -> Iterator[Follower]:
    """A follower that believes every block at once, as nobody should here: it must take back what goes."""
    engine = open_engine(path, durable=False)
    with Connection(url, timeout_seconds=5) as node:
        reader = ChainReader(node, world.deployment)
        yield Follower(reader, Projector(engine), confirmations=0, undo_blocks=UNDO_BLOCKS)
    engine.dispose()


def by_turn(network: RunningNetwork) -> list[str]:
    """The validators in the order of their turns."""
    validators = [node for node in network.network.nodes if node.validator]
    return [node.name for node in sorted(validators, key=lambda node: node.address.lower())]


def part_after_turn(network: RunningNetwork, first: Sequence[str], second: Sequence[str]) -> None:
    """Part the network right after a block of the validator that is first in turn."""
    url = network.network.node(second[0]).url
    before = head_of(url)
    while head_of(url) == before or head_of(url) % len(VALIDATORS):
        time.sleep(0.02)
    network.network.separate(first, second)


def agree(network: RunningNetwork) -> None:
    """All nodes run, and have a block in common that is newer than any that one has now."""
    heads = [status.head for status in network.network.status()]
    newest = max(head for head in heads if head is not None)
    assert None not in heads
    network.network.wait_for_block(newest + 1)


# --------------------------------------------------------------------------------------------------- validators fail


def test_with_one_of_four_dead_the_network_goes_on(network: RunningNetwork, world: World, tmp_path: Path) -> None:
    with office(world, tmp_path / "office", network.network.urls) as ours:
        commands = ours.give(5, "before")
        network.network.stop_node("validator-1", kill=True)
        commands += ours.give(5, "with one dead")
        ours.finish()
        assert head_of(network.network.node(OBSERVER).url) > 0
        network.network.start_node("validator-1", network.geth)
        agree(network)
        ours.check(commands)


def test_with_two_of_four_dead_commands_wait_and_none_is_lost(
    network: RunningNetwork, world: World, tmp_path: Path
) -> None:
    with office(world, tmp_path / "office", network.network.urls) as ours:
        for name in VALIDATORS[:2]:
            network.network.stop_node(name, kill=True)
        assert halts(network.network.node(OBSERVER).url, HALT_SECONDS)
        commands = ours.give(10, "while it is halted")
        ours.work(HALT_SECONDS)
        assert ours.states() == {OperationState.SENT}, "accepted, sent, and in no block"
        network.whole()
        ours.finish()
        agree(network)
        ours.check(commands)


def test_all_killed_at_once_and_started_again(network: RunningNetwork, world: World, tmp_path: Path) -> None:
    with office(world, tmp_path / "office", network.network.urls) as ours:
        commands = ours.give(10, "before all die")
        ours.work(2.0)
        before = network.network.wait_for_block(head_of(network.network.urls[0]))
        for name in (*VALIDATORS, OBSERVER):
            network.network.stop_node(name, kill=True)
        with pytest.raises(LedgerError):
            ours.give(1, "nobody there")
        network.whole()
        with Connection(network.network.urls[0]) as node:
            assert node.block_hash(before.number) == before.hash, "what all had is on disk"
        commands += ours.give(5, "after all were started")
        ours.finish()
        ours.check(commands)


# ------------------------------------------------------------------------------------------------------- halves part


def test_parted_three_to_one_the_one_gives_its_blocks_up(network: RunningNetwork, world: World, tmp_path: Path) -> None:
    *most, lone = VALIDATORS
    urls = {name: network.network.node(name).url for name in VALIDATORS}
    with (
        office(world, tmp_path / "most", [urls[name] for name in most]) as theirs,
        office(world, tmp_path / "lone", [urls[lone]]) as ours,
    ):
        network.network.separate([*most, OBSERVER], [lone])
        at = head_of(urls[lone])
        waiting = ours.give(5, "on the smaller side")
        commands = theirs.give(5, "on the larger side")
        theirs.finish()
        ours.work(HALT_SECONDS)
        assert head_of(urls[most[0]]) > at + 2
        assert head_of(urls[lone]) <= at + 1, "alone it makes one block at most"
        assert OperationState.CONFIRMED not in ours.states(), "a block of one validator is believed by nobody"
        network.network.connect()
        agree(network)
        ours.finish()
        ours.check(waiting)
        theirs.check(commands)


def test_parted_two_to_two_both_halt_and_go_on_together(network: RunningNetwork, world: World, tmp_path: Path) -> None:
    first, second = VALIDATORS[:2], VALIDATORS[2:]
    halves = [[network.network.node(name).url for name in half] for half in (first, second)]
    with (
        office(world, tmp_path / "first", halves[0]) as ours,
        office(world, tmp_path / "second", halves[1]) as theirs,
        bold_follower(world, tmp_path / "first.sqlite", halves[0][0]) as our_follower,
        bold_follower(world, tmp_path / "second.sqlite", halves[1][0]) as their_follower,
    ):
        network.network.separate([*first, OBSERVER], second)
        commands, others = ours.give(5, "on one half"), theirs.give(5, "on the other half")
        ours.work(HALT_SECONDS)
        theirs.work(HALT_SECONDS)
        assert halts(halves[0][0], HALT_SECONDS)
        assert halts(halves[1][0], HALT_SECONDS)
        assert OperationState.CONFIRMED not in ours.states() | theirs.states(), "no half can confirm anything"
        our_follower.sync()
        their_follower.sync()
        network.network.join()
        agree(network)
        ours.finish()
        theirs.finish()
        ours.check(commands)
        theirs.check(others)
        # Each half had at least a block of its own, so at least one read model took back what it had believed.
        for follower in (our_follower, their_follower):
            follower.catch_up()
            assert follower.rebuild(check=True).differences == []
        assert our_follower.reorganisations + their_follower.reorganisations >= 1


def test_halves_of_equal_weight_wait_for_an_operator(network: RunningNetwork, world: World, tmp_path: Path) -> None:
    """
    One half with a block in turn and the other with two out of turn weigh the same, and neither gives way.

    So it comes where the halves are neighbours in turn and are parted after a block of the first of a half. The moment
    cannot be hit surely on real processes, so it is tried until the weights are the same.
    """
    names = by_turn(network)
    first, second = names[:2], names[2:]
    urls = [network.network.node(first[0]).url, network.network.node(second[0]).url]
    with office(world, tmp_path / "first", urls[:1]) as ours, office(world, tmp_path / "second", urls[1:]) as theirs:
        for _ in range(15):
            part_after_turn(network, [*first, OBSERVER], second)
            assert all(halts(url, HALT_SECONDS) for url in urls)
            weights = [weight_of(network.network.node(name)) for name in (first[0], second[0])]
            if weights[0] == weights[1]:
                break
            network.network.join()
        assert weights[0] == weights[1], "no partition of equal weight in fifteen"
        commands, others = ours.give(3, "on one half"), theirs.give(3, "on the other half")
        network.network.connect()
        # Longer than the ten seconds after which nodes ask their peers for heavier branches.
        ours.work(12.0)
        assert still(urls[0], 1.0)
        assert still(urls[1], 1.0)
        assert {weight_of(node) for node in network.network.nodes} == set(weights)
        joined = network.network.join()
        assert joined.rolled_back
        assert set(joined.rolled_back) in ({*first, OBSERVER}, set(second))
        assert set(joined.rolled_back.values()) <= {1, 2}
        ours.finish()
        theirs.finish()
        agree(network)
        ours.check(commands)
        theirs.check(others)
