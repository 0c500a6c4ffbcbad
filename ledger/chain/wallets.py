"""
Contract wallets.

A government may act through a contract, such as a wallet that needs several of its officials. Such a wallet has no key;
it is asked whether it accepts a signature. Source: EIP-1271.
"""

from __future__ import annotations

from typing import Final, Protocol

from eth_abi.abi import default_codec

from ledger.errors import LedgerError, Unavailable

ACCEPTED: Final = bytes.fromhex("1626ba7e")
"""What `isValidSignature(bytes32,bytes)` returns for yes, which is its own selector."""


class Asked(Protocol):
    """What is needed of a node: a `ledger.chain.connection.Connection`, or what stands for one in a test."""

    def code(self, address: str) -> bytes:
        """The code at an address; empty where there is no contract."""
        ...

    def simulate(self, sender: str | None, to: str, data: bytes, block: int | str = ...) -> bytes:
        """What a call would return, without sending it."""
        ...


def contract_wallet_accepts(connection: Asked, address: str, digest: bytes, signature: bytes) -> bool:
    """
    Whether the contract at an address accepts a signature; no where there is no contract.

    Raises
    ------
    NodeUnreachable, NodeAnswerInvalid
    """
    if not connection.code(address):
        return False
    call = ACCEPTED + default_codec.encode(["bytes32", "bytes"], [digest, signature])
    try:
        answer = connection.simulate(None, address, call)
    except Unavailable:
        raise
    except LedgerError:
        # A wallet that reverts, in whatever words, does not accept.
        return False
    return answer[:32] == ACCEPTED.ljust(32, b"\0")
