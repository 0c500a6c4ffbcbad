"""Commitments: registered by the debtor, evidenced, confirmed to a degree or reported broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger.domain.enums import CommitmentState, Outcome, Role
from ledger.domain.events import CommandExecuted, CommitmentRegistered, EvidenceSubmitted, OutcomeRecorded
from ledger.domain.refusals.agreements import AgreementNotParty, AgreementUnknown
from ledger.domain.refusals.base import Refused
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.refusals.commitments import (
    CommitmentBackdated,
    CommitmentBatchEmpty,
    CommitmentDatesInvalid,
    CommitmentDueBeforeAgreement,
    CommitmentIndicatorUnknown,
    CommitmentNotCreditor,
    CommitmentNotDebtor,
    CommitmentNotYetDue,
    CommitmentStateInvalid,
    CommitmentTextInvalid,
    CommitmentToSelf,
    CommitmentUnknown,
    CommitmentWeightOutOfRange,
    EvidenceDateInvalid,
    EvidenceDigestEmpty,
    EvidenceLocatorTooLong,
    OutcomeOutOfRange,
)
from ledger.domain.refusals.register import GovernmentUnknown
from ledger.domain.terms import CommitmentTerms, Confirmation
from tests.contracts.harness.ledger import (
    AGREEMENT,
    BACKFILLED,
    DAY,
    DELTA,
    DIGEST,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    RIVERPORT,
    UPLANDS,
    Ledger,
    historical_commitment,
    speaker,
)

WEIGHT_MAX = 10**12
DEBTOR, CREDITOR = speaker(LAKESIDE), speaker(HILLSIDE)


def registered(id: int, terms: CommitmentTerms, debtor: int = LAKESIDE) -> CommitmentRegistered:
    return CommitmentRegistered(
        id,
        terms.agreement,
        debtor,
        terms.creditor,
        terms.indicator,
        terms.weight,
        terms.due_at,
        terms.reference_number,
        terms.description,
    )


# ---------------------------------------------------------------------------------------------------- registering


def test_registering_says_all_of_the_commitment(ledger: Ledger) -> None:
    terms = ledger.commitment_terms(indicator=1)
    done = ledger.send("registerCommitment", terms, by=DEBTOR)
    assert done.returned == 1 == ledger.call("commitmentCount")
    assert done.events == (CommandExecuted(DEBTOR.address, 0), registered(1, terms))
    assert ledger.call("commitment", 1) == {
        "agreement": AGREEMENT,
        "debtor": LAKESIDE,
        "creditor": HILLSIDE,
        "madeAt": ledger.evm.now,
        "dueAt": terms.due_at,
        "weight": terms.weight,
        "outcomeBasisPoints": 0,
        "indicator": 1,
        "state": CommitmentState.ACTIVE,
        "backfilled": False,
    }


def test_the_creditor_may_be_all_other_parties(ledger: Ledger) -> None:
    id = ledger.register(creditor=0)
    assert ledger.call("commitment", id)["creditor"] == 0


def test_the_longest_and_heaviest_commitment(ledger: Ledger) -> None:
    terms = ledger.commitment_terms(
        weight=WEIGHT_MAX, due_at=2**40 - 1, reference_number="r" * 256, description="d" * 2048
    )
    ledger.send("registerCommitment", terms, by=DEBTOR)
    shown = ledger.call("commitment", 1)
    assert (shown["weight"], shown["dueAt"]) == (WEIGHT_MAX, 2**40 - 1)


def test_a_description_may_be_empty(ledger: Ledger) -> None:
    ledger.register(description="")


WRONG_TERMS: list[tuple[dict[str, Any], Refused]] = [
    ({"agreement": 0}, AgreementUnknown(0)),
    ({"agreement": 99}, AgreementUnknown(99)),
    ({"creditor": LAKESIDE}, CommitmentToSelf(LAKESIDE)),
    ({"creditor": FARFIELD}, AgreementNotParty(AGREEMENT, FARFIELD)),
    ({"creditor": DELTA}, AgreementNotParty(AGREEMENT, DELTA)),
    ({"creditor": 99}, AgreementNotParty(AGREEMENT, 99)),
    ({"indicator": 2}, CommitmentIndicatorUnknown(AGREEMENT, 2, 2)),
    ({"indicator": 255}, CommitmentIndicatorUnknown(AGREEMENT, 255, 2)),
    ({"weight": 0}, CommitmentWeightOutOfRange(0, 1, WEIGHT_MAX)),
    ({"weight": WEIGHT_MAX + 1}, CommitmentWeightOutOfRange(WEIGHT_MAX + 1, 1, WEIGHT_MAX)),
    ({"weight": 2**64 - 1}, CommitmentWeightOutOfRange(2**64 - 1, 1, WEIGHT_MAX)),
    ({"reference_number": ""}, CommitmentTextInvalid("referenceNumber", 0, 256)),
    ({"reference_number": "r" * 257}, CommitmentTextInvalid("referenceNumber", 257, 256)),
    ({"description": "约" * 683}, CommitmentTextInvalid("description", 2049, 2048)),
]


@pytest.mark.parametrize(("changes", "expected"), WRONG_TERMS, ids=lambda value: str(value)[:60])
def test_terms_that_are_not_in_order_are_refused(ledger: Ledger, changes: dict[str, Any], expected: Refused) -> None:
    wrong = ledger.commitment_terms(**changes)
    ledger.refuses(expected, "registerCommitment", wrong, by=DEBTOR)
    # In a batch, one wrong row refuses all of them, wherever it stands.
    right = ledger.commitment_terms()
    for batch in ([wrong, right], [right, wrong], [right, right, wrong]):
        ledger.refuses(expected, "registerCommitments", batch, by=DEBTOR)


def test_only_parties_owe_under_an_agreement(ledger: Ledger) -> None:
    expected = AgreementNotParty(AGREEMENT, FARFIELD)
    ledger.refuses(expected, "registerCommitment", ledger.commitment_terms(), by=speaker(FARFIELD))


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_a_due_date_does_not_lie_before_now(ledger: Ledger, seconds: int) -> None:
    ledger.evm.now += DAY
    due = ledger.evm.now + seconds
    if seconds < 0:
        terms = ledger.commitment_terms(due_at=due)
        ledger.refuses(CommitmentBackdated(due, ledger.evm.now), "registerCommitment", terms, by=DEBTOR)
    else:
        ledger.register(due_at=due)


def test_a_due_date_does_not_lie_before_the_agreement(ledger: Ledger) -> None:
    begins = ledger.call("agreement", AGREEMENT)["effectiveFrom"]
    expected = CommitmentDueBeforeAgreement(AGREEMENT, begins - 1, begins)
    ledger.refuses(expected, "registerCommitment", ledger.commitment_terms(due_at=begins - 1), by=DEBTOR)


@pytest.mark.parametrize("due", [2**40, 2**64 - 1])
def test_a_due_date_is_one_that_can_be_stored(ledger: Ledger, due: int) -> None:
    expected = CommitmentDatesInvalid(ledger.evm.now, due, 0, ledger.evm.now)
    ledger.refuses(expected, "registerCommitment", ledger.commitment_terms(due_at=due), by=DEBTOR)


def test_a_batch_registers_consecutive_commitments(ledger: Ledger) -> None:
    ledger.register()
    rows = [
        ledger.commitment_terms(reference_number=f"LH-{number}", creditor=creditor, weight=number)
        for number, creditor in enumerate((HILLSIDE, HILLSIDE, RIVERPORT, 0, HILLSIDE), start=1)
    ]
    done = ledger.send("registerCommitments", rows, by=DEBTOR)
    assert done.returned == 2
    assert done.facts == tuple(registered(id, terms) for id, terms in enumerate(rows, start=2))
    assert ledger.call("commitmentCount") == 6
    assert [ledger.call("commitment", id)["creditor"] for id in range(2, 7)] == [3, 3, 4, 0, 3]


def test_a_batch_may_mix_agreements(ledger: Ledger) -> None:
    other = ledger.conclude(parties=(LAKESIDE, HILLSIDE))
    rows = [ledger.commitment_terms(agreement=number) for number in (AGREEMENT, other, AGREEMENT, other)]
    ledger.send("registerCommitments", rows, by=DEBTOR)
    assert [ledger.call("commitment", id)["agreement"] for id in range(1, 5)] == [AGREEMENT, other, AGREEMENT, other]


@pytest.mark.parametrize("verb", ["registerCommitments", "confirmCommitments"])
def test_an_empty_batch_is_refused(ledger: Ledger, verb: str) -> None:
    ledger.refuses(CommitmentBatchEmpty(), verb, [], by=DEBTOR)


# ------------------------------------------------------------------------------------------------------- evidence


def test_evidence_is_a_claim_of_the_debtor(ledger: Ledger) -> None:
    id = ledger.register()
    ledger.evm.now += 40 * DAY
    done = ledger.send("submitEvidence", id, DIGEST, "archive:7", ledger.evm.now - DAY, by=DEBTOR)
    assert done.facts == (EvidenceSubmitted(id, LAKESIDE, DIGEST, "archive:7", ledger.evm.now - DAY),)
    assert ledger.call("commitment", id)["state"] == CommitmentState.EVIDENCED
    again = ledger.send("submitEvidence", id, b"\x02" * 32, "", ledger.evm.now, by=DEBTOR)
    assert again.facts == (EvidenceSubmitted(id, LAKESIDE, b"\x02" * 32, "", ledger.evm.now),)


@pytest.mark.parametrize("body", [HILLSIDE, RIVERPORT, FARFIELD])
def test_only_the_debtor_lodges_evidence(ledger: Ledger, body: int) -> None:
    id = ledger.register()
    expected = CommitmentNotDebtor(id, body, LAKESIDE)
    ledger.refuses(expected, "submitEvidence", id, DIGEST, "", ledger.evm.now, by=speaker(body))


def test_evidence_has_a_digest_and_a_short_locator(ledger: Ledger) -> None:
    id, now = ledger.register(), ledger.evm.now
    ledger.refuses(EvidenceDigestEmpty(id), "submitEvidence", id, bytes(32), "", now, by=DEBTOR)
    ledger.refuses(EvidenceLocatorTooLong(id, 513, 512), "submitEvidence", id, DIGEST, "l" * 513, now, by=DEBTOR)
    ledger.send("submitEvidence", id, DIGEST, "l" * 512, now, by=DEBTOR)


PERFORMANCE = [("made", -1, False), ("made", 0, True), ("now", 0, True), ("now", 1, False), ("zero", 0, False)]


def performed(ledger: Ledger, made: int, anchor: str, seconds: int) -> int:
    return {"made": made, "now": ledger.evm.now, "zero": 0}[anchor] + seconds


@pytest.mark.parametrize(("anchor", "seconds", "allowed"), PERFORMANCE)
def test_what_is_performed_was_promised_before_and_done_by_now(
    ledger: Ledger, anchor: str, seconds: int, allowed: bool
) -> None:
    made = ledger.evm.now
    id = ledger.register()
    ledger.evm.now += DAY
    at = performed(ledger, made, anchor, seconds)
    if allowed:
        ledger.send("submitEvidence", id, DIGEST, "", at, by=DEBTOR)
    else:
        expected = EvidenceDateInvalid(id, at, made, ledger.evm.now)
        ledger.refuses(expected, "submitEvidence", id, DIGEST, "", at, by=DEBTOR)


@pytest.mark.parametrize(("anchor", "seconds", "allowed"), PERFORMANCE)
def test_so_is_what_is_confirmed(ledger: Ledger, anchor: str, seconds: int, allowed: bool) -> None:
    made = ledger.evm.now
    id = ledger.register()
    ledger.evm.now += DAY
    ledger.evidence(id)
    at = performed(ledger, made, anchor, seconds)
    if allowed:
        ledger.send("confirmCommitment", Confirmation(id, 10_000, at), by=CREDITOR)
    else:
        expected = EvidenceDateInvalid(id, at, made, ledger.evm.now)
        ledger.refuses(expected, "confirmCommitment", Confirmation(id, 10_000, at), by=CREDITOR)


# ------------------------------------------------------------------------------------------------------- outcomes


@pytest.mark.parametrize(
    ("basis_points", "outcome"), [(10_000, Outcome.FULFILLED), (9_999, Outcome.PARTLY), (1, Outcome.PARTLY)]
)
def test_the_creditor_confirms_to_what_degree_it_was_kept(ledger: Ledger, basis_points: int, outcome: Outcome) -> None:
    id = ledger.register()
    ledger.evidence(id)
    at = ledger.evm.now
    ledger.evm.now += DAY
    done = ledger.send("confirmCommitment", Confirmation(id, basis_points, at), by=CREDITOR)
    assert done.events == (
        CommandExecuted(CREDITOR.address, 0),
        OutcomeRecorded(id, LAKESIDE, HILLSIDE, outcome, basis_points, at, False),
    )
    shown = ledger.call("commitment", id)
    assert (shown["state"], shown["outcomeBasisPoints"]) == (CommitmentState.SETTLED, basis_points)


@pytest.mark.parametrize("basis_points", [0, 10_001, 65_535])
def test_a_confirmed_outcome_is_a_part_of_the_whole(ledger: Ledger, basis_points: int) -> None:
    id = ledger.register()
    ledger.evidence(id)
    confirmation = Confirmation(id, basis_points, ledger.evm.now)
    expected = OutcomeOutOfRange(basis_points, 1, 10_000)
    ledger.refuses(expected, "confirmCommitment", confirmation, by=CREDITOR)


def test_several_are_confirmed_at_once_or_none(ledger: Ledger) -> None:
    ids = [ledger.register() for _ in range(3)]
    for id in ids:
        ledger.evidence(id)
    now = ledger.evm.now
    rows = [Confirmation(ids[0], 10_000, now), Confirmation(ids[1], 5_000, now), Confirmation(ids[2], 1, now)]
    wrong = replace(rows[2], outcome_basis_points=0)
    ledger.refuses(OutcomeOutOfRange(0, 1, 10_000), "confirmCommitments", [*rows[:2], wrong], by=CREDITOR)
    twice = [rows[0], rows[0]]
    expected = CommitmentStateInvalid(ids[0], CommitmentState.SETTLED)
    ledger.refuses(expected, "confirmCommitments", twice, by=CREDITOR)
    done = ledger.send("confirmCommitments", rows, by=CREDITOR)
    assert done.facts == tuple(
        OutcomeRecorded(
            row.id,
            LAKESIDE,
            HILLSIDE,
            Outcome.FULFILLED if row.outcome_basis_points == 10_000 else Outcome.PARTLY,
            row.outcome_basis_points,
            now,
            False,
        )
        for row in rows
    )


@pytest.mark.parametrize("body", [LAKESIDE, RIVERPORT, FARFIELD, DELTA, UPLANDS])
def test_only_the_creditor_judges(ledger: Ledger, body: int) -> None:
    id = ledger.register()
    ledger.evidence(id)
    expected = CommitmentNotCreditor(id, body, HILLSIDE)
    confirmation = Confirmation(id, 10_000, ledger.evm.now)
    ledger.refuses(expected, "confirmCommitment", confirmation, by=speaker(body))
    ledger.refuses(expected, "confirmCommitments", [confirmation], by=speaker(body))
    ledger.evm.now += 31 * DAY
    ledger.refuses(expected, "reportBroken", id, by=speaker(body))


@pytest.mark.parametrize("body", [LAKESIDE, HILLSIDE, RIVERPORT, UPLANDS])
def test_the_coordinating_body_speaks_for_all_other_parties(ledger: Ledger, body: int) -> None:
    kept, broken = ledger.register(creditor=0), ledger.register(creditor=0)
    ledger.evidence(kept)
    confirmation = Confirmation(kept, 10_000, ledger.evm.now)
    expected = CommitmentNotCreditor(kept, body, DELTA)
    ledger.refuses(expected, "confirmCommitment", confirmation, by=speaker(body))
    done = ledger.send("confirmCommitment", confirmation, by=speaker(DELTA))
    assert done.facts == (OutcomeRecorded(kept, LAKESIDE, DELTA, Outcome.FULFILLED, 10_000, ledger.evm.now, False),)
    ledger.evm.now += 31 * DAY
    done = ledger.send("reportBroken", broken, by=speaker(DELTA))
    assert done.facts == (OutcomeRecorded(broken, LAKESIDE, DELTA, Outcome.BROKEN, 0, ledger.evm.now, False),)


def test_a_body_that_lost_the_role_judges_no_more(ledger: Ledger) -> None:
    to_one, to_all = ledger.register(), ledger.register(creditor=0)
    for id in (to_one, to_all):
        ledger.evidence(id)
    ledger.decide("setRoles", HILLSIDE, Role.AUDITOR.bit)
    ledger.decide("setRoles", DELTA, Role.GOVERNMENT.bit)
    for id, body, role in ((to_one, HILLSIDE, Role.GOVERNMENT), (to_all, DELTA, Role.COORDINATING_BODY)):
        confirmation = Confirmation(id, 10_000, ledger.evm.now)
        expected = CommandRoleMissing(body, role)
        ledger.refuses(expected, "confirmCommitment", confirmation, by=speaker(body))


def test_a_removed_creditor_judges_no_more_and_a_removed_debtor_still_owes(ledger: Ledger) -> None:
    id = ledger.register()
    ledger.decide("removeGovernment", LAKESIDE, "merged into Riverport")
    ledger.refuses(GovernmentUnknown(LAKESIDE), "submitEvidence", id, DIGEST, "", ledger.evm.now, by=DEBTOR)
    ledger.evm.now += 31 * DAY
    ledger.send("reportBroken", id, by=CREDITOR)
    ledger.decide("removeGovernment", HILLSIDE, "dissolved")
    ledger.refuses(GovernmentUnknown(HILLSIDE), "reportBroken", id, by=CREDITOR)


@pytest.mark.parametrize("evidenced", [False, True])
@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_a_commitment_is_broken_only_after_its_due_date(ledger: Ledger, seconds: int, evidenced: bool) -> None:
    due = ledger.evm.now + DAY
    id = ledger.register(due_at=due)
    if evidenced:
        ledger.evidence(id)
    ledger.evm.now = due + seconds
    if seconds <= 0:
        ledger.refuses(CommitmentNotYetDue(id, due, ledger.evm.now), "reportBroken", id, by=CREDITOR)
    else:
        done = ledger.send("reportBroken", id, by=CREDITOR)
        assert done.facts == (OutcomeRecorded(id, LAKESIDE, HILLSIDE, Outcome.BROKEN, 0, ledger.evm.now, False),)


@pytest.mark.parametrize("id", [0, 1, 2**64 - 1])
def test_what_was_never_registered_is_unknown(ledger: Ledger, id: int) -> None:
    now = ledger.evm.now
    ledger.refuses(CommitmentUnknown(id), "submitEvidence", id, DIGEST, "", now, by=DEBTOR)
    ledger.refuses(CommitmentUnknown(id), "confirmCommitment", Confirmation(id, 1, now), by=CREDITOR)
    ledger.refuses(CommitmentUnknown(id), "reportBroken", id, by=CREDITOR)


def test_commitments_can_be_made_under_a_backfilled_agreement(ledger: Ledger) -> None:
    """Only the debtor binds itself, so it needs no more than being a party."""
    id = ledger.register(agreement=BACKFILLED)
    assert not ledger.call("commitment", id)["backfilled"]


def test_a_backfilled_commitment_that_is_still_open_is_settled_like_any_other(ledger: Ledger) -> None:
    row = historical_commitment(creditor=HILLSIDE, resolved_at=0, outcome_basis_points=0, due_at=ledger.evm.now + DAY)
    id = ledger.send("recordHistory", BACKFILLED, [row], by=speaker(DELTA)).returned
    performed_at = row.made_at
    ledger.send("submitEvidence", id, DIGEST, "", performed_at, by=DEBTOR)
    early = EvidenceDateInvalid(id, performed_at - 1, performed_at, ledger.evm.now)
    ledger.refuses(early, "confirmCommitment", Confirmation(id, 10_000, performed_at - 1), by=CREDITOR)
    done = ledger.send("confirmCommitment", Confirmation(id, 10_000, performed_at), by=CREDITOR)
    assert done.facts == (OutcomeRecorded(id, LAKESIDE, HILLSIDE, Outcome.FULFILLED, 10_000, performed_at, False),)
