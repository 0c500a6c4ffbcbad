"""
Signed commands: one account signs, another sends.

Every command of the ABI is signed here as EIP-712 typed data built from the ABI, so a wrong type string or hash in a
contract shows as a signature that does not fit.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from enum import IntEnum
from typing import Any

import pytest
from eth_account.messages import SignableMessage
from eth_keys.constants import SECPK1_N
from eth_utils.crypto import keccak

from ledger.domain.enums import Role
from ledger.domain.events import CommandExecuted, CommitmentRegistered
from ledger.domain.refusals.commands import (
    CommandAlreadyExecuted,
    CommandExpired,
    CommandRoleMissing,
    CommandSignatureInvalid,
)
from ledger.domain.refusals.register import SignerUnknown
from ledger.domain.terms import Authorization
from tests.contracts.harness.evm import account
from tests.contracts.harness.examples import EXAMPLES
from tests.contracts.harness.interface import commands, functions
from tests.contracts.harness.ledger import (
    AUDITOR,
    DAY,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    RELAYER,
    STRANGER,
    Ledger,
    refused,
    speaker,
)
from tests.contracts.harness.signing import signable, typed_data

VERBS = [each.name for each in commands()]
DEBTOR = speaker(LAKESIDE)


def digest_of(message: SignableMessage) -> bytes:
    return keccak(b"\x19" + message.version + message.header + message.body)


def digest(ledger: Ledger, verb: str, values: tuple[Any, ...], authorization: Authorization) -> bytes:
    """What the contract must find to be signed."""
    document = typed_data(
        functions()[verb],
        values,
        authorization.signer,
        authorization.operation,
        authorization.deadline,
        ledger.evm.chain_id,
        ledger.address(verb),
    )
    return digest_of(signable(document))


def not_signed(ledger: Ledger, verb: str, values: tuple[Any, ...], authorization: Authorization) -> Any:
    """The refusal of an authorization that is not a signature of this command, sent by the relayer."""
    return CommandSignatureInvalid(authorization.signer, RELAYER.address, digest(ledger, verb, values, authorization))


def test_every_command_has_an_example() -> None:
    assert sorted(EXAMPLES) == sorted(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_can_be_relayed_and_does_the_same(ledger: Ledger, verb: str) -> None:
    by, values = EXAMPLES[verb](ledger)
    before = ledger.evm.snapshot()
    direct = ledger.send(verb, *values, by=by)
    ledger.evm.restore(before)
    relayed = ledger.relay(verb, *values, by=by, operation=77)
    assert relayed.facts == direct.facts
    assert relayed.returned == direct.returned
    assert relayed.events[0] == CommandExecuted(by.address, 77)
    assert direct.events[0] == CommandExecuted(by.address, 0)
    assert ledger.call("operationUsed", by.address, 77, contract=functions()[verb].contract)


@pytest.mark.parametrize("verb", VERBS)
def test_no_command_is_executed_twice(ledger: Ledger, verb: str) -> None:
    by, values = EXAMPLES[verb](ledger)
    signed = ledger.sign(verb, *values, by=by, operation=5)
    ledger.transact(verb, *values, signed, by=RELAYER)
    expected = CommandAlreadyExecuted(by.address, 5)
    for sender in (RELAYER, by):
        ledger.unchanged(lambda sender=sender: ledger.transact(verb, *values, signed, by=sender), expected)  # type: ignore[misc]


@pytest.mark.parametrize("seconds", [-1, 0, 1])
@pytest.mark.parametrize("verb", VERBS)
def test_every_command_expires_after_its_deadline(ledger: Ledger, verb: str, seconds: int) -> None:
    by, values = EXAMPLES[verb](ledger)
    deadline = ledger.evm.now + DAY
    signed = ledger.sign(verb, *values, by=by, deadline=deadline)
    ledger.evm.now = deadline + seconds
    if seconds <= 0:
        ledger.transact(verb, *values, signed, by=RELAYER)
    else:
        expected = CommandExpired(by.address, deadline, ledger.evm.now)
        ledger.unchanged(lambda: ledger.transact(verb, *values, signed, by=RELAYER), expected)


@pytest.mark.parametrize("verb", VERBS)
def test_no_command_is_sent_unsigned_by_another(ledger: Ledger, verb: str) -> None:
    by, values = EXAMPLES[verb](ledger)
    unsigned = Authorization(by.address, 3, ledger.evm.now, b"")
    expected = CommandSignatureInvalid(by.address, RELAYER.address, bytes(32))
    ledger.unchanged(lambda: ledger.transact(verb, *values, unsigned, by=RELAYER), expected)


@pytest.mark.parametrize("verb", VERBS)
def test_a_signature_is_good_for_one_chain_one_contract_and_one_signer(ledger: Ledger, verb: str) -> None:
    by, values = EXAMPLES[verb](ledger)
    foreign = [
        ledger.sign(verb, *values, by=by, chain_id=ledger.evm.chain_id + 1),
        ledger.sign(verb, *values, by=by, contract=ledger.addresses["PolicyRegister"]),
        ledger.sign(verb, *values, by=STRANGER, signer=by.address),
    ]
    for authorization in foreign:
        expected = not_signed(ledger, verb, values, authorization)
        ledger.unchanged(lambda a=authorization: ledger.transact(verb, *values, a, by=RELAYER), expected)  # type: ignore[misc]


def altered(value: Any) -> list[Any]:
    """The value with each single thing in it changed, one at a time."""
    if is_dataclass(value) and not isinstance(value, type):
        return [
            replace(value, **{field.name: other})
            for field in fields(value)
            for other in altered(getattr(value, field.name))
        ]
    if isinstance(value, list | tuple):
        kind = type(value)
        changed = [
            kind([*value[:index], other, *value[index + 1 :]])
            for index, item in enumerate(value)
            for other in altered(item)
        ]
        return [*changed, kind(value[:-1]), kind([*value, value[-1]]), *([kind(value[::-1])] * (len(value) > 1))]
    if isinstance(value, IntEnum):
        return [type(value)(value - 1 if value else value + 1)]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value ^ 1]
    if isinstance(value, bytes):
        return [value[:-1] + bytes([value[-1] ^ 1])]
    if value.startswith("0x") and len(value) == 42:
        return [STRANGER.address]
    return [value + " "]


@pytest.mark.parametrize("verb", VERBS)
def test_no_field_of_a_signed_command_can_be_altered(ledger: Ledger, verb: str) -> None:
    by, values = EXAMPLES[verb](ledger)
    signed = ledger.sign(verb, *values, by=by)
    count = 0
    for index, value in enumerate(values):
        for other in altered(value):
            changed = (*values[:index], other, *values[index + 1 :])
            expected = not_signed(ledger, verb, changed, signed)
            ledger.unchanged(lambda c=changed: ledger.transact(verb, *c, signed, by=RELAYER), expected)  # type: ignore[misc]
            count += 1
    for part in ("operation", "deadline", "signer"):
        wrong = replace(signed, **{part: altered(getattr(signed, part))[0]})
        expected = not_signed(ledger, verb, values, wrong)
        ledger.unchanged(lambda w=wrong: ledger.transact(verb, *values, w, by=RELAYER), expected)  # type: ignore[misc]
    assert count >= len(values)


def test_what_has_the_same_parameters_is_still_another_command(ledger: Ledger) -> None:
    """Approving and withdrawing a proposal differ in nothing but their type."""
    by, values = EXAMPLES["withdrawProposal"](ledger)
    signed = ledger.sign("approveProposal", *values, by=by)
    expected = not_signed(ledger, "withdrawProposal", values, signed)
    ledger.unchanged(lambda: ledger.transact("withdrawProposal", *values, signed, by=RELAYER), expected)


# ---------------------------------------------------------------------------------------------------- signatures


def test_malformed_signatures_are_refused(ledger: Ledger) -> None:
    values = (ledger.commitment_terms(),)
    good = ledger.sign("registerCommitment", *values, by=DEBTOR)
    r, s, v = good.signature[:32], int.from_bytes(good.signature[32:64], "big"), good.signature[64]
    mirrored = r + (SECPK1_N - s).to_bytes(32, "big") + bytes([55 - v])
    wrong = [
        b"\x00",
        b"\x00" * 65,
        b"\xff" * 65,
        keccak(text="garbage") * 2 + b"\x1b",
        good.signature[:64],
        good.signature + b"\x00",
        good.signature[:64] + bytes([v - 27]),
        good.signature[:64] + bytes([55 - v]),
        mirrored,
    ]
    for signature in wrong:
        bad = replace(good, signature=signature)
        expected = not_signed(ledger, "registerCommitment", values, bad)
        ledger.unchanged(lambda b=bad: ledger.transact("registerCommitment", *values, b, by=RELAYER), expected)  # type: ignore[misc]
    ledger.transact("registerCommitment", *values, good, by=RELAYER)


def test_nobody_signs_for_the_zero_address(ledger: Ledger) -> None:
    """A recovery that fails gives the zero address, which must never count as a signer."""
    values = (ledger.commitment_terms(),)
    nobody = Authorization("0x" + "00" * 20, 1, ledger.evm.now, b"\xff" * 65)
    expected = not_signed(ledger, "registerCommitment", values, nobody)
    ledger.unchanged(lambda: ledger.transact("registerCommitment", *values, nobody, by=RELAYER), expected)


# ----------------------------------------------------------------------------------------------------- operations


def test_operations_need_no_order(ledger: Ledger) -> None:
    """A lost command blocks none behind it."""
    numbers = [9, 3, 2**256 - 1, 255, 256, 0, 1]
    signed = {
        number: ledger.sign("registerCommitment", ledger.commitment_terms(), by=DEBTOR, operation=number)
        for number in numbers
    }
    for number in numbers:
        done = ledger.transact("registerCommitment", ledger.commitment_terms(), signed[number], by=RELAYER)
        assert done.events[0] == CommandExecuted(DEBTOR.address, number)
    contract = "CommitmentRegistry"
    assert all(ledger.call("operationUsed", DEBTOR.address, number, contract=contract) for number in numbers)
    assert not ledger.call("operationUsed", DEBTOR.address, 2, contract=contract)


def test_operations_belong_to_their_signer_and_contract(ledger: Ledger) -> None:
    ledger.relay("registerCommitment", ledger.commitment_terms(), by=DEBTOR, operation=4)
    terms = ledger.commitment_terms(creditor=LAKESIDE)
    ledger.relay("registerCommitment", terms, by=speaker(HILLSIDE), operation=4)
    ledger.relay("recordTransfer", ledger.transfer_terms(), by=DEBTOR, operation=4)


def test_a_direct_command_uses_up_an_operation_only_if_it_names_one(ledger: Ledger) -> None:
    terms = ledger.commitment_terms()
    for _ in range(2):
        ledger.send("registerCommitment", terms, by=DEBTOR)
    assert not ledger.call("operationUsed", DEBTOR.address, 0, contract="CommitmentRegistry")
    done = ledger.send("registerCommitment", terms, by=DEBTOR, operation=6)
    assert done.events[0] == CommandExecuted(DEBTOR.address, 6)
    with refused(CommandAlreadyExecuted(DEBTOR.address, 6)):
        ledger.send("registerCommitment", terms, by=DEBTOR, operation=6)
    with refused(CommandAlreadyExecuted(DEBTOR.address, 6)):
        ledger.relay("registerCommitment", terms, by=DEBTOR, operation=6)


def test_a_direct_command_has_no_deadline(ledger: Ledger) -> None:
    ledger.send("registerCommitment", ledger.commitment_terms(), by=DEBTOR, deadline=1)


def test_a_refused_command_leaves_its_operation_free(ledger: Ledger) -> None:
    terms = ledger.commitment_terms(creditor=FARFIELD)
    signed = ledger.sign("registerCommitment", terms, by=DEBTOR, operation=8)
    with pytest.raises(Exception, match="not a party"):
        ledger.transact("registerCommitment", terms, signed, by=RELAYER)
    assert not ledger.call("operationUsed", DEBTOR.address, 8, contract="CommitmentRegistry")


def test_a_signature_gives_no_role(ledger: Ledger) -> None:
    terms = ledger.commitment_terms()
    with refused(SignerUnknown(STRANGER.address)):
        ledger.relay("registerCommitment", terms, by=STRANGER)
    with refused(CommandRoleMissing(AUDITOR, Role.GOVERNMENT)):
        ledger.relay("registerCommitment", terms, by=speaker(AUDITOR))


# -------------------------------------------------------------------------------------------------- contract wallets


@pytest.fixture
def wallet(ledger: Ledger) -> str:
    """A contract wallet that speaks for Lakeside; its owner is an account that speaks for nobody."""
    made = ledger.deploy("ContractWallet", ("address",), account("owner").address)
    ledger.decide("addSigner", LAKESIDE, made)
    return made


def test_a_contract_wallet_commands_by_what_its_owner_signs(ledger: Ledger, wallet: str) -> None:
    terms = ledger.commitment_terms()
    done = ledger.relay("registerCommitment", terms, by=account("owner"), signer=wallet, operation=12)
    assert done.events[0] == CommandExecuted(wallet, 12)
    assert isinstance(done.events[1], CommitmentRegistered)
    assert done.events[1].debtor == LAKESIDE


def test_a_contract_wallet_refuses_what_its_owner_has_not_signed(ledger: Ledger, wallet: str) -> None:
    values = (ledger.commitment_terms(),)
    for signer in (STRANGER, DEBTOR):
        forged = ledger.sign("registerCommitment", *values, by=signer, signer=wallet)
        expected = not_signed(ledger, "registerCommitment", values, forged)
        ledger.unchanged(lambda f=forged: ledger.transact("registerCommitment", *values, f, by=RELAYER), expected)  # type: ignore[misc]


def test_a_contract_without_signatures_signs_nothing(ledger: Ledger) -> None:
    values = (ledger.commitment_terms(),)
    register = ledger.addresses["GovernmentRegister"]
    ledger.decide("addSigner", LAKESIDE, register)
    forged = ledger.sign("registerCommitment", *values, by=DEBTOR, signer=register)
    expected = not_signed(ledger, "registerCommitment", values, forged)
    ledger.unchanged(lambda: ledger.transact("registerCommitment", *values, forged, by=RELAYER), expected)


def test_a_contract_wallet_commands_directly(ledger: Ledger, wallet: str) -> None:
    terms = ledger.commitment_terms()
    call = functions()["registerCommitment"].encode([terms, Authorization(wallet, 0, 0, b"")])
    done = ledger.through(wallet, account("owner"), ledger.address("registerCommitment"), call)
    assert done[0] == CommandExecuted(wallet, 0)
    with refused(CommandSignatureInvalid(wallet, account("owner").address, bytes(32))):
        ledger.transact("registerCommitment", terms, Authorization(wallet, 0, 0, b""), by=account("owner"))
