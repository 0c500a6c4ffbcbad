"""
What the relay asks of a node.

The seam that tests fake; `ledger.chain.connection.Connection` is the real thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

from eth_utils.crypto import keccak

from ledger.chain.connection import Head, NodeAnswerInvalid, NodeRefused
from ledger.chain.decoder import UnknownRefusal
from ledger.domain.refusals import Refused
from ledger.errors import LedgerError


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

    def one_view(self) -> AbstractContextManager[None]:
        """What is asked inside is answered by one node, so that the answers fit together."""
        ...

    def transaction_count(self, address: str, block: str = "latest") -> int:
        """How many transactions an account has sent."""
        ...


OPERATION_USED: Final = keccak(b"operationUsed(address,uint256)")[:4]
"""Selector of the contracts' view that says whether a signer has used an operation."""

COMMAND_EXECUTED: Final = keccak(b"CommandExecuted(address,uint256)")
"""Topic of the event that every executed command begins with."""


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


def batch_or_alone(node: Node, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any | LedgerError]:
    """
    As `Node.batch`, but a request that the node cannot answer at all takes no other down with it.

    One that is too large for the node, say, makes its answer to the whole batch unreadable. It is found by asking for
    each alone, and the error stands in its place.

    Raises
    ------
    NodeUnreachable
    NodeAnswerInvalid
        Where several were asked and none was answered: it is not the requests, then, but the node.
    """
    try:
        return node.batch(requests)
    except NodeAnswerInvalid as error:
        if len(requests) == 1:
            return [error]
    answers = [_alone(node, request) for request in requests]
    unreadable = [answer for answer in answers if isinstance(answer, NodeAnswerInvalid)]
    if len(unreadable) == len(answers):
        raise unreadable[0]
    return answers


def _alone(node: Node, request: tuple[str, Sequence[Any]]) -> Any | LedgerError:
    try:
        return node.batch([request])[0]
    except NodeAnswerInvalid as error:
        return error


def refused_by_contract(error: LedgerError) -> bool:
    """Whether a contract said no: with an error that this program knows or does not know, or without data."""
    if isinstance(error, NodeRefused):
        return "revert" in error.reason.lower()
    return isinstance(error, Refused | UnknownRefusal)
