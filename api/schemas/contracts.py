"""The ledger's contracts."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.schemas.common import Address, Answer


class ContractOut(Answer):
    """A contract."""

    name: str = Field(examples=["CommitmentRegistry"])
    address: Address
    abi: list[dict[str, Any]]


class ContractsOut(Answer):
    """Every contract of the ledger."""

    chain_id: str = Field(description="Decimal text, because it may exceed 2^53.")
    deployed_in_block: int
    contracts: list[ContractOut]
