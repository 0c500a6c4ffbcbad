"""Compensation paid between governments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.giving import give, signer_named
from ledger.cli.government import government_id
from ledger.cli.options import AsOption, YesOption, command
from ledger.cli.output import moment
from ledger.cli.reading import member
from ledger.cli.reading import moment as moment_of
from ledger.cli.session import Session
from ledger.domain.commands import ConfirmTransfer, RecordTransfer
from ledger.domain.enums import TransferState
from ledger.domain.money import format_money, parse_money, require_currency
from ledger.domain.terms import TransferTerms
from ledger.errors import InvalidInput, NotFound
from ledger.store.projection.filters import TransferFilter
from ledger.store.projection.reads import LIMIT_MAX

if TYPE_CHECKING:
    from ledger.store.projection.rows import TransferRow

app = typer.Typer(
    help="What was paid to make benefits even: recorded by the payer, confirmed by the payee.", no_args_is_help=True
)

IdArgument = Annotated[int, typer.Argument(metavar="ID", min=1, help="The transfer's number.")]


def to_json(row: TransferRow) -> dict[str, Any]:
    """A transfer as `--json` shows it: the amount in minor units and as people write it."""
    return {
        "id": row.id,
        "agreement": row.agreement,
        "payer": row.payer,
        "payee": row.payee,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "amount": _amount(row),
        "paid_at": moment(row.paid_at),
        "reference_number": row.reference_number,
        "state": row.state.name.lower(),
        "received_at": moment(row.received_at),
        "recorded_at": moment(row.recorded_at),
    }


def _amount(row: TransferRow) -> str:
    try:
        return format_money(row.amount_minor, row.currency)
    except InvalidInput:
        # The contract takes any three letters; what ISO 4217 does not know is shown as it stands.
        return f"{row.amount_minor} minor units of {row.currency}"


@command(app, "list")
def list_transfers(
    session: Session,
    party: Annotated[
        str | None, typer.Option("--party", metavar="G", help="Only those paid or received by it.")
    ] = None,
    agreement: Annotated[int | None, typer.Option("--agreement", metavar="ID", help="Only under this one.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="Only pending or confirmed ones.")] = None,
) -> None:
    """Every transfer."""
    chosen = None if state is None else member("--state", state, TransferState)
    with session.ledger() as ledger:
        whose = None if party is None else government_id(ledger, party)
        which = TransferFilter(party=whose, agreement=agreement, state=chosen)
        found = ledger.queries.transfers(which, limit=LIMIT_MAX)
        names = {row.id: row.name for row in ledger.queries.every_government().values()}
    session.out.document([to_json(row) for row in found])
    rows = [
        (row.id, names.get(row.payer), names.get(row.payee), _amount(row), moment(row.paid_at), row.state.name.lower())
        for row in found
    ]
    session.out.table("", ("id", "payer", "payee", "amount", "paid", "state"), rows, right="id amount")


@command(app, "show")
def show(session: Session, id: IdArgument) -> None:
    """One transfer."""
    with session.ledger() as ledger:
        row = ledger.queries.transfer(id)
        if row is None:
            raise NotFound("transfer", id)
    document = to_json(row)
    session.out.document(document)
    for name, value in document.items():
        if value is not None:
            session.out.line(f"{name}: {value}")


@command(app, "record")
def record(
    session: Session,
    agreement: Annotated[int, typer.Option("--agreement", metavar="ID", min=1, help="The agreement it is owed under.")],
    payee: Annotated[str, typer.Option("--payee", metavar="G", help="Who gets it.")],
    amount: Annotated[str, typer.Option("--amount", help="Such as 1234.50.")],
    reference: Annotated[str, typer.Option("--reference", help="The payment's reference at the bank.")],
    currency: Annotated[str, typer.Option("--currency", help="ISO 4217.")] = "CNY",
    paid: Annotated[str | None, typer.Option("--paid", metavar="T", help="When; now by default.")] = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Record, as payer, that compensation was paid."""
    code = require_currency(currency, "--currency")
    amount_minor = parse_money(amount, code, "--amount")
    paid_at = moment_of("--paid", paid)
    with session.ledger() as ledger:
        terms = TransferTerms(
            agreement=agreement,
            payee=government_id(ledger, payee),
            currency=code.encode("ascii"),
            amount_minor=amount_minor,
            paid_at=paid_at,
            reference_number=reference,
        )
        give(session, ledger, RecordTransfer(terms), signer_named(ledger, signer), yes=yes)


@command(app, "confirm")
def confirm(
    session: Session,
    id: IdArgument,
    received: Annotated[str | None, typer.Option("--received", metavar="T", help="When; now by default.")] = None,
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Confirm, as payee, that a transfer arrived."""
    command_ = ConfirmTransfer(id, moment_of("--received", received))
    with session.ledger() as ledger:
        give(session, ledger, command_, signer_named(ledger, signer), yes=yes)
