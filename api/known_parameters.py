"""
Query parameters that a route does not know are refused.

A filter whose name is misspelt would otherwise be passed over, and the answer be about something else than was asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.faults import RequestInvalid
from ledger.errors import shown


async def known_parameters(request: Request) -> None:
    """
    Refuse a request with a query parameter that its route does not take.

    Raises
    ------
    RequestInvalid
    """
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or not request.query_params:
        return
    known = set(_names(route.dependant))
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        rule = f"one of {', '.join(sorted(known))}" if known else "no parameter"
        raise RequestInvalid(
            [{"in": "query", "field": name[:200], "value": shown(name), "rule": rule[:300]} for name in unknown[:20]]
        )


def _names(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for each in dependant.dependencies:
        yield from _names(each)
