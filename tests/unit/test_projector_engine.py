"""Engines: what a database refuses comes out with the product's own errors, and transactions are what they claim."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from ledger.errors import InvalidInput
from ledger.store.engine import DatabaseLocked, DatabaseUnusable, alone, open_engine, reading, writing
from tests.databases import Place, running_server


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    engine = open_engine(place("a"), busy_timeout_seconds=0.05, namespace="numbers")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY)"))
    yield engine
    engine.dispose()


def numbers(engine: Engine) -> list[int]:
    with reading(engine) as connection:
        return list(connection.scalars(text("SELECT n FROM numbers ORDER BY n")))


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_how_safe_a_commit_is(tmp_path: Path, durable: bool, level: int) -> None:
    engine = open_engine(str(tmp_path / "b.sqlite"), durable=durable)
    with reading(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == level
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()


def test_a_writer_has_the_lock_from_its_beginning(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "a.sqlite", busy_timeout_seconds=0.05)
    with writing(engine), pytest.raises(DatabaseLocked) as locked, writing(engine):
        pass
    assert locked.value.slug == "database-locked"
    assert str(locked.value.values()["database"]).endswith("a.sqlite")
    engine.dispose()


def test_of_two_writers_that_must_be_alone_one_waits(engine: Engine) -> None:
    def second() -> None:
        with writing(engine) as connection:
            alone(connection, "counting")

    with writing(engine) as first:
        alone(first, "counting")
        with pytest.raises(DatabaseLocked, match=r"locked by another process for more than 0\.05 s"):
            second()
    second()


@pytest.mark.postgres
def test_writers_on_postgresql_wait_for_rows_only(postgres_place: Place) -> None:
    engine = open_engine(postgres_place("a"), busy_timeout_seconds=0.05, namespace="numbers")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY)"))
    with writing(engine) as one, writing(engine) as two:
        one.execute(text("INSERT INTO numbers VALUES (1)"))
        two.execute(text("INSERT INTO numbers VALUES (2)"))
        with pytest.raises(DatabaseLocked):
            two.execute(text("INSERT INTO numbers VALUES (1)"))
    assert numbers(engine) == [1]
    engine.dispose()


@pytest.mark.postgres
def test_namespaces_keep_tables_of_one_name_apart(postgres_place: Place) -> None:
    one, two = (open_engine(postgres_place("a"), namespace=name) for name in ("one", "two"))
    for engine, number in ((one, 1), (two, 2)):
        with writing(engine) as connection:
            connection.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY)"))
            connection.execute(text("INSERT INTO numbers VALUES (:n)"), {"n": number})
    assert (numbers(one), numbers(two)) == ([1], [2])
    for engine in (one, two):
        engine.dispose()


@pytest.mark.postgres
def test_many_that_make_a_namespace_at_the_same_moment(postgres_place: Place) -> None:
    where, failures = postgres_place("a"), list[BaseException]()

    def connect() -> None:
        engine = open_engine(where, namespace="fresh")
        try:
            with reading(engine) as connection:
                assert connection.scalar(text("SELECT current_schema()")) == "fresh"
        except BaseException as failure:  # noqa: BLE001 - it is judged outside the thread.
            failures.append(failure)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=connect) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.postgres
def test_how_safe_a_commit_is_on_postgresql(postgres_place: Place) -> None:
    for durable, setting in ((True, "on"), (False, "off")):
        engine = open_engine(postgres_place("a"), durable=durable)
        with reading(engine) as connection:
            assert connection.scalar(text("SHOW synchronous_commit")) == setting
            assert connection.scalar(text("SHOW transaction_isolation")) == "repeatable read"
            with pytest.raises(DatabaseUnusable, match="read-only"):
                connection.execute(text("CREATE TABLE numbers (n INTEGER)"))
        engine.dispose()


@pytest.mark.postgres
def test_a_server_that_was_started_again_is_found_again() -> None:
    with running_server() as server:
        engine = open_engine(server.url(server.create()), namespace="numbers")
        with writing(engine) as connection:
            connection.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY)"))
            connection.execute(text("INSERT INTO numbers VALUES (1)"))

        def write_while_it_stops() -> None:
            with writing(engine) as connection:
                connection.execute(text("INSERT INTO numbers VALUES (2)"))
                server.stop()
                connection.execute(text("INSERT INTO numbers VALUES (3)"))

        with pytest.raises(DatabaseUnusable):
            write_while_it_stops()
        with pytest.raises(DatabaseUnusable):
            numbers(engine)
        server.start()
        assert numbers(engine) == [1]
        engine.dispose()


@pytest.mark.parametrize("namespace", ["", "Upper", "a-b", 'a"b', "1a", "x" * 64])
def test_a_namespace_that_is_none(namespace: str) -> None:
    with pytest.raises(InvalidInput, match="small letters, digits and underscores"):
        open_engine("postgresql://host/database", namespace=namespace)


def test_a_reader_sees_one_moment(engine: Engine) -> None:
    with reading(engine) as connection:
        count = text("SELECT count(*) FROM numbers")
        assert connection.scalar(count) == 0
        with writing(engine) as other:
            other.execute(text("INSERT INTO numbers VALUES (1)"))
        assert connection.scalar(count) == 0
    assert numbers(engine) == [1]


def test_what_an_error_leaves_is_undone_whole(engine: Engine) -> None:
    def write_twice() -> None:
        with writing(engine) as connection:
            connection.execute(text("INSERT INTO numbers VALUES (1)"))
            connection.execute(text("INSERT INTO numbers VALUES (1)"))

    with pytest.raises(IntegrityError):
        write_twice()
    assert numbers(engine) == []


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"no database at all " * 500)
    engine = open_engine(tmp_path / "junk")
    with pytest.raises(DatabaseUnusable, match="junk: cannot be used: file is not a database"), reading(engine):
        pass
    engine.dispose()


def test_a_damaged_database(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "c.sqlite")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY, t TEXT)"))
        connection.execute(text("INSERT INTO numbers VALUES (1, :t)"), {"t": "x" * 20_000})
    engine.dispose()
    with closing_sqlite(tmp_path / "c.sqlite") as direct:
        direct.execute("PRAGMA journal_mode = DELETE")
    path = tmp_path / "c.sqlite"
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 4096 + path.read_bytes()[8192:])
    engine = open_engine(path)
    with pytest.raises(DatabaseUnusable, match="malformed"), reading(engine) as connection:
        connection.execute(text("SELECT * FROM numbers")).all()
    engine.dispose()


class closing_sqlite:  # noqa: N801 - it is used as a function
    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)

    def __enter__(self) -> sqlite3.Connection:
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()


@pytest.mark.parametrize("path", ["missing/folder/a.sqlite", "."])
def test_a_file_that_cannot_be_opened(tmp_path: Path, path: str) -> None:
    engine = open_engine(tmp_path / path)
    with pytest.raises(DatabaseUnusable, match="unable to open database file"), reading(engine):
        pass
    engine.dispose()


@pytest.mark.parametrize("url", ["foo://", "://", "mysql://host/d", "postgresql+nothing://host/d"])
def test_a_url_that_names_no_database(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"expected a path, sqlite:///path or postgresql\+psycopg://"):
        open_engine(url)


def test_a_password_is_never_shown() -> None:
    for url in (
        "oracle://user:hunter2@host/d",
        "postgresql+nothing://user:hunter2@host/d",
        "x://user:hunter2@:no/port",
    ):
        with pytest.raises(InvalidInput) as refused:
            open_engine(url)
        assert "hunter2" not in str(refused.value)
        assert "user:***@" in str(refused.value)


@pytest.mark.parametrize("name", ["odd?name=1.sqlite", "per%20cent.sqlite", "区 县.sqlite"])
def test_a_path_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    engine = open_engine(tmp_path / name)
    with reading(engine):
        pass
    engine.dispose()
    assert (tmp_path / name).is_file()
