"""The console: every text in both languages, nothing from elsewhere, nothing inline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CONSOLE = Path(__file__).resolve().parents[2] / "api" / "console"
PAGE = (CONSOLE / "index.html").read_text(encoding="utf-8")
SCRIPT = (CONSOLE / "console.js").read_text(encoding="utf-8")
WORDS = (CONSOLE / "words.js").read_text(encoding="utf-8")


def words(language: str) -> dict[str, str]:
    block = re.search(rf"^  {language}: \{{\n(.*?)^  \}},$", WORDS, re.DOTALL | re.MULTILINE)
    assert block is not None
    return dict(re.findall(r'(\w+): "([^"]*)"', block[1]))


def test_both_languages_have_the_same_words() -> None:
    english, chinese = words("en"), words("zh")
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        assert text
        assert chinese[key]
        assert sorted(re.findall(r"\{(\w+)\}", text)) == sorted(re.findall(r"\{(\w+)\}", chinese[key])), key


def test_every_word_that_is_used_is_there() -> None:
    used = set(re.findall(r'data-text="(\w+)"', PAGE)) | set(re.findall(r'say\("(\w+)"', SCRIPT))
    assert used - words("en").keys() == set()
    assert len(used) > 20


def test_states_and_standings_of_the_api_have_words() -> None:
    from typing import get_args

    from api.schemas.records import CommitmentStateName, OutcomeName
    from api.schemas.scores import ScoreOut

    standings = get_args(ScoreOut.model_fields["standing"].annotation)
    shown = {*standings, *get_args(OutcomeName), *get_args(CommitmentStateName)} - {"none", "settled"}
    assert shown - words("en").keys() == set()


@pytest.mark.parametrize("name", ["index.html", "console.js", "words.js", "console.css", "mark.svg"])
def test_nothing_comes_from_elsewhere(name: str) -> None:
    text = (CONSOLE / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert "://" not in text
    assert not re.search(r"\bon\w+=|style=\"|<script>|<style>|innerHTML|insertAdjacentHTML|\beval\(", text)


def test_every_file_that_the_page_names_is_served() -> None:
    from api.console import _TYPES

    named = set(re.findall(r'(?:src|href)="/console/([\w.]+)"', PAGE)) | set(re.findall(r'from "\./([\w.]+)"', SCRIPT))
    assert named <= _TYPES.keys()
    assert {path.name for path in CONSOLE.iterdir() if path.suffix in (".html", ".css", ".js", ".svg")} == _TYPES.keys()


def test_the_page_has_what_assistive_technology_needs() -> None:
    for needed in (
        '<html lang="en">',
        'class="skip"',
        'role="status"',
        'aria-live="polite"',
        "<main",
        "<label",
        "viewport",
    ):
        assert needed in PAGE
    for needed in ('scope: "col"', "aria-label", "documentElement.lang", '"caption"', "aria-pressed"):
        assert needed in SCRIPT
