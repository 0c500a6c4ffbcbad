"""The test network on this machine, and the files of a production network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.options import command
from ledger.cli.session import Session

if TYPE_CHECKING:
    from ledger.networks.network import Network

app = typer.Typer(no_args_is_help=True, help="The test network on this machine; the plan of a production network.")

DirectoryOption = Annotated[
    Path | None,
    typer.Option("--directory", metavar="DIR", help="Where the network's chains and keys are; HOME/network."),
]
GethOption = Annotated[
    Path | None,
    typer.Option(
        "--geth",
        metavar="DIR",
        help="Folder that holds the program go-ethereum, or gets it; INTERGOV_GETH, or the user's cache.",
    ),
]


@command(app, "up")
def up(
    session: Session,
    directory: DirectoryOption = None,
    geth: GethOption = None,
    validators: Annotated[
        int, typer.Option("--validators", metavar="N", help="How many nodes make blocks, in a new network.")
    ] = 4,
    observers: Annotated[
        int, typer.Option("--observers", metavar="N", help="How many only check them, in a new network.")
    ] = 1,
) -> None:
    """Make the network where there is none, and start every node that does not run. Safe to repeat."""
    from ledger.networks.go_ethereum import default_folder, ensure_geth, find_geth
    from ledger.networks.network import Network, find_network

    folder = geth or default_folder(os.environ)
    if find_geth(folder) is None:
        session.out.note(f"Building go-ethereum into {folder}; this takes some minutes, once")
    program = ensure_geth(folder)
    where = _where(session, directory)
    network = find_network(where) or Network.create(where, program, validators=validators, observers=observers)
    started = network.up(program)
    _show(session, network, started=started)
    session.out.line(f"A ledger on it 建账: intergov --home DIR init --rpc {','.join(network.urls)}")


@command(app, "down")
def down(
    session: Session,
    directory: DirectoryOption = None,
    remove: Annotated[bool, typer.Option("--remove", help="Delete the network too, with its chain and keys.")] = False,
) -> None:
    """Stop every node."""
    from ledger.networks.network import Network

    network = Network(_where(session, directory))
    stopped = network.down()
    if remove:
        network.remove()
    session.out.document({"directory": str(network.files.directory), "stopped": stopped, "removed": remove})
    session.out.line(f"Stopped 已停止: {', '.join(stopped) or 'nothing ran'}" + ("; removed 已删除" if remove else ""))


@command(app, "status")
def status(session: Session, directory: DirectoryOption = None) -> None:
    """Show how every node stands."""
    from ledger.networks.network import Network

    _show(session, Network(_where(session, directory)))


@command(app, "join")
def join(session: Session, directory: DirectoryOption = None) -> None:
    """Bring nodes together that stopped on different branches after a partition."""
    from ledger.networks.network import Network

    joined = Network(_where(session, directory)).join()
    session.out.document(
        {"common": joined.common, "head": joined.head, "rolled_back": dict(sorted(joined.rolled_back.items()))}
    )
    for name, blocks in sorted(joined.rolled_back.items()):
        session.out.line(f"{name} gave up {blocks} blocks and went back to block {joined.common} 回退")
    if not joined.rolled_back:
        session.out.line("All nodes are on one branch 各节点一致")


@command(app, "plan")
def plan(
    session: Session,
    members: Annotated[Path, typer.Argument(metavar="MEMBERS.toml", help="The list of members; see the guide.")],
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the plan is written; new or empty.")],
) -> None:
    """Write the files of a production network (Besu, QBFT) from a list of members."""
    from ledger.networks.besu.members import read_members
    from ledger.networks.besu.plan import write_plan

    made = write_plan(read_members(members), directory)
    session.out.document(
        {
            "directory": str(made.directory.absolute()),
            "chain_id": made.chain_id,
            "genesis_sha256": made.genesis_digest,
            "validators": list(made.validators),
        }
    )
    session.out.line(f"Plan 组网方案: {made.directory}, chain {made.chain_id}, {len(made.validators)} validators")
    session.out.line(f"All members compare 各成员核对: sha256 of genesis.json {made.genesis_digest}")


def _where(session: Session, directory: Path | None) -> Path:
    return directory or session.settings.home / "network"


def _show(session: Session, network: Network, **more: object) -> None:
    nodes = network.status()
    session.out.document(
        {
            "directory": str(network.files.directory),
            "chain_id": network.record.chain_id,
            **more,
            "nodes": [node.to_json() for node in nodes],
        }
    )
    rows = [
        (node.name, node.url, "validator" if node.validator else "observer", node.running, node.head, node.peers)
        for node in nodes
    ]
    session.out.table("", ("node", "address", "role", "runs", "head", "peers"), rows, right="head peers")
