"""The thread that makes blocks: who is answered what, and in which order transactions come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from eth_hash.auto import keccak

from ledger.chain.embedded.blocks import Assembly
from ledger.chain.embedded.chain import EmbeddedChain
from ledger.chain.embedded.errors import (
    ChainStoreWriteFailed,
    EmbeddedChainError,
    ProducerStopped,
    Rule,
    TransactionRefused,
)
from ledger.chain.embedded.producer import BlockProducer, in_nonce_order
from ledger.chain.embedded.rules import BLOCK_GAS_ENOUGH
from ledger.chain.embedded.transactions import Transaction
from tests.embedded_probe import Sender

NOBODY = b"\x22" * 20
SECONDS = 30


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[EmbeddedChain]:
    chain = EmbeddedChain.open(tmp_path / "chain.sqlite")
    yield chain
    chain.close()


@pytest.fixture
def sender(chain: EmbeddedChain) -> Sender:
    return Sender(chain.chain_id)


@pytest.fixture
def producer(chain: EmbeddedChain) -> Iterator[BlockProducer]:
    """A producer that a test starts when what it submits is in the queue."""
    producer = BlockProducer(chain)
    yield producer
    if producer._thread.ident is not None:
        producer.stop()


def hook(
    chain: EmbeddedChain, monkeypatch: pytest.MonkeyPatch, before: Callable[[Sequence[Transaction]], None]
) -> None:
    original = chain.add_block

    def add_block(offered: Sequence[Transaction]) -> Assembly:
        before(offered)
        return original(offered)

    monkeypatch.setattr(chain, "add_block", add_block)


def test_what_waits_goes_into_one_block(chain: EmbeddedChain, sender: Sender, producer: BlockProducer) -> None:
    raws = [sender.sign(NOBODY) for _ in range(5)]
    answers = [producer.submit(raw) for raw in reversed(raws)]
    assert producer.next_nonce(sender.address) == 5
    producer.start()
    assert [a.result(SECONDS) for a in answers] == [keccak(raw) for raw in reversed(raws)]
    assert chain.head.number == 1
    assert [t.raw for t in chain.transactions(1)] == raws
    assert producer.next_nonce(sender.address) == 5


def test_what_comes_meanwhile_goes_into_the_next(
    chain: EmbeddedChain, sender: Sender, producer: BlockProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    making, go_on = threading.Event(), threading.Event()

    def wait(_: Sequence[Transaction]) -> None:
        making.set()
        assert go_on.wait(SECONDS)

    hook(chain, monkeypatch, wait)
    producer.start()
    first = producer.submit(sender.sign(NOBODY))
    assert making.wait(SECONDS)
    rest = [producer.submit(sender.sign(NOBODY)) for _ in range(7)]
    assert not first.done()
    go_on.set()
    for answer in [first, *rest]:
        answer.result(SECONDS)
    assert [len(chain.transactions(n)) for n in (1, 2)] == [1, 7]


def test_what_a_block_had_no_room_for_comes_first_in_the_next(
    chain: EmbeddedChain, sender: Sender, producer: BlockProducer
) -> None:
    bombs = [sender.sign(None, b"\xfe", gas=BLOCK_GAS_ENOUGH // 2) for _ in range(5)]
    answers = [producer.submit(raw) for raw in bombs]
    producer.start()
    for answer in answers:
        answer.result(SECONDS)
    assert [len(chain.transactions(n)) for n in (1, 2, 3)] == [2, 2, 1]
    assert [t.raw for n in (1, 2, 3) for t in chain.transactions(n)] == bombs


def test_a_transaction_that_waits_has_one_place(chain: EmbeddedChain, sender: Sender, producer: BlockProducer) -> None:
    raw = sender.sign(NOBODY)
    answer = producer.submit(raw)
    assert producer.submit(raw) is answer
    producer.start()
    answer.result(SECONDS)
    assert len(chain.transactions(1)) == 1
    with pytest.raises(TransactionRefused) as caught:
        producer.submit(raw)
    assert caught.value.rule is Rule.ALREADY_KNOWN


def test_refusals_reach_their_sender_only(chain: EmbeddedChain, sender: Sender, producer: BlockProducer) -> None:
    good = producer.submit(sender.sign(NOBODY))
    gap = producer.submit(sender.sign(NOBODY, nonce=5))
    poor = producer.submit(Sender(chain.chain_id, key=2).sign(NOBODY, value=1))
    producer.start()
    assert good.result(SECONDS)
    with pytest.raises(TransactionRefused, match="nonce too high"):
        gap.result(SECONDS)
    with pytest.raises(TransactionRefused, match="insufficient funds"):
        poor.result(SECONDS)
    assert not producer.has_failed


@pytest.mark.parametrize("error", [ChainStoreWriteFailed(Path("chain"), 1, "disk full"), RuntimeError("engine broke")])
def test_a_block_that_fails_is_told_to_all_and_the_next_one_is_made(
    chain: EmbeddedChain,
    sender: Sender,
    producer: BlockProducer,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    failures = [error]

    def fail_once(_: Sequence[Transaction]) -> None:
        if failures:
            raise failures.pop()

    hook(chain, monkeypatch, fail_once)
    raws = [sender.sign(NOBODY) for _ in range(3)]
    answers = [producer.submit(raw) for raw in raws]
    producer.start()
    for answer in answers:
        with pytest.raises(EmbeddedChainError, match=r"disk full|engine broke"):
            answer.result(SECONDS)
    # Nothing was kept, so the same transactions are as good as new.
    assert [a.result(SECONDS) for a in [producer.submit(raw) for raw in raws]] == [keccak(raw) for raw in raws]
    assert not producer.has_failed


def test_stopping_makes_the_last_block(chain: EmbeddedChain, sender: Sender, producer: BlockProducer) -> None:
    answers = [producer.submit(sender.sign(NOBODY)) for _ in range(4)]
    producer.start()
    producer.stop()
    assert all(answer.done() for answer in answers)
    assert chain.nonce(sender.address) == 4
    with pytest.raises(ProducerStopped, match="it is closing and takes no more transactions"):
        producer.submit(sender.sign(NOBODY))
    assert not producer.has_failed


def test_an_answer_cannot_be_cancelled(chain: EmbeddedChain, sender: Sender, producer: BlockProducer) -> None:
    answer = producer.submit(sender.sign(NOBODY))
    assert answer.cancel() is False
    producer.start()
    assert answer.result(SECONDS)
    assert chain.head.number == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ends_by_itself_has_failed(
    chain: EmbeddedChain, sender: Sender, producer: BlockProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(_: Assembly) -> None:
        raise SystemError("a fault of the producer itself")

    monkeypatch.setattr(producer, "_answer_all", fault)
    assert not producer.has_failed
    producer.start()
    producer.submit(sender.sign(NOBODY))
    producer._thread.join(SECONDS)
    assert producer.has_failed


def test_the_order_of_arrival_and_nonce(chain: EmbeddedChain) -> None:
    one, two = Sender(chain.chain_id, key=1), Sender(chain.chain_id, key=2)

    def names(arrivals: list[tuple[Sender, int]]) -> list[tuple[int, int]]:
        transactions = [chain.decode(sender.sign(NOBODY, nonce=nonce)) for sender, nonce in arrivals]
        return [(1 if t.sender == one.address else 2, t.nonce) for t in in_nonce_order(transactions)]

    assert names([(one, 0), (two, 0), (one, 1)]) == [(1, 0), (2, 0), (1, 1)]
    assert names([(one, 2), (two, 1), (one, 0), (two, 0), (one, 1)]) == [(1, 0), (2, 0), (1, 1), (2, 1), (1, 2)]
    assert names([]) == []
