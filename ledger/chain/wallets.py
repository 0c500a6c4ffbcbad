"""
Contract wallets.

A government may act through a contract, such as a wallet that needs several of its officials. Such a wallet has no key;
it is asked whether it accepts a signature. Source: EIP-1271.
"""

from __future__ import annotations

from typing import Final

from eth_abi.abi import default_codec

from ledger.chain.connection import Connection
from ledger.errors import LedgerError, Unavailable

ACCEPTED: Final = bytes.fromhex("1626ba7e")
"""What `isValidSignature(bytes32,bytes)` returns for yes, which is its own selector."""


def contract_wallet_accepts(connection: Connection, address: str, digest: bytes, signature: bytes) -> bool:
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
