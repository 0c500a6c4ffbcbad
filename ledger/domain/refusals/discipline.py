"""Refusals of the register of discipline."""

from __future__ import annotations

from ledger.domain.enums import BreachState, Severity, Standing
from ledger.domain.refusals.base import Refused, named


class MeasureUnknown(Refused):
    """No measure has this number."""

    template = "there is no measure {id} on this ledger"
    id: int


class MeasureInvalid(Refused):
    """A field of a measure is none."""

    template = (
        "{value} is not allowed as the measure's {field}; expected loss of honours, limit on new agreements or "
        "notice to superior"
    )
    field: str
    value: int


class MeasureWithoutGround(Refused):
    """There is no breach that this can follow from."""

    template = (
        "the breach of commitment {commitment} is {state} and {degree}; only one that is determined, published "
        "and not disputed is disciplined, and a minor one only by notice to the superior"
    )
    commitment: int
    breach_state: int
    severity: int

    def message(self) -> str:
        """Give state and severity their names."""
        state, severity = named(BreachState, self.breach_state), named(Severity, self.severity)
        return self.sentence(self.template.replace("{state}", state).replace("{degree}", severity))


class MeasureNotBody(Refused):
    """Only the body that determined the breach disciplines."""

    template = "government {caller} did not determine the breach of commitment {commitment}; only {body} may do this"
    commitment: int
    caller: int
    body: int


class MeasurePeriodInvalid(Refused):
    """The measure begins or ends at a moment at which it cannot."""

    template = (
        "a measure from {begins} to {ends_at:moment} is not allowed; it must begin no earlier than "
        "{earliest:moment}, end after that, and by {latest:moment}, when publication ends"
    )
    starts_at: int
    ends_at: int
    earliest: int
    latest: int

    def message(self) -> str:
        """Say that it begins now where no moment is named."""
        begins = "{starts_at:moment}" if self.starts_at else "now"
        return self.sentence(self.template.replace("{begins}", begins))


class MeasureOver(Refused):
    """The measure has ended."""

    template = "measure {id} {ended}; only one that is not over can be lifted"
    id: int
    ended_at: int

    def message(self) -> str:
        """Say that there was no end where a ruling has taken away the ground."""
        ended = "ended at {ended_at:moment}" if self.ended_at else "is void, because a ruling overturned the breach"
        return self.sentence(self.template.replace("{ended}", ended))


class DisciplineTextInvalid(Refused):
    """A text is empty where it must not be, or too long."""

    template = (
        "the {field} is {length:count} bytes long; it needs at least one, and at most {length_max:count} are allowed"
    )
    field: str
    length: int
    length_max: int


class IncentiveUnknown(Refused):
    """No incentive has this number."""

    template = "there is no incentive {id} on this ledger"
    id: int


class IncentiveInvalid(Refused):
    """A field of an incentive is none."""

    template = (
        "{value} is not allowed as the incentive's {field}; expected lighter deposit, shorter confirmation or "
        "priority in new agreements"
    )
    field: str
    value: int


class IncentiveNotEarned(Refused):
    """Only those who keep faith earn it."""

    template = "government {government} is {standing}; only one whose standing is good is granted an incentive"
    government: int
    standing: Standing


class IncentiveOutsideJurisdiction(Refused):
    """The body has no jurisdiction over the government."""

    template = (
        "body {body} has no jurisdiction over government {government}; the administrators must grant it before "
        "it rewards"
    )
    body: int
    government: int


class IncentivePeriodInvalid(Refused):
    """The incentive begins or ends at a moment at which it cannot."""

    template = (
        "an incentive from {begins} to {ends_at:moment} is not allowed; it must begin no earlier than "
        "{earliest:moment}, end after that, and by {latest:moment}"
    )
    starts_at: int
    ends_at: int
    earliest: int
    latest: int

    def message(self) -> str:
        """Say that it begins now where no moment is named."""
        begins = "{starts_at:moment}" if self.starts_at else "now"
        return self.sentence(self.template.replace("{begins}", begins))


class IncentiveOver(Refused):
    """The incentive has ended."""

    template = "incentive {id} ended at {ended_at:moment}; only one that is not over can be revoked"
    id: int
    ended_at: int


class IncentiveNotBody(Refused):
    """Only the body that granted it revokes it."""

    template = "government {caller} did not grant incentive {id}; only {body} may revoke it"
    id: int
    caller: int
    body: int


class GovernmentDisciplined(Refused):
    """Under discipline, a government concludes no new agreements."""

    template = (
        "government {government} is limited in new agreements by measure {measure} until {until:moment}; it "
        "proposes, signs and accedes to none before that"
    )
    government: int
    measure: int
    until: int
