"""
Joining branches that stopped.

With Clique a signer that has made a block must wait for others before it makes another: of 4 validators, for 2. Two
halves of 2 therefore each make a block or two and stop. A block in its maker's turn weighs 2, any other 1. Where the
branches weigh differently, nodes take the heavier one by themselves within seconds of meeting again. Where one half has
a block in turn and the other two out of turn they weigh the same: then neither has reason to leave its own branch, and
neither can go on. That happened in one of some ten partitions, and an operator has to choose. The nodes of the branch
that is not chosen go back to the block that all have in common and are given the other branch; the transactions of the
blocks that they gave up are in no block then, and whoever sent them sends them again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.chain.connection import Connection, quantity
from ledger.networks.files import NodeRecord
from ledger.networks.peers import make_blocks, pause_blocks

BY_ITSELF_SECONDS: Final = 15.0
"""How long nodes get to agree by themselves: they ask their peers for heavier branches every ten seconds."""

BLOCKS_BACK_MAX: Final = 100_000
"""How far back the common block is looked for."""

_PAUSE_SECONDS: Final = 0.2
_ANSWER_SECONDS_MAX: Final = 10.0


@dataclass(frozen=True, slots=True)
class Joined:
    """What it took to bring the nodes together."""

    head: int
    """The number of the chosen branch's newest block."""

    common: int
    """The newest block that all had in common."""

    rolled_back: Mapping[str, int]
    """How many blocks a node gave up, by the node's name; empty where all agreed by themselves."""


@dataclass(frozen=True, slots=True)
class _Branch:
    number: int
    hash: str
    weight: int


def join(nodes: Sequence[NodeRecord], folder: Path) -> Joined:
    """
    Bring nodes that are each other's peers onto one branch.

    Parameters
    ----------
    folder
        Where the chosen branch's blocks are put for a moment, within the reach of all nodes.

    Raises
    ------
    NodeUnreachable, NodeRefused
    """
    heads = _agreeing(nodes)
    chosen = _choose(list(heads.values()))
    if _on_one_branch(nodes, heads):
        return Joined(chosen.number, min(head.number for head in heads.values()), {})
    keeper = next(node for node in nodes if heads[node.name].hash == chosen.hash)
    common = _common_block(nodes, keeper, heads)
    losers = [node for node in nodes if not (_has(node, chosen) or _has(keeper, heads[node.name]))]
    if losers:
        _follow(losers, keeper, chosen, common, folder)
    return Joined(chosen.number, common, {node.name: heads[node.name].number - common for node in losers})


def _follow(losers: Sequence[NodeRecord], keeper: NodeRecord, chosen: _Branch, common: int, folder: Path) -> None:
    """
    Make nodes give up their branch and take the chosen one.

    They get its blocks in a file: a node asks its peers only for branches that it was told are heavier than its own,
    and nobody tells it about one that has stopped.
    """
    blocks = folder / f"blocks-{chosen.hash}.rlp"
    # While they are without the chosen branch they must not begin yet another one.
    pause_blocks(losers)
    try:
        with Connection(keeper.url, _ANSWER_SECONDS_MAX) as connection:
            connection.call("admin_exportChain", str(blocks), common + 1, chosen.number)
        for node in losers:
            with Connection(node.url, _ANSWER_SECONDS_MAX) as connection:
                connection.call("debug_setHead", hex(common))
                connection.call("admin_importChain", str(blocks))
    finally:
        blocks.unlink(missing_ok=True)
        make_blocks(losers)


def _agreeing(nodes: Sequence[NodeRecord]) -> dict[str, _Branch]:
    """Every node's newest block, after they had time to agree by themselves."""
    deadline = time.monotonic() + BY_ITSELF_SECONDS
    while True:
        heads = {node.name: _head(node) for node in nodes}
        if _on_one_branch(nodes, heads) or time.monotonic() > deadline:
            return heads
        time.sleep(_PAUSE_SECONDS)


def _choose(branches: Sequence[_Branch]) -> _Branch:
    """The heaviest; among equals the one that more nodes are on, and then the one with the lower hash."""
    return max(branches, key=lambda each: (each.weight, sum(other.hash == each.hash for other in branches), each.hash))


def _on_one_branch(nodes: Sequence[NodeRecord], heads: Mapping[str, _Branch]) -> bool:
    """Whether every node has the newest block of the one that is least far: then the others only lead."""
    least = min(heads.values(), key=lambda each: each.number)
    return all(_block_hash(node, least.number) == least.hash for node in nodes)


def _common_block(nodes: Sequence[NodeRecord], keeper: NodeRecord, heads: Mapping[str, _Branch]) -> int:
    number = min(head.number for head in heads.values())
    for back in range(min(number, BLOCKS_BACK_MAX) + 1):
        expected = _block_hash(keeper, number - back)
        if all(_block_hash(node, number - back) == expected for node in nodes):
            return number - back
    return 0


def _has(node: NodeRecord, branch: _Branch) -> bool:
    return _block_hash(node, branch.number) == branch.hash


def _head(node: NodeRecord) -> _Branch:
    found = _block(node, "latest")
    assert found is not None, "a node always has a newest block"
    return _Branch(quantity(found["number"]), str(found["hash"]), quantity(found["totalDifficulty"]))


def weight_of(node: NodeRecord) -> int:
    """The weight of a node's branch: its total difficulty."""
    return _head(node).weight


def _block_hash(node: NodeRecord, number: int) -> str | None:
    found = _block(node, hex(number))
    return None if found is None else str(found["hash"])


def _block(node: NodeRecord, at: str) -> dict[str, Any] | None:
    with Connection(node.url, _ANSWER_SECONDS_MAX) as connection:
        found: dict[str, Any] | None = connection.call("eth_getBlockByNumber", at, False)
        return found
