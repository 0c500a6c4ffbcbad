"""Handing a commitment to another debtor: all three must want it, and only before it is due."""

from __future__ import annotations

import pytest

from ledger.domain.enums import CommitmentState, Role
from ledger.domain.events import (
    CommitmentTransferred,
    DebtTransferAgreed,
    DebtTransferOffered,
    DebtTransferWithdrawn,
)
from ledger.domain.refusals.agreements import AgreementIsSuspended
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.refusals.commitments import CommitmentOnlyContract, CommitmentUnknown
from ledger.domain.refusals.debt_transfers import (
    DebtTransferAlreadyAgreed,
    DebtTransferInvalid,
    DebtTransferNotConcerned,
    DebtTransferNotDebtor,
    DebtTransferNotOffered,
)
from tests.contracts.harness.ledger import (
    AGREEMENT,
    AUDITOR,
    DAY,
    DELTA,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    OLDTOWN,
    RIVERPORT,
    UPLANDS,
    Ledger,
    speaker,
)

DEBTOR, CREDITOR, OTHER = speaker(LAKESIDE), speaker(HILLSIDE), speaker(RIVERPORT)
NO_OFFER = {"from": 0, "to": 0, "takenOver": False, "consented": False}


def offered(ledger: Ledger, creditor: int = HILLSIDE) -> int:
    id = ledger.active(creditor=creditor)
    ledger.send("offerDebtTransfer", id, RIVERPORT, by=DEBTOR)
    return id


def test_three_agree_and_another_owes_it(ledger: Ledger) -> None:
    id = ledger.active()
    before = ledger.call("commitment", id)
    offer = ledger.send("offerDebtTransfer", id, RIVERPORT, by=DEBTOR)
    assert offer.facts == (DebtTransferOffered(id, LAKESIDE, RIVERPORT),)
    assert ledger.call("offer", id) == {"from": LAKESIDE, "to": RIVERPORT, "takenOver": False, "consented": False}
    taken = ledger.send("agreeDebtTransfer", id, RIVERPORT, by=OTHER)
    assert taken.facts == (DebtTransferAgreed(id, RIVERPORT, False),)
    assert ledger.call("commitment", id) == before, "the creditor has not consented"
    consented = ledger.send("agreeDebtTransfer", id, RIVERPORT, by=CREDITOR)
    assert consented.facts == (
        DebtTransferAgreed(id, HILLSIDE, True),
        CommitmentTransferred(id, LAKESIDE, RIVERPORT),
    )
    assert ledger.call("commitment", id) == {**before, "debtor": RIVERPORT}
    assert ledger.call("offer", id) == NO_OFFER
    ledger.evidence(id)
    ledger.confirm(id)


def test_the_creditor_may_agree_first(ledger: Ledger) -> None:
    id = offered(ledger)
    ledger.send("agreeDebtTransfer", id, RIVERPORT, by=CREDITOR)
    ledger.send("agreeDebtTransfer", id, RIVERPORT, by=OTHER)
    assert ledger.call("commitment", id)["debtor"] == RIVERPORT


def test_it_can_be_handed_on(ledger: Ledger) -> None:
    id = offered(ledger)
    for by in (CREDITOR, OTHER):
        ledger.send("agreeDebtTransfer", id, RIVERPORT, by=by)
    ledger.send("offerDebtTransfer", id, LAKESIDE, by=OTHER)
    for by in (CREDITOR, DEBTOR):
        ledger.send("agreeDebtTransfer", id, LAKESIDE, by=by)
    assert ledger.call("commitment", id)["debtor"] == LAKESIDE


def test_for_all_other_parties_the_coordinating_body_consents(ledger: Ledger) -> None:
    id = offered(ledger, creditor=0)
    ledger.refuses(DebtTransferNotConcerned(id, HILLSIDE), "agreeDebtTransfer", id, RIVERPORT, by=CREDITOR)
    ledger.send("agreeDebtTransfer", id, RIVERPORT, by=speaker(DELTA))
    ledger.send("agreeDebtTransfer", id, RIVERPORT, by=OTHER)
    assert ledger.call("commitment", id)["debtor"] == RIVERPORT


def test_who_is_not_concerned_agrees_to_nothing(ledger: Ledger) -> None:
    id = offered(ledger)
    for body in (LAKESIDE, FARFIELD, DELTA, UPLANDS, AUDITOR):
        expected = DebtTransferNotConcerned(id, body)
        ledger.refuses(expected, "agreeDebtTransfer", id, RIVERPORT, by=speaker(body))


def test_nobody_agrees_twice(ledger: Ledger) -> None:
    id = offered(ledger)
    ledger.send("agreeDebtTransfer", id, RIVERPORT, by=CREDITOR)
    ledger.refuses(DebtTransferAlreadyAgreed(id, HILLSIDE), "agreeDebtTransfer", id, RIVERPORT, by=CREDITOR)
    second = offered(ledger)
    ledger.send("agreeDebtTransfer", second, RIVERPORT, by=OTHER)
    expected = DebtTransferAlreadyAgreed(second, RIVERPORT)
    ledger.refuses(expected, "agreeDebtTransfer", second, RIVERPORT, by=OTHER)


def test_only_what_was_offered_is_agreed_to(ledger: Ledger) -> None:
    id = ledger.active()
    ledger.refuses(DebtTransferNotOffered(id, RIVERPORT), "agreeDebtTransfer", id, RIVERPORT, by=OTHER)
    ledger.send("offerDebtTransfer", id, RIVERPORT, by=DEBTOR)
    for to in (0, FARFIELD, LAKESIDE, HILLSIDE):
        ledger.refuses(DebtTransferNotOffered(id, to), "agreeDebtTransfer", id, to, by=CREDITOR)


def test_a_new_offer_takes_the_place_of_an_older(ledger: Ledger) -> None:
    """What was agreed to with one debtor in mind is not consent to another."""
    agreement = ledger.conclude(parties=(LAKESIDE, HILLSIDE, RIVERPORT, FARFIELD))
    id = ledger.active(agreement=agreement)
    ledger.send("offerDebtTransfer", id, RIVERPORT, by=DEBTOR)
    ledger.send("agreeDebtTransfer", id, RIVERPORT, by=CREDITOR)
    ledger.send("offerDebtTransfer", id, FARFIELD, by=DEBTOR)
    ledger.refuses(DebtTransferNotOffered(id, RIVERPORT), "agreeDebtTransfer", id, RIVERPORT, by=OTHER)
    ledger.send("agreeDebtTransfer", id, FARFIELD, by=speaker(FARFIELD))
    assert ledger.call("commitment", id)["debtor"] == LAKESIDE
    ledger.send("agreeDebtTransfer", id, FARFIELD, by=CREDITOR)
    assert ledger.call("commitment", id)["debtor"] == FARFIELD


def test_the_debtor_takes_its_offer_back(ledger: Ledger) -> None:
    id = offered(ledger)
    ledger.send("agreeDebtTransfer", id, RIVERPORT, by=CREDITOR)
    for body in (RIVERPORT, HILLSIDE, FARFIELD):
        expected = DebtTransferNotDebtor(id, body, LAKESIDE)
        ledger.refuses(expected, "withdrawDebtTransfer", id, by=speaker(body))
    done = ledger.send("withdrawDebtTransfer", id, by=DEBTOR)
    assert done.facts == (DebtTransferWithdrawn(id, LAKESIDE, RIVERPORT),)
    assert ledger.call("offer", id) == NO_OFFER
    ledger.refuses(DebtTransferNotOffered(id, 0), "withdrawDebtTransfer", id, by=DEBTOR)
    ledger.refuses(DebtTransferNotOffered(id, RIVERPORT), "agreeDebtTransfer", id, RIVERPORT, by=OTHER)


def test_only_the_debtor_offers(ledger: Ledger) -> None:
    id = ledger.active()
    for body in (HILLSIDE, RIVERPORT, FARFIELD):
        expected = DebtTransferNotDebtor(id, body, LAKESIDE)
        ledger.refuses(expected, "offerDebtTransfer", id, RIVERPORT, by=speaker(body))
    missing = CommandRoleMissing(DELTA, Role.GOVERNMENT)
    ledger.refuses(missing, "offerDebtTransfer", id, RIVERPORT, by=speaker(DELTA))
    ledger.refuses(missing, "withdrawDebtTransfer", id, by=speaker(DELTA))
    for unknown in (0, id + 1):
        ledger.refuses(CommitmentUnknown(unknown), "offerDebtTransfer", unknown, RIVERPORT, by=DEBTOR)


@pytest.mark.parametrize("to", [0, LAKESIDE, HILLSIDE, FARFIELD, OLDTOWN, DELTA, AUDITOR, 99])
def test_it_goes_to_another_party_that_is_not_the_creditor(ledger: Ledger, to: int) -> None:
    id = ledger.active()
    ledger.refuses(DebtTransferInvalid(id, "to"), "offerDebtTransfer", id, to, by=DEBTOR)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_nothing_is_handed_on_once_it_was_due(ledger: Ledger, seconds: int) -> None:
    id, waiting = ledger.active(), offered(ledger)
    ledger.send("agreeDebtTransfer", waiting, RIVERPORT, by=CREDITOR)
    ledger.evm.now = ledger.call("commitment", id)["dueAt"] + seconds
    if seconds <= 0:
        ledger.send("offerDebtTransfer", id, RIVERPORT, by=DEBTOR)
        ledger.send("agreeDebtTransfer", waiting, RIVERPORT, by=OTHER)
        assert ledger.call("commitment", waiting)["debtor"] == RIVERPORT
    else:
        ledger.refuses(DebtTransferInvalid(id, "dueAt"), "offerDebtTransfer", id, RIVERPORT, by=DEBTOR)
        expected = DebtTransferInvalid(waiting, "dueAt")
        ledger.refuses(expected, "agreeDebtTransfer", waiting, RIVERPORT, by=OTHER)
        ledger.send("withdrawDebtTransfer", waiting, by=DEBTOR)


def test_only_what_is_accepted_and_has_no_evidence_is_handed_on(ledger: Ledger) -> None:
    settled = ledger.evidenced()
    ledger.confirm(settled)
    states = {
        CommitmentState.PROPOSED: ledger.register(),
        CommitmentState.EVIDENCED: ledger.evidenced(),
        CommitmentState.CONTESTED: ledger.contested(),
        CommitmentState.DISPUTED: ledger.disputed()[0],
        CommitmentState.SETTLED: settled,
    }
    for state, id in states.items():
        assert ledger.call("commitment", id)["state"] == state
        ledger.refuses(DebtTransferInvalid(id, "state"), "offerDebtTransfer", id, RIVERPORT, by=DEBTOR)


def test_evidence_ends_what_was_offered(ledger: Ledger) -> None:
    id = offered(ledger)
    ledger.send("agreeDebtTransfer", id, RIVERPORT, by=CREDITOR)
    ledger.evidence(id)
    ledger.refuses(DebtTransferInvalid(id, "state"), "agreeDebtTransfer", id, RIVERPORT, by=OTHER)


def test_nothing_is_handed_on_while_the_agreement_is_suspended(ledger: Ledger) -> None:
    id, waiting = ledger.active(), offered(ledger)
    ledger.send("suspendAgreement", AGREEMENT, "the funds are looked into", by=speaker(DELTA))
    expected = AgreementIsSuspended(AGREEMENT, ledger.evm.now)
    ledger.evm.now += DAY
    ledger.refuses(expected, "offerDebtTransfer", id, RIVERPORT, by=DEBTOR)
    ledger.refuses(expected, "agreeDebtTransfer", waiting, RIVERPORT, by=OTHER)
    ledger.send("resumeAgreement", AGREEMENT, by=speaker(DELTA))
    ledger.send("agreeDebtTransfer", waiting, RIVERPORT, by=OTHER)


def test_successors_act_in_the_place_of_all_three(ledger: Ledger) -> None:
    id = ledger.active()
    ledger.succeed(LAKESIDE, NEWLAKE)
    ledger.send("offerDebtTransfer", id, RIVERPORT, by=speaker(NEWLAKE))
    assert ledger.call("offer", id)["from"] == LAKESIDE, "who owes it until it is handed on"
    ledger.send("withdrawDebtTransfer", id, by=speaker(NEWLAKE))
    ledger.send("offerDebtTransfer", id, RIVERPORT, by=speaker(NEWLAKE))
    ledger.succeed(HILLSIDE, FARFIELD)
    ledger.send("agreeDebtTransfer", id, RIVERPORT, by=speaker(FARFIELD))
    done = ledger.send("agreeDebtTransfer", id, RIVERPORT, by=OTHER)
    assert done.facts[-1] == CommitmentTransferred(id, LAKESIDE, RIVERPORT)


def test_debtor_and_creditor_do_not_become_one(ledger: Ledger) -> None:
    """Riverport takes the creditor's place; it cannot take the debtor's too."""
    id, waiting = ledger.active(), offered(ledger)
    ledger.succeed(HILLSIDE, RIVERPORT)
    ledger.refuses(DebtTransferInvalid(id, "to"), "offerDebtTransfer", id, RIVERPORT, by=DEBTOR)
    ledger.refuses(DebtTransferInvalid(waiting, "to"), "agreeDebtTransfer", waiting, RIVERPORT, by=OTHER)


def test_nobody_but_this_contract_changes_a_debtor(ledger: Ledger) -> None:
    id = ledger.active()
    for by in (DEBTOR, CREDITOR, speaker(DELTA)):
        expected = CommitmentOnlyContract(by.address, ledger.addresses["DebtTransfers"])
        ledger.unchanged(lambda b=by: ledger.transact("changeDebtor", id, RIVERPORT, by=b), expected)  # type: ignore[misc]
