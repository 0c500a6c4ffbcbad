"""Evidence: lodged by the debtor, drawn for audit, and accepted where the creditor keeps silent."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from ledger.domain.enums import CommitmentState, ExcuseGround, Incentive, Outcome, OutcomeBasis, Role
from ledger.domain.events import CommandExecuted, EvidenceAudited, EvidenceContested, EvidenceSubmitted, OutcomeRecorded
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.refusals.commitments import (
    CommitmentAnswerLate,
    CommitmentNotCreditor,
    CommitmentNotDebtor,
    CommitmentStateInvalid,
    CommitmentTextInvalid,
    CommitmentWindowClosed,
    CommitmentWindowOpen,
    EvidenceAlreadyAudited,
    EvidenceAuditPending,
    EvidenceDateInvalid,
    EvidenceDigestEmpty,
    EvidenceLocatorTooLong,
    EvidenceNotAuditor,
    EvidenceNotSampled,
)
from ledger.domain.terms import Confirmation
from tests.contracts.harness.ledger import (
    AGREEMENT,
    AUDITOR,
    DAY,
    DELTA,
    DIGEST,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    RIVERPORT,
    STRANGER,
    UPLANDS,
    Ledger,
    P,
    procedure_policy,
    speaker,
)

DEBTOR, CREDITOR = speaker(LAKESIDE), speaker(HILLSIDE)
NOTHING_YET = {
    "evidencedAt": 0,
    "confirmBy": 0,
    "settledAt": 0,
    "answerBy": 0,
    "procedureVersion": 0,
    "stateBeforeDispute": CommitmentState.NONE,
    "basis": OutcomeBasis.NONE,
    "ground": ExcuseGround.NONE,
    "sampled": False,
    "audited": False,
    "ruled": False,
}


def silent(id: int, at: int) -> OutcomeRecorded:
    """What is recorded of silence about evidence of this moment."""
    return OutcomeRecorded(id, LAKESIDE, 0, Outcome.FULFILLED, 10_000, at, OutcomeBasis.SILENCE, ExcuseGround.NONE)


def drawn(ledger: Ledger, share: int = 10_000) -> None:
    """Have this share of all evidence drawn for audit from now on."""
    ledger.decide("publishProcedurePolicy", procedure_policy(audit_share_basis_points=share), 0)


# --------------------------------------------------------------------------------------------------------- lodging


def test_evidence_is_a_claim_and_opens_a_window(ledger: Ledger) -> None:
    id = ledger.active()
    assert ledger.call("progress", id) == NOTHING_YET
    ledger.evm.now += 3 * DAY
    now, until = ledger.evm.now, ledger.evm.now + P.confirmation_seconds
    done = ledger.send("submitEvidence", id, DIGEST, "archive:7", now - DAY, by=DEBTOR)
    claim = EvidenceSubmitted(id, LAKESIDE, DIGEST, "archive:7", now - DAY, until, False, False)
    assert done.events == (CommandExecuted(DEBTOR.address, 0), claim)
    assert ledger.call("commitment", id)["state"] == CommitmentState.EVIDENCED
    lodged = {"evidencedAt": now, "confirmBy": until, "procedureVersion": 1}
    assert ledger.call("progress", id) == {**NOTHING_YET, **lodged}


@pytest.mark.parametrize("contested", [False, True])
def test_better_evidence_opens_the_window_anew(ledger: Ledger, contested: bool) -> None:
    id = ledger.contested() if contested else ledger.evidenced()
    ledger.evm.now += P.confirmation_seconds
    done = ledger.send("submitEvidence", id, b"\x02" * 32, "", ledger.evm.now, by=DEBTOR)
    until = ledger.evm.now + P.confirmation_seconds
    assert done.facts == (EvidenceSubmitted(id, LAKESIDE, b"\x02" * 32, "", ledger.evm.now, until, False, False),)
    shown = ledger.call("progress", id)
    assert (shown["evidencedAt"], shown["confirmBy"]) == (ledger.evm.now, until)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_late_evidence_is_taken_and_marked(ledger: Ledger, seconds: int) -> None:
    id = ledger.active()
    ledger.evm.now = ledger.call("commitment", id)["dueAt"] + seconds
    (claim,) = ledger.send("submitEvidence", id, DIGEST, "", ledger.evm.now, by=DEBTOR).facts
    assert isinstance(claim, EvidenceSubmitted)
    assert claim.late == (seconds > 0)


@pytest.mark.parametrize("body", [HILLSIDE, RIVERPORT, FARFIELD])
def test_only_the_debtor_lodges_evidence(ledger: Ledger, body: int) -> None:
    id = ledger.active()
    expected = CommitmentNotDebtor(id, body, LAKESIDE)
    ledger.refuses(expected, "submitEvidence", id, DIGEST, "", ledger.evm.now, by=speaker(body))
    missing = CommandRoleMissing(DELTA, Role.GOVERNMENT)
    ledger.refuses(missing, "submitEvidence", id, DIGEST, "", ledger.evm.now, by=speaker(DELTA))


def test_evidence_has_a_digest_and_a_short_locator(ledger: Ledger) -> None:
    id, now = ledger.active(), ledger.evm.now
    ledger.refuses(EvidenceDigestEmpty(id), "submitEvidence", id, bytes(32), "", now, by=DEBTOR)
    ledger.refuses(EvidenceLocatorTooLong(id, 513, 512), "submitEvidence", id, DIGEST, "l" * 513, now, by=DEBTOR)
    ledger.send("submitEvidence", id, DIGEST, "l" * 512, now, by=DEBTOR)


@pytest.mark.parametrize(
    ("anchor", "seconds", "allowed"),
    [("made", -1, False), ("made", 0, True), ("now", 0, True), ("now", 1, False), ("zero", 0, False)],
)
def test_what_is_performed_was_promised_before_and_done_by_now(
    ledger: Ledger, anchor: str, seconds: int, allowed: bool
) -> None:
    made = ledger.evm.now
    claimed, confirmed = ledger.active(), ledger.evidenced()
    ledger.evm.now += DAY
    at = {"made": made, "now": ledger.evm.now, "zero": 0}[anchor] + seconds
    if allowed:
        ledger.send("submitEvidence", claimed, DIGEST, "", at, by=DEBTOR)
        ledger.send("confirmCommitment", Confirmation(confirmed, 10_000, at), by=CREDITOR)
        return
    expected = EvidenceDateInvalid(claimed, at, made, ledger.evm.now)
    ledger.refuses(expected, "submitEvidence", claimed, DIGEST, "", at, by=DEBTOR)
    expected = EvidenceDateInvalid(confirmed, at, made, ledger.evm.now)
    ledger.refuses(expected, "confirmCommitment", Confirmation(confirmed, 10_000, at), by=CREDITOR)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
@pytest.mark.parametrize("explained", [False, True])
def test_in_a_breach_procedure_evidence_is_taken_while_the_debtor_has_time(
    ledger: Ledger, explained: bool, seconds: int
) -> None:
    id = ledger.rectifying() if explained else ledger.reported()
    until = ledger.call("breach", id)["rectifyBy" if explained else "explainBy"]
    assert ledger.call("progress", id)["answerBy"] == until
    ledger.evm.now = until + seconds
    if seconds <= 0:
        ledger.evidence(id)
        ledger.confirm(id)
    else:
        expected = CommitmentAnswerLate(id, until, ledger.evm.now)
        ledger.refuses(expected, "submitEvidence", id, DIGEST, "", ledger.evm.now, by=DEBTOR)


def test_evidence_is_no_longer_taken_where_the_debtor_refused_to_put_right(ledger: Ledger) -> None:
    id = ledger.reported()
    ledger.send("refuseRectification", id, "it was never promised", by=DEBTOR)
    refused_at = ledger.evm.now
    ledger.evm.now += 1
    expected = CommitmentAnswerLate(id, refused_at, ledger.evm.now)
    ledger.refuses(expected, "submitEvidence", id, DIGEST, "", ledger.evm.now, by=DEBTOR)


# ------------------------------------------------------------------------------------------------- contest, silence


def test_the_creditor_contests_what_was_lodged(ledger: Ledger) -> None:
    id = ledger.evidenced()
    done = ledger.send("contestEvidence", id, "the windows were closed", by=CREDITOR)
    assert done.facts == (EvidenceContested(id, HILLSIDE, "the windows were closed"),)
    assert ledger.call("commitment", id)["state"] == CommitmentState.CONTESTED
    assert ledger.call("openCommitments", AGREEMENT) == 1


@pytest.mark.parametrize("body", [LAKESIDE, RIVERPORT, FARFIELD, DELTA, UPLANDS])
def test_only_the_creditor_contests(ledger: Ledger, body: int) -> None:
    id = ledger.evidenced()
    ledger.refuses(CommitmentNotCreditor(id, body, HILLSIDE), "contestEvidence", id, "no", by=speaker(body))


@pytest.mark.parametrize("length", [0, 1, 1024, 1025])
def test_who_contests_says_why(ledger: Ledger, length: int) -> None:
    id = ledger.evidenced()
    if length in (1, 1024):
        ledger.send("contestEvidence", id, "r" * length, by=CREDITOR)
    else:
        expected = CommitmentTextInvalid("reason", length, 1024)
        ledger.refuses(expected, "contestEvidence", id, "r" * length, by=CREDITOR)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_the_creditor_answers_within_the_window_and_silence_counts_after_it(ledger: Ledger, seconds: int) -> None:
    confirmed, contested, left = ledger.evidenced(), ledger.evidenced(), ledger.evidenced()
    lodged = ledger.evm.now
    until = lodged + P.confirmation_seconds
    ledger.evm.now = until + seconds
    confirmation = Confirmation(confirmed, 9_000, lodged)
    if seconds <= 0:
        ledger.send("confirmCommitment", confirmation, by=CREDITOR)
        ledger.send("contestEvidence", contested, "the windows were closed", by=CREDITOR)
        ledger.refuses(CommitmentWindowOpen(left, until, ledger.evm.now), "acceptBySilence", left, by=STRANGER)
        return
    closed = CommitmentWindowClosed(confirmed, until, ledger.evm.now)
    ledger.refuses(closed, "confirmCommitment", confirmation, by=CREDITOR)
    ledger.refuses(closed, "confirmCommitments", [confirmation], by=CREDITOR)
    closed = CommitmentWindowClosed(contested, until, ledger.evm.now)
    ledger.refuses(closed, "contestEvidence", contested, "no", by=CREDITOR)
    done = ledger.send("acceptBySilence", left, by=STRANGER)
    assert done.events == (CommandExecuted(STRANGER.address, 0), silent(left, lodged))
    shown = ledger.call("commitment", left)
    assert (shown["state"], shown["outcomeBasisPoints"]) == (CommitmentState.SETTLED, 10_000)
    progress = ledger.call("progress", left)
    assert (progress["settledAt"], progress["basis"]) == (ledger.evm.now, OutcomeBasis.SILENCE)
    assert ledger.call("openCommitments", AGREEMENT) == 2


@pytest.mark.parametrize("body", [LAKESIDE, HILLSIDE, FARFIELD, DELTA])
def test_anyone_has_silence_recorded(ledger: Ledger, body: int) -> None:
    id = ledger.evidenced()
    lodged = ledger.evm.now
    ledger.evm.now += P.confirmation_seconds + 1
    assert ledger.relay("acceptBySilence", id, by=speaker(body)).facts == (silent(id, lodged),)


def test_a_window_that_is_open_stays_as_long_when_the_policy_changes(ledger: Ledger) -> None:
    id = ledger.evidenced()
    until = ledger.call("progress", id)["confirmBy"]
    changed = procedure_policy(confirmation_seconds=30 * DAY, audit_share_basis_points=10_000)
    ledger.decide("publishProcedurePolicy", changed, 0)
    ledger.evm.now = until + 1
    ledger.send("acceptBySilence", id, by=STRANGER)
    later = ledger.evidenced()
    shown = ledger.call("progress", later)
    assert (shown["procedureVersion"], shown["confirmBy"]) == (2, ledger.evm.now + 30 * DAY)


# -------------------------------------------------------------------------------------------- shorter confirmation


@pytest.mark.parametrize("seconds", [-1, 0])
def test_who_keeps_faith_waits_less_while_the_incentive_holds(ledger: Ledger, seconds: int) -> None:
    terms = ledger.incentive_terms()
    ledger.send("grantIncentive", terms, by=speaker(DELTA))
    id = ledger.active(due_at=terms.ends_at)
    ledger.evm.now = terms.ends_at + seconds
    ledger.evidence(id)
    expected = P.short_confirmation_seconds if seconds < 0 else P.confirmation_seconds
    assert ledger.call("progress", id)["confirmBy"] == ledger.evm.now + expected


@pytest.mark.parametrize("kind", [Incentive.LIGHTER_DEPOSIT, Incentive.PRIORITY_IN_NEW_AGREEMENTS])
def test_other_incentives_shorten_nothing(ledger: Ledger, kind: Incentive) -> None:
    ledger.send("grantIncentive", ledger.incentive_terms(incentive=kind), by=speaker(DELTA))
    id = ledger.evidenced()
    assert ledger.call("progress", id)["confirmBy"] == ledger.evm.now + P.confirmation_seconds


def test_discipline_suspends_the_shorter_window(ledger: Ledger) -> None:
    waiting = ledger.active(due_at=ledger.evm.now + 3_000 * DAY)
    ledger.send("grantIncentive", ledger.incentive_terms(ends_at=ledger.evm.now + 1_800 * DAY), by=speaker(DELTA))
    breached = ledger.published()
    ledger.evidence(waiting)
    assert ledger.call("progress", waiting)["confirmBy"] == ledger.evm.now + P.confirmation_seconds
    ledger.evm.now = ledger.call("breach", breached)["publishedUntil"]
    ledger.evidence(waiting)
    assert ledger.call("progress", waiting)["confirmBy"] == ledger.evm.now + P.short_confirmation_seconds


# ----------------------------------------------------------------------------------------------------------- audit


def test_a_share_of_evidence_is_drawn_as_anyone_can_recompute(ledger: Ledger) -> None:
    share = 3_000
    drawn(ledger, share)
    ids = [ledger.active() for _ in range(20)]
    expected = []
    for id in ids:
        word = encode(["uint64", "bytes32", "bytes32"], [id, DIGEST, ledger.evm.first_block_hash])
        expected.append(int.from_bytes(keccak(word), "big") % 10_000 < share)
        ledger.evidence(id)
    assert [ledger.call("progress", id)["sampled"] for id in ids] == expected
    assert 0 < sum(expected) < len(ids)


def test_what_is_drawn_stays_drawn(ledger: Ledger) -> None:
    drawn(ledger)
    id = ledger.evidenced()
    ledger.decide("publishProcedurePolicy", P, 0)
    ledger.evidence(id)
    assert ledger.call("progress", id)["sampled"]


@pytest.mark.parametrize("body", [AUDITOR, DELTA])
def test_silence_settles_what_was_drawn_when_the_audit_has_upheld_it(ledger: Ledger, body: int) -> None:
    drawn(ledger)
    id = ledger.evidenced()
    lodged = ledger.evm.now
    ledger.evm.now += P.confirmation_seconds + 1
    ledger.refuses(EvidenceAuditPending(id), "acceptBySilence", id, by=STRANGER)
    done = ledger.send("auditEvidence", id, True, "the archive holds it", by=speaker(body))
    assert done.facts == (EvidenceAudited(id, body, True, "the archive holds it"),)
    assert ledger.call("progress", id)["audited"]
    ledger.refuses(EvidenceAlreadyAudited(id), "auditEvidence", id, False, "it is empty", by=speaker(AUDITOR))
    assert ledger.send("acceptBySilence", id, by=STRANGER).facts == (silent(id, lodged),)


def test_what_does_not_hold_is_contested_and_better_evidence_is_audited_anew(ledger: Ledger) -> None:
    drawn(ledger)
    id = ledger.evidenced()
    done = ledger.send("auditEvidence", id, False, "the file is empty", by=speaker(AUDITOR))
    assert done.facts == (EvidenceAudited(id, AUDITOR, False, "the file is empty"),)
    assert ledger.call("commitment", id)["state"] == CommitmentState.CONTESTED
    ledger.evidence(id)
    assert not ledger.call("progress", id)["audited"]
    ledger.evm.now += P.confirmation_seconds + 1
    ledger.refuses(EvidenceAuditPending(id), "acceptBySilence", id, by=STRANGER)


def test_the_creditor_need_not_wait_for_the_audit(ledger: Ledger) -> None:
    drawn(ledger)
    ledger.confirm(ledger.evidenced())


def test_what_was_not_drawn_is_not_audited(ledger: Ledger) -> None:
    id = ledger.evidenced()
    ledger.refuses(EvidenceNotSampled(id), "auditEvidence", id, True, "yes", by=speaker(AUDITOR))


@pytest.mark.parametrize("body", [LAKESIDE, HILLSIDE, RIVERPORT, FARFIELD, UPLANDS])
def test_only_auditors_and_the_coordinating_body_audit(ledger: Ledger, body: int) -> None:
    drawn(ledger)
    id = ledger.evidenced()
    ledger.refuses(EvidenceNotAuditor(id, body), "auditEvidence", id, True, "yes", by=speaker(body))


@pytest.mark.parametrize("body", [LAKESIDE, HILLSIDE])
def test_an_auditor_does_not_audit_what_it_owes_or_is_owed(ledger: Ledger, body: int) -> None:
    drawn(ledger)
    id = ledger.evidenced()
    ledger.decide("setRoles", body, Role.AUDITOR.bit | Role.GOVERNMENT.bit)
    ledger.refuses(EvidenceNotAuditor(id, body), "auditEvidence", id, True, "yes", by=speaker(body))
    ledger.decide("setRoles", NEWLAKE, Role.AUDITOR.bit | Role.GOVERNMENT.bit)
    ledger.succeed(body, NEWLAKE)
    ledger.refuses(EvidenceNotAuditor(id, NEWLAKE), "auditEvidence", id, True, "yes", by=speaker(NEWLAKE))


@pytest.mark.parametrize("length", [0, 1, 1024, 1025])
def test_an_audit_has_a_finding(ledger: Ledger, length: int) -> None:
    drawn(ledger)
    id = ledger.evidenced()
    if length in (1, 1024):
        ledger.send("auditEvidence", id, True, "r" * length, by=speaker(AUDITOR))
    else:
        expected = CommitmentTextInvalid("finding", length, 1024)
        ledger.refuses(expected, "auditEvidence", id, True, "r" * length, by=speaker(AUDITOR))


# ------------------------------------------------------------------------------------------------------- succession


def test_successors_lodge_and_answer_in_the_place_of_who_owed_and_was_owed(ledger: Ledger) -> None:
    """Restructuring is no excuse: the commitment stays in the names in which it was made."""
    id = ledger.active()
    ledger.succeed(LAKESIDE, NEWLAKE)
    ledger.succeed(HILLSIDE, FARFIELD)
    now = ledger.evm.now
    done = ledger.send("submitEvidence", id, DIGEST, "", now, by=speaker(NEWLAKE))
    until = now + P.confirmation_seconds
    assert done.facts == (EvidenceSubmitted(id, LAKESIDE, DIGEST, "", now, until, False, False),)
    done = ledger.send("contestEvidence", id, "the windows were closed", by=speaker(FARFIELD))
    assert done.facts == (EvidenceContested(id, FARFIELD, "the windows were closed"),)


def test_each_part_of_a_split_debtor_owes_it_all(ledger: Ledger) -> None:
    first, second = ledger.active(), ledger.active()
    ledger.succeed(LAKESIDE, NEWLAKE, FARFIELD)
    ledger.send("submitEvidence", first, DIGEST, "", ledger.evm.now, by=speaker(NEWLAKE))
    ledger.send("submitEvidence", second, DIGEST, "", ledger.evm.now, by=speaker(FARFIELD))


def test_evidence_that_was_answered_is_not_answered_again(ledger: Ledger) -> None:
    id = ledger.contested()
    expected = CommitmentStateInvalid(id, CommitmentState.CONTESTED)
    ledger.refuses(expected, "contestEvidence", id, "again", by=CREDITOR)
    ledger.evm.now += P.confirmation_seconds + 1
    ledger.refuses(expected, "acceptBySilence", id, by=STRANGER)
