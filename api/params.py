"""Query and path parameters that several routes take."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Literal, TypeVar

from fastapi import Path, Query

from ledger.bootstrap import Ledger
from ledger.domain.identifiers import SCHEMES, parse_identifier
from ledger.domain.moments import parse_moment
from ledger.errors import NotFound
from ledger.store.projection.rows import GovernmentRow

ID_MAX = (1 << 63) - 1

GovernmentPath = Annotated[
    str,
    Path(max_length=300, description="scheme:value, the ledger id, or a name.", examples=["iso3166:CHN"]),
]
GovernmentQuery = Annotated[
    str | None, Query(max_length=300, description="A government: scheme:value, the ledger id, or a name.")
]
IdPath = Annotated[int, Path(ge=1, le=ID_MAX, description="The ledger id.")]
IdQuery = Annotated[int | None, Query(ge=1, le=ID_MAX)]
TextQuery = Annotated[str | None, Query(max_length=256)]
MomentQuery = Annotated[
    str | None, Query(max_length=40, description="RFC 3339; a bare date means its last second in UTC.")
]
TimeQuery = Annotated[
    Literal["recorded", "effective"],
    Query(description="Whether facts count from when they were recorded, or from when they came about."),
]

Member = TypeVar("Member", bound=IntEnum)


def member(kind: type[Member], name: str | None) -> Member | None:
    """The member of an enumeration that a parameter names in small letters."""
    return None if name is None else kind[name.upper()]


def moment(text: str | None, field: str) -> int | None:
    """
    UTC seconds of a moment in text.

    Raises
    ------
    InvalidInput
    """
    return None if text is None else parse_moment(text, field)


def government_id(ledger: Ledger, text: str | None) -> int | None:
    """
    The ledger id of a government that a filter names.

    Raises
    ------
    NotFound, Ambiguous, InvalidInput
    """
    return None if text is None else require_government(ledger, text).id


def require_government(ledger: Ledger, text: str) -> GovernmentRow:
    """
    The government that a text names: scheme:value, ledger id, or name.

    Raises
    ------
    NotFound, Ambiguous
    InvalidInput
        Where an identifier that is not found breaks its scheme's rule, such as a wrong check character.
    """
    try:
        return ledger.reports.resolve_government(text)
    except NotFound:
        # What is on the ledger is found, whatever the rule; only then does the rule say what is wrong with the rest.
        if text.partition(":")[0] in SCHEMES:
            parse_identifier(text)
        raise
