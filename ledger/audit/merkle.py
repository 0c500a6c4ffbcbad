"""
Merkle trees as OpenZeppelin's StandardMerkleTree makes them, so that its contracts verify the proofs.

Leaves stand in rising order. A pair is hashed smaller first, so a proof needs no left or right. The tree is one array:
node 0 is the root, the children of node i are 2i+1 and 2i+2, and the leaves stand at its end in reverse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from eth_hash.auto import keccak

from ledger.errors import InvalidInput, NotFound, shown

HASH_BYTES: Final = 32

PROOF_LENGTH_MAX: Final = 64
"""More than any tree of governments needs: it would have 2^64 leaves."""


def hash_pair(first: bytes, second: bytes) -> bytes:
    """The node above two nodes, in whichever order they are given."""
    return keccak(first + second if first < second else second + first)


class MerkleTree:
    """
    The tree over some leaves.

    Parameters
    ----------
    leaves
        Hashes of 32 bytes, at least one, in any order. They are to be hashed twice from their values, as an inner node
        is the hash of 64 bytes and must not pass for a leaf.

    Raises
    ------
    InvalidInput
        There is no leaf, one stands twice, or one is no hash.
    """

    def __init__(self, leaves: Iterable[bytes]) -> None:
        ordered = sorted(leaves)
        if not ordered:
            raise InvalidInput("leaves", "none", "at least one leaf")
        for leaf, follower in zip(ordered, [*ordered[1:], None], strict=True):
            if len(leaf) != HASH_BYTES:
                raise InvalidInput("leaf", shown("0x" + leaf.hex()), f"a hash of {HASH_BYTES} bytes")
            if leaf == follower:
                raise InvalidInput("leaf", "0x" + leaf.hex(), "each leaf to stand once")
        inner = len(ordered) - 1
        self._nodes = [b""] * inner + ordered[::-1]
        for index in reversed(range(inner)):
            self._nodes[index] = hash_pair(self._nodes[2 * index + 1], self._nodes[2 * index + 2])
        self._places = {leaf: len(self._nodes) - 1 - number for number, leaf in enumerate(ordered)}

    @property
    def root(self) -> bytes:
        """The hash that holds all leaves fast."""
        return self._nodes[0]

    def proof(self, leaf: bytes) -> list[bytes]:
        """
        The hashes beside the way from a leaf up to the root.

        Raises
        ------
        NotFound
        """
        if leaf not in self._places:
            raise NotFound("leaf", "0x" + leaf.hex())
        index = self._places[leaf]
        beside = []
        while index > 0:
            beside.append(self._nodes[index + 1 if index % 2 else index - 1])
            index = (index - 1) // 2
        return beside


def root_by_proof(leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that a proof leads to from a leaf: the leaf stands in the tree that has this root, and in no other."""
    node = leaf
    for beside in proof:
        node = hash_pair(node, beside)
    return node
