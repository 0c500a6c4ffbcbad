"""
A ledger for tests of the API: the real stores, queries, reports and relay, on a chain that was made by hand.

Only the node is fake: it has a head, and says yes or no to what the relay tries on it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI

from api.deps import _now
from api.main import create_app
from api.settings import ApiSettings
from ledger.administration import Administration
from ledger.bootstrap import Ledger, score_runs_of
from ledger.chain.command_json import command_to_json
from ledger.chain.connection import Connection, Head, NodeUnreachable
from ledger.chain.contracts import CONTRACTS
from ledger.chain.deployment import Deployment
from ledger.chain.keys import KeyStore
from ledger.chain.reader import ChainReader
from ledger.chain.signers import LocalSigner
from ledger.chain.typed_data import typed_data
from ledger.commands import Commands
from ledger.config import Settings
from ledger.dialogue import Dialogue
from ledger.domain.commands import Command
from ledger.domain.events import ProcedurePolicyPublished, SignerAdded, TransferConfirmed, TransferRecorded
from ledger.domain.moments import format_moment
from ledger.domain.terms import Authorization
from ledger.errors import LedgerError
from ledger.follower import Follower
from ledger.home import Home
from ledger.policies import default_procedure_policy
from ledger.relay import Relay
from ledger.reports import Reports
from ledger.store.engine import open_engine
from ledger.store.operational import OperationalStore
from ledger.store.projection import Projector, Queries
from tests.unit.chain_builder import (
    DISTRICT,
    GENESIS_AT,
    HARBOUR,
    PROVINCE,
    FakeChain,
    backfilled,
    digest,
    evidence,
    founded,
    outcome,
    taken_on,
)

NOW = GENESIS_AT + 500_000
"""The clock of the API in these tests."""

DAY = 86_400
SIGNER = LocalSigner(b"\x21" * 32)
STRANGER = LocalSigner(b"\x22" * 32)

DEPLOYMENT = Deployment(
    chain_id=5_504_598_207_119_106,
    addresses={name: "0x" + f"{number:040x}" for number, name in enumerate(CONTRACTS, start=0x1001)},
    block=1,
    block_hash=digest("deployment"),
)


@dataclass
class FakeNode:
    """What the API and the relay see of a node."""

    chain: FakeChain
    refusal: LedgerError | None = None
    """What the contract says to every command."""
    down: bool = False
    tried: list[dict[str, Any]] = field(default_factory=list)
    url: str = "http://user:secret@node.example:8545/key"

    def _answer(self) -> None:
        if self.down:
            raise NodeUnreachable(self.url, "connection refused")

    def head(self) -> Head:
        self._answer()
        newest = self.chain.head()
        return Head(newest.number, newest.hash, newest.timestamp)

    def code(self, address: str) -> bytes:
        self._answer()
        return b""

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        self._answer()
        answers: list[Any] = []
        for method, parameters in requests:
            if method == "eth_getBlockByNumber":
                newest = self.chain.head()
                answers.append({"number": hex(newest.number), "timestamp": hex(newest.timestamp)})
            else:
                self.tried.append(parameters[0])
                answers.append("0x" if self.refusal is None else self.refusal)
        return answers


@dataclass
class World:
    """An open ledger on a fake node."""

    chain: FakeChain
    node: FakeNode
    ledger: Ledger

    def prepared(self, command: Command, signer: LocalSigner = SIGNER) -> dict[str, Any]:
        """A signed submission, made without the API."""
        operation = self.ledger.store.operation_numbers.next(signer.address, DEPLOYMENT.addresses[command.contract])
        unsigned = Authorization(signer.address, operation, int(time.time()) + 3_600, b"")
        document = typed_data(command, unsigned, DEPLOYMENT.domain(command.contract))
        return {
            "signer": signer.address,
            "operation": str(operation),
            "deadline": format_moment(unsigned.deadline),
            "command": command_to_json(command),
            "signature": "0x" + signer.sign_typed_data(document).hex(),
        }

    def app(self, **settings: Any) -> FastAPI:
        """The API on this ledger, without background work and with a fixed clock."""

        @contextmanager
        def opened(_: ApiSettings) -> Iterator[Ledger]:
            yield self.ledger

        app = create_app(ApiSettings(self.ledger.settings, **settings), opened, work=False)

        async def now() -> int:
            return NOW

        app.dependency_overrides[_now] = now
        return app


def busy_chain() -> FakeChain:
    """The founded chain with commitments of every state, evidence and transfers."""
    chain = founded()
    chain.add(
        SignerAdded(DISTRICT, SIGNER.address), ProcedurePolicyPublished(1, default_procedure_policy(), GENESIS_AT)
    )
    past = GENESIS_AT - 400 * DAY
    chain.add(
        *(backfilled(each, (DISTRICT, PROVINCE, HARBOUR)[each % 3], past, past + each * DAY) for each in range(1, 61))
    )
    chain.add(
        *(
            outcome(each, (DISTRICT, PROVINCE, HARBOUR)[each % 3], (10_000, 5_000, 0)[each % 7 % 3], past + each * DAY)
            for each in range(1, 61, 2)
        )
    )
    promises = (taken_on(each, DISTRICT, PROVINCE, GENESIS_AT + each * 10_000) for each in range(61, 101))
    chain.add(*(event for promise in promises for event in promise))
    chain.add(evidence(61, DISTRICT, GENESIS_AT + 3, "9"))
    chain.add(outcome(61, DISTRICT, 10_000, GENESIS_AT + 4, by=PROVINCE))
    chain.add(
        TransferRecorded(1, 1, PROVINCE, DISTRICT, b"CNY", 1_250_000, GENESIS_AT + 5, "BANK-1"),
        TransferRecorded(2, 1, HARBOUR, DISTRICT, b"JPY", 7_000, GENESIS_AT + 5, "BANK-2"),
        TransferConfirmed(1, DISTRICT, b"CNY", 1_250_000, GENESIS_AT + 6),
    )
    return chain


@contextmanager
def world(folder: Path, chain: FakeChain | None = None) -> Iterator[World]:
    """A ledger in a folder, projected up to the chain's head."""
    chain = busy_chain() if chain is None else chain
    node = FakeNode(chain)
    settings = Settings(folder)
    with OperationalStore(folder / "operational.sqlite") as store:
        engine = open_engine(folder / "projection.sqlite", durable=False)
        try:
            projector, queries = Projector(engine), Queries(engine)
            follower = Follower(chain, projector)
            follower.sync()
            relay = Relay(cast(Any, node), DEPLOYMENT, store, LocalSigner(b"\x31" * 32))
            commands = Commands(
                cast(Connection, node),
                DEPLOYMENT,
                relay,
                store.operation_numbers,
                names=queries.government_name,
                proposed_call=lambda _: None,
                catch_up=follower.sync,
            )
            ledger = Ledger(
                settings=settings,
                home=Home(folder),
                connection=cast(Connection, node),
                deployment=DEPLOYMENT,
                reader=cast(ChainReader, chain),
                store=store,
                projector=projector,
                queries=queries,
                follower=follower,
                reports=Reports(queries, store.aliases.all, clock=lambda: NOW),
                score_runs=score_runs_of(Home(folder), queries, DEPLOYMENT),
                dialogue=Dialogue(queries, store.dialogues, DEPLOYMENT, folder / "dialogue", lambda *_: False),
                relay=relay,
                commands=commands,
                administration=cast(Administration, None),
                keys=cast(KeyStore, None),
            )
            yield World(chain, node, ledger)
        finally:
            engine.dispose()
