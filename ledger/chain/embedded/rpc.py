"""
The node's JSON-RPC methods.

`Methods` answers one request at a time; `answer` turns its results and errors into JSON-RPC 2.0 documents. Nothing here
knows about HTTP.

Besides the methods that every Ethereum node has, there is one of our own:

`intergov_getRawReceipts(fromBlock, toBlock)`
    For each block of the range, in order, `{number, hash, parentHash, timestamp, transactions: [{hash, status, logs}]}`
    with `logs` as `[[address, [topic, ...], data], ...]`; numbers and times are quantities. It is what a follower needs
    to replay the chain, in one request for many blocks. The genesis block has no transactions and is not listed.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from functools import lru_cache
from itertools import groupby
from typing import Any

from eth_hash.auto import keccak

from ledger import __version__
from ledger.chain.embedded import params, render
from ledger.chain.embedded.blooms import may_hold
from ledger.chain.embedded.chain import Block, BlockId, EmbeddedChain
from ledger.chain.embedded.errors import (
    BlockUnknown,
    CallFailed,
    CallReverted,
    ChainStoreError,
    EmbeddedChainError,
    ProducerStopped,
    TransactionRefused,
)
from ledger.chain.embedded.params import InvalidParams
from ledger.chain.embedded.producer import BlockProducer
from ledger.chain.embedded.render import Json

logger = logging.getLogger(__name__)

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
REFUSED = -32000
"""What Ethereum nodes answer when a transaction or call is refused."""
REVERTED = 3
"""What Ethereum nodes answer when a contract reverts a call; `data` holds the contract's reason."""

BATCH_MAX = 1_000
"""Requests in one batch."""

NESTING_MAX = 64
"""Levels of lists and objects in a request. The engine allows itself deep recursion, so the JSON parser would go on
until the stack of this process ends."""

RAW_RECEIPTS_BLOCKS_MAX = 10_000
"""Blocks in one answer of intergov_getRawReceipts."""

FEE_HISTORY_BLOCKS_MAX = 1_024
"""Blocks in one answer of eth_feeHistory."""


class RawJson(str):
    """A result that is JSON text already."""

    __slots__ = ()


class Methods:
    """The methods by name. `quick` ones take microseconds; `slow` ones run in a pool of threads."""

    def __init__(self, chain: EmbeddedChain, producer: BlockProducer) -> None:
        self._chain = chain
        self._producer = producer
        self.sending: dict[str, Callable[..., Future[bytes]]] = {"eth_sendRawTransaction": self._send}
        self.quick: dict[str, Callable[..., Any]] = {
            "web3_clientVersion": lambda: f"intergov-ledger/{__version__}/embedded",
            "web3_sha3": lambda value: render.data(keccak(params.data("data", value))),
            "net_version": lambda: str(chain.chain_id),
            "net_listening": lambda: True,
            "net_peerCount": lambda: "0x0",
            "eth_protocolVersion": lambda: "0x41",
            "eth_chainId": lambda: render.quantity(chain.chain_id),
            "eth_syncing": lambda: False,
            "eth_mining": lambda: True,
            "eth_accounts": list,
            "eth_coinbase": lambda: render.data(chain.head.header.coinbase),
            "eth_blockNumber": lambda: render.quantity(chain.head.number),
            "eth_gasPrice": lambda: "0x0",
            "eth_maxPriorityFeePerGas": lambda: "0x0",
            "eth_getBalance": self._balance,
            "eth_getCode": self._code,
            "eth_getStorageAt": self._storage,
            "eth_getTransactionCount": self._transaction_count,
            "eth_getTransactionByHash": self._transaction_by_hash,
            "eth_getTransactionReceipt": self._receipt,
            "eth_getTransactionByBlockNumberAndIndex": self._transaction_by_block,
            "eth_getTransactionByBlockHashAndIndex": self._transaction_by_block,
        }
        self.slow: dict[str, Callable[..., Any]] = {
            "eth_getBlockByNumber": self._block,
            "eth_getBlockByHash": self._block,
            "eth_getBlockTransactionCountByNumber": self._block_transaction_count,
            "eth_getBlockTransactionCountByHash": self._block_transaction_count,
            "eth_getBlockReceipts": self._block_receipts,
            "eth_getLogs": self._logs,
            "eth_feeHistory": self._fee_history,
            "eth_call": self._call,
            "eth_estimateGas": self._estimate_gas,
            "intergov_getRawReceipts": self._raw_receipts,
        }

    # Sending

    def _send(self, raw: Any) -> Future[bytes]:
        return self._producer.submit(params.data("transaction", raw))

    # State

    def _balance(self, address: Any, block: Any = "latest") -> str:
        return render.quantity(self._chain.balance(params.address("address", address), params.block_id("block", block)))

    def _code(self, address: Any, block: Any = "latest") -> str:
        return render.data(self._chain.code(params.address("address", address), params.block_id("block", block)))

    def _storage(self, address: Any, slot: Any, block: Any = "latest") -> str:
        number = _slot(slot)
        value = self._chain.storage(params.address("address", address), number, params.block_id("block", block))
        return render.data(value.to_bytes(32, "big"))

    def _transaction_count(self, address: Any, block: Any = "latest") -> str:
        sender, at = params.address("address", address), params.block_id("block", block)
        if at == "pending":
            return render.quantity(self._producer.next_nonce(sender))
        return render.quantity(self._chain.nonce(sender, at))

    def _call(self, request: Any, block: Any = "latest", overrides: Any = None) -> str:
        if overrides:
            raise InvalidParams("stateOverrides", overrides, "this node has no state overrides")
        call = params.call_request("transaction", request)
        return render.data(self._chain.call(call, params.block_id("block", block)).output)

    def _estimate_gas(self, request: Any, block: Any = "latest") -> str:
        call = params.call_request("transaction", request)
        return render.quantity(self._chain.estimate_gas(call, params.block_id("block", block)))

    # Blocks and transactions

    def _block(self, block: Any, full: Any = False) -> Json | None:
        found = self._chain.block(params.block_id("block", block))
        in_full = params.boolean("full", full)
        return None if found is None else render.block_json(found, self._chain.transactions(found.number), full=in_full)

    def _block_transaction_count(self, block: Any) -> str | None:
        found = self._chain.block(params.block_id("block", block))
        return None if found is None else render.quantity(len(self._chain.transactions(found.number)))

    def _transaction_by_hash(self, transaction_hash: Any) -> Json | None:
        stored = self._chain.transaction_by_hash(params.data("hash", transaction_hash, 32))
        return None if stored is None else render.transaction_json(stored, self._hash_of(stored.block))

    def _transaction_by_block(self, block: Any, position: Any) -> Json | None:
        found = self._chain.block(params.block_id("block", block))
        place = params.quantity("index", position)
        if found is None or place >= 2**63:
            return None
        stored = self._chain.transaction(found.number, place)
        return None if stored is None else render.transaction_json(stored, found.stored.hash)

    def _receipt(self, transaction_hash: Any) -> Json | None:
        stored = self._chain.transaction_by_hash(params.data("hash", transaction_hash, 32))
        return None if stored is None else render.receipt_json(stored, self._hash_of(stored.block))

    def _block_receipts(self, block: Any) -> list[Json] | None:
        found = self._chain.block(params.block_id("block", block))
        if found is None:
            return None
        return [render.receipt_json(t, found.stored.hash) for t in self._chain.transactions(found.number)]

    def _logs(self, wanted: Any) -> list[Json]:
        looked_for = params.log_filter("filter", wanted)
        alternatives = looked_for.bloom_alternatives()
        found: list[Json] = []
        for number, block_hash in self._blocks_that_may_hold(looked_for, alternatives):
            for stored in self._chain.transactions(number):
                if may_hold(stored.bloom, alternatives):
                    found.extend(
                        log
                        for log in render.logs_json(stored, block_hash)
                        if looked_for.matches(log["address"], log["topics"])
                    )
        return found

    def _blocks_that_may_hold(
        self, looked_for: params.LogFilter, alternatives: list[list[bytes]]
    ) -> Iterator[tuple[int, bytes]]:
        if looked_for.block_hash is not None:
            block = self._known(looked_for.block_hash)
            first, last = block.number, block.number
        else:
            first, last = self._number(looked_for.block_first), self._number(looked_for.block_last)
            if first > last:
                raise InvalidParams("filter", f"{first} to {last}", "fromBlock must not be above toBlock")
        for stored in self._chain.blocks(first, last):
            if may_hold(stored.bloom, alternatives):
                yield stored.number, stored.hash

    def _fee_history(self, count: Any, newest: Any, percentiles: Any = None) -> Json:
        # Old clients send the count as a plain number.
        wanted = count if isinstance(count, int) else params.quantity("blockCount", count)
        if not 1 <= wanted <= FEE_HISTORY_BLOCKS_MAX:
            raise InvalidParams("blockCount", count, f"1 to {FEE_HISTORY_BLOCKS_MAX} blocks are allowed")
        last = self._known(params.block_id("newestBlock", newest))
        first = max(0, last.number - wanted + 1)
        blocks = [self._known(number) for number in range(first, last.number + 1)]
        history: Json = {
            "oldestBlock": render.quantity(first),
            # One more than the blocks: the next block's base fee is known too, and is 0 as well.
            "baseFeePerGas": ["0x0"] * (len(blocks) + 1),
            "gasUsedRatio": [block.header.gas_used / block.header.gas_limit for block in blocks],
        }
        if percentiles:
            history["reward"] = [["0x0"] * len(percentiles) for _ in blocks]
        return history

    def _raw_receipts(self, first: Any, last: Any) -> RawJson:
        begin = self._number(params.block_id("fromBlock", first))
        end = min(self._number(params.block_id("toBlock", last)), self._chain.head.number)
        if end - begin >= RAW_RECEIPTS_BLOCKS_MAX:
            raise InvalidParams("toBlock", last, f"at most {RAW_RECEIPTS_BLOCKS_MAX} blocks in one request")
        rows = groupby(self._chain.logs_between(begin, end), key=lambda row: row[0])
        transactions = {number: [row[1:] for row in group] for number, group in rows}
        blocks = ((block, transactions.get(block.number, [])) for block in self._chain.blocks(max(begin, 1), end))
        return RawJson(render.raw_receipts_json(blocks))

    def _hash_of(self, number: int) -> bytes:
        return self._known(number).stored.hash

    def _number(self, block_id: BlockId) -> int:
        return self._known(block_id).number if isinstance(block_id, bytes) else self._chain.number_of(block_id)

    def _known(self, block_id: BlockId) -> Block:
        block = self._chain.block(block_id)
        if block is None:
            raise BlockUnknown(f"unknown block; the head is block {self._chain.head.number}")
        return block


class Rpc:
    """Answers JSON-RPC documents, single or in batches."""

    def __init__(self, methods: Methods, pool: Executor) -> None:
        self._methods = methods
        self._pool = pool

    async def answer(self, body: bytes) -> str | None:
        """
        The answer to a request document, or None where none is due (notifications only).

        Requests of a batch begin in their order; transactions among them go into the same block where they can.
        """
        if _is_nested_too_deep(body):
            return _failure(None, PARSE_ERROR, f"parse error: the body nests deeper than {NESTING_MAX} levels")
        try:
            document = json.loads(body)
        except ValueError as error:
            return _failure(None, PARSE_ERROR, f"parse error: the body is not JSON: {error}")
        if not isinstance(document, list):
            return await self._answer_one(document)
        if not document or len(document) > BATCH_MAX:
            message = f"invalid request: a batch holds 1 to {BATCH_MAX} requests, this one has {len(document)}"
            return _failure(None, INVALID_REQUEST, message)
        answers = await asyncio.gather(*(self._answer_one(request) for request in document))
        shown = [answer for answer in answers if answer is not None]
        return f"[{','.join(shown)}]" if shown else None

    async def _answer_one(self, request: Any) -> str | None:
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            return _failure(None, INVALID_REQUEST, "invalid request: an object with jsonrpc, id, method is expected")
        request_id = request.get("id")
        try:
            result = await self._run(request["method"], request.get("params") or [])
        except Exception as error:
            # Whatever went wrong belongs to this request; the others and the node go on.
            code, message, detail = _explain(error)
            if code == INTERNAL_ERROR:
                logger.error("%s failed", request["method"], exc_info=error)
            answer = _failure(request_id, code, message, detail)
        else:
            text = result if isinstance(result, RawJson) else json.dumps(result, separators=(",", ":"))
            answer = f'{{"jsonrpc":"2.0","id":{json.dumps(request_id)},"result":{text}}}'
        return answer if "id" in request else None

    async def _run(self, method: str, arguments: Any) -> Any:
        sending = self._methods.sending.get(method)
        if sending is not None:
            future: Future[bytes] = _bound(method, sending, arguments)()
            return render.data(await asyncio.wrap_future(future))
        quick = self._methods.quick.get(method)
        if quick is not None:
            return _bound(method, quick, arguments)()
        slow = self._methods.slow.get(method)
        if slow is not None:
            return await asyncio.get_running_loop().run_in_executor(self._pool, _bound(method, slow, arguments))
        raise _MethodNotFound(method)


_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BRACKET = re.compile(rb"[\[\]{}]")


def _is_nested_too_deep(body: bytes) -> bool:
    """Whether JSON text has more than `NESTING_MAX` levels. Text that is not JSON may get either answer."""
    if body.count(b"[") + body.count(b"{") <= NESTING_MAX:
        return False
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        if depth > NESTING_MAX:
            return True
    return False


class _MethodNotFound(EmbeddedChainError):
    def __init__(self, method: str) -> None:
        super().__init__(f"the method {method[:100]} does not exist/is not available")


@lru_cache(maxsize=256)
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    # `list` has none that Python could tell; here it stands for a method without parameters.
    return inspect.Signature() if function is list else inspect.signature(function)


def _bound(method: str, function: Callable[..., Any], arguments: Any) -> Callable[[], Any]:
    if not isinstance(arguments, list):
        raise InvalidParams("params", arguments, "a list is expected")
    signature = _signature(function)
    # Clients leave optional parameters out or send null for them.
    while arguments and arguments[-1] is None and len(arguments) > 1:
        arguments = arguments[:-1]
    try:
        signature.bind(*arguments)
    except TypeError as error:
        raise InvalidParams("params", arguments, f"{method} takes {signature}: {error}") from error
    return lambda: function(*arguments)


def _slot(value: Any) -> int:
    """A storage slot, which clients send as a quantity or as 32 bytes."""
    if isinstance(value, str) and len(value) == 66:
        return int.from_bytes(params.data("slot", value, 32), "big")
    return params.quantity("slot", value)


def _explain(error: Exception) -> tuple[int, str, str | None]:
    """JSON-RPC's code, message and data for an error."""
    match error:
        case CallReverted():
            return REVERTED, str(error), render.data(error.output)
        case TransactionRefused() | CallFailed() | BlockUnknown() | ProducerStopped():
            return REFUSED, str(error), None
        case InvalidParams():
            return INVALID_PARAMS, str(error), None
        case _MethodNotFound():
            return METHOD_NOT_FOUND, str(error), None
        case ChainStoreError():
            return INTERNAL_ERROR, str(error), None
        case _:
            return INTERNAL_ERROR, f"internal error: {type(error).__name__}: {error}", None


def _failure(request_id: Any, code: int, message: str, detail: str | None = None) -> str:
    error: Json = {"code": code, "message": message}
    if detail is not None:
        error["data"] = detail
    return json.dumps({"jsonrpc": "2.0", "id": request_id, "error": error}, separators=(",", ":"))
