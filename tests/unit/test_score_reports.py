"""Reports about scores: they add up with the table of scores, in both times, whatever the policy does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.domain.cases import TimeBasis
from ledger.domain.events import PolicyPublished, TransferConfirmed, TransferRecorded
from ledger.domain.moments import format_moment, parse_moment
from ledger.errors import InvalidInput, NotFound
from ledger.policies import default_policy
from ledger.reports import Reports, ScorePolicyMissing
from ledger.score_reports import BY, changes, history, prospects, sides, trust
from ledger.score_reports.history import POINTS_MAX, period_ends
from ledger.store.engine import open_engine
from ledger.store.projection import Projector, Queries
from tests.unit.chain_builder import (
    DISTRICT,
    GENESIS_AT,
    HARBOUR,
    PROVINCE,
    RECORDER,
    FakeChain,
    backfilled,
    founded,
    government,
    outcome,
    taken_on,
)

DAY = 86_400
YEAR = 31_557_600
NOW = GENESIS_AT + 400 * DAY

POLICY = default_policy()
OTHER = replace(POLICY, version=2, name="another", points_half_life_days=365)
POLICIES = {"0x" + policy.digest.hex(): policy for policy in (POLICY, OTHER)}


def busy() -> FakeChain:
    """History that was imported on the first day, promises between two districts, and what became of them."""
    chain = founded()
    past = GENESIS_AT - 5 * YEAR
    old = [
        backfilled(number, (DISTRICT, HARBOUR)[number % 2], past, past + number * 30 * DAY) for number in range(1, 31)
    ]
    chain.add(*old, *[outcome(each.id, each.debtor, (0, 10_000)[each.id % 3 > 0], each.due_at) for each in old])
    chain.add(
        *(each for number in range(31, 41) for each in taken_on(number, DISTRICT, HARBOUR, GENESIS_AT + 100 * DAY)),
        *(each for number in range(41, 45) for each in taken_on(number, HARBOUR, DISTRICT, GENESIS_AT + 200 * DAY)),
        TransferRecorded(1, 1, DISTRICT, HARBOUR, b"CNY", 150_000, GENESIS_AT + DAY, "bank 1"),
        TransferRecorded(2, 1, DISTRICT, HARBOUR, b"CNY", 50_000, GENESIS_AT + DAY, "bank 2"),
        at=GENESIS_AT + 2 * DAY,
    )
    chain.add(
        *(outcome(number, DISTRICT, 10_000, GENESIS_AT + 90 * DAY, by=HARBOUR) for number in range(31, 39)),
        TransferConfirmed(1, HARBOUR, b"CNY", 150_000, GENESIS_AT + 5 * DAY),
        at=GENESIS_AT + 95 * DAY,
    )
    chain.add(government(5, "Late County"), at=GENESIS_AT + 120 * DAY)
    chain.add(outcome(41, HARBOUR, 0, GENESIS_AT + 210 * DAY, by=DISTRICT), at=GENESIS_AT + 220 * DAY)
    chain.add(at=GENESIS_AT + 390 * DAY)
    return chain


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(tmp_path / "p.sqlite", durable=False)
    yield engine
    engine.dispose()


def reports_on(engine: Engine, chain: FakeChain | None = None, policies: Any = None) -> Reports:
    Projector(engine).apply((chain or busy()).built)
    return Reports(Queries(engine), policies=policies or POLICIES, clock=lambda: float(NOW))


@pytest.mark.parametrize("time", ["recorded", "effective"])
def test_every_point_of_a_history_is_the_table_of_that_moment(engine: Engine, time: TimeBasis) -> None:
    reports = reports_on(engine)
    document = history(reports, every="quarter", time=time).to_json()
    json.dumps(document, allow_nan=False)
    table = reports.scores(time=time).to_json()
    assert {key: document[key] for key in ("as_of", "time", "policy", "block")} == {
        key: table[key] for key in ("as_of", "time", "policy", "block")
    }
    moments = {point["as_of"] for line in document["history"] for point in line["points"]}
    assert len(moments) >= (5 if time == "recorded" else 20)
    for moment in moments:
        found = {
            line["government"]: {key: point[key] for key in ("score", "low", "high", "settled", "standing")}
            for line in document["history"]
            for point in line["points"]
            if point["as_of"] == moment
        }
        scores = reports.scores(as_of=parse_moment(moment), time=time).to_json()["scores"]
        assert found == {
            each["government"]: {key: each[key] for key in ("score", "low", "high", "settled", "standing")}
            for each in scores
        }
    assert [line["government"] for line in document["history"]] == [each["government"] for each in table["scores"]]


def test_a_history_begins_where_it_is_told(engine: Engine) -> None:
    reports = reports_on(engine)
    first = GENESIS_AT + 50 * DAY
    found = history(reports, government="Late County", every="month", first=first).to_json()
    (line,) = found["history"]
    assert line["points"][0]["as_of"] > format_moment(GENESIS_AT + 120 * DAY)
    assert {point["standing"] for point in line["points"]} == {"unrated"}
    everything = history(reports, every="month", first=first).to_json()
    assert min(point["as_of"] for each in everything["history"] for point in each["points"]) > format_moment(first)
    with pytest.raises(InvalidInput, match="began to record"):
        history(reports, first=GENESIS_AT - 1)
    with pytest.raises(InvalidInput, match="began to record"):
        history(reports, as_of=GENESIS_AT - 1)
    with pytest.raises(InvalidInput, match="a moment not after"):
        history(reports, first=GENESIS_AT + 2 * DAY, as_of=GENESIS_AT + DAY)
    with pytest.raises(InvalidInput, match="one of month, quarter, year"):
        history(reports, every="day")  # type: ignore[arg-type]


def test_before_a_policy_there_is_no_point(engine: Engine) -> None:
    chain = FakeChain()
    chain.add(government(DISTRICT, "Lujiang District"))
    chain.add(PolicyPublished("score", 1, POLICY.digest, "", GENESIS_AT + 70 * DAY), at=GENESIS_AT + 60 * DAY)
    chain.add(at=GENESIS_AT + 150 * DAY)
    reports = reports_on(engine, chain)
    (line,) = history(reports, every="month").to_json()["history"]
    assert line["points"][0]["as_of"] >= format_moment(GENESIS_AT + 70 * DAY)
    assert len(line["points"]) >= 3
    with pytest.raises(ScorePolicyMissing):
        history(reports, as_of=GENESIS_AT + 65 * DAY)


def test_periods_end_with_the_calendar() -> None:
    first, last = parse_moment("2023-11-15T00:00:00Z"), parse_moment("2024-05-31T23:59:59Z")
    ends = [format_moment(moment)[:10] for moment in period_ends(first, last, "month")]
    assert ends == ["2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]
    assert [format_moment(moment) for moment in period_ends(first, last, "year")] == [
        "2023-12-31T23:59:59Z",
        "2024-05-31T23:59:59Z",
    ]
    assert [format_moment(moment)[:10] for moment in period_ends(first, last, "quarter")] == [
        "2023-12-31",
        "2024-03-31",
        "2024-05-31",
    ]
    assert list(period_ends(last, last, "month")) == [last]
    assert len(list(period_ends(1, parse_moment("9999-12-31"), "quarter"))) == 8_030 * 4
    with pytest.raises(InvalidInput, match="year 10000"):
        list(period_ends(1, 2**40 - 1, "year"))


def test_too_long_a_history_is_refused(engine: Engine) -> None:
    reports = reports_on(engine)
    with pytest.raises(InvalidInput, match=f"at most {POINTS_MAX}"):
        history(reports, every="month", first=1, as_of=parse_moment("9999-12-31"), time="effective")


@pytest.mark.parametrize("time", ["recorded", "effective"])
@pytest.mark.parametrize("since", [GENESIS_AT + 2, GENESIS_AT + 100 * DAY, GENESIS_AT + 200 * DAY])
def test_the_causes_of_a_change_add_up(engine: Engine, time: TimeBasis, since: int) -> None:
    reports = reports_on(engine)
    document = changes(reports, since, time=time).to_json()
    json.dumps(document, allow_nan=False)
    before = {each["government"]: each["score"] for each in reports.scores(since, time).to_json()["scores"]}
    after = reports.scores(time=time).to_json()
    assert [each["government"] for each in document["changes"]] == [each["government"] for each in after["scores"]]
    for change, now in zip(document["changes"], after["scores"], strict=True):
        assert change["after"] == now["score"]
        if change["government"] in before:
            assert change["before"] == before[change["government"]]
        assert sum(cause["points"] for cause in change["causes"]) == change["points"]
        assert change["points"] == change["after"] - change["before"]
        for cause in change["causes"]:
            assert (cause["commitment"] is None) == (cause["cause"] == "base")
            if cause["commitment"] is not None:
                assert cause["why"].startswith(cause["reference_number"])
                assert cause["why_zh"].startswith(cause["reference_number"])


def test_what_came_and_what_became_overdue_are_causes(engine: Engine) -> None:
    reports = reports_on(engine)
    (change,) = changes(reports, GENESIS_AT + 50 * DAY, government="Lujiang District").to_json()["changes"]
    causes = {cause["commitment"]: cause for cause in change["causes"]}
    assert {causes[number]["cause"] for number in (*range(31, 41),)} == {"new"}
    assert causes[31]["points"] > 0 > causes[39]["points"]
    assert "overdue" in causes[39]["why"]
    assert causes[2]["cause"] == "faded"
    with pytest.raises(InvalidInput, match="since"):
        changes(reports, GENESIS_AT + 390 * DAY)
    with pytest.raises(InvalidInput, match="began to record"):
        changes(reports, 1)
    with pytest.raises(NotFound):
        changes(reports, GENESIS_AT + 2, government="nobody")


def test_another_policy_is_a_cause_of_its_own(engine: Engine) -> None:
    chain = busy()
    chain.add(PolicyPublished("score", 2, OTHER.digest, "", GENESIS_AT + 395 * DAY), at=GENESIS_AT + 394 * DAY)
    chain.add(at=GENESIS_AT + 396 * DAY)
    reports = reports_on(engine, chain)
    document = changes(reports, GENESIS_AT + 380 * DAY).to_json()
    assert (document["policy_before"]["version"], document["policy"]["version"]) == (1, 2)
    rated = [change for change in document["changes"] if change["standing"] != "unrated"]
    assert len(rated) == 2
    for change in rated:
        (policy,) = [cause for cause in change["causes"] if cause["cause"] == "policy"]
        assert policy["points"] != 0
        assert sum(cause["points"] for cause in change["causes"]) == change["points"]
    versions = {point["policy_version"] for point in history(reports, every="month").to_json()["history"][0]["points"]}
    assert versions == {1, 2}


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("time", ["recorded", "effective"])
def test_sides_add_up(engine: Engine, by: Any, time: TimeBasis) -> None:
    reports = reports_on(engine)
    document = sides(reports, by, time=time).to_json()
    json.dumps(document, allow_nan=False)
    table = reports.scores(time=time).to_json()["scores"]
    for line, row in zip(document["scores"], table, strict=True):
        assert {key: line[key] for key in row} == row
        assert line["base"] + sum(side["points"] for side in line["sides"]) == line["score"]
        assert sum(side["settled"] for side in line["sides"]) == line["settled"]


def test_sides_are_named(engine: Engine) -> None:
    reports = reports_on(engine)

    def named(by: Any) -> dict[str, Any]:
        (line,) = sides(reports, by, government="Lujiang District").to_json()["scores"]
        return {side["side"]: side for side in line["sides"]}

    kinds = named("indicator-kind")
    assert {side: each["name_zh"] for side, each in kinds.items()} == {
        "social_benefit": "社会效益",
        "quantity": "事项数量",
    }
    assert (kinds["social_benefit"]["settled"], kinds["social_benefit"]["provisional"]) == (8, 2)
    assert kinds["social_benefit"]["keep_rate"] == 1_000_000
    assert set(named("counterparty")) == {"all", "local:harbour district"}
    assert set(named("service-mode")) == {"remote_acceptance"}
    assert named("agreement")["1"]["name"] == "SC-2026-1 Pensions without travel"
    assert named("indicator")["1/1"]["name"] == "SC-2026-1 Pensions without travel: Days"
    with pytest.raises(InvalidInput, match="one of indicator-kind"):
        sides(reports, "colour")  # type: ignore[arg-type]


def test_timeliness_and_payments_stand_beside_the_sides(engine: Engine) -> None:
    reports = reports_on(engine)
    (line,) = sides(reports, "agreement", government="Lujiang District").to_json()["scores"]
    assert line["timeliness"]["overdue"] == 2
    assert line["timeliness"]["on_time"] + line["timeliness"]["unkept"] == line["settled"]
    assert line["payments"] == {
        "paid": [
            {
                "currency": "CNY",
                "transfers": 2,
                "amount_minor": 200_000,
                "confirmed": 1,
                "confirmed_minor": 150_000,
                "days_to_confirm_mean": 94,
                "days_to_confirm_max": 94,
            }
        ],
        "received": [],
    }
    (early,) = sides(reports, "agreement", government="Harbour District", as_of=GENESIS_AT + 3 * DAY).to_json()[
        "scores"
    ]
    assert (early["payments"]["received"][0]["transfers"], early["payments"]["received"][0]["confirmed"]) == (2, 0)
    (before,) = sides(reports, "agreement", government="Harbour District", as_of=GENESIS_AT + 9).to_json()["scores"]
    assert before["payments"]["received"] == []


def test_prospects_are_what_happens_when_they_come_true(engine: Engine) -> None:
    chain = busy()
    found = prospects(reports_on(engine, chain), "Harbour District").to_json()
    assert {each["commitment"] for each in found["what_would_change"]} == {42, 43, 44}
    each = found["what_would_change"][0]
    assert each["overdue"]
    assert each["points_if_kept"] > 0
    assert each["score_if_kept"] - each["points_if_kept"] == found["score"]
    head = chain.head().timestamp
    chain.add(outcome(each["commitment"], HARBOUR, 10_000, head, by=DISTRICT), at=head)
    after = reports_on(engine, chain).scores(government="Harbour District").to_json()["scores"][0]
    assert after["score"] == each["score_if_kept"]


def test_trust_is_of_two(engine: Engine) -> None:
    reports = reports_on(engine)
    found = trust(reports, "Lujiang District", "Harbour District").to_json()
    assert found["mutual"] == min(found["first_to_second"], found["second_to_first"])
    assert (found["settled_first_to_second"], found["settled_second_to_first"]) == (8, 1)
    assert found["first_to_second"] > found["first"]["score"]
    back = trust(reports, "Harbour District", "Lujiang District").to_json()
    assert (back["first_to_second"], back["second_to_first"]) == (found["second_to_first"], found["first_to_second"])
    strangers = trust(reports, str(PROVINCE), str(RECORDER)).to_json()
    assert strangers["first_to_second"] == strangers["first"]["score"]
    assert strangers["first"]["standing"] == strangers["second"]["standing"] == "unrated"
    with pytest.raises(InvalidInput, match="another government"):
        trust(reports, "Harbour District", str(HARBOUR))


def test_reasons_name_their_commitment_in_both_languages(engine: Engine) -> None:
    document = reports_on(engine).explain("Lujiang District").to_json()
    for reason in document["reasons"]:
        assert reason["why"].startswith(reason["reference_number"] + ": ")
        assert reason["why_zh"].startswith(reason["reference_number"] + "：")
        assert f"{reason['age_days']} days ago" in reason["why"]
        earned = {0: 0, 10_000: 1_000_000}[reason["outcome_basis_points"]]
        assert reason["earned"] == earned
