"""
The life of a dispute: every state meets every verb.

A cell names the next state, `=` keeps it, `.` must be refused with `DisputeStateInvalid`, `?` with `DisputeUnknown`.
What was appealed has a first ruling, what was escalated has none; nobody stands above Delta Office, so both are before
a panel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from ledger.domain.enums import DisputeState
from ledger.domain.refusals.disputes import DisputeStateInvalid, DisputeUnknown
from tests.contracts.harness.ledger import DELTA, DIGEST, HILLSIDE, LAKESIDE, STRANGER, Ledger, speaker

UNKNOWN: Final = 999

TABLE = """
            lodge   rule     appeal     escalate   conclude   withdraw
none        ?       ?        ?          ?          ?          ?
open        =       ruled    .          appealed   .          withdrawn
ruled       .       .        appealed   .          final      .
appealed    =       final    .          final      .          .
escalated   =       final    .          =          .          .
final       .       .        .          .          .          .
withdrawn   .       .        .          .          .          .
"""

HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]


def _final(ledger: Ledger) -> int:
    _, dispute = ledger.ruled()
    ledger.conclude_dispute(dispute)
    return dispute


def _taken_back(ledger: Ledger) -> int:
    _, dispute = ledger.disputed()
    ledger.send("withdrawDispute", dispute, by=speaker(LAKESIDE))
    return dispute


def _escalated(ledger: Ledger) -> int:
    _, dispute = ledger.disputed()
    _escalate(ledger, dispute)
    return dispute


def _escalate(ledger: Ledger, dispute: int) -> None:
    ledger.evm.now = max(ledger.evm.now, ledger.call("dispute", dispute)["ruleBy"] + 1)
    ledger.send("escalateDispute", dispute, by=STRANGER)


def _rule(ledger: Ledger, dispute: int) -> None:
    """Whoever hears it, or heard it last, rules."""
    d = ledger.call("dispute", dispute)
    ledger.rule(
        dispute, by=(d["body"] or DELTA,) if d["state"] != DisputeState.APPEALED else _majority(ledger, dispute)
    )


def _majority(ledger: Ledger, dispute: int) -> tuple[int, ...]:
    members: tuple[int, ...] = ledger.call("panel", dispute)
    return members[: len(members) // 2 + 1]


def _conclude(ledger: Ledger, dispute: int) -> None:
    ledger.evm.now = max(ledger.evm.now, ledger.call("dispute", dispute)["appealBy"] + 1)
    ledger.send("concludeDispute", dispute, by=STRANGER)


REACH: dict[str, Callable[[Ledger], int]] = {
    "none": lambda ledger: UNKNOWN,
    "open": lambda ledger: ledger.disputed()[1],
    "ruled": lambda ledger: ledger.ruled()[1],
    "appealed": lambda ledger: ledger.appealed()[1],
    "escalated": _escalated,
    "final": _final,
    "withdrawn": _taken_back,
}

VERBS: dict[str, Callable[[Ledger, int], Any]] = {
    "lodge": lambda ledger, id: ledger.send("lodgeDisputeEvidence", id, DIGEST, "", by=speaker(HILLSIDE)),
    "rule": _rule,
    "appeal": lambda ledger, id: ledger.send("appealRuling", id, DIGEST, "", by=speaker(LAKESIDE)),
    "escalate": _escalate,
    "conclude": _conclude,
    "withdraw": lambda ledger, id: ledger.send("withdrawDispute", id, by=speaker(LAKESIDE)),
}


def test_the_table_has_every_state_and_every_verb() -> None:
    assert list(REACH) == [row[0] for row in ROWS]
    assert list(VERBS) == HEAD
    assert {row[0] for row in ROWS} - {"escalated"} == {state.name.lower() for state in DisputeState}


@pytest.mark.parametrize(
    ("state", "verb", "cell"),
    [(row[0], verb, cell) for row in ROWS for verb, cell in zip(HEAD, row[1:], strict=True)],
    ids=lambda value: value,
)
def test_every_cell(ledger: Ledger, state: str, verb: str, cell: str) -> None:
    dispute = REACH[state](ledger)
    before = DisputeState(ledger.call("dispute", dispute)["state"])
    assert before.name.lower() == {"escalated": "appealed"}.get(state, state)
    if cell == "?":
        ledger.unchanged(lambda: VERBS[verb](ledger, dispute), DisputeUnknown(dispute))
    elif cell == ".":
        ledger.unchanged(lambda: VERBS[verb](ledger, dispute), DisputeStateInvalid(dispute, before))
    else:
        VERBS[verb](ledger, dispute)
        after = DisputeState(ledger.call("dispute", dispute)["state"])
        assert after == (before if cell == "=" else DisputeState[cell.upper()])
