"""Policies: the score policy and the time limits of procedure, in versions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import YesOption, command
from ledger.cli.output import moment
from ledger.cli.proposal import carry_out
from ledger.cli.session import Session
from ledger.domain.moments import parse_moment
from ledger.errors import NotFound
from ledger.policies import load_procedure_policy
from ledger.store.projection.filters import PolicyFilter

app = typer.Typer(help="Which rules apply from when. Administrators publish versions together.", no_args_is_help=True)


@command(app, "list")
def list_policies(session: Session) -> None:
    """Every version of every policy."""
    with session.ledger() as ledger:
        scores = ledger.queries.policies(PolicyFilter())
        procedures = ledger.queries.procedure_policies()
    rows = [(row.kind, row.version, moment(row.effective_from), row.digest) for row in scores]
    rows += [("procedure", row.version, moment(row.effective_from), "") for row in procedures]
    columns = ("kind", "version", "effective_from", "digest")
    session.out.document([dict(zip(columns, row, strict=True)) for row in rows])
    session.out.table("", ("kind", "version", "in force from", "digest"), rows, right="version")


@command(app, "show-procedure")
def show_procedure(
    session: Session,
    version: Annotated[int | None, typer.Option("--version", min=1, help="The newest by default.")] = None,
) -> None:
    """The time limits and thresholds of one version; `--json` gives a file to change and propose."""
    with session.ledger() as ledger:
        found = ledger.queries.procedure_policies()
    chosen = next((row for row in reversed(found) if version in (None, row.version)), None)
    if chosen is None:
        raise NotFound("procedure policy of version", version)
    document = chosen.policy.to_mapping()
    session.out.document(document)
    session.out.table("", ("parameter", "value"), list(document.items()))


@command(app, "propose-procedure")
def propose_procedure(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="All time limits and thresholds.")],
    effective_from: Annotated[
        str | None, typer.Option("--from", metavar="T", help="First second; when it is executed, by default.")
    ] = None,
    yes: YesOption = False,
) -> None:
    """Propose the next version of the procedure policy. What was begun under an older one goes on under it."""
    policy = load_procedure_policy(file)
    begins = 0 if effective_from is None else parse_moment(effective_from, "--from")
    with session.ledger() as ledger:
        arguments = [policy, begins]
        reason = f"Procedure policy as in {file.name}"
        carry_out(session, ledger, "ProcedureRegister", "publishProcedurePolicy", arguments, reason, yes=yes)
