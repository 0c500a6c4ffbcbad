"""Handlers of what administrators do together, of policies and of published scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ledger.domain import events
from ledger.domain.enums import ProposalState
from ledger.store.projection import case_tables, tables
from ledger.store.projection.batch import Batch
from ledger.store.projection.bodies import hexadecimal, legible
from ledger.store.projection.handlers.rule import Place, Rule


def _administrators_set(event: events.AdministratorsSet, place: Place, batch: Batch) -> None:
    batch.replace(
        tables.administrators,
        [{"address": address, "position": position} for position, address in enumerate(event.administrators)],
    )
    batch.put(
        tables.administration,
        {
            "id": 1,
            "threshold": event.threshold,
            "delay_seconds": event.delay_seconds,
            "set_at": place.recorded_at,
        },
    )
    # What other administrators proposed and had not executed by then has lapsed.
    batch.sweep(tables.proposals, {"state": ProposalState.OPEN.value}, {"state": ProposalState.LAPSED.value})


def _proposal_made(event: events.ProposalMade, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.proposals,
        {
            "id": event.id,
            "state": ProposalState.OPEN.value,
            "proposer": event.proposer,
            "target": event.target,
            "call_data": hexadecimal(event.call_data),
            "reason": legible(event.reason),
            "recorded_at": place.recorded_at,
        },
    )


def _proposal_approved(event: events.ProposalApproved, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.proposal_approvals,
        {
            "proposal": event.id,
            "administrator": event.administrator,
            "threshold": event.threshold,
            "recorded_at": place.recorded_at,
        },
    )


def _proposal_scheduled(event: events.ProposalScheduled, _place: Place, batch: Batch) -> None:
    batch.change(tables.proposals, (event.id,), {"executable_from": event.executable_from})


def _proposal_executed(event: events.ProposalExecuted, place: Place, batch: Batch) -> None:
    changed = {"state": ProposalState.EXECUTED.value, "executed_at": place.recorded_at}
    batch.change(tables.proposals, (event.id,), changed)


def _proposal_withdrawn(event: events.ProposalWithdrawn, place: Place, batch: Batch) -> None:
    changed = {"state": ProposalState.WITHDRAWN.value, "withdrawn_at": place.recorded_at}
    batch.change(tables.proposals, (event.id,), changed)


def _policy_published(event: events.PolicyPublished, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.policies,
        {
            "kind": legible(event.kind),
            "version": event.version,
            "digest": hexadecimal(event.digest),
            "locator": legible(event.locator),
            "effective_from": event.effective_from,
            "recorded_at": place.recorded_at,
        },
    )


def _procedure_policy_published(event: events.ProcedurePolicyPublished, place: Place, batch: Batch) -> None:
    batch.insert(
        case_tables.procedure_policies,
        {
            "version": event.version,
            "effective_from": event.effective_from,
            "recorded_at": place.recorded_at,
            "policy": event.policy.canonical_json().decode("utf-8"),
        },
    )


def _score_run_published(event: events.ScoreRunPublished, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.score_runs,
        {
            "id": event.id,
            "publisher": event.publisher,
            "policy_digest": hexadecimal(event.policy_digest),
            "as_of": event.as_of,
            "time_basis": int(event.time_basis),
            "block_number": event.block_number,
            "block_hash": hexadecimal(event.block_hash),
            "governments": event.governments,
            "root": hexadecimal(event.root),
            "locator": legible(event.locator),
            "recorded_at": place.recorded_at,
        },
    )


RULES: Final[Mapping[type[events.Event], Rule]] = {
    events.AdministratorsSet: Rule(_administrators_set),
    events.ProposalMade: Rule(_proposal_made, subject="proposal"),
    events.ProposalApproved: Rule(_proposal_approved, subject="proposal"),
    events.ProposalScheduled: Rule(_proposal_scheduled, subject="proposal"),
    events.ProposalExecuted: Rule(_proposal_executed, subject="proposal"),
    events.ProposalWithdrawn: Rule(_proposal_withdrawn, subject="proposal"),
    events.PolicyPublished: Rule(_policy_published),
    events.ProcedurePolicyPublished: Rule(_procedure_policy_published),
    events.ScoreRunPublished: Rule(_score_run_published, ("publisher",)),
}
