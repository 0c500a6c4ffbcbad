"""
Logs.

For people: one line each on stderr. For those who collect logs (INTERGOV_LOG=json): one JSON object a line, with what
the line is about in fields of its own, so that all that happened to an operation is found by its id:

    time         RFC 3339 UTC, to the millisecond
    level, logger, message
    operation    id of the operation that it is about
    transaction  hash of the transaction that carries it
    request      id of the HTTP request that it happened in; X-Request-ID of its answer
    trace, span  where a trace is recorded: see `ledger.traces`

    INTERGOV_LOG        text (as it is where nothing is said) or json
    INTERGOV_LOG_LEVEL  debug, info, warning or error; warning for text, info for json, where nothing is said

Personal data and signatures are never logged.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from ledger import traces
from ledger.errors import InvalidInput

FORMS: Final = ("text", "json")
LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

_request: ContextVar[str | None] = ContextVar("request", default=None)


def about(operation: str | None, transaction: str | None = None) -> dict[str, str]:
    """What a line is about, for `extra=`; what is None is left out."""
    parts = {"operation": operation, "transaction": transaction}
    return {name: value for name, value in parts.items() if value is not None}


@contextmanager
def during_request(request_id: str) -> Iterator[None]:
    """Every line of this block, and of the threads that it hands work to, names the request."""
    token = _request.set(request_id)
    try:
        yield
    finally:
        _request.reset(token)


class JsonLines(JsonFormatter):
    """Writes each line as one JSON object."""

    def __init__(self) -> None:
        super().__init__(
            "%(levelname)s %(name)s %(message)s",
            rename_fields={"levelname": "level", "name": "logger"},
            json_ensure_ascii=False,
            # uvicorn's lines hold the message a second time, in colours.
            reserved_attrs=[*RESERVED_ATTRS, "color_message", "taskName"],
        )

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Put in the time, and where in a request and a trace it happened."""
        moment = datetime.fromtimestamp(record.created, UTC)
        log_data["time"] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        super().add_fields(log_data, record, message_dict)
        request = _request.get()
        if request is not None:
            log_data["request"] = request
        log_data.update(traces.current_ids())


def chosen(environment: Mapping[str, str]) -> tuple[str, int]:
    """
    The form and the level that the environment asks for.

    Raises
    ------
    InvalidInput
    """
    form = environment.get("INTERGOV_LOG") or "text"
    if form not in FORMS:
        raise InvalidInput("INTERGOV_LOG", form, f"one of {', '.join(FORMS)}")
    level = environment.get("INTERGOV_LOG_LEVEL") or ("info" if form == "json" else "warning")
    if level not in LEVELS:
        raise InvalidInput("INTERGOV_LOG_LEVEL", level, f"one of {', '.join(LEVELS)}")
    return form, LEVELS[level]


def configure(environment: Mapping[str, str]) -> None:
    """
    Let every line go to stderr in the form that the environment asks for.

    Raises
    ------
    InvalidInput
    """
    form, level = chosen(environment)
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter("intergov: %(message)s"))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # The HTTP client tells of every request at the level of information: one for every look at a receipt.
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
