"""Refusals of the registry of agreements."""

from __future__ import annotations

from ledger.domain.enums import AgreementState, CompensationKind
from ledger.domain.refusals.base import Refused


class AgreementUnknown(Refused):
    """No agreement has this number."""

    template = "there is no agreement {id} on this ledger"
    id: int


class AgreementTooFewParties(Refused):
    """An agreement, or an accession, names too few parties."""

    template = "{parties} parties are too few; at least {parties_min} are needed"
    parties: int
    parties_min: int


class AgreementTooManyParties(Refused):
    """An agreement has too many parties."""

    template = "{parties:count} parties are too many; at most {parties_max:count} are allowed"
    parties: int
    parties_max: int


class AgreementPartyTwice(Refused):
    """A government is a party more than once."""

    template = "government {party} is a party more than once; each is a party once"
    party: int


class AgreementPartyInvalid(Refused):
    """A party does not stand in the register with the role of a government."""

    template = "body {party} cannot be a party: it does not stand in the register with the role government"
    party: int


class AgreementNotParty(Refused):
    """The government is not a party of the agreement."""

    template = "government {government} is not a party of agreement {id}; only its parties may be named here"
    id: int
    government: int


class AgreementCoordinatingBodyInvalid(Refused):
    """The coordinating body does not stand in the register with that role."""

    template = "body {body} cannot coordinate: it does not stand in the register with the role coordinating body"
    body: int


class AgreementCoordinatingBodyIsParty(Refused):
    """A body that is a party could not rule on itself."""

    template = "body {body} coordinates this agreement and cannot be its party too"
    body: int


class AgreementNotCoordinatingBody(Refused):
    """Another body coordinates the agreement."""

    template = (
        "government {government} does not coordinate agreement {id}; only its coordinating body, "
        "{coordinating_body}, may do this"
    )
    id: int
    government: int
    coordinating_body: int


class AgreementOutsideJurisdiction(Refused):
    """The coordinating body has no jurisdiction over a party."""

    template = (
        "coordinating body {body} has no jurisdiction over government {party}; "
        "the administrators must grant it before it coordinates or records history"
    )
    body: int
    party: int


class AgreementIndicatorCountOutOfRange(Refused):
    """An agreement has no indicators, or too many."""

    template = "{indicators} indicators are not allowed; an agreement has from 1 to {indicators_max}"
    indicators: int
    indicators_max: int


class AgreementIndicatorWeightsSum(Refused):
    """The weights of the indicators do not make a whole."""

    template = (
        "the indicators' weights sum to {sum_basis_points:count} basis points; "
        "they must sum to {expected_basis_points:count}"
    )
    sum_basis_points: int
    expected_basis_points: int


class AgreementIndicatorInvalid(Refused):
    """A field of an indicator is empty or out of range."""

    template = "indicator {index} (counting from 0) has a {field} that is empty, zero or too large"
    index: int
    field: str


class AgreementCompensationIncomplete(Refused):
    """A part that this kind of rule needs is missing, or is more than any rule may say."""

    template = (
        "the compensation rule of kind {kind} has a {field} that is missing or out of range; "
        "how benefits are made even must be settled when signing"
    )
    kind: CompensationKind
    field: str


class AgreementFieldEmpty(Refused):
    """A field that an agreement must have is empty."""

    template = "the agreement's {field} is empty; it must have one"
    field: str


class AgreementFieldTooLong(Refused):
    """A field of an agreement is too long."""

    template = "the agreement's {field} is {length:count} bytes long; at most {length_max:count} are allowed"
    field: str
    length: int
    length_max: int


class AgreementPeriodInvalid(Refused):
    """The agreement would be in force at no moment that is still to come."""

    template = (
        "a period from {effective_from:moment} to {expires_at:moment} is not allowed; the end must lie after the "
        "beginning and, where the agreement is proposed or signed now, after now"
    )
    effective_from: int
    expires_at: int


class AgreementBackdated(Refused):
    """Only a backfill may speak of the past."""

    template = (
        "the agreement would be effective from {effective_from:moment}, but it is {current_time:moment}; "
        "only a backfill by a coordinating body may begin in the past"
    )
    effective_from: int
    current_time: int


class AgreementNotPast(Refused):
    """A backfill is of the past."""

    template = (
        "a recorded agreement must have been effective by now, {current_time:moment}, "
        "but this one is from {effective_from:moment}"
    )
    effective_from: int
    current_time: int


class AgreementNotProposed(Refused):
    """The agreement is not waiting for signatures."""

    template = "agreement {id} is {state}; it can be signed only while it is proposed"
    id: int
    state: AgreementState


class AgreementAlreadySigned(Refused):
    """The party has signed before."""

    template = "government {party} has signed agreement {id} before; each party signs once"
    id: int
    party: int


class AgreementTermsDiffer(Refused):
    """What the signer has read is not what was proposed."""

    template = "the terms given for agreement {id} have the digest {given}, but those proposed have {proposed}"
    id: int
    given: bytes
    proposed: bytes


class AgreementNotInForce(Refused):
    """The agreement is not in force now."""

    template = "agreement {id} is not in force: it is {state}, {period}; it must be concluded and its period run"
    id: int
    state: AgreementState
    effective_from: int
    expires_at: int

    def message(self) -> str:
        """Say only those moments that are set."""
        begins = "effective from {effective_from:moment}" if self.effective_from else "effective once all have signed"
        ends = ", until {expires_at:moment}" if self.expires_at else ""
        return self.sentence(self.template.replace("{period}", begins + ends))


class AgreementNotBackfilled(Refused):
    """The agreement came to the ledger by signatures, not as history."""

    template = "agreement {id} was not backfilled; history can be recorded only under a backfilled agreement"
    id: int
