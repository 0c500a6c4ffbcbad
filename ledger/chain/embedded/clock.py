"""
The clock of a home's node.

A block's time is the wall clock's. A story that takes months (a play, a rehearsal of procedure) cannot wait for them,
and must not be dated in the future; so a home's clock can be set *behind* the wall clock, and be brought forward again
as far as the present. It can never run ahead, and no block is ever earlier than the one before it.

The file `clock` in the node's folder holds the seconds by which the clock is behind, in digits. Without it the clock is
right. `intergov doctor` names a clock that is behind.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Final

from ledger.chain.embedded.errors import NodeError
from ledger.chain.embedded.files import NodeFiles
from ledger.errors import InvalidInput

BEHIND_SECONDS_MAX: Final = 10 * 366 * 86_400
"""Ten years."""


class HomeClock:
    """The clock of the node in a home: UTC seconds. Follows the file as it changes."""

    def __init__(self, files: NodeFiles) -> None:
        self._path = files.clock

    def __call__(self) -> int:
        """
        The node's time.

        Raises
        ------
        NodeError
            The file holds something else.
        """
        return int(time.time()) - _read(self._path)


def seconds_behind(home: Path) -> int:
    """By how much the clock of a home's node is behind the wall clock."""
    return _read(NodeFiles(home).clock)


def set_clock(home: Path, moment: int | None) -> None:
    """
    Set the clock of a home's node, which goes on from there; to the present where no moment is given.

    A block already made stays where it is: set back behind the head, the clock stands still until it has caught up.

    Raises
    ------
    InvalidInput
        The moment lies in the future, or more than ten years back.
    NodeError
        The file cannot be written.
    """
    now = int(time.time())
    behind = 0 if moment is None else now - moment
    if not 0 <= behind <= BEHIND_SECONDS_MAX:
        raise InvalidInput("clock of the node", moment, f"a moment from {now - BEHIND_SECONDS_MAX} to now, {now}")
    files = NodeFiles(home)
    files.make_folder()
    draft = files.clock.with_suffix(f".{os.getpid()}.tmp")
    try:
        if behind == 0:
            files.clock.unlink(missing_ok=True)
            return
        draft.write_text(f"{behind}\n", "ascii")
        draft.replace(files.clock)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise NodeError(f"embedded node: the clock in {files.folder} cannot be set: {error.strerror}") from error


def _read(path: Path) -> int:
    try:
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        return 0
    except (OSError, UnicodeDecodeError) as error:
        raise NodeError(f"embedded node: the clock file {path} cannot be read: {error}") from error
    if not text.isdigit() or int(text) > BEHIND_SECONDS_MAX:
        raise NodeError(f"embedded node: {path} holds {text[:40]!r}; seconds in digits, at most {BEHIND_SECONDS_MAX}")
    return int(text)
