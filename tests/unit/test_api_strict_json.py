"""JSON that two readers could understand differently is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.faults import BodyNotJson
from api.strict_json import DEPTH_MAX, DIGITS_MAX, parse_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**70), 10**70) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_plain_json_is_read_as_it_is(value: Any) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=True).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        parse_json(raw)
    except BodyNotJson as error:
        # What is shown of the body must never break the answer; this raises where it would.
        str(error).encode("utf-8")


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b'{"a": 1, "a": 2}', "each key once"),
        (b'{"a": NaN}', "numbers that JSON knows"),
        (b"[Infinity]", "numbers that JSON knows"),
        (b"\xff\xfe", "UTF-8"),
        (b'"\xc3', "UTF-8"),
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"\xef\xbb\xbf{}", "JSON"),
        (b"[" * 100_000, "levels"),
        (b"[" * (DEPTH_MAX + 2) + b"]" * (DEPTH_MAX + 2), "levels"),
        (b"[" + b"9" * (DIGITS_MAX + 2) + b"]", "digits"),
        (b"9" * 100_000, "digits"),
    ],
)
def test_refused(raw: bytes, rule: str) -> None:
    with pytest.raises(BodyNotJson) as caught:
        parse_json(raw)
    assert rule in str(caught.value)
    assert len(str(caught.value)) < 1_000


def test_the_deepest_allowed() -> None:
    parse_json(b"[" * DEPTH_MAX + b"]" * DEPTH_MAX)
    parse_json(b"[" + b"[]," * 1_000 + b"{}]")


def test_brackets_in_text_are_no_levels() -> None:
    assert parse_json(json.dumps(["[{" * 1_000, '\\"[[' * 100]).encode()) == ["[{" * 1_000, '\\"[[' * 100]


def test_depth_is_bounded_whatever_the_recursion_limit() -> None:
    # In a process of its own: where this fails, it ends the process.
    program = (
        "import sys; sys.setrecursionlimit(10**6)\n"
        "from api.faults import BodyNotJson\n"
        "from api.strict_json import parse_json\n"
        "try: parse_json(b'[' * 1_000_000)\n"
        "except BodyNotJson: print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "refused\n")
