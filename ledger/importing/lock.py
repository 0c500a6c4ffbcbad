"""One import at a time: a lock that ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import Conflict


class ImportRunning(Conflict):
    """Another import is going on in this home."""


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """
    Hold a file while an import goes on.

    Raises
    ------
    ImportRunning
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ImportRunning(f"another import holds {path}; wait until it has ended") from None
        yield
    finally:
        os.close(descriptor)
