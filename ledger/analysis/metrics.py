"""
How good predictions are: the figures of a back-test.

All take probabilities in nanos and outcomes (kept or not). Sums are made in integers and divided once at the end, so
the figures do not depend on the order of the rows; only the logarithm is a float, summed exactly by `math.fsum`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.domain.scoring.fixed_point import NANO

CALIBRATION_BINS = 10
"""Bins of equal width for the calibration error."""

_SURE_NANO = 1_000
"""No probability is taken as surer than this in the log loss, which would be infinite at 0 and 1."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one predictor; None where a figure does not exist for these rows."""

    auc: float | None
    """How often a kept commitment was ranked above one not kept; ties count half. None if all ended alike."""

    auc_within: float | None
    """The same among members of one commitment. None where no commitment has two that ended differently."""

    brier: float | None
    log_loss: float | None
    ece: float | None
    """Expected calibration error: mean distance of predicted and observed rate over ten bins, weighted by rows."""

    coverage90: float | None
    """Share of government-years with ten or more outcomes whose number kept lay in the predictive interval."""

    def to_json(self) -> dict[str, float | None]:
        """Return the figures by name, rounded to six places."""
        return {
            name: None if (value := getattr(self, name)) is None else round(value, 6)
            for name in ("auc", "auc_within", "brier", "log_loss", "ece", "coverage90")
        }


def rank_shares(predicted: Sequence[int], kept: Sequence[bool]) -> tuple[int, int]:
    """Return (twice the pairs ranked rightly, ties once; twice all pairs) of a kept and an unkept commitment."""
    order = sorted(range(len(predicted)), key=lambda index: predicted[index])
    right = unkept_below = position = 0
    while position < len(order):
        end = position
        tied_kept = tied_unkept = 0
        while end < len(order) and predicted[order[end]] == predicted[order[position]]:
            if kept[order[end]]:
                tied_kept += 1
            else:
                tied_unkept += 1
            end += 1
        right += tied_kept * (2 * unkept_below + tied_unkept)
        unkept_below += tied_unkept
        position = end
    total = sum(kept)
    return right, 2 * total * (len(kept) - total)


def area_under_curve(predicted: Sequence[int], kept: Sequence[bool]) -> float | None:
    """Return the AUC."""
    right, pairs = rank_shares(predicted, kept)
    return right / pairs if pairs else None


def area_within(predicted: Sequence[int], kept: Sequence[bool], groups: Sequence[object]) -> float | None:
    """Return the AUC over pairs of the same group, all pairs weighing alike."""
    members: dict[object, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    right = pairs = 0
    for indices in members.values():
        group_right, group_pairs = rank_shares([predicted[i] for i in indices], [kept[i] for i in indices])
        right, pairs = right + group_right, pairs + group_pairs
    return right / pairs if pairs else None


def brier_score(predicted: Sequence[int], kept: Sequence[bool]) -> float | None:
    """Return the mean squared error of the probabilities."""
    if not predicted:
        return None
    total = sum(
        (probability - (NANO if outcome else 0)) ** 2 for probability, outcome in zip(predicted, kept, strict=True)
    )
    return total / (len(predicted) * NANO**2)


def log_loss(predicted: Sequence[int], kept: Sequence[bool]) -> float | None:
    """Return the mean of -log of the probability given to what happened."""
    losses = log_losses(predicted, kept)
    return math.fsum(losses) / len(losses) if losses else None


def log_losses(predicted: Sequence[int], kept: Sequence[bool]) -> list[float]:
    """Return -log of the probability given to what happened, by row."""
    losses = []
    for probability, outcome in zip(predicted, kept, strict=True):
        sure = min(max(probability, _SURE_NANO), NANO - _SURE_NANO)
        losses.append(-math.log((sure if outcome else NANO - sure) / NANO))
    return losses


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """One bin of a reliability curve: how many rows, and the sums of predicted and kept."""

    rows: int
    predicted_nano: int
    kept: int


def calibration(predicted: Sequence[int], kept: Sequence[bool]) -> tuple[CalibrationBin, ...]:
    """Return the ten bins of the reliability curve, lowest probability first; a bin may be empty."""
    sums = [[0, 0, 0] for _ in range(CALIBRATION_BINS)]
    for probability, outcome in zip(predicted, kept, strict=True):
        found = sums[min(probability * CALIBRATION_BINS // NANO, CALIBRATION_BINS - 1)]
        found[0] += 1
        found[1] += probability
        found[2] += outcome
    return tuple(CalibrationBin(*found) for found in sums)


def calibration_error(predicted: Sequence[int], kept: Sequence[bool]) -> float | None:
    """Return the expected calibration error."""
    if not predicted:
        return None
    distance = sum(abs(found.predicted_nano - found.kept * NANO) for found in calibration(predicted, kept))
    return distance / (len(predicted) * NANO)
