"""Refusals of the register of breaches."""

from __future__ import annotations

from ledger.domain.enums import BreachState, CommitmentState
from ledger.domain.refusals.base import Refused, named


class BreachOnlyDisputes(Refused):
    """Rulings come from the dispute register."""

    template = "account {caller} may not apply a ruling; only the dispute register may"
    caller: str


class BreachStateInvalid(Refused):
    """The case is not in a state in which this can happen to it."""

    template = (
        "the case about commitment {id} is {state}; a commitment is reported once, explained and put right "
        "before its breach is determined, and repaired after that"
    )
    id: int
    state: BreachState


class BreachCommitmentState(Refused):
    """The commitment cannot be overdue or broken as it stands."""

    template = (
        "commitment {id} is {state}; only one that is active or contested can be found broken: evidence must be "
        "answered first, a dispute ruled on, and what is settled stays"
    )
    id: int
    commitment_state: int

    def message(self) -> str:
        """Give the state its name."""
        return self.sentence(self.template.replace("{state}", named(CommitmentState, self.commitment_state)))


class OverdueNotYet(Refused):
    """The due date and the time of grace are not over."""

    template = (
        "commitment {id} was due by {due_at:moment}, and it is {current_time:moment}; it can be reported overdue "
        "after {grace_until:moment}"
    )
    id: int
    due_at: int
    grace_until: int
    current_time: int


class BreachNotDebtor(Refused):
    """Only the debtor explains, refuses and asks for repair."""

    template = "government {caller} does not owe commitment {id}; only its debtor, {debtor}, may do this"
    id: int
    caller: int
    debtor: int


class BreachNotBody(Refused):
    """Only the competent body may do this."""

    template = "government {caller} is not competent for the case about commitment {id}; only {body} is"
    id: int
    caller: int
    body: int


class BreachWindowClosed(Refused):
    """The time for this is over."""

    template = (
        "the time for this in the case about commitment {id} ended at {until:moment}, and it is {current_time:moment}"
    )
    id: int
    until: int
    current_time: int


class BreachTooEarly(Refused):
    """The debtor still has time; or, for those who are not the body, the body has."""

    template = (
        "a breach of commitment {id} can be determined from {earliest:moment} on, and it is "
        "{current_time:moment}; the debtor, and then the body, has its time first"
    )
    id: int
    earliest: int
    current_time: int


class RectificationOutOfRange(Refused):
    """The date for putting right is too early or too late."""

    template = (
        "commitment {id} cannot be put right by {rectify_by:moment}; expected a date from {earliest:moment} to "
        "{latest:moment}"
    )
    id: int
    rectify_by: int
    earliest: int
    latest: int


class RectificationAlreadySet(Refused):
    """The body sets the date once."""

    template = (
        "commitment {id} is to be put right by {rectify_by:moment}, as the body has set before; it sets the date once"
    )
    id: int
    rectify_by: int


class BreachTextInvalid(Refused):
    """A text of a case is empty where it must not be, or too long."""

    template = (
        "the {field} is {length:count} bytes long; an explanation or a reason needs at least one, and at most "
        "{length_max:count} are allowed"
    )
    field: str
    length: int
    length_max: int


class RepairDigestEmpty(Refused):
    """Repair is asked for with proof."""

    template = (
        "the request to repair the breach of commitment {id} has no digest; it must be the SHA-256 of what "
        "proves that the fault was made good"
    )
    id: int


class RepairTooEarly(Refused):
    """The minimum period is not over."""

    template = (
        "the breach of commitment {id} can be repaired from {repairable_from:moment} on, and it is "
        "{current_time:moment}"
    )
    id: int
    repairable_from: int
    current_time: int


class RepairTooLate(Refused):
    """Publication has ended by itself."""

    template = (
        "publication of the breach of commitment {id} ended at {published_until:moment}, and it is "
        "{current_time:moment}; there is nothing left to repair"
    )
    id: int
    published_until: int
    current_time: int


class RepairNotRequested(Refused):
    """Nobody has asked for repair."""

    template = (
        "the debtor has not asked to repair the breach of commitment {id}; it must before that is granted or refused"
    )
    id: int


class RepairAlreadyRequested(Refused):
    """Repair was asked for and not answered."""

    template = "repair of the breach of commitment {id} was asked for before and waits for the body's answer"
    id: int
