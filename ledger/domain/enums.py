"""
The contracts' enumerations.

Each class is the twin of the Solidity enum of the same name: same members, same order, names in capitals. The numbers
are what stands on the chain, so a member is never removed or moved, only added at the end.
"""

from __future__ import annotations

from enum import IntEnum


class Role(IntEnum):
    """What a body may do. A body may have several roles; on the chain each is one bit, `1 << role`."""

    GOVERNMENT = 0
    COORDINATING_BODY = 1
    AUDITOR = 2

    @property
    def bit(self) -> int:
        """The role's bit in a set of roles."""
        return 1 << self


def roles_of(bits: int) -> tuple[Role, ...]:
    """The roles in a set of bits."""
    return tuple(role for role in Role if bits & role.bit)


class Level(IntEnum):
    """Administrative level, highest first."""

    NONE = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    PROVINCE = 3
    CITY = 4
    COUNTY = 5
    TOWNSHIP = 6


class GovernmentState(IntEnum):
    """Whether a body stands in the register."""

    NONE = 0
    REGISTERED = 1
    REMOVED = 2
    SUCCEEDED = 3
    """Another body has taken its place; what it owed and did is the other's now."""


class ProposalState(IntEnum):
    """Where a proposal of the administrators is."""

    NONE = 0
    OPEN = 1
    EXECUTED = 2
    WITHDRAWN = 3
    LAPSED = 4
    """The administrators were replaced while it was open."""


class AgreementState(IntEnum):
    """Where an agreement is. Whether a concluded one is in force depends on the moment and is derived."""

    NONE = 0
    PROPOSED = 1
    CONCLUDED = 2
    SUSPENDED = 3
    ENDED = 4
    ABANDONED = 5
    """A party declined before all had signed."""


class AccessionRule(IntEnum):
    """Whether others can become parties of an agreement in force."""

    CLOSED = 0
    ON_APPROVAL = 1
    """The coordinating body approves each newcomer."""
    OPEN = 2
    """Any government under the coordinating body's jurisdiction accedes by signing."""


class EndReason(IntEnum):
    """Why an agreement ended."""

    NONE = 0
    COMPLETED = 1
    EXPIRED = 2
    MUTUAL_CONSENT = 3
    BREACH = 4
    SUPERSEDED = 5
    BY_LAW = 6


class ServiceMode(IntEnum):
    """How a resident is served away from home."""

    NONE = 0
    FULLY_ONLINE = 1
    """全程网办"""
    REMOTE_ACCEPTANCE = 2
    """异地代收代办"""
    JOINT_HANDLING = 3
    """多地联办"""


class IndicatorKind(IntEnum):
    """What an indicator assesses."""

    INSTITUTION_BUILDING = 0
    SOCIAL_BENEFIT = 1
    QUANTITY = 2


class IndicatorDirection(IntEnum):
    """Whether a target is a floor or a ceiling."""

    AT_LEAST = 0
    AT_MOST = 1


class CompensationKind(IntEnum):
    """How compensation is computed."""

    NONE = 0
    FIXED_PER_PERIOD = 1
    PER_CASE = 2
    GAIN_SHARE = 3
    COST_SHARE = 4
    IN_KIND = 5
    COMBINATION = 6


class CommitmentState(IntEnum):
    """Where a commitment is. Whether it is overdue depends on the moment and is derived."""

    NONE = 0
    PROPOSED = 1
    """The creditor has not accepted it yet."""
    ACTIVE = 2
    EVIDENCED = 3
    CONTESTED = 4
    """The creditor, or an audit, does not accept the evidence. Better evidence may be lodged."""
    DISPUTED = 5
    SETTLED = 6
    DECLINED = 7
    """The creditor did not want it. It never bound."""


class Outcome(IntEnum):
    """To what degree a commitment was kept."""

    NONE = 0
    FULFILLED = 1
    PARTLY = 2
    BROKEN = 3
    EXCUSED = 4
    """Not kept, and not to blame. It counts neither way."""


class OutcomeBasis(IntEnum):
    """What an outcome rests on."""

    NONE = 0
    CONFIRMATION = 1
    SILENCE = 2
    """Nobody answered within the window."""
    RULING = 3
    BREACH = 4
    """A breach was determined."""
    BACKFILL = 5
    RELEASE = 6
    """The creditor released the debtor."""


class ExcuseGround(IntEnum):
    """Why a commitment that was not kept is excused."""

    NONE = 0
    FORCE_MAJEURE = 1
    CHANGE_OF_LAW = 2
    RELEASED = 3


class BreachState(IntEnum):
    """Where a breach procedure is. A case whose commitment has got another outcome is over, whatever stands here."""

    NONE = 0
    REPORTED = 1
    """The debtor has time to explain."""
    RECTIFYING = 2
    """The debtor has time to put right."""
    DETERMINED = 3
    REPAIRED = 4
    OVERTURNED = 5
    """A ruling found otherwise."""


class Severity(IntEnum):
    """How grave a breach is."""

    NONE = 0
    MINOR = 1
    """轻微失信"""
    GENERAL = 2
    """一般失信"""
    SERIOUS = 3
    """严重失信"""


class DisputeState(IntEnum):
    """Where a dispute is."""

    NONE = 0
    OPEN = 1
    """Before the first body."""
    RULED = 2
    """Ruled on by the first body; can be appealed."""
    APPEALED = 3
    """Before the higher body or the panel."""
    FINAL = 4
    WITHDRAWN = 5


class Measure(IntEnum):
    """What follows from a breach that is published."""

    NONE = 0
    LOSS_OF_HONOURS = 1
    LIMIT_ON_NEW_AGREEMENTS = 2
    """The agreement registry refuses to let the government propose, sign or accede."""
    NOTICE_TO_SUPERIOR = 3


class Incentive(IntEnum):
    """What a government that keeps faith can be granted."""

    NONE = 0
    LIGHTER_DEPOSIT = 1
    SHORTER_CONFIRMATION = 2
    """Its creditors have the shorter window to answer evidence."""
    PRIORITY_IN_NEW_AGREEMENTS = 3


class Standing(IntEnum):
    """Where a government stands. It depends on the moment and is derived."""

    GOOD = 0
    WATCHED = 1
    """A case is open, or a breach is minor, objected to, or not yet published."""
    DISCIPLINED = 2
    """A breach is published or a measure is in effect."""
    REPAIRED = 3
    """A breach was repaired that would still be published."""


class TransferState(IntEnum):
    """Where a compensation transfer is."""

    NONE = 0
    PENDING = 1
    CONFIRMED = 2


class TimeBasis(IntEnum):
    """Whether a fact counts, as of a moment, from when it was recorded or from when it came about."""

    RECORDED = 0
    EFFECTIVE = 1
