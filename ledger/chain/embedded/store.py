"""
The chain's file.

One SQLite database holds everything that must outlive the process: the chain's identity, its blocks, its transactions
with what they did, and the nodes of its state tries. A block with all its parts is one SQL transaction, synced to disk
before it counts (write-ahead log, synchronous=FULL), so a process that is killed between any two writes leaves the
block before as the head.

Rows are only ever added. A reader that knows the head's number when it begins therefore reads one consistent past,
without locks, while the next block is being written. Trie nodes are kept for all blocks (an archive), so that a call
can be made at any block.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.chain.embedded.errors import ChainStoreUnreadable, ChainStoreWriteFailed

APPLICATION_ID = 0x1A7C4A1E
"""Marks the file as a chain of this product (SQLite's application_id)."""

SCHEMA_VERSION = 1
"""Raised when the tables change in a way that older code cannot read (SQLite's user_version)."""

_SCHEMA = """
CREATE TABLE chain (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    chain_id INTEGER NOT NULL
);
CREATE TABLE blocks (
    number INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    header BLOB NOT NULL,
    bloom BLOB NOT NULL
);
CREATE TABLE transactions (
    block INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    sender BLOB NOT NULL,
    raw BLOB NOT NULL,
    status INTEGER NOT NULL,
    gas_used INTEGER NOT NULL,
    gas_used_cumulative INTEGER NOT NULL,
    contract BLOB,
    bloom BLOB NOT NULL,
    log_first INTEGER NOT NULL,
    logs TEXT NOT NULL,
    PRIMARY KEY (block, position)
) WITHOUT ROWID;
CREATE TABLE nodes (
    hash BLOB PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;
"""

_TRANSACTION_COLUMNS = (
    "block, position, hash, sender, raw, status, gas_used, gas_used_cumulative, contract, bloom, log_first, logs"
)
_BLOCK_COLUMNS = "number, hash, header, bloom"


@dataclass(frozen=True, slots=True)
class StoredTransaction:
    """One transaction of a block, with what it did."""

    block: int
    """Number of the block that holds it."""
    position: int
    """Its place in that block, from 0."""
    hash: bytes
    """keccak256 of `raw`, 32 bytes."""
    sender: bytes
    """The address that signed it, 20 bytes, recovered once."""
    raw: bytes
    """The signed transaction as it was sent."""
    status: int
    """1 when it took effect, 0 when it was reverted or ran out of gas."""
    gas_used: int
    """Gas of this transaction alone."""
    gas_used_cumulative: int
    """Gas of this and all earlier transactions of the block."""
    contract: bytes | None
    """Address of the contract that it created, if it created one."""
    bloom: bytes
    """Bloom filter over addresses and topics of its logs, 256 bytes."""
    log_first: int
    """Index in the block of its first log."""
    logs: str
    """Its logs as JSON: `[[address, [topic, ...], data], ...]`, all in 0x hexadecimal. Kept as text because the reader
    that reads most of them, the follower, wants exactly this."""


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """A block without its transactions."""

    number: int
    """Height; the genesis block is 0."""
    hash: bytes
    """keccak256 of `header`, 32 bytes."""
    header: bytes
    """The header in RLP."""
    bloom: bytes
    """Bloom filter over the logs of all its transactions, 256 bytes; also in the header; here it is quick to read."""


class ChainStore:
    """
    The chain's file, with one writer and any number of reading threads.

    Every thread reads through a connection of its own; only the thread that makes blocks may write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._connections_lock = threading.Lock()
        try:
            self._writer = self._connect()
            self._prepare()
        except sqlite3.Error as error:
            self.close()
            raise ChainStoreUnreadable(path, str(error)) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close every connection. The store cannot be used afterwards."""
        with self._connections_lock:
            connections, self._connections = self._connections, []
        for connection in connections:
            connection.close()

    # Writing

    def write_genesis(self, chain_id: int, block: StoredBlock, nodes: Mapping[bytes, bytes]) -> None:
        """Write the chain's identity and its first block, as one transaction."""
        self._write(block, (), nodes, chain_id)

    def write_block(
        self, block: StoredBlock, transactions: Sequence[StoredTransaction], nodes: Mapping[bytes, bytes]
    ) -> None:
        """
        Write a block with its transactions and the trie nodes it made, as one transaction.

        When this returns, the block is on disk.

        Raises
        ------
        ChainStoreWriteFailed
            The block could not be written; nothing of it was kept.
        """
        self._write(block, transactions, nodes, None)

    def _write(
        self,
        block: StoredBlock,
        transactions: Sequence[StoredTransaction],
        nodes: Mapping[bytes, bytes],
        chain_id: int | None,
    ) -> None:
        writer = self._writer
        try:
            writer.execute("BEGIN IMMEDIATE")
            if chain_id is not None:
                writer.execute("INSERT INTO chain (id, chain_id) VALUES (1, ?)", (chain_id,))
            # Equal nodes have equal hashes, so a node that an earlier block already wrote needs no second copy. Sorted
            # keys touch each page of the index once.
            writer.executemany("INSERT OR IGNORE INTO nodes (hash, value) VALUES (?, ?)", sorted(nodes.items()))
            writer.executemany(
                f"INSERT INTO transactions ({_TRANSACTION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        t.block,
                        t.position,
                        t.hash,
                        t.sender,
                        t.raw,
                        t.status,
                        t.gas_used,
                        t.gas_used_cumulative,
                        t.contract,
                        t.bloom,
                        t.log_first,
                        t.logs,
                    )
                    for t in transactions
                ],
            )
            writer.execute(
                f"INSERT INTO blocks ({_BLOCK_COLUMNS}) VALUES (?, ?, ?, ?)",
                (block.number, block.hash, block.header, block.bloom),
            )
            writer.execute("COMMIT")
        except sqlite3.Error as error:
            if writer.in_transaction:
                writer.execute("ROLLBACK")
            raise ChainStoreWriteFailed(self.path, block.number, str(error)) from error

    # Reading

    def chain_id(self) -> int | None:
        """The chain's id, or None when the file holds no chain yet."""
        row = self._reader().execute("SELECT chain_id FROM chain WHERE id = 1").fetchone()
        return None if row is None else int(row[0])

    def head(self) -> StoredBlock | None:
        """The last whole block, or None when the file holds no chain yet."""
        row = self._reader().execute(f"SELECT {_BLOCK_COLUMNS} FROM blocks ORDER BY number DESC LIMIT 1").fetchone()
        return None if row is None else StoredBlock(*row)

    def block(self, number: int) -> StoredBlock | None:
        """The block of a height."""
        row = self._reader().execute(f"SELECT {_BLOCK_COLUMNS} FROM blocks WHERE number = ?", (number,)).fetchone()
        return None if row is None else StoredBlock(*row)

    def block_by_hash(self, block_hash: bytes) -> StoredBlock | None:
        """The block of a hash."""
        row = self._reader().execute(f"SELECT {_BLOCK_COLUMNS} FROM blocks WHERE hash = ?", (block_hash,)).fetchone()
        return None if row is None else StoredBlock(*row)

    def blocks(self, first: int, last: int) -> Iterator[StoredBlock]:
        """Blocks of a range of heights, both ends included, in order."""
        rows = self._reader().execute(
            f"SELECT {_BLOCK_COLUMNS} FROM blocks WHERE number BETWEEN ? AND ? ORDER BY number", (first, last)
        )
        return (StoredBlock(*row) for row in rows)

    def transactions(self, block: int) -> list[StoredTransaction]:
        """Transactions of a block, in order."""
        return self.transactions_between(block, block)

    def transactions_between(self, first: int, last: int) -> list[StoredTransaction]:
        """Transactions of a range of blocks, both ends included, in order."""
        rows = self._reader().execute(
            f"SELECT {_TRANSACTION_COLUMNS} FROM transactions WHERE block BETWEEN ? AND ? ORDER BY block, position",
            (first, last),
        )
        return [StoredTransaction(*row) for row in rows]

    def transaction(self, block: int, position: int) -> StoredTransaction | None:
        """The transaction at a place of a block."""
        row = (
            self._reader()
            .execute(
                f"SELECT {_TRANSACTION_COLUMNS} FROM transactions WHERE block = ? AND position = ?", (block, position)
            )
            .fetchone()
        )
        return None if row is None else StoredTransaction(*row)

    def transaction_by_hash(self, transaction_hash: bytes) -> StoredTransaction | None:
        """The transaction of a hash."""
        row = (
            self._reader()
            .execute(f"SELECT {_TRANSACTION_COLUMNS} FROM transactions WHERE hash = ?", (transaction_hash,))
            .fetchone()
        )
        return None if row is None else StoredTransaction(*row)

    def logs_between(self, first: int, last: int) -> Iterator[tuple[int, bytes, int, str]]:
        """Block number, transaction hash, status and logs of the transactions of a range, in order."""
        rows: Iterator[tuple[int, bytes, int, str]] = self._reader().execute(
            "SELECT block, hash, status, logs FROM transactions WHERE block BETWEEN ? AND ? ORDER BY block, position",
            (first, last),
        )
        return rows

    def node(self, node_hash: bytes) -> bytes | None:
        """A trie node or a contract's code, by its hash."""
        row = self._reader().execute("SELECT value FROM nodes WHERE hash = ?", (node_hash,)).fetchone()
        return None if row is None else bytes(row[0])

    # Connections

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
            self._local.connection = connection
        return connection

    def _connect(self) -> sqlite3.Connection:
        # Transactions are begun and ended by hand (isolation_level None). Each connection serves one thread, but
        # `close` ends them all from the thread that closes the chain.
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10)
        with self._connections_lock:
            self._connections.append(connection)
        return connection

    def _prepare(self) -> None:
        writer = self._writer
        version = int(writer.execute("PRAGMA user_version").fetchone()[0])
        application = int(writer.execute("PRAGMA application_id").fetchone()[0])
        tables = int(writer.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        fresh = tables == 0 and version == 0
        if not fresh and application != APPLICATION_ID:
            raise ChainStoreUnreadable(
                self.path, f"it is a database of something else (application id {application:#x})"
            )
        if version > SCHEMA_VERSION:
            raise ChainStoreUnreadable(
                self.path, f"its schema is version {version}, this program reads versions up to {SCHEMA_VERSION}"
            )
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA synchronous = FULL")
        writer.execute("PRAGMA cache_size = -65536")
        if fresh:
            # The schema and its version arrive together, so a kill here leaves an empty file, which is fresh again.
            writer.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA application_id = {APPLICATION_ID}; "
                f"PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )
