"""
A relay or a follower on a network, in a process of its own, for tests that kill it.

Nodes that do not answer are waited for, as the server does. The relay accepts commands from a file and works until all
have ended; the follower follows until it is killed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from ledger.chain.connection import Connection
from ledger.chain.deployment import Deployment
from ledger.chain.finality import confirmation_depth
from ledger.chain.nodes import open_nodes
from ledger.chain.reader import ChainReader
from ledger.chain.signers import LocalSigner
from ledger.errors import Unavailable
from ledger.follower import UNDO_BLOCKS, Follower
from ledger.relay import Relay
from ledger.store.engine import open_engine
from ledger.store.operational import OperationalStore
from ledger.store.projection.projector import Projector
from tests.faults.relay_process import signed_from_json
from tests.relay_world import RELAYER_KEY

PAUSE_SECONDS = 0.2


def follower_into(path: Path, node: Connection, deployment: Deployment) -> Follower:
    """A follower as a home has one."""
    return Follower(
        ChainReader(node, deployment),
        Projector(open_engine(path, durable=False)),
        confirmations=confirmation_depth(node),
        undo_blocks=UNDO_BLOCKS,
    )


def relay(node: Connection, deployment: Deployment, database: Path, commands: Path | None) -> None:
    """Accept, say so, and bring everything to its end."""
    with OperationalStore(database) as store:
        relay = Relay(node, deployment, store, LocalSigner(RELAYER_KEY), confirmation_depth=confirmation_depth(node))
        for line in commands.read_text(encoding="utf-8").splitlines() if commands else ():
            # This line is what the caller of a command hears.
            sys.stdout.write(relay.accept(signed_from_json(line)).id + "\n")
            sys.stdout.flush()
        while True:
            try:
                progress = relay.run_once()
            except Unavailable:
                time.sleep(PAUSE_SECONDS)
                continue
            backlog = relay.backlog()
            if progress.held and not backlog.accepted and not backlog.sent:
                break
            if not progress.moved:
                time.sleep(PAUSE_SECONDS)
        relay.close()
    sys.stdout.write("done\n")


def follow(node: Connection, deployment: Deployment, projection: Path) -> None:
    """Follow for ever."""
    follower = follower_into(projection, node, deployment)
    while True:
        try:
            follower.sync()
        except Unavailable:
            time.sleep(PAUSE_SECONDS)
        time.sleep(PAUSE_SECONDS)


def main() -> None:
    """Be what was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--deployment", type=Path, required=True)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--commands", type=Path)
    parser.add_argument("--projection", type=Path)
    options = parser.parse_args()
    deployment = Deployment.from_json(json.loads(options.deployment.read_text(encoding="utf-8")))
    with open_nodes(options.url, timeout_seconds=10) as node:
        if options.projection:
            follow(node, deployment, options.projection)
        relay(node, deployment, options.database, options.commands)


if __name__ == "__main__":
    main()
