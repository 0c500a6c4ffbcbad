"""
A small ledger for tests of the relay: one home, one node, and administrators who propose calls.

Proposals are the smallest commands: they need no registered government, and each is a fact of its own on the chain.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ledger.chain.connection import Connection, Head, NodeUnreachable
from ledger.chain.deployment import Deployment, deploy
from ledger.chain.embedded.client import ensure_node, stop_node
from ledger.chain.signers import LocalSigner
from ledger.chain.typed_data import SignedCommand, typed_data
from ledger.domain.commands import Command, ProposeCall
from ledger.domain.terms import Authorization
from ledger.errors import LedgerError
from ledger.policies import default_procedure_policy
from ledger.relay.node import COMMAND_EXECUTED, word

ADMINISTRATOR_KEY = b"\x11" * 32
SECOND_ADMINISTRATOR_KEY = b"\x12" * 32
DEPLOYER_KEY = b"\x13" * 32
RELAYER_KEY = b"\x14" * 32


@dataclass
class World:
    """A deployed ledger and its administrators."""

    home: Path
    node: Connection
    deployment: Deployment
    administrator: LocalSigner
    second: LocalSigner
    last_operation: int = field(default=7 << 8)

    def signed(
        self,
        command: Command,
        *,
        signer: LocalSigner | None = None,
        address: str | None = None,
        operation: int | None = None,
        deadline: int | None = None,
    ) -> SignedCommand:
        """A command signed by an administrator, with a number of its own unless one is given."""
        signer = signer or self.administrator
        if operation is None:
            self.last_operation += 1
            operation = self.last_operation
        unsigned = Authorization(
            address or signer.address, operation, int(time.time()) + 3600 if deadline is None else deadline, b""
        )
        document = typed_data(command, unsigned, self.deployment.domain(command.contract))
        return SignedCommand(command, replace(unsigned, signature=signer.sign_typed_data(document)))

    def proposal(self, reason: str = "a trial") -> ProposeCall:
        """A command that the contract takes."""
        return ProposeCall(self.deployment.addresses["PolicyRegister"], b"\x01\x02\x03\x04", reason)

    def executions(self, signed: SignedCommand) -> list[dict[str, Any]]:
        """The events that say that a command was executed."""
        topics = (COMMAND_EXECUTED, word(signed.authorization.signer), word(signed.authorization.operation))
        found: list[dict[str, Any]] = self.node.call(
            "eth_getLogs",
            {
                "address": self.deployment.addresses[signed.contract],
                "topics": ["0x" + topic.hex() for topic in topics],
                "fromBlock": "0x0",
                "toBlock": "latest",
            },
        )
        return found


@contextmanager
def open_world(home: Path) -> Iterator[World]:
    """A ledger on a new node of its own, which ends with it."""
    info = ensure_node(home, idle_exit=300)
    try:
        with Connection(info.url) as node:
            administrator, second = LocalSigner(ADMINISTRATOR_KEY), LocalSigner(SECOND_ADMINISTRATOR_KEY)
            deployment = deploy(
                node,
                LocalSigner(DEPLOYER_KEY),
                [administrator.address, second.address],
                threshold=2,
                delay_seconds=0,
                procedure=default_procedure_policy(),
            )
            yield World(home, node, deployment, administrator, second)
    finally:
        stop_node(home)


class TroubledNode:
    """
    A real node with troubles on the way to it.

    `lose_requests` loses the next requests with raw transactions before they arrive; `lose_answers` the answers to
    them after. `refuse` makes the node say no to transactions that contain these bytes.
    """

    def __init__(self, node: Connection) -> None:
        self._node = node
        self.lose_requests = 0
        self.lose_answers = 0
        self.down = False
        self.refuse: bytes | None = None
        self.refusal: LedgerError | None = None
        self.sent: list[bytes] = []

    def _check(self) -> None:
        if self.down:
            raise NodeUnreachable(self._node.url, "down for the test")

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any | LedgerError]:
        self._check()
        raws = [bytes.fromhex(str(params[0])[2:]) for method, params in requests if method == "eth_sendRawTransaction"]
        if not raws:
            return self._node.batch(requests)
        if self.lose_requests:
            self.lose_requests -= 1
            raise NodeUnreachable(self._node.url, "lost on the way there")
        self.sent += raws
        refused = [self.refuse is not None and self.refuse in raw for raw in raws]
        passed = [request for request, no in zip(requests, refused, strict=True) if not no]
        answers = iter(self._node.batch(passed))
        if self.lose_answers:
            self.lose_answers -= 1
            raise NodeUnreachable(self._node.url, "lost on the way back")
        assert self.refusal is not None or not any(refused)
        return [self.refusal if no else next(answers) for no in refused]

    def call(self, method: str, *params: Any) -> Any:
        self._check()
        return self._node.call(method, *params)

    def head(self) -> Head:
        self._check()
        return self._node.head()

    def code(self, address: str) -> bytes:
        self._check()
        return self._node.code(address)

    def simulate(self, sender: str | None, to: str, data: bytes, block: int | str = "latest") -> bytes:
        self._check()
        return self._node.simulate(sender, to, data, block)

    def one_view(self) -> AbstractContextManager[None]:
        return nullcontext()

    def transaction_count(self, address: str, block: str = "latest") -> int:
        self._check()
        return self._node.transaction_count(address, block)
