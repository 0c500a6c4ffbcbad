"""Recording a file of commitments and outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.options import command
from ledger.cli.session import Session
from ledger.domain.terms import NewGovernment
from ledger.errors import LedgerError

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger
    from ledger.importing.importer import Importing

app = typer.Typer()


class RowsRejected(LedgerError):
    """Some rows of a file were rejected; the others are on the ledger."""


@command(app, "import")
def import_(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The file to record.")],
    strict: Annotated[bool, typer.Option("--strict", help="Refuse the file whole where one row is bad.")] = False,
) -> None:
    """Record a file of commitments and outcomes. Resumable: a second run of the same file adds nothing."""
    from ledger.importing.importer import import_file

    with session.ledger() as ledger, session.out.progress(f"Importing {file.name}") as step:
        report = import_file(file, work_of(ledger), strict=strict, progress=step)
    document = report.to_json()
    session.out.document(document)
    speed = "" if document["rows_per_second"] is None else f", {document['rows_per_second']:,} rows/s"
    session.out.line(
        f"{report.read} rows read 读取: {report.recorded} recorded 新录, {report.updated} updated 更新, "
        f"{report.skipped} skipped 已有, {len(report.rejections)} rejected 拒收; "
        f"{report.settled} outcomes settled 履约结果; {report.governments} governments registered; "
        f"{report.seconds:.1f} s{speed}"
    )
    if report.rejections:
        for rejection in report.rejections:
            session.out.note(str(rejection))
        raise RowsRejected(
            f"{len(report.rejections)} of {report.read} rows of {file.name} were rejected; the others are on the ledger"
        )


def work_of(ledger: Ledger) -> Importing:
    """What the importer works with, from an open ledger."""
    from ledger.administration import NotYetAdministered, Stage
    from ledger.bootstrap import RECORDER_KEY, wall_clock
    from ledger.importing.importer import Importing
    from ledger.importing.sender import RelaySender
    from ledger.importing.standing import ProjectionStanding, recorder_of

    signer = ledger.keys.signer(RECORDER_KEY)

    def register(governments: Sequence[NewGovernment], reason: str) -> None:
        proposal = ledger.administration.carry_out(
            "GovernmentRegister", "registerGovernments", [tuple(governments)], reason, ledger.administrators()
        )
        if proposal.stage is not Stage.EXECUTED:
            raise NotYetAdministered(f"{len(governments)} governments of the file are to be registered", proposal)

    return Importing(
        recorder=recorder_of(ledger.queries, signer.address),
        standing=ProjectionStanding(ledger.queries),
        sender=RelaySender(ledger.relay, ledger.store.outbox, ledger.deployment, signer),
        catch_up=ledger.follower.sync,
        register=register,
        add_alias=lambda name, government, file: ledger.store.aliases.add(name, government, wall_clock(), file),
        lock=ledger.home.path / "import.lock",
    )
