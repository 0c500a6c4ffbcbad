"""Refusals of the register of procedure policies."""

from __future__ import annotations

from ledger.domain.refusals.base import Refused


class ProcedureOnlyAdministration(Refused):
    """Only the administrators, through a proposal, publish procedure policies."""

    template = (
        "account {caller} may not publish procedure policies; only an executed proposal of the administrators may"
    )
    caller: str


class ProcedureWindowOutOfRange(Refused):
    """A window is too short for clocks that differ, or absurdly long."""

    template = "{seconds_:count} s are not allowed as {field}; expected from {seconds_min:count} to {seconds_max:count}"
    field: str
    seconds_: int
    seconds_min: int
    seconds_max: int


class ProcedureValueOutOfRange(Refused):
    """A value makes no sense by itself or beside the others."""

    template = "{value:count} is not allowed as {field}; expected from {value_min:count} to {value_max:count}"
    field: str
    value: int
    value_min: int
    value_max: int


class ProcedureBackdated(Refused):
    """A version applies from a moment on, never backwards."""

    template = (
        "a procedure policy from {effective_from:moment} on would apply backwards; expected no earlier than "
        "{earliest:moment}, which is now or where the newest version begins"
    )
    effective_from: int
    earliest: int


class ProcedureTooFarAhead(Refused):
    """A version that applies in the far future would keep every other from applying before it."""

    template = "a procedure policy from {effective_from:moment} on is too far ahead; expected by {latest:moment}"
    effective_from: int
    latest: int


class ProcedureVersionUnknown(Refused):
    """No version has this number."""

    template = "there is no version {version} of the procedure policy on this ledger"
    version: int
