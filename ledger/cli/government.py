"""The register of governments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import YesOption, command
from ledger.cli.output import moment
from ledger.cli.proposal import carry_out
from ledger.cli.reading import member
from ledger.cli.session import Session
from ledger.domain.enums import Level, Role
from ledger.domain.identifiers import parse_identifier
from ledger.domain.terms import NewGovernment
from ledger.errors import InvalidInput
from ledger.store.projection.filters import GovernmentFilter
from ledger.store.projection.reads import LIMIT_MAX

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger
    from ledger.store.projection.rows import GovernmentRow

app = typer.Typer(help="Who takes part, and which accounts speak for whom.", no_args_is_help=True)

GovernmentArgument = Annotated[
    str, typer.Argument(metavar="GOVERNMENT", help="scheme:value, ledger id, or a name it is known by.")
]


def to_json(row: GovernmentRow) -> dict[str, Any]:
    """A government as `--json` shows it."""
    return {
        "id": row.id,
        "government": row.identifier,
        "name": row.name,
        "level": row.level.name.lower(),
        "superior": row.superior,
        "roles": [role.name.lower() for role in row.roles],
        "state": row.state.name.lower(),
        "registered_at": moment(row.registered_at),
        "removed_at": moment(row.removed_at),
    }


def government_id(ledger: Ledger, text: str) -> int:
    """
    The ledger id of a government that somebody named.

    Raises
    ------
    NotFound, Ambiguous, InvalidInput
    """
    return int(ledger.reports.resolve_government(text).id)


@command(app, "list")
def list_governments(
    session: Session,
    role: Annotated[str | None, typer.Option("--role", help="Only those with this role.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Only those whose name holds this.")] = None,
) -> None:
    """Every body in the register."""
    which = GovernmentFilter(role=None if role is None else member("--role", role, Role), name_contains=name)
    with session.ledger() as ledger:
        found = [to_json(row) for row in ledger.queries.governments(which, limit=LIMIT_MAX)]
    session.out.document(found)
    rows = [
        (each["id"], each["government"], each["name"], each["level"], ", ".join(each["roles"]), each["state"])
        for each in found
    ]
    session.out.table("", ("id", "government", "name", "level", "roles", "state"), rows, right="id")


@command(app, "show")
def show(session: Session, government: GovernmentArgument) -> None:
    """One body, with the accounts that speak for it."""
    with session.ledger() as ledger:
        row = ledger.reports.resolve_government(government)
        signers = ledger.queries.signers(row.id)
        aliases = ledger.store.aliases.names(row.id)
    document = to_json(row) | {
        "aliases": aliases,
        "signers": [
            {"address": each.address, "added_at": moment(each.added_at), "removed_at": moment(each.removed_at)}
            for each in signers
        ],
    }
    session.out.document(document)
    for name, value in document.items():
        if name != "signers" and value not in (None, []):
            session.out.line(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
    for each in signers:
        until = f", until {moment(each.removed_at)}" if each.removed_at is not None else ""
        session.out.line(f"signer: {each.address} since {moment(each.added_at)}{until}")


@command(app, "register")
def register(
    session: Session,
    identifier: Annotated[str, typer.Argument(metavar="SCHEME:VALUE", help="Such as uscc:11… or iso3166:CHN.")],
    name: Annotated[str, typer.Option("--name", help="What it is called.")],
    level: Annotated[str, typer.Option("--level", help="Its administrative level, such as city.")] = "none",
    superior: Annotated[str | None, typer.Option("--superior", metavar="G", help="The body above it.")] = None,
    role: Annotated[
        list[str] | None, typer.Option("--role", help="government (the default), coordinating-body, auditor.")
    ] = None,
    signer: Annotated[
        list[str] | None, typer.Option("--signer", metavar="KEY", help="A key of the home, or an address.")
    ] = None,
    yes: YesOption = False,
) -> None:
    """Propose to register a body; done at once where the administrators' keys are in this home and no delay stands."""
    parsed = parse_identifier(identifier)
    chosen_level = member("--level", level, Level)
    roles = sum({member("--role", each, Role).bit for each in role or ["government"]})
    with session.ledger() as ledger:
        new = NewGovernment(
            scheme=parsed.scheme,
            value=parsed.value,
            name=name,
            level=chosen_level,
            superior=0 if superior is None else government_id(ledger, superior),
            roles=roles,
            signers=tuple(address_of(ledger, each) for each in signer or []),
        )
        reason = f"Register {name} ({parsed})"
        carry_out(session, ledger, "GovernmentRegister", "registerGovernments", [(new,)], reason, yes=yes)


@command(app, "add-signer")
def add_signer(
    session: Session,
    government: GovernmentArgument,
    signer: Annotated[str, typer.Argument(metavar="KEY", help="A key of the home, or an address.")],
    yes: YesOption = False,
) -> None:
    """Propose that an account speaks for a body."""
    with session.ledger() as ledger:
        address = address_of(ledger, signer)
        arguments = [government_id(ledger, government), address]
        reason = f"Let {address} speak for {government}"
        carry_out(session, ledger, "GovernmentRegister", "addSigner", arguments, reason, yes=yes)


@command(app, "grant-jurisdiction")
def grant_jurisdiction(
    session: Session,
    body: Annotated[str, typer.Argument(metavar="BODY", help="A coordinating body.")],
    government: Annotated[str, typer.Argument(metavar="GOVERNMENT", help='A government, or "all".')],
    yes: YesOption = False,
) -> None:
    """Propose that a coordinating body may coordinate, and record the history of, a government."""
    with session.ledger() as ledger:
        over = 0 if government == "all" else government_id(ledger, government)
        arguments = [government_id(ledger, body), over, True]
        reason = f"Give {body} jurisdiction over {government}"
        carry_out(session, ledger, "GovernmentRegister", "setJurisdiction", arguments, reason, yes=yes)


def address_of(ledger: Ledger, text: str) -> str:
    """
    An address, or that of a key in the home.

    Raises
    ------
    InvalidInput, KeyUnknown
    """
    from eth_utils.address import is_address, is_checksum_formatted_address, to_checksum_address

    if not text.startswith("0x"):
        return ledger.keys.address(text)
    checked = str(to_checksum_address(text)) if is_address(text) else ""
    if not checked or (is_checksum_formatted_address(text) and text != checked):
        raise InvalidInput("signer", text, "the name of a key of the home, or an address with EIP-55 capitals or none")
    return checked
