"""Commitments: offered by the debtor, accepted or declined by the creditor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger.domain.enums import CommitmentState
from ledger.domain.events import CommandExecuted, CommitmentAccepted, CommitmentDeclined, CommitmentRegistered
from ledger.domain.refusals.agreements import (
    AgreementIndicatorUnknown,
    AgreementIsSuspended,
    AgreementNotParty,
    AgreementUnknown,
)
from ledger.domain.refusals.base import Refused
from ledger.domain.refusals.commitments import (
    CommitmentBackdated,
    CommitmentBatchEmpty,
    CommitmentBatchTooLarge,
    CommitmentDatesInvalid,
    CommitmentDueBeforeAgreement,
    CommitmentNotCreditor,
    CommitmentPastDue,
    CommitmentStateInvalid,
    CommitmentTextInvalid,
    CommitmentToSelf,
    CommitmentUnknown,
)
from ledger.domain.refusals.register import GovernmentUnknown
from ledger.domain.terms import CommitmentTerms, Confirmation, HistoricalOutcome
from tests.contracts.harness.ledger import (
    AGREEMENT,
    AUDITOR,
    BACKFILLED,
    DAY,
    DELTA,
    DIGEST,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    RIVERPORT,
    UPLANDS,
    WEIGHT,
    Ledger,
    agreement_terms,
    historical_commitment,
    speaker,
)

HEAVY = 1_200_000
"""What a commitment weighs that serves the second indicator."""

DEBTOR, CREDITOR = speaker(LAKESIDE), speaker(HILLSIDE)


def registered(id: int, terms: CommitmentTerms, weight: int = WEIGHT) -> CommitmentRegistered:
    return CommitmentRegistered(
        id,
        terms.agreement,
        LAKESIDE,
        terms.creditor,
        terms.indicator,
        weight,
        terms.due_at,
        terms.reference_number,
        terms.description,
    )


# ---------------------------------------------------------------------------------------------------- registering


def test_registering_says_all_of_the_commitment(ledger: Ledger) -> None:
    terms = ledger.commitment_terms(indicator=1)
    done = ledger.send("registerCommitment", terms, by=DEBTOR)
    assert done.returned == 1 == ledger.call("commitmentCount")
    assert done.events == (CommandExecuted(DEBTOR.address, 0), registered(1, terms, HEAVY))
    assert ledger.call("commitment", 1) == {
        "agreement": AGREEMENT,
        "debtor": LAKESIDE,
        "creditor": HILLSIDE,
        "madeAt": ledger.evm.now,
        "dueAt": terms.due_at,
        "weight": HEAVY,
        "outcomeBasisPoints": 0,
        "indicator": 1,
        "state": CommitmentState.PROPOSED,
        "backfilled": False,
    }


def test_the_creditor_may_be_all_other_parties(ledger: Ledger) -> None:
    id = ledger.register(creditor=0)
    assert ledger.call("commitment", id)["creditor"] == 0


def test_the_longest_commitment(ledger: Ledger) -> None:
    id = ledger.register(due_at=2**40 - 1, reference_number="r" * 256, description="d" * 2048)
    assert ledger.call("commitment", id)["dueAt"] == 2**40 - 1


@pytest.mark.parametrize("share", [1, 9_999])
def test_a_commitment_weighs_what_all_agreed_for_its_indicator(ledger: Ledger, share: int) -> None:
    """The share times the number of indicators, in millionths: the debtor has no say in it."""
    first, second = agreement_terms().indicators
    agreement = ledger.conclude(
        parties=(LAKESIDE, HILLSIDE),
        indicators=(replace(first, weight_basis_points=share), replace(second, weight_basis_points=10_000 - share)),
    )
    ids = [ledger.register(agreement=agreement, indicator=number) for number in (0, 1)]
    assert [ledger.call("commitment", id)["weight"] for id in ids] == [share * 200, (10_000 - share) * 200]


def test_a_description_may_be_empty(ledger: Ledger) -> None:
    ledger.register(description="")


WRONG_TERMS: list[tuple[dict[str, Any], Refused]] = [
    ({"agreement": 0}, AgreementUnknown(0)),
    ({"agreement": 99}, AgreementUnknown(99)),
    ({"creditor": LAKESIDE}, CommitmentToSelf(LAKESIDE)),
    ({"creditor": FARFIELD}, AgreementNotParty(AGREEMENT, FARFIELD)),
    ({"creditor": DELTA}, AgreementNotParty(AGREEMENT, DELTA)),
    ({"creditor": 99}, AgreementNotParty(AGREEMENT, 99)),
    ({"indicator": 2}, AgreementIndicatorUnknown(AGREEMENT, 2, 2)),
    ({"indicator": 255}, AgreementIndicatorUnknown(AGREEMENT, 255, 2)),
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
    kinds = [(HILLSIDE, 0), (HILLSIDE, 0), (HILLSIDE, 1), (RIVERPORT, 1), (0, 1), (HILLSIDE, 0)]
    rows = [
        ledger.commitment_terms(reference_number=f"LH-{number}", creditor=creditor, indicator=indicator)
        for number, (creditor, indicator) in enumerate(kinds)
    ]
    done = ledger.send("registerCommitments", rows, by=DEBTOR)
    assert done.returned == 2
    weights = [(WEIGHT, HEAVY)[indicator] for _, indicator in kinds]
    assert done.facts == tuple(
        registered(id, terms, weight) for id, (terms, weight) in enumerate(zip(rows, weights, strict=True), start=2)
    )
    assert ledger.call("commitmentCount") == 7
    shown = [ledger.call("commitment", id) for id in range(2, 8)]
    assert [(each["creditor"], each["indicator"], each["weight"]) for each in shown] == [
        (*kind, weight) for kind, weight in zip(kinds, weights, strict=True)
    ]


def test_a_batch_may_mix_agreements(ledger: Ledger) -> None:
    other = ledger.conclude(parties=(LAKESIDE, HILLSIDE))
    rows = [ledger.commitment_terms(agreement=number) for number in (AGREEMENT, other, AGREEMENT, other)]
    ledger.send("registerCommitments", rows, by=DEBTOR)
    assert [ledger.call("commitment", id)["agreement"] for id in range(1, 5)] == [AGREEMENT, other, AGREEMENT, other]


BATCHES: list[tuple[str, tuple[Any, ...]]] = [
    ("registerCommitments", ()),
    ("acceptCommitments", ()),
    ("confirmCommitments", ()),
    ("recordHistory", (BACKFILLED,)),
    ("recordOutcomes", ()),
]


@pytest.mark.parametrize(("verb", "first"), BATCHES, ids=lambda value: str(value))
def test_a_batch_has_between_one_and_120_rows(ledger: Ledger, verb: str, first: tuple[Any, ...]) -> None:
    row = {
        "registerCommitments": ledger.commitment_terms(),
        "acceptCommitments": 1,
        "confirmCommitments": Confirmation(1, 10_000, ledger.evm.now),
        "recordHistory": historical_commitment(),
        "recordOutcomes": HistoricalOutcome(1, 10_000, ledger.evm.now),
    }[verb]
    by = speaker(DELTA) if verb.startswith("record") else DEBTOR
    ledger.refuses(CommitmentBatchEmpty(), verb, *first, [], by=by)
    ledger.refuses(CommitmentBatchTooLarge(121, 120), verb, *first, [row] * 121, by=by)


def test_the_largest_batches(ledger: Ledger) -> None:
    ledger.send("registerCommitments", [ledger.commitment_terms()] * 120, by=DEBTOR)
    ids = list(range(1, 121))
    ledger.send("acceptCommitments", ids, by=CREDITOR)
    for id in ids:
        ledger.evidence(id)
    ledger.send("confirmCommitments", [Confirmation(id, 10_000, ledger.evm.now) for id in ids], by=CREDITOR)
    assert ledger.call("commitment", 120)["state"] == CommitmentState.SETTLED
    assert ledger.call("openCommitments", AGREEMENT) == 0


# --------------------------------------------------------------------------------------------- accepting, declining


def test_it_binds_when_the_creditor_accepts(ledger: Ledger) -> None:
    first, second = ledger.register(), ledger.register(indicator=1)
    assert ledger.call("openCommitments", AGREEMENT) == 0
    done = ledger.send("acceptCommitments", [second, first], by=CREDITOR)
    assert done.events == (
        CommandExecuted(CREDITOR.address, 0),
        CommitmentAccepted(second, HILLSIDE),
        CommitmentAccepted(first, HILLSIDE),
    )
    assert [ledger.call("commitment", id)["state"] for id in (first, second)] == [CommitmentState.ACTIVE] * 2
    assert ledger.call("openCommitments", AGREEMENT) == 2


def test_what_was_offered_to_a_creditor_by_several_is_accepted_at_once(ledger: Ledger) -> None:
    other = ledger.conclude(parties=(LAKESIDE, HILLSIDE, RIVERPORT))
    ids = [ledger.register(), ledger.register(agreement=other)]
    terms = ledger.commitment_terms(agreement=other)
    ids.append(ledger.send("registerCommitment", terms, by=speaker(RIVERPORT)).returned)
    ledger.accept(*ids)
    assert (ledger.call("openCommitments", AGREEMENT), ledger.call("openCommitments", other)) == (1, 2)


def test_a_batch_is_accepted_whole_or_not(ledger: Ledger) -> None:
    mine, riverports, to_all = ledger.register(), ledger.register(creditor=RIVERPORT), ledger.register(creditor=0)
    for other, voice in ((riverports, RIVERPORT), (to_all, DELTA)):
        expected = CommitmentNotCreditor(other, HILLSIDE, voice)
        for batch in ([mine, other], [other, mine]):
            ledger.refuses(expected, "acceptCommitments", batch, by=CREDITOR)
    twice = CommitmentStateInvalid(mine, CommitmentState.ACTIVE)
    ledger.refuses(twice, "acceptCommitments", [mine, mine], by=CREDITOR)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_nothing_is_accepted_once_it_was_due(ledger: Ledger, seconds: int) -> None:
    id = ledger.register()
    due = ledger.call("commitment", id)["dueAt"]
    ledger.evm.now = due + seconds
    if seconds <= 0:
        ledger.accept(id)
    else:
        expected = CommitmentPastDue(id, due, ledger.evm.now)
        ledger.refuses(expected, "acceptCommitments", [id], by=CREDITOR)
        ledger.send("declineCommitment", id, "too late", by=CREDITOR)


def test_nothing_is_accepted_under_an_agreement_that_is_not_in_force(ledger: Ledger) -> None:
    id = ledger.register()
    ledger.send("suspendAgreement", AGREEMENT, "the funds are looked into", by=speaker(DELTA))
    suspended = AgreementIsSuspended(AGREEMENT, ledger.evm.now)
    ledger.refuses(suspended, "acceptCommitments", [id], by=CREDITOR)
    ledger.refuses(suspended, "registerCommitment", ledger.commitment_terms(), by=DEBTOR)
    ledger.send("resumeAgreement", AGREEMENT, by=speaker(DELTA))
    ledger.accept(id)


def test_the_creditor_declines(ledger: Ledger) -> None:
    id = ledger.register()
    done = ledger.send("declineCommitment", id, "not what was agreed", by=CREDITOR)
    assert done.facts == (CommitmentDeclined(id, HILLSIDE, "not what was agreed"),)
    assert ledger.call("commitment", id)["state"] == CommitmentState.DECLINED
    assert ledger.call("openCommitments", AGREEMENT) == 0


@pytest.mark.parametrize("body", [LAKESIDE, RIVERPORT, FARFIELD, DELTA, UPLANDS])
def test_only_the_creditor_accepts_or_declines(ledger: Ledger, body: int) -> None:
    id = ledger.register()
    expected = CommitmentNotCreditor(id, body, HILLSIDE)
    ledger.refuses(expected, "acceptCommitments", [id], by=speaker(body))
    ledger.refuses(expected, "declineCommitment", id, "no", by=speaker(body))


@pytest.mark.parametrize("body", [LAKESIDE, HILLSIDE, RIVERPORT, UPLANDS])
def test_for_all_other_parties_the_coordinating_body_answers(ledger: Ledger, body: int) -> None:
    id = ledger.register(creditor=0)
    assert ledger.call("creditorVoice", id) == DELTA
    expected = CommitmentNotCreditor(id, body, DELTA)
    ledger.refuses(expected, "acceptCommitments", [id], by=speaker(body))
    done = ledger.send("acceptCommitments", [id], by=speaker(DELTA))
    assert done.facts == (CommitmentAccepted(id, DELTA),)


@pytest.mark.parametrize("length", [0, 1, 1024, 1025])
def test_who_declines_says_why(ledger: Ledger, length: int) -> None:
    id = ledger.register()
    if length in (1, 1024):
        ledger.send("declineCommitment", id, "r" * length, by=CREDITOR)
    else:
        expected = CommitmentTextInvalid("reason", length, 1024)
        ledger.refuses(expected, "declineCommitment", id, "r" * length, by=CREDITOR)


@pytest.mark.parametrize("id", [0, 1, 2**64 - 1])
def test_what_was_never_registered_is_unknown(ledger: Ledger, id: int) -> None:
    now, expected = ledger.evm.now, CommitmentUnknown(id)
    ledger.refuses(expected, "acceptCommitments", [id], by=CREDITOR)
    ledger.refuses(expected, "declineCommitment", id, "no", by=CREDITOR)
    ledger.refuses(expected, "submitEvidence", id, DIGEST, "", now, by=DEBTOR)
    ledger.refuses(expected, "confirmCommitment", Confirmation(id, 1, now), by=CREDITOR)
    ledger.refuses(expected, "contestEvidence", id, "no", by=CREDITOR)
    ledger.refuses(expected, "acceptBySilence", id, by=CREDITOR)
    ledger.refuses(expected, "auditEvidence", id, True, "yes", by=speaker(AUDITOR))
    ledger.refuses(expected, "releaseCommitment", id, "no", by=CREDITOR)
    with pytest.raises(AssertionError, match=f"{id:064x}$"):
        ledger.call("creditorVoice", id)


def test_commitments_can_be_made_under_a_backfilled_agreement(ledger: Ledger) -> None:
    id = ledger.active(agreement=BACKFILLED)
    assert not ledger.call("commitment", id)["backfilled"]


# ------------------------------------------------------------------------------------------------------- succession


def test_a_successor_takes_on_nothing_new_for_its_predecessor(ledger: Ledger) -> None:
    """What was offered by one that is gone lapses; its successor offers anew once it has the seat."""
    id = ledger.register()
    ledger.succeed(LAKESIDE, NEWLAKE)
    ledger.send("succeedParty", AGREEMENT, LAKESIDE, by=speaker(NEWLAKE))
    ledger.refuses(AgreementNotParty(AGREEMENT, LAKESIDE), "acceptCommitments", [id], by=CREDITOR)
    ledger.send("registerCommitment", ledger.commitment_terms(), by=speaker(NEWLAKE))


def test_a_successor_of_the_creditor_answers_in_its_place(ledger: Ledger) -> None:
    accepted, declined = ledger.register(), ledger.register()
    ledger.succeed(HILLSIDE, NEWLAKE)
    ledger.refuses(AgreementNotParty(AGREEMENT, NEWLAKE), "acceptCommitments", [accepted], by=speaker(NEWLAKE))
    ledger.send("succeedParty", AGREEMENT, HILLSIDE, by=speaker(NEWLAKE))
    done = ledger.send("acceptCommitments", [accepted], by=speaker(NEWLAKE))
    assert done.facts == (CommitmentAccepted(accepted, NEWLAKE),)
    done = ledger.send("declineCommitment", declined, "not ours", by=speaker(NEWLAKE))
    assert done.facts == (CommitmentDeclined(declined, NEWLAKE, "not ours"),)
    ledger.refuses(GovernmentUnknown(HILLSIDE), "declineCommitment", accepted, "no", by=CREDITOR)


def test_who_has_become_debtor_and_creditor_accepts_nothing(ledger: Ledger) -> None:
    id = ledger.register()
    ledger.succeed(LAKESIDE, HILLSIDE)
    ledger.refuses(CommitmentToSelf(LAKESIDE), "acceptCommitments", [id], by=CREDITOR)
    ledger.send("declineCommitment", id, "we are one now", by=CREDITOR)
