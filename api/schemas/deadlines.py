"""Deadlines, as the API gives them."""

from __future__ import annotations

from pydantic import Field
from pydantic.config import JsonDict

from api.schemas.common import Answer
from ledger.domain.deadlines import Duty

_MOMENT: JsonDict = {"format": "date-time"}


class DeadlineOut(Answer):
    """One thing that one body has to do, or can do only, by a moment."""

    government: str
    name: str
    duty: Duty
    subject: str = Field(examples=["agreement", "commitment", "dispute"])
    number: int
    reference: str
    opens_at: str = Field(json_schema_extra=_MOMENT)
    by: str = Field(json_schema_extra=_MOMENT, description="The last second.")
    missed: bool
    what: str
    what_zh: str
    if_missed: str
    if_missed_zh: str
