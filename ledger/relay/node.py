"""
What the relay asks of a node.

The seam that tests fake; `ledger.chain.connection.Connection` is the real thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from eth_utils.crypto import keccak

from ledger.chain.connection import Head, NodeRefused
from ledger.chain.decoder import UnknownRefusal
from ledger.domain.refusals import Refused
from ledger.errors import LedgerError, Unavailable


class Node(Protocol):
    """One node. Every method may raise `NodeUnreachable` and `NodeAnswerInvalid`."""

    def call(self, method: str, *params: Any) -> Any:
        """The result of one request."""
        ...

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any | LedgerError]:
        """The results of several requests in one round trip, in order; an error stands in its request's place."""
        ...

    def head(self) -> Head:
        """The newest block."""
        ...

    def code(self, address: str) -> bytes:
        """The code at an address; empty where there is no contract."""
        ...

    def simulate(self, sender: str | None, to: str, data: bytes, block: int | str = "latest") -> bytes:
        """What a call would return, without sending it."""
        ...

    def transaction_count(self, address: str, block: str = "latest") -> int:
        """How many transactions an account has sent."""
        ...


OPERATION_USED: Final = keccak(b"operationUsed(address,uint256)")[:4]
"""Selector of the contracts' view that says whether a signer has used an operation."""

COMMAND_EXECUTED: Final = keccak(b"CommandExecuted(address,uint256)")
"""Topic of the event that every executed command begins with."""

EIP1271_MAGIC: Final = keccak(b"isValidSignature(bytes32,bytes)")[:4]
"""Selector of a contract wallet's check, and, as EIP-1271 has it, what it answers for yes."""


def word(value: int | str | bytes) -> bytes:
    """A number or an address as one ABI word of 32 bytes."""
    if isinstance(value, str):
        value = int(value, 16)
    if isinstance(value, int):
        value = value.to_bytes(32, "big")
    return value.rjust(32, b"\0")


def operation_used_call(signer: str, operation: int) -> bytes:
    """Call data that asks whether a signer has used an operation."""
    return OPERATION_USED + word(signer) + word(operation)


class ContractWallets:
    """
    Asks contract wallets about signatures.

    A contract cannot hold a key. It says itself what it takes for its signature: the digest and the bytes go to its
    `isValidSignature`.

    Source: EIP-1271.
    """

    def __init__(self, node: Node) -> None:
        self._node = node

    def accepts(self, address: str, digest: bytes, signature: bytes) -> bool:
        """
        Whether the contract at an address takes these bytes for its signature; False where there is no contract.

        Raises
        ------
        NodeUnreachable, NodeAnswerInvalid
        """
        if not self._node.code(address):
            return False
        padded = signature + b"\0" * (-len(signature) % 32)
        data = EIP1271_MAGIC + word(digest) + word(64) + word(len(signature)) + padded
        try:
            answer = self._node.simulate(None, address, data)
        except Unavailable:
            raise
        except LedgerError:
            # A revert, or a contract that has no such function, is a no.
            return False
        return len(answer) >= 32 and answer[:4] == EIP1271_MAGIC and not any(answer[4:32])


def refused_by_contract(error: LedgerError) -> bool:
    """Whether a contract said no: with an error that this program knows or does not know, or without data."""
    if isinstance(error, NodeRefused):
        return "revert" in error.reason.lower()
    return isinstance(error, Refused | UnknownRefusal)
