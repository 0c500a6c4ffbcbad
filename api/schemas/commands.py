"""Commands and operations: prepare, sign, submit, follow."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.schemas.common import Address, Answer, Asked

_OPERATION_PATTERN = r"^[0-9]{1,78}$"
_COMMAND = {"id": 1, "digest": "0x" + "ab" * 32, "locator": "doc:2026/17", "performed_at": "2026-06-30"}


class CommandTypeOut(Answer):
    """A kind of command."""

    name: str = Field(examples=["SubmitEvidence"])
    description: str
    contract: str
    contract_address: Address
    schema_: dict[str, Any] = Field(alias="schema", description="JSON Schema of its body.")


class CommandTypesOut(Answer):
    """Every kind of command, and where signatures are good."""

    chain_id: str = Field(description="Decimal text, because it may exceed 2^53.")
    commands: list[CommandTypeOut]


class PrepareIn(Asked):
    """A command to be made ready for signing."""

    signer: Address = Field(description="The account that will sign.")
    command: dict[str, Any] = Field(description="Its fields, by its schema in GET /v1/commands.", examples=[_COMMAND])
    deadline_seconds: int = Field(
        default=3600, ge=1, le=604_800, description="How long, from now, it may be executed.", examples=[3600]
    )


class PreparedOut(Answer):
    """A command ready to be read and signed."""

    name: str
    command: dict[str, Any]
    signer: Address
    operation: str = Field(description="Unordered nonce, decimal: used once.")
    deadline: str = Field(description="Last second at which it may be executed.", examples=["2026-06-30T12:00:00Z"])
    words: list[str] = Field(description="What is signed, in plain language. Show it before signing.")
    typed_data: dict[str, Any] = Field(description="The EIP-712 document to sign (eth_signTypedData_v4).")


class SubmitIn(Asked):
    """A signed command: as `typed_data` just as it was signed, or as `command` with operation and deadline."""

    signature: str = Field(
        pattern="^0x([0-9a-fA-F]{2}){1,8192}$", description="65 bytes, or what a contract wallet takes (EIP-1271)."
    )
    typed_data: dict[str, Any] | None = Field(default=None, description="The EIP-712 document that was signed.")
    signer: Address | None = None
    operation: str | None = Field(default=None, pattern=_OPERATION_PATTERN)
    deadline: str | None = Field(default=None, max_length=40)
    command: dict[str, Any] | None = None


class OperationOut(Answer):
    """One signed command on its way to the chain."""

    id: str = Field(description="0x and 64 hexadecimal digits.")
    name: str
    contract: Address
    signer: Address
    operation: str
    deadline: str
    state: Literal["accepted", "sent", "confirmed", "refused", "expired"]
    transaction: str | None
    block_number: int | None
    block_hash: str | None
    refusal: dict[str, Any] | None = Field(description="Why it was refused or has expired: slug, message, values.")
    accepted_at: str
    ended_at: str | None
    projected: bool = Field(description="Whether lists and scores show it already.")


class ReceiptOut(Answer):
    """The relayer's signed word (EIP-712 `AcceptanceReceipt`) that it has accepted a command and will include it."""

    chain_id: str
    operation_id: str
    contract: Address
    signer: Address
    operation: str
    accepted_at: str
    include_by: str = Field(description="Last second, of block time, by which it is to be in a block.")
    relayer: Address = Field(description="Whose key signed the receipt.")
    signature: str


class AcceptedOut(OperationOut):
    """An operation with the relayer's receipt. Keep it: `intergov receipt check` proves with it whether it was kept."""

    receipt: ReceiptOut | None = Field(
        description="Null for an operation that was accepted before receipts were given."
    )
