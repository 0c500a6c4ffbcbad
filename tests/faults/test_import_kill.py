"""An import killed with -9, every other time with its node, is finished by the next without a row too many or few."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.chain.embedded.client import find_node
from ledger.importing.csvfile import COLUMNS
from tests.cli_home import answer, copied_home, intergov, make_home, start

pytestmark = [pytest.mark.slow, pytest.mark.faults]

ROUNDS = int(os.environ.get("INTERGOV_FAULT_ROUNDS", "2"))
ROWS = 900
KILLS_MAX = 6


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("blank") / "home")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ends = ("fulfilled,1", "partial,0.5", "broken,0", "unknown,")
    lines = [",".join(COLUMNS)]
    for number in range(ROWS):
        resolved = "" if number % 4 == 3 else "2021-02-01"
        forum = "East" if number % 7 else "West"
        lines.append(f"Town {number % 9},{forum},N-{number},2020-01-01,2021-01-01,{ends[number % 4]},1.25,{resolved},")
    path = tmp_path_factory.mktemp("file") / "towns.csv"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def clean(blank: Path, file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    """What one import that nobody stops records."""
    with copied_home(blank, tmp_path_factory.mktemp("clean") / "home") as home:
        assert answer(intergov("import", file, "--json", home=home))["recorded"] == ROWS
        yield recorded(home)


def recorded(home: Path) -> list[Any]:
    """Everything on the ledger that does not depend on when it came there or on the order of batches."""
    names = {each["id"]: each["government"] for each in answer(intergov("government", "list", "--json", home=home))}
    forums = {each["id"]: each for each in answer(intergov("agreement", "list", "--json", home=home))}
    rows = answer(intergov("commitment", "list", "--limit", "10000", "--json", home=home))
    kept = ("reference_number", "made_at", "due_at", "weight", "outcome", "outcome_effective_at", "backfilled")
    found = [
        (names[row["debtor"]], forums[row["agreement"]]["title"], *(str(row[column]) for column in kept))
        for row in rows
    ]
    parties = [
        (forum["title"], sorted(names[party["government"]] for party in forum["parties"])) for forum in forums.values()
    ]
    return [sorted(found), sorted(parties), sorted(names.values())]


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_killed_and_run_again(blank: Path, file: Path, clean: list[Any], tmp_path: Path, round_: int) -> None:
    chance = random.Random(round_)
    killed_at: list[int] = []
    with copied_home(blank, tmp_path / "home") as home:
        for kill in range(KILLS_MAX):
            process = start("import", file, "--json", home=home)
            # From before it has begun to near its end; the first kills fall early, the later ones further on.
            deadline = time.monotonic() + chance.uniform(0.5, 5.0)
            while time.monotonic() < deadline and process.poll() is None:
                time.sleep(0.01)
            if process.poll() is not None:
                _, told = process.communicate()
                assert process.returncode == 0, told
                break
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            node = find_node(home)
            if kill % 2 and node is not None:
                os.kill(node.pid, signal.SIGKILL)
            killed_at.append(kill)
        last = answer(intergov("import", file, "--json", home=home))
        assert last["recorded"] + last["skipped"] == ROWS
        assert killed_at, "the import was finished before anything could be killed"
        assert recorded(home) == clean
        assert answer(intergov("import", file, "--json", home=home))["skipped"] == ROWS
        assert answer(intergov("rebuild", "--check", "--json", home=home))["differences"] == []
