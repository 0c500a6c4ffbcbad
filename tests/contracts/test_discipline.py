"""Discipline: measures for a published breach, with a beginning and an end, imposed by who determined it."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.enums import AccessionRule, BreachState, Measure, Role, Severity
from ledger.domain.events import CommandExecuted, MeasureImposed, MeasureLifted
from ledger.domain.refusals.base import Refused
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.refusals.discipline import (
    DisciplineTextInvalid,
    GovernmentDisciplined,
    MeasureInvalid,
    MeasureNotBody,
    MeasureOver,
    MeasurePeriodInvalid,
    MeasureUnknown,
    MeasureWithoutGround,
)
from tests.contracts.harness.ledger import (
    AUDITOR,
    BROKEN,
    COASTAL,
    DAY,
    DELTA,
    DIGEST,
    FARFIELD,
    FULFILLED,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    RIVERPORT,
    STRANGER,
    UPLANDS,
    Ledger,
    agreement_terms,
    speaker,
)

BODY, DEBTOR = speaker(DELTA), speaker(LAKESIDE)
TWO = (LAKESIDE, HILLSIDE)


def limited(ledger: Ledger, government: int, measure: int | None) -> None:
    """The agreement registry refuses a government, or does not; nothing stays behind."""
    terms = agreement_terms(parties=(government, RIVERPORT))
    if measure is None:
        snapshot = ledger.evm.snapshot()
        ledger.send("proposeAgreement", terms, by=speaker(government))
        ledger.evm.restore(snapshot)
    else:
        expected = GovernmentDisciplined(government, measure, ledger.call("measure", measure)["endsAt"])
        ledger.refuses(expected, "proposeAgreement", terms, by=speaker(government))


# -------------------------------------------------------------------------------------------------------- imposing


@pytest.mark.parametrize("kind", [Measure.LOSS_OF_HONOURS, Measure.LIMIT_ON_NEW_AGREEMENTS, Measure.NOTICE_TO_SUPERIOR])
def test_a_measure_says_all_of_what_follows(ledger: Ledger, kind: Measure) -> None:
    id = ledger.published()
    now, until = ledger.evm.now, ledger.evm.now + 90 * DAY
    terms = ledger.measure_terms(id, measure=kind, ends_at=until)
    done = ledger.send("imposeMeasure", terms, by=BODY)
    assert done.returned == 1 == ledger.call("measureCount")
    assert done.events == (
        CommandExecuted(BODY.address, 0),
        MeasureImposed(1, LAKESIDE, DELTA, id, kind, now, until, terms.reason),
    )
    assert ledger.call("measure", 1) == {
        "commitment": id,
        "government": LAKESIDE,
        "body": DELTA,
        "measure": kind,
        "startsAt": now,
        "endsAt": until,
        "liftedAt": 0,
    }
    assert ledger.call("inEffect", 1)


@pytest.mark.parametrize("body", [UPLANDS, COASTAL])
def test_only_who_determined_the_breach_disciplines(ledger: Ledger, body: int) -> None:
    id = ledger.published()
    terms = ledger.measure_terms(id)
    ledger.refuses(MeasureNotBody(id, body, DELTA), "imposeMeasure", terms, by=speaker(body))


@pytest.mark.parametrize("body", [LAKESIDE, HILLSIDE, AUDITOR])
def test_only_coordinating_bodies_discipline(ledger: Ledger, body: int) -> None:
    terms, missing = ledger.measure_terms(ledger.published()), CommandRoleMissing(body, Role.COORDINATING_BODY)
    ledger.refuses(missing, "imposeMeasure", terms, by=speaker(body))
    ledger.refuses(missing, "liftMeasure", 1, "enough", by=speaker(body))


def test_a_successor_of_the_body_disciplines_in_its_place(ledger: Ledger) -> None:
    id = ledger.published()
    ledger.decide_at_once("setRoles", NEWLAKE, Role.GOVERNMENT.bit | Role.COORDINATING_BODY.bit)
    ledger.succeed(DELTA, NEWLAKE)
    measure = ledger.send("imposeMeasure", ledger.measure_terms(id), by=speaker(NEWLAKE)).returned
    assert ledger.call("measure", measure)["body"] == NEWLAKE
    ledger.send("liftMeasure", measure, "made good", by=speaker(NEWLAKE))


@pytest.mark.parametrize("stage", ["none", "active", "reported", "rectifying"])
def test_there_is_no_measure_without_a_breach(ledger: Ledger, stage: str) -> None:
    id = 9 if stage == "none" else getattr(ledger, stage)()
    state = {"reported": BreachState.REPORTED, "rectifying": BreachState.RECTIFYING}.get(stage, BreachState.NONE)
    terms = ledger.measure_terms(id, ends_at=ledger.evm.now + DAY)
    ledger.refuses(MeasureWithoutGround(id, state, Severity.NONE), "imposeMeasure", terms, by=BODY)


@pytest.mark.parametrize("seconds", [-1, 0])
@pytest.mark.parametrize("edge", ["publishedFrom", "publishedUntil"])
def test_there_is_no_measure_before_or_after_publication(ledger: Ledger, edge: str, seconds: int) -> None:
    """It begins when the time to object is over, and the latest measure ends with it."""
    id = ledger.determined(100)
    case = ledger.call("breach", id)
    ledger.evm.now = case[edge] + seconds
    terms = ledger.measure_terms(id)
    if (edge, seconds) in (("publishedFrom", 0), ("publishedUntil", -1)):
        ledger.send("imposeMeasure", terms, by=BODY)
    else:
        expected = MeasureWithoutGround(id, BreachState.DETERMINED, Severity.GENERAL)
        ledger.refuses(expected, "imposeMeasure", terms, by=BODY)


@pytest.mark.parametrize("kind", [Measure.LOSS_OF_HONOURS, Measure.LIMIT_ON_NEW_AGREEMENTS])
def test_of_a_minor_breach_the_superior_is_told_and_no_more(ledger: Ledger, kind: Measure) -> None:
    id = ledger.published(days_late=0)
    expected = MeasureWithoutGround(id, BreachState.DETERMINED, Severity.MINOR)
    ledger.refuses(expected, "imposeMeasure", ledger.measure_terms(id, measure=kind), by=BODY)
    ledger.impose(id, measure=Measure.NOTICE_TO_SUPERIOR)


def test_nothing_is_imposed_while_a_dispute_is_open_or_when_the_breach_is_gone(ledger: Ledger) -> None:
    id = ledger.determined(100)
    dispute = ledger.open_dispute(id)
    ledger.evm.now = ledger.call("breach", id)["publishedFrom"]
    expected = MeasureWithoutGround(id, BreachState.DETERMINED, Severity.GENERAL)
    ledger.refuses(expected, "imposeMeasure", ledger.measure_terms(id), by=BODY)
    ledger.rule(dispute, FULFILLED)
    ledger.conclude_dispute(dispute)
    expected = MeasureWithoutGround(id, BreachState.OVERTURNED, Severity.GENERAL)
    ledger.refuses(expected, "imposeMeasure", ledger.measure_terms(id), by=BODY)


PERIODS = [
    # Seconds after now, and seconds before the end of publication; None for the moment 0.
    (None, 0, True),
    (0, 0, True),
    (-1, 0, False),
    (1, 0, True),
    (None, -1, False),
]


@pytest.mark.parametrize(("start", "end", "allowed"), PERIODS)
def test_a_measure_lies_within_publication(ledger: Ledger, start: int | None, end: int, allowed: bool) -> None:
    id = ledger.published()
    now, until = ledger.evm.now, ledger.call("breach", id)["publishedUntil"]
    starts_at, ends_at = 0 if start is None else now + start, until - end
    terms = ledger.measure_terms(id, starts_at=starts_at, ends_at=ends_at)
    if allowed:
        ledger.send("imposeMeasure", terms, by=BODY)
    else:
        expected = MeasurePeriodInvalid(starts_at, ends_at, now, until)
        ledger.refuses(expected, "imposeMeasure", terms, by=BODY)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_a_measure_ends_after_it_begins(ledger: Ledger, seconds: int) -> None:
    id = ledger.published()
    now, until = ledger.evm.now, ledger.call("breach", id)["publishedUntil"]
    terms = ledger.measure_terms(id, starts_at=now + DAY, ends_at=now + DAY + seconds)
    if seconds > 0:
        ledger.send("imposeMeasure", terms, by=BODY)
    else:
        expected = MeasurePeriodInvalid(now + DAY, now + DAY + seconds, now, until)
        ledger.refuses(expected, "imposeMeasure", terms, by=BODY)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"measure": Measure.NONE}, MeasureInvalid("measure", 0)),
        ({"reason": ""}, DisciplineTextInvalid("reason", 0, 1024)),
        ({"reason": "r" * 1025}, DisciplineTextInvalid("reason", 1025, 1024)),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_measure_is_one_and_has_a_reason(ledger: Ledger, changes: dict[str, Any], expected: Refused) -> None:
    id = ledger.published()
    ledger.refuses(expected, "imposeMeasure", ledger.measure_terms(id, **changes), by=BODY)
    ledger.impose(id, reason="r" * 1024)


# ---------------------------------------------------------------------------------------------------------- effect


def test_a_measure_begins_and_lapses_by_itself(ledger: Ledger) -> None:
    id = ledger.published()
    starts_at, ends_at = ledger.evm.now + DAY, ledger.evm.now + 30 * DAY
    measure = ledger.impose(id, starts_at=starts_at, ends_at=ends_at)
    for moment, expected in ((starts_at - 1, None), (starts_at, measure), (ends_at - 1, measure), (ends_at, None)):
        ledger.evm.now = moment
        assert ledger.call("inEffect", measure) == (expected is not None)
        limited(ledger, LAKESIDE, expected)


def test_who_is_limited_concludes_no_new_agreements_but_keeps_what_it_has(ledger: Ledger) -> None:
    """Neither proposed nor signed nor acceded to; what is in force goes on."""
    offered = ledger.send("proposeAgreement", agreement_terms(parties=TWO), by=speaker(HILLSIDE)).returned
    version = ledger.call("versionOf", offered, 1)
    open_to_all = ledger.conclude(parties=(HILLSIDE, RIVERPORT), accession=AccessionRule.OPEN)
    digest = ledger.call("agreement", open_to_all)["termsDigest"]
    measure = ledger.impose(ledger.published())
    expected = GovernmentDisciplined(LAKESIDE, measure, ledger.call("measure", measure)["endsAt"])
    ledger.refuses(expected, "proposeAgreement", agreement_terms(parties=TWO), by=DEBTOR)
    ledger.refuses(expected, "proposeVersion", offered, agreement_terms(parties=TWO), "other", by=DEBTOR)
    ledger.refuses(expected, "signAgreement", offered, 1, version["termsDigest"], by=DEBTOR)
    ledger.refuses(expected, "accedeToAgreement", open_to_all, digest, by=DEBTOR)
    ledger.confirm(ledger.evidenced())


@pytest.mark.parametrize("kind", [Measure.LOSS_OF_HONOURS, Measure.NOTICE_TO_SUPERIOR])
def test_other_measures_limit_nothing(ledger: Ledger, kind: Measure) -> None:
    ledger.impose(ledger.published(), measure=kind)
    limited(ledger, LAKESIDE, None)


def test_others_are_not_limited(ledger: Ledger) -> None:
    ledger.impose(ledger.published())
    limited(ledger, HILLSIDE, None)


def test_a_breach_that_a_ruling_upheld_is_disciplined_from_then_on(ledger: Ledger) -> None:
    """Its publication begins anew with the ruling; one that was overturned gives no ground."""
    for given, stands in ((BROKEN, True), (FULFILLED, False)):
        snapshot = ledger.evm.snapshot()
        id = ledger.determined(100)
        case = ledger.call("breach", id)
        dispute = ledger.open_dispute(id)
        ledger.rule(dispute, given)
        ledger.conclude_dispute(dispute)
        assert ledger.call("breach", id)["state"] == (BreachState.DETERMINED if stands else BreachState.OVERTURNED)
        if stands:
            assert ledger.call("breach", id)["publishedFrom"] == ledger.evm.now > case["publishedFrom"]
            limited(ledger, LAKESIDE, ledger.impose(id))
        ledger.evm.restore(snapshot)


def test_repair_ends_a_measure(ledger: Ledger) -> None:
    id = ledger.published()
    measure = ledger.impose(id)
    repaired_at = repair(ledger, id)
    assert not ledger.call("inEffect", measure)
    limited(ledger, LAKESIDE, None)
    ledger.refuses(MeasureOver(measure, repaired_at), "liftMeasure", measure, "enough", by=BODY)
    expected = MeasureWithoutGround(id, BreachState.REPAIRED, Severity.GENERAL)
    ledger.refuses(expected, "imposeMeasure", ledger.measure_terms(id), by=BODY)


def repair(ledger: Ledger, id: int) -> int:
    """Have a breach repaired as soon as it can be."""
    ledger.send("requestRepair", id, DIGEST, "archive:repair", by=DEBTOR)
    ledger.evm.now = ledger.call("breach", id)["repairableFrom"]
    ledger.send("repairBreach", id, by=BODY)
    return ledger.evm.now


@pytest.mark.parametrize("steps", [1, 2])
def test_restructuring_is_no_excuse(ledger: Ledger, steps: int) -> None:
    """Whoever stands, directly or through others, in the place of who is limited is limited too."""
    measure = ledger.impose(ledger.published())
    ledger.succeed(LAKESIDE, NEWLAKE)
    last = NEWLAKE
    if steps == 2:
        ledger.succeed(NEWLAKE, FARFIELD)
        last = FARFIELD
    limited(ledger, last, measure)
    ledger.evm.now = ledger.call("measure", measure)["endsAt"]
    limited(ledger, last, None)


def test_each_part_of_a_split_government_is_limited(ledger: Ledger) -> None:
    measure = ledger.impose(ledger.published())
    ledger.succeed(LAKESIDE, NEWLAKE, FARFIELD)
    for part in (NEWLAKE, FARFIELD):
        limited(ledger, part, measure)


# --------------------------------------------------------------------------------------------------------- lifting


def test_the_body_lifts_a_measure(ledger: Ledger) -> None:
    measure = ledger.impose(ledger.published())
    ledger.evm.now += DAY
    done = ledger.send("liftMeasure", measure, "made good", by=BODY)
    assert done.facts == (MeasureLifted(measure, DELTA, "made good"),)
    assert ledger.call("measure", measure)["liftedAt"] == ledger.evm.now
    assert not ledger.call("inEffect", measure)
    limited(ledger, LAKESIDE, None)
    ledger.refuses(MeasureOver(measure, ledger.evm.now), "liftMeasure", measure, "again", by=BODY)


@pytest.mark.parametrize("seconds", [-1, 0])
def test_what_has_lapsed_is_not_lifted(ledger: Ledger, seconds: int) -> None:
    measure = ledger.impose(ledger.published())
    ends_at = ledger.call("measure", measure)["endsAt"]
    ledger.evm.now = ends_at + seconds
    if seconds < 0:
        ledger.send("liftMeasure", measure, "made good", by=BODY)
    else:
        ledger.refuses(MeasureOver(measure, ends_at), "liftMeasure", measure, "too late", by=BODY)


def test_who_lifts_is_who_imposed_and_says_why(ledger: Ledger) -> None:
    id = ledger.published()
    measure = ledger.impose(id)
    for body in (UPLANDS, COASTAL):
        ledger.refuses(MeasureNotBody(id, body, DELTA), "liftMeasure", measure, "enough", by=speaker(body))
    for length in (0, 1025):
        expected = DisciplineTextInvalid("reason", length, 1024)
        ledger.refuses(expected, "liftMeasure", measure, "r" * length, by=BODY)
    for unknown in (0, measure + 1):
        ledger.refuses(MeasureUnknown(unknown), "liftMeasure", unknown, "enough", by=BODY)
        assert not ledger.call("inEffect", unknown)


def test_a_stranger_speaks_for_nobody_and_may_read(ledger: Ledger) -> None:
    measure = ledger.impose(ledger.published())
    assert ledger.call("measure", measure)["government"] == LAKESIDE
    with pytest.raises(Refused, match="speaks for"):
        ledger.send("liftMeasure", measure, "enough", by=STRANGER)
