"""
A ledger's contracts on a chain.

A deployment is made once, by an account that has no power afterwards: the contracts obey the administrators, who act k
of n. Its record says where everything is and at which block a replay begins.

The contracts know each other's addresses for good, and some know each other in a circle. So where each will be is
worked out beforehand from the deployer's address and nonce, and each receipt is held against it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import rlp
from eth_utils.address import is_address
from eth_utils.crypto import keccak

from ledger.chain.connection import Connection, Receipt
from ledger.chain.contracts import CONTRACTS, abi, bytecode, checksummed, encode_arguments
from ledger.chain.signers import Signer
from ledger.chain.transactions import send_transaction
from ledger.chain.typed_data import Domain
from ledger.domain.procedure import ProcedurePolicy
from ledger.errors import InvalidInput, LedgerError, Unavailable

FORMAT_VERSION: Final = 1

CONFIRMATION_WAIT_SECONDS: Final = 0.5
CONFIRMATION_WAITS_MAX: Final = 600

CONSTRUCTED_WITH: Final[Mapping[str, tuple[str, ...]]] = {
    "GovernmentRegister": ("Administration", "DisputeRegister"),
    "PolicyRegister": ("Administration",),
    "ProcedureRegister": ("Administration",),
    "AgreementRegistry": ("GovernmentRegister", "CommitmentRegistry", "BreachRegister", "DisciplineRegister"),
    "CommitmentRegistry": (
        "GovernmentRegister",
        "AgreementRegistry",
        "ProcedureRegister",
        "DisputeRegister",
        "BreachRegister",
        "DebtTransfers",
        "DisciplineRegister",
    ),
    "CompensationLedger": ("GovernmentRegister", "AgreementRegistry"),
    "ScoreRegister": ("GovernmentRegister",),
    "DebtTransfers": ("GovernmentRegister", "AgreementRegistry", "CommitmentRegistry"),
    "BreachRegister": (
        "GovernmentRegister",
        "AgreementRegistry",
        "CommitmentRegistry",
        "ProcedureRegister",
        "DisputeRegister",
    ),
    "DisputeRegister": (
        "GovernmentRegister",
        "AgreementRegistry",
        "CommitmentRegistry",
        "ProcedureRegister",
        "BreachRegister",
    ),
    "DisciplineRegister": ("GovernmentRegister", "CommitmentRegistry", "BreachRegister", "DisputeRegister"),
    "AssessmentRegister": ("GovernmentRegister", "AgreementRegistry"),
    "DialogueRegister": ("GovernmentRegister", "AgreementRegistry"),
}
"""The contracts that each contract is given the addresses of when it is made, in the order of its constructor."""


class WrongChain(Unavailable):
    """The node is not on the chain that this ledger was deployed on."""


class DeploymentFailed(LedgerError):
    """A contract could not be deployed."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where a ledger's contracts are."""

    chain_id: int

    addresses: Mapping[str, str]
    """Contract name to address."""

    block: int
    """The first block that can hold a fact; a replay begins here."""

    block_hash: bytes
    """Tells this chain from another with the same id."""

    def domain(self, contract: str) -> Domain:
        """The EIP-712 domain of commands to this contract."""
        return Domain(self.chain_id, self.addresses[contract])

    def to_json(self) -> dict[str, Any]:
        """The record, as it is kept and published."""
        return {
            "version": FORMAT_VERSION,
            "chain_id": self.chain_id,
            "block": self.block,
            "block_hash": "0x" + self.block_hash.hex(),
            "contracts": dict(self.addresses),
        }

    @classmethod
    def from_json(cls, record: Any) -> Deployment:
        """
        Read a record.

        Raises
        ------
        InvalidInput
            Where it is of another version, damaged, or lacks a contract.
        """
        rule = f"a deployment record of version {FORMAT_VERSION}"
        try:
            if record["version"] != FORMAT_VERSION:
                raise InvalidInput("deployment record version", record["version"], str(FORMAT_VERSION))
            missing = [name for name in CONTRACTS if name not in record["contracts"]]
            if missing:
                rule = f"a ledger with {', '.join(missing)}, which this version of the program needs"
                raise InvalidInput("deployment record", f"contracts {', '.join(record['contracts'])}", rule)
            addresses = {name: str(record["contracts"][name]) for name in CONTRACTS}
            block_hash = bytes.fromhex(record["block_hash"].removeprefix("0x"))
            made = cls(int(record["chain_id"]), addresses, int(record["block"]), block_hash)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput("deployment record", str(error), rule) from None
        for name, address in addresses.items():
            if not is_address(address):
                raise InvalidInput(f"address of {name}", address, "0x and 40 hexadecimal digits")
        return made


def check_deployment(connection: Connection, deployment: Deployment) -> None:
    """
    Check that a node is on the chain that a deployment is on.

    Raises
    ------
    WrongChain
    """
    found = connection.chain_id()
    if found != deployment.chain_id:
        raise WrongChain(
            f"the node at {connection.url} is on chain {found}; this ledger was deployed on chain {deployment.chain_id}"
        )
    block_hash = connection.block_hash(deployment.block)
    if block_hash != deployment.block_hash:
        has = "has no such block" if block_hash is None else f"has 0x{block_hash.hex()} there"
        raise WrongChain(
            f"this ledger was deployed in block {deployment.block}, 0x{deployment.block_hash.hex()}; the node at "
            f"{connection.url} {has}, so it is on another chain or not in step"
        )


def predicted_addresses(deployer: str, nonce: int) -> dict[str, str]:
    """Where the contracts will be, by name, when an account deploys them one after the other from this nonce on."""
    # As the Yellow Paper defines it. web3 has a function for this, but takes long to load and serves nothing else here.
    account = bytes.fromhex(deployer.removeprefix("0x"))
    places = {name: keccak(rlp.encode([account, nonce + place]))[12:] for place, name in enumerate(CONTRACTS)}
    return {name: checksummed("0x" + place.hex()) for name, place in places.items()}


def deploy(
    connection: Connection,
    deployer: Signer,
    administrators: Sequence[str],
    threshold: int,
    delay_seconds: int,
    procedure: ProcedurePolicy,
    wait: Callable[[float], None] = time.sleep,
    confirmation_depth: int = 0,
) -> Deployment:
    """
    Deploy a ledger.

    Parameters
    ----------
    deployer
        Sends the transactions. Needs funds where gas costs, and has no power afterwards.
    administrators
        Addresses of those who act together.
    threshold
        How many of them must approve.
    delay_seconds
        How long an approved proposal stands in public before it can be executed.
    procedure
        The first version of the time limits and thresholds of procedure.
    confirmation_depth
        How many blocks must stand on the deployment's before it is believed; 0 where a block is final at once.

    Raises
    ------
    DeploymentFailed
        Among others where another transaction of the deployer came between, so that a contract is not where the
        others expect it. What was deployed by then is of no use and harms nobody.
    TransactionFailed, NodeUnreachable, Refused
    """
    chain_id = connection.chain_id()
    nonce = connection.transaction_count(deployer.address, "pending")
    addresses = predicted_addresses(deployer.address, nonce)
    receipts: list[Receipt] = []
    for contract in CONTRACTS:
        arguments: list[Any] = [addresses[needed] for needed in CONSTRUCTED_WITH.get(contract, ())]
        if contract == "Administration":
            arguments = [list(administrators), threshold, delay_seconds]
        elif contract == "ProcedureRegister":
            arguments.append(procedure)
        constructor = next(entry for entry in abi(contract) if entry["type"] == "constructor")
        code = bytecode(contract) + encode_arguments(constructor["inputs"], arguments)
        receipt = send_transaction(connection, deployer, None, code, wait)
        if receipt.contract_address is None:
            raise DeploymentFailed(f"{contract}: the node names no address for it")
        made = checksummed(receipt.contract_address.lower())
        if made != addresses[contract]:
            raise DeploymentFailed(
                f"{contract} is at {made}, but the other contracts expect it at {addresses[contract]}: another "
                f"transaction of {deployer.address} came between. Deploy again, with an account that nobody else uses"
            )
        receipts.append(receipt)
    first = receipts[0]
    if confirmation_depth:
        # The record names the block for good, so it must not be one that is given up a moment later.
        first = _lasting(connection, [receipt.transaction for receipt in receipts], confirmation_depth, wait)
    return Deployment(chain_id, addresses, first.block_number, first.block_hash)


def _lasting(
    connection: Connection, transactions: Sequence[bytes], depth: int, wait: Callable[[float], None]
) -> Receipt:
    """The first transaction's receipt, once so many blocks stand on the block of each."""
    for _ in range(CONFIRMATION_WAITS_MAX):
        receipts = [connection.receipt(transaction) for transaction in transactions]
        head = connection.head().number
        if all(receipt is not None and head - receipt.block_number >= depth for receipt in receipts):
            assert receipts[0] is not None, "it was looked at just now"
            return receipts[0]
        wait(CONFIRMATION_WAIT_SECONDS)
    seconds = CONFIRMATION_WAITS_MAX * CONFIRMATION_WAIT_SECONDS
    raise DeploymentFailed(f"the contracts' transactions were not under {depth} blocks after {seconds:g} s")
