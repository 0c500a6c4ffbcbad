"""
What lists can be asked for.

Each filter is a set of conditions that must all hold; what is None does not matter. A value that no database can hold,
such as a number of more than 64 bits, is refused here, before it gets there.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from ledger.domain.enums import (
    AgreementState,
    CommitmentState,
    GovernmentState,
    Level,
    Outcome,
    OutcomeBasis,
    ProposalState,
    Role,
    ServiceMode,
    TransferState,
)
from ledger.errors import InvalidInput
from ledger.store.projection import tables as t

_INTEGER_MAX = 2**63 - 1
_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

Conditions = list[ColumnElement[bool]]


def require_storable(field: str, value: object) -> None:
    """Refuse, with `InvalidInput`, what a database cannot take: integers past 64 bits, text that is no text."""
    if isinstance(value, int) and not -_INTEGER_MAX <= value <= _INTEGER_MAX:
        raise InvalidInput(field, value, f"a whole number of at most {_INTEGER_MAX}")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidInput(field, value, "text in Unicode, without halves of surrogate pairs") from None
        if "\0" in value:
            raise InvalidInput(field, value, "text without NUL")


@dataclass(frozen=True, slots=True)
class Filter:
    """The base of all filters."""

    def __post_init__(self) -> None:
        """Check every value."""
        for field in fields(self):
            require_storable(field.name, getattr(self, field.name))


def equal(*pairs: tuple[ColumnElement[Any], object]) -> Conditions:
    """Columns that must have a value, for those values that are given."""
    return [column == value for column, value in pairs if value is not None]


@dataclass(frozen=True, slots=True)
class GovernmentFilter(Filter):
    """Which governments."""

    level: Level | None = None
    role: Role | None = None
    state: GovernmentState | None = None
    scheme: str | None = None
    superior: int | None = None

    name_contains: str | None = None
    """Capitals from A to Z do not matter."""

    def conditions(self) -> Conditions:
        """As SQL."""
        c = t.governments.c
        found = equal(
            (c.level, self.level), (c.state, self.state), (c.scheme, self.scheme), (c.superior, self.superior)
        )
        if self.role is not None:
            found.append(c.roles.bitwise_and(self.role.bit) != 0)
        if self.name_contains is not None:
            # Databases agree on the capitals of A to Z only, so what is looked for is written small here, by that rule.
            found.append(func.lower(c.name).contains(self.name_contains.translate(_SMALL), autoescape=True))
        return found


@dataclass(frozen=True, slots=True)
class AgreementFilter(Filter):
    """Which agreements."""

    party: int | None = None
    state: AgreementState | None = None
    coordinating_body: int | None = None
    service_mode: ServiceMode | None = None
    backfilled: bool | None = None
    reference_number: str | None = None
    title: str | None = None

    pending: bool | None = None
    """Whether a version waits for signatures."""

    template: str | None = None
    """`0x` and 64 hexadecimal digits in small letters."""

    in_force_at: int | None = None
    """Those that bind at this moment."""

    def conditions(self) -> Conditions:
        """As SQL."""
        c = t.agreements.c
        found = equal(
            (c.state, self.state),
            (c.coordinating_body, self.coordinating_body),
            (c.service_mode, self.service_mode),
            (c.backfilled, self.backfilled),
            (c.reference_number, self.reference_number),
            (c.title, self.title),
            (c.template, self.template),
        )
        if self.pending is not None:
            found.append(c.pending_version.is_not(None) if self.pending else c.pending_version.is_(None))
        if self.party is not None:
            parties = t.agreement_parties.c
            found.append(c.id.in_(select(parties.agreement).where(parties.government == self.party)))
        if self.in_force_at is not None:
            found += [
                c.state == AgreementState.CONCLUDED,
                c.effective_from <= self.in_force_at,
                or_(c.expires_at.is_(None), c.expires_at > self.in_force_at),
            ]
        return found


@dataclass(frozen=True, slots=True)
class CommitmentFilter(Filter):
    """Which commitments."""

    debtor: int | None = None
    creditor: int | None = None

    party: int | None = None
    """Debtor or creditor."""

    agreement: int | None = None
    indicator: int | None = None
    state: CommitmentState | None = None
    outcome: Outcome | None = None
    outcome_basis: OutcomeBasis | None = None
    original_debtor: int | None = None
    sampled: bool | None = None
    backfilled: bool | None = None
    recorder: int | None = None
    reference_number: str | None = None

    due_from: int | None = None
    due_to: int | None = None
    """Both moments included."""

    confirm_from: int | None = None
    confirm_to: int | None = None
    """Those whose evidence waits for an answer until a moment within these, both included."""

    overdue_at: int | None = None
    """Those that at this moment bound their debtor and were due, and had no outcome."""

    def conditions(self) -> Conditions:
        """As SQL."""
        c = t.commitments.c
        found = equal(
            (c.debtor, self.debtor),
            (c.creditor, self.creditor),
            (c.agreement, self.agreement),
            (c.indicator, self.indicator),
            (c.state, self.state),
            (c.outcome, self.outcome),
            (c.outcome_basis, self.outcome_basis),
            (c.original_debtor, self.original_debtor),
            (c.sampled, self.sampled),
            (c.backfilled, self.backfilled),
            (c.recorder, self.recorder),
            (c.reference_number, self.reference_number),
        )
        if self.party is not None:
            found.append(or_(c.debtor == self.party, c.creditor == self.party))
        if self.due_from is not None:
            found.append(c.due_at >= self.due_from)
        if self.due_to is not None:
            found.append(c.due_at <= self.due_to)
        if self.confirm_from is not None or self.confirm_to is not None:
            found.append(c.state == CommitmentState.EVIDENCED)
        if self.confirm_from is not None:
            found.append(c.confirm_by >= self.confirm_from)
        if self.confirm_to is not None:
            found.append(c.confirm_by <= self.confirm_to)
        if self.overdue_at is not None:
            at = self.overdue_at
            open_then = or_(c.outcome_effective_at.is_(None), c.outcome_effective_at > at)
            found.append(and_(c.accepted_at <= at, c.due_at < at, open_then))
        return found


@dataclass(frozen=True, slots=True)
class TransferFilter(Filter):
    """Which transfers."""

    agreement: int | None = None
    payer: int | None = None
    payee: int | None = None

    party: int | None = None
    """Payer or payee."""

    state: TransferState | None = None
    currency: str | None = None

    def conditions(self) -> Conditions:
        """As SQL."""
        c = t.transfers.c
        found = equal(
            (c.agreement, self.agreement),
            (c.payer, self.payer),
            (c.payee, self.payee),
            (c.state, self.state),
            (c.currency, self.currency),
        )
        if self.party is not None:
            found.append(or_(c.payer == self.party, c.payee == self.party))
        return found


@dataclass(frozen=True, slots=True)
class ScoreRunFilter(Filter):
    """Which score runs."""

    publisher: int | None = None

    policy_digest: str | None = None
    """`0x` and hexadecimal digits."""

    root: str | None = None

    def conditions(self) -> Conditions:
        """As SQL."""
        c = t.score_runs.c
        return equal((c.publisher, self.publisher), (c.policy_digest, self.policy_digest), (c.root, self.root))


@dataclass(frozen=True, slots=True)
class ProposalFilter(Filter):
    """Which proposals."""

    state: ProposalState | None = None
    proposer: str | None = None
    target: str | None = None
    call_data: str | None = None

    def conditions(self) -> Conditions:
        """As SQL."""
        c = t.proposals.c
        return equal(
            (c.state, self.state),
            (c.proposer, self.proposer),
            (c.target, self.target),
            (c.call_data, self.call_data),
        )


@dataclass(frozen=True, slots=True)
class PolicyFilter(Filter):
    """Which policies."""

    kind: str | None = None

    def conditions(self) -> Conditions:
        """As SQL."""
        return equal((t.policies.c.kind, self.kind))


@dataclass(frozen=True, slots=True)
class HistoryFilter(Filter):
    """Which facts."""

    government: int | None = None
    """Named by the fact in whatever part."""

    agreement: int | None = None
    """The facts of its commitments and transfers too."""

    commitment: int | None = None
    transfer: int | None = None
    proposal: int | None = None
    dispute: int | None = None
    measure: int | None = None
    incentive: int | None = None
    event: str | None = None
    contract: str | None = None

    signer: str | None = None
    """An address with the capitals of EIP-55."""

    transaction: str | None = None
    """`0x` and 64 hexadecimal digits in small letters."""

    recorded_from: int | None = None
    recorded_to: int | None = None
    """Both moments included."""

    def conditions(self) -> Conditions:
        """As SQL, but for the government, which is found by a join."""
        c = t.facts.c
        found = equal(
            (c.agreement, self.agreement),
            (c.commitment, self.commitment),
            (c.transfer, self.transfer),
            (c.proposal, self.proposal),
            (c.dispute, self.dispute),
            (c.measure, self.measure),
            (c.incentive, self.incentive),
            (c.event, self.event),
            (c.contract, self.contract),
            (c.signer, self.signer),
            (c.transaction, self.transaction),
        )
        if self.recorded_from is not None:
            found.append(c.recorded_at >= self.recorded_from)
        if self.recorded_to is not None:
            found.append(c.recorded_at <= self.recorded_to)
        return found
