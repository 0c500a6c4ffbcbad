"""What the operator's probes are told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.schemas.common import Answer


class AliveOut(Answer):
    """The process answers."""

    status: Literal["alive"]


class ReadyOut(Answer):
    """Everything needed answers."""

    ready: Literal[True]
    head_block: int
    projected_block: int | None
    lag_blocks: int = Field(description="Confirmed blocks that are not projected yet.")
    lag_seconds: int = Field(description="How much of the chain's time they are.")
    backlog: int = Field(description="Operations accepted and not ended.")
    oldest_accepted_seconds: int | None = Field(description="How long the oldest of them has waited.")
