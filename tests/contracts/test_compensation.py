"""Compensation: the payer records a transfer, and it counts once the payee confirms it."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.enums import AgreementState, Role, TransferState
from ledger.domain.events import CommandExecuted, TransferConfirmed, TransferRecorded
from ledger.domain.refusals.agreements import (
    AgreementNotInForce,
    AgreementNotParty,
    AgreementPartyInvalid,
    AgreementUnknown,
)
from ledger.domain.refusals.base import Refused
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.refusals.compensation import (
    TransferAmountOutOfRange,
    TransferCurrencyInvalid,
    TransferDateInvalid,
    TransferNotPayee,
    TransferReferenceInvalid,
    TransferStateInvalid,
    TransferToSelf,
    TransferUnknown,
)
from tests.contracts.harness.ledger import (
    AGREEMENT,
    AUDITOR,
    DAY,
    DELTA,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    OLDTOWN,
    RIVERPORT,
    Ledger,
    refused,
    speaker,
)

PAYER, PAYEE = speaker(LAKESIDE), speaker(HILLSIDE)
AMOUNT_MAX = 10**18


def record(ledger: Ledger, **changes: Any) -> int:
    made: int = ledger.send("recordTransfer", ledger.transfer_terms(**changes), by=PAYER).returned
    return made


def test_the_payer_records_a_transfer(ledger: Ledger) -> None:
    terms = ledger.transfer_terms()
    ledger.evm.now += DAY
    done = ledger.send("recordTransfer", terms, by=PAYER)
    assert done.returned == 1 == ledger.call("transferCount")
    assert done.events == (
        CommandExecuted(PAYER.address, 0),
        TransferRecorded(1, AGREEMENT, LAKESIDE, HILLSIDE, b"CNY", 125_000_000, terms.paid_at, terms.reference_number),
    )
    assert ledger.call("transfer", 1) == {
        "agreement": AGREEMENT,
        "payer": LAKESIDE,
        "payee": HILLSIDE,
        "currency": b"CNY",
        "amountMinor": 125_000_000,
        "paidAt": terms.paid_at,
        "state": TransferState.PENDING,
    }
    assert record(ledger) == 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"agreement": 99}, AgreementUnknown(99)),
        ({"payee": LAKESIDE}, TransferToSelf(LAKESIDE)),
        ({"payee": 0}, AgreementNotParty(AGREEMENT, 0)),
        ({"payee": FARFIELD}, AgreementNotParty(AGREEMENT, FARFIELD)),
        ({"payee": DELTA}, AgreementNotParty(AGREEMENT, DELTA)),
        ({"payee": OLDTOWN}, AgreementPartyInvalid(OLDTOWN)),
        ({"amount_minor": 0}, TransferAmountOutOfRange(0, 1, AMOUNT_MAX)),
        ({"amount_minor": AMOUNT_MAX + 1}, TransferAmountOutOfRange(AMOUNT_MAX + 1, 1, AMOUNT_MAX)),
        ({"amount_minor": 2**64 - 1}, TransferAmountOutOfRange(2**64 - 1, 1, AMOUNT_MAX)),
        ({"currency": bytes(3)}, TransferCurrencyInvalid(bytes(3))),
        ({"currency": b"cny"}, TransferCurrencyInvalid(b"cny")),
        ({"currency": b"C@Y"}, TransferCurrencyInvalid(b"C@Y")),
        ({"currency": b"CN["}, TransferCurrencyInvalid(b"CN[")),
        ({"reference_number": ""}, TransferReferenceInvalid(0, 256)),
        ({"reference_number": "r" * 257}, TransferReferenceInvalid(257, 256)),
    ],
    ids=lambda value: str(value)[:60],
)
def test_transfers_that_are_not_in_order_are_refused(
    ledger: Ledger, changes: dict[str, Any], expected: Refused
) -> None:
    ledger.refuses(expected, "recordTransfer", ledger.transfer_terms(**changes), by=PAYER)


def test_the_smallest_and_the_largest_amount(ledger: Ledger) -> None:
    for amount in (1, AMOUNT_MAX):
        id = record(ledger, amount_minor=amount, currency=b"AZZ", reference_number="r" * 256)
        assert ledger.call("transfer", id)["amountMinor"] == amount


@pytest.mark.parametrize(("anchor", "seconds", "allowed"), [(0, -1, False), (0, 0, True), (1, 0, True), (1, 1, False)])
def test_money_is_paid_under_the_agreement_and_by_now(ledger: Ledger, anchor: int, seconds: int, allowed: bool) -> None:
    begins = ledger.call("agreement", AGREEMENT)["effectiveFrom"]
    at = (ledger.evm.now if anchor else begins) + seconds
    if allowed:
        record(ledger, paid_at=at)
    else:
        expected = TransferDateInvalid(at, begins, ledger.evm.now)
        ledger.refuses(expected, "recordTransfer", ledger.transfer_terms(paid_at=at), by=PAYER)


def test_only_parties_pay_under_an_agreement(ledger: Ledger) -> None:
    terms = ledger.transfer_terms()
    ledger.refuses(AgreementNotParty(AGREEMENT, FARFIELD), "recordTransfer", terms, by=speaker(FARFIELD))
    for body in (DELTA, AUDITOR):
        ledger.refuses(CommandRoleMissing(body, Role.GOVERNMENT), "recordTransfer", terms, by=speaker(body))


def test_transfers_need_an_agreement_in_force(ledger: Ledger) -> None:
    ends = ledger.evm.now + DAY
    id = ledger.conclude(parties=(LAKESIDE, HILLSIDE), expires_at=ends)
    begins = ledger.evm.now
    ledger.evm.now = ends
    with refused(AgreementNotInForce(id, AgreementState.CONCLUDED, begins, ends)):
        record(ledger, agreement=id)


# ----------------------------------------------------------------------------------------------------- confirming


def test_the_payee_confirms_that_it_arrived(ledger: Ledger) -> None:
    id = record(ledger)
    ledger.evm.now += DAY
    done = ledger.send("confirmTransfer", id, ledger.evm.now - 60, by=PAYEE)
    assert done.facts == (TransferConfirmed(id, HILLSIDE, b"CNY", 125_000_000, ledger.evm.now - 60),)
    assert ledger.call("transfer", id)["state"] == TransferState.CONFIRMED


STATES = """
            confirm
none        ?
pending     confirmed
confirmed   .
"""


@pytest.mark.parametrize(("state", "cell"), [line.split() for line in STATES.strip().splitlines()[1:]])
def test_every_state_meets_confirmation(ledger: Ledger, state: str, cell: str) -> None:
    id = 1
    if state != "none":
        record(ledger)
    if state == "confirmed":
        ledger.send("confirmTransfer", id, ledger.evm.now, by=PAYEE)
    assert TransferState(ledger.call("transfer", id)["state"]).name.lower() == state
    if cell == "?":
        ledger.refuses(TransferUnknown(id), "confirmTransfer", id, ledger.evm.now, by=PAYEE)
    elif cell == ".":
        expected = TransferStateInvalid(id, TransferState.CONFIRMED)
        ledger.refuses(expected, "confirmTransfer", id, ledger.evm.now, by=PAYEE)
    else:
        ledger.send("confirmTransfer", id, ledger.evm.now, by=PAYEE)
        assert TransferState(ledger.call("transfer", id)["state"]).name.lower() == cell


@pytest.mark.parametrize("body", [LAKESIDE, RIVERPORT, FARFIELD])
def test_only_the_payee_confirms(ledger: Ledger, body: int) -> None:
    id = record(ledger)
    expected = TransferNotPayee(id, body, HILLSIDE)
    ledger.refuses(expected, "confirmTransfer", id, ledger.evm.now, by=speaker(body))
    missing = CommandRoleMissing(DELTA, Role.GOVERNMENT)
    ledger.refuses(missing, "confirmTransfer", id, ledger.evm.now, by=speaker(DELTA))


@pytest.mark.parametrize(("anchor", "seconds", "allowed"), [(0, -1, False), (0, 0, True), (1, 0, True), (1, 1, False)])
def test_money_arrives_after_it_was_paid_and_by_now(ledger: Ledger, anchor: int, seconds: int, allowed: bool) -> None:
    paid = ledger.evm.now
    id = record(ledger)
    ledger.evm.now += DAY
    at = (ledger.evm.now if anchor else paid) + seconds
    if allowed:
        ledger.send("confirmTransfer", id, at, by=PAYEE)
    else:
        ledger.refuses(TransferDateInvalid(at, paid, ledger.evm.now), "confirmTransfer", id, at, by=PAYEE)
