"""Who gets the rounding residue: integer shares that add up to a given total exactly."""

from __future__ import annotations

from collections.abc import Sequence


def round_to_total(numerators: Sequence[int], denominator: int, total: int) -> list[int]:
    """
    Round the fractions `numerator / denominator` to integers that add up to `total`.

    Every fraction is first rounded down. The units still missing go one each to the largest remainders, ties to the
    earlier fraction; were the residue larger than the number of fractions (the total is then not the fractions' sum),
    each gets its equal part of it first. A negative residue is handled in the same way.

    >>> round_to_total([10, 10, 10], 3, 10)
    [4, 3, 3]

    Raises
    ------
    ArithmeticError
        The denominator is not positive, or there is nothing to carry a total that is not zero.
    """
    if denominator <= 0:
        raise ArithmeticError(f"round_to_total: the denominator is {denominator}; it must be positive")
    if not numerators:
        if total != 0:
            raise ArithmeticError(f"round_to_total: nothing is there to carry the total {total}")
        return []
    divisions = [divmod(numerator, denominator) for numerator in numerators]
    rounded = [quotient for quotient, _ in divisions]
    each, missing = divmod(total - sum(rounded), len(rounded))
    order = sorted(range(len(rounded)), key=lambda index: (-divisions[index][1], index))
    for place, index in enumerate(order):
        rounded[index] += each + (1 if place < missing else 0)
    return rounded
