"""
A relay in a process of its own, for tests that kill it.

It accepts commands from files, one per line, and works until everything has ended. `--die-at N` ends the process
without any farewell at its N-th step, where a step is a moment before or after something it does to the database or the
node. `--patient` tries again what a node or a database could not do, as the server and its callers do.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ledger.chain.command_json import command_from_json
from ledger.chain.connection import Connection
from ledger.chain.deployment import Deployment
from ledger.chain.signers import LocalSigner
from ledger.chain.typed_data import SignedCommand
from ledger.domain.terms import Authorization
from ledger.errors import Unavailable
from ledger.relay import Relay
from ledger.store.operational import OperationalStore
from tests.relay_world import RELAYER_KEY


class Steps:
    """Counts steps, and dies at one of them as if the power had gone."""

    def __init__(self, die_at: int | None) -> None:
        self.taken = 0
        self._die_at = die_at

    def step(self) -> None:
        self.taken += 1
        if self.taken == self._die_at:
            os._exit(9)

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*args: Any, **kwargs: Any) -> Any:
            self.step()
            result = function(*args, **kwargs)
            self.step()
            return result

        return stepping


class SteppingConnection(Connection):
    """A connection whose every request is two steps: before it leaves, and after it was answered."""

    def __init__(self, url: str, steps: Steps, timeout_seconds: float) -> None:
        super().__init__(url, timeout_seconds)
        self._steps = steps

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        return list(self._steps.around(super().batch)(requests))

    def call(self, method: str, *params: Any) -> Any:
        return self._steps.around(super().call)(method, *params)


def signed_from_json(line: str) -> SignedCommand:
    """A signed command out of a line."""
    told = json.loads(line)
    authorization = Authorization(
        told["signer"], int(told["operation"]), told["deadline"], bytes.fromhex(told["signature"])
    )
    return SignedCommand(command_from_json(told["name"], told["command"]), authorization)


Answer = TypeVar("Answer")


def again(do: Callable[[], Answer], patient: bool) -> Answer:
    """Do something; where the process is patient, until a node and a database let it."""
    while True:
        try:
            return do()
        except Unavailable as error:
            if not patient:
                raise
            sys.stderr.write(f"waits: {error}\n")
            time.sleep(0.05)


def main() -> None:
    """Accept, say so, and bring everything to its end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--deployment", type=Path, required=True)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--commands", type=Path)
    parser.add_argument("--die-at", type=int)
    parser.add_argument("--patient", action="store_true")
    parser.add_argument("--timeout", type=float, default=30)
    options = parser.parse_args()

    steps = Steps(options.die_at)
    deployment = Deployment.from_json(json.loads(options.deployment.read_text(encoding="utf-8")))
    with SteppingConnection(options.url, steps, options.timeout) as node, OperationalStore(options.database) as store:
        for name in ("accept", "claim", "put_back", "end"):
            setattr(store.outbox, name, steps.around(getattr(store.outbox, name)))
        relay = Relay(node, deployment, store, LocalSigner(RELAYER_KEY))
        if options.commands:
            for line in options.commands.read_text(encoding="utf-8").splitlines():
                operation = again(partial(relay.accept, signed_from_json(line)), options.patient)
                # This line is what the caller of a command hears.
                sys.stdout.write(operation.id + "\n")
                sys.stdout.flush()
        while True:
            progress = again(relay.run_once, options.patient)
            backlog = again(relay.backlog, options.patient)
            if progress.held and not progress.moved and not backlog.accepted and not backlog.sent:
                break
        again(relay.close, options.patient)
    sys.stdout.write(f"done {steps.taken}\n")


if __name__ == "__main__":
    main()
