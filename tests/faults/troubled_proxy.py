"""
A way to a node on which things go wrong: an HTTP server between a program and a real node.

    slow        the answer comes late, or too late
    garbage     bytes that are no JSON
    truncated   an answer that breaks off in the middle
    busy        HTTP 503, sometimes after the node has done what was asked
    cut         the connection ends without an answer, before or after the node was asked
    wrong       JSON that is no answer to what was asked
    clock       the node's clock is ten minutes ahead or behind

The request reaches the node before the trouble or not at all, by chance: that is what makes it hard.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

TROUBLES: Final = ("slow", "garbage", "truncated", "busy", "cut", "wrong", "clock")

CLOCK_SECONDS: Final = 600


class TroubledProxy:
    """Passes requests on to a node, and lets some of them go wrong."""

    def __init__(self, target: str, chance: random.Random, troubles: tuple[str, ...], share: float) -> None:
        self._chance = chance
        self._troubles = troubles
        self._share = share
        self._lock = threading.Lock()
        self.target = target
        self.at_peace = False
        self.skew = chance.choice((-CLOCK_SECONDS, CLOCK_SECONDS)) if "clock" in troubles else 0
        self.met: Counter[str] = Counter()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                proxy.serve(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def serve(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        trouble, after = self._next_trouble()
        answer = b""
        if trouble is None or after:
            try:
                answer = self._ask(body)
            except (OSError, http.client.HTTPException):
                trouble = "cut"
        if trouble == "cut":
            handler.close_connection = True
            handler.connection.close()
            return
        status = 503 if trouble == "busy" else 200
        match trouble:
            case "slow":
                time.sleep(self._chance.uniform(0.2, 1.5))
                answer = answer or self._ask(body)
            case "garbage":
                answer = self._chance.randbytes(200)
            case "truncated":
                answer = answer[: len(answer) // 2] or b'{"jsonrpc":"2.0","id"'
            case "busy":
                answer = b"<html>Service Unavailable</html>"
            case "wrong":
                answer = self._chance.choice((b"null", b"[]", b"{}", b'"0x1"', b'[{"jsonrpc":"2.0","id":0}]'))
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        try:
            handler.wfile.write(answer)
        except OSError:
            # The program has waited long enough.
            handler.close_connection = True

    def _next_trouble(self) -> tuple[str | None, bool]:
        with self._lock:
            kinds = [each for each in self._troubles if each != "clock"]
            if self.at_peace or not kinds or self._chance.random() >= self._share:
                return None, True
            trouble = self._chance.choice(kinds)
            self.met[trouble] += 1
            return trouble, self._chance.random() < 0.5

    def _ask(self, body: bytes) -> bytes:
        parts = urlsplit(self.target)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            answer = connection.getresponse().read()
        finally:
            connection.close()
        return self._skewed(answer) if self.skew and not self.at_peace else answer

    def _skewed(self, answer: bytes) -> bytes:
        """The answer of a node whose clock goes wrong: the times of its blocks are shifted."""

        def shift(value: Any) -> None:
            if isinstance(value, list):
                for each in value:
                    shift(each)
            elif isinstance(value, dict):
                if isinstance(value.get("timestamp"), str):
                    value["timestamp"] = hex(int(value["timestamp"], 16) + self.skew)
                shift(value.get("result"))

        told = json.loads(answer)
        shift(told)
        return json.dumps(told).encode()

    @contextmanager
    def running(self) -> Iterator[TroubledProxy]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()
