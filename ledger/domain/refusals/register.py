"""Refusals of the register of governments."""

from __future__ import annotations

from ledger.domain.refusals.base import Refused


class RegisterOnlyAdministration(Refused):
    """Only the administrators, through a proposal, change the register."""

    template = "account {caller} may not change the register; only an executed proposal of the administrators may"
    caller: str


class GovernmentAlreadyRegistered(Refused):
    """A body with this identifier stands in the register, or stood there."""

    template = "{scheme}:{value} is registered as government {id}; an identifier is registered once, for good"
    scheme: str
    value: str
    id: int


class GovernmentUnknown(Refused):
    """No body with this number stands in the register."""

    template = "government {id} does not stand in the register: it was never registered, or was removed"
    id: int


class GovernmentFieldEmpty(Refused):
    """A field that a government must have is empty."""

    template = "the government's {field} is empty; it must have one"
    field: str


class GovernmentFieldTooLong(Refused):
    """A field of a government is too long."""

    template = "the government's {field} is {length:count} bytes long; at most {length_max:count} are allowed"
    field: str
    length: int
    length_max: int


class GovernmentSchemeInvalid(Refused):
    """The identifier's scheme has characters that no scheme has."""

    template = "the scheme {scheme} is not allowed; a scheme is written in small letters, digits and hyphens"
    scheme: str


class GovernmentRolesInvalid(Refused):
    """The bits of roles name none, or one that there is not."""

    template = "roles {roles} are not allowed; expected a sum of 1 government, 2 coordinating body, 4 auditor"
    roles: int


class SignerInvalid(Refused):
    """The account can sign nothing."""

    template = "account {signer} cannot be a signer; any account but the zero address can"
    signer: str


class SignerAlreadySpeaks(Refused):
    """The account speaks, or spoke, for a body already."""

    template = "account {signer} speaks or spoke for government {government}; an account speaks for one, for good"
    signer: str
    government: int


class SignerUnknown(Refused):
    """The account speaks for no body."""

    template = "account {signer} speaks for no government; only a registered signer can command"
    signer: str


class SignerNotOfGovernment(Refused):
    """The account does not speak for this body."""

    template = "account {signer} is not a signer of government {government}; only its own signers can be removed"
    signer: str
    government: int


class CoordinatingBodyExpected(Refused):
    """Jurisdiction is given to coordinating bodies only."""

    template = "government {id} is not a registered coordinating body; only one of these can have jurisdiction"
    id: int
