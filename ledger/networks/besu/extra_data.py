"""
Extra data of a QBFT block.

RLP of a list: 32 free bytes; the validators' addresses, ascending; a vote, or an empty list; the round; the committed
seals. The first block has neither vote nor seals, and is of round 0.

Source: the QBFT specification (EntEthAlliance); Besu's `rlp encode --type=QBFT_EXTRA_DATA`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import rlp
from rlp.exceptions import RLPException

from ledger.chain.contracts import checksummed
from ledger.errors import InvalidInput

_VANITY: Final = bytes(32)
_ADDRESS_BYTES: Final = 20
_FIELDS: Final = 5


def qbft_extra_data(validators: Sequence[str]) -> bytes:
    """Extra data of a first block with these validators."""
    addresses = sorted(bytes.fromhex(address[2:]) for address in validators)
    return bytes(rlp.encode([_VANITY, addresses, [], b"", []]))


def validators_of(extra_data: bytes) -> tuple[str, ...]:
    """
    The validators that a block's extra data names.

    Raises
    ------
    InvalidInput
        It is no QBFT extra data.
    """
    rule = "RLP of 32 bytes, addresses, a vote, a round and seals"
    try:
        fields: Any = rlp.decode(extra_data)
    except RLPException:
        raise InvalidInput("QBFT extra data", "0x" + extra_data.hex(), rule) from None
    if not isinstance(fields, list) or len(fields) != _FIELDS or not isinstance(fields[1], list):
        raise InvalidInput("QBFT extra data", "0x" + extra_data.hex(), rule)
    if len(fields[0]) != len(_VANITY) or any(len(address) != _ADDRESS_BYTES for address in fields[1]):
        raise InvalidInput("QBFT extra data", "0x" + extra_data.hex(), rule)
    return tuple(checksummed("0x" + bytes(address).hex()) for address in fields[1])
