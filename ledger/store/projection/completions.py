"""
What follows from rows rather than from events.

An event names its commitment or its transfer, not all that these name in turn. The history looks for a fact under each
of them, so after new facts are written, what follows is filled in for all of them at once.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

_AGREEMENT_OF_COMMITMENT: Final = text(
    """
    UPDATE facts SET agreement = (SELECT agreement FROM commitments WHERE id = facts.commitment)
    WHERE sequence > :before AND commitment IS NOT NULL AND agreement IS NULL
    """
)

_AGREEMENT_OF_TRANSFER: Final = text(
    """
    UPDATE facts SET agreement = (SELECT agreement FROM transfers WHERE id = facts.transfer)
    WHERE sequence > :before AND transfer IS NOT NULL AND agreement IS NULL
    """
)

_CREDITOR_OF_COMMITMENT: Final = text(
    """
    INSERT INTO fact_governments (government, sequence)
    SELECT c.creditor, f.sequence FROM facts f JOIN commitments c ON c.id = f.commitment
    WHERE f.sequence > :before AND c.creditor IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM fact_governments g WHERE g.government = c.creditor AND g.sequence = f.sequence
    )
    """
)

_PAYER_OF_TRANSFER: Final = text(
    """
    INSERT INTO fact_governments (government, sequence)
    SELECT t.payer, f.sequence FROM facts f JOIN transfers t ON t.id = f.transfer
    WHERE f.sequence > :before AND NOT EXISTS (
        SELECT 1 FROM fact_governments g WHERE g.government = t.payer AND g.sequence = f.sequence
    )
    """
)

_EVIDENCE_COUNT: Final = text(
    """
    UPDATE commitments
    SET evidence_count = (SELECT count(*) FROM evidence WHERE evidence.commitment = commitments.id)
    WHERE id IN (SELECT commitment FROM evidence WHERE sequence > :before)
    """
)


def complete(connection: Connection, sequence_before: int) -> None:
    """Fill in what follows from the facts behind `sequence_before`, in their transaction."""
    for statement in (
        _AGREEMENT_OF_COMMITMENT,
        _AGREEMENT_OF_TRANSFER,
        _CREDITOR_OF_COMMITMENT,
        _PAYER_OF_TRANSFER,
        _EVIDENCE_COUNT,
    ):
        connection.execute(statement, {"before": sequence_before})
