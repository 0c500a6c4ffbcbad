"""Scores over time, their changes, their sides, what would change them, and trust: the keys are those of every face."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic.config import JsonDict

from api.schemas.common import Answer, Millionths
from api.schemas.scores import BlockOut, ScoreOut, ScorePolicyOut, TimeName

_MOMENT: JsonDict = {"format": "date-time"}

Standing = Literal["good", "watched", "disciplined", "repaired", "unrated"]


class ScoreBasisOut(Answer):
    """What a report about scores rests on."""

    as_of: str = Field(json_schema_extra=_MOMENT, examples=["2026-06-30T23:59:59Z"])
    time: TimeName
    policy: ScorePolicyOut
    block: BlockOut


class ScorePointOut(Answer):
    """A score at one moment."""

    as_of: str = Field(json_schema_extra=_MOMENT)
    score: Millionths
    low: Millionths
    high: Millionths
    base: Millionths
    settled: int
    standing: Standing
    policy_version: int = Field(description="The policy that was in force at that moment.")


class ScoreHistoryLineOut(Answer):
    """One government's score over time."""

    government: str
    name: str
    points: list[ScorePointOut] = Field(description="By moment; none from before a body was registered.")


class ScoreHistoryOut(ScoreBasisOut):
    """Scores over time."""

    every: Literal["month", "quarter", "year"]
    history: list[ScoreHistoryLineOut]


class CauseOut(Answer):
    """One cause of a change."""

    commitment: int | None = Field(description="Null where the cause is no single commitment.")
    points: int = Field(description="Signed, in millionths; the causes add up to the change exactly.")
    cause: Literal["new", "gone", "resolved", "faded", "base", "policy"]
    why: str
    why_zh: str
    agreement: int | None
    reference_number: str | None


class ScoreChangeOut(Answer):
    """How one government's score changed."""

    government: str
    name: str
    before: Millionths
    after: Millionths
    points: int
    standing_before: Standing
    standing: Standing
    causes: list[CauseOut] = Field(description="The largest effect first.")


class ScoreChangesOut(ScoreBasisOut):
    """What changed scores between two moments."""

    since: str = Field(json_schema_extra=_MOMENT)
    policy_before: ScorePolicyOut
    block_before: BlockOut
    changes: list[ScoreChangeOut]


class SideOut(Answer):
    """One side of a score (维度)."""

    side: str = Field(
        description="The kind or mode, the agreement's id, agreement/indicator, the creditor's identifier, or `all`.",
        examples=["institution_building"],
    )
    name: str
    name_zh: str
    points: int = Field(description="Signed, in millionths; the base and all sides add up to the score exactly.")
    settled: int
    provisional: int = Field(description="Overdue and unresolved.")
    keep_rate: int | None = Field(description="Mean graded outcome in millionths; null where nothing is settled.")


class TimelinessOut(Answer):
    """How punctual a government is (及时性)."""

    on_time: int
    late: int
    unkept: int
    overdue: int
    delay_days_mean: int | None = Field(description="Of those kept late; null where there are none.")


class PaymentRecordOut(Answer):
    """What was paid in one currency, in minor units."""

    currency: str
    transfers: int
    amount_minor: int
    confirmed: int
    confirmed_minor: int
    days_to_confirm_mean: int | None
    days_to_confirm_max: int | None


class PaymentsOut(Answer):
    """Payment behaviour (支付行为)."""

    paid: list[PaymentRecordOut]
    received: list[PaymentRecordOut]


class ScoreSidesLineOut(ScoreOut):
    """One government's score from its sides."""

    base: Millionths
    sides: list[SideOut]
    substance_rate: int | None = Field(
        description="Keep-rate by kind of indicator; institutions and social benefit weigh twice what quantity does."
    )
    timeliness: TimelinessOut
    payments: PaymentsOut


class ScoreSidesOut(ScoreBasisOut):
    """Scores from their sides, best first, then by identifier."""

    by: Literal["indicator-kind", "indicator", "agreement", "counterparty", "service-mode"]
    scores: list[ScoreSidesLineOut]


class ProspectOut(Answer):
    """What one open commitment would do to its debtor's score."""

    commitment: int
    agreement: int
    reference_number: str
    due_at: str = Field(json_schema_extra=_MOMENT)
    overdue: bool
    score_if_kept: Millionths
    score_if_broken: Millionths
    points_if_kept: int = Field(description="Difference to the present score.")
    points_if_broken: int


class ProspectsOut(ScoreBasisOut, ScoreOut):
    """What would change a score: every open commitment, kept or broken now."""

    what_would_change: list[ProspectOut]


class TrustOut(ScoreBasisOut):
    """Mutual trust (互信) of two governments."""

    first: ScoreOut
    second: ScoreOut
    first_to_second: Millionths = Field(description="How well the first keeps what it owes the second.")
    second_to_first: Millionths
    mutual: Millionths = Field(description="The lower of the two.")
    settled_first_to_second: int
    settled_second_to_first: int
