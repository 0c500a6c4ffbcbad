"""Words for what is commanded about commitments and compensation."""

# ruff: noqa: ARG001 - every handler of a command takes the names, though not every command names a government.

from __future__ import annotations

from ledger.domain.commands import (
    AcceptBySilence,
    AcceptCommitments,
    AgreeDebtTransfer,
    AuditEvidence,
    ConfirmCommitment,
    ConfirmCommitments,
    ConfirmTransfer,
    ContestEvidence,
    DeclineCommitment,
    OfferDebtTransfer,
    RecordHistory,
    RecordOutcomes,
    RecordTransfer,
    RegisterCommitment,
    RegisterCommitments,
    ReleaseCommitment,
    SubmitEvidence,
    WithdrawDebtTransfer,
)
from ledger.domain.moments import format_moment
from ledger.domain.money import format_money
from ledger.domain.terms import CommitmentTerms, Confirmation, TransferTerms
from ledger.domain.words.base import SHOWN_MAX, Names, creditor_of, document, percent, rest, with_rest, words


@words.register
def _(command: RegisterCommitment, who: Names) -> list[str]:
    return [
        "Offer a commitment, as debtor; it binds when the creditor accepts. 作为承诺方登记一项承诺，受诺方接受后生效。",
        *_commitment(command.terms, who),
    ]


@words.register
def _(command: RegisterCommitments, who: Names) -> list[str]:
    count = len(command.terms)
    lines = [
        (
            f"Offer {count} commitments, as debtor; all or none. Each binds when its creditor accepts. "
            f"作为承诺方登记 {count} 项承诺，全部成功或全部不成；受诺方接受后生效。"
        )
    ]
    lines += ["; ".join(_commitment(terms, who)) for terms in command.terms[:SHOWN_MAX]]
    return with_rest(lines, count)


@words.register
def _(command: AcceptCommitments, who: Names) -> list[str]:
    shown = ", ".join(map(str, command.ids[:SHOWN_MAX]))
    return [
        f"Accept, as creditor, {len(command.ids)} commitments; all or none. 作为受诺方接受 {len(command.ids)} 项承诺。",
        f"Commitments 承诺: {shown}{rest(len(command.ids))}",
    ]


@words.register
def _(command: DeclineCommitment, who: Names) -> list[str]:
    return [
        f"Decline, as creditor, commitment {command.id}. 作为受诺方不接受第 {command.id} 号承诺。",
        f"Reason 理由: {command.reason}",
    ]


@words.register
def _(command: SubmitEvidence, who: Names) -> list[str]:
    return [
        f"Lodge evidence that commitment {command.id} was kept. 为第 {command.id} 号承诺提交履约证据。",
        f"Performed 履约时间: {format_moment(command.performed_at)}",
        f"Evidence 证据: {document(command.locator, command.digest)}",
    ]


@words.register
def _(command: ConfirmCommitment, who: Names) -> list[str]:
    return [
        "Confirm, as creditor, to what degree a commitment was kept. 作为受诺方确认履约程度。",
        _confirmation(command.confirmation),
    ]


@words.register
def _(command: ConfirmCommitments, who: Names) -> list[str]:
    count = len(command.confirmations)
    lines = [f"Confirm, as creditor, {count} commitments; all or none. 作为受诺方确认 {count} 项承诺。"]
    lines += [_confirmation(each) for each in command.confirmations[:SHOWN_MAX]]
    return with_rest(lines, count)


@words.register
def _(command: ContestEvidence, who: Names) -> list[str]:
    return [
        (
            f"Contest, as creditor, the evidence for commitment {command.id}. "
            f"作为受诺方不认可第 {command.id} 号承诺的履约证据。"
        ),
        f"Reason 理由: {command.reason}",
    ]


@words.register
def _(command: AcceptBySilence, who: Names) -> list[str]:
    return [
        (
            f"Have it recorded that the creditor of commitment {command.id} kept silent, so that it counts as kept. "
            f"记录第 {command.id} 号承诺的受诺方逾期未答复，视为认可履约。"
        ),
    ]


@words.register
def _(command: AuditEvidence, who: Names) -> list[str]:
    result = "holds 成立" if command.upheld else "does not hold 不成立"
    return [
        (
            f"Say, as auditor, that the evidence for commitment {command.id} {result}. "
            f"审计第 {command.id} 号承诺的履约证据。"
        ),
        f"Finding 审计意见: {command.finding}",
    ]


@words.register
def _(command: ReleaseCommitment, who: Names) -> list[str]:
    return [
        (
            f"Release, as creditor, the debtor of commitment {command.id}; it counts neither way. "
            f"作为受诺方免除第 {command.id} 号承诺，不计入信用。"
        ),
        f"Reason 理由: {command.reason}",
    ]


@words.register
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
            f"{each.reference_number}: {who(each.debtor)} to {creditor_of(each.creditor, who)}, made "
            f"{format_moment(each.made_at)}, due {format_moment(each.due_at)}, {resolved}"
        )
    return with_rest(lines, count)


@words.register
def _(command: RecordOutcomes, who: Names) -> list[str]:
    count = len(command.outcomes)
    lines = [
        f"Record, as coordinating body, {count} outcomes of backfilled commitments. 补录 {count} 项承诺的履约结果。"
    ]
    lines += [
        f"Commitment {each.id}: {percent(each.outcome_basis_points)} kept, known on {format_moment(each.resolved_at)}"
        for each in command.outcomes[:SHOWN_MAX]
    ]
    return with_rest(lines, count)


@words.register
def _(command: OfferDebtTransfer, who: Names) -> list[str]:
    return [
        (
            f"Offer, as debtor, to hand commitment {command.commitment} to {who(command.to)}; it and "
            "the creditor have to "
            f"agree. 作为承诺方提议转移第 {command.commitment} 号承诺，须其与受诺方同意。"
        )
    ]


@words.register
def _(command: WithdrawDebtTransfer, who: Names) -> list[str]:
    return [
        (
            f"Take back the offer to hand over commitment {command.commitment}. "
            f"撤回转移第 {command.commitment} 号承诺的提议。"
        ),
    ]


@words.register
def _(command: AgreeDebtTransfer, who: Names) -> list[str]:
    return [
        (
            f"Agree that {who(command.to)} owes commitment {command.commitment} from now on. "
            f"同意自此由其承担第 {command.commitment} 号承诺。"
        )
    ]


@words.register
def _(command: RecordTransfer, who: Names) -> list[str]:
    return [
        "Record, as payer, that compensation was paid. 作为补偿方登记已支付的补偿。",
        *_transfer(command.terms, who),
    ]


@words.register
def _(command: ConfirmTransfer, who: Names) -> list[str]:
    return [
        (
            f"Confirm, as payee, that transfer {command.id} arrived on {format_moment(command.received_at)}. "
            f"作为受偿方确认第 {command.id} 号补偿已到账。"
        )
    ]


def _commitment(terms: CommitmentTerms, who: Names) -> list[str]:
    return [
        f"{terms.reference_number} {terms.description}".strip(),
        f"Owed to 受诺方: {creditor_of(terms.creditor, who)}",
        f"Under agreement 协议 {terms.agreement}, indicator 指标 {terms.indicator}",
        f"Due 到期: {format_moment(terms.due_at)}",
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
