"""Words for what is commanded about disputes."""

# ruff: noqa: ARG001 - every handler of a command takes the names, though not every command names a government.

from __future__ import annotations

from ledger.domain.commands import (
    AppealRuling,
    ConcludeDispute,
    EscalateDispute,
    GiveRuling,
    LodgeDisputeEvidence,
    OpenDispute,
    WithdrawDispute,
)
from ledger.domain.enums import ExcuseGround, Outcome
from ledger.domain.words.base import Names, document, percent, words

_OUTCOMES = {
    Outcome.NONE: "no outcome 无",
    Outcome.FULFILLED: "fulfilled 已履行",
    Outcome.PARTLY: "partly kept 部分履行",
    Outcome.BROKEN: "broken 未履行",
    Outcome.EXCUSED: "excused 免责",
}

_GROUNDS = {
    ExcuseGround.NONE: "none 无",
    ExcuseGround.FORCE_MAJEURE: "force majeure 不可抗力",
    ExcuseGround.CHANGE_OF_LAW: "change of law 法律变更",
    ExcuseGround.RELEASED: "released 免除",
}


@words.register
def _(command: OpenDispute, who: Names) -> list[str]:
    return [
        f"Open a dispute about commitment {command.commitment}. 就第 {command.commitment} 号承诺提出争议或异议。",
        f"Statement 陈述: {document(command.statement_locator, command.statement_digest)}",
    ]


@words.register
def _(command: LodgeDisputeEvidence, who: Names) -> list[str]:
    return [
        f"Lodge evidence in dispute {command.id}. 就第 {command.id} 号争议提交证据。",
        f"Evidence 证据: {document(command.locator, command.digest)}",
    ]


@words.register
def _(command: GiveRuling, who: Names) -> list[str]:
    ruling = command.ruling
    finding = _OUTCOMES[ruling.outcome]
    if ruling.outcome is Outcome.PARTLY:
        finding += f", {percent(ruling.outcome_basis_points)}"
    if ruling.ground:
        finding += f", on the ground of 理由: {_GROUNDS[ruling.ground]}"
    return [
        f"Rule on dispute {command.id}. 裁定第 {command.id} 号争议。",
        f"Ruling 裁定: {finding}",
        f"Reasons 裁定理由: {document(ruling.reasons_locator, ruling.reasons_digest)}",
    ]


@words.register
def _(command: AppealRuling, who: Names) -> list[str]:
    return [
        f"Appeal against the ruling in dispute {command.id}, once. 就第 {command.id} 号争议的裁定提出申诉（仅一次）。",
        f"Grounds 申诉理由: {document(command.grounds_locator, command.grounds_digest)}",
    ]


@words.register
def _(command: EscalateDispute, who: Names) -> list[str]:
    return [
        (
            f"Have dispute {command.id}, which was not ruled on in time, go up. "
            f"第 {command.id} 号争议逾期未裁定，提请上一级处理。"
        ),
    ]


@words.register
def _(command: ConcludeDispute, who: Names) -> list[str]:
    return [
        (
            f"Make the ruling in dispute {command.id} final, because nobody appealed in time. "
            f"第 {command.id} 号争议逾期未申诉，裁定生效。"
        ),
    ]


@words.register
def _(command: WithdrawDispute, who: Names) -> list[str]:
    return [
        f"Take dispute {command.id} back. 撤回第 {command.id} 号争议。",
    ]
