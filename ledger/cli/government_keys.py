"""Who speaks for a government: keys handed over, stopped and replaced; and who takes a government's place."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.giving import give, signer_named
from ledger.cli.government import GovernmentArgument, address_of, app, government_id
from ledger.cli.options import AsOption, YesOption, command
from ledger.cli.proposal import carry_out
from ledger.cli.session import Session
from ledger.domain.commands import (
    AcceptRotation,
    FreezeSigner,
    OfferRotation,
    RecoverSigner,
    SetRecoveryAccount,
    ThawSigner,
)

AccountArgument = Annotated[str, typer.Argument(metavar="KEY", help="A key of the home, or an address.")]


@command(app, "offer-rotation")
def offer_rotation(
    session: Session, replacement: AccountArgument, signer: AsOption = None, yes: YesOption = False
) -> None:
    """Offer the voice of the key that signs to another account, which has to accept."""
    with session.ledger() as ledger:
        command_ = OfferRotation(address_of(ledger, replacement))
        give(session, ledger, command_, signer_named(ledger, signer), yes=yes)


@command(app, "accept-rotation")
def accept_rotation(session: Session, former: AccountArgument, signer: AsOption = None, yes: YesOption = False) -> None:
    """Take over the voice that another account offered; that account can no longer speak."""
    with session.ledger() as ledger:
        command_ = AcceptRotation(address_of(ledger, former))
        give(session, ledger, command_, signer_named(ledger, signer), yes=yes)


@command(app, "freeze-signer")
def freeze_signer(
    session: Session,
    account: AccountArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why, in words.")],
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Stop a lost or stolen key, as a coordinating body with jurisdiction."""
    with session.ledger() as ledger:
        command_ = FreezeSigner(address_of(ledger, account), reason)
        give(session, ledger, command_, signer_named(ledger, signer), yes=yes)


@command(app, "thaw-signer")
def thaw_signer(session: Session, account: AccountArgument, signer: AsOption = None, yes: YesOption = False) -> None:
    """Let a key speak again, as the body that stopped it."""
    with session.ledger() as ledger:
        give(session, ledger, ThawSigner(address_of(ledger, account)), signer_named(ledger, signer), yes=yes)


@command(app, "set-recovery")
def set_recovery(session: Session, recovery: AccountArgument, signer: AsOption = None, yes: YesOption = False) -> None:
    """Name the account that can replace lost keys: first by a signer, later by the recovery account in office."""
    with session.ledger() as ledger:
        command_ = SetRecoveryAccount(address_of(ledger, recovery))
        give(session, ledger, command_, signer_named(ledger, signer), yes=yes)


@command(app, "recover-signer")
def recover_signer(
    session: Session,
    lost: AccountArgument,
    replacement: Annotated[str, typer.Argument(metavar="REPLACEMENT", help="A key of the home, or an address.")],
    signer: AsOption = None,
    yes: YesOption = False,
) -> None:
    """Put another account in the place of a lost one; it has to accept."""
    with session.ledger() as ledger:
        command_ = RecoverSigner(address_of(ledger, lost), address_of(ledger, replacement))
        give(session, ledger, command_, signer_named(ledger, signer), yes=yes)


@command(app, "record-succession")
def record_succession(
    session: Session,
    predecessor: GovernmentArgument,
    successor: Annotated[list[str], typer.Option("--successor", metavar="G", help="Once for each.")],
    ground: Annotated[str, typer.Option("--ground", help="The act by which it was restructured.")],
    yes: YesOption = False,
) -> None:
    """Propose to record that others have taken a body's place: they inherit what it owed and did."""
    with session.ledger() as ledger:
        arguments = [government_id(ledger, predecessor), [government_id(ledger, each) for each in successor], ground]
        reason = f"{', '.join(successor)} in the place of {predecessor}"
        carry_out(session, ledger, "GovernmentRegister", "recordSuccession", arguments, reason, yes=yes)
