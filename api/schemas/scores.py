"""Credit scores and their reasons, with the same keys as on every other face of the ledger."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic.config import JsonDict

from api.schemas.common import Answer, BasisPoints, Millionths

TimeName = Literal["recorded", "effective"]

_MOMENT: JsonDict = {"format": "date-time"}


class BlockOut(Answer):
    """The last block that a report looks at."""

    number: int
    hash: str


class ScorePolicyOut(Answer):
    """The policy that a score was made with."""

    kind: str
    version: int
    name: str
    digest: str = Field(description="SHA-256 of the policy's canonical JSON, as published on the chain.")
    effective_from: str = Field(json_schema_extra=_MOMENT)


class ScoreOut(Answer):
    """A government's credit score (信用分)."""

    government: str = Field(description="scheme:value", examples=["iso3166:CHN"])
    name: str
    score: Millionths
    low: Millionths
    high: Millionths = Field(description="low to high is the 90 % interval (区间).")
    settled: int = Field(description="How many outcomes count.")
    standing: Literal["good", "watched", "disciplined", "repaired", "unrated"]


class ScoresOut(Answer):
    """All scores, best first, as of a moment."""

    as_of: str = Field(json_schema_extra=_MOMENT, examples=["2026-06-30T23:59:59Z"])
    time: TimeName
    policy: ScorePolicyOut
    block: BlockOut
    scores: list[ScoreOut]


class ReasonOut(Answer):
    """One commitment's part in a score (计分理由)."""

    commitment: int
    points: int = Field(description="Signed, in millionths; the base and all points sum to the score exactly.")
    why: str
    why_zh: str
    agreement: int
    reference_number: str
    due_at: str = Field(json_schema_extra=_MOMENT)
    outcome_basis_points: BasisPoints
    expected: Millionths
    earned: Millionths = Field(description="What the outcome earned, of a commitment kept whole.")
    weight: Millionths
    age_days: int
    provisional: bool = Field(description="Overdue and unresolved: it counts as broken only until an outcome comes.")
    backfilled: bool


class ExplanationOut(ScoresOut, ScoreOut):
    """One score with its base and reasons."""

    base: Millionths
    reasons: list[ReasonOut]
