"""
Who takes part in the tests, and terms that are in order.

| Body | Roles | Part in the tests |
|---|---|---|
| Delta Office | coordinating body | coordinates the agreements; has jurisdiction over all; nobody stands above it |
| Lakeside District of S City | government | debtor; has a second signer, `FROZEN`, whom Delta Office stopped |
| Hillside County | government | creditor |
| Riverport | government | third party of the same agreement |
| Farfield | government | no party of anything |
| Uplands Office | coordinating body | coordinates nothing, has no jurisdiction; Delta Office stands above it |
| Court of Accounts | auditor | reads, and audits evidence |
| Oldtown | government | was a party, then was removed from the register |
| Coastal Office, Highland Office | coordinating bodies | sit on panels; nobody stands above them |
| Newlake District | government | no party of anything; takes another's place in tests of succession |
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from eth_account.signers.local import LocalAccount

from ledger.domain.enums import (
    AccessionRule,
    CompensationKind,
    ExcuseGround,
    IndicatorDirection,
    IndicatorKind,
    Level,
    Outcome,
    Role,
    ServiceMode,
)
from ledger.domain.procedure import ProcedurePolicy, SeverityConsequence, SeverityThreshold
from ledger.domain.terms import (
    AgreementTerms,
    CompensationRule,
    HistoricalCommitment,
    HistoricalOutcome,
    Indicator,
    NewGovernment,
    Ruling,
)
from tests.contracts.harness.evm import START, account

DAY: Final = 86_400
DELAY_SECONDS: Final = 2 * DAY
NOBODY: Final = "0x" + "00" * 20
DIGEST: Final = b"\xd1" * 32

ADMINISTRATORS: Final = tuple(account(f"administrator {number}") for number in (1, 2, 3))
RELAYER: Final = account("relayer")
STRANGER: Final = account("stranger")
FROZEN: Final = account("a lost key of Lakeside District")

DELTA, LAKESIDE, HILLSIDE, RIVERPORT, FARFIELD, UPLANDS, AUDITOR, OLDTOWN, COASTAL, HIGHLAND, NEWLAKE = range(1, 12)

NEXT_BODY: Final = 12
"""Number of the body that is registered next."""

_BODIES: Final = (
    ("Delta Office", Level.NATIONAL, Role.COORDINATING_BODY),
    ("Lakeside District of S City", Level.COUNTY, Role.GOVERNMENT),
    ("Hillside County", Level.COUNTY, Role.GOVERNMENT),
    ("Riverport", Level.CITY, Role.GOVERNMENT),
    ("Farfield", Level.CITY, Role.GOVERNMENT),
    ("Uplands Office", Level.PROVINCE, Role.COORDINATING_BODY),
    ("Court of Accounts", Level.NATIONAL, Role.AUDITOR),
    ("Oldtown", Level.CITY, Role.GOVERNMENT),
    ("Coastal Office", Level.NATIONAL, Role.COORDINATING_BODY),
    ("Highland Office", Level.NATIONAL, Role.COORDINATING_BODY),
    ("Newlake District", Level.COUNTY, Role.GOVERNMENT),
)

SPEAKERS: Final = {
    DELTA: account("Delta Office"),
    LAKESIDE: account("Lakeside District"),
    HILLSIDE: account("Hillside County"),
    RIVERPORT: account("Riverport"),
    FARFIELD: account("Farfield"),
    UPLANDS: account("Uplands Office"),
    AUDITOR: account("Court of Accounts"),
    OLDTOWN: account("Oldtown"),
    COASTAL: account("Coastal Office"),
    HIGHLAND: account("Highland Office"),
    NEWLAKE: account("Newlake District"),
}

AGREEMENT, BACKFILLED = 1, 2
"""An agreement in force among Lakeside, Hillside, Riverport and Oldtown, and one of the past among the first three."""

PARTIES: Final = (LAKESIDE, HILLSIDE, RIVERPORT, OLDTOWN)
PAST: Final = START - 3650 * DAY

WEIGHT: Final = 800_000
"""What a commitment weighs that serves the first indicator, in millionths; 1,200,000 where it serves the second."""


def speaker(body: int) -> LocalAccount:
    """The account that speaks for a body."""
    return SPEAKERS[body]


def agreement_terms(**changes: Any) -> AgreementTerms:
    """Terms that are in order."""
    terms = AgreementTerms(
        reference_number="SC-2026-17",
        title="Pension transfers between Lakeside and its partners",
        document_digest=DIGEST,
        document_locator="archive:SC-2026-17",
        service_mode=ServiceMode.REMOTE_ACCEPTANCE,
        coordinating_body=DELTA,
        parties=PARTIES,
        indicators=(
            Indicator(
                "shared windows",
                IndicatorKind.INSTITUTION_BUILDING,
                "windows",
                5_000_000,
                IndicatorDirection.AT_LEAST,
                4_000,
            ),
            Indicator(
                "days to settle", IndicatorKind.SOCIAL_BENEFIT, "days", 5_000_000, IndicatorDirection.AT_MOST, 6_000
            ),
        ),
        compensation=compensation_rule(),
        effective_from=0,
        expires_at=0,
        accession=AccessionRule.CLOSED,
        first_assessment_at=0,
        assessment_every_seconds=0,
        template=bytes(32),
    )
    return replace(terms, **changes)


def compensation_rule(**changes: Any) -> CompensationRule:
    """The side that gains pays for each case."""
    rule = CompensationRule(
        kind=CompensationKind.PER_CASE,
        currency=b"CNY",
        amount_minor=12_000,
        share_basis_points=0,
        standard="120 yuan for each case accepted on behalf of another place",
        method="cases counted by the shared window system",
        process="Delta Office reports each quarter; paid within 30 days",
    )
    return replace(rule, **changes)


def historical_commitment(**changes: Any) -> HistoricalCommitment:
    """A commitment of the past, made eight and due seven years before the ledger, and kept."""
    commitment = HistoricalCommitment(
        debtor=LAKESIDE,
        creditor=0,
        indicator=0,
        weight=1_000_000,
        made_at=START - 2920 * DAY,
        due_at=START - 2555 * DAY,
        resolved_at=START - 2560 * DAY,
        outcome_basis_points=10_000,
        reference_number="H-0001",
    )
    return replace(commitment, **changes)


def historical_outcome(**changes: Any) -> HistoricalOutcome:
    """An outcome of a backfilled commitment, known since a day before the ledger."""
    return replace(HistoricalOutcome(1, 10_000, START - DAY), **changes)


def ruling(**changes: Any) -> Ruling:
    """A ruling that a commitment was kept by half."""
    made = Ruling(Outcome.PARTLY, 5_000, ExcuseGround.NONE, DIGEST, "archive:ruling-1")
    return replace(made, **changes)


BROKEN: Final = ruling(outcome=Outcome.BROKEN, outcome_basis_points=0)
FULFILLED: Final = ruling(outcome=Outcome.FULFILLED, outcome_basis_points=10_000)
EXCUSED: Final = ruling(outcome=Outcome.EXCUSED, outcome_basis_points=0, ground=ExcuseGround.FORCE_MAJEURE)


def new_government(number: int, **changes: Any) -> NewGovernment:
    """A body of the cast, or a further one."""
    name, level, role = (
        _BODIES[number - 1] if number <= len(_BODIES) else (f"Body {number}", Level.CITY, Role.GOVERNMENT)
    )
    signers = (SPEAKERS[number].address,) if number in SPEAKERS else ()
    superior = DELTA if number == UPLANDS else 0
    made = NewGovernment("test", f"B{number:03}", name, level, superior, role.bit, signers)
    return replace(made, **changes)


_PROCEDURE: Final = ProcedurePolicy(
    confirmation_seconds=10 * DAY,
    short_confirmation_seconds=5 * DAY,
    grace_seconds=15 * DAY,
    explanation_seconds=10 * DAY,
    rectification_seconds_max=60 * DAY,
    determination_seconds=30 * DAY,
    objection_seconds=10 * DAY,
    evidence_seconds=10 * DAY,
    ruling_seconds=30 * DAY,
    appeal_seconds=15 * DAY,
    ruling_signers=1,
    panel_size=3,
    audit_share_basis_points=0,
    repetition_seconds=730 * DAY,
    general=SeverityThreshold(1_500_000, 90 * DAY, 2),
    serious=SeverityThreshold(5_000_000, 365 * DAY, 3),
    minor_consequence=SeverityConsequence(False, 0, 90 * DAY),
    general_consequence=SeverityConsequence(True, 90 * DAY, 365 * DAY),
    serious_consequence=SeverityConsequence(True, 365 * DAY, 1095 * DAY),
)


def procedure_policy(**changes: Any) -> ProcedurePolicy:
    """
    The procedure policy of the tests; no evidence is drawn for audit unless a test says so.

    Of what has several parts a mapping names those that differ: `procedure_policy(general={"repetitions": 5})`.
    """
    parts = {
        name: replace(getattr(_PROCEDURE, name), **value) if isinstance(value, dict) else value
        for name, value in changes.items()
    }
    return replace(_PROCEDURE, **parts)


P: Final = procedure_policy()
"""The policy that is in force when tests begin; its windows are what tests count with, as in `P.grace_seconds`."""
