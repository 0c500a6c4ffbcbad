"""
What holds for every request, whatever its route.

From the outside in: `Frame` gives a request its id, measures it, sets the security headers and turns an unforeseen
exception into a problem without a trace; `RateLimits` counts it; `BodyLimit` stops a body that is too large while it
is still being read. All are plain ASGI, so that nothing is buffered.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import math
import re
import secrets
import time
from collections.abc import Iterable
from typing import Any, Final

from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.faults import BodyTooLarge, ServerFault, TooManyRequests
from api.metrics import Metrics, route_of
from api.problems import problem_of, render
from api.settings import ApiSettings
from ledger import traces
from ledger.logs import during_request

log = logging.getLogger("intergov.api")

_TRACE_PARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)

BODILESS: Final = "intergov.bodiless"
"""Marks in a scope that the content is not sent; an answer without end must not be begun then."""

_SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # The console is served from here with no script or style of anybody else, and none inline.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}


class Frame:
    """A request's id, its measurement, its security headers, and the net under it."""

    def __init__(self, app: ASGIApp, metrics: Metrics, secure: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._headers = dict(_SECURITY_HEADERS)
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bodiless = scope["method"] == "HEAD"
        if bodiless:
            # RFC 9110: HEAD is answered as GET is, without the content. On a copy, because the server keeps its own.
            scope = {**scope, "method": "GET", BODILESS: True}
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(12)
        scope.setdefault("state", {})["request_id"] = request_id
        with (
            during_request(request_id),
            traces.span(scope["method"], parent=_trace_of(scope), server=True, request=request_id) as span,
        ):
            await self._serve(scope, receive, send, request_id, span, bodiless=bodiless)

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, request_id: str, span: Any, *, bodiless: bool
    ) -> None:
        started = time.perf_counter()
        status = 0

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            elif bodiless:
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._app(scope, receive, framed)
        except Exception:
            log.exception("request %s failed: %s %s", request_id, scope["method"], scope["path"][:200])
            if status:
                # The answer is on its way: cutting it off is all that can still be said.
                raise
            await render(problem_of(ServerFault()), scope["path"], request_id)(scope, receive, framed)
        finally:
            seconds = time.perf_counter() - started
            self._metrics.observe(scope, status, seconds)
            # By the route's pattern: paths hold names and ids.
            route = route_of(scope)
            if span is not None:
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.request.method", scope["method"])
                span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", status)
            what = {"method": scope["method"], "route": route, "status": status, "milliseconds": int(seconds * 1000)}
            log.info("%(method)s %(route)s %(status)s in %(milliseconds)s ms", what, extra=what)


def _trace_of(scope: Scope) -> str | None:
    """The trace that the caller's request belongs to (W3C Trace Context); None where it says nothing readable."""
    given = Headers(scope=scope).get("traceparent", "")
    return given if _TRACE_PARENT.fullmatch(given) else None


class BodyLimit:
    """Refuses a body above the limit by its declared length, or else as soon as it has come so far."""

    def __init__(self, app: ASGIApp, bytes_max: int) -> None:
        self._app = app
        self._bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isascii() and declared.isdigit() and (len(declared) > 15 or int(declared) > self._bytes_max):
            problem = problem_of(BodyTooLarge(self._bytes_max))
            await render(problem, scope["path"], request_id_of(scope))(scope, receive, send)
            return
        total = 0

        async def counted() -> Message:
            nonlocal total
            message = await receive()
            if message["type"] == "http.request":
                total += len(message.get("body", b""))
                if total > self._bytes_max:
                    raise BodyTooLarge(self._bytes_max)
            return message

        await self._app(scope, counted, send)


class RateLimits:
    """
    Counts requests per client address, and per session where one is named.

    Reading, writing and logging in are counted apart, over a sliding minute. An IPv6 client is counted by its /64,
    which is what one customer gets. A token is counted besides the address, never instead of it: tokens can be made up.
    """

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self._app = app
        self._limits = {"read": settings.read_limit, "write": settings.write_limit, "login": settings.login_limit}
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        kind = _kind(scope)
        limit = self._limits.get(kind)
        if limit is None:
            await self._app(scope, receive, send)
            return
        callers = list(_callers(scope))
        hits = [self._limiter.hit(limit, kind, caller) for caller in callers]
        allowed = all(hits)
        headers = self._told(kind, limit, callers)

        async def limited(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        if allowed:
            await self._app(scope, receive, limited)
            return
        problem = problem_of(TooManyRequests(str(limit), max(1, int(headers["RateLimit-Reset"]))))
        await render(problem, scope["path"], request_id_of(scope))(scope, receive, limited)

    def _told(self, kind: str, limit: RateLimitItem, callers: list[str]) -> dict[str, str]:
        stats = [self._limiter.get_window_stats(limit, kind, caller) for caller in callers]
        remaining = min(each.remaining for each in stats)
        reset = max(0, math.ceil(max(each.reset_time for each in stats) - time.time()))
        return {
            "RateLimit-Policy": f'"{kind}";q={limit.amount};w={limit.get_expiry()}',
            "RateLimit": f'"{kind}";r={remaining};t={reset}',
            # The names before the header became a structured field; many clients know only these.
            "RateLimit-Limit": str(limit.amount),
            "RateLimit-Remaining": str(remaining),
            "RateLimit-Reset": str(reset),
        }


def _kind(scope: Scope) -> str:
    if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
        return "free"
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return "read"
    return "login" if scope["path"].startswith("/v1/auth/") else "write"


def _callers(scope: Scope) -> Iterable[str]:
    yield f"address:{_network((scope.get('client') or ('unknown',))[0])}"
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        yield f"session:{hashlib.sha256(token.encode('latin-1', 'replace')).hexdigest()[:32]}"


def _network(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return host


def request_id_of(scope: Scope) -> str | None:
    """The id that `Frame` gave the request."""
    value = scope.get("state", {}).get("request_id")
    return value if isinstance(value, str) else None
