"""The projection's tables about versions of agreements, who signed them, and what was assessed and said."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, String, Table, Text

from ledger.store.projection.columns import digest, government, id_column, metadata, moment, reference

agreement_versions = Table(
    "agreement_versions",
    metadata,
    reference("agreement", "agreements", primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    government("proposer", nullable=True),
    Column("change_note", Text, nullable=False),
    Column("reference_number", Text, nullable=False),
    Column("title", Text, nullable=False),
    digest("document_digest"),
    Column("document_locator", Text, nullable=False),
    Column("service_mode", SmallInteger, nullable=False),
    government("coordinating_body"),
    Column("compensation_kind", SmallInteger, nullable=False),
    Column("currency", String(3), comment="of the compensation rule; NULL for kinds without money"),
    moment("effective_from", nullable=True),
    moment("expires_at", nullable=True),
    Column("accession", SmallInteger, nullable=False),
    moment("first_assessment_at", nullable=True),
    Column("assessment_every_seconds", BigInteger),
    digest("template", nullable=True),
    digest("terms_digest"),
    Column("terms", Text, nullable=False, comment="AgreementTerms as JSON"),
    moment("recorded_at"),
    moment("concluded_at", nullable=True, comment="when all had signed it"),
    moment("superseded_at", nullable=True, comment="when another was proposed before all had signed it"),
    moment("declined_at", nullable=True),
    government("declined_by", nullable=True),
    Column("decline_reason", Text),
    comment="A version waits for signatures while it is neither concluded, superseded nor declined.",
)

agreement_signatures = Table(
    "agreement_signatures",
    metadata,
    reference("agreement", "agreements", primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    government("party", primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    moment("recorded_at"),
    Index("agreement_signatures_party", "party", "agreement"),
)

accessions = Table(
    "accessions",
    metadata,
    reference("agreement", "agreements", primary_key=True),
    government("government", primary_key=True),
    digest("terms_digest", nullable=True),
    moment("requested_at", nullable=True, comment="NULL where the agreement is open to all"),
    moment("admitted_at", nullable=True, comment="NULL while it waits for the coordinating body"),
    government("body", nullable=True),
    Index("accessions_government", "government", "agreement"),
    comment="Newcomers that signed an agreement in force.",
)

end_consents = Table(
    "end_consents",
    metadata,
    reference("agreement", "agreements", primary_key=True),
    government("party", primary_key=True),
    Column("note", Text, nullable=False),
    moment("recorded_at"),
    comment="Parties that consent to ending an agreement.",
)

party_successions = Table(
    "party_successions",
    metadata,
    id_column("sequence"),
    reference("agreement", "agreements"),
    government("predecessor"),
    government("successor"),
    moment("recorded_at"),
    Index("party_successions_agreement", "agreement", "sequence"),
    comment="Who took whose place among the parties of an agreement.",
)

assessments = Table(
    "assessments",
    metadata,
    reference("agreement", "agreements", primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    government("body"),
    Column("version", Integer, nullable=False, comment="of the terms that were in force"),
    moment("scheduled_at"),
    Column("overall_basis_points", Integer, nullable=False),
    digest("report_digest"),
    Column("report_locator", Text, nullable=False),
    moment("recorded_at"),
    Index("assessments_body", "body"),
)

assessment_results = Table(
    "assessment_results",
    metadata,
    reference("agreement", "agreements", primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("indicator", SmallInteger, primary_key=True, autoincrement=False),
    Column("measured", BigInteger, nullable=False, comment="millionths of the unit"),
    Column("achieved_basis_points", Integer, nullable=False),
)

dialogue_records = Table(
    "dialogue_records",
    metadata,
    id_column("sequence"),
    reference("agreement", "agreements", nullable=True),
    government("government"),
    government("counterpart", nullable=True),
    digest("digest"),
    Column("messages", BigInteger, nullable=False),
    moment("recorded_at"),
    Index("dialogue_records_agreement", "agreement", "sequence"),
    Index("dialogue_records_government", "government", "sequence"),
    comment="Digests of what was said; the messages themselves are not on the chain.",
)
