"""What can go wrong, listed."""

from __future__ import annotations

from pydantic import Field

from api.schemas.common import Answer


class ProblemTypeOut(Answer):
    """One kind of problem."""

    type: str = Field(examples=["/v1/problems/commitment-not-debtor"])
    slug: str
    title: str
    status: int
    error: str | None = Field(description="The Solidity error, where a contract refuses.")


class ProblemTypesOut(Answer):
    """Every kind of problem."""

    problems: list[ProblemTypeOut]
