"""What the tests of the score are made of: short ways to write facts, and a strategy for any facts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ledger.domain.scoring import CommitmentFact, CommitmentStanding

DAY = 86_400
YEAR = 31_557_600
MILLION = 1_000_000

KEPT = 10_000
BROKEN = 0


def fact(commitment: int, debtor: int, outcome: int | None, **changes: Any) -> CommitmentFact:
    """One commitment made on day 0, due on day 300, settled on day 290 unless the outcome is None."""
    values: dict[str, Any] = {
        "commitment": commitment,
        "debtor": debtor,
        "creditor": None,
        "agreement": 1,
        "indicator": 1,
        "weight_millionths": MILLION,
        "reference": f"r{commitment}",
        "made_at": 0,
        "due_at": 300 * DAY,
        "outcome_basis_points": outcome,
        "resolved_at": None if outcome is None else 290 * DAY,
        "status": CommitmentStanding.ACTIVE if outcome is None else CommitmentStanding.SETTLED,
    }
    values.update(changes)
    return CommitmentFact(**values)


@st.composite
def any_fact(draw: st.DrawFn, commitment: int) -> CommitmentFact:
    """Any fact that passes the checks; few names and moments, so that they meet."""
    outcome = draw(st.sampled_from([None, 0, 1, 2_500, 5_000, 9_999, 10_000, 10_000]))
    made_at = draw(st.integers(0, 40)) * 50 * DAY
    due_at = made_at + draw(st.integers(-5, 60)) * 20 * DAY
    resolved_at = None if outcome is None else max(made_at, due_at) + draw(st.integers(-10, 10)) * 10 * DAY
    return fact(
        commitment,
        draw(st.integers(1, 5)),
        outcome,
        creditor=draw(st.sampled_from([None, None, 1, 2, 3])),
        agreement=draw(st.integers(1, 3)),
        indicator=draw(st.integers(1, 2)),
        weight_millionths=draw(st.sampled_from([0, 1, 999_999, MILLION, MILLION, 1_000_001, 10**9, 10**15])),
        reference=draw(st.sampled_from(["a", "b", "c", "d"])),
        made_at=made_at,
        due_at=due_at,
        resolved_at=resolved_at,
        status=draw(st.sampled_from(list(CommitmentStanding))),
        backfilled=draw(st.booleans()),
        silent=draw(st.booleans()),
        disputed_at=draw(st.one_of(st.none(), st.just(due_at + 10 * DAY))),
        repaired_at=draw(st.one_of(st.none(), st.just(due_at + 500 * DAY))),
        inherited=draw(st.booleans()),
        term_seconds=draw(st.one_of(st.none(), st.integers(0, 20 * YEAR))),
    )


@st.composite
def any_facts(draw: st.DrawFn, size_max: int = 16) -> list[CommitmentFact]:
    """Any number of facts with distinct commitments."""
    return [draw(any_fact(commitment)) for commitment in range(draw(st.integers(0, size_max)))]
