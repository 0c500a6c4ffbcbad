"""How rows are fetched: whole, in pages by keyset, by many keys, and with what belongs to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, select, tuple_

from ledger.errors import InvalidInput
from ledger.store.projection import rows
from ledger.store.projection import tables as t
from ledger.store.projection.filters import require_storable

LIMIT_MAX: Final = 10_000
"""The largest page."""

_KEYS_AT_ONCE: Final = 500
"""How many keys one statement asks for; some builds of SQLite take no more than 999."""

After = tuple[int, ...] | None
"""The key of the last row that the caller has; None for the first page."""


def fetch(connection: Connection, statement: Select[Any]) -> Sequence[RowMapping]:
    """All rows of a statement."""
    return connection.execute(statement).mappings().all()


def fetch_page(
    connection: Connection,
    statement: Select[Any],
    keys: tuple[ColumnElement[Any], ...],
    after: After,
    limit: int,
    descending: bool = False,
) -> Sequence[RowMapping]:
    """
    The rows behind `after` in the order of `keys`.

    Raises
    ------
    InvalidInput
        The limit or the key is out of range.
    """
    if not 1 <= limit <= LIMIT_MAX:
        raise InvalidInput("limit", limit, f"1 to {LIMIT_MAX}")
    if after is not None:
        if len(after) != len(keys):
            raise InvalidInput("after", after, f"a key of {len(keys)} whole numbers")
        for part in after:
            require_storable("after", part)
        if len(keys) == 1:
            statement = statement.where(keys[0] < after[0] if descending else keys[0] > after[0])
        else:
            place, behind = tuple_(*keys), tuple_(*after)
            statement = statement.where(place < behind if descending else place > behind)
    order = [key.desc() if descending else key.asc() for key in keys]
    return fetch(connection, statement.order_by(*order).limit(limit))


def fetch_by_keys(
    connection: Connection, table: Table, column: ColumnElement[Any], keys: Iterable[int]
) -> Iterator[RowMapping]:
    """The rows whose column has one of these values, in its order."""
    wanted = sorted(set(keys))
    for start in range(0, len(wanted), _KEYS_AT_ONCE):
        some = column.in_(wanted[start : start + _KEYS_AT_ONCE])
        yield from fetch(connection, select(table).where(some).order_by(column))


def agreements_of(connection: Connection, found: Sequence[RowMapping]) -> list[rows.AgreementRow]:
    """Agreements with their parties, in the order in which they became parties, and their indicators."""
    ids = [row["id"] for row in found]
    shown = {row["id"]: row["terms_version"] for row in found}
    parties: dict[int, list[tuple[int, int, rows.PartyRow]]] = {each: [] for each in ids}
    for row in fetch_by_keys(connection, t.agreement_parties, t.agreement_parties.c.agreement, ids):
        party = rows.PartyRow(row["government"], row["recorded_at"], row["signed_at"], row["left_at"])
        parties[row["agreement"]].append((row["sequence"], row["position"], party))
    indicators: dict[int, list[rows.IndicatorRow]] = {each: [] for each in ids}
    for row in fetch_by_keys(connection, t.indicators, t.indicators.c.agreement, ids):
        values = dict(row)
        agreement = values.pop("agreement")
        if values["version"] == shown[agreement]:
            indicators[agreement].append(rows.indicator_row(values))
    return [
        rows.agreement_row(
            dict(row),
            tuple(party for _, _, party in sorted(parties[row["id"]], key=lambda each: each[:2])),
            tuple(sorted(indicators[row["id"]], key=lambda each: each.number)),
        )
        for row in found
    ]


def proposals_of(connection: Connection, found: Sequence[RowMapping]) -> list[rows.ProposalRow]:
    """Proposals with their approvals, the oldest first."""
    ids = [row["id"] for row in found]
    approvals: dict[int, list[rows.ApprovalRow]] = {each: [] for each in ids}
    for row in fetch_by_keys(connection, t.proposal_approvals, t.proposal_approvals.c.proposal, ids):
        values = dict(row)
        approvals[values.pop("proposal")].append(rows.ApprovalRow(**values))
    return [
        rows.proposal_row(
            dict(row),
            tuple(sorted(approvals[row["id"]], key=lambda each: (each.recorded_at, each.administrator))),
        )
        for row in found
    ]
