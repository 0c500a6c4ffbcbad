"""
The node's files in a home.

    HOME/node/chain.sqlite   the chain (with SQLite's -wal and -shm beside it)
    HOME/node/node.lock      locked by the process that owns the node, and holding its process id
    HOME/node/node.starting  locked by a program that is starting the node on demand
    HOME/node/node.json      where the running node answers; written when it is ready, removed when it ends
    HOME/node/clock          seconds by which the node's clock is behind, where it is (see `clock`)
    HOME/node/node.log       what nodes that were started on demand have logged

The lock is the operating system's (flock), so it ends with its owner, however that ends. The files' contents are hints
only: a process id can be stale and the JSON can be cut short by a full disk, so readers check what they say.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from ledger.chain.embedded.errors import HomeOwned, NodeError

_LOCK_ATTEMPTS = 10
_LOCK_PAUSE_SECONDS = 0.03


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """A running node."""

    pid: int
    """Its process id."""
    url: str
    """Where it answers JSON-RPC."""
    chain_id: int
    """The id of its chain."""
    started_at: int
    """When it was ready, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class NodeFiles:
    """The paths of a home's node."""

    home: Path
    """The home."""

    @property
    def folder(self) -> Path:
        """The node's own folder."""
        return self.home / "node"

    @property
    def chain(self) -> Path:
        """The chain."""
        return self.folder / "chain.sqlite"

    @property
    def lock(self) -> Path:
        """Locked by the node's owner."""
        return self.folder / "node.lock"

    @property
    def starting(self) -> Path:
        """Locked by who starts the node on demand, so that two do not start two."""
        return self.folder / "node.starting"

    @property
    def info(self) -> Path:
        """Where the running node answers."""
        return self.folder / "node.json"

    @property
    def clock(self) -> Path:
        """By how many seconds the node's clock is behind; absent where it is right."""
        return self.folder / "clock"

    @property
    def log(self) -> Path:
        """What nodes started on demand have logged."""
        return self.folder / "node.log"

    def make_folder(self) -> None:
        """Make the node's folder, for its owner alone.

        Raises
        ------
        NodeError
            The folder cannot be made.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise NodeError(f"embedded node: the folder {self.folder} cannot be made: {error.strerror}") from error

    def read_info(self) -> NodeInfo | None:
        """What the last node said about itself, or None where there is nothing readable."""
        try:
            document = json.loads(self.info.read_bytes())
            info = NodeInfo(**document)
        except (OSError, ValueError, TypeError, RecursionError):
            return None
        numbers = (info.pid, info.chain_id, info.started_at)
        if any(type(number) is not int or number <= 0 for number in numbers) or not isinstance(info.url, str):
            return None
        return info

    def write_info(self, info: NodeInfo) -> None:
        """Say where the node answers, at once or not at all."""
        temporary = self.info.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(json.dumps(asdict(info)) + "\n", encoding="utf-8")
        temporary.replace(self.info)

    def remove_info(self, pid: int) -> None:
        """Remove the announcement, if it is still the one of this process."""
        info = self.read_info()
        if info is not None and info.pid == pid:
            self.info.unlink(missing_ok=True)

    def owner(self) -> int | None:
        """The process id of the node's owner, or None when nobody owns the node.

        An owner that has not yet written its id is 0.
        """
        try:
            descriptor = os.open(self.lock, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            # A shared lock, so that two that ask at once do not take each other for owners.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read_pid(descriptor)
        else:
            return None
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Hold a lock for as long as the context lasts, if nobody else holds it; gives whether it is held."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


class NodeLock:
    """
    Ownership of a home's node, for as long as the context lasts or the process lives.

    Raises
    ------
    HomeOwned
        Another process owns it.
    """

    def __init__(self, files: NodeFiles) -> None:
        self._files = files
        self._descriptor: int | None = None

    def __enter__(self) -> NodeLock:
        self._files.make_folder()
        descriptor = os.open(self._files.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        # Whoever asks for the owner holds the lock for a moment (`owner`), so one refusal proves nothing yet.
        for _ in range(_LOCK_ATTEMPTS):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_LOCK_PAUSE_SECONDS)
        else:
            pid = _read_pid(descriptor)
            os.close(descriptor)
            raise HomeOwned(self._files.home, pid or None)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._descriptor is not None
        os.ftruncate(self._descriptor, 0)
        # The file stays: removing it would let two processes lock two files of one name.
        os.close(self._descriptor)
        self._descriptor = None


def _read_pid(descriptor: int) -> int:
    text = os.pread(descriptor, 32, 0).decode("ascii", errors="replace").strip()
    return int(text) if text.isdigit() else 0
