"""The projection of negotiation, breach, dispute, discipline and succession: what each leaves, and how it is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.domain import events
from ledger.domain.enums import (
    AccessionRule,
    AgreementState,
    BreachState,
    CommitmentState,
    DisputeState,
    EndReason,
    ExcuseGround,
    GovernmentState,
    Outcome,
    OutcomeBasis,
    Severity,
)
from ledger.errors import InvalidInput
from ledger.policies import default_procedure_policy
from ledger.store.engine import open_engine
from ledger.store.projection import Projector, Queries
from ledger.store.projection.case_filters import (
    AccessionFilter,
    AssessmentFilter,
    BreachFilter,
    DebtTransferFilter,
    DialogueFilter,
    DisputeFilter,
    IncentiveFilter,
    MeasureFilter,
    RotationFilter,
)
from ledger.store.projection.filters import AgreementFilter, CommitmentFilter, HistoryFilter
from tests.unit.chain_builder import (
    CONFIRM_BY,
    DISTRICT,
    FIFTH,
    FOURTH,
    GENESIS_AT,
    HARBOUR,
    PROVINCE,
    RECORDER,
    THIRD,
    FakeChain,
    digest,
    every_kind_of_event,
    evidence,
    founded,
    registered,
    terms,
)


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queries]:
    engine = open_engine(tmp_path_factory.mktemp("life") / "projection.sqlite", durable=False)
    Projector(engine).apply(every_kind_of_event().built)
    yield Queries(engine)
    engine.dispose()


def projected(path: Path, chain: FakeChain) -> Queries:
    engine = open_engine(path / "projection.sqlite", durable=False)
    Projector(engine).apply(chain.built)
    return Queries(engine)


# ------------------------------------------------------------------------------------------------------- agreements


def test_an_agreement_shows_the_terms_in_force(queries: Queries) -> None:
    row = queries.agreement(3)
    assert row is not None
    assert (row.version, row.pending_version, row.terms_version) == (4, None, 4)
    assert (row.title, row.terms_digest) == ("Licences, permits and seals", "0x" + digest("terms 3, fourth").hex())
    assert (row.accession, row.template) == (AccessionRule.ON_APPROVAL, "0x" + digest("template").hex())
    # An amendment names no date of its own: the agreement keeps that on which it was concluded.
    assert (row.effective_from, row.expires_at) == (GENESIS_AT + 10, GENESIS_AT + 100_000)
    assert [each.name for each in row.indicators] == ["Cases"]
    assert [each.name for each in queries.agreement_indicators(3, 2)] == ["Cases", "Days"]
    assert (row.suspended_at, row.suspension_reason) == (None, None)
    assert (row.state, row.end_reason, row.ended_by) == (AgreementState.ENDED, EndReason.SUPERSEDED, RECORDER)
    assert (row.end_commitment, row.end_successor, row.end_note) == (None, 2, "agreement 2 is wider")


def test_every_version_is_kept_with_what_became_of_it(queries: Queries) -> None:
    versions = queries.agreement_versions(3)
    assert [(each.number, each.proposer, each.change_note) for each in versions] == [
        (1, DISTRICT, ""),
        (2, HARBOUR, "permits too"),
        (3, DISTRICT, "seals too"),
        (4, DISTRICT, "seals after all"),
    ]
    assert [(each.superseded_at, each.concluded_at, each.declined_at) for each in versions] == [
        (GENESIS_AT + 9, None, None),
        (None, GENESIS_AT + 10, None),
        (None, None, GENESIS_AT + 11),
        (None, GENESIS_AT + 12, None),
    ]
    assert (versions[2].declined_by, versions[2].decline_reason) == (HARBOUR, "too much")
    assert not any(each.pending for each in versions)
    signed = [(each.version, each.party) for each in queries.agreement_signatures(3)]
    assert signed == [(1, DISTRICT), (2, DISTRICT), (2, HARBOUR), (4, DISTRICT), (4, HARBOUR), (4, PROVINCE)]
    assert versions[1].terms["title"] == "Licences and permits"


def test_before_conclusion_an_agreement_shows_the_newest_proposal(tmp_path: Path) -> None:
    chain = founded()
    first, second = terms((DISTRICT, HARBOUR), "First"), terms((DISTRICT, HARBOUR), "Second")
    chain.add(
        events.AgreementProposed(2, DISTRICT, digest("first"), first),
        events.AgreementSigned(2, 1, DISTRICT, digest("first")),
        events.AgreementVersionProposed(2, 2, HARBOUR, digest("second"), replace(second, effective_from=7), "later"),
    )
    queries = projected(tmp_path, chain)
    row = queries.agreement(2)
    assert row is not None
    assert (row.title, row.version, row.pending_version, row.effective_from) == ("Second", None, 2, 7)
    # The district signed what was superseded, and not yet what takes its place.
    assert [each.signed_at for each in row.parties] == [None, None]
    assert [each.id for each in queries.agreements(AgreementFilter(pending=True))] == [2]
    assert queries.agreements(AgreementFilter(pending=False, party=DISTRICT))[0].id == 1


def test_an_agreement_that_a_party_declined_is_abandoned(queries: Queries) -> None:
    row = queries.agreement(4)
    assert row is not None
    assert (row.state, row.pending_version, row.version) == (AgreementState.ABANDONED, None, None)
    assert [each.decline_reason for each in queries.agreement_versions(4)] == ["not ours"]


def test_newcomers_assessments_consents_and_dialogues(queries: Queries) -> None:
    (newcomer,) = queries.accessions(AccessionFilter(agreement=3))
    assert (newcomer.government, newcomer.requested_at) == (PROVINCE, GENESIS_AT + 10)
    assert (newcomer.admitted_at, newcomer.body) == (GENESIS_AT + 11, RECORDER)
    assert queries.accessions(AccessionFilter(waiting=True)) == []
    assert queries.accessions(AccessionFilter(waiting=False, government=PROVINCE)) == [newcomer]

    (assessment,) = queries.assessments(AssessmentFilter(body=RECORDER))
    assert (assessment.agreement, assessment.number, assessment.version) == (3, 1, 4)
    (result,) = assessment.results
    assert (result.indicator, result.measured, result.achieved_basis_points) == (0, 6_000_000, 10_000)
    assert queries.assessments(AssessmentFilter(agreement=1)) == []

    assert [(each.party, each.note) for each in queries.end_consents(3)] == [(DISTRICT, "done")]
    about, of_pair = queries.dialogue_records(DialogueFilter(government=DISTRICT))
    assert (about.agreement, about.counterpart, about.messages) == (3, None, 12)
    assert (of_pair.agreement, of_pair.counterpart) == (None, HARBOUR)
    assert queries.dialogue_records(DialogueFilter(government=HARBOUR)) == [of_pair]
    assert queries.dialogue_records(DialogueFilter(agreement=3)) == [about]


def test_successors_take_the_seat_of_the_one_they_succeed(queries: Queries) -> None:
    row = queries.agreement(2)
    assert row is not None
    assert [each.government for each in row.parties] == [DISTRICT, 6, 7]
    assert [(each.government, each.left_at) for each in row.former_parties] == [(HARBOUR, GENESIS_AT + 25)]
    assert [(each.predecessor, each.successor) for each in queries.party_successions(2)] == [(HARBOUR, 6), (HARBOUR, 7)]


def test_a_successor_that_is_a_party_already_stays_what_it_was(tmp_path: Path) -> None:
    chain = founded()
    chain.add(events.SuccessionRecorded(HARBOUR, (DISTRICT,), "merger"), events.PartySucceeded(1, HARBOUR, DISTRICT))
    row = projected(tmp_path, chain).agreement(1)
    assert row is not None
    assert [(each.government, each.recorded_at) for each in row.parties] == [
        (DISTRICT, GENESIS_AT + 1),
        (PROVINCE, GENESIS_AT + 1),
    ]


# ------------------------------------------------------------------------------------------------------ commitments


def test_a_commitment_binds_once_it_is_accepted(tmp_path: Path) -> None:
    chain = founded()
    chain.add(*(registered(number, DISTRICT, HARBOUR, GENESIS_AT + 9) for number in (1, 2, 3)))
    chain.add(events.CommitmentAccepted(1, HARBOUR), events.CommitmentDeclined(2, HARBOUR, "no"), at=GENESIS_AT + 5)
    queries = projected(tmp_path, chain)
    rows = [queries.commitment(number) for number in (1, 2, 3)]
    states = [None if row is None else row.state for row in rows]
    assert states == [CommitmentState.ACTIVE, CommitmentState.DECLINED, CommitmentState.PROPOSED]
    assert [row is not None and row.overdue(GENESIS_AT + 10) for row in rows] == [True, False, False]
    assert [each.id for each in queries.commitments(CommitmentFilter(overdue_at=GENESIS_AT + 10))] == [1]
    # At its due second it is still kept in time, and before it was accepted it was not owed.
    assert queries.commitments(CommitmentFilter(overdue_at=GENESIS_AT + 9)) == []


def test_evidence_waits_for_an_answer_until_a_moment(tmp_path: Path) -> None:
    chain = founded()
    chain.add(registered(1, DISTRICT, HARBOUR, GENESIS_AT + 9), events.CommitmentAccepted(1, HARBOUR))
    chain.add(evidence(1, DISTRICT, GENESIS_AT + 3, sampled=True))
    queries = projected(tmp_path, chain)
    row = queries.commitment(1)
    assert row is not None
    assert (row.state, row.sampled, row.audited) == (CommitmentState.EVIDENCED, True, False)
    assert (row.evidenced_at, row.confirm_by) == (GENESIS_AT + 3, CONFIRM_BY)
    assert [each.id for each in queries.commitments(CommitmentFilter(confirm_from=CONFIRM_BY))] == [1]
    assert [each.id for each in queries.commitments(CommitmentFilter(confirm_to=CONFIRM_BY))] == [1]
    assert queries.commitments(CommitmentFilter(confirm_to=CONFIRM_BY - 1)) == []
    assert queries.commitments(CommitmentFilter(confirm_from=CONFIRM_BY + 1)) == []
    (lodged,) = queries.evidence(1)
    assert (lodged.late, lodged.sampled, lodged.confirm_by) == (False, True, CONFIRM_BY)


def test_a_commitment_that_was_handed_over_and_released(queries: Queries) -> None:
    row = queries.commitment(3)
    assert row is not None
    assert (row.debtor, row.original_debtor) == (PROVINCE, DISTRICT)
    assert (row.outcome, row.outcome_basis, row.excuse_ground) == (
        Outcome.EXCUSED,
        OutcomeBasis.RELEASE,
        ExcuseGround.RELEASED,
    )
    assert row.release_reason == "no longer needed"
    assert [(each.former_debtor, each.debtor) for each in queries.commitment_transfers(3)] == [(DISTRICT, PROVINCE)]
    assert queries.every_commitment_transfer() == queries.commitment_transfers(3)
    assert [(each.auditor, each.upheld, each.finding) for each in queries.evidence_audits(3)] == [
        (RECORDER, True, "it is there")
    ]
    assert [(each.creditor, each.reason) for each in queries.evidence_contests(3)] == [(HARBOUR, "it is not")]

    taken_back, completed = queries.debt_transfers(DebtTransferFilter(commitment=3))
    assert (taken_back.new_debtor, taken_back.void_at, taken_back.completed_at) == (HARBOUR, GENESIS_AT + 13, None)
    assert (completed.taken_over_at, completed.consented_at, completed.completed_at, completed.void_at) == (
        GENESIS_AT + 14,
        GENESIS_AT + 14,
        GENESIS_AT + 14,
        None,
    )
    assert queries.debt_transfers(DebtTransferFilter(open=True)) == []
    assert queries.debt_transfers(DebtTransferFilter(party=PROVINCE)) == [completed]
    # The creditor is concerned too.
    assert len(queries.debt_transfers(DebtTransferFilter(party=HARBOUR, open=False))) == 2


def test_the_history_names_who_owed_it_then(queries: Queries) -> None:
    def of(event: str, government: int) -> list[int]:
        found = queries.history(HistoryFilter(event=event, government=government, commitment=3))
        return [each.sequence for each in found]

    # The creditor accepted what the district offered; what it contested was the province's.
    assert len(of("CommitmentAccepted", DISTRICT)) == 1
    assert of("CommitmentAccepted", PROVINCE) == []
    assert of("EvidenceContested", DISTRICT) == []
    assert len(of("EvidenceContested", PROVINCE)) == 1


# ------------------------------------------------------------------------------------------- breaches and discipline


def test_a_breach_with_its_dates(queries: Queries) -> None:
    row = queries.breach(5)
    assert row is not None
    assert (row.state, row.severity, row.body) == (BreachState.REPAIRED, Severity.GENERAL, RECORDER)
    assert (row.reporter, row.report_note, row.reported_at) == (THIRD, "nothing came", GENESIS_AT + 16)
    assert (row.explanation, row.explained_at) == ("the road was closed", GENESIS_AT + 16)
    assert (row.rectify_by, row.rectification_set_at) == (GENESIS_AT + 45, GENESIS_AT + 17)
    assert (row.refused_at, row.refusal_reason) == (GENESIS_AT + 17, "it cannot be done")
    assert (row.determined_at, row.lapsed, row.object_by) == (GENESIS_AT + 17, False, GENESIS_AT + 60)
    assert (row.published_from, row.repairable_from, row.published_until) == (
        GENESIS_AT + 61,
        GENESIS_AT + 70,
        GENESIS_AT + 80,
    )
    # The second request waits for no answer: it was granted.
    assert (row.repair_locator, row.repair_refused_at, row.repaired_at) == ("archive/p2", None, GENESIS_AT + 18)
    assert queries.breaches_by_commitment([5, 6]) == {5: row}


def test_a_ruling_can_find_a_breach_that_nobody_had_reported(queries: Queries) -> None:
    row = queries.breach(8)
    assert row is not None
    assert (row.state, row.severity, row.debtor) == (BreachState.OVERTURNED, Severity.MINOR, DISTRICT)
    assert (row.reported_at, row.procedure_version, row.object_by) == (None, None, None)
    # Upheld anew, its periods count from then.
    assert (row.upheld_at, row.published_until) == (GENESIS_AT + 23, GENESIS_AT + 95)
    assert row.overturned_at == GENESIS_AT + 23


def test_breaches_are_found(queries: Queries) -> None:
    def found(**which: object) -> list[int]:
        return [each.commitment for each in queries.breaches(BreachFilter(**which))]  # type: ignore[arg-type]

    assert found() == [5, 8]
    assert found(debtor=DISTRICT) == [5, 8]
    assert found(body=PROVINCE) == [8]
    assert found(state=BreachState.REPAIRED) == [5]
    assert found(severity=Severity.MINOR) == [8]
    assert found(agreement=1) == [5, 8]
    assert found(agreement=2) == []
    assert found(not_over_at=GENESIS_AT + 79) == [5, 8]
    assert found(not_over_at=GENESIS_AT + 80) == [8]
    assert [each.commitment for each in queries.breaches(BreachFilter(), after=(5,))] == [8]
    assert queries.count(BreachFilter(debtor=DISTRICT)) == 2


def test_measures_and_incentives(queries: Queries) -> None:
    measure = queries.measure(1)
    assert measure is not None
    assert (measure.government, measure.commitment) == (DISTRICT, 5)
    assert (measure.lifted_at, measure.lift_reason) == (GENESIS_AT + 18, "it has done enough")
    # It was lifted before it began.
    assert queries.measures(MeasureFilter(government=DISTRICT, running_at=GENESIS_AT + 61)) == []
    assert queries.measures(MeasureFilter(commitment=5)) == [measure]
    incentive = queries.incentive(1)
    assert incentive is not None
    assert (incentive.government, incentive.revocation_reason) == (HARBOUR, "by mistake")
    assert queries.incentives(IncentiveFilter(body=RECORDER)) == [incentive]
    assert queries.incentives(IncentiveFilter(running_at=GENESIS_AT + 26)) == []
    lifted = queries.history(HistoryFilter(event="MeasureLifted", government=DISTRICT))
    assert [(each.measure, each.commitment, each.agreement) for each in lifted] == [(1, 5, 1)]
    assert len(queries.history(HistoryFilter(event="IncentiveRevoked", government=HARBOUR))) == 1


# --------------------------------------------------------------------------------------------------------- disputes


def test_a_dispute_that_was_appealed_is_before_a_panel(queries: Queries) -> None:
    row = queries.dispute(1)
    assert row is not None
    assert (row.state, row.body, row.panel) == (DisputeState.APPEALED, None, (PROVINCE,))
    assert (row.outcome, row.outcome_basis_points, row.ruled_by) == (Outcome.PARTLY, 5_000, RECORDER)
    assert (row.appellant, row.appealed_at, row.grounds_locator) == (HARBOUR, GENESIS_AT + 22, "archive/g")
    assert (row.evidence_until, row.rule_by) == (GENESIS_AT + 60, GENESIS_AT + 70)
    disputed = queries.commitment(6)
    assert disputed is not None
    assert (disputed.state, disputed.state_undisputed) == (CommitmentState.DISPUTED, CommitmentState.CONTESTED)
    assert (disputed.dispute, disputed.disputed_at) == (1, GENESIS_AT + 20)
    assert [each.locator for each in queries.dispute_evidence(1)] == ["archive/l1"]
    (given,) = queries.rulings(1)
    assert (given.body, given.given, given.needed, given.ground) == (RECORDER, 1, 1, None)


def test_a_dispute_that_was_taken_back_leaves_the_commitment_where_it_was(queries: Queries) -> None:
    row, commitment = queries.dispute(2), queries.commitment(7)
    assert row is not None
    assert commitment is not None
    assert (row.state, row.withdrawn_at) == (DisputeState.WITHDRAWN, GENESIS_AT + 20)
    assert (commitment.state, commitment.dispute) == (CommitmentState.CONTESTED, None)


def test_a_dispute_that_went_up_and_was_ruled_on(queries: Queries) -> None:
    row, commitment = queries.dispute(3), queries.commitment(8)
    assert row is not None
    assert commitment is not None
    assert (row.state, row.concluded_at, row.appeal_by) == (DisputeState.FINAL, GENESIS_AT + 22, None)
    assert (row.escalated_at, row.ruled_by) == (GENESIS_AT + 21, PROVINCE)
    assert row.panel == (PROVINCE, RECORDER)
    assert [(each.member, each.current) for each in queries.panel_members(3)] == [
        (RECORDER, False),
        (PROVINCE, False),
        (PROVINCE, True),
        (RECORDER, True),
    ]
    assert (commitment.state, commitment.outcome_basis) == (CommitmentState.SETTLED, OutcomeBasis.RULING)
    assert commitment.dispute is None


def test_disputes_are_found(queries: Queries) -> None:
    def found(**which: object) -> list[int]:
        return [each.id for each in queries.disputes(DisputeFilter(**which))]  # type: ignore[arg-type]

    assert found() == [1, 2, 3]
    assert found(open=True) == [1]
    assert found(open=False) == [2, 3]
    assert found(commitment=7) == [2]
    assert found(agreement=1, state=DisputeState.FINAL) == [3]
    # A panel is before its members, and only those who are drawn now.
    assert found(body=PROVINCE) == [1, 3]
    assert found(body=RECORDER) == [2, 3]
    assert found(side=HARBOUR) == [1, 2, 3]
    assert found(side=PROVINCE) == []
    assert found(opener=DISTRICT) == [1, 2, 3]
    evidence_lodged = queries.history(HistoryFilter(dispute=1, event="DisputeEvidenceLodged"))
    assert [(each.commitment, each.agreement) for each in evidence_lodged] == [(6, 1)]


# --------------------------------------------------------------------------------------------- register and procedure


def test_keys_that_were_handed_over_frozen_and_recovered(queries: Queries) -> None:
    handed, frozen = queries.signer(FOURTH), queries.signer(THIRD)
    assert handed is not None
    assert frozen is not None
    assert handed.removed_at == GENESIS_AT + 24
    assert (frozen.frozen_by, frozen.freeze_reason) == (RECORDER, "lost after all")
    accepted, void = queries.rotations(RotationFilter(government=PROVINCE))
    assert (accepted.signer, accepted.replacement, accepted.accepted_at, accepted.void_at) == (
        FOURTH,
        THIRD,
        GENESIS_AT + 24,
        None,
    )
    assert (void.replacement, void.accepted_at, void.void_at) == (FIFTH, None, GENESIS_AT + 24)
    assert queries.rotations(RotationFilter(open=True)) == []
    assert queries.rotations(RotationFilter(signer=THIRD, open=False)) == [void]
    province = queries.government(PROVINCE)
    assert province is not None
    assert province.recovery_account == FIFTH


def test_an_account_that_is_added_again_stays_frozen(tmp_path: Path) -> None:
    chain = founded()
    chain.add(
        events.SignerAdded(DISTRICT, THIRD),
        events.SignerFrozen(DISTRICT, THIRD, RECORDER, "stolen"),
        events.SignerRemoved(DISTRICT, THIRD),
    )
    chain.add(events.SignerAdded(DISTRICT, THIRD))
    row = projected(tmp_path, chain).signer(THIRD)
    assert row is not None
    assert (row.removed_at, row.frozen_by, row.added_at) == (None, RECORDER, GENESIS_AT + 3)


def test_successions(queries: Queries) -> None:
    harbour = queries.government(HARBOUR)
    assert harbour is not None
    assert (harbour.state, harbour.succeeded_at) == (GovernmentState.SUCCEEDED, GENESIS_AT + 25)
    assert [(each.successor, each.ground) for each in queries.successors(HARBOUR)] == [
        (6, "order 12 of 2026"),
        (7, "order 12 of 2026"),
    ]
    assert queries.lineage(6) == [6, HARBOUR]
    assert queries.lineage(HARBOUR) == [HARBOUR]
    assert [each.successor for each in queries.successions()] == [6, 7]


def test_procedure_policies(queries: Queries) -> None:
    (row,) = queries.procedure_policies()
    assert (row.version, row.effective_from, row.policy) == (1, GENESIS_AT + 2, default_procedure_policy())
    assert queries.procedure_policy(1) == row
    assert queries.procedure_policy(2) is None
    assert queries.procedure_policy_at(GENESIS_AT + 2) == row
    assert queries.procedure_policy_at(GENESIS_AT + 1) is None


def test_numbers_that_no_database_holds_are_refused(queries: Queries) -> None:
    for ask in (queries.breach, queries.dispute, queries.measure, queries.incentive, queries.lineage, queries.rulings):
        with pytest.raises(InvalidInput):
            ask(2**63)
    with pytest.raises(InvalidInput):
        BreachFilter(debtor=2**63)
