"""Run the benchmarks, print a table, write bench.json."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from scripts.bench import on_chain, projection, reads, scoring
from scripts.bench.figures import Benchmark, Figure

BENCHMARKS: Final[dict[str, Benchmark]] = {
    "gas": on_chain.gas,
    "throughput": on_chain.throughput,
    "import": projection.importing,
    "rebuild": projection.rebuild,
    "catch-up": projection.catch_up,
    "reads": reads.reads,
    "scoring": scoring.scoring,
}


def main() -> None:
    """Measure what was asked for, everything where nothing was."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(BENCHMARKS)}; all if none")
    parser.add_argument("--out", type=Path, default=Path("bench.json"))
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    figures: list[Figure] = []
    for name in options.names or BENCHMARKS:
        print(f"bench: {name}", file=sys.stderr, flush=True)
        figures += BENCHMARKS[name]()
    options.out.write_text(json.dumps([figure.to_json() for figure in figures], indent=2) + "\n", encoding="utf-8")
    _show(figures)


def _show(figures: list[Figure]) -> None:
    table = Table(title="Benchmarks")
    for heading in ("figure", "value", "unit", "baseline", "ratio", "compared with"):
        table.add_column(heading, justify="right" if heading in ("value", "baseline", "ratio") else "left")
    for figure in figures:
        table.add_row(
            figure.name,
            f"{figure.value:,.1f}",
            figure.unit,
            "" if figure.baseline is None else f"{figure.baseline:,.1f}",
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            figure.note,
        )
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
