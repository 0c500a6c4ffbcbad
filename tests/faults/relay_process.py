"""
A relay in a process of its own, for tests that kill it.

It accepts commands from files, one per line, and works until everything has ended. `--die-at N` ends the process
without any farewell at its N-th step, where a step is a moment before or after something it does to the database or the
node.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ledger.chain.command_json import command_from_json
from ledger.chain.connection import Connection
from ledger.chain.deployment import Deployment
from ledger.chain.signers import LocalSigner
from ledger.chain.typed_data import SignedCommand
from ledger.domain.terms import Authorization
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

    def __init__(self, url: str, steps: Steps) -> None:
        super().__init__(url)
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


def main() -> None:
    """Accept, say so, and bring everything to its end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--deployment", type=Path, required=True)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--commands", type=Path)
    parser.add_argument("--die-at", type=int)
    options = parser.parse_args()

    steps = Steps(options.die_at)
    deployment = Deployment.from_json(json.loads(options.deployment.read_text(encoding="utf-8")))
    with SteppingConnection(options.url, steps) as node, OperationalStore(options.database) as store:
        for name in ("accept", "claim", "put_back", "end"):
            setattr(store.outbox, name, steps.around(getattr(store.outbox, name)))
        relay = Relay(node, deployment, store, LocalSigner(RELAYER_KEY))
        if options.commands:
            for line in options.commands.read_text(encoding="utf-8").splitlines():
                operation = relay.accept(signed_from_json(line))
                # This line is what the caller of a command hears.
                sys.stdout.write(operation.id + "\n")
                sys.stdout.flush()
        while True:
            progress = relay.run_once()
            backlog = relay.backlog()
            if progress.held and not progress.moved and not backlog.accepted and not backlog.sent:
                break
        relay.close()
    sys.stdout.write(f"done {steps.taken}\n")


if __name__ == "__main__":
    main()
