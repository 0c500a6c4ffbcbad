"""The relay on a real node: what was accepted ends, in one way, and is on the chain once or not at all."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from eth_utils.crypto import keccak

from ledger.chain.connection import NodeUnreachable
from ledger.chain.signers import LocalSigner
from ledger.chain.transactions import send_transaction
from ledger.chain.typed_data import SignatureAltered, SignatureExpired, SignedCommand, typed_data
from ledger.domain.commands import ApproveProposal, WithdrawProposal
from ledger.domain.refusals import Refused
from ledger.errors import InvalidInput, LedgerError
from ledger.relay import Relay
from ledger.relay.sending import CLOCK_AHEAD_SECONDS_MAX
from ledger.store.engine import DatabaseLocked
from ledger.store.operational import (
    Idempotency,
    IdempotencyKeyReused,
    Lease,
    OperationalStore,
    OperationReused,
    OperationState,
)
from tests import relay_fixtures as fixtures
from tests.relay_fixtures import Clock, finish
from tests.relay_world import TroubledNode, World

SENDER_KEY = b"\x15" * 32

# Fixtures are found by their names in the module.
world, store, node, clock, relay = fixtures.world, fixtures.store, fixtures.node, fixtures.clock, fixtures.relay


# --- accepting


def test_a_command_goes_from_accepted_to_confirmed(world: World, relay: Relay, store: OperationalStore) -> None:
    signed = world.signed(world.proposal())
    accepted = relay.accept(signed)
    assert (accepted.state, accepted.name) == (OperationState.ACCEPTED, "ProposeCall")
    assert store.outbox.get(accepted.id) == accepted
    assert world.executions(signed) == []

    ended = relay.wait(accepted.id)
    (execution,) = world.executions(signed)
    assert ended.state is OperationState.CONFIRMED
    assert (ended.transaction, ended.block_number) == (
        execution["transactionHash"],
        int(execution["blockNumber"], 16),
    )
    assert ended.ended_at is not None
    assert relay.backlog().accepted == relay.backlog().sent == 0


def test_what_the_contract_refuses_is_not_kept(world: World, relay: Relay, store: OperationalStore) -> None:
    key = Idempotency("k", "test", b"\x00" * 32)
    with pytest.raises(Refused) as refused:
        relay.accept(world.signed(WithdrawProposal(987_654)), key)
    assert (type(refused.value).__name__, refused.value.values()["id"]) == ("ProposalNotOpen", 987_654)
    assert store.outbox.page() == []
    assert store.idempotency.recall(key, int(time.time())) is None


def _late(world: World) -> SignedCommand:
    return world.signed(world.proposal(), deadline=int(time.time()) - 1)


def _altered(world: World) -> SignedCommand:
    return replace(world.signed(world.proposal("this")), command=world.proposal("that"))


def _unsigned(world: World) -> SignedCommand:
    signed = world.signed(world.proposal())
    return replace(signed, authorization=replace(signed.authorization, signature=b""))


def _for_another_chain(world: World) -> SignedCommand:
    signed = world.signed(world.proposal())
    domain = replace(world.deployment.domain(signed.contract), chain_id=1)
    signature = world.administrator.sign_typed_data(typed_data(signed.command, signed.authorization, domain))
    return replace(signed, authorization=replace(signed.authorization, signature=signature))


def _for_another_home(world: World) -> SignedCommand:
    signed = world.signed(world.proposal())
    domain = world.deployment.domain("AgreementRegistry")
    signature = world.administrator.sign_typed_data(typed_data(signed.command, signed.authorization, domain))
    return replace(signed, authorization=replace(signed.authorization, signature=signature))


def _by_a_stranger(world: World) -> SignedCommand:
    return world.signed(world.proposal(), signer=LocalSigner(SENDER_KEY), address=world.administrator.address)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (_late, SignatureExpired),
        (_altered, SignatureAltered),
        (_unsigned, SignatureAltered),
        (_for_another_chain, SignatureAltered),
        (_for_another_home, SignatureAltered),
        (_by_a_stranger, SignatureAltered),
        (lambda world: world.signed(world.proposal(), deadline=2**64 - 1), InvalidInput),
    ],
)
def test_a_signature_that_is_not_good_is_not_kept(
    world: World,
    relay: Relay,
    store: OperationalStore,
    make: Callable[[World], SignedCommand],
    error: type[LedgerError],
) -> None:
    with pytest.raises(error):
        relay.accept(make(world))
    assert store.outbox.page() == []


def test_the_same_signed_command_twice_is_one_operation(world: World, relay: Relay) -> None:
    signed = world.signed(world.proposal())
    first = relay.accept(signed)
    assert relay.accept(signed) == first
    ended = relay.wait(first.id)
    assert relay.accept(signed) == ended
    assert len(world.executions(signed)) == 1


def test_a_number_is_not_taken_for_two_commands(world: World, relay: Relay) -> None:
    signed = world.signed(world.proposal("one"))
    relay.accept(signed)
    with pytest.raises(OperationReused):
        relay.accept(world.signed(world.proposal("two"), operation=signed.authorization.operation))


def test_the_same_request_gets_the_first_answer_though_all_has_changed(world: World, relay: Relay) -> None:
    signed = world.signed(world.proposal())
    key = Idempotency("k", "test", hashlib.sha256(b"one").digest())
    first = relay.accept(signed, key)
    relay.wait(first.id)
    assert relay.accept(signed, key) == first
    with pytest.raises(IdempotencyKeyReused):
        relay.accept(world.signed(world.proposal()), replace(key, request_digest=hashlib.sha256(b"two").digest()))


def test_nothing_is_accepted_while_the_node_is_down(
    world: World, relay: Relay, store: OperationalStore, node: TroubledNode
) -> None:
    node.down = True
    with pytest.raises(NodeUnreachable):
        relay.accept(world.signed(world.proposal()))
    assert store.outbox.page() == []


def test_one_that_is_not_tried_first_ends_refused_where_the_contract_refuses_it(world: World, relay: Relay) -> None:
    accepted = relay.accept(world.signed(WithdrawProposal(987_654)), try_first=False)
    ended = relay.wait(accepted.id)
    assert (ended.state, ended.refusal and ended.refusal["error"]) == (OperationState.REFUSED, "ProposalNotOpen")
    again = world.signed(world.proposal())
    assert relay.wait(relay.accept(again, try_first=False).id).state is OperationState.CONFIRMED
    with pytest.raises(SignatureExpired):
        relay.accept(_late(world), try_first=False)


def test_a_lease_that_cannot_be_given_back_hides_no_result(
    world: World, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(lease: Lease) -> None:
        raise DatabaseLocked("operational.sqlite", 10)

    monkeypatch.setattr(Lease, "release", locked)
    assert relay.wait(relay.accept(world.signed(world.proposal())).id).state is OperationState.CONFIRMED


# --- ending


def test_one_that_fails_ends_refused_with_its_reason_and_blocks_none_behind_it(
    world: World, relay: Relay, store: OperationalStore
) -> None:
    relay.wait(relay.accept(world.signed(world.proposal())).id)
    proposal = len(
        world.node.call(
            "eth_getLogs",
            {
                "address": world.deployment.addresses["Administration"],
                "fromBlock": "0x0",
                "topics": [_topic("ProposalMade(uint64,address,address,bytes,string)")],
            },
        )
    )
    # Both are right when they are accepted; the first to be executed makes the second wrong.
    first = relay.accept(world.signed(ApproveProposal(proposal), signer=world.second))
    second = relay.accept(world.signed(ApproveProposal(proposal), signer=world.second))
    behind = relay.accept(world.signed(world.proposal("behind")))
    finish(relay)
    assert store.outbox.get(first.id).state is OperationState.CONFIRMED
    refused = store.outbox.get(second.id)
    assert refused.state is OperationState.REFUSED
    assert refused.refusal is not None
    assert refused.refusal["error"] == "ProposalAlreadyApproved"
    assert refused.refusal["values"]["administrator"] == world.second.address
    assert store.outbox.get(behind.id).state is OperationState.CONFIRMED


def _topic(signature: str) -> str:
    return "0x" + keccak(text=signature).hex()


def test_one_that_was_sent_past_the_relay_ends_confirmed_where_it_was_executed(
    world: World, relay: Relay, store: OperationalStore
) -> None:
    signed = world.signed(world.proposal())
    accepted = relay.accept(signed)
    target = world.deployment.addresses["Administration"]
    elsewhere = send_transaction(world.node, LocalSigner(SENDER_KEY), target, signed.call_data())
    finish(relay)
    ended = store.outbox.get(accepted.id)
    assert ended.state is OperationState.CONFIRMED
    assert (ended.transaction, ended.block_number) == ("0x" + elsewhere.transaction.hex(), elsewhere.block_number)


def test_one_that_its_signer_sent_directly_ends_confirmed(world: World, relay: Relay, store: OperationalStore) -> None:
    signed = world.signed(world.proposal())
    accepted = relay.accept(signed)
    direct = replace(signed, authorization=replace(signed.authorization, signature=b"", deadline=0))
    target = world.deployment.addresses["Administration"]
    sent = send_transaction(world.node, world.administrator, target, direct.call_data())
    finish(relay)
    assert store.outbox.get(accepted.id).transaction == "0x" + sent.transaction.hex()
    assert store.outbox.get(accepted.id).state is OperationState.CONFIRMED


def test_one_whose_number_went_to_another_command_ends_refused(
    world: World, relay: Relay, store: OperationalStore
) -> None:
    accepted = relay.accept(world.signed(world.proposal("this")))
    other = world.signed(world.proposal("that"), operation=accepted.operation)
    send_transaction(
        world.node, LocalSigner(SENDER_KEY), world.deployment.addresses["Administration"], other.call_data()
    )
    finish(relay)
    ended = store.outbox.get(accepted.id)
    assert ended.state is OperationState.REFUSED
    assert ended.refusal is not None
    assert ended.refusal["slug"] == "command-already-executed"


def test_one_that_was_never_sent_in_time_expires(
    world: World, relay: Relay, store: OperationalStore, clock: Clock
) -> None:
    signed = world.signed(world.proposal())
    accepted = relay.accept(signed)
    clock.ahead = 3602 + CLOCK_AHEAD_SECONDS_MAX
    finish(relay)
    ended = store.outbox.get(accepted.id)
    assert (ended.state, ended.transaction) == (OperationState.EXPIRED, None)
    assert ended.refusal is not None
    assert ended.refusal["slug"] == "operation-expired"
    assert world.executions(signed) == []


def test_a_clock_that_is_ahead_expires_nothing_that_the_chain_would_take(
    world: World, relay: Relay, store: OperationalStore, clock: Clock
) -> None:
    accepted = relay.accept(world.signed(world.proposal()))
    clock.ahead = 3600 + 600
    finish(relay)
    assert store.outbox.get(accepted.id).state is OperationState.CONFIRMED


def test_one_that_was_executed_in_time_does_not_expire_late(
    world: World, relay: Relay, store: OperationalStore, clock: Clock
) -> None:
    signed = world.signed(world.proposal())
    accepted = relay.accept(signed)
    target = world.deployment.addresses["Administration"]
    send_transaction(world.node, LocalSigner(SENDER_KEY), target, signed.call_data())
    clock.ahead = 3602 + CLOCK_AHEAD_SECONDS_MAX
    finish(relay)
    assert store.outbox.get(accepted.id).state is OperationState.CONFIRMED


def test_one_that_was_too_late_in_its_block_expires(world: World, relay: Relay, store: OperationalStore) -> None:
    signed = world.signed(world.proposal(), deadline=int(time.time()) + 2)
    accepted = relay.accept(signed)
    # The node's clock decides, whatever the relay's says.
    while world.node.head().timestamp <= accepted.deadline:
        time.sleep(0.5)
        send_transaction(world.node, LocalSigner(SENDER_KEY), LocalSigner(SENDER_KEY).address, b"")
    patient = Relay(world.node, world.deployment, store, LocalSigner.create(), clock=lambda: accepted.accepted_at)
    finish(patient)
    ended = store.outbox.get(accepted.id)
    assert (ended.state, ended.refusal and ended.refusal["slug"]) == (OperationState.EXPIRED, "operation-expired")
    assert ended.block_number is not None
    assert world.executions(signed) == []
