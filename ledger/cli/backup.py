"""Backup and restore of a home."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import command
from ledger.cli.session import Session
from ledger.home import Home

app = typer.Typer()


@command(app, "backup")
def backup(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write; it must not exist.")],
) -> None:
    """Write a backup of the home, while it runs: chain, stores, documents, keys."""
    from ledger.backup import back_up

    missing = []
    home = Home(session.settings.home)
    if session.settings.database is not None:
        missing.append("the database named by --database: back it up before this, with its own tools")
    if session.settings.rpc is not None or home.record().get("rpc") is not None:
        missing.append("the chain: it is on the network's nodes")
    report = back_up(home, file, tuple(missing))
    session.out.document({"file": str(file), **report.to_json()})
    session.out.line(f"Done 已备份: {report.files} files, {report.bytes / 1_048_576:.1f} MiB, in {file}")
    for each in missing:
        session.out.note(f"Not in it: {each}")
    session.out.note("It holds the home's keys; keep it as you keep those.")


@command(app, "restore")
def restore(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
) -> None:
    """Make the home out of a backup; its folder must be empty or not there yet."""
    from ledger.backup import restore as restored

    home = Home(session.settings.home)
    report = restored(file, home)
    session.out.document({"home": str(home.path), **report.to_json()})
    session.out.line(f"Done 已恢复: {report.files} files in {home.path}")
    for each in report.missing:
        session.out.note(f"Was not in it: {each}")
    session.out.note(
        "See to it that the old home does not run any more: two that write to copies of one chain become two ledgers."
    )
