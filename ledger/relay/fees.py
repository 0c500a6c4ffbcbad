"""
What a transaction offers to pay.

Where gas is free the gas price is 0 and no account needs funds: the embedded chain, and permissioned networks that are
set up so. Elsewhere the relayer pays what the node asks, with a tip of at least 1 wei, because a transaction without
one may stay on the node that got it.

Source: EIP-155, EIP-1559.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import rlp

from ledger.chain.connection import quantity
from ledger.errors import LedgerError
from ledger.relay.node import Node, batch_or_alone

FREE_GAS_LIMIT: Final = 50_000_000
"""
Gas limit of a transaction where gas costs nothing and blocks have room for many of this size. No command needs as much,
and not estimating saves the node from executing each command once more.
"""

_ROOM_FOR: Final = 16
"""How many transactions of `FREE_GAS_LIMIT` a block must have room for."""

TIP_WEI_MIN: Final = 1

RAISED_TIMES_MAX: Final = 10
"""Beyond this multiple of what a node asks, a transaction that is in no block waits for something else than money."""

TYPE_DYNAMIC_FEE: Final = 2
"""First byte of a transaction that names a tip and a largest fee."""


@dataclass(frozen=True, slots=True)
class Fees:
    """What a node asks now."""

    gas_price: int
    """In wei."""
    base_fee: int | None
    """In wei; None on a chain that has none."""
    block_gas_limit: int

    @property
    def gas_is_free(self) -> bool:
        """Whether a transaction can be given a large gas limit without a thought."""
        return self.gas_price == 0 and self.block_gas_limit >= _ROOM_FOR * FREE_GAS_LIMIT

    def fields(self) -> dict[str, int]:
        """The transaction's fields that say what it pays; with them a transaction is of type 2 or of the old type."""
        if self.gas_price == 0:
            return {"gasPrice": 0}
        if self.base_fee is None:
            return {"gasPrice": max(TIP_WEI_MIN, self.gas_price)}
        tip = max(TIP_WEI_MIN, self.gas_price - self.base_fee)
        # The base fee rises by an eighth per full block, so the double is good for five full blocks.
        return {"maxPriorityFeePerGas": tip, "maxFeePerGas": 2 * self.base_fee + tip}

    def raised(self, offered: Mapping[str, int]) -> dict[str, int] | None:
        """
        What a transaction offers that is to take the place of another in the node's pool.

        Nodes want a tenth more of everything. An eighth more is offered, or what is asked now where that is more.
        None where raising cannot help: gas is free, or ten times of what is asked was offered already.
        """
        asked = self.fields()
        if self.gas_price == 0 or asked.keys() != offered.keys():
            return None
        if all(offered[name] >= RAISED_TIMES_MAX * asked[name] for name in asked):
            return None
        return {name: max(asked[name], offered[name] + offered[name] // 8 + 1) for name in asked}


def offered_fees(raw: bytes) -> dict[str, int]:
    """What a signed transaction offers to pay: the fields that `Fees.fields` gave it."""
    if raw[0] == TYPE_DYNAMIC_FEE:
        fields = rlp.decode(raw[1:])
        return {
            "maxPriorityFeePerGas": int.from_bytes(fields[2], "big"),
            "maxFeePerGas": int.from_bytes(fields[3], "big"),
        }
    return {"gasPrice": int.from_bytes(rlp.decode(raw)[1], "big")}


def offered_gas(raw: bytes) -> int:
    """The gas limit of a signed transaction."""
    return int.from_bytes(rlp.decode(raw[1:])[4] if raw[0] == TYPE_DYNAMIC_FEE else rlp.decode(raw)[2], "big")


def fees_now(node: Node) -> Fees:
    """What the node asks now."""
    gas_price, block = _results(
        node.batch([("eth_gasPrice", []), ("eth_getBlockByNumber", ["latest", False])]),
    )
    base_fee = block.get("baseFeePerGas")
    return Fees(
        gas_price=quantity(gas_price),
        base_fee=None if base_fee is None else quantity(base_fee),
        block_gas_limit=quantity(block["gasLimit"]),
    )


def gas_limits(node: Node, fees: Fees, sender: str, calls: Sequence[tuple[str, bytes]]) -> list[int | LedgerError]:
    """
    The gas limit for each call (contract, call data); an error stands in the place of a call that would fail.

    An estimate is of the state before the block. Commands ahead in the same block may make it cost more, so a quarter
    is added, and what a first write to an empty slot costs.
    """
    if fees.gas_is_free:
        return [FREE_GAS_LIMIT] * len(calls)
    answers = batch_or_alone(
        node, [("eth_estimateGas", [{"from": sender, "to": to, "data": "0x" + data.hex()}]) for to, data in calls]
    )
    return [
        answer if isinstance(answer, LedgerError) else quantity(answer) * 5 // 4 + _FIRST_WRITES for answer in answers
    ]


_FIRST_WRITES: Final = 44_000


def _results(answers: Sequence[Any | LedgerError]) -> list[Any]:
    for answer in answers:
        if isinstance(answer, LedgerError):
            raise answer
    return list(answers)
