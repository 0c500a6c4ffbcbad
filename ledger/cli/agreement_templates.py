"""Agreements made from templates, and the commitments that come with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ledger.chain.command_json import command_to_json
from ledger.cli import reading
from ledger.cli.agreement import IdArgument, agreement_row, app
from ledger.cli.giving import give, signer_named
from ledger.cli.government import government_id
from ledger.cli.options import AsOption, YesOption, command
from ledger.cli.session import Session
from ledger.domain.commands import ProposeAgreement, RegisterCommitments
from ledger.domain.moments import parse_moment
from ledger.domain.templates import Template
from ledger.errors import InvalidInput, NotFound
from ledger.home import write_text
from ledger.templates import load_template, shipped_templates

TemplateOption = Annotated[
    str,
    typer.Option("--template", metavar="NAME|FILE", help="One that ships (see `templates`), or a file of your own."),
]


def template_named(name: str) -> Template:
    """
    A template that ships, or of a file.

    Raises
    ------
    InvalidInput
    """
    shipped = shipped_templates()
    if name in shipped:
        return shipped[name]
    if not name.endswith(".json"):
        raise InvalidInput("--template", name, f"one of {', '.join(shipped)}, or a file that ends in .json")
    return load_template(Path(name))


@command(app, "templates")
def templates(session: Session) -> None:
    """The templates that ship: one for each service mode."""
    found = shipped_templates()
    session.out.document(
        [
            {
                "name": name,
                "title": each.title,
                "service_mode": each.service_mode.name.lower(),
                "indicators": [indicator.name for indicator in each.indicators],
                "commitments": [commitment.description for commitment in each.commitments],
                "digest": "0x" + each.digest.hex(),
            }
            for name, each in found.items()
        ]
    )
    rows = [(name, each.title, len(each.indicators), len(each.commitments)) for name, each in found.items()]
    session.out.table("", ("name", "title", "indicators", "commitments"), rows, right="indicators commitments")


@command(app, "draft")
def draft(
    session: Session,
    out: Annotated[
        Path, typer.Argument(metavar="OUT.json", help="Where the terms are written, to be read and changed.")
    ],
    template: TemplateOption,
    party: Annotated[list[str], typer.Option("--party", metavar="G", help="Once for each party.")],
    body: Annotated[str, typer.Option("--body", metavar="G", help="The coordinating body.")],
    document: Annotated[Path, typer.Option("--document", metavar="FILE", help="The agreement's text.")],
    effective_from: Annotated[str, typer.Option("--from", metavar="T", help="First second in force.")],
    reference: Annotated[str, typer.Option("--reference", help="The number the parties file it under.")] = "",
    title: Annotated[str | None, typer.Option("--title", help="The template's own by default.")] = None,
) -> None:
    """Fill in a template. The draft is a file of yours; nothing is sent before you `propose` it."""
    chosen = template_named(template)
    begins = parse_moment(effective_from, "--from")
    digest = reading.digest_of("--document", document)
    if out.exists():
        raise InvalidInput("OUT.json", str(out), "a file that does not exist yet")
    with session.ledger() as ledger:
        terms = chosen.terms(
            parties=[government_id(ledger, each) for each in party],
            coordinating_body=government_id(ledger, body),
            effective_from=begins,
            document_digest=digest,
            document_locator=document.name,
            reference_number=reference,
            title=title,
        )
    written = command_to_json(ProposeAgreement(terms))["terms"]
    write_text(out, json.dumps(written, ensure_ascii=False, indent=2) + "\n")
    session.out.document(written)
    session.out.line(f"Draft 草案: {out}. Read it, change it, then: intergov agreement propose {out}")


@command(app, "commitments")
def commitments(
    session: Session,
    id: IdArgument,
    template: TemplateOption,
    government: Annotated[str, typer.Option("--of", metavar="G", help="The party whose commitments these are.")],
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Offer, as debtor, all commitments that the agreement's template has for a party."""
    chosen = template_named(template)
    with session.ledger() as ledger:
        row = agreement_row(ledger, id)
        if row.terms["template"] != "0x" + chosen.digest.hex():
            rule = f"the template that agreement {id} was made from, {row.terms['template'] or 'none'}"
            raise InvalidInput("--template", template, rule)
        if row.effective_from is None or row.expires_at is None:
            raise NotFound("agreement in force, with a last day", id)
        parties = [each.government for each in row.parties]
        owed = chosen.commitments_of(government_id(ledger, government), parties, id, row.effective_from, row.expires_at)
        give(session, ledger, RegisterCommitments(owed), signer_named(ledger, signer), yes=yes)
