"""Idempotency keys stand and fall with the write that they belong to."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator

import pytest

from ledger.errors import InvalidInput
from ledger.store.operational import (
    Ending,
    Entry,
    Idempotency,
    IdempotencyKeyReused,
    Operation,
    OperationalStore,
    OperationReused,
    OperationState,
)
from ledger.store.operational.idempotency import KEPT_SECONDS
from tests.databases import Place

NOW = 1_800_000_000


@pytest.fixture
def store(place: Place) -> Iterator[OperationalStore]:
    with OperationalStore(place("operational")) as store:
        yield store


def entry(number: int, digest: bytes = b"\x01" * 32) -> Entry:
    return Entry(
        id="0x" + hashlib.sha256(b"%d" % number).hexdigest(),
        name="SubmitEvidence",
        contract="0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF",
        signer="0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
        operation=number,
        deadline=NOW + 60,
        digest=digest,
        call_data=b"\x00" * 200,
        core_bytes=100,
        accepted_block=1,
    )


def request(key: str = "k-1", caller: str = "127.0.0.1", body: bytes = b"body") -> Idempotency:
    return Idempotency(key, caller, hashlib.sha256(body).digest())


def test_the_same_request_gets_the_first_answer_again_whatever_came_since(store: OperationalStore) -> None:
    first = store.outbox.accept(entry(1), NOW, request())
    store.outbox.end([Ending(first.id, OperationState.CONFIRMED, "0xaa", 4)], NOW + 1)
    again = store.outbox.accept(entry(1), NOW + 2, request())
    assert again == first
    assert again.state is OperationState.ACCEPTED
    recalled = store.idempotency.recall(request(), NOW + 3)
    assert recalled is not None
    assert Operation.from_text(recalled) == first


def test_a_key_with_another_request_is_refused_and_nothing_is_written(store: OperationalStore) -> None:
    store.outbox.accept(entry(1), NOW, request())
    with pytest.raises(IdempotencyKeyReused, match="'k-1' was used for another request") as refused:
        store.outbox.accept(entry(2), NOW + 1, request(body=b"other"))
    assert refused.value.slug == "idempotency-key-reused"
    assert store.outbox.find(entry(2).id) is None
    with pytest.raises(IdempotencyKeyReused):
        store.idempotency.recall(request(body=b"other"), NOW + 1)


def test_a_refused_write_leaves_no_key(store: OperationalStore) -> None:
    store.outbox.accept(entry(1), NOW)
    with pytest.raises(OperationReused):
        store.outbox.accept(entry(1, digest=b"\x02" * 32), NOW, request())
    assert store.idempotency.recall(request(), NOW) is None


def test_two_callers_may_use_the_same_key(store: OperationalStore) -> None:
    one = store.outbox.accept(entry(1), NOW, request(caller="a"))
    two = store.outbox.accept(entry(2), NOW, request(caller="b", body=b"other"))
    assert one.id != two.id


def test_another_key_for_the_same_command_gets_the_operation_as_it_stands(store: OperationalStore) -> None:
    first = store.outbox.accept(entry(1), NOW, request("k-1"))
    store.outbox.end([Ending(first.id, OperationState.EXPIRED, None, None)], NOW + 1)
    assert store.outbox.accept(entry(1), NOW + 2, request("k-2")).state is OperationState.EXPIRED


@pytest.mark.parametrize(("age", "known"), [(KEPT_SECONDS - 1, True), (KEPT_SECONDS, False), (KEPT_SECONDS + 1, False)])
def test_a_key_is_good_for_a_day(store: OperationalStore, age: int, known: bool) -> None:
    store.outbox.accept(entry(1), NOW, request())
    assert (store.idempotency.recall(request(), NOW + age) is not None) is known
    assert store.idempotency.forget_expired(NOW + age) == (0 if known else 1)


def test_an_expired_key_can_mean_a_new_request_before_the_clean_up_came(store: OperationalStore) -> None:
    store.outbox.accept(entry(1), NOW, request())
    later = NOW + KEPT_SECONDS
    second = store.outbox.accept(entry(2), later, request(body=b"other"))
    assert second.id == entry(2).id
    assert store.idempotency.recall(request(body=b"other"), later + 1) is not None


def test_keys_outlive_a_restart(place: Place) -> None:
    path = place("operational")
    with OperationalStore(path) as store:
        first = store.outbox.accept(entry(1), NOW, request())
    with OperationalStore(path) as store:
        assert store.outbox.accept(entry(1), NOW + 9, request()) == first


def test_of_many_at_the_same_moment_one_writes_and_all_get_its_answer(place: Place) -> None:
    path = place("operational")
    answers: list[Operation] = []

    def ask(now: int) -> None:
        with OperationalStore(path) as own:
            answers.append(own.outbox.accept(entry(1), now, request()))

    threads = [threading.Thread(target=ask, args=(NOW + each,)) for each in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert len({answer.accepted_at for answer in answers}) == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ключ", "a\n"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match="1 to 255 visible ASCII characters"):
        request(key)
