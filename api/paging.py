"""
Pages of lists.

A list is ordered by a key that never changes (its id, or its place on the chain), and a page begins after the last
key of the page before. So no entry is lost or repeated while new ones arrive, and page 1,000 costs as much as page 1.

A cursor holds that key and a digest of the list and its filters; it is opaque to the caller. With other filters it
would skip entries silently, so it is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Query, Request, Response

from api.faults import CursorInvalid

LIMIT_MAX: Final = 200
LIMIT_DEFAULT: Final = 50

_KEY_MAX: Final = (1 << 63) - 1

Row = TypeVar("Row")


class Paging:
    """The page that a caller asks for."""

    def __init__(self, request: Request, limit: int, cursor: str | None) -> None:
        self.limit = limit
        self._request = request
        self._cursor = cursor

    def after(self, key_length: int = 1) -> tuple[int, ...] | None:
        """
        The key behind which the page begins; None for the first page.

        Raises
        ------
        CursorInvalid
        """
        if self._cursor is None:
            return None
        key, digest = _decode(self._cursor)
        if digest != self._digest():
            raise CursorInvalid(self._cursor, "the same list and filters that it was given for")
        if len(key) != key_length:
            raise CursorInvalid(self._cursor, "a cursor as given in next_cursor")
        return key

    def cut(
        self, rows: Sequence[Row], key: Callable[[Row], tuple[int, ...]], response: Response
    ) -> tuple[Sequence[Row], str | None]:
        """
        The page's rows, and the cursor of the next page or None at the end; sets the Link header (RFC 8288).

        Parameters
        ----------
        rows
            One more than the limit where there are that many: the query asks for `limit + 1`.
        key
            A row's place in the order.
        response
            Takes the header.
        """
        if len(rows) <= self.limit:
            return rows, None
        page = rows[: self.limit]
        cursor = _encode(key(page[-1]), self._digest())
        url = self._request.url.include_query_params(cursor=cursor)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
        return page, cursor

    def _digest(self) -> str:
        parameters = sorted(
            (name, value) for name, value in self._request.query_params.multi_items() if name not in ("cursor", "limit")
        )
        told = json.dumps([self._request.url.path, parameters])
        return hashlib.sha256(told.encode("ascii")).hexdigest()[:16]


async def paging(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX, description="Entries on a page.")] = LIMIT_DEFAULT,
    cursor: Annotated[
        str | None, Query(max_length=512, description="`next_cursor` of the page before; with the same filters.")
    ] = None,
) -> Paging:
    """Read the page parameters. (`async` only so that no thread is taken for it.)"""
    return Paging(request, limit, cursor)


PagingDep = Annotated[Paging, Depends(paging)]


def _encode(key: tuple[int, ...], digest: str) -> str:
    raw = json.dumps([list(key), digest], separators=(",", ":")).encode("ascii")
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _decode(cursor: str) -> tuple[tuple[int, ...], str]:
    rule = "a cursor as given in next_cursor"
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        value: Mapping[str, object] | list[object] = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        raise CursorInvalid(cursor, rule) from None
    if not isinstance(value, list) or len(value) != 2:
        raise CursorInvalid(cursor, rule)
    key, digest = value
    if not isinstance(digest, str) or not isinstance(key, list):
        raise CursorInvalid(cursor, rule)
    if not all(type(part) is int and 0 <= part <= _KEY_MAX for part in key):
        raise CursorInvalid(cursor, rule)
    return tuple(key), digest
