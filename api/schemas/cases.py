"""Standing, as the API gives it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.schemas.common import Answer, GovernmentRef, Moment


class StandingOut(Answer):
    """How a government stands (信用状态)."""

    government: GovernmentRef
    as_of: Moment
    standing: Literal["good", "watched", "disciplined", "repaired"]
    lineage: list[GovernmentRef] = Field(description="Itself, and those whose place it had taken by then.")
    restricted_by: int | None = Field(description="The measure that limits it in new agreements.")
    restricted_until: Moment | None
