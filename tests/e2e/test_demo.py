"""The S City scenario, from an empty folder to the table of scores."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.chain.embedded.clock import seconds_behind
from ledger.cli.demo.scenario import BODIES, DEGREES, GRADES, HISTORY, HISTORY_YEARS, PROMISES, QUARTERLY, QUARTERS
from ledger.cli.demo.scene import PLAY_DAYS, Scene
from ledger.domain.identifiers import require_identifier
from ledger.domain.moments import parse_moment
from ledger.errors import LedgerError
from tests.cli_home import answer, copied_home, done, intergov, intergov_process, make_home, refused, running_home


def test_every_code_of_the_scenario_has_its_check_character() -> None:
    for body in BODIES:
        assert str(require_identifier("uscc", body.uscc)) == f"uscc:{body.uscc}"
    assert len({body.uscc for body in BODIES}) == len(BODIES)


def test_history_names_bodies_of_the_scenario_and_known_grades() -> None:
    keys = {body.key for body in BODIES}
    for line in HISTORY.strip().splitlines()[1:]:
        debtor, _, creditor, *years = line.split()
        assert {debtor, creditor} <= keys
        assert len(years) == HISTORY_YEARS
        assert set("".join(years)) <= GRADES.keys()


def test_promises_name_bodies_of_the_scenario_and_a_fate_of_their_own_or_a_common_one() -> None:
    keys = {body.key for body in BODIES}
    for promise in PROMISES:
        assert {promise.debtor, promise.creditor or promise.debtor} <= keys
        assert promise.fate in OUTCOMES
    assert set(DEGREES) == {promise.reference for promise in PROMISES if promise.fate in ("late", "partly")}


OUTCOMES = {
    "kept": "fulfilled",
    "late": "partly",
    "partly": "partly",
    "silent": "fulfilled",
    "bettered": "fulfilled",
    "handed over": "fulfilled",
    "inherited": "fulfilled",
    "broken and repaired": "broken",
    "broken": "broken",
    "excused": "excused",
    "overturned": "fulfilled",
    "declined": None,
    "reported": None,
    "open": None,
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A home in which the scenario was played, and the document that the play ended with."""
    home = tmp_path_factory.mktemp("demo") / "home"
    with running_home(home):
        yield home, answer(intergov_process("demo", "--json", home=home))


@pytest.mark.slow
def test_the_play_ends_with_scores_and_standings(stage: tuple[Path, dict[str, Any]]) -> None:
    home, document = stage
    scores = {each["name"].split()[0]: each for each in document["scores"]}
    rated = [each for each in document["scores"] if each["standing"] != "unrated"]
    assert [each["score"] for each in document["scores"]] == sorted(
        (each["score"] for each in document["scores"]), reverse=True
    )
    for each in document["scores"]:
        assert 0 <= each["low"] <= each["score"] <= each["high"] <= 1_000_000
    for which, expected in (("best", rated[0]), ("worst", rated[-1])):
        explained = document[which]
        assert explained["government"] == expected["government"]
        assert explained["base"] + sum(each["points"] for each in explained["reasons"]) == explained["score"]
    assert document["best"]["name"].startswith("Lujiang District")
    assert document["worst"]["name"].startswith("Yunhu District")
    assert {name: each["standing"] for name, each in scores.items()} == {
        "Lujiang": "good",
        "Binhai": "good",
        "Qingshan": "good",
        "Nanling": "watched",
        "Baihe": "disciplined",
        "Yunhu": "repaired",
        "S": "unrated",
        "Haitang": "unrated",
    }
    # The clock is right again, and nothing is dated in the future.
    assert seconds_behind(home) == 0
    assert abs(parse_moment(document["as_of"]) - time.time()) < 600


@pytest.mark.slow
def test_every_turn_of_the_life_of_an_agreement_was_played(stage: tuple[Path, dict[str, Any]]) -> None:
    home, _ = stage
    agreements = answer(intergov("agreement", "list", "--json", home=home))
    live = {each["reference_number"]: each for each in agreements if not each["backfilled"]}
    modes = {each["service_mode"] for each in live.values()}
    assert modes == {"fully_online", "remote_acceptance", "joint_handling"}
    for each in live.values():
        assert sum(part["weight_basis_points"] for part in each["terms"]["indicators"]) == 10_000
        assert each["terms"]["compensation"]["kind"] != "none"
        assert int(each["terms"]["template"], 16) != 0
    # A counter-proposal and an amendment were signed; a newcomer acceded, and a successor took a seat.
    assert live["SC-ONLINE"]["version"] == 2
    assert live["SC-REMOTE"]["version"] == 2
    assert live["SC-REMOTE"]["terms"]["compensation"]["amount_minor"] == 4_000
    assert live["SC-NEXT"]["state"] == "proposed"
    commitments = answer(intergov("commitment", "list", "--limit", "1000", "--json", home=home))
    fates = {each["reference_number"]: each for each in commitments if not each["backfilled"]}
    assert len(fates) == len(PROMISES) + QUARTERS
    for promise in PROMISES:
        assert fates[promise.reference]["outcome"] == OUTCOMES[promise.fate], promise.reference
    for number in range(1, QUARTERS + 1):
        assert fates[f"{QUARTERLY.reference}-{number}"]["outcome"] == "fulfilled"
    assert sum(each["backfilled"] for each in commitments) > 100
    breaches = {each["commitment"]: each["state"] for each in answer(intergov("breach", "list", "--json", home=home))}
    assert {reference: breaches[fates[reference]["id"]] for reference in ("YH-01", "BE-02", "NL-02", "NL-03")} == {
        "YH-01": "repaired",
        "BE-02": "determined",
        "NL-02": "overturned",
        "NL-03": "reported",
    }
    assert {each["state"] for each in answer(intergov("dispute", "list", "--json", home=home))} == {"final"}
    # The body of the next level ruled last.
    province = answer(intergov("government", "show", "uscc:11990000MB0000001M", "--json", home=home))
    assert answer(intergov("dispute", "show", "1", "--json", home=home))["ruled_by"] == province["id"]
    states = {each["state"] for each in answer(intergov("compensation", "list", "--json", home=home))}
    assert states == {"pending", "confirmed"}


@pytest.mark.slow
def test_played_again_it_changes_nothing(stage: tuple[Path, dict[str, Any]]) -> None:
    home, document = stage
    again = answer(intergov("demo", "--json", home=home))
    assert again["block"] == document["block"]
    assert [each["government"] for each in again["scores"]] == [each["government"] for each in document["scores"]]
    shown = done(intergov("demo", home=home)).stdout
    assert "The worst" in shown
    assert "The best" in shown
    # Nor is it played into a ledger with facts of its own.
    done(intergov("government", "register", "iso3166:CHN", "--name", "China", "--yes", home=home))
    assert "name a fresh home" in refused(intergov("demo", home=home))


@pytest.mark.slow
def test_where_it_cannot_be_played(tmp_path: Path) -> None:
    blank = make_home(tmp_path / "blank")
    with copied_home(blank, tmp_path / "home") as home:
        # Its chain is at the present already, and does not go back.
        assert "name a fresh home" in refused(intergov("demo", home=home))
        assert seconds_behind(home) == 0
    elsewhere = tmp_path / "none"
    assert "a chain of its own" in refused(intergov("--rpc", "http://127.0.0.1:1", "demo", home=elsewhere))
    assert not elsewhere.exists()


@pytest.mark.slow
def test_the_clock_is_right_again_when_the_play_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(scene: Scene) -> None:
        assert seconds_behind(scene.ledger.home.path) > (PLAY_DAYS - 1) * 86_400
        raise LedgerError("the curtain fell")

    monkeypatch.setattr("ledger.cli.demo.play.record_history", fails)
    with running_home(tmp_path / "home") as home:
        assert "the curtain fell" in refused(intergov("demo", home=home))
        assert seconds_behind(home) == 0
        monkeypatch.undo()
        # What was begun is not gone on with.
        assert "not finished" in refused(intergov("demo", home=home))
