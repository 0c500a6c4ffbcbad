"""Publishing through nodes that try a call in their newest block, which is the one that was looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ledger.cli import giving, score_runs
from ledger.domain.refusals.scores import ScoreRunBlockInvalid
from ledger.errors import Unavailable

BLOCK = 7


@dataclass
class Node:
    """A node whose calls see the head as the present block; it makes a block after some looks."""

    looks_until_next: int
    looks: int = 0
    tried: list[bool] = field(default_factory=list)

    @property
    def number(self) -> int:
        return BLOCK + (self.looks >= self.looks_until_next)

    def head(self) -> Any:
        self.looks += 1
        return SimpleNamespace(number=self.number)

    def give(self, *_: object, yes: bool) -> str:
        self.tried.append(yes)
        if self.number <= BLOCK:
            raise ScoreRunBlockInvalid(BLOCK, self.number)
        return "given"


def give(node: Node, monkeypatch: pytest.MonkeyPatch, block: int = BLOCK) -> Any:
    monkeypatch.setattr(giving, "give_quietly", node.give)
    monkeypatch.setattr("time.sleep", lambda _: None)
    computed = SimpleNamespace(block=SimpleNamespace(number=block))
    ledger = SimpleNamespace(connection=node)
    return score_runs._give(*cast(Any, (None, ledger, None, None, computed)), yes=False)


def test_the_next_block_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node(looks_until_next=3)
    assert give(node, monkeypatch) == "given"
    # What was agreed to once is not asked again.
    assert node.tried == [False, True]


def test_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_runs, "NEXT_BLOCK_SECONDS", 0)
    with pytest.raises(Unavailable, match="no block after 7"):
        give(Node(looks_until_next=10**9), monkeypatch)


def test_a_block_that_is_wrong_for_another_reason_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node(looks_until_next=10**9)
    with pytest.raises(ScoreRunBlockInvalid):
        give(node, monkeypatch, block=BLOCK + 1)
    assert (node.tried, node.looks) == ([False], 0)
