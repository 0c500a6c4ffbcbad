"""The command line, put together: a table of contents."""

from __future__ import annotations

import os

import typer

import ledger
from ledger import logs
from ledger.cli import (
    agreement,
    agreement_life,
    agreement_templates,
    backtest,
    backup,
    breach,
    commitment,
    commitment_answers,
    compensation,
    deadlines,
    dialogue,
    discipline,
    dispute,
    doctor,
    government,
    government_keys,
    home_commands,
    import_command,
    keys,
    network,
    operation,
    policy,
    proposal,
    receipt,
    score_runs,
    scores,
    send,
    webhook,
)
from ledger.cli.demo import command as demo
from ledger.cli.options import DatabaseOption, GlobalOptions, HomeOption, JsonOption, RpcOption
from ledger.cli.trouble import REFUSED, complain
from ledger.errors import InvalidInput

app = typer.Typer(
    name="intergov",
    help="Record commitments between governments, and score how they were kept.",
    no_args_is_help=True,
    add_completion=False,
    # What goes wrong is told by `trouble`, in one line.
    pretty_exceptions_enable=False,
)
# These add commands to the groups that they belong to.
_MORE = (agreement_life, agreement_templates, commitment_answers, government_keys)

for group in (home_commands, demo, import_command, scores, score_runs, backtest, deadlines, send, backup, doctor):
    app.add_typer(group.app)
app.add_typer(agreement.app, name="agreement")
app.add_typer(commitment.app, name="commitment")
app.add_typer(compensation.app, name="compensation")
app.add_typer(breach.app, name="breach")
app.add_typer(dispute.app, name="dispute")
app.add_typer(discipline.app, name="discipline")
app.add_typer(dialogue.app, name="dialogue")
app.add_typer(government.app, name="government")
app.add_typer(policy.app, name="policy")
app.add_typer(proposal.app, name="proposal")
app.add_typer(operation.app, name="operation")
app.add_typer(receipt.app, name="receipt")
app.add_typer(keys.app, name="keys")
app.add_typer(webhook.app, name="webhook")
app.add_typer(network.app, name="network")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"intergov-ledger {ledger.__version__}")
        raise typer.Exit


@app.callback()
def intergov(
    context: typer.Context,
    home: HomeOption = None,
    rpc: RpcOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version and stop."
    ),
) -> None:
    """Record commitments between governments, and score how they were kept."""
    assert not version, "the version is printed and the program ended before this is reached"
    context.obj = GlobalOptions(home, rpc, database, as_json)


def main() -> None:
    """Run the command line: the console script's entry point."""
    # What the rooms below report (a node that is waited for, transactions sent again) goes to stderr, in the same form.
    try:
        logs.configure(os.environ)
    except InvalidInput as error:
        complain(str(error))
        raise SystemExit(REFUSED) from None
    app()
