"""The relay in trouble: losses on the way, taken nonces, moods of the node, other relays beside it."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from ledger.chain.connection import NodeRefused, NodeUnreachable
from ledger.chain.contracts import checksummed, encode_arguments
from ledger.chain.deployment import deploy
from ledger.chain.signers import LocalSigner
from ledger.chain.transactions import send_transaction
from ledger.chain.typed_data import SignatureAltered, SignedCommand
from ledger.domain.commands import ProposeCall
from ledger.domain.terms import Authorization
from ledger.policies import default_procedure_policy
from ledger.relay import OperationNotEnded, Relay
from ledger.relay.sending import CLOCK_AHEAD_SECONDS_MAX
from ledger.store.operational import (
    OperationalStore,
    OperationState,
)
from tests import relay_fixtures as fixtures
from tests.relay_fixtures import Clock, finish
from tests.relay_world import RELAYER_KEY, TroubledNode, World

WALLET = Path(__file__).parent.parent / "contracts" / "artifacts" / "ContractWallet.json"
SENDER_KEY = b"\x15" * 32

# Fixtures are found by their names in the module.
world, store, node, clock, relay = fixtures.world, fixtures.store, fixtures.node, fixtures.clock, fixtures.relay


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
    deployment = deploy(world.node, LocalSigner.create(), [wallet], 1, 0, default_procedure_policy())
    of_wallet = replace(world, deployment=deployment)
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
    send = keccak(text="send(address,bytes)")[:4] + encode_arguments(inputs, [target, direct.call_data()])
    receipt = send_transaction(world.node, owner, wallet, send)
    finish(relay)
    assert store.outbox.get(waiting.id).state is OperationState.CONFIRMED
    assert store.outbox.get(waiting.id).transaction == "0x" + receipt.transaction.hex()
