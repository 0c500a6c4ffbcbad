"""
Reading the parameters of JSON-RPC requests.

Each function turns one JSON value into what it stands for, or raises `InvalidParams` with the parameter's name, the
value and what is allowed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

from ledger.chain.embedded.calls import CallRequest
from ledger.chain.embedded.chain import BlockId
from ledger.chain.embedded.rules import TRANSACTION_GAS_MAX
from ledger.errors import LedgerError

_QUANTITY = re.compile(r"0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63})\Z")
_DATA = re.compile(r"0x([0-9a-fA-F]{2})*\Z")
_BLOCK_NAMES = frozenset({"earliest", "latest", "pending", "safe", "finalized"})
TOPICS_MAX = 4
"""A log has at most this many topics."""


class InvalidParams(LedgerError):
    """A parameter is missing or has a wrong form (JSON-RPC error -32602)."""

    def __init__(self, name: str, value: object, allowed: str) -> None:
        shown = repr(value)
        shown = shown if len(shown) <= 100 else shown[:100] + "..."
        super().__init__(f"invalid argument {name}: {shown}; {allowed}")


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which logs to look for."""

    addresses: frozenset[str]
    """Lower-case addresses of which a log must have one; empty for any."""
    topics: tuple[frozenset[str], ...]
    """For each place, lower-case topics of which a log must have one there; empty for any."""
    block_hash: bytes | None
    """The one block to look in, or None for the range."""
    block_first: BlockId
    """First block of the range."""
    block_last: BlockId
    """Last block of the range, included."""

    def matches(self, address: str, topics: list[str]) -> bool:
        """Whether a log of this address with these topics is looked for."""
        if self.addresses and address not in self.addresses:
            return False
        if len(topics) < len(self.topics):
            return False
        return all(not wanted or topics[place] in wanted for place, wanted in enumerate(self.topics))

    def bloom_alternatives(self) -> list[list[bytes]]:
        """The same condition for `blooms.may_hold`."""
        return [[bytes.fromhex(item[2:]) for item in items] for items in (self.addresses, *self.topics)]


def quantity(name: str, value: Any) -> int:
    """A number in 0x hexadecimal without leading zeros, at most 256 bits."""
    if not isinstance(value, str) or not _QUANTITY.match(value):
        raise InvalidParams(name, value, "a quantity in hexadecimal is expected, such as 0x1f")
    return int(value, 16)


def data(name: str, value: Any, length: int | None = None) -> bytes:
    """Bytes in 0x hexadecimal, of a length if one is given."""
    if not isinstance(value, str) or not _DATA.match(value):
        raise InvalidParams(name, value, "bytes in hexadecimal are expected, two digits each after 0x")
    result = bytes.fromhex(value[2:])
    if length is not None and len(result) != length:
        raise InvalidParams(name, value, f"{length} bytes are expected, got {len(result)}")
    return result


def address(name: str, value: Any) -> bytes:
    """An address of 20 bytes."""
    return data(name, value, 20)


def boolean(name: str, value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise InvalidParams(name, value, "true or false is expected")
    return value


def block_id(name: str, value: Any) -> BlockId:
    """A block by name, by number, by hash, or by an object with blockNumber or blockHash (EIP-1898)."""
    if isinstance(value, dict):
        if "blockHash" in value:
            return data(f"{name}.blockHash", value["blockHash"], 32)
        return block_id(f"{name}.blockNumber", value.get("blockNumber"))
    if isinstance(value, str) and value in _BLOCK_NAMES:
        return cast("BlockId", value)
    if isinstance(value, str) and len(value) == 66 and _DATA.match(value):
        return bytes.fromhex(value[2:])
    try:
        return quantity(name, value)
    except InvalidParams:
        allowed = f"a hexadecimal number, a hash of 32 bytes or one of {', '.join(sorted(_BLOCK_NAMES))} is expected"
        raise InvalidParams(name, value, allowed) from None


def call_request(name: str, value: Any) -> CallRequest:
    """The transaction object of eth_call and eth_estimateGas."""
    if not isinstance(value, dict):
        raise InvalidParams(name, value, "an object is expected")
    payload = value.get("input", value.get("data"))
    gas = TRANSACTION_GAS_MAX
    if value.get("gas") is not None:
        # A caller that allows more than a transaction can have gets what a transaction can have.
        gas = min(quantity(f"{name}.gas", value["gas"]), TRANSACTION_GAS_MAX)
    return CallRequest(
        sender=address(f"{name}.from", value["from"]) if value.get("from") else b"\x00" * 20,
        to=address(f"{name}.to", value["to"]) if value.get("to") else b"",
        data=b"" if payload is None else data(f"{name}.data", payload),
        value=0 if value.get("value") is None else quantity(f"{name}.value", value["value"]),
        gas=gas,
        access_list=_access_list(f"{name}.accessList", value.get("accessList") or []),
    )


def _access_list(name: str, value: Any) -> tuple[tuple[bytes, tuple[int, ...]], ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise InvalidParams(name, value, "a list of objects with address and storageKeys is expected")
    return tuple(
        (
            address(f"{name}.address", item.get("address")),
            tuple(int.from_bytes(data(f"{name}.storageKeys", key, 32), "big") for key in item.get("storageKeys") or []),
        )
        for item in value
    )


def log_filter(name: str, value: Any) -> LogFilter:
    """The filter object of eth_getLogs."""
    if not isinstance(value, dict):
        raise InvalidParams(name, value, "an object is expected")
    by_hash = value.get("blockHash")
    if by_hash is not None and (value.get("fromBlock") is not None or value.get("toBlock") is not None):
        raise InvalidParams(name, value, "either blockHash or fromBlock and toBlock is expected, not both")
    return LogFilter(
        addresses=_alternatives(f"{name}.address", value.get("address"), 20),
        topics=_topics(f"{name}.topics", value.get("topics")),
        block_hash=None if by_hash is None else data(f"{name}.blockHash", by_hash, 32),
        block_first=_range_end(f"{name}.fromBlock", value.get("fromBlock")),
        block_last=_range_end(f"{name}.toBlock", value.get("toBlock")),
    )


def _range_end(name: str, value: Any) -> BlockId:
    return "latest" if value is None else block_id(name, value)


def _topics(name: str, value: Any) -> tuple[frozenset[str], ...]:
    topics = [] if value is None else value
    if not isinstance(topics, list) or len(topics) > TOPICS_MAX:
        raise InvalidParams(name, value, f"a list of at most {TOPICS_MAX} topics is expected")
    return tuple(_alternatives(f"{name}[{place}]", item, 32) for place, item in enumerate(topics))


def _alternatives(name: str, value: Any, length: int) -> frozenset[str]:
    """One item or a list of alternatives; null and the empty list stand for anything."""
    items = [] if value is None else value if isinstance(value, list) else [value]
    return frozenset("0x" + data(name, item, length).hex() for item in items)
