"""
What each side of a commitment can dispute.

A cell says `yes`, or why not: `.` the commitment's state (`DisputeNotOpenable`), `o` the side has brought it about
(`DisputeOfOwnAct`), `w` its window is over (`DisputeWindowClosed`), `r` it was ruled on (`DisputeAlreadyRuled`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from ledger.domain.enums import CommitmentState, Role
from ledger.domain.refusals import Refused
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.refusals.commitments import CommitmentUnknown
from ledger.domain.refusals.disputes import (
    DisputeAlreadyRuled,
    DisputeNotOpenable,
    DisputeNotSide,
    DisputeOfOwnAct,
    DisputeWindowClosed,
)
from ledger.domain.refusals.register import FreezeOfDisputant
from ledger.domain.terms import HistoricalOutcome
from tests.contracts.harness.ledger import (
    DELTA,
    DIGEST,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    RIVERPORT,
    STRANGER,
    Ledger,
    P,
    speaker,
)

UNKNOWN: Final = 999

TABLE = """
                          debtor   creditor
proposed                  .        .
active                    .        .
evidenced                 .        .
contested                 yes      yes
disputed                  .        .
declined                  .        .
reported                  yes      .
rectifying                yes      .
contested_and_reported    yes      yes
evidenced_and_reported    .        .
breach                    yes      .
breach_long_ago           w        .
partly                    yes      o
partly_long_ago           w        o
fulfilled                 .        o
silence                   .        .
released                  .        .
ruled                     r        r
backfilled_broken         yes      yes
backfilled_fulfilled      yes      yes
backfilled_later          yes      yes
backfilled_open           .        .
backfilled_confirmed      yes      o
withdrawn                 .        yes
withdrawn_breach          yes      .
withdrawn_then_reported   yes      yes
withdrawn_then_evidenced  yes      yes
"""

HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
SIDES: Final = {"debtor": LAKESIDE, "creditor": HILLSIDE}


def _declined(ledger: Ledger) -> int:
    id = ledger.register()
    ledger.send("declineCommitment", id, "not agreed", by=speaker(HILLSIDE))
    return id


def _reported(ledger: Ledger, id: int) -> int:
    ledger.evm.now = ledger.call("commitment", id)["dueAt"] + P.grace_seconds + 1
    ledger.send("reportOverdue", id, "", by=STRANGER)
    return id


def _reported_then_evidenced(ledger: Ledger) -> int:
    id = ledger.reported()
    ledger.evidence(id)
    return id


def _again(ledger: Ledger, id: int) -> int:
    """Evidence is lodged and contested once more."""
    ledger.evidence(id)
    ledger.send("contestEvidence", id, "still not", by=speaker(HILLSIDE))
    return id


def _confirmed(ledger: Ledger, outcome: int, id: int = 0) -> int:
    id = id or ledger.evidenced()
    ledger.confirm(id, outcome)
    return id


def _after(ledger: Ledger, id: int, seconds: int) -> int:
    ledger.evm.now += seconds
    return id


def _silence(ledger: Ledger) -> int:
    id = ledger.evidenced()
    ledger.evm.now = ledger.call("progress", id)["confirmBy"] + 1
    ledger.send("acceptBySilence", id, by=STRANGER)
    return id


def _released(ledger: Ledger) -> int:
    id = ledger.active()
    ledger.send("releaseCommitment", id, "no longer needed", by=speaker(HILLSIDE))
    return id


def _concluded(ledger: Ledger) -> int:
    id, dispute = ledger.ruled()
    ledger.conclude_dispute(dispute)
    return id


def _backfilled(ledger: Ledger, **changes: Any) -> int:
    return ledger.backfilled(creditor=HILLSIDE, **changes)


def _backfilled_later(ledger: Ledger) -> int:
    id = _backfilled(ledger, resolved_at=0, outcome_basis_points=0)
    outcome = HistoricalOutcome(id, 4_000, ledger.evm.now)
    ledger.send("recordOutcomes", [outcome], by=speaker(DELTA))
    return id


def _backfilled_confirmed(ledger: Ledger) -> int:
    id = _backfilled(ledger, resolved_at=0, outcome_basis_points=0)
    ledger.evidence(id)
    return _confirmed(ledger, 5_000, id)


def _withdrawn(ledger: Ledger, id: int) -> int:
    dispute = ledger.open_dispute(id)
    ledger.send("withdrawDispute", dispute, by=speaker(LAKESIDE))
    return id


REACH: dict[str, Callable[[Ledger], int]] = {
    "proposed": lambda ledger: ledger.register(),
    "active": lambda ledger: ledger.active(),
    "evidenced": lambda ledger: ledger.evidenced(),
    "contested": lambda ledger: ledger.contested(),
    "disputed": lambda ledger: ledger.disputed()[0],
    "declined": _declined,
    "reported": lambda ledger: ledger.reported(),
    "rectifying": lambda ledger: ledger.rectifying(),
    "contested_and_reported": lambda ledger: _reported(ledger, ledger.contested()),
    "evidenced_and_reported": _reported_then_evidenced,
    "breach": lambda ledger: ledger.determined(),
    "breach_long_ago": lambda ledger: _after(ledger, ledger.determined(), P.objection_seconds + 1),
    "partly": lambda ledger: _confirmed(ledger, 9_999),
    "partly_long_ago": lambda ledger: _after(ledger, _confirmed(ledger, 1), P.objection_seconds + 1),
    "fulfilled": lambda ledger: _confirmed(ledger, 10_000),
    "silence": _silence,
    "released": _released,
    "ruled": _concluded,
    "backfilled_broken": lambda ledger: _backfilled(ledger, outcome_basis_points=0),
    "backfilled_fulfilled": _backfilled,
    "backfilled_later": _backfilled_later,
    "backfilled_open": lambda ledger: _backfilled(ledger, resolved_at=0, outcome_basis_points=0),
    "backfilled_confirmed": _backfilled_confirmed,
    "withdrawn": lambda ledger: _withdrawn(ledger, ledger.contested()),
    "withdrawn_breach": lambda ledger: _withdrawn(ledger, ledger.determined()),
    "withdrawn_then_reported": lambda ledger: _reported(ledger, _withdrawn(ledger, ledger.contested())),
    "withdrawn_then_evidenced": lambda ledger: _again(
        ledger, _after(ledger, _withdrawn(ledger, ledger.contested()), 1)
    ),
}


def test_the_table_has_every_situation() -> None:
    assert list(REACH) == [row[0] for row in ROWS]
    assert list(SIDES) == HEAD


@pytest.mark.parametrize(
    ("situation", "side", "cell"),
    [(row[0], side, cell) for row in ROWS for side, cell in zip(HEAD, row[1:], strict=True)],
    ids=lambda value: value,
)
def test_what_can_be_disputed(ledger: Ledger, situation: str, side: str, cell: str) -> None:
    id = REACH[situation](ledger)
    state = ledger.call("commitment", id)["state"]
    refusals: dict[str, Refused | type[Refused]] = {
        ".": DisputeNotOpenable(id, state),
        "o": DisputeOfOwnAct(id, SIDES[side]),
        "w": DisputeWindowClosed,
        "r": DisputeAlreadyRuled(id),
    }
    if cell == "yes":
        opened = ledger.open_dispute(id, by=SIDES[side])
        assert ledger.call("openDisputeAbout", id) == opened
        assert ledger.call("commitment", id)["state"] == CommitmentState.DISPUTED
    else:
        ledger.unchanged(lambda: ledger.open_dispute(id, by=SIDES[side]), refusals[cell])


def test_nobody_else_can_dispute(ledger: Ledger) -> None:
    id = ledger.contested()
    for other in (RIVERPORT, FARFIELD):
        ledger.refuses(DisputeNotSide(id, other), "openDispute", id, DIGEST, "", by=speaker(other))
    # Who judges does not take a side.
    ledger.refuses(CommandRoleMissing(DELTA, Role.GOVERNMENT), "openDispute", id, DIGEST, "", by=speaker(DELTA))
    ledger.refuses(CommitmentUnknown(UNKNOWN), "openDispute", UNKNOWN, DIGEST, "", by=speaker(LAKESIDE))


def test_where_it_is_owed_to_all_any_other_party_disputes(ledger: Ledger) -> None:
    id = ledger.contested(creditor=0)
    ledger.refuses(DisputeNotSide(id, FARFIELD), "openDispute", id, DIGEST, "", by=speaker(FARFIELD))
    dispute = ledger.open_dispute(id, by=RIVERPORT)
    ledger.send("lodgeDisputeEvidence", dispute, DIGEST, "", by=speaker(HILLSIDE))
    ledger.refuses(DisputeNotSide(id, FARFIELD), "lodgeDisputeEvidence", dispute, DIGEST, "", by=speaker(FARFIELD))


def test_what_was_confirmed_for_all_its_parties_cannot_dispute(ledger: Ledger) -> None:
    id = ledger.evidenced(creditor=0)
    ledger.confirm(id, 5_000)
    expected = DisputeNotOpenable(id, CommitmentState.SETTLED)
    ledger.refuses(expected, "openDispute", id, DIGEST, "", by=speaker(RIVERPORT))
    ledger.open_dispute(id)


@pytest.mark.parametrize("side", [LAKESIDE, HILLSIDE])
def test_a_successor_stands_in_its_predecessors_place(ledger: Ledger, side: int) -> None:
    id = ledger.contested()
    ledger.succeed(side, NEWLAKE)
    dispute = ledger.open_dispute(id, by=NEWLAKE)
    ledger.send("lodgeDisputeEvidence", dispute, DIGEST, "", by=speaker(NEWLAKE))
    expected: Refused = FreezeOfDisputant(DELTA, NEWLAKE)
    ledger.refuses(expected, "freezeSigner", speaker(NEWLAKE).address, "lost", by=speaker(DELTA))
    ledger.send("withdrawDispute", dispute, by=speaker(NEWLAKE))
    # What it took back, it took back for its side.
    expected = DisputeNotOpenable(id, CommitmentState.CONTESTED)
    ledger.refuses(expected, "openDispute", id, DIGEST, "", by=speaker(NEWLAKE))
