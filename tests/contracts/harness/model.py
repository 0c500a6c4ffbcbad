"""
A small model of agreements, commitments and transfers: what may happen, in plain Python.

It is written from the interfaces' words and knows nothing of how the contracts are made. `Refused` answers are only
predicted as such; which error comes is the business of the tests of each verb.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ledger.domain.enums import AgreementState, CommitmentState, TransferState
from tests.contracts.harness.ledger import DELTA

INDICATORS = 2
WEIGHT_MAX = 10**12


@dataclass(frozen=True)
class AgreementModel:
    """An agreement."""

    parties: frozenset[int]
    begins: int
    ends: int
    signed: frozenset[int] = frozenset()

    @property
    def state(self) -> AgreementState:
        """Concluded once every party has signed."""
        return AgreementState.CONCLUDED if self.signed == self.parties else AgreementState.PROPOSED

    def in_force(self, now: int) -> bool:
        """Whether it binds at a moment."""
        return self.state == AgreementState.CONCLUDED and self.begins <= now and (not self.ends or now < self.ends)


@dataclass(frozen=True)
class CommitmentModel:
    """A commitment."""

    agreement: int
    debtor: int
    creditor: int
    made: int
    due: int
    weight: int
    indicator: int
    state: CommitmentState = CommitmentState.ACTIVE
    outcome: int = 0

    @property
    def judge(self) -> int:
        """Who says to what degree it was kept."""
        return self.creditor or DELTA


@dataclass(frozen=True)
class TransferModel:
    """A transfer."""

    payer: int
    payee: int
    paid: int
    state: TransferState = TransferState.PENDING


@dataclass
class LedgerModel:
    """All of it, by number."""

    agreements: dict[int, AgreementModel] = field(default_factory=dict)
    commitments: dict[int, CommitmentModel] = field(default_factory=dict)
    transfers: dict[int, TransferModel] = field(default_factory=dict)

    def may_propose(self, by: int, parties: tuple[int, ...], begins: int, ends: int, now: int) -> bool:
        """Whether terms can be proposed."""
        distinct = len(set(parties)) == len(parties) >= 2
        period = (begins == 0 or begins >= now) and (ends == 0 or ends > max(begins, now))
        return distinct and period and by in parties

    def may_sign(self, id: int, by: int, same_terms: bool, now: int) -> bool:
        """Whether a government can sign."""
        a = self.agreements.get(id)
        if a is None or by not in a.parties or by in a.signed or not same_terms:
            return False
        return not a.ends or a.ends > now

    def sign(self, id: int, by: int, now: int) -> None:
        """A signature; the last one sets the beginning where none was agreed."""
        a = replace(self.agreements[id], signed=self.agreements[id].signed | {by})
        if a.state == AgreementState.CONCLUDED and not a.begins:
            a = replace(a, begins=now)
        self.agreements[id] = a

    def may_register(self, c: CommitmentModel, now: int) -> bool:
        """Whether a debtor can take this on."""
        a = self.agreements.get(c.agreement)
        if a is None or not a.in_force(now) or c.debtor not in a.parties:
            return False
        if c.creditor == c.debtor or (c.creditor and c.creditor not in a.parties):
            return False
        return c.indicator < INDICATORS and 0 < c.weight <= WEIGHT_MAX and c.due >= now

    def may_evidence(self, id: int, by: int, at: int, now: int) -> bool:
        """Whether a government can lodge evidence."""
        c = self.commitments.get(id)
        open_ = c is not None and c.state != CommitmentState.SETTLED
        return c is not None and open_ and by == c.debtor and c.made <= at <= now

    def may_confirm(self, id: int, by: int, outcome: int, at: int, now: int) -> bool:
        """Whether a body can confirm."""
        c = self.commitments.get(id)
        if c is None or c.state != CommitmentState.EVIDENCED or by != c.judge:
            return False
        return 1 <= outcome <= 10_000 and c.made <= at <= now

    def may_break(self, id: int, by: int, now: int) -> bool:
        """Whether a body can report it broken."""
        c = self.commitments.get(id)
        return c is not None and c.state != CommitmentState.SETTLED and by == c.judge and now > c.due

    def may_transfer(self, agreement: int, by: int, payee: int, paid: int, now: int) -> bool:
        """Whether a payer can record a transfer."""
        a = self.agreements.get(agreement)
        if a is None or not a.in_force(now) or payee == by:
            return False
        return by in a.parties and payee in a.parties and a.begins <= paid <= now

    def may_receive(self, id: int, by: int, at: int, now: int) -> bool:
        """Whether a payee can confirm a transfer."""
        t = self.transfers.get(id)
        return t is not None and t.state == TransferState.PENDING and by == t.payee and t.paid <= at <= now
