"""Refusals of OpenZeppelin's libraries that can come through our contracts."""

from __future__ import annotations

from ledger.domain.refusals.base import Refused


class AddressEmptyCode(Refused):
    """A proposal's target is no contract."""

    template = "the proposal calls {target}, where there is no contract; it must call one"
    target: str


class FailedCall(Refused):
    """A proposed call failed and did not say why."""

    template = "the proposed call failed and the called contract gave no reason; it must succeed to be executed"


class InsufficientBalance(Refused):
    """A call would send more money than the contract has."""

    template = "the call needs {needed:count} wei, but the contract has {balance:count}"
    balance: int
    needed: int


class InvalidShortString(Refused):
    """A stored short text is malformed."""

    template = "a text stored in the contract is malformed; it must be at most 31 bytes with its length in the last"


class StringTooLong(Refused):
    """A text does not fit where short ones are stored."""

    template = "the text {str} is too long for a short text; at most 31 bytes are allowed"
    str: str
