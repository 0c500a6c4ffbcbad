"""
The relay against a model of the chain, in random troubles.

The model executes an operation once and not after its deadline, as the contracts do. Whatever happens on the way
(blocks, blocks that pass by, reorganisations, forgotten pools, taken nonces, rising prices, lost requests and answers,
refusals, others who send the same command, deaths of the relay between any two of its requests, clocks that go wrong)
must end like this: every accepted operation has ended, and what its ending says is what the chain says.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.chain.connection import Head, NodeRefused, NodeUnreachable
from ledger.domain.enums import Role
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.errors import LedgerError
from ledger.relay import Relay
from ledger.relay.node import OPERATION_USED
from ledger.relay.sending import CLOCK_AHEAD_SECONDS_MAX
from ledger.store.operational import OperationalStore, OperationState
from tests.pool_node import DEPLOYMENT, KEY, NOW, PoolNode, accept, read_call_data, read_transaction

DEADLINE = NOW + 3600
FIRST_OPERATION = 9 << 8
REFUSALS = ("insufficient funds", "nonce too high", "transaction underpriced", "txpool is full")


class KilledError(BaseException):
    """The relay's process ends here."""


class ModelNode(PoolNode):
    """A chain that decides by itself how transactions end, and a way to it that may fail."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.now = NOW
        self.executed: dict[int, tuple[str, int]] = {}
        self.doomed: set[int] = set()
        self.inputs: dict[str, bytes] = {}
        self.troubled = True
        self.moments: list[tuple[int, int, dict[int, tuple[str, int]], dict[str, dict[str, Any]]]] = []

    def next_block(self) -> None:
        self.moments.append((self.number, self.count, dict(self.executed), dict(self.mined)))
        self.number += 1

    def reorganise(self, depth: int, *, keep: bool = True) -> None:
        """The newest blocks go; as many others come, and one more."""
        depth = min(depth, len(self.moments))
        if not depth:
            return
        dropped = set(self.mined)
        self.number, self.count, self.executed, self.mined = self.moments[-depth]
        del self.moments[-depth:]
        dropped -= set(self.mined)
        for raw in [self.raws[hashed] for hashed in dropped]:
            if self.chance.random() < 0.6:
                self.pool.setdefault(read_transaction(raw)["nonce"], raw)
        for number in range(self.number + 1, self.number + depth + 1):
            self.branches[number] = self.branches.get(number, 0) + 1
        for _ in range(depth + 1):
            self.make_block()

    def make_block(self, *, succeed: bool = True) -> None:
        self.next_block()
        while self.count in self.pool:
            raw = self.pool.pop(self.count)
            self.count += 1
            hashed, data = "0x" + keccak(raw).hex(), read_call_data(raw)
            self.inputs[hashed] = data
            number = int.from_bytes(data[4:36], "big")
            good = number not in self.executed and number not in self.doomed and self.now <= DEADLINE
            if good:
                self.executed[number] = (hashed, self.number)
            self.mined[hashed] = {
                "transactionHash": hashed,
                "blockNumber": hex(self.number),
                "blockHash": self.block_hash(self.number),
                "status": hex(int(good)),
            }

    def execute_elsewhere(self, number: int) -> None:
        """Somebody else sends the command."""
        if number in self.executed or number in self.doomed or self.now > DEADLINE:
            return
        self.next_block()
        hashed = "0x" + keccak(b"elsewhere %d" % number).hex()
        self.inputs[hashed] = b"\x99" * 36 + b"\xaa\xbb\xcc\xdd" + number.to_bytes(32, "big") * 3 + b"\x55" * 64
        self.executed[number] = (hashed, self.number)

    def take_nonce(self) -> None:
        """Another program uses the relayer's key."""
        self.next_block()
        self.pool.pop(self.count, None)
        self.count += 1

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any | LedgerError]:
        self._maybe_fail()
        answers = super().batch(requests)
        self._maybe_fail()
        return answers

    def _maybe_fail(self) -> None:
        roll = self.chance.random() if self.troubled else 1
        if roll < 0.04:
            raise KilledError
        if roll < 0.1:
            raise NodeUnreachable("http://model", "lost")

    def call(self, method: str, *params: Any) -> Any:
        match method:
            case "eth_getBlockByNumber":
                block = super().call(method, *params)
                return None if block is None else {**block, "timestamp": hex(self.now)}
            case "eth_gasPrice":
                # Now and then everything under way is too cheap for a while.
                return hex(self.gas_price * self.chance.choice((1, 1, 1, 3)))
            case "eth_estimateGas":
                number = int(params[0]["data"][10:74], 16)
                if number in self.doomed:
                    raise CommandRoleMissing(1, Role.AUDITOR)
                return hex(90_000)
            case "eth_getLogs":
                found = self.executed.get(int(params[0]["topics"][2], 16) - FIRST_OPERATION)
                first = int(params[0]["fromBlock"], 16)
                if found is None or found[1] < first:
                    return []
                place = {"blockNumber": hex(found[1]), "blockHash": self.block_hash(found[1])}
                return [{"transactionHash": found[0], **place}]
            case "eth_getTransactionByHash":
                pooled = {"0x" + keccak(raw).hex(): read_call_data(raw) for raw in self.pool.values()}
                data = pooled.get(params[0], self.inputs.get(params[0]))
                return None if data is None else {"input": "0x" + data.hex()}
            case "eth_sendRawTransaction" if self.troubled and self.chance.random() < 0.1:
                raise NodeRefused(method, -32000, self.chance.choice(REFUSALS))
        return super().call(method, *params)

    def head(self) -> Head:
        return Head(self.number, bytes.fromhex(self.block_hash(self.number)[2:]), self.now)

    def simulate(self, sender: str | None, to: str, data: bytes, block: int | str = "latest") -> bytes:
        if data[:4] == OPERATION_USED:
            number = int.from_bytes(data[36:68], "big") - FIRST_OPERATION
            return int(number in self.executed).to_bytes(32, "big")
        if int.from_bytes(data[4:36], "big") in self.doomed:
            raise CommandRoleMissing(1, Role.AUDITOR)
        return b""


class Story:
    """Random troubles, then peace, then the reckoning."""

    def __init__(self, chance: random.Random, store: OperationalStore) -> None:
        self.chance = chance
        self.store = store
        self.node = ModelNode(chance)
        self.skew = chance.choice((-600, 0, 0, 600))
        self.depth = chance.choice((0, 0, 2))
        self.accepted = 0
        self.relay = self.new_relay()

    def new_relay(self) -> Relay:
        return Relay(
            self.node,
            DEPLOYMENT,
            self.store,
            KEY,
            confirmation_depth=self.depth,
            clock=lambda: self.node.now + self.skew,
        )

    def die(self) -> None:
        # The dead one's lease names this very process, so it is given back by hand.
        self.relay.close()
        self.relay = self.new_relay()

    def accept(self) -> None:
        count = self.chance.randrange(1, 5)
        accept(self.store, count, first=self.accepted)
        if self.chance.random() < 0.2:
            self.node.doomed.add(self.accepted)
        self.accepted += count

    def work(self) -> None:
        try:
            self.relay.run_once()
            if self.chance.random() < 0.2:
                self.relay.recheck()
        except KilledError:
            self.die()
        except NodeUnreachable:
            pass

    def block(self) -> None:
        self.node.make_block()

    def time(self) -> None:
        self.node.now += self.chance.choice((1, 5, 70, 400, 3000))

    def odd(self) -> None:
        odd = self.chance.randrange(6)
        if odd == 0:
            self.node.pool.clear()
        elif odd == 1:
            self.node.take_nonce()
        elif odd == 2 and self.accepted:
            self.node.execute_elsewhere(self.chance.randrange(self.accepted))
        elif odd == 3:
            self.node.reorganise(self.chance.randrange(1, 5))
        elif odd == 4:
            # Blocks that take none of ours, as full ones do.
            for _ in range(4):
                self.node.next_block()
        else:
            self.die()

    def trouble(self) -> None:
        deeds = (self.accept, self.work, self.work, self.work, self.block, self.block, self.time, self.odd)
        for _ in range(self.chance.randrange(10, 40)):
            self.chance.choice(deeds)()

    def peace(self) -> None:
        self.node.troubled = False
        for _ in range(40):
            while self.relay.run_once().moved or self.relay.recheck():
                pass
            backlog = self.relay.backlog()
            if not backlog.accepted and not backlog.sent:
                return
            self.node.make_block()
            self.node.now += 61

    def reckon(self) -> None:
        operations = [operation for _, operation in self.store.outbox.page(limit=1000)]
        assert len(operations) == self.accepted
        for operation in operations:
            number = operation.operation - FIRST_OPERATION
            execution = self.node.executed.get(number)
            match operation.state:
                case OperationState.CONFIRMED:
                    assert execution == (operation.transaction, operation.block_number)
                case OperationState.REFUSED:
                    assert execution is None
                    assert number in self.node.doomed, operation
                    assert operation.refusal is not None
                    assert operation.refusal["slug"] == "command-role-missing"
                case OperationState.EXPIRED:
                    assert execution is None
                    assert self.node.now + self.skew > DEADLINE - CLOCK_AHEAD_SECONDS_MAX
                case unended:
                    raise AssertionError(f"{operation.id} is still {unended}: {operation}")


def play(seed: int) -> None:
    """A whole story; the same seed tells the same one."""
    with tempfile.TemporaryDirectory() as folder, OperationalStore(Path(folder) / "operational.sqlite") as store:
        story = Story(random.Random(seed), store)
        story.trouble()
        story.peace()
        story.reckon()


@settings(max_examples=40)
@given(st.integers(min_value=0, max_value=2**32))
def test_every_story_ends_well(seed: int) -> None:
    play(seed)
