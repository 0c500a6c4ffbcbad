"""
A connection to a node: JSON-RPC over HTTP.

Only what the ledger needs, in its own terms: what a node refuses or garbles becomes an error that says what happened,
and revert data becomes the contract's own error.

Source: the Ethereum JSON-RPC specification (execution-apis).
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Any, Self

import httpx

from ledger.chain.decoder import decode_refusal
from ledger.errors import InvalidInput, LedgerError, Unavailable, shown


class NodeUnreachable(Unavailable):
    """The node does not answer."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"the node at {url} does not answer ({reason}); check that it runs and that the address is right"
        )
        self.url, self.reason = url, reason

    def values(self) -> dict[str, object]:
        """The node's address and what happened."""
        return {"url": self.url, "reason": self.reason}


class NodeAnswerInvalid(Unavailable):
    """The node answered with what is no JSON-RPC answer."""

    def __init__(self, url: str, answer: object) -> None:
        super().__init__(f"the node at {url} gave no valid JSON-RPC answer: {shown(answer)}")
        self.url = url

    def values(self) -> dict[str, object]:
        """The node's address."""
        return {"url": self.url}


class NodeRefused(LedgerError):
    """The node refused a request for a reason of its own, such as a nonce that is too low."""

    def __init__(self, method: str, code: int, message: str) -> None:
        super().__init__(f"the node refused {method}: {message} (code {code})")
        self.method, self.code, self.reason = method, code, message

    def values(self) -> dict[str, object]:
        """The method, the node's code and its message."""
        return {"method": self.method, "code": self.code, "message": self.reason}


@dataclass(frozen=True, slots=True)
class Head:
    """The newest block."""

    number: int
    hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a transaction."""

    transaction: bytes
    succeeded: bool
    block_number: int
    block_hash: bytes
    gas_used: int
    contract_address: str | None
    logs: tuple[dict[str, Any], ...]


def quantity(text: str) -> int:
    """A JSON-RPC quantity, such as 0x1a."""
    return int(text, 16)


def unhex(text: str) -> bytes:
    """JSON-RPC bytes, such as 0x00ff."""
    return bytes.fromhex(text[2:])


class Connection:
    """
    One node. Safe to share between threads.

    Parameters
    ----------
    url
        http:// or https://.
    timeout_seconds
        How long to wait for an answer.
    """

    def __init__(self, url: str, timeout_seconds: float = 30) -> None:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL:
            parsed = httpx.URL("")
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise InvalidInput("node address", url, "an http:// or https:// URL, such as http://127.0.0.1:8545")
        self._url = url
        # Reading the system's certificates takes as long as many requests, and over http nothing is checked.
        checking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if parsed.scheme == "http" else True
        # Proxies from the environment are for the outside world, not for a node that was named.
        self._client = httpx.Client(timeout=timeout_seconds, trust_env=False, verify=checking)
        self._ids = count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    @property
    def url(self) -> str:
        """The node's address."""
        return self._url

    def moved(self, url: str) -> None:
        """The one node answers at another address now: it was started again. The next request goes there."""
        self._url = url

    @contextmanager
    def one_view(self) -> Iterator[None]:
        """
        Requests of this thread inside the block are answered by one node, so that their answers fit together.

        With one node that is always so; `ledger.chain.nodes.Nodes` keeps several to it.
        """
        yield

    def call(self, method: str, *params: Any) -> Any:
        """
        The result of one request.

        Raises
        ------
        NodeUnreachable, NodeAnswerInvalid, NodeRefused, Refused
        """
        answer = self._post({"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)})
        return self._result(method, answer)

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any | LedgerError]:
        """The results of several requests in one round trip, in order; an error stands in its request's place."""
        if not requests:
            return []
        ids = [next(self._ids) for _ in requests]
        body = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
            for number, (method, params) in zip(ids, requests, strict=True)
        ]
        answers = self._post(body)
        if not isinstance(answers, list):
            raise NodeAnswerInvalid(self.url, answers)
        by_id = {answer.get("id"): answer for answer in answers if isinstance(answer, dict)}
        results: list[Any | LedgerError] = []
        for number, (method, _) in zip(ids, requests, strict=True):
            try:
                results.append(self._result(method, by_id.get(number)))
            except NodeAnswerInvalid:
                raise
            except LedgerError as error:
                results.append(error)
        return results

    def chain_id(self) -> int:
        """The chain's id."""
        return quantity(self.call("eth_chainId"))

    def head(self) -> Head:
        """The newest block."""
        block = self.call("eth_getBlockByNumber", "latest", False)
        return Head(quantity(block["number"]), unhex(block["hash"]), quantity(block["timestamp"]))

    def block_hash(self, number: int) -> bytes | None:
        """The hash of the block with this number, or None where there is none yet."""
        block = self.call("eth_getBlockByNumber", hex(number), False)
        return None if block is None else unhex(block["hash"])

    def code(self, address: str) -> bytes:
        """The code at an address; empty where there is no contract."""
        return unhex(self.call("eth_getCode", address, "latest"))

    def simulate(self, sender: str | None, to: str, data: bytes, block: int | str = "latest") -> bytes:
        """
        What a call would return, without sending it.

        Raises
        ------
        Refused
            The contract's own error with its values.
        """
        request = {"to": to, "data": "0x" + data.hex()}
        if sender is not None:
            request["from"] = sender
        return unhex(self.call("eth_call", request, hex(block) if isinstance(block, int) else block))

    def transaction_count(self, address: str, block: str = "latest") -> int:
        """How many transactions an account has sent."""
        return quantity(self.call("eth_getTransactionCount", address, block))

    def send_raw(self, transaction: bytes) -> bytes:
        """Send a signed transaction. Returns its hash."""
        return unhex(self.call("eth_sendRawTransaction", "0x" + transaction.hex()))

    def receipt(self, transaction: bytes) -> Receipt | None:
        """What became of a transaction; None while it is in no block."""
        found = self.call("eth_getTransactionReceipt", "0x" + transaction.hex())
        return None if found is None else receipt_from_json(found)

    def _post(self, body: Any) -> Any:
        try:
            response = self._client.post(
                self._url, content=json.dumps(body).encode(), headers={"content-type": "application/json"}
            )
        except httpx.TimeoutException:
            raise NodeUnreachable(self.url, "no answer in time") from None
        except httpx.HTTPError as error:
            raise NodeUnreachable(self.url, str(error) or type(error).__name__) from None
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise NodeUnreachable(self.url, f"HTTP {response.status_code}")
        try:
            return response.json()
        except ValueError:
            raise NodeAnswerInvalid(self.url, response.text) from None

    def _result(self, method: str, answer: Any) -> Any:
        if not isinstance(answer, dict):
            raise NodeAnswerInvalid(self.url, answer)
        if "error" not in answer or answer["error"] is None:
            if "result" not in answer:
                raise NodeAnswerInvalid(self.url, answer)
            return answer["result"]
        error = answer["error"]
        if not isinstance(error, dict):
            raise NodeAnswerInvalid(self.url, answer)
        data = error.get("data")
        # Nodes give revert data as the error's data; an empty one is a revert without a reason.
        if isinstance(data, str) and data.startswith("0x") and len(data) >= len("0x12345678"):
            raise decode_refusal(unhex(data))
        raise NodeRefused(method, int(error.get("code", 0)), str(error.get("message", "no reason given")))


def receipt_from_json(found: dict[str, Any]) -> Receipt:
    """A receipt out of a node's answer."""
    return Receipt(
        transaction=unhex(found["transactionHash"]),
        succeeded=quantity(found["status"]) == 1,
        block_number=quantity(found["blockNumber"]),
        block_hash=unhex(found["blockHash"]),
        gas_used=quantity(found["gasUsed"]),
        contract_address=found.get("contractAddress"),
        logs=tuple(found["logs"]),
    )
