"""Words for what is commanded about agreements."""

# ruff: noqa: ARG001 - every handler of a command takes the names, though not every command names a government.

from __future__ import annotations

from ledger.domain.commands import (
    AccedeToAgreement,
    ApproveAccession,
    ConsentToEnd,
    DeclineVersion,
    EndAgreement,
    ProposeAgreement,
    ProposeVersion,
    RecordAccession,
    RecordAgreement,
    RecordAssessment,
    RecordDialogue,
    ResumeAgreement,
    SignAgreement,
    SucceedParty,
    SuspendAgreement,
)
from ledger.domain.enums import AccessionRule, CompensationKind, EndReason, ServiceMode
from ledger.domain.moments import format_moment
from ledger.domain.money import format_money
from ledger.domain.terms import AgreementTerms, CompensationRule
from ledger.domain.words.base import SHOWN_MAX, Names, decimal, document, percent, rest, words

_MODES = {
    ServiceMode.NONE: "no service mode 无",
    ServiceMode.FULLY_ONLINE: "fully online 全程网办",
    ServiceMode.REMOTE_ACCEPTANCE: "remote acceptance on behalf 异地代收代办",
    ServiceMode.JOINT_HANDLING: "joint handling by several places 多地联办",
}

_ACCESSION = {
    AccessionRule.CLOSED: "no 不允许",
    AccessionRule.ON_APPROVAL: "where the coordinating body approves 经协同机构批准",
    AccessionRule.OPEN: "by signing 签署即可",
}

_ENDS = {
    EndReason.NONE: "no reason 无",
    EndReason.COMPLETED: "completed 履行完毕",
    EndReason.EXPIRED: "expired 期满",
    EndReason.MUTUAL_CONSENT: "by mutual consent 协商一致",
    EndReason.BREACH: "for breach 因违约",
    EndReason.SUPERSEDED: "superseded 被取代",
    EndReason.BY_LAW: "by law 依法终止",
}


@words.register
def _(command: ProposeAgreement, who: Names) -> list[str]:
    return [
        "Propose an agreement to the other parties; this does not sign it yet. 向其他各方提议协议（尚未签署）。",
        *agreement_terms(command.terms, who),
    ]


@words.register
def _(command: ProposeVersion, who: Names) -> list[str]:
    return [
        (
            f"Propose another version of agreement {command.id}; this does not sign it yet, and takes "
            "the place of every "
            f"version that waits for signatures. 提出第 {command.id} 号协议的新文本（尚未签署），取代待签文本。"
        ),
        f"Change 修改说明: {command.change_note}",
        *agreement_terms(command.terms, who),
    ]


@words.register
def _(command: SignAgreement, who: Names) -> list[str]:
    return [
        (
            f"Sign version {command.version} of agreement {command.id}; it binds once every party has signed. "
            f"签署第 {command.id} 号协议第 {command.version} 版，各方签署后即具约束力。"
        ),
        f"Digest of the terms 条款摘要: 0x{command.terms_digest.hex()}",
    ]


@words.register
def _(command: DeclineVersion, who: Names) -> list[str]:
    return [
        (
            f"Decline version {command.version} of agreement {command.id}. "
            f"不接受第 {command.id} 号协议第 {command.version} 版。"
        ),
        f"Reason 理由: {command.reason}",
    ]


@words.register
def _(command: AccedeToAgreement, who: Names) -> list[str]:
    return [
        (
            f"Become a party of agreement {command.id}, by signing its terms in force. "
            f"签署现行条款，加入第 {command.id} 号协议。"
        ),
        f"Digest of the terms 条款摘要: 0x{command.terms_digest.hex()}",
    ]


@words.register
def _(command: ApproveAccession, who: Names) -> list[str]:
    return [
        (
            f"Admit, as coordinating body, {who(command.government)} to agreement {command.id}. "
            f"以协同机构身份批准其加入第 {command.id} 号协议。"
        )
    ]


@words.register
def _(command: SuspendAgreement, who: Names) -> list[str]:
    return [
        f"Suspend, as coordinating body, agreement {command.id}. 以协同机构身份中止第 {command.id} 号协议。",
        f"Reason 理由: {command.reason}",
    ]


@words.register
def _(command: ResumeAgreement, who: Names) -> list[str]:
    return [
        (
            f"End, as coordinating body, the suspension of agreement {command.id}. "
            f"以协同机构身份恢复第 {command.id} 号协议。"
        ),
    ]


@words.register
def _(command: ConsentToEnd, who: Names) -> list[str]:
    return [
        (
            f"Consent to ending agreement {command.id}; it ends when every party has. "
            f"同意终止第 {command.id} 号协议，各方同意后即终止。"
        ),
        f"Note 说明: {command.note}",
    ]


@words.register
def _(command: EndAgreement, who: Names) -> list[str]:
    ending = command.ending
    lines = [
        f"End agreement {ending.id}, for good. 终止第 {ending.id} 号协议。",
        f"Reason 原因: {_ENDS[ending.reason]}",
    ]
    if ending.commitment:
        lines.append(f"Broken commitment 违约承诺: {ending.commitment}")
    if ending.successor:
        lines.append(f"Superseded by agreement 取代协议: {ending.successor}")
    return [*lines, f"Note 说明: {ending.note}"]


@words.register
def _(command: SucceedParty, who: Names) -> list[str]:
    return [
        (
            f"Take the place of {who(command.predecessor)} as a party of agreement {command.id}. "
            f"作为承继方取代其在第 {command.id} 号协议中的缔约方地位。"
        )
    ]


@words.register
def _(command: RecordAgreement, who: Names) -> list[str]:
    return [
        "Record, as coordinating body, an agreement of the past, marked as backfilled. 以协同机构身份补录既往协议。",
        *agreement_terms(command.terms, who),
    ]


@words.register
def _(command: RecordAccession, who: Names) -> list[str]:
    parties = ", ".join(who(party) for party in command.parties[:SHOWN_MAX])
    return [
        (
            f"Record that {len(command.parties)} more governments are parties to agreement {command.id}. "
            f"补录第 {command.id} 号协议的 {len(command.parties)} 个缔约方。"
        ),
        f"Parties 缔约方: {parties}{rest(len(command.parties))}",
    ]


@words.register
def _(command: RecordAssessment, who: Names) -> list[str]:
    each = command.assessment
    return [
        (
            f"Record, as coordinating body, assessment {each.number} of agreement {each.agreement}. "
            f"以协同机构身份记录第 {each.agreement} 号协议的第 {each.number} 次评估。"
        ),
        *(f"Indicator {number} 指标: measures {decimal(value)} 实测" for number, value in enumerate(each.measured)),
        f"Report 报告: {document(each.report_locator, each.report_digest)}",
    ]


@words.register
def _(command: RecordDialogue, who: Names) -> list[str]:
    about = (
        f"about agreement {command.agreement} 关于第 {command.agreement} 号协议"
        if command.agreement
        else "双方 of the pair"
    )
    other = who(command.counterpart) if command.counterpart else "all parties 各方"
    return [
        f"Put a dialogue of {command.messages} messages on record. 将 {command.messages} 条对话存证。",
        f"Dialogue 对话: {about}, with {other}",
        f"Digest 摘要: 0x{command.digest.hex()}",
    ]


def agreement_terms(terms: AgreementTerms, who: Names) -> list[str]:
    """What the parties of an agreement sign, in words."""
    starts = format_moment(terms.effective_from) if terms.effective_from else "when the last party signs 最后一方签署时"
    ends = format_moment(terms.expires_at) if terms.expires_at else "no end 无期限"
    return [
        f"Title 名称: {terms.title} ({terms.reference_number or 'no number'})",
        f"Parties 缔约方: {', '.join(who(party) for party in terms.parties[:SHOWN_MAX])}{rest(len(terms.parties))}",
        f"Coordinating body 协同机构: {who(terms.coordinating_body)}",
        f"Service mode 服务模式: {_MODES[terms.service_mode]}",
        f"In force 生效: from {starts}; until {ends}",
        *(
            f"Indicator {number} 指标: {each.name}, {each.direction.name.lower().replace('_', ' ')} "
            f"{decimal(each.target)} {each.unit}, weight {percent(each.weight_basis_points)}"
            for number, each in enumerate(terms.indicators)
        ),
        *_compensation(terms.compensation),
        f"Others may join 他方加入: {_ACCESSION[terms.accession]}",
        f"Assessed 评估: {_assessments(terms)}",
        f"Document 文件: {document(terms.document_locator, terms.document_digest)}",
        *([f"Made from template 模板: SHA-256 0x{terms.template.hex()}"] if any(terms.template) else []),
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


def _assessments(terms: AgreementTerms) -> str:
    if not terms.first_assessment_at:
        return "never 不评估"
    every = terms.assessment_every_seconds
    first = format_moment(terms.first_assessment_at)
    return f"first on 首次 {first}" + (f", then every 其后每 {decimal(every * 1_000_000 // 86_400)} d" if every else "")
