"""
Who may do what: every role meets every function that changes something.

The rows are compared with the ABI, so that a new function cannot be forgotten. A cell is `+` for what is allowed, or
the letters of the refusal that must come. Commands are tried directly and relayed, all else directly.

The debtor is Lakeside and the creditor Hillside; third is Riverport, a party of the same agreement, and outsider
Farfield, which is none. Coordinator is the agreement's Delta Office. The successor is Newlake, after it has taken
Lakeside's place; frozen is Lakeside's second key; removed is Oldtown, which was a party. What is allowed to nobody here
is allowed to other contracts only, or (acceptRotation) to the account that the voice was offered to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from ledger.domain.enums import ExcuseGround, GovernmentState, Outcome
from ledger.domain.refusals import REFUSALS
from tests.contracts.harness.examples import EXAMPLES
from tests.contracts.harness.interface import functions, state_changing
from tests.contracts.harness.ledger import (
    ADMINISTRATORS,
    AUDITOR,
    DELAY_SECONDS,
    DELTA,
    DIGEST,
    FARFIELD,
    FROZEN,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    NEXT_BODY,
    OLDTOWN,
    RIVERPORT,
    STRANGER,
    UPLANDS,
    Ledger,
    P,
    new_government,
    speaker,
)

REFUSAL: dict[str, str] = {}

TABLE = """
administrator debtor creditor third outsider coordinator other_coordinator auditor removed successor frozen stranger
"""

HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [(row[0], role, cell) for row in ROWS for role, cell in zip(HEAD, row[1:], strict=True)]

ACCOUNTS = {
    "administrator": ADMINISTRATORS[0],
    "debtor": speaker(LAKESIDE),
    "creditor": speaker(HILLSIDE),
    "third": speaker(RIVERPORT),
    "outsider": speaker(FARFIELD),
    "coordinator": speaker(DELTA),
    "other_coordinator": speaker(UPLANDS),
    "auditor": speaker(AUDITOR),
    "removed": speaker(OLDTOWN),
    "successor": speaker(NEWLAKE),
    "frozen": FROZEN,
    "stranger": STRANGER,
}


def _execute(ledger: Ledger) -> tuple[Any, ...]:
    proposal, data = ledger.propose("removeGovernment", FARFIELD, "dissolved")
    ledger.evm.now += DELAY_SECONDS
    return proposal, data


OTHERS: dict[str, Callable[[Ledger], tuple[Any, ...]]] = {
    "executeProposal": _execute,
    "setAdministrators": lambda ledger: ([STRANGER.address], 1, 0),
    "registerGovernments": lambda ledger: ([new_government(NEXT_BODY)],),
    "addSigner": lambda ledger: (LAKESIDE, STRANGER.address),
    "removeSigner": lambda ledger: (LAKESIDE, speaker(LAKESIDE).address),
    "setRoles": lambda ledger: (LAKESIDE, 7),
    "removeGovernment": lambda ledger: (LAKESIDE, "gone"),
    "setJurisdiction": lambda ledger: (DELTA, LAKESIDE, False),
    "recordSuccession": lambda ledger: (HILLSIDE, [RIVERPORT], "merged"),
    "publishPolicy": lambda ledger: ("score", DIGEST, "policy:1", 0),
    "publishProcedurePolicy": lambda ledger: (P, 0),
    "setDisputed": lambda ledger: (ledger.contested(), True),
    "recordRuling": lambda ledger: (ledger.disputed()[0], DELTA, Outcome.BROKEN, 0, ExcuseGround.NONE),
    "recordBreach": lambda ledger: (ledger.reported(), DELTA, ledger.evm.now),
    "setAnswerBy": lambda ledger: (ledger.reported(), ledger.evm.now),
    "changeDebtor": lambda ledger: (ledger.active(), RIVERPORT),
    "applyRuling": lambda ledger: (ledger.reported(), DELTA, True, ledger.evm.now),
}
"""Parameters of what is not a command."""


def test_the_table_has_every_function_and_every_role() -> None:
    assert sorted(row[0] for row in ROWS) == sorted(each.name for each in state_changing())
    assert sorted(OTHERS) == sorted(each.name for each in state_changing() if not each.is_command)
    assert sorted(HEAD) == sorted(ACCOUNTS)
    assert set(REFUSAL.values()) <= set(REFUSALS)


Prepared = tuple[Any, LocalAccount | None, tuple[Any, ...]]


@pytest.fixture(scope="module")
def prepared() -> dict[tuple[str, bool], Prepared]:
    """For each function, without and with a successor: the ledger, who gives it, and with which parameters."""
    return {}


def prepare(ledger: Ledger, verb: str, role: str, done: dict[tuple[str, bool], Prepared]) -> Prepared:
    succeeded = role == "successor"
    if (verb, succeeded) not in done:
        by: LocalAccount | None = None
        if verb in OTHERS:
            values = OTHERS[verb](ledger)
        else:
            by, values = EXAMPLES[verb](ledger)
        if succeeded and ledger.call("government", LAKESIDE)["state"] == GovernmentState.REGISTERED:
            ledger.succeed(LAKESIDE, NEWLAKE)
        done[verb, succeeded] = ledger.evm.snapshot(), by, values
    return done[verb, succeeded]


def ways(ledger: Ledger, verb: str, values: tuple[Any, ...], by: LocalAccount) -> Iterator[Callable[[], Any]]:
    if functions()[verb].is_command:
        yield lambda: ledger.send(verb, *values, by=by)
        yield lambda: ledger.relay(verb, *values, by=by)
    else:
        yield lambda: ledger.transact(verb, *values, by=by)


@pytest.mark.parametrize(("verb", "role", "cell"), CELLS, ids=lambda value: value)
def test_every_cell(
    ledger: Ledger, prepared: dict[tuple[str, bool], Prepared], verb: str, role: str, cell: str
) -> None:
    snapshot, example, values = prepare(ledger, verb, role, prepared)
    # Which of the administrators it is, the example says.
    by = example if role == "administrator" and example in ADMINISTRATORS else ACCOUNTS[role]
    assert by is not None
    for way in ways(ledger, verb, values, by):
        ledger.evm.restore(snapshot)
        if cell == "+":
            assert way().facts
        else:
            ledger.unchanged(way, REFUSALS[REFUSAL[cell]])
