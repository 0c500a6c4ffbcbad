"""
The node as a process: JSON-RPC 2.0 over HTTP on the loopback interface.

The event loop's thread answers quick requests itself, a small pool answers slow ones, and the producer's thread makes
blocks. Only programs of this machine can connect. A web page in this machine's browser could too, so requests that come
from a page (an Origin header) or by another name than the loopback's (DNS rebinding) are refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import uvicorn

from ledger.chain.embedded.chain import EmbeddedChain
from ledger.chain.embedded.clock import HomeClock
from ledger.chain.embedded.errors import NodeError
from ledger.chain.embedded.files import NodeFiles, NodeInfo, NodeLock
from ledger.chain.embedded.producer import THREAD_STACK_BYTES, BlockProducer
from ledger.chain.embedded.rpc import Methods, Rpc

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
"""The node answers here and nowhere else."""

BODY_BYTES_MAX = 64 * 1024 * 1024
"""Longest request: a batch of hundreds of calls with 50 commitments each."""

READERS = 2
"""Threads for slow reads. They share one interpreter lock, so more would not be faster."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Application:
    """The ASGI application: one path, POST, a JSON-RPC document in and one out."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self.requests_open = 0
        """Requests that are being answered."""
        self.last_used = time.monotonic()
        """When the last request came or was answered."""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        self.requests_open += 1
        self.last_used = time.monotonic()
        try:
            status, body = await self._respond(scope, receive)
        finally:
            self.requests_open -= 1
            self.last_used = time.monotonic()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _respond(self, scope: Message, receive: Receive) -> tuple[int, bytes]:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        refusal = _refusal(scope["method"], headers)
        if refusal is not None:
            return refusal
        body = await _read_body(receive)
        if body is None:
            return 413, f'{{"error":"the request is longer than {BODY_BYTES_MAX} bytes"}}'.encode()
        answer = await self._rpc.answer(body)
        return 200, b"" if answer is None else answer.encode()


def _refusal(method: str, headers: dict[bytes, bytes]) -> tuple[int, bytes] | None:
    """The answer to a request that no program of ours would send."""
    host = headers.get(b"host", b"").rsplit(b":", 1)[0]
    if host not in (b"127.0.0.1", b"localhost"):
        return 403, b'{"error":"the node answers only to the names 127.0.0.1 and localhost"}'
    if b"origin" in headers:
        return 403, b'{"error":"the node does not answer web pages"}'
    if method != "POST":
        return 405, b'{"error":"the node answers POST requests with a JSON-RPC 2.0 document"}'
    return None


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body, or None when it is too long or the client went away."""
    parts = []
    length = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part = message.get("body", b"")
        length += len(part)
        if length > BODY_BYTES_MAX:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling, which would end the process by the signal instead of by status 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(home: Path, *, port: int = 0, idle_exit: int | None = None) -> None:
    """
    Own the home's node and serve it until SIGTERM or SIGINT, or until nobody asked anything for `idle_exit` seconds.

    Parameters
    ----------
    home
        The home; its node folder is made where it is missing.
    port
        TCP port on the loopback interface; 0 takes a free one.
    idle_exit
        Seconds without a request after which the node ends by itself, or None for never.

    Raises
    ------
    HomeOwned
        Another process owns the home's node.
    ChainStoreUnreadable
        The home's chain cannot be opened.
    NodeError
        The port cannot be had.
    """
    files = NodeFiles(home)
    with NodeLock(files):
        # Whatever an owner that was killed left behind is not true any more.
        files.info.unlink(missing_ok=True)
        chain = EmbeddedChain.open(files.chain, clock=HomeClock(files))
        producer = BlockProducer(chain)
        producer.start()
        previous = threading.stack_size(THREAD_STACK_BYTES)
        pool = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        try:
            listener = _listen(port)
            rpc = Rpc(Methods(chain, producer), pool)
            asyncio.run(_serve(files, chain, producer, Application(rpc), listener, idle_exit))
        finally:
            pool.shutdown()
            threading.stack_size(previous)
            producer.stop()
            chain.close()
            files.remove_info(os.getpid())


def _listen(port: int) -> socket.socket:
    # The protocol is named because asyncio switches Nagle's delay off only for sockets that name it, and with the delay
    # each answer comes 40 ms late.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # A port that an earlier node just left may still be winding down; that is no reason to refuse it.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise NodeError(f"embedded node: port {port} on {HOST} cannot be had: {error}") from error
    return listener


async def _serve(
    files: NodeFiles,
    chain: EmbeddedChain,
    producer: BlockProducer,
    application: Application,
    listener: socket.socket,
    idle_exit: int | None,
) -> None:
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=30,
    )
    server = _Server(config)

    def stop() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not serving.done():
            await asyncio.wait({serving}, timeout=0.005)
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        files.write_info(NodeInfo(pid=os.getpid(), url=url, chain_id=chain.chain_id, started_at=int(time.time())))
        logger.info("chain %d at block %d answers at %s", chain.chain_id, chain.head.number, url)
        while not serving.done():
            if _is_idle(application, idle_exit):
                logger.info("nobody asked anything for %d s, so the node ends", idle_exit)
                # Gone first, so that nobody is sent to a node that is ending.
                files.remove_info(os.getpid())
                stop()
            if producer.has_failed:
                # Nobody makes blocks any more. A new process can; this one must not go on answering as if it could.
                raise NodeError("embedded node: the thread that makes blocks has ended; its error is in the log above")
            await asyncio.wait({serving}, timeout=0.25)
    finally:
        server.should_exit = True
        await serving


def _is_idle(application: Application, idle_exit: int | None) -> bool:
    if idle_exit is None or application.requests_open:
        return False
    return time.monotonic() - application.last_used >= idle_exit
