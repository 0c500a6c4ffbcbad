"""
Random lives of five governments and their coordinating bodies, against a model in plain Python.

The model says beforehand whether a command is refused; the ledger must agree, and must have written nothing then. After
every step what the contracts hold is what the model holds, what is final has not changed, and every standing is the one
that is derived from the events alone. The clock moves by odd lengths and to the seconds around the limits that run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ledger.domain.cases import CaseBook
from ledger.domain.enums import (
    AgreementState,
    BreachState,
    CommitmentState,
    DisputeState,
    ExcuseGround,
    Measure,
    Outcome,
    OutcomeBasis,
    Severity,
    Standing,
    TransferState,
)
from ledger.domain.events import Event, ProcedurePolicyPublished
from ledger.domain.refusals import Refused
from ledger.domain.terms import Confirmation, MeasureTerms, Ruling
from tests.contracts.harness import model as m
from tests.contracts.harness.evm import START
from tests.contracts.harness.ledger import (
    COASTAL,
    DAY,
    DELTA,
    DIGEST,
    FARFIELD,
    HIGHLAND,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    RIVERPORT,
    UPLANDS,
    Done,
    Ledger,
    P,
    agreement_terms,
    found,
    speaker,
)

GOVERNMENTS = (LAKESIDE, HILLSIDE, RIVERPORT, FARFIELD, NEWLAKE)
ALREADY_THERE = 2
"""Agreements that the founded ledger has; the model begins behind them."""


def numbered(id: int) -> int:
    """The ledger's number of one of the model's agreements; 0 for none, which is none of the ledger's either."""
    return id and id + ALREADY_THERE


governments = st.sampled_from(GOVERNMENTS)
mostly_right = st.sampled_from((*[0] * 12, *GOVERNMENTS, DELTA))
"""Who gives a command; 0 for whoever may."""

# Most of what is drawn is in order: a life in which every command is refused shows little.
agreements = st.sampled_from((*[1] * 9, 2, 3, 4, 99, 0))
"""Number of an agreement. The first is in force from the beginning."""

picks = st.sampled_from((1, 2, 3, 4, 5, 1, 2, 3, 4, 0))
"""Which of the newest is meant, counting from 1; 0 for one that does not exist."""

moments = st.sampled_from((*[0] * 8, -1, -2, 1))
"""Seconds from now."""

patience = st.sampled_from((True, True, False))
"""Whether it is waited for the time of what is to be done."""

rows_in_order = st.tuples(
    st.sampled_from((RIVERPORT, HILLSIDE, 0)), st.sampled_from((DAY, 10, 1, 0)), st.sampled_from((0, 1))
)
rows_of_any_kind = st.tuples(
    st.sampled_from((0, *GOVERNMENTS)), st.sampled_from((0, DAY, -1)), st.sampled_from((0, 1, 2))
)
"""Creditor, seconds until due, and indicator of a commitment."""

RULINGS = {
    0: Ruling(Outcome.BROKEN, 0, ExcuseGround.NONE, DIGEST, ""),
    4_000: Ruling(Outcome.PARTLY, 4_000, ExcuseGround.NONE, DIGEST, ""),
    10_000: Ruling(Outcome.FULFILLED, 10_000, ExcuseGround.NONE, DIGEST, ""),
}


class RandomLives(RuleBasedStateMachine):
    """Gives the same commands to the ledger and to the model."""

    ledger: ClassVar[Ledger]
    snapshot: ClassVar[Any]
    commanded: ClassVar[dict[str, list[int]]]
    """How often each command was done, and how often refused."""

    @initialize()
    def begin(self) -> None:
        self.ledger.evm.restore(self.snapshot)
        self.life = m.Life()
        self.book = CaseBook.fold([(START, ProcedurePolicyPublished(1, P, START))])
        self.final: dict[str, Any] = {}
        self.turn = 0
        self.meant = 0
        # Without an agreement in force most commands would be refused for the same reason, and what comes last in a
        # life would hardly ever be reached: so it begins with a commitment at every stage.
        self.propose(LAKESIDE, (LAKESIDE, HILLSIDE, RIVERPORT), 0, 0)
        for party in (LAKESIDE, HILLSIDE, RIVERPORT):
            self.sign(1, party, 0, True)
        rows = [(HILLSIDE, DAY, number % 2) for number in range(5)]
        self.register(1, LAKESIDE, [*rows, (0, DAY, 1), (RIVERPORT, 60 * DAY, 1)], True, False)
        for id in range(1, 8):
            self.bring(id, lambda: self.accept(1, 0, 1))
        self.ledger.evm.now += DAY + P.grace_seconds + 1
        for id in (1, 2, 6):
            self.bring(id, lambda: self.evidence(1, 0, 0, False))
        self.bring(1, lambda: self.confirm(1, 0, 5_000, 0, False))
        self.bring(2, lambda: self.contest(1, 0), lambda: self.dispute(1, 0))
        self.bring(3, lambda: self.report(1, FARFIELD, False))
        self.bring(4, lambda: self.report(1, FARFIELD, False), lambda: self.explain_or_refuse(1, 0, True))
        self.bring(4, lambda: self.determine(1, DELTA, False))

    def bring(self, id: int, *steps: Callable[[], None]) -> None:
        """Bring one commitment further."""
        self.meant = id
        for step in steps:
            step()
        self.meant = 0

    def command(self, allowed: bool, verb: str, *values: Any, by: int, relayed: bool = False) -> Done | None:
        """Give a command, directly or relayed, and compare the answer with the model's."""
        account = speaker(by)
        give = self.ledger.relay if relayed else self.ledger.send
        return self.attempt(allowed, verb, lambda: give(verb, *values, by=account))

    def attempt(self, allowed: bool, verb: str, act: Callable[[], Done]) -> Done | None:
        before = self.ledger.storage()
        done, refusal = None, None
        try:
            done = act()
        except Refused as error:
            refusal = error
        self.commanded.setdefault(verb, [0, 0])[done is None] += 1
        if allowed:
            assert done is not None, f"refused, but the model allows it: {refusal}"
            self.happened(done.facts)
        else:
            assert refusal is not None, f"{verb} was done, but the model refuses it"
            assert self.ledger.storage() == before
        return done

    def happened(self, facts: tuple[Event, ...]) -> None:
        for event in facts:
            self.book.apply(self.now, event)

    def pick(self, things: dict[int, Any], index: int, state: Callable[[Any], bool] = lambda _: True) -> int:
        """One of the newest things, of those in a state as far as there are any; 0 picks one that is to come."""
        if self.meant:
            return self.meant
        fitting = [id for id, thing in things.items() if state(thing)] or list(things)
        return fitting[-(1 + (index - 1) % len(fitting))] if index and fitting else len(things) + 1

    def commitment(self, index: int, *states: CommitmentState) -> int:
        return self.pick(self.life.commitments, index, lambda c: not states or c.state in states)

    def part(self, id: int, part: str, by: int) -> int:
        """Who gives a command: `by`, or for 0 the one whose part it is, or who has taken its place."""
        c = self.life.commitments.get(id)
        owner: int = by or (LAKESIDE if c is None else getattr(c, part))
        heirs = [body for body in GOVERNMENTS if self.life.acts(body, owner)]
        return owner if by or owner not in self.life.gone or not heirs else heirs[0]

    @property
    def now(self) -> int:
        return self.ledger.evm.now

    # ------------------------------------------------------------------------------------------------------- time

    @rule(seconds=st.sampled_from((1, DAY, 5 * DAY, 11 * DAY, 31 * DAY, 90 * DAY)))
    def wait(self, seconds: int) -> None:
        self.ledger.evm.now += seconds

    @rule(index=st.integers(0, 20), seconds=st.sampled_from((-1, 0, 1)))
    def wait_for_a_limit(self, index: int, seconds: int) -> None:
        """Move to just before, at or just after one of the limits that are to come."""
        limits = {end for a in self.life.agreements.values() for end in (a.begins, a.ends, a.pending_ends)}
        for c in self.life.commitments.values():
            limits |= {c.due, c.due + P.grace_seconds, c.confirm_by, c.answer_by}
            limits.add(c.settled_at and c.settled_at + P.objection_seconds)
            if c.case is not None:
                limits |= {c.case.limit, c.case.limit + P.determination_seconds, c.case.object_by}
                limits |= {c.case.published_from, c.case.repairable_from, c.case.published_until}
        for d in self.life.disputes.values():
            limits |= {d.evidence_until, d.rule_by, d.appeal_by}
        to_come = sorted(limit + seconds for limit in limits if limit + seconds > self.now)
        if to_come:
            self.ledger.evm.now = to_come[index % min(len(to_come), 4)]

    def be_patient(self, patient: bool, limit: int) -> None:
        """Wait until a limit is over; most of what is in order is in order only then."""
        if patient and limit >= self.now:
            self.ledger.evm.now = limit + 1

    # ------------------------------------------------------------------------------------------------- agreements

    @precondition(lambda self: len(self.life.agreements) < 5)
    @rule(
        by=governments,
        parties=st.lists(governments, min_size=1, max_size=4).map(tuple),
        begins=st.sampled_from((0, 0, -1, 1, DAY)),
        ends=st.sampled_from((0, 0, 1, 2, DAY)),
    )
    def propose(self, by: int, parties: tuple[int, ...], begins: int, ends: int) -> None:
        begins, ends = (self.now + begins if begins else 0), (self.now + ends if ends else 0)
        terms = agreement_terms(parties=parties, effective_from=begins, expires_at=ends)
        allowed = self.life.may_propose(by, parties, begins, ends, self.now)
        done = self.command(allowed, "proposeAgreement", terms, by=by)
        if done:
            id = len(self.life.agreements) + 1
            assert done.returned == numbered(id)
            self.life.agreements[id] = m.Agreement(frozenset(parties), begins, ends, pending_ends=ends)

    @precondition(lambda self: self.life.agreements)
    @rule(
        index=picks,
        by=governments,
        begins=st.sampled_from((0, 0, 0, 1)),
        ends=st.sampled_from((0, 0, 0, DAY, -1, 900 * DAY)),
    )
    def amend(self, index: int, by: int, begins: int, ends: int) -> None:
        id = self.pick(self.life.agreements, index, lambda a: a.pending == 0)
        begins, ends = (self.now + begins if begins else 0), (self.now + ends if ends else 0)
        a = self.life.agreements.get(id)
        parties = tuple(sorted(a.parties)) if a else (LAKESIDE, HILLSIDE)
        # A party that is gone is no hindrance: its successor takes its seat and signs.
        allowed = self.life.may_amend(id, by, begins, ends, self.now)
        terms = agreement_terms(parties=parties, effective_from=begins, expires_at=ends, title="Amended")
        if self.command(allowed, "proposeVersion", numbered(id), terms, "as talked about", by=by):
            self.life.amend(id, begins, ends)

    @precondition(lambda self: any(a.pending for a in self.life.agreements.values()))
    @rule(
        index=picks,
        by=governments,
        older=st.sampled_from((0, 0, 0, 0, 1)),
        same_terms=st.sampled_from((True, True, True, False)),
    )
    def sign(self, index: int, by: int, older: int, same_terms: bool) -> None:
        id = self.pick(self.life.agreements, index, lambda a: a.pending > 0)
        a = self.life.agreements.get(id)
        version = max(a.pending - older, 0) if a else 1
        digest = self.ledger.call("versionOf", numbered(id), version)["termsDigest"] if same_terms else DIGEST
        allowed = self.life.may_sign(id, version, by, same_terms, self.now)
        if self.command(allowed, "signAgreement", numbered(id), version, digest, by=by):
            self.life.sign(id, by, self.now)

    @precondition(lambda self: any(a.pending for a in self.life.agreements.values()))
    @rule(index=picks, by=governments)
    def decline_version(self, index: int, by: int) -> None:
        id = self.pick(self.life.agreements, index, lambda a: a.pending > 0)
        a = self.life.agreements.get(id)
        states = (AgreementState.PROPOSED, AgreementState.CONCLUDED, AgreementState.SUSPENDED)
        negotiated = a is not None and a.state in states and a.pending > 0
        allowed = negotiated and a is not None and by in a.parties and by not in self.life.gone
        version = a.pending if a else 1
        if self.command(allowed, "declineVersion", numbered(id), version, "too dear", by=by) and a:
            a.pending = 0
            if a.state == AgreementState.PROPOSED:
                a.state = AgreementState.ABANDONED

    @rule(agreement=agreements, by=st.sampled_from((DELTA, DELTA, UPLANDS)))
    def suspend_or_resume(self, agreement: int, by: int) -> None:
        a = self.life.agreements.get(agreement)
        if a is not None and a.state == AgreementState.SUSPENDED:
            if self.command(by == DELTA, "resumeAgreement", numbered(agreement), by=by):
                a.state = AgreementState.CONCLUDED
            return
        allowed = a is not None and a.state == AgreementState.CONCLUDED and by == DELTA
        number = numbered(agreement)
        if self.command(allowed, "suspendAgreement", number, "the funds are looked into", by=by) and a:
            a.state = AgreementState.SUSPENDED

    # ------------------------------------------------------------------------------------------------ commitments

    @precondition(lambda self: len(self.life.commitments) < 20)
    @rule(
        agreement=agreements,
        debtor=st.sampled_from((*[LAKESIDE] * 6, HILLSIDE, FARFIELD)),
        rows=st.lists(st.one_of(*[rows_in_order] * 5, rows_of_any_kind), max_size=3),
        batch=st.booleans(),
        relayed=st.booleans(),
    )
    def register(
        self, agreement: int, debtor: int, rows: list[tuple[int, int, int]], batch: bool, relayed: bool
    ) -> None:
        made = [
            m.Commitment(agreement, debtor, creditor, self.now, self.now + due, indicator)
            for creditor, due, indicator in (rows if batch else rows[:1])
        ]
        terms = [
            self.ledger.commitment_terms(
                agreement=numbered(agreement),
                creditor=c.creditor,
                due_at=c.due,
                indicator=c.indicator,
            )
            for c in made
        ]
        if not made and not batch:
            return
        allowed = bool(made) and all(self.life.may_register(c, self.now) for c in made)
        verb, value = ("registerCommitments", terms) if batch else ("registerCommitment", terms[0])
        done = self.command(allowed, verb, value, by=debtor, relayed=relayed)
        if done:
            first = len(self.life.commitments) + 1
            assert done.returned == first
            self.life.commitments.update(enumerate(made, start=first))

    @precondition(lambda self: self.life.commitments)
    @rule(index=picks, by=mostly_right, count=st.sampled_from((1, 1, 2)))
    def accept(self, index: int, by: int, count: int) -> None:
        id = self.commitment(index, CommitmentState.PROPOSED)
        ids = list(range(id, id + count))
        by = self.part(id, "voice", by)
        allowed = all(self.life.may_accept(each, by, self.now) for each in ids)
        if self.command(allowed, "acceptCommitments", ids, by=by):
            for each in ids:
                self.life.commitments[each].state = CommitmentState.ACTIVE

    @precondition(lambda self: self.life.commitments)
    @rule(index=picks, by=mostly_right, verb=st.sampled_from(("declineCommitment", "releaseCommitment")))
    def decline_or_release(self, index: int, by: int, verb: str) -> None:
        states = (CommitmentState.PROPOSED,) if verb == "declineCommitment" else m.OPEN
        id = self.commitment(index, *states)
        c = self.life.commitments.get(id)
        by = self.part(id, "voice", by)
        allowed = c is not None and self.life.acts(by, c.voice) and c.state in states
        if self.command(allowed, verb, id, "no longer needed", by=by) and c:
            if verb == "declineCommitment":
                c.state = CommitmentState.DECLINED
            else:
                c.settle(self.now, 0, OutcomeBasis.RELEASE)

    @precondition(lambda self: self.life.commitments)
    @rule(index=picks, by=mostly_right, at=moments, relayed=st.booleans())
    def evidence(self, index: int, by: int, at: int, relayed: bool) -> None:
        id = self.commitment(index, *m.OPEN)
        by = self.part(id, "debtor", by)
        allowed = self.life.may_evidence(id, by, self.now + at, self.now)
        if self.command(allowed, "submitEvidence", id, DIGEST, "", self.now + at, by=by, relayed=relayed):
            c = self.life.commitments[id]
            c.state, c.evidenced_at = CommitmentState.EVIDENCED, self.now
            c.confirm_by = self.now + P.confirmation_seconds

    @precondition(lambda self: self.life.commitments)
    @rule(
        index=picks,
        by=mostly_right,
        outcome=st.sampled_from((10_000, 5_000, 5_000, 1, 0, 10_001)),
        at=moments,
        batch=st.booleans(),
    )
    def confirm(self, index: int, by: int, outcome: int, at: int, batch: bool) -> None:
        id = self.commitment(index, CommitmentState.EVIDENCED)
        by = self.part(id, "voice", by)
        c = self.life.commitments.get(id)
        row = Confirmation(id, outcome, self.now + at)
        allowed = self.life.may_answer(id, by, self.now) and c is not None and not self.life.acts(by, c.debtor)
        allowed = allowed and 1 <= outcome <= 10_000 and c is not None and c.made <= self.now + at <= self.now
        verb, value = ("confirmCommitments", [row]) if batch else ("confirmCommitment", row)
        if self.command(allowed, verb, value, by=by) and c:
            c.settle(self.now, outcome, OutcomeBasis.CONFIRMATION)

    @precondition(lambda self: self.life.commitments)
    @rule(index=picks, by=mostly_right)
    def contest(self, index: int, by: int) -> None:
        id = self.commitment(index, CommitmentState.EVIDENCED)
        by = self.part(id, "voice", by)
        if self.command(self.life.may_answer(id, by, self.now), "contestEvidence", id, "not kept", by=by):
            self.life.commitments[id].state = CommitmentState.CONTESTED

    @precondition(lambda self: self.life.commitments)
    @rule(index=picks, by=governments, patient=patience)
    def keep_silent(self, index: int, by: int, patient: bool) -> None:
        id = self.commitment(index, CommitmentState.EVIDENCED)
        c = self.life.commitments.get(id)
        self.be_patient(patient, c.confirm_by if c else 0)
        allowed = c is not None and c.state == CommitmentState.EVIDENCED and self.now > c.confirm_by
        if self.command(allowed, "acceptBySilence", id, by=by) and c:
            c.settle(self.now, 10_000, OutcomeBasis.SILENCE)

    @precondition(lambda self: self.life.commitments)
    @rule(index=picks, by=mostly_right, to=governments)
    def hand_over(self, index: int, by: int, to: int) -> None:
        id = self.commitment(index, CommitmentState.ACTIVE)
        c = self.life.commitments.get(id)
        by = self.part(id, "debtor", by)
        allowed = c is not None and self.life.acts(by, c.debtor) and self.can_take_over(c, to)
        if self.command(allowed, "offerDebtTransfer", id, to, by=by) and c:
            c.transfer_to, c.agreed = to, set()

    @precondition(lambda self: any(c.transfer_to for c in self.life.commitments.values()))
    @rule(index=picks, by=mostly_right, as_creditor=st.booleans())
    def take_over(self, index: int, by: int, as_creditor: bool) -> None:
        id = self.pick(self.life.commitments, index, lambda c: c.transfer_to > 0)
        c = self.life.commitments.get(id)
        by = self.part(id, "voice" if as_creditor else "transfer_to", by) or LAKESIDE
        if c is None or not c.transfer_to:
            self.command(False, "agreeDebtTransfer", id, RIVERPORT, by=by)
            return
        part = "taker" if self.life.acts(by, c.transfer_to) else "creditor"
        concerned = part == "taker" or self.life.acts(by, c.voice)
        allowed = concerned and part not in c.agreed and self.can_take_over(c, c.transfer_to)
        if self.command(allowed, "agreeDebtTransfer", id, c.transfer_to, by=by):
            c.agreed.add(part)
            if len(c.agreed) == 2:
                c.debtor, c.transfer_to = c.transfer_to, 0

    def can_take_over(self, c: m.Commitment, to: int) -> bool:
        a = self.life.agreements[c.agreement]
        lives = a.state in (AgreementState.CONCLUDED, AgreementState.ENDED) and to in a.parties
        own = to in (c.debtor, c.creditor) or self.life.acts(to, c.creditor)
        return (
            lives and to not in self.life.gone and not own and c.state == CommitmentState.ACTIVE and self.now <= c.due
        )

    # -------------------------------------------------------------------------------------------- breach and repair

    @precondition(lambda self: self.life.commitments)
    @rule(index=picks, by=governments, patient=patience)
    def report(self, index: int, by: int, patient: bool) -> None:
        id = self.pick(self.life.commitments, index, lambda c: c.state in m.OWED and c.case is None)
        c = self.life.commitments.get(id)
        self.be_patient(patient, c.due + P.grace_seconds if c else 0)
        if self.command(self.life.may_report(id, self.now), "reportOverdue", id, "", by=by):
            c = self.life.commitments[id]
            c.answer_by = self.now + P.explanation_seconds
            c.case = m.Case(c.debtor, BreachState.REPORTED, self.now, c.answer_by)

    def running(self, index: int) -> int:
        return self.pick(self.life.commitments, index, lambda c: c.case is not None and c.case.state in m.RUNNING)

    @precondition(lambda self: any(c.case for c in self.life.commitments.values()))
    @rule(index=picks, by=mostly_right, refuse=st.booleans())
    def explain_or_refuse(self, index: int, by: int, refuse: bool) -> None:
        id = self.running(index)
        c = self.life.commitments.get(id)
        by = self.part(id, "debtor", by)
        allowed = c is not None and self.life.acts(by, c.debtor) and self.life.in_debtors_time(c, self.now)
        if refuse:
            if self.command(allowed, "refuseRectification", id, "never promised", by=by) and c and c.case:
                c.case.refused, c.case.limit, c.answer_by = True, self.now, self.now
            return
        allowed = allowed and c is not None and c.case is not None and c.case.state == BreachState.REPORTED
        if self.command(allowed, "explainOverdue", id, "the system was replaced", bytes(32), by=by) and c and c.case:
            c.answer_by = self.now + P.rectification_seconds_max
            c.case.state, c.case.limit = BreachState.RECTIFYING, c.answer_by

    @precondition(lambda self: any(c.case for c in self.life.commitments.values()))
    @rule(index=picks, by=st.sampled_from((DELTA, DELTA, DELTA, UPLANDS)), days=st.sampled_from((0, 1, 20, 60, 61)))
    def set_date(self, index: int, by: int, days: int) -> None:
        id = self.running(index)
        c = self.life.commitments.get(id)
        allowed = c is not None and by == DELTA and self.life.in_debtors_time(c, self.now) and 1 <= days <= 60
        allowed = allowed and c is not None and c.case is not None and not c.case.date_set
        at = self.now + days * DAY
        if self.command(allowed, "setRectification", id, at, by=by) and c and c.case:
            c.case.state, c.case.limit, c.case.date_set, c.answer_by = BreachState.RECTIFYING, at, True, at

    @precondition(lambda self: any(c.case for c in self.life.commitments.values()))
    @rule(index=picks, by=st.sampled_from((DELTA, DELTA, DELTA, HILLSIDE)), patient=patience)
    def determine(self, index: int, by: int, patient: bool) -> None:
        id = self.running(index)
        case = self.life.commitments[id].case if id in self.life.commitments else None
        self.be_patient(patient, case.limit if case else 0)
        if self.command(self.life.may_determine(id, by, self.now), "determineBreach", id, by=by):
            c = self.life.commitments[id]
            c.settle(self.now, 0, OutcomeBasis.BREACH)
            assert c.case is not None
            c.case.body = DELTA
            self.life.determine(c, self.now, self.now, by_ruling=False)

    @precondition(lambda self: any(c.case and c.case.body for c in self.life.commitments.values()))
    @rule(
        index=picks,
        by=mostly_right,
        verb=st.sampled_from(("requestRepair", "repairBreach", "refuseRepair")),
        patient=patience,
    )
    def repair(self, index: int, by: int, verb: str, patient: bool) -> None:
        id = self.pick(self.life.commitments, index, lambda c: c.case is not None and c.case.body > 0)
        case = self.life.standing_case(id)
        c = self.life.commitments.get(id)
        self.be_patient(patient and verb == "repairBreach", case.repairable_from - 1 if case else 0)
        in_time = case is not None and self.now < case.published_until
        if verb == "requestRepair":
            by = self.part(id, "debtor", by)
            allowed = in_time and case is not None and not case.repair_asked and self.life.acts(by, case.debtor)
            if self.command(allowed, verb, id, DIGEST, "", by=by) and case:
                case.repair_asked = True
            return
        by = by or (c.case.body if c and c.case else DELTA) or DELTA
        allowed = in_time and case is not None and case.repair_asked and by == case.body
        if verb == "repairBreach":
            allowed = allowed and case is not None and self.now >= case.repairable_from
            if self.command(allowed, verb, id, by=by) and case:
                case.state = BreachState.REPAIRED
        elif self.command(allowed, verb, id, "nothing was made good", by=by) and case:
            case.repair_asked = False

    @precondition(lambda self: any(c.case and c.case.body for c in self.life.commitments.values()))
    @rule(
        index=picks,
        by=st.sampled_from((0, 0, 0, DELTA, UPLANDS)),
        measure=st.sampled_from((Measure.LIMIT_ON_NEW_AGREEMENTS, Measure.NOTICE_TO_SUPERIOR)),
        days=st.sampled_from((0, 0, 30)),
        patient=patience,
    )
    def discipline(self, index: int, by: int, measure: Measure, days: int, patient: bool) -> None:
        id = self.pick(self.life.commitments, index, lambda c: c.case is not None and c.case.body > 0)
        c = self.life.commitments.get(id)
        case = self.life.standing_case(id)
        self.be_patient(patient, case.published_from - 1 if case else 0)
        by = by or (c.case.body if c and c.case else 0) or DELTA
        starts = self.now + days * DAY if days else 0
        ends = c.case.published_until if c and c.case else 0
        allowed = case is not None and by == case.body and case.published_from <= self.now < ends
        allowed = allowed and case is not None and max(starts, self.now) < ends
        if case is not None and case.severity is Severity.MINOR:
            allowed = allowed and measure == Measure.NOTICE_TO_SUPERIOR
        terms = MeasureTerms(id, measure, starts, ends, "a breach of faith")
        done = self.command(allowed, "imposeMeasure", terms, by=by)
        if done and case:
            self.life.measures[done.returned] = m.Imposed(id, case.debtor, measure, starts or self.now, ends)

    # ---------------------------------------------------------------------------------------------------- disputes

    @precondition(lambda self: self.life.commitments)
    @rule(index=picks, by=st.sampled_from((0, 0, 0, 0, HILLSIDE, RIVERPORT, FARFIELD)))
    def dispute(self, index: int, by: int) -> None:
        id = self.commitment(index, CommitmentState.CONTESTED, CommitmentState.SETTLED)
        by = self.part(id, "debtor", by)
        done = self.command(self.life.may_dispute(id, by, self.now), "openDispute", id, DIGEST, "", by=by)
        if done:
            c = self.life.commitments[id]
            c.before_dispute, c.state, c.dispute = c.state, CommitmentState.DISPUTED, done.returned
            self.life.disputes[done.returned] = m.Dispute(id, by, self.now, self.now + P.evidence_seconds)

    def heard(self, index: int, *states: DisputeState) -> int:
        return self.pick(self.life.disputes, index, lambda d: d.state in states)

    @precondition(lambda self: self.life.disputes)
    @rule(
        index=picks,
        by=st.sampled_from((0, 0, 0, DELTA, UPLANDS, COASTAL, HIGHLAND)),
        outcome=st.sampled_from((0, 0, 4_000, 10_000)),
        patient=patience,
    )
    def give_ruling(self, index: int, by: int, outcome: int, patient: bool) -> None:
        id = self.heard(index, *m.HEARD)
        d = self.life.disputes.get(id)
        self.be_patient(patient, d.evidence_until if d else 0)
        yet = [body for body in sorted(d.hearers) if body not in d.votes] if d else []
        by = by or (yet or [DELTA])[0]
        allowed = d is not None and d.state in m.HEARD and by in yet and self.now > d.evidence_until
        if self.command(allowed, "giveRuling", id, RULINGS[outcome], by=by) and d:
            self.life.rule(d, by, outcome, self.now)

    @precondition(lambda self: self.life.disputes)
    @rule(index=picks, by=st.sampled_from((0, 0, HILLSIDE, RIVERPORT, FARFIELD)))
    def appeal(self, index: int, by: int) -> None:
        id = self.heard(index, DisputeState.RULED)
        d = self.life.disputes.get(id)
        by = self.part(d.commitment if d else 0, "debtor", by)
        side = self.life.side(self.life.commitments[d.commitment], by) if d else None
        allowed = side is not None and d is not None and d.state == DisputeState.RULED and self.now <= d.appeal_by
        if self.command(allowed, "appealRuling", id, DIGEST, "", by=by) and d:
            d.go_before(m.PANEL, self.now)

    @precondition(lambda self: self.life.disputes)
    @rule(index=picks, by=governments, escalate=st.booleans(), patient=patience)
    def escalate_or_conclude(self, index: int, by: int, escalate: bool, patient: bool) -> None:
        id = self.heard(index, *(m.HEARD if escalate else (DisputeState.RULED,)))
        d = self.life.disputes.get(id)
        self.be_patient(patient, (d.rule_by if escalate else d.appeal_by) if d else 0)
        if not escalate:
            allowed = d is not None and d.state == DisputeState.RULED and self.now > d.appeal_by
            if self.command(allowed, "concludeDispute", id, by=by) and d:
                self.life.conclude(d, self.now)
            return
        allowed = d is not None and d.state in m.HEARD and self.now > d.rule_by
        if self.command(allowed, "escalateDispute", id, by=by) and d:
            if d.ruling is not None:
                self.life.conclude(d, self.now)
            else:
                d.go_before(m.PANEL, self.now)

    @precondition(lambda self: self.life.disputes)
    @rule(index=picks, by=st.sampled_from((0, 0, 0, HILLSIDE)))
    def withdraw(self, index: int, by: int) -> None:
        id = self.heard(index, DisputeState.OPEN)
        d = self.life.disputes.get(id)
        by = by or (d.opener if d else LAKESIDE)
        allowed = d is not None and d.state == DisputeState.OPEN and self.life.acts(by, d.opener)
        if self.command(allowed, "withdrawDispute", id, by=by) and d:
            c = self.life.commitments[d.commitment]
            d.state, c.dispute, c.state = DisputeState.WITHDRAWN, 0, c.before_dispute
            c.withdrawn_at[self.life.acts(d.opener, c.debtor) or d.opener in self.life.gone] = self.now

    # ---------------------------------------------------------------------------------------- succession and payment

    @precondition(lambda self: len(self.life.commitments) > 5 and not self.life.gone)
    @rule(heir=st.sampled_from((NEWLAKE, RIVERPORT)), predecessor=st.sampled_from((LAKESIDE, HILLSIDE)))
    def succeed(self, heir: int, predecessor: int) -> None:
        done = self.ledger.succeed(predecessor, heir)
        self.happened(done.facts)
        self.life.predecessors[heir] = {predecessor}
        self.life.gone.add(predecessor)

    @rule(
        agreement=agreements,
        by=governments,
        payee=st.sampled_from((HILLSIDE, RIVERPORT, LAKESIDE, FARFIELD)),
        paid=moments,
    )
    def pay(self, agreement: int, by: int, payee: int, paid: int) -> None:
        allowed = self.life.may_transfer(agreement, by, payee, self.now + paid, self.now)
        terms = self.ledger.transfer_terms(agreement=numbered(agreement), payee=payee, paid_at=self.now + paid)
        done = self.command(allowed, "recordTransfer", terms, by=by)
        if done:
            id = len(self.life.transfers) + 1
            assert done.returned == id
            self.life.transfers[id] = m.Transfer(by, payee, self.now + paid)

    @precondition(lambda self: self.life.transfers)
    @rule(index=picks, by=mostly_right, at=moments)
    def receive(self, index: int, by: int, at: int) -> None:
        id = self.pick(self.life.transfers, index)
        t = self.life.transfers.get(id)
        by = by or (t.payee if t else HILLSIDE)
        allowed = self.life.may_receive(id, by, self.now + at, self.now)
        if self.command(allowed, "confirmTransfer", id, self.now + at, by=by) and t:
            t.state = TransferState.CONFIRMED

    # ------------------------------------------------------------------------------------------------- invariants

    # Asking the contracts takes longer than commanding them. So after every step one thing of each kind is looked at,
    # in turn, and at the end of a life all of them.

    @invariant()
    def numbers_are_consecutive(self) -> None:
        self.turn += 1
        assert self.ledger.call("commitmentCount") == len(self.life.commitments)

    @invariant()
    def one_of_each_kind_is_what_the_model_holds(self) -> None:
        for things, check in self.checks():
            if things:
                check(things[self.turn % len(things)])

    def teardown(self) -> None:
        assert self.ledger.call("agreementCount") == len(self.life.agreements) + ALREADY_THERE
        assert self.ledger.call("disputeCount") == len(self.life.disputes)
        assert self.ledger.call("transferCount") == len(self.life.transfers)
        for things, check in self.checks():
            for thing in things:
                check(thing)

    def checks(self) -> list[tuple[list[Any], Callable[[Any], None]]]:
        """What there is, and how one of it is looked at."""
        return [
            (list(self.life.agreements), self.agreement_is_in_force_only_with_all_signatures),
            (list(self.life.commitments), self.commitment_is_what_the_model_holds),
            ([id for id, c in self.life.commitments.items() if c.case], self.breach_is_what_the_model_holds),
            (list(self.life.disputes), self.dispute_is_what_the_model_holds),
            (list(self.final), self.what_is_final_has_not_changed),
            (list(GOVERNMENTS), self.standing_is_what_the_events_say),
        ]

    def agreement_is_in_force_only_with_all_signatures(self, id: int) -> None:
        a, number = self.life.agreements[id], numbered(id)
        shown = self.ledger.call("agreement", number)
        assert (shown["state"], shown["version"], shown["pendingVersion"]) == (a.state, a.version, a.pending)
        assert (shown["effectiveFrom"], shown["expiresAt"]) == (a.begins, a.ends)
        if shown["version"]:
            assert all(self.ledger.call("hasSigned", number, shown["version"], party) for party in a.parties)
        owed = [
            c.state in m.OPEN or (c.state == CommitmentState.DISPUTED and c.before_dispute != CommitmentState.SETTLED)
            for c in self.life.commitments.values()
            if c.agreement == id
        ]
        assert self.ledger.call("openCommitments", number) == sum(owed)

    def commitment_is_what_the_model_holds(self, id: int) -> None:
        c = self.life.commitments[id]
        shown, progress = self.ledger.call("commitment", id), self.ledger.call("progress", id)
        assert (shown["debtor"], shown["creditor"]) == (c.debtor, c.creditor)
        assert shown["weight"] == m.WEIGHTS[c.indicator]
        assert (shown["madeAt"], shown["dueAt"]) == (c.made, c.due)
        assert (shown["state"], shown["outcomeBasisPoints"]) == (c.state, c.outcome)
        assert (progress["basis"], progress["ruled"]) == (c.basis, c.ruled)
        if c.state == CommitmentState.SETTLED:
            assert progress["basis"] != OutcomeBasis.NONE, "no outcome without window, ruling or acceptance"
        final = c.ruled or c.basis in (OutcomeBasis.SILENCE, OutcomeBasis.RELEASE)
        if final or c.state == CommitmentState.DECLINED:
            self.final.setdefault(f"commitment {id}", shown)

    def breach_is_what_the_model_holds(self, id: int) -> None:
        c = self.life.commitments[id]
        shown, case = self.ledger.call("breach", id), c.case
        assert case is not None
        assert (shown["state"], shown["debtor"], shown["severity"]) == (case.state, case.debtor, case.severity)
        assert (shown["publishedFrom"], shown["repairableFrom"], shown["publishedUntil"]) == (
            case.published_from,
            case.repairable_from,
            case.published_until,
        )
        assert shown["body"] == case.body
        assert self.ledger.call("openDisputeAbout", id) == c.dispute

    def dispute_is_what_the_model_holds(self, id: int) -> None:
        d = self.life.disputes[id]
        shown = self.ledger.call("dispute", id)
        assert (shown["state"], shown["evidenceUntil"], shown["ruleBy"]) == (d.state, d.evidence_until, d.rule_by)
        hearers = {shown["body"]} if shown["body"] else set(self.ledger.call("panel", id))
        assert hearers == d.hearers
        parties = self.life.agreements[self.life.commitments[d.commitment].agreement].parties
        assert not hearers & parties, "no party rules on itself"
        if d.state in (DisputeState.FINAL, DisputeState.WITHDRAWN):
            self.final.setdefault(f"dispute {id}", shown)

    def what_is_final_has_not_changed(self, name: str) -> None:
        verb, id = name.split()
        assert self.ledger.call(verb, int(id)) == self.final[name]

    def standing_is_what_the_events_say(self, body: int) -> None:
        enforced = Standing(self.ledger.call("standing", body))
        assert self.book.standing(body, self.now).value == enforced.name.lower()
        if body not in self.life.gone:
            assert self.life.free(body, self.now) == self.unrestricted(body)

    def unrestricted(self, body: int) -> bool:
        """Whether the contracts let a government conclude agreements."""
        try:
            self.ledger.transact("requireUnrestricted", body, by=speaker(DELTA))
        except Refused:
            return False
        return True


REACHED = (
    "proposeVersion",
    "submitEvidence",
    "confirmCommitment",
    "contestEvidence",
    "acceptBySilence",
    "determineBreach",
    "openDispute",
    "giveRuling",
    "appealRuling",
    "imposeMeasure",
    "requestRepair",
)


LIVES = settings(max_examples=20, stateful_step_count=60, deadline=None)
"""How many lives, and how long."""


@pytest.mark.slow
def test_random_lives_are_what_the_model_says() -> None:
    RandomLives.ledger = found()
    RandomLives.snapshot = RandomLives.ledger.evm.snapshot()
    RandomLives.commanded = {}
    run_state_machine_as_test(RandomLives, settings=LIVES)
    for verb in REACHED:
        assert RandomLives.commanded[verb][0], f"{verb} was never done; lives are too short to show anything of it"
