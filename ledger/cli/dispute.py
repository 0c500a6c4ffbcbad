"""Disputes: opened, heard, ruled on, appealed, concluded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli import reading
from ledger.cli.giving import give, signer_named
from ledger.cli.government import government_id
from ledger.cli.options import AsOption, YesOption, command
from ledger.cli.records import record, show_record
from ledger.cli.session import Session
from ledger.domain.commands import (
    AppealRuling,
    ConcludeDispute,
    EscalateDispute,
    GiveRuling,
    LodgeDisputeEvidence,
    OpenDispute,
    WithdrawDispute,
)
from ledger.domain.enums import DisputeState, ExcuseGround, Outcome
from ledger.domain.lifecycle import DISPUTE, possible
from ledger.domain.terms import Ruling
from ledger.errors import InvalidInput, NotFound
from ledger.store.projection.case_filters import DisputeFilter
from ledger.store.projection.reads import LIMIT_MAX

app = typer.Typer(help="Disputes about commitments, rulings and appeals.", no_args_is_help=True)

IdArgument = Annotated[int, typer.Argument(metavar="ID", min=1, help="The dispute's number.")]
FileOption = Annotated[
    Path | None, typer.Option("--file", metavar="FILE", help="The document; it stays here, its digest is recorded.")
]
DigestOption = Annotated[str | None, typer.Option("--digest", help="Its SHA-256, where the file is elsewhere.")]
LocatorOption = Annotated[str | None, typer.Option("--locator", help="Where those who may see it find it.")]

_GROUNDS = {"force-majeure": ExcuseGround.FORCE_MAJEURE, "change-of-law": ExcuseGround.CHANGE_OF_LAW}
_WHOLE_BASIS_POINTS = 10_000


@command(app, "list")
def list_disputes(
    session: Session,
    side: Annotated[str | None, typer.Option("--side", metavar="G", help="Only those it is a side of.")] = None,
    body: Annotated[str | None, typer.Option("--body", metavar="G", help="Only those that this body hears.")] = None,
    commitment: Annotated[int | None, typer.Option("--commitment", metavar="ID", help="Only about this one.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="Only open, ruled, appealed … ones.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=LIMIT_MAX, help="How many at most.")] = 200,
    after: Annotated[int, typer.Option("--after", metavar="ID", min=0, help="Only those with a larger number.")] = 0,
) -> None:
    """Disputes, by number."""
    chosen = None if state is None else reading.member("--state", state, DisputeState)
    with session.ledger() as ledger:
        which = DisputeFilter(
            commitment=commitment,
            side=None if side is None else government_id(ledger, side),
            body=None if body is None else government_id(ledger, body),
            state=chosen,
        )
        found = [record(row) for row in ledger.queries.disputes(which, after=(after,), limit=limit)]
        names = {id: row.name for id, row in ledger.queries.every_government().items()}
    session.out.document(found)
    columns = ("id", "commitment", "opened by", "heard by", "state", "rule by", "appeal by", "outcome")
    rows = [
        (each["id"], each["commitment"], names.get(each["opener"]),
         names.get(each["body"]) or ", ".join(names[member] for member in each["panel"]), each["state"],
         each["rule_by"], each["appeal_by"], each["outcome"])
        for each in found
    ]  # fmt: skip
    session.out.table("", columns, rows, right="id commitment")


@command(app, "show")
def show(session: Session, id: IdArgument) -> None:
    """One dispute with its evidence and rulings, and what can be done next."""
    with session.ledger() as ledger:
        row = ledger.queries.dispute(id)
        if row is None:
            raise NotFound("dispute", id)
        evidence = [record(each) for each in ledger.queries.dispute_evidence(id)]
        rulings = [record(each) for each in ledger.queries.rulings(id)]
        panels = [record(each) for each in ledger.queries.panel_members(id)]
    document = record(row) | {
        "evidence": evidence,
        "rulings": rulings,
        "panels": panels,
        "possible": list(possible(DISPUTE, row.state)),
    }
    session.out.document(document)
    show_record(session, document)


@command(app, "open")
def open_dispute(
    session: Session,
    commitment: Annotated[int, typer.Argument(metavar="COMMITMENT", min=1, help="The commitment's number.")],
    file: FileOption = None,
    digest: DigestOption = None,
    locator: LocatorOption = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Open a dispute, as either side: about contested evidence, an outcome, a breach or a backfilled entry."""
    statement, where = reading.evidence(file, digest, locator)
    with session.ledger() as ledger:
        give(session, ledger, OpenDispute(commitment, statement, where), signer_named(ledger, signer), yes=yes)


@command(app, "evidence")
def evidence(
    session: Session,
    id: IdArgument,
    file: FileOption = None,
    digest: DigestOption = None,
    locator: LocatorOption = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Lodge evidence, as either side and within the time for it."""
    content, where = reading.evidence(file, digest, locator)
    with session.ledger() as ledger:
        give(session, ledger, LodgeDisputeEvidence(id, content, where), signer_named(ledger, signer), yes=yes)


@command(app, "rule")
def rule(
    session: Session,
    id: IdArgument,
    outcome: Annotated[str, typer.Option("--outcome", help="fulfilled, partly, broken or excused.")],
    kept: Annotated[
        str | None, typer.Option("--kept", metavar="PERCENT", help="For partly: to what degree, such as 62.5.")
    ] = None,
    ground: Annotated[str | None, typer.Option("--ground", help="For excused: force-majeure or change-of-law.")] = None,
    file: FileOption = None,
    digest: DigestOption = None,
    locator: LocatorOption = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Give a ruling, for the body or as a member of the panel that hears it. --file holds the reasons."""
    found = reading.member("--outcome", outcome, Outcome)
    reasons, where = reading.evidence(file, digest, locator)
    ruling = Ruling(found, _degree(found, kept), _ground(found, ground), reasons, where)
    with session.ledger() as ledger:
        give(session, ledger, GiveRuling(id, ruling), signer_named(ledger, signer), yes=yes)


@command(app, "appeal")
def appeal(
    session: Session,
    id: IdArgument,
    file: FileOption = None,
    digest: DigestOption = None,
    locator: LocatorOption = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Appeal against the first ruling, as either side, once and in time. --file holds the grounds."""
    grounds, where = reading.evidence(file, digest, locator)
    with session.ledger() as ledger:
        give(session, ledger, AppealRuling(id, grounds, where), signer_named(ledger, signer), yes=yes)


@command(app, "escalate")
def escalate(session: Session, id: IdArgument, signer: AsOption = None, yes: YesOption = False) -> None:
    """Have a dispute that was not ruled on in time go up. Anyone may."""
    with session.ledger() as ledger:
        give(session, ledger, EscalateDispute(id), signer_named(ledger, signer), yes=yes)


@command(app, "conclude")
def conclude(session: Session, id: IdArgument, signer: AsOption = None, yes: YesOption = False) -> None:
    """Make a ruling that nobody appealed against in time final. Anyone may."""
    with session.ledger() as ledger:
        give(session, ledger, ConcludeDispute(id), signer_named(ledger, signer), yes=yes)


@command(app, "withdraw")
def withdraw(session: Session, id: IdArgument, signer: AsOption = None, yes: YesOption = False) -> None:
    """Take a dispute back, as the one who opened it and before it is ruled on."""
    with session.ledger() as ledger:
        give(session, ledger, WithdrawDispute(id), signer_named(ledger, signer), yes=yes)


def _degree(outcome: Outcome, kept: str | None) -> int:
    if outcome is Outcome.PARTLY:
        if kept is None:
            raise InvalidInput("--kept", None, "to what degree it was kept, with --outcome partly")
        return reading.kept(kept)
    if kept is not None:
        raise InvalidInput("--kept", kept, "nothing, except with --outcome partly")
    return _WHOLE_BASIS_POINTS if outcome is Outcome.FULFILLED else 0


def _ground(outcome: Outcome, text: str | None) -> ExcuseGround:
    if outcome is Outcome.EXCUSED:
        return _GROUNDS[reading.member_text("--ground", text or "", list(_GROUNDS))]
    if text is not None:
        raise InvalidInput("--ground", text, "nothing, except with --outcome excused")
    return ExcuseGround.NONE
