"""
Homes for tests of the whole: the real `intergov` on a ledger in a temporary folder, with its node in a real process.

`intergov` runs a command within the test's process, which is quick; `intergov_process` runs it in one of its own, for
what only a process shows: exit codes, signals, what stands on which stream.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from ledger.chain.embedded.client import stop_node
from ledger.cli.app import app

INTERGOV = (sys.executable, "-c", "from ledger.cli import main; main()")


def environment(**more: str) -> dict[str, str]:
    """The environment of a process: nothing of a developer's own ledger, narrow output, English messages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INTERGOV_")}
    return {**kept, "NO_COLOR": "1", "PYTHONWARNINGS": "error", "PYTHONUNBUFFERED": "1", **more}


def intergov(*arguments: str | Path, home: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command line within this process."""
    given = ([] if home is None else ["--home", str(home)]) + [str(each) for each in arguments]
    result = CliRunner().invoke(app, given, env={"NO_COLOR": "1", **more})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return subprocess.CompletedProcess(given, result.exit_code, result.stdout, result.stderr)


def intergov_process(
    *arguments: str | Path, home: Path | None = None, timeout: float = 240, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, to its end."""
    where = [] if home is None else ["--home", str(home)]
    return subprocess.run(
        [*INTERGOV, *where, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=timeout,
        env=environment(**more),
        check=False,
    )


def start(*arguments: str | Path, home: Path) -> subprocess.Popen[str]:
    """Start the command line and leave it running, in a process group of its own."""
    return subprocess.Popen(
        [*INTERGOV, "--home", str(home), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        env=environment(),
        start_new_session=True,
    )


def done(result: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    """The result of a command that must have succeeded."""
    assert result.returncode == 0, f"exit {result.returncode}\n{result.stdout}\n{result.stderr}"
    return result


def answer(result: subprocess.CompletedProcess[str]) -> Any:
    """The JSON document of a command that must have succeeded."""
    return json.loads(done(result).stdout)


def refused(result: subprocess.CompletedProcess[str]) -> str:
    """The reason of a command that must have been refused: on stderr, in one piece, without a traceback."""
    assert result.returncode == 1, f"exit {result.returncode}\n{result.stdout}\n{result.stderr}"
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("intergov: ") or "\nintergov: " in result.stderr
    return result.stderr


@contextmanager
def running_home(path: Path) -> Iterator[Path]:
    """A home whose node is stopped afterwards, whatever happens."""
    try:
        yield path
    finally:
        stop_node(path)


def make_home(path: Path, *options: str) -> Path:
    """A fresh ledger whose node rests, to be copied."""
    done(intergov("init", *options, home=path))
    stop_node(path)
    return path


@contextmanager
def copied_home(blank: Path, path: Path) -> Iterator[Path]:
    """A copy of a ledger whose node rests: much quicker than a new one."""
    shutil.copytree(blank, path)
    with running_home(path):
        yield path
