"""A table at the end of a run of faults: what was survived, how often, and for how long."""

from __future__ import annotations

import os
from collections import defaultdict

import pytest

_ROUNDS = "INTERGOV_FAULT_ROUNDS"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, where the full counts were asked for."""
    rounds = os.environ.get(_ROUNDS)
    if rounds is None:
        return
    seconds: dict[str, float] = defaultdict(float)
    ended: dict[str, str] = {}
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, []):
            if isinstance(report, pytest.TestReport) and "/faults/" in report.nodeid:
                ended[report.nodeid] = outcome
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and report.nodeid in ended:
                seconds[report.nodeid] += report.duration
    if not ended:
        return
    terminalreporter.section(f"faults, {rounds} rounds", bold=True)
    for name in sorted(ended):
        shown = name.removeprefix("tests/faults/")
        terminalreporter.line(f"{ended[name]:8} {seconds[name]:8.1f} s  {shown}", red=ended[name] != "passed")
