"""Watching the projection: every change is seen, whoever makes it, and nothing else is."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from ledger.store.engine import open_engine
from ledger.store.projection import Projector, Queries
from ledger.store.projection.projector import NAMESPACE
from ledger.store.projection.watch import Watch
from tests.databases import Place, running_server
from tests.unit.chain_builder import DISTRICT, GENESIS_AT, HARBOUR, founded, registered

HEARD_SECONDS = 5.0


@pytest.fixture
def where(place: Place) -> object:
    return place("projection")


@pytest.fixture
def engine(where: str) -> Iterator[Engine]:
    engine = open_engine(where, durable=False, namespace=NAMESPACE)
    yield engine
    engine.dispose()


def settled(watch: Watch) -> int:
    """Its version once all that was told has been heard."""
    version = None
    for _ in range(50):
        time.sleep(0.02)
        version = watch.version() or version
    assert version is not None
    return version


def changed(watch: Watch, before: int) -> bool:
    deadline = time.monotonic() + HEARD_SECONDS
    while time.monotonic() < deadline:
        if watch.version() not in (None, before):
            return True
        time.sleep(0.01)
    return False


def test_a_change_by_anybody_is_seen(engine: Engine, where: str) -> None:
    chain, projector = founded(), Projector(engine)
    watch = projector.watch()
    try:
        before = settled(watch)
        projector.apply(chain.built)
        assert changed(watch, before)
        other = open_engine(where, durable=False, namespace=NAMESPACE)
        before = settled(watch)
        Projector(other).apply([chain.add(registered(1, DISTRICT, HARBOUR, GENESIS_AT + 9))])
        assert changed(watch, before)
        other.dispose()
    finally:
        watch.close()


def test_reading_is_no_change(engine: Engine) -> None:
    projector = Projector(engine)
    projector.apply(founded().built)
    watch = projector.watch()
    try:
        before = settled(watch)
        assert Queries(engine).totals().governments == 4
        assert settled(watch) == before
    finally:
        watch.close()


def test_a_closed_one_says_nothing(engine: Engine) -> None:
    watch = Projector(engine).watch()
    watch.close()
    assert watch.version() is None


@pytest.mark.postgres
def test_while_the_server_is_away_nothing_is_said() -> None:
    with running_server() as server:
        engine = open_engine(server.url(server.create()), namespace=NAMESPACE)
        projector = Projector(engine)
        watch = projector.watch()
        before = settled(watch)
        server.stop()
        deadline = time.monotonic() + HEARD_SECONDS
        while watch.version() is not None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert watch.version() is None
        server.start()
        # What was told while it did not listen is taken for told.
        assert changed(watch, before)
        watch.close()
        engine.dispose()
