"""Who must do what by when: from what is recorded, as a calendar, and as reminders that are given once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from ledger.deadline_reports import ProcedurePolicyMissing, calendar_of, deadlines, due_reminders
from ledger.domain import events as e
from ledger.domain.deadlines import WORDS, Deadline, Duty
from ledger.domain.enums import ExcuseGround, Outcome, OutcomeBasis, Severity
from ledger.domain.procedure import ProcedurePolicy
from ledger.domain.terms import Ruling
from ledger.policies import default_procedure_policy
from ledger.store.engine import open_engine
from ledger.store.operational.store import OperationalStore
from ledger.store.projection import Projector, Queries
from ledger.store.projection.projector import NAMESPACE
from tests.databases import Place
from tests.unit.chain_builder import (
    CONFIRM_BY,
    DISTRICT,
    GENESIS_AT,
    HARBOUR,
    PROVINCE,
    RECORDER,
    THIRD,
    FakeChain,
    digest,
    evidence,
    founded,
    outcome,
    registered,
    taken_on,
    terms,
)

DAY = 86_400
POLICY: ProcedurePolicy = default_procedure_policy()
DUE = GENESIS_AT + 100 * DAY
NOW = GENESIS_AT + 20
ZERO = bytes(32)


@pytest.fixture
def chain() -> FakeChain:
    chain = founded()
    chain.add(e.ProcedurePolicyPublished(1, POLICY, GENESIS_AT))
    return chain


@pytest.fixture
def queries(place: Place, chain: FakeChain) -> Iterator[Queries]:
    engine = open_engine(place("projection"), durable=False, namespace=NAMESPACE)
    yield Queries(engine)
    engine.dispose()


def standing(queries: Queries, chain: FakeChain, moment: int = NOW, **asked: int) -> list[tuple[Duty, int, int, int]]:
    """Duty, who, subject's number and last second of every deadline."""
    Projector(queries._engine).apply(chain.built)
    found = deadlines(queries, moment, **asked)
    return [(each.duty, each.government, each.number, each.by) for each in found]


def reported(commitment: int, debtor: int, explain_by: int) -> e.OverdueReported:
    return e.OverdueReported(commitment, debtor, THIRD, explain_by, 1, "")


def test_without_a_procedure_policy_no_time_limit_is_known(queries: Queries) -> None:
    Projector(queries._engine).apply(founded().built)
    with pytest.raises(ProcedurePolicyMissing, match="no procedure policy"):
        deadlines(queries, NOW)


def test_an_offer_is_the_creditors_to_accept_until_it_is_due(queries: Queries, chain: FakeChain) -> None:
    chain.add(registered(1, DISTRICT, HARBOUR, DUE), registered(2, DISTRICT, 0, DUE))
    assert standing(queries, chain) == [(Duty.ACCEPT, HARBOUR, 1, DUE), (Duty.ACCEPT, RECORDER, 2, DUE)]


def test_a_commitment_is_kept_by_its_due_date_and_evidenced_by_the_end_of_grace(
    queries: Queries, chain: FakeChain
) -> None:
    chain.add(*taken_on(1, DISTRICT, HARBOUR, DUE))
    assert standing(queries, chain) == [
        (Duty.KEEP, DISTRICT, 1, DUE),
        (Duty.EVIDENCE, DISTRICT, 1, DUE + POLICY.grace_seconds),
    ]


def test_evidence_is_answered_by_the_creditor_and_what_was_drawn_is_audited(queries: Queries, chain: FakeChain) -> None:
    chain.add(*taken_on(1, DISTRICT, HARBOUR, DUE), *taken_on(2, DISTRICT, 0, DUE))
    chain.add(evidence(1, DISTRICT, GENESIS_AT, sampled=True), evidence(2, DISTRICT, GENESIS_AT))
    assert standing(queries, chain) == [
        (Duty.ANSWER, HARBOUR, 1, CONFIRM_BY),
        (Duty.ANSWER, RECORDER, 2, CONFIRM_BY),
        (Duty.AUDIT, RECORDER, 1, CONFIRM_BY),
    ]


def test_a_partial_outcome_can_be_objected_to_and_a_whole_one_needs_nothing(queries: Queries, chain: FakeChain) -> None:
    chain.add(*taken_on(1, DISTRICT, HARBOUR, DUE), *taken_on(2, DISTRICT, HARBOUR, DUE))
    chain.add(evidence(1, DISTRICT, GENESIS_AT), evidence(2, DISTRICT, GENESIS_AT))
    chain.add(outcome(1, DISTRICT, 6_000, GENESIS_AT, HARBOUR), outcome(2, DISTRICT, 10_000, GENESIS_AT, HARBOUR))
    by = GENESIS_AT + 5 + POLICY.objection_seconds
    assert standing(queries, chain) == [(Duty.OBJECT_TO_OUTCOME, DISTRICT, 1, by)]
    assert standing(queries, chain, by + 1) == []


def test_a_case_goes_from_explaining_to_putting_right_to_determining(queries: Queries, chain: FakeChain) -> None:
    explain_by, rectify_by = GENESIS_AT + 20 * DAY, GENESIS_AT + 60 * DAY
    chain.add(*taken_on(1, DISTRICT, HARBOUR, GENESIS_AT + 4))
    chain.add(reported(1, DISTRICT, explain_by))
    assert standing(queries, chain) == [
        (Duty.EXPLAIN, DISTRICT, 1, explain_by),
        (Duty.DETERMINE, RECORDER, 1, explain_by + POLICY.determination_seconds),
    ]
    chain.add(e.OverdueExplained(1, DISTRICT, "floods", ZERO, rectify_by))
    assert standing(queries, chain) == [
        (Duty.RECTIFY, DISTRICT, 1, rectify_by),
        (Duty.DETERMINE, RECORDER, 1, rectify_by + POLICY.determination_seconds),
    ]
    chain.add(e.RectificationRefused(1, DISTRICT, "no money"))
    refused_at = GENESIS_AT + 6
    assert standing(queries, chain) == [(Duty.DETERMINE, RECORDER, 1, refused_at + POLICY.determination_seconds)]


def broken(chain: FakeChain) -> None:
    chain.add(*taken_on(1, DISTRICT, HARBOUR, GENESIS_AT + 4))
    chain.add(reported(1, DISTRICT, GENESIS_AT + 5))
    chain.add(
        e.OutcomeRecorded(
            1, DISTRICT, RECORDER, Outcome.BROKEN, 0, GENESIS_AT + 4, OutcomeBasis.BREACH, ExcuseGround.NONE
        ),
        e.BreachDetermined(
            1, DISTRICT, RECORDER, Severity.GENERAL, DUE, DUE + 1, DUE + 2 * DAY, DUE + 9 * DAY, lapsed=False
        ),
    )


def test_a_breach_can_be_objected_to_and_repair_that_was_asked_for_answered(queries: Queries, chain: FakeChain) -> None:
    broken(chain)
    assert standing(queries, chain) == [(Duty.OBJECT_TO_BREACH, DISTRICT, 1, DUE)]
    assert standing(queries, chain, DUE + 1) == []
    chain.add(e.RepairRequested(1, DISTRICT, digest("mended"), ""))
    assert standing(queries, chain, DUE + 1) == [(Duty.REPAIR, RECORDER, 1, DUE + 9 * DAY - 1)]
    chain.add(e.RepairRefused(1, RECORDER, "not yet"))
    assert standing(queries, chain, DUE + 1) == []


def test_a_dispute_is_evidenced_by_its_sides_ruled_on_and_appealed(queries: Queries, chain: FakeChain) -> None:
    chain.add(*taken_on(1, DISTRICT, HARBOUR, DUE), evidence(1, DISTRICT, GENESIS_AT))
    chain.add(e.EvidenceContested(1, HARBOUR, "no"))
    lodge_by, rule_by, appeal_by = (GENESIS_AT + days * DAY for days in (10, 70, 90))
    chain.add(e.DisputeOpened(4, 1, DISTRICT, RECORDER, lodge_by, rule_by, 1, digest("statement"), ""))
    assert standing(queries, chain) == [
        (Duty.LODGE, DISTRICT, 4, lodge_by),
        (Duty.LODGE, HARBOUR, 4, lodge_by),
        (Duty.RULE, RECORDER, 4, rule_by),
    ]
    assert standing(queries, chain, lodge_by + 1) == [(Duty.RULE, RECORDER, 4, rule_by)]
    ruling = Ruling(Outcome.PARTLY, 5_000, ExcuseGround.NONE, digest("reasons"), "")
    chain.add(e.DisputeRuled(4, 1, RECORDER, ruling, appeal_by))
    assert standing(queries, chain) == [(Duty.APPEAL, DISTRICT, 4, appeal_by), (Duty.APPEAL, HARBOUR, 4, appeal_by)]
    chain.add(
        e.DisputeAppealed(4, HARBOUR, 0, lodge_by + DAY, rule_by + DAY, digest("grounds"), ""),
        e.PanelDrawn(4, (PROVINCE,)),
    )
    assert (Duty.RULE, PROVINCE, 4, rule_by + DAY) in standing(queries, chain)


def test_a_version_waits_for_those_who_have_not_signed_it(queries: Queries, chain: FakeChain) -> None:
    dated = replace(terms((DISTRICT, HARBOUR)), effective_from=DUE, expires_at=DUE + 900 * DAY)
    chain.add(e.AgreementProposed(2, DISTRICT, digest("two"), dated), e.AgreementSigned(2, 1, DISTRICT, digest("two")))
    assert standing(queries, chain) == [(Duty.SIGN, HARBOUR, 2, DUE - 1)]


def test_an_agreement_is_assessed_by_schedule_and_prolonged_before_it_expires(
    queries: Queries, chain: FakeChain
) -> None:
    first, ends = GENESIS_AT + 30 * DAY, GENESIS_AT + 100 * DAY
    dated = replace(
        terms((DISTRICT, HARBOUR)),
        effective_from=GENESIS_AT + 3,
        expires_at=ends,
        first_assessment_at=first,
        assessment_every_seconds=30 * DAY,
    )
    chain.add(
        e.AgreementProposed(2, DISTRICT, digest("two"), dated),
        e.AgreementSigned(2, 1, DISTRICT, digest("two")),
        e.AgreementSigned(2, 1, HARBOUR, digest("two")),
        e.AgreementConcluded(2, 1, GENESIS_AT + 3, ends),
    )
    renewals = [(Duty.RENEW, DISTRICT, 2, ends - 1), (Duty.RENEW, HARBOUR, 2, ends - 1)]
    assert standing(queries, chain) == [(Duty.ASSESS, RECORDER, 2, first), *renewals]
    # The one that was missed, and the next.
    assert standing(queries, chain, first + DAY) == [
        (Duty.ASSESS, RECORDER, 2, first),
        (Duty.ASSESS, RECORDER, 2, first + 30 * DAY),
        *renewals,
    ]
    chain.add(
        e.AgreementAssessed(2, 1, RECORDER, 1, first, (1, 2), (10_000, 10_000), 10_000, digest("report"), ""),
    )
    assert standing(queries, chain, first + DAY) == [(Duty.ASSESS, RECORDER, 2, first + 30 * DAY), *renewals]


def test_an_offer_of_a_transfer_waits_for_the_new_debtor_and_the_creditor(queries: Queries, chain: FakeChain) -> None:
    chain.add(*taken_on(1, DISTRICT, HARBOUR, DUE), e.DebtTransferOffered(1, DISTRICT, PROVINCE))
    waiting = [each for each in standing(queries, chain) if each[0] is Duty.TAKE_OVER]
    assert waiting == [(Duty.TAKE_OVER, PROVINCE, 1, DUE), (Duty.TAKE_OVER, HARBOUR, 1, DUE)]
    chain.add(e.DebtTransferAgreed(1, PROVINCE, False))
    waiting = [each for each in standing(queries, chain) if each[0] is Duty.TAKE_OVER]
    assert waiting == [(Duty.TAKE_OVER, HARBOUR, 1, DUE)]


def test_those_who_took_a_bodys_place_have_its_deadlines(queries: Queries, chain: FakeChain) -> None:
    chain.add(registered(1, DISTRICT, HARBOUR, DUE), e.SuccessionRecorded(HARBOUR, (DISTRICT, PROVINCE), "split"))
    assert standing(queries, chain) == [(Duty.ACCEPT, DISTRICT, 1, DUE), (Duty.ACCEPT, PROVINCE, 1, DUE)]


def test_only_those_of_one_body_and_only_those_near(queries: Queries, chain: FakeChain) -> None:
    chain.add(registered(1, DISTRICT, HARBOUR, DUE), registered(2, HARBOUR, DISTRICT, DUE + 1))
    assert standing(queries, chain, government=DISTRICT) == [(Duty.ACCEPT, DISTRICT, 2, DUE + 1)]
    assert standing(queries, chain, within_seconds=DUE - NOW) == [(Duty.ACCEPT, HARBOUR, 1, DUE)]
    assert standing(queries, chain, within_seconds=DUE - NOW - 1) == []


def test_the_last_second_is_not_missed_and_the_one_after_it_is() -> None:
    deadline = Deadline(DISTRICT, Duty.KEEP, "commitment", 1, "C-1", NOW, DUE)
    assert [deadline.missed(moment) for moment in (DUE, DUE + 1)] == [False, True]


def test_every_duty_is_told_in_both_languages() -> None:
    assert set(WORDS) == set(Duty)
    for words in WORDS.values():
        assert words.what
        assert words.missed
        assert any("\u4e00" <= letter <= "\u9fff" for letter in words.what_zh)
        assert any("\u4e00" <= letter <= "\u9fff" for letter in words.missed_zh)


# ------------------------------------------------------------------------------------------------------------- calendar

ONE = Deadline(DISTRICT, Duty.KEEP, "commitment", 1, "C-1, 高铁; 二号\n线", NOW, DUE)
SHORT = Deadline(HARBOUR, Duty.ANSWER, "commitment", 2, "C-2", DUE - 3 * DAY, DUE)
NAMES = {DISTRICT: "Lujiang District 鹭江区"}


def read(found: Sequence[Deadline], as_of: int = NOW) -> icalendar.Calendar:
    content = calendar_of(found, NAMES, 77, as_of)
    assert all(len(line) <= 75 for line in content.split(b"\r\n")), "lines are folded at 75 octets (RFC 5545, 3.1)"
    calendar = icalendar.Calendar.from_ical(content)
    assert isinstance(calendar, icalendar.Calendar)
    return calendar


def test_a_calendar_reads_back_as_it_was_meant() -> None:
    event, other = read([ONE, SHORT]).walk("VEVENT")
    assert event.decoded("DTSTART") == datetime.fromtimestamp(DUE, UTC)
    assert event["SUMMARY"] == "Keep the commitment and lodge evidence 履行承诺并提交证据: C-1, 高铁; 二号\n线"
    assert "Lujiang District 鹭江区" in str(event["DESCRIPTION"])
    assert "it is late" in str(event["DESCRIPTION"])
    assert [alarm.decoded("TRIGGER") for alarm in event.walk("VALARM")] == [timedelta(days=-7), timedelta(days=-1)]
    # It was not open seven days before.
    assert [alarm.decoded("TRIGGER") for alarm in other.walk("VALARM")] == [timedelta(days=-1)]
    assert f"#{HARBOUR}" in str(other["DESCRIPTION"])


def test_a_deadline_that_is_put_off_moves() -> None:
    (before,) = read([ONE]).walk("VEVENT")
    (after,) = read([replace(ONE, by=DUE + DAY)], NOW + 5).walk("VEVENT")
    assert before["UID"] == after["UID"]
    assert before.decoded("DTSTART") != after.decoded("DTSTART")
    assert before.decoded("DTSTAMP") < after.decoded("DTSTAMP")


def test_no_two_deadlines_have_one_name() -> None:
    found = [ONE, SHORT, replace(ONE, government=HARBOUR), replace(ONE, duty=Duty.EVIDENCE), replace(ONE, number=9)]
    assert len({event["UID"] for event in read(found).walk("VEVENT")}) == len(found)


# ------------------------------------------------------------------------------------------------------------ reminders


@pytest.fixture
def store(place: Place) -> Iterator[OperationalStore]:
    with OperationalStore(place("operational")) as store:
        yield store


def given(store: OperationalStore, moment: int, deadline: Deadline = ONE) -> list[int]:
    return [each.lead_seconds for each in due_reminders([deadline], [7 * DAY, DAY], moment, store.reminders)]


def test_a_reminder_is_given_once_for_each_lead(store: OperationalStore) -> None:
    assert given(store, DUE - 7 * DAY - 1) == []
    assert given(store, DUE - 7 * DAY) == [7 * DAY]
    assert given(store, DUE - 3 * DAY) == []
    assert given(store, DUE - DAY) == [DAY]
    assert given(store, DUE) == []


def test_a_run_that_was_skipped_is_made_up_for_once(store: OperationalStore) -> None:
    assert given(store, DUE - DAY) == [DAY]
    assert given(store, DUE - DAY) == []


def test_what_is_missed_or_not_open_yet_is_not_called_to_mind(store: OperationalStore) -> None:
    assert given(store, DUE + 1) == []
    assert given(store, SHORT.opens_at - 1, SHORT) == []
    assert given(store, SHORT.opens_at, SHORT) == [7 * DAY]


def test_a_deadline_that_is_put_off_is_called_to_mind_anew(store: OperationalStore) -> None:
    assert given(store, DUE - DAY) == [DAY]
    assert given(store, DUE - DAY, replace(ONE, by=DUE + DAY)) == [7 * DAY]


def test_old_reminders_are_forgotten(store: OperationalStore) -> None:
    given(store, DUE - DAY)
    assert store.reminders.forget(DUE - DAY) == 0
    assert store.reminders.forget(DUE) == 2
