"""
Exponentials in integers: the logistic curve, its inverse, and decay by half-lives.

Floating-point exponentials differ between machines in the last bit, and a score has to come out the same to the last
byte for everyone. So the curves are tables of integers, made once by integer arithmetic alone:

- `probability` is the logistic function 1 / (1 + exp(-x)). x is in nano-logits (10**-9 of a natural log-odds unit), the
  result in nanos (10**-9). Table points lie 1/512 logit apart, from powers of exp(1/512) in 192-bit fixed point;
  between them a straight line, rounded down. It is off by less than 5 * 10**-8, never falls, and is flat beyond 16.
- `log_odds` is its inverse on the same lines.
- `decay` is 2 ** -(days / half-life) in units of 2**-24, from repeated integer square roots.

All results fit 64-bit integers with room for one product, so that the vectorised path can do the same steps.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from math import isqrt

NANO = 1_000_000_000
"""Nanos in one: the unit of probabilities and of log-odds inside the model."""

LOGIT_STEP = NANO // 512
"""Distance between two table points in nano-logits; 512 divides 10**9 exactly."""

LOGIT_LIMIT = 16 * NANO
"""Log-odds beyond this are taken as this: a probability of one in nine million."""

DECAY_BITS = 24
"""Decay factors are integers in units of 2**-24."""

_PRECISION_BITS = 192
_EXPONENT_BITS = 40


def _make_probability_table() -> tuple[int, ...]:
    one = 1 << _PRECISION_BITS
    # exp(1/512) by its series; each term is rounded down, and 40 terms go far below the last bit.
    term = growth = one
    for n in range(1, 40):
        term //= 512 * n
        growth += term
    upper = []
    power = one
    for _ in range(LOGIT_LIMIT // LOGIT_STEP + 1):
        # exp(x) / (1 + exp(x)) in nanos, rounded half up.
        upper.append((2 * NANO * power + one + power) // (2 * (one + power)))
        power = power * growth >> _PRECISION_BITS
    lower = [NANO - value for value in reversed(upper[1:])]
    return tuple(lower + upper)


PROBABILITY_TABLE = _make_probability_table()
"""The logistic function at -16, -16 + 1/512, ..., 16 logits, in nanos."""


def probability(logit_nano: int) -> int:
    """
    Return the probability, in nanos, of log-odds in nano-logits.

    >>> probability(0)
    500000000
    """
    shifted = min(max(logit_nano, -LOGIT_LIMIT), LOGIT_LIMIT - 1) + LOGIT_LIMIT
    index, rest = divmod(shifted, LOGIT_STEP)
    low = PROBABILITY_TABLE[index]
    return low + (PROBABILITY_TABLE[index + 1] - low) * rest // LOGIT_STEP


def log_odds(probability_nano: int) -> int:
    """
    Return the log-odds, in nano-logits, of a probability in nanos; what lies beyond the table's ends is cut to them.

    >>> log_odds(500000000)
    0
    """
    index = bisect_right(PROBABILITY_TABLE, probability_nano) - 1
    if index < 0:
        return -LOGIT_LIMIT
    if index >= len(PROBABILITY_TABLE) - 1:
        return LOGIT_LIMIT
    low, high = PROBABILITY_TABLE[index], PROBABILITY_TABLE[index + 1]
    return index * LOGIT_STEP - LOGIT_LIMIT + (probability_nano - low) * LOGIT_STEP // (high - low)


def _make_roots() -> tuple[int, ...]:
    # 2**-(1/2), 2**-(1/4), ...: each the integer square root of the one before.
    roots = []
    value = 1 << (_PRECISION_BITS - 1)
    for _ in range(_EXPONENT_BITS):
        value = isqrt(value << _PRECISION_BITS)
        roots.append(value)
    return tuple(roots)


_ROOTS = _make_roots()


@lru_cache(maxsize=64)
def decay_table(half_life_days: int) -> tuple[int, ...]:
    """Return 2 ** -(days / half-life) for 0 <= days < half-life, in units of 2**-24, each rounded down."""
    table = []
    for day in range(half_life_days):
        exponent = (day << _EXPONENT_BITS) // half_life_days
        value = 1 << _PRECISION_BITS
        for place, root in enumerate(_ROOTS, start=1):
            if exponent >> (_EXPONENT_BITS - place) & 1:
                value = value * root >> _PRECISION_BITS
        table.append(value >> (_PRECISION_BITS - DECAY_BITS))
    return tuple(table)


def decay(amount: int, days: int, half_life_days: int) -> int:
    """
    Return what is left of an amount after some days, rounded down; nothing decays within a day or backwards.

    >>> decay(1_000, 10, 10)
    500
    """
    if days <= 0:
        return amount
    halvings, rest = divmod(days, half_life_days)
    return amount * decay_table(half_life_days)[rest] >> (DECAY_BITS + min(halvings, 39))
