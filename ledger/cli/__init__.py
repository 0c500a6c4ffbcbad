"""The command line `intergov`."""

from __future__ import annotations

from typing import Annotated

import typer

import ledger

app = typer.Typer(name="intergov", help="Inter-government trust and credit ledger.", no_args_is_help=True)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"intergov-ledger {ledger.__version__}")
        raise typer.Exit


@app.callback()
def intergov(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Record commitments between governments, and score how they were kept."""


def main() -> None:
    """Run the command line: the console script's entry point."""
    app()
