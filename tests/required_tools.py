"""
Tests that wait for a tool.

Some tests need a program that `make setup` does not install: only root can, or it takes minutes to build. Such a test
carries the tool's marker. Where the tool is missing the test is left out, and the run ends with a section that says how
many wait, for what, and how to get it; nothing is skipped in silence. Under CI (`CI=true`) a missing tool ends the run
instead, because there none may wait.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from ledger.networks.go_ethereum import VERSION, find_geth

GETH_FOLDER: Final = Path(__file__).parents[1] / ".geth"
"""Where `make geth` puts the test network's program."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that tests may need and that `make setup` cannot install."""

    marker: str
    """The pytest marker of the tests that need it."""

    name: str
    """What people call it."""

    present: Callable[[], bool]
    """Whether this machine has it."""

    get: str
    """How to get it."""


def _has_chromium() -> bool:
    return any(shutil.which(program) for program in ("chromium", "chromium-browser", "google-chrome"))


def _has_postgresql() -> bool:
    # Debian keeps the server's programs off the path, in a folder for each version.
    return shutil.which("initdb") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def _has_softhsm() -> bool:
    return shutil.which("softhsm2-util") is not None


def _has_geth() -> bool:
    return find_geth(GETH_FOLDER) is not None


TOOLS: Final = (
    Tool("browser", "Chromium", _has_chromium, "as root: apt-get install chromium"),
    Tool("postgres", "a PostgreSQL server", _has_postgresql, "as root: apt-get install postgresql"),
    Tool("network", f"go-ethereum {VERSION}", _has_geth, "anywhere: make geth"),
    Tool("softhsm", "SoftHSM", _has_softhsm, "as root: apt-get install softhsm2"),
)

_WAITING: Final = pytest.StashKey[dict[str, int]]()


def under_ci() -> bool:
    """Return whether this run is CI's, where no test may wait."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests whose tool is missing and remember how many they were."""
    waiting = config.stash.setdefault(_WAITING, {})
    for tool in TOOLS:
        needing = [item for item in items if item.get_closest_marker(tool.marker)]
        if not needing or tool.present():
            continue
        if under_ci():
            raise pytest.UsageError(
                f"{len(needing)} tests need {tool.name}, which is missing; under CI none may wait. Get it {tool.get}"
            )
        waiting[tool.marker] = len(needing)
        config.hook.pytest_deselected(items=needing)
        items[:] = [item for item in items if item not in needing]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which tests wait, and for what."""
    waiting = config.stash.get(_WAITING, {})
    if not waiting:
        return
    terminalreporter.section("tests that wait for a tool", yellow=True, bold=True)
    for tool in TOOLS:
        if tool.marker in waiting:
            terminalreporter.line(
                f"{waiting[tool.marker]} tests marked {tool.marker} wait for {tool.name}. Get it {tool.get}",
                yellow=True,
            )
