"""Importing into a real ledger: contracts, relay, follower and projection."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ledger.importing.csvfile import COLUMNS
from tests.cli_home import answer, copied_home, done, intergov, make_home, refused, running_home

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("blank") / "home")


@pytest.fixture
def home(blank: Path, tmp_path: Path) -> Iterator[Path]:
    with copied_home(blank, tmp_path / "home") as path:
        yield path


def write(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("\n".join([",".join(COLUMNS), *lines, ""]), encoding="utf-8")
    return path


def rows(count: int, unresolved: int = 0) -> list[str]:
    towns = (("argentina", "ARG"), ("eu", "EU"), ("Lujiang District", ""))
    ends = ("fulfilled,1,1,2021-02-01", "partial,0.25,1,2021-02-02", "broken,0,1,2021-02-03")
    lines = []
    for number in range(count):
        name, code = towns[number % 3]
        end = "unknown,,1,2021-02-01" if number < unresolved else ends[number % 3]
        lines.append(f"{name},Ten Towns,T-{number // 3},2020-01-01,2021-01-01,{end},{code}")
    return lines


def block(home: Path) -> int:
    number: int = answer(intergov("score", "--json", home=home))["block"]["number"]
    return number


def counts(document: dict[str, Any]) -> tuple[int, ...]:
    return tuple(document[key] for key in ("read", "recorded", "skipped", "updated", "rejected", "settled"))


def test_a_file_is_recorded_scored_and_recorded_once(home: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "towns.csv", rows(260, unresolved=4))
    first = answer(intergov("import", path, "--json", home=home))
    assert counts(first) == (260, 260, 0, 0, 0, 256)
    assert {"seconds", "rows_per_second", "rejections"} <= first.keys()
    standing = block(home)

    # The governments are found by identifier, and by the name under which they were imported.
    scores = answer(intergov("score", "--time", "effective", "--json", home=home))
    assert {each["government"] for each in scores["scores"]} == {
        "iso3166:ARG",
        "iso3166:EU",
        "local:lujiang-district",
    }
    by_name = answer(intergov("explain", "argentina", "--time", "effective", "--json", home=home))
    assert by_name["government"] == "iso3166:ARG"
    assert by_name["base"] + sum(each["points"] for each in by_name["reasons"]) == by_name["score"]

    # One multilateral agreement, owed to all other parties, with the dates of the file, marked as backfilled.
    (agreement,) = answer(intergov("agreement", "list", "--json", home=home))
    assert (agreement["title"], agreement["backfilled"], len(agreement["parties"])) == ("Ten Towns", True, 3)
    recorded = answer(intergov("commitment", "list", "--limit", "300", "--json", home=home))
    assert len(recorded) == 260
    sample = recorded[4]
    assert (sample["creditor"], sample["backfilled"], sample["reference_number"]) == (None, True, "T-1")
    assert (sample["made_at"], sample["due_at"]) == ("2020-01-01T23:59:59Z", "2021-01-01T23:59:59Z")
    assert (sample["outcome"], sample["outcome_basis_points"]) == ("partly", 2_500)
    assert sample["outcome_effective_at"] == "2021-02-02T23:59:59Z"

    second = answer(intergov("import", path, "--json", home=home))
    assert counts(second) == (260, 0, 260, 0, 0, 0)
    assert block(home) == standing

    # A later file brings the outcomes of four rows, nine more rows, and one that contradicts.
    later = rows(269)
    later[100] = later[100].replace("2021-01-01", "2021-01-02")
    third = intergov("import", write(tmp_path / "later.csv", later), "--json", home=home)
    assert "1 of 269 rows of later.csv were rejected" in refused(third)
    document = json.loads(third.stdout)
    assert counts(document) == (269, 9, 255, 4, 1, 13)
    assert document["rejections"][0]["column"] == "due_on"
    assert document["rejections"][0]["line"] == 102
    assert answer(intergov("rebuild", "--check", "--json", home=home))["differences"] == []


BAD = {
    "encoding": (b"\xff\xfe", "UTF-8"),
    "columns": (b"government,weight\n", "missing: counterparty_or_forum"),
    "dates": (f"{','.join(COLUMNS)}\na,b,1,01/02/2020,2021-01-01,,,1,,\n".encode(), "'01/02/2020' is not allowed"),
    "cells": (f"{','.join(COLUMNS)}\n{'x' * 100_000},b,1,2020-01-01,2021-01-01,,,1,,\n".encode(), "has 100000"),
    "empty": (b"", "it is empty"),
}


@pytest.mark.parametrize("strict", [False, True])
def test_bad_files_are_refused_and_nothing_is_written(home: Path, tmp_path: Path, strict: bool) -> None:
    before = block(home)
    for name, (content, reason) in BAD.items():
        path = tmp_path / f"{name}.csv"
        path.write_bytes(content)
        assert reason in refused(intergov("import", path, *(["--strict"] if strict else []), home=home))
    assert "No such file" in refused(intergov("import", tmp_path / "absent.csv", home=home))
    mixed = write(tmp_path / "mixed.csv", [*rows(3), "eu,Ten Towns,T-9,2020-01-01,2019-01-01,,,1,,EU"])
    if strict:
        assert "mixed.csv is refused whole" in refused(intergov("import", mixed, "--strict", home=home))
    assert block(home) == before


def test_an_import_waits_for_administrators_and_their_delay(tmp_path: Path) -> None:
    home = tmp_path / "home"
    path = write(tmp_path / "towns.csv", rows(6))
    with running_home(home):
        waiting = answer(intergov("init", "--delay", "3", "--json", home=home))["waiting"]
        assert [each["stage"] for each in waiting] == ["delayed", "delayed"]
        assert "intergov init" in refused(intergov("import", path, home=home))
        for _ in range(2):
            # What was approved is executed, and what depended on it is proposed.
            time.sleep(3.2)
            waiting = answer(intergov("init", "--json", home=home))["waiting"]
        assert waiting == []
        told = refused(intergov("import", path, home=home))
        assert "3 governments of the file are to be registered" in told
        assert "stands in public until" in told
        proposals = len(answer(intergov("proposal", "list", "--json", home=home)))
        # Too early: the same proposal is named again, and none is made.
        refused(intergov("import", path, home=home))
        assert len(answer(intergov("proposal", "list", "--json", home=home))) == proposals
        time.sleep(3.2)
        assert counts(answer(intergov("import", path, "--json", home=home))) == (6, 6, 0, 0, 0, 6)
        assert len(answer(intergov("proposal", "list", "--json", home=home))) == proposals


def test_without_the_administrators_keys_an_import_says_who_must_act(home: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "towns.csv", rows(6))
    done(intergov("score", home=home))
    for key in (home / "keys").glob("administrator-*.json"):
        key.unlink()
    before = block(home)
    assert "none of their keys is in this home" in refused(intergov("import", path, home=home))
    assert block(home) == before
