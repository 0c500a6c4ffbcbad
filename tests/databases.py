"""
Databases for tests: SQLite files, and a real PostgreSQL server.

The server is started once in a run from the programs that the machine has, listens on a socket in a folder of its own
and ends with the run. Every test that asks for `place` runs twice: with files, and with fresh databases on the server.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import pytest

Place = Callable[[str], Path | str]
"""Where a database of this name is, made where it is missing; the same name is the same database within a test."""

_ACCOUNT: Final = "postgres"
"""Under which the server runs when the tests run as root, which it refuses."""

START_SECONDS: Final = 30.0


def _programs() -> Path:
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: float(each.parent.name))


def _as_account(*, dies_with_parent: bool) -> list[str]:
    """What runs a program under an account that the server accepts."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0:
        return [setpriv, "--pdeathsig=QUIT"] if setpriv is not None and dies_with_parent else []
    assert setpriv is not None, "as root, the tests of PostgreSQL need setpriv (util-linux)"
    changed = [setpriv, f"--reuid={_ACCOUNT}", f"--regid={_ACCOUNT}", "--clear-groups"]
    return [*changed, "--pdeathsig=QUIT"] if dies_with_parent else changed


@dataclass(slots=True)
class Server:
    """A running PostgreSQL server."""

    folder: Path
    process: subprocess.Popen[bytes]
    made: int = 0

    def url(self, database: str) -> str:
        """Address of a database on it."""
        return f"postgresql+psycopg://tester@/{database}?host={self.folder}"

    def execute(self, statement: str) -> None:
        """Run a statement that concerns the server."""
        with psycopg.connect(host=str(self.folder), user="tester", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def create(self) -> str:
        """Make a database, and say its name."""
        self.made += 1
        self.execute(f"CREATE DATABASE test_{self.made}")
        return f"test_{self.made}"

    def drop(self, database: str) -> None:
        """Drop a database, whoever still uses it."""
        self.execute(f"DROP DATABASE {database} WITH (FORCE)")

    def stop(self) -> None:
        """End it at once, as a crash would."""
        self.process.send_signal(3)
        self.process.wait(30)

    def start(self) -> None:
        """Start it, or start it again."""
        command = [
            *_as_account(dies_with_parent=True),
            str(_programs() / "postgres"),
            "-D",
            str(self.folder / "data"),
            "-k",
            str(self.folder),
        ]
        # Nothing here must outlive a power cut, and waiting for the disk would make the tests many times slower.
        for setting in ("listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=60"):
            command += ["-c", setting]
        with (self.folder / "log").open("ab") as log:
            # In a folder that the account may enter; a test's own need not be.
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((self.folder / "log").read_text(encoding="utf-8")[-2000:]) from None
                time.sleep(0.05)
            else:
                return


@contextmanager
def running_server() -> Iterator[Server]:
    """A server for as long as the block lasts."""
    # A socket's path may have a hundred characters only, so this is not among pytest's own folders.
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, _ACCOUNT, _ACCOUNT)
        subprocess.run(
            [
                *_as_account(dies_with_parent=False),
                str(_programs() / "initdb"),
                "--pgdata",
                str(folder / "data"),
                "--username=tester",
                "--auth=trust",
                "--encoding=UTF8",
                # A language's order and capitals, so that a test fails where the product relies on the server's.
                "--locale=C.UTF-8",
                "--locale-provider=icu",
                "--icu-locale=en-US",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        server = Server(folder, subprocess.Popen(["true"]))
        server.process.wait()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """The run's server."""
    with running_server() as server:
        yield server


@contextmanager
def databases_on(postgres_server: Server) -> Iterator[Place]:
    """Databases on the server, dropped at the end."""
    names: dict[str, str] = {}

    def place(name: str) -> str:
        if name not in names:
            names[name] = postgres_server.create()
        return postgres_server.url(names[name])

    yield place
    for database in names.values():
        postgres_server.drop(database)


@pytest.fixture
def postgres_place(postgres_server: Server) -> Iterator[Place]:
    """Databases on the server, for tests of PostgreSQL alone."""
    with databases_on(postgres_server) as found:
        yield found


KINDS: Final = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))
"""What fixtures that give databases are parametrised with."""


@contextmanager
def databases_of(request: pytest.FixtureRequest, folder: Path) -> Iterator[Place]:
    """Databases of the kind that the fixture is asked for."""
    if request.param == "postgresql":
        with databases_on(request.getfixturevalue("postgres_server")) as found:
            yield found
    else:
        yield lambda name: folder / f"{name}.sqlite"


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Databases of each kind in turn."""
    with databases_of(request, tmp_path) as found:
        yield found
