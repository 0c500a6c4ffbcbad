"""
When a block is final, by the network it is on.

A network states it in its first block. Byzantine agreement (QBFT, IBFT) makes a block final at once, and so does the
embedded chain, which has one maker of blocks. With Clique two validators may make a block at the same height, and one
of the two is given up within a few blocks; it has no finality. A branch that is given up grows by at most half as many
blocks as there are validators before its makers must wait for others, so as many blocks as there are validators is deep
enough where the majority is together.

Source: EIP-225; Besu's QBFT, whose headers carry a fixed digest as mix hash.
"""

from __future__ import annotations

from typing import Final

from ledger.chain.connection import Connection, NodeAnswerInvalid, quantity, unhex

BYZANTINE_MIX_HASH: Final = bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")
"""\"ctical byzantine fault tolerance\": marks blocks of IBFT and QBFT."""

_VANITY_BYTES: Final = 32
_SEAL_BYTES: Final = 65
_ADDRESS_BYTES: Final = 20


def confirmation_depth(connection: Connection) -> int:
    """
    How many blocks must stand on a block before what it says is believed; 0 where a block is final at once.

    Raises
    ------
    NodeUnreachable, NodeAnswerInvalid
    """
    first = connection.call("eth_getBlockByNumber", hex(0), False)
    try:
        extra = unhex(first["extraData"])
        difficulty = quantity(first["difficulty"])
        mix_hash = unhex(first.get("mixHash") or "0x")
    except (TypeError, KeyError, ValueError, AttributeError):
        raise NodeAnswerInvalid(connection.url, first) from None
    signers, rest = divmod(len(extra) - _VANITY_BYTES - _SEAL_BYTES, _ADDRESS_BYTES)
    clique = mix_hash != BYZANTINE_MIX_HASH and difficulty == 1 and signers > 0 and rest == 0
    return signers if clique else 0
