"""What holds for every test."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.databases import place, postgres_place, postgres_server
from tests.required_tools import pytest_collection_modifyitems, pytest_terminal_summary, under_ci

# The hooks and fixtures are pytest's to call: importing them here makes them part of every run.
__all__ = [
    "place",
    "postgres_place",
    "postgres_server",
    "pytest_collection_modifyitems",
    "pytest_terminal_summary",
]

# No deadline per example: a machine busy with other work would fail tests that are right. Under CI the examples are the
# same in every run, so that a red build can be repeated; elsewhere they vary, so that new ones are found.
settings.register_profile("intergov", deadline=None, derandomize=under_ci())
settings.load_profile("intergov")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's own home, node or database out of the tests."""
    for name in [name for name in os.environ if name.startswith("INTERGOV_") and name != "INTERGOV_FAULT_ROUNDS"]:
        monkeypatch.delenv(name)
