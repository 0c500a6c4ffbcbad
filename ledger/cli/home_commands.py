"""Making a home, serving it, replaying its projection."""

from __future__ import annotations

import os
import socket
from typing import Annotated, Final

import typer

from ledger.cli.options import command
from ledger.cli.session import Session, may_ask
from ledger.errors import InvalidInput, LedgerError

app = typer.Typer()


GRACE_SECONDS: Final = 10
"""How long a server that is told to stop waits for requests under way."""


class ProjectionDiffers(LedgerError):
    """What stands in the projection is not what a replay of the chain gives."""


@command(app, "init")
def init(
    session: Session,
    administrators: Annotated[
        int, typer.Option("--administrators", metavar="N", help="How many administrators there are.")
    ] = 3,
    threshold: Annotated[int, typer.Option("--threshold", metavar="K", help="How many of them must agree.")] = 2,
    delay: Annotated[
        int, typer.Option("--delay", metavar="SECONDS", help="How long what they agreed on stands in public first.")
    ] = 0,
) -> None:
    """Make the home: keys, embedded chain, contracts, records office, score policy. Safe to repeat."""
    from ledger.bootstrap import init_home

    ask = None
    if os.environ.get("INTERGOV_ASK_PASSPHRASE") and may_ask():
        ask = _new_passphrase
    made = init_home(
        session.settings, administrators=administrators, threshold=threshold, delay_seconds=delay, ask_passphrase=ask
    )
    waiting = [{"purpose": each.purpose, **each.proposal.to_json()} for each in made.waiting]
    session.out.document(
        {
            "home": str(made.home.path),
            "chain_id": made.deployment.chain_id,
            "contracts": dict(made.deployment.addresses),
            "waiting": waiting,
        }
    )
    session.out.line(f"Home 账本目录: {made.home.path}")
    session.out.line(f"Chain 链: {made.deployment.chain_id}, contracts from block {made.deployment.block}")
    for name, address in made.deployment.addresses.items():
        session.out.line(f"  {name:20} {address}")
    for each in made.waiting:
        session.out.line(f"Waiting 待办: {each}; then run `intergov init` again")
    if made.home.keeps_passphrase:
        session.out.note(
            "The keys' passphrase lies beside them, which suits development: whoever reads the home can sign."
        )


def _new_passphrase() -> str:
    return str(typer.prompt("New passphrase of the keys", hide_input=True, confirmation_prompt=True, err=True))


@command(app, "serve")
def serve(
    session: Session,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help="Port to listen on.")] = 8000,
) -> None:
    """Serve the API at /v1, the console at /, with follower and relayer."""
    run_server(session, host, port)


def run_server(session: Session, host: str, port: int) -> None:
    """Serve until stopped."""
    import uvicorn

    # Opened once here, so that what is wrong with the home is said in one line, before anything listens.
    with session.ledger() as ledger:
        url = ledger.connection.url
    # The server reads the environment: it is started by an import string and shares no objects with this program.
    os.environ["INTERGOV_HOME"] = str(session.settings.home.absolute())
    for name, value in (("INTERGOV_RPC", session.settings.rpc), ("INTERGOV_DATABASE", session.settings.database)):
        if value is not None:
            os.environ[name] = value
    session.out.note(f"Serving {session.settings.home} on http://{host}:{port} (node {url}); stop with Ctrl-C")
    config = uvicorn.Config(
        "api.main:create_app",
        factory=True,
        host=host,
        port=port,
        log_level="warning",
        # Lines of the server's own go where ours go, in the same form.
        log_config=None,
        # A caller that holds its connection open is not waited for longer; requests of commands take a second.
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    # Bound here, because the server ends the process itself where the address is taken.
    with _listening(host, port) as listener:
        uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    """A socket bound to an address, or InvalidInput where that cannot be listened on."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            # Listening at once: two processes may bind the same address, and only one of them listen.
            listener.listen()
        except OSError:
            listener.close()
            raise
    except OSError as error:
        rule = f"an address of this machine that is free to listen on ({error.strerror or error})"
        raise InvalidInput("--host, --port", f"{host}:{port}", rule) from None
    return listener


@command(app, "rebuild")
def rebuild(
    session: Session,
    check: Annotated[
        bool, typer.Option("--check", help="Replay beside what stands and compare; exit 1 on any difference.")
    ] = False,
) -> None:
    """Replay the projection from the chain."""
    with session.ledger(caught_up=check) as ledger, session.out.progress("Replaying") as step:
        report = ledger.follower.rebuild(check=check, progress=step)
    per_second = round(report.events / report.seconds, 1) if report.seconds > 0 else None
    session.out.document(
        {
            "events": report.events,
            "blocks": report.blocks,
            "seconds": round(report.seconds, 3),
            "events_per_second": per_second,
            "differences": report.differences,
        }
    )
    session.out.line(
        f"{report.events} events in {report.blocks} blocks, {report.seconds:.2f} s"
        + ("" if per_second is None else f", {per_second:,.0f} events/s")
    )
    if report.differences:
        for difference in report.differences:
            session.out.note(difference)
        raise ProjectionDiffers(
            f"the projection differs from a replay in {len(report.differences)} places; `intergov rebuild` mends it"
        )
    if check:
        session.out.line("The projection is what a replay gives 投影与重放一致")
