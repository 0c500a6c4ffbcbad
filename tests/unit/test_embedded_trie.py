"""The state's trie against py-evm's own: the same roots, the same nodes, the same values."""

from __future__ import annotations

import pytest
from eth.constants import BLANK_ROOT_HASH
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from ledger.chain.embedded.trie import Trie, TrieNodeMissing

# Few keys that begin alike, so paths part at every depth, branches collapse and short nodes stand in their parents.
NIBBLES = st.sampled_from([0x00, 0x01, 0x10, 0x11, 0xFF])
KEYS = st.one_of(
    st.lists(NIBBLES, min_size=3, max_size=3).map(lambda tail: b"\x00" * 29 + bytes(tail)),
    st.lists(NIBBLES, min_size=3, max_size=3).map(lambda head: bytes(head) + b"\x00" * 29),
    st.integers(0, 40).map(lambda number: bytes(keccak(number.to_bytes(32, "big")))),
)
VALUES = st.one_of(st.just(b""), st.binary(min_size=1, max_size=3), st.binary(min_size=30, max_size=120))
CHANGES = st.lists(st.tuples(KEYS, VALUES), max_size=40)


@settings(max_examples=150)
@given(st.lists(CHANGES, min_size=1, max_size=4))
def test_blocks_of_changes_give_the_same_roots_and_values(blocks: list[list[tuple[bytes, bytes]]]) -> None:
    reference = HexaryTrie({})
    nodes: dict[bytes, bytes] = {}
    root = bytes(BLANK_ROOT_HASH)
    kept: dict[bytes, bytes] = {}
    history = []
    for changes in blocks:
        trie = Trie(nodes, root)
        for key, value in changes:
            # Reading between writes must not disturb them.
            assert trie[key] == kept.get(key, b"")
            trie[key] = value
            reference[key] = value
            kept[key] = value
        root = trie.root_hash
        assert root == reference.root_hash
        history.append((root, dict(kept)))
    for old_root, values in history:
        again = Trie(nodes, old_root)
        assert {key: again[key] for key in values} == values
        assert {key: key in again for key in values} == {key: value != b"" for key, value in values.items()}
    # Every node that was written is one that the other trie knows, byte for byte.
    assert {bytes(h): n for h, n in nodes.items()}.items() <= {bytes(h): n for h, n in reference.db.items()}.items()


@given(CHANGES)
def test_deleting_everything_leaves_the_empty_trie(changes: list[tuple[bytes, bytes]]) -> None:
    trie = Trie({})
    for key, value in changes:
        trie[key] = value
    for key, _ in changes:
        del trie[key]
    assert trie.root_hash == BLANK_ROOT_HASH


def test_an_error_takes_all_changes_back() -> None:
    trie = Trie({})
    trie[b"\x01" * 32] = b"one"
    root = trie.root_hash

    def go_half_way() -> None:
        with trie.squash_changes():
            trie[b"\x02" * 32] = b"two"
            raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        go_half_way()
    assert trie.root_hash == root
    assert trie[b"\x02" * 32] == b""
    assert trie[b"\x01" * 32] == b"one"


def test_a_missing_node_is_an_error_and_not_an_absent_value() -> None:
    nodes: dict[bytes, bytes] = {}
    trie = Trie(nodes)
    for number in range(50):
        trie[keccak(bytes([number]))] = b"value" * 10
    root = trie.root_hash
    lost = next(node_hash for node_hash in nodes if node_hash != root)
    del nodes[lost]
    damaged = Trie(nodes, root)
    with pytest.raises(TrieNodeMissing, match=f"0x{lost.hex()} is missing"):
        [damaged[keccak(bytes([number]))] for number in range(50)]
