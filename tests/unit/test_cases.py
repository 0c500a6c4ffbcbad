"""Cases, standing and facts as of any moment, folded from events."""

from __future__ import annotations

import pytest

from ledger.domain import events as e
from ledger.domain.cases import CaseBook, GovernmentStanding, severity_of
from ledger.domain.enums import BreachState, ExcuseGround, Measure, Outcome, OutcomeBasis, Severity
from ledger.domain.scoring import CommitmentStanding
from ledger.policies import default_procedure_policy
from tests.unit.scoring_facts import fact

GOOD, WATCHED, DISCIPLINED, REPAIRED = GovernmentStanding
POLICY = default_procedure_policy()
ZERO = b"\0" * 32
SIGNER = "0x" + "00" * 20

PUBLISHED: list[tuple[int, object]] = [(0, e.ProcedurePolicyPublished(1, POLICY, 0))]


def reported(at: int, commitment: int = 1, debtor: int = 5) -> tuple[int, object]:
    return at, e.OverdueReported(commitment, debtor, SIGNER, at + 10, 1, "")


def determined(
    at: int, severity: Severity = Severity.GENERAL, commitment: int = 1, debtor: int = 5
) -> tuple[int, object]:
    return at, e.BreachDetermined(commitment, debtor, 9, severity, at + 9, at + 10, at + 40, at + 100, lapsed=False)


def outcome(at: int, degree: int, basis: OutcomeBasis, what: Outcome, commitment: int = 1) -> tuple[int, object]:
    return at, e.OutcomeRecorded(commitment, 5, 9, what, degree, at - 1, basis, ExcuseGround.NONE)


def opened(at: int, commitment: int = 1) -> tuple[int, object]:
    return at, e.DisputeOpened(3, commitment, 5, 9, at + 10, at + 20, 1, ZERO, "")


def concluded(at: int, what: Outcome, degree: int, commitment: int = 1) -> tuple[int, object]:
    return at, e.DisputeConcluded(3, commitment, 9, what, degree, ExcuseGround.NONE)


BROKEN = [reported(100), determined(200), outcome(200, 0, OutcomeBasis.BREACH, Outcome.BROKEN)]
"""Published from 210, can be repaired from 240, over at 300."""


def standings(happened: list[tuple[int, object]], *moments: int, government: int = 5) -> list[GovernmentStanding]:
    book = CaseBook.fold([*PUBLISHED, *happened])
    return [book.standing(government, moment) for moment in moments]


def test_a_breach_is_watched_then_published_then_over() -> None:
    assert standings(BROKEN, 99, 100, 199, 200, 209) == [GOOD, WATCHED, WATCHED, WATCHED, WATCHED]
    assert standings(BROKEN, 210, 299, 300) == [DISCIPLINED, DISCIPLINED, GOOD]
    assert standings(BROKEN, 250, government=6) == [GOOD]


def test_a_case_whose_commitment_was_kept_after_all_is_over() -> None:
    kept = [reported(100), outcome(150, 10_000, OutcomeBasis.CONFIRMATION, Outcome.FULFILLED)]
    assert standings(kept, 149, 150) == [WATCHED, GOOD]


def test_a_minor_breach_is_never_published() -> None:
    minor = [reported(100), determined(200, Severity.MINOR)]
    assert standings(minor, 210, 299, 300) == [WATCHED, WATCHED, GOOD]


def test_an_objection_suspends_publication_until_the_ruling_which_sets_the_periods_anew() -> None:
    upheld = [*BROKEN, opened(205), concluded(260, Outcome.BROKEN, 0), (260, e.BreachUpheld(1, 9, 260, 290, 360))]
    assert standings(upheld, 204, 205, 259, 260, 359, 360) == [
        WATCHED,
        WATCHED,
        WATCHED,
        DISCIPLINED,
        DISCIPLINED,
        GOOD,
    ]
    # As of a moment before the ruling, its periods are not known yet.
    assert standings([*BROKEN[:2], opened(205)], 230) == standings(upheld, 230)


def test_an_overturned_breach_leaves_nothing() -> None:
    overturned = [*BROKEN, opened(205), concluded(260, Outcome.FULFILLED, 10_000), (260, e.BreachOverturned(1, 9))]
    assert standings(overturned, 259, 260) == [WATCHED, GOOD]


def test_a_withdrawn_dispute_lets_publication_go_on() -> None:
    withdrawn = [*BROKEN, opened(205), (230, e.DisputeWithdrawn(3, 1, 5))]
    assert standings(withdrawn, 229, 230) == [WATCHED, DISCIPLINED]


def test_repair_ends_discipline_and_shows_until_publication_would_have_ended() -> None:
    repaired = [*BROKEN, (250, e.BreachRepaired(1, 5, 9))]
    assert standings(repaired, 249, 250, 299, 300) == [DISCIPLINED, REPAIRED, REPAIRED, GOOD]


def test_the_worst_case_decides() -> None:
    both = [*BROKEN, (250, e.BreachRepaired(1, 5, 9)), reported(260, commitment=2)]
    assert standings(both, 255, 260) == [REPAIRED, WATCHED]


def measure(at: int, starts_at: int, ends_at: int) -> tuple[int, object]:
    return at, e.MeasureImposed(7, 5, 9, 1, Measure.LIMIT_ON_NEW_AGREEMENTS, starts_at, ends_at, "")


def test_a_limit_on_new_agreements_holds_from_its_first_second_to_its_last() -> None:
    book = CaseBook.fold([*PUBLISHED, *BROKEN, measure(212, 220, 280)])
    held = [book.restricted(5, moment) is not None for moment in (219, 220, 279, 280)]
    assert held == [False, True, True, False]


@pytest.mark.parametrize(
    ("ending", "last"),
    [
        ((250, e.MeasureLifted(7, 9, "")), 249),
        ((250, e.BreachRepaired(1, 5, 9)), 249),
        (opened(250), 249),
        ((250, e.BreachOverturned(1, 9)), 249),
    ],
)
def test_a_measure_ends_with_what_it_rests_on(ending: tuple[int, object], last: int) -> None:
    book = CaseBook.fold([*PUBLISHED, *BROKEN, measure(212, 0, 290), ending])
    assert book.restricted(5, last) is not None
    assert book.restricted(5, last + 1) is None


def test_a_successor_stands_as_the_one_before_it_from_the_succession_on() -> None:
    happened = [*BROKEN, measure(212, 212, 290), (230, e.SuccessionRecorded(5, (6, 7), "merger"))]
    happened.append((240, e.SuccessionRecorded(7, (8,), "merger")))
    book = CaseBook.fold([*PUBLISHED, *happened])
    assert [book.standing(6, moment) for moment in (229, 230)] == [GOOD, DISCIPLINED]
    assert [book.standing(8, moment) for moment in (239, 240)] == [GOOD, DISCIPLINED]
    assert book.restricted(8, 245) is not None
    assert book.lineage(8, 245) == (8, 7, 5)
    assert book.heirs(5, 229) == (5,)
    assert book.heirs(5, 230) == (6, 7)
    assert book.heirs(5, 240) == (6, 8)


COMMITMENT = fact(1, 5, None)


def test_a_fact_shows_the_outcome_that_stood_and_the_dispute() -> None:
    happened = [
        outcome(150, 6_000, OutcomeBasis.CONFIRMATION, Outcome.PARTLY),
        opened(160),
        outcome(200, 9_000, OutcomeBasis.RULING, Outcome.PARTLY),
        concluded(200, Outcome.PARTLY, 9_000),
    ]
    book = CaseBook.fold(happened)
    before, disputed, ruled = (book.fact(COMMITMENT, moment, "recorded") for moment in (155, 160, 200))
    assert (before.outcome_basis_points, before.resolved_at, before.status) == (6_000, 149, CommitmentStanding.SETTLED)
    assert (disputed.status, disputed.disputed_at) == (CommitmentStanding.DISPUTED, 160)
    assert (ruled.outcome_basis_points, ruled.resolved_at, ruled.status) == (9_000, 199, CommitmentStanding.SETTLED)
    assert ruled.disputed_at is None
    # In effective time the outcome that is known now came about with the ruling.
    assert book.fact(COMMITMENT, 155, "effective").outcome_basis_points is None
    assert book.fact(COMMITMENT, 199, "effective").outcome_basis_points == 9_000


def test_a_fact_that_was_excused_has_no_outcome() -> None:
    book = CaseBook.fold(
        [opened(160), concluded(200, Outcome.EXCUSED, 0), outcome(200, 0, OutcomeBasis.RULING, Outcome.EXCUSED)]
    )
    found = book.fact(COMMITMENT, 250, "recorded")
    assert (found.status, found.outcome_basis_points, found.resolved_at) == (CommitmentStanding.EXCUSED, None, None)


def test_a_fact_follows_its_debtor_by_transfer_and_by_succession() -> None:
    happened = [(150, e.CommitmentTransferred(1, 5, 6)), (160, e.SuccessionRecorded(6, (7, 8), "split"))]
    book = CaseBook.fold(happened)
    assert book.fact(COMMITMENT, 149, "recorded") == COMMITMENT
    assert book.fact(COMMITMENT, 150, "recorded").debtor == 6
    inherited = book.fact(COMMITMENT, 160, "recorded")
    assert (inherited.debtor, inherited.co_heirs, inherited.inherited) == (7, (8,), True)
    other = book.fact(fact(2, 6, 10_000), 160, "effective")
    assert (other.debtor, other.outcome_basis_points) == (7, 10_000)


def test_the_state_of_a_case_goes_by_the_moment() -> None:
    book = CaseBook.fold([*PUBLISHED, *BROKEN, (250, e.BreachRepaired(1, 5, 9))])
    states = [book.cases[1].state(moment) for moment in (99, 100, 200, 250)]
    assert states == [BreachState.NONE, BreachState.REPORTED, BreachState.DETERMINED, BreachState.REPAIRED]


@pytest.mark.parametrize(
    ("weight", "lateness", "breaches", "expected"),
    [
        (
            POLICY.general.weight - 1,
            POLICY.general.lateness_seconds - 1,
            POLICY.general.repetitions - 1,
            Severity.MINOR,
        ),
        (POLICY.general.weight, 0, 1, Severity.GENERAL),
        (0, POLICY.general.lateness_seconds, 1, Severity.GENERAL),
        (0, 0, POLICY.general.repetitions, Severity.GENERAL),
        (POLICY.serious.weight - 1, 0, 1, Severity.GENERAL),
        (POLICY.serious.weight, 0, 1, Severity.SERIOUS),
        (0, POLICY.serious.lateness_seconds, 1, Severity.SERIOUS),
        (0, 0, POLICY.serious.repetitions, Severity.SERIOUS),
    ],
)
def test_any_one_threshold_makes_the_severity(weight: int, lateness: int, breaches: int, expected: Severity) -> None:
    assert severity_of(POLICY, weight, lateness, breaches) is expected
