"""What a benchmark yields: figures with their baselines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure."""

    name: str
    value: float
    unit: str

    baseline: float | None = None
    """What it is compared with, in the same unit and run; None where there is nothing to compare."""

    note: str = ""
    """What the baseline is, or what was aimed at."""

    @property
    def ratio(self) -> float | None:
        """Value over baseline."""
        return self.value / self.baseline if self.baseline else None

    def to_json(self) -> dict[str, object]:
        """As bench.json has it."""
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "baseline": None if self.baseline is None else round(self.baseline, 3),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "note": self.note,
        }


Benchmark = Callable[[], Iterator[Figure]]


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """Gives the seconds since the block was entered."""
    started = time.perf_counter()
    yield lambda: time.perf_counter() - started
