"""Refusals of what administrators do together."""

from __future__ import annotations

from ledger.domain.enums import ProposalState
from ledger.domain.refusals.base import Refused


class AdministrationNotAdministrator(Refused):
    """The account is no administrator."""

    template = "account {account} is not an administrator; only administrators propose and approve"
    account: str


class AdministrationOnly(Refused):
    """Only the administrators acting together may do this."""

    template = "account {caller} may not do this alone; only an executed proposal of the administrators may"
    caller: str


class AdministrationThresholdOutOfRange(Refused):
    """The threshold does not fit the number of administrators."""

    template = (
        "a threshold of {threshold} does not fit {administrators} administrators; "
        "there may be 1 to 255 administrators, and the threshold may be from 1 to their number"
    )
    threshold: int
    administrators: int


class AdministrationAdministratorInvalid(Refused):
    """An administrator is nobody, or stands in the list twice."""

    template = "administrator {administrator} is the zero address or stands in the list twice; each must be one account"
    administrator: str


class AdministrationDelayTooLong(Refused):
    """The public delay is longer than allowed."""

    template = "a delay of {delay_seconds:count} s is too long; at most {delay_seconds_max:count} s are allowed"
    delay_seconds: int
    delay_seconds_max: int


class ProposalNotOpen(Refused):
    """The proposal was executed or withdrawn, has lapsed, or never was."""

    template = "proposal {id} is {state}; it must be open"
    id: int
    state: ProposalState


class ProposalAlreadyApproved(Refused):
    """The administrator has approved this proposal before."""

    template = "administrator {administrator} has approved proposal {id} before; each approves once"
    id: int
    administrator: str


class ProposalNotYetExecutable(Refused):
    """Too few have approved, or the public delay is not over."""

    template = (
        "proposal {id} cannot be executed at {current_time:moment}: {reason}; "
        "enough administrators must approve, and then the public delay must pass"
    )
    id: int
    executable_from: int
    current_time: int

    def message(self) -> str:
        """Tell a proposal that waits for approvals from one that waits for the delay."""
        reason = "its delay ends at {executable_from:moment}" if self.executable_from else "too few have approved it"
        return self.sentence(self.template.replace("{reason}", reason))


class ProposalCallDiffers(Refused):
    """The call is not the one that was proposed and approved."""

    template = "the call given for proposal {id} has the digest {given}, but the approved one has {proposed}"
    id: int
    given: bytes
    proposed: bytes


class ProposalNotProposer(Refused):
    """Only the proposer takes a proposal back."""

    template = "account {account} did not make proposal {id}; only its proposer can withdraw it"
    id: int
    account: str
