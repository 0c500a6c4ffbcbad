"""What lists of breaches, disputes, discipline, assessments, dialogues and offers can be asked for; see `filters`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select

from ledger.domain.enums import BreachState, DisputeState, Incentive, Measure, Severity
from ledger.store.projection import agreement_tables as a
from ledger.store.projection import case_tables as c
from ledger.store.projection import tables as t
from ledger.store.projection.filters import Conditions, Filter, equal


@dataclass(frozen=True, slots=True)
class BreachFilter(Filter):
    """Which commitments that were reported overdue or found broken."""

    debtor: int | None = None
    body: int | None = None
    agreement: int | None = None
    state: BreachState | None = None
    severity: Severity | None = None

    not_over_at: int | None = None
    """Those without determination, and those whose publication would not be over at this moment."""

    def conditions(self) -> Conditions:
        """As SQL."""
        b = c.breaches.c
        found = equal((b.debtor, self.debtor), (b.body, self.body), (b.state, self.state), (b.severity, self.severity))
        if self.agreement is not None:
            under = select(t.commitments.c.id).where(t.commitments.c.agreement == self.agreement)
            found.append(b.commitment.in_(under))
        if self.not_over_at is not None:
            found.append(or_(b.published_until.is_(None), b.published_until > self.not_over_at))
        return found


@dataclass(frozen=True, slots=True)
class DisputeFilter(Filter):
    """Which disputes."""

    commitment: int | None = None
    agreement: int | None = None
    opener: int | None = None

    body: int | None = None
    """Who hears it now, alone or as a member of the panel."""

    side: int | None = None
    """Debtor or creditor of the commitment, or who opened it."""

    state: DisputeState | None = None

    open: bool | None = None
    """Neither final nor withdrawn."""

    def conditions(self) -> Conditions:
        """As SQL."""
        d, commitments, members = c.disputes.c, t.commitments.c, c.panel_members.c
        found = equal((d.commitment, self.commitment), (d.opener, self.opener), (d.state, self.state))
        if self.agreement is not None:
            under = select(commitments.id).where(commitments.agreement == self.agreement)
            found.append(d.commitment.in_(under))
        if self.body is not None:
            drawn = select(members.dispute).where(members.member == self.body, members.current.is_(True))
            found.append(or_(d.body == self.body, d.body.is_(None) & d.id.in_(drawn)))
        if self.side is not None:
            owed = or_(commitments.debtor == self.side, commitments.creditor == self.side)
            found.append(or_(d.opener == self.side, d.commitment.in_(select(commitments.id).where(owed))))
        if self.open is not None:
            over = d.state.in_((DisputeState.FINAL, DisputeState.WITHDRAWN))
            found.append(~over if self.open else over)
        return found


@dataclass(frozen=True, slots=True)
class MeasureFilter(Filter):
    """Which measures."""

    government: int | None = None
    body: int | None = None
    commitment: int | None = None
    measure: Measure | None = None

    running_at: int | None = None
    """Those whose period this moment is in and that were not lifted by then."""

    def conditions(self) -> Conditions:
        """As SQL."""
        m = c.measures.c
        found = equal(
            (m.government, self.government),
            (m.body, self.body),
            (m.commitment, self.commitment),
            (m.measure, self.measure),
        )
        if self.running_at is not None:
            at = self.running_at
            found += [m.starts_at <= at, m.ends_at > at, or_(m.lifted_at.is_(None), m.lifted_at > at)]
        return found


@dataclass(frozen=True, slots=True)
class IncentiveFilter(Filter):
    """Which incentives."""

    government: int | None = None
    body: int | None = None
    incentive: Incentive | None = None

    running_at: int | None = None
    """Those whose period this moment is in and that were not revoked by then."""

    def conditions(self) -> Conditions:
        """As SQL."""
        i = c.incentives.c
        found = equal((i.government, self.government), (i.body, self.body), (i.incentive, self.incentive))
        if self.running_at is not None:
            at = self.running_at
            found += [i.starts_at <= at, i.ends_at > at, or_(i.revoked_at.is_(None), i.revoked_at > at)]
        return found


@dataclass(frozen=True, slots=True)
class DebtTransferFilter(Filter):
    """Which offers to hand a commitment over."""

    commitment: int | None = None
    debtor: int | None = None
    new_debtor: int | None = None

    party: int | None = None
    """The old debtor, the new one, or the creditor."""

    open: bool | None = None
    """Neither completed nor void."""

    def conditions(self) -> Conditions:
        """As SQL."""
        o = c.debt_transfer_offers.c
        found = equal((o.commitment, self.commitment), (o.debtor, self.debtor), (o.new_debtor, self.new_debtor))
        if self.party is not None:
            owed = select(t.commitments.c.id).where(t.commitments.c.creditor == self.party)
            found.append(or_(o.debtor == self.party, o.new_debtor == self.party, o.commitment.in_(owed)))
        if self.open is not None:
            standing = o.completed_at.is_(None) & o.void_at.is_(None)
            found.append(standing if self.open else ~standing)
        return found


@dataclass(frozen=True, slots=True)
class RotationFilter(Filter):
    """Which offers of a voice to another account."""

    government: int | None = None
    signer: str | None = None
    replacement: str | None = None

    open: bool | None = None
    """Neither accepted nor void."""

    def conditions(self) -> Conditions:
        """As SQL."""
        r = t.rotations.c
        found = equal((r.government, self.government), (r.signer, self.signer), (r.replacement, self.replacement))
        if self.open is not None:
            standing = r.accepted_at.is_(None) & r.void_at.is_(None)
            found.append(standing if self.open else ~standing)
        return found


@dataclass(frozen=True, slots=True)
class AccessionFilter(Filter):
    """Which newcomers."""

    agreement: int | None = None
    government: int | None = None

    waiting: bool | None = None
    """Whether the coordinating body has not admitted it yet."""

    def conditions(self) -> Conditions:
        """As SQL."""
        n = a.accessions.c
        found = equal((n.agreement, self.agreement), (n.government, self.government))
        if self.waiting is not None:
            found.append(n.admitted_at.is_(None) if self.waiting else n.admitted_at.is_not(None))
        return found


@dataclass(frozen=True, slots=True)
class AssessmentFilter(Filter):
    """Which assessments."""

    agreement: int | None = None
    body: int | None = None

    def conditions(self) -> Conditions:
        """As SQL."""
        s = a.assessments.c
        return equal((s.agreement, self.agreement), (s.body, self.body))


@dataclass(frozen=True, slots=True)
class DialogueFilter(Filter):
    """Which dialogues on record."""

    agreement: int | None = None

    government: int | None = None
    """Who put it on record, or the other of the pair."""

    def conditions(self) -> Conditions:
        """As SQL."""
        d = a.dialogue_records.c
        found = equal((d.agreement, self.agreement))
        if self.government is not None:
            found.append(or_(d.government == self.government, d.counterpart == self.government))
        return found
