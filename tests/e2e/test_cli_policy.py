"""The time limits of procedure, shown and changed on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli_home import answer, done, intergov, make_home, refused, running_home

DAY = 86_400


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with running_home(make_home(tmp_path_factory.mktemp("policy") / "home")) as made:
        yield made


def test_administrators_publish_the_next_version_and_the_older_one_stays(home: Path, tmp_path: Path) -> None:
    shown = answer(intergov("policy", "show-procedure", "--json", home=home))
    file = tmp_path / "procedure.json"
    file.write_text(json.dumps(shown | {"grace_seconds": 20 * DAY}))
    done(intergov("policy", "propose-procedure", file, "--yes", home=home))

    assert answer(intergov("policy", "show-procedure", "--json", home=home))["grace_seconds"] == 20 * DAY
    assert answer(intergov("policy", "show-procedure", "--version", "1", "--json", home=home)) == shown
    listed = answer(intergov("policy", "list", "--json", home=home))
    assert [(each["kind"], each["version"]) for each in listed] == [("score", 1), ("procedure", 1), ("procedure", 2)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"grace_seconds": DAY - 1}, "grace_seconds: 86399 is not allowed; expected from 86400"),
        ({"panel_size": 0}, "panel_size"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_policy_that_breaks_a_rule_is_named_before_anybody_is_asked(
    home: Path, tmp_path: Path, change: dict[str, int], told: str
) -> None:
    before = answer(intergov("policy", "list", "--json", home=home))
    shown = answer(intergov("policy", "show-procedure", "--version", "1", "--json", home=home))
    file = tmp_path / "procedure.json"
    file.write_text(json.dumps(shown | change))
    assert told in refused(intergov("policy", "propose-procedure", file, "--yes", home=home))
    assert answer(intergov("policy", "list", "--json", home=home)) == before


def test_a_version_that_is_not_there(home: Path) -> None:
    assert "no procedure policy of version 99" in refused(
        intergov("policy", "show-procedure", "--version", "99", home=home)
    )
