"""The back-test: its figures by hand, its protocol, and what it refuses."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.analysis.backtest import SECOND_HALF, backtest, coverage
from ledger.analysis.bootstrap import bootstrap
from ledger.analysis.metrics import (
    area_under_curve,
    area_within,
    brier_score,
    calibration,
    calibration_error,
    log_loss,
)
from ledger.analysis.rows import BacktestError, BacktestRow, Question, prepare
from ledger.analysis.selection import select
from ledger.analysis.walk_forward import Prediction, predict, predict_baselines
from ledger.domain.scoring import ScoringError
from ledger.domain.scoring.fixed_point import NANO
from ledger.policies import default_policy
from tests.unit.scoring_facts import DAY, MILLION

POLICY = default_policy()

PAIRS = st.lists(st.tuples(st.integers(0, NANO), st.booleans()), max_size=30)


def row(government: str, commitment: str, outcome: int | None, due: int = 300, **changes: object) -> BacktestRow:
    """A row made on day 0, due on a day, resolved the day before."""
    values = {
        "forum": "forum",
        "made_at": 0,
        "due_at": due * DAY,
        "resolved_at": None if outcome is None else (due - 1) * DAY,
        **changes,
    }
    return BacktestRow(government=government, commitment=commitment, outcome_basis_points=outcome, **values)  # type: ignore[arg-type]


def record(seed: int = 1, years: int = 12, per_year: int = 12) -> list[BacktestRow]:
    """A made-up record: eight governments of different faith, commitments of two terms, the longer ones harder."""
    chance = random.Random(seed)
    rows = []
    for year, number in product(range(years), range(per_year)):
        long = number % 2
        due = 400 + 365 * year + number
        for place in range(8):
            if chance.random() < 0.3:
                continue
            rate = 0.25 + 0.08 * place - 0.2 * long
            outcome = 10_000 if chance.random() < rate else chance.choice([0, 5_000])
            rows.append(row(f"g{place}", f"{year}-{number}", outcome, due, made_at=(due - 300 - 1_400 * long) * DAY))
    return rows


# Figures by hand.


@given(PAIRS)
def test_auc_is_the_share_of_pairs_ranked_rightly(pairs: list[tuple[int, bool]]) -> None:
    good = [value for value, kept in pairs if kept]
    bad = [value for value, kept in pairs if not kept]
    compared = [1.0 if a > b else 0.5 if a == b else 0.0 for a in good for b in bad]
    found = area_under_curve([value for value, _ in pairs], [kept for _, kept in pairs])
    assert found == (pytest.approx(sum(compared) / len(compared)) if compared else None)


def test_auc_within_compares_members_of_one_commitment_only() -> None:
    predicted, kept = [9, 1, 5, 6], [True, False, True, False]
    assert area_within(predicted, kept, ["a", "a", "b", "b"]) == 0.5
    assert area_within(predicted, kept, ["a", "b", "c", "d"]) is None
    assert area_under_curve(predicted, kept) == 0.75


def test_brier_log_loss_and_calibration_by_hand() -> None:
    predicted, kept = [NANO * 8 // 10, NANO * 8 // 10, NANO * 3 // 10], [True, False, False]
    assert brier_score(predicted, kept) == pytest.approx((0.04 + 0.64 + 0.09) / 3)
    assert log_loss(predicted, kept) == pytest.approx(-(math.log(0.8) + math.log(0.2) + math.log(0.7)) / 3)
    # Bin 8 predicts 1.6 of 2 and 1 was kept; bin 3 predicts 0.3 of 1 and none was.
    assert calibration_error(predicted, kept) == pytest.approx((0.6 + 0.3) / 3)
    bins = calibration(predicted, kept)
    assert [(found.rows, found.kept) for found in bins if found.rows] == [(1, 0), (2, 1)]
    assert len(bins) == 10


def test_certainty_costs_much_and_never_infinitely() -> None:
    assert log_loss([0], [True]) == pytest.approx(-math.log(1e-6))
    assert log_loss([NANO], [False]) == pytest.approx(-math.log(1e-6))


def test_figures_of_nothing_do_not_exist() -> None:
    assert [figure([], []) for figure in (area_under_curve, brier_score, log_loss, calibration_error)] == [None] * 4


def test_coverage_asks_only_years_with_ten_outcomes() -> None:
    def questions(count: int, kept: int) -> list[Question]:
        keys = (("all",), ("kind", 1), ("forum", 0, 0), ("reference", 0, "a"))
        return [Question(n, 100 * DAY, 100 * DAY, 1, keys, n < kept) for n in range(count)]

    even = [Prediction(NANO // 2, 50 * MILLION)] * 20
    assert coverage(questions(9, 5), even[:9], POLICY) is None
    assert coverage(questions(20, 10), even, POLICY) == 1.0
    assert coverage(questions(20, 0), even, POLICY) == 0.0


def test_bootstrap_is_clustered_repeatable_and_around_the_figure() -> None:
    report = backtest(record(), POLICY)
    again = backtest(record(), POLICY)
    assert report == again
    for name, found in report.intervals.items():
        figure = getattr(report.figures, name)
        assert found is not None
        assert found[0] < figure < found[1] or name == "ece"


def test_bootstrap_of_one_government_has_no_width() -> None:
    found = bootstrap([1, 2, 3], [True, False, True], [7, 7, 7], ["a", "a", "b"], 20)
    assert found["auc"] == (0.5, 0.5)
    assert found["auc_within"] == (0.0, 0.0)
    assert bootstrap([], [], [], [], 20) == dict.fromkeys(("auc", "auc_within", "brier", "ece"))


# The protocol.


def test_the_first_fifth_is_burn_in_and_unknown_rows_are_counted_only() -> None:
    rows = [row("a", str(n), 10_000 if n % 3 else 0, 300 + n) for n in range(20)] + [row("a", "x", None)]
    report = backtest(rows, POLICY)
    assert (report.rows, report.predicted) == (21, 16)
    assert backtest(rows, POLICY, skip=SECOND_HALF).predicted == 10


def answers_to(rows: Sequence[BacktestRow]) -> dict[tuple[str, str], int]:
    material = prepare(rows, POLICY)
    answers = predict(material.entries, material.questions, POLICY)
    return {
        (rows[question.row].government, rows[question.row].commitment): answer.kept_nano
        for question, answer in zip(material.questions, answers, strict=True)
    }


def test_what_is_resolved_at_the_same_moment_is_not_seen() -> None:
    # Both are predicted on day 299, when both are resolved: neither may know the other.
    together = answers_to([row("a", "1", 10_000), row("b", "1", 10_000)])
    alone = answers_to([row("a", "1", 10_000)])
    assert together["a", "1"] == alone["a", "1"] == together["b", "1"]


def test_what_is_resolved_before_is_seen_and_what_is_resolved_late_is_not() -> None:
    asked = row("b", "2", 10_000, 500)
    fresh = answers_to([asked])["b", "2"]
    early = answers_to([asked, row("a", "1", 10_000, 300)])["b", "2"]
    # Due before, resolved after: not known yet when the other falls due.
    late = answers_to([asked, row("a", "1", 10_000, 300, resolved_at=500 * DAY)])["b", "2"]
    assert early > fresh == late


def test_a_row_is_predicted_when_it_is_resolved_if_that_is_before_it_is_due() -> None:
    asked = row("b", "2", 10_000, 500, resolved_at=250 * DAY)
    assert answers_to([asked, row("a", "1", 10_000, 300)])["b", "2"] == answers_to([asked])["b", "2"]


def test_the_outcome_of_a_row_does_not_change_its_own_prediction() -> None:
    rows = record()
    place = len(rows) // 2
    flipped = list(rows)
    flipped[place] = replace(rows[place], outcome_basis_points=10_000 - (rows[place].outcome_basis_points or 0))
    name = (rows[place].government, rows[place].commitment)
    assert answers_to(rows)[name] == answers_to(flipped)[name]


def test_the_order_of_the_rows_matters_only_for_ties_of_the_due_date() -> None:
    rows = record()
    shuffled = list(rows)
    random.Random(4).shuffle(shuffled)
    assert answers_to(rows) == answers_to(shuffled)


def test_the_vectorised_way_gives_the_same_report() -> None:
    rows = record()
    assert backtest(rows, POLICY, predictor=predict) == backtest(rows, POLICY)


def test_baselines_by_hand() -> None:
    rows = [row("a", "1", 10_000, 300), row("a", "2", 0, 310), row("b", "3", 0, 320), row("a", "4", 10_000, 400)]
    material = prepare(rows, POLICY)
    global_rate, shrunk = predict_baselines(material.entries, material.questions)
    assert global_rate[0].kept_nano == NANO // 2
    assert global_rate[3].kept_nano == NANO // 3
    assert shrunk[3].kept_nano == (NANO + 10 * (NANO // 3)) // 12


def test_the_model_finds_what_there_is_to_find() -> None:
    report = backtest(record(), POLICY)
    figures, shrunk, everybody = report.figures, report.baselines["shrunk"], report.baselines["global"]
    for name, higher in (("auc", 1), ("auc_within", 1), ("brier", -1), ("log_loss", -1)):
        model, rival = getattr(figures, name), getattr(shrunk, name)
        # Within one commitment only the governments differ, and the shrunken mean knows those nearly as well.
        slack = 0.02 if name == "auc_within" else 0
        assert higher * model > higher * rival - slack
        assert higher * model > higher * getattr(everybody, name)


def test_the_report_is_json_with_the_agreed_keys() -> None:
    found = json.loads(json.dumps(backtest(record(), POLICY, resamples=10).to_json(), allow_nan=False))
    keys = ["auc", "auc_within", "brier", "log_loss", "ece", "coverage90"]
    assert list(found)[:8] == ["rows", "predicted", *keys]
    assert set(found["baselines"]) == {"global", "shrunk"}
    assert all(list(figures) == keys for figures in found["baselines"].values())
    assert found["policy_digest"] == POLICY.digest.hex()


# Records that are hardly any.


def test_one_government_alone_is_predicted() -> None:
    report = backtest([row("a", str(n), 10_000 if n % 2 else 0, 300 + n) for n in range(30)], POLICY)
    assert report.predicted == 24
    assert report.figures.auc is not None
    assert report.figures.auc_within is None


def test_one_row_that_all_kept_and_no_outcome_at_all() -> None:
    assert backtest([row("a", "1", 10_000)], POLICY).figures.auc is None
    nothing = backtest([row("a", "1", None)], POLICY)
    assert (nothing.rows, nothing.predicted) == (1, 0)
    assert set(nothing.to_json()["baselines"]["global"].values()) == {None}


def test_a_weight_of_zero_is_predicted_and_teaches_nothing() -> None:
    asked = row("b", "2", 10_000, 500)
    empty = row("a", "1", 10_000, 300, weight_millionths=0)
    assert len(answers_to([asked, empty])) == 2
    assert answers_to([asked, empty])["b", "2"] == answers_to([asked])["b", "2"]


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        ([], BacktestError, "back-test: rows: 0 is not allowed; expected at least one row"),
        ([row("a", "1", 0), row("a", "1", 0)], BacktestError, "row 2: commitment: '1' .* no repetition of row 1"),
        ([row("a", "1", 10_001)], ScoringError, "outcome_basis_points: 10001"),
        ([row("a", "1", 0, weight_millionths=-1)], ScoringError, "weight_millionths: -1"),
        ([row("a", "1", 0, resolved_at=None)], ScoringError, "together or neither"),
    ],
)
def test_impossible_rows_are_refused(rows: list[BacktestRow], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        backtest(rows, POLICY)


# Selection.


def test_selection_chooses_on_the_first_half_and_reports_the_second() -> None:
    rows = record(years=8, per_year=8)
    slow = replace(POLICY, rating_gain_millionths=400_000, rating_shrinkage_millionths=200_000_000)
    found = select(rows, slow, resamples=5)
    assert found.before == backtest(rows, slow, skip=SECOND_HALF, resamples=5)
    assert found.after == backtest(rows, found.policy, skip=SECOND_HALF, resamples=5)
    assert found.changed
    assert all(getattr(found.policy, name) == after for name, (_, after) in found.changed.items())
    # What happened in the second half cannot have been used to choose.
    half = prepare(rows, slow).questions[len(rows) // 2].due_at
    blind = [replace(found, outcome_basis_points=0) if found.due_at > half else found for found in rows]
    assert select(blind, slow, resamples=5).policy == found.policy


def test_selection_needs_a_first_half() -> None:
    with pytest.raises(BacktestError, match="selection: rows with an outcome: 1"):
        select([row("a", "1", 0)], POLICY)
