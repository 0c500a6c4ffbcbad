"""
The integer curves of `ledger.domain.scoring.fixed_point` for arrays of 64-bit integers: same steps, same results.

NumPy's `//` and `>>` round towards minus infinity on signed integers, as Python's do. Products are checked before they
are made: where one might not fit 64 bits it is made in Python's unbounded integers instead, never wrapped around.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ledger.domain.scoring.fixed_point import (
    DECAY_BITS,
    LOGIT_LIMIT,
    LOGIT_STEP,
    PROBABILITY_TABLE,
    decay_table,
)

Integers = NDArray[np.int64]

_TABLE: Integers = np.asarray(PROBABILITY_TABLE, dtype=np.int64)
_RISES: Integers = np.diff(_TABLE)
_INTEGER_MAX = 2**63 - 1
_FLOAT_EXACT_MAX = 2**53
_HALVINGS_MAX = 39


def probabilities(logits_nano: Integers) -> Integers:
    """Return the probabilities, in nanos, of log-odds in nano-logits."""
    shifted = np.clip(logits_nano, -LOGIT_LIMIT, LOGIT_LIMIT - 1) + LOGIT_LIMIT
    index = shifted // LOGIT_STEP
    found: Integers = _TABLE[index] + _RISES[index] * (shifted - index * LOGIT_STEP) // LOGIT_STEP
    return found


def decays(amounts: Integers, days: Integers, half_life_days: int) -> Integers:
    """Return what is left of amounts after some days; nothing decays within a day or backwards."""
    if not amounts.size:
        return amounts
    factors = _decay_factors(half_life_days)
    passed = np.maximum(days, 0)
    halvings = passed // half_life_days
    shifts = DECAY_BITS + np.minimum(halvings, _HALVINGS_MAX)
    # Age 0 has the factor 2**24 and the shift 24, which keeps the amount whole.
    chosen = factors[passed - halvings * half_life_days]
    if _magnitude(amounts) << DECAY_BITS <= _INTEGER_MAX:
        left: Integers = (amounts * chosen) >> shifts
        return left
    products = amounts.astype(object) * chosen.astype(object)
    return np.asarray(products >> shifts.astype(object), dtype=np.int64)


@lru_cache(maxsize=64)
def _decay_factors(half_life_days: int) -> Integers:
    return np.asarray(decay_table(half_life_days), dtype=np.int64)


def multiply_divide(amounts: Integers, factor: Integers | int, divisors: Integers | int) -> Integers:
    """Return amounts * factor // divisors, exactly; the result must fit 64 bits."""
    largest = abs(factor) if isinstance(factor, int) else _magnitude(factor)
    if _magnitude(amounts) * largest <= _INTEGER_MAX:
        quotients: Integers = amounts * factor // divisors
        return quotients
    products = amounts.astype(object) * (factor if isinstance(factor, int) else factor.astype(object))
    return np.asarray(products // np.asarray(divisors, dtype=object), dtype=np.int64)


def sums(places: NDArray[np.intp], amounts: Integers, size: int) -> Integers:
    """Return the sums of the amounts by place, exactly."""
    if _magnitude(amounts) * len(amounts) < _FLOAT_EXACT_MAX:
        # Every partial sum is an integer that a double holds exactly, and bincount is by far the fastest way.
        return np.bincount(places, weights=amounts, minlength=size).astype(np.int64)
    totals = np.zeros(size, dtype=np.int64)
    np.add.at(totals, places, amounts)
    return totals


def _magnitude(values: Integers) -> int:
    # Python's integers, because the magnitude of the lowest 64-bit integer has none of its own.
    return max(abs(int(values.max())), abs(int(values.min()))) if values.size else 0
