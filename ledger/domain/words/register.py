"""Words for what is commanded about signers."""

# ruff: noqa: ARG001 - every handler of a command takes the names, though not every command names a government.

from __future__ import annotations

from ledger.domain.commands import (
    AcceptRotation,
    FreezeSigner,
    OfferRotation,
    RecoverSigner,
    SetRecoveryAccount,
    ThawSigner,
)
from ledger.domain.words.base import Names, words


@words.register
def _(command: OfferRotation, who: Names) -> list[str]:
    return [
        (
            f"Hand your voice to account {command.replacement}, which has to accept; you can then no longer speak. "
            f"将代表权移交给账户 {command.replacement}，待其接受后本账户不再代表。"
        ),
    ]


@words.register
def _(command: AcceptRotation, who: Names) -> list[str]:
    return [
        (
            f"Take over the voice of account {command.former}, which can then no longer speak. "
            f"接受账户 {command.former} 移交的代表权，该账户此后不再代表。"
        ),
    ]


@words.register
def _(command: FreezeSigner, who: Names) -> list[str]:
    return [
        (
            f"Stop, as coordinating body, account {command.account}, which is said to be lost or stolen. "
            f"以协同机构身份冻结据称遗失或被盗的账户 {command.account}。"
        ),
        f"Reason 理由: {command.reason}",
    ]


@words.register
def _(command: ThawSigner, who: Names) -> list[str]:
    return [
        f"Let account {command.account} speak again. 解冻账户 {command.account}。",
    ]


@words.register
def _(command: SetRecoveryAccount, who: Names) -> list[str]:
    return [
        (
            f"Name {command.recovery} as the account that can replace your signers. "
            f"指定 {command.recovery} 为可更换签署账户的恢复账户。"
        ),
    ]


@words.register
def _(command: RecoverSigner, who: Names) -> list[str]:
    return [
        (
            f"End the voice of the lost account {command.lost}, and offer it to {command.replacement}, which has "
            "to accept. "
            f"终止遗失账户 {command.lost} 的代表权，并移交给 {command.replacement}（须其接受）。"
        ),
    ]
