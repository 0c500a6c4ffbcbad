"""The console in a real browser: served by `intergov serve`, drawn from a real ledger."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli_home import done, intergov, running_home, start

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HISTORY = """\
government,counterparty_or_forum,commitment_id,made_on,due_on,outcome,outcome_score,weight,resolved_on,iso3
Northmark,Lakes Forum,L-1,2021-03-01,2021-12-01,fulfilled,1,1,2021-11-01,
Southmark,Lakes Forum,L-1,2021-03-01,2021-12-01,broken,0,1,2021-12-20,
Eastmark,Lakes Forum,L-1,2021-03-01,2021-12-01,partial,0.5,1,2021-12-20,
"""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("console")
    file = folder / "lakes.csv"
    file.write_text(HISTORY, encoding="utf-8")
    with running_home(folder / "home") as home:
        done(intergov("init", home=home))
        done(intergov("import", file, home=home))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = start("serve", "--port", str(port), home=home)
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}/readyz", server)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.communicate(timeout=30)


def _wait_until_ready(url: str, server: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert server.poll() is None, server.communicate()
        try:
            if httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{url} is not ready after a minute")


def drawn(url: str, profile: Path) -> str:
    """The page as the browser has drawn it, once its scripts rest."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={profile}",
        "--virtual-time-budget=15000",
        "--dump-dom",
    ]
    finished = subprocess.run([browser, *arguments, url], capture_output=True, text=True, timeout=120, check=True)
    return finished.stdout


def rows(page: str) -> list[str]:
    """The text of every row of the page's tables, tags taken out."""
    found = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def test_the_ranking_is_drawn_best_first(console: str, tmp_path: Path) -> None:
    page = drawn(console, tmp_path)
    ranked = [row for row in rows(page) if "mark" in row]
    assert [re.findall(r"\w+mark", row)[0] for row in ranked] == ["Northmark", "Eastmark", "Southmark"]
    scores = httpx.get(f"{console}v1/scores", trust_env=False).json()["scores"]
    for row, score in zip(ranked, scores, strict=True):
        assert score["government"] in row
        assert f"{score['score'] / 10_000:.1f}" in row


def test_one_governments_reasons_are_drawn(console: str, tmp_path: Path) -> None:
    page = drawn(f"{console}#/government/local%3Asouthmark", tmp_path)
    text = " ".join(rows(page))
    assert "L-1: broken" in text
    explained = httpx.get(f"{console}v1/governments/local:southmark/explanation", trust_env=False).json()
    assert f"{abs(explained['reasons'][0]['points']) / 10_000:.2f}" in text
    # The history below it names the transaction that recorded it.
    history = httpx.get(f"{console}v1/history", params={"government": "local:southmark"}, trust_env=False).json()
    assert history["items"][0]["transaction"][:10] in page


def test_a_government_that_is_not_there_is_said_to_be_so(console: str, tmp_path: Path) -> None:
    page = drawn(f"{console}#/government/local%3Anobody", tmp_path)
    assert "local:nobody" in page
    assert "on this ledger" in page
