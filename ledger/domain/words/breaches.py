"""Words for what is commanded about breaches and what follows from them."""

# ruff: noqa: ARG001 - every handler of a command takes the names, though not every command names a government.

from __future__ import annotations

from ledger.domain.commands import (
    DetermineBreach,
    ExplainOverdue,
    GrantIncentive,
    ImposeMeasure,
    LiftMeasure,
    RefuseRectification,
    RefuseRepair,
    RepairBreach,
    ReportOverdue,
    RequestRepair,
    RevokeIncentive,
    SetRectification,
)
from ledger.domain.enums import Incentive, Measure
from ledger.domain.moments import format_moment
from ledger.domain.words.base import Names, document, words

_MEASURES = {
    Measure.NONE: "none 无",
    Measure.LOSS_OF_HONOURS: "loss of honours 取消荣誉",
    Measure.LIMIT_ON_NEW_AGREEMENTS: "limit on new agreements 限制签署新协议",
    Measure.NOTICE_TO_SUPERIOR: "notice to the superior 通报上级",
}

_INCENTIVES = {
    Incentive.NONE: "none 无",
    Incentive.LIGHTER_DEPOSIT: "lighter deposit 降低保证金",
    Incentive.SHORTER_CONFIRMATION: "shorter confirmation 缩短确认期限",
    Incentive.PRIORITY_IN_NEW_AGREEMENTS: "priority in new agreements 优先签约",
}


@words.register
def _(command: ReportOverdue, who: Names) -> list[str]:
    return [
        f"Report commitment {command.id} overdue. 报告第 {command.id} 号承诺逾期。",
        f"Note 说明: {command.note}",
    ]


@words.register
def _(command: ExplainOverdue, who: Names) -> list[str]:
    lines = [
        f"Explain, as debtor, why commitment {command.id} is overdue. 作为承诺方说明第 {command.id} 号承诺逾期原因。",
        f"Explanation 说明: {command.explanation}",
    ]
    return [*lines, f"Backed by 证明材料: SHA-256 0x{command.digest.hex()}"] if any(command.digest) else lines


@words.register
def _(command: SetRectification, who: Names) -> list[str]:
    return [
        (
            f"Set, as the competent body, {format_moment(command.rectify_by)} as the last moment to put commitment "
            f"{command.id} right. 以主管机构身份确定第 {command.id} 号承诺的整改期限。"
        )
    ]


@words.register
def _(command: RefuseRectification, who: Names) -> list[str]:
    return [
        (
            f"Refuse, as debtor, to put commitment {command.id} right; its breach can then be determined at once. "
            f"作为承诺方拒绝整改第 {command.id} 号承诺，可随即认定失信。"
        ),
        f"Reason 理由: {command.reason}",
    ]


@words.register
def _(command: DetermineBreach, who: Names) -> list[str]:
    return [
        f"Determine that commitment {command.id} was broken. 认定第 {command.id} 号承诺失信。",
    ]


@words.register
def _(command: RequestRepair, who: Names) -> list[str]:
    return [
        (
            f"Ask, as debtor, to repair the breach of commitment {command.id}. "
            f"作为承诺方申请第 {command.id} 号承诺的信用修复。"
        ),
        f"Proof 证明材料: {document(command.locator, command.digest)}",
    ]


@words.register
def _(command: RepairBreach, who: Names) -> list[str]:
    return [
        (
            f"Grant the repair of the breach of commitment {command.id}; publication and discipline end. "
            f"准予第 {command.id} 号承诺的信用修复，终止公示与惩戒。"
        ),
    ]


@words.register
def _(command: RefuseRepair, who: Names) -> list[str]:
    return [
        f"Refuse the repair of the breach of commitment {command.id}. 不予第 {command.id} 号承诺的信用修复。",
        f"Reason 理由: {command.reason}",
    ]


@words.register
def _(command: ImposeMeasure, who: Names) -> list[str]:
    terms = command.terms
    return [
        (
            f"Impose a measure for the breach of commitment {terms.commitment}. "
            f"因第 {terms.commitment} 号承诺失信实施惩戒。"
        ),
        f"Measure 措施: {_MEASURES[terms.measure]}",
        _period(terms.starts_at, terms.ends_at),
        f"Reason 理由: {terms.reason}",
    ]


@words.register
def _(command: LiftMeasure, who: Names) -> list[str]:
    return [
        f"Lift measure {command.id} early. 提前解除第 {command.id} 号惩戒措施。",
        f"Reason 理由: {command.reason}",
    ]


@words.register
def _(command: GrantIncentive, who: Names) -> list[str]:
    terms = command.terms
    return [
        f"Grant, as coordinating body, an incentive to {who(terms.government)}. 以协同机构身份给予守信激励。",
        f"Incentive 激励: {_INCENTIVES[terms.incentive]}",
        _period(terms.starts_at, terms.ends_at),
        f"Reason 理由: {terms.reason}",
    ]


@words.register
def _(command: RevokeIncentive, who: Names) -> list[str]:
    return [
        f"Take incentive {command.id} back. 撤销第 {command.id} 号激励。",
        f"Reason 理由: {command.reason}",
    ]


def _period(starts_at: int, ends_at: int) -> str:
    starts = format_moment(starts_at) if starts_at else "now 即日"
    return f"Period 期间: from {starts}; until {format_moment(ends_at)}"
