"""
Files of commitments and outcomes.

A file is CSV in UTF-8, with or without a byte order mark, with a header line. Its columns, in any order:

    government              name of the debtor, 1 to 256 bytes
    counterparty_or_forum   whom it is owed to, or the forum where it was made, 1 to 512 bytes
    commitment_id           the forum's number for it, 1 to 256 bytes; several governments may have made the same one
    made_on, due_on         ISO 8601; a bare date means its last second in UTC
    outcome                 fulfilled, partial, broken; unknown or empty while there is none
    outcome_score           1 or empty for fulfilled, 0 or empty for broken, between them with at most 4 decimals for
                            partial, empty while there is no outcome
    weight                  0 to 1,000,000 with at most 6 decimals
    resolved_on             when the outcome became known, as due_on; of an unresolved row, when it was last looked at
    iso3                    empty, or the government's code of ISO 3166 (see `countries`)

Other columns are passed over: files carry notes. In text, runs of white space count as one blank, so that a line broken
inside a quoted cell does not make another name.

A row that breaks a rule is rejected on its own, as a `RowRejected` in the stream of rows. What makes the whole file
doubtful (encoding, header, quoting, cells without end) is a `FileRejected`: nothing of it should be used.
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from ledger.domain.identifiers import Identifier
from ledger.domain.moments import format_moment, parse_moment
from ledger.errors import InvalidInput, LedgerError, shown
from ledger.importing.countries import is_country_code

COLUMNS: Final = (
    "government",
    "counterparty_or_forum",
    "commitment_id",
    "made_on",
    "due_on",
    "outcome",
    "outcome_score",
    "weight",
    "resolved_on",
    "iso3",
)

CELL_CHARACTERS_MAX: Final = 10_000
"""Longer cells are no names, numbers or dates: a quotation mark is missing somewhere."""

LINE_BYTES_MAX: Final = 1_048_576
"""A longer line is not read into memory: the file is no CSV."""

_TEXT_BYTES_MAX: Final = {"government": 256, "counterparty_or_forum": 512, "commitment_id": 256}
WEIGHT_MAX: Final = 1_000_000
_MILLION: Final = 1_000_000
_WEIGHT = re.compile(r"(?P<whole>\d{1,9})(?:\.(?P<fraction>\d{1,18}))?", re.ASCII)
_SCORE = re.compile(r"(?P<whole>[01])(?:\.(?P<fraction>\d{1,18}))?", re.ASCII)
_LOCAL_BYTES_MAX = 64


class FileRejected(LedgerError):
    """A file cannot be read as a whole; nothing of it is used."""

    def __init__(self, file: str, where: str, value: object, rule: str) -> None:
        super().__init__(f"{file}, {where}: {shown(value)} is not allowed; expected {rule}")
        self.file, self.where, self.value, self.rule = file, where, value, rule

    def values(self) -> dict[str, object]:
        """The file, the place, the value as shown, and the rule."""
        return {"file": self.file, "where": self.where, "value": shown(self.value), "rule": self.rule}


class RowRejected(LedgerError):
    """A row breaks a rule. The rows beside it may be used."""

    def __init__(self, file: str, line: int, column: str, value: object, rule: str) -> None:
        super().__init__(f"{file}, line {line}, column {column}: {shown(value)} is not allowed; expected {rule}")
        self.file, self.line, self.column, self.value, self.rule = file, line, column, value, rule

    def values(self) -> dict[str, object]:
        """The file, the line on which the row begins (the header is line 1), the column, the value and the rule."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "value": shown(self.value),
            "rule": self.rule,
        }


@dataclass(frozen=True, slots=True)
class Row:
    """A commitment, with its outcome where there is one. Moments are UTC seconds."""

    line: int
    """Where the row begins; the header is line 1."""

    government: str
    forum: str
    commitment_id: str
    made_at: int
    due_at: int

    outcome_basis_points: int | None
    """10,000 fulfilled, 1 to 9,999 partly, 0 broken; None while unresolved."""

    resolved_at: int | None
    """When the outcome became known; None while unresolved, whatever the file says: there is nothing to date."""

    weight_millionths: int

    iso3: str
    """A code of ISO 3166, or empty."""

    @property
    def identifier(self) -> Identifier:
        """How the ledger knows the government."""
        return Identifier("iso3166", self.iso3) if self.iso3 else local_identifier(self.government)


def local_identifier(name: str) -> Identifier:
    """
    An identifier for a body of which only the name is known.

    Names that differ only in case, width of characters or punctuation between words are the same body. A name too long
    for an identifier is cut and ends with a digest of the whole.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    slug = re.sub(r"[\W_]+", "-", folded).strip("-") or "unnamed"
    if len(slug.encode()) > _LOCAL_BYTES_MAX:
        digest = hashlib.sha256(slug.encode()).hexdigest()[:12]
        # A character that the cut goes through is left out.
        start = slug.encode()[: _LOCAL_BYTES_MAX - len(digest) - 1].decode(errors="ignore").rstrip("-")
        slug = f"{start}-{digest}"
    return Identifier("local", slug)


def read_rows(path: Path, now: int) -> Iterator[Row | RowRejected]:
    """
    Read a file row by row; memory stays that of the longest row and of the keys seen.

    Parameters
    ----------
    path
        The file.
    now
        What happened cannot have happened later, UTC seconds.

    Yields
    ------
    Row | RowRejected
        In the order of the file.

    Raises
    ------
    FileRejected
        Where the file as a whole is not what it should be. Rows before the fault have been yielded by then, so a caller
        that must not use half a file reads to the end first.
    """
    try:
        stream = path.open("rb")
    except OSError as error:
        raise FileRejected(path.name, "the file", str(path), f"a file that can be read ({error.strerror})") from error
    with stream:
        yield from parse_rows(stream, path.name, now)


def parse_rows(stream: BinaryIO, name: str, now: int) -> Iterator[Row | RowRejected]:
    """Read rows from an open file; see `read_rows`."""
    reader = csv.reader(_decoded_lines(stream, name), strict=True)
    records = _records(reader, name)
    try:
        _, header = next(records)
    except StopIteration:
        raise FileRejected(name, "the file", "", "a header line and rows; it is empty") from None
    places = _places(name, header)
    checks = _AcrossRows(name)
    for line, cells in records:
        try:
            if len(cells) != len(header):
                raise RowRejected(name, line, "row", f"{len(cells)} cells", f"{len(header)} cells, as the header has")
            texts = {column: " ".join(cells[place].split()) for column, place in places.items()}
            yield checks.admit(_RowReader(name, line, texts, now).row())
        except RowRejected as rejected:
            yield rejected


def _decoded_lines(stream: BinaryIO, name: str) -> Iterator[str]:
    # Line by line and not through a text stream, so that an error can name the byte. No byte of a longer UTF-8 sequence
    # is a line feed, so lines can be cut before they are decoded.
    offset = 0
    number = 0
    while raw := stream.readline(LINE_BYTES_MAX + 1):
        number += 1
        if len(raw) > LINE_BYTES_MAX:
            raise FileRejected(
                name, f"line {number}", f"{LINE_BYTES_MAX} bytes and more", "lines of CSV, which are short"
            )
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            at = offset + error.start
            byte = f"0x{raw[error.start]:02x}"
            raise FileRejected(name, f"line {number}, byte {at}", byte, "UTF-8") from None
        if offset == 0:
            text = text.removeprefix("\ufeff")
        if "\0" in text:
            at = offset + raw.index(b"\0")
            raise FileRejected(name, f"line {number}, byte {at}", "NUL", "text without NUL characters")
        offset += len(raw)
        yield text


def _records(reader: Iterator[list[str]], name: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the line on which each begins; blank lines are passed over."""
    lines: list[int] = [0]
    while True:
        began = lines[0] + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            rule = "cells in CSV: commas between them, quotation marks around those that hold commas or line breaks"
            raise FileRejected(name, f"line {began}", str(error), rule) from None
        lines[0] = getattr(reader, "line_num", began)
        for place, cell in enumerate(cells, start=1):
            if len(cell) > CELL_CHARACTERS_MAX:
                rule = f"cells of at most {CELL_CHARACTERS_MAX} characters; this one has {len(cell)}"
                raise FileRejected(name, f"line {began}, cell {place}", cell, rule)
        if cells and any(cell.strip() for cell in cells):
            yield began, cells


def _places(name: str, header: Sequence[str]) -> dict[str, int]:
    columns = [cell.strip() for cell in header]
    twice = sorted({column for column in columns if column in COLUMNS and columns.count(column) > 1})
    if twice:
        raise FileRejected(name, "the header", ", ".join(twice), "every column once")
    missing = [column for column in COLUMNS if column not in columns]
    if missing:
        rule = f"the columns {', '.join(COLUMNS)}; missing: {', '.join(missing)}"
        raise FileRejected(name, "the header", ",".join(columns), rule)
    return {column: columns.index(column) for column in COLUMNS}


class _RowReader:
    """The rules within one row."""

    def __init__(self, file: str, line: int, texts: dict[str, str], now: int) -> None:
        self.file, self.line, self.texts, self.now = file, line, texts, now

    def reject(self, column: str, rule: str) -> RowRejected:
        return RowRejected(self.file, self.line, column, self.texts[column], rule)

    def row(self) -> Row:
        made_at = self.past("made_on")
        due_at = self.moment("due_on")
        if due_at < made_at:
            raise self.reject("due_on", f"not before made_on, {self.texts['made_on']}")
        outcome = self.outcome()
        return Row(
            line=self.line,
            government=self.text("government"),
            forum=self.text("counterparty_or_forum"),
            commitment_id=self.text("commitment_id"),
            made_at=made_at,
            due_at=due_at,
            outcome_basis_points=outcome,
            resolved_at=self.resolved(outcome, made_at),
            weight_millionths=self.weight(),
            iso3=self.country(),
        )

    def text(self, column: str) -> str:
        text = self.texts[column]
        most = _TEXT_BYTES_MAX[column]
        if not 0 < len(text.encode()) <= most:
            raise self.reject(column, f"1 to {most} bytes of text")
        if not text.isprintable():
            raise self.reject(column, "printable text")
        return text

    def moment(self, column: str) -> int:
        try:
            return parse_moment(self.texts[column], column)
        except InvalidInput as error:
            raise self.reject(column, error.rule) from None

    def past(self, column: str) -> int:
        moment = self.moment(column)
        if moment > self.now:
            raise self.reject(column, f"not later than now, {format_moment(self.now)}; a date means its last second")
        return moment

    def outcome(self) -> int | None:
        outcome, score = self.texts["outcome"], self.texts["outcome_score"]
        if outcome in ("", "unknown"):
            if score:
                raise self.reject("outcome_score", "nothing, as there is no outcome")
            return None
        if outcome not in ("fulfilled", "partial", "broken"):
            raise self.reject("outcome", "fulfilled, partial, broken, unknown or nothing")
        if not score and outcome != "partial":
            return 10_000 if outcome == "fulfilled" else 0
        match = _SCORE.fullmatch(score)
        fraction = (match["fraction"] or "").rstrip("0") if match else ""
        if match is None or len(fraction) > 4:
            raise self.reject("outcome_score", "a decimal from 0 to 1 with at most 4 decimals")
        basis_points = int(match["whole"]) * 10_000 + int(fraction.ljust(4, "0"))
        allowed = {
            "fulfilled": (basis_points == 10_000, "1, as the outcome is fulfilled"),
            "broken": (basis_points == 0, "0, as the outcome is broken"),
            "partial": (0 < basis_points < 10_000, "more than 0 and less than 1, as the outcome is partial"),
        }
        holds, rule = allowed[outcome]
        if not holds:
            raise self.reject("outcome_score", rule)
        return basis_points

    def resolved(self, outcome: int | None, made_at: int) -> int | None:
        if not self.texts["resolved_on"]:
            if outcome is not None:
                raise self.reject("resolved_on", "the date when the outcome became known; none is made up")
            return None
        resolved_at = self.past("resolved_on")
        if resolved_at < made_at:
            raise self.reject("resolved_on", f"not before made_on, {self.texts['made_on']}")
        return None if outcome is None else resolved_at

    def weight(self) -> int:
        match = _WEIGHT.fullmatch(self.texts["weight"])
        fraction = (match["fraction"] or "").rstrip("0") if match else ""
        if match is None or len(fraction) > 6:
            raise self.reject("weight", "a decimal that is not negative, with at most 6 decimals")
        weight = int(match["whole"]) * _MILLION + int(fraction.ljust(6, "0"))
        if weight > WEIGHT_MAX * _MILLION:
            raise self.reject("weight", f"at most {WEIGHT_MAX}")
        return weight

    def country(self) -> str:
        code = self.texts["iso3"]
        if code and not is_country_code(code):
            raise self.reject("iso3", "nothing, three letters of ISO 3166-1 such as CHN, or a reserved code such as EU")
        return code


class _AcrossRows:
    """The rules between rows: one code for a name, and every commitment of a government once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.codes: dict[str, tuple[str, int]] = {}
        self.seen: dict[tuple[Identifier, str, str], int] = {}

    def admit(self, row: Row) -> Row:
        code, line = self.codes.get(row.government, (row.iso3, row.line))
        if code != row.iso3:
            before = f"{code!r}" if code else "nothing"
            rule = f"{before}, as line {line} has for the same government"
            raise RowRejected(self.file, row.line, "iso3", row.iso3, rule)
        key = (row.identifier, row.forum, row.commitment_id)
        if key in self.seen:
            rule = f"every commitment of a government in a forum once; this one stands on line {self.seen[key]}"
            raise RowRejected(self.file, row.line, "commitment_id", row.commitment_id, rule)
        self.codes[row.government] = (code, line)
        self.seen[key] = row.line
        return row
