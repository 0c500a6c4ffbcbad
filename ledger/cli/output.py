"""
What commands print.

For people: lines and tables on stdout. For programs (`--json`): one JSON document on stdout and nothing else. Progress
and questions go to stderr, and only where it is a terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ledger.domain.moments import format_moment

WIDTH_WITHOUT_TERMINAL = 160
"""Tables that go to a file or a pipe are not folded at 80 columns."""


class Step(Protocol):
    """Told how far some long work has come."""

    def __call__(self, done: int, total: int) -> None:
        """So many of so many."""


class Output:
    """Where a command prints, and in which form."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL)
        self._err = Console(stderr=True, highlight=False)

    def document(self, document: Mapping[str, Any] | Sequence[Any]) -> None:
        """Print the one JSON document of a command; nothing where people read."""
        if self.as_json:
            typer.echo(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))

    def line(self, text: str = "") -> None:
        """Print a line for people."""
        if not self.as_json:
            # As plain text: names of governments may hold what rich takes for mark-up.
            self._out.print(Text(text), soft_wrap=True)

    def note(self, text: str) -> None:
        """Print a line for people beside the output, on stderr, whatever the form of the output."""
        self._err.print(Text(text), soft_wrap=True)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: str = "") -> None:
        """
        Print a table for people.

        Parameters
        ----------
        right
            Names of the columns whose cells end at the right edge, separated by blanks.
        """
        if self.as_json:
            return
        table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
        numbers = right.split()
        for column in columns:
            table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(shown_cell(cell)) for cell in row))
        self._out.print(table)
        if not rows:
            self._out.print(Text("(none)"))

    @contextmanager
    def progress(self, title: str) -> Iterator[Step]:
        """A bar on stderr while long work goes on; nothing is shown where stderr is no terminal."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._err, transient=True, disable=not self._err.is_terminal) as bar:
            task = bar.add_task(title, total=None)

            def step(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

            yield step


def shown_cell(value: object) -> str:
    """A value in a table's cell: a dash for what is not there."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def moment(seconds: int | None) -> str | None:
    """A moment as it is shown, or None."""
    return None if seconds is None else format_moment(seconds)


def part(millionths: int | None, signed: bool = False) -> str:
    """A score or points for people: millionths as a number with four decimals."""
    if millionths is None:
        return "–"
    # Towards zero, so that a table never shows more than was earned or lost.
    whole, rest = divmod(abs(millionths) // 100, 10_000)
    sign = "-" if millionths < 0 else ("+" if signed else "")
    return f"{sign}{whole}.{rest:04d}"
