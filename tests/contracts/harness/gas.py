"""
What commands cost in gas.

`python -m tests.contracts.harness.gas` writes the snapshot that `test_gas.py` compares with; it belongs in the same
commit as the change of the contracts that caused it. Gas is that of the whole transaction, its data included, with the
texts and dates of the tests' ordinary commitment. The commands of every day are measured directly and relayed, all
others by their example.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ledger.domain.terms import Confirmation
from tests.contracts.harness.examples import EXAMPLES
from tests.contracts.harness.ledger import (
    BACKFILLED,
    DELTA,
    DIGEST,
    HILLSIDE,
    LAKESIDE,
    Done,
    Ledger,
    agreement_terms,
    found,
    historical_commitment,
    speaker,
)

SNAPSHOT: Final = Path(__file__).resolve().parents[1] / "gas.json"
BATCH: Final = 50

LARGEST_BATCH: Final = 120
"""The most rows that the contracts take at once."""


def measure() -> dict[str, int]:
    """Gas of every measured command by its name; for batches the gas of each row, rounded up."""
    ledger = found()
    debtor, creditor, coordinator = speaker(LAKESIDE), speaker(HILLSIDE), speaker(DELTA)
    gas: dict[str, int] = {}

    def note(name: str, act: Callable[[], Done], rows: int = 1) -> None:
        # Every figure is taken in the same state, so that their order does not matter.
        before = ledger.evm.snapshot()
        gas[name] = -(-act().gas_used // rows)
        ledger.evm.restore(before)

    def both(name: str, verb: str, *values: Any, by: Any, rows: int = 1) -> None:
        note(f"{name}, direct", lambda: ledger.send(verb, *values, by=by), rows)
        note(f"{name}, relayed", lambda: ledger.relay(verb, *values, by=by, operation=1), rows)
        fresh = f"{name}, relayed, first operation of a word"
        note(fresh, lambda: ledger.relay(verb, *values, by=by, operation=256), rows)

    # From the first command of each kind on, counters and words of operations are in use.
    open_one, evidenced, second = ledger.active(), ledger.active(), ledger.active()
    for id in (evidenced, second):
        ledger.evidence(id)
    batch = ledger.send("registerCommitments", [ledger.commitment_terms()] * BATCH, by=debtor).returned
    ids = list(range(batch, batch + BATCH))
    ledger.accept(*ids)
    for id in ids:
        ledger.evidence(id)
    offered = ledger.send("registerCommitments", [ledger.commitment_terms()] * BATCH, by=debtor).returned
    for by in (debtor, creditor, coordinator):
        _use_first_operation(ledger, by)
    ledger.relay("recordTransfer", ledger.transfer_terms(), by=debtor, operation=0)
    pending = ledger.send("recordTransfer", ledger.transfer_terms(), by=debtor).returned
    ledger.relay("confirmTransfer", 1, ledger.evm.now, by=creditor, operation=0)

    both("register one", "registerCommitment", ledger.commitment_terms(), by=debtor)
    both(
        f"register, each of {BATCH}", "registerCommitments", [ledger.commitment_terms()] * BATCH, by=debtor, rows=BATCH
    )
    both("accept one", "acceptCommitments", [offered], by=creditor)
    waiting = list(range(offered, offered + BATCH))
    both(f"accept, each of {BATCH}", "acceptCommitments", waiting, by=creditor, rows=BATCH)
    both("evidence", "submitEvidence", open_one, DIGEST, "archive:1", ledger.evm.now, by=debtor)
    both("confirm one", "confirmCommitment", Confirmation(evidenced, 10_000, ledger.evm.now), by=creditor)
    rows = [Confirmation(id, 10_000, ledger.evm.now) for id in ids]
    both(f"confirm, each of {BATCH}", "confirmCommitments", rows, by=creditor, rows=BATCH)
    history = [historical_commitment()] * BATCH
    both(f"history, each of {BATCH}", "recordHistory", BACKFILLED, history, by=coordinator, rows=BATCH)
    largest = [historical_commitment()] * LARGEST_BATCH
    note("history, the largest batch", lambda: ledger.send("recordHistory", BACKFILLED, largest, by=coordinator))
    both("record transfer", "recordTransfer", ledger.transfer_terms(), by=debtor)
    both("confirm transfer", "confirmTransfer", pending, ledger.evm.now, by=creditor)
    ledger.relay("publishRun", ledger.score_run(), by=coordinator, operation=0)
    both("publish score run", "publishRun", ledger.score_run(), by=coordinator)
    for verb, example in EXAMPLES.items():
        before = ledger.evm.snapshot()
        by, values = example(ledger)
        note(f"example of {verb}", lambda v=verb, a=values, b=by: ledger.send(v, *a, by=b))  # type: ignore[misc]
        ledger.evm.restore(before)
    return gas


def _use_first_operation(ledger: Ledger, by: Any) -> None:
    """Make the word of operations 0 to 255 one that is in use, as it is after a signer's first command."""
    if by == speaker(DELTA):
        ledger.relay("recordHistory", BACKFILLED, [historical_commitment()], by=by, operation=0)
        return
    other = HILLSIDE if by == speaker(LAKESIDE) else LAKESIDE
    ledger.relay("registerCommitment", ledger.commitment_terms(creditor=other), by=by, operation=0)
    terms = agreement_terms(parties=(LAKESIDE, HILLSIDE))
    ledger.relay("proposeAgreement", terms, by=by, operation=0)


def main() -> None:
    """Write the snapshot and show it."""
    gas = measure()
    SNAPSHOT.write_text(json.dumps(gas, indent=2) + "\n", "utf-8")
    for name, cost in gas.items():
        print(f"{name:<60}{cost:>10,}")


if __name__ == "__main__":
    main()
