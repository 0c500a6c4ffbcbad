"""
What follows from rows rather than from events.

An event names its commitment or its dispute, not all that these name in turn. The history looks for a fact under each
of them, so after new facts are written, what follows is filled in for all of them at once. So is what depends on how a
row stood: a handler sees its event alone.

Whatever is filled in depends on what stands at the fact's own place on the chain, never on how many blocks were written
at once, so that a replay makes the same rows.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

from ledger.domain.enums import AgreementState
from ledger.store.projection.agreement_tables import agreement_versions

# What a fact is about

_COMMITMENT_OF_DISPUTE: Final = """
    UPDATE facts SET commitment = (SELECT commitment FROM disputes WHERE id = facts.dispute)
    WHERE sequence > :before AND dispute IS NOT NULL AND commitment IS NULL
"""

_COMMITMENT_OF_MEASURE: Final = """
    UPDATE facts SET commitment = (SELECT commitment FROM measures WHERE id = facts.measure)
    WHERE sequence > :before AND measure IS NOT NULL AND commitment IS NULL
"""

_AGREEMENT_OF_COMMITMENT: Final = """
    UPDATE facts SET agreement = (SELECT agreement FROM commitments WHERE id = facts.commitment)
    WHERE sequence > :before AND commitment IS NOT NULL AND agreement IS NULL
"""

_AGREEMENT_OF_TRANSFER: Final = """
    UPDATE facts SET agreement = (SELECT agreement FROM transfers WHERE id = facts.transfer)
    WHERE sequence > :before AND transfer IS NOT NULL AND agreement IS NULL
"""

_NAMED: Final = """
    INSERT INTO fact_governments (government, sequence)
    SELECT n.government, n.sequence FROM ({names}) n
    WHERE n.government IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM fact_governments g WHERE g.government = n.government AND g.sequence = n.sequence
    )
"""

_CREDITOR_OF_COMMITMENT: Final = _NAMED.format(
    names="""
    SELECT c.creditor AS government, f.sequence AS sequence FROM facts f JOIN commitments c ON c.id = f.commitment
    WHERE f.sequence > :before
"""
)

# Who owed it then, which is not who owes it now where it was handed over since.
_DEBTOR_OF_COMMITMENT: Final = _NAMED.format(
    names="""
    SELECT COALESCE(
        (
            SELECT h.debtor FROM commitment_transfers h
            WHERE h.commitment = f.commitment AND h.sequence <= f.sequence ORDER BY h.sequence DESC LIMIT 1
        ),
        c.original_debtor
    ) AS government, f.sequence AS sequence
    FROM facts f JOIN commitments c ON c.id = f.commitment WHERE f.sequence > :before
"""
)

_PAYER_OF_TRANSFER: Final = _NAMED.format(
    names="""
    SELECT t.payer AS government, f.sequence AS sequence FROM facts f JOIN transfers t ON t.id = f.transfer
    WHERE f.sequence > :before
"""
)

_GOVERNMENT_OF_INCENTIVE: Final = _NAMED.format(
    names="""
    SELECT i.government AS government, f.sequence AS sequence FROM facts f JOIN incentives i ON i.id = f.incentive
    WHERE f.sequence > :before
"""
)

# Commitments

_EVIDENCE_COUNT: Final = """
    UPDATE commitments
    SET evidence_count = (SELECT count(*) FROM evidence WHERE evidence.commitment = commitments.id)
    WHERE id IN (SELECT commitment FROM evidence WHERE sequence > :before)
"""

_STATE_AFTER_WITHDRAWAL: Final = """
    UPDATE commitments SET state = state_undisputed
    WHERE dispute IS NULL AND id IN (
        SELECT commitment FROM facts WHERE sequence > :before AND event = 'DisputeWithdrawn'
    )
"""

# Agreements: which version their terms are of, who of the parties has signed it, and who has left

_ABANDONED: Final = f"""
    UPDATE agreements SET state = {AgreementState.ABANDONED.value}
    WHERE version IS NULL AND state = {AgreementState.PROPOSED.value} AND id IN (
        SELECT agreement FROM facts WHERE sequence > :before AND event = 'AgreementVersionDeclined'
    )
"""  # noqa: S608 (made of names that stand in this file)

_TOUCHED: Final = """
    IN (
        SELECT agreement FROM facts WHERE sequence > :before AND event IN (
            'AgreementVersionProposed', 'AgreementSigned', 'AgreementAmended', 'AgreementAcceded', 'PartySucceeded'
        )
    )
"""

_TERMS_VERSION: Final = f"""
    UPDATE agreements SET terms_version = COALESCE(
        version, (SELECT max(v.number) FROM agreement_versions v WHERE v.agreement = agreements.id)
    )
    WHERE id {_TOUCHED}
"""  # noqa: S608 (made of names that stand in this file)

# From when to when an agreement is in force is said when it is concluded and amended; an amendment has no beginning.
_COPIED: Final = tuple(
    column.name
    for column in agreement_versions.columns
    if column.name in {
        "reference_number", "title", "document_digest", "document_locator", "service_mode", "coordinating_body",
        "compensation_kind", "currency", "accession", "first_assessment_at", "assessment_every_seconds",
        "template", "proposer", "terms_digest", "terms",
    }
)  # fmt: skip

_TERMS: Final = f"""
    UPDATE agreements SET {", ".join(f"{name} = v.{name}" for name in _COPIED)},
    effective_from = CASE WHEN agreements.version IS NULL THEN v.effective_from ELSE agreements.effective_from END,
    expires_at = CASE WHEN agreements.version IS NULL THEN v.expires_at ELSE agreements.expires_at END
    FROM agreement_versions v
    WHERE v.agreement = agreements.id AND v.number = agreements.terms_version AND agreements.id {_TOUCHED}
"""  # noqa: S608 (made of names that stand in this file)

_PARTIES_SUCCEEDED: Final = """
    INSERT INTO agreement_parties (agreement, government, sequence, position, recorded_at)
    SELECT s.agreement, s.successor, min(s.sequence), 0, min(s.recorded_at) FROM party_successions s
    WHERE s.sequence > :before AND NOT EXISTS (
        SELECT 1 FROM agreement_parties p WHERE p.agreement = s.agreement AND p.government = s.successor
    )
    GROUP BY s.agreement, s.successor
"""

_PARTIES_LEFT: Final = """
    UPDATE agreement_parties SET left_at = (
        SELECT min(s.recorded_at) FROM party_successions s
        WHERE s.agreement = agreement_parties.agreement AND s.predecessor = agreement_parties.government
    )
    WHERE left_at IS NULL AND EXISTS (
        SELECT 1 FROM party_successions s
        WHERE s.agreement = agreement_parties.agreement AND s.predecessor = agreement_parties.government
        AND s.sequence > :before
    )
"""

_SIGNED: Final = f"""
    UPDATE agreement_parties SET signed_at = COALESCE(
        (
            SELECT s.recorded_at FROM agreement_signatures s JOIN agreements a ON a.id = s.agreement
            WHERE s.agreement = agreement_parties.agreement AND s.version = a.terms_version
            AND s.party = agreement_parties.government
        ),
        (
            SELECT COALESCE(n.requested_at, n.admitted_at) FROM accessions n
            WHERE n.agreement = agreement_parties.agreement AND n.government = agreement_parties.government
        )
    )
    WHERE agreement {_TOUCHED}
"""  # noqa: S608 (made of names that stand in this file)

_STATEMENTS: Final = tuple(
    text(statement)
    for statement in (
        _COMMITMENT_OF_DISPUTE,
        _COMMITMENT_OF_MEASURE,
        _AGREEMENT_OF_COMMITMENT,
        _AGREEMENT_OF_TRANSFER,
        _CREDITOR_OF_COMMITMENT,
        _DEBTOR_OF_COMMITMENT,
        _PAYER_OF_TRANSFER,
        _GOVERNMENT_OF_INCENTIVE,
        _EVIDENCE_COUNT,
        _STATE_AFTER_WITHDRAWAL,
        _ABANDONED,
        _TERMS_VERSION,
        _TERMS,
        _PARTIES_SUCCEEDED,
        _PARTIES_LEFT,
        _SIGNED,
    )
)


def complete(connection: Connection, sequence_before: int) -> None:
    """Fill in what follows from the facts behind `sequence_before`, in their transaction."""
    for statement in _STATEMENTS:
        connection.execute(statement, {"before": sequence_before})
