"""How many reading requests the API answers in a second, against a bare FastAPI endpoint with the same bytes."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from scripts.bench.figures import Figure
from scripts.bench.projection import ROWS, imported

CONNECTIONS: Final = 8
SECONDS: Final = 4.0
TURNS: Final = 2
PATHS: Final = {
    "/v1/scores": "scores",
    "/v1/commitments?state=settled&outcome=fulfilled&limit=50": "filtered list of 50",
}


def reads() -> Iterator[Figure]:
    """Requests per second for the table of scores and for a filtered list."""
    with imported(ROWS) as (ledger, _):
        home = ledger.home.path
        for path, name in PATHS.items():
            environment = {"INTERGOV_HOME": str(home), "INTERGOV_API_READ_LIMIT": "off"}
            with _served("api.main:create_app", environment) as port:
                body = _get(port, path)
                file = home / "answer.json"
                file.write_bytes(body)
                with _served("scripts.bench.bare_api:create_app", {"BENCH_ANSWER": str(file)}) as bare:
                    if _get(bare, path) != body:
                        raise SystemExit("the bare endpoint answers something else")
                    # One beside the other, the best of some turns: on a machine with other work one says little.
                    rates = [(_rate(port, path), _rate(bare, path)) for _turn in range(TURNS)]
            yield Figure(
                f"API reads: {name}, {len(body):,} bytes",
                max(ours for ours, _ in rates),
                "requests/s",
                max(theirs for _, theirs in rates),
                "bare FastAPI endpoint, same bytes; aim 0.5",
            )


@contextmanager
def _served(app: str, environment: dict[str, str]) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", app, "--port", str(port), "--no-access-log"]
    root = str(Path(__file__).parents[2])
    server = subprocess.Popen(
        [*command, "--log-level", "warning"], env={**os.environ, **environment, "PYTHONPATH": root}, cwd=root
    )
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise SystemExit("a server did not start within a minute") from None
            time.sleep(0.1)
        else:
            return


def _get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        body: bytes = answer.read()
    return body


def _rate(port: int, path: str) -> float:
    """Requests per second over some connections that are kept open, each asking again as soon as it has its answer."""
    return asyncio.run(_ask_for(port, path))


async def _ask_for(port: int, path: str) -> float:
    started = time.perf_counter()
    counts = await asyncio.gather(*(_one(port, path, started + SECONDS) for _ in range(CONNECTIONS)))
    return sum(counts) / (time.perf_counter() - started)


async def _one(port: int, path: str, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode("ascii")
    answered = 0
    while time.perf_counter() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"a server answered {head[:100]!r}")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        answered += 1
    writer.close()
    return answered
