"""
Run a home's node in the foreground.

    python -m ledger.chain.embedded --home DIR [--port PORT] [--idle-exit SECONDS]

Ends with status 0 on SIGTERM, SIGINT or after the idle time; with 1 and the reason on stderr when the node cannot run.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from ledger.chain.embedded.server import run
from ledger.errors import LedgerError


def main(arguments: list[str] | None = None) -> int:
    """Run the node; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ledger.chain.embedded", description="Run the node of a home.")
    parser.add_argument(
        "--home", type=Path, required=True, help="folder of the home; the node lives in its node/ folder"
    )
    parser.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1; 0, the default, takes a free one")
    parser.add_argument("--idle-exit", type=int, metavar="SECONDS", help="end after so long without a request")
    chosen = parser.parse_args(arguments)
    if chosen.idle_exit is not None and chosen.idle_exit <= 0:
        parser.error(f"argument --idle-exit: {chosen.idle_exit}; a number of seconds above 0 is allowed")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        run(chosen.home, port=chosen.port, idle_exit=chosen.idle_exit)
    except LedgerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
