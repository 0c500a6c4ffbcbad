"""Queries: filters find exactly what they say, and pages neither lose nor repeat a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.domain import events
from ledger.domain.cases import TimeBasis
from ledger.domain.enums import (
    AgreementState,
    CommitmentState,
    Level,
    Outcome,
    ProposalState,
    Role,
    ServiceMode,
    TransferState,
)
from ledger.domain.scoring import CommitmentStanding
from ledger.errors import InvalidInput
from ledger.store.engine import open_engine
from ledger.store.projection import Projector, Queries
from ledger.store.projection.filters import (
    AgreementFilter,
    CommitmentFilter,
    GovernmentFilter,
    HistoryFilter,
    PolicyFilter,
    ProposalFilter,
    TransferFilter,
)
from ledger.store.projection.projector import NAMESPACE
from ledger.store.projection.rows import Totals
from tests.databases import KINDS, Place, databases_of
from tests.unit.chain_builder import (
    DISTRICT,
    GENESIS_AT,
    HARBOUR,
    OTHER,
    PROVINCE,
    RECORDER,
    SIGNER,
    FakeChain,
    backfilled,
    digest,
    evidence,
    founded,
    government,
    outcome,
    registered,
    score_policy,
    taken_on,
    terms,
)


def busy_chain() -> FakeChain:
    chain = founded()
    chain.add(
        government(5, "100% Online_County", scheme="gbt2260", value="999105", superior=PROVINCE),
        government(6, "Audit Office", roles=(Role.AUDITOR,), level=Level.NATIONAL),
        events.AdministratorsSet((OTHER, SIGNER), 2, 3_600),
        events.ProposalMade(1, SIGNER, OTHER, b"\x01", "first"),
        events.ProposalApproved(1, SIGNER, 1, 2),
        events.ProposalMade(2, SIGNER, OTHER, b"\x01", "again"),
        events.ProposalMade(3, SIGNER, OTHER, b"\x02", "other call"),
        events.ProposalWithdrawn(3),
        events.SignerAdded(DISTRICT, SIGNER),
        events.SignerAdded(HARBOUR, OTHER),
        events.SignerRemoved(HARBOUR, OTHER),
        events.JurisdictionSet(RECORDER, 0, True),
        signer=OTHER,
    )
    chain.add(
        events.AgreementProposed(2, DISTRICT, digest("t2"), terms((HARBOUR, DISTRICT), "Licences by post")),
    )
    chain.add(
        backfilled(1, DISTRICT, 1_600_000_000, 1_610_000_000, "A"),
        outcome(1, DISTRICT, 10_000, 1_609_000_000),
        backfilled(2, PROVINCE, 1_600_000_000, 1_610_000_000, "A"),
        outcome(2, PROVINCE, 2_500, 1_620_000_000),
        backfilled(3, HARBOUR, 1_605_000_000, 1_606_000_000, "B"),
    )
    chain.add(
        *taken_on(4, DISTRICT, HARBOUR, GENESIS_AT + 10),
        *taken_on(5, HARBOUR, PROVINCE, GENESIS_AT + 20),
        evidence(5, HARBOUR, GENESIS_AT + 5, "5"),
        events.TransferRecorded(1, 1, DISTRICT, HARBOUR, b"CNY", 100, GENESIS_AT, "b1"),
        events.TransferRecorded(2, 1, HARBOUR, PROVINCE, b"JPY", 200, GENESIS_AT, "b2"),
    )
    chain.add(
        events.TransferConfirmed(2, PROVINCE, b"JPY", 200, GENESIS_AT + 6), outcome(4, DISTRICT, 0, GENESIS_AT + 6)
    )
    return chain


@pytest.fixture(scope="module", params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with databases_of(request, tmp_path_factory.mktemp("queries")) as place:
        engine = open_engine(place("p"), durable=False, namespace=NAMESPACE)
        Projector(engine).apply(busy_chain().built)
        yield engine
        engine.dispose()


@pytest.fixture(scope="module")
def queries(engine: Engine) -> Queries:
    return Queries(engine)


def ids(found: Sequence[Any]) -> list[int]:
    return [row.id for row in found]


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (GovernmentFilter(), [1, 2, 3, 4, 5, 6]),
        (GovernmentFilter(level=Level.COUNTY), [2, 4, 5]),
        (GovernmentFilter(role=Role.GOVERNMENT), [2, 3, 4, 5]),
        (GovernmentFilter(role=Role.AUDITOR), [6]),
        (GovernmentFilter(scheme="gbt2260"), [5]),
        (GovernmentFilter(superior=PROVINCE), [5]),
        (GovernmentFilter(name_contains="DISTRICT"), [2, 4]),
        (GovernmentFilter(name_contains="%"), [5]),
        (GovernmentFilter(name_contains="_"), [5]),
        (GovernmentFilter(level=Level.COUNTY, name_contains="harbour"), [4]),
    ],
)
def test_governments(queries: Queries, which: GovernmentFilter, expected: list[int]) -> None:
    assert ids(queries.governments(which)) == expected
    assert queries.count(which) == len(expected)


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (AgreementFilter(), [1, 2]),
        (AgreementFilter(party=PROVINCE), [1]),
        (AgreementFilter(party=HARBOUR), [1, 2]),
        (AgreementFilter(state=AgreementState.PROPOSED), [2]),
        (AgreementFilter(coordinating_body=RECORDER), [1, 2]),
        (AgreementFilter(coordinating_body=DISTRICT), []),
        (AgreementFilter(service_mode=ServiceMode.REMOTE_ACCEPTANCE), [1, 2]),
        (AgreementFilter(service_mode=ServiceMode.FULLY_ONLINE), []),
        (AgreementFilter(backfilled=True), [1]),
        (AgreementFilter(backfilled=False), [2]),
        (AgreementFilter(title="Licences by post"), [2]),
        (AgreementFilter(in_force_at=1_500_000_000), [1]),
        (AgreementFilter(in_force_at=1_499_999_999), []),
    ],
)
def test_agreements(queries: Queries, which: AgreementFilter, expected: list[int]) -> None:
    found = queries.agreements(which)
    assert ids(found) == expected
    assert queries.count(which) == len(expected)
    assert all(row.in_force(which.in_force_at) for row in found if which.in_force_at is not None)


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (CommitmentFilter(), [1, 2, 3, 4, 5]),
        (CommitmentFilter(debtor=HARBOUR), [3, 5]),
        (CommitmentFilter(creditor=HARBOUR), [4]),
        (CommitmentFilter(party=HARBOUR), [3, 4, 5]),
        (CommitmentFilter(agreement=2), []),
        (CommitmentFilter(indicator=1), [4, 5]),
        (CommitmentFilter(state=CommitmentState.ACTIVE), [3]),
        (CommitmentFilter(state=CommitmentState.EVIDENCED), [5]),
        (CommitmentFilter(outcome=Outcome.PARTLY), [2]),
        (CommitmentFilter(outcome=Outcome.BROKEN), [4]),
        (CommitmentFilter(backfilled=False), [4, 5]),
        (CommitmentFilter(recorder=RECORDER), [1, 2, 3]),
        (CommitmentFilter(reference_number="A"), [1, 2]),
        (CommitmentFilter(agreement=1, debtor=DISTRICT, reference_number="A"), [1]),
        (CommitmentFilter(due_from=1_610_000_000), [1, 2, 4, 5]),
        (CommitmentFilter(due_to=1_610_000_000), [1, 2, 3]),
        (CommitmentFilter(due_from=1_606_000_001, due_to=1_610_000_000), [1, 2]),
        (CommitmentFilter(overdue_at=1_604_000_000), []),
        (CommitmentFilter(overdue_at=1_606_000_000), []),
        (CommitmentFilter(overdue_at=1_606_000_001), [3]),
        (CommitmentFilter(overdue_at=1_615_000_000), [2, 3]),
        (CommitmentFilter(overdue_at=1_620_000_000), [3]),
        (CommitmentFilter(overdue_at=GENESIS_AT + 21), [3, 5]),
    ],
)
def test_commitments(queries: Queries, which: CommitmentFilter, expected: list[int]) -> None:
    found = queries.commitments(which)
    assert ids(found) == expected
    assert queries.count(which) == len(expected)
    assert ids(list(queries.every_commitment(which))) == expected
    if which.overdue_at is not None:
        every = queries.commitments(CommitmentFilter())
        assert [row.id for row in every if row.overdue(which.overdue_at)] == expected


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (TransferFilter(), [1, 2]),
        (TransferFilter(agreement=1), [1, 2]),
        (TransferFilter(payer=DISTRICT), [1]),
        (TransferFilter(payee=PROVINCE), [2]),
        (TransferFilter(party=HARBOUR), [1, 2]),
        (TransferFilter(state=TransferState.CONFIRMED), [2]),
        (TransferFilter(currency="CNY"), [1]),
        (TransferFilter(currency="CNY", payee=PROVINCE), []),
    ],
)
def test_transfers(queries: Queries, which: TransferFilter, expected: list[int]) -> None:
    assert ids(queries.transfers(which)) == expected
    assert queries.count(which) == len(expected)


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (HistoryFilter(commitment=1), ["CommitmentBackfilled", "OutcomeRecorded"]),
        (HistoryFilter(transfer=2), ["TransferRecorded", "TransferConfirmed"]),
        (HistoryFilter(proposal=3), ["ProposalMade", "ProposalWithdrawn"]),
        (HistoryFilter(agreement=2), ["AgreementProposed"]),
        (HistoryFilter(agreement=1, event="OutcomeRecorded"), ["OutcomeRecorded"] * 3),
        (HistoryFilter(event="SignerRemoved"), ["SignerRemoved"]),
        (HistoryFilter(contract="Nothing"), []),
        (HistoryFilter(signer=OTHER, event="GovernmentRegistered"), ["GovernmentRegistered"] * 2),
        (HistoryFilter(recorded_from=GENESIS_AT + 6), ["TransferConfirmed", "OutcomeRecorded"]),
        (
            HistoryFilter(recorded_to=GENESIS_AT + 1, government=HARBOUR),
            ["GovernmentRegistered", "AgreementBackfilled"],
        ),
        (HistoryFilter(government=5), ["GovernmentRegistered"]),
        # The creditor finds the outcome of what it is owed.
        (
            HistoryFilter(government=HARBOUR, commitment=4),
            ["CommitmentRegistered", "CommitmentAccepted", "OutcomeRecorded"],
        ),
        (
            HistoryFilter(transaction="0x" + digest("transaction", "chain", 6).hex()),
            ["TransferConfirmed", "OutcomeRecorded"],
        ),
    ],
)
def test_history(queries: Queries, which: HistoryFilter, expected: list[str]) -> None:
    found = queries.history(which, newest_first=False)
    assert [row.event for row in found] == expected
    assert [row.event for row in queries.history(which)] == expected[::-1]
    assert queries.count(which) == len(expected)


def test_proposals(queries: Queries) -> None:
    assert ids(queries.proposals(ProposalFilter(state=ProposalState.OPEN))) == [1, 2]
    assert ids(queries.proposals(ProposalFilter(), newest_first=True)) == [3, 2, 1]
    first = queries.proposal(1)
    assert first is not None
    assert [approval.administrator for approval in first.approvals] == [SIGNER]
    assert queries.open_proposal(OTHER, "0x01") == 2
    assert queries.open_proposal(OTHER, "0x02") is None
    assert queries.proposal(9) is None
    administration = queries.administration()
    assert administration is not None
    assert administration.administrators == (OTHER, SIGNER)
    assert (administration.threshold, administration.delay_seconds) == (2, 3_600)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_lose_and_repeat_nothing(queries: Queries, limit: int) -> None:
    def walk(
        page: Callable[[tuple[int, ...] | None], Sequence[Any]], key: Callable[[Any], tuple[int, ...]]
    ) -> list[Any]:
        found: list[Any] = []
        after = None
        while rows := page(after):
            assert len(rows) <= limit
            found += rows
            after = key(rows[-1])
        return found

    everything = CommitmentFilter()
    by_id = walk(lambda after: queries.commitments(everything, after, limit), lambda row: (row.id,))
    assert ids(by_id) == [1, 2, 3, 4, 5]
    by_due = walk(
        lambda after: queries.commitments(everything, after, limit, order="due_at"), lambda row: (row.due_at, row.id)
    )
    # Two are due at the same second: the id decides.
    assert ids(by_due) == [3, 1, 2, 4, 5]
    history = walk(lambda after: queries.history(HistoryFilter(), after, limit), lambda row: (row.sequence,))
    assert [row.sequence for row in history] == list(range(queries.totals().facts, 0, -1))
    named = walk(
        lambda after: queries.history(HistoryFilter(government=HARBOUR), after, limit), lambda row: (row.sequence,)
    )
    assert len(named) == queries.count(HistoryFilter(government=HARBOUR))
    assert len({row.sequence for row in named}) == len(named)


def test_an_agreement_has_its_parts_in_the_order_of_its_terms(queries: Queries) -> None:
    agreement = queries.agreement(2)
    assert agreement is not None
    assert [party.government for party in agreement.parties] == [HARBOUR, DISTRICT]
    assert [(each.number, each.name) for each in agreement.indicators] == [(0, "Cases"), (1, "Days")]
    assert agreement.terms["compensation"]["amount_minor"] == 1_500
    assert agreement.proposer == DISTRICT
    assert queries.agreement(3) is None


def test_single_records(queries: Queries) -> None:
    commitment = queries.commitment(5)
    assert commitment is not None
    assert (commitment.evidence_count, commitment.outcome) == (1, None)
    assert [row.locator for row in queries.evidence(5)] == ["archive/5"]
    assert queries.evidence(1) == []
    assert queries.commitment(0) is None
    transfer = queries.transfer(2)
    assert transfer is not None
    assert transfer.state is TransferState.CONFIRMED
    assert queries.transfer(3) is None
    assert sorted(queries.commitments_by_id([5, 1, 99])) == [1, 5]
    assert queries.commitments_by_id(range(1, 2_000)).keys() == {1, 2, 3, 4, 5}


def test_who_speaks_for_whom(queries: Queries) -> None:
    speaks_for = queries.speaks_for(SIGNER)
    assert speaks_for is not None
    assert speaks_for.id == DISTRICT
    assert queries.speaks_for(OTHER) is None
    assert queries.speaks_for("0x00") is None
    assert [(row.address, row.removed_at) for row in queries.signers(HARBOUR)] == [(OTHER, GENESIS_AT + 2)]
    assert [(row.government, row.granted) for row in queries.jurisdictions(RECORDER)] == [(None, True)]


def test_names(queries: Queries) -> None:
    county = queries.government_by_identifier("gbt2260", "999105")
    assert county is not None
    assert (county.id, county.identifier, county.roles) == (5, "gbt2260:999105", (Role.GOVERNMENT,))
    assert queries.government_by_identifier("gbt2260", "999106") is None
    assert queries.government_name(5) == "100% Online_County (gbt2260:999105)"
    assert queries.government_name(77) == "government 77, which this ledger does not know"
    assert ids(queries.governments_by_name("Harbour District")) == [HARBOUR]


def test_blocks_and_totals(queries: Queries, tmp_path: Path) -> None:
    chain = busy_chain()
    head, first = queries.head(), queries.first_block()
    assert head is not None
    assert first is not None
    assert (head.number, head.hash) == (6, "0x" + chain.head().hash.hex())
    assert first.number == 1
    between = queries.block_at(GENESIS_AT + 3)
    assert between is not None
    assert between.number == 3
    assert queries.block_at(GENESIS_AT) is None
    facts = sum(len(block.facts) for block in chain.built)
    assert queries.totals() == Totals(6, facts, 6, 2, 5, 3, 2, 3, 0, 0)
    assert [row.version for row in queries.policies(PolicyFilter("score"))] == [1]
    assert queries.policies(PolicyFilter("compensation")) == []

    empty = open_engine(tmp_path / "empty.sqlite")
    Projector(empty)
    assert Queries(empty).head() is None
    assert Queries(empty).administration() is None
    assert Queries(empty).totals() == Totals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    empty.dispose()


@pytest.mark.parametrize(
    ("time", "as_of", "made", "settled"),
    [
        # The ledger began to record long after these came about.
        ("recorded", 1_700_000_000, [], []),
        ("recorded", GENESIS_AT + 4, [1, 2, 3], [1, 2]),
        ("recorded", GENESIS_AT + 5, [1, 2, 3, 4, 5], [1, 2]),
        ("recorded", GENESIS_AT + 6, [1, 2, 3, 4, 5], [1, 2, 4]),
        ("effective", 1_599_999_999, [], []),
        ("effective", 1_600_000_000, [1, 2], []),
        ("effective", 1_609_000_000, [1, 2, 3], [1]),
        ("effective", 1_620_000_000, [1, 2, 3], [1, 2]),
        ("effective", GENESIS_AT + 100, [1, 2, 3, 4, 5], [1, 2, 4]),
    ],
)
def test_two_times(queries: Queries, time: TimeBasis, as_of: int, made: list[int], settled: list[int]) -> None:
    facts = queries.commitment_facts(as_of, time)
    assert [fact.commitment for fact in facts] == made
    assert [fact.commitment for fact in facts if fact.status is CommitmentStanding.SETTLED] == settled
    for fact in facts:
        assert (fact.outcome_basis_points is None) == (fact.resolved_at is None) == (fact.commitment not in settled)


def test_a_fact_for_scoring_carries_effective_dates(queries: Queries) -> None:
    fact = queries.commitment_facts(GENESIS_AT + 6, "recorded")[1]
    assert (fact.made_at, fact.due_at, fact.resolved_at) == (1_600_000_000, 1_610_000_000, 1_620_000_000)
    assert (fact.debtor, fact.creditor, fact.agreement, fact.indicator) == (PROVINCE, None, 1, 0)
    assert (fact.outcome_basis_points, fact.weight_millionths, fact.reference) == (2_500, 1_000_000, "A")
    assert fact.backfilled


def test_a_snapshot_does_not_see_what_comes_after_it(place: Place) -> None:
    engine = open_engine(place("p"), durable=False, namespace=NAMESPACE)
    projector, chain = Projector(engine), founded()
    projector.apply(chain.built)
    queries = Queries(engine)
    with queries.snapshot() as moment:
        assert moment.totals().commitments == 0
        projector.apply([chain.add(registered(1, DISTRICT, HARBOUR, GENESIS_AT + 10))])
        assert moment.totals().commitments == 0
        assert moment.commitment(1) is None
        assert queries.commitment(1) is not None
    engine.dispose()


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**40])
def test_a_number_that_no_database_holds_is_refused(queries: Queries, value: int) -> None:
    with pytest.raises(InvalidInput):
        queries.commitment(value)
    with pytest.raises(InvalidInput):
        CommitmentFilter(debtor=value)
    with pytest.raises(InvalidInput):
        queries.commitments(CommitmentFilter(), after=(value,))


@pytest.mark.parametrize("value", ["\ud800", "a\0b"])
def test_text_that_is_none_is_refused(queries: Queries, value: str) -> None:
    filters: tuple[type[Any], ...] = (
        GovernmentFilter,
        AgreementFilter,
        CommitmentFilter,
        TransferFilter,
        HistoryFilter,
        ProposalFilter,
    )
    for which in filters:
        texts = [field.name for field in fields(which) if str(field.type).startswith("str")]
        assert texts
        for name in texts:
            with pytest.raises(InvalidInput, match=name):
                which(**{name: value})
    with pytest.raises(InvalidInput):
        queries.governments_by_name(value)
    with pytest.raises(InvalidInput):
        queries.government_by_identifier("local", value)
    with pytest.raises(InvalidInput):
        queries.speaks_for(value)


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_a_limit_out_of_range_is_refused(queries: Queries, limit: int) -> None:
    with pytest.raises(InvalidInput, match="limit"):
        queries.governments(GovernmentFilter(), limit=limit)


def test_a_key_of_another_length_is_refused(queries: Queries) -> None:
    with pytest.raises(InvalidInput, match="a key of 2 whole numbers"):
        queries.commitments(CommitmentFilter(), after=(1,), order="due_at")


def test_a_second_policy_of_a_kind_stands_beside_the_first(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "p.sqlite", durable=False)
    chain = founded()
    second = score_policy(GENESIS_AT + 50)
    chain.add(events.PolicyPublished("score", 2, second.digest, "next.json", second.effective_from))
    Projector(engine).apply(chain.built)
    found = Queries(engine).policies(PolicyFilter())
    assert [(row.kind, row.version, row.effective_from) for row in found] == [
        ("score", 1, GENESIS_AT + 1),
        ("score", 2, GENESIS_AT + 50),
    ]
    engine.dispose()
