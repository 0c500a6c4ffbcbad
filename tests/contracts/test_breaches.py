"""From overdue to breach and back by repair: what is put on record, who may, and what rulings do to a case."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from ledger.domain.enums import BreachState, CommitmentState, Outcome, OutcomeBasis, Role, Severity
from ledger.domain.events import (
    BreachDetermined,
    BreachOverturned,
    BreachRepaired,
    BreachUpheld,
    OutcomeRecorded,
    OverdueExplained,
    OverdueReported,
    RectificationRefused,
    RectificationSet,
    RepairRefused,
    RepairRequested,
)
from ledger.domain.refusals.agreements import AgreementIsSuspended
from ledger.domain.refusals.breaches import (
    BreachCommitmentState,
    BreachNotBody,
    BreachNotDebtor,
    BreachOnlyDisputes,
    BreachTextInvalid,
    BreachWindowClosed,
    RectificationAlreadySet,
    RectificationOutOfRange,
    RepairDigestEmpty,
    RepairNotRequested,
)
from ledger.domain.refusals.commands import CommandRoleMissing
from tests.contracts.harness.ledger import (
    AGREEMENT,
    BACKFILLED,
    BROKEN,
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
    P,
    speaker,
)


def _requested(ledger: Ledger) -> int:
    id = ledger.published()
    ledger.send("requestRepair", id, DIGEST, "archive:repair", by=speaker(LAKESIDE))
    ledger.evm.now = ledger.call("breach", id)["repairableFrom"]
    return id


def determination(ledger: Ledger, id: int, by: LocalAccount) -> tuple[OutcomeRecorded, BreachDetermined]:
    """Determine a breach; what that puts on record."""
    outcome, determined = ledger.send("determineBreach", id, by=by).facts
    assert isinstance(outcome, OutcomeRecorded)
    assert isinstance(determined, BreachDetermined)
    return outcome, determined


# ------------------------------------------------------------------------------------------------- what is on record


def test_reporting_gives_time_to_explain(ledger: Ledger) -> None:
    id = ledger.overdue()
    done = ledger.send("reportOverdue", id, "nothing was lodged", by=STRANGER)
    explain_by = ledger.evm.now + P.explanation_seconds
    assert done.facts == (OverdueReported(id, LAKESIDE, STRANGER.address, explain_by, 1, "nothing was lodged"),)
    b = ledger.call("breach", id)
    assert (b["debtor"], b["reportedAt"], b["explainBy"], b["procedureVersion"]) == (
        LAKESIDE,
        ledger.evm.now,
        explain_by,
        1,
    )
    assert ledger.call("progress", id)["answerBy"] == explain_by
    assert ledger.call("casesOf", LAKESIDE) == (id,)


@pytest.mark.parametrize("by", [LAKESIDE, HILLSIDE, FARFIELD, DELTA, UPLANDS])
def test_anyone_reports(ledger: Ledger, by: int) -> None:
    id = ledger.overdue()
    ledger.send("reportOverdue", id, "", by=speaker(by))
    assert ledger.call("breach", id)["state"] == BreachState.REPORTED


def test_a_contested_commitment_is_reported(ledger: Ledger) -> None:
    id = ledger.contested()
    ledger.evm.now = ledger.call("commitment", id)["dueAt"] + P.grace_seconds + 1
    ledger.send("reportOverdue", id, "", by=STRANGER)
    assert ledger.call("breach", id)["state"] == BreachState.REPORTED


@pytest.mark.parametrize(
    ("reach", "state"),
    [
        ("register", CommitmentState.PROPOSED),
        ("evidenced", CommitmentState.EVIDENCED),
        ("disputed", CommitmentState.DISPUTED),
        ("confirmed", CommitmentState.SETTLED),
        ("declined", CommitmentState.DECLINED),
    ],
)
def test_only_what_is_owed_can_be_overdue(ledger: Ledger, reach: str, state: CommitmentState) -> None:
    id: int
    if reach == "confirmed":
        id = ledger.evidenced()
        ledger.confirm(id)
    elif reach == "declined":
        id = ledger.register()
        ledger.send("declineCommitment", id, "not agreed", by=speaker(HILLSIDE))
    elif reach == "disputed":
        id, _ = ledger.disputed()
    else:
        id = getattr(ledger, reach)()
    ledger.evm.now = ledger.call("commitment", id)["dueAt"] + P.grace_seconds + 1
    ledger.refuses(BreachCommitmentState(id, state), "reportOverdue", id, "", by=STRANGER)


def test_history_without_an_outcome_can_be_overdue(ledger: Ledger) -> None:
    id = ledger.backfilled(resolved_at=0, outcome_basis_points=0)
    ledger.send("reportOverdue", id, "", by=STRANGER)
    assert ledger.call("breach", id)["state"] == BreachState.REPORTED


def test_nothing_is_overdue_while_the_agreement_is_suspended(ledger: Ledger) -> None:
    id = ledger.overdue()
    ledger.send("suspendAgreement", AGREEMENT, "an inquiry", by=speaker(DELTA))
    expected = AgreementIsSuspended(AGREEMENT, ledger.evm.now)
    ledger.refuses(expected, "reportOverdue", id, "", by=STRANGER)
    ledger.send("resumeAgreement", AGREEMENT, by=speaker(DELTA))
    ledger.send("reportOverdue", id, "", by=STRANGER)


def test_an_explanation_gives_time_to_put_right(ledger: Ledger) -> None:
    id = ledger.reported()
    done = ledger.send("explainOverdue", id, "the system was replaced", DIGEST, by=speaker(LAKESIDE))
    rectify_by = ledger.evm.now + P.rectification_seconds_max
    assert done.facts == (OverdueExplained(id, LAKESIDE, "the system was replaced", DIGEST, rectify_by),)
    assert ledger.call("breach", id)["rectifyBy"] == rectify_by
    assert ledger.call("progress", id)["answerBy"] == rectify_by


@pytest.mark.parametrize("reach", ["reported", "rectifying"])
def test_the_body_sets_another_date_once(ledger: Ledger, reach: str) -> None:
    id = getattr(ledger, reach)()
    date = ledger.evm.now + 12 * DAY
    done = ledger.send("setRectification", id, date, by=speaker(DELTA))
    assert done.facts == (RectificationSet(id, DELTA, date),)
    assert ledger.call("breach", id)["rectifyBy"] == date
    assert ledger.call("progress", id)["answerBy"] == date
    ledger.refuses(RectificationAlreadySet(id, date), "setRectification", id, date + DAY, by=speaker(DELTA))


def test_refusing_ends_the_debtors_time(ledger: Ledger) -> None:
    id = ledger.rectifying()
    done = ledger.send("refuseRectification", id, "it was never promised", by=speaker(LAKESIDE))
    now = ledger.evm.now
    assert done.facts == (RectificationRefused(id, LAKESIDE, "it was never promised"),)
    assert ledger.call("progress", id)["answerBy"] == ledger.call("breach", id)["refusedAt"] == now
    ledger.refuses(BreachWindowClosed(id, now, now), "refuseRectification", id, "again", by=speaker(LAKESIDE))
    ledger.send("determineBreach", id, by=speaker(DELTA))


def test_a_determination_is_an_outcome(ledger: Ledger) -> None:
    id = ledger.reported()
    reported_at = ledger.evm.now
    ledger.evm.now = ledger.call("breach", id)["explainBy"] + 1
    outcome, determined = determination(ledger, id, speaker(DELTA))
    assert (outcome.recorder, outcome.outcome, outcome.basis) == (DELTA, Outcome.BROKEN, OutcomeBasis.BREACH)
    assert outcome.effective_at == reported_at
    object_by = ledger.evm.now + P.objection_seconds
    publication = object_by + 1
    until = publication + P.minor_consequence.publication_seconds
    assert determined == BreachDetermined(
        id, LAKESIDE, DELTA, Severity.MINOR, object_by, publication, publication, until, False
    )
    b = ledger.call("breach", id)
    assert (b["body"], b["severity"], b["determinedAt"]) == (DELTA, Severity.MINOR, ledger.evm.now)
    assert (b["objectBy"], b["publishedFrom"], b["repairableFrom"]) == (object_by, publication, publication)
    assert b["publishedUntil"] == until
    c = ledger.call("commitment", id)
    assert (c["state"], c["outcomeBasisPoints"]) == (CommitmentState.SETTLED, 0)


def test_what_the_body_lets_pass_anyone_calls_for(ledger: Ledger) -> None:
    id = ledger.reported()
    ledger.evm.now = ledger.call("breach", id)["explainBy"] + P.determination_seconds + 1
    outcome, determined = determination(ledger, id, STRANGER)
    assert outcome.recorder == 0
    # The body stands for it all the same, so that somebody can repair it.
    assert (determined.body, determined.lapsed) == (DELTA, True)


def test_late_but_first_it_is_the_bodys_own(ledger: Ledger) -> None:
    id = ledger.reported()
    ledger.evm.now = ledger.call("breach", id)["explainBy"] + P.determination_seconds + 1
    outcome, determined = determination(ledger, id, speaker(DELTA))
    assert (outcome.recorder, determined.body, determined.lapsed) == (DELTA, DELTA, False)


def test_a_fault_put_right_in_time_is_no_breach(ledger: Ledger) -> None:
    id = ledger.rectifying()
    ledger.evidence(id)
    ledger.confirm(id)
    ledger.evm.now += P.rectification_seconds_max + P.determination_seconds + DAY
    expected = BreachCommitmentState(id, CommitmentState.SETTLED)
    ledger.refuses(expected, "determineBreach", id, by=speaker(DELTA))
    assert ledger.call("standing", LAKESIDE) == 0


def test_what_is_contested_after_the_report_is_determined(ledger: Ledger) -> None:
    id = ledger.rectifying()
    ledger.evidence(id)
    ledger.send("contestEvidence", id, "it is not done", by=speaker(HILLSIDE))
    ledger.evm.now = ledger.call("breach", id)["rectifyBy"] + 1
    ledger.send("determineBreach", id, by=speaker(DELTA))
    assert ledger.call("breach", id)["state"] == BreachState.DETERMINED


# ------------------------------------------------------------------------------------------------------------- who


@pytest.mark.parametrize(
    ("reach", "verb", "values"),
    [
        ("reported", "explainOverdue", ("a flood", DIGEST)),
        ("reported", "refuseRectification", ("no",)),
        ("published", "requestRepair", (DIGEST, "")),
    ],
)
def test_only_the_debtor_answers(ledger: Ledger, reach: str, verb: str, values: tuple[Any, ...]) -> None:
    id = getattr(ledger, reach)()
    for other in (HILLSIDE, RIVERPORT, FARFIELD):
        ledger.refuses(BreachNotDebtor(id, other, LAKESIDE), verb, id, *values, by=speaker(other))
    ledger.refuses(CommandRoleMissing(DELTA, Role.GOVERNMENT), verb, id, *values, by=speaker(DELTA))
    ledger.succeed(LAKESIDE, NEWLAKE)
    ledger.send(verb, id, *values, by=speaker(NEWLAKE))


@pytest.mark.parametrize(
    ("reach", "verb", "values"),
    [("reported", "setRectification", (0,)), ("requested", "repairBreach", ()), ("requested", "refuseRepair", ("no",))],
)
def test_only_the_body_decides(ledger: Ledger, reach: str, verb: str, values: tuple[Any, ...]) -> None:
    id = _requested(ledger) if reach == "requested" else ledger.reported()
    ledger.refuses(BreachNotBody(id, UPLANDS, DELTA), verb, id, *values, by=speaker(UPLANDS))
    ledger.refuses(CommandRoleMissing(LAKESIDE, Role.COORDINATING_BODY), verb, id, *values, by=speaker(LAKESIDE))


def test_only_the_dispute_register_applies_rulings(ledger: Ledger) -> None:
    id = ledger.determined()
    ledger.unchanged(
        lambda: ledger.transact("applyRuling", id, DELTA, False, ledger.evm.now, 1, by=speaker(DELTA)),
        BreachOnlyDisputes(speaker(DELTA).address),
    )


# ---------------------------------------------------------------------------------------------------------- content


@pytest.mark.parametrize(
    ("reach", "by", "verb", "field", "length_max", "needed", "before", "after"),
    [
        ("overdue", LAKESIDE, "reportOverdue", "note", 1024, False, (), ()),
        ("reported", LAKESIDE, "explainOverdue", "explanation", 1024, True, (), (bytes(32),)),
        ("reported", LAKESIDE, "refuseRectification", "reason", 1024, True, (), ()),
        ("determined", LAKESIDE, "requestRepair", "locator", 512, False, (DIGEST,), ()),
        ("requested", DELTA, "refuseRepair", "reason", 1024, True, (), ()),
    ],
)
def test_texts_have_limits(
    ledger: Ledger,
    reach: str,
    by: int,
    verb: str,
    field: str,
    length_max: int,
    needed: bool,
    before: tuple[Any, ...],
    after: tuple[Any, ...],
) -> None:
    id = _requested(ledger) if reach == "requested" else getattr(ledger, reach)()
    long = "x" * (length_max + 1)
    ledger.refuses(
        BreachTextInvalid(field, length_max + 1, length_max), verb, id, *before, long, *after, by=speaker(by)
    )
    if needed:
        ledger.refuses(BreachTextInvalid(field, 0, length_max), verb, id, *before, "", *after, by=speaker(by))
    ledger.send(verb, id, *before, long[1:] if needed else "", *after, by=speaker(by))


def test_the_date_for_putting_right_is_a_day_off_or_more_and_not_too_far(ledger: Ledger) -> None:
    id = ledger.reported()
    earliest, latest = ledger.evm.now + DAY, ledger.evm.now + P.rectification_seconds_max
    for date in (0, earliest - 1, latest + 1, 2**64 - 1):
        expected = RectificationOutOfRange(id, date, earliest, latest)
        ledger.refuses(expected, "setRectification", id, date, by=speaker(DELTA))
    ledger.send("setRectification", id, earliest, by=speaker(DELTA))


def test_repair_is_asked_for_with_proof(ledger: Ledger) -> None:
    id = ledger.published()
    ledger.refuses(RepairDigestEmpty(id), "requestRepair", id, bytes(32), "", by=speaker(LAKESIDE))


# ----------------------------------------------------------------------------------------------------------- repair


def test_repair_ends_publication_and_keeps_the_record(ledger: Ledger) -> None:
    id = ledger.published()
    assert ledger.call("isPublished", id)
    asked = ledger.send("requestRepair", id, DIGEST, "archive:repair", by=speaker(LAKESIDE))
    assert asked.facts == (RepairRequested(id, LAKESIDE, DIGEST, "archive:repair"),)
    ledger.evm.now = ledger.call("breach", id)["repairableFrom"]
    done = ledger.send("repairBreach", id, by=speaker(DELTA))
    assert done.facts == (BreachRepaired(id, LAKESIDE, DELTA),)
    b = ledger.call("breach", id)
    assert (b["state"], b["repairedAt"]) == (BreachState.REPAIRED, ledger.evm.now)
    assert not ledger.call("isPublished", id)
    assert ledger.call("casesOf", LAKESIDE) == (id,)
    assert ledger.call("commitment", id)["outcomeBasisPoints"] == 0


def test_what_is_not_repaired_can_be_asked_for_again(ledger: Ledger) -> None:
    id = _requested(ledger)
    done = ledger.send("refuseRepair", id, "nothing was made good", by=speaker(DELTA))
    assert done.facts == (RepairRefused(id, DELTA, "nothing was made good"),)
    ledger.refuses(RepairNotRequested(id), "repairBreach", id, by=speaker(DELTA))
    ledger.send("requestRepair", id, DIGEST, "", by=speaker(LAKESIDE))
    ledger.send("repairBreach", id, by=speaker(DELTA))


def test_who_upheld_it_repairs_it(ledger: Ledger) -> None:
    id = ledger.determined(100)
    dispute = ledger.open_dispute(id)
    ledger.rule(dispute, FULFILLED)
    ledger.send("appealRuling", dispute, DIGEST, "", by=speaker(HILLSIDE))
    members = ledger.call("panel", dispute)
    ledger.rule(dispute, BROKEN, by=members[:2])
    b = ledger.call("breach", id)
    assert b["body"] == members[1]
    ledger.send("requestRepair", id, DIGEST, "", by=speaker(LAKESIDE))
    ledger.evm.now = b["repairableFrom"]
    ledger.refuses(BreachNotBody(id, DELTA, members[1]), "repairBreach", id, by=speaker(DELTA))
    ledger.send("repairBreach", id, by=speaker(members[1]))


# --------------------------------------------------------------------------------------------------------- rulings


def test_an_objection_suspends_publication_until_the_ruling(ledger: Ledger) -> None:
    id = ledger.determined(100)
    ledger.evm.now = ledger.call("breach", id)["objectBy"]
    dispute = ledger.open_dispute(id)
    ledger.evm.now = ledger.call("breach", id)["publishedFrom"]
    assert not ledger.call("isPublished", id)
    ledger.rule(dispute, BROKEN)
    ledger.evm.now = ledger.call("dispute", dispute)["appealBy"] + 1
    assert not ledger.call("isPublished", id)
    before = ledger.call("breach", id)
    upheld = ledger.send("concludeDispute", dispute, by=STRANGER).facts[-1]
    now = ledger.evm.now
    consequence = P.general_consequence
    repairable, until = now + consequence.repair_after_seconds, now + consequence.publication_seconds
    assert upheld == BreachUpheld(id, DELTA, now, repairable, until)
    assert ledger.call("breach", id) == {
        **before,
        "publishedFrom": now,
        "repairableFrom": repairable,
        "publishedUntil": until,
    }
    assert ledger.call("isPublished", id)


def test_a_withdrawn_objection_changes_nothing(ledger: Ledger) -> None:
    id = ledger.determined(100)
    before = ledger.call("breach", id)
    dispute = ledger.open_dispute(id)
    ledger.evm.now = before["publishedFrom"]
    ledger.send("withdrawDispute", dispute, by=speaker(LAKESIDE))
    assert ledger.call("breach", id) == before
    assert ledger.call("isPublished", id)


@pytest.mark.parametrize("reach", ["reported", "rectifying", "determined"])
def test_a_ruling_that_it_was_kept_overturns_the_case(ledger: Ledger, reach: str) -> None:
    id = getattr(ledger, reach)()
    dispute = ledger.open_dispute(id)
    ledger.rule(dispute)
    ledger.evm.now = ledger.call("dispute", dispute)["appealBy"] + 1
    assert BreachOverturned(id, DELTA) in ledger.send("concludeDispute", dispute, by=STRANGER).facts
    assert ledger.call("breach", id)["state"] == BreachState.OVERTURNED
    assert not ledger.call("isPublished", id)


@pytest.mark.parametrize("reach", ["contested", "reported", "rectifying", "partly", "backfilled"])
def test_a_ruling_that_it_was_broken_is_a_determination(ledger: Ledger, reach: str) -> None:
    if reach == "partly":
        id = ledger.evidenced()
        ledger.confirm(id, 4_000)
    else:
        id = getattr(ledger, reach)()
    reported_at = ledger.call("breach", id)["reportedAt"]
    dispute = ledger.open_dispute(id)
    ledger.rule(dispute, BROKEN)
    ledger.evm.now = ledger.call("dispute", dispute)["appealBy"] + 1
    determined = ledger.send("concludeDispute", dispute, by=STRANGER).facts[-1]
    # The outcome of seven years ago is late by so much; the others are hardly late.
    severity = Severity.SERIOUS if reach == "backfilled" else Severity.MINOR
    consequence = P.consequence(severity)
    now = ledger.evm.now
    assert determined == BreachDetermined(
        id,
        LAKESIDE,
        DELTA,
        severity,
        0,
        now,
        now + consequence.repair_after_seconds,
        now + consequence.publication_seconds,
        False,
    )
    b = ledger.call("breach", id)
    assert (b["state"], b["reportedAt"], b["objectBy"]) == (BreachState.DETERMINED, reported_at, 0)
    assert (b["debtor"], b["body"], b["procedureVersion"]) == (LAKESIDE, DELTA, 1)
    assert ledger.call("casesOf", LAKESIDE) == (id,)
    assert ledger.call("commitment", id)["agreement"] == (BACKFILLED if reach == "backfilled" else AGREEMENT)


def test_a_ruling_that_it_was_kept_opens_no_case(ledger: Ledger) -> None:
    id, dispute = ledger.ruled()
    ledger.conclude_dispute(dispute)
    assert ledger.call("breach", id)["state"] == BreachState.NONE
    assert ledger.call("casesOf", LAKESIDE) == ()
