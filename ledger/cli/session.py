"""One run of a command: where the ledger is, and how the command speaks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ledger.cli.output import Output
from ledger.config import Settings

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger


class Session:
    """What every command gets: settings from options and environment, output, and the open ledger."""

    def __init__(self, home: Path | None, rpc: str | None, database: str | None, as_json: bool) -> None:
        self.settings = Settings.from_environment(os.environ, home=home, rpc=rpc, database=database)
        self.out = Output(as_json)

    @contextmanager
    def ledger(self, *, start_node: bool = True, caught_up: bool = True) -> Iterator[Ledger]:
        """
        The open ledger.

        Parameters
        ----------
        start_node
            Whether to start the home's own node where it does not run.
        caught_up
            Whether to bring the projection up to the chain's head first.
        """
        # Opening draws in the chain client and the database layer, which `--help` has no use for.
        from ledger.bootstrap import open_ledger

        with open_ledger(self.settings, start_node=start_node, ask_passphrase=passphrase_asker()) as opened:
            if caught_up:
                opened.follower.sync()
            yield opened


def may_ask() -> bool:
    """Whether there is a person to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def passphrase_asker() -> PassphraseAsker | None:
    """What asks a person for the passphrase of the keys; None where there is nobody to ask."""
    return PassphraseAsker() if may_ask() else None


class PassphraseAsker:
    """Asks for a passphrase without showing it."""

    def __call__(self) -> str:
        """Ask."""
        return str(typer.prompt("Passphrase of the keys", hide_input=True, err=True))
