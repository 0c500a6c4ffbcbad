"""The outbox: every state meets every step, and what is on disk stays there."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, update

from ledger.errors import NotFound
from ledger.store.engine import DatabaseLocked, DatabaseUnusable, open_engine, writing
from ledger.store.operational import (
    Acceptance,
    Claim,
    Ending,
    Entry,
    OperationalStore,
    OperationReused,
    OperationState,
    Outbox,
)
from ledger.store.operational.tables import OperationalSchemaForeign, schema_version
from tests.databases import Place

NOW = 1_800_000_000
SIGNER = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
CONTRACT = "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"
RELAYER = "0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69"


@pytest.fixture
def store(place: Place) -> Iterator[OperationalStore]:
    with OperationalStore(place("operational")) as store:
        yield store


@pytest.fixture
def outbox(store: OperationalStore) -> Outbox:
    return store.outbox


def entry(number: int, *, digest: bytes | None = None, signer: str = SIGNER) -> Entry:
    return Entry(
        id="0x" + hashlib.sha256(f"{signer}{number}".encode()).hexdigest(),
        name="SignAgreement",
        contract=CONTRACT,
        signer=signer,
        operation=(7 << 8) + number,
        deadline=NOW + 3600,
        digest=digest or hashlib.sha256(b"command %d" % number).digest(),
        call_data=b"\x01\x02\x03\x04" * 40,
        core_bytes=64,
        accepted_block=12,
    )


def claim(of: Entry, nonce: int = 0) -> Claim:
    return Claim(of.id, RELAYER, nonce, "0x" + "aa" * 32, b"raw")


def ending(of: Entry, state: OperationState) -> Ending:
    return Ending(of.id, state, "0x" + "bb" * 32, 13, {"slug": "why"} if state is OperationState.REFUSED else None)


TABLE = """
            claim       put_back    confirm     refuse      expire
accepted    sent        accepted    confirmed   refused     expired
sent        .           accepted    confirmed   refused     expired
confirmed   .           .           .           .           .
refused     .           .           .           .           .
expired     .           .           .           .           .
"""
"""A cell names the next state; `.` leaves everything as it is."""

_HEADER, *_ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [(row[0], step, cell) for row in _ROWS for step, cell in zip(_HEADER, row[1:], strict=True)]


def _bring_to(outbox: Outbox, subject: Entry, state: str) -> None:
    outbox.accept(subject, NOW)
    if state == "sent":
        outbox.claim([claim(subject)], NOW + 1)
    elif state != "accepted":
        outbox.end([ending(subject, OperationState(state))], NOW + 1)


def _step(outbox: Outbox, subject: Entry, step: str) -> None:
    match step:
        case "claim":
            outbox.claim([Claim(subject.id, RELAYER, 9, "0x" + "cc" * 32, b"other")], NOW + 2)
        case "put_back":
            outbox.put_back([subject.id], "lost", NOW + 30)
        case _:
            state = {"confirm": "confirmed", "refuse": "refused", "expire": "expired"}[step]
            outbox.end([ending(subject, OperationState(state))], NOW + 2)


@pytest.mark.parametrize(("state", "step", "cell"), CELLS)
def test_every_state_meets_every_step(outbox: Outbox, state: str, step: str, cell: str) -> None:
    subject = entry(0)
    _bring_to(outbox, subject, state)
    before = outbox.get(subject.id)
    _step(outbox, subject, step)
    after = outbox.get(subject.id)
    if cell == ".":
        assert after == before
    else:
        assert after.state.value == cell
        assert after.state.ended == (after.ended_at is not None)


def test_an_accepted_command_is_there_after_a_restart(place: Place) -> None:
    path = place("operational")
    with OperationalStore(path) as store:
        accepted = store.outbox.accept(entry(1), NOW)
    with OperationalStore(path) as store:
        found = store.outbox.get(accepted.id)
        (waiting,) = store.outbox.to_send(NOW, 10)
    assert found == accepted
    assert waiting.operation == accepted
    assert waiting.core == entry(1).call_data[:64]
    assert waiting.operation.operation == (7 << 8) + 1


def test_the_largest_operation_number_is_kept_exactly(outbox: Outbox) -> None:
    largest = replace(entry(1), operation=2**256 - 1)
    assert outbox.accept(largest, NOW).operation == 2**256 - 1
    assert outbox.get(largest.id).operation == 2**256 - 1
    assert outbox.get(largest.id).to_json()["operation"] == str(2**256 - 1)


def test_the_same_command_twice_is_one_operation(outbox: Outbox) -> None:
    first = outbox.accept(entry(1), NOW)
    assert outbox.accept(entry(1), NOW + 5) == first
    outbox.end([ending(entry(1), OperationState.CONFIRMED)], NOW + 6)
    assert outbox.accept(entry(1), NOW + 7).state is OperationState.CONFIRMED
    assert len(outbox.page()) == 1


def test_a_number_with_another_command_is_refused(outbox: Outbox) -> None:
    outbox.accept(entry(1), NOW)
    with pytest.raises(OperationReused, match=f"operation {(7 << 8) + 1} of {SIGNER}") as refused:
        outbox.accept(entry(1, digest=b"\x09" * 32), NOW)
    assert refused.value.values() == {"signer": SIGNER, "operation": str((7 << 8) + 1), "command": "SignAgreement"}
    assert len(outbox.page()) == 1


def test_what_waits_comes_in_the_order_of_acceptance_and_not_before_its_time(outbox: Outbox) -> None:
    subjects = [entry(number) for number in range(4)]
    for subject in subjects:
        outbox.accept(subject, NOW)
    outbox.put_back([subjects[1].id], "busy", NOW + 30)
    ids = [subject.id for subject in subjects]
    assert [each.operation.id for each in outbox.to_send(NOW + 29, 10)] == [ids[0], ids[2], ids[3]]
    later = outbox.to_send(NOW + 30, 10)
    assert [each.operation.id for each in later] == ids
    assert (later[1].attempts, later[1].last_error) == (1, "busy")
    assert [each.operation.id for each in outbox.to_send(NOW + 30, 2)] == ids[:2]


def test_what_is_under_way_comes_by_nonce(outbox: Outbox) -> None:
    subjects = [entry(number) for number in range(3)]
    for subject in subjects:
        outbox.accept(subject, NOW)
    outbox.claim([claim(subjects[0], 6), claim(subjects[2], 5)], NOW)
    flight = outbox.in_flight()
    assert [(each.relayer, each.nonce, each.raw) for each in flight] == [(RELAYER, 5, b"raw"), (RELAYER, 6, b"raw")]
    outbox.put_back([subjects[0].id], "lost", 0)
    assert outbox.get(subjects[0].id).transaction is None
    assert [each.nonce for each in outbox.in_flight()] == [5]


def test_backlog_counts_what_has_not_ended(outbox: Outbox) -> None:
    assert (outbox.backlog().accepted, outbox.backlog().oldest_accepted_at) == (0, None)
    for number in range(4):
        outbox.accept(entry(number), NOW + number)
    outbox.end([ending(entry(0), OperationState.EXPIRED)], NOW)
    outbox.claim([claim(entry(1))], NOW)
    backlog = outbox.backlog()
    assert (backlog.accepted, backlog.sent, backlog.oldest_accepted_at) == (2, 1, NOW + 1)


def test_pages_are_newest_first_and_go_on_where_they_ended(outbox: Outbox) -> None:
    other = "0x1efF47bc3a10a45D4B230B5d10E37751FE6AA718"
    for number in range(5):
        outbox.accept(entry(number), NOW)
    outbox.accept(entry(9, signer=other), NOW)
    first = outbox.page(signer=SIGNER, limit=3)
    second = outbox.page(signer=SIGNER, limit=3, before=first[-1][0])
    assert [each.operation & 255 for _, each in (*first, *second)] == [4, 3, 2, 1, 0]
    assert [each.signer for _, each in outbox.page(limit=1)] == [other]
    outbox.end([ending(entry(2), OperationState.REFUSED)], NOW)
    assert [each.refusal for _, each in outbox.page(state=OperationState.REFUSED)] == [{"slug": "why"}]


def test_an_unknown_operation_is_not_found(outbox: Outbox) -> None:
    assert outbox.find("0x" + "00" * 32) is None
    with pytest.raises(NotFound, match="no operation"):
        outbox.get("0x" + "00" * 32)


def test_many_threads_accept_without_losing_or_doubling(store: OperationalStore) -> None:
    def accept(first: int) -> None:
        for number in range(first, first + 20):
            store.outbox.accept(entry(number), NOW)

    # Each number is accepted by two threads.
    threads = [threading.Thread(target=accept, args=(first,)) for first in (0, 10, 20, 30, 0, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.operation & 255 for _, each in store.outbox.page(limit=100)) == list(range(60))


def test_tables_of_another_version_are_left_alone(place: Place) -> None:
    path = place("operational")
    with OperationalStore(path) as store, writing(store.engine) as connection:
        connection.execute(update(schema_version).values(version=99))
    with pytest.raises(OperationalSchemaForeign, match="version 99; this program knows version 2"):
        OperationalStore(path)


def test_tables_of_an_older_version_are_brought_up_with_what_is_in_them(place: Place) -> None:
    path = place("operational")
    with OperationalStore(path) as store:
        kept = store.outbox.accept(entry(1), NOW)
        with writing(store.engine) as connection:
            connection.exec_driver_sql("ALTER TABLE outbox DROP COLUMN block_hash")
            connection.exec_driver_sql("DROP TABLE acceptances")
            connection.execute(update(schema_version).values(version=1))
    with OperationalStore(path) as store:
        assert store.outbox.get(kept.id) == kept
        acceptance = Acceptance(RELAYER, NOW, NOW + 60, b"\x01" * 65, "00-trace")
        later = store.outbox.accept(entry(2), NOW, acceptance=acceptance)
        assert store.outbox.acceptance_of(later.id) == acceptance
        store.outbox.end([Ending(kept.id, OperationState.CONFIRMED, "0x01", 7, block_hash="0x" + "ab" * 32)], NOW)
        assert store.outbox.get(kept.id).block_hash == "0x" + "ab" * 32


def test_an_acceptance_is_kept_as_it_was_given_first(store: OperationalStore) -> None:
    first = Acceptance(RELAYER, NOW, NOW + 60, b"\x01" * 65)
    accepted = store.outbox.accept(entry(1), NOW, acceptance=first)
    store.outbox.accept(entry(1), NOW + 5, acceptance=Acceptance(RELAYER, NOW + 5, NOW + 65, b"\x02" * 65, "late"))
    store.outbox.accept(entry(2), NOW)
    assert store.outbox.acceptance_of(accepted.id) == first
    assert store.outbox.acceptance_of(store.outbox.accept(entry(2), NOW).id) is None
    assert store.outbox.traces_of([accepted.id]) == {}


def test_numbers_fill_a_word_and_then_begin_another(store: OperationalStore) -> None:
    numbers = [store.operation_numbers.next(SIGNER, CONTRACT) for _ in range(600)]
    assert len(set(numbers)) == 600
    words = list(dict.fromkeys(number >> 8 for number in numbers))
    assert [sum(number >> 8 == word for number in numbers) for word in words] == [256, 256, 88]
    assert [number & 255 for number in numbers[:256]] == list(range(256))
    assert all(0 < word < 2**248 for word in words)
    assert store.operation_numbers.next(SIGNER, RELAYER) >> 8 not in words
    assert store.operation_numbers.next(RELAYER, CONTRACT) >> 8 not in words


def test_many_open_a_new_database_at_the_same_moment(place: Place) -> None:
    troubles: list[BaseException] = []

    def open_it(path: Path | str, together: threading.Barrier) -> None:
        together.wait()
        try:
            OperationalStore(path).close()
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's to tell.
            troubles.append(error)

    for number in range(12):
        together = threading.Barrier(6)
        path = place(f"operational-{number}")
        threads = [threading.Thread(target=open_it, args=(path, together)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert troubles == []


def test_numbers_are_never_given_twice_by_two_processes(place: Place) -> None:
    path = place("operational")
    given: list[int] = []

    def take() -> None:
        # An engine of its own shares nothing with the others but the file, as another process would.
        with OperationalStore(path) as own:
            for _ in range(100):
                given.append(own.operation_numbers.next(SIGNER, CONTRACT))
                # SQLite's lock is not fair: whoever asks again at once may keep the others out until they give up.
                time.sleep(0.005)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == len(set(given)) == 400


def test_aliases_find_governments_both_ways(store: OperationalStore) -> None:
    assert store.aliases.add("Norrland ", 3, NOW, "g20.csv") is True
    assert store.aliases.add("Norrland", 3, NOW + 1) is False
    assert store.aliases.add("Norrland", 8, NOW) is True
    assert store.aliases.add("Ile-de-Été", 3, NOW) is True
    assert store.aliases.governments(" Norrland") == [3, 8]
    # The same name with its accents as characters of their own.
    assert store.aliases.governments("Ile-de-E\u0301te\u0301") == [3]
    assert store.aliases.names(3) == ["Ile-de-Été", "Norrland"]
    assert store.aliases.all() == {3: ["Ile-de-Été", "Norrland"], 8: ["Norrland"]}
    assert store.aliases.governments("nobody") == []
    with pytest.raises(Exception, match="1 to 256 characters"):
        store.aliases.add("  ", 1, NOW)


def test_a_lease_has_one_holder_until_it_is_given_back_or_over(store: OperationalStore) -> None:
    first, second = store.lease("relay"), store.lease("relay")
    assert first.hold(NOW) is True
    assert second.hold(NOW) is False
    assert store.lease("other").hold(NOW) is True
    assert first.hold(NOW + 14) is True
    assert second.hold(NOW + 20) is False
    assert second.hold(NOW + 29) is True
    assert first.hold(NOW + 30) is False
    second.release()
    assert first.hold(NOW + 31) is True


def test_the_lease_of_a_dead_process_is_free_at_once(store: OperationalStore) -> None:
    holder = store.lease("relay")
    machine = holder.owner.partition("/")[0]
    # Process ids end far below this one.
    holder.owner = f"{machine}/{2**22 + 1}/gone"
    assert holder.hold(NOW) is True
    assert store.lease("relay").hold(NOW) is True
    elsewhere = store.lease("far")
    elsewhere.owner = f"another-machine/{2**22 + 1}/unknown"
    assert elsewhere.hold(NOW) is True
    assert store.lease("far").hold(NOW) is False


def test_a_locked_database_takes_nothing_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "operational.sqlite"
    with OperationalStore(path) as store:
        impatient = open_engine(path, busy_timeout_seconds=0.05)
        with writing(store.engine), pytest.raises(DatabaseLocked, match="nothing was written"):
            Outbox(impatient).accept(entry(1), NOW)
        assert store.outbox.page() == []
        assert Outbox(impatient).accept(entry(1), NOW).state is OperationState.ACCEPTED
        impatient.dispose()


def test_a_full_disk_takes_nothing_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "operational.sqlite"
    with OperationalStore(path) as store:
        full = open_engine(path)

        @event.listens_for(full, "connect")
        def _leave_no_room(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute("PRAGMA max_page_count = 1")

        large = replace(entry(1), call_data=b"\x01" * 200_000)
        with pytest.raises(DatabaseUnusable, match="full"):
            Outbox(full).accept(large, NOW)
        full.dispose()
        assert store.outbox.page() == []
        assert store.outbox.accept(large, NOW).state is OperationState.ACCEPTED
