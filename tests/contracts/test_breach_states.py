"""
From overdue to breach and back by repair: every state of a case meets every verb.

A cell names the next state; `=` keeps it; the other cells name what must be refused: `.` the state
(`BreachStateInvalid`), `c` the commitment's state (`BreachCommitmentState`), `t` the time (`BreachWindowClosed`), `n`
repair that nobody asked for, `r` repair that was asked for, `u` a commitment that is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from ledger.domain.enums import BreachState
from ledger.domain.refusals import Refused
from ledger.domain.refusals.breaches import (
    BreachCommitmentState,
    BreachStateInvalid,
    BreachWindowClosed,
    RepairAlreadyRequested,
    RepairNotRequested,
)
from ledger.domain.refusals.commitments import CommitmentUnknown
from tests.contracts.harness.ledger import DAY, DELTA, DIGEST, FULFILLED, LAKESIDE, STRANGER, Ledger, speaker

TABLE = """
              report   explain     set         refuse   determine   request  grant     deny
unknown       u        .           .           .        .           .        .         .
none          =>       .           .           .        .           .        .         .
reported      .        rectifying  rectifying  =        determined  .        .         .
rectifying    .        .           =           =        determined  .        .         .
refused       .        t           t           t        determined  .        .         .
evidenced     .        rectifying  rectifying  =        c           .        .         .
disputed      .        rectifying  rectifying  =        c           .        .         .
settled       .        c           c           c        c           .        .         .
determined    .        .           .           .        .           =        n         n
requested     .        .           .           .        .           r        repaired  =
objected      .        .           .           .        .           c        c         c
repaired      .        .           .           .        .           .        .         .
overturned    .        .           .           .        .           .        .         .
"""

HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [(row[0], verb, cell) for row in ROWS for verb, cell in zip(HEAD, row[1:], strict=True)]
UNKNOWN: Final = 999


def _refused(ledger: Ledger) -> int:
    id = ledger.reported()
    ledger.send("refuseRectification", id, "it was never promised", by=speaker(LAKESIDE))
    return id


def _evidenced(ledger: Ledger) -> int:
    id = ledger.reported()
    ledger.evidence(id)
    return id


def _reported_and_disputed(ledger: Ledger) -> int:
    id = ledger.reported()
    ledger.open_dispute(id)
    return id


def _settled(ledger: Ledger) -> int:
    id = _evidenced(ledger)
    ledger.confirm(id)
    return id


def _requested(ledger: Ledger) -> int:
    id = ledger.published()
    ledger.send("requestRepair", id, DIGEST, "archive:repair", by=speaker(LAKESIDE))
    ledger.evm.now = ledger.call("breach", id)["repairableFrom"]
    return id


def _objected(ledger: Ledger) -> int:
    id = ledger.determined()
    ledger.send("requestRepair", id, DIGEST, "", by=speaker(LAKESIDE))
    ledger.open_dispute(id)
    return id


def _repaired(ledger: Ledger) -> int:
    id = _requested(ledger)
    ledger.send("repairBreach", id, by=speaker(DELTA))
    return id


def _overturned(ledger: Ledger) -> int:
    id = ledger.determined()
    dispute = ledger.open_dispute(id)
    ledger.rule(dispute, FULFILLED)
    ledger.conclude_dispute(dispute)
    return id


REACH: dict[str, Callable[[Ledger], int]] = {
    "unknown": lambda ledger: UNKNOWN,
    "none": lambda ledger: ledger.overdue(),
    "reported": lambda ledger: ledger.reported(),
    "rectifying": lambda ledger: ledger.rectifying(),
    "refused": _refused,
    "evidenced": _evidenced,
    "disputed": _reported_and_disputed,
    "settled": _settled,
    "determined": lambda ledger: ledger.determined(),
    "requested": _requested,
    "objected": _objected,
    "repaired": _repaired,
    "overturned": _overturned,
}

STORED: Final = {
    "unknown": "none",
    "refused": "reported",
    "evidenced": "reported",
    "disputed": "reported",
    "settled": "reported",
    "requested": "determined",
    "objected": "determined",
}
"""What stands in the register where a row tells more than a state."""


def _determine(ledger: Ledger, id: int) -> None:
    b = ledger.call("breach", id)
    ledger.evm.now = max(ledger.evm.now, b["explainBy"] + 1, b["rectifyBy"] + 1)
    ledger.send("determineBreach", id, by=speaker(DELTA))


VERBS: dict[str, Callable[[Ledger, int], Any]] = {
    "report": lambda ledger, id: ledger.send("reportOverdue", id, "", by=STRANGER),
    "explain": lambda ledger, id: ledger.send("explainOverdue", id, "a flood", DIGEST, by=speaker(LAKESIDE)),
    "set": lambda ledger, id: ledger.send("setRectification", id, ledger.evm.now + 9 * DAY, by=speaker(DELTA)),
    "refuse": lambda ledger, id: ledger.send("refuseRectification", id, "no", by=speaker(LAKESIDE)),
    "determine": _determine,
    "request": lambda ledger, id: ledger.send("requestRepair", id, DIGEST, "", by=speaker(LAKESIDE)),
    "grant": lambda ledger, id: ledger.send("repairBreach", id, by=speaker(DELTA)),
    "deny": lambda ledger, id: ledger.send("refuseRepair", id, "nothing was done", by=speaker(DELTA)),
}


def test_the_table_has_every_state_and_every_verb() -> None:
    assert list(REACH) == [row[0] for row in ROWS]
    assert list(VERBS) == HEAD
    assert {STORED.get(row[0], row[0]) for row in ROWS} == {state.name.lower() for state in BreachState}


@pytest.mark.parametrize(("state", "verb", "cell"), CELLS, ids=lambda value: value)
def test_every_cell(ledger: Ledger, state: str, verb: str, cell: str) -> None:
    id = REACH[state](ledger)
    before = ledger.call("breach", id)
    commitment = ledger.call("commitment", id)
    assert BreachState(before["state"]).name.lower() == STORED.get(state, state)
    refusals: dict[str, Refused | type[Refused]] = {
        "u": CommitmentUnknown(id),
        ".": BreachStateInvalid(id, BreachState(before["state"])),
        "c": BreachCommitmentState(id, commitment["state"]),
        "t": BreachWindowClosed,
        "n": RepairNotRequested(id),
        "r": RepairAlreadyRequested(id),
    }
    if cell in refusals:
        ledger.unchanged(lambda: VERBS[verb](ledger, id), refusals[cell])
        return
    VERBS[verb](ledger, id)
    after = BreachState(ledger.call("breach", id)["state"]).name.lower()
    assert after == {"=": STORED.get(state, state), "=>": "reported"}.get(cell, cell)
