"""`intergov demo`."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.home_commands import run_server
from ledger.cli.options import command
from ledger.cli.scores import show_reasons, show_scores
from ledger.cli.session import Session

app = typer.Typer()

REASONS_SHOWN = 8


@command(app, "demo")
def demo(
    session: Session,
    serve: Annotated[bool, typer.Option("--serve", help="Go on to serve API and console.")] = False,
    host: Annotated[str, typer.Option("--host", help="With --serve: address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help="With --serve: port.")] = 8000,
) -> None:
    """Play the S City scenario, ending with the table of scores and the reasons for the best and the worst."""
    from ledger.bootstrap import init_home
    from ledger.cli.demo.play import Play

    init_home(session.settings)
    with session.ledger() as ledger:
        Play(ledger, session.out.line).run()
        ledger.follower.sync()
        document = ledger.reports.scores().to_json()
        rated = [each for each in document["scores"] if each["standing"] != "unrated"]
        best, worst = (ledger.reports.explain(each["government"]).to_json() for each in (rated[0], rated[-1]))
    session.out.document(document | {"best": best, "worst": worst})
    session.out.line()
    show_scores(session, document)
    for heading, explained in (("The best 最优", best), ("The worst 最差", worst)):
        session.out.line()
        session.out.line(f"{heading}: {explained['name']}")
        show_reasons(session, explained, REASONS_SHOWN)
    if not session.out.as_json:
        session.out.note(
            f"The ledger is in {session.settings.home}; look on with `intergov score`, `intergov explain`."
        )
    if serve:
        run_server(session, host, port)
