"""
Commands in words.

What a government signs is shown to it in plain language first, in English and Chinese, made from the same data that
the signature covers. Times are UTC, money has its currency, and governments have their names beside their numbers.
"""

# ruff: noqa: ARG001 - every handler of a command takes the names, though not every command names a government.

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch

from ledger.domain.commands import (
    ApproveProposal,
    Command,
    ConfirmCommitment,
    ConfirmCommitments,
    ConfirmTransfer,
    ProposeAgreement,
    ProposeCall,
    PublishRun,
    RecordAccession,
    RecordAgreement,
    RecordHistory,
    RecordOutcomes,
    RecordTransfer,
    RegisterCommitment,
    RegisterCommitments,
    ReportBroken,
    SignAgreement,
    SubmitEvidence,
    WithdrawProposal,
)
from ledger.domain.enums import CompensationKind, ServiceMode, TimeBasis
from ledger.domain.moments import format_moment
from ledger.domain.money import format_money
from ledger.domain.terms import AgreementTerms, CommitmentTerms, CompensationRule, Confirmation, TransferTerms

Names = Callable[[int], str]
"""Gives a government's name for its number."""

SHOWN_MAX = 10
"""How many items of a batch are spelt out; the rest are counted."""

_MODES = {
    ServiceMode.NONE: "no service mode 无",
    ServiceMode.FULLY_ONLINE: "fully online 全程网办",
    ServiceMode.REMOTE_ACCEPTANCE: "remote acceptance on behalf 异地代收代办",
    ServiceMode.JOINT_HANDLING: "joint handling by several places 多地联办",
}


def in_words(command: Command, names: Names) -> list[str]:
    """
    The lines that a signer reads before signing.

    Parameters
    ----------
    command
        What is to be signed.
    names
        Gives a government's name for its number.
    """
    return _words(command, lambda number: f"{names(number)} (no. {number})")


def percent(basis_points: int) -> str:
    """Basis points as a percentage: 2550 as 25.5 %."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + " %" if rest else f"{whole} %"


def decimal(millionths: int) -> str:
    """Millionths as a decimal number: 1500000 as 1.5."""
    whole, rest = divmod(millionths, 1_000_000)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)


@singledispatch
def _words(command: object, who: Names) -> list[str]:
    raise TypeError(f"no words for {type(command).__name__}")


@_words.register
def _(command: ProposeCall, who: Names) -> list[str]:
    return [
        "Propose, as administrator, a call that the administrators must approve. 以管理员身份提议一项操作。",
        f"Reason 理由: {command.reason}",
        f"Contract called 调用合约: {command.target}",
        f"Call 调用数据: 0x{command.call_data.hex()}",
    ]


@_words.register
def _(command: ApproveProposal, who: Names) -> list[str]:
    return [f"Approve, as administrator, proposal {command.id}. 以管理员身份批准第 {command.id} 号提议。"]


@_words.register
def _(command: WithdrawProposal, who: Names) -> list[str]:
    return [f"Withdraw proposal {command.id}. 撤回第 {command.id} 号提议。"]


@_words.register
def _(command: ProposeAgreement, who: Names) -> list[str]:
    return [
        "Propose an agreement to the other parties; this does not sign it yet. 向其他各方提议协议（尚未签署）。",
        *_agreement(command.terms, who),
    ]


@_words.register
def _(command: SignAgreement, who: Names) -> list[str]:
    return [
        (
            f"Sign agreement {command.id}; it binds once every party has signed. "
            f"签署第 {command.id} 号协议，各方签署后即具约束力。"
        ),
        f"Digest of the terms 条款摘要: 0x{command.terms_digest.hex()}",
    ]


@_words.register
def _(command: RecordAgreement, who: Names) -> list[str]:
    return [
        "Record, as coordinating body, an agreement of the past, marked as backfilled. 以协同机构身份补录既往协议。",
        *_agreement(command.terms, who),
    ]


@_words.register
def _(command: RecordAccession, who: Names) -> list[str]:
    parties = ", ".join(who(party) for party in command.parties[:SHOWN_MAX])
    return [
        (
            f"Record that {len(command.parties)} more governments are parties to agreement {command.id}. "
            f"补录第 {command.id} 号协议的 {len(command.parties)} 个缔约方。"
        ),
        f"Parties 缔约方: {parties}{_rest(len(command.parties))}",
    ]


@_words.register
def _(command: RegisterCommitment, who: Names) -> list[str]:
    return ["Take on a commitment, as debtor. 作为承诺方登记一项承诺。", *_commitment(command.terms, who)]


@_words.register
def _(command: RegisterCommitments, who: Names) -> list[str]:
    count = len(command.terms)
    lines = [
        f"Take on {count} commitments, as debtor; all or none. 作为承诺方登记 {count} 项承诺，全部成功或全部不成。"
    ]
    lines += ["; ".join(_commitment(terms, who)) for terms in command.terms[:SHOWN_MAX]]
    return _with_rest(lines, count)


@_words.register
def _(command: SubmitEvidence, who: Names) -> list[str]:
    return [
        f"Lodge evidence that commitment {command.id} was kept. 为第 {command.id} 号承诺提交履约证据。",
        f"Performed 履约时间: {format_moment(command.performed_at)}",
        f"Evidence 证据: {command.locator or '(no locator)'}, SHA-256 0x{command.digest.hex()}",
    ]


@_words.register
def _(command: ConfirmCommitment, who: Names) -> list[str]:
    return [
        "Confirm, as creditor, to what degree a commitment was kept. 作为受诺方确认履约程度。",
        _confirmation(command.confirmation),
    ]


@_words.register
def _(command: ConfirmCommitments, who: Names) -> list[str]:
    count = len(command.confirmations)
    lines = [f"Confirm, as creditor, {count} commitments; all or none. 作为受诺方确认 {count} 项承诺。"]
    lines += [_confirmation(each) for each in command.confirmations[:SHOWN_MAX]]
    return _with_rest(lines, count)


@_words.register
def _(command: ReportBroken, who: Names) -> list[str]:
    return [
        f"Report, as creditor, that commitment {command.id} was broken. 作为受诺方报告第 {command.id} 号承诺未履行。"
    ]


@_words.register
def _(command: RecordHistory, who: Names) -> list[str]:
    count = len(command.commitments)
    lines = [
        (
            f"Record, as coordinating body, {count} commitments of the past under agreement {command.agreement}, "
            f"marked as backfilled. 以协同机构身份在第 {command.agreement} 号协议下补录 {count} 项既往承诺。"
        )
    ]
    for each in command.commitments[:SHOWN_MAX]:
        resolved = (
            f"{percent(each.outcome_basis_points)} kept by {format_moment(each.resolved_at)}"
            if each.resolved_at
            else "without outcome yet"
        )
        lines.append(
            f"{each.reference_number}: {who(each.debtor)} to {_creditor(each.creditor, who)}, made "
            f"{format_moment(each.made_at)}, due {format_moment(each.due_at)}, {resolved}"
        )
    return _with_rest(lines, count)


@_words.register
def _(command: RecordOutcomes, who: Names) -> list[str]:
    count = len(command.outcomes)
    lines = [
        f"Record, as coordinating body, {count} outcomes of backfilled commitments. 补录 {count} 项承诺的履约结果。"
    ]
    lines += [
        f"Commitment {each.id}: {percent(each.outcome_basis_points)} kept, known on {format_moment(each.resolved_at)}"
        for each in command.outcomes[:SHOWN_MAX]
    ]
    return _with_rest(lines, count)


@_words.register
def _(command: RecordTransfer, who: Names) -> list[str]:
    return [
        "Record, as payer, that compensation was paid. 作为补偿方登记已支付的补偿。",
        *_transfer(command.terms, who),
    ]


@_words.register
def _(command: ConfirmTransfer, who: Names) -> list[str]:
    return [
        (
            f"Confirm, as payee, that transfer {command.id} arrived on {format_moment(command.received_at)}. "
            f"作为受偿方确认第 {command.id} 号补偿已到账。"
        )
    ]


@_words.register
def _(command: PublishRun, who: Names) -> list[str]:
    run = command.run
    time = "effective 生效时间" if run.time_basis is TimeBasis.EFFECTIVE else "recorded 记录时间"
    return [
        (
            f"Publish the credit scores of {run.governments} governments, as coordinating body or auditor. "
            f"以协同机构或审计方身份公布 {run.governments} 个政府的信用分。"
        ),
        f"As of 截至: {format_moment(run.as_of)}, by time 依据: {time}",
        f"Up to block 截至区块: {run.block_number}, 0x{run.block_hash.hex()}",
        f"Policy 计分政策: SHA-256 0x{run.policy_digest.hex()}",
        f"Root of all scores 信用分根: 0x{run.root.hex()}",
        f"Leaves 全部信用分: {run.locator or '(no locator)'}",
    ]


def _rest(count: int) -> str:
    return f" and {count - SHOWN_MAX} more 等" if count > SHOWN_MAX else ""


def _with_rest(lines: list[str], count: int) -> list[str]:
    return [*lines, f"and {count - SHOWN_MAX} more 其余 {count - SHOWN_MAX} 项"] if count > SHOWN_MAX else lines


def _creditor(creditor: int, who: Names) -> str:
    return who(creditor) if creditor else "all other parties 其他各方"


def _agreement(terms: AgreementTerms, who: Names) -> list[str]:
    starts = format_moment(terms.effective_from) if terms.effective_from else "when the last party signs 最后一方签署时"
    ends = format_moment(terms.expires_at) if terms.expires_at else "no end 无期限"
    return [
        f"Title 名称: {terms.title} ({terms.reference_number or 'no number'})",
        f"Parties 缔约方: {', '.join(who(party) for party in terms.parties[:SHOWN_MAX])}{_rest(len(terms.parties))}",
        f"Coordinating body 协同机构: {who(terms.coordinating_body)}",
        f"Service mode 服务模式: {_MODES[terms.service_mode]}",
        f"In force 生效: from {starts}; until {ends}",
        *(
            f"Indicator {number} 指标: {each.name}, {each.direction.name.lower().replace('_', ' ')} "
            f"{decimal(each.target)} {each.unit}, weight {percent(each.weight_basis_points)}"
            for number, each in enumerate(terms.indicators)
        ),
        *_compensation(terms.compensation),
        f"Document 文件: {terms.document_locator or '(no locator)'}, SHA-256 0x{terms.document_digest.hex()}",
    ]


def _compensation(rule: CompensationRule) -> list[str]:
    if rule.kind is CompensationKind.NONE:
        return [f"Compensation 补偿: none, on the ground that {rule.process}"]
    parts = [rule.kind.name.lower().replace("_", " ")]
    if rule.amount_minor:
        parts.append(format_money(rule.amount_minor, rule.currency.decode("ascii")))
    if rule.share_basis_points:
        parts.append(f"{percent(rule.share_basis_points)} of the difference in gain")
    return [
        f"Compensation 补偿: {', '.join(parts)}",
        f"Standard 标准: {rule.standard}",
        f"Method 方法: {rule.method}",
        f"Process 程序: {rule.process}",
    ]


def _commitment(terms: CommitmentTerms, who: Names) -> list[str]:
    return [
        f"{terms.reference_number} {terms.description}".strip(),
        f"Owed to 受诺方: {_creditor(terms.creditor, who)}",
        f"Under agreement 协议 {terms.agreement}, indicator 指标 {terms.indicator}",
        f"Due 到期: {format_moment(terms.due_at)}; weight 权重: {decimal(terms.weight)}",
    ]


def _confirmation(confirmation: Confirmation) -> str:
    return (
        f"Commitment {confirmation.id}: {percent(confirmation.outcome_basis_points)} kept, performed "
        f"{format_moment(confirmation.performed_at)} 履约程度与时间"
    )


def _transfer(terms: TransferTerms, who: Names) -> list[str]:
    return [
        f"Amount 金额: {format_money(terms.amount_minor, terms.currency.decode('ascii'))} to {who(terms.payee)}",
        f"Under agreement {terms.agreement}, paid {format_moment(terms.paid_at)}, reference {terms.reference_number}",
    ]
