"""
A test network: made, started, looked at, taken apart and joined again.

Every node is told its peers one by one; nothing is discovered. A partition is made by telling nodes to drop each other,
which leaves real processes with real chains that no longer meet.
"""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from eth_keys.datatypes import PrivateKey

from ledger.chain.connection import Connection, Head
from ledger.chain.keys import KeyStore
from ledger.chain.signers import LocalSigner
from ledger.errors import InvalidInput, LedgerError
from ledger.networks import processes
from ledger.networks.errors import NetworkFolderInUse, NetworkHalted, NetworkMissing, NetworkNodeUnknown
from ledger.networks.files import NetworkFiles, NetworkRecord, NodeRecord, write_private
from ledger.networks.genesis import clique_genesis, new_chain_id
from ledger.networks.joining import BY_ITSELF_SECONDS, Joined, join
from ledger.networks.peers import connect_all, make_blocks, separate

VALIDATORS_DEFAULT: Final = 4
"""The fewest that go on when one fails: Clique needs more than half, 3 of 4."""

OBSERVERS_DEFAULT: Final = 1
PERIOD_SECONDS_DEFAULT: Final = 1
NODES_MAX: Final = 25

BLOCK_SECONDS_MAX: Final = 60.0
"""How long a block that all nodes have may take: peers ask each other every ten seconds at worst."""

ANSWER_SECONDS_MAX: Final = 5.0

_PORTS: Final = range(20_000, 32_000)
"""Below those that systems hand out to clients, so that a node that was stopped finds its port free again."""

_PAUSE_SECONDS: Final = 0.1

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """How a node stands. What is not known because it does not answer is None."""

    name: str
    url: str
    validator: bool
    running: bool
    head: int | None
    hash: str | None
    peers: int | None

    def to_json(self) -> dict[str, Any]:
        """As `intergov network status --json` shows it."""
        return {
            "name": self.name,
            "url": self.url,
            "validator": self.validator,
            "running": self.running,
            "head": self.head,
            "hash": self.hash,
            "peers": self.peers,
        }


class Network:
    """A network's nodes, in a directory of their own."""

    def __init__(self, directory: Path) -> None:
        self.files = NetworkFiles(directory)
        self.record = self.files.record()

    # ---------------------------------------------------------------------------------------------------- making one

    @classmethod
    def create(
        cls,
        directory: Path,
        geth: Path,
        *,
        validators: int = VALIDATORS_DEFAULT,
        observers: int = OBSERVERS_DEFAULT,
        period_seconds: int = PERIOD_SECONDS_DEFAULT,
    ) -> Network:
        """
        Make a network: keys, first block, ports, and each node's database. Nothing is started.

        Parameters
        ----------
        geth
            The program, from `go_ethereum.ensure_geth`.
        validators, observers
            How many nodes make blocks, and how many only check them.
        period_seconds
            Time between blocks.

        Raises
        ------
        InvalidInput, NetworkFolderInUse, NetworkNodeFailed
        """
        if validators < 1 or observers < 0 or validators + observers > NODES_MAX:
            rule = f"at least one validator, and at most {NODES_MAX} nodes"
            raise InvalidInput("nodes", f"{validators} validators, {observers} others", rule)
        if period_seconds < 1:
            raise InvalidInput("period", period_seconds, "whole seconds, at least 1")
        files = NetworkFiles(directory)
        _claim_folder(files)
        with files.locked():
            if files.exist:
                return cls(directory)
            write_private(files.settings, processes.SETTINGS)
            write_private(files.password, secrets.token_hex(32) + "\n")
            names = [(f"validator-{number}", True) for number in range(1, validators + 1)]
            names += [(f"observer-{number}", False) for number in range(1, observers + 1)]
            ports = free_ports(2 * len(names))
            nodes = tuple(
                _make_node(files, name, validator, ports[2 * place : 2 * place + 2])
                for place, (name, validator) in enumerate(names)
            )
            record = NetworkRecord(new_chain_id(), period_seconds, nodes)
            sealers = [node.address for node in nodes if node.validator]
            genesis = clique_genesis(record.chain_id, period_seconds, sealers, [node.address for node in nodes])
            write_private(files.genesis, _json(genesis))
            for node in nodes:
                processes.initialise(geth, files, node)
            # Last, so that a network that was begun and not finished is begun again.
            files.write_record(record)
        return cls(directory)

    # -------------------------------------------------------------------------------------------------------- its nodes

    @property
    def nodes(self) -> tuple[NodeRecord, ...]:
        """All nodes, validators first."""
        return self.record.nodes

    @property
    def urls(self) -> list[str]:
        """All nodes' addresses, validators first."""
        return [node.url for node in self.nodes]

    def node(self, name: str) -> NodeRecord:
        """
        A node by its name.

        Raises
        ------
        NetworkNodeUnknown
        """
        for node in self.nodes:
            if node.name == name:
                return node
        raise NetworkNodeUnknown(name, [node.name for node in self.nodes])

    def is_running(self, name: str) -> bool:
        """Whether a node's process runs."""
        return processes.running(self.files.node(self.node(name).name)) is not None

    # ------------------------------------------------------------------------------------------------ starting, ending

    def up(self, geth: Path) -> list[str]:
        """
        Start every node that does not run, connect all with all, and wait for a block that all have. Safe to repeat.

        Returns
        -------
        Names of the nodes that were started.

        Raises
        ------
        NetworkNodeFailed
            A node did not start; the others run.
        NetworkHalted
            All run, and make no blocks together.
        """
        with self.files.locked():
            started = [node for node in self.nodes if not self.is_running(node.name)]
            before = max((head.number for head in self._heads().values()), default=0)
            for node in started:
                processes.start(geth, self.files, self.record, node)
            for node in started:
                processes.wait_until_ready(self.files.node(node.name), node, self.record.chain_id)
            connect_all(self.nodes)
            make_blocks(self._in_turn_last(before + 1))
            if started or not self._agree():
                self._go_on(before + 1)
        return [node.name for node in started]

    def down(self) -> list[str]:
        """End every node in good order; names of those that ran."""
        with self.files.locked():
            return [node.name for node in self.nodes if processes.stop(self.files.node(node.name), node.name)]

    def remove(self) -> None:
        """End every node and delete the network with its chain."""
        self.down()
        shutil.rmtree(self.files.directory)

    def start_node(self, name: str, geth: Path) -> None:
        """Start one node, and make it and the running others each other's peers."""
        node = self.node(name)
        with self.files.locked():
            if not self.is_running(name):
                processes.start(geth, self.files, self.record, node)
                processes.wait_until_ready(self.files.node(name), node, self.record.chain_id)
            connect_all([each for each in self.nodes if self.is_running(each.name)])
            make_blocks([node])

    def stop_node(self, name: str, *, kill: bool = False) -> bool:
        """End one node, as a power cut would where `kill` is said; whether it ran."""
        with self.files.locked():
            return processes.stop(self.files.node(self.node(name).name), name, kill=kill)

    # ---------------------------------------------------------------------------------------------- looking, separating

    def status(self) -> list[NodeStatus]:
        """How every node stands now."""
        return [self._status(node) for node in self.nodes]

    def separate(self, *groups: Sequence[str]) -> None:
        """
        Part the network: nodes of different groups drop each other and do not meet again until they are connected.

        Raises
        ------
        NetworkNodeUnknown, NodeUnreachable
        """
        separate([[self.node(name) for name in group] for group in groups])

    def connect(self) -> None:
        """Make all running nodes each other's peers again."""
        connect_all([node for node in self.nodes if self.is_running(node.name)])

    def join(self) -> Joined:
        """
        Bring nodes together that stand on different branches, and wait for a block that all have.

        The running nodes are connected. Where they do not agree by themselves, those that are not on the heaviest
        branch go back to the block that all have in common, and are given the heaviest.

        Raises
        ------
        NodeUnreachable, NetworkHalted
        """
        with self.files.locked():
            nodes = [node for node in self.nodes if self.is_running(node.name)]
            connect_all(nodes)
            joined = join(nodes, self.files.directory)
            self.wait_for_block(joined.head + 1)
            return joined

    def _go_on(self, number: int) -> None:
        """Wait for a block that all have; where the nodes stand on branches of equal weight, join them."""
        try:
            self.wait_for_block(number, BY_ITSELF_SECONDS)
        except NetworkHalted:
            # Validators that were killed at one moment may each have made the next block.
            joined = join(self.nodes, self.files.directory)
            self.wait_for_block(joined.head + 1)

    def _in_turn_last(self, number: int) -> list[NodeRecord]:
        """
        All nodes; the validator whose turn a block is, last.

        A node drops blocks that reach it before it was told to make some itself, and its turn's block is the one that
        all should take. Turns go by address (EIP-225).
        """
        addresses = sorted(node.address.lower() for node in self.nodes if node.validator)
        in_turn = addresses[number % len(addresses)]
        return sorted(self.nodes, key=lambda node: node.address.lower() == in_turn)

    def wait_for_block(self, number: int, seconds_max: float = BLOCK_SECONDS_MAX) -> Head:
        """
        Wait until all running nodes have the same block of this number; that block.

        Raises
        ------
        NetworkHalted
        """
        deadline = time.monotonic() + seconds_max
        while True:
            hashes = self._asked(lambda node: node.block_hash(number))
            found = next(iter(hashes.values()), None)
            if found is not None and len(set(hashes.values())) == 1 and len(hashes) == self._running_count():
                return Head(number, found, 0)
            if time.monotonic() > deadline:
                told = [f"{name} {head.number} 0x{head.hash.hex()[:8]}…" for name, head in self._heads().items()]
                raise NetworkHalted(told, seconds_max)
            time.sleep(_PAUSE_SECONDS)

    def _running_count(self) -> int:
        return sum(self.is_running(node.name) for node in self.nodes)

    def _agree(self) -> bool:
        """Whether the running nodes have the newest block that all have reached in common, and it is young."""
        heads = self._heads()
        if not heads:
            return False
        lowest = min(head.number for head in heads.values())
        old = max(head.timestamp for head in heads.values()) < time.time() - 10 * self.record.period_seconds
        return not old and len(set(self._asked(lambda node: node.block_hash(lowest)).values())) == 1

    def _heads(self) -> dict[str, Head]:
        return self._asked(lambda node: node.head())

    def _asked(self, question: Callable[[Connection], Answer]) -> dict[str, Answer]:
        """What each running node that answers says, by its name."""
        answers: dict[str, Answer] = {}
        for node in self.nodes:
            if not self.is_running(node.name):
                continue
            with Connection(node.url, ANSWER_SECONDS_MAX) as connection:
                try:
                    answers[node.name] = question(connection)
                except LedgerError:
                    continue
        return answers

    def _status(self, node: NodeRecord) -> NodeStatus:
        runs = self.is_running(node.name)
        try:
            with Connection(node.url, ANSWER_SECONDS_MAX) as connection:
                head = connection.head()
                peers = int(connection.call("net_peerCount"), 16)
        except LedgerError:
            return NodeStatus(node.name, node.url, node.validator, runs, None, None, None)
        return NodeStatus(node.name, node.url, node.validator, runs, head.number, "0x" + head.hash.hex(), peers)


# ------------------------------------------------------------------------------------------------------------ making


def find_network(directory: Path) -> Network | None:
    """The network in a directory; None where there is none."""
    try:
        return Network(directory)
    except NetworkMissing:
        return None


def free_ports(count: int) -> list[int]:
    """Neighbouring ports of this machine that nobody listens on."""
    for _ in range(100):
        first = _PORTS.start + secrets.randbelow(len(_PORTS) - count)
        ports = list(range(first, first + count))
        if all(_is_free(port) for port in ports):
            return ports
    raise InvalidInput("ports", f"{_PORTS.start} to {_PORTS.stop - 1}", f"{count} neighbours that nobody listens on")


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _claim_folder(files: NetworkFiles) -> None:
    folder = files.directory
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    foreign = [path.name for path in folder.iterdir() if not _is_own(path)]
    if foreign:
        raise NetworkFolderInUse(
            f"{folder} holds {', '.join(sorted(foreign)[:3])}, which is of no network; name another"
        )


def _is_own(path: Path) -> bool:
    name = path.name
    return name in {"network.json", "network.lock", "genesis.json", "geth.toml", "password"} or name.startswith(
        ("validator-", "observer-")
    )


def _make_node(files: NetworkFiles, name: str, validator: bool, ports: Sequence[int]) -> NodeRecord:
    own = files.node(name)
    # What an attempt left behind that was not finished is of another first block.
    shutil.rmtree(own.folder, ignore_errors=True)
    own.folder.mkdir(mode=0o700)
    password = files.password.read_text(encoding="utf-8").strip()
    signer = KeyStore(own.keystore, lambda: password).create("account")
    identity = LocalSigner.create().private_key
    write_private(own.node_key, identity.hex())
    public_key = PrivateKey(identity).public_key.to_bytes().hex()
    return NodeRecord(name, validator, signer.address, public_key, ports[0], ports[1])


def _json(content: Any) -> str:
    return json.dumps(content, indent=2) + "\n"
