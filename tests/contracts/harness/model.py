"""
A small model of the ledger's life: what may happen, in plain Python.

It is written from the interfaces' words and knows nothing of how the contracts are made. It says only whether a command
is refused; which error comes is the business of the tests of each verb. Windows are those of the tests' procedure
policy. Limits are last seconds: `now <= limit` is in time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.domain.enums import (
    AgreementState,
    BreachState,
    CommitmentState,
    DisputeState,
    Measure,
    OutcomeBasis,
    Severity,
    TransferState,
)
from tests.contracts.harness.cast import COASTAL, DELTA, HIGHLAND, UPLANDS, P

INDICATORS = 2
WEIGHTS = (800_000, 1_200_000)

OPEN = (CommitmentState.ACTIVE, CommitmentState.EVIDENCED, CommitmentState.CONTESTED)
OWED = (CommitmentState.ACTIVE, CommitmentState.CONTESTED)
RUNNING = (BreachState.REPORTED, BreachState.RECTIFYING)
HEARD = (DisputeState.OPEN, DisputeState.APPEALED)

PANEL = frozenset({UPLANDS, COASTAL, HIGHLAND})
"""Who hears an appeal against Delta Office, above which nobody stands: all other coordinating bodies."""


@dataclass
class Agreement:
    """An agreement."""

    parties: frozenset[int]
    begins: int
    ends: int
    state: AgreementState = AgreementState.PROPOSED
    version: int = 0
    pending: int = 1
    newest: int = 1
    pending_ends: int = 0
    signed: dict[int, set[int]] = field(default_factory=dict)

    def in_force(self, now: int) -> bool:
        """Whether it binds at a moment."""
        begun = self.state == AgreementState.CONCLUDED and self.begins <= now
        return begun and (not self.ends or now < self.ends)


@dataclass
class Commitment:
    """A commitment, with its breach and its dispute where it has any."""

    agreement: int
    debtor: int
    creditor: int
    made: int
    due: int
    indicator: int
    state: CommitmentState = CommitmentState.PROPOSED
    before_dispute: CommitmentState = CommitmentState.NONE
    evidenced_at: int = 0
    confirm_by: int = 0
    settled_at: int = 0
    answer_by: int = 0
    outcome: int = 0
    basis: OutcomeBasis = OutcomeBasis.NONE
    ruled: bool = False
    case: Case | None = None
    dispute: int = 0
    withdrawn_at: dict[bool, int] = field(default_factory=dict)
    transfer_to: int = 0
    agreed: set[str] = field(default_factory=set)

    @property
    def voice(self) -> int:
        """Who answers for the creditor."""
        return self.creditor or DELTA

    def settle(self, now: int, outcome: int, basis: OutcomeBasis) -> None:
        """An outcome stands."""
        self.state, self.outcome, self.basis, self.settled_at = CommitmentState.SETTLED, outcome, basis, now


@dataclass
class Case:
    """A commitment that was reported overdue or found broken."""

    debtor: int
    state: BreachState
    reported_at: int = 0
    limit: int = 0
    """Last second of the debtor's time to explain or to put right."""

    refused: bool = False
    date_set: bool = False
    severity: Severity = Severity.NONE
    body: int = 0
    determined_at: int = 0
    object_by: int = 0
    published_from: int = 0
    repairable_from: int = 0
    published_until: int = 0
    repair_asked: bool = False

    def publish(self, now: int) -> None:
        """Publication begins, and its periods run from then on."""
        rules = {
            Severity.MINOR: P.minor_consequence,
            Severity.GENERAL: P.general_consequence,
            Severity.SERIOUS: P.serious_consequence,
        }[self.severity]
        self.published_from = now
        self.repairable_from = now + rules.repair_after_seconds
        self.published_until = now + rules.publication_seconds


@dataclass
class Dispute:
    """A dispute about a commitment."""

    commitment: int
    opener: int
    opened_at: int
    evidence_until: int
    state: DisputeState = DisputeState.OPEN
    hearers: frozenset[int] = frozenset({DELTA})
    appeal_by: int = 0
    ruling: int | None = None
    """Basis points of the ruling that stands."""

    ruled_by: int = 0
    """Whose ruling it is; of a panel, the member that completed the majority."""

    votes: dict[int, int] = field(default_factory=dict)
    """What each body has ruled in this hearing."""

    @property
    def rule_by(self) -> int:
        """Last second of the body's time."""
        return self.evidence_until + P.ruling_seconds

    @property
    def needed(self) -> int:
        """How many must rule alike."""
        return len(self.hearers) // 2 + 1

    def go_before(self, hearers: frozenset[int], now: int) -> None:
        """Another body or panel hears it from now on."""
        self.state, self.hearers, self.votes = DisputeState.APPEALED, hearers, {}
        self.evidence_until = now + P.evidence_seconds


@dataclass
class Transfer:
    """A payment."""

    payer: int
    payee: int
    paid: int
    state: TransferState = TransferState.PENDING


@dataclass
class Imposed:
    """A measure."""

    commitment: int
    government: int
    measure: Measure
    starts: int
    ends: int


@dataclass
class Life:
    """All of it, by number."""

    agreements: dict[int, Agreement] = field(default_factory=dict)
    commitments: dict[int, Commitment] = field(default_factory=dict)
    disputes: dict[int, Dispute] = field(default_factory=dict)
    transfers: dict[int, Transfer] = field(default_factory=dict)
    measures: dict[int, Imposed] = field(default_factory=dict)
    predecessors: dict[int, set[int]] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    """Those whose place others have taken; they speak no more."""

    # -------------------------------------------------------------------------------------------------- standing

    def line(self, body: int) -> set[int]:
        """A body and all whose place it has taken."""
        return {body}.union(*(self.line(each) for each in self.predecessors.get(body, ())))

    def acts(self, by: int, for_: int) -> bool:
        """Whether a body can act for another, or for itself."""
        return by not in self.gone and for_ in self.line(by)

    def in_effect(self, m: Imposed, now: int) -> bool:
        """Whether a measure is in effect."""
        c = self.commitments[m.commitment]
        stands = c.case is not None and c.case.state == BreachState.DETERMINED and not c.dispute
        return stands and m.starts <= now < m.ends

    def free(self, by: int, now: int) -> bool:
        """Whether a government speaks and may conclude agreements."""
        line = self.line(by)
        limits = [m for m in self.measures.values() if m.measure == Measure.LIMIT_ON_NEW_AGREEMENTS]
        return by not in self.gone and not any(m.government in line and self.in_effect(m, now) for m in limits)

    # ------------------------------------------------------------------------------------------------ agreements

    def may_propose(self, by: int, parties: tuple[int, ...], begins: int, ends: int, now: int) -> bool:
        """Whether terms can be proposed."""
        distinct = len(set(parties)) == len(parties) >= 2 and not self.gone.intersection(parties)
        period = (begins == 0 or begins >= now) and (ends == 0 or ends > max(begins, now))
        return distinct and period and by in parties and self.free(by, now)

    def negotiable(self, a: Agreement, now: int) -> bool:
        """Whether versions can be proposed and signed."""
        if a.state == AgreementState.PROPOSED:
            return True
        return a.state == AgreementState.CONCLUDED and (not a.ends or now < a.ends)

    def may_amend(self, id: int, by: int, begins: int, ends: int, now: int) -> bool:
        """Whether another version, for the same parties, can be proposed."""
        a = self.agreements.get(id)
        if a is None or by not in a.parties or not self.free(by, now) or not self.negotiable(a, now):
            return False
        if a.state == AgreementState.CONCLUDED:
            return begins == 0 and (ends == 0 or ends > max(a.begins, now))
        return (begins == 0 or begins >= now) and (ends == 0 or ends > max(begins, now))

    def amend(self, id: int, begins: int, ends: int) -> None:
        """Another version takes the place of the pending one."""
        a = self.agreements[id]
        a.newest += 1
        a.pending, a.pending_ends = a.newest, ends
        if a.state == AgreementState.PROPOSED:
            a.begins, a.ends = begins, ends

    def may_sign(self, id: int, version: int, by: int, same_terms: bool, now: int) -> bool:
        """Whether a government can sign."""
        a = self.agreements.get(id)
        if a is None or by not in a.parties or not self.free(by, now) or not same_terms:
            return False
        if not version or version != a.pending or by in a.signed.get(version, ()) or not self.negotiable(a, now):
            return False
        return not a.pending_ends or a.pending_ends > max(now, a.begins)

    def sign(self, id: int, by: int, now: int) -> None:
        """A signature; the last one concludes or amends."""
        a = self.agreements[id]
        a.signed.setdefault(a.pending, set()).add(by)
        if a.signed[a.pending] != a.parties:
            return
        a.version, a.pending, a.ends = a.pending, 0, a.pending_ends
        if a.state == AgreementState.PROPOSED:
            a.state, a.begins = AgreementState.CONCLUDED, a.begins or now

    # ----------------------------------------------------------------------------------------------- commitments

    def may_register(self, c: Commitment, now: int) -> bool:
        """Whether a debtor can offer this."""
        a = self.agreements.get(c.agreement)
        if a is None or not a.in_force(now) or c.debtor not in a.parties or c.debtor in self.gone:
            return False
        if c.creditor == c.debtor or (c.creditor and (c.creditor not in a.parties or c.creditor in self.gone)):
            return False
        return c.indicator < INDICATORS and c.due >= now

    def may_accept(self, id: int, by: int, now: int) -> bool:
        """Whether a creditor can accept."""
        c = self.commitments.get(id)
        if c is None or c.state != CommitmentState.PROPOSED or now > c.due:
            return False
        return self.answers(c, by) and self.agreements[c.agreement].in_force(now)

    def answers(self, c: Commitment, by: int) -> bool:
        """Whether a body answers for the creditor, and is not the debtor's heir too."""
        return self.acts(by, c.voice) and not self.acts(by, c.debtor)

    def may_answer(self, id: int, by: int, now: int) -> bool:
        """Whether a creditor can confirm or contest."""
        c = self.commitments.get(id)
        return c is not None and c.state == CommitmentState.EVIDENCED and now <= c.confirm_by and self.answers(c, by)

    def may_evidence(self, id: int, by: int, at: int, now: int) -> bool:
        """Whether a government can lodge evidence."""
        c = self.commitments.get(id)
        if c is None or c.state not in OPEN or not self.acts(by, c.debtor):
            return False
        return c.made <= at <= now and (not c.answer_by or now <= c.answer_by)

    # ----------------------------------------------------------------------------------------------------- breach

    def may_report(self, id: int, now: int) -> bool:
        """Whether it is overdue, and was not reported."""
        c = self.commitments.get(id)
        if c is None or c.state not in OWED or c.case is not None or now <= c.due + P.grace_seconds:
            return False
        return self.agreements[c.agreement].state in (AgreementState.CONCLUDED, AgreementState.ENDED)

    def in_debtors_time(self, c: Commitment, now: int) -> bool:
        """Whether a case runs and the debtor's time does."""
        case = c.case
        running = case is not None and case.state in RUNNING and c.state != CommitmentState.SETTLED
        return running and case is not None and not case.refused and now <= case.limit

    def may_determine(self, id: int, by: int, now: int) -> bool:
        """Whether a breach can be determined, by the body or by another when the body kept silent."""
        c = self.commitments.get(id)
        if c is None or c.case is None or c.case.state not in RUNNING or c.state not in OWED:
            return False
        if by == DELTA and (c.case.refused or now > c.case.limit):
            return True
        return now > c.case.limit + P.determination_seconds

    def determine(self, c: Commitment, late_until: int, now: int, *, by_ruling: bool) -> None:
        """A breach stands."""
        assert c.case is not None
        line = self.line(c.case.debtor)
        earlier = [
            other.case
            for other in self.commitments.values()
            if other.case is not None and other is not c and other.case.debtor in line and other.case.determined_at
        ]
        recent = [e for e in earlier if e.determined_at + P.repetition_seconds >= now]
        count = 1 + sum(e.state != BreachState.OVERTURNED for e in recent)
        weight, late = WEIGHTS[c.indicator], max(late_until - c.due, 0)
        c.case.severity = Severity.MINOR
        for severity, rule in ((Severity.GENERAL, P.general), (Severity.SERIOUS, P.serious)):
            if weight >= rule.weight or late >= rule.lateness_seconds or count >= rule.repetitions:
                c.case.severity = severity
        c.case.state, c.case.determined_at = BreachState.DETERMINED, now
        c.case.object_by = 0 if by_ruling else now + P.objection_seconds
        c.case.publish(now if by_ruling else c.case.object_by + 1)

    def standing_case(self, id: int) -> Case | None:
        """The breach, where it stands and is not objected to."""
        c = self.commitments.get(id)
        stands = c is not None and c.case is not None and c.case.state == BreachState.DETERMINED and not c.dispute
        return c.case if c is not None and stands else None

    # ---------------------------------------------------------------------------------------------------- dispute

    def side(self, c: Commitment, by: int) -> bool | None:
        """True for the debtor's side, False for the creditor's, None for neither."""
        if self.acts(by, c.debtor):
            return True
        others = self.agreements[c.agreement].parties if not c.creditor else {c.creditor}
        return False if by not in self.gone and self.line(by) & others else None

    def may_dispute(self, id: int, by: int, now: int) -> bool:
        """Whether a side can open a dispute."""
        c = self.commitments.get(id)
        side = None if c is None else self.side(c, by)
        if c is None or side is None or c.ruled or c.state not in (*OWED, CommitmentState.SETTLED):
            return False
        if c.state == CommitmentState.SETTLED:
            if c.basis == OutcomeBasis.CONFIRMATION:
                return side and c.outcome < 10_000 and now <= c.settled_at + P.objection_seconds
            return side and c.basis == OutcomeBasis.BREACH and c.case is not None and now <= c.case.object_by
        since = c.evidenced_at if c.state == CommitmentState.CONTESTED else 0
        if side and c.case is not None and c.case.state in RUNNING:
            since = max(since, c.case.reported_at)
        # What was withdrawn can be disputed again only when something new has come about.
        return since > c.withdrawn_at.get(side, 0)

    def rule(self, d: Dispute, by: int, outcome: int, now: int) -> None:
        """A body rules; where enough have ruled alike, that stands."""
        d.votes[by] = outcome
        if sum(vote == outcome for vote in d.votes.values()) < d.needed:
            return
        d.ruling, d.ruled_by = outcome, by
        if d.state == DisputeState.APPEALED:
            self.conclude(d, now)
        else:
            d.state, d.appeal_by = DisputeState.RULED, now + P.appeal_seconds

    def conclude(self, d: Dispute, now: int) -> None:
        """The ruling that stands is final."""
        assert d.ruling is not None
        c = self.commitments[d.commitment]
        d.state, c.dispute, c.ruled = DisputeState.FINAL, 0, True
        c.settle(now, d.ruling, OutcomeBasis.RULING)
        if d.ruling:
            if c.case is not None:
                c.case.state = BreachState.OVERTURNED
            return
        if c.case is not None and c.case.state == BreachState.DETERMINED:
            c.case.publish(now)
        else:
            c.case = c.case or Case(c.debtor, BreachState.NONE)
            self.determine(c, d.opened_at, now, by_ruling=True)
        c.case.body = d.ruled_by

    # ----------------------------------------------------------------------------------------------- compensation

    def may_transfer(self, agreement: int, by: int, payee: int, paid: int, now: int) -> bool:
        """Whether a payer can record a transfer."""
        a = self.agreements.get(agreement)
        if a is None or not a.in_force(now) or payee == by or self.gone & {by, payee}:
            return False
        return by in a.parties and payee in a.parties and a.begins <= paid <= now

    def may_receive(self, id: int, by: int, at: int, now: int) -> bool:
        """Whether a payee can confirm a transfer."""
        t = self.transfers.get(id)
        if t is None or t.state != TransferState.PENDING or by != t.payee or by in self.gone:
            return False
        return t.paid <= at <= now
