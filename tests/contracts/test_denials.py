"""
Who may do what: every role meets every function that changes something.

The rows are compared with the ABI, so that a new function cannot be forgotten. A cell is `+` for what is allowed, or
the letters of the refusal that must come. Commands are tried directly and relayed, all else directly.

The debtor is Lakeside and the creditor Hillside; third is Riverport, a party of the same agreement, and outsider
Farfield, which is none. Body is the agreement's Delta Office. The successor is Newlake, after it has taken
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

REFUSAL = {
    "A": "AdministrationNotAdministrator",
    "B": "AgreementNotCoordinatingBody",
    "C": "CommitmentNotCreditor",
    "D": "CommitmentNotDebtor",
    "E": "TransferNotPayee",
    "F": "SignerIsFrozen",
    "H": "DisputeNotHearing",
    "I": "AgreementPartyInvalid",
    "K": "CommitmentOnlyContract",
    "L": "BreachOnlyDisputes",
    "M": "CommandRoleMissing",
    "N": "AgreementNotParty",
    "O": "AdministrationOnly",
    "P": "ProposalNotProposer",
    "Q": "AgreementPartyTwice",
    "R": "RegisterOnlyAdministration",
    "S": "CommitmentToSelf",
    "T": "TransferToSelf",
    "U": "SignerUnknown",
    "V": "RotationNotOffered",
    "W": "ScoreRunNotPublisher",
    "X": "GovernmentUnknown",
    "Y": "PolicyOnlyAdministration",
    "Z": "ProcedureOnlyAdministration",
    "ab": "AssessmentNotBody",
    "bb": "BreachNotBody",
    "bd": "BreachNotDebtor",
    "be": "BreachTooEarly",
    "tc": "DebtTransferNotConcerned",
    "td": "DebtTransferNotDebtor",
    "dc": "DialogueCounterpartInvalid",
    "dn": "DialogueNotParty",
    "do": "DisputeNotOpener",
    "ds": "DisputeNotSide",
    "ea": "EvidenceNotAuditor",
    "ib": "IncentiveNotBody",
    "ij": "IncentiveOutsideJurisdiction",
    "mb": "MeasureNotBody",
    "ns": "AgreementNotSuccessor",
    "rn": "RecoveryNotAllowed",
    "rj": "RegisterOutsideJurisdiction",
    "so": "SignerFrozenByOther",
}

TABLE = """
                       admin debtor creditor third outsider body other_body auditor removed successor frozen stranger
approveProposal        +     A      A        A     A        A    A          A       A       A         A      A
executeProposal        +     +      +        +     +        +    +          +       +       +         +      +
proposeCall            +     A      A        A     A        A    A          A       A       A         A      A
setAdministrators      O     O      O        O     O        O    O          O       O       O         O      O
withdrawProposal       +     P      P        P     P        P    P          P       P       P         P      P
acceptRotation         V     V      V        V     V        V    V          V       V       V         V      V
addSigner              R     R      R        R     R        R    R          R       R       R         R      R
freezeSigner           U     M      M        M     M        +    rj         M       X       M         F      U
offerRotation          U     +      +        +     +        +    +          +       X       +         F      U
recordSuccession       R     R      R        R     R        R    R          R       R       R         R      R
recoverSigner          U     +      rn       rn    rn       rn   rn         rn      X       X         F      U
registerGovernments    R     R      R        R     R        R    R          R       R       R         R      R
removeGovernment       R     R      R        R     R        R    R          R       R       R         R      R
removeSigner           R     R      R        R     R        R    R          R       R       R         R      R
setJurisdiction        R     R      R        R     R        R    R          R       R       R         R      R
setRecoveryAccount     U     +      +        +     +        +    +          +       X       +         F      U
setRoles               R     R      R        R     R        R    R          R       R       R         R      R
thawSigner             U     M      M        M     M        +    so         M       X       M         F      U
publishPolicy          Y     Y      Y        Y     Y        Y    Y          Y       Y       Y         Y      Y
publishProcedurePolicy Z     Z      Z        Z     Z        Z    Z          Z       Z       Z         Z      Z
accedeToAgreement      U     Q      Q        +     +        M    M          M       X       +         F      U
approveAccession       U     M      M        M     M        +    B          M       X       M         F      U
consentToEnd           U     +      +        +     N        M    M          M       X       N         F      U
declineVersion         U     +      +        N     N        M    M          M       X       N         F      U
endAgreement           U     M      M        M     M        +    B          M       X       M         F      U
proposeAgreement       U     +      +        N     N        M    M          M       X       I         F      U
proposeVersion         U     +      +        N     N        M    M          M       X       N         F      U
recordAccession        U     M      M        M     M        +    B          M       X       M         F      U
recordAgreement        U     M      M        M     M        +    B          M       X       M         F      U
resumeAgreement        U     M      M        M     M        +    B          M       X       M         F      U
signAgreement          U     +      +        N     N        M    M          M       X       N         F      U
succeedParty           U     X      ns       ns    ns       M    M          M       X       +         X      U
suspendAgreement       U     M      M        M     M        +    B          M       X       M         F      U
acceptBySilence        +     +      +        +     +        +    +          +       +       +         +      +
acceptCommitments      U     C      +        C     C        C    C          C       X       C         F      U
auditEvidence          U     ea     ea       ea    ea       +    ea         +       X       ea        F      U
changeDebtor           K     K      K        K     K        K    K          K       K       K         K      K
confirmCommitment      U     C      +        C     C        C    C          C       X       C         F      U
confirmCommitments     U     C      +        C     C        C    C          C       X       C         F      U
contestEvidence        U     C      +        C     C        C    C          C       X       C         F      U
declineCommitment      U     C      +        C     C        C    C          C       X       C         F      U
recordBreach           K     K      K        K     K        K    K          K       K       K         K      K
recordHistory          U     M      M        M     M        +    B          M       X       M         F      U
recordOutcomes         U     M      M        M     M        +    B          M       X       M         F      U
recordRuling           K     K      K        K     K        K    K          K       K       K         K      K
registerCommitment     U     +      S        +     N        M    M          M       X       N         F      U
registerCommitments    U     +      S        S     N        M    M          M       X       N         F      U
releaseCommitment      U     C      +        C     C        C    C          C       X       C         F      U
setAnswerBy            K     K      K        K     K        K    K          K       K       K         K      K
setDisputed            K     K      K        K     K        K    K          K       K       K         K      K
submitEvidence         U     +      D        D     D        M    M          M       X       +         F      U
confirmTransfer        U     E      +        E     E        M    M          M       X       E         F      U
recordTransfer         U     +      T        +     N        M    M          M       X       N         F      U
publishRun             U     W      W        W     W        +    +          +       X       W         F      U
agreeDebtTransfer      U     tc     +        +     tc       tc   tc         tc      X       tc        F      U
offerDebtTransfer      U     +      td       td    td       M    M          M       X       +         F      U
withdrawDebtTransfer   U     +      td       td    td       M    M          M       X       +         F      U
applyRuling            L     L      L        L     L        L    L          L       L       L         L      L
determineBreach        be    be     be       be    be       +    be         be      be      be        be     be
explainOverdue         U     +      bd       bd    bd       M    M          M       X       +         F      U
refuseRectification    U     +      bd       bd    bd       M    M          M       X       +         F      U
refuseRepair           U     M      M        M     M        +    bb         M       X       M         F      U
repairBreach           U     M      M        M     M        +    bb         M       X       M         F      U
reportOverdue          +     +      +        +     +        +    +          +       +       +         +      +
requestRepair          U     +      bd       bd    bd       M    M          M       X       +         F      U
setRectification       U     M      M        M     M        +    bb         M       X       M         F      U
appealRuling           U     +      +        ds    ds       M    M          M       X       +         F      U
concludeDispute        +     +      +        +     +        +    +          +       +       +         +      +
escalateDispute        +     +      +        +     +        +    +          +       +       +         +      +
giveRuling             U     M      M        M     M        +    H          M       X       M         F      U
lodgeDisputeEvidence   U     +      +        ds    ds       M    M          M       X       +         F      U
openDispute            U     +      +        ds    ds       M    M          M       X       +         F      U
withdrawDispute        U     +      do       do    do       M    M          M       X       +         F      U
grantIncentive         U     M      M        M     M        +    ij         M       X       M         F      U
imposeMeasure          U     M      M        M     M        +    mb         M       X       M         F      U
liftMeasure            U     M      M        M     M        +    mb         M       X       M         F      U
revokeIncentive        U     M      M        M     M        +    ib         M       X       M         F      U
recordAssessment       U     M      M        M     M        +    ab         M       X       M         F      U
recordDialogue         U     +      dc       +     dn       M    M          M       X       dn        F      U
"""

HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [(row[0], role, cell) for row in ROWS for role, cell in zip(HEAD, row[1:], strict=True)]

ACCOUNTS = {
    "admin": ADMINISTRATORS[0],
    "debtor": speaker(LAKESIDE),
    "creditor": speaker(HILLSIDE),
    "third": speaker(RIVERPORT),
    "outsider": speaker(FARFIELD),
    "body": speaker(DELTA),
    "other_body": speaker(UPLANDS),
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
    "applyRuling": lambda ledger: (ledger.reported(), DELTA, True, ledger.evm.now, 1),
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
    by = example if role == "admin" and example in ADMINISTRATORS else ACCOUNTS[role]
    assert by is not None
    for way in ways(ledger, verb, values, by):
        ledger.evm.restore(snapshot)
        if cell == "+":
            assert way().facts
        else:
            ledger.unchanged(way, REFUSALS[REFUSAL[cell]])
