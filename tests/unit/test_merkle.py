"""Merkle trees as OpenZeppelin makes them. The contract's own answers are asked in tests/contracts."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit.leaves import leaf_hash, reasons_digest
from ledger.audit.merkle import MerkleTree, hash_pair, root_by_proof
from ledger.domain.terms import ScoreLeaf
from ledger.errors import InvalidInput, NotFound

hashes = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70, unique=True)


def test_the_example_of_openzeppelins_own_library() -> None:
    """From the README of @openzeppelin/merkle-tree: two addresses with amounts."""
    values = [("0x" + "11" * 20, 5_000_000_000_000_000_000), ("0x" + "22" * 20, 2_500_000_000_000_000_000)]
    leaves = [keccak(keccak(encode(["address", "uint256"], value))) for value in values]
    root = "d4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77"
    assert MerkleTree(leaves).root.hex() == root


# Made with @openzeppelin/merkle-tree 1.0 from leaves [i, 1000 i, 999 i, 1001 i, i even, i], i from 1 to the size.
ROOTS = {
    1: "0x4371e4ac2a5d4a22d86f5d6a1c7dc687dabbba7ef93244bb0ef0a61237d107e7",
    2: "0x774a2edce131d62d271007626c4f96593b70a14696222644f9241103e97f03be",
    3: "0xc10bb5b2d6cc72ab456abf15fd450bf1d114d3049dee896bc91b16f169419b85",
    5: "0xc088f33ff5a2b0d4acd41edc3da6ace543b0a0509916182e4daed489d5ca2ddd",
    8: "0x842e1893eb76679af72cc82a7be61527baabda834f732f172a68043a3fe0d060",
    13: "0x72bbca3743edf4b595d0df04e7cad412d877d2d0cc024e6f0a55a1f5c71521d3",
    40: "0xec7f083b58c30f750e0a7be39027f016885f6e79a2b7ffadb5bed86d542e5203",
}
PROOF_OF_THE_FIRST_OF_13 = [
    "0x27093b1d6afe22d1b080b7c76a4e0063699e22ed28772e5fbedf5d1cf119efe9",
    "0xbf3e95145b3489527b5e093accad1d03121defda0f6ced71df9de7e1c61f6797",
    "0x508c08940da938ed26c8c922bc0b6ab3453271bc1aa944ce62a067f8ade73cad",
    "0x33a64ddcbfb6093343c1087fce46742d400e9acdb2c1323f7c39e5ae6a024231",
]


def numbered(number: int) -> bytes:
    digest = number.to_bytes(32, "big")
    return leaf_hash(ScoreLeaf(number, 1000 * number, 999 * number, 1001 * number, number % 2 == 0, digest))


@pytest.mark.parametrize("size", ROOTS)
def test_openzeppelins_library_gives_the_same_roots_and_proofs(size: int) -> None:
    tree = MerkleTree(numbered(number) for number in range(1, size + 1))
    assert "0x" + tree.root.hex() == ROOTS[size]
    if size == 13:
        assert ["0x" + each.hex() for each in tree.proof(numbered(1))] == PROOF_OF_THE_FIRST_OF_13


def test_the_shape_of_an_odd_tree() -> None:
    """Three leaves: the two smallest are paired first, and the largest stands beside them."""
    low, middle, high = (bytes([each]) * 32 for each in (1, 2, 3))
    tree = MerkleTree([high, low, middle])
    assert tree.root == hash_pair(high, hash_pair(low, middle))
    assert tree.proof(high) == [hash_pair(low, middle)]
    assert tree.proof(middle) == [low, high]


def test_one_leaf_is_its_own_root() -> None:
    assert MerkleTree([b"\x05" * 32]).root == b"\x05" * 32
    assert MerkleTree([b"\x05" * 32]).proof(b"\x05" * 32) == []


@given(hashes)
def test_every_leaf_leads_to_the_root_whatever_the_order(leaves: list[bytes]) -> None:
    tree = MerkleTree(leaves)
    assert MerkleTree(reversed(leaves)).root == tree.root
    for leaf in leaves:
        assert root_by_proof(leaf, tree.proof(leaf)) == tree.root
        assert len(tree.proof(leaf)) <= len(leaves).bit_length()


@given(hashes, st.binary(min_size=32, max_size=32))
def test_nothing_else_does(leaves: list[bytes], other: bytes) -> None:
    tree = MerkleTree(leaves)
    if other in leaves:
        return
    for leaf in leaves:
        assert root_by_proof(other, tree.proof(leaf)) != tree.root
        assert root_by_proof(leaf, [*tree.proof(leaf), other]) != tree.root
    with pytest.raises(NotFound, match="leaf"):
        tree.proof(other)


@pytest.mark.parametrize("leaves", [[], [b"\x01" * 31], [b"\x01" * 32, b"\x02" * 32, b"\x01" * 32], [b"\x01" * 64]])
def test_what_is_no_tree(leaves: list[bytes]) -> None:
    with pytest.raises(InvalidInput, match="leaf"):
        MerkleTree(leaves)


def test_a_leaf_and_its_reasons_are_hashed_as_the_contract_does() -> None:
    reasons = [(7, -123_456), (2, 99)]
    assert reasons_digest(reasons) == keccak(encode(["(uint64,int32)[]"], [[(2, 99), (7, -123_456)]]))
    assert reasons_digest([]) == keccak(encode(["(uint64,int32)[]"], [[]]))
    leaf = ScoreLeaf(3, 500_000, 400_000, 600_000, True, reasons_digest(reasons))
    words = [3, 500_000, 400_000, 600_000, 1]
    flat = b"".join(each.to_bytes(32, "big") for each in words) + leaf.reasons_digest
    assert leaf_hash(leaf) == keccak(keccak(flat))
