"""
The tries that state is kept in.

A Merkle Patricia trie maps 32-byte keys to values; the hash of its root node commits to all of them (Yellow Paper,
appendix D). Keys here are hashes, so all have 64 nibbles and no key is the beginning of another. That leaves three
kinds of nodes: a leaf (rest of the key, value), an extension (shared nibbles, child), a branch (a child per nibble).

`Trie` changes nodes in memory and hashes them once, when its root is asked for. py-evm's `HexaryTrie` encodes and
hashes the whole path again for every key that is set, which for a block of a hundred changed slots was half of the time
that the block took. The nodes and the root are the same; the tests compare them.

A reference is how a node stands in its parent: the encoded node itself where that is shorter than 32 bytes, otherwise
0xa0 and its hash.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from eth.constants import BLANK_ROOT_HASH
from eth_hash.auto import keccak

from ledger.chain.embedded.errors import ChainStoreError

_EMPTY = b"\x80"
_HASH_PREFIX = b"\xa0"


class TrieNodeMissing(ChainStoreError):
    """A node of the state is not in the chain's file, which is therefore damaged."""

    def __init__(self, node_hash: bytes) -> None:
        super().__init__(
            f"embedded chain: the state's node 0x{node_hash.hex()} is missing; the chain's file is damaged"
        )


@dataclass(slots=True)
class Leaf:
    """The end of a path."""

    path: bytes
    """The key's remaining nibbles, one a byte."""
    value: bytes
    """What the key maps to; never empty."""
    reference: bytes | None = None
    """How it stands in its parent, once that is known."""


@dataclass(slots=True)
class Extension:
    """Nibbles that all keys below share."""

    path: bytes
    """The shared nibbles, one a byte; at least one."""
    child: Child
    """A branch."""
    reference: bytes | None = None
    """As `Leaf.reference`."""


@dataclass(slots=True)
class Branch:
    """A fork: at least two of its children are not empty."""

    children: list[Child]
    """One for each nibble."""
    reference: bytes | None = None
    """As `Leaf.reference`."""


Node = Leaf | Extension | Branch
Child = Node | bytes
"""A node, or the reference of one that has not been read yet; `_EMPTY` where there is none."""


class NodeStore(Protocol):
    """Where nodes are read from and written to, by hash."""

    def __getitem__(self, node_hash: bytes, /) -> bytes: ...

    def __setitem__(self, node_hash: bytes, node: bytes, /) -> None: ...


class Trie:
    """
    A trie over a store of nodes.

    Values are read with `trie[key]`, which is empty for a key that is not there, and set or deleted likewise. New nodes
    go to the store when `root_hash` is read.
    """

    def __init__(self, db: NodeStore, root_hash: bytes = BLANK_ROOT_HASH) -> None:
        self._db = db
        self._root_hash: bytes | None = None
        self._root: Child = _EMPTY
        self.root_hash = root_hash

    @property
    def root_hash(self) -> bytes:
        """The hash that commits to all keys and values. Reading it writes what has changed to the store."""
        if self._root_hash is None:
            self._root_hash = self._store_root()
        return self._root_hash

    @root_hash.setter
    def root_hash(self, root_hash: bytes) -> None:
        self._root_hash = bytes(root_hash)
        self._root = _EMPTY if root_hash == BLANK_ROOT_HASH else _HASH_PREFIX + root_hash

    @contextlib.contextmanager
    def squash_changes(self) -> Iterator[Trie]:
        """Make several changes of which, after an error, none remains."""
        before = self.root_hash
        try:
            yield self
        except BaseException:
            self.root_hash = before
            raise

    def __getitem__(self, key: bytes) -> bytes:
        path = _nibbles(key)
        # What is read on the way stays in memory, below the root: whoever reads a slot is likely to write it next.
        self._root = node = self._load(self._root)
        depth = 0
        while True:
            if isinstance(node, Branch):
                nibble = path[depth]
                child = node.children[nibble]
                depth += 1
                if isinstance(child, bytes):
                    if child == _EMPTY:
                        return b""
                    child = node.children[nibble] = self._load(child)
                node = child
            elif isinstance(node, Leaf):
                return node.value if path[depth:] == node.path else b""
            elif isinstance(node, Extension):
                end = depth + len(node.path)
                if path[depth:end] != node.path:
                    return b""
                depth = end
                below = self._load(node.child)
                node.child = below
                node = below
            else:
                return b""

    def __setitem__(self, key: bytes, value: bytes) -> None:
        if value:
            self._root = self._insert(self._root, _nibbles(key), bytes(value))
        else:
            self._root = self._remove(self._root, _nibbles(key))
        self._root_hash = None

    def __delitem__(self, key: bytes) -> None:
        self[key] = b""

    def __contains__(self, key: bytes) -> bool:
        return self[key] != b""

    # Changing

    def _insert(self, at: Child, path: bytes, value: bytes) -> Node:
        node = self._load(at)
        if isinstance(node, Branch):
            nibble = path[0]
            node.children[nibble] = self._insert(node.children[nibble], path[1:], value)
            node.reference = None
            return node
        if isinstance(node, bytes):
            return Leaf(path, value)
        shared = _shared(node.path, path)
        if shared == len(node.path):
            node.reference = None
            if isinstance(node, Leaf):
                node.value = value
            else:
                node.child = self._insert(node.child, path[shared:], value)
            return node
        # The paths part here, so a branch begins here.
        children: list[Child] = [_EMPTY] * 16
        children[node.path[shared]] = _shortened(node, shared + 1)
        children[path[shared]] = Leaf(path[shared + 1 :], value)
        branch = Branch(children)
        return Extension(path[:shared], branch) if shared else branch

    def _remove(self, at: Child, path: bytes) -> Child:
        node = self._load(at)
        if isinstance(node, bytes):
            return node
        if isinstance(node, Leaf):
            return _EMPTY if node.path == path else node
        if isinstance(node, Extension):
            if path[: len(node.path)] != node.path:
                return node
            below = self._remove(node.child, path[len(node.path) :])
            node.reference = None
            # A branch that lost a child may have become a leaf or an extension; then the two paths become one.
            return self._joined(node.path, below)
        nibble = path[0]
        below = self._remove(node.children[nibble], path[1:])
        node.children[nibble] = below
        node.reference = None
        left = [place for place, child in enumerate(node.children) if child != _EMPTY]
        if len(left) > 1:
            return node
        return self._joined(bytes(left), node.children[left[0]])

    def _joined(self, path: bytes, at: Child) -> Node:
        """The node that stands for `path` followed by a node."""
        node = self._load(at)
        if isinstance(node, Leaf):
            return Leaf(path + node.path, node.value)
        if isinstance(node, Extension):
            return Extension(path + node.path, node.child)
        return Extension(path, node)

    # Reading and writing nodes

    def _load(self, child: Child) -> Child:
        """The node that a child stands for; `_EMPTY` stays what it is."""
        if not isinstance(child, bytes) or child == _EMPTY:
            return child
        if len(child) == 33:
            try:
                encoded = self._db[child[1:]]
            except KeyError:
                raise TrieNodeMissing(child[1:]) from None
        else:
            encoded = child
        return _decoded(encoded, child)

    def _store_root(self) -> bytes:
        if self._root == _EMPTY:
            return bytes(BLANK_ROOT_HASH)
        reference = self._store(self._root)
        if len(reference) == 33:
            return reference[1:]
        # A root is found by its hash even where it is short.
        root_hash = bytes(keccak(reference))
        self._db[root_hash] = reference
        return root_hash

    def _store(self, child: Child) -> bytes:
        """Write a node and what is below it to the store, so far as they are new; returns its reference."""
        if isinstance(child, bytes):
            return child
        if child.reference is None:
            if isinstance(child, Leaf):
                payload = _string(_packed(child.path, is_leaf=True)) + _string(child.value)
            elif isinstance(child, Extension):
                payload = _string(_packed(child.path, is_leaf=False)) + self._store(child.child)
            else:
                store = self._store
                payload = b"".join([c if type(c) is bytes else store(c) for c in child.children]) + _EMPTY
            encoded = _length(len(payload), 0xC0) + payload
            if len(encoded) < 32:
                child.reference = encoded
            else:
                node_hash = keccak(encoded)
                self._db[node_hash] = encoded
                child.reference = _HASH_PREFIX + node_hash
        return child.reference


def _shortened(node: Leaf | Extension, nibbles: int) -> Child:
    """A node without the first nibbles of its path."""
    if isinstance(node, Leaf):
        return Leaf(node.path[nibbles:], node.value)
    rest = node.path[nibbles:]
    return Extension(rest, node.child) if rest else node.child


def _shared(left: bytes, right: bytes) -> int:
    """How many nibbles two paths have in common at their beginning."""
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return place
    return min(len(left), len(right))


_NIBBLES = [bytes((byte >> 4, byte & 15)) for byte in range(256)]


def _nibbles(key: bytes) -> bytes:
    return b"".join([_NIBBLES[byte] for byte in key])


def _packed(path: bytes, *, is_leaf: bool) -> bytes:
    """Nibbles as bytes, with a first nibble that says whether this is a leaf and whether their number is odd."""
    first = 0x20 if is_leaf else 0x00
    if len(path) % 2:
        head, path = bytes((first | 0x10 | path[0],)), path[1:]
    else:
        head = bytes((first,))
    return head + bytes.fromhex(path.hex()[1::2])


def _unpacked(packed: bytes) -> tuple[bytes, bool]:
    """The nibbles, and whether they belong to a leaf."""
    nibbles = _nibbles(packed)
    return nibbles[1 if nibbles[0] & 1 else 2 :], bool(nibbles[0] & 2)


def _length(length: int, offset: int) -> bytes:
    """The RLP prefix of a string (offset 0x80) or a list (0xc0)."""
    if length < 56:
        return bytes((offset + length,))
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((offset + 55 + len(digits),)) + digits


def _string(value: bytes) -> bytes:
    """A byte string in RLP."""
    return value if len(value) == 1 and value[0] < 0x80 else _length(len(value), 0x80) + value


def _items(encoded: bytes) -> list[bytes]:
    """The items of an RLP list, each as it is encoded."""
    position = 1 if encoded[0] < 0xF8 else encoded[0] - 0xF7 + 1
    items = []
    while position < len(encoded):
        prefix = encoded[position]
        if prefix < 0x80:
            end = position + 1
        elif prefix < 0xB8 or 0xC0 <= prefix < 0xF8:
            end = position + 1 + (prefix & 0x3F)
        else:
            digits = prefix - (0xB7 if prefix < 0xC0 else 0xF7)
            start = position + 1 + digits
            end = start + int.from_bytes(encoded[position + 1 : start], "big")
        items.append(encoded[position:end])
        position = end
    return items


def _content(item: bytes) -> bytes:
    """The bytes of an RLP string."""
    prefix = item[0]
    if prefix < 0x80:
        return item
    return item[1:] if prefix < 0xB8 else item[1 + prefix - 0xB7 :]


def _decoded(encoded: bytes, reference: bytes) -> Node:
    items = _items(encoded)
    if len(items) == 17:
        children: list[Child] = list(items[:16])
        return Branch(children, reference)
    path, is_leaf = _unpacked(_content(items[0]))
    if is_leaf:
        return Leaf(path, _content(items[1]), reference)
    return Extension(path, items[1], reference)
