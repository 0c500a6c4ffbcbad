"""
For every command a ledger in which it can be given, and who gives it.

The table is what generated tests walk: `test_every_command_has_an_example` compares it with the ABI, so that a new
command cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from eth_account.signers.local import LocalAccount

from ledger.domain.terms import Confirmation, HistoricalOutcome
from tests.contracts.harness.interface import functions
from tests.contracts.harness.ledger import (
    ADMINISTRATORS,
    BACKFILLED,
    DAY,
    DELTA,
    DIGEST,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    PAST,
    RIVERPORT,
    Ledger,
    agreement_terms,
    historical_commitment,
    speaker,
)

Example = tuple[LocalAccount, tuple[Any, ...]]
"""Who gives the command, and its parameters without the authorization."""

TWO: Final = (LAKESIDE, HILLSIDE)


def _propose(ledger: Ledger) -> int:
    register = ledger.addresses["GovernmentRegister"]
    call = functions()["removeGovernment"].encode([FARFIELD, "dissolved"])
    made: int = ledger.send("proposeCall", register, call, "a reason", by=ADMINISTRATORS[0]).returned
    return made


def _propose_call(ledger: Ledger) -> Example:
    call = functions()["removeGovernment"].encode([FARFIELD, "dissolved"])
    return ADMINISTRATORS[0], (ledger.addresses["GovernmentRegister"], call, "merged by law")


def _sign_agreement(ledger: Ledger) -> Example:
    made = ledger.send("proposeAgreement", agreement_terms(parties=TWO), by=speaker(LAKESIDE))
    return speaker(HILLSIDE), (made.returned, ledger.call("agreement", made.returned)["termsDigest"])


def _submit_evidence(ledger: Ledger) -> Example:
    ledger.register()
    return speaker(LAKESIDE), (ledger.register(), DIGEST, "archive:1", ledger.evm.now)


def _evidenced(ledger: Ledger) -> int:
    ledger.evidence(ledger.register())
    id = ledger.register()
    ledger.evidence(id)
    return id


def _confirm_commitments(ledger: Ledger) -> Example:
    id = _evidenced(ledger)
    now = ledger.evm.now
    return speaker(HILLSIDE), ([Confirmation(id, 9_000, now), Confirmation(id - 1, 10_000, now)],)


def _report_broken(ledger: Ledger) -> Example:
    ledger.register()
    id = ledger.register()
    ledger.evm.now += 31 * DAY
    return speaker(HILLSIDE), (id,)


def _record_outcomes(ledger: Ledger) -> Example:
    rows = [historical_commitment(resolved_at=0, outcome_basis_points=0)] * 2
    first = ledger.send("recordHistory", BACKFILLED, rows, by=speaker(DELTA)).returned
    at = ledger.evm.now - DAY
    return speaker(DELTA), ([HistoricalOutcome(first, 10_000, at), HistoricalOutcome(first + 1, 0, at)],)


def _confirm_transfer(ledger: Ledger) -> Example:
    made = ledger.send("recordTransfer", ledger.transfer_terms(), by=speaker(LAKESIDE))
    return speaker(HILLSIDE), (made.returned, ledger.evm.now)


EXAMPLES: Final[dict[str, Callable[[Ledger], Example]]] = {
    "proposeCall": _propose_call,
    "approveProposal": lambda ledger: (ADMINISTRATORS[1], (_propose(ledger),)),
    "withdrawProposal": lambda ledger: (ADMINISTRATORS[0], (_propose(ledger),)),
    "proposeAgreement": lambda ledger: (speaker(LAKESIDE), (agreement_terms(parties=TWO),)),
    "signAgreement": _sign_agreement,
    "recordAgreement": lambda ledger: (speaker(DELTA), (agreement_terms(parties=TWO, effective_from=PAST),)),
    "recordAccession": lambda ledger: (speaker(DELTA), (BACKFILLED, [FARFIELD])),
    "registerCommitment": lambda ledger: (speaker(LAKESIDE), (ledger.commitment_terms(),)),
    "registerCommitments": lambda ledger: (
        speaker(LAKESIDE),
        ([ledger.commitment_terms(), ledger.commitment_terms(creditor=RIVERPORT, weight=7)],),
    ),
    "submitEvidence": _submit_evidence,
    "confirmCommitment": lambda ledger: (
        speaker(HILLSIDE),
        (Confirmation(_evidenced(ledger), 10_000, ledger.evm.now),),
    ),
    "confirmCommitments": _confirm_commitments,
    "reportBroken": _report_broken,
    "recordHistory": lambda ledger: (
        speaker(DELTA),
        (BACKFILLED, [historical_commitment(), historical_commitment(debtor=HILLSIDE, creditor=LAKESIDE)]),
    ),
    "recordOutcomes": _record_outcomes,
    "recordTransfer": lambda ledger: (speaker(LAKESIDE), (ledger.transfer_terms(),)),
    "confirmTransfer": _confirm_transfer,
    "publishRun": lambda ledger: (speaker(DELTA), (ledger.score_run(),)),
}
"""By the name of the function."""
