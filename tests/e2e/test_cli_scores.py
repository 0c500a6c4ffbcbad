"""Scores on the command line: history, changes, sides, what would change them, trust; for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.importing.csvfile import COLUMNS
from tests.cli_home import answer, done, intergov, intergov_process, make_home, refused, running_home

pytestmark = pytest.mark.slow

NAMES = ("Lujiang District", "Harbour District", "Yunling County")


def write(path: Path) -> Path:
    """Thirty promises of three governments over five years; every seventh is open, Harbour breaks most."""
    lines = [",".join(COLUMNS)]
    for number in range(90):
        name, year = NAMES[number % 3], 2019 + number % 5
        kept = number % 3 != 1 or number % 4 == 0
        if number % 7 == 0:
            ended = ",,1,,"
        else:
            ended = f"{'fulfilled,1' if kept else 'broken,0'},1,{year}-12-20,"
        lines.append(f"{name},S City,{number // 3},{year}-01-10,{year}-12-31,{ended}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("scores")
    path = make_home(folder / "home")
    with running_home(path):
        done(intergov("import", write(folder / "rows.csv"), home=path))
        yield path


def test_history(home: Path) -> None:
    command = ("score", "--history", "--every", "year", "--time", "effective", "--as-of", "2024-06-30")
    document = answer(intergov(*command, "--json", home=home))
    assert list(document) == ["as_of", "time", "policy", "block", "every", "history"]
    assert [line["name"] for line in document["history"]][-1] == "Harbour District"
    moments = [point["as_of"][:10] for point in document["history"][0]["points"]]
    assert moments == ["2019-12-31", "2020-12-31", "2021-12-31", "2022-12-31", "2023-12-31", "2024-06-30"]
    alone = answer(intergov(*command, "--government", "Harbour District", "--from", "2022-01-01", "--json", home=home))
    assert alone["history"][0]["points"] == document["history"][-1]["points"][3:]
    shown = done(intergov(*command, home=home)).stdout
    assert "2021-12-31T23:59:59Z" in shown
    recorded = answer(intergov("score", "--history", "--json", home=home))
    now = {each["government"]: each["score"] for each in answer(intergov("score", "--json", home=home))["scores"]}
    assert {each["government"]: each["points"][-1]["score"] for each in recorded["history"]} == now


def test_changes(home: Path) -> None:
    command = ("score", "--since", "2022-06-30", "--time", "effective", "--as-of", "2024-06-30")
    document = answer(intergov(*command, "--json", home=home))
    assert {each["name"] for each in document["changes"]} == set(NAMES)
    for change in document["changes"]:
        assert sum(cause["points"] for cause in change["causes"]) == change["after"] - change["before"]
        assert {"new", "faded"} <= {cause["cause"] for cause in change["causes"]}
    shown = done(intergov(*command, "--government", "Harbour District", home=home)).stdout
    assert "新计入" in shown
    assert "counts now" in shown


@pytest.mark.parametrize("by", ["indicator-kind", "indicator", "agreement", "counterparty", "service-mode"])
def test_sides(home: Path, by: str) -> None:
    document = answer(intergov("score", "--by", by, "--json", home=home))
    assert document["by"] == by
    for each in document["scores"]:
        assert each["base"] + sum(side["points"] for side in each["sides"]) == each["score"]
    shown = done(intergov("score", "--by", by, "--government", NAMES[0], home=home)).stdout
    assert "Timeliness 及时性" in shown


def test_explain_and_what_if(home: Path) -> None:
    document = answer(intergov("explain", NAMES[0], "--what-if", "--json", home=home))
    assert document["base"] + sum(reason["points"] for reason in document["reasons"]) == document["score"]
    for reason in document["reasons"]:
        assert {"commitment", "points", "why", "why_zh", "reference_number", "expected", "earned"} <= set(reason)
        assert reason["reference_number"] in reason["why"]
    provisional = {reason["commitment"] for reason in document["reasons"] if reason["provisional"]}
    prospects = {each["commitment"]: each for each in document["what_would_change"]}
    assert provisional <= set(prospects)
    assert len(prospects) > 3
    for each in prospects.values():
        assert each["points_if_kept"] > each["points_if_broken"]
    assert "what_would_change" not in answer(intergov("explain", NAMES[0], "--json", home=home))
    shown = done(intergov("explain", NAMES[0], "--what-if", home=home)).stdout
    assert "What would change it 何以改变" in shown
    assert "逾期未决" in shown


def test_trust(home: Path) -> None:
    document = answer(intergov("trust", NAMES[0], NAMES[1], "--json", home=home))
    assert document["mutual"] == min(document["first_to_second"], document["second_to_first"])
    # They owe to all parties of a forum and nothing to one another: their scores are all there is to go by.
    assert document["first_to_second"] == document["first"]["score"]
    assert "Mutual trust 互信" in done(intergov("trust", NAMES[0], NAMES[1], home=home)).stdout
    assert "another government" in refused(intergov("trust", NAMES[0], NAMES[0], home=home))
    assert "nobody" in refused(intergov("trust", NAMES[0], "nobody", home=home))


@pytest.mark.parametrize(
    "command",
    [
        ("score",),
        ("score", "--history"),
        ("score", "--since", "2010-01-01"),
        ("score", "--by", "agreement"),
        ("explain", NAMES[0]),
        ("explain", NAMES[0], "--what-if"),
        ("trust", NAMES[0], NAMES[1]),
    ],
)
def test_before_the_first_block(home: Path, command: tuple[str, ...]) -> None:
    said = " ".join(refused(intergov(*command, "--as-of", "2010-06-30", home=home)).split())
    assert "'2010-06-30T23:59:59Z' is not allowed" in said
    assert "began to record" in said
    early = answer(intergov(*command, "--as-of", "2010-06-30", "--time", "effective", "--json", home=home))
    assert early["as_of"] == "2010-06-30T23:59:59Z"


def test_nobody_is_rated_before_anything_happened(home: Path) -> None:
    early = answer(intergov("score", "--as-of", "2010-06-30", "--time", "effective", "--json", home=home))
    assert {each["standing"] for each in early["scores"]} == {"unrated"}
    (base,) = {each["score"] for each in early["scores"]}
    assert all(each["low"] < base < each["high"] for each in early["scores"])


@pytest.mark.parametrize(
    "command",
    [
        ("score", "--history", "--by", "agreement"),
        ("score", "--history", "--since", "2020-01-01"),
        ("score", "--every", "month"),
        ("score", "--from", "2020-01-01"),
        ("score", "--by", "colour"),
        ("score", "--history", "--every", "day"),
        ("trust", NAMES[0]),
    ],
)
def test_wrong_usage(home: Path, command: tuple[str, ...]) -> None:
    result = intergov(*command, home=home)
    assert result.returncode == 2
    assert result.stderr
    assert not result.stdout


def test_wrong_usage_of_a_process(home: Path) -> None:
    result = intergov_process("score", "--history", "--since", "2020-01-01", home=home)
    assert (result.returncode, result.stdout) == (2, "")
    assert "give only one of" in result.stderr
