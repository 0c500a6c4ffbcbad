"""Policies: which rules apply from when."""

from __future__ import annotations

from fastapi import APIRouter

from api.deps import LedgerDep
from api.params import TextQuery
from api.rendering import policy_out
from api.schemas.records import PolicyOut
from ledger.store.projection.filters import PolicyFilter

router = APIRouter(prefix="/policies", tags=["policies"])


@router.get("")
def policies(ledger: LedgerDep, kind: TextQuery = None) -> list[PolicyOut]:
    """Every published version, by kind and version. There are few: administrators publish them together."""
    return [policy_out(row) for row in ledger.queries.policies(PolicyFilter(kind=kind))]
