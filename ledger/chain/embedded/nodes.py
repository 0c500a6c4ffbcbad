"""
Trie nodes: where the engine reads state from, and where a block's new state waits.

The state is a Merkle trie whose nodes are found by their hash. The nodes of old blocks come from the chain's file, by
way of a cache that all threads share: a hash always names the same bytes, so a cached node can never be out of date.
The nodes of the block being made wait in an overlay, which goes to disk with the block or is dropped whole.
"""

from __future__ import annotations

from eth.db.backends.base import BaseDB

from ledger.chain.embedded.store import ChainStore

CACHED_NODES_MAX = 200_000
"""Nodes in the cache before it is emptied: about 100 MB at the usual 100 to 532 bytes a node."""


class NodeCache:
    """Trie nodes and code by hash, read through to the chain's file. Safe to read from several threads."""

    def __init__(self, store: ChainStore) -> None:
        self._store = store
        self._nodes: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        """The bytes with this hash, or None when no block ever wrote them."""
        value = self._nodes.get(key)
        if value is None:
            value = self._store.node(key)
            if value is not None:
                self._keep({key: value})
        return value

    def add(self, nodes: dict[bytes, bytes]) -> None:
        """Take in the nodes of a block that is on disk now: the next block is likely to read them."""
        self._keep(nodes)

    def _keep(self, nodes: dict[bytes, bytes]) -> None:
        if len(self._nodes) + len(nodes) > CACHED_NODES_MAX:
            self._nodes = {}
        self._nodes.update(nodes)


class NodeOverlay(BaseDB):
    """The nodes of one block in the making, over all nodes of the blocks before it."""

    def __init__(self, cache: NodeCache) -> None:
        self._cache = cache
        self.written: dict[bytes, bytes] = {}
        """What this block adds."""

    def __getitem__(self, key: bytes) -> bytes:
        value = self.written.get(key)
        if value is None:
            value = self._cache.get(key)
            if value is None:
                raise KeyError(key)
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self.written[key] = value

    def __delitem__(self, key: bytes) -> None:
        # Nothing on the chain is ever deleted; only what this block itself wrote can be taken back.
        del self.written[key]

    def _exists(self, key: bytes) -> bool:
        return key in self.written or self._cache.get(key) is not None
