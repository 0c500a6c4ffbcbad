"""
py-evm replays the embedded chain.

The embedded chain runs py-evm, with receipts, blocks and a store of its own. Here py-evm as it comes imports the same
blocks one after another, executes them, and must arrive at the same headers: state root, receipts root, transactions
root, logs bloom and gas. Only mining is switched off: seals, rewards, and that time must move on.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import rlp
from eth.chains.base import MiningChain
from eth.db.atomic import AtomicDB
from eth.vm.forks.byzantium.headers import configure_header
from eth.vm.forks.london import LondonVM
from eth.vm.forks.london.blocks import LondonBlock
from eth.vm.forks.london.headers import create_london_header_from_parent

from ledger.chain.embedded.chain import EmbeddedChain
from ledger.chain.embedded.transactions import decode_stored
from tests.embedded_probe import Sender, calldata


def _no_difficulty(parent: Any, timestamp: int) -> int:
    return 0


class Replaying(LondonVM):
    """London without mining."""

    create_header_from_parent = staticmethod(create_london_header_from_parent(_no_difficulty))
    configure_header = configure_header(difficulty_fn=_no_difficulty)

    def _assign_block_rewards(self, block: Any) -> None:
        """Nobody is rewarded."""

    @classmethod
    def validate_header(cls, header: Any, parent_header: Any) -> None:
        """Time may stand still."""
        cls.validate_gas(header, parent_header)
        assert header.block_number == parent_header.block_number + 1
        assert header.timestamp >= parent_header.timestamp

    def validate_seal(self, header: Any) -> None:
        """There is no seal."""

    def validate_seal_extension(self, header: Any, parents: Any) -> None:
        """There is no seal."""


def test_py_evm_imports_the_chain(tmp_path: Path) -> None:
    chain = EmbeddedChain.open(tmp_path / "chain.sqlite")
    make_history(chain)
    genesis = chain.block(0)
    assert genesis is not None
    replayed: Any = MiningChain.configure(
        __name__="Replayed", vm_configuration=((0, Replaying),), chain_id=chain.chain_id
    ).from_genesis_header(AtomicDB(), genesis.header)
    for number in range(1, chain.head.number + 1):
        ours = chain.block(number)
        assert ours is not None
        transactions = [decode_stored(stored.raw) for stored in chain.transactions(number)]
        # Raises where py-evm would have made another block of the same transactions.
        result = replayed.import_block(LondonBlock(ours.header, transactions, []))
        assert result.imported_block.header.hash == ours.stored.hash
        receipts = result.imported_block.get_receipts(replayed.chaindb)
        stored = chain.transactions(number)
        assert [receipt.gas_used for receipt in receipts] == [t.gas_used_cumulative for t in stored]
        assert [receipt.state_root for receipt in receipts] == [b"\x01" if t.status else b"" for t in stored]
        assert [receipt.bloom for receipt in receipts] == [int.from_bytes(t.bloom, "big") for t in stored]
        assert [t.sender for t in stored] == [transaction.sender for transaction in transactions]
        assert rlp.encode(ours.header) == ours.stored.header
    assert replayed.get_canonical_head().hash == chain.head.stored.hash
    chain.close()


def make_history(chain: EmbeddedChain) -> None:
    """Blocks of all kinds of transactions: kept, reverted, out of gas, creations, refunds, nested calls, sends."""
    chance = random.Random(19)
    senders = [Sender(chain.chain_id, key=key) for key in range(1, 6)]
    deployed = chain.add_block([chain.decode(sender.deploy()) for sender in senders]).block
    assert deployed is not None
    probes = [t.contract for t in deployed.transactions]
    for _ in range(12):
        raws = []
        for _ in range(chance.randrange(1, 9)):
            sender, probe = chance.choice(senders), chance.choice(probes)
            data, gas = chance.choice(
                [
                    (calldata("store", chance.randrange(8), chance.randrange(2)), 200_000),
                    (calldata("store", 1, 1001), 200_000),
                    (calldata("storeMany", chance.randrange(40), chance.randrange(1, 12)), 900_000),
                    (calldata("storeMany", 0, 12), 60_000),
                    (calldata("clear", chance.randrange(20), 10), 300_000),
                    (calldata("note", b"\x01" * 32, b"\x02" * 32, chance.randbytes(32)), 60_000),
                    (calldata("make"), 500_000),
                    (calldata("dig", 4), 500_000),
                    (calldata("fail"), 90_000),
                    (b"", 50_000),
                ]
            )
            to = chance.choice([probe, probe, probe, b"\x77" * 20])
            fees: dict[str, Any] = chance.choice([{}, {"gasPrice": 0}, {"type": 1, "gasPrice": 0, "accessList": []}])
            raws.append(sender.sign(to, data, gas=gas, **fees))
        assembly = chain.add_block([chain.decode(raw) for raw in raws])
        assert not assembly.refused
    statuses = {t.status for n in range(1, chain.head.number + 1) for t in chain.transactions(n)}
    assert statuses == {0, 1}
