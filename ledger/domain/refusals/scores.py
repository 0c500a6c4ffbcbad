"""Refusals of the register of score runs."""

from __future__ import annotations

from ledger.domain.refusals.base import Refused


class ScoreRunUnknown(Refused):
    """No score run has this number."""

    template = "there is no score run {id} on this ledger"
    id: int


class ScoreRunNotPublisher(Refused):
    """Those who are scored do not publish the scores."""

    template = "government {caller} may not publish score runs; only a coordinating body or an auditor may"
    caller: int


class ScoreRunFieldEmpty(Refused):
    """A field without which a run could not be checked is empty."""

    template = "the score run's {field} is empty; it must have policy digest, block hash, governments and root"
    field: str


class ScoreRunMomentInvalid(Refused):
    """Scores are of a moment that has been."""

    template = "scores as of {as_of:moment} cannot be published at {current_time:moment}; expected a moment by then"
    as_of: int
    current_time: int


class ScoreRunBlockInvalid(Refused):
    """The block whose facts were looked at does not exist yet."""

    template = "block {block_number} is not one before the present block, {current_block}; a run looks at past blocks"
    block_number: int
    current_block: int


class ScoreRunBlockHashWrong(Refused):
    """The scores were made from another chain's facts."""

    template = "block {block_number} does not have the hash {block_hash}; its hash on this chain is {actual}"
    block_number: int
    block_hash: bytes
    actual: bytes


class ScoreRunLocatorTooLong(Refused):
    """The locator of the leaves is too long."""

    template = "the locator of the leaves is {length:count} bytes long; at most {length_max:count} are allowed"
    length: int
    length_max: int
