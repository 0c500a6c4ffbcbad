"""
Where a test network's files are.

    network.json           what the network is made of: chain id, nodes, ports
    genesis.json           its first block
    geth.toml              the settings that have no flag
    password               opens the nodes' accounts
    network.lock           held by whoever starts, stops or joins nodes
    NODE/                  a node's own folder: its chain, keystore/, nodekey, node.pid, geth.log
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ledger.networks.errors import NetworkFilesDamaged, NetworkMissing

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """One node, as it was planned."""

    name: str
    validator: bool
    """Whether it makes blocks; all others only check them."""

    address: str
    """The node's account: a validator seals blocks with it."""

    public_key: str
    """Its identity towards other nodes: 64 bytes in hexadecimal."""

    http_port: int
    p2p_port: int

    @property
    def url(self) -> str:
        """Its JSON-RPC address."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def enode(self) -> str:
        """Its address for other nodes."""
        return f"enode://{self.public_key}@127.0.0.1:{self.p2p_port}"


@dataclass(frozen=True, slots=True)
class NetworkRecord:
    """A network, as it was planned."""

    chain_id: int
    period_seconds: int
    nodes: tuple[NodeRecord, ...]

    def to_json(self) -> dict[str, Any]:
        """As network.json holds it."""
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, found: Any) -> NetworkRecord:
        """Read it; raises KeyError, TypeError or ValueError where it is something else."""
        if found["version"] != VERSION:
            raise ValueError(f"version {found['version']!r}; this program knows {VERSION}")
        nodes = tuple(NodeRecord(**node) for node in found["nodes"])
        return cls(int(found["chain_id"]), int(found["period_seconds"]), nodes)


class NetworkFiles:
    """The directory and its files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.genesis = self.directory / "genesis.json"
        self.settings = self.directory / "geth.toml"
        self.password = self.directory / "password"
        self._record = self.directory / "network.json"

    @property
    def exist(self) -> bool:
        """Whether there is a network."""
        return self._record.is_file()

    def node(self, name: str) -> NodeFiles:
        """A node's files."""
        return NodeFiles(self.directory / name)

    def record(self) -> NetworkRecord:
        """
        What the network is made of.

        Raises
        ------
        NetworkMissing, NetworkFilesDamaged
        """
        if not self.exist:
            raise NetworkMissing(self.directory)
        try:
            return NetworkRecord.from_json(json.loads(self._record.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NetworkFilesDamaged(f"{self._record} cannot be read: {error}") from None

    def write_record(self, record: NetworkRecord) -> None:
        """Write what the network is made of: the last step of making one."""
        write_private(self._record, json.dumps(record.to_json(), indent=2) + "\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the network for a work that two processes must not do at the same time; waits its turn."""
        if not self.directory.is_dir():
            raise NetworkMissing(self.directory)
        with (self.directory / "network.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


class NodeFiles:
    """A node's folder and its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keystore = folder / "keystore"
        self.node_key = folder / "nodekey"
        self.chain = folder / "geth" / "chaindata"
        self.log = folder / "geth.log"
        self._pid = folder / "node.pid"

    def read_pid(self) -> int | None:
        """The process that was started last."""
        try:
            return int(self._pid.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def write_pid(self, pid: int) -> None:
        """Say which process was started."""
        write_private(self._pid, f"{pid}\n")

    def forget_pid(self) -> None:
        """Say that no process runs."""
        self._pid.unlink(missing_ok=True)

    def log_tail(self, lines: int = 15) -> str:
        """The node's last words."""
        try:
            return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def write_private(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    temporary = path.with_name(path.name + ".part")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)
