"""Shapes that many answers share."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from ledger.domain.moments import format_moment

Moment = Annotated[
    int,
    PlainSerializer(format_moment, return_type=str),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2024-06-30T23:59:59Z"]}, mode="serialization"
    ),
]
"""UTC seconds inside, RFC 3339 in an answer."""

Hex = Annotated[
    bytes,
    PlainSerializer(lambda raw: "0x" + raw.hex(), return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^0x([0-9a-f]{2})*$"}, mode="serialization"),
]
"""Bytes inside, hexadecimal text in an answer."""

Millionths = Annotated[int, Field(description="A whole number of millionths.", examples=[731250])]
BasisPoints = Annotated[int, Field(ge=0, le=10_000, description="10,000 is the whole.", examples=[10_000])]
Address = Annotated[str, Field(pattern="^0x[0-9a-fA-F]{40}$", examples=["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"])]


class Answer(BaseModel):
    """What the API answers: nothing is left out, what does not exist is null."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")


class Asked(BaseModel):
    """What a caller sends: exactly these fields, with exactly these types."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Money(Answer):
    """An amount of money."""

    amount_minor: int = Field(description="In the currency's minor unit: fen of CNY, yen of JPY.", examples=[1250000])
    currency: str = Field(description="ISO 4217.", examples=["CNY"])
    formatted: str = Field(examples=["12500.00 CNY"])


class GovernmentRef(Answer):
    """A government, named."""

    id: int = Field(examples=[3])
    identifier: str = Field(description="scheme:value", examples=["gbt2260:330281"])
    name: str = Field(examples=["Lujiang District"])


Item = TypeVar("Item")


class Page(Answer, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next_cursor: str | None = Field(
        description="Give it as `cursor`, with the same filters, for the next page; null at the end."
    )


class ProblemOut(Answer):
    """A problem document (RFC 9457)."""

    type: str = Field(examples=["/v1/problems/commitment-not-debtor"])
    title: str
    status: int
    detail: str = Field(description="What was wrong, with the value and the rule.")
    instance: str
    values: dict[str, Any] = Field(description="The parts of the detail, for programs.")
    error: str | None = Field(default=None, description="The Solidity error, where a contract refused.")
    request_id: str | None = None
