"""The command line's parts: options before and after, reading, printing, telling what went wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from ledger.cli import reading
from ledger.cli.app import app as whole
from ledger.cli.doctor import Check
from ledger.cli.options import DatabaseOption, GlobalOptions, HomeOption, JsonOption, RpcOption, command
from ledger.cli.output import Output, part, shown_cell
from ledger.cli.session import Session
from ledger.domain.enums import Level
from ledger.errors import InvalidInput, LedgerError
from tests.cli_home import intergov


class Wrong(LedgerError):
    """For these tests."""


def small_app() -> typer.Typer:
    app = typer.Typer()

    @app.callback()
    def root(
        context: typer.Context,
        home: HomeOption = None,
        rpc: RpcOption = None,
        database: DatabaseOption = None,
        as_json: JsonOption = False,
    ) -> None:
        context.obj = GlobalOptions(home, rpc, database, as_json)

    @command(app, "tell")
    def tell(session: Session, word: Annotated[str, typer.Option("--word")] = "none") -> None:
        session.out.document(
            {
                "home": str(session.settings.home),
                "rpc": session.settings.rpc,
                "database": session.settings.database,
                "word": word,
            }
        )
        session.out.line(f"for people: {word}")

    @command(app, "fail")
    def fail(session: Session, how: str) -> None:
        raise {"refuse": Wrong("home: it is wrong"), "stop": KeyboardInterrupt(), "abort": typer.Abort()}.get(
            how, RuntimeError("first line\nsecond line")
        )

    return app


PLACES = [
    ["--home", "a", "--rpc", "b", "--database", "c", "--json", "tell", "--word", "d"],
    ["tell", "--home", "a", "--rpc", "b", "--database", "c", "--json", "--word", "d"],
    ["--home", "a", "--json", "tell", "--word", "d", "--rpc", "b", "--database", "c"],
    ["--home", "x", "--rpc", "y", "tell", "--home", "a", "--rpc", "b", "--database", "c", "--word", "d", "--json"],
]


@pytest.mark.parametrize("arguments", PLACES)
def test_global_options_stand_before_and_after(arguments: list[str]) -> None:
    result = CliRunner().invoke(small_app(), arguments)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"home": "a", "rpc": "b", "database": "c", "word": "d"}


def test_the_environment_is_asked_last() -> None:
    result = CliRunner().invoke(small_app(), ["tell", "--json"], env={"INTERGOV_HOME": "e", "INTERGOV_RPC": ""})
    assert json.loads(result.stdout)["home"] == "e"
    assert json.loads(result.stdout)["rpc"] is None
    result = CliRunner().invoke(small_app(), ["tell", "--json", "--home", "a"], env={"INTERGOV_HOME": "e"})
    assert json.loads(result.stdout)["home"] == "a"


def test_people_get_lines_and_programs_a_document() -> None:
    assert CliRunner().invoke(small_app(), ["tell"]).stdout == "for people: none\n"
    json.loads(CliRunner().invoke(small_app(), ["tell", "--json"]).stdout)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("refuse", "intergov: home: it is wrong\n"),
        ("stop", "interrupted"),
        ("abort", "stopped; nothing more was sent"),
        ("break", "a fault of this program: RuntimeError: first line. Set INTERGOV_DEBUG=1"),
    ],
)
def test_what_goes_wrong_is_one_line_and_exit_1(how: str, told: str) -> None:
    result = CliRunner().invoke(small_app(), ["--json", "fail", how])
    assert (result.exit_code, result.stdout) == (1, "")
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_the_whole_story_is_told_on_request() -> None:
    result = CliRunner().invoke(small_app(), ["fail", "break"], env={"INTERGOV_DEBUG": "1"})
    assert "second line" in result.stderr
    assert "Traceback" in result.stderr


def test_every_command_of_the_contract_is_there() -> None:
    names = "init serve demo import score explain backtest rebuild doctor keys agreement commitment compensation"
    for name in names.split():
        result = CliRunner().invoke(whole, [name, "--help"])
        assert result.exit_code == 0, name
        if name not in ("keys", "agreement", "commitment", "compensation"):
            for option in ("--home", "--rpc", "--database", "--json"):
                assert option in result.stdout, (name, option)


def test_backtest_needs_no_ledger(tmp_path: Path) -> None:
    lines = [
        "government,counterparty_or_forum,commitment_id,made_on,due_on,outcome,outcome_score,weight,resolved_on,iso3"
    ]
    for year in range(2000, 2020):
        for number, name in enumerate(("Lujiang", "Binhai", "Yunhu")):
            kept = (year + number) % (number + 2) == 0
            end = "fulfilled,1" if kept else "broken,0"
            lines.append(f"{name},S City,{year},{year}-01-01,{year}-12-31,{end},1,{year + 1}-02-01,")
    path = tmp_path / "history.csv"
    path.write_text("\n".join([*lines, "bad row", ""]), encoding="utf-8")
    result = intergov("backtest", path, "--json", home=tmp_path / "none")
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    figures = {"rows", "predicted", "auc", "auc_within", "brier", "log_loss", "ece", "coverage90", "baselines"}
    assert figures <= document.keys()
    assert (document["rows"], document["predicted"]) == (60, 48)
    assert set(document["baselines"]) == {"global", "shrunk"}
    assert "line 62" in result.stderr
    (tmp_path / "policy.json").write_text("{}", encoding="utf-8")
    bad = intergov("backtest", path, "--policy", tmp_path / "policy.json", home=tmp_path / "none")
    assert (bad.returncode, "policy" in bad.stderr) == (1, True)


DEGREES = {"100": 10_000, "62.5": 6_250, "62.5%": 6_250, "0.01": 1, "100.00 %": 10_000}


@pytest.mark.parametrize("text", DEGREES)
def test_degrees(text: str) -> None:
    assert reading.kept(text) == DEGREES[text]


@pytest.mark.parametrize("text", ["0", "100.01", "-5", "62.555", "half", "%"])
def test_degrees_that_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="--kept"):
        reading.kept(text)


def test_members_digests_and_files(tmp_path: Path) -> None:
    assert reading.member("--level", "city", Level) is Level.CITY
    with pytest.raises(InvalidInput, match="international"):
        reading.member("--level", "galaxy", Level)
    assert reading.digest("--digest", "0x" + "ab" * 32) == b"\xab" * 32
    with pytest.raises(InvalidInput, match="64 hexadecimal digits"):
        reading.digest("--digest", "ab" * 31)
    with pytest.raises(InvalidInput, match="No such file"):
        reading.digest_of("--file", tmp_path / "absent")
    for content in (b"\xff", b"{", b"[1]"):
        (tmp_path / "x.json").write_bytes(content)
        with pytest.raises(InvalidInput, match="a file"):
            reading.json_object("FILE", tmp_path / "x.json")


@pytest.mark.parametrize(
    ("millionths", "shown"),
    [(None, "–"), (0, "0.0000"), (654_321, "0.6543"), (-12_399, "-0.0123"), (1_000_000, "1.0000")],
)
def test_scores_for_people(millionths: int | None, shown: str) -> None:
    assert part(millionths) == shown


def test_points_for_people_carry_their_sign() -> None:
    assert part(12_300, signed=True) == "+0.0123"
    assert part(-12_300, signed=True) == "-0.0123"


def test_cells_hold_a_dash_for_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert [shown_cell(each) for each in (None, "", True, False, 0)] == ["–", "–", "yes", "no", "0"]
    Output(as_json=False).table("Title", ("a", "b"), [("[bold]x", None)])
    printed = capsys.readouterr().out
    # What looks like mark-up in a government's name is its name.
    assert "[bold]x" in printed
    Output(as_json=False).table("", ("a",), [])
    assert "(none)" in capsys.readouterr().out


def test_a_document_has_no_nan(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="Out of range"):
        Output(as_json=True).document({"score": float("nan")})
    assert capsys.readouterr().out == ""


def test_checks_say_how_to_mend() -> None:
    assert Check("node", False, "it rests", "start it").to_json() == {
        "check": "node",
        "ok": False,
        "detail": "it rests",
        "mend": "start it",
    }
