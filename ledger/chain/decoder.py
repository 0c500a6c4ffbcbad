"""
From bytes to the domain: events out of logs, refusals out of revert data.

Decoders are built once per event, because a follower decodes hundreds of thousands. An event or error that is not
known is never passed over: the ledger would no longer be what the chain says.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from functools import cache
from typing import Any, cast

from eth_abi.codec import ABICodec
from eth_abi.decoding import ContextFramesBytesIO, StringDecoder
from eth_abi.exceptions import DecodingError
from eth_abi.registry import BaseEquals, registry
from eth_utils.abi import event_abi_to_log_topic, function_abi_to_4byte_selector

from ledger.chain.contracts import CONTRACTS, abi_type, entries, from_abi, hints
from ledger.chain.event_words import event_from_words, text_of
from ledger.domain.events import EVENTS, Event
from ledger.domain.refusals import REFUSALS, Refused
from ledger.errors import LedgerError, shown


class UnknownEvent(LedgerError):
    """A contract of the ledger emitted what this version does not know; reading on would lose a fact."""

    def __init__(self, contract: str, topics: Sequence[bytes]) -> None:
        topic = "0x" + topics[0].hex() if topics else "none"
        super().__init__(f"{contract} emitted an event with topic {topic}, which this version does not know")
        self.contract = contract
        self.topic = topic

    def values(self) -> dict[str, object]:
        """The contract and the event's topic."""
        return {"contract": self.contract, "topic": self.topic}


class MalformedEvent(LedgerError):
    """A log is cut, or holds a value that its event cannot have: the node gave something else than the contract did."""

    def __init__(self, contract: str, topics: Sequence[bytes], reason: str) -> None:
        super().__init__(f"a log of {contract} with topic 0x{topics[0].hex()} cannot be read: {reason}")
        self.contract = contract
        self.topic = "0x" + topics[0].hex()
        self.reason = reason

    def values(self) -> dict[str, object]:
        """The contract, the event's topic, and what is wrong."""
        return {"contract": self.contract, "topic": self.topic, "reason": self.reason}


class UnknownRefusal(LedgerError):
    """A contract refused, with an error that this version does not know."""

    def __init__(self, data: bytes) -> None:
        super().__init__(f"the contract refused, with data that this version does not know: {shown('0x' + data.hex())}")
        self.data = data

    def values(self) -> dict[str, object]:
        """The revert data."""
        return {"data": shown("0x" + self.data.hex())}


class _TextDecoder(StringDecoder):
    """Decodes text whatever its bytes are; see `text_of`."""

    @staticmethod
    def decoder_fn(data: bytes, handle_string_errors: str = "strict") -> str:  # noqa: ARG004 (the base class's)
        """Text, with what is no text as escapes."""
        return text_of(data)


_registry: Any = cast(Any, registry).copy()
_registry.unregister_decoder("string")
_registry.register_decoder(cast(Any, BaseEquals)("string"), _TextDecoder, label="string")
_codec = ABICodec(_registry)

Make = Callable[[Sequence[bytes], bytes], Event]


def _converter(hint: Any, parameter: Mapping[str, Any]) -> Callable[[Any], Any] | None:
    """What turns a decoded value into the twin's; None where it is the same value, which is most often so."""
    kind: str = parameter["type"]
    if kind in ("address", "tuple") or kind.endswith("]"):
        return lambda value: from_abi(hint, parameter, value)
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        members: Mapping[int, Any] = {int(member): member for member in hint}
        return members.__getitem__
    return None


def _topic_reader(kind: str) -> Callable[[bytes], Any]:
    if kind == "address":
        return lambda topic: "0x" + topic[12:].hex()
    if kind == "bytes32":
        return bytes
    return lambda topic: int.from_bytes(topic, "big")


def _event_maker(entry: Mapping[str, Any]) -> Make:
    twin = EVENTS[entry["name"]]
    quick = event_from_words(twin, entry["inputs"], [hint for _, hint in hints(twin)])
    return general_event_maker(entry) if quick is None else quick


def general_event_maker(entry: Mapping[str, Any]) -> Make:
    """What decodes any event, by eth-abi; for those with lists and structs."""
    twin = EVENTS[entry["name"]]
    inputs = entry["inputs"]
    converters = [_converter(hint, part) for (_, hint), part in zip(hints(twin), inputs, strict=True)]
    plain = all(converter is None for converter in converters)
    # Indexed values are all of static types, one topic each; a twin's fields mix them in declaration order.
    readers = [_topic_reader(part["type"]) for part in inputs if part["indexed"]]
    data_types = [abi_type(part) for part in inputs if not part["indexed"]]
    decode_data: Callable[[Any], tuple[Any, ...]] | None = (
        cast(Any, _registry.get_decoder(f"({','.join(data_types)})")) if data_types else None
    )
    topic_index = iter(range(1, len(inputs) + 1))
    data_index = iter(range(len(inputs)))
    order = [(True, next(topic_index)) if part["indexed"] else (False, next(data_index)) for part in inputs]

    def make(topics: Sequence[bytes], data: bytes) -> Event:
        values: tuple[Any, ...] = decode_data(cast(Any, ContextFramesBytesIO)(data)) if decode_data is not None else ()
        parts: list[Any] = []
        for from_topic, index in order:
            if not from_topic:
                parts.append(values[index])
            else:
                parts.append(readers[index - 1](topics[index]))
        if not plain:
            parts = [
                part if convert is None else convert(part) for convert, part in zip(converters, parts, strict=True)
            ]
        return twin(*parts)

    return make


@cache
def _event_makers(contract: str) -> Mapping[bytes, Make]:
    return {
        event_abi_to_log_topic(cast(Any, entry)): _event_maker(entry)
        for name, entry in entries(contract, "event").items()
        # Only a contract that can change its domain emits it, and none of the ledger's can.
        if name != "EIP712DomainChanged"
    }


def decode_event(contract: str, topics: Sequence[bytes], data: bytes) -> Event:
    """
    The event in a log of one of the ledger's contracts.

    Parameters
    ----------
    contract
        Its name.
    topics, data
        The log as the node gives it.

    Raises
    ------
    UnknownEvent, MalformedEvent
    """
    make = _event_makers(contract).get(topics[0]) if topics else None
    if make is None:
        raise UnknownEvent(contract, topics)
    try:
        return make(topics, data)
    except (struct.error, ValueError, KeyError, DecodingError) as error:
        raise MalformedEvent(contract, topics, str(error)) from None


@cache
def _refusal_inputs() -> Mapping[bytes, tuple[type[Refused], tuple[Mapping[str, Any], ...]]]:
    known: dict[bytes, tuple[type[Refused], tuple[Mapping[str, Any], ...]]] = {}
    for contract in CONTRACTS:
        for name, entry in entries(contract, "error").items():
            selector = function_abi_to_4byte_selector(cast(Any, entry))
            known[selector] = (REFUSALS[name], tuple(entry["inputs"]))
    return known


def decode_refusal(data: bytes) -> LedgerError:
    """
    Why a contract refused.

    Returns
    -------
    The twin of the Solidity error with its values; `UnknownRefusal` for data that no error of the ledger explains.
    """
    found = _refusal_inputs().get(data[:4])
    if found is None:
        return UnknownRefusal(data)
    twin, inputs = found
    try:
        values = _codec.decode([abi_type(part) for part in inputs], data[4:])
    except DecodingError:
        return UnknownRefusal(data)
    fields = hints(twin)
    parts = [from_abi(hint, part, value) for (_, hint), part, value in zip(fields, inputs, values, strict=True)]
    return cast(Any, twin)(*parts)  # type: ignore[no-any-return]
