"""What stands on the ledger, as the importer asks it of the projection."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.domain.enums import Role
from ledger.domain.identifiers import Identifier
from ledger.errors import NotAllowed
from ledger.importing.plan import Key, Recorded
from ledger.store.projection.filters import AgreementFilter, CommitmentFilter
from ledger.store.projection.queries import Queries


class RecorderUnknown(NotAllowed):
    """The key that would record history speaks for no coordinating body."""


def recorder_of(queries: Queries, address: str) -> int:
    """
    The coordinating body for which an account records.

    Raises
    ------
    RecorderUnknown
    """
    body = queries.speaks_for(address)
    if body is None or Role.COORDINATING_BODY not in body.roles:
        found = "nobody" if body is None else f"{body.name}, which is no coordinating body"
        raise RecorderUnknown(
            f"history is recorded by a coordinating body; the recorder's key {address} speaks for {found}. "
            "Run `intergov init` again where it still waits for the administrators"
        )
    return body.id


class ProjectionStanding:
    """The importer's questions, answered from the projection."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    def government_ids(self) -> Mapping[Identifier, int]:
        """Every registered body."""
        return {Identifier(row.scheme, row.value): row.id for row in self._queries.every_government().values()}

    def forum_agreement(self, recorder: int, title: str) -> tuple[int, frozenset[int]] | None:
        """The oldest backfilled agreement of this title that this body recorded, and its parties."""
        which = AgreementFilter(coordinating_body=recorder, backfilled=True, title=title)
        found = self._queries.agreements(which, limit=1)
        return None if not found else (found[0].id, frozenset(party.government for party in found[0].parties))

    def recorded(self, agreement: int) -> Mapping[Key, Recorded]:
        """The backfilled commitments under an agreement."""
        which = CommitmentFilter(agreement=agreement, backfilled=True)
        return {
            (row.debtor, row.reference_number): Recorded(
                id=row.id,
                made_at=row.made_at,
                due_at=row.due_at,
                weight_millionths=row.weight,
                outcome_basis_points=row.outcome_basis_points,
                resolved_at=row.outcome_effective_at,
            )
            for row in self._queries.every_commitment(which)
        }
