"""What all queries share: a connection of their own, or that of a snapshot, and ways to fetch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, Select, Table

from ledger.store.engine import reading
from ledger.store.projection.filters import require_storable
from ledger.store.projection.making import make
from ledger.store.projection.reads import After, fetch, fetch_by_keys, fetch_page

_Row = TypeVar("_Row")


class Asking:
    """The base of all queries."""

    def __init__(self, engine: Engine, connection: Connection | None = None) -> None:
        self._engine = engine
        self._connection = connection

    def _open(self) -> AbstractContextManager[Connection]:
        return reading(self._engine) if self._connection is None else nullcontext(self._connection)

    def _all(self, statement: Select[Any]) -> Sequence[RowMapping]:
        with self._open() as connection:
            return fetch(connection, statement)

    def _page(
        self,
        statement: Select[Any],
        keys: tuple[ColumnElement[Any], ...],
        after: After,
        limit: int,
        descending: bool = False,
    ) -> Sequence[RowMapping]:
        with self._open() as connection:
            return fetch_page(connection, statement, keys, after, limit, descending)

    def _by_ids(self, table: Table, ids: Iterable[int]) -> list[RowMapping]:
        with self._open() as connection:
            return list(fetch_by_keys(connection, table, table.c.id, ids))

    def _made(self, twin: type[_Row], statement: Select[Any]) -> list[_Row]:
        return [make(twin, row) for row in self._all(statement)]


def key(kind: str, number: int) -> int:
    """A number by which a row is looked up; `InvalidInput` where no database can hold it."""
    require_storable(kind, number)
    return number
