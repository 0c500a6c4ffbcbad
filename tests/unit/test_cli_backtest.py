"""`intergov backtest`: its figures, the choice of a policy, the pictures, and input that is no good."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from ledger.analysis.pictures import GOVERNMENTS_DRAWN
from ledger.importing.csvfile import COLUMNS
from ledger.policies import default_policy, load_policy
from tests.cli_home import answer, done, intergov, intergov_process, refused
from tests.integration.test_backtest_records import generate

FIGURES = ("auc", "auc_within", "brier", "log_loss", "ece", "coverage90")
HEADER = ",".join(COLUMNS)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("record") / "commitments.csv"
    generate(path)
    return path


def row(number: int, **changes: str) -> str:
    values = {
        "government": "Lujiang District",
        "counterparty_or_forum": "S City",
        "commitment_id": str(number),
        "made_on": f"{2000 + number % 20}-01-10",
        "due_on": f"{2000 + number % 20}-06-30",
        "outcome": "fulfilled" if number % 3 else "broken",
        "outcome_score": "",
        "weight": "1",
        "resolved_on": f"{2000 + number % 20}-07-10",
        "iso3": "",
    }
    return ",".join({**values, **changes}.values())


def written(folder: Path, *rows: str) -> Path:
    path = folder / "rows.csv"
    path.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return path


def figures(document: dict[str, Any]) -> list[float | None]:
    return [model[figure] for model in (document, *document["baselines"].values()) for figure in FIGURES]


def test_the_document(file: Path) -> None:
    document = answer(intergov("backtest", file, "--json"))
    assert list(document)[:9] == ["rows", "predicted", *FIGURES, "baselines"]
    assert set(document["baselines"]) == {"global", "shrunk"}
    assert document["predicted"] == document["rows"] - document["rows"] // 5
    assert document["rejected"] == 0
    assert "selection" not in document
    shown = done(intergov("backtest", file)).stdout
    assert f"{document['auc']:.3f}" in shown


@pytest.mark.slow
def test_a_policy_is_chosen_on_the_first_half(file: Path, tmp_path: Path) -> None:
    chosen = tmp_path / "chosen.json"
    document = answer(intergov("backtest", file, "--select", "--out", chosen, "--json"))
    selection = document["selection"]
    assert document["predicted"] == document["rows"] - document["rows"] // 2
    assert document["predicted"] == selection["before"]["predicted"]
    assert selection["tried"] > 10
    policy = load_policy(chosen)
    assert policy.to_mapping() == selection["policy"]
    assert policy.digest.hex() == document["policy_digest"]
    present = default_policy().to_mapping()
    changed = {name: each for name, each in selection["policy"].items() if each != present[name]}
    assert changed == {name: each["after"] for name, each in selection["changed"].items()}
    assert {name: each["before"] for name, each in selection["changed"].items()} == {n: present[n] for n in changed}
    assert answer(intergov("backtest", file, "--policy", chosen, "--json"))["policy_digest"] == policy.digest.hex()
    shown = done(intergov("backtest", file, "--select")).stdout
    assert all(name in shown for name in changed)


def test_pictures_are_the_same_every_time(file: Path, tmp_path: Path) -> None:
    document = answer(intergov("backtest", file, "--plot", tmp_path / "first", "--json"))
    done(intergov("backtest", file, "--plot", tmp_path / "second"))
    assert sorted(document["pictures"]) == ["history", "reliability"]
    for path in document["pictures"].values():
        content = Path(path).read_bytes()
        assert ET.fromstring(content).tag.endswith("svg")
        assert content == (tmp_path / "second" / Path(path).name).read_bytes()
    text = Path(document["pictures"]["history"]).read_text(encoding="utf-8")
    assert sum(f"G{number:02}" in text for number in range(12)) == GOVERNMENTS_DRAWN
    assert "base" in text


def test_names_in_pictures_may_be_anything(tmp_path: Path) -> None:
    rows = [
        row(number, government=name)
        for name in ("鹿江区政府", "$x^{$ District", "_hidden", "<&>")
        for number in range(1, 25)
    ]
    path = written(tmp_path, *rows)
    done(intergov("backtest", path, "--plot", tmp_path / "p"))
    drawn = ET.fromstring((tmp_path / "p" / "score-history.svg").read_bytes())
    texts = {each.text for each in drawn.iter() if each.text}
    assert {"鹿江区政府", "$x^{$ District", "hidden", "<&>"} <= texts


def test_pictures_cannot_be_drawn_into_a_file(file: Path) -> None:
    assert "--plot" in refused(intergov("backtest", file, "--plot", file))
    assert "--out" in refused(intergov("backtest", file, "--select", "--out", file.parent / "none" / "p.json"))


def test_the_drawing_library_is_loaded_only_for_pictures(file: Path) -> None:
    script = (
        "import sys; from ledger.cli.app import app; from typer.testing import CliRunner\n"
        "result = CliRunner().invoke(app, sys.argv[1:]); assert result.exit_code == 0, result.output\n"
        "print(any(name.split('.')[0] == 'matplotlib' for name in sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, "backtest", str(file)], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"


def test_an_empty_file(tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    assert "it is empty" in refused(intergov("backtest", empty))
    assert "at least one row" in refused(intergov("backtest", written(tmp_path)))
    assert "can be read" in refused(intergov("backtest", tmp_path / "missing.csv"))
    assert "between a fifth and a half" in refused(intergov("backtest", written(tmp_path, row(1)), "--select"))


def test_one_row_one_government_and_no_outcome(tmp_path: Path) -> None:
    alone = answer(intergov("backtest", written(tmp_path, row(1)), "--json"))
    assert (alone["rows"], alone["predicted"], alone["auc"]) == (1, 1, None)
    one = answer(intergov("backtest", written(tmp_path, *(row(number) for number in range(1, 41))), "--json"))
    assert one["governments"] == 1
    # One government cannot be ranked within one commitment, and one cluster cannot be resampled into another.
    assert one["auc_within"] is None
    assert one["auc"] is not None
    unknown = [row(number, outcome="unknown", resolved_on="") for number in range(1, 9)]
    nothing = answer(intergov("backtest", written(tmp_path, *unknown), "--plot", tmp_path / "p", "--json"))
    assert (nothing["rows"], nothing["predicted"]) == (8, 0)
    assert figures(nothing) == [None] * len(figures(nothing))
    alike = [row(number, outcome="fulfilled") for number in range(1, 41)]
    kept = answer(intergov("backtest", written(tmp_path, *alike), "--json"))
    assert kept["auc"] is None
    assert kept["brier"] is not None


def test_weights_of_zero_teach_nothing(tmp_path: Path) -> None:
    rows = [row(number, weight="0") for number in range(1, 41)]
    document = answer(intergov("backtest", written(tmp_path, *rows), "--plot", tmp_path / "p", "--json"))
    # Each is predicted, all at the prior of one half: so they cannot be told apart.
    assert (document["predicted"], document["auc"], document["brier"]) == (32, 0.5, 0.25)


BAD = {
    "future": ({"resolved_on": "9999-01-01"}, "resolved_on"),
    "before it was made": ({"resolved_on": "1999-01-01"}, "resolved_on"),
    "twice": ({"commitment_id": "1", "made_on": "2001-01-10", "due_on": "2001-06-30"}, "commitment_id"),
    "weight": ({"weight": "-1"}, "weight"),
    "not a number": ({"weight": "NaN"}, "weight"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_rows_are_named_and_left_out(case: str, tmp_path: Path) -> None:
    changes, column = BAD[case]
    rows = [row(number) for number in range(1, 41)]
    path = written(tmp_path, *rows, row(41, **changes))
    result = intergov("backtest", path, "--json")
    document = answer(result)
    assert (document["rows"], document["rejected"]) == (40, 1)
    assert f"rows.csv, line 42, column {column}" in " ".join(result.stderr.split())
    assert figures(document) == figures(answer(intergov("backtest", written(tmp_path, *rows), "--json")))
    if case != "twice":
        assert "all rejected" in refused(intergov("backtest", written(tmp_path, row(41, **changes))))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"points_half_life_days": -1}, "points_half_life_days: -1 is not allowed"),
        ({"rating_memory_half_life_days": 0}, "rating_memory_half_life_days: 0 is not allowed"),
        ({"half_life": 3}, "'half_life' is not allowed"),
        ({"base_prior_millionths": 0.5}, "base_prior_millionths: 0.5 is not allowed"),
        ({"base_prior_millionths": float("nan")}, "base_prior_millionths: nan is not allowed"),
        ({"version": True}, "version: True is not allowed"),
    ],
)
def test_a_wrong_policy_is_refused(change: dict[str, Any], said: str, file: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({**default_policy().to_mapping(), **change}), encoding="utf-8")
    assert said in " ".join(refused(intergov("backtest", file, "--policy", policy)).split())


def test_out_without_select_is_wrong_usage(file: Path, tmp_path: Path) -> None:
    result = intergov_process("backtest", file, "--out", tmp_path / "p.json")
    assert result.returncode == 2
    assert "--select" in result.stderr
    assert not (tmp_path / "p.json").exists()
