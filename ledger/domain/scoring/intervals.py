"""
The interval of a score: what share of the next n commitments will be kept.

Two things make that share uncertain: how well the government's rate is known, and the luck of the next n commitments
themselves. The beta-binomial distribution holds both: a rate drawn from Beta(a, b), then n draws at that rate. An
interval from the Beta alone would cover far too few of the years that come.

Integers only. With a and b in millionths the ratio of neighbouring probabilities is a ratio of integers,

    P(k + 1) / P(k) = (n - k) (a + k) / ((k + 1) (b + n - k - 1)),

so the unnormalised probabilities are built up from P(0) = 2**256 in unbounded integers, each rounded down; the relative
error of each step is below 2**-200 wherever the probability matters. The quantiles are exact comparisons of sums.
"""

from __future__ import annotations

_MILLION = 1_000_000
_FIRST_WEIGHT = 1 << 256


def beta_binomial_weights(count: int, kept_millionths: int, failed_millionths: int) -> list[int]:
    """Return weights in proportion to the probabilities of 0 .. count kept; both shapes must be positive."""
    weights = [_FIRST_WEIGHT]
    for k in range(count):
        up = (count - k) * (kept_millionths + k * _MILLION)
        down = (k + 1) * (failed_millionths + (count - k - 1) * _MILLION)
        weights.append(weights[-1] * up // down)
    return weights


def keep_count_interval(
    count: int, kept_millionths: int, failed_millionths: int, level_millionths: int
) -> tuple[int, int]:
    """
    Return the central interval (low, high), both within it, of the number kept among the next `count` commitments.

    `low` is the smallest number whose cumulative probability exceeds half of what the level leaves out, `high` the
    same from above. So the interval holds at least its level: discreteness is rounded towards caution.
    """
    weights = beta_binomial_weights(count, kept_millionths, failed_millionths)
    # Twice the tail, so that an odd remainder needs no half: cumulative > total * (1 - level) / 2.
    limit = sum(weights) * (_MILLION - level_millionths)
    low = _first_above(weights, limit)
    high = count - _first_above(weights[::-1], limit)
    return low, high


def _first_above(weights: list[int], limit: int) -> int:
    cumulative = 0
    for index, weight in enumerate(weights):
        cumulative += weight
        if 2 * _MILLION * cumulative > limit:
            return index
    return len(weights) - 1
