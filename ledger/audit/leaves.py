"""
Leaves: one government's score as the bytes that are hashed into a run's tree.

A leaf is `keccak256(keccak256(abi.encode(government, score, low, high, rated, reasons_digest)))` of the types in
`TYPES`. The digest of the reasons is `keccak256(abi.encode((uint64 commitment, int32 points)[]))` in rising order of
commitment: whoever has the reasons can show that they are those of the published score, and base + points = score gives
the base.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple
from typing import Final

from eth_abi.abi import default_codec
from eth_hash.auto import keccak

from ledger.domain.terms import ScoreLeaf

TYPES: Final = ("uint32", "uint32", "uint32", "uint32", "bool", "bytes32")
"""Of a leaf's fields, in order: government, score, low, high, rated, reasons_digest."""

_WORD: Final = 32

HASHING: Final = (
    "leaf_hash = keccak256(keccak256(abi.encode(uint32 government, uint32 score, uint32 low, uint32 high, bool rated, "
    "bytes32 reasons_digest))); reasons_digest = keccak256(abi.encode((uint64 commitment, int32 points)[])) in rising "
    "order of commitment; then node = keccak256 of node and the next of the proof, smaller first, up to the root"
)
"""The same for people who check a proof with tools of their own."""


def reasons_digest(reasons: Iterable[tuple[int, int]]) -> bytes:
    """Keccak-256 of reasons, each a commitment and its points in millionths, in any order."""
    ordered = sorted(reasons)
    # What the general encoder gives, thirty times as fast: a ledger has hundreds of thousands of reasons. First the
    # place of the list, then its length, then its members, each number in 32 bytes.
    head = _WORD.to_bytes(_WORD, "big") + len(ordered).to_bytes(_WORD, "big")
    body = [part.to_bytes(_WORD, "big", signed=True) for reason in ordered for part in reason]
    return keccak(head + b"".join(body))


def leaf_hash(leaf: ScoreLeaf) -> bytes:
    """A leaf's hash, made twice so that no inner node can pass for one."""
    return keccak(keccak(default_codec.encode(TYPES, astuple(leaf))))
