"""
The contracts keep to the tables of `ledger.domain.lifecycle`: every state meets every command of its state machine.

The cells are generated from the tables. Each command is given by who may give it, at a time at which it could be given,
in every situation in which a thing is in the state (`tests.contracts.harness.situations`). Where the table knows the
command, what all situations lead to together is the cell, no more and no less; where it does not, every situation
refuses it and nothing is written. What founds a thing of its own number meets one that is there already by leaving it
as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, Final, NamedTuple

import pytest
from eth_account.signers.local import LocalAccount

from ledger.domain.commands import COMMANDS
from ledger.domain.enums import EndReason, Measure
from ledger.domain.lifecycle import AGREEMENT, BREACH, COMMITMENT, DISPUTE
from ledger.domain.refusals import Refused
from ledger.domain.terms import Confirmation, Ending, HistoricalOutcome
from tests.contracts.harness.ledger import (
    AUDITOR,
    BACKFILLED,
    BROKEN,
    COASTAL,
    DAY,
    DELTA,
    DIGEST,
    FARFIELD,
    HIGHLAND,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    PAST,
    RIVERPORT,
    STRANGER,
    UPLANDS,
    Ledger,
    P,
    agreement_terms,
    historical_commitment,
    ruling,
    speaker,
)
from tests.contracts.harness.situations import AGREEMENTS, BREACHES, COMMITMENTS, DISPUTES, TWO, Way

Attempt = tuple[LocalAccount, tuple[Any, ...]]
"""Who gives a command, and its parameters without the authorization."""

Giver = Callable[[Ledger, int], list[Attempt]]
"""The ways to give a command about a thing now; moves the clock to when it can be given at the earliest."""

DEBTOR, CREDITOR, BODY = speaker(LAKESIDE), speaker(HILLSIDE), speaker(DELTA)
NOTE: Final = "as was talked over"


class Machine(NamedTuple):
    """A state machine: its table, what shows a thing's state, how it comes there, and how its commands are given."""

    table: Mapping[Any, Mapping[str, frozenset[Any]]]
    view: str
    ways: Mapping[Any, tuple[Way, ...]]
    givers: Mapping[str, Giver]

    numbered: bool = True
    """Whether each thing has a number of its own, so that another can be founded beside it."""

    @property
    def commands(self) -> tuple[str, ...]:
        return tuple(sorted({command for row in self.table.values() for command in row}))


def _not_before(ledger: Ledger, second: int) -> None:
    ledger.evm.now = max(ledger.evm.now, second)


def _each_of_two(make: Callable[[Ledger, int], tuple[Any, ...]]) -> Giver:
    return lambda ledger, id: [(speaker(party), make(ledger, id)) for party in TWO]


def _by(who: LocalAccount, make: Callable[[Ledger, int], tuple[Any, ...]]) -> Giver:
    return lambda ledger, id: [(who, make(ledger, id))]


def _just_this(ledger: Ledger, id: int) -> tuple[Any, ...]:
    return (id,)


def _grounds(ledger: Ledger, id: int) -> tuple[Any, ...]:
    return id, DIGEST, ""


# -------------------------------------------------------------------------------------------------------- agreements


def _to_sign(ledger: Ledger, id: int) -> tuple[Any, ...]:
    shown = ledger.call("agreement", id)
    version = shown["pendingVersion"] or shown["version"] or 1
    return id, version, ledger.call("versionOf", id, version)["termsDigest"]


def _to_decline(ledger: Ledger, id: int) -> tuple[Any, ...]:
    return id, ledger.call("agreement", id)["pendingVersion"] or 1, "too dear"


def _succeed(ledger: Ledger, id: int) -> list[Attempt]:
    ledger.succeed(LAKESIDE, NEWLAKE)
    return [(speaker(NEWLAKE), (id, LAKESIDE))]


AGREEMENT_GIVERS: dict[str, Giver] = {
    "ProposeAgreement": _by(DEBTOR, lambda ledger, id: (agreement_terms(parties=TWO),)),
    "RecordAgreement": _by(BODY, lambda ledger, id: (agreement_terms(parties=TWO, effective_from=PAST),)),
    "ProposeVersion": _by(CREDITOR, lambda ledger, id: (id, agreement_terms(parties=TWO, title="Other"), NOTE)),
    "SignAgreement": _each_of_two(_to_sign),
    "DeclineVersion": _each_of_two(_to_decline),
    "SucceedParty": _succeed,
    "AccedeToAgreement": _by(speaker(FARFIELD), lambda ledger, id: (id, ledger.call("agreement", id)["termsDigest"])),
    "ApproveAccession": _by(BODY, lambda ledger, id: (id, FARFIELD)),
    "RecordAccession": _by(BODY, lambda ledger, id: (id, [FARFIELD])),
    "RecordAssessment": _by(BODY, lambda ledger, id: (ledger.assessment(id),)),
    "SuspendAgreement": _by(BODY, lambda ledger, id: (id, NOTE)),
    "ResumeAgreement": _by(BODY, _just_this),
    "ConsentToEnd": _each_of_two(lambda ledger, id: (id, NOTE)),
    "EndAgreement": lambda ledger, id: [
        (BODY, (Ending(id, reason, 0, 0, NOTE if reason == EndReason.BY_LAW else ""),))
        for reason in (EndReason.BY_LAW, EndReason.COMPLETED)
    ],
}


# ---------------------------------------------------------------------------------------------------------- disputes


def _about(ledger: Ledger, commitment: int) -> int:
    """The dispute about a commitment, or else the last one there was."""
    dispute: int = ledger.call("openDisputeAbout", commitment) or ledger.call("disputeCount") or 1
    return dispute


def _rule(ledger: Ledger, id: int) -> list[Attempt]:
    _not_before(ledger, ledger.call("dispute", id)["evidenceUntil"] + 1)
    bodies = (DELTA, UPLANDS, COASTAL, HIGHLAND)
    return [(speaker(body), (id, given)) for body in bodies for given in (ruling(), BROKEN)]


def _escalate(ledger: Ledger, id: int) -> list[Attempt]:
    _not_before(ledger, ledger.call("dispute", id)["ruleBy"] + 1)
    return [(STRANGER, (id,))]


def _conclude(ledger: Ledger, id: int) -> list[Attempt]:
    _not_before(ledger, ledger.call("dispute", id)["appealBy"] + 1)
    return [(STRANGER, (id,))]


def _open(ledger: Ledger, commitment: int) -> list[Attempt]:
    return _each_of_two(_grounds)(ledger, commitment)


def _open_again(ledger: Ledger, id: int) -> list[Attempt]:
    return _open(ledger, ledger.call("dispute", id)["commitment"] or ledger.call("commitmentCount"))


DISPUTE_GIVERS: dict[str, Giver] = {
    "OpenDispute": _open_again,
    "LodgeDisputeEvidence": _each_of_two(_grounds),
    "GiveRuling": _rule,
    "AppealRuling": _each_of_two(_grounds),
    "EscalateDispute": _escalate,
    "ConcludeDispute": _conclude,
    "WithdrawDispute": _by(DEBTOR, _just_this),
}


def _of_its_dispute(give: Giver) -> Giver:
    return lambda ledger, id: give(ledger, _about(ledger, id))


# ------------------------------------------------------------------------------------------------------- commitments


def _keep_silent(ledger: Ledger, id: int) -> list[Attempt]:
    _not_before(ledger, ledger.call("progress", id)["confirmBy"] + 1)
    return [(STRANGER, (id,))]


def _determine(ledger: Ledger, id: int) -> list[Attempt]:
    shown = ledger.call("breach", id)
    _not_before(ledger, max(shown["explainBy"], shown["rectifyBy"]) + 1)
    return [(BODY, (id,))]


def _confirmation(ledger: Ledger, id: int) -> Confirmation:
    return Confirmation(id, 5_000, ledger.evm.now)


def _history(ledger: Ledger, id: int) -> list[Attempt]:
    unsettled = historical_commitment(resolved_at=0, outcome_basis_points=0)
    return [(BODY, (BACKFILLED, [row])) for row in (historical_commitment(), unsettled)]


COMMITMENT_GIVERS: dict[str, Giver] = {
    "RegisterCommitment": _by(DEBTOR, lambda ledger, id: (ledger.commitment_terms(),)),
    "RegisterCommitments": _by(DEBTOR, lambda ledger, id: ([ledger.commitment_terms()] * 2,)),
    "RecordHistory": _history,
    "AcceptCommitments": _by(CREDITOR, lambda ledger, id: ([id],)),
    "DeclineCommitment": _by(CREDITOR, lambda ledger, id: (id, NOTE)),
    "SubmitEvidence": _by(DEBTOR, lambda ledger, id: (id, DIGEST, "", ledger.evm.now)),
    "ReleaseCommitment": _by(CREDITOR, lambda ledger, id: (id, NOTE)),
    "RecordOutcomes": _by(BODY, lambda ledger, id: ([HistoricalOutcome(id, 5_000, ledger.evm.now)],)),
    "OpenDispute": _open,
    "DetermineBreach": _determine,
    "OfferDebtTransfer": _by(DEBTOR, lambda ledger, id: (id, RIVERPORT)),
    "AgreeDebtTransfer": _by(speaker(RIVERPORT), lambda ledger, id: (id, RIVERPORT)),
    "ConfirmCommitment": _by(CREDITOR, lambda ledger, id: (_confirmation(ledger, id),)),
    "ConfirmCommitments": _by(CREDITOR, lambda ledger, id: ([_confirmation(ledger, id)],)),
    "ContestEvidence": _by(CREDITOR, lambda ledger, id: (id, NOTE)),
    "AcceptBySilence": _keep_silent,
    "AuditEvidence": lambda ledger, id: [(speaker(AUDITOR), (id, upheld, NOTE)) for upheld in (True, False)],
    **{
        command: _of_its_dispute(DISPUTE_GIVERS[command])
        for command in ("GiveRuling", "ConcludeDispute", "EscalateDispute", "AppealRuling", "WithdrawDispute")
    },
}


# ---------------------------------------------------------------------------------------------------------- breaches


def _report(ledger: Ledger, id: int) -> list[Attempt]:
    _not_before(ledger, ledger.call("commitment", id)["dueAt"] + P.grace_seconds + 1)
    return [(STRANGER, (id, ""))]


def _repair(ledger: Ledger, id: int) -> list[Attempt]:
    _not_before(ledger, ledger.call("breach", id)["repairableFrom"])
    return [(BODY, (id,))]


def _impose(ledger: Ledger, id: int) -> list[Attempt]:
    _not_before(ledger, ledger.call("breach", id)["publishedFrom"])
    terms = ledger.measure_terms(id, measure=Measure.NOTICE_TO_SUPERIOR)
    return [(BODY, (terms,))]


BREACH_GIVERS: dict[str, Giver] = {
    "ReportOverdue": _report,
    "ExplainOverdue": _by(DEBTOR, lambda ledger, id: (id, NOTE, DIGEST)),
    "SetRectification": _by(BODY, lambda ledger, id: (id, ledger.evm.now + 9 * DAY)),
    "RefuseRectification": _by(DEBTOR, lambda ledger, id: (id, NOTE)),
    "DetermineBreach": _determine,
    "RequestRepair": _by(DEBTOR, _grounds),
    "RefuseRepair": _by(BODY, lambda ledger, id: (id, NOTE)),
    "RepairBreach": _repair,
    "ImposeMeasure": _impose,
}

MACHINES: Final[dict[str, Machine]] = {
    "agreement": Machine(AGREEMENT, "agreement", AGREEMENTS, AGREEMENT_GIVERS),
    "commitment": Machine(COMMITMENT, "commitment", COMMITMENTS, COMMITMENT_GIVERS),
    "breach": Machine(BREACH, "breach", BREACHES, BREACH_GIVERS, numbered=False),
    "dispute": Machine(DISPUTE, "dispute", DISPUTES, DISPUTE_GIVERS),
}

CELLS = [
    (name, state, command)
    for name, machine in MACHINES.items()
    for state in machine.table
    for command in machine.commands
]

ABOUT_THE_STATE: Final = {
    "AgreementAlreadySigned",
    "AgreementIsSuspended",
    "AgreementNotBackfilled",
    "AgreementNotInForce",
    "AgreementNotSuspended",
    "AgreementStateInvalid",
    "AgreementUnknown",
    "AssessmentNotScheduled",
    "BreachCommitmentState",
    "BreachStateInvalid",
    "CommitmentNotBackfilled",
    "CommitmentStateInvalid",
    "CommitmentUnknown",
    "DebtTransferInvalid",
    "DebtTransferNotOffered",
    "DisputeAlreadyRuled",
    "DisputeNotHearing",
    "DisputeNotOpenable",
    "DisputeStateInvalid",
    "DisputeUnknown",
    "MeasureWithoutGround",
}
"""What a command is refused with for where the thing is, and not for who gives the command, when, or how."""

Situations = dict[tuple[str, IntEnum], list[tuple[int, Any]]]


@pytest.fixture(scope="module")
def reached() -> Situations:
    """The situations that were brought about already."""
    return {}


def situations(ledger: Ledger, reached: Situations, name: str, state: IntEnum) -> list[tuple[int, Any]]:
    """The number of the thing, and the ledger as it then is, for each way into a state."""
    if (name, state) not in reached:
        begin, found = ledger.evm.snapshot(), []
        for way in MACHINES[name].ways[state]:
            ledger.evm.restore(begin)
            id = way(ledger)
            assert ledger.call(MACHINES[name].view, id)["state"] == state
            found.append((id, ledger.evm.snapshot()))
        reached[name, state] = found
    return reached[name, state]


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_is_reached_and_every_command_is_given(name: str) -> None:
    machine = MACHINES[name]
    assert set(machine.ways) == set(machine.table)
    assert sorted(machine.givers) == list(machine.commands)
    assert set(machine.commands) <= set(COMMANDS)


@pytest.mark.parametrize(
    ("name", "state", "command"), CELLS, ids=lambda value: value.name.lower() if isinstance(value, IntEnum) else value
)
def test_every_cell(
    ledger: Ledger,
    reached: Situations,
    name: str,
    state: IntEnum,
    command: str,
) -> None:
    machine = MACHINES[name]
    verb = COMMANDS[command].verb
    founds = machine.numbered and command in machine.table[type(state)(0)]
    led_to: set[IntEnum] = set()
    for id, snapshot in situations(ledger, reached, name, state):
        ledger.evm.restore(snapshot)
        attempts = machine.givers[command](ledger, id)
        ready, before, shown = ledger.evm.snapshot(), ledger.storage(), ledger.call(machine.view, id)
        for by, values in attempts:
            ledger.evm.restore(ready)
            refusal: Refused | None = None
            try:
                done = ledger.send(verb, *values, by=by)
            except Refused as error:
                refusal = error
            if refusal is not None:
                assert ledger.storage() == before
                # Who gives it may, and the time is right: where the table knows no such command, nothing else is wrong.
                assert machine.table[state].get(command) or type(refusal).__name__ in ABOUT_THE_STATE
                continue
            if founds and state:
                assert done.returned != id
                assert ledger.call(machine.view, id) == shown
                continue
            led_to.add(type(state)(ledger.call(machine.view, done.returned if founds else id)["state"]))
    assert led_to == machine.table[state].get(command, frozenset())
