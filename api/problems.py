"""
Problem documents (RFC 9457).

Every answer that is not what was asked for has the same shape, `application/problem+json`:

    type      where this kind of problem is described: /v1/problems/{slug}
    title     the same for every problem of a type
    status    the HTTP status
    detail    what was wrong here, with the value and the rule
    instance  the path that was asked for
    values    the parts of the detail, for programs
    error     where a contract refused: the name of its Solidity error
    request_id  the one in the X-Request-ID header and in the server's log

A document is plain ASCII JSON: what a caller sent is quoted with escapes, so that no input can break the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from api.errors import api_title, status_of
from api.faults import MethodNotAllowed, TooManyRequests
from api.schemas.common import ProblemOut
from ledger.domain.refusals import Refused
from ledger.errors import LedgerError, Unavailable

MEDIA_TYPE = "application/problem+json"

_RETRY_AFTER_SECONDS = 2
"""How soon to ask again when something is not available: about as long as a node takes to start."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem, before it is rendered."""

    slug: str
    title: str
    status: int
    detail: str
    values: Mapping[str, object] = field(default_factory=dict)
    error: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def problem_of(error: LedgerError) -> Problem:
    """The problem that an error of the product is, with its status from the table in `api.errors`."""
    status = status_of(error)
    headers = {}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = error.allowed
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="intergov-ledger"'
    detail, values = str(error), error.values()
    if isinstance(error, Unavailable):
        detail, values = without_places(detail), _without_places(values)
    return Problem(
        slug=error.slug,
        title=api_title(type(error)),
        status=status,
        detail=detail,
        values=values,
        error=type(error).__name__ if isinstance(error, Refused) else None,
        headers=headers,
    )


_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)(?:[^\s/@]*@)?(?P<host>[^\s/?#'\"]*)[^\s'\")]*", re.ASCII)
_FOLDER = re.compile(r"(?<![\w:/.])(?:/[^\s/'\":;,()]+)+/(?=[^\s/'\":;,()]+)")


def without_places(text: str) -> str:
    """
    A message without what only the operator may see: credentials and paths in addresses, folders of files.

    Errors of the set-up name a node's address or a database's file. That is right in a log and on a console; a caller
    far away needs to know what does not answer, not where it is.
    """
    return _FOLDER.sub("", _ADDRESS.sub(r"\g<scheme>\g<host>", text))


def _without_places(value: Any) -> Any:
    if isinstance(value, str):
        return without_places(value)
    if isinstance(value, Mapping):
        return {name: _without_places(each) for name, each in value.items()}
    return [_without_places(each) for each in value] if isinstance(value, list | tuple) else value


def render(problem: Problem, path: str, request_id: str | None) -> Response:
    """A problem as a response."""
    document: dict[str, Any] = {
        "type": f"/v1/problems/{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": quote(path, safe="/:@!$&'()*+,;=-._~", errors="replace")[:512],
        "values": dict(problem.values),
    }
    if problem.error is not None:
        document["error"] = problem.error
    if request_id is not None:
        document["request_id"] = request_id
    content = json.dumps(document, ensure_ascii=True, allow_nan=False, default=str).encode("ascii")
    return Response(content, status_code=problem.status, headers=dict(problem.headers), media_type=MEDIA_TYPE)


def described() -> dict[int | str, dict[str, Any]]:
    """The problem document, as OpenAPI describes it for every route."""
    content = {"application/problem+json": {"schema": ProblemOut.model_json_schema()}}
    return {
        "4XX": {"description": "The request was refused; the document says why.", "content": content},
        "5XX": {"description": "The server could not do it; the document says why.", "content": content},
    }
