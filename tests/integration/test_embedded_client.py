"""Finding, starting and stopping a home's node, and what can be wrong with a home."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from ledger.chain.embedded.client import NodeInfo, ensure_node, find_node, stop_node
from ledger.chain.embedded.errors import HomeOwned, NodeError, NodeStartFailed
from ledger.chain.embedded.files import NodeFiles, NodeLock
from tests.embedded_probe import Sender

ENSURE = """
import sys
from pathlib import Path
from ledger.chain.embedded.client import ensure_node
print(ensure_node(Path(sys.argv[1]), idle_exit=60).pid)
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    yield home
    stop_node(home)


def run_node(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ledger.chain.embedded", "--home", str(home), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def block_number(info: NodeInfo) -> int:
    request = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}
    return int(httpx.post(info.url, json=request, trust_env=False).json()["result"], 16)


def wait_until_gone(info: NodeInfo, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if os.waitpid(info.pid, os.WNOHANG)[0] == info.pid:
                return
        except ChildProcessError:
            return
        time.sleep(0.02)
    raise AssertionError(f"process {info.pid} still runs")


def wait_until_found(home: Path, seconds: float = 30) -> NodeInfo:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        info = find_node(home)
        if info is not None:
            return info
        time.sleep(0.02)
    raise AssertionError(f"no node in {home}")


def test_start_find_stop(home: Path) -> None:
    assert find_node(home) is None
    assert stop_node(home) is False
    info = ensure_node(home, idle_exit=60)
    assert find_node(home) == ensure_node(home) == info
    assert NodeFiles(home).owner() == info.pid
    assert stop_node(home) is True
    assert find_node(home) is None
    assert NodeFiles(home).owner() is None
    assert not NodeFiles(home).info.exists()
    again = ensure_node(home, idle_exit=60)
    assert again.chain_id == info.chain_id, "the chain and its id stay with the home"
    assert again.pid != info.pid


def test_each_home_has_its_own_chain(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    try:
        assert ensure_node(home).chain_id != ensure_node(other).chain_id
    finally:
        stop_node(other)


def test_two_programs_at_once_get_one_node(home: Path) -> None:
    def ensure(_: int) -> int:
        finished = subprocess.run(
            [sys.executable, "-c", ENSURE, str(home)], capture_output=True, text=True, timeout=90, check=True
        )
        return int(finished.stdout)

    with ThreadPoolExecutor(3) as pool:
        pids = set(pool.map(ensure, range(3)))
    assert len(pids) == 1
    info = find_node(home)
    assert info is not None
    assert info.pid in pids


def test_a_second_process_is_told_who_owns_the_home(home: Path) -> None:
    info = ensure_node(home, idle_exit=60)
    second = run_node(home)
    assert second.returncode == 1
    assert f"is owned by process {info.pid}" in second.stderr
    assert second.stderr.count("\n") == 1, "one line and no traceback"
    with pytest.raises(HomeOwned, match=f"is owned by process {info.pid}"), NodeLock(NodeFiles(home)):
        pass
    assert find_node(home) == info


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_node_in_good_order(home: Path, signal_number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ledger.chain.embedded", "--home", str(home)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        info = wait_until_found(home)
        assert info.pid == process.pid
        process.send_signal(signal_number)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()
    assert not NodeFiles(home).info.exists()
    assert not (NodeFiles(home).folder / "chain.sqlite-wal").exists(), "the log was folded into the chain's file"


def test_a_node_that_nobody_needs_ends_by_itself(home: Path) -> None:
    info = ensure_node(home, idle_exit=1)
    for _ in range(4):
        time.sleep(0.4)
        assert block_number(info) == 0
    wait_until_gone(info)
    assert find_node(home) is None
    assert not NodeFiles(home).info.exists()


def test_what_a_killed_node_left_behind_does_no_harm(home: Path) -> None:
    info = ensure_node(home, idle_exit=60)
    os.kill(info.pid, signal.SIGKILL)
    wait_until_gone(info)
    assert NodeFiles(home).info.exists()
    assert find_node(home) is None
    assert stop_node(home) is False
    assert ensure_node(home, idle_exit=60).chain_id == info.chain_id


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"pid": 1, "url": "http://127.0.0',
        b"\xff\xfe\x00 not text",
        b"[1, 2, 3]",
        b"null",
        b'{"pid": "1", "url": "http://127.0.0.1:1", "chain_id": 1, "started_at": 1}',
        b'{"pid": -1, "url": "http://127.0.0.1:1", "chain_id": 1, "started_at": 1}',
        b'{"pid": 1, "url": 5, "chain_id": 1, "started_at": 1}',
        b'{"pid": 1, "url": "http://127.0.0.1:99999", "chain_id": 1, "started_at": 1}',
        b'{"pid": 1, "url": "http://[", "chain_id": 1, "started_at": 1, "more": 2}',
    ],
)
def test_a_damaged_announcement_counts_as_none(home: Path, content: bytes) -> None:
    files = NodeFiles(home)
    files.make_folder()
    files.info.write_bytes(content)
    assert find_node(home) is None
    assert stop_node(home) is False


def test_a_damaged_announcement_does_not_hinder_a_start(home: Path) -> None:
    files = NodeFiles(home)
    files.make_folder()
    files.info.write_bytes(b'{"pid": 1, "url": "http://127.')
    info = ensure_node(home, idle_exit=60)
    assert files.read_info() == info


def test_a_stale_process_id_is_never_signalled(home: Path) -> None:
    files = NodeFiles(home)
    files.make_folder()
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            files.write_info(NodeInfo(pid=bystander.pid, url=url, chain_id=5, started_at=1))
            files.lock.write_text(f"{bystander.pid}\n")
            assert find_node(home) is None
            assert stop_node(home) is False
            assert ensure_node(home, idle_exit=60).pid != bystander.pid
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_port_that_is_taken(home: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        finished = run_node(home, "--port", str(port))
    assert finished.returncode == 1
    assert f"port {port} on 127.0.0.1 cannot be had" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert NodeFiles(home).owner() is None


def test_a_chosen_port(home: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "ledger.chain.embedded", "--home", str(home), "--port", str(port)],
        stderr=subprocess.DEVNULL,
    )
    try:
        assert wait_until_found(home).url == f"http://127.0.0.1:{port}"
        assert stop_node(home) is True
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("arguments", [["--idle-exit", "0"], ["--port", "high"], []])
def test_wrong_usage(tmp_path: Path, arguments: list[str]) -> None:
    home = ["--home", str(tmp_path)] if arguments else []
    finished = subprocess.run(
        [sys.executable, "-m", "ledger.chain.embedded", *home, *arguments], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 2


def test_a_node_that_cannot_start_says_why(home: Path) -> None:
    files = NodeFiles(home)
    files.make_folder()
    files.chain.write_bytes(b"this was a chain before somebody edited it" * 100)
    with pytest.raises(NodeStartFailed) as caught:
        ensure_node(home, idle_exit=60)
    assert "ended before it was ready; its last words:" in str(caught.value)
    assert "chain.sqlite cannot be opened as a chain: file is not a database" in caught.value.log_tail
    assert "Traceback" not in caught.value.log_tail


def test_a_home_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NodeError, match="cannot be made: Not a directory"):
        ensure_node(tmp_path / "file" / "home")


def test_the_proxy_of_the_environment_is_not_asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert find_node(home) is None
    info = ensure_node(home, idle_exit=60)
    assert find_node(home) == info


def test_stopping_finishes_what_was_begun(home: Path) -> None:
    info = ensure_node(home, idle_exit=60)
    sender = Sender(info.chain_id)
    raws = [sender.sign(b"\x22" * 20, b"\x01" * 2_000) for _ in range(40)]
    requests = [
        {"jsonrpc": "2.0", "id": n, "method": "eth_sendRawTransaction", "params": ["0x" + raw.hex()]}
        for n, raw in enumerate(raws)
    ]
    with ThreadPoolExecutor(1) as pool, httpx.Client(trust_env=False, timeout=60) as client:
        answer = pool.submit(client.post, info.url, content=json.dumps(requests))
        while block_number(info) == 0:
            time.sleep(0.005)
        assert stop_node(home) is True
        assert all("result" in one for one in answer.result().json())
    info = ensure_node(home, idle_exit=60)
    request = {"jsonrpc": "2.0", "id": 1, "method": "eth_getTransactionCount", "params": [sender.account.address]}
    assert httpx.post(info.url, json=request, trust_env=False).json()["result"] == hex(40)
