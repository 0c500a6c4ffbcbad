"""
Finding, starting and stopping a home's node.

This is all that other rooms need of the embedded chain: `ensure_node` answers with the address of a node that runs, and
everything else goes through JSON-RPC.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from ledger.chain.embedded.errors import NodeStartFailed, NodeStopFailed
from ledger.chain.embedded.files import NodeFiles, NodeInfo, try_lock

__all__ = ["NodeInfo", "ensure_node", "find_node", "stop_node"]

START_SECONDS_MAX = 60.0
"""How long a node may take to be ready."""

STOP_SECONDS_MAX = 45.0
"""How long a node may take to finish its last block and end."""

ANSWER_SECONDS_MAX = 10.0
"""How long a node may take to say who it is; a node under load answers between two steps of a block."""

_PAUSE_SECONDS = 0.02
_LOG_TAIL_LINES = 15


def find_node(home: Path) -> NodeInfo | None:
    """
    The home's running node, or None where there is none.

    A node counts as running when the process that owns the home's lock is the one that announced itself, and answers at
    the announced address with the announced chain id. What a killed node left behind is not enough.
    """
    files = NodeFiles(home)
    info = files.read_info()
    if info is None or files.owner() != info.pid or _chain_id_at(info.url) != info.chain_id:
        return None
    return info


def ensure_node(home: Path, *, idle_exit: int = 900) -> NodeInfo:
    """
    The home's node, started where none is running.

    A node that is started here runs on its own, logs to the home, and ends by itself after `idle_exit` seconds without
    a request. When two processes call this at once, one node is started and both get it.

    Parameters
    ----------
    home
        The home; made where it is missing.
    idle_exit
        Seconds, for a node that is started here.

    Raises
    ------
    NodeStartFailed
        The node ended before it was ready, or was not ready in time. The error holds its last words.
    NodeError
        The home's folder cannot be made.
    """
    info = find_node(home)
    if info is not None:
        return info
    files = NodeFiles(home)
    files.make_folder()
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        # One program at a time starts a node; the others wait for it here.
        with try_lock(files.starting) as chosen:
            if chosen:
                return find_node(home) or _start_and_wait(files, idle_exit, deadline)
        time.sleep(_PAUSE_SECONDS)
        info = find_node(home)
        if info is not None:
            return info
    raise NodeStartFailed(home, f"was not ready after {START_SECONDS_MAX:g} s", "")


def _start_and_wait(files: NodeFiles, idle_exit: int, deadline: float) -> NodeInfo:
    """Start the node, unless somebody did so in the foreground, and wait until it is ready."""
    log_start = files.log.stat().st_size if files.log.exists() else 0
    child: int | None = None
    while time.monotonic() < deadline:
        if child is None and files.owner() is None:
            child = _start(files, idle_exit)
        # Asked in this order: one that ends after being ready, and at once, has still been ready.
        ended = child is not None and _has_ended(child)
        info = find_node(files.home)
        if info is not None:
            return info
        if ended:
            if files.owner() is None:
                raise NodeStartFailed(files.home, "ended before it was ready", _log_tail(files, log_start))
            # Somebody started a node in the foreground at the same moment, and that one has the home.
            child = None
        time.sleep(_PAUSE_SECONDS)
    if child is not None:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    reason = f"was not ready after {START_SECONDS_MAX:g} s"
    raise NodeStartFailed(files.home, reason, _log_tail(files, log_start))


def stop_node(home: Path) -> bool:
    """
    End the home's node in good order and wait until it has ended.

    Returns
    -------
    True when a node was running, False when there was none.

    Raises
    ------
    NodeStopFailed
        The node still runs after `STOP_SECONDS_MAX`.
    """
    files = NodeFiles(home)
    owner = files.owner()
    if owner is None:
        return False
    deadline = time.monotonic() + STOP_SECONDS_MAX
    asked = False
    while time.monotonic() < deadline:
        current = files.owner()
        if current is None or (asked and current not in (0, owner)):
            # A node that ends while it is asked is the wanted outcome; so is one that ended and was started anew.
            _has_ended(owner)
            return True
        if current and not asked:
            # Only the lock's owner is ever signalled: a number in a stale file may be anybody's by now.
            owner, asked = current, True
            try:
                os.kill(owner, signal.SIGTERM)
            except ProcessLookupError:
                continue
        time.sleep(_PAUSE_SECONDS)
    raise NodeStopFailed(home, owner, STOP_SECONDS_MAX)


def _start(files: NodeFiles, idle_exit: int) -> int:
    """Start a node in a session of its own, so that it outlives the terminal; returns its process id."""
    command = [sys.executable, "-m", "ledger.chain.embedded"]
    command += ["--home", str(files.home.resolve()), "--idle-exit", str(idle_exit)]
    # posix_spawn and not subprocess: nobody waits for this child, and a Popen object would complain about that.
    return os.posix_spawn(
        sys.executable,
        command,
        _environment(),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(files.log.resolve()), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _environment() -> dict[str, str]:
    """The environment of this process, with a way for the node to find the same `ledger` package."""
    root = str(Path(__file__).resolve().parents[3])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}


def _has_ended(pid: int) -> bool:
    """Whether a process that this one started has ended; clears it away if so. Others' processes count as running."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return False


def _log_tail(files: NodeFiles, start: int) -> str:
    """The last lines that were logged since `start`, an offset in bytes."""
    try:
        with files.log.open("rb") as log:
            log.seek(start)
            text = log.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-_LOG_TAIL_LINES:])


def _chain_id_at(url: str) -> int | None:
    """The chain id that a node answers, or None when nothing that looks like a node answers."""
    try:
        address = urlsplit(url)
        host, port = address.hostname, address.port
    except ValueError:
        return None
    # The standard library's plain client, because no proxy of the environment may come between.
    connection = http.client.HTTPConnection(host or "", port, timeout=ANSWER_SECONDS_MAX)
    try:
        request = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
        connection.request("POST", "/", json.dumps(request), {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        return int(answer["result"], 16)
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()
