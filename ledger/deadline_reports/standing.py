"""
The deadlines of a ledger as it stands: a report over the projection.

What has to be done follows from what is recorded; by when, from the dates that the contracts set, and where they set
none, from the procedure policy in force. Where another body has taken a body's place, the deadline is that body's; each
of several successors has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ledger.domain.cases import CaseBook
from ledger.domain.deadlines import Deadline, Duty
from ledger.domain.enums import AgreementState, BreachState, CommitmentState, DisputeState, OutcomeBasis
from ledger.domain.procedure import ProcedurePolicy
from ledger.errors import Unavailable
from ledger.store.projection.case_filters import AssessmentFilter, BreachFilter, DebtTransferFilter, DisputeFilter
from ledger.store.projection.case_rows import BreachRow, DisputeRow
from ledger.store.projection.filters import AgreementFilter, CommitmentFilter
from ledger.store.projection.queries import Queries
from ledger.store.projection.rows import AgreementRow, CommitmentRow

_PAGE: Final = 500
_FULFILLED: Final = 10_000
_BOUND: Final = (CommitmentState.ACTIVE, CommitmentState.CONTESTED)


class ProcedurePolicyMissing(Unavailable):
    """The projection holds no procedure policy yet, so no time limit is known."""

    def __init__(self) -> None:
        super().__init__(
            "deadlines: the projection holds no procedure policy yet; it fills as soon as the node is followed"
        )


def deadlines(
    queries: Queries, moment: int, *, within_seconds: int | None = None, government: int | None = None
) -> list[Deadline]:
    """
    Every deadline that stands, the earliest first.

    Parameters
    ----------
    moment
        UTC seconds from which `within_seconds` is counted.
    within_seconds
        Only those whose last second lies at most so far ahead; missed ones are always among them. All where not given.
    government
        Only those of this body.

    Raises
    ------
    ProcedurePolicyMissing
    """
    horizon = None if within_seconds is None else moment + within_seconds
    with queries.snapshot() as snapshot:
        found = _Collector(snapshot, moment, horizon).collect()
    wanted = [
        each
        for each in found
        if (horizon is None or each.by <= horizon) and (government is None or each.government == government)
    ]
    return sorted(wanted, key=lambda each: (each.by, each.duty, each.subject, each.number, each.government))


@dataclass(slots=True)
class _Collector:
    queries: Queries
    moment: int
    horizon: int | None
    book: CaseBook = field(init=False)
    policies: dict[int, ProcedurePolicy] = field(init=False)
    current: ProcedurePolicy = field(init=False)
    agreements: dict[int, AgreementRow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.book = self.queries.case_book()
        self.policies = {row.version: row.policy for row in self.queries.procedure_policies()}
        applies = self.queries.procedure_policy_at(self.moment)
        if applies is None:
            raise ProcedurePolicyMissing
        self.current = applies.policy

    def collect(self) -> list[Deadline]:
        self.agreements = {row.id: row for row in self._every_agreement()}
        return [
            *self._of_agreements(),
            *self._of_commitments(),
            *self._of_debt_transfers(),
            *self._of_breaches(),
            *self._of_disputes(),
        ]

    # ------------------------------------------------------------------------------------------------------ agreements

    def _every_agreement(self) -> Iterator[AgreementRow]:
        after: tuple[int, ...] | None = None
        while page := self.queries.agreements(AgreementFilter(), after=after, limit=_PAGE):
            yield from page
            after = (page[-1].id,)

    def _of_agreements(self) -> Iterator[Deadline]:
        made: dict[int, set[int]] = {}
        for row in self._pages_of_assessments():
            made.setdefault(row[0], set()).add(row[1])
        for agreement in self.agreements.values():
            if agreement.pending_version is not None and agreement.state is not AgreementState.SUSPENDED:
                yield from self._signatures(agreement)
            if agreement.state is AgreementState.CONCLUDED and not agreement.backfilled:
                yield from self._assessments(agreement, made.get(agreement.id, set()))
                if agreement.expires_at is not None:
                    opens_at = agreement.effective_from or agreement.recorded_at
                    parties = [each.government for each in agreement.parties]
                    yield from self._agreement(parties, Duty.RENEW, agreement, opens_at, agreement.expires_at - 1)

    def _pages_of_assessments(self) -> Iterator[tuple[int, int]]:
        after: tuple[int, ...] | None = None
        while page := self.queries.assessments(AssessmentFilter(), after=after, limit=_PAGE):
            yield from ((row.agreement, row.number) for row in page)
            after = (page[-1].agreement, page[-1].number)

    def _signatures(self, agreement: AgreementRow) -> Iterator[Deadline]:
        version = self.queries.agreement_versions(agreement.id)[-1]
        # What begins before all have signed begins late; what has expired cannot be signed at all.
        ends = [each - 1 for each in (version.effective_from, version.expires_at) if each is not None]
        if not ends:
            return
        signed = {
            each.party for each in self.queries.agreement_signatures(agreement.id) if each.version == version.number
        }
        waiting = [each.government for each in agreement.parties if each.government not in signed]
        yield from self._agreement(waiting, Duty.SIGN, agreement, version.recorded_at, min(ends))

    def _assessments(self, agreement: AgreementRow, made: set[int]) -> Iterator[Deadline]:
        if agreement.first_assessment_at is None:
            return
        number, at = 1, agreement.first_assessment_at
        every = agreement.assessment_every_seconds
        # Those that are due, and the next one.
        while agreement.expires_at is None or at < agreement.expires_at:
            if number not in made:
                yield from self._agreement([agreement.coordinating_body], Duty.ASSESS, agreement, at, at)
            if not every or at > self.moment:
                return
            number, at = number + 1, at + every

    def _agreement(
        self, who: Iterable[int], duty: Duty, row: AgreementRow, opens_at: int, by: int
    ) -> Iterator[Deadline]:
        for each in self._standing_for(who):
            yield Deadline(each, duty, "agreement", row.id, row.reference_number or row.title, opens_at, by)

    # ----------------------------------------------------------------------------------------------------- commitments

    def _of_commitments(self) -> Iterator[Deadline]:
        for state in (CommitmentState.PROPOSED, *_BOUND):
            for row in self.queries.every_commitment(CommitmentFilter(state=state, due_to=self.horizon)):
                yield from self._of_commitment(row)
        for row in self.queries.every_commitment(
            CommitmentFilter(state=CommitmentState.EVIDENCED, confirm_to=self.horizon)
        ):
            yield from self._of_evidence(row)
        partly = CommitmentFilter(state=CommitmentState.SETTLED, outcome_basis=OutcomeBasis.CONFIRMATION)
        for row in self.queries.every_commitment(partly):
            yield from self._of_partial_outcome(row)

    def _of_commitment(self, row: CommitmentRow) -> Iterator[Deadline]:
        if row.state is CommitmentState.PROPOSED:
            yield from self._commitment([self._voice(row)], Duty.ACCEPT, row, row.recorded_at, row.due_at)
            return
        if row.id in self.book.cases and self.book.cases[row.id].reported_at is not None:
            # Its case has time limits of its own.
            return
        opens_at = row.accepted_at or row.made_at
        yield from self._commitment([row.debtor], Duty.KEEP, row, opens_at, row.due_at)
        grace_until = row.due_at + self.current.grace_seconds
        yield from self._commitment([row.debtor], Duty.EVIDENCE, row, row.due_at + 1, grace_until)

    def _of_evidence(self, row: CommitmentRow) -> Iterator[Deadline]:
        if row.confirm_by is None or row.evidenced_at is None:
            return
        yield from self._commitment([self._voice(row)], Duty.ANSWER, row, row.evidenced_at, row.confirm_by)
        if row.sampled and not row.audited:
            body = self.agreements[row.agreement].coordinating_body
            yield from self._commitment([body], Duty.AUDIT, row, row.evidenced_at, row.confirm_by)

    def _of_partial_outcome(self, row: CommitmentRow) -> Iterator[Deadline]:
        settled_at, evidenced_at = row.outcome_recorded_at, row.evidenced_at
        if row.outcome_basis_points == _FULFILLED or settled_at is None or evidenced_at is None:
            return
        begun_under = self.queries.procedure_policy_at(evidenced_at)
        if begun_under is not None:
            by = settled_at + begun_under.policy.objection_seconds
            if by >= self.moment:
                yield from self._commitment([row.debtor], Duty.OBJECT_TO_OUTCOME, row, settled_at, by)

    def _of_debt_transfers(self) -> Iterator[Deadline]:
        after: tuple[int, ...] | None = None
        while page := self.queries.debt_transfers(DebtTransferFilter(open=True), after=after, limit=_PAGE):
            rows = self.queries.commitments_by_id(each.commitment for each in page)
            for offer in page:
                row = rows[offer.commitment]
                who = [offer.new_debtor] if offer.taken_over_at is None else []
                who += [self._voice(row)] if offer.consented_at is None else []
                yield from self._commitment(who, Duty.TAKE_OVER, row, offer.recorded_at, row.due_at)
            after = (page[-1].sequence,)

    def _commitment(
        self, who: Iterable[int], duty: Duty, row: CommitmentRow, opens_at: int, by: int
    ) -> Iterator[Deadline]:
        for each in self._standing_for(who):
            yield Deadline(each, duty, "commitment", row.id, row.reference_number, opens_at, by)

    # -------------------------------------------------------------------------------------------------------- breaches

    def _of_breaches(self) -> Iterator[Deadline]:
        after: tuple[int, ...] | None = None
        while page := self.queries.breaches(BreachFilter(not_over_at=self.moment), after=after, limit=_PAGE):
            rows = self.queries.commitments_by_id(each.commitment for each in page)
            for case in page:
                yield from self._of_breach(case, rows[case.commitment])
            after = (page[-1].commitment,)

    def _of_breach(self, case: BreachRow, row: CommitmentRow) -> Iterator[Deadline]:
        if case.state in (BreachState.REPORTED, BreachState.RECTIFYING):
            if row.state in _BOUND:
                yield from self._of_open_case(case, row)
        elif case.state is BreachState.DETERMINED and row.dispute is None:
            if case.object_by is not None and case.object_by >= self.moment and case.determined_at is not None:
                yield from self._commitment(
                    [case.debtor], Duty.OBJECT_TO_BREACH, row, case.determined_at, case.object_by
                )
            asked = case.repair_requested_at is not None and case.repair_refused_at is None
            if asked and case.body and case.repairable_from is not None and case.published_until is not None:
                last = case.published_until - 1
                yield from self._commitment([case.body], Duty.REPAIR, row, case.repairable_from, last)

    def _of_open_case(self, case: BreachRow, row: CommitmentRow) -> Iterator[Deadline]:
        reported_at, explain_by = case.reported_at, case.explain_by
        if reported_at is None or explain_by is None or case.procedure_version is None:
            return
        if case.refused_at is None:
            if case.state is BreachState.REPORTED:
                yield from self._commitment([case.debtor], Duty.EXPLAIN, row, reported_at, explain_by)
            elif case.rectify_by is not None:
                yield from self._commitment([case.debtor], Duty.RECTIFY, row, reported_at, case.rectify_by)
        until = case.refused_at or case.rectify_by or explain_by
        body = self.agreements[row.agreement].coordinating_body
        opens_at = until if case.refused_at is not None else until + 1
        by = until + self.policies[case.procedure_version].determination_seconds
        yield from self._commitment([body], Duty.DETERMINE, row, opens_at, by)

    # -------------------------------------------------------------------------------------------------------- disputes

    def _of_disputes(self) -> Iterator[Deadline]:
        after: tuple[int, ...] | None = None
        while page := self.queries.disputes(DisputeFilter(open=True), after=after, limit=_PAGE):
            rows = self.queries.commitments_by_id(each.commitment for each in page)
            for dispute in page:
                yield from self._of_dispute(dispute, rows[dispute.commitment])
            after = (page[-1].id,)

    def _of_dispute(self, dispute: DisputeRow, row: CommitmentRow) -> Iterator[Deadline]:
        sides = {row.debtor, dispute.opener, *([] if row.creditor is None else [row.creditor])}
        if dispute.state is DisputeState.RULED:
            if dispute.appeal_by is not None and dispute.ruled_at is not None:
                yield from self._dispute(sides, Duty.APPEAL, dispute, row, dispute.ruled_at, dispute.appeal_by)
            return
        begun_at = dispute.escalated_at or dispute.appealed_at or dispute.opened_at
        if dispute.evidence_until >= self.moment:
            yield from self._dispute(sides, Duty.LODGE, dispute, row, begun_at, dispute.evidence_until)
        hearing = dispute.panel if dispute.body is None else (dispute.body,)
        yield from self._dispute(hearing, Duty.RULE, dispute, row, dispute.evidence_until + 1, dispute.rule_by)

    def _dispute(
        self, who: Iterable[int], duty: Duty, dispute: DisputeRow, row: CommitmentRow, opens_at: int, by: int
    ) -> Iterator[Deadline]:
        for each in self._standing_for(who):
            yield Deadline(each, duty, "dispute", dispute.id, row.reference_number, opens_at, by)

    # ------------------------------------------------------------------------------------------------------------- who

    def _voice(self, row: CommitmentRow) -> int:
        """Who answers for the creditor: itself, or for all other parties the coordinating body."""
        return self.agreements[row.agreement].coordinating_body if row.creditor is None else row.creditor

    def _standing_for(self, who: Iterable[int]) -> Sequence[int]:
        found = [heir for each in who for heir in self.book.heirs(each, self.moment)]
        return sorted(set(found))
