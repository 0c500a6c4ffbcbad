"""Words for what administrators and publishers of scores command."""

# ruff: noqa: ARG001 - every handler of a command takes the names, though not every command names a government.

from __future__ import annotations

from ledger.domain.commands import ApproveProposal, ProposeCall, PublishRun, WithdrawProposal
from ledger.domain.enums import TimeBasis
from ledger.domain.moments import format_moment
from ledger.domain.words.base import Names, words


@words.register
def _(command: ProposeCall, who: Names) -> list[str]:
    return [
        "Propose, as administrator, a call that the administrators must approve. 以管理员身份提议一项操作。",
        f"Reason 理由: {command.reason}",
        f"Contract called 调用合约: {command.target}",
        f"Call 调用数据: 0x{command.call_data.hex()}",
    ]


@words.register
def _(command: ApproveProposal, who: Names) -> list[str]:
    return [f"Approve, as administrator, proposal {command.id}. 以管理员身份批准第 {command.id} 号提议。"]


@words.register
def _(command: WithdrawProposal, who: Names) -> list[str]:
    return [f"Withdraw proposal {command.id}. 撤回第 {command.id} 号提议。"]


@words.register
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
