"""A node that is a few lines of HTTP: answers what a test tells it to, well or badly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class StubNode:
    """
    A chain of numbered blocks whose hashes follow from a branch's name.

    Parameters
    ----------
    branch
        Blocks above `forked_at` have hashes of their own for each branch.
    """

    def __init__(self, head: int = 100, branch: str = "a", chain_id: int = 7, forked_at: int = 0) -> None:
        self.head, self.branch, self.chain_id, self.forked_at = head, branch, chain_id, forked_at
        self.mode = "well"
        self.asked: list[str] = []
        self.timestamps = 1_700_000_000
        self.url = ""

    def hash_of(self, number: int) -> str:
        branch = self.branch if number > self.forked_at else "common"
        return "0x" + f"{branch}{number}".encode().hex().rjust(64, "0")

    def block(self, number: int) -> dict[str, Any] | None:
        if number > self.head:
            return None
        return {"number": hex(number), "hash": self.hash_of(number), "timestamp": hex(self.timestamps + number)}

    def answer(self, method: str, params: list[Any]) -> Any:
        self.asked.append(method)
        match method:
            case "eth_chainId":
                return hex(self.chain_id)
            case "eth_getBlockByNumber":
                return self.block(self.head if params[0] == "latest" else int(params[0], 16))
            case "eth_blockNumber":
                return hex(self.head)
            case "whoami":
                return self.url
        raise AssertionError(f"no answer to {method}")

    def respond(self, body: bytes) -> bytes:
        told = json.loads(body)
        many = told if isinstance(told, list) else [told]
        answers = [
            {"jsonrpc": "2.0", "id": each["id"], "result": self.answer(each["method"], each["params"])} for each in many
        ]
        return json.dumps(answers if isinstance(told, list) else answers[0]).encode()


@contextmanager
def serving(*stubs: StubNode) -> Iterator[list[str]]:
    """The addresses of stubs that serve while the block lasts."""
    servers = [_server(stub) for stub in stubs]
    try:
        yield [stub.url for stub in stubs]
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _server(stub: StubNode) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if stub.mode == "gone":
                self.close_connection = True
                return
            if stub.mode == "slow":
                time.sleep(1.0)
            code = 503 if stub.mode == "busy" else 200
            content = b"<html>" if stub.mode == "garbage" else stub.respond(body)
            try:
                self.send_response(code)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                # The client did not want to wait so long.
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so.
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server
