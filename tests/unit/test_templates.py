"""The template library."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.enums import ServiceMode
from ledger.domain.moments import format_moment, parse_moment
from ledger.domain.templates import FILE_LENGTH_MAX, Template, TemplateError, later
from ledger.errors import InvalidInput
from ledger.templates import load_template, shipped_templates

START = parse_moment("2027-01-01T00:00:00Z")


def plain() -> dict[str, Any]:
    text = resources.files("ledger.templates").joinpath("remote-acceptance.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def read(value: Any) -> Template:
    return Template.from_json(json.dumps(value))


def test_there_is_a_template_for_each_service_mode() -> None:
    modes = {template.service_mode for template in shipped_templates().values()}
    assert modes == set(ServiceMode) - {ServiceMode.NONE}


@pytest.mark.parametrize("name", sorted(shipped_templates()))
def test_what_is_made_of_a_template_is_complete(name: str) -> None:
    template = shipped_templates()[name]

    terms = template.terms(parties=(3, 5, 8), coordinating_body=2, effective_from=START, document_digest=b"\1" * 32)

    assert terms.template == template.digest
    assert (terms.parties, terms.coordinating_body) == ((3, 5, 8), 2)
    assert sum(each.weight_basis_points for each in terms.indicators) == 10_000
    assert terms.effective_from < terms.first_assessment_at < terms.expires_at
    assert terms.compensation.process
    for party in terms.parties:
        owed = template.commitments_of(party, terms.parties, 9, START, terms.expires_at)
        assert {each.indicator for each in owed} <= set(range(len(terms.indicators)))
        assert {each.creditor for each in owed} == {0}
        assert all(START < each.due_at < terms.expires_at for each in owed)
        assert len({each.reference_number for each in owed}) == len(owed) > len(template.commitments)


def test_of_two_parties_each_owes_the_other() -> None:
    template = shipped_templates()["remote-acceptance"]
    (other,) = {each.creditor for each in template.commitments_of(3, (3, 5), 9, START, later(START, 12))}
    assert other == 5


def test_no_two_parties_use_the_same_reference_number() -> None:
    template = shipped_templates()["joint-handling"]
    found = [
        each.reference_number
        for party in (3, 5, 8)
        for each in template.commitments_of(party, (3, 5, 8), 9, START, later(START, 36))
    ]
    assert len(set(found)) == len(found)


def test_who_is_no_party_owes_nothing() -> None:
    with pytest.raises(InvalidInput, match=r"party.*7.*one of the parties 3, 5"):
        shipped_templates()["joint-handling"].commitments_of(7, (3, 5), 9, START, START + 1)


def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month() -> None:
    assert format_moment(later(parse_moment("2024-01-31"), 1)) == "2024-02-29T23:59:59Z"
    assert format_moment(later(parse_moment("2024-01-31"), 12)) == "2025-01-31T23:59:59Z"


def test_the_digest_is_that_of_the_content_not_of_its_spelling() -> None:
    content = plain()
    turned = json.dumps(dict(reversed(content.items())), indent=7, ensure_ascii=False)
    assert Template.from_json(turned).digest == read(content).digest
    assert read({**content, "title": "Other"}).digest != read(content).digest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"surprise": 1}, "template: key.*surprise"),
        ({"name": ""}, "template: name"),
        ({"service_mode": "by_post"}, "service_mode.*by_post.*fully_online"),
        ({"duration_months": 0}, "duration_months.*0.*from 1 to"),
        ({"duration_months": True}, "duration_months.*True"),
        ({"duration_months": 6.5}, "duration_months.*6.5"),
        ({"first_assessment_months": 37}, "first_assessment_months.*37.*at most duration_months, 36"),
        ({"indicators": []}, "indicators.*a list of 1 to 64"),
        ({"commitments": [{"reference": "A"}]}, "commitments 0: every"),
        ({"accession": None}, "accession.*closed, on_approval, open"),
    ],
)
def test_a_template_that_breaks_a_rule_is_refused_with_the_place(change: dict[str, Any], message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        read({**plain(), **change})


def test_weights_that_do_not_add_up_are_refused() -> None:
    content = plain()
    content["indicators"][0]["weight_basis_points"] += 1
    with pytest.raises(TemplateError, match=r"sum of weight_basis_points.*10001.*10000"):
        read(content)


def test_a_commitment_to_an_indicator_that_is_not_there_is_refused() -> None:
    content = plain()
    content["commitments"][1]["indicator"] = 4
    with pytest.raises(TemplateError, match=r"commitments 1: indicator.*4.*0 to 3"):
        read(content)


def test_a_currency_must_exist() -> None:
    content = plain()
    content["compensation"]["currency"] = "XXQ"
    with pytest.raises(InvalidInput, match="XXQ"):
        read(content)


@pytest.mark.parametrize("text", ["", "[]", "{", "7", "[" * 50_000, " " * (FILE_LENGTH_MAX + 1)])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        Template.from_json(text)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"none\.json"):
        load_template(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(TemplateError, match=r"bad\.json"):
        load_template(tmp_path / "bad.json")
