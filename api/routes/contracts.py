"""Contracts: where they are and what they take, for those who call or check them directly."""

from __future__ import annotations

from fastapi import APIRouter

from api.deps import LedgerDep
from api.schemas.contracts import ContractOut, ContractsOut
from ledger.chain.contracts import CONTRACTS, abi

router = APIRouter(prefix="/contracts", tags=["commands"])


@router.get("")
def contracts(ledger: LedgerDep) -> ContractsOut:
    """The ledger's contracts with address and ABI. A signer may send a command directly, without this server."""
    return ContractsOut(
        chain_id=str(ledger.deployment.chain_id),
        deployed_in_block=ledger.deployment.block,
        contracts=[
            ContractOut(name=name, address=ledger.deployment.addresses[name], abi=abi(name)) for name in CONTRACTS
        ],
    )
