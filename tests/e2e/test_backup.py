"""Backups of a home that is in use: what was recorded is in them, and what is restored works and loses nothing."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.bootstrap import RECORDER_KEY, open_ledger
from ledger.config import Settings
from ledger.importing.csvfile import COLUMNS
from ledger.store.operational import OperationState
from tests.cli_home import (
    answer,
    copied_home,
    done,
    intergov,
    intergov_process,
    make_home,
    refused,
    running_home,
    start,
)

pytestmark = pytest.mark.slow

ROWS = 400


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("blank") / "home")


@pytest.fixture
def home(blank: Path, tmp_path: Path) -> Iterator[Path]:
    with copied_home(blank, tmp_path / "home") as path:
        yield path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = [",".join(COLUMNS)]
    lines += [
        f"Town {number % 9},East,N-{number},2020-01-01,2021-01-01,fulfilled,1,1.25,2021-02-01,"
        for number in range(ROWS)
    ]
    path = tmp_path_factory.mktemp("file") / "towns.csv"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def numbers_of(home: Path) -> list[tuple[str, int]]:
    with open_ledger(Settings(home)) as ledger:
        return [(each.signer, each.operation) for _, each in ledger.store.outbox.page(limit=10_000)]


def test_backups_taken_in_the_middle_of_an_import(home: Path, file: Path, tmp_path: Path) -> None:
    """Each is a whole home of some moment; the import, run again there, comes to the same end."""
    process = start("import", file, "--json", home=home)
    archives: list[Path] = []
    try:
        while process.poll() is None and len(archives) < 12:
            archive = tmp_path / f"backup-{len(archives)}.tar.gz"
            told = answer(intergov("backup", archive, "--json", home=home))
            assert told["missing"] == []
            assert archive.stat().st_mode & 0o077 == 0
            archives.append(archive)
        output, errors = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert json.loads(output)["recorded"] == ROWS
    assert len(archives) >= 2
    scores = answer(intergov("score", "--json", home=home))["scores"]

    for archive in (archives[0], archives[len(archives) // 2], archives[-1]):
        with running_home(tmp_path / f"restored-{archive.name}") as restored:
            answer(intergov("restore", archive, "--json", home=restored))
            assert answer(intergov("rebuild", "--check", "--json", home=restored))["differences"] == []
            drawn = numbers_of(restored)
            again = answer(intergov("import", file, "--json", home=restored))
            assert again["recorded"] + again["skipped"] == ROWS
            # Whatever was under way in the copy has ended, once.
            with open_ledger(Settings(restored)) as ledger:
                backlog = ledger.store.outbox.backlog()
                ended = {each.state for _, each in ledger.store.outbox.page(limit=10_000)}
            assert (backlog.accepted, backlog.sent) == (0, 0)
            assert ended <= {OperationState.CONFIRMED}
            found = numbers_of(restored)
            assert len(found) == len(set(found))
            assert set(drawn) <= set(found)
            for left, right in zip(scores, answer(intergov("score", "--json", home=restored))["scores"], strict=True):
                assert (left["government"], left["settled"]) == (right["government"], right["settled"])


def test_a_restored_home_draws_numbers_of_its_own(home: Path, tmp_path: Path) -> None:
    with open_ledger(Settings(home)) as ledger:
        signer = ledger.keys.signer(RECORDER_KEY).address
        contract = ledger.deployment.addresses["GovernmentRegister"]
        before = ledger.store.operation_numbers.next(signer, contract)
        done(intergov("backup", tmp_path / "b.tar.gz", home=home))
        after = ledger.store.operation_numbers.next(signer, contract)
    with running_home(tmp_path / "restored") as restored:
        done(intergov("restore", tmp_path / "b.tar.gz", home=restored))
        with open_ledger(Settings(restored)) as ledger:
            drawn = ledger.store.operation_numbers.next(signer, contract)
    assert before >> 8 == after >> 8 != drawn >> 8


def test_what_is_in_the_home_is_in_the_backup(home: Path, tmp_path: Path) -> None:
    (home / "documents" / "agreements").mkdir()
    (home / "documents" / "agreements" / "terms 条款.pdf").write_bytes(b"%PDF terms")
    (home / "documents" / "half-written.part").write_bytes(b"%P")
    done(intergov("backup", tmp_path / "b.tar.gz", home=home))
    told = done(intergov("restore", tmp_path / "b.tar.gz", home=tmp_path / "restored"))
    assert "does not run any more" in told.stderr
    assert "does not run any more" not in told.stdout
    restored = tmp_path / "restored"
    assert (restored / "documents" / "agreements" / "terms 条款.pdf").read_bytes() == b"%PDF terms"
    assert not (restored / "documents" / "half-written.part").exists()
    kept = {path.relative_to(home): path.read_bytes() for path in (home / "keys").iterdir()}
    assert kept == {path.relative_to(restored): path.read_bytes() for path in (restored / "keys").iterdir()}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (restored, *restored.rglob("*")))
    with running_home(restored):
        answer(intergov("score", "--json", home=restored))
        assert answer(intergov("doctor", "--json", home=restored))["ok"]


def test_nothing_is_overwritten(home: Path, tmp_path: Path) -> None:
    archive = tmp_path / "b.tar.gz"
    done(intergov("backup", archive, home=home))
    before = archive.read_bytes()
    assert "does not exist yet" in refused(intergov("backup", archive, home=home))
    assert archive.read_bytes() == before
    assert "is not empty" in refused(intergov("restore", archive, home=home))
    (tmp_path / "empty").mkdir()
    done(intergov("restore", archive, home=tmp_path / "empty"))
    assert list(tmp_path.glob(".*")) == []


def altered(archive: Path, target: Path, change: dict[str, bytes], drop: str = "", add: str = "") -> Path:
    with tarfile.open(archive) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            content = old.extractfile(member)
            assert content is not None
            data = change.get(member.name, content.read())
            member.size = len(data)
            if member.name != drop:
                new.addfile(member, io.BytesIO(data))
        if add:
            new.addfile(tarfile.TarInfo(add))
    return target


def manifest_with(archive: Path, **changes: Any) -> dict[str, bytes]:
    with tarfile.open(archive) as old:
        content = old.extractfile("backup.json")
        assert content is not None
        return {"backup.json": json.dumps(json.loads(content.read()) | changes).encode()}


def test_a_damaged_backup_leaves_nothing_behind(home: Path, tmp_path: Path) -> None:
    archive = tmp_path / "b.tar.gz"
    done(intergov("backup", archive, home=home))
    (tmp_path / "cut.tar.gz").write_bytes(archive.read_bytes()[:20_000])
    (tmp_path / "text.tar.gz").write_text("no archive at all")
    cases = {
        "cut short": tmp_path / "cut.tar.gz",
        "no backup": tmp_path / "text.tar.gz",
        "a backup that can be read": tmp_path / "nowhere.tar.gz",
        "deployment.json was changed": altered(archive, tmp_path / "1.tar.gz", {"deployment.json": b"{}"}),
        "home.json is missing": altered(archive, tmp_path / "2.tar.gz", {}, drop="home.json"),
        "does not list": altered(archive, tmp_path / "3.tar.gz", {}, add="keys/guest.json"),
        "belongs to no home": altered(
            archive, tmp_path / "4.tar.gz", manifest_with(archive, files={"../escaped": "00"}), add="../escaped"
        ),
        "'/etc/escaped'": altered(archive, tmp_path / "5.tar.gz", manifest_with(archive, files={"/etc/escaped": "00"})),
        "does not know": altered(archive, tmp_path / "6.tar.gz", manifest_with(archive, version=7)),
        "home of version 9": altered(archive, tmp_path / "7.tar.gz", manifest_with(archive, home_version=9)),
    }
    for reason, damaged in cases.items():
        assert reason in refused(intergov("restore", damaged, home=tmp_path / "restored"))
        assert not (tmp_path / "restored").exists()
        assert not (tmp_path / "escaped").exists()
    assert list(tmp_path.glob(".*")) == []


def test_there_must_be_a_home_and_room(home: Path, tmp_path: Path) -> None:
    assert "no ledger" in refused(intergov("backup", tmp_path / "b.tar.gz", home=tmp_path / "nowhere"))
    assert "nothing was written" in refused(intergov("backup", tmp_path / "no" / "folder" / "b.tar.gz", home=home))
    result = intergov_process("backup", tmp_path / "b.tar.gz", home=home, INTERGOV_RPC="http://127.0.0.1:1")
    assert result.returncode == 0
    assert "Not in it: the chain" in result.stderr
