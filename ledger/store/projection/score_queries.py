"""Questions of those who score: which facts counted at a moment, and what had become of them by then."""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy import and_, case, or_, select

from ledger.domain import events as e
from ledger.domain.cases import CASE_EVENTS, CaseBook, TimeBasis
from ledger.domain.enums import Outcome, OutcomeBasis, Role
from ledger.domain.scoring import CommitmentFact, CommitmentStanding
from ledger.store.projection import tables as t
from ledger.store.projection.asking import Asking, key
from ledger.store.projection.recalled import event_from
from ledger.store.projection.rows import BlockRow

_STATUS: Final = {
    (False, False): CommitmentStanding.ACTIVE,
    (True, False): CommitmentStanding.SETTLED,
    (True, True): CommitmentStanding.EXCUSED,
}
"""By whether there is an outcome, and whether it excuses."""


class ScoreQueries(Asking):
    """What scores and standings are made from."""

    def scored_as_of(self, block: int) -> list[int]:
        """The bodies that had the role of a government after this block, in order of id; a role may change later."""
        c = t.facts.c
        statement = (
            select(c.government, c.body)
            .where(c.event.in_(("GovernmentRegistered", "RolesSet")), c.block_number <= key("block", block))
            .order_by(c.sequence)
        )
        roles = {row["government"]: json.loads(row["body"])["roles"] for row in self._all(statement)}
        return sorted(body for body, bits in roles.items() if bits & Role.GOVERNMENT.bit)

    def _later_in_the_second(self, block: BlockRow) -> tuple[set[int], set[int]]:
        # Two blocks may have the same time, and rows have times only: the commitments, and the outcomes, that later
        # blocks of the same second recorded.
        c = t.facts.c
        statement = select(c.event, c.commitment).where(
            c.recorded_at == block.timestamp, c.block_number > block.number, c.commitment.is_not(None)
        )
        made: set[int] = set()
        settled: set[int] = set()
        for row in self._all(statement):
            if row["event"] == "OutcomeRecorded":
                settled.add(row["commitment"])
            elif row["event"] in ("CommitmentAccepted", "CommitmentBackfilled"):
                made.add(row["commitment"])
        return made, settled

    def case_book(self, up_to: BlockRow | None = None) -> CaseBook:
        """What became of commitments that did not simply get an outcome, by what blocks recorded up to this one."""
        c = t.facts.c
        told = [twin.__name__ for twin in CASE_EVENTS]
        # Only what has a case, a dispute or another debtor can have had more outcomes than the one in its row.
        concerned = select(c.commitment).where(c.event.in_(told), c.commitment.is_not(None))
        outcomes = and_(c.event == e.OutcomeRecorded.__name__, c.commitment.in_(concerned))
        statement = select(c.recorded_at, c.event, c.body).where(or_(c.event.in_(told), outcomes)).order_by(c.sequence)
        if up_to is not None:
            statement = statement.where(c.block_number <= up_to.number)
        found = self._all(statement)
        return CaseBook.fold((row["recorded_at"], event_from(e.EVENTS[row["event"]], row["body"])) for row in found)

    def commitment_facts(
        self, as_of: int, time: TimeBasis, up_to: BlockRow | None = None, book: CaseBook | None = None
    ) -> list[CommitmentFact]:
        """
        What a score is made from.

        Recorded time leaves out what the ledger did not have yet at `as_of`; effective time leaves out what had not
        come about yet, whenever it was recorded. Either way a fact carries its effective dates, because a promise of
        2009 that was recorded today is an old promise. What blocks after `up_to` recorded, where that is given, is
        left out in both times: so a report of the past can be made again. What its creditor has not accepted binds
        nobody, and is no fact.
        """
        c = t.commitments.c
        statement = select(
            c.id,
            c.original_debtor,
            c.creditor,
            c.agreement,
            c.indicator,
            c.weight,
            c.reference_number,
            c.made_at,
            c.due_at,
            c.outcome,
            c.outcome_basis,
            c.outcome_basis_points,
            c.outcome_effective_at,
            c.outcome_recorded_at,
            c.backfilled,
        ).order_by(c.id)
        statement = statement.where(c.accepted_at <= as_of)
        statement = statement.where((c.recorded_at if time == "recorded" else c.made_at) <= as_of)
        made_later: set[int] = set()
        settled_later: set[int] = set()
        if up_to is not None:
            accepted_at = case((c.backfilled, c.recorded_at), else_=c.accepted_at)
            statement = statement.where(accepted_at <= up_to.timestamp)
            made_later, settled_later = self._later_in_the_second(up_to)
        with self._open() as connection:
            found = connection.execute(statement).all()
        book = self.case_book(up_to) if book is None else book
        facts = []
        for row in found:
            if row.id in made_later:
                continue
            known_at = row.outcome_recorded_at if time == "recorded" else row.outcome_effective_at
            settled = known_at is not None and known_at <= as_of
            if settled and up_to is not None:
                settled = row.outcome_recorded_at <= up_to.timestamp and row.id not in settled_later
            excused = settled and row.outcome == Outcome.EXCUSED
            counts = settled and not excused
            fact = CommitmentFact(
                commitment=row.id,
                debtor=row.original_debtor,
                creditor=row.creditor,
                agreement=row.agreement,
                indicator=row.indicator,
                weight_millionths=row.weight,
                reference=row.reference_number,
                made_at=row.made_at,
                due_at=row.due_at,
                outcome_basis_points=row.outcome_basis_points if counts else None,
                resolved_at=row.outcome_effective_at if counts else None,
                status=_STATUS[settled, excused],
                backfilled=row.backfilled,
                silent=counts and row.outcome_basis == OutcomeBasis.SILENCE,
            )
            facts.append(book.fact(fact, as_of, time))
        return facts
