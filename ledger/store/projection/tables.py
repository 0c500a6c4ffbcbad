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
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.store.engine import order_texts_by_bytes

metadata = MetaData()

# SQLite's row id is the primary key only where the type reads INTEGER; it is 64 bits wide all the same.
_Id = BigInteger().with_variant(Integer(), "sqlite")


def _id(name: str, **kwargs: Any) -> Column[int]:
    return Column(name, _Id, primary_key=True, autoincrement=False, **kwargs)


def _government(name: str, *, nullable: bool = False, primary_key: bool = False) -> Column[int]:
    return Column(name, _Id, ForeignKey("governments.id"), nullable=nullable, primary_key=primary_key)


def _moment(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _hash(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, String(66), nullable=nullable)


def _address(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    return Column(name, String(42), primary_key=primary_key, nullable=nullable)


layout = Table(
    "layout",
    metadata,
    _id("id"),
    Column("digest", String(66), nullable=False),
    comment="One row: which definition of these tables the database was made with.",
)

cursor = Table(
    "cursor",
    metadata,
    _id("id"),
    Column("next_block", BigInteger, comment="NULL before the first block"),
    _hash("head_hash", nullable=True),
    _moment("head_timestamp", nullable=True),
    Column("sequence", BigInteger, nullable=False, comment="of the last fact; 0 before the first"),
    comment="One row: how far the chain has been projected.",
)

blocks = Table(
    "blocks",
    metadata,
    _id("number"),
    _hash("hash"),
    _hash("parent_hash"),
    Column("timestamp", BigInteger, nullable=False),
    Index("blocks_timestamp", "timestamp"),
)

facts = Table(
    "facts",
    metadata,
    _id("sequence"),
    Column("block_number", _Id, ForeignKey("blocks.number"), nullable=False),
    Column("log_index", Integer, nullable=False),
    _hash("transaction"),
    Column("event", String(40), nullable=False),
    Column("contract", String(40), nullable=False),
    _address("signer"),
    Column("operation", String(78), comment="decimal: it has up to 256 bits"),
    _moment("recorded_at"),
    Column("government", BigInteger, comment="whom it is about first: the debtor, the payer, the party, the body"),
    Column("agreement", BigInteger),
    Column("commitment", BigInteger),
    Column("transfer", BigInteger),
    Column("proposal", BigInteger),
    Column("body", Text, nullable=False, comment="the event's fields as JSON"),
    Index("facts_place", "block_number", "log_index", unique=True),
    Index("facts_transaction", "transaction"),
    Index("facts_event", "event", "sequence"),
    Index("facts_signer", "signer", "sequence"),
    Index("facts_recorded", "recorded_at", "sequence"),
    Index("facts_agreement", "agreement", "sequence"),
    Index("facts_commitment", "commitment", "sequence"),
    Index("facts_transfer", "transfer", "sequence"),
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
    _id("id"),
    Column("scheme", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),
    _government("superior", nullable=True),
    Column("roles", SmallInteger, nullable=False, comment="bits of Role"),
    Column("state", SmallInteger, nullable=False),
    _moment("registered_at"),
    _moment("removed_at", nullable=True),
    Column("removal_reason", Text),
    Index("governments_identifier", "scheme", "value", unique=True),
    Index("governments_name", "name"),
    Index("governments_superior", "superior"),
)

signers = Table(
    "signers",
    metadata,
    _address("address", primary_key=True),
    _government("government"),
    _moment("added_at"),
    _moment("removed_at", nullable=True),
    Index("signers_government", "government"),
    comment="For whom each account speaks, or last spoke; earlier times are in the history.",
)

jurisdictions = Table(
    "jurisdictions",
    metadata,
    _government("body", primary_key=True),
    Column("government", BigInteger, primary_key=True, comment="0 for every government"),
    Column("granted", Boolean(create_constraint=False), nullable=False),
    _moment("set_at"),
    Index("jurisdictions_government", "government"),
)

agreements = Table(
    "agreements",
    metadata,
    _id("id"),
    Column("state", SmallInteger, nullable=False),
    Column("backfilled", Boolean(create_constraint=False), nullable=False),
    Column("reference_number", Text, nullable=False),
    Column("title", Text, nullable=False),
    _hash("document_digest"),
    Column("document_locator", Text, nullable=False),
    Column("service_mode", SmallInteger, nullable=False),
    _government("coordinating_body"),
    Column("compensation_kind", SmallInteger, nullable=False),
    Column("currency", String(3), comment="of the compensation rule; NULL for kinds without money"),
    _moment("effective_from", nullable=True),
    _moment("expires_at", nullable=True),
    _government("proposer", nullable=True),
    _government("recorder", nullable=True),
    _hash("terms_digest"),
    Column("terms", Text, nullable=False, comment="AgreementTerms as JSON, as they were signed"),
    _moment("recorded_at"),
    _moment("concluded_at", nullable=True),
    Index("agreements_coordinating_body", "coordinating_body", "id"),
    Index("agreements_state", "state", "id"),
    Index("agreements_reference", "reference_number"),
)

agreement_parties = Table(
    "agreement_parties",
    metadata,
    Column("agreement", _Id, ForeignKey("agreements.id"), primary_key=True),
    _government("government", primary_key=True),
    Column("sequence", BigInteger, nullable=False, comment="of the fact that made it a party"),
    Column("position", Integer, nullable=False, comment="among the parties that this fact names, from 0"),
    _moment("recorded_at"),
    _moment("signed_at", nullable=True),
    Index("agreement_parties_government", "government", "agreement"),
)

indicators = Table(
    "indicators",
    metadata,
    Column("agreement", _Id, ForeignKey("agreements.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("unit", Text, nullable=False),
    Column("target", BigInteger, nullable=False, comment="millionths of the unit"),
    Column("direction", SmallInteger, nullable=False),
    Column("weight_basis_points", Integer, nullable=False),
)

commitments = Table(
    "commitments",
    metadata,
    _id("id"),
    Column("agreement", _Id, ForeignKey("agreements.id"), nullable=False),
    _government("debtor"),
    _government("creditor", nullable=True),
    Column("indicator", SmallInteger, nullable=False),
    Column("weight", BigInteger, nullable=False, comment="millionths"),
    _moment("made_at"),
    _moment("due_at"),
    Column("reference_number", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("backfilled", Boolean(create_constraint=False), nullable=False),
    _government("recorder", nullable=True),
    Column("state", SmallInteger, nullable=False),
    _moment("recorded_at"),
    Column("outcome", SmallInteger),
    Column("outcome_basis_points", Integer),
    _moment("outcome_effective_at", nullable=True),
    _moment("outcome_recorded_at", nullable=True),
    _government("outcome_recorder", nullable=True),
    Column("evidence_count", Integer, nullable=False),
    Index("commitments_debtor", "debtor", "id"),
    Index("commitments_creditor", "creditor", "id"),
    Index("commitments_agreement", "agreement", "id"),
    Index("commitments_reference", "reference_number", "agreement"),
    Index("commitments_state_due", "state", "due_at", "id"),
    Index("commitments_due", "due_at", "id"),
)

evidence = Table(
    "evidence",
    metadata,
    _id("sequence"),
    Column("commitment", _Id, ForeignKey("commitments.id"), nullable=False),
    _government("debtor"),
    _hash("digest"),
    Column("locator", Text, nullable=False),
    _moment("performed_at"),
    _moment("recorded_at"),
    Index("evidence_commitment", "commitment", "sequence"),
)

transfers = Table(
    "transfers",
    metadata,
    _id("id"),
    Column("agreement", _Id, ForeignKey("agreements.id"), nullable=False),
    _government("payer"),
    _government("payee"),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    _moment("paid_at"),
    Column("reference_number", Text, nullable=False),
    Column("state", SmallInteger, nullable=False),
    _moment("recorded_at"),
    _moment("received_at", nullable=True),
    _moment("confirmed_at", nullable=True),
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
    _hash("digest"),
    Column("locator", Text, nullable=False),
    _moment("effective_from"),
    _moment("recorded_at"),
)

score_runs = Table(
    "score_runs",
    metadata,
    _id("id"),
    _government("publisher"),
    _hash("policy_digest"),
    _moment("as_of"),
    Column("time_basis", SmallInteger, nullable=False),
    Column("block_number", BigInteger, nullable=False, comment="the last block whose facts were looked at"),
    _hash("block_hash"),
    Column("governments", BigInteger, nullable=False, comment="how many were scored"),
    _hash("root"),
    Column("locator", Text, nullable=False),
    _moment("recorded_at"),
    Index("score_runs_publisher", "publisher", "id"),
    Index("score_runs_policy", "policy_digest", "id"),
    comment="Roots of published scores; the scores themselves are recomputed, not kept.",
)

proposals = Table(
    "proposals",
    metadata,
    _id("id"),
    Column("state", SmallInteger, nullable=False),
    _address("proposer"),
    _address("target"),
    Column("call_data", Text, nullable=False),
    Column("reason", Text, nullable=False),
    _moment("recorded_at"),
    _moment("executable_from", nullable=True),
    _moment("executed_at", nullable=True),
    _moment("withdrawn_at", nullable=True),
    Index("proposals_state", "state", "id"),
)

proposal_approvals = Table(
    "proposal_approvals",
    metadata,
    Column("proposal", _Id, ForeignKey("proposals.id"), primary_key=True),
    _address("administrator", primary_key=True),
    Column("threshold", SmallInteger, nullable=False, comment="that held when it was given"),
    _moment("recorded_at"),
)

administration = Table(
    "administration",
    metadata,
    _id("id"),
    Column("threshold", SmallInteger, nullable=False),
    Column("delay_seconds", BigInteger, nullable=False),
    _moment("set_at"),
    comment="At most one row: how many administrators must agree, and how long the public delay is.",
)

administrators = Table(
    "administrators",
    metadata,
    _address("address", primary_key=True),
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
