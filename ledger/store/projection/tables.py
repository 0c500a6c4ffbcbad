"""
The projection's tables.

Ids are those of the chain. `*_at` are UTC seconds; `recorded_at` is the time of the block, the others are effective
dates. Hashes, digests and addresses are text, `0x` and hexadecimal digits. What does not exist is NULL: a creditor of 0
("all other parties"), an end of 0 ("none"). Weights are in millionths, outcomes in basis points, money in minor units.

`sequence` numbers facts in the order of the chain, from 1. Every table has a primary key made from what the chain says,
so that two replays can be compared row for row.
"""

from __future__ import annotations

import hashlib
from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, SmallInteger, String, Table, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

# What these two define is part of the projection as much as what stands here.
from ledger.store.engine import order_texts_by_bytes
from ledger.store.projection import agreement_tables as agreement_tables
from ledger.store.projection import case_tables as case_tables
from ledger.store.projection.columns import (
    Id,
    address,
    digest,
    government,
    id_column,
    moment,
    reference,
    truth,
)
from ledger.store.projection.columns import metadata as metadata

layout = Table(
    "layout",
    metadata,
    id_column("id"),
    Column("digest", String(66), nullable=False),
    comment="One row: which definition of these tables the database was made with.",
)

cursor = Table(
    "cursor",
    metadata,
    id_column("id"),
    Column("next_block", BigInteger, comment="NULL before the first block"),
    digest("head_hash", nullable=True),
    moment("head_timestamp", nullable=True),
    Column("sequence", BigInteger, nullable=False, comment="of the last fact; 0 before the first"),
    comment="One row: how far the chain has been projected.",
)

blocks = Table(
    "blocks",
    metadata,
    id_column("number"),
    digest("hash"),
    digest("parent_hash"),
    Column("timestamp", BigInteger, nullable=False),
    Index("blocks_timestamp", "timestamp"),
)

facts = Table(
    "facts",
    metadata,
    id_column("sequence"),
    Column("block_number", Id, ForeignKey("blocks.number"), nullable=False),
    Column("log_index", Integer, nullable=False),
    digest("transaction"),
    Column("event", String(40), nullable=False),
    Column("contract", String(40), nullable=False),
    address("signer"),
    Column("operation", String(78), comment="decimal: it has up to 256 bits"),
    moment("recorded_at"),
    Column("government", BigInteger, comment="whom it is about first: the debtor, the payer, the party, the body"),
    Column("agreement", BigInteger),
    Column("commitment", BigInteger),
    Column("transfer", BigInteger),
    Column("proposal", BigInteger),
    Column("dispute", BigInteger),
    Column("measure", BigInteger),
    Column("incentive", BigInteger),
    Column("body", Text, nullable=False, comment="the event's fields as JSON"),
    Index("facts_place", "block_number", "log_index", unique=True),
    Index("facts_transaction", "transaction"),
    Index("facts_event", "event", "sequence"),
    Index("facts_signer", "signer", "sequence"),
    Index("facts_recorded", "recorded_at", "sequence"),
    Index("facts_agreement", "agreement", "sequence"),
    Index("facts_commitment", "commitment", "sequence"),
    Index("facts_transfer", "transfer", "sequence"),
    Index("facts_dispute", "dispute", "sequence"),
    comment="The history: who recorded what, when, in which transaction.",
)

fact_governments = Table(
    "fact_governments",
    metadata,
    Column("government", BigInteger, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    comment="Every government that a fact names, in whatever part.",
    sqlite_with_rowid=False,
)

governments = Table(
    "governments",
    metadata,
    id_column("id"),
    Column("scheme", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),
    government("superior", nullable=True),
    Column("roles", SmallInteger, nullable=False, comment="bits of Role"),
    Column("state", SmallInteger, nullable=False),
    moment("registered_at"),
    moment("removed_at", nullable=True),
    Column("removal_reason", Text),
    moment("succeeded_at", nullable=True, comment="when others took its place"),
    address("recovery_account", nullable=True),
    Index("governments_identifier", "scheme", "value", unique=True),
    Index("governments_name", "name"),
    Index("governments_superior", "superior"),
)

signers = Table(
    "signers",
    metadata,
    address("address", primary_key=True),
    government("government"),
    moment("added_at"),
    moment("removed_at", nullable=True),
    moment("frozen_at", nullable=True),
    government("frozen_by", nullable=True),
    Column("freeze_reason", Text),
    Index("signers_government", "government"),
    comment="For whom each account speaks, or last spoke; earlier times are in the history.",
)

jurisdictions = Table(
    "jurisdictions",
    metadata,
    government("body", primary_key=True),
    Column("government", BigInteger, primary_key=True, comment="0 for every government"),
    truth("granted"),
    moment("set_at"),
    Index("jurisdictions_government", "government"),
)

successions = Table(
    "successions",
    metadata,
    government("predecessor", primary_key=True),
    government("successor", primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("position", Integer, nullable=False, comment="among the successors, from 0"),
    Column("ground", Text, nullable=False, comment="the act by which it was restructured"),
    moment("recorded_at"),
    Index("successions_successor", "successor"),
    comment="Who has directly taken whose place.",
)

rotations = Table(
    "rotations",
    metadata,
    id_column("sequence"),
    government("government"),
    address("signer"),
    address("replacement"),
    moment("recorded_at"),
    moment("accepted_at", nullable=True, comment="when the replacement became a signer"),
    moment("void_at", nullable=True, comment="when another took its place, or the signer was frozen or removed"),
    Index("rotations_government", "government", "sequence"),
    Index("rotations_signer", "signer"),
    Index("rotations_replacement", "replacement"),
    comment="Voices offered to other accounts; open while neither accepted nor void.",
)

agreements = Table(
    "agreements",
    metadata,
    id_column("id"),
    Column("state", SmallInteger, nullable=False),
    truth("backfilled"),
    Column("version", Integer, comment="the one that all have signed; NULL before"),
    Column("pending_version", Integer, comment="the one that waits for signatures; NULL for none"),
    Column("terms_version", Integer, nullable=False, comment="the one that the terms here are of"),
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
    government("proposer", nullable=True),
    government("recorder", nullable=True),
    digest("terms_digest"),
    Column("terms", Text, nullable=False, comment="AgreementTerms as JSON, as they were signed"),
    moment("recorded_at"),
    moment("concluded_at", nullable=True),
    moment("amended_at", nullable=True),
    moment("suspended_at", nullable=True),
    Column("suspension_reason", Text),
    moment("ended_at", nullable=True),
    Column("end_reason", SmallInteger),
    government("ended_by", nullable=True),
    Column("end_commitment", BigInteger, comment="the breach for which it ended"),
    Column("end_successor", BigInteger, comment="the agreement that takes its place"),
    Column("end_note", Text),
    Index("agreements_coordinating_body", "coordinating_body", "id"),
    Index("agreements_state", "state", "id"),
    Index("agreements_reference", "reference_number"),
    comment="The terms are those of the version in force or, before there is one, of the newest proposed.",
)

agreement_parties = Table(
    "agreement_parties",
    metadata,
    reference("agreement", "agreements", primary_key=True),
    government("government", primary_key=True),
    Column("sequence", BigInteger, nullable=False, comment="of the fact that made it a party"),
    Column("position", Integer, nullable=False, comment="among the parties that this fact names, from 0"),
    moment("recorded_at"),
    moment("signed_at", nullable=True, comment="when it signed the version that the agreement's terms are of"),
    moment("left_at", nullable=True, comment="when a successor took its place"),
    Index("agreement_parties_government", "government", "agreement"),
)

indicators = Table(
    "indicators",
    metadata,
    reference("agreement", "agreements", primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("unit", Text, nullable=False),
    Column("target", BigInteger, nullable=False, comment="millionths of the unit"),
    Column("direction", SmallInteger, nullable=False),
    Column("weight_basis_points", Integer, nullable=False),
    comment="Of every version of every agreement.",
)

commitments = Table(
    "commitments",
    metadata,
    id_column("id"),
    reference("agreement", "agreements"),
    government("debtor"),
    government("original_debtor"),
    government("creditor", nullable=True),
    Column("indicator", SmallInteger, nullable=False),
    Column("weight", BigInteger, nullable=False, comment="millionths"),
    moment("made_at"),
    moment("due_at"),
    Column("reference_number", Text, nullable=False),
    Column("description", Text, nullable=False),
    truth("backfilled"),
    government("recorder", nullable=True),
    Column("state", SmallInteger, nullable=False),
    Column("state_undisputed", SmallInteger, nullable=False, comment="the state, apart from a dispute"),
    moment("recorded_at"),
    moment("accepted_at", nullable=True, comment="from when it binds; a backfilled one was made by then"),
    moment("declined_at", nullable=True),
    Column("decline_reason", Text),
    moment("evidenced_at", nullable=True, comment="when the newest evidence was lodged"),
    moment("confirm_by", nullable=True, comment="last second at which the creditor can answer it"),
    truth("sampled", nullable=True, comment="drawn for audit; once drawn, it stays"),
    truth("audited", nullable=True, comment="an audit has upheld the newest evidence"),
    Column("dispute", BigInteger, comment="the open one; NULL for none"),
    moment("disputed_at", nullable=True, comment="when the newest dispute was opened"),
    Column("release_reason", Text),
    Column("outcome", SmallInteger),
    Column("outcome_basis_points", Integer),
    moment("outcome_effective_at", nullable=True),
    moment("outcome_recorded_at", nullable=True),
    government("outcome_recorder", nullable=True),
    Column("outcome_basis", SmallInteger),
    Column("excuse_ground", SmallInteger, comment="for an outcome that is excused"),
    Column("evidence_count", Integer, nullable=False),
    Index("commitments_debtor", "debtor", "id"),
    Index("commitments_creditor", "creditor", "id"),
    Index("commitments_agreement", "agreement", "id"),
    Index("commitments_reference", "reference_number", "agreement"),
    Index("commitments_state_due", "state", "due_at", "id"),
    Index("commitments_due", "due_at", "id"),
    Index("commitments_confirm", "state", "confirm_by", "id"),
    comment="The outcome is the newest; those that a ruling took the place of are in the history.",
)

commitment_transfers = Table(
    "commitment_transfers",
    metadata,
    id_column("sequence"),
    reference("commitment", "commitments"),
    government("former_debtor"),
    government("debtor"),
    moment("recorded_at"),
    Index("commitment_transfers_commitment", "commitment", "sequence"),
    Index("commitment_transfers_former", "former_debtor", "sequence"),
)

evidence = Table(
    "evidence",
    metadata,
    id_column("sequence"),
    reference("commitment", "commitments"),
    government("debtor"),
    digest("digest"),
    Column("locator", Text, nullable=False),
    moment("performed_at"),
    moment("recorded_at"),
    moment("confirm_by"),
    truth("late", comment="lodged after the due date"),
    truth("sampled", comment="drawn for audit"),
    Index("evidence_commitment", "commitment", "sequence"),
)

transfers = Table(
    "transfers",
    metadata,
    id_column("id"),
    reference("agreement", "agreements"),
    government("payer"),
    government("payee"),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    moment("paid_at"),
    Column("reference_number", Text, nullable=False),
    Column("state", SmallInteger, nullable=False),
    moment("recorded_at"),
    moment("received_at", nullable=True),
    moment("confirmed_at", nullable=True),
    Index("transfers_agreement", "agreement", "id"),
    Index("transfers_payer", "payer", "id"),
    Index("transfers_payee", "payee", "id"),
    Index("transfers_state", "state", "id"),
)

policies = Table(
    "policies",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    digest("digest"),
    Column("locator", Text, nullable=False),
    moment("effective_from"),
    moment("recorded_at"),
)

score_runs = Table(
    "score_runs",
    metadata,
    id_column("id"),
    government("publisher"),
    digest("policy_digest"),
    moment("as_of"),
    Column("time_basis", SmallInteger, nullable=False),
    Column("block_number", BigInteger, nullable=False, comment="the last block whose facts were looked at"),
    digest("block_hash"),
    Column("governments", BigInteger, nullable=False, comment="how many were scored"),
    digest("root"),
    Column("locator", Text, nullable=False),
    moment("recorded_at"),
    Index("score_runs_publisher", "publisher", "id"),
    Index("score_runs_policy", "policy_digest", "id"),
    comment="Roots of published scores; the scores themselves are recomputed, not kept.",
)

proposals = Table(
    "proposals",
    metadata,
    id_column("id"),
    Column("state", SmallInteger, nullable=False),
    address("proposer"),
    address("target"),
    Column("call_data", Text, nullable=False),
    Column("reason", Text, nullable=False),
    moment("recorded_at"),
    moment("executable_from", nullable=True),
    moment("executed_at", nullable=True),
    moment("withdrawn_at", nullable=True),
    Index("proposals_state", "state", "id"),
)

proposal_approvals = Table(
    "proposal_approvals",
    metadata,
    reference("proposal", "proposals", primary_key=True),
    address("administrator", primary_key=True),
    Column("threshold", SmallInteger, nullable=False, comment="that held when it was given"),
    moment("recorded_at"),
)

administration = Table(
    "administration",
    metadata,
    id_column("id"),
    Column("threshold", SmallInteger, nullable=False),
    Column("delay_seconds", BigInteger, nullable=False),
    moment("set_at"),
    comment="At most one row: how many administrators must agree, and how long the public delay is.",
)

administrators = Table(
    "administrators",
    metadata,
    address("address", primary_key=True),
    Column("position", SmallInteger, nullable=False),
    comment="Who administers now.",
)

order_texts_by_bytes(metadata)

TABLES: Final = tuple(table for table in metadata.sorted_tables if table is not layout)
"""All tables that a replay makes, those that others refer to first."""


def layout_digest() -> str:
    """A digest of the tables' definition: a database with another one was made by another version of the product."""
    dialect = sqlite.dialect()
    lines: list[str] = []
    for table in metadata.sorted_tables:
        lines.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        lines += sorted(str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes)
    return "0x" + hashlib.sha256("\n".join(lines).encode()).hexdigest()
