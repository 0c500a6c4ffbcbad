"""The clock of a home's node can be behind the present, and never ahead of it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ledger.chain.embedded.chain import EmbeddedChain
from ledger.chain.embedded.clock import BEHIND_SECONDS_MAX, HomeClock, seconds_behind, set_clock
from ledger.chain.embedded.errors import NodeError
from ledger.chain.embedded.files import NodeFiles
from ledger.errors import InvalidInput
from tests.embedded_probe import Sender

YEAR = 366 * 86_400


def test_a_clock_that_nobody_set_is_right(tmp_path: Path) -> None:
    assert abs(HomeClock(NodeFiles(tmp_path))() - time.time()) <= 1
    assert seconds_behind(tmp_path) == 0


def test_a_clock_is_set_back_goes_on_from_there_and_comes_to_the_present(tmp_path: Path) -> None:
    clock = HomeClock(NodeFiles(tmp_path))
    long_ago = int(time.time()) - YEAR
    set_clock(tmp_path, long_ago)
    assert long_ago <= clock() <= long_ago + 2
    assert abs(seconds_behind(tmp_path) - YEAR) <= 2
    set_clock(tmp_path, None)
    assert abs(clock() - time.time()) <= 1
    assert not NodeFiles(tmp_path).clock.exists()


@pytest.mark.parametrize("ahead", [5, -BEHIND_SECONDS_MAX - 5])
def test_the_future_and_what_is_too_long_ago_are_refused(tmp_path: Path, ahead: int) -> None:
    moment = int(time.time()) + ahead
    with pytest.raises(InvalidInput, match=f"clock of the node.*{moment}"):
        set_clock(tmp_path, moment)
    assert seconds_behind(tmp_path) == 0


@pytest.mark.parametrize("content", [b"soon", b"-5", b"", b"99999999999999", b"\xff"])
def test_a_file_that_holds_something_else_is_named(tmp_path: Path, content: bytes) -> None:
    files = NodeFiles(tmp_path)
    files.make_folder()
    files.clock.write_bytes(content)
    with pytest.raises(NodeError, match="clock"):
        HomeClock(files)()


def test_blocks_follow_the_clock_and_never_go_back(tmp_path: Path) -> None:
    files = NodeFiles(tmp_path)
    start = int(time.time()) - YEAR
    set_clock(tmp_path, start)
    chain = EmbeddedChain.open(files.chain, clock=HomeClock(files))
    sender = Sender(chain.chain_id)
    try:
        times = [chain.head.header.timestamp]
        for moment in (start + 86_400, start - 86_400, None):
            set_clock(tmp_path, moment)
            chain.add_block([chain.decode(sender.sign(b"\x22" * 20))])
            times.append(chain.head.header.timestamp)
    finally:
        chain.close()
    begun, later, still, present = times
    assert start <= begun <= start + 2
    assert start + 86_400 <= later == still
    assert time.time() - 2 <= present <= time.time()
