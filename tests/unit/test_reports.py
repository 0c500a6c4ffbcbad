"""Reports: the JSON that others rely on, both times, the policy in force, and who is meant by a name."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.domain import events
from ledger.domain.enums import Role
from ledger.domain.moments import MOMENT_MAX, format_moment
from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring import score_all
from ledger.errors import Ambiguous, InvalidInput, NotFound
from ledger.policies import default_policy
from ledger.reports import (
    ProjectionEmpty,
    Reports,
    ScorePolicyMissing,
    ScorePolicyUnknown,
    shipped_policies,
)
from ledger.store.engine import open_engine
from ledger.store.projection import Projector, Queries
from ledger.store.projection.projector import NAMESPACE
from tests.databases import Place
from tests.unit.chain_builder import (
    DISTRICT,
    GENESIS_AT,
    HARBOUR,
    PROVINCE,
    RECORDER,
    SIGNER,
    FakeChain,
    backfilled,
    founded,
    government,
    outcome,
    score_policy,
    taken_on,
)

YEAR_SECONDS = 31_557_600
NOW = GENESIS_AT + 500


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    engine = open_engine(place("p"), durable=False, namespace=NAMESPACE)
    yield engine
    engine.dispose()


def reports_on(engine: Engine, chain: FakeChain, aliases: dict[int, list[str]] | None = None) -> Reports:
    Projector(engine).apply(chain.built)
    return Reports(Queries(engine), lambda: aliases or {}, clock=lambda: float(NOW))


def with_history() -> FakeChain:
    """Lujiang keeps, Harbour breaks, Yunling has nothing; recorded in block 2, long after it came about."""
    chain = founded()
    kept = [backfilled(number, DISTRICT, NOW - 3 * YEAR_SECONDS, NOW - 2 * YEAR_SECONDS) for number in range(1, 13)]
    broken = [backfilled(number, HARBOUR, NOW - 3 * YEAR_SECONDS, NOW - 2 * YEAR_SECONDS) for number in range(13, 25)]
    chain.add(
        *kept,
        *broken,
        *[outcome(each.id, DISTRICT, 10_000, NOW - 2 * YEAR_SECONDS - 5) for each in kept],
        *[outcome(each.id, HARBOUR, 0, NOW - 2 * YEAR_SECONDS + 5) for each in broken],
    )
    return chain


def test_the_table_of_scores(engine: Engine) -> None:
    chain = with_history()
    document = reports_on(engine, chain).scores().to_json()
    assert list(document) == ["as_of", "time", "policy", "block", "scores"]
    assert document["as_of"] == format_moment(GENESIS_AT + 2)
    assert document["time"] == "recorded"
    assert document["policy"] == {
        "kind": "score",
        "version": 1,
        "name": default_policy().name,
        "digest": "0x" + default_policy().digest.hex(),
        "effective_from": format_moment(GENESIS_AT + 1),
    }
    assert document["block"] == {"number": 2, "hash": "0x" + chain.head().hash.hex()}
    lines = document["scores"]
    assert [line["name"] for line in lines] == ["Lujiang District", "Yunling Province", "Harbour District"]
    for line in lines:
        assert list(line) == ["government", "name", "score", "low", "high", "settled", "standing"]
        assert 0 <= line["low"] <= line["score"] <= line["high"] <= 1_000_000
        assert all(type(line[key]) is int for key in ("score", "low", "high", "settled"))
    assert [(line["settled"], line["standing"]) for line in lines] == [(12, "good"), (0, "unrated"), (12, "good")]
    assert lines[0]["government"] == "local:lujiang district"
    json.dumps(document, allow_nan=False)


def test_equal_scores_stand_by_identifier(engine: Engine) -> None:
    chain = founded()
    chain.add(government(5, "A", value="zz"), government(6, "B", value="aa"))
    lines = reports_on(engine, chain).scores().to_json()["scores"]
    assert len({line["score"] for line in lines}) == 1
    identifiers = [line["government"] for line in lines]
    assert identifiers == sorted(identifiers)


def test_who_only_coordinates_is_scored_only_when_asked_for(engine: Engine) -> None:
    reports = reports_on(engine, with_history())
    table = reports.scores()
    assert RECORDER not in [line.government.id for line in table.scores]
    asked = reports.scores(government="Records Office")
    assert [(line.government.id, line.standing) for line in asked.scores] == [(RECORDER, "unrated")]
    assert reports.scores() == table


def test_an_explanation_sums_exactly(engine: Engine) -> None:
    reports = reports_on(engine, with_history())
    for name in ("Lujiang District", "Harbour District", "Yunling Province"):
        document = reports.explain(name).to_json()
        assert document["base"] + sum(reason["points"] for reason in document["reasons"]) == document["score"]
        assert document["scores"] == [
            {key: document[key] for key in ("government", "name", "score", "low", "high", "settled", "standing")}
        ]
        assert reports.scores(government=name).to_json()["scores"] == document["scores"]
    reason = reports.explain("Harbour District").to_json()["reasons"][0]
    assert list(reason)[:3] == ["commitment", "points", "why"]
    assert reason["points"] < 0
    assert reason["reference_number"] == f"H-{reason['commitment']}"
    assert reason["due_at"] == format_moment(NOW - 2 * YEAR_SECONDS)
    assert re.search(r"[\u4e00-\u9fff]", reason["why_zh"])


def test_recorded_time_looks_at_what_the_ledger_had(engine: Engine) -> None:
    reports = reports_on(engine, with_history())
    before = reports.scores(as_of=GENESIS_AT + 1)
    assert before.basis.block.number == 1
    assert [line.score.settled for line in before.scores] == [0, 0, 0]
    assert reports.scores(as_of=GENESIS_AT + 2).basis.block.number == 2
    later = reports.scores(as_of=GENESIS_AT + 9_999)
    assert (later.basis.block.number, later.basis.as_of) == (2, GENESIS_AT + 9_999)


def test_effective_time_looks_at_what_had_come_about(engine: Engine) -> None:
    reports = reports_on(engine, with_history())
    moments = {NOW - 3 * YEAR_SECONDS: 0, NOW - 2 * YEAR_SECONDS - 5: 12, NOW - 2 * YEAR_SECONDS + 5: 24}
    for moment, settled in moments.items():
        report = reports.scores(as_of=moment, time="effective")
        assert sum(line.score.settled for line in report.scores) == settled
        # The block is what it was made from, all of which is looked at.
        assert report.basis.block.number == 2
    assert reports.scores(time="effective").basis.as_of == NOW


def test_a_government_that_was_not_registered_yet(engine: Engine) -> None:
    chain = founded()
    chain.add(government(5, "New County"))
    reports = reports_on(engine, chain)
    assert 5 not in [line.government.id for line in reports.scores(as_of=GENESIS_AT + 1).scores]
    assert 5 in [line.government.id for line in reports.scores(as_of=GENESIS_AT + 2).scores]
    with pytest.raises(NotFound, match="registered by the moment asked for"):
        reports.explain("New County", as_of=GENESIS_AT + 1)
    assert reports.explain("New County", as_of=GENESIS_AT + 1, time="effective").line.standing == "unrated"


def test_an_overdue_commitment_counts_and_is_watched_once_it_is_reported(engine: Engine) -> None:
    chain = founded()
    due_at = GENESIS_AT + 10
    chain.add(
        *taken_on(1, DISTRICT, PROVINCE, due_at),
        *taken_on(2, DISTRICT, PROVINCE, due_at),
        outcome(2, DISTRICT, 10_000, GENESIS_AT + 2, by=PROVINCE),
    )
    reports = reports_on(engine, chain)
    assert reports.explain("Lujiang District").line.standing == "good"
    late = reports.explain("Lujiang District", as_of=due_at + 2 * YEAR_SECONDS)
    assert late.line.standing == "good"
    overdue = next(line for line in late.reasons if line.commitment.id == 1)
    assert overdue.reason.provisional
    assert overdue.reason.points < 0

    explain_by = due_at + YEAR_SECONDS
    chain.add(events.OverdueReported(1, DISTRICT, SIGNER, explain_by, 1, "nothing came"), at=due_at + YEAR_SECONDS // 2)
    reported = reports_on(engine, chain).explain("Lujiang District", as_of=due_at + 2 * YEAR_SECONDS)
    assert reported.line.standing == "watched"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("local:harbour district", HARBOUR),
        ("4", HARBOUR),
        ("Harbour District", HARBOUR),
        ("  Harbour District ", HARBOUR),
        ("harbour", HARBOUR),
        ("e\u0301tat", DISTRICT),
        ("\u00e9tat", DISTRICT),
    ],
)
def test_a_government_is_found_by_what_it_is_called(engine: Engine, text: str, found: int) -> None:
    reports = reports_on(engine, founded(), {HARBOUR: ["harbour"], DISTRICT: ["\u00e9tat", "lujiang"]})
    assert reports.resolve_government(text).id == found


@pytest.mark.parametrize("text", ["", "   ", "local:nobody", "99", "9" * 400, "HARBOUR district", ":", "x" * 100_000])
def test_a_name_that_means_nobody(engine: Engine, text: str) -> None:
    with pytest.raises(NotFound) as missing:
        reports_on(engine, founded()).resolve_government(text)
    assert len(str(missing.value)) < 300


@pytest.mark.parametrize("text", ["\ud800", "a\0b", "local:\ud800"])
def test_a_name_that_is_no_text(engine: Engine, text: str) -> None:
    with pytest.raises(InvalidInput):
        reports_on(engine, founded()).resolve_government(text)


def test_a_name_that_means_two_is_refused_with_both(engine: Engine) -> None:
    chain = founded()
    chain.add(government(5, "Harbour District", value="another"))
    reports = reports_on(engine, chain, {PROVINCE: ["both"], DISTRICT: ["both"], HARBOUR: ["Lujiang District"]})
    with pytest.raises(Ambiguous) as refused:
        reports.resolve_government("Harbour District")
    assert refused.value.candidates == ["local:another", "local:harbour district"]
    with pytest.raises(Ambiguous):
        reports.resolve_government("both")
    # A registered name of one that is another's alias means either.
    with pytest.raises(Ambiguous):
        reports.resolve_government("Lujiang District")
    assert reports.resolve_government("local:another").id == 5


@pytest.mark.parametrize("as_of", [GENESIS_AT, 1])
def test_recorded_time_before_the_ledger_began(engine: Engine, as_of: int) -> None:
    reports = reports_on(engine, founded())
    with pytest.raises(InvalidInput, match=f"not before {format_moment(GENESIS_AT + 1)}"):
        reports.scores(as_of=as_of)
    assert reports.scores(as_of=as_of, time="effective").scores


@pytest.mark.parametrize("as_of", [0, -5, MOMENT_MAX + 1, 2**80])
def test_a_moment_out_of_range(engine: Engine, as_of: int) -> None:
    reports = reports_on(engine, founded())
    for basis in ("recorded", "effective"):
        with pytest.raises(InvalidInput, match="as_of"):
            reports.scores(as_of=as_of, time=basis)


def test_a_time_that_is_none(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="recorded or effective"):
        reports_on(engine, founded()).scores(time="tomorrow")  # type: ignore[arg-type]


def test_before_anything_is_projected(engine: Engine) -> None:
    Projector(engine)
    with pytest.raises(ProjectionEmpty):
        Reports(Queries(engine)).scores()


def another_policy() -> ScorePolicy:
    return ScorePolicy.from_mapping({**default_policy().to_mapping(), "version": 2, "name": "second"})


def test_the_policy_in_force_is_used(engine: Engine) -> None:
    first, second = default_policy(), another_policy()
    chain = with_history()
    chain.add(events.PolicyPublished("score", 2, second.digest, "second.json", GENESIS_AT + 50))
    chain.add(events.PolicyPublished("compensation", 1, b"\1" * 32, "other.json", GENESIS_AT + 4))
    Projector(engine).apply(chain.built)
    known = {"0x" + policy.digest.hex(): policy for policy in (first, second)}
    reports = Reports(Queries(engine), policies=known)
    for basis in ("recorded", "effective"):
        assert reports.scores(GENESIS_AT + 49, basis).basis.policy_name == first.name
        assert reports.scores(GENESIS_AT + 50, basis).basis.policy_name == "second"
    # History from before the ledger is read with its first policy.
    assert reports.scores(NOW - 2 * YEAR_SECONDS, "effective").basis.policy.version == 1


def test_a_policy_that_this_version_does_not_ship(engine: Engine) -> None:
    chain = founded()
    chain.add(events.PolicyPublished("score", 2, b"\7" * 32, "far/away.json", GENESIS_AT + 3))
    reports = reports_on(engine, chain)
    with pytest.raises(ScorePolicyUnknown) as unknown:
        reports.scores(GENESIS_AT + 3)
    assert unknown.value.values() == {"version": 2, "digest": "0x" + "07" * 32, "locator": "far/away.json"}
    assert reports.scores(GENESIS_AT + 2).scores


def test_no_policy_in_force_yet(engine: Engine) -> None:
    chain = FakeChain()
    chain.add(government(1, "Lujiang District"))
    reports = reports_on(engine, chain)
    for basis in ("recorded", "effective"):
        with pytest.raises(ScorePolicyMissing) as missing:
            reports.scores(time=basis)
        assert missing.value.values()["first_from"] is None
    Projector(engine).apply([chain.add(score_policy(GENESIS_AT + 60))])
    with pytest.raises(ScorePolicyMissing) as missing:
        reports.scores()
    assert missing.value.values()["first_from"] == format_moment(GENESIS_AT + 60)


def test_shipped_policies_are_found_by_digest() -> None:
    policy = default_policy()
    assert shipped_policies()["0x" + policy.digest.hex()] == policy


def test_new_blocks_show_at_once(engine: Engine) -> None:
    chain = with_history()
    reports = reports_on(engine, chain)
    before = reports.scores(GENESIS_AT + 100)
    number = 25
    block = chain.add(
        backfilled(number, DISTRICT, NOW - YEAR_SECONDS, NOW - YEAR_SECONDS + 60),
        outcome(number, DISTRICT, 0, NOW - YEAR_SECONDS + 60),
    )
    Projector(engine).apply([block])
    after = reports.scores(GENESIS_AT + 100)
    assert after.basis.block.number == before.basis.block.number + 1
    assert after.scores[0].score.settled == before.scores[0].score.settled + 1
    assert after.scores[0].score.score < before.scores[0].score.score


def test_a_debtor_that_lost_its_role_stays_in_the_table(engine: Engine) -> None:
    chain = with_history()
    chain.add(events.RolesSet(HARBOUR, Role.AUDITOR.bit))
    table = reports_on(engine, chain).scores()
    assert HARBOUR in [line.government.id for line in table.scores]


def test_many_readers_at_once_compute_scores_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    reports = reports_on(engine, with_history())
    computed: list[int] = []

    def counting(*arguments: Any) -> Any:
        computed.append(arguments[2])
        time.sleep(0.02)
        return score_all(*arguments)

    monkeypatch.setattr("ledger.reports.score_all", counting)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(reports.scores, GENESIS_AT + 100 + number % 2) for number in range(8)]
        tables = {table.result().basis.as_of: table.result() for table in asked}
    assert sorted(computed) == sorted(tables) == [GENESIS_AT + 100, GENESIS_AT + 101]
    # Only so many are kept.
    for number in range(20):
        reports.scores(GENESIS_AT + 200 + number)
    reports.scores(GENESIS_AT + 100)
    assert computed.count(GENESIS_AT + 100) == 2
