"""
Answers kept while they hold.

Most reading asks the same again: the table of scores, the first page of a list. What was answered is kept until the
projection changes, and for no more than the running second, because some answers depend on the clock ("overdue"). The
projection's version is taken before an answer is made, so one that a block overtook is never given as newer than it is.

Only public lists and records are kept, of requests without a log-in and with status 200. Each gets an entity tag, and a
caller that has the same answer already is told so (304, RFC 9110).
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger.store.projection.watch import Watch

PUBLIC: Final = frozenset(
    {
        "agreements",
        "commitments",
        "compensation-transfers",
        "governments",
        "history",
        "policies",
        "proposals",
        "score-runs",
        "scores",
        "trust",
    }
)
"""What may be kept, by the first part of the path behind /v1/."""

ANSWER_BYTES_MAX: Final = 1_048_576
KEPT_BYTES_MAX: Final = 32 * 1_048_576

_Key = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class _Answer:
    version: int
    second: int
    start: Message
    body: bytes
    tag: str
    route: Any
    """Which route made it, for the metrics."""


class ReadCache:
    """Keeps answers of one app."""

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.time) -> None:
        self._app = app
        self._clock = clock
        self._answers: OrderedDict[_Key, _Answer] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        watch: Watch | None = getattr(scope["app"].state, "watch", None) if _may_be_kept(scope) else None
        version = None if watch is None else watch.version()
        if version is None:
            await self._app(scope, receive, send)
            return
        key, second = (scope["path"], scope["query_string"]), int(self._clock())
        answer = self._answers.get(key)
        if answer is None or (answer.version, answer.second) != (version, second):
            answer = await self._ask(scope, receive, send, version, second)
            if answer is None:
                return
            self._keep(key, answer)
        scope["route"] = answer.route
        await _give(answer, Headers(scope=scope).get("if-none-match"), send)

    async def _ask(self, scope: Scope, receive: Receive, send: Send, version: int, second: int) -> _Answer | None:
        """The app's answer; None where it is one that is not kept, which has been sent then."""
        start: Message | None = None
        parts: list[bytes] = []
        size = 0
        passing = False

        async def collect(message: Message) -> None:
            nonlocal start, size, passing
            if passing:
                await send(message)
                return
            if message["type"] == "http.response.start":
                start = message
                if message["status"] != 200:
                    passing = True
                    await send(message)
                return
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > ANSWER_BYTES_MAX and start is not None:
                passing = True
                await send(start)
                await send({**message, "body": b"".join(parts)})

        await self._app(scope, receive, collect)
        if passing or start is None:
            return None
        body = b"".join(parts)
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        MutableHeaders(scope=start).update({"ETag": tag, "Cache-Control": "no-cache"})
        return _Answer(version, second, start, body, tag, scope.get("route"))

    def _keep(self, key: _Key, answer: _Answer) -> None:
        before = self._answers.pop(key, None)
        self._bytes += len(answer.body) - (0 if before is None else len(before.body))
        self._answers[key] = answer
        while self._bytes > KEPT_BYTES_MAX:
            _, oldest = self._answers.popitem(last=False)
            self._bytes -= len(oldest.body)


def _may_be_kept(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path: str = scope["path"]
    if not path.startswith("/v1/") or path[4:].partition("/")[0] not in PUBLIC:
        return False
    return all(name not in (b"authorization", b"cookie") for name, _ in scope["headers"])


async def _give(answer: _Answer, known: str | None, send: Send) -> None:
    # Whoever adds headers on the way out adds them to this message, so each gets one of its own.
    headers = list(answer.start["headers"])
    if known is not None and (known.strip() == "*" or answer.tag in (part.strip() for part in known.split(","))):
        headers = [(name, value) for name, value in headers if name not in (b"content-length", b"content-type")]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({**answer.start, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
