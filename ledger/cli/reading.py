"""What people type, read strictly: numbers, shares, names from lists, files."""

from __future__ import annotations

import hashlib
import json
import re
import time
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from ledger.domain.moments import parse_moment
from ledger.errors import InvalidInput

FILE_BYTES_MAX: Final = 4 * 1_048_576
"""Files of terms are small; evidence and documents are only digested and may be of any size."""

_DECIMAL = re.compile(r"(?P<whole>\d{1,9})(?:\.(?P<fraction>\d{1,9}))?", re.ASCII)
_Member = TypeVar("_Member", bound=IntEnum)


def kept(text: str) -> int:
    """
    To what degree something was kept, in basis points: `100`, `62.5`, `62.5%`.

    Raises
    ------
    InvalidInput
    """
    rule = "a percentage of more than 0 and at most 100, with at most 2 decimals; what was not kept is reported broken"
    match = _DECIMAL.fullmatch(text.removesuffix("%").strip())
    fraction = (match["fraction"] or "").rstrip("0") if match else ""
    if match is None or len(fraction) > 2:
        raise InvalidInput("--kept", text, rule)
    basis_points = int(match["whole"]) * 100 + int(fraction.ljust(2, "0"))
    if not 0 < basis_points <= 10_000:
        raise InvalidInput("--kept", text, rule)
    return basis_points


def millionths(option: str, text: str) -> int:
    """
    A figure in millionths: `4.5` is 4,500,000.

    Raises
    ------
    InvalidInput
    """
    match = _DECIMAL.fullmatch(text.strip())
    fraction = (match["fraction"] or "").rstrip("0") if match else ""
    if match is None or len(fraction) > 6:
        raise InvalidInput(option, text, "a figure of at most 9 digits and 6 decimals")
    return int(match["whole"]) * 1_000_000 + int(fraction.ljust(6, "0"))


def member(option: str, text: str, kind: type[_Member]) -> _Member:
    """
    A member of an enumeration by its name, in small or capital letters, with dashes or underscores.

    Raises
    ------
    InvalidInput
    """
    name = text.upper().replace("-", "_")
    if name not in kind.__members__:
        known = ", ".join(each.name.lower().replace("_", "-") for each in kind)
        raise InvalidInput(option, text, f"one of {known}")
    return kind[name]


def moment(option: str, text: str | None) -> int:
    """
    A moment in UTC seconds; now where none was given.

    Raises
    ------
    InvalidInput
    """
    return int(time.time()) if text is None else parse_moment(text, option)


def digest_of(option: str, path: Path) -> bytes:
    """
    SHA-256 of a file.

    Raises
    ------
    InvalidInput
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise InvalidInput(option, str(path), f"a file that can be read ({error.strerror})") from None


def digest(option: str, text: str) -> bytes:
    """
    A SHA-256 in hexadecimal digits, with or without 0x.

    Raises
    ------
    InvalidInput
    """
    digits = text.removeprefix("0x")
    if not re.fullmatch(r"[0-9a-fA-F]{64}", digits, re.ASCII):
        raise InvalidInput(option, text, "the 64 hexadecimal digits of a SHA-256")
    return bytes.fromhex(digits)


def json_object(option: str, path: Path) -> dict[str, Any]:
    """
    The JSON object in a file.

    Raises
    ------
    InvalidInput
    """
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise InvalidInput(option, str(path), f"a file of at most {FILE_BYTES_MAX} bytes")
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(option, str(path), f"a file that can be read ({error.strerror})") from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InvalidInput(option, str(path), f"a file of JSON in UTF-8 ({error})") from None
    if not isinstance(content, dict):
        raise InvalidInput(option, str(path), "a file that holds one JSON object")
    return content


def member_text(option: str, text: str, known: list[str]) -> str:
    """
    One of a list of words.

    Raises
    ------
    InvalidInput
    """
    if text.lower() not in known:
        raise InvalidInput(option, text, f"one of {', '.join(known)}")
    return text.lower()


def evidence(file: Path | None, digest_text: str | None, locator: str | None) -> tuple[bytes, str]:
    """
    Digest and locator of a document, of which either the file or the digest was given.

    Where no locator was given, a file is found under its name.

    Raises
    ------
    InvalidInput
    """
    if (file is None) == (digest_text is None):
        raise InvalidInput("--file, --digest", "both" if file else None, "one of the two")
    content = digest_of("--file", file) if file is not None else digest("--digest", digest_text or "")
    return content, locator if locator is not None else (file.name if file is not None else "")


def optional_digest(file: Path | None, digest_text: str | None) -> bytes:
    """
    Digest of a document, of which the file, the digest, or neither was given; 32 zero bytes for none.

    Raises
    ------
    InvalidInput
    """
    return bytes(32) if file is None and digest_text is None else evidence(file, digest_text, None)[0]
