"""`intergov demo`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.home_commands import run_server
from ledger.cli.options import command
from ledger.cli.scores import show_reasons, show_scores
from ledger.cli.session import Session

if TYPE_CHECKING:
    from ledger.cli.demo.scene import Say

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
    perform(session, session.out.line)
    with session.ledger() as ledger:
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
            f"The ledger is in {session.settings.home}. Look on with `intergov score`, `intergov explain GOVERNMENT`, "
            "`intergov breach list`, `intergov dispute show 1`, `intergov agreement show 5`."
        )
    if serve:
        run_server(session, host, port)


def perform(session: Session, say: Say) -> None:
    """
    Play the scenario in the session's home; one where it was played is left as it is.

    The clock of the home's node is set behind for that, and right again whatever happens.

    Raises
    ------
    DemoNeedsOwnNode, DemoNeedsFreshHome, DemoHomeInUse, DemoHalfPlayed, DemoNeedsAdministrators
    """
    from ledger.bootstrap import init_home
    from ledger.chain.embedded.clock import set_clock
    from ledger.cli.demo.play import play, played
    from ledger.cli.demo.scene import DAY_SECONDS, PLAY_DAYS, DemoNeedsFreshHome, DemoNeedsOwnNode, Scene
    from ledger.domain.moments import format_moment
    from ledger.home import Home

    settings = session.settings
    home = Home(settings.home)
    rpc = settings.rpc or (home.record().get("rpc") if home.exists else None)
    if rpc is not None:
        raise DemoNeedsOwnNode(
            f"the play goes through {PLAY_DAYS} days on a chain of its own, and {rpc} is another's; leave out --rpc, "
            "and name a fresh home with --home"
        )
    begin = int(time.time()) - PLAY_DAYS * DAY_SECONDS
    fresh = home.deployment() is None
    home.create(None)
    try:
        if fresh:
            set_clock(home.path, begin)
            init_home(settings)
        with session.ledger() as ledger:
            scene = Scene(ledger, say, begin)
            if played(scene):
                say("The scenario was played in this home before; this is how it stands. 本账本已演示过，结果如下。")
                return
            head = ledger.connection.head().timestamp
            if head > scene.moment(1):
                raise DemoNeedsFreshHome(
                    f"the play begins at {format_moment(begin)}, and the chain in {home.path} is at "
                    f"{format_moment(head)} already; name a fresh home with --home"
                )
            play(scene)
    finally:
        set_clock(home.path, None)
