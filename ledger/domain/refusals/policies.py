"""Refusals of the register of policies."""

from __future__ import annotations

from ledger.domain.refusals.base import Refused


class PolicyOnlyAdministration(Refused):
    """Only the administrators, through a proposal, publish policies."""

    template = "account {caller} may not publish policies; only an executed proposal of the administrators may"
    caller: str


class PolicyBackdated(Refused):
    """A policy applies from a moment on, never backwards."""

    template = (
        "a policy of kind {kind} from {effective_from:moment} on would apply backwards; "
        "expected no earlier than {earliest:moment}, which is now or where the newest version begins"
    )
    kind: str
    effective_from: int
    earliest: int


class PolicyTooFarAhead(Refused):
    """A version that applies in the far future would keep every other from applying before it."""

    template = "a policy of kind {kind} from {effective_from:moment} on is too far ahead; expected by {latest:moment}"
    kind: str
    effective_from: int
    latest: int


class PolicyDigestEmpty(Refused):
    """A policy is known by its digest."""

    template = "the policy of kind {kind} has no digest; it must be the SHA-256 of its canonical JSON"
    kind: str
