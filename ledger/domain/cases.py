"""
What became of commitments that did not simply get an outcome: cases, disputes, measures, and the standing they give.

A `CaseBook` is folded from the events of a ledger in their order, up to any moment, and answers as of any moment from
then on. The contracts derive the same standing from the same facts; only the reader's view is here, so that a standing
can be recomputed and shown with its grounds.

Moments are UTC seconds. A limit is the last second that counts; a beginning (`published_from`, `starts_at`) is the
first second, an end (`published_until`, `ends_at`) the first second that no longer counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Literal

from ledger.domain import events as e
from ledger.domain.enums import BreachState, Measure, Outcome, OutcomeBasis, Severity
from ledger.domain.procedure import ProcedurePolicy
from ledger.domain.scoring.facts import CommitmentFact, CommitmentStanding


class GovernmentStanding(StrEnum):
    """How a government stands. The contracts' `Standing` has the first four; who was never judged is unrated."""

    GOOD = "good"
    WATCHED = "watched"
    """A case is open, or a breach is minor, objected to, or not yet published."""

    DISCIPLINED = "disciplined"
    """A breach is published or a measure is in effect."""

    REPAIRED = "repaired"
    """A breach was repaired that would still be published."""


CASE_EVENTS: Final[tuple[type, ...]] = (
    e.OverdueReported,
    e.OverdueExplained,
    e.RectificationSet,
    e.RectificationRefused,
    e.BreachDetermined,
    e.BreachUpheld,
    e.BreachOverturned,
    e.BreachRepaired,
    e.DisputeOpened,
    e.DisputeConcluded,
    e.DisputeWithdrawn,
    e.CommitmentTransferred,
    e.MeasureImposed,
    e.MeasureLifted,
    e.SuccessionRecorded,
    e.ProcedurePolicyPublished,
)
"""The events that a case book is folded from, beside every `OutcomeRecorded` of the commitments that they are about."""

TimeBasis = Literal["recorded", "effective"]
"""Whether a fact counts from when it was recorded, or from when it came about."""


@dataclass(frozen=True, slots=True)
class Publication:
    """The periods of a breach, as they were set at a moment; a ruling that upholds it sets them anew."""

    set_at: int
    severity: Severity
    published: bool
    """Whether breaches of this severity are published at all, by the policy of the case."""

    published_from: int
    repairable_from: int
    published_until: int


@dataclass(frozen=True, slots=True)
class RecordedOutcome:
    """An outcome as it was recorded; a later one takes its place."""

    recorded_at: int
    effective_at: int
    outcome: Outcome
    outcome_basis_points: int
    basis: OutcomeBasis


@dataclass(slots=True)
class Case:
    """A commitment that was reported overdue, found broken, disputed, or handed to another debtor."""

    commitment: int
    debtor: int = 0
    """Whom the breach is laid to."""

    reported_at: int | None = None
    procedure_version: int = 0
    rectify_by: int | None = None
    outcomes: list[RecordedOutcome] = field(default_factory=list)
    """In the order in which they were recorded; the last one stands."""

    debtors: list[tuple[int, int]] = field(default_factory=list)
    """From when on others owed it, and who; by transfer, not by succession."""

    publications: list[Publication] = field(default_factory=list)
    overturned_at: int | None = None
    repaired_at: int | None = None
    disputes: list[tuple[int, int | None]] = field(default_factory=list)
    """From when to when it was disputed; None while it is."""

    def disputed_since(self, moment: int) -> int | None:
        """When the dispute that stood at a moment was opened; None where none did."""
        for opened_at, closed_at in self.disputes:
            if opened_at <= moment and (closed_at is None or moment < closed_at):
                return opened_at
        return None

    def state(self, moment: int) -> BreachState:
        """The state of the breach as of a moment."""
        if self.overturned_at is not None and self.overturned_at <= moment:
            return BreachState.OVERTURNED
        if self.repaired_at is not None and self.repaired_at <= moment:
            return BreachState.REPAIRED
        if self.publication(moment) is not None:
            return BreachState.DETERMINED
        if self.reported_at is None or self.reported_at > moment:
            return BreachState.NONE
        return BreachState.REPORTED if self.rectify_by is None else BreachState.RECTIFYING

    def settled(self, moment: int) -> bool:
        """Whether it had got an outcome by a moment, after it was reported."""
        since = 0 if self.reported_at is None else self.reported_at
        return any(since <= each.recorded_at <= moment for each in self.outcomes)

    def publication(self, moment: int) -> Publication | None:
        """The periods that held at a moment; None before the breach was determined."""
        held = [each for each in self.publications if each.set_at <= moment]
        return held[-1] if held else None

    def standing(self, moment: int) -> GovernmentStanding:
        """What this case alone makes of its debtor's standing as of a moment."""
        state = self.state(moment)
        if state in (BreachState.REPORTED, BreachState.RECTIFYING):
            return GovernmentStanding.GOOD if self.settled(moment) else GovernmentStanding.WATCHED
        publication = self.publication(moment)
        if publication is None or moment >= publication.published_until or state is BreachState.OVERTURNED:
            return GovernmentStanding.GOOD
        if state is BreachState.REPAIRED:
            return GovernmentStanding.REPAIRED
        published = publication.published and publication.published_from <= moment
        if published and self.disputed_since(moment) is None:
            return GovernmentStanding.DISCIPLINED
        return GovernmentStanding.WATCHED


@dataclass(frozen=True, slots=True)
class ImposedMeasure:
    """A measure of discipline."""

    id: int
    commitment: int
    government: int
    measure: Measure
    imposed_at: int
    starts_at: int
    ends_at: int


_GRAVITY: Final = (
    GovernmentStanding.DISCIPLINED,
    GovernmentStanding.WATCHED,
    GovernmentStanding.REPAIRED,
    GovernmentStanding.GOOD,
)
"""Worst first: a government stands as its worst case."""


class CaseBook:
    """All cases, measures and successions, folded from events."""

    def __init__(self) -> None:
        self.cases: dict[int, Case] = {}
        self.measures: dict[int, ImposedMeasure] = {}
        self.lifted: dict[int, int] = {}
        self._predecessors: dict[int, list[tuple[int, int]]] = {}
        self._successors: dict[int, tuple[int, tuple[int, ...]]] = {}
        self._policies: dict[int, ProcedurePolicy] = {}

    @classmethod
    def fold(cls, happened: Iterable[tuple[int, object]]) -> CaseBook:
        """
        Fold events, each with the time of its block, in the ledger's order.

        Other events than `CASE_EVENTS` and `OutcomeRecorded` are passed over.
        """
        book = cls()
        for at, event in happened:
            book.apply(at, event)
        return book

    def apply(self, at: int, event: object) -> None:
        """Take in the next event."""
        match event:
            case e.ProcedurePolicyPublished(version=version, policy=policy):
                self._policies[version] = policy
            case e.SuccessionRecorded(predecessor=predecessor, successors=successors):
                self._successors[predecessor] = (at, successors)
                for successor in successors:
                    self._predecessors.setdefault(successor, []).append((predecessor, at))
            case e.MeasureImposed():
                self.measures[event.id] = ImposedMeasure(
                    event.id, event.commitment, event.government, event.measure, at, event.starts_at, event.ends_at
                )
            case e.MeasureLifted(id=id):
                self.lifted[id] = at
            case e.OutcomeRecorded():
                found = RecordedOutcome(at, event.effective_at, event.outcome, event.outcome_basis_points, event.basis)
                self._case(event.id).outcomes.append(found)
            case e.CommitmentTransferred():
                self._case(event.id).debtors.append((at, event.debtor))
            case e.DisputeOpened() | e.DisputeConcluded() | e.DisputeWithdrawn():
                self._apply_dispute(at, event)
            case _:
                self._apply_case(at, event)

    def _apply_dispute(self, at: int, event: e.DisputeOpened | e.DisputeConcluded | e.DisputeWithdrawn) -> None:
        found = self._case(event.commitment)
        if isinstance(event, e.DisputeOpened):
            found.procedure_version = found.procedure_version or event.procedure_version
            found.disputes.append((at, None))
        else:
            # A commitment has one dispute at a time.
            found.disputes[-1] = (found.disputes[-1][0], at)

    def _apply_case(self, at: int, event: object) -> None:
        match event:
            case e.OverdueReported(id=id, debtor=debtor, procedure_version=version):
                found = self._case(id)
                found.debtor, found.reported_at, found.procedure_version = debtor, at, version
            case e.OverdueExplained(id=id, rectify_by=rectify_by) | e.RectificationSet(id=id, rectify_by=rectify_by):
                self._case(id).rectify_by = rectify_by
            case e.BreachDetermined(id=id, debtor=debtor, severity=severity):
                found = self._case(id)
                found.debtor = debtor
                self._publish(found, at, severity, event)
            case e.BreachUpheld(id=id):
                found = self._case(id)
                self._publish(found, at, found.publications[-1].severity, event)
            case e.BreachOverturned(id=id):
                self._case(id).overturned_at = at
            case e.BreachRepaired(id=id):
                self._case(id).repaired_at = at

    def lineage(self, government: int, moment: int) -> tuple[int, ...]:
        """A government and all those whose place it had taken by a moment, itself first."""
        found = [government]
        for each in found:
            found += [old for old, at in self._predecessors.get(each, ()) if at <= moment and old not in found]
        return tuple(found)

    def heirs(self, government: int, moment: int) -> tuple[int, ...]:
        """Those who stand in a government's place at a moment; itself where none does."""
        at, successors = self._successors.get(government, (moment + 1, ()))
        if at > moment:
            return (government,)
        found = [heir for successor in successors for heir in self.heirs(successor, moment)]
        return tuple(dict.fromkeys(found))

    def fact(self, fact: CommitmentFact, moment: int, time: TimeBasis) -> CommitmentFact:
        """
        A commitment as it stood at a moment.

        Parameters
        ----------
        fact
            The commitment with the debtor it was made by and, where it has no case, with its outcome.
        time
            In recorded time an outcome counts from when it was recorded, and the last one recorded by then stood; in
            effective time the last one known counts from when it came about. What is done about it (dispute, repair,
            transfer, succession) comes about when it is recorded.
        """
        case = self.cases.get(fact.commitment)
        if case is not None:
            fact = _with_case(fact, case, moment, time)
        heir, *others = self.heirs(fact.debtor, moment)
        if heir != fact.debtor:
            fact = replace(fact, debtor=heir, co_heirs=tuple(others), inherited=True)
        return fact

    def in_effect(self, measure: ImposedMeasure, moment: int) -> bool:
        """Whether a measure was in effect at a moment: begun, not over, and its breach neither in dispute nor gone."""
        if measure.imposed_at > moment or not measure.starts_at <= moment < measure.ends_at:
            return False
        if self.lifted.get(measure.id, moment + 1) <= moment:
            return False
        case = self.cases[measure.commitment]
        return case.state(moment) is BreachState.DETERMINED and case.disputed_since(moment) is None

    def standing(self, government: int, moment: int) -> GovernmentStanding:
        """The standing of a government as of a moment, with that of those whose place it has taken."""
        line = self.lineage(government, moment)
        standings = {case.standing(moment) for case in self.cases.values() if case.debtor in line}
        if any(each.government in line and self.in_effect(each, moment) for each in self.measures.values()):
            standings.add(GovernmentStanding.DISCIPLINED)
        return next((each for each in _GRAVITY if each in standings), GovernmentStanding.GOOD)

    def restricted(self, government: int, moment: int) -> ImposedMeasure | None:
        """The measure that limits a government in new agreements at a moment; None where none does."""
        line = self.lineage(government, moment)
        for each in self.measures.values():
            limits = each.measure is Measure.LIMIT_ON_NEW_AGREEMENTS and each.government in line
            if limits and self.in_effect(each, moment):
                return each
        return None

    def _case(self, commitment: int) -> Case:
        return self.cases.setdefault(commitment, Case(commitment))

    def _publish(self, case: Case, at: int, severity: Severity, event: e.BreachDetermined | e.BreachUpheld) -> None:
        published = self._policies[case.procedure_version].consequence(severity).published
        case.publications.append(
            Publication(at, severity, published, event.published_from, event.repairable_from, event.published_until)
        )


def _with_case(fact: CommitmentFact, case: Case, moment: int, time: TimeBasis) -> CommitmentFact:
    held = [debtor for at, debtor in case.debtors if at <= moment]
    known = [each for each in case.outcomes if time == "effective" or each.recorded_at <= moment]
    last = known[-1] if known and known[-1].effective_at <= moment else None
    excused = last is not None and last.outcome is Outcome.EXCUSED
    disputed_at = case.disputed_since(moment)
    if disputed_at is not None:
        status = CommitmentStanding.DISPUTED
    elif excused:
        status = CommitmentStanding.EXCUSED
    else:
        status = CommitmentStanding.ACTIVE if last is None else CommitmentStanding.SETTLED
    standing = None if excused else last
    return replace(
        fact,
        debtor=held[-1] if held else fact.debtor,
        outcome_basis_points=None if standing is None else standing.outcome_basis_points,
        resolved_at=None if standing is None else standing.effective_at,
        status=status,
        silent=last is not None and last.basis is OutcomeBasis.SILENCE,
        disputed_at=disputed_at,
        repaired_at=case.repaired_at,
    )


def severity_of(policy: ProcedurePolicy, weight_millionths: int, lateness_seconds: int, breaches: int) -> Severity:
    """
    The severity of a breach by policy.

    Parameters
    ----------
    weight_millionths
        The commitment's weight.
    lateness_seconds
        From the due date to the determination, or to the dispute that led to it.
    breaches
        Which breach within the policy's period of repetition it is, itself counted.
    """
    for severity, threshold in ((Severity.SERIOUS, policy.serious), (Severity.GENERAL, policy.general)):
        if (
            weight_millionths >= threshold.weight
            or lateness_seconds >= threshold.lateness_seconds
            or breaches >= threshold.repetitions
        ):
            return severity
    return Severity.MINOR
