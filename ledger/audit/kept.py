"""
The leaves of published runs, kept in a folder under their root.

Nobody has to trust them: whoever reads them makes the tree again, and takes them only if they give the root. They save
recomputing for a proof, and where a recomputed run differs from the published one they say where.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.audit.leaves import leaf_hash, reasons_digest
from ledger.audit.merkle import MerkleTree
from ledger.domain.scoring import Score
from ledger.domain.terms import ScoreLeaf
from ledger.errors import InvalidInput, Unavailable

FORMAT_VERSION: Final = 1


class LeavesUnwritable(Unavailable):
    """The leaves of a run cannot be kept, so it is not published."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One government's score with the reasons that its leaf is the digest of."""

    government: int
    score: int
    low: int
    high: int
    base: int
    rated: bool

    reasons: tuple[tuple[int, int], ...]
    """Commitment and points in millionths, in rising order of commitment; base and points sum to the score."""

    @classmethod
    def of(cls, score: Score) -> Entry:
        """A score as it is published."""
        reasons = tuple(sorted((reason.commitment, reason.points) for reason in score.reasons))
        return cls(score.government, score.score, score.low, score.high, score.base, score.rated, reasons)

    @property
    def leaf(self) -> ScoreLeaf:
        """As it stands in the tree."""
        return ScoreLeaf(self.government, self.score, self.low, self.high, self.rated, reasons_digest(self.reasons))

    def to_json(self) -> dict[str, Any]:
        """Every field; reasons as pairs."""
        return {
            "government": self.government,
            "score": self.score,
            "low": self.low,
            "high": self.high,
            "base": self.base,
            "rated": self.rated,
            "reasons": [list(reason) for reason in self.reasons],
        }

    @classmethod
    def from_json(cls, record: Any) -> Entry:
        """
        Read an entry that can be hashed; about the rest the root decides.

        Raises
        ------
        InvalidInput
        """
        rule = "government, score, low, high, base, rated and reasons, each a commitment and its points"
        try:
            numbers = [record[name] for name in ("government", "score", "low", "high", "base")]
            reasons = tuple((commitment, points) for commitment, points in record["reasons"])
            rated = record["rated"]
        except (KeyError, TypeError, ValueError):
            raise InvalidInput("published score", record, rule) from None
        every = [*numbers, *(part for reason in reasons for part in reason)]
        if type(rated) is not bool or any(type(each) is not int for each in every):
            raise InvalidInput("published score", record, rule)
        if not all(0 <= each < 1 << 32 for each in numbers):
            raise InvalidInput("published score", record, "whole numbers that fit into a leaf")
        if not all(0 <= commitment < 1 << 64 and abs(points) < 1 << 31 for commitment, points in reasons):
            raise InvalidInput("published score", record, "reasons that fit into a leaf")
        government, score, low, high, base = numbers
        return cls(government, score, low, high, base, rated, reasons)


class PublishedLeaves:
    """All entries of a run, with their tree."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries: Mapping[int, Entry] = {entry.government: entry for entry in entries}
        self._hashes = {entry.government: leaf_hash(entry.leaf) for entry in self.entries.values()}
        self.tree = MerkleTree(self._hashes.values())

    @property
    def root(self) -> str:
        """The tree's root, `0x` and hexadecimal digits."""
        return "0x" + self.tree.root.hex()

    def leaf_hash(self, government: int) -> bytes:
        """A government's leaf as it is hashed."""
        return self._hashes[government]

    def proof(self, government: int) -> list[bytes]:
        """The hashes beside the way from a government's leaf up to the root."""
        return self.tree.proof(self._hashes[government])


class LeafFolder:
    """
    The folder of all runs' leaves.

    Parameters
    ----------
    path
        Made when the first run is kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def locator(self, root: str) -> str:
        """Where in a home's documents the leaves are."""
        return f"{self.path.name}/{root}.json"

    def keep(self, leaves: PublishedLeaves) -> Path:
        """
        Keep a run's leaves, whole or not at all.

        Raises
        ------
        LeavesUnwritable
        """
        record = {
            "version": FORMAT_VERSION,
            "root": leaves.root,
            "scores": [leaves.entries[each].to_json() for each in sorted(leaves.entries)],
        }
        path = self.path / f"{leaves.root}.json"
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = path.with_suffix(".json.part")
            with draft.open("w", encoding="utf-8") as file:
                json.dump(record, file, separators=(",", ":"))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            raise LeavesUnwritable(f"score run: {path} cannot be written: {error.strerror or error}") from None
        return path

    def find(self, root: str) -> PublishedLeaves | str:
        """The leaves that give this root, or in words why there are none."""
        path = self.path / f"{root}.json"
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            leaves = PublishedLeaves(Entry.from_json(each) for each in record["scores"])
        except FileNotFoundError:
            return f"the published leaves are not in this home ({self.locator(root)})"
        except OSError as error:
            return f"the published leaves cannot be read ({self.locator(root)}: {error.strerror})"
        except (InvalidInput, KeyError, TypeError, ValueError, OverflowError, RecursionError):
            return f"the published leaves are damaged ({self.locator(root)})"
        if leaves.root != root:
            return f"the leaves in {self.locator(root)} give the root {leaves.root}, so they are not the published ones"
        return leaves
