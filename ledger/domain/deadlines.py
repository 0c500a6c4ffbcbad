"""
Deadlines: who must do what by when, and what follows if it is not done.

Every limit is the last second that counts. A deadline says from when on the thing can be done (`opens_at`), and whether
its time is over without it having been done (`missed`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Duty(StrEnum):
    """What has to be done, or can be done only up to a moment."""

    SIGN = "sign"
    ACCEPT = "accept"
    TAKE_OVER = "take-over"
    KEEP = "keep"
    EVIDENCE = "evidence"
    ANSWER = "answer"
    AUDIT = "audit"
    OBJECT_TO_OUTCOME = "object-to-outcome"
    EXPLAIN = "explain"
    RECTIFY = "rectify"
    DETERMINE = "determine"
    OBJECT_TO_BREACH = "object-to-breach"
    REPAIR = "repair"
    LODGE = "lodge"
    RULE = "rule"
    APPEAL = "appeal"
    ASSESS = "assess"
    RENEW = "renew"


@dataclass(frozen=True, slots=True)
class Words:
    """A duty in words: what it is, and what follows if it is missed."""

    what: str
    what_zh: str
    missed: str
    missed_zh: str


WORDS: Final[dict[Duty, Words]] = {
    Duty.SIGN: Words(
        "Sign or decline the proposed version",
        "签署或拒绝所提版本",
        "the version can no longer be concluded as it is dated",
        "该版本按所载日期不能再缔结",
    ),
    Duty.ACCEPT: Words(
        "Accept or decline the offered commitment", "接受或拒绝对方承诺", "it never binds", "该承诺不生效"
    ),
    Duty.TAKE_OVER: Words(
        "Agree to the commitment's transfer to another debtor",
        "同意承诺转由他方履行",
        "it stays with its debtor",
        "仍由原承诺方履行",
    ),
    Duty.KEEP: Words("Keep the commitment and lodge evidence", "履行承诺并提交证据", "it is late", "构成逾期履行"),
    Duty.EVIDENCE: Words(
        "Lodge evidence before the grace ends",
        "在宽限期内提交证据",
        "anyone may report it overdue",
        "任何人可报告逾期",
    ),
    Duty.ANSWER: Words(
        "Confirm or contest the evidence", "确认证据或提出异议", "silence counts as acceptance", "逾期视为默认接受"
    ),
    Duty.AUDIT: Words(
        "Audit the evidence that was drawn",
        "审核被抽查的证据",
        "silence cannot settle it before",
        "未审核前不能默认履约",
    ),
    Duty.OBJECT_TO_OUTCOME: Words("Object to the outcome", "对履约结果提出异议", "the outcome stands", "结果生效"),
    Duty.EXPLAIN: Words("Explain why it is overdue", "说明逾期原因", "the breach can be determined", "可认定违约"),
    Duty.RECTIFY: Words("Put right what is overdue", "限期整改", "the breach can be determined", "可认定违约"),
    Duty.DETERMINE: Words(
        "Determine the breach, or set a date to put right",
        "认定违约或限期整改",
        "anyone may call for the determination",
        "任何人可提请认定",
    ),
    Duty.OBJECT_TO_BREACH: Words("Object to the breach", "对违约认定提出异议", "it is published", "予以公示"),
    Duty.REPAIR: Words(
        "Grant or refuse the repair that was asked for",
        "答复信用修复申请",
        "publication ends by itself",
        "公示期满自动终止",
    ),
    Duty.LODGE: Words("Lodge evidence in the dispute", "提交争议证据", "it is ruled on without", "依现有证据裁定"),
    Duty.RULE: Words("Rule on the dispute", "作出裁定", "anyone may have it go up", "任何人可提请上级裁定"),
    Duty.APPEAL: Words("Appeal against the ruling", "对裁定提出申诉", "the ruling is final", "裁定终局"),
    Duty.ASSESS: Words(
        "Assess the agreement against its indicators", "按指标评估协议", "the assessment is overdue", "评估逾期"
    ),
    Duty.RENEW: Words(
        "Prolong the agreement, or let it expire", "续签协议或任其到期", "the agreement has expired", "协议到期"
    ),
}


@dataclass(frozen=True, slots=True)
class Deadline:
    """One thing that one body has to do, or can do only, by a moment."""

    government: int
    """Who."""

    duty: Duty

    subject: str
    """What it is about: agreement, commitment or dispute."""

    number: int
    """The subject's number."""

    reference: str
    """How people call it."""

    opens_at: int
    """First second at which it can be done, UTC."""

    by: int
    """Last second, UTC."""

    def missed(self, moment: int) -> bool:
        """Whether its time is over."""
        return moment > self.by

    @property
    def words(self) -> Words:
        """It in words."""
        return WORDS[self.duty]

    @property
    def key(self) -> str:
        """The same for the same thing, whenever it is asked for; another where its time was changed."""
        return f"{self.duty}-{self.subject}-{self.number}-{self.government}-{self.by}"
