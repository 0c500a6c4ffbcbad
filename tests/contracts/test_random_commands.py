"""
Random commands of four governments and a coordinating body, against a model in plain Python.

The model says beforehand whether a command is refused; the ledger must agree, and must have written nothing then. After
every step what the contracts hold is what the model holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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

from ledger.domain.enums import AgreementState, CommitmentState, TransferState
from ledger.domain.refusals import Refused
from ledger.domain.terms import Confirmation
from tests.contracts.harness.ledger import (
    DAY,
    DELTA,
    DIGEST,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    RIVERPORT,
    Done,
    Ledger,
    agreement_terms,
    found,
    speaker,
)
from tests.contracts.harness.model import (
    WEIGHT_MAX,
    AgreementModel,
    CommitmentModel,
    LedgerModel,
    TransferModel,
)

GOVERNMENTS = (LAKESIDE, HILLSIDE, RIVERPORT, FARFIELD)
ALREADY_THERE = 2
"""Agreements that the founded ledger has; the model begins behind them."""

governments = st.sampled_from(GOVERNMENTS)
mostly_right = st.sampled_from((*[0] * 12, *GOVERNMENTS, DELTA))
"""Who gives a command; 0 for whoever may."""

# Most of what is drawn is in order: a sequence in which every command is refused shows little.
agreements = st.sampled_from((*[1] * 9, 2, 3, 4, 99, 0))
"""Number of an agreement. The first is in force from the beginning."""

picks = st.sampled_from((1, 2, 3, 4, 5, 1, 2, 3, 4, 0))
"""Which of the newest is meant, counting from 1; 0 for one that does not exist."""

moments = st.sampled_from((*[0] * 8, -1, -2, 1))
"""Seconds from now."""

rows_in_order = st.tuples(
    st.sampled_from((RIVERPORT, HILLSIDE, 0)),
    st.sampled_from((DAY, 10, 1, 0)),
    st.sampled_from((1, 1_000_000, WEIGHT_MAX)),
    st.sampled_from((0, 1)),
)
rows_of_any_kind = st.tuples(
    st.sampled_from((0, *GOVERNMENTS)),
    st.sampled_from((0, DAY, -1)),
    st.sampled_from((1, 0, WEIGHT_MAX + 1)),
    st.sampled_from((0, 1, 2)),
)
"""Creditor, seconds until due, weight and indicator of a commitment."""


class RandomCommands(RuleBasedStateMachine):
    """Gives the same commands to the ledger and to the model."""

    ledger: ClassVar[Ledger]
    snapshot: ClassVar[Any]

    @initialize()
    def begin(self) -> None:
        self.ledger.evm.restore(self.snapshot)
        self.model = LedgerModel()
        self.settled: dict[int, Any] = {}
        # Without an agreement in force most commands would be refused for the same reason.
        self.propose(LAKESIDE, (LAKESIDE, HILLSIDE, RIVERPORT), 0, 0)
        for party in (LAKESIDE, HILLSIDE, RIVERPORT):
            self.sign(1, party, True)
        self.register(1, LAKESIDE, [(HILLSIDE, DAY, 1, 0), (0, DAY, 1, 1), (RIVERPORT, 1, 1, 1)], True, False)

    def attempt(self, allowed: bool, act: Callable[[], Done], relayed: Callable[[], Done], way: bool) -> Done | None:
        """Give a command, directly or relayed, and compare the answer with the model's."""
        before = self.ledger.storage()
        done, refusal = None, None
        try:
            done = (relayed if way else act)()
        except Refused as error:
            refusal = error
        if allowed:
            assert refusal is None, f"refused, but the model allows it: {refusal}"
        else:
            assert refusal is not None, "done, but the model refuses it"
            assert self.ledger.storage() == before
        return done

    def command(self, allowed: bool, verb: str, *values: Any, by: int, relayed: bool) -> Done | None:
        account = speaker(by)
        return self.attempt(
            allowed,
            lambda: self.ledger.send(verb, *values, by=account),
            lambda: self.ledger.relay(verb, *values, by=account),
            relayed,
        )

    def pick(self, things: dict[int, Any], index: int) -> int:
        """One of the newest things; 0 picks the one that is to come."""
        return max(len(things) + 1 - index, 0) if index else len(things) + 1

    @property
    def now(self) -> int:
        return self.ledger.evm.now

    # ------------------------------------------------------------------------------------------------------ rules

    @rule(seconds=st.sampled_from((1, 2, 60, DAY)))
    def wait(self, seconds: int) -> None:
        self.ledger.evm.now += seconds

    @precondition(lambda self: len(self.model.agreements) < 5)
    @rule(
        by=governments,
        parties=st.lists(governments, min_size=1, max_size=4).map(tuple),
        begins=st.sampled_from((0, 0, -1, 1, DAY)),
        ends=st.sampled_from((0, 0, 1, 2, DAY)),
        relayed=st.booleans(),
    )
    def propose(self, by: int, parties: tuple[int, ...], begins: int, ends: int, relayed: bool = False) -> None:
        begins, ends = (self.now + begins if begins else 0), (self.now + ends if ends else 0)
        terms = agreement_terms(parties=parties, effective_from=begins, expires_at=ends)
        allowed = self.model.may_propose(by, parties, begins, ends, self.now)
        done = self.command(allowed, "proposeAgreement", terms, by=by, relayed=relayed)
        if done:
            id = len(self.model.agreements) + 1
            assert done.returned == id + ALREADY_THERE
            self.model.agreements[id] = AgreementModel(frozenset(parties), begins, ends)

    @precondition(lambda self: any(a.state == AgreementState.PROPOSED for a in self.model.agreements.values()))
    @rule(index=picks, by=governments, same_terms=st.sampled_from((True, True, True, False)), relayed=st.booleans())
    def sign(self, index: int, by: int, same_terms: bool, relayed: bool = False) -> None:
        id = self.pick(self.model.agreements, index)
        digest = self.ledger.call("agreement", id + ALREADY_THERE)["termsDigest"] if same_terms else DIGEST
        allowed = self.model.may_sign(id, by, same_terms, self.now) and id > 0
        if self.command(allowed, "signAgreement", id + ALREADY_THERE if id else 0, digest, by=by, relayed=relayed):
            self.model.sign(id, by, self.now)

    @rule(
        agreement=agreements,
        debtor=st.sampled_from((*[LAKESIDE] * 6, HILLSIDE, FARFIELD)),
        rows=st.lists(st.one_of(*[rows_in_order] * 5, rows_of_any_kind), max_size=4),
        batch=st.booleans(),
        relayed=st.booleans(),
    )
    def register(
        self, agreement: int, debtor: int, rows: list[tuple[int, int, int, int]], batch: bool, relayed: bool
    ) -> None:
        made = [
            CommitmentModel(agreement, debtor, creditor, self.now, self.now + due, weight, indicator)
            for creditor, due, weight, indicator in (rows if batch else rows[:1])
        ]
        terms = [
            self.ledger.commitment_terms(
                agreement=agreement + ALREADY_THERE if agreement else 0,
                creditor=c.creditor,
                due_at=c.due,
                weight=c.weight,
                indicator=c.indicator,
            )
            for c in made
        ]
        if not made and not batch:
            return
        allowed = bool(made) and all(self.model.may_register(c, self.now) for c in made)
        verb, value = ("registerCommitments", terms) if batch else ("registerCommitment", terms[0])
        done = self.command(allowed, verb, value, by=debtor, relayed=relayed)
        if done:
            first = len(self.model.commitments) + 1
            assert done.returned == first
            assert [event.id for event in done.facts] == list(range(first, first + len(made)))  # type: ignore[union-attr]
            self.model.commitments.update(enumerate(made, start=first))

    @precondition(lambda self: self.model.commitments)
    @rule(index=picks, by=mostly_right, at=moments, relayed=st.booleans())
    def evidence(self, index: int, by: int, at: int, relayed: bool) -> None:
        id = self.pick(self.model.commitments, index)
        by = by or self._owner(id, "debtor")
        allowed = self.model.may_evidence(id, by, self.now + at, self.now)
        if self.command(allowed, "submitEvidence", id, DIGEST, "", self.now + at, by=by, relayed=relayed):
            self._become(id, CommitmentState.EVIDENCED, 0)

    @precondition(lambda self: self.in_state(CommitmentState.EVIDENCED))
    @rule(
        index=picks,
        by=mostly_right,
        outcome=st.sampled_from((10_000, 10_000, 5_000, 1, 0, 10_001)),
        at=moments,
        batch=st.booleans(),
        relayed=st.booleans(),
    )
    def confirm(self, index: int, by: int, outcome: int, at: int, batch: bool, relayed: bool) -> None:
        waiting = self.in_state(CommitmentState.EVIDENCED)
        id = waiting[index % len(waiting)] if index in (1, 2, 3) else self.pick(self.model.commitments, index)
        by = by or self._owner(id, "judge")
        row = Confirmation(id, outcome, self.now + at)
        allowed = self.model.may_confirm(id, by, outcome, self.now + at, self.now)
        verb, value = ("confirmCommitments", [row]) if batch else ("confirmCommitment", row)
        if self.command(allowed, verb, value, by=by, relayed=relayed):
            self._become(id, CommitmentState.SETTLED, outcome)

    @precondition(lambda self: self.model.commitments)
    @rule(index=picks, by=mostly_right, relayed=st.booleans())
    def report_broken(self, index: int, by: int, relayed: bool) -> None:
        id = self.pick(self.model.commitments, index)
        by = by or self._owner(id, "judge")
        allowed = self.model.may_break(id, by, self.now)
        if self.command(allowed, "reportBroken", id, by=by, relayed=relayed):
            self._become(id, CommitmentState.SETTLED, 0)

    @rule(
        agreement=agreements,
        by=governments,
        payee=st.sampled_from((HILLSIDE, RIVERPORT, LAKESIDE, FARFIELD)),
        paid=moments,
        relayed=st.booleans(),
    )
    def pay(self, agreement: int, by: int, payee: int, paid: int, relayed: bool) -> None:
        allowed = self.model.may_transfer(agreement, by, payee, self.now + paid, self.now)
        terms = self.ledger.transfer_terms(
            agreement=agreement + ALREADY_THERE if agreement else 0, payee=payee, paid_at=self.now + paid
        )
        done = self.command(allowed, "recordTransfer", terms, by=by, relayed=relayed)
        if done:
            id = len(self.model.transfers) + 1
            assert done.returned == id
            self.model.transfers[id] = TransferModel(by, payee, self.now + paid)

    @precondition(lambda self: self.model.transfers)
    @rule(index=picks, by=mostly_right, at=moments, relayed=st.booleans())
    def receive(self, index: int, by: int, at: int, relayed: bool) -> None:
        id = self.pick(self.model.transfers, index)
        by = by or self._payee(id)
        allowed = self.model.may_receive(id, by, self.now + at, self.now)
        if self.command(allowed, "confirmTransfer", id, self.now + at, by=by, relayed=relayed):
            self.model.transfers[id] = replace(self.model.transfers[id], state=TransferState.CONFIRMED)

    def in_state(self, state: CommitmentState) -> list[int]:
        """Numbers of the commitments in a state."""
        return [id for id, c in self.model.commitments.items() if c.state == state]

    def _owner(self, id: int, part: str) -> int:
        c = self.model.commitments.get(id)
        owner: int = LAKESIDE if c is None else getattr(c, part)
        return owner

    def _payee(self, id: int) -> int:
        t = self.model.transfers.get(id)
        return HILLSIDE if t is None else t.payee

    def _become(self, id: int, state: CommitmentState, outcome: int) -> None:
        self.model.commitments[id] = replace(self.model.commitments[id], state=state, outcome=outcome)

    # ------------------------------------------------------------------------------------------------- invariants

    @invariant()
    def numbers_are_consecutive(self) -> None:
        assert self.ledger.call("agreementCount") == len(self.model.agreements) + ALREADY_THERE
        assert self.ledger.call("commitmentCount") == len(self.model.commitments)
        assert self.ledger.call("transferCount") == len(self.model.transfers)

    @invariant()
    def agreements_bind_only_with_all_signatures(self) -> None:
        for id, a in list(self.model.agreements.items())[-5:]:
            shown = self.ledger.call("agreement", id + ALREADY_THERE)
            assert (shown["state"], shown["signatureCount"]) == (a.state, len(a.signed))
            assert (shown["effectiveFrom"], shown["expiresAt"]) == (a.begins, a.ends)

    @invariant()
    def commitments_are_what_the_model_holds(self) -> None:
        for id, c in list(self.model.commitments.items())[-5:]:
            shown = self.ledger.call("commitment", id)
            assert (shown["debtor"], shown["creditor"], shown["weight"]) == (c.debtor, c.creditor, c.weight)
            assert (shown["madeAt"], shown["dueAt"]) == (c.made, c.due)
            assert (shown["state"], shown["outcomeBasisPoints"]) == (c.state, c.outcome)

    @invariant()
    def what_is_settled_never_changes(self) -> None:
        for id, c in self.model.commitments.items():
            if c.state == CommitmentState.SETTLED and id not in self.settled:
                self.settled[id] = self.ledger.call("commitment", id)
        # The oldest are those that random commands reach least, and had the most time to change.
        for id in list(self.settled)[:3]:
            assert self.ledger.call("commitment", id) == self.settled[id]


@pytest.mark.slow
def test_random_commands_do_what_the_model_says() -> None:
    RandomCommands.ledger = found()
    RandomCommands.snapshot = RandomCommands.ledger.evm.snapshot()
    run_state_machine_as_test(RandomCommands, settings=settings(max_examples=12, stateful_step_count=40, deadline=None))
