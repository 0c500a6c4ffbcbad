"""
Who may do what: every role meets every function that changes something.

The rows are compared with the ABI, so that a new function cannot be forgotten. A cell is `+` for what is allowed, or
the letter of the refusal that must come. Commands are tried directly and relayed, all else directly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

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
    HILLSIDE,
    LAKESIDE,
    OLDTOWN,
    RIVERPORT,
    STRANGER,
    UPLANDS,
    Ledger,
    new_government,
    speaker,
)

REFUSAL = {
    "A": "AdministrationNotAdministrator",
    "B": "AgreementNotCoordinatingBody",
    "C": "CommitmentNotCreditor",
    "D": "CommitmentNotDebtor",
    "E": "TransferNotPayee",
    "M": "CommandRoleMissing",
    "N": "AgreementNotParty",
    "O": "AdministrationOnly",
    "P": "ProposalNotProposer",
    "R": "RegisterOnlyAdministration",
    "S": "CommitmentToSelf",
    "T": "TransferToSelf",
    "U": "SignerUnknown",
    "W": "ScoreRunNotPublisher",
    "X": "GovernmentUnknown",
    "Y": "PolicyOnlyAdministration",
}

TABLE = """
                     administrator debtor creditor third outsider coordinator other_coordinator auditor removed stranger
proposeCall          +             A      A        A     A        A           A                 A       A       A
approveProposal      +             A      A        A     A        A           A                 A       A       A
withdrawProposal     +             P      P        P     P        P           P                 P       P       P
executeProposal      +             +      +        +     +        +           +                 +       +       +
setAdministrators    O             O      O        O     O        O           O                 O       O       O
registerGovernments  R             R      R        R     R        R           R                 R       R       R
addSigner            R             R      R        R     R        R           R                 R       R       R
removeSigner         R             R      R        R     R        R           R                 R       R       R
setRoles             R             R      R        R     R        R           R                 R       R       R
removeGovernment     R             R      R        R     R        R           R                 R       R       R
setJurisdiction      R             R      R        R     R        R           R                 R       R       R
publishPolicy        Y             Y      Y        Y     Y        Y           Y                 Y       Y       Y
proposeAgreement     U             +      +        N     N        M           M                 M       X       U
signAgreement        U             +      +        N     N        M           M                 M       X       U
recordAgreement      U             M      M        M     M        +           B                 M       X       U
recordAccession      U             M      M        M     M        +           B                 M       X       U
registerCommitment   U             +      S        +     N        M           M                 M       X       U
registerCommitments  U             +      S        S     N        M           M                 M       X       U
submitEvidence       U             +      D        D     D        M           M                 M       X       U
confirmCommitment    U             C      +        C     C        C           C                 C       X       U
confirmCommitments   U             C      +        C     C        C           C                 C       X       U
reportBroken         U             C      +        C     C        C           C                 C       X       U
recordHistory        U             M      M        M     M        +           B                 M       X       U
recordOutcomes       U             M      M        M     M        +           B                 M       X       U
recordTransfer       U             +      T        +     N        M           M                 M       X       U
confirmTransfer      U             E      +        E     E        M           M                 M       X       U
publishRun           U             W      W        W     W        +           +                 +       X       U
"""

HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [(row[0], role, cell) for row in ROWS for role, cell in zip(HEAD, row[1:], strict=True)]

ACCOUNTS = dict(
    zip(
        HEAD[1:],
        map(speaker, (LAKESIDE, HILLSIDE, RIVERPORT, FARFIELD, DELTA, UPLANDS, AUDITOR, OLDTOWN)),
        strict=False,
    )
) | {"administrator": ADMINISTRATORS[0], "stranger": STRANGER}


def _execute(ledger: Ledger) -> tuple[Any, ...]:
    proposal, data = ledger.propose("removeGovernment", FARFIELD, "dissolved")
    ledger.evm.now += DELAY_SECONDS
    return proposal, data


OTHERS: dict[str, Callable[[Ledger], tuple[Any, ...]]] = {
    "executeProposal": _execute,
    "setAdministrators": lambda ledger: ([STRANGER.address], 1, 0),
    "registerGovernments": lambda ledger: ([new_government(9)],),
    "addSigner": lambda ledger: (LAKESIDE, STRANGER.address),
    "removeSigner": lambda ledger: (LAKESIDE, speaker(LAKESIDE).address),
    "setRoles": lambda ledger: (LAKESIDE, 7),
    "removeGovernment": lambda ledger: (LAKESIDE, "gone"),
    "setJurisdiction": lambda ledger: (DELTA, LAKESIDE, False),
    "publishPolicy": lambda ledger: ("score", DIGEST, "policy:1", 0),
}


def test_the_table_has_every_function_and_every_role() -> None:
    assert sorted(row[0] for row in ROWS) == sorted(each.name for each in state_changing())
    assert sorted(OTHERS) == sorted(each.name for each in state_changing() if not each.is_command)
    assert sorted(HEAD) == sorted(ACCOUNTS)
    assert set(REFUSAL.values()) <= set(REFUSALS)


def prepare(ledger: Ledger, verb: str, role: str) -> tuple[LocalAccount, tuple[Any, ...]]:
    """The caller, and the parameters with which someone else could."""
    if verb in OTHERS:
        return ACCOUNTS[role], OTHERS[verb](ledger)
    by, values = EXAMPLES[verb](ledger)
    return (by if role == "administrator" and by in ADMINISTRATORS else ACCOUNTS[role]), values


@pytest.mark.parametrize(("verb", "role", "cell"), CELLS, ids=lambda value: value)
def test_every_cell(ledger: Ledger, verb: str, role: str, cell: str) -> None:
    by, values = prepare(ledger, verb, role)
    if functions()[verb].is_command:
        ways: list[Callable[[], Any]] = [
            lambda: ledger.send(verb, *values, by=by),
            lambda: ledger.relay(verb, *values, by=by),
        ]
    else:
        ways = [lambda: ledger.transact(verb, *values, by=by)]
    before = ledger.evm.snapshot()
    for way in ways:
        if cell == "+":
            storage = ledger.storage()
            way()
            assert ledger.storage() != storage
        else:
            ledger.unchanged(way, REFUSALS[REFUSAL[cell]])
        ledger.evm.restore(before)
