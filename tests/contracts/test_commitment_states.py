"""
The life of a commitment: every state meets every event.

A cell names the next state; `.` must be refused with `CommitmentStateInvalid`, `?` with `CommitmentUnknown`; `*` is an
event that belongs to history alone and is refused with `CommitmentNotBackfilled`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.domain.enums import CommitmentState
from ledger.domain.refusals.commitments import CommitmentNotBackfilled, CommitmentStateInvalid, CommitmentUnknown
from ledger.domain.terms import Confirmation, HistoricalOutcome
from tests.contracts.harness.ledger import (
    BACKFILLED,
    DAY,
    DELTA,
    DIGEST,
    HILLSIDE,
    LAKESIDE,
    Ledger,
    historical_commitment,
    speaker,
)

TABLE = """
                      evidence    confirm    confirm_batch   broken     outcome_recorded
none                  ?           ?          ?               ?          ?
active                evidenced   .          .               settled    *
evidenced             evidenced   settled    settled         settled    *
settled               .           .          .               .          .
backfilled_active     evidenced   .          .               settled    settled
backfilled_evidenced  evidenced   settled    settled         settled    settled
backfilled_settled    .           .          .               .          .
"""

HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [(row[0], event, cell) for row in ROWS for event, cell in zip(HEAD, row[1:], strict=True)]


def _own(ledger: Ledger) -> int:
    return ledger.register()


def _past(ledger: Ledger) -> int:
    row = historical_commitment(
        creditor=HILLSIDE, resolved_at=0, outcome_basis_points=0, due_at=ledger.evm.now + 30 * DAY
    )
    made: int = ledger.send("recordHistory", BACKFILLED, [row], by=speaker(DELTA)).returned
    return made


def _evidenced(ledger: Ledger, id: int) -> int:
    ledger.evidence(id)
    return id


def _settled(ledger: Ledger, id: int) -> int:
    ledger.confirm(_evidenced(ledger, id))
    return id


REACH: dict[str, Callable[[Ledger], int]] = {
    "none": lambda ledger: 1,
    "active": _own,
    "evidenced": lambda ledger: _evidenced(ledger, _own(ledger)),
    "settled": lambda ledger: _settled(ledger, _own(ledger)),
    "backfilled_active": _past,
    "backfilled_evidenced": lambda ledger: _evidenced(ledger, _past(ledger)),
    "backfilled_settled": lambda ledger: _settled(ledger, _past(ledger)),
}

EVENTS: dict[str, Callable[[Ledger, int], Any]] = {
    "evidence": lambda ledger, id: ledger.send("submitEvidence", id, DIGEST, "", ledger.evm.now, by=speaker(LAKESIDE)),
    "confirm": lambda ledger, id: ledger.send(
        "confirmCommitment", Confirmation(id, 5_000, ledger.evm.now), by=speaker(HILLSIDE)
    ),
    "confirm_batch": lambda ledger, id: ledger.send(
        "confirmCommitments", [Confirmation(id, 5_000, ledger.evm.now)], by=speaker(HILLSIDE)
    ),
    "broken": lambda ledger, id: ledger.send("reportBroken", id, by=speaker(HILLSIDE)),
    "outcome_recorded": lambda ledger, id: ledger.send(
        "recordOutcomes", [HistoricalOutcome(id, 5_000, ledger.evm.now)], by=speaker(DELTA)
    ),
}


def test_the_table_has_every_state_and_every_event() -> None:
    assert list(REACH) == [row[0] for row in ROWS]
    assert list(EVENTS) == HEAD
    states = {state.name.lower() for state in CommitmentState}
    assert {row[0].removeprefix("backfilled_") for row in ROWS} == states


@pytest.mark.parametrize(("state", "event", "cell"), CELLS, ids=lambda value: value)
def test_every_cell(ledger: Ledger, state: str, event: str, cell: str) -> None:
    id = REACH[state](ledger)
    before = ledger.call("commitment", id)
    assert CommitmentState(before["state"]).name.lower() == state.removeprefix("backfilled_")
    ledger.evm.now += 31 * DAY
    if cell == "?":
        ledger.unchanged(lambda: EVENTS[event](ledger, id), CommitmentUnknown(id))
    elif cell == ".":
        expected = CommitmentStateInvalid(id, CommitmentState(before["state"]))
        ledger.unchanged(lambda: EVENTS[event](ledger, id), expected)
    elif cell == "*":
        ledger.unchanged(lambda: EVENTS[event](ledger, id), CommitmentNotBackfilled(id))
    else:
        EVENTS[event](ledger, id)
        after = ledger.call("commitment", id)
        assert CommitmentState(after["state"]).name.lower() == cell
        # Whatever happens, the promise itself stays as it was made.
        settled = {"state", "outcomeBasisPoints"}
        assert {**after, **{key: before[key] for key in settled}} == before
