"""
Whether a relayer kept its word.

Its receipt says by when an operation will be in a block. What the chain says decides, and any node can be asked:

    kept       the operation was used in a block by then
    answered   a block by then holds the command, rightly signed, and the contract refused it
    open       the chain has not come so far
    broken     the chain is past that moment, and neither is so

The time is that of blocks. A chain that stands still keeps every receipt open, since no relayer could have kept it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Final

from ledger.chain.calls import signed_command
from ledger.chain.connection import NodeRefused, quantity, unhex
from ledger.chain.deployment import Deployment
from ledger.chain.receipts import SignedReceipt
from ledger.chain.typed_data import SignatureForeignChain, SignatureForeignHome, SignatureRefused, verify
from ledger.chain.wallets import contract_wallet_accepts
from ledger.errors import LedgerError
from ledger.relay.node import COMMAND_EXECUTED, Node, operation_used_call, word
from ledger.relay.settling import ExecutionNotShown

BLOCKS_AT_ONCE: Final = 50
"""How many blocks are asked for in one round trip while a refused command is looked for."""

_TIMESTAMP_CODE: Final = "0x4260005260206000f3"
"""Code that returns the time of the block that it is executed in."""


class Standing(StrEnum):
    """How a receipt stands."""

    KEPT = "kept"
    ANSWERED = "answered"
    OPEN = "open"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out about a receipt."""

    standing: Standing
    chain_time: int
    """How far the chain has come, UTC seconds."""
    block_number: int | None = None
    """The block that the operation is in, whether in time or late; None where it is in none."""
    block_time: int | None = None
    transaction: str | None = None


def chain_time(node: Node) -> int:
    """
    The time of the next block as far as the node knows it: on a chain that makes blocks on demand, now.

    Raises
    ------
    NodeUnreachable, NodeAnswerInvalid
    """
    head = node.head().timestamp
    try:
        answer = node.call("eth_call", {"data": _TIMESTAMP_CODE}, "latest")
    except NodeRefused:
        return head
    return max(head, int.from_bytes(unhex(answer)[:32], "big"))


def examine(node: Node, deployment: Deployment, signed: SignedReceipt) -> Verdict:
    """
    Find out whether a relayer kept its word.

    Raises
    ------
    ReceiptForged
        It is not what the named relayer signed.
    SignatureForeignChain, SignatureForeignHome
        It is for another chain, or a contract that is not of this ledger.
    ExecutionNotShown, NodeUnreachable, NodeAnswerInvalid
        Nothing can be said now.
    """
    signed.verify()
    said = signed.receipt
    if said.chain_id != deployment.chain_id:
        raise SignatureForeignChain(said.chain_id, deployment.chain_id)
    if said.contract not in deployment.addresses.values():
        raise SignatureForeignHome(said.contract, ", ".join(deployment.addresses.values()))
    # The time is read first: what is used after it was used too late to change the verdict.
    time = chain_time(node)
    if any(node.simulate(None, said.contract, operation_used_call(said.signer, said.operation))):
        found = _execution(node, deployment, signed)
        number = quantity(found["blockNumber"])
        at = quantity(node.call("eth_getBlockByNumber", hex(number), False)["timestamp"])
        standing = Standing.KEPT if at <= said.include_by else Standing.BROKEN
        return Verdict(standing, time, number, at, str(found["transactionHash"]))
    refused = _refusal(node, deployment, signed)
    if refused is not None:
        return Verdict(Standing.ANSWERED, time, *refused)
    return Verdict(Standing.BROKEN if time > said.include_by else Standing.OPEN, time)


def _execution(node: Node, deployment: Deployment, signed: SignedReceipt) -> dict[str, Any]:
    said = signed.receipt
    topics = ["0x" + each.hex() for each in (COMMAND_EXECUTED, word(said.signer), word(said.operation))]
    places = {"address": said.contract, "topics": topics, "fromBlock": hex(deployment.block), "toBlock": "latest"}
    logs: list[dict[str, Any]] = node.call("eth_getLogs", places)
    if not logs:
        raise ExecutionNotShown(said.operation_id)
    return logs[0]


def _refusal(node: Node, deployment: Deployment, signed: SignedReceipt) -> tuple[int, int, str] | None:
    """Block, its time and the transaction in which the contract refused the very command; None where there is none."""
    said = signed.receipt
    needle = word(said.signer) + word(said.operation)
    for block in _blocks_between(node, deployment.block, said.accepted_at, said.include_by):
        for transaction in block["transactions"]:
            to, data = str(transaction.get("to") or ""), unhex(transaction["input"])
            if to.lower() != said.contract.lower() or needle not in data:
                continue
            if _rightly_signed(node, deployment, signed, data):
                return quantity(block["number"]), quantity(block["timestamp"]), str(transaction["hash"])
    return None


def _rightly_signed(node: Node, deployment: Deployment, signed: SignedReceipt, data: bytes) -> bool:
    """Whether call data carries the operation with its signer's own signature: bytes alone are no excuse."""
    said = signed.receipt
    command = signed_command(deployment, said.contract, data)
    if command is None:
        return False
    authorization = command.authorization
    if (authorization.signer, authorization.operation) != (said.signer, said.operation):
        return False
    try:
        # That its deadline is over by now says nothing about then.
        verify(
            command, deployment.domain(command.contract), authorization.deadline, partial(contract_wallet_accepts, node)
        )
    except SignatureRefused:
        return False
    return True


def _blocks_between(node: Node, lowest: int, first_time: int, last_time: int) -> Iterator[dict[str, Any]]:
    """Blocks with their transactions, newest first, whose times are between two moments."""
    number = node.head().number
    while number >= lowest:
        numbers = range(number, max(lowest, number - BLOCKS_AT_ONCE + 1) - 1, -1)
        for block in node.batch([("eth_getBlockByNumber", [hex(each), True]) for each in numbers]):
            if isinstance(block, LedgerError):
                raise block
            at = quantity(block["timestamp"])
            # The relayer's clock may have been ahead of the chain's by as much as it says it had left.
            if at < first_time - (last_time - first_time):
                return
            if at <= last_time:
                yield block
        number = numbers[-1] - 1
