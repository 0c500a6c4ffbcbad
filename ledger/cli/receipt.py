"""Receipts: a relayer's signed word that it will include a command, and whether it kept it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli.options import command
from ledger.cli.output import moment
from ledger.cli.session import Session
from ledger.domain.moments import format_moment
from ledger.errors import InvalidInput, LedgerError, NotFound

app = typer.Typer(help="What relayers promised, and whether they kept it.", no_args_is_help=True)

FILE_BYTES_MAX = 1_048_576


class ReceiptBroken(LedgerError):
    """A relayer broke its signed word."""


def read_document(file: Path) -> Any:
    """
    The JSON document in a file.

    Raises
    ------
    InvalidInput
    """
    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            raise InvalidInput("FILE", str(file), f"a file of at most {FILE_BYTES_MAX} bytes")
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput("FILE", str(file), f"a file that can be read ({error.strerror})") from None
    except ValueError as error:
        raise InvalidInput("FILE", str(file), f"one JSON document in UTF-8 ({error})") from None


@command(app, "show")
def show(
    session: Session,
    id: Annotated[str, typer.Argument(metavar="ID", help="The operation's id: 0x and 64 hexadecimal digits.")],
) -> None:
    """The receipt of an operation that was accepted in this home; keep it to check it later."""
    with session.ledger(caught_up=False) as ledger:
        signed = ledger.relay.receipt(id)
    if signed is None:
        raise NotFound("receipt of operation", id)
    session.out.document(signed.to_json())
    for name, value in signed.to_json().items():
        session.out.line(f"{name}: {value}")


@command(app, "check")
def check(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The receipt, or the answer that it came in, as JSON.")],
) -> None:
    """Whether a relayer kept its word, by what the chain of any node says; exit 1 where it broke it."""
    # The relay draws in the chain client, which `--help` has no use for.
    from ledger.chain.receipts import receipt_from_json
    from ledger.relay.inclusion import Standing, examine

    signed = receipt_from_json(read_document(file))
    with session.ledger(caught_up=False) as ledger:
        verdict = examine(ledger.connection, ledger.deployment, signed)
    by = format_moment(signed.receipt.include_by)
    session.out.document(
        {
            "standing": verdict.standing.value,
            "chain_time": format_moment(verdict.chain_time),
            "block_number": verdict.block_number,
            "block_time": moment(verdict.block_time),
            "transaction": verdict.transaction,
            "receipt": signed.to_json(),
        }
    )
    what = f"Operation {signed.receipt.operation} of {signed.receipt.signer}, to be in a block by {by}"
    where = f"block {verdict.block_number} of {moment(verdict.block_time)}, transaction {verdict.transaction}"
    match verdict.standing:
        case Standing.KEPT:
            session.out.line(f"Kept 已履行: {what}, is in {where}")
        case Standing.ANSWERED:
            session.out.line(f"Answered 已答复: {what}, was refused by its contract in {where}")
        case Standing.OPEN:
            session.out.line(f"Open 未到期: {what}; the chain is at {format_moment(verdict.chain_time)}")
        case Standing.BROKEN:
            late = "it is in no block" if verdict.block_number is None else f"it came late, in {where}"
            raise ReceiptBroken(
                f"the relayer {signed.relayer} broke its word 失信: {what}; the chain is at "
                f"{format_moment(verdict.chain_time)} and {late}"
            )
