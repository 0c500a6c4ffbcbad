"""What the `type` of a problem document points to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path

from api.errors import REFUSAL_STATUS, api_title, status_of_class
from api.schemas.problems import ProblemTypeOut, ProblemTypesOut
from ledger.domain.refusals import Refused
from ledger.errors import LedgerError, NotFound

router = APIRouter(prefix="/problems", tags=["problems"])


@router.get("")
def problem_types() -> ProblemTypesOut:
    """Every kind of problem that this API can answer with."""
    return ProblemTypesOut(problems=list(_types().values()))


@router.get("/{slug}")
def problem_type(slug: Annotated[str, Path(max_length=100)]) -> ProblemTypeOut:
    """One kind of problem."""
    found = _types().get(slug)
    if found is None:
        raise NotFound("problem", slug)
    return found


@cache
def _types() -> dict[str, ProblemTypeOut]:
    types = (_type(kind) for kind in set(_subclasses(LedgerError)))
    return {each.slug: each for each in sorted(types, key=lambda each: each.slug)}


def _subclasses(kind: type[LedgerError]) -> Iterator[type[LedgerError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _subclasses(each)


def _type(kind: type[LedgerError]) -> ProblemTypeOut:
    refused = issubclass(kind, Refused)
    return ProblemTypeOut(
        type=f"/v1/problems/{kind.slug}",
        slug=kind.slug,
        title=api_title(kind),
        status=REFUSAL_STATUS.get(kind.__name__, status_of_class(kind)),
        error=kind.__name__ if refused and kind is not Refused else None,
    )
