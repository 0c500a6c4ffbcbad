"""The relay on a real node: what was accepted ends, in one way, and is on the chain once or not at all."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from ledger.chain.connection import NodeRefused, NodeUnreachable
from ledger.chain.contracts import checksummed, encode_arguments
from ledger.chain.deployment import deploy
from ledger.chain.signers import LocalSigner
from ledger.chain.transactions import send_transaction
from ledger.chain.typed_data import SignatureAltered, SignatureExpired, SignedCommand, typed_data
from ledger.domain.commands import ApproveProposal, ProposeCall, WithdrawProposal
from ledger.domain.refusals import Refused
from ledger.domain.terms import Authorization
from ledger.errors import InvalidInput, LedgerError
from ledger.relay import OperationNotEnded, Relay
from ledger.relay.sending import CLOCK_AHEAD_SECONDS_MAX
from ledger.store.operational import (
    Idempotency,
    IdempotencyKeyReused,
    OperationalStore,
    OperationReused,
    OperationState,
)
from tests.relay_world import RELAYER_KEY, TroubledNode, World, open_world

WALLET = Path(__file__).parent.parent / "contracts" / "artifacts" / "ContractWallet.json"
SENDER_KEY = b"\x15" * 32


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("home")) as world:
        yield world


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OperationalStore]:
    with OperationalStore(tmp_path / "operational.sqlite") as store:
        yield store


class Clock:
    """Wall-clock seconds that a test can put forward."""

    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def node(world: World) -> TroubledNode:
    return TroubledNode(world.node)


@pytest.fixture
def relay(world: World, store: OperationalStore, node: TroubledNode, clock: Clock) -> Relay:
    # A new key for each test: the chain outlives them, and with it each key's nonces.
    return Relay(node, world.deployment, store, LocalSigner.create(), clock=clock)


def finish(relay: Relay) -> None:
    while relay.run_once().moved:
        pass


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


# --- troubles on the way


@pytest.mark.parametrize("lost", ["lose_requests", "lose_answers"])
def test_a_loss_on_the_way_neither_loses_nor_doubles(
    world: World, relay: Relay, store: OperationalStore, node: TroubledNode, lost: str
) -> None:
    commands = [world.signed(world.proposal(f"number {number}")) for number in range(5)]
    for signed in commands:
        relay.accept(signed)
    setattr(node, lost, 1)
    with pytest.raises(NodeUnreachable):
        relay.run_once()
    assert "lost on the way" in str(relay.trouble)
    assert {each.state for _, each in store.outbox.page()} == {OperationState.SENT}
    # A relay that is started anew finds what the first one was about to do.
    finish(relay)
    assert str(relay.trouble) == "None"
    assert {each.state for _, each in store.outbox.page()} == {OperationState.CONFIRMED}
    assert [len(world.executions(signed)) for signed in commands] == [1] * 5
    assert len(set(node.sent)) == 5


def test_a_nonce_that_another_transaction_took_is_replaced(
    world: World, store: OperationalStore, node: TroubledNode
) -> None:
    key = LocalSigner.create()
    relay = Relay(node, world.deployment, store, key)
    signed = world.signed(world.proposal())
    accepted = relay.accept(signed)
    node.lose_requests = 1
    with pytest.raises(NodeUnreachable):
        relay.run_once()
    send_transaction(world.node, key, key.address, b"")
    finish(relay)
    assert store.outbox.get(accepted.id).state is OperationState.CONFIRMED
    assert len(world.executions(signed)) == 1


def test_one_that_the_node_does_not_take_is_held_back_and_the_others_go(
    world: World, relay: Relay, store: OperationalStore, node: TroubledNode, clock: Clock
) -> None:
    commands = [world.signed(world.proposal(f"reason {number}")) for number in range(4)]
    ids = [relay.accept(signed).id for signed in commands]
    node.refuse, node.refusal = b"reason 1", NodeRefused("eth_sendRawTransaction", -32000, "the pool does not like it")
    finish(relay)
    states = [store.outbox.get(each).state for each in ids]
    assert states[1] is OperationState.ACCEPTED
    assert [states[0], *states[2:]] == [OperationState.CONFIRMED] * 3
    # It is tried again after a while, and not at once.
    tried = len(node.sent)
    assert relay.run_once().moved == 0
    assert len(node.sent) == tried
    clock.ahead = 100
    relay.run_once()
    assert len(node.sent) == tried + 1
    clock.ahead = 3700 + CLOCK_AHEAD_SECONDS_MAX
    finish(relay)
    ended = store.outbox.get(ids[1])
    assert ended.state is OperationState.EXPIRED
    assert ended.refusal is not None
    assert "the pool does not like it" in ended.refusal["message"]
    assert world.executions(commands[1]) == []


def test_waiting_for_a_node_that_is_down_says_so_and_loses_nothing(
    world: World, relay: Relay, node: TroubledNode
) -> None:
    accepted = relay.accept(world.signed(world.proposal()))
    node.down = True
    with pytest.raises(OperationNotEnded, match="down for the test") as late:
        relay.wait(accepted.id, 0.2)
    assert late.value.operation.state is OperationState.ACCEPTED
    node.down = False
    assert relay.wait(accepted.id).state is OperationState.CONFIRMED


def test_a_new_relayer_key_takes_over_what_the_old_one_had_under_way(
    world: World, store: OperationalStore, node: TroubledNode
) -> None:
    commands = [world.signed(world.proposal(f"heirloom {number}")) for number in range(4)]
    old = Relay(node, world.deployment, store, LocalSigner.create())
    for lost, signed in zip(("lose_requests", "lose_requests", "lose_answers", None), commands, strict=True):
        old.accept(signed)
        if lost is not None:
            setattr(node, lost, 1)
            with pytest.raises(NodeUnreachable):
                old.run_once()
    old.close()
    new = Relay(node, world.deployment, store, LocalSigner.create())
    finish(new)
    assert {each.state for _, each in store.outbox.page()} == {OperationState.CONFIRMED}
    assert [len(world.executions(signed)) for signed in commands] == [1] * 4


def test_what_a_block_says_is_believed_when_enough_blocks_stand_on_it(world: World, store: OperationalStore) -> None:
    careful = Relay(world.node, world.deployment, store, LocalSigner.create(), confirmation_depth=2)
    accepted = careful.accept(world.signed(world.proposal()))
    finish(careful)
    for _ in range(2):
        assert store.outbox.get(accepted.id).state is OperationState.SENT
        send_transaction(world.node, LocalSigner(SENDER_KEY), LocalSigner(SENDER_KEY).address, b"")
        finish(careful)
    assert store.outbox.get(accepted.id).state is OperationState.CONFIRMED


# --- several relays, and threads


def test_of_two_relays_on_one_home_one_works(world: World, store: OperationalStore) -> None:
    key = LocalSigner(RELAYER_KEY)
    one, two = (Relay(world.node, world.deployment, store, key) for _ in range(2))
    accepted = two.accept(world.signed(world.proposal()))
    assert one.run_once().held
    assert not two.run_once().held
    assert store.outbox.get(accepted.id).state is OperationState.CONFIRMED
    one.close()
    assert two.run_once().held
    two.close()


def test_the_loop_works_until_it_is_told_to_stop(world: World, relay: Relay, node: TroubledNode) -> None:
    stop = threading.Event()
    node.down = True
    loop = threading.Thread(target=relay.run, args=(stop,))
    loop.start()
    try:
        node.down = False
        signed = [world.signed(world.proposal(f"loop {number}")) for number in range(12)]
        accepted: list[str] = []

        def accept(some: list[SignedCommand]) -> None:
            accepted.extend([relay.accept(each).id for each in some])

        callers = [threading.Thread(target=accept, args=(signed[first::3],)) for first in range(3)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert {relay.wait(each).state for each in accepted} == {OperationState.CONFIRMED}
        assert [len(world.executions(each)) for each in signed] == [1] * 12
    finally:
        stop.set()
        loop.join(timeout=20)
    assert not loop.is_alive()


# --- contract wallets


def test_a_contract_wallet_commands_through_the_relay(tmp_path: Path, world: World, store: OperationalStore) -> None:
    owner = LocalSigner.create()
    artifact = json.loads(WALLET.read_text(encoding="utf-8"))
    creation = artifact["bytecode"] if isinstance(artifact["bytecode"], str) else artifact["bytecode"]["object"]
    code = bytes.fromhex(creation.removeprefix("0x")) + encode_arguments(
        [{"name": "owner", "type": "address"}], [owner.address]
    )
    wallet = send_transaction(world.node, owner, None, code).contract_address
    assert wallet is not None
    wallet = checksummed(wallet.lower())
    of_wallet = replace(world, deployment=deploy(world.node, LocalSigner.create(), [wallet], 1, 0))
    relay = Relay(world.node, of_wallet.deployment, store, LocalSigner.create())
    command = ProposeCall(of_wallet.deployment.addresses["PolicyRegister"], b"\x01\x02\x03\x04", "by a wallet")

    accepted = relay.accept(of_wallet.signed(command, signer=owner, address=wallet))
    assert relay.wait(accepted.id).state is OperationState.CONFIRMED
    with pytest.raises(SignatureAltered):
        relay.accept(of_wallet.signed(command, signer=LocalSigner.create(), address=wallet))

    # The owner may also send through the wallet; the relay finds its command inside the wallet's call.
    signed = of_wallet.signed(command, signer=owner, address=wallet)
    waiting = relay.accept(signed)
    direct = SignedCommand(command, Authorization(wallet, signed.authorization.operation, 0, b""))
    target = of_wallet.deployment.addresses["Administration"]
    inputs = [{"name": "target", "type": "address"}, {"name": "data", "type": "bytes"}]
    send = bytes.fromhex(_topic("send(address,bytes)")[2:10]) + encode_arguments(inputs, [target, direct.call_data()])
    receipt = send_transaction(world.node, owner, wallet, send)
    finish(relay)
    assert store.outbox.get(waiting.id).state is OperationState.CONFIRMED
    assert store.outbox.get(waiting.id).transaction == "0x" + receipt.transaction.hex()
