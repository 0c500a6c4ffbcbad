"""
The life of a commitment: every state meets every event.

A cell names the next state; `.` must be refused with `CommitmentStateInvalid`, `?` with `CommitmentUnknown`; `*` is an
event that belongs to history alone and is refused with `CommitmentNotBackfilled`. The last five columns are what only
other contracts do; here accounts stand in the place of those contracts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.domain.enums import CommitmentState, ExcuseGround, Outcome
from ledger.domain.lifecycle import COMMITMENT
from ledger.domain.refusals.commitments import CommitmentNotBackfilled, CommitmentStateInvalid, CommitmentUnknown
from ledger.domain.terms import Confirmation, HistoricalOutcome
from tests.contracts.harness.evm import account
from tests.contracts.harness.interface import constructor
from tests.contracts.harness.ledger import (
    AUDITOR,
    DAY,
    DELTA,
    DIGEST,
    HILLSIDE,
    LAKESIDE,
    RIVERPORT,
    STRANGER,
    Ledger,
    P,
    procedure_policy,
    speaker,
)

TABLE = """
                      accept  decline   evidence   confirm  confirm_all  contest    silence  audit_upheld  audit_failed
none                  ?       ?         ?          ?        ?            ?          ?        ?             ?
proposed              active  declined  .          .        .            .          .        .             .
active                .       .         evidenced  .        .            .          .        .             .
evidenced             .       .         evidenced  settled  settled      contested  settled  evidenced     contested
contested             .       .         evidenced  .        .            .          .        .             .
disputed              .       .         .          .        .            .          .        .             .
settled               .       .         .          .        .            .          .        .             .
ruled                 .       .         .          .        .            .          .        .             .
declined              .       .         .          .        .            .          .        .             .
backfilled_active     .       .         evidenced  .        .            .          .        .             .
backfilled_evidenced  .       .         evidenced  settled  settled      contested  settled  evidenced     contested
backfilled_contested  .       .         evidenced  .        .            .          .        .             .
backfilled_disputed   .       .         .          .        .            .          .        .             .
backfilled_settled    .       .         .          .        .            .          .        .             .

                      release  outcome_recorded  disputed  undisputed  ruling   breach   transfer
none                  ?        ?                 ?         ?           ?        ?        ?
proposed              .        *                 .         .           .        .        .
active                settled  *                 disputed  .           .        settled  active
evidenced             settled  *                 .         .           .        .        .
contested             settled  *                 disputed  .           .        settled  .
disputed              .        *                 .         contested   settled  .        .
settled               .        *                 disputed  .           .        .        .
ruled                 .        *                 .         .           .        .        .
declined              .        *                 .         .           .        .        .
backfilled_active     settled  settled           disputed  .           .        settled  active
backfilled_evidenced  settled  .                 .         .           .        .        .
backfilled_contested  settled  .                 disputed  .           .        settled  .
backfilled_disputed   .        .                 .         settled     settled  .        .
backfilled_settled    .        .                 disputed  .           .        .        .
"""

CELLS = [
    (row.split()[0], event, cell)
    for part in TABLE.strip("\n").split("\n\n")
    for head, *rows in [part.splitlines()]
    for row in rows
    for event, cell in zip(head.split(), row.split()[1:], strict=True)
]

CELLS_BY = [(state, event) for state, event, _ in CELLS]

COMMANDS = {
    "accept": "AcceptCommitments",
    "decline": "DeclineCommitment",
    "evidence": "SubmitEvidence",
    "confirm": "ConfirmCommitment",
    "confirm_all": "ConfirmCommitments",
    "contest": "ContestEvidence",
    "silence": "AcceptBySilence",
    "audit_upheld": "AuditEvidence",
    "audit_failed": "AuditEvidence",
    "release": "ReleaseCommitment",
    "outcome_recorded": "RecordOutcomes",
}
"""The command by which a government brings an event about."""

DISPUTES, BREACHES, TRANSFERS = map(account, ("for the disputes", "for the breaches", "for the transfers"))
DEBTOR, CREDITOR = speaker(LAKESIDE), speaker(HILLSIDE)


def in_place_of_contracts(ledger: Ledger) -> None:
    """Have the ledger use a registry whose neighbouring contracts are accounts."""
    known = dict(ledger.addresses)
    neighbours = (
        known["GovernmentRegister"],
        known["AgreementRegistry"],
        known["ProcedureRegister"],
        DISPUTES.address,
        BREACHES.address,
        TRANSFERS.address,
        known["DisciplineRegister"],
    )
    del ledger.addresses["CommitmentRegistry"]
    ledger.deploy("CommitmentRegistry", constructor("CommitmentRegistry"), *neighbours)


def _past(ledger: Ledger) -> int:
    return ledger.backfilled(creditor=HILLSIDE, resolved_at=0, outcome_basis_points=0, due_at=ledger.evm.now + 30 * DAY)


def _evidenced(ledger: Ledger, id: int) -> int:
    ledger.evidence(id)
    return id


def _contested(ledger: Ledger, id: int) -> int:
    ledger.send("contestEvidence", _evidenced(ledger, id), "the windows were closed", by=CREDITOR)
    return id


def _disputed(ledger: Ledger, id: int) -> int:
    ledger.transact("setDisputed", id, True, by=DISPUTES)
    return id


def _settled(ledger: Ledger, id: int) -> int:
    ledger.confirm(_evidenced(ledger, id))
    return id


def _ruled(ledger: Ledger, id: int) -> int:
    ledger.transact("recordRuling", id, DELTA, Outcome.PARTLY, 5_000, ExcuseGround.NONE, by=DISPUTES)
    return id


def _declined(ledger: Ledger, id: int) -> int:
    ledger.send("declineCommitment", id, "not what was agreed", by=CREDITOR)
    return id


REACH: dict[str, Callable[[Ledger], int]] = {
    "none": lambda ledger: 1,
    "proposed": lambda ledger: ledger.register(),
    "active": lambda ledger: ledger.active(),
    "evidenced": lambda ledger: ledger.evidenced(),
    "contested": lambda ledger: ledger.contested(),
    "disputed": lambda ledger: _disputed(ledger, ledger.contested()),
    "settled": lambda ledger: _settled(ledger, ledger.active()),
    "ruled": lambda ledger: _ruled(ledger, _disputed(ledger, ledger.active())),
    "declined": lambda ledger: _declined(ledger, ledger.register()),
    "backfilled_active": _past,
    "backfilled_evidenced": lambda ledger: _evidenced(ledger, _past(ledger)),
    "backfilled_contested": lambda ledger: _contested(ledger, _past(ledger)),
    "backfilled_disputed": lambda ledger: _disputed(ledger, ledger.backfilled(creditor=HILLSIDE)),
    "backfilled_settled": lambda ledger: ledger.backfilled(creditor=HILLSIDE),
}


def _silence(ledger: Ledger, id: int) -> None:
    """All evidence here is drawn for audit, so what waits for an answer needs that first."""
    if ledger.call("commitment", id)["state"] == CommitmentState.EVIDENCED:
        ledger.send("auditEvidence", id, True, "the archive holds it", by=speaker(AUDITOR))
        ledger.evm.now += P.confirmation_seconds + 1
    ledger.send("acceptBySilence", id, by=STRANGER)


EVENTS: dict[str, Callable[[Ledger, int], Any]] = {
    "accept": lambda ledger, id: ledger.send("acceptCommitments", [id], by=CREDITOR),
    "decline": _declined,
    "evidence": lambda ledger, id: ledger.send("submitEvidence", id, DIGEST, "", ledger.evm.now, by=DEBTOR),
    "confirm": lambda ledger, id: ledger.send(
        "confirmCommitment", Confirmation(id, 5_000, ledger.evm.now), by=CREDITOR
    ),
    "confirm_all": lambda ledger, id: ledger.send(
        "confirmCommitments", [Confirmation(id, 5_000, ledger.evm.now)], by=CREDITOR
    ),
    "contest": lambda ledger, id: ledger.send("contestEvidence", id, "the windows were closed", by=CREDITOR),
    "silence": _silence,
    "audit_upheld": lambda ledger, id: ledger.send("auditEvidence", id, True, "it holds", by=speaker(AUDITOR)),
    "audit_failed": lambda ledger, id: ledger.send("auditEvidence", id, False, "it is empty", by=speaker(AUDITOR)),
    "release": lambda ledger, id: ledger.send("releaseCommitment", id, "no longer needed", by=CREDITOR),
    "outcome_recorded": lambda ledger, id: ledger.send(
        "recordOutcomes", [HistoricalOutcome(id, 5_000, ledger.evm.now)], by=speaker(DELTA)
    ),
    "disputed": _disputed,
    "undisputed": lambda ledger, id: ledger.transact("setDisputed", id, False, by=DISPUTES),
    "ruling": _ruled,
    "breach": lambda ledger, id: ledger.transact("recordBreach", id, DELTA, ledger.evm.now, by=BREACHES),
    "transfer": lambda ledger, id: ledger.transact("changeDebtor", id, RIVERPORT, by=TRANSFERS),
}


@pytest.fixture(scope="module")
def _prepared(_founded: tuple[Ledger, Any]) -> tuple[Ledger, Any, dict[str, str]]:
    """A ledger like any other but for who is in the place of contracts, and that all evidence is drawn for audit."""
    made, snapshot = _founded
    known = dict(made.addresses)
    made.decide("publishProcedurePolicy", procedure_policy(audit_share_basis_points=10_000), 0)
    in_place_of_contracts(made)
    prepared = made.evm.snapshot(), dict(made.addresses)
    made.evm.restore(snapshot)
    made.addresses = known
    return made, *prepared


@pytest.fixture
def prepared(ledger: Ledger, _prepared: tuple[Ledger, Any, dict[str, str]]) -> Ledger:
    """The same for one test; `ledger` puts everything back afterwards."""
    _, snapshot, addresses = _prepared
    ledger.evm.restore(snapshot)
    ledger.addresses = dict(addresses)
    return ledger


def test_the_table_has_every_state_and_every_event() -> None:
    assert sorted(CELLS_BY) == sorted((state, event) for state in REACH for event in EVENTS)
    named = {state.removeprefix("backfilled_") for state in REACH} - {"ruled"}
    assert named == {state.name.lower() for state in CommitmentState}


def test_the_table_is_the_one_that_readers_are_given() -> None:
    """Whatever a cell of the contract says, the product's own table says, and no more."""
    found: dict[tuple[str, str], set[str]] = {}
    for state, event, cell in CELLS:
        if event in COMMANDS and cell not in ("?", ".", "*"):
            found.setdefault((state.removeprefix("backfilled_"), COMMANDS[event]), set()).add(cell)
    expected = {
        (state.name.lower(), command): {each.name.lower() for each in after}
        for state, commands in COMMITMENT.items()
        for command, after in commands.items()
        if command in COMMANDS.values()
    }
    assert found == expected


@pytest.mark.parametrize(("state", "event", "cell"), CELLS, ids=lambda value: value)
def test_every_cell(prepared: Ledger, state: str, event: str, cell: str) -> None:
    ledger = prepared
    id = REACH[state](ledger)
    before = ledger.call("commitment", id)
    named = "settled" if state == "ruled" else state.removeprefix("backfilled_")
    assert CommitmentState(before["state"]).name.lower() == named
    refusals = {
        "?": CommitmentUnknown(id),
        ".": CommitmentStateInvalid(id, CommitmentState(before["state"])),
        "*": CommitmentNotBackfilled(id),
    }
    if cell in refusals:
        ledger.unchanged(lambda: EVENTS[event](ledger, id), refusals[cell])
        return
    EVENTS[event](ledger, id)
    after = ledger.call("commitment", id)
    assert CommitmentState(after["state"]).name.lower() == cell
    # Whatever happens, the promise itself stays as it was made; only who owes it can change.
    changing = {"state", "outcomeBasisPoints"} | ({"debtor"} if event == "transfer" else set())
    assert {**after, **{key: before[key] for key in changing}} == before
