"""Several nodes used as one: which is in use, when another takes over, and that one view is of one node."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ledger.chain.connection import Connection, NodeAnswerInvalid, NodeUnreachable
from ledger.chain.nodes import (
    FORK_DEPTH,
    LAG_BLOCKS_MAX,
    LAG_SECONDS_MAX,
    LOOK_SECONDS,
    Nodes,
    NoNodeUsable,
    open_nodes,
)
from ledger.errors import InvalidInput
from tests.stub_node import StubNode, serving


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def look_again(self) -> None:
        self.now += LOOK_SECONDS


@contextmanager
def used(*stubs: StubNode, timeout_seconds: float = 5) -> Iterator[tuple[Nodes, Clock]]:
    clock = Clock()
    with serving(*stubs) as urls, Nodes(urls, timeout_seconds, clock) as nodes:
        yield nodes, clock


def test_one_address_is_one_connection_and_several_are_nodes() -> None:
    with open_nodes("http://127.0.0.1:1") as one, open_nodes("http://127.0.0.1:1, http://127.0.0.1:2") as two:
        assert type(one) is Connection
        assert isinstance(two, Nodes)
        assert two.url == "http://127.0.0.1:1,http://127.0.0.1:2"


@pytest.mark.parametrize("urls", ["http://a,http://a", "http://a,", "http://a,ftp://b", ""])
def test_addresses_that_cannot_be_meant_are_refused(urls: str) -> None:
    with pytest.raises(InvalidInput):
        open_nodes(urls)


def test_the_first_of_equals_is_used_and_kept() -> None:
    first, second = StubNode(), StubNode()
    with used(first, second) as (nodes, clock):
        assert nodes.call("whoami") == first.url
        # A node that is ahead by a block is no reason to leave one that is good.
        second.head += 1
        clock.look_again()
        assert nodes.call("whoami") == first.url == nodes.url
        assert nodes.head().number == 100


@pytest.mark.parametrize("mode", ["gone", "garbage", "busy", "slow"])
def test_a_request_that_fails_goes_to_another_node(mode: str) -> None:
    first, second = StubNode(), StubNode()
    with used(first, second, timeout_seconds=0.4) as (nodes, _):
        assert nodes.call("whoami") == first.url
        first.mode = mode
        assert nodes.call("whoami") == second.url
        assert nodes.batch([("whoami", []), ("eth_chainId", [])]) == [second.url, "0x7"]
        troubles = [node.trouble for node in nodes.health()]
        assert troubles[0] is not None
        assert troubles[1] is None


def test_a_dead_node_rests_longer_each_time_and_is_used_again_when_it_is_needed() -> None:
    first, second = StubNode(), StubNode()
    with used(first, second) as (nodes, clock):
        first.mode = "gone"
        assert nodes.call("whoami") == second.url
        first.asked.clear()
        first.mode = "well"
        assert nodes.call("whoami") == second.url
        assert first.asked == [], "it rests"
        clock.now += 2 * LOOK_SECONDS
        assert nodes.call("whoami") == second.url
        assert nodes.health()[0].trouble is None
        second.mode = "gone"
        assert nodes.call("whoami") == first.url


def test_where_all_fail_each_is_named_with_its_reason() -> None:
    first, second = StubNode(), StubNode()
    with used(first, second) as (nodes, _):
        first.mode, second.mode = "gone", "busy"
        with pytest.raises(NoNodeUsable) as refused:
            nodes.call("whoami")
        assert first.url in str(refused.value)
        assert "HTTP 503" in str(refused.value)
        second.mode = "well"
        assert nodes.call("whoami") == second.url, "no rest where nothing else is left"


def test_a_node_that_looks_well_and_fails_every_request_does_not_hold_a_caller_for_ever() -> None:
    class Choosy(StubNode):
        def respond(self, body: bytes) -> bytes:
            return b"{}" if b"whoami" in body else super().respond(body)

    first, second = Choosy(), Choosy()
    with used(first, second) as (nodes, _), pytest.raises(NodeAnswerInvalid):
        nodes.call("whoami")
    assert first.asked.count("eth_chainId") <= 3


@pytest.mark.parametrize(("behind", "left"), [(LAG_BLOCKS_MAX, False), (LAG_BLOCKS_MAX + 1, True)])
def test_a_node_that_lags_is_left(behind: int, left: bool) -> None:
    first, second = StubNode(), StubNode()
    with used(first, second) as (nodes, clock):
        assert nodes.call("whoami") == first.url
        second.head += behind
        clock.look_again()
        assert nodes.call("whoami") == (second.url if left else first.url)
        if left:
            assert nodes.health()[0].trouble == f"it lags: its newest block is 100, another node has {100 + behind}"
        first.head = second.head
        clock.look_again()
        nodes.call("whoami")
        assert nodes.health()[0].trouble is None


@pytest.mark.parametrize(("older", "left"), [(LAG_SECONDS_MAX - 1, False), (LAG_SECONDS_MAX, True)])
def test_a_node_whose_newest_block_is_old_and_not_the_newest_is_left(older: int, left: bool) -> None:
    first, second = StubNode(), StubNode()
    with used(first, second) as (nodes, clock):
        assert nodes.call("whoami") == first.url
        second.head, second.timestamps = 101, second.timestamps + older
        clock.look_again()
        assert nodes.call("whoami") == (second.url if left else first.url)


def test_the_time_of_the_same_block_does_not_matter() -> None:
    # On a chain that makes blocks on demand the newest may be hours old.
    first, second = StubNode(), StubNode()
    with used(first, second) as (nodes, clock):
        assert nodes.call("whoami") == first.url
        clock.look_again()
        assert nodes.call("whoami") == first.url


@pytest.mark.parametrize(("depth", "left"), [(FORK_DEPTH - 1, False), (FORK_DEPTH, True)])
def test_a_node_on_another_branch_than_most_is_left_once_the_branch_is_deep(depth: int, left: bool) -> None:
    stubs = StubNode(branch="b"), StubNode(), StubNode()
    for stub in stubs:
        stub.forked_at = stub.head - depth - 1
    with used(*stubs) as (nodes, _):
        assert nodes.call("whoami") == (stubs[1].url if left else stubs[0].url)
        troubles = [node.trouble for node in nodes.health()]
        assert (troubles[0] is not None) == left
        assert troubles[1:] == [None, None]


def test_two_branches_of_equal_size_leave_the_first_in_use() -> None:
    first, second = StubNode(branch="a"), StubNode(branch="b", head=103)
    with used(first, second) as (nodes, _):
        assert nodes.call("whoami") == first.url


def test_a_node_on_another_chain_is_never_used() -> None:
    first, second, third = StubNode(chain_id=8, head=900), StubNode(), StubNode()
    with used(first, second, third) as (nodes, _):
        assert nodes.call("whoami") == second.url
        assert nodes.health()[0].trouble == "it is on chain 8, the others on 7"


def test_who_takes_over_is_the_one_that_is_farthest() -> None:
    first, second, third = StubNode(head=104), StubNode(head=102), StubNode(head=103)
    with used(first, second, third) as (nodes, _):
        assert nodes.call("whoami") == first.url
        first.mode = "gone"
        assert nodes.call("whoami") == third.url


def test_one_view_is_of_one_node_though_a_better_one_comes_up() -> None:
    first, second = StubNode(), StubNode()
    with used(first, second) as (nodes, clock):
        with nodes.one_view():
            assert nodes.call("whoami") == first.url
            second.head += 50
            clock.look_again()
            with nodes.one_view():
                assert nodes.call("whoami") == first.url
            assert nodes.head().number == 100
        assert nodes.call("whoami") == second.url


def test_one_view_fails_with_its_node_and_the_next_has_another() -> None:
    first, second = StubNode(), StubNode()
    with used(first, second) as (nodes, _):
        with nodes.one_view():
            assert nodes.call("whoami") == first.url
            first.mode = "gone"
            with pytest.raises(NodeUnreachable, match=first.url):
                nodes.call("whoami")
            first.mode = "well"
        assert nodes.call("whoami") == second.url
        with nodes.one_view():
            assert nodes.call("whoami") == second.url


def test_a_view_is_of_its_thread_alone() -> None:
    first, second = StubNode(), StubNode()
    with used(first, second) as (nodes, clock), nodes.one_view():
        assert nodes.call("whoami") == first.url
        second.head += 50
        clock.look_again()
        found: list[str] = []
        thread = threading.Thread(target=lambda: found.append(nodes.call("whoami")))
        thread.start()
        thread.join()
        assert found == [second.url]
        assert nodes.call("whoami") == first.url


def test_refusals_are_answers_and_go_to_nobody_else() -> None:
    class Refusing(StubNode):
        def respond(self, body: bytes) -> bytes:
            if b"whoami" not in body:
                return super().respond(body)
            return b'{"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "nonce too low"}}'

    first, second = Refusing(), StubNode()
    with used(first, second) as (nodes, _):
        with pytest.raises(Exception, match="nonce too low"):
            nodes.call("whoami")
        assert nodes.health()[0].trouble is None
        assert "whoami" not in second.asked
