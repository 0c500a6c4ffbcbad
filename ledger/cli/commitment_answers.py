"""What others say to a commitment: declined, contested, audited, released; and who takes it over."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.commitment import IdArgument, app
from ledger.cli.giving import give, signer_named
from ledger.cli.government import government_id
from ledger.cli.options import AsOption, YesOption, command
from ledger.cli.session import Session
from ledger.domain.commands import (
    AcceptBySilence,
    AgreeDebtTransfer,
    AuditEvidence,
    ContestEvidence,
    DeclineCommitment,
    OfferDebtTransfer,
    ReleaseCommitment,
    WithdrawDebtTransfer,
)

ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in words.")]
ToOption = Annotated[str, typer.Option("--to", metavar="G", help="The government that takes it over.")]


@command(app, "decline")
def decline(
    session: Session, id: IdArgument, reason: ReasonOption, signer: AsOption = None, yes: YesOption = False
) -> None:
    """Decline, as creditor, what a debtor has offered."""
    with session.ledger() as ledger:
        give(session, ledger, DeclineCommitment(id, reason), signer_named(ledger, signer), yes=yes)


@command(app, "contest")
def contest(
    session: Session, id: IdArgument, reason: ReasonOption, signer: AsOption = None, yes: YesOption = False
) -> None:
    """Do not accept, as creditor and within the window, the evidence that was lodged."""
    with session.ledger() as ledger:
        give(session, ledger, ContestEvidence(id, reason), signer_named(ledger, signer), yes=yes)


@command(app, "accept-by-silence")
def accept_by_silence(session: Session, id: IdArgument, signer: AsOption = None, yes: YesOption = False) -> None:
    """Have it recorded, as anyone and after the window, that the creditor kept silent: it is fulfilled."""
    with session.ledger() as ledger:
        give(session, ledger, AcceptBySilence(id), signer_named(ledger, signer), yes=yes)


@command(app, "audit")
def audit(
    session: Session,
    id: IdArgument,
    upheld: Annotated[bool, typer.Option("--upheld/--not-upheld", help="Whether the evidence holds.")],
    finding: Annotated[str, typer.Option("--finding", help="What was found, in words.")],
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Say, as an auditor or the coordinating body, whether evidence that was drawn for audit holds."""
    with session.ledger() as ledger:
        give(session, ledger, AuditEvidence(id, upheld, finding), signer_named(ledger, signer), yes=yes)


@command(app, "release")
def release(
    session: Session, id: IdArgument, reason: ReasonOption, signer: AsOption = None, yes: YesOption = False
) -> None:
    """Release the debtor, as creditor: it is excused and counts neither way."""
    with session.ledger() as ledger:
        give(session, ledger, ReleaseCommitment(id, reason), signer_named(ledger, signer), yes=yes)


@command(app, "offer-transfer")
def offer_transfer(
    session: Session, id: IdArgument, to: ToOption, signer: AsOption = None, yes: YesOption = False
) -> None:
    """Offer, as debtor and before it is due, to hand it to another party."""
    with session.ledger() as ledger:
        command_ = OfferDebtTransfer(id, government_id(ledger, to))
        give(session, ledger, command_, signer_named(ledger, signer), yes=yes)


@command(app, "agree-transfer")
def agree_transfer(
    session: Session, id: IdArgument, to: ToOption, signer: AsOption = None, yes: YesOption = False
) -> None:
    """Agree, as the new debtor or as the creditor; when both have, it is the new debtor's."""
    with session.ledger() as ledger:
        command_ = AgreeDebtTransfer(id, government_id(ledger, to))
        give(session, ledger, command_, signer_named(ledger, signer), yes=yes)


@command(app, "withdraw-transfer")
def withdraw_transfer(session: Session, id: IdArgument, signer: AsOption = None, yes: YesOption = False) -> None:
    """Take the offer to hand it over back, as debtor."""
    with session.ledger() as ledger:
        give(session, ledger, WithdrawDebtTransfer(id), signer_named(ledger, signer), yes=yes)
