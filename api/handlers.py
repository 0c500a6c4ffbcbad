"""How exceptions become problems: one handler for the product's errors, one for the framework's."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.faults import MethodNotAllowed, PathUnknown, RequestInvalid, ServerFault
from api.middleware import request_id_of
from api.problems import Problem, problem_of, render
from ledger.errors import LedgerError, shown

log = logging.getLogger("intergov.api")

_SERVER_ERROR = 500


def install(app: FastAPI) -> None:
    """Make every error of the app a problem document."""
    app.add_exception_handler(LedgerError, _ledger_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)


def _answer(request: Request, problem: Problem) -> Response:
    return render(problem, request.scope["path"], request_id_of(request.scope))


async def _ledger_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, LedgerError)
    problem = problem_of(error)
    if problem.status >= _SERVER_ERROR:
        log.warning("request %s: %s: %s", request_id_of(request.scope), type(error).__name__, error)
    if problem.status == _SERVER_ERROR:
        # A policy or facts of our own are broken; the log has the particulars, the caller can do nothing with them.
        log.error("request %s failed", request_id_of(request.scope), exc_info=error)
        problem = problem_of(ServerFault())
    return _answer(request, problem)


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _answer(request, problem_of(RequestInvalid([_fault(each) for each in error.errors()])))


def _fault(error: Mapping[str, Any]) -> dict[str, str]:
    place, *parts = [str(part) for part in error["loc"]]
    field = ".".join(parts) if parts else place
    return {"in": place, "field": field[:200], "value": shown(error.get("input")), "rule": str(error["msg"])[:300]}


async def _http_exception(request: Request, error: Exception) -> Response:
    """The framework's own: no such path, no such method, a body that it could not read."""
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, LedgerError):
        return await _ledger_error(request, error.__cause__)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return _answer(request, problem_of(PathUnknown(request.scope["path"])))
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "")
        return _answer(request, problem_of(MethodNotAllowed(request.method, allowed)))
    detail = str(error.detail)
    return _answer(request, Problem("http-error", detail, error.status_code, detail, headers=error.headers or {}))
