"""
Blocks, transactions, receipts and logs in the JSON that Ethereum clients read.

The shapes are those of the Ethereum JSON-RPC specification as go-ethereum answers them: quantities are 0x hexadecimal
without leading zeros, data is 0x hexadecimal of full length.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import rlp
from eth.abc import SignedTransactionAPI

from ledger.chain.embedded.chain import Block
from ledger.chain.embedded.store import StoredBlock, StoredTransaction
from ledger.chain.embedded.transactions import decode_stored

Json = dict[str, Any]
"""A JSON object."""

_PARENT_FIELD = 0
_TIMESTAMP_FIELD = 11


def quantity(number: int) -> str:
    """A number as JSON-RPC writes it."""
    return hex(number)


def data(value: bytes) -> str:
    """Bytes as JSON-RPC writes them."""
    return "0x" + value.hex()


def block_json(block: Block, transactions: Sequence[StoredTransaction], *, full: bool) -> Json:
    """A block, with its transactions in full or by hash."""
    header = block.header
    return {
        "number": quantity(header.block_number),
        "hash": data(block.stored.hash),
        "parentHash": data(header.parent_hash),
        "nonce": data(header.nonce),
        "mixHash": data(header.mix_hash),
        "sha3Uncles": data(header.uncles_hash),
        "logsBloom": data(block.stored.bloom),
        "transactionsRoot": data(header.transaction_root),
        "stateRoot": data(header.state_root),
        "receiptsRoot": data(header.receipt_root),
        "miner": data(header.coinbase),
        "difficulty": quantity(header.difficulty),
        "totalDifficulty": quantity(0),
        "extraData": data(header.extra_data),
        "size": quantity(_size(block, transactions)),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "timestamp": quantity(header.timestamp or 0),
        "baseFeePerGas": quantity(header.base_fee_per_gas or 0),
        "uncles": [],
        "transactions": [transaction_json(t, block.stored.hash) if full else data(t.hash) for t in transactions],
    }


def _size(block: Block, transactions: Sequence[StoredTransaction]) -> int:
    """Bytes of the whole block in RLP."""
    # A legacy transaction is an RLP list and stands in the block as it is; a typed one is a byte string in it.
    bodies = sum(len(t.raw) if t.raw[0] > 0x7F else len(rlp.encode(t.raw)) for t in transactions)
    payload = len(block.stored.header) + _with_prefix(bodies) + _with_prefix(0)
    return _with_prefix(payload)


def _with_prefix(length: int) -> int:
    """Length of an RLP list whose items take `length` bytes."""
    return length + 1 if length < 56 else length + 1 + (length.bit_length() + 7) // 8


def transaction_json(stored: StoredTransaction, block_hash: bytes) -> Json:
    """A transaction on the chain."""
    body = decode_stored(stored.raw)
    kind = _type_of(body)
    shown: Json = {
        "blockHash": data(block_hash),
        "blockNumber": quantity(stored.block),
        "transactionIndex": quantity(stored.position),
        "hash": data(stored.hash),
        "type": quantity(kind),
        "chainId": quantity(body.chain_id or 0),
        "nonce": quantity(body.nonce),
        "from": data(stored.sender),
        "to": data(body.to) if body.to else None,
        "value": quantity(body.value),
        "gas": quantity(body.gas),
        "gasPrice": quantity(_price(body)),
        "input": data(body.data),
        "r": quantity(body.r),
        "s": quantity(body.s),
        "v": quantity(body.y_parity),
    }
    if kind == 0:
        # A legacy signature carries the chain id in v (EIP-155).
        shown["v"] = quantity((body.chain_id or 0) * 2 + 35 + body.y_parity)
    else:
        shown["yParity"] = quantity(body.y_parity)
        shown["accessList"] = [
            {"address": data(address), "storageKeys": [data(slot.to_bytes(32, "big")) for slot in slots]}
            for address, slots in body.access_list
        ]
    if kind == 2:
        shown["maxFeePerGas"] = quantity(body.max_fee_per_gas)
        shown["maxPriorityFeePerGas"] = quantity(body.max_priority_fee_per_gas)
    return shown


def receipt_json(stored: StoredTransaction, block_hash: bytes) -> Json:
    """What a transaction did."""
    body = decode_stored(stored.raw)
    return {
        "blockHash": data(block_hash),
        "blockNumber": quantity(stored.block),
        "transactionHash": data(stored.hash),
        "transactionIndex": quantity(stored.position),
        "type": quantity(_type_of(body)),
        "from": data(stored.sender),
        "to": data(body.to) if body.to else None,
        "contractAddress": None if stored.contract is None else data(stored.contract),
        "status": quantity(stored.status),
        "gasUsed": quantity(stored.gas_used),
        "cumulativeGasUsed": quantity(stored.gas_used_cumulative),
        "effectiveGasPrice": quantity(_price(body)),
        "logsBloom": data(stored.bloom),
        "logs": list(logs_json(stored, block_hash)),
    }


def logs_json(stored: StoredTransaction, block_hash: bytes) -> Iterator[Json]:
    """The logs of a transaction."""
    shared = {
        "blockHash": data(block_hash),
        "blockNumber": quantity(stored.block),
        "transactionHash": data(stored.hash),
        "transactionIndex": quantity(stored.position),
        "removed": False,
    }
    for offset, (address, topics, payload) in enumerate(json.loads(stored.logs)):
        yield {
            **shared,
            "address": address,
            "topics": topics,
            "data": payload,
            "logIndex": quantity(stored.log_first + offset),
        }


def raw_receipts_json(blocks: Iterable[tuple[StoredBlock, Iterable[tuple[bytes, int, str]]]]) -> str:
    """
    Blocks with what their transactions logged and nothing else, as JSON text.

    The follower reads every log once, so this is the shortest way from the chain's file to it: the stored text of the
    logs is passed on as it is.
    """
    parts = []
    for block, transactions in blocks:
        inner = ",".join(
            f'{{"hash":"0x{transaction_hash.hex()}","status":"{status:#x}","logs":{logs}}}'
            for transaction_hash, status, logs in transactions
        )
        # Decoding the header as an object takes longer than all the rest.
        header = rlp.decode(block.header)
        timestamp = int.from_bytes(header[_TIMESTAMP_FIELD], "big")
        parts.append(
            f'{{"number":"{block.number:#x}","hash":"0x{block.hash.hex()}",'
            f'"parentHash":"0x{header[_PARENT_FIELD].hex()}","timestamp":"{timestamp:#x}",'
            f'"transactions":[{inner}]}}'
        )
    return f"[{','.join(parts)}]"


def _type_of(body: SignedTransactionAPI) -> int:
    return getattr(body, "type_id", None) or 0


def _price(body: SignedTransactionAPI) -> int:
    """What was paid for a unit of gas. The base fee is 0, so it is the tip as far as the fee cap allows it."""
    return min(body.max_fee_per_gas, body.max_priority_fee_per_gas)
