"""
Several nodes that are used as one.

One node of the list is in use, and stays so while it is good: answers of two nodes are never mixed without need. Every
few seconds all are looked at, and one that does not answer, is on another chain, lags behind, or stands on another
branch than the others is left alone until it is good again. A request that fails goes to another node, whole: a
request, or a batch, is one view of the chain. Where several requests must fit together they are made inside `one_view`;
inside it a failing node ends the whole, with an error, and whoever repeats it gets another node.

A node that is put in use is the one that is farthest, so that what was seen before is, as a rule, seen again. It may
still lack the newest block of the one before: that is as if the newest block had been reorganised, and those who read
blocks compare parent hashes.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ledger.chain.connection import Connection, Head, NodeAnswerInvalid, NodeUnreachable
from ledger.errors import InvalidInput, LedgerError, Unavailable

LAG_BLOCKS_MAX: Final = 5
"""A node that lacks more blocks than this, of those that the farthest has, lags."""

LAG_SECONDS_MAX: Final = 30
"""A node that lacks blocks and whose newest is older than the farthest's by more than this lags."""

FORK_DEPTH: Final = 6
"""
Nodes are compared at the block that lies this many under the newest that all who do not lag have. Nearer the top they
differ for a moment as a matter of course where a network has no finality.
"""

LOOK_SECONDS: Final = 5.0
"""How often all nodes are looked at."""

ANSWER_SECONDS_MAX: Final = 3.0
"""How long a node that is looked at may take to answer."""

REST_SECONDS_MAX: Final = 60.0
"""A node that does not answer is asked again after 5, 10, 20, … seconds, at most these."""

Answer = TypeVar("Answer")


class NoNodeUsable(NodeUnreachable):
    """None of the nodes can be used, each for the reason given."""

    def __init__(self, troubles: Mapping[str, str | None]) -> None:
        told = "; ".join(f"{url}: {trouble}" for url, trouble in troubles.items())
        Unavailable.__init__(self, f"none of the {len(troubles)} nodes can be used: {told}")
        self.url, self.reason = ",".join(troubles), told


@dataclass(slots=True)
class _Member:
    """A node of the list, and what was found when it was last looked at."""

    url: str
    connection: Connection
    looking: Connection
    """For looks, which wait less long than requests."""

    head: Head | None = None
    chain_id: int | None = None
    trouble: str | None = "was not asked yet"
    """Why it cannot be used; None where it can."""

    failures: int = 0
    rest_until: float = 0.0


@dataclass(frozen=True, slots=True)
class NodeHealth:
    """How a node of the list stands."""

    url: str
    in_use: bool
    head: int | None
    trouble: str | None


def open_nodes(urls: str, timeout_seconds: float = 30) -> Connection:
    """
    A connection to the node, or the nodes, at an address or several separated by commas.

    Raises
    ------
    InvalidInput
    """
    addresses = [each.strip() for each in urls.split(",")]
    if len(addresses) == 1:
        return Connection(addresses[0], timeout_seconds)
    return Nodes(addresses, timeout_seconds)


class Nodes(Connection):
    """
    Several nodes of one chain. Safe to share between threads.

    Parameters
    ----------
    urls
        The nodes' addresses. Where several are equally good the first is taken.
    timeout_seconds
        How long to wait for an answer to a request.
    clock
        Seconds that only go forward.
    """

    def __init__(
        self, urls: Sequence[str], timeout_seconds: float = 30, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not urls or len(set(urls)) != len(urls):
            raise InvalidInput("node addresses", ",".join(urls), "one or more different addresses between commas")
        super().__init__(urls[0], timeout_seconds)
        self._members = [
            _Member(url, Connection(url, timeout_seconds), Connection(url, min(ANSWER_SECONDS_MAX, timeout_seconds)))
            for url in urls
        ]
        self._clock = clock
        self._look = threading.Lock()
        self._look_at = clock()
        self._used: _Member | None = None
        self._pinned = threading.local()

    def close(self) -> None:
        """Close all connections."""
        super().close()
        for member in self._members:
            member.connection.close()
            member.looking.close()

    @property
    def url(self) -> str:
        """The address of the node in use; all of them while there is none."""
        used = self._pin or self._used
        return used.url if used is not None else ",".join(member.url for member in self._members)

    def health(self) -> list[NodeHealth]:
        """How every node stood when it was last looked at, in the order of the list."""
        return [
            NodeHealth(each.url, each is self._used, each.head.number if each.head else None, each.trouble)
            for each in self._members
        ]

    @contextmanager
    def one_view(self) -> Iterator[None]:
        """
        Requests of this thread inside the block go to one node. If it fails, they fail.

        Raises
        ------
        NoNodeUsable
        """
        if self._pin is not None:
            yield
            return
        self._pinned.member = self._good()
        try:
            yield
        finally:
            self._pinned.member = None

    def call(self, method: str, *params: Any) -> Any:
        """The result of one request, of a node that is good."""
        return self._ask(lambda connection: connection.call(method, *params))

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any | LedgerError]:
        """The results of several requests, all of one node that is good."""
        return self._ask(lambda connection: connection.batch(requests))

    # --------------------------------------------------------------------------------------------------------- asking

    @property
    def _pin(self) -> _Member | None:
        found: _Member | None = getattr(self._pinned, "member", None)
        return found

    def _ask(self, question: Callable[[Connection], Answer]) -> Answer:
        pinned = self._pin
        if pinned is not None:
            try:
                return question(pinned.connection)
            except (NodeUnreachable, NodeAnswerInvalid) as error:
                self._failed(pinned, error)
                raise
        for tries_left in reversed(range(len(self._members))):
            member = self._good()
            try:
                return question(member.connection)
            except (NodeUnreachable, NodeAnswerInvalid) as error:
                self._failed(member, error)
                if not tries_left:
                    raise
        raise AssertionError("there is at least one node")

    def _failed(self, member: _Member, error: LedgerError) -> None:
        with self._look:
            self._rest(member, error)
            # Who takes over is decided on fresh news.
            self._look_at = self._clock()

    def _rest(self, member: _Member, error: LedgerError) -> None:
        """Leave a node alone for a while that gave no answer, or none that means anything."""
        member.trouble = error.reason if isinstance(error, NodeUnreachable) else str(error)
        member.head = None
        member.rest_until = self._clock() + min(REST_SECONDS_MAX, LOOK_SECONDS * 2**member.failures)
        member.failures = min(member.failures + 1, 10)

    # --------------------------------------------------------------------------------------------------------- looking

    def _good(self) -> _Member:
        """The node to use now."""
        with self._look:
            # Where none is left, news is worth more than rest.
            if self._clock() >= self._look_at or not self._usable():
                self._look_at_all()
                self._look_at = self._clock() + LOOK_SECONDS
            used = self._used
            if used is None or used.trouble is not None:
                used = self._used = self._farthest()
            return used

    def _usable(self) -> list[_Member]:
        return [member for member in self._members if member.trouble is None and member.head is not None]

    def _farthest(self) -> _Member:
        usable = self._usable()
        if not usable:
            raise NoNodeUsable({member.url: member.trouble for member in self._members})
        return max(usable, key=lambda member: member.head.number if member.head else -1)

    def _look_at_all(self) -> None:
        now, nothing_left = self._clock(), not self._usable()
        for member in self._members:
            # Where nothing else is left, one that failed a moment ago is tried again rather than none.
            if now >= member.rest_until or nothing_left:
                self._ask_head(member)
        answering = [member for member in self._members if member.head is not None]
        self._leave_out_strangers(answering)
        answering = [member for member in answering if member.trouble is None]
        self._leave_out_laggards(answering)
        self._leave_out_forked([member for member in answering if member.trouble is None])

    def _ask_head(self, member: _Member) -> None:
        try:
            member.chain_id, member.head = member.looking.chain_id(), member.looking.head()
        except LedgerError as error:
            self._rest(member, error)
            return
        except (TypeError, KeyError, ValueError):
            self._rest(member, NodeAnswerInvalid(member.url, "no block number, hash or time"))
            return
        member.trouble, member.failures, member.rest_until = None, 0, 0.0

    def _leave_out_strangers(self, answering: Sequence[_Member]) -> None:
        ids = Counter(member.chain_id for member in answering)
        if len(ids) > 1:
            # Ties go to the id that comes first in the list: Counter keeps the order of what it has counted.
            ours = ids.most_common(1)[0][0]
            for member in answering:
                if member.chain_id != ours:
                    member.trouble = f"it is on chain {member.chain_id}, the others on {ours}"

    def _leave_out_laggards(self, answering: Sequence[_Member]) -> None:
        heads = [member.head for member in answering if member.head is not None]
        if not heads:
            return
        best = max(heads, key=lambda head: head.number)
        for member in answering:
            head = member.head
            assert head is not None, "only those that answered are here"
            lacks, older = best.number - head.number, best.timestamp - head.timestamp
            if lacks > LAG_BLOCKS_MAX or (lacks and older > LAG_SECONDS_MAX):
                member.trouble = f"it lags: its newest block is {head.number}, another node has {best.number}"

    def _leave_out_forked(self, good: Sequence[_Member]) -> None:
        heads = [member.head.number for member in good if member.head is not None]
        if len(heads) < 2 or min(heads) < FORK_DEPTH:
            return
        number = min(heads) - FORK_DEPTH
        found: dict[str, bytes | None] = {}
        for member in good:
            try:
                found[member.url] = member.looking.block_hash(number)
            except LedgerError as error:
                self._rest(member, error)
        branches = Counter(found.values())
        if len(branches) < 2:
            return
        ours = branches.most_common(1)[0][0]
        for member in good:
            if member.url in found and found[member.url] != ours:
                member.trouble = f"it stands on another branch than most: its block {number} is not theirs"
