"""A long history as the embedded node would give it, made in memory: to make it on a chain would take many minutes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast

from eth_abi.abi import encode
from eth_utils.abi import event_abi_to_log_topic

from ledger.chain.connection import Head
from ledger.chain.contracts import CONTRACTS, abi_type, entries, to_abi
from ledger.chain.deployment import Deployment
from ledger.domain.enums import ExcuseGround, Outcome, OutcomeBasis
from ledger.domain.events import (
    AgreementBackfilled,
    CommandExecuted,
    CommitmentBackfilled,
    Event,
    GovernmentRegistered,
    OutcomeRecorded,
)
from scripts.bench.scenario import agreement, government

GOVERNMENTS: Final = 20
TRANSACTIONS: Final = 5
LOGS: Final = 50
"""Facts in a transaction: as many commitments as outcomes."""

SIGNER: Final = "0x52908400098527886E0F7030069857D2E4169EE7"
STARTED_AT: Final = 1_790_000_000

_PLACE: Final = {name: contract for contract in CONTRACTS for name in entries(contract, "event")}


def _digest(*parts: object) -> str:
    return "0x" + hashlib.sha256(repr(parts).encode()).hexdigest()


class LongChain:
    """Answers what a `ChainReader` asks of a connection to an embedded node."""

    def __init__(self, blocks: int) -> None:
        addresses = {name: f"0x{number:040x}" for number, name in enumerate(CONTRACTS, 1)}
        self.deployment = Deployment(1, addresses, 1, bytes.fromhex(_digest("block", 1)[2:]))
        self.url = "memory"
        self._blocks = [self._block(number) for number in range(1, blocks + 1)]

    def head(self) -> Head:
        """The newest block."""
        newest = len(self._blocks)
        return Head(newest, bytes.fromhex(_digest("block", newest)[2:]), STARTED_AT + newest)

    def block_hash(self, number: int) -> bytes | None:
        """The hash of a block."""
        return bytes.fromhex(_digest("block", number)[2:]) if 1 <= number <= len(self._blocks) else None

    @contextmanager
    def one_view(self) -> Iterator[None]:
        """It has one view only."""
        yield

    def call(self, method: str, first: str, last: str) -> Any:
        """The blocks of a range, read from JSON text as they would be from a node's answer."""
        assert method == "intergov_getRawReceipts"
        return json.loads(f"[{','.join(self._blocks[int(first, 16) - 1 : int(last, 16)])}]")

    def _block(self, number: int) -> str:
        events = [self._facts(number, place) for place in range(TRANSACTIONS)] if number > 1 else [self._founding()]
        return json.dumps(
            {
                "number": hex(number),
                "hash": _digest("block", number),
                "parentHash": _digest("block", number - 1),
                "timestamp": hex(STARTED_AT + number),
                "transactions": [
                    {
                        "hash": _digest("transaction", number, place),
                        "status": "0x1",
                        "logs": [self._log(event) for event in found],
                    }
                    for place, found in enumerate(events)
                ],
            }
        )

    def _founding(self) -> list[Event]:
        members = tuple(range(2, GOVERNMENTS + 2))
        bodies = [government(number, SIGNER) for number in range(1, GOVERNMENTS + 2)]
        return [
            CommandExecuted(SIGNER, 1),
            *(
                GovernmentRegistered(number, body.scheme, body.value, body.name, body.level, 0, body.roles)
                for number, body in enumerate(bodies, 1)
            ),
            AgreementBackfilled(1, 1, b"\x01" * 32, agreement(1, members)),
        ]

    def _facts(self, number: int, place: int) -> list[Event]:
        first = ((number - 2) * TRANSACTIONS + place) * (LOGS // 2) + 1
        events: list[Event] = [CommandExecuted(SIGNER, first + 1)]
        for commitment in range(first, first + LOGS // 2):
            debtor, made_at = 2 + commitment % GOVERNMENTS, 1_500_000_000 + commitment
            events.append(
                CommitmentBackfilled(
                    commitment, 1, debtor, 1, 0, 0, 1_000_000, made_at, made_at + 10**7, f"H-{commitment:07d}"
                )
            )
            settled_at, basis = made_at + 10**6, OutcomeBasis.BACKFILL
            events.append(
                OutcomeRecorded(commitment, debtor, 1, Outcome.FULFILLED, 10_000, settled_at, basis, ExcuseGround.NONE)
            )
        return events

    def _log(self, event: Event) -> Sequence[Any]:
        contract = "CommitmentRegistry" if isinstance(event, CommandExecuted) else _PLACE[type(event).__name__]
        entry = entries(contract, "event")[type(event).__name__]
        topics = ["0x" + event_abi_to_log_topic(cast(Any, entry)).hex()]
        kinds, values = [], []
        for parameter, value in zip(entry["inputs"], to_abi(event), strict=True):
            if parameter["indexed"]:
                topics.append("0x" + encode([parameter["type"]], [value]).hex())
            else:
                kinds.append(abi_type(parameter))
                values.append(value)
        return self.deployment.addresses[contract], topics, "0x" + encode(kinds, values).hex()
