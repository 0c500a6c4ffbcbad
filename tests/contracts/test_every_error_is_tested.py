"""Every error of the contracts is expected, with its values, somewhere in these tests."""

from __future__ import annotations

import re
from pathlib import Path

from ledger.domain.refusals import REFUSALS

UNREACHABLE = {
    "InsufficientBalance": "our contracts send no money",
    "InvalidShortString": "the contracts' name and version are short and written by the constructor",
    "StringTooLong": "the contracts' name and version are short",
}


def test_every_error_is_expected_somewhere() -> None:
    tests = [path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__)]
    expected = {name for text in tests for name in re.findall(r"\b([A-Z][A-Za-z]+)\(", text)}
    assert set(REFUSALS) - expected == set(UNREACHABLE)
