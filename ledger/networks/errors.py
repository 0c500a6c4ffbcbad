"""What can go wrong with a network of nodes on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ledger.errors import Conflict, InvalidInput, Unavailable


class GethMissing(Unavailable):
    """The program go-ethereum is not there, and cannot be built here."""


class GethBuildFailed(Unavailable):
    """Building go-ethereum failed."""


class NetworkMissing(Unavailable):
    """There is no network in this directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"there is no network in {directory}; run `intergov network up`, or name another directory with --directory"
        )


class NetworkFilesDamaged(Unavailable):
    """A file of the network is not what was written there."""


class NetworkFolderInUse(Conflict):
    """The directory holds something else than a network, or one that still runs."""


class NetworkNodeUnknown(InvalidInput):
    """The network has no node of this name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__("node", name, f"one of {', '.join(known)}")


class NetworkNodeFailed(Unavailable):
    """A node of the network did not start, or did not end."""

    def __init__(self, name: str, what: str, log: str = "") -> None:
        super().__init__(f"node {name} {what}" + (f"; its last words:\n{log}" if log else ""))
        self.name = name

    def values(self) -> dict[str, object]:
        """The node."""
        return {"node": self.name}


class NetworkHalted(Unavailable):
    """The nodes run, and no new block comes."""

    def __init__(self, heads: Sequence[str], seconds: float) -> None:
        super().__init__(
            f"the network's nodes run, but made no new block that all have within {seconds:g} s: {'; '.join(heads)}. "
            "Where they stand on different blocks, `intergov network join` brings them together"
        )
