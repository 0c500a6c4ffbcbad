"""
The projection: what the chain says, as rows.

`tables` says what there is, `handlers` join each event to the rows it makes, `projector` writes them together with the
cursor, `queries` reads, with `filters` and `rows`; `comparison` finds where two projections differ. Nothing here is
the truth: all of it can be dropped and replayed from the chain to the same rows, so nothing may be stored here that the
chain does not say.
"""

from __future__ import annotations

from ledger.store.projection.batch import ProjectionContradicted
from ledger.store.projection.projector import (
    BlocksMissing,
    ChainForked,
    Cursor,
    EventNotProjected,
    ProjectionLayoutDiffers,
    Projector,
    ReorganisedTooDeep,
)
from ledger.store.projection.queries import Queries

__all__ = [
    "BlocksMissing",
    "ChainForked",
    "Cursor",
    "EventNotProjected",
    "ProjectionContradicted",
    "ProjectionLayoutDiffers",
    "Projector",
    "Queries",
    "ReorganisedTooDeep",
]
