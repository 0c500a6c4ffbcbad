"""
py-evm's account and storage databases over `trie.Trie`.

py-evm keeps the changes of a block in journals that can be rolled back call by call, and at the block's end writes them
to tries. The journals are used as they are; only the tries beneath are replaced.
"""

from __future__ import annotations

from typing import Any, cast

from eth.abc import AccountStorageDatabaseAPI, AtomicDatabaseAPI, DatabaseAPI
from eth.constants import BLANK_ROOT_HASH
from eth.db.accesslog import KeyAccessLoggerDB
from eth.db.account import AccountDB
from eth.db.backends.base import BaseDB
from eth.db.cache import CacheDB
from eth.db.hash_trie import HashTrie
from eth.db.journal import JournalDB
from eth.db.storage import AccountStorageDB
from eth_hash.auto import keccak
from eth_typing import Address, Hash32

from ledger.chain.embedded.trie import Trie


class StorageTrie(BaseDB):
    """A contract's storage by slot: what py-evm's `StorageLookup` does, over one trie for reading and writing."""

    def __init__(self, db: DatabaseAPI, storage_root: Hash32) -> None:
        self._db = db
        self._written: dict[bytes, bytes] = {}
        self._trie = Trie(_Reads(db, self._written), storage_root)
        self._changed = False
        self._before_clearing: list[tuple[Trie, bool]] = []

    def __getitem__(self, slot: bytes) -> bytes:
        return self._trie[_key(slot)]

    def __setitem__(self, slot: bytes, value: bytes) -> None:
        self._changed = True
        self._trie[_key(slot)] = value

    def __delitem__(self, slot: bytes) -> None:
        self._changed = True
        del self._trie[_key(slot)]

    def _exists(self, slot: bytes) -> bool:
        return _key(slot) in self._trie

    @property
    def has_changed_root(self) -> bool:
        """Whether anything was written since the last block."""
        return self._changed

    def get_changed_root(self) -> Hash32:
        """The root with everything that was written."""
        return Hash32(self._trie.root_hash)

    def commit_to(self, db: DatabaseAPI) -> None:
        """Hand the new nodes on."""
        assert self._trie.root_hash
        for node_hash, node in self._written.items():
            db[node_hash] = node
        self._written.clear()
        self._changed = False
        self._before_clearing.clear()

    def new_trie(self) -> int:
        """Begin an empty storage, because the contract was deleted; returns the number that leads back."""
        self._before_clearing.append((self._trie, self._changed))
        self._trie = Trie(_Reads(self._db, self._written), BLANK_ROOT_HASH)
        self._changed = True
        return len(self._before_clearing)

    def rollback_trie(self, index: int) -> None:
        """Take a deletion back."""
        self._trie, self._changed = self._before_clearing[index]
        del self._before_clearing[index:]


class _Reads:
    """Nodes that this block wrote, over those of the blocks before."""

    def __init__(self, db: DatabaseAPI, written: dict[bytes, bytes]) -> None:
        self._db = db
        self._written = written

    def __getitem__(self, node_hash: bytes) -> bytes:
        node = self._written.get(node_hash)
        return self._db[node_hash] if node is None else node

    def __setitem__(self, node_hash: bytes, node: bytes) -> None:
        self._written[node_hash] = node


class Storage(AccountStorageDB):
    """A contract's storage with its journals."""

    def __init__(self, db: AtomicDatabaseAPI, storage_root: Hash32, address: Address) -> None:
        super().__init__(db, storage_root, address)
        self._storage_lookup: Any = StorageTrie(db, storage_root)
        self._storage_cache = CacheDB(self._storage_lookup)
        self._locked_changes = JournalDB(self._storage_cache)
        self._journal_storage = JournalDB(self._locked_changes)


class Accounts(AccountDB):
    """All accounts with their storage."""

    def __init__(self, db: AtomicDatabaseAPI, state_root: Hash32 = BLANK_ROOT_HASH) -> None:
        super().__init__(db, state_root)
        # `HashTrie` asks only for what `Trie` has.
        self._trie = HashTrie(cast("Any", Trie(self._batchtrie, state_root)))
        self._trie_logger = KeyAccessLoggerDB(self._trie, log_missing_keys=False)
        self._trie_cache = CacheDB(self._trie_logger)
        self._journaltrie = JournalDB(self._trie_cache)

    def _get_address_store(self, address: Address) -> AccountStorageDatabaseAPI:
        store = self._account_stores.get(address)
        if store is None:
            store = Storage(self._raw_store_db, self._get_storage_root(address), address)
            self._account_stores[address] = store
        return store


def _key(slot: bytes) -> bytes:
    """The trie's key of a slot, which py-evm gives in as few bytes as it has."""
    return bytes(keccak(slot.rjust(32, b"\x00")))
