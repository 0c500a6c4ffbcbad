"""
Bloom filters over logs.

Each block and transaction carries 2,048 bits that say which addresses and topics its logs may have: three bits for
each, taken from its keccak256 (Yellow Paper, section 4.3.1). A search for logs skips whatever lacks a bit that it
needs; what has them all may still be a chance hit and is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from eth_hash.auto import keccak

BLOOM_BYTES = 256
"""Length of a bloom filter."""


@lru_cache(maxsize=16_384)
def bits_of(item: bytes) -> int:
    """The three bits of an address (20 bytes) or a topic (32 bytes), as an integer of 2,048 bits."""
    digest = keccak(item)
    bits = 0
    for start in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[start : start + 2], "big") & 2047)
    return bits


def bloom_of(logs: Iterable[tuple[bytes, Sequence[bytes], bytes]]) -> int:
    """The filter over logs given as address, topics and data."""
    bloom = 0
    for address, topics, _ in logs:
        bloom |= bits_of(address)
        for topic in topics:
            bloom |= bits_of(topic)
    return bloom


def may_hold(bloom: bytes, alternatives: Sequence[Sequence[bytes]]) -> bool:
    """Whether a block or transaction with this filter may hold, for each list, one of the list's items.

    An empty list asks for nothing.
    """
    value = int.from_bytes(bloom, "big")
    return all(not items or any(value & bits_of(item) == bits_of(item) for item in items) for items in alternatives)
