"""A test whose tool is missing is left out loudly, or ends the run under CI."""

from __future__ import annotations

import pytest

from tests import required_tools

TESTS = """
import pytest

@pytest.mark.browser
def test_needs_a_browser():
    assert True

def test_needs_nothing():
    assert True
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("CI", raising=False)
    pytester.makeini("[pytest]\nmarkers = browser: needs Chromium\n")
    pytester.makeconftest("from tests.required_tools import pytest_collection_modifyitems, pytest_terminal_summary")
    pytester.makepyfile(TESTS)
    return pytester


def with_browser(monkeypatch: pytest.MonkeyPatch, present: bool) -> None:
    tool = required_tools.Tool("browser", "Chromium", lambda: present, "as root: apt-get install chromium")
    monkeypatch.setattr(required_tools, "TOOLS", (tool,))


def test_a_missing_tool_leaves_its_tests_out_and_says_how_to_get_it(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_browser(monkeypatch, present=False)
    result = project.runpytest_inprocess()
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["1 tests marked browser wait for Chromium. Get it as root: apt-get install chromium"])


def test_a_missing_tool_ends_the_run_under_ci(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    with_browser(monkeypatch, present=False)
    monkeypatch.setenv("CI", "true")
    result = project.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*1 tests need Chromium, which is missing; under CI none may wait.*"])


def test_a_tool_that_is_there_runs_its_tests(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    with_browser(monkeypatch, present=True)
    result = project.runpytest_inprocess()
    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*wait for*")
