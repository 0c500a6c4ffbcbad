"""
The first block of a test network.

Its extra data names the validators; all of Ethereum's rules up to London hold from the first block on, as on every
other tier. The base fee begins at 0 and stays at a few wei. Every node's own account has funds, so that whoever is
let use the node's accounts, which on a test network is everybody on this machine, can give some to a relayer.

Source: EIP-225 (Clique), go-ethereum's genesis format.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, Final

CHAIN_ID_MIN: Final = 2**31
CHAIN_ID_MAX: Final = 2**52
"""Random ids lie between: clear of registered chains, and exact in JSON for programs that read numbers as doubles."""

BLOCK_GAS_LIMIT: Final = 100_000_000
"""Room for some 300 single commands or 16 of an import's batches a second."""

FUNDS_WEI: Final = 10**27

EPOCH_BLOCKS: Final = 30_000
"""How often Clique forgets votes that came to nothing; EIP-225's own figure."""

_VANITY: Final = bytes(32)
_NO_SEAL: Final = bytes(65)

_RULES: Final = (
    "homesteadBlock",
    "eip150Block",
    "eip155Block",
    "eip158Block",
    "byzantiumBlock",
    "constantinopleBlock",
    "petersburgBlock",
    "istanbulBlock",
    "berlinBlock",
    "londonBlock",
)


def new_chain_id() -> int:
    """A chain id of its own for a network, so that a signature for one ledger is worth nothing on another."""
    return CHAIN_ID_MIN + secrets.randbelow(CHAIN_ID_MAX - CHAIN_ID_MIN)


def clique_extra_data(validators: Sequence[str]) -> bytes:
    """Extra data of the first block: 32 free bytes, the validators' addresses in ascending order, no seal."""
    return _VANITY + b"".join(sorted(bytes.fromhex(address[2:]) for address in validators)) + _NO_SEAL


def clique_genesis(chain_id: int, period_seconds: int, validators: Sequence[str], funded: Sequence[str]) -> Any:
    """
    The first block, as go-ethereum's `init` reads it.

    Parameters
    ----------
    period_seconds
        Time between blocks.
    validators
        Addresses of those who make blocks.
    funded
        Addresses that own funds from the beginning.
    """
    return {
        "config": {
            "chainId": chain_id,
            **dict.fromkeys(_RULES, 0),
            "clique": {"period": period_seconds, "epoch": EPOCH_BLOCKS},
        },
        "difficulty": "0x1",
        "gasLimit": hex(BLOCK_GAS_LIMIT),
        "baseFeePerGas": "0x0",
        "extraData": "0x" + clique_extra_data(validators).hex(),
        "alloc": {address: {"balance": hex(FUNDS_WEI)} for address in funded},
    }
