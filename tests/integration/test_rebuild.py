"""Rebuilding: a replay gives the same rows, and where what stands was changed, the check says in which row and how."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from ledger.bootstrap import init_home, open_ledger
from ledger.chain.embedded.client import stop_node
from ledger.config import Settings
from ledger.follower import Follower, RebuildReport
from ledger.store.engine import open_engine, writing
from ledger.store.projection import Projector, Queries
from ledger.store.projection.projector import NAMESPACE
from tests.databases import Place
from tests.unit.chain_builder import FakeChain, digest, every_kind_of_event


@pytest.fixture
def chain() -> FakeChain:
    return every_kind_of_event()


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    engine = open_engine(place("projection"), durable=False, namespace=NAMESPACE)
    yield engine
    engine.dispose()


@pytest.fixture
def follower(chain: FakeChain, engine: Engine) -> Follower:
    follower = Follower(chain, Projector(engine), chunk_blocks=3)
    follower.sync()
    return follower


def tamper(engine: Engine, *statements: str) -> None:
    with writing(engine) as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_a_check_of_what_stands_as_it_should(follower: Follower, chain: FakeChain) -> None:
    told: list[tuple[int, int]] = []
    report = follower.rebuild(check=True, progress=lambda done, total: told.append((done, total)))
    assert report.differences == []
    assert report.blocks == len(chain.built)
    assert told[-1] == (len(chain.built), len(chain.built))


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (
            "UPDATE commitments SET outcome_basis_points = 10000 WHERE id = 2",
            "commitments 2: outcome_basis_points is 10000, and a replay gives 4000",
        ),
        (
            "UPDATE commitments SET creditor = NULL WHERE id = 1",
            "commitments 1: creditor is None, and a replay gives 4",
        ),
        (
            "UPDATE governments SET name = 'Lujiang City' WHERE id = 2",
            "governments 2: name is 'Lujiang City', and a replay gives 'Lujiang District'",
        ),
        ("DELETE FROM evidence", "evidence 35: is missing here, and a replay makes it"),
        (
            "INSERT INTO fact_governments VALUES (3, 1)",
            "fact_governments 3, 1: stands here, and a replay does not make it",
        ),
        ("UPDATE transfers SET amount_minor = 150001 WHERE id = 1", "transfers 1: amount_minor is 150001"),
        ("UPDATE facts SET body = '{}' WHERE sequence = 3", "facts 3: body is '{}', and a replay gives"),
        ("UPDATE cursor SET sequence = 2", "cursor 1: sequence is 2, and a replay gives"),
        ("DROP TABLE policies", "policies: the table is missing"),
    ],
)
def test_a_check_names_what_was_changed(follower: Follower, engine: Engine, change: str, difference: str) -> None:
    tamper(engine, change)
    found = follower.rebuild(check=True).differences
    assert any(each.startswith(difference) for each in found), found
    # It has looked only.
    assert follower.rebuild(check=True).differences == found


def test_a_check_stops_counting_somewhere(follower: Follower, engine: Engine) -> None:
    tamper(engine, "UPDATE facts SET signer = 'nobody', contract = 'none'")
    found = follower.rebuild(check=True).differences
    assert len(found) == 51
    assert found[-1] == "and more; the first 50 are named"


def test_a_check_looks_no_further_than_what_stands(follower: Follower, chain: FakeChain) -> None:
    stands = len(chain.built)
    chain.add()
    report = follower.rebuild(check=True)
    assert (report.blocks, report.differences) == (stands, [])


def test_a_rebuild_mends_what_was_changed(follower: Follower, chain: FakeChain, engine: Engine) -> None:
    before = Queries(engine).totals()
    tamper(
        engine, "DELETE FROM evidence", "UPDATE governments SET name = 'Nowhere'", "UPDATE cursor SET next_block = 4"
    )
    report = follower.rebuild()
    assert (report.blocks, report.differences) == (len(chain.built), [])
    assert Queries(engine).totals() == before
    assert follower.rebuild(check=True).differences == []


def test_a_rebuild_of_another_chain_is_asked_for_and_works(engine: Engine, follower: Follower) -> None:
    other = FakeChain(5, "other")
    other.add()
    rebuilt = Follower(other, Projector(engine))
    report: RebuildReport = rebuilt.rebuild()
    assert (report.blocks, report.events) == (1, 0)
    head = Queries(engine).head()
    assert head is not None
    assert head.hash == "0x" + digest("other", 5).hex()


def test_readers_see_the_old_rows_while_it_replays(follower: Follower, chain: FakeChain, engine: Engine) -> None:
    seen: list[int] = []
    queries = Queries(engine)
    follower.rebuild(progress=lambda _done, _total: seen.append(queries.totals().facts))
    assert len(seen) == -(-len(chain.built) // 3)
    assert set(seen) == {queries.totals().facts}


@pytest.mark.slow
def test_a_real_home_replays_to_the_same_rows(tmp_path: Path, place: Place) -> None:
    settings = Settings(home=tmp_path / "home", database=str(place("home")))
    try:
        init_home(settings, administrators=1, threshold=1)
        with open_ledger(settings) as ledger:
            assert ledger.follower.sync().blocks == 0
            checked = ledger.follower.rebuild(check=True)
            assert checked.differences == []
            totals = ledger.queries.totals()
            assert totals.governments >= 1
            assert totals.facts == checked.events
            ledger.store.aliases.add("Lujiang", 1, 1_800_000_000)
            assert ledger.follower.rebuild().events == checked.events
            # A replay touches nothing that cannot be replayed.
            assert ledger.store.aliases.names(1) == ["Lujiang"]
            assert ledger.queries.totals() == totals
            assert [line for line in ledger.reports.scores().scores if line.standing != "unrated"] == []
    finally:
        stop_node(settings.home)
