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

    template = (
        "government {id} does not stand in the register: it was never registered, was removed, "
        "or another has taken its place"
    )
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


class SignerIsFrozen(Refused):
    """A coordinating body has stopped the account."""

    template = (
        "account {signer} was frozen by body {frozen_by}; it can command nothing until that body thaws it or its "
        "government replaces it"
    )
    signer: str
    frozen_by: int


class SignerNotFrozen(Refused):
    """The account is not frozen."""

    template = "account {signer} is not frozen; only a frozen one can be thawed"
    signer: str


class SignerFrozenByOther(Refused):
    """Only the body that froze an account thaws it."""

    template = (
        "body {caller} did not freeze account {signer}; only {frozen_by} can thaw it, or its government replace it"
    )
    signer: str
    caller: int
    frozen_by: int


class RotationNotOffered(Refused):
    """Nobody has offered this voice to this account."""

    template = "account {signer} has not offered its voice to {replacement}; it must before that can take it over"
    signer: str
    replacement: str


class RecoveryAccountInvalid(Refused):
    """The account cannot be a recovery account."""

    template = "account {recovery} cannot be a recovery account; expected one that is not zero and speaks for no body"
    recovery: str


class RecoveryNotAllowed(Refused):
    """The account may not put another in the place of this signer."""

    template = (
        "account {account} may not replace {lost}; the recovery account of its body may, and where it is frozen "
        "another signer of the body"
    )
    account: str
    lost: str


class RegisterOutsideJurisdiction(Refused):
    """The body has no jurisdiction over the government."""

    template = (
        "body {body} has no jurisdiction over government {government}; the administrators must grant it before "
        "it stops or thaws accounts"
    )
    body: int
    government: int


class FreezeOfDisputant(Refused):
    """A body cannot stop those who are parties to a dispute before it."""

    template = (
        "body {body} cannot freeze an account of government {government}, which is itself or a side of a dispute "
        "before it"
    )
    body: int
    government: int


class SuccessionEmpty(Refused):
    """A succession names nobody."""

    template = "no successor of government {predecessor} is named; there must be one at least"
    predecessor: int


class SuccessionTooMany(Refused):
    """A succession names too many."""

    template = "{successors:count} successors are too many; at most {successors_max:count} are allowed"
    successors: int
    successors_max: int


class SuccessorTwice(Refused):
    """A successor is named twice."""

    template = "government {successor} is named as successor more than once; each is named once"
    successor: int


class SuccessorInvalid(Refused):
    """The successor does not stand in the register as a government, or is the predecessor itself."""

    template = (
        "government {successor} cannot take the place of {predecessor}; expected another body that stands in the "
        "register with the role government"
    )
    predecessor: int
    successor: int


class SuccessionCircle(Refused):
    """A body would take the place of its own successor."""

    template = (
        "government {successor} cannot take the place of {predecessor}, because {predecessor} has taken its "
        "place before"
    )
    predecessor: int
    successor: int
