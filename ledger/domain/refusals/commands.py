"""Refusals of signed commands, whichever contract receives them."""

from __future__ import annotations

from ledger.domain.enums import Role
from ledger.domain.refusals.base import Refused


class CommandSignatureInvalid(Refused):
    """The signature is not the signer's over this command in this domain."""

    template = (
        "the signature is not that of {signer} over this command on this ledger (sent by {sender}, digest {digest}); "
        "it must be made by the signer, for this chain and contract, over exactly these values"
    )
    signer: str
    sender: str
    digest: bytes


class CommandExpired(Refused):
    """The command came after its deadline."""

    template = (
        "the command of {signer} had to be executed by {deadline:moment}, but it is {current_time:moment}; "
        "sign it again with a later deadline"
    )
    signer: str
    deadline: int
    current_time: int


class CommandAlreadyExecuted(Refused):
    """The signer has used this operation before."""

    template = "operation {operation} of {signer} was executed before; each operation can be used once"
    signer: str
    operation: int


class CommandRoleMissing(Refused):
    """The signer's government does not have the role that the command is for."""

    template = "government {government} does not have the role {role}, which this command needs"
    government: int
    role: Role
