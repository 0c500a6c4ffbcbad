"""Refusals of the registry of agreements."""

from __future__ import annotations

from ledger.domain.enums import AgreementState, CompensationKind, EndReason
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


class AgreementIndicatorUnknown(Refused):
    """The agreement has no indicator of this number."""

    template = "agreement {id} has no indicator number {index}; it has {indicators}, and the first is number 0"
    id: int
    index: int
    indicators: int


class AgreementStateInvalid(Refused):
    """The agreement is not in a state in which this can happen to it."""

    template = (
        "agreement {id} is {state}; versions are proposed, signed and declined while it is proposed or "
        "concluded, parties change and it is assessed while it is concluded, and an end is final"
    )
    id: int
    state: AgreementState


class AgreementVersionSuperseded(Refused):
    """Another version has taken the place of this one, or it was declined."""

    template = "version {version} of agreement {id} cannot be signed or declined; {pending}"
    id: int
    version: int
    pending_version: int

    def message(self) -> str:
        """Say which version can be."""
        pending = (
            "only the newest, {pending_version}, can be" if self.pending_version else "no version waits for signatures"
        )
        return self.sentence(self.template.replace("{pending}", pending))


class AgreementPartiesDiffer(Refused):
    """A version is for the parties that there are."""

    template = (
        "the version for agreement {id} names other parties; it must name those that there are, and others accede"
    )
    id: int


class AgreementAmendmentDated(Refused):
    """An amendment is in force when the last party signs."""

    template = (
        "the amendment of agreement {id} names {effective_from:moment} as its beginning; it must name none, "
        "because it is in force when the last party signs"
    )
    id: int
    effective_from: int


class AgreementAssessmentInvalid(Refused):
    """The times of assessment contradict each other or the agreement's period."""

    template = (
        "a first assessment at {first} and then every {assessment_every_seconds:count} s is not allowed; the "
        "first must lie within the agreement's period, and one must follow the other after a day or more, or not "
        "at all"
    )
    first_assessment_at: int
    assessment_every_seconds: int

    def message(self) -> str:
        """Say that there is no first one where there is none."""
        first = "{first_assessment_at:moment}" if self.first_assessment_at else "no moment"
        return self.sentence(self.template.replace("{first}", first))


class AccessionClosed(Refused):
    """The agreement takes no newcomers."""

    template = "agreement {id} is closed to others; its parties can open it by an amendment"
    id: int


class AccessionNotRequested(Refused):
    """The government has not asked to become a party."""

    template = "government {government} has not signed agreement {id} as a newcomer; it must before it is admitted"
    id: int
    government: int


class AgreementIsSuspended(Refused):
    """The agreement is suspended."""

    template = (
        "agreement {id} has been suspended since {suspended_at:moment}; nothing new is agreed under it and "
        "nothing reported overdue until its coordinating body resumes it"
    )
    id: int
    suspended_at: int


class AgreementNotSuspended(Refused):
    """Only a suspended agreement can be resumed."""

    template = "agreement {id} is {state}; only a suspended one can be resumed"
    id: int
    state: AgreementState


class AgreementEndInvalid(Refused):
    """A reason is not given in this way, or what it names does not bear it out."""

    template = (
        "agreement {id} cannot be ended with the reason {reason}: the {field} is missing, not allowed, or does "
        "not bear it out; mutual consent is given by every party, a breach names one that was determined under "
        "it, supersession an agreement that was concluded, and an end by law the law"
    )
    id: int
    reason: EndReason
    field: str


class AgreementCommitmentsOpen(Refused):
    """An agreement with commitments that have no outcome is not completed."""

    template = (
        "agreement {id} has {open_commitments:count} commitments without outcome; it is completed only when "
        "there are none"
    )
    id: int
    open_commitments: int


class AgreementNotExpired(Refused):
    """The agreement's period is not over."""

    template = "agreement {id} has not expired at {current_time:moment}: {period}"
    id: int
    expires_at: int
    current_time: int

    def message(self) -> str:
        """Say that there is no end where there is none."""
        period = "it expires at {expires_at:moment}" if self.expires_at else "its terms name no end"
        return self.sentence(self.template.replace("{period}", period))


class EndAlreadyConsented(Refused):
    """The party has consented before."""

    template = "government {party} has consented to ending agreement {id} before; each party consents once"
    id: int
    party: int


class AgreementNotSuccessor(Refused):
    """The government has not taken the other's place."""

    template = (
        "government {government} has not taken the place of {predecessor}; only a successor on record can "
        "succeed it as a party"
    )
    government: int
    predecessor: int


class AgreementAlreadySigned(Refused):
    """The party has signed before."""

    template = "government {party} has signed this version of agreement {id} before; each party signs a version once"
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
