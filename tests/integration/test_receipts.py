"""A relayer's word about a command, on a real node: kept, answered, open, broken; and what is no relayer's word."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from ledger.chain.calls import signed_command
from ledger.chain.receipts import ReceiptForged, SignedReceipt, receipt_from_json
from ledger.chain.signers import LocalSigner
from ledger.chain.transactions import send_transaction
from ledger.chain.typed_data import SignatureForeignChain, SignatureForeignHome, SignedCommand
from ledger.domain.commands import WithdrawProposal
from ledger.errors import InvalidInput
from ledger.relay import Relay
from ledger.relay.inclusion import Standing, examine
from ledger.store.operational import OperationalStore, OperationState
from tests import relay_fixtures as fixtures
from tests.relay_fixtures import Clock
from tests.relay_world import TroubledNode, World

# Fixtures are found by their names in the module.
world, store, node, clock, relay = fixtures.world, fixtures.store, fixtures.node, fixtures.clock, fixtures.relay


def given(relay: Relay, signed: SignedCommand, **how: Any) -> SignedReceipt:
    receipt = relay.receipt(relay.accept(signed, **how).id)
    assert receipt is not None
    # As it is handed over: what is read from JSON is what was written.
    assert receipt_from_json(receipt.to_json()) == receipt
    assert receipt_from_json({"state": "accepted", "receipt": receipt.to_json()}) == receipt
    return receipt


def hasty(node: TroubledNode, world: World, store: OperationalStore) -> Relay:
    """A relay that promises more than it keeps."""
    return Relay(node, world.deployment, store, LocalSigner.create(), include_seconds=1)


def pass_time(world: World, until: int) -> None:
    while world.node.head().timestamp <= until:
        time.sleep(0.3)
        send_transaction(world.node, LocalSigner.create(), "0x" + "77" * 20, b"")


def test_a_receipt_says_by_when_and_is_kept(world: World, relay: Relay) -> None:
    signed = world.signed(world.proposal())
    receipt = given(relay, signed)
    assert receipt.relayer == relay.address
    assert receipt.receipt.signer == world.administrator.address
    assert receipt.receipt.include_by - receipt.receipt.accepted_at in range(600, 605)
    assert examine(world.node, world.deployment, receipt).standing is Standing.OPEN
    ended = relay.wait(receipt.receipt.operation_id)
    verdict = examine(world.node, world.deployment, receipt)
    assert (verdict.standing, verdict.block_number, verdict.transaction) == (
        Standing.KEPT,
        ended.block_number,
        ended.transaction,
    )
    # The same command again gets the same receipt, not a later one.
    assert given(relay, signed) == receipt


def test_nothing_is_promised_beyond_the_deadline(world: World, relay: Relay) -> None:
    deadline = int(time.time()) + 20
    assert given(relay, world.signed(world.proposal(), deadline=deadline)).receipt.include_by == deadline


def test_a_relayer_that_drops_a_command_has_broken_its_word(
    world: World, node: TroubledNode, store: OperationalStore
) -> None:
    receipt = given(hasty(node, world, store), world.signed(world.proposal()))
    pass_time(world, receipt.receipt.include_by)
    verdict = examine(world.node, world.deployment, receipt)
    assert (verdict.standing, verdict.block_number) == (Standing.BROKEN, None)
    assert verdict.chain_time > receipt.receipt.include_by


def test_one_that_is_late_has_broken_it_too(world: World, node: TroubledNode, store: OperationalStore) -> None:
    relay = hasty(node, world, store)
    receipt = given(relay, world.signed(world.proposal()))
    pass_time(world, receipt.receipt.include_by)
    ended = relay.wait(receipt.receipt.operation_id)
    verdict = examine(world.node, world.deployment, receipt)
    assert (verdict.standing, verdict.block_number) == (Standing.BROKEN, ended.block_number)


def test_what_the_contract_refused_in_time_was_answered(
    world: World, node: TroubledNode, store: OperationalStore
) -> None:
    relay = Relay(node, world.deployment, store, LocalSigner.create(), include_seconds=3)
    receipt = given(relay, world.signed(WithdrawProposal(987_654)), try_first=False)
    ended = relay.wait(receipt.receipt.operation_id)
    assert ended.state is OperationState.REFUSED
    pass_time(world, receipt.receipt.include_by)
    verdict = examine(world.node, world.deployment, receipt)
    assert (verdict.standing, verdict.transaction) == (Standing.ANSWERED, ended.transaction)


def test_a_transaction_with_another_signature_is_no_answer(
    world: World, node: TroubledNode, store: OperationalStore
) -> None:
    signed = world.signed(world.proposal())
    receipt = given(Relay(node, world.deployment, store, LocalSigner.create(), include_seconds=2), signed)
    forged = replace(signed, authorization=replace(signed.authorization, signature=b"\x01" * 65))
    relayer = LocalSigner.create()
    raw, _ = relayer.sign_transaction(
        {
            "chainId": world.deployment.chain_id,
            "nonce": 0,
            "to": receipt.receipt.contract,
            "data": "0x" + forged.call_data().hex(),
            "gas": 500_000,
            "gasPrice": 0,
            "value": 0,
        }
    )
    found = world.node.receipt(world.node.send_raw(raw))
    assert found is not None
    assert not found.succeeded
    pass_time(world, receipt.receipt.include_by)
    assert examine(world.node, world.deployment, receipt).standing is Standing.BROKEN


def test_a_command_is_read_back_from_its_bytes(world: World) -> None:
    signed = world.signed(world.proposal())
    target = world.deployment.addresses[signed.contract]
    assert signed_command(world.deployment, target, signed.call_data()) == signed
    assert signed_command(world.deployment, target, signed.call_data()[:40]) is None
    assert signed_command(world.deployment, target, b"\x00" * 40) is None
    assert signed_command(world.deployment, world.administrator.address, signed.call_data()) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("include_by", "2031-01-01T00:00:00Z"),
        ("accepted_at", "2001-01-01T00:00:00Z"),
        ("operation", "77"),
        ("signer", "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"),
        ("relayer", "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"),
        ("chain_id", "1"),
        ("signature", "0x" + "00" * 65),
    ],
)
def test_what_no_relayer_signed_proves_nothing(world: World, relay: Relay, field: str, value: str) -> None:
    told = given(relay, world.signed(world.proposal())).to_json() | {field: value}
    with pytest.raises(ReceiptForged):
        examine(world.node, world.deployment, receipt_from_json(told))


def test_a_receipt_of_another_ledger_is_told_from_a_broken_one(world: World, relay: Relay) -> None:
    receipt = given(relay, world.signed(world.proposal()))
    with pytest.raises(SignatureForeignChain):
        examine(world.node, replace(world.deployment, chain_id=1), receipt)
    elsewhere = replace(world.deployment, addresses={"Administration": "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"})
    with pytest.raises(SignatureForeignHome):
        examine(world.node, elsewhere, receipt)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("operation", "-1"),
        ("operation", True),
        ("operation", str(2**256)),
        ("operation_id", "0x12"),
        ("operation_id", "0x" + " 1" * 32),
        ("signature", "0x" + "zz" * 65),
        ("include_by", 7),
        ("include_by", "soon"),
        ("contract", "0x12"),
        ("relayer", None),
    ],
)
def test_a_receipt_is_read_to_the_last_field(world: World, relay: Relay, field: str, value: object) -> None:
    told = given(relay, world.signed(world.proposal())).to_json() | {field: value}
    with pytest.raises(InvalidInput, match=field):
        receipt_from_json(told)


def test_an_operation_from_before_receipts_has_none(world: World, relay: Relay, clock: Clock) -> None:
    assert relay.receipt("0x" + "00" * 32) is None
    with pytest.raises(InvalidInput, match="receipt"):
        receipt_from_json([])
