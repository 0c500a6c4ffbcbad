"""Agreements through their life: negotiated, amended, joined, suspended, assessed, ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import reading
from ledger.cli.agreement import IdArgument, agreement_row, app, terms_from
from ledger.cli.giving import give, signer_named
from ledger.cli.government import GovernmentArgument, government_id
from ledger.cli.options import AsOption, YesOption, command
from ledger.cli.records import record, show_record
from ledger.cli.session import Session
from ledger.domain.commands import (
    AccedeToAgreement,
    ApproveAccession,
    ConsentToEnd,
    DeclineVersion,
    EndAgreement,
    RecordAssessment,
    ResumeAgreement,
    SucceedParty,
    SuspendAgreement,
)
from ledger.domain.enums import EndReason
from ledger.domain.terms import Assessment, Ending
from ledger.errors import InvalidInput, NotFound
from ledger.store.projection.case_filters import AccessionFilter, AssessmentFilter

if TYPE_CHECKING:
    from ledger.store.projection.rows import AgreementRow

ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in words.")]


@command(app, "counter")
def counter(
    session: Session,
    id: IdArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="All terms as they shall be.")],
    change_note: Annotated[str, typer.Option("--change-note", help="What is changed and why.")],
    document: Annotated[
        Path | None, typer.Option("--document", metavar="FILE", help="The agreement's text: its SHA-256 goes in.")
    ] = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Propose another version: a counter-proposal, or an amendment of what is concluded."""
    from ledger.chain.command_json import command_from_json

    with session.ledger() as ledger:
        terms = terms_from(ledger, file, document)
        body = {"id": id, "terms": terms, "change_note": change_note}
        give(session, ledger, command_from_json("ProposeVersion", body), signer_named(ledger, signer), yes=yes)


@command(app, "versions")
def versions(session: Session, id: IdArgument) -> None:
    """Every version that was proposed, who changed what, and who signed which."""
    with session.ledger() as ledger:
        agreement_row(ledger, id)
        names = {each.id: each.name for each in ledger.queries.every_government().values()}
        signed = ledger.queries.agreement_signatures(id)
        found = [
            record(each) | {"signatures": [record(sign) for sign in signed if sign.version == each.number]}
            for each in ledger.queries.agreement_versions(id)
        ]
    session.out.document(found)
    rows = [
        (each["number"], names.get(each["proposer"]), each["recorded_at"], each["change_note"],
         ", ".join(names[sign["party"]] for sign in each["signatures"]),
         each["concluded_at"] or each["declined_at"] or each["superseded_at"])
        for each in found
    ]  # fmt: skip
    columns = ("version", "proposed by", "at", "change", "signed by", "concluded, declined or superseded")
    session.out.table("", columns, rows, right="version")


@command(app, "decline")
def decline(
    session: Session,
    id: IdArgument,
    reason: ReasonOption,
    version: Annotated[int | None, typer.Option("--version", min=1, help="By default the one that waits.")] = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Decline the version that waits; before conclusion that abandons the agreement."""
    with session.ledger() as ledger:
        row = agreement_row(ledger, id)
        number = version or row.pending_version or row.terms_version
        give(session, ledger, DeclineVersion(id, number, reason), signer_named(ledger, signer), yes=yes)


@command(app, "accede")
def accede(session: Session, id: IdArgument, signer: AsOption = None, yes: YesOption = False) -> None:
    """Sign, as a newcomer, the version in force."""
    with session.ledger() as ledger:
        row = agreement_row(ledger, id)
        digest = bytes.fromhex(row.terms_digest.removeprefix("0x"))
        give(session, ledger, AccedeToAgreement(id, digest), signer_named(ledger, signer), yes=yes)


@command(app, "admit")
def admit(
    session: Session, id: IdArgument, government: GovernmentArgument, signer: AsOption = None, yes: YesOption = False
) -> None:
    """Admit a newcomer that has signed, as the coordinating body."""
    with session.ledger() as ledger:
        newcomer = government_id(ledger, government)
        give(session, ledger, ApproveAccession(id, newcomer), signer_named(ledger, signer), yes=yes)


@command(app, "newcomers")
def newcomers(session: Session, id: IdArgument) -> None:
    """Who signed as a newcomer, and whether they were admitted."""
    with session.ledger() as ledger:
        agreement_row(ledger, id)
        found = [record(row) for row in ledger.queries.accessions(AccessionFilter(agreement=id), limit=1_000)]
        names = {each.id: each.name for each in ledger.queries.every_government().values()}
    session.out.document(found)
    rows = [(names.get(each["government"]), each["requested_at"], each["admitted_at"]) for each in found]
    session.out.table("", ("government", "signed", "admitted"), rows)


@command(app, "suspend")
def suspend(
    session: Session, id: IdArgument, reason: ReasonOption, signer: AsOption = None, yes: YesOption = False
) -> None:
    """Suspend, as the coordinating body: nothing new is agreed under it, and nothing reported overdue."""
    with session.ledger() as ledger:
        give(session, ledger, SuspendAgreement(id, reason), signer_named(ledger, signer), yes=yes)


@command(app, "resume")
def resume(session: Session, id: IdArgument, signer: AsOption = None, yes: YesOption = False) -> None:
    """End the suspension, as the coordinating body."""
    with session.ledger() as ledger:
        give(session, ledger, ResumeAgreement(id), signer_named(ledger, signer), yes=yes)


@command(app, "consent-to-end")
def consent_to_end(
    session: Session,
    id: IdArgument,
    note: Annotated[str, typer.Option("--note", help="Why, in words.")] = "",
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Consent, as a party, to ending the agreement; when all have, it ends."""
    with session.ledger() as ledger:
        give(session, ledger, ConsentToEnd(id, note), signer_named(ledger, signer), yes=yes)


@command(app, "end")
def end(
    session: Session,
    id: IdArgument,
    reason: Annotated[str, typer.Option("--reason", help="completed, expired, breach, superseded or by-law.")],
    note: Annotated[str, typer.Option("--note", help="The ground, in words; by law, the law.")] = "",
    commitment: Annotated[
        int, typer.Option("--commitment", metavar="ID", min=0, help="For a breach: what was broken.")
    ] = 0,
    successor: Annotated[
        int, typer.Option("--successor", metavar="ID", min=0, help="For superseded: the agreement in its place.")
    ] = 0,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """End the agreement, as the coordinating body; as anyone when it has expired."""
    ending = Ending(id, reading.member("--reason", reason, EndReason), commitment, successor, note)
    with session.ledger() as ledger:
        give(session, ledger, EndAgreement(ending), signer_named(ledger, signer), yes=yes)


@command(app, "succeed")
def succeed(
    session: Session,
    id: IdArgument,
    predecessor: Annotated[str, typer.Argument(metavar="PREDECESSOR", help="Whose place is taken.")],
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Take a predecessor's place among the parties, as its successor."""
    with session.ledger() as ledger:
        former = government_id(ledger, predecessor)
        give(session, ledger, SucceedParty(id, former), signer_named(ledger, signer), yes=yes)


@command(app, "assess")
def assess(
    session: Session,
    id: IdArgument,
    measured: Annotated[
        list[str],
        typer.Option("--measured", metavar="N=VALUE", help="Once for each indicator, by number, in its unit: 0=4.5."),
    ],
    number: Annotated[
        int | None, typer.Option("--number", min=1, help="Which assessment; by default the next.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", metavar="FILE", help="The report; it stays here.")] = None,
    digest: Annotated[str | None, typer.Option("--digest", help="Its SHA-256, where the file is elsewhere.")] = None,
    locator: Annotated[str | None, typer.Option("--locator", help="Where those who may see it find it.")] = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Record what the indicators measure, as the coordinating body and at the times that the agreement sets."""
    report, where = reading.evidence(file, digest, locator)
    with session.ledger() as ledger:
        row = agreement_row(ledger, id)
        made = ledger.queries.assessments(AssessmentFilter(agreement=id), limit=1_000)
        which = number or max((each.number for each in made), default=0) + 1
        figures = _figures(row, measured)
        command_ = RecordAssessment(Assessment(id, which, figures, report, where))
        give(session, ledger, command_, signer_named(ledger, signer), yes=yes)


@command(app, "assessments")
def assessments(session: Session, id: IdArgument) -> None:
    """What was assessed, and how far the targets were reached."""
    with session.ledger() as ledger:
        agreement_row(ledger, id)
        rows = ledger.queries.assessments(AssessmentFilter(agreement=id), limit=1_000)
    found = [record(row) | {"results": [record(result) for result in row.results]} for row in rows]
    session.out.document(found)
    for each in found:
        show_record(session, each)


def _figures(row: AgreementRow, measured: list[str]) -> tuple[int, ...]:
    """What each indicator measures, in millionths, in the agreement's order."""
    figures: dict[int, int] = {}
    count = len(row.terms["indicators"])
    for text in measured:
        index, sign, value = text.partition("=")
        if not sign or not index.isdecimal() or int(index) >= count or int(index) in figures:
            raise InvalidInput("--measured", text, f"N=VALUE, each N from 0 to {count - 1} once")
        figures[int(index)] = reading.millionths("--measured", value)
    missing = next((index for index in range(count) if index not in figures), None)
    if missing is not None:
        raise NotFound(f"--measured for indicator {missing}", row.terms["indicators"][missing]["name"])
    return tuple(figures[index] for index in range(count))
