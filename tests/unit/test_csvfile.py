"""The reader of files of commitments: what it takes, and what it says of what it does not take."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.moments import parse_moment
from ledger.importing.csvfile import (
    COLUMNS,
    FileRejected,
    Row,
    RowRejected,
    local_identifier,
    parse_rows,
    read_rows,
)

NOW = parse_moment("2026-01-01T00:00:00Z")
HEADER = ",".join(COLUMNS)
GOOD = {
    "government": "Lujiang District",
    "counterparty_or_forum": "S City",
    "commitment_id": "2024-7",
    "made_on": "2024-01-10",
    "due_on": "2024-06-30",
    "outcome": "partial",
    "outcome_score": "0.625",
    "weight": "1.5",
    "resolved_on": "2024-07-01",
    "iso3": "",
}


def parse(text: str | bytes) -> list[Row | RowRejected]:
    raw = text if isinstance(text, bytes) else text.encode()
    return list(parse_rows(io.BytesIO(raw), "file.csv", NOW))


def line(**changes: str) -> str:
    return ",".join({**GOOD, **changes}.values())


def one(**changes: str) -> Row | RowRejected:
    (result,) = parse(f"{HEADER}\n{line(**changes)}\n")
    return result


def test_a_row_becomes_integers() -> None:
    assert one() == Row(
        line=2,
        government="Lujiang District",
        forum="S City",
        commitment_id="2024-7",
        made_at=parse_moment("2024-01-10T23:59:59Z"),
        due_at=parse_moment("2024-06-30T23:59:59Z"),
        outcome_basis_points=6_250,
        resolved_at=parse_moment("2024-07-01T23:59:59Z"),
        weight_millionths=1_500_000,
        iso3="",
    )


TAKEN = """
column        | value                 | outcome   | score  | resolved   | basis points | weight
outcome       | fulfilled             | fulfilled | 1      | 2024-07-01 | 10000        | 1500000
score empty   | fulfilled             | fulfilled |        | 2024-07-01 | 10000        | 1500000
broken        | broken                | broken    | 0      | 2024-07-01 | 0            | 1500000
zeros behind  | broken                | broken    | 0.0000 | 2024-07-01 | 0            | 1500000
smallest part | partial               | partial   | 0.0001 | 2024-07-01 | 1            | 1500000
largest part  | partial               | partial   | 0.9999 | 2024-07-01 | 9999         | 1500000
unknown       | unknown               | unknown   |        | 2024-07-01 | None         | 1500000
empty         |                       |           |        |            | None         | 1500000
"""


@pytest.mark.parametrize("case", TAKEN.strip().splitlines()[1:])
def test_outcomes(case: str) -> None:
    _, _, outcome, score, resolved, basis_points, weight = (cell.strip() for cell in case.split("|"))
    row = one(outcome=outcome, outcome_score=score, resolved_on=resolved)
    assert isinstance(row, Row), row
    assert str(row.outcome_basis_points) == basis_points
    assert row.weight_millionths == int(weight)
    # Without an outcome there is nothing to date.
    assert (row.resolved_at is None) == (row.outcome_basis_points is None)


@pytest.mark.parametrize(
    ("weight", "millionths"),
    [("0", 0), ("0.000001", 1), ("77.0", 77_000_000), ("1000000", 10**12), ("0.10000000", 100_000)],
)
def test_weights(weight: str, millionths: int) -> None:
    row = one(weight=weight)
    assert isinstance(row, Row), row
    assert row.weight_millionths == millionths


@pytest.mark.parametrize("code", ["", "CHN", "EU", "XKX", "SUN"])
def test_codes(code: str) -> None:
    row = one(iso3=code)
    assert isinstance(row, Row), row
    assert str(row.identifier) == (f"iso3166:{code}" if code else "local:lujiang-district")


REFUSED = [
    ("government", "", "1 to 256 bytes of text"),
    ("government", "x" * 257, "1 to 256 bytes of text"),
    ("government", "a\x07b", "printable text"),
    ("counterparty_or_forum", "", "1 to 512 bytes of text"),
    ("commitment_id", " ", "1 to 256 bytes of text"),
    ("commitment_id", "约" * 86, "1 to 256 bytes of text"),
    ("made_on", "", "a date such as"),
    ("made_on", "10/01/2024", "a date such as"),
    ("made_on", "2024-02-30", "a date such as"),
    ("made_on", "1969-12-31", "a moment after 1970"),
    ("made_on", "2026-01-01", "not later than now, 2026-01-01T00:00:00Z"),
    ("due_on", "2024-01-09", "not before made_on, 2024-01-10"),
    ("outcome", "kept", "fulfilled, partial, broken, unknown or nothing"),
    ("outcome", "Fulfilled", "fulfilled, partial, broken, unknown or nothing"),
    ("outcome", "", "outcome_score"),
    ("outcome_score", "1", "more than 0 and less than 1"),
    ("outcome_score", "0", "more than 0 and less than 1"),
    ("outcome_score", "", "a decimal from 0 to 1"),
    ("outcome_score", "1.0001", "more than 0 and less than 1"),
    ("outcome_score", "0.12345", "at most 4 decimals"),
    ("outcome_score", "-0.5", "a decimal from 0 to 1"),
    ("outcome_score", "5e-1", "a decimal from 0 to 1"),
    ("outcome_score", "nan", "a decimal from 0 to 1"),
    ("weight", "", "a decimal that is not negative"),
    ("weight", "-1", "a decimal that is not negative"),
    ("weight", "1e3", "a decimal that is not negative"),
    ("weight", "NaN", "a decimal that is not negative"),
    ("weight", "0.0000001", "at most 6 decimals"),
    ("weight", "1000000.000001", "at most 1000000"),
    ("weight", "９", "a decimal that is not negative"),
    ("resolved_on", "", "the date when the outcome became known"),
    ("resolved_on", "2024-01-09", "not before made_on, 2024-01-10"),
    ("resolved_on", "2026-01-01", "not later than now"),
    ("iso3", "CN", "three letters of ISO 3166-1"),
    ("iso3", "chn", "three letters of ISO 3166-1"),
    ("iso3", "ZAB", "three letters of ISO 3166-1"),
]


@pytest.mark.parametrize(("column", "value", "rule"), REFUSED)
def test_a_bad_row_is_rejected_with_place_value_and_rule(column: str, value: str, rule: str) -> None:
    rejected = one(**{column: value})
    assert isinstance(rejected, RowRejected)
    assert rejected.line == 2
    assert rule in str(rejected)
    named = "outcome_score" if (column, value) == ("outcome", "") else column
    assert rejected.column == named
    assert rejected.values()["file"] == "file.csv"


@pytest.mark.parametrize(
    ("outcome", "score", "rule"),
    [("fulfilled", "0.9999", "1, as"), ("broken", "0.5", "0, as"), ("unknown", "0", "nothing, as there is no outcome")],
)
def test_outcome_and_score_must_agree(outcome: str, score: str, rule: str) -> None:
    rejected = one(outcome=outcome, outcome_score=score)
    assert isinstance(rejected, RowRejected)
    assert (rejected.column, rejected.value) == ("outcome_score", score)
    assert rule in rejected.rule


def test_one_bad_row_leaves_the_others() -> None:
    results = parse(f"{HEADER}\n{line()}\n{line(commitment_id='2', weight='x')}\n\n{line(commitment_id='3')}\n")
    assert [type(result) for result in results] == [Row, RowRejected, Row]
    assert [result.line for result in results] == [2, 3, 5]


@pytest.mark.parametrize("cells", ["a,b,c", line() + ",more"])
def test_a_row_has_as_many_cells_as_the_header(cells: str) -> None:
    (rejected,) = parse(f"{HEADER}\n{cells}\n")
    assert isinstance(rejected, RowRejected)
    assert rejected.rule == "10 cells, as the header has"


def test_columns_stand_in_any_order_and_others_are_passed_over() -> None:
    order = [*reversed(COLUMNS), "note"]
    text = ",".join(order) + "\n" + ",".join({**GOOD, "note": "by hand"}[column] for column in order) + "\n"
    assert parse(text) == [one()]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_byte_order_mark_and_line_ends(end: str) -> None:
    assert parse("\ufeff" + HEADER + end + line() + end) == [one()]
    assert parse(HEADER + end + line()) == [one()]


def test_a_line_break_inside_a_quoted_cell_is_a_blank() -> None:
    broken = line(commitment_id='"40684-013 \n/2744 "')
    results = parse(f"{HEADER}\n{broken}\n{line()}\n")
    assert [result.line for result in results] == [2, 4]
    assert isinstance(results[0], Row)
    assert results[0].commitment_id == "40684-013 /2744"


def test_a_commitment_of_a_government_stands_once() -> None:
    _, rejected = parse(f"{HEADER}\n{line()}\n{line(government='LUJIANG  district', weight='9')}\n")
    assert isinstance(rejected, RowRejected)
    assert (rejected.line, rejected.column) == (3, "commitment_id")
    assert "line 2" in rejected.rule


def test_members_of_a_forum_may_have_made_the_same_commitment() -> None:
    assert all(isinstance(result, Row) for result in parse(f"{HEADER}\n{line()}\n{line(government='Binhai')}\n"))


def test_a_government_has_one_code() -> None:
    first, second, third = parse(
        f"{HEADER}\n{line(iso3='FRA')}\n{line(commitment_id='8', iso3='DEU')}\n{line(commitment_id='9', iso3='')}\n"
    )
    assert isinstance(first, Row)
    assert isinstance(second, RowRejected)
    assert isinstance(third, RowRejected)
    assert second.rule == "'FRA', as line 2 has for the same government"


FILES = [
    (b"", "the file", "it is empty"),
    (b"\n\n", "the file", "it is empty"),
    (b"government;weight\n", "the header", "missing: government, counterparty_or_forum"),
    (HEADER.replace("weight,", "").encode() + b"\n", "the header", "missing: weight"),
    ((HEADER + ",weight\n").encode(), "the header", "every column once"),
    (f"{HEADER}\n{line()}\n".encode() + b"\xff\xfe", f"line 3, byte {len(f'{HEADER}{line()}') + 2}", "UTF-8"),
    (HEADER.encode("utf-16"), "line 1, byte 0", "UTF-8"),
    (f"{HEADER}\n政府".encode("gb18030"), f"line 2, byte {len(HEADER) + 1}", "UTF-8"),
    (f"{HEADER}\na\0b\n".encode(), f"line 2, byte {len(HEADER) + 2}", "NUL"),
    (f"{HEADER}\n{line(government='x' * 100_000)}\n".encode(), "line 2, cell 1", "this one has 100000"),
    (f'{HEADER}\n{line()}\n"never closed,\n{line()}\n'.encode(), "line 3", "cells in CSV"),
    (f'{HEADER}\n"a"b,c\n'.encode(), "line 2", "cells in CSV"),
    (b"x" * 2_000_000, "line 1", "which are short"),
]


@pytest.mark.parametrize(("raw", "where", "rule"), FILES)
def test_a_doubtful_file_is_refused_whole(raw: bytes, where: str, rule: str) -> None:
    with pytest.raises(FileRejected) as caught:
        parse(raw)
    assert caught.value.where == where
    assert rule in str(caught.value)
    assert len(str(caught.value)) < 1_000


def test_a_header_alone_has_no_rows() -> None:
    assert parse(HEADER) == []


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileRejected, match="No such file"):
        list(read_rows(tmp_path / "absent.csv", NOW))
    with pytest.raises(FileRejected, match="Is a directory"):
        list(read_rows(tmp_path, NOW))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Lujiang  District", "lujiang-district"),
        ("鹭江区", "鹭江区"),
        ("Ｓ City (old)", "s-city-old"),
        ("...", "unnamed"),
    ],
)
def test_local_identifiers(name: str, value: str) -> None:
    assert str(local_identifier(name)) == f"local:{value}"


@given(st.text(min_size=1, max_size=300))
def test_local_identifiers_fit_the_register(name: str) -> None:
    value = local_identifier(name).value
    assert 0 < len(value.encode()) <= 64
    assert value == value.strip()


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    try:
        results = parse(HEADER.encode() + b"\n" + raw)
    except FileRejected:
        return
    assert all(isinstance(result, Row | RowRejected) for result in results)


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=30).filter(lambda text: "\0" not in text)))
def test_no_cells_break_the_reader(changes: dict[str, str]) -> None:
    cells = [f'"{value.replace(chr(34), chr(34) * 2)}"' for value in {**GOOD, **changes}.values()]
    try:
        raw = f"{HEADER}\n{','.join(cells)}\n".encode()
    except UnicodeEncodeError:
        return
    for result in parse(raw):
        if isinstance(result, Row):
            assert result.made_at <= result.due_at
            assert (result.resolved_at is None) == (result.outcome_basis_points is None)
