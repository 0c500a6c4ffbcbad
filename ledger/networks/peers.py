"""
Who is whose peer.

A node keeps calling a peer that it was told of, but calls no node twice within half a minute, and two that call each
other at the same moment may both hang up. So one of each pair is told first, and the other only where that did not
bring them together; after a partition, the one that did not call before is free to call at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from itertools import chain, combinations, permutations, product
from typing import Final

from ledger.chain.connection import Connection
from ledger.networks.files import NodeRecord

MEETING_SECONDS: Final = 2.0
"""How long the first of a pair gets to reach the second, before the second is told to call."""

MEETINGS_SECONDS_MAX: Final = 40.0
"""How long all may take to meet: soon after another partition, both of a pair may have called lately."""

_ANSWER_SECONDS_MAX: Final = 10.0
_PAUSE_SECONDS: Final = 0.1
_LOOKS_APART: Final = 3

Pair = tuple[NodeRecord, NodeRecord]


def connect_all(nodes: Sequence[NodeRecord]) -> None:
    """
    Make all nodes each other's peers, and wait until they are, as long as that may take.

    Raises
    ------
    NodeUnreachable
    """
    with ExitStack() as stack:
        open_to = {
            node.name: stack.enter_context(Connection(node.url, timeout_seconds=_ANSWER_SECONDS_MAX)) for node in nodes
        }

        def call(pairs: Iterable[Pair]) -> None:
            for node, other in pairs:
                open_to[node.name].call("admin_addPeer", other.enode)

        def apart(pairs: Iterable[Pair]) -> list[Pair]:
            met = {name: _peers(connection) for name, connection in open_to.items()}
            return [(node, other) for node, other in pairs if other.public_key not in met[node.name]]

        def wait(pairs: list[Pair], seconds: float) -> list[Pair]:
            deadline = time.monotonic() + seconds
            while pairs and time.monotonic() < deadline:
                time.sleep(_PAUSE_SECONDS)
                pairs = apart(pairs)
            return pairs

        for node, other in permutations(nodes, 2):
            # A node that is full lets in whom it trusts.
            open_to[node.name].call("admin_addTrustedPeer", other.enode)
        missing = apart(combinations(nodes, 2))
        call(missing)
        missing = wait(missing, MEETING_SECONDS)
        call((other, node) for node, other in missing)
        wait(missing, MEETINGS_SECONDS_MAX)


def separate(groups: Sequence[Sequence[NodeRecord]]) -> None:
    """
    Make the nodes of different groups hang up on each other and not call again.

    A call that was under way when they were told still comes through, so it is looked whether they stay apart.

    Raises
    ------
    NodeUnreachable
    """
    pairs = [pair for ours, theirs in combinations(groups, 2) for pair in product(ours, theirs)]
    with ExitStack() as stack:
        open_to = {
            node.name: stack.enter_context(Connection(node.url, timeout_seconds=_ANSWER_SECONDS_MAX))
            for node in chain.from_iterable(groups)
        }
        apart = 0
        while apart < _LOOKS_APART:
            for node, other in pairs:
                open_to[node.name].call("admin_removePeer", other.enode)
                open_to[other.name].call("admin_removePeer", node.enode)
            met = {name: _peers(connection) for name, connection in open_to.items()}
            apart = 0 if any(other.public_key in met[node.name] for node, other in pairs) else apart + 1
            if apart < _LOOKS_APART:
                time.sleep(_PAUSE_SECONDS)


def make_blocks(nodes: Iterable[NodeRecord]) -> None:
    """
    Tell the validators among the nodes to make blocks; one that does so already goes on.

    They are told when they have their peers. One that began alone would seal a first block of its own, which is of no
    use to anybody, and would have to wait for the others to make two.
    """
    for node in nodes:
        if node.validator:
            with Connection(node.url, timeout_seconds=_ANSWER_SECONDS_MAX) as connection:
                connection.call("miner_start")


def pause_blocks(nodes: Iterable[NodeRecord]) -> None:
    """Tell the validators among the nodes to make no blocks until they are told to."""
    for node in nodes:
        if node.validator:
            with Connection(node.url, timeout_seconds=_ANSWER_SECONDS_MAX) as connection:
                connection.call("miner_stop")


def _peers(connection: Connection) -> set[str]:
    """Public keys of a node's peers."""
    return {_public_key(str(peer["enode"])) for peer in connection.call("admin_peers")}


def _public_key(enode: str) -> str:
    return enode.removeprefix("enode://").partition("@")[0]
