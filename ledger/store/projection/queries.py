"""
Reading the projection.

Lists come in pages by keyset: the rows behind `after`, which is the key of the last row that the caller has, in a
stable order. So no row is lost or repeated while others arrive, and a late page costs as much as the first. Single
records are `None` where there is none.

Every call reads one moment. `Queries.snapshot` holds that moment for several calls, so that a report is never made of
rows from before and after a block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Select, Table, func, select

from ledger.domain.enums import CommitmentState, GovernmentState, ProposalState
from ledger.store.projection import case_tables, rows
from ledger.store.projection import tables as t
from ledger.store.projection.agreement_queries import AgreementQueries
from ledger.store.projection.asking import key
from ledger.store.projection.case_filters import BreachFilter, DisputeFilter, IncentiveFilter, MeasureFilter
from ledger.store.projection.case_queries import CaseQueries
from ledger.store.projection.filters import (
    AgreementFilter,
    CommitmentFilter,
    GovernmentFilter,
    HistoryFilter,
    PolicyFilter,
    ProposalFilter,
    ScoreRunFilter,
    TransferFilter,
    require_storable,
)
from ledger.store.projection.reads import After, agreements_of, fetch, fetch_page, proposals_of
from ledger.store.projection.score_queries import ScoreQueries

AnyFilter = (
    GovernmentFilter
    | AgreementFilter
    | CommitmentFilter
    | TransferFilter
    | ProposalFilter
    | PolicyFilter
    | ScoreRunFilter
    | HistoryFilter
    | BreachFilter
    | DisputeFilter
    | MeasureFilter
    | IncentiveFilter
)
_FILTERED: Final[dict[type, Table]] = {
    GovernmentFilter: t.governments,
    AgreementFilter: t.agreements,
    CommitmentFilter: t.commitments,
    TransferFilter: t.transfers,
    ProposalFilter: t.proposals,
    PolicyFilter: t.policies,
    ScoreRunFilter: t.score_runs,
    HistoryFilter: t.facts,
    BreachFilter: case_tables.breaches,
    DisputeFilter: case_tables.disputes,
    MeasureFilter: case_tables.measures,
    IncentiveFilter: case_tables.incentives,
}


class Queries(AgreementQueries, CaseQueries, ScoreQueries):
    """Questions to the projection in one database."""

    @contextmanager
    def snapshot(self) -> Iterator[Queries]:
        """Several questions about one moment."""
        with self._open() as connection:
            yield Queries(self._engine, connection)

    # Blocks and history

    def head(self) -> rows.BlockRow | None:
        """The last block projected."""
        return self._block(select(t.blocks).order_by(t.blocks.c.number.desc()).limit(1))

    def first_block(self) -> rows.BlockRow | None:
        """The first block projected, which is that of the deployment."""
        return self._block(select(t.blocks).order_by(t.blocks.c.number).limit(1))

    def block_at(self, moment: int) -> rows.BlockRow | None:
        """The last block made by this moment."""
        c = t.blocks.c
        return self._block(
            select(t.blocks).where(c.timestamp <= moment).order_by(c.timestamp.desc(), c.number.desc()).limit(1)
        )

    def block(self, number: int) -> rows.BlockRow | None:
        """The block with this number."""
        return self._block(select(t.blocks).where(t.blocks.c.number == key("block", number)))

    def history(
        self, which: HistoryFilter, after: After = None, limit: int = 50, newest_first: bool = True
    ) -> list[rows.FactRow]:
        """Facts in the order of the chain or against it; key: (sequence,)."""
        statement = select(t.facts).where(*which.conditions())
        order: ColumnElement[Any] = t.facts.c.sequence
        if which.government is not None:
            # The order goes over the joined table, whose primary key gives it without sorting.
            named = t.fact_governments.c
            statement = statement.join(t.fact_governments, named.sequence == t.facts.c.sequence).where(
                named.government == which.government
            )
            order = named.sequence
        return [rows.fact_row(dict(row)) for row in self._page(statement, (order,), after, limit, newest_first)]

    # Governments

    def governments(self, which: GovernmentFilter, after: After = None, limit: int = 50) -> list[rows.GovernmentRow]:
        """Governments by id; key: (id,)."""
        c = t.governments.c
        found = self._page(select(t.governments).where(*which.conditions()), (c.id,), after, limit)
        return [rows.government_row(dict(row)) for row in found]

    def government(self, number: int) -> rows.GovernmentRow | None:
        """The government with this ledger id."""
        return self._government(t.governments.c.id == key("government", number))

    def government_by_identifier(self, scheme: str, value: str) -> rows.GovernmentRow | None:
        """The government with this identifier."""
        require_storable("scheme", scheme)
        require_storable("identifier", value)
        return self._government((t.governments.c.scheme == scheme) & (t.governments.c.value == value))

    def governments_by_name(self, name: str) -> list[rows.GovernmentRow]:
        """The governments registered under exactly this name."""
        require_storable("name", name)
        statement = select(t.governments).where(t.governments.c.name == name).order_by(t.governments.c.id)
        return [rows.government_row(dict(row)) for row in self._all(statement)]

    def governments_by_id(self, ids: Iterable[int]) -> dict[int, rows.GovernmentRow]:
        """The governments with these ids, by id."""
        found = self._by_ids(t.governments, ids)
        return {row["id"]: rows.government_row(dict(row)) for row in found}

    def every_government(self) -> dict[int, rows.GovernmentRow]:
        """All governments by id."""
        statement = select(t.governments).order_by(t.governments.c.id)
        return {row["id"]: rows.government_row(dict(row)) for row in self._all(statement)}

    def government_name(self, number: int) -> str:
        """A government as people read it: its name and identifier."""
        row = self.government(number)
        return f"{row.name} ({row.identifier})" if row else f"government {number}, which this ledger does not know"

    def signers(self, government: int) -> list[rows.SignerRow]:
        """The accounts that speak for a government, or last spoke for it."""
        c = t.signers.c
        statement = select(t.signers).where(c.government == key("government", government))
        return [rows.SignerRow(**row) for row in self._all(statement.order_by(c.added_at, c.address))]

    def signer(self, address: str) -> rows.SignerRow | None:
        """An account, if it speaks or ever spoke for a government."""
        require_storable("signer", address)
        found = self._all(select(t.signers).where(t.signers.c.address == address))
        return rows.SignerRow(**found[0]) if found else None

    def speaks_for(self, address: str) -> rows.GovernmentRow | None:
        """The government for which an account speaks now."""
        row = self.signer(address)
        speaks = row is not None and row.removed_at is None and row.frozen_at is None
        body = self.government(row.government) if row is not None and speaks else None
        return body if body is not None and body.state is GovernmentState.REGISTERED else None

    def jurisdictions(self, body: int) -> list[rows.JurisdictionRow]:
        """What a coordinating body may coordinate, and what it no longer may."""
        c = t.jurisdictions.c
        statement = select(t.jurisdictions).where(c.body == key("government", body)).order_by(c.government)
        return [rows.jurisdiction_row(dict(row)) for row in self._all(statement)]

    # Agreements, commitments, transfers

    def agreements(self, which: AgreementFilter, after: After = None, limit: int = 50) -> list[rows.AgreementRow]:
        """Agreements by id, with parties and indicators; key: (id,)."""
        statement = select(t.agreements).where(*which.conditions())
        with self._open() as connection:
            return agreements_of(connection, fetch_page(connection, statement, (t.agreements.c.id,), after, limit))

    def agreement(self, number: int) -> rows.AgreementRow | None:
        """The agreement with this id."""
        with self._open() as connection:
            found = fetch(connection, select(t.agreements).where(t.agreements.c.id == key("agreement", number)))
            return next(iter(agreements_of(connection, found)), None)

    def commitments(
        self,
        which: CommitmentFilter,
        after: After = None,
        limit: int = 50,
        order: Literal["id", "due_at"] = "id",
    ) -> list[rows.CommitmentRow]:
        """Commitments by id, key (id,); or by due date, key (due_at, id)."""
        c = t.commitments.c
        keys = (c.id,) if order == "id" else (c.due_at, c.id)
        found = self._page(select(t.commitments).where(*which.conditions()), keys, after, limit)
        return [rows.commitment_row(dict(row)) for row in found]

    def every_commitment(self, which: CommitmentFilter) -> Iterator[rows.CommitmentRow]:
        """All commitments that the filter lets through, by id, as of one moment and without holding them all."""
        statement = select(t.commitments).where(*which.conditions()).order_by(t.commitments.c.id)
        with self._open() as connection:
            for row in connection.execute(statement.execution_options(yield_per=1000)).mappings():
                yield rows.commitment_row(dict(row))

    def commitment(self, number: int) -> rows.CommitmentRow | None:
        """The commitment with this id."""
        found = self._all(select(t.commitments).where(t.commitments.c.id == key("commitment", number)))
        return rows.commitment_row(dict(found[0])) if found else None

    def commitments_by_id(self, ids: Iterable[int]) -> dict[int, rows.CommitmentRow]:
        """The commitments with these ids, by id."""
        found = self._by_ids(t.commitments, ids)
        return {row["id"]: rows.commitment_row(dict(row)) for row in found}

    def evidence(self, commitment: int) -> list[rows.EvidenceRow]:
        """The evidence lodged for a commitment, in the order of the chain."""
        c = t.evidence.c
        statement = select(t.evidence).where(c.commitment == key("commitment", commitment)).order_by(c.sequence)
        return [rows.EvidenceRow(**row) for row in self._all(statement)]

    def transfers(self, which: TransferFilter, after: After = None, limit: int = 50) -> list[rows.TransferRow]:
        """Transfers by id; key: (id,)."""
        found = self._page(select(t.transfers).where(*which.conditions()), (t.transfers.c.id,), after, limit)
        return [rows.transfer_row(dict(row)) for row in found]

    def transfer(self, number: int) -> rows.TransferRow | None:
        """The transfer with this id."""
        found = self._all(select(t.transfers).where(t.transfers.c.id == key("transfer", number)))
        return rows.transfer_row(dict(found[0])) if found else None

    # Administration and policies

    def policies(self, which: PolicyFilter) -> list[rows.PolicyRow]:
        """Versions of policies, by kind and version."""
        c = t.policies.c
        statement = select(t.policies).where(*which.conditions()).order_by(c.kind, c.version)
        return [rows.PolicyRow(**row) for row in self._all(statement)]

    def score_runs(
        self, which: ScoreRunFilter, after: After = None, limit: int = 50, newest_first: bool = False
    ) -> list[rows.ScoreRunRow]:
        """Published roots of scores by id; key: (id,)."""
        statement = select(t.score_runs).where(*which.conditions())
        found = self._page(statement, (t.score_runs.c.id,), after, limit, newest_first)
        return [rows.score_run_row(dict(row)) for row in found]

    def score_run(self, number: int) -> rows.ScoreRunRow | None:
        """The score run with this id."""
        found = self._all(select(t.score_runs).where(t.score_runs.c.id == key("score run", number)))
        return rows.score_run_row(dict(found[0])) if found else None

    def administration(self) -> rows.AdministrationRow | None:
        """Who administers now."""
        with self._open() as connection:
            found = fetch(connection, select(t.administration))
            if not found:
                return None
            people = fetch(connection, select(t.administrators.c.address).order_by(t.administrators.c.position))
            return rows.AdministrationRow(
                administrators=tuple(row["address"] for row in people),
                threshold=found[0]["threshold"],
                delay_seconds=found[0]["delay_seconds"],
                set_at=found[0]["set_at"],
            )

    def proposals(
        self, which: ProposalFilter, after: After = None, limit: int = 50, newest_first: bool = False
    ) -> list[rows.ProposalRow]:
        """Proposals by id, with approvals; key: (id,)."""
        statement = select(t.proposals).where(*which.conditions())
        with self._open() as connection:
            return proposals_of(
                connection, fetch_page(connection, statement, (t.proposals.c.id,), after, limit, newest_first)
            )

    def proposal(self, number: int) -> rows.ProposalRow | None:
        """The proposal with this id."""
        with self._open() as connection:
            found = fetch(connection, select(t.proposals).where(t.proposals.c.id == key("proposal", number)))
            return next(iter(proposals_of(connection, found)), None)

    def open_proposal(self, target: str, call_data: str) -> int | None:
        """The newest open proposal of exactly this call (`0x` and hexadecimal digits)."""
        which = ProposalFilter(state=ProposalState.OPEN, target=target, call_data=call_data)
        found = self.proposals(which, limit=1, newest_first=True)
        return found[0].id if found else None

    # Counting and scoring

    def count(self, which: AnyFilter) -> int:
        """How many rows a filter lets through."""
        statement = select(func.count()).select_from(_FILTERED[type(which)]).where(*which.conditions())
        if isinstance(which, HistoryFilter) and which.government is not None:
            named = t.fact_governments.c
            statement = statement.join(t.fact_governments, named.sequence == t.facts.c.sequence)
            statement = statement.where(named.government == which.government)
        with self._open() as connection:
            return int(connection.scalar(statement) or 0)

    def totals(self) -> rows.Totals:
        """How much there is of everything."""
        settled = t.commitments.c.state == CommitmentState.SETTLED
        counted = {
            "blocks": select(func.count()).select_from(t.blocks),
            "facts": select(func.count()).select_from(t.facts),
            "governments": select(func.count()).select_from(t.governments),
            "agreements": select(func.count()).select_from(t.agreements),
            "commitments": select(func.count()).select_from(t.commitments),
            "settled": select(func.count()).select_from(t.commitments).where(settled),
            "transfers": select(func.count()).select_from(t.transfers),
            "proposals": select(func.count()).select_from(t.proposals),
            "breaches": select(func.count()).select_from(case_tables.breaches),
            "disputes": select(func.count()).select_from(case_tables.disputes),
        }
        with self._open() as connection:
            return rows.Totals(**{name: int(connection.scalar(each) or 0) for name, each in counted.items()})

    def _block(self, statement: Select[Any]) -> rows.BlockRow | None:
        found = self._all(statement)
        return rows.BlockRow(found[0]["number"], found[0]["hash"], found[0]["timestamp"]) if found else None

    def _government(self, condition: ColumnElement[bool]) -> rows.GovernmentRow | None:
        found = self._all(select(t.governments).where(condition))
        return rows.government_row(dict(found[0])) if found else None
