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
    ACTIVE = 1
    EVIDENCED = 2
    SETTLED = 3


class Outcome(IntEnum):
    """To what degree a commitment was kept."""

    NONE = 0
    FULFILLED = 1
    PARTLY = 2
    BROKEN = 3


class TransferState(IntEnum):
    """Where a compensation transfer is."""

    NONE = 0
    PENDING = 1
    CONFIRMED = 2


class TimeBasis(IntEnum):
    """Whether a fact counts, as of a moment, from when it was recorded or from when it came about."""

    RECORDED = 0
    EFFECTIVE = 1
