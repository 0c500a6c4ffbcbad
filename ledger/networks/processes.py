"""
A node's process.

It runs on its own, in a session of its own, and outlives the program that started it; the number of its process lies
beside its chain. A number alone proves nothing, because it may be another program's by now: it counts while that
process's command line names this node's folder.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

from ledger.chain.connection import Connection
from ledger.errors import LedgerError
from ledger.networks.errors import NetworkNodeFailed
from ledger.networks.files import NetworkFiles, NetworkRecord, NodeFiles, NodeRecord
from ledger.networks.genesis import BLOCK_GAS_LIMIT

START_SECONDS_MAX: Final = 60.0
STOP_SECONDS_MAX: Final = 30.0
"""A node writes its last state when it ends in good order."""

_PAUSE_SECONDS: Final = 0.05
_EXEC_PAUSE_SECONDS: Final = 0.001

SETTINGS: Final = "[Node.P2P]\nDialRatio = 1\n"
"""go-ethereum's settings that have no flag: how many of its peers a node calls itself, one of so many."""

_HTTP_APIS: Final = "eth,net,web3,admin,debug,clique,txpool,miner"
"""Operators' verbs are among them: the address is this machine's own, and the network is for tests."""


def initialise(geth: Path, files: NetworkFiles, node: NodeRecord) -> None:
    """
    Write the first block into a node's own database.

    Raises
    ------
    NetworkNodeFailed
    """
    folder = files.node(node.name).folder
    command = [str(geth), "--datadir", str(folder), "--state.scheme", "hash", "init", str(files.genesis)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS_MAX, check=False)
    if done.returncode:
        raise NetworkNodeFailed(node.name, "could not be initialised", "\n".join(done.stderr.splitlines()[-15:]))


def arguments(geth: Path, files: NetworkFiles, record: NetworkRecord, node: NodeRecord) -> list[str]:
    """The command line of a node."""
    own = files.node(node.name)
    peers = len(record.nodes) - 1
    return [
        str(geth),
        *("--datadir", str(own.folder)),
        *("--nodekey", str(own.node_key)),
        *("--networkid", str(record.chain_id)),
        # Real connections, on this machine only; who is whose peer is told by admin_addPeer.
        *("--port", str(node.p2p_port), "--nodiscover", "--nat", "none", "--netrestrict", "127.0.0.0/8"),
        # A node asks its peers for missing blocks at once when it has as many peers as it may, else every ten seconds.
        # By default it calls no more than a third of those; the file lets it call all, and who calls it is trusted.
        *("--config", str(files.settings)),
        *("--maxpeers", str(max(1, peers))),
        *("--http", "--http.addr", "127.0.0.1", "--http.port", str(node.http_port)),
        *("--http.api", _HTTP_APIS, "--http.vhosts", "localhost"),
        # The consensus client's door cannot be closed; a free port of the system's choice keeps two nodes apart.
        *("--authrpc.addr", "127.0.0.1", "--authrpc.port", "0", "--ipcdisable"),
        # Each block's state goes to disk with it. Otherwise a killed node goes back to the last state it had written,
        # and when all are killed at once the network's last hour would be gone.
        *("--syncmode", "full", "--gcmode", "archive", "--state.scheme", "hash", "--history.transactions", "0"),
        *("--snapshot=false", "--cache", "64"),
        # 0 is turned back into defaults by go-ethereum, so the least price is 1 wei.
        *("--miner.gasprice", "1", "--txpool.pricelimit", "1", "--miner.gaslimit", str(BLOCK_GAS_LIMIT)),
        *("--txpool.accountslots", "1024", "--txpool.accountqueue", "1024"),
        *("--rpc.gascap", str(BLOCK_GAS_LIMIT), "--rpc.txfeecap", "0"),
        # The account is open to everybody who reaches the node: it seals blocks, and funds relayers of tests.
        *("--unlock", node.address, "--password", str(files.password), "--allow-insecure-unlock"),
        *("--verbosity", "3"),
        # What it would seal with; that it makes blocks is told to it once it has its peers.
        *("--miner.etherbase", node.address),
    ]


def running(own: NodeFiles) -> int | None:
    """The node's process; None where it does not run."""
    pid = own.read_pid()
    if pid is None:
        return None
    _clear_away(pid)
    return pid if str(own.folder) in _command_line(pid) else None


def start(geth: Path, files: NetworkFiles, record: NetworkRecord, node: NodeRecord) -> None:
    """Start a node's process and do not wait for it."""
    own = files.node(node.name)
    pid = os.posix_spawn(
        geth,
        arguments(geth, files, record, node),
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(own.log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    own.write_pid(pid)


def wait_until_ready(own: NodeFiles, node: NodeRecord, chain_id: int) -> None:
    """
    Wait until a node that was started answers.

    Raises
    ------
    NetworkNodeFailed
        With its last words.
    """
    deadline = time.monotonic() + START_SECONDS_MAX
    with Connection(node.url, timeout_seconds=5) as connection:
        while time.monotonic() < deadline:
            if running(own) is None:
                raise NetworkNodeFailed(node.name, "ended before it was ready", own.log_tail())
            try:
                found = connection.chain_id()
            except LedgerError:
                time.sleep(_PAUSE_SECONDS)
                continue
            if found != chain_id:
                raise NetworkNodeFailed(node.name, f"is on chain {found} and not on {chain_id}")
            return
    raise NetworkNodeFailed(node.name, f"was not ready after {START_SECONDS_MAX:g} s", own.log_tail())


def stop(own: NodeFiles, name: str, *, kill: bool = False) -> bool:
    """
    End a node's process and wait until it has ended; whether one ran.

    Parameters
    ----------
    kill
        Whether to end it as a power cut would, rather than in good order.

    Raises
    ------
    NetworkNodeFailed
        It still runs.
    """
    pid = running(own)
    if pid is None:
        own.forget_pid()
        return False
    _signal(pid, signal.SIGKILL if kill else signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while running(own) is not None:
        if time.monotonic() > deadline:
            raise NetworkNodeFailed(name, f"(process {pid}) still runs {STOP_SECONDS_MAX:g} s after it was told to end")
        time.sleep(_PAUSE_SECONDS)
    own.forget_pid()
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        # It ended while it was asked to.
        return


def _clear_away(pid: int) -> None:
    """Take note of a child's end, so that it does not stay as a shadow; others' children are left alone."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def _command_line(pid: int) -> str:
    """A process's command line; empty where it has ended."""
    processes = Path("/proc")
    if (processes / "self").exists():
        try:
            own = processes / str(pid)
            # For a moment after a program was started it has no command line yet; one that has ended never gets it.
            while not (line := (own / "cmdline").read_bytes()) and _alive((own / "stat").read_text(errors="replace")):
                time.sleep(_EXEC_PAUSE_SECONDS)
        except OSError:
            return ""
        return line.replace(b"\0", b" ").decode(errors="replace")
    told = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return told.stdout


def _alive(stat: str) -> bool:
    """Whether a process still runs, by its line in /proc: its state stands behind its name in parentheses."""
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")
