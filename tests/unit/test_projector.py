"""The projector: every event has its rows, and blocks go in whole and in order or not at all."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from ledger.domain import events
from ledger.domain.enums import (
    AgreementState,
    CommitmentState,
    GovernmentState,
    OutcomeBasis,
    ProposalState,
    TransferState,
)
from ledger.domain.events import EVENTS, Block, CommandExecuted, Event, Fact
from ledger.errors import LedgerError
from ledger.store.engine import DatabaseLocked, open_engine, reading, writing
from ledger.store.projection import (
    BlocksMissing,
    ChainForked,
    Cursor,
    EventNotProjected,
    ProjectionContradicted,
    ProjectionLayoutDiffers,
    Projector,
    tables,
)
from ledger.store.projection.bodies import legible
from ledger.store.projection.comparison import differences
from ledger.store.projection.handlers import RULES
from ledger.store.projection.projector import NAMESPACE, apply_blocks
from tests.databases import Place
from tests.unit.chain_builder import (
    CONFIRM_BY,
    DISTRICT,
    GENESIS_AT,
    HARBOUR,
    OTHER,
    PROVINCE,
    RECORDER,
    SIGNER,
    FakeChain,
    digest,
    every_kind_of_event,
    evidence,
    founded,
    government,
    outcome,
    registered,
)

BLOCKS = 25
"""How many blocks the chain with every kind of event has."""


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    engine = open_engine(place("projection"), durable=False, namespace=NAMESPACE)
    yield engine
    engine.dispose()


@pytest.fixture
def projector(engine: Engine) -> Projector:
    return Projector(engine)


def all_rows(engine: Engine, table: str) -> list[dict[str, Any]]:
    chosen = tables.metadata.tables[table]
    with reading(engine) as connection:
        found = connection.execute(select(chosen).order_by(*chosen.primary_key.columns)).mappings()
        return [dict(row) for row in found]


def only(engine: Engine, table: str, **key: Any) -> dict[str, Any]:
    found = [row for row in all_rows(engine, table) if all(row[name] == value for name, value in key.items())]
    assert len(found) == 1
    return found[0]


def copy_differs(first: Engine, second: Engine) -> list[str]:
    with reading(first) as one, reading(second) as two:
        return differences(one, two)


def test_every_event_has_a_rule_and_a_row_in_the_scenario() -> None:
    happened = {type(fact.event) for block in every_kind_of_event().built for fact in block.facts}
    assert {*RULES, CommandExecuted} == set(EVENTS.values())
    assert happened == set(EVENTS.values())


def test_governments_signers_and_jurisdictions(engine: Engine, projector: Projector) -> None:
    projector.apply(every_kind_of_event().built)
    assert only(engine, "governments", id=5) == {
        "id": 5,
        "scheme": "local",
        "value": "old quarry county",
        "name": "Old Quarry County",
        "level": 5,
        "superior": PROVINCE,
        "roles": 1,
        "state": GovernmentState.REMOVED,
        "registered_at": GENESIS_AT + 3,
        "removed_at": GENESIS_AT + 4,
        "removal_reason": "merged into Yunling Province",
        "succeeded_at": None,
        "recovery_account": None,
    }
    assert only(engine, "governments", id=DISTRICT)["roles"] == 5
    assert only(engine, "governments", id=DISTRICT)["superior"] is None
    # The account spoke for the county first, and speaks for the harbour now.
    assert only(engine, "signers", address=SIGNER) == {
        "address": SIGNER,
        "government": HARBOUR,
        "added_at": GENESIS_AT + 4,
        "removed_at": None,
        "frozen_at": None,
        "frozen_by": None,
        "freeze_reason": None,
    }
    assert [(row["government"], row["granted"]) for row in all_rows(engine, "jurisdictions")] == [
        (0, True),
        (DISTRICT, False),
    ]


def test_administration(engine: Engine, projector: Projector) -> None:
    projector.apply(every_kind_of_event().built)
    assert [row["address"] for row in all_rows(engine, "administrators")] == [OTHER]
    assert only(engine, "administration", id=1)["threshold"] == 1
    executed = only(engine, "proposals", id=1)
    assert (executed["state"], executed["executable_from"], executed["executed_at"]) == (
        ProposalState.EXECUTED,
        GENESIS_AT + 9,
        GENESIS_AT + 3,
    )
    assert executed["call_data"] == "0x0102"
    assert only(engine, "proposals", id=2)["state"] == ProposalState.WITHDRAWN
    assert [row["administrator"] for row in all_rows(engine, "proposal_approvals")] == sorted([SIGNER, OTHER])


@pytest.mark.parametrize("bunched", [True, False])
def test_what_replaced_administrators_proposed_has_lapsed(engine: Engine, projector: Projector, bunched: bool) -> None:
    chain = FakeChain()
    chain.add(events.AdministratorsSet((SIGNER, OTHER), 2, 0))
    chain.add(*(events.ProposalMade(number, SIGNER, OTHER, bytes([number]), "") for number in (1, 2, 3)))
    chain.add(events.ProposalWithdrawn(2))
    # The proposal that replaces them is executed by the same call, and says so first.
    chain.add(events.ProposalExecuted(3), events.AdministratorsSet((OTHER,), 1, 0))
    chain.add(events.ProposalMade(4, OTHER, OTHER, b"", ""))
    for blocks in [chain.built] if bunched else [[block] for block in chain.built]:
        projector.apply(blocks)
    states = {row["id"]: ProposalState(row["state"]) for row in all_rows(engine, "proposals")}
    assert states == {
        1: ProposalState.LAPSED,
        2: ProposalState.WITHDRAWN,
        3: ProposalState.EXECUTED,
        4: ProposalState.OPEN,
    }


def test_agreements(engine: Engine, projector: Projector) -> None:
    projector.apply(every_kind_of_event().built)
    concluded = only(engine, "agreements", id=2)
    assert concluded["state"] == AgreementState.CONCLUDED
    assert (concluded["effective_from"], concluded["expires_at"]) == (GENESIS_AT + 4, None)
    assert (concluded["proposer"], concluded["recorder"], concluded["backfilled"]) == (DISTRICT, None, False)
    assert concluded["concluded_at"] == GENESIS_AT + 4
    assert json.loads(concluded["terms"])["effective_from"] is None
    assert json.loads(concluded["terms"])["compensation"]["currency"] == "CNY"
    parties = [row for row in all_rows(engine, "agreement_parties") if row["agreement"] == 2]
    assert [(row["government"], row["signed_at"]) for row in parties if row["government"] < 6] == [
        (DISTRICT, GENESIS_AT + 4),
        (HARBOUR, GENESIS_AT + 4),
    ]
    acceded = only(engine, "agreement_parties", agreement=1, government=5)
    assert (acceded["recorded_at"], acceded["signed_at"]) == (GENESIS_AT + 4, None)
    assert only(engine, "agreements", id=1)["recorder"] == RECORDER
    weights = [row["weight_basis_points"] for row in all_rows(engine, "indicators") if row["agreement"] < 3]
    assert weights == [4_000, 6_000] * 2


def test_commitments_and_evidence(engine: Engine, projector: Projector) -> None:
    projector.apply(every_kind_of_event().built)
    assert only(engine, "commitments", id=1) == {
        "id": 1,
        "agreement": 1,
        "debtor": DISTRICT,
        "original_debtor": DISTRICT,
        "creditor": HARBOUR,
        "indicator": 1,
        "weight": 1_000_000,
        "made_at": GENESIS_AT + 5,
        "due_at": GENESIS_AT + 100,
        "reference_number": "C-1",
        "description": "Serve within three days",
        "backfilled": False,
        "recorder": None,
        "state": CommitmentState.SETTLED,
        "state_undisputed": CommitmentState.SETTLED,
        "recorded_at": GENESIS_AT + 5,
        "accepted_at": GENESIS_AT + 5,
        "declined_at": None,
        "decline_reason": None,
        "evidenced_at": GENESIS_AT + 7,
        "confirm_by": CONFIRM_BY,
        "sampled": False,
        "audited": False,
        "dispute": None,
        "disputed_at": None,
        "release_reason": None,
        "outcome": 1,
        "outcome_basis_points": 10_000,
        "outcome_effective_at": GENESIS_AT + 6,
        "outcome_recorded_at": GENESIS_AT + 7,
        "outcome_recorder": HARBOUR,
        "outcome_basis": OutcomeBasis.CONFIRMATION,
        "excuse_ground": None,
        "evidence_count": 2,
    }
    history = only(engine, "commitments", id=2)
    assert history["creditor"] is None
    assert (history["made_at"], history["recorded_at"]) == (1_600_000_000, GENESIS_AT + 5)
    assert (history["outcome"], history["outcome_effective_at"]) == (2, 1_609_000_000)
    lodged = [row["locator"] for row in all_rows(engine, "evidence") if row["commitment"] == 1]
    assert lodged == ["archive/e1", "archive/e2"]


def test_transfers(engine: Engine, projector: Projector) -> None:
    projector.apply(every_kind_of_event().built)
    confirmed, pending = all_rows(engine, "transfers")
    assert (confirmed["state"], confirmed["received_at"]) == (TransferState.CONFIRMED, GENESIS_AT + 7)
    assert confirmed["confirmed_at"] == GENESIS_AT + 8
    assert (pending["state"], pending["amount_minor"], pending["confirmed_at"]) == (TransferState.PENDING, 10**18, None)


def test_the_history_has_every_fact_under_each_of_its_subjects(engine: Engine, projector: Projector) -> None:
    chain = every_kind_of_event()
    projector.apply(chain.built)
    facts = all_rows(engine, "facts")
    told = [
        (block.number, fact.log_index, type(fact.event).__name__)
        for block in chain.built
        for fact in block.facts
        if not isinstance(fact.event, CommandExecuted)
    ]
    assert [(row["block_number"], row["log_index"], row["event"]) for row in facts] == told
    assert [row["sequence"] for row in facts] == list(range(1, len(told) + 1))

    settled = only(engine, "facts", event="OutcomeRecorded", commitment=1)
    assert (settled["agreement"], settled["government"]) == (1, DISTRICT)
    assert settled["signer"] == SIGNER
    assert settled["operation"] == "7"
    assert settled["transaction"] == "0x" + digest("transaction", "chain", 7).hex()
    assert json.loads(settled["body"]) == {
        "id": 1,
        "debtor": DISTRICT,
        "recorder": HARBOUR,
        "outcome": "fulfilled",
        "outcome_basis_points": 10_000,
        "effective_at": "2026-09-21T14:13:26Z",
        "basis": "confirmation",
        "ground": "none",
    }
    confirmed = only(engine, "facts", event="TransferConfirmed")
    assert (confirmed["agreement"], confirmed["transfer"]) == (2, 1)

    def named(sequence: int) -> set[int]:
        return {row["government"] for row in all_rows(engine, "fact_governments") if row["sequence"] == sequence}

    assert named(settled["sequence"]) == {DISTRICT, HARBOUR}
    # The event names the payee only; the payer follows from the transfer.
    assert named(confirmed["sequence"]) == {DISTRICT, HARBOUR}
    lodged = next(row for row in facts if row["event"] == "EvidenceSubmitted")
    assert named(lodged["sequence"]) == {DISTRICT, HARBOUR}


@pytest.mark.parametrize(
    "edges",
    [
        range(BLOCKS + 1),
        [0, 3, 8, BLOCKS],
        [0, 4, 10, 12, 17, BLOCKS],
        [*range(0, BLOCKS, 2), BLOCKS],
        [0, 1, 14, BLOCKS],
    ],
)
def test_rows_do_not_depend_on_how_blocks_are_bunched(place: Place, edges: Sequence[int]) -> None:
    blocks = every_kind_of_event().built
    assert len(blocks) == BLOCKS
    whole, cut = (open_engine(place(name), durable=False, namespace=NAMESPACE) for name in ("whole", "cut"))
    try:
        Projector(whole).apply(blocks)
        bunched = Projector(cut)
        for start, end in pairwise(edges):
            bunched.apply(blocks[start:end])
        assert copy_differs(whole, cut) == []
    finally:
        whole.dispose()
        cut.dispose()


def test_the_cursor_moves_with_the_rows(projector: Projector) -> None:
    chain = founded(first_block=41)
    assert projector.cursor() is None
    assert projector.apply(chain.built) == 6
    assert projector.cursor() == Cursor(42, chain.head().hash, GENESIS_AT + 41, 6)
    assert projector.block_hash(41) == chain.head().hash
    assert projector.block_hash(40) is None


def test_nothing_of_a_bunch_is_written_when_one_event_contradicts(engine: Engine, projector: Projector) -> None:
    chain = founded()
    projector.apply(chain.built)
    before = projector.cursor()
    good, bad = chain.add(registered(1, DISTRICT, HARBOUR, GENESIS_AT + 9)), chain.add(outcome(9, DISTRICT, 0, 5))
    with pytest.raises(ProjectionContradicted, match="commitments 9: 1 of 1 rows that the chain changes are not there"):
        projector.apply([good, bad])
    assert projector.cursor() == before
    assert all_rows(engine, "commitments") == []
    assert len(all_rows(engine, "blocks")) == 1


@pytest.mark.parametrize(
    "event",
    [
        registered(1, DISTRICT, 99, GENESIS_AT + 9),
        replace(registered(1, DISTRICT, HARBOUR, GENESIS_AT + 9), agreement=3),
        government(DISTRICT, "Another"),
        government(9, "Another", value="lujiang district"),
        events.SignerRemoved(DISTRICT, SIGNER),
        evidence(1, DISTRICT, GENESIS_AT),
        events.CommitmentAccepted(1, HARBOUR),
        events.RepairRequested(1, DISTRICT, digest("proof"), ""),
        events.DisputeWithdrawn(1, 1, DISTRICT),
        events.MeasureLifted(1, RECORDER, ""),
        events.TransferConfirmed(1, HARBOUR, b"CNY", 1, GENESIS_AT),
        events.AgreementSigned(3, 1, DISTRICT, digest("terms")),
        events.AgreementAmended(1, 2, 0),
        events.EndConsented(3, DISTRICT, ""),
        events.ProposalExecuted(3),
    ],
    ids=lambda event: type(event).__name__,
)
def test_an_event_about_what_is_not_there_is_refused(engine: Engine, projector: Projector, event: Event) -> None:
    chain = founded()
    projector.apply(chain.built)
    with pytest.raises(ProjectionContradicted):
        projector.apply([chain.add(event)])
    assert len(all_rows(engine, "facts")) == 6


def test_a_row_made_twice_in_one_bunch_is_refused(projector: Projector) -> None:
    chain = founded()
    chain.add(registered(1, DISTRICT, HARBOUR, GENESIS_AT + 9), registered(1, DISTRICT, HARBOUR, GENESIS_AT + 9))
    with pytest.raises(ProjectionContradicted, match="commitments 1: the chain makes it twice"):
        projector.apply(chain.built)
    assert projector.cursor() is None


def test_a_gap_is_refused(projector: Projector) -> None:
    chain = founded()
    chain.add()
    projector.apply(chain.built)
    chain.add()
    late = chain.add()
    with pytest.raises(BlocksMissing, match="block 4 was offered where block 3 comes next"):
        projector.apply([late])
    first, _, third, _ = chain.built
    with pytest.raises(BlocksMissing):
        projector.apply([first, third, late][::2])


def test_a_block_of_another_chain_is_refused(projector: Projector) -> None:
    chain, other = founded(), founded("other")
    projector.apply(chain.built)
    with pytest.raises(ChainForked) as forked:
        projector.apply([other.add()])
    assert forked.value.values() == {
        "block": 1,
        "projected": "0x" + chain.head().hash.hex(),
        "found": "0x" + other.block_hash(1).hex(),  # type: ignore[union-attr]
    }


def test_blocks_that_do_not_follow_each_other_are_refused(projector: Projector) -> None:
    chain = founded()
    chain.add()
    first, second = chain.built
    with pytest.raises(ChainForked):
        projector.apply([first, replace(second, parent_hash=digest("elsewhere"))])
    assert projector.cursor() is None


def test_what_is_projected_already_is_left_out(engine: Engine, projector: Projector) -> None:
    chain = every_kind_of_event()
    projector.apply(chain.built[:4])
    assert projector.apply(chain.built[:4]) == 0
    assert projector.apply([]) == 0
    added = projector.apply(chain.built)
    assert added == sum(len(block.facts) for block in chain.built[4:])
    assert len(all_rows(engine, "blocks")) == len(chain.built)


def test_what_is_projected_already_must_be_the_same(projector: Projector) -> None:
    chain, other = founded(), founded("other")
    projector.apply(chain.built)
    other.add()
    with pytest.raises(ChainForked):
        projector.apply(other.built)


def test_two_that_follow_at_once_write_every_block_once(place: Place) -> None:
    where, chain = place("shared"), founded()
    for number in range(1, 41):
        chain.add(registered(number, DISTRICT, HARBOUR, GENESIS_AT + 1_000))
    failures: list[LedgerError] = []

    def follow() -> None:
        engine = open_engine(where, durable=False, namespace=NAMESPACE)
        try:
            projector = Projector(engine)
            for start in range(0, len(chain.built), 3):
                projector.apply(chain.built[max(0, start - 2) : start + 3])
        except LedgerError as failure:  # It is judged outside the thread.
            failures.append(failure)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=follow) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    shared, alone = (open_engine(each, namespace=NAMESPACE) for each in (where, place("alone")))
    try:
        Projector(alone).apply(chain.built)
        assert copy_differs(shared, alone) == []
    finally:
        shared.dispose()
        alone.dispose()


def test_an_event_that_no_handler_knows_stops_it(projector: Projector, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = founded()
    monkeypatch.delitem(RULES, events.PolicyPublished)
    with pytest.raises(EventNotProjected, match="block 1 has the event PolicyPublished"):
        projector.apply(chain.built)
    assert projector.cursor() is None


def test_a_locked_database_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    chain = founded()
    engine = open_engine(tmp_path / "p.sqlite", durable=False, busy_timeout_seconds=0.05)
    projector = Projector(engine)
    other = sqlite3.connect(tmp_path / "p.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(DatabaseLocked, match=r"p\.sqlite: locked by another process"):
            projector.apply(chain.built)
        assert projector.cursor() is None
    finally:
        other.close()
    assert projector.apply(chain.built) == 6
    engine.dispose()


def test_tables_of_another_version_are_refused_until_they_are_made_anew(engine: Engine) -> None:
    projector, chain = Projector(engine), founded()
    projector.apply(chain.built)
    with writing(engine) as connection:
        connection.execute(update(tables.layout).values(digest="0x00"))
    again = Projector(engine)
    with pytest.raises(ProjectionLayoutDiffers, match="0x00"):
        again.cursor()
    with pytest.raises(ProjectionLayoutDiffers):
        again.apply([chain.add()])
    with again.replaying() as connection:
        apply_blocks(connection, chain.built)
    assert again.cursor() == Cursor(3, chain.head().hash, GENESIS_AT + 2, 6)


def test_a_replay_that_fails_leaves_the_old_rows(engine: Engine, projector: Projector) -> None:
    chain = founded()
    projector.apply(chain.built)

    def fail() -> None:
        with projector.replaying() as connection:
            apply_blocks(connection, chain.built)
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        fail()
    assert len(all_rows(engine, "facts")) == 6
    assert projector.cursor() == Cursor(2, chain.head().hash, GENESIS_AT + 1, 6)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("合作协议 🤝", "合作协议 🤝"),
        ("line\nbreak", "line\nbreak"),
        ("a\0b", "a\ufffdb"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("", ""),
    ],
)
def test_text_that_no_database_takes_does_not_stop_the_projection(
    engine: Engine, projector: Projector, text: str, stored: str
) -> None:
    assert legible(text) == stored
    chain = founded()
    chain.add(events.GovernmentRemoved(DISTRICT, text))
    projector.apply(chain.built)
    assert only(engine, "governments", id=DISTRICT)["removal_reason"] == stored
    assert json.loads(only(engine, "facts", event="GovernmentRemoved")["body"])["reason"] == stored


def test_a_fact_without_a_command_has_its_sender_and_no_operation(engine: Engine, projector: Projector) -> None:
    block = Block(
        1,
        digest(1),
        digest(0),
        GENESIS_AT,
        (Fact(events.ProposalMade(1, SIGNER, OTHER, b"", ""), "Administration", OTHER, None, digest("t"), 3),),
    )
    projector.apply([block])
    row = only(engine, "facts", sequence=1)
    assert (row["signer"], row["operation"], row["log_index"], row["proposal"]) == (OTHER, None, 3, 1)


def test_an_operation_of_256_bits_is_kept_whole(engine: Engine, projector: Projector) -> None:
    chain = FakeChain()
    chain.add(government(1, "A"), operation=2**256 - 1)
    projector.apply(chain.built)
    assert only(engine, "facts", sequence=1)["operation"] == str(2**256 - 1)
