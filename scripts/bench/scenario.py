"""The ledger that the benchmarks run on: two governments, a coordinating body, and an agreement between them."""

from __future__ import annotations

import hashlib

from ledger.domain.enums import (
    AccessionRule,
    CompensationKind,
    IndicatorDirection,
    IndicatorKind,
    Level,
    Role,
    ServiceMode,
)
from ledger.domain.terms import AgreementTerms, CommitmentTerms, CompensationRule, Indicator, NewGovernment

DUE_AT = 4_102_444_800
"""2100-01-01: never overdue while a benchmark runs."""


def government(number: int, signer: str, role: Role = Role.GOVERNMENT) -> NewGovernment:
    """A government that nobody would take for a real one."""
    return NewGovernment("local", f"bench-{number}", f"Bench {number}", Level.CITY, 0, role.bit, (signer,))


def agreement(coordinating_body: int, parties: tuple[int, ...]) -> AgreementTerms:
    """An agreement with two indicators, in force when the last party signs."""
    return AgreementTerms(
        reference_number="BENCH-1",
        title="Benchmark agreement",
        document_digest=hashlib.sha256(b"benchmark").digest(),
        document_locator="",
        service_mode=ServiceMode.FULLY_ONLINE,
        coordinating_body=coordinating_body,
        parties=parties,
        indicators=(
            Indicator("Cases handled", IndicatorKind.QUANTITY, "cases", 10**9, IndicatorDirection.AT_LEAST, 4000),
            Indicator(
                "Rules issued", IndicatorKind.INSTITUTION_BUILDING, "rules", 10**6, IndicatorDirection.AT_LEAST, 6000
            ),
        ),
        compensation=CompensationRule(CompensationKind.NONE, b"\0\0\0", 0, 0, "", "", "both gain alike"),
        effective_from=0,
        expires_at=0,
        accession=AccessionRule.CLOSED,
        first_assessment_at=0,
        assessment_every_seconds=0,
        template=bytes(32),
    )


def commitment(agreement_id: int, creditor: int, number: int) -> CommitmentTerms:
    """A commitment of everyday length."""
    return CommitmentTerms(agreement_id, creditor, 0, DUE_AT, f"B-{number:06d}", "Answer within two days")
