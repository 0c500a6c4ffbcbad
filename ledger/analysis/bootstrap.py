"""
Bootstrap intervals, clustered by government.

A resample draws as many governments as there are, with replacement; a government drawn twice counts all its rows twice.
The draws come from a fixed seed, so that the intervals are the same on every run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ledger.analysis.metrics import CALIBRATION_BINS
from ledger.domain.scoring.fixed_point import NANO

BOOTSTRAP_SEED = 20_260_101
"""Any fixed number will do; this one is written down."""

_TAILS = (5.0, 95.0)


def bootstrap(
    predicted: Sequence[int],
    kept: Sequence[bool],
    clusters: Sequence[int],
    groups: Sequence[object],
    resamples: int,
) -> Mapping[str, tuple[float, float] | None]:
    """Return the 90 % intervals of AUC, AUC within a group, Brier score, calibration error; None where undefined."""
    names = ("auc", "auc_within", "brier", "ece")
    if not predicted or resamples < 1:
        return dict.fromkeys(names)
    probability = np.asarray(predicted, dtype=np.float64) / NANO
    outcome = np.asarray(kept, dtype=bool)
    _, cluster = np.unique(np.asarray(clusters), return_inverse=True)
    count = int(cluster.max()) + 1
    generator = np.random.Generator(np.random.PCG64(BOOTSTRAP_SEED))
    within = _pairs_within(predicted, kept, cluster, groups, count)
    found: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(resamples):
        times = np.bincount(generator.integers(0, count, count), minlength=count).astype(np.float64)
        weights = times[cluster]
        figures = {
            "auc": _weighted_auc(probability, outcome, weights),
            "auc_within": _weighted_within(within, times),
            "brier": _ratio(float(np.sum(weights * (probability - outcome) ** 2)), float(np.sum(weights))),
            "ece": _weighted_error(probability, outcome, weights),
        }
        for name, value in figures.items():
            if value is not None:
                found[name].append(value)
    return {name: _interval(values) for name, values in found.items()}


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _interval(values: list[float]) -> tuple[float, float] | None:
    if not values:
        return None
    low, high = np.percentile(np.asarray(values), _TAILS)
    return float(low), float(high)


def _weighted_auc(
    probability: NDArray[np.float64], outcome: NDArray[np.bool_], weights: NDArray[np.float64]
) -> float | None:
    _, place = np.unique(probability, return_inverse=True)
    good = np.bincount(place, weights=weights * outcome)
    bad = np.bincount(place, weights=weights * ~outcome)
    below = np.cumsum(bad) - bad
    return _ratio(float(np.sum(good * (below + bad / 2))), float(np.sum(good) * np.sum(bad)))


def _weighted_error(
    probability: NDArray[np.float64], outcome: NDArray[np.bool_], weights: NDArray[np.float64]
) -> float | None:
    place = np.minimum((probability * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    distance = np.bincount(place, weights=weights * (probability - outcome))
    return _ratio(float(np.sum(np.abs(distance))), float(np.sum(weights)))


Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""Cluster of the kept one, cluster of the other, 1 if ranked rightly, 1/2 if tied: one element per pair."""


def _pairs_within(
    predicted: Sequence[int],
    kept: Sequence[bool],
    cluster: NDArray[np.int64],
    groups: Sequence[object],
    count: int,
) -> Pairs:
    members: dict[object, tuple[list[int], list[int]]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, ([], []))[0 if kept[index] else 1].append(index)
    values = np.asarray(predicted, dtype=np.int64)
    codes: list[NDArray[np.int64]] = []
    ranks: list[NDArray[np.float64]] = []
    for good, bad in members.values():
        if good and bad:
            difference = values[good][:, None] - values[bad][None, :]
            codes.append((cluster[good][:, None] * count + cluster[bad][None, :]).ravel())
            ranks.append(((np.sign(difference) + 1) / 2).ravel())
    if not codes:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, np.zeros(0)
    code = np.concatenate(codes)
    return code // count, code % count, np.concatenate(ranks)


def _weighted_within(pairs: Pairs, times: NDArray[np.float64]) -> float | None:
    good, bad, rank = pairs
    weights = times[good] * times[bad]
    return _ratio(float(np.sum(weights * rank)), float(np.sum(weights)))
