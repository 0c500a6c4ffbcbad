"""
Reading the chain: blocks with the facts in them.

A fact is an event with the account that commanded it. Every command first emits `CommandExecuted`, and what follows in
the same transaction, up to the next of these, are its facts. Where no command was given, as when anybody executes an
approved proposal, the transaction's sender stands there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from ledger.chain.connection import Connection, Head, NodeAnswerInvalid, NodeRefused, quantity, unhex
from ledger.chain.contracts import checksummed
from ledger.chain.decoder import decode_event
from ledger.chain.deployment import Deployment
from ledger.domain.events import Block, CommandExecuted, Fact
from ledger.errors import LedgerError


class RawLog(NamedTuple):
    """A log as it stands in a receipt. A tuple, because very many are made."""

    transaction: bytes
    log_index: int
    address: str
    topics: Sequence[bytes]
    data: bytes


@dataclass(frozen=True, slots=True)
class RawBlock:
    """A block's header fields and its logs, in order."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int
    logs: Sequence[RawLog]


class _Source(Protocol):
    def __call__(self, first: int, last: int) -> list[RawBlock]: ...


class ChainReader:
    """Reads a ledger's blocks from a node."""

    def __init__(self, connection: Connection, deployment: Deployment) -> None:
        self._connection = connection
        self._deployment = deployment
        self._names: Mapping[str, str] = {
            address.lower(): contract for contract, address in deployment.addresses.items()
        }
        self._source: _Source | None = None

    @property
    def first_block(self) -> int:
        """The block of the deployment, where a replay begins."""
        return self._deployment.block

    def head(self) -> Head:
        """The newest block."""
        return self._connection.head()

    def block_hash(self, number: int) -> bytes | None:
        """The hash of the block with this number; None where there is none."""
        return self._connection.block_hash(number)

    def one_view(self) -> AbstractContextManager[None]:
        """What is asked inside is answered by one node."""
        return self._connection.one_view()

    def blocks(self, first: int, last: int) -> list[Block]:
        """
        The blocks from `first` to `last`, both included, with their facts in order.

        Raises
        ------
        UnknownEvent, NodeUnreachable, NodeAnswerInvalid, NodeRefused
        """
        return [self._facts(raw) for raw in self.raw_blocks(first, last)]

    def raw_blocks(self, first: int, last: int) -> list[RawBlock]:
        """The same with logs as they stand, undecoded."""
        if self._source is None:
            self._source = self._choose_source(first)
        return self._source(first, last)

    def _choose_source(self, first: int) -> _Source:
        # The embedded node gives whole ranges in one compact answer; other nodes are asked the standard way.
        try:
            self._compact_blocks(first, first)
        except NodeRefused:
            return self._standard_blocks
        return self._compact_blocks

    def _compact_blocks(self, first: int, last: int) -> list[RawBlock]:
        answer = self._connection.call("intergov_getRawReceipts", hex(first), hex(last))
        return [self._compact_block(block) for block in answer]

    def _compact_block(self, block: Mapping[str, Any]) -> RawBlock:
        logs: list[RawLog] = []
        index = 0
        names, from_hex = self._names, bytes.fromhex
        for transaction in block["transactions"]:
            transaction_hash = unhex(transaction["hash"])
            for address, topics, data in transaction["logs"]:
                # The embedded node writes addresses in small letters, as they are kept here.
                if address in names:
                    topic_bytes = [from_hex(topic[2:]) for topic in topics]
                    logs.append(RawLog(transaction_hash, index, address, topic_bytes, from_hex(data[2:])))
                index += 1
        return RawBlock(
            quantity(block["number"]),
            unhex(block["hash"]),
            unhex(block["parentHash"]),
            quantity(block["timestamp"]),
            logs,
        )

    def _standard_blocks(self, first: int, last: int) -> list[RawBlock]:
        numbers = range(first, last + 1)
        headers = self._all(self._connection.batch([("eth_getBlockByNumber", (hex(n), False)) for n in numbers]))
        found = self._connection.call(
            "eth_getLogs",
            {
                "fromBlock": hex(first),
                "toBlock": hex(last),
                "address": list(self._deployment.addresses.values()),
            },
        )
        logs: dict[bytes, list[RawLog]] = {}
        for log in found:
            logs.setdefault(unhex(log["blockHash"]), []).append(
                RawLog(
                    unhex(log["transactionHash"]),
                    quantity(log["logIndex"]),
                    log["address"].lower(),
                    tuple(unhex(topic) for topic in log["topics"]),
                    unhex(log["data"]),
                )
            )
        blocks = []
        for header in headers:
            if header is None:
                raise NodeAnswerInvalid(self._connection.url, f"no block between {first} and {last}")
            block_hash = unhex(header["hash"])
            in_block = sorted(logs.pop(block_hash, ()), key=lambda log: log.log_index)
            blocks.append(
                RawBlock(
                    quantity(header["number"]),
                    block_hash,
                    unhex(header["parentHash"]),
                    quantity(header["timestamp"]),
                    in_block,
                )
            )
        # Logs of a block that is not among the headers come from another view of the chain than they do.
        if logs:
            raise NodeAnswerInvalid(self._connection.url, "logs of blocks that it does not have")
        return blocks

    def _facts(self, raw: RawBlock) -> Block:
        facts: list[Fact] = []
        command: CommandExecuted | None = None
        transaction = b""
        uncommanded: list[int] = []
        for log in raw.logs:
            contract = self._names[log.address]
            event = decode_event(contract, log.topics, log.data)
            if log.transaction != transaction:
                transaction, command = log.transaction, None
            if isinstance(event, CommandExecuted):
                command = event
            if command is None:
                uncommanded.append(len(facts))
            facts.append(
                Fact(
                    event=event,
                    contract=contract,
                    signer=command.signer if command else "",
                    operation=command.operation if command else None,
                    transaction=log.transaction,
                    log_index=log.log_index,
                )
            )
        if uncommanded:
            senders = self._senders({facts[place].transaction for place in uncommanded})
            for place in uncommanded:
                fact = facts[place]
                facts[place] = Fact(
                    fact.event, fact.contract, senders[fact.transaction], None, fact.transaction, fact.log_index
                )
        return Block(raw.number, raw.hash, raw.parent_hash, raw.timestamp, tuple(facts))

    def _senders(self, transactions: Iterable[bytes]) -> dict[bytes, str]:
        wanted = sorted(transactions)
        found = self._all(
            self._connection.batch([("eth_getTransactionByHash", ("0x" + each.hex(),)) for each in wanted])
        )
        return {each: checksummed(answer["from"].lower()) for each, answer in zip(wanted, found, strict=True)}

    def _all(self, results: Sequence[Any | LedgerError]) -> list[Any]:
        for result in results:
            if isinstance(result, LedgerError):
                raise result
        return list(results)
