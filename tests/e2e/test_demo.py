"""The S City scenario, from an empty folder to the table of scores."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.cli.demo.scenario import BODIES, GRADES, HISTORY, PROMISES
from ledger.domain.identifiers import require_identifier
from tests.cli_home import answer, done, intergov, intergov_process, refused, running_home


def test_every_code_of_the_scenario_has_its_check_character() -> None:
    for body in BODIES:
        assert str(require_identifier("uscc", body.uscc)) == f"uscc:{body.uscc}"
    assert len({body.uscc for body in BODIES}) == len(BODIES)


def test_history_names_bodies_of_the_scenario_and_known_grades() -> None:
    keys = {body.key for body in BODIES}
    for line in HISTORY.strip().splitlines()[1:]:
        debtor, _, creditor, *years = line.split()
        assert {debtor, creditor} <= keys
        assert len(years) == 8
        assert set("".join(years)) <= GRADES.keys()


@pytest.mark.slow
def test_the_scenario_is_played(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running_home(home):
        played = intergov_process("demo", "--json", home=home)
        document = answer(played)
        scores = {each["name"]: each for each in document["scores"]}
        rated = [each for each in document["scores"] if each["standing"] != "unrated"]
        assert [each["score"] for each in document["scores"]] == sorted(
            (each["score"] for each in document["scores"]), reverse=True
        )
        assert len(scores) == 7
        for each in document["scores"]:
            assert 0 <= each["low"] <= each["score"] <= each["high"] <= 1_000_000
        for which, expected in (("best", rated[0]), ("worst", rated[-1])):
            explained = document[which]
            assert explained["government"] == expected["government"]
            assert explained["base"] + sum(each["points"] for each in explained["reasons"]) == explained["score"]
        assert document["best"]["name"].startswith("Lujiang District")
        assert document["worst"]["name"].startswith("Yunhu District")

        # What the issue asks to be seen: the three service modes, every outcome, transfers in both states.
        agreements = answer(intergov("agreement", "list", "--json", home=home))
        live = [each for each in agreements if not each["backfilled"]]
        assert {each["service_mode"] for each in live} == {"fully_online", "remote_acceptance", "joint_handling"}
        for each in live:
            assert sum(part["weight_basis_points"] for part in each["terms"]["indicators"]) == 10_000
            assert each["terms"]["compensation"]["kind"] != "none"
            assert all(party["signed_at"] for party in each["parties"])
        commitments = answer(intergov("commitment", "list", "--limit", "1000", "--json", home=home))
        fates = {each["reference_number"]: each for each in commitments if not each["backfilled"]}
        for promise in PROMISES:
            outcome = {"kept": "fulfilled", "late": "partly", "partly": "partly", "broken": "broken", "open": None}
            assert fates[promise.reference]["outcome"] == outcome[promise.fate], promise.reference
            late = fates[promise.reference]["outcome_effective_at"] or ""
            assert (late > fates[promise.reference]["due_at"]) == (promise.fate in ("late", "broken"))
        assert sum(each["backfilled"] for each in commitments) > 100
        states = {each["state"] for each in answer(intergov("compensation", "list", "--json", home=home))}
        assert states == {"pending", "confirmed"}

        # Played again it changes nothing and shows the same table.
        again = answer(intergov("demo", "--json", home=home))
        assert again["block"] == document["block"]
        assert again["scores"] == document["scores"]
        shown = done(intergov("demo", home=home)).stdout
        assert "The worst" in shown
        assert "The best" in shown

        # Into a ledger with facts of its own it is not played.
        done(intergov("government", "register", "iso3166:CHN", "--name", "China", "--yes", home=home))
        assert "name a fresh home" in refused(intergov("demo", home=home))
