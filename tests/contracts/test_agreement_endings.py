"""Suspending and ending: each reason that is given, who gives it, and what has to bear it out."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.enums import AgreementState, EndReason, Role
from ledger.domain.events import AgreementEnded, AgreementResumed, AgreementSuspended, CommandExecuted, EndConsented
from ledger.domain.refusals.agreements import (
    AgreementCommitmentsOpen,
    AgreementEndInvalid,
    AgreementFieldEmpty,
    AgreementFieldTooLong,
    AgreementIsSuspended,
    AgreementNotCoordinatingBody,
    AgreementNotExpired,
    AgreementNotInForce,
    AgreementNotParty,
    AgreementNotSuspended,
    AgreementStateInvalid,
    AgreementUnknown,
    EndAlreadyConsented,
)
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.refusals.register import SignerUnknown
from ledger.domain.terms import Ending
from tests.contracts.harness.agreements import TWO, propose, state_of
from tests.contracts.harness.ledger import (
    AGREEMENT,
    AUDITOR,
    BACKFILLED,
    DAY,
    DELTA,
    DIGEST,
    FARFIELD,
    FROZEN,
    HILLSIDE,
    LAKESIDE,
    RIVERPORT,
    STRANGER,
    UPLANDS,
    Ledger,
    refused,
    speaker,
)

LAW = "Regulation 12, article 3"
BY_BODY = [EndReason.COMPLETED, EndReason.BREACH, EndReason.SUPERSEDED, EndReason.BY_LAW]


def ending(id: int, reason: EndReason, **changes: Any) -> Ending:
    values: dict[str, Any] = {"commitment": 0, "successor": 0, "note": LAW if reason is EndReason.BY_LAW else ""}
    return Ending(id, reason, **{**values, **changes})


def suspend(ledger: Ledger, id: int) -> None:
    ledger.send("suspendAgreement", id, "the funds are looked into", by=speaker(DELTA))


# -------------------------------------------------------------------------------------------------------- suspending


def test_suspended_and_resumed(ledger: Ledger) -> None:
    done = ledger.send("suspendAgreement", AGREEMENT, "the funds are looked into", by=speaker(DELTA))
    assert done.events == (
        CommandExecuted(speaker(DELTA).address, 0),
        AgreementSuspended(AGREEMENT, DELTA, "the funds are looked into"),
    )
    at = ledger.evm.now
    shown = ledger.call("agreement", AGREEMENT)
    assert (shown["state"], shown["suspendedAt"]) == (AgreementState.SUSPENDED, at)
    ledger.evm.now += DAY
    with refused(AgreementIsSuspended(AGREEMENT, at)):
        ledger.register()
    with refused(AgreementIsSuspended(AGREEMENT, at)):
        ledger.send("recordTransfer", ledger.transfer_terms(), by=speaker(LAKESIDE))
    resumed = ledger.send("resumeAgreement", AGREEMENT, by=speaker(DELTA))
    assert resumed.facts == (AgreementResumed(AGREEMENT, DELTA),)
    shown = ledger.call("agreement", AGREEMENT)
    assert (shown["state"], shown["suspendedAt"]) == (AgreementState.CONCLUDED, 0)
    ledger.register()


def test_nothing_is_reported_overdue_while_suspended(ledger: Ledger) -> None:
    id = ledger.overdue()
    suspend(ledger, AGREEMENT)
    with refused(AgreementIsSuspended(AGREEMENT, ledger.evm.now)):
        ledger.send("reportOverdue", id, "nothing was lodged", by=STRANGER)
    ledger.send("resumeAgreement", AGREEMENT, by=speaker(DELTA))
    ledger.send("reportOverdue", id, "nothing was lodged", by=STRANGER)


def test_what_was_owed_is_owed_after_the_end(ledger: Ledger) -> None:
    id = ledger.overdue()
    ledger.send("endAgreement", ending(AGREEMENT, EndReason.BY_LAW), by=speaker(DELTA))
    ledger.send("reportOverdue", id, "nothing was lodged", by=STRANGER)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_whether_it_is_suspended_is_asked_of_what_is_or_was_in_force(ledger: Ledger, seconds: int) -> None:
    begins = ledger.evm.now + DAY
    id = ledger.conclude(parties=TWO, effective_from=begins, expires_at=begins + DAY)
    ledger.evm.now = begins + seconds
    if seconds < 0:
        with refused(AgreementNotInForce(id, AgreementState.CONCLUDED, begins, begins + DAY)):
            ledger.transact("requireNotSuspended", id, by=STRANGER)
    else:
        ledger.call("requireNotSuspended", id)
        ledger.evm.now = begins + DAY + seconds
        ledger.call("requireNotSuspended", id)
    proposed, _ = propose(ledger)
    with refused(AgreementStateInvalid(proposed, AgreementState.PROPOSED)):
        ledger.transact("requireNotSuspended", proposed, by=STRANGER)
    with refused(AgreementUnknown(99)):
        ledger.transact("requireNotSuspended", 99, by=STRANGER)


def test_only_the_coordinating_body_suspends_and_resumes(ledger: Ledger) -> None:
    other = AgreementNotCoordinatingBody(AGREEMENT, UPLANDS, DELTA)
    for verb, values in (("suspendAgreement", ("a reason",)), ("resumeAgreement", ())):
        ledger.refuses(AgreementUnknown(99), verb, 99, *values, by=speaker(DELTA))
        ledger.refuses(other, verb, AGREEMENT, *values, by=speaker(UPLANDS))
        for body in (LAKESIDE, AUDITOR):
            missing = CommandRoleMissing(body, Role.COORDINATING_BODY)
            ledger.refuses(missing, verb, AGREEMENT, *values, by=speaker(body))


def test_suspending_needs_a_reason(ledger: Ledger) -> None:
    by = speaker(DELTA)
    ledger.refuses(AgreementFieldEmpty("reason"), "suspendAgreement", AGREEMENT, "", by=by)
    too_long = AgreementFieldTooLong("reason", 1025, 1024)
    ledger.refuses(too_long, "suspendAgreement", AGREEMENT, "r" * 1025, by=by)
    ledger.send("suspendAgreement", AGREEMENT, "r" * 1024, by=by)


def test_only_what_is_concluded_is_suspended(ledger: Ledger) -> None:
    by = speaker(DELTA)
    proposed, _ = propose(ledger)
    not_yet = AgreementStateInvalid(proposed, AgreementState.PROPOSED)
    ledger.refuses(not_yet, "suspendAgreement", proposed, "a reason", by=by)
    not_suspended = AgreementNotSuspended(AGREEMENT, AgreementState.CONCLUDED)
    ledger.refuses(not_suspended, "resumeAgreement", AGREEMENT, by=by)
    suspend(ledger, AGREEMENT)
    at = ledger.evm.now
    ledger.evm.now += 1
    twice = AgreementIsSuspended(AGREEMENT, at)
    ledger.refuses(twice, "suspendAgreement", AGREEMENT, "a reason", by=by)
    ledger.send("endAgreement", ending(AGREEMENT, EndReason.BY_LAW), by=by)
    over = AgreementStateInvalid(AGREEMENT, AgreementState.ENDED)
    ledger.refuses(over, "suspendAgreement", AGREEMENT, "a reason", by=by)
    ended = AgreementNotSuspended(AGREEMENT, AgreementState.ENDED)
    ledger.refuses(ended, "resumeAgreement", AGREEMENT, by=by)


# ---------------------------------------------------------------------------------------------------- mutual consent


@pytest.mark.parametrize("suspended", [False, True])
def test_it_ends_when_the_last_party_consents(ledger: Ledger, suspended: bool) -> None:
    id = ledger.conclude(parties=TWO)
    if suspended:
        suspend(ledger, id)
    first = ledger.send("consentToEnd", id, "the task is done", by=speaker(HILLSIDE))
    assert first.facts == (EndConsented(id, HILLSIDE, "the task is done"),)
    assert state_of(ledger, id) == (AgreementState.SUSPENDED if suspended else AgreementState.CONCLUDED)
    ledger.evm.now += DAY
    last = ledger.send("consentToEnd", id, "", by=speaker(LAKESIDE))
    assert last.facts == (
        EndConsented(id, LAKESIDE, ""),
        AgreementEnded(id, LAKESIDE, EndReason.MUTUAL_CONSENT, 0, 0, ""),
    )
    shown = ledger.call("agreement", id)
    assert (shown["state"], shown["endReason"], shown["endedAt"], shown["pendingVersion"]) == (
        AgreementState.ENDED,
        EndReason.MUTUAL_CONSENT,
        ledger.evm.now,
        0,
    )
    over = AgreementStateInvalid(id, AgreementState.ENDED)
    ledger.refuses(over, "consentToEnd", id, "", by=speaker(LAKESIDE))


def test_each_party_consents_once(ledger: Ledger) -> None:
    ledger.send("consentToEnd", AGREEMENT, "", by=speaker(LAKESIDE))
    expected = EndAlreadyConsented(AGREEMENT, LAKESIDE)
    ledger.refuses(expected, "consentToEnd", AGREEMENT, "", by=speaker(LAKESIDE))


def test_only_parties_consent_to_the_end_of_what_binds_them(ledger: Ledger) -> None:
    ledger.refuses(AgreementUnknown(99), "consentToEnd", 99, "", by=speaker(LAKESIDE))
    expected = AgreementNotParty(AGREEMENT, FARFIELD)
    ledger.refuses(expected, "consentToEnd", AGREEMENT, "", by=speaker(FARFIELD))
    missing = CommandRoleMissing(DELTA, Role.GOVERNMENT)
    ledger.refuses(missing, "consentToEnd", AGREEMENT, "", by=speaker(DELTA))
    too_long = AgreementFieldTooLong("note", 1025, 1024)
    ledger.refuses(too_long, "consentToEnd", AGREEMENT, "n" * 1025, by=speaker(LAKESIDE))
    proposed, _ = propose(ledger)
    not_yet = AgreementStateInvalid(proposed, AgreementState.PROPOSED)
    ledger.refuses(not_yet, "consentToEnd", proposed, "", by=speaker(LAKESIDE))
    ledger.send("consentToEnd", AGREEMENT, "n" * 1024, by=speaker(LAKESIDE))


# ------------------------------------------------------------------------------------------------------ every reason


@pytest.mark.parametrize("reason", [EndReason.NONE, EndReason.MUTUAL_CONSENT])
def test_reasons_that_nobody_can_give_alone(ledger: Ledger, reason: EndReason) -> None:
    expected = AgreementEndInvalid(AGREEMENT, reason, "reason")
    ledger.refuses(expected, "endAgreement", ending(AGREEMENT, reason), by=speaker(DELTA))


@pytest.mark.parametrize("reason", BY_BODY)
def test_only_the_coordinating_body_ends_it(ledger: Ledger, reason: EndReason) -> None:
    given = ending(AGREEMENT, reason)
    ledger.refuses(AgreementUnknown(99), "endAgreement", ending(99, reason), by=speaker(DELTA))
    other = AgreementNotCoordinatingBody(AGREEMENT, UPLANDS, DELTA)
    ledger.refuses(other, "endAgreement", given, by=speaker(UPLANDS))
    for body in (LAKESIDE, AUDITOR):
        missing = CommandRoleMissing(body, Role.COORDINATING_BODY)
        ledger.refuses(missing, "endAgreement", given, by=speaker(body))
    ledger.refuses(SignerUnknown(STRANGER.address), "endAgreement", given, by=STRANGER)


@pytest.mark.parametrize("reason", [*BY_BODY, EndReason.EXPIRED])
def test_what_has_not_begun_or_has_ended_is_not_ended(ledger: Ledger, reason: EndReason) -> None:
    proposed, _ = propose(ledger)
    not_yet = AgreementStateInvalid(proposed, AgreementState.PROPOSED)
    ledger.refuses(not_yet, "endAgreement", ending(proposed, reason), by=speaker(DELTA))
    ledger.send("endAgreement", ending(AGREEMENT, EndReason.BY_LAW), by=speaker(DELTA))
    over = AgreementStateInvalid(AGREEMENT, AgreementState.ENDED)
    ledger.refuses(over, "endAgreement", ending(AGREEMENT, reason), by=speaker(DELTA))


@pytest.mark.parametrize("reason", [EndReason.COMPLETED, EndReason.BY_LAW, EndReason.EXPIRED])
def test_only_a_breach_names_a_commitment_and_supersession_an_agreement(ledger: Ledger, reason: EndReason) -> None:
    id = ledger.conclude(parties=TWO, expires_at=ledger.evm.now + DAY)
    ledger.evm.now += DAY
    for field, value in (("commitment", 1), ("successor", AGREEMENT)):
        given = ending(id, reason, **{field: value})
        ledger.refuses(AgreementEndInvalid(id, reason, field), "endAgreement", given, by=speaker(DELTA))
    ledger.send("endAgreement", ending(id, reason), by=speaker(DELTA))


@pytest.mark.parametrize("suspended", [False, True])
def test_completed_when_nothing_is_open(ledger: Ledger, suspended: bool) -> None:
    kept, other = ledger.evidenced(), ledger.active()
    offered = ledger.register()
    by = speaker(DELTA)
    given = ending(AGREEMENT, EndReason.COMPLETED, note="all is done")
    ledger.refuses(AgreementCommitmentsOpen(AGREEMENT, 2), "endAgreement", given, by=by)
    ledger.confirm(kept)
    ledger.refuses(AgreementCommitmentsOpen(AGREEMENT, 1), "endAgreement", given, by=by)
    ledger.send("releaseCommitment", other, "no longer needed", by=speaker(HILLSIDE))
    if suspended:
        suspend(ledger, AGREEMENT)
    done = ledger.send("endAgreement", given, by=by)
    assert done.facts == (AgreementEnded(AGREEMENT, DELTA, EndReason.COMPLETED, 0, 0, "all is done"),)
    shown = ledger.call("agreement", AGREEMENT)
    assert (shown["state"], shown["endReason"], shown["endedAt"]) == (
        AgreementState.ENDED,
        EndReason.COMPLETED,
        ledger.evm.now,
    )
    with pytest.raises(AgreementNotInForce):
        ledger.accept(offered)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_expired_on_anyones_call(ledger: Ledger, seconds: int) -> None:
    ends = ledger.evm.now + DAY
    id = ledger.conclude(parties=TWO, expires_at=ends)
    ledger.evm.now = ends + seconds
    given = ending(id, EndReason.EXPIRED)
    if seconds < 0:
        expected = AgreementNotExpired(id, ends, ledger.evm.now)
        for account in (STRANGER, speaker(DELTA)):
            ledger.refuses(expected, "endAgreement", given, by=account)
    else:
        done = ledger.send("endAgreement", given, by=STRANGER)
        assert done.facts == (AgreementEnded(id, 0, EndReason.EXPIRED, 0, 0, ""),)


def test_who_calls_for_expiry_is_named_where_it_speaks_for_somebody(ledger: Ledger) -> None:
    ends = ledger.evm.now + DAY
    callers = {speaker(LAKESIDE): LAKESIDE, speaker(AUDITOR): AUDITOR, FROZEN: 0}
    ids = {account: ledger.conclude(parties=TWO, expires_at=ends) for account in callers}
    ledger.evm.now = ends
    for account, actor in callers.items():
        done = ledger.send("endAgreement", ending(ids[account], EndReason.EXPIRED), by=account)
        assert done.facts == (AgreementEnded(ids[account], actor, EndReason.EXPIRED, 0, 0, ""),)


def test_what_has_no_end_does_not_expire(ledger: Ledger) -> None:
    expected = AgreementNotExpired(AGREEMENT, 0, ledger.evm.now)
    ledger.refuses(expected, "endAgreement", ending(AGREEMENT, EndReason.EXPIRED), by=STRANGER)
    ledger.refuses(AgreementUnknown(99), "endAgreement", ending(99, EndReason.EXPIRED), by=STRANGER)


def test_for_breach_names_one_that_stands_under_it(ledger: Ledger) -> None:
    by = speaker(DELTA)

    def refuse(id: int, commitment: int) -> None:
        given = ending(id, EndReason.BREACH, commitment=commitment)
        ledger.refuses(AgreementEndInvalid(id, EndReason.BREACH, "commitment"), "endAgreement", given, by=by)

    other = ledger.conclude(parties=TWO)
    reported = ledger.reported()
    refuse(AGREEMENT, 0)
    refuse(AGREEMENT, reported)
    broken = ledger.determined()
    refuse(other, broken)
    given = ending(AGREEMENT, EndReason.BREACH, commitment=broken, note="never opened")
    done = ledger.send("endAgreement", given, by=by)
    assert done.facts == (AgreementEnded(AGREEMENT, DELTA, EndReason.BREACH, broken, 0, "never opened"),)


def test_a_breach_that_is_disputed_or_repaired_ends_nothing(ledger: Ledger) -> None:
    by = speaker(DELTA)
    broken = ledger.determined(100)
    given = ending(AGREEMENT, EndReason.BREACH, commitment=broken)
    expected = AgreementEndInvalid(AGREEMENT, EndReason.BREACH, "commitment")
    dispute = ledger.open_dispute(broken)
    ledger.refuses(expected, "endAgreement", given, by=by)
    ledger.send("withdrawDispute", dispute, by=speaker(LAKESIDE))
    ledger.evm.now = ledger.call("breach", broken)["repairableFrom"]
    ledger.send("requestRepair", broken, DIGEST, "archive:repair", by=speaker(LAKESIDE))
    ledger.send("repairBreach", broken, by=by)
    ledger.refuses(expected, "endAgreement", given, by=by)


def test_superseded_by_an_agreement_that_is_concluded(ledger: Ledger) -> None:
    by = speaker(DELTA)
    proposed, _ = propose(ledger)
    suspended = ledger.conclude(parties=TWO)
    suspend(ledger, suspended)
    expected = AgreementEndInvalid(AGREEMENT, EndReason.SUPERSEDED, "successor")
    for successor in (0, AGREEMENT, proposed, suspended, 99):
        given = ending(AGREEMENT, EndReason.SUPERSEDED, successor=successor)
        ledger.refuses(expected, "endAgreement", given, by=by)
    successor = ledger.conclude(parties=(LAKESIDE, RIVERPORT))
    done = ledger.send("endAgreement", ending(AGREEMENT, EndReason.SUPERSEDED, successor=successor), by=by)
    assert done.facts == (AgreementEnded(AGREEMENT, DELTA, EndReason.SUPERSEDED, 0, successor, ""),)


def test_by_law_names_the_law(ledger: Ledger) -> None:
    by = speaker(DELTA)
    nameless = ending(BACKFILLED, EndReason.BY_LAW, note="")
    ledger.refuses(AgreementFieldEmpty("note"), "endAgreement", nameless, by=by)
    too_long = ending(BACKFILLED, EndReason.BY_LAW, note="n" * 1025)
    ledger.refuses(AgreementFieldTooLong("note", 1025, 1024), "endAgreement", too_long, by=by)
    done = ledger.send("endAgreement", ending(BACKFILLED, EndReason.BY_LAW), by=by)
    assert done.facts == (AgreementEnded(BACKFILLED, DELTA, EndReason.BY_LAW, 0, 0, LAW),)
