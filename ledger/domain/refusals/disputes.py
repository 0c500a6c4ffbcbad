"""Refusals of the register of disputes."""

from __future__ import annotations

from ledger.domain.enums import CommitmentState, DisputeState
from ledger.domain.refusals.base import Refused, named


class DisputeUnknown(Refused):
    """No dispute has this number."""

    template = "there is no dispute {id} on this ledger"
    id: int


class DisputeStateInvalid(Refused):
    """The dispute is not in a state in which this can happen to it."""

    template = (
        "dispute {id} is {state}; evidence and rulings need one that is open or appealed, an appeal one that is "
        "ruled, and what is final stays"
    )
    id: int
    state: DisputeState


class DisputeNotOpenable(Refused):
    """The commitment is not in a state that can be disputed, by this side."""

    template = (
        "commitment {commitment} is {state}, which this side cannot dispute; either side disputes evidence that "
        "is contested, and the debtor a report, a breach or an outcome below fulfilled"
    )
    commitment: int
    commitment_state: int

    def message(self) -> str:
        """Give the state its name."""
        return self.sentence(self.template.replace("{state}", named(CommitmentState, self.commitment_state)))


class DisputeOfOwnAct(Refused):
    """What a side has itself brought about it cannot dispute."""

    template = (
        "government {caller} has itself brought about what stands for commitment {commitment}, and cannot "
        "dispute it; the other side can"
    )
    commitment: int
    caller: int


class DisputeAlreadyRuled(Refused):
    """A ruling is final."""

    template = "commitment {commitment} was ruled on, for good; no dispute about it can be opened any more"
    commitment: int


class DisputeNotSide(Refused):
    """The caller is no side of the commitment."""

    template = "government {caller} is no side of commitment {commitment}; only its debtor and its creditor are"
    commitment: int
    caller: int


class DisputeNotOpener(Refused):
    """Only who opened a dispute takes it back."""

    template = "government {caller} did not open dispute {id}; only {opener} can take it back"
    id: int
    caller: int
    opener: int


class DisputeNotHearing(Refused):
    """The body does not hear the dispute."""

    template = "government {caller} does not hear dispute {id}; only the body or the panel before which it is rules"
    id: int
    caller: int


class DisputeDigestEmpty(Refused):
    """A statement, evidence or a ruling without a digest proves nothing."""

    template = "what was lodged has no digest; it must be the SHA-256 of the statement, evidence, grounds or reasons"


class DisputeLocatorTooLong(Refused):
    """A locator is too long."""

    template = "the locator is {length:count} bytes long; at most {length_max:count} are allowed"
    length: int
    length_max: int


class DisputeWindowClosed(Refused):
    """The time to object, lodge evidence or appeal is over."""

    template = (
        "the time for this about commitment {commitment} ended at {until:moment}, and it is {current_time:moment}"
    )
    commitment: int
    until: int
    current_time: int


class DisputeTooEarly(Refused):
    """The time before this is not over."""

    template = "this can be done about dispute {id} from {earliest:moment} on, and it is {current_time:moment}"
    id: int
    earliest: int
    current_time: int


class DisputeNoBodyAvailable(Refused):
    """No coordinating body is there that is not itself concerned."""

    template = (
        "no coordinating body that is not itself concerned can hear disputes about agreement {agreement}; the "
        "administrators must register one"
    )
    agreement: int


class RulingInvalid(Refused):
    """A ruling says what cannot be."""

    template = (
        "{value} is not allowed as the ruling's {field}; fulfilled is 10,000 basis points, partly 1 to 9,999, "
        "broken and excused 0, and only what is excused has a ground, which is force majeure or change of law"
    )
    field: str
    value: int


class RulingAlreadyGiven(Refused):
    """The signer has ruled in this instance."""

    template = "account {signer} has given its ruling on dispute {id} before; each signer rules once in an instance"
    id: int
    signer: str


class RulingAlreadyGivenByMember(Refused):
    """The member of the panel has ruled."""

    template = "panel member {member} has given its ruling on dispute {id} before; each member rules once"
    id: int
    member: int
