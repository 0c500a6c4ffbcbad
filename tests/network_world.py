"""A test network for tests, and a small ledger on it. It ends with the tests, and nothing of it stays."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger.chain.connection import Connection
from ledger.chain.deployment import deploy
from ledger.chain.finality import confirmation_depth
from ledger.chain.funds import ensure_funds
from ledger.chain.nodes import open_nodes
from ledger.chain.signers import LocalSigner
from ledger.networks.go_ethereum import ensure_geth
from ledger.networks.network import Network
from ledger.policies import default_procedure_policy
from tests.relay_world import ADMINISTRATOR_KEY, DEPLOYER_KEY, RELAYER_KEY, SECOND_ADMINISTRATOR_KEY, World
from tests.required_tools import GETH_FOLDER

VALIDATORS = ("validator-1", "validator-2", "validator-3", "validator-4")
OBSERVER = "observer-1"


@dataclass(frozen=True, slots=True)
class RunningNetwork:
    """A network, and the program that its nodes are started with."""

    network: Network
    geth: Path

    @property
    def url(self) -> str:
        """All nodes, as `--rpc` takes them."""
        return ",".join(self.network.urls)

    def whole(self) -> None:
        """All nodes run, are each other's peers, and make blocks together."""
        self.network.up(self.geth)


@contextmanager
def running_network(directory: Path) -> Iterator[RunningNetwork]:
    """A new network that makes blocks."""
    geth = ensure_geth(GETH_FOLDER)
    network = Network.create(directory, geth)
    try:
        network.up(geth)
        yield RunningNetwork(network, geth)
    finally:
        network.remove()


@contextmanager
def network_ledger(running: RunningNetwork, home: Path) -> Iterator[World]:
    """A ledger on the network, talked to through all of its nodes."""
    with open_nodes(running.url, timeout_seconds=10) as node:
        deployer = LocalSigner(DEPLOYER_KEY)
        ensure_funds(node, [deployer.address, LocalSigner(RELAYER_KEY).address])
        administrator, second = LocalSigner(ADMINISTRATOR_KEY), LocalSigner(SECOND_ADMINISTRATOR_KEY)
        deployment = deploy(
            node,
            deployer,
            [administrator.address, second.address],
            threshold=2,
            delay_seconds=0,
            procedure=default_procedure_policy(),
            confirmation_depth=confirmation_depth(node),
        )
        yield World(home, node, deployment, administrator, second)


def head_of(url: str) -> int:
    """A node's newest block."""
    with Connection(url, timeout_seconds=5) as connection:
        return connection.head().number


def still(url: str, seconds: float) -> bool:
    """Whether a node makes and gets no block for so long."""
    before = head_of(url)
    time.sleep(seconds)
    return head_of(url) == before


def halts(url: str, seconds: float, seconds_max: float = 30.0) -> bool:
    """
    Whether a node comes to make and get no block for so long.

    The validators that are left may each have a block to make yet, out of turn and so after a pause.
    """
    deadline = time.monotonic() + seconds_max
    while time.monotonic() < deadline:
        if still(url, seconds):
            return True
    return False
