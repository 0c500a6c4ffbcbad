"""Score runs: published roots of all scores, and proofs of single scores."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import LedgerDep
from api.paging import PagingDep
from api.params import GovernmentPath, GovernmentQuery, IdPath, government_id, require_government
from api.rendering import Names, names_of
from api.schemas.common import Page
from api.schemas.score_runs import ScoreProofOut, ScoreRunOut
from ledger.audit.score_runs import run_to_json
from ledger.errors import NotFound
from ledger.store.projection.filters import ScoreRunFilter
from ledger.store.projection.rows import ScoreRunRow

router = APIRouter(prefix="/score-runs", tags=["scores"])

DigestQuery = Annotated[str | None, Query(pattern="^0x[0-9a-f]{64}$", description="0x and 64 hexadecimal digits.")]


@router.get("")
def score_runs(
    ledger: LedgerDep,
    page: PagingDep,
    response: Response,
    publisher: GovernmentQuery = None,
    policy_digest: DigestQuery = None,
    root: DigestQuery = None,
) -> Page[ScoreRunOut]:
    """Published runs, newest first."""
    which = ScoreRunFilter(publisher=government_id(ledger, publisher), policy_digest=policy_digest, root=root)
    with ledger.queries.snapshot() as queries:
        rows, next_cursor = page.cut(
            queries.score_runs(which, page.after(), page.limit + 1, newest_first=True), lambda row: (row.id,), response
        )
        names = names_of(queries, (row.publisher for row in rows))
    return Page(items=[_out(row, names) for row in rows], next_cursor=next_cursor)


@router.get("/{run_id}")
def score_run(run_id: IdPath, ledger: LedgerDep) -> ScoreRunOut:
    """One published run."""
    with ledger.queries.snapshot() as queries:
        row = queries.score_run(run_id)
        if row is None:
            raise NotFound("score run", run_id)
        return _out(row, names_of(queries, (row.publisher,)))


@router.get("/{run_id}/proofs/{government}")
def proof(run_id: IdPath, government: GovernmentPath, ledger: LedgerDep) -> ScoreProofOut:
    """
    The proof of one government's score: leaf, hashes beside the way, root, and what to hash.

    The leaves come from those that this server keeps where they give the published root, or else from the ledger's
    facts and the run's policy; 409 where these do not give the root either.
    """
    body = require_government(ledger, government)
    return ScoreProofOut.model_validate(ledger.score_runs.proof(run_id, body.id))


def _out(row: ScoreRunRow, names: Names) -> ScoreRunOut:
    return ScoreRunOut.model_validate({**run_to_json(row), "publisher": names[row.publisher]})
