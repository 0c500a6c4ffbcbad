"""Agreements between governments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.giving import give, signer_named
from ledger.cli.government import government_id
from ledger.cli.options import AsOption, YesOption, command
from ledger.cli.output import moment
from ledger.cli.reading import digest_of, json_object, member
from ledger.cli.session import Session
from ledger.domain.commands import SignAgreement
from ledger.domain.enums import AgreementState
from ledger.errors import InvalidInput, NotFound
from ledger.store.projection.filters import AgreementFilter
from ledger.store.projection.reads import LIMIT_MAX

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger
    from ledger.store.projection.rows import AgreementRow

app = typer.Typer(
    help="Agreements: parties, indicators, compensation rule; in force once all have signed.", no_args_is_help=True
)

IdArgument = Annotated[int, typer.Argument(metavar="ID", min=1, help="The agreement's number.")]


def to_json(row: AgreementRow) -> dict[str, Any]:
    """An agreement as `--json` shows it; `terms` as they were signed."""
    return {
        "id": row.id,
        "title": row.title,
        "reference_number": row.reference_number,
        "state": row.state.name.lower(),
        "version": row.version,
        "pending_version": row.pending_version,
        "backfilled": row.backfilled,
        "service_mode": row.service_mode.name.lower(),
        "coordinating_body": row.coordinating_body,
        "effective_from": moment(row.effective_from),
        "expires_at": moment(row.expires_at),
        "terms_digest": row.terms_digest,
        "parties": [{"government": each.government, "signed_at": moment(each.signed_at)} for each in row.parties],
        "terms": row.terms,
    }


def agreement_row(ledger: Ledger, number: int) -> AgreementRow:
    """
    The agreement of this number.

    Raises
    ------
    NotFound
    """
    row = ledger.queries.agreement(number)
    if row is None:
        raise NotFound("agreement", number)
    return row


@command(app, "list")
def list_agreements(
    session: Session,
    party: Annotated[str | None, typer.Option("--party", metavar="G", help="Only those of this government.")] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="Only proposed, concluded, suspended, ended or abandoned ones.")
    ] = None,
) -> None:
    """Every agreement."""
    chosen = None if state is None else member("--state", state, AgreementState)
    with session.ledger() as ledger:
        whose = None if party is None else government_id(ledger, party)
        found = ledger.queries.agreements(AgreementFilter(party=whose, state=chosen), limit=LIMIT_MAX)
    session.out.document([to_json(row) for row in found])
    rows = [
        (row.id, row.title, row.state.name.lower(), row.service_mode.name.lower(), len(row.parties),
         moment(row.effective_from), "backfilled" if row.backfilled else "")
        for row in found
    ]  # fmt: skip
    session.out.table("", ("id", "title", "state", "service mode", "parties", "in force from", ""), rows, right="id")


@command(app, "show")
def show(session: Session, id: IdArgument) -> None:
    """One agreement with its parties, indicators and compensation rule."""
    with session.ledger() as ledger:
        row = agreement_row(ledger, id)
        names = {each.government: ledger.queries.government_name(each.government) for each in row.parties}
    document = to_json(row)
    session.out.document(document)
    for name in ("id", "title", "reference_number", "state", "service_mode", "effective_from", "expires_at"):
        if document[name] is not None:
            session.out.line(f"{name}: {document[name]}")
    for each in document["parties"]:
        session.out.line(f"party: {names[each['government']]}, signed {each['signed_at'] or '–'}")
    for each in row.terms["indicators"]:
        session.out.line(f"indicator: {each['name']}, weight {each['weight_basis_points']} basis points")
    compensation = row.terms["compensation"]
    session.out.line(f"compensation: {compensation['kind']}: {compensation['process']}")


@command(app, "propose")
def propose(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="The terms; governments by id or scheme:value.")],
    document: Annotated[
        Path | None, typer.Option("--document", metavar="FILE", help="The agreement's text: its SHA-256 goes in.")
    ] = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Propose terms to the other parties. This does not sign them."""
    from ledger.chain.command_json import command_from_json

    with session.ledger() as ledger:
        command_ = command_from_json("ProposeAgreement", {"terms": terms_from(ledger, file, document)})
        give(session, ledger, command_, signer_named(ledger, signer), yes=yes)


def terms_from(ledger: Ledger, file: Path, document: Path | None) -> dict[str, Any]:
    """
    The terms in a file, with ledger ids where governments are named, and with the digest of a document.

    Raises
    ------
    InvalidInput, NotFound, Ambiguous
    """
    terms = json_object("FILE.json", file)
    if document is not None:
        terms["document_digest"] = "0x" + digest_of("--document", document).hex()
        terms.setdefault("document_locator", document.name)
    return _with_ids(ledger, terms)


def _with_ids(ledger: Ledger, terms: dict[str, Any]) -> dict[str, Any]:
    """The terms with ledger ids where governments are named."""
    named = dict(terms)
    if isinstance(named.get("coordinating_body"), str):
        named["coordinating_body"] = government_id(ledger, named["coordinating_body"])
    if isinstance(named.get("parties"), list):
        named["parties"] = [government_id(ledger, each) if isinstance(each, str) else each for each in named["parties"]]
    return named


@command(app, "sign")
def sign(
    session: Session,
    id: IdArgument,
    digest: Annotated[
        str | None, typer.Option("--digest", help="The digest of the terms that were read; refused where others stand.")
    ] = None,
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="By default the one that waits for signatures.")
    ] = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Sign the version that waits for signatures; it binds once every party has signed."""
    with session.ledger() as ledger:
        row = agreement_row(ledger, id)
        # Where none waits, the contract says so of the newest.
        number = version or row.pending_version or row.terms_version
        found = next((each for each in ledger.queries.agreement_versions(id) if each.number == number), None)
        if found is None:
            raise NotFound(f"agreement {id}, version", number)
        if digest is not None and digest.lower().removeprefix("0x") != found.terms_digest.removeprefix("0x"):
            rule = f"{found.terms_digest}, which is that of version {number} of agreement {id}"
            raise InvalidInput("--digest", digest, rule)
        command_ = SignAgreement(id, number, bytes.fromhex(found.terms_digest.removeprefix("0x")))
        give(session, ledger, command_, signer_named(ledger, signer), yes=yes)
