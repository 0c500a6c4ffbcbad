"""
What the command line says when something goes wrong.

A refusal is one clear line on stderr and exit code 1. What nobody foresaw is a short line too; the whole story is
printed where INTERGOV_DEBUG=1 is set. Wrong usage is typer's to say, with exit code 2.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer

from ledger.errors import LedgerError

REFUSED: Final = 1
"""Exit code of what was refused or has failed."""


def complain(message: str) -> None:
    """Say on stderr what went wrong."""
    typer.echo(f"intergov: {message}", err=True)


def debugging() -> bool:
    """Whether whole stories are wanted."""
    return os.environ.get("INTERGOV_DEBUG", "") not in ("", "0")


@contextmanager
def told() -> Iterator[None]:
    """Turn errors into a line on stderr and an exit code."""
    try:
        yield
    except typer.Exit:
        raise
    except typer.Abort:
        complain("stopped; nothing more was sent")
        raise typer.Exit(REFUSED) from None
    except KeyboardInterrupt:
        complain("interrupted; what was acknowledged stays, and the command can be given again")
        raise typer.Exit(REFUSED) from None
    except BrokenPipeError:
        # Whoever read the output has gone; the rest is written to nowhere, so that closing it does not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(REFUSED) from None
    except LedgerError as error:
        if debugging():
            traceback.print_exc()
        complain(str(error))
        raise typer.Exit(REFUSED) from None
    except Exception as error:  # noqa: BLE001 - the last place where it can be told to a person.
        if debugging():
            traceback.print_exc()
        message = str(error).splitlines()[0][:300] if str(error) else ""
        complain(
            f"an unexpected error, which is a fault of this program: {type(error).__name__}: {message}. "
            "Set INTERGOV_DEBUG=1 and repeat the command for the whole story"
        )
        raise typer.Exit(REFUSED) from None
