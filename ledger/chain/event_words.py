"""
Events read straight from their words.

The ABI puts every value into words of 32 bytes: those of topics one after the other, those of data in a head, where a
text or a byte string has its offset and stands behind. So an event whose values are numbers, addresses, digests, truth
values, texts and byte strings is one `struct` for its topics and one for its head, twenty times as fast as a general
decoder; events with lists or structs are left to that one. What a number does not need of its word is not looked at:
a contract's compiler makes it zero, and only the ledger's own contracts are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from operator import itemgetter
from struct import Struct
from typing import Any, Final

from ledger.chain.contracts import checksummed

WORD_BYTES: Final = 32

Make = Callable[[Sequence[bytes], bytes], Any]
"""Makes the twin of an event from a log's topics and data. `ValueError` or `struct.error` where these are cut."""

_Convert = Callable[[Any, bytes], Any]


@lru_cache(maxsize=65_536)
def _address(value: bytes) -> str:
    return checksummed("0x" + value.hex())


def text_of(value: bytes) -> str:
    r"""
    Text whatever its bytes are.

    A contract does not look into texts, so anybody may put bytes there that are no UTF-8, or a NUL, which databases
    refuse. A reader that stumbled over them could be stopped for good by one command; here they are shown as `\xff`.
    """
    return value.decode("utf-8", errors="backslashreplace").replace("\0", "\\x00")


def _behind(offset: int, data: bytes) -> bytes:
    start = offset + WORD_BYTES
    end = start + int.from_bytes(data[offset:start], "big")
    if end > len(data):
        raise ValueError(f"data end at byte {len(data)}, in the middle of a value that ends at byte {end}")
    return data[start:end]


def _format_and_conversion(kind: str, hint: Any) -> tuple[str, _Convert | None] | None:
    """How one word is unpacked, and what makes the twin's value of it; None for a type that is no single word."""
    if isinstance(hint, type) and issubclass(hint, IntEnum) and kind == "uint8":
        members = {int(member): member for member in hint}
        return "31xB", lambda value, _data: members[value]
    if kind == "address":
        return "12x20s", lambda value, _data: _address(value)
    if kind == "bool":
        return "31x?", None
    if kind == "string":
        return "24xQ", lambda offset, data: text_of(_behind(offset, data))
    if kind == "bytes":
        return "24xQ", _behind
    if found := re.fullmatch(r"bytes(\d+)", kind):
        return f"{found[1]}s{WORD_BYTES - int(found[1])}x", None
    if found := re.fullmatch(r"uint(\d+)", kind):
        if int(found[1]) <= 64:
            return "24xQ", None
        return "32s", lambda value, _data: int.from_bytes(value, "big")
    return None


def event_from_words(twin: type, inputs: Sequence[Mapping[str, Any]], hints: Sequence[Any]) -> Make | None:
    """
    What makes an event's twin from its words.

    Parameters
    ----------
    twin
        The event's class; its fields are in the order of the ABI's inputs.
    inputs
        The event's parameters in the ABI.
    hints
        The types of the twin's fields.

    Returns
    -------
    None for an event with lists, structs or other types that a general decoder must read.
    """
    topics: list[str] = []
    head: list[str] = []
    places: list[tuple[bool, int]] = []
    conversions: list[tuple[tuple[bool, int], _Convert]] = []
    for parameter, hint in zip(inputs, hints, strict=True):
        kind, indexed = parameter["type"], parameter["indexed"]
        found = _format_and_conversion(kind, hint)
        # An indexed text is only there as its digest.
        if found is None or (indexed and kind in ("string", "bytes")):
            return None
        words = topics if indexed else head
        place = indexed, len(words)
        words.append(found[0])
        places.append(place)
        if found[1] is not None:
            conversions.append((place, found[1]))

    def position(place: tuple[bool, int]) -> int:
        indexed, number = place
        return number if indexed else len(topics) + number

    unpack_topics = Struct(">" + "".join(topics)).unpack
    unpack_head = Struct(">" + "".join(head)).unpack_from
    converting = tuple((position(place), convert) for place, convert in conversions)
    wanted = [position(place) for place in places]
    in_order = wanted == sorted(wanted)
    ordered = itemgetter(*wanted) if len(wanted) > 1 else tuple

    def make(found: Sequence[bytes], data: bytes) -> Any:
        values = [*unpack_topics(b"".join(found[1:])), *unpack_head(data)]
        for place, convert in converting:
            values[place] = convert(values[place], data)
        return twin(*values) if in_order else twin(*ordered(values))

    return make
