"""Handlers of the register: who takes part, which accounts speak for whom, who has taken whose place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ledger.domain import events
from ledger.domain.enums import GovernmentState
from ledger.store.projection import tables
from ledger.store.projection.batch import Batch
from ledger.store.projection.bodies import legible
from ledger.store.projection.handlers.rule import Place, Rule

_OPEN: Final = {"accepted_at": None, "void_at": None}
"""A rotation that is neither accepted nor void."""


def _government_registered(event: events.GovernmentRegistered, place: Place, batch: Batch) -> None:
    batch.insert(
        tables.governments,
        {
            "id": event.id,
            "scheme": legible(event.scheme),
            "value": legible(event.value),
            "name": legible(event.name),
            "level": int(event.level),
            "superior": event.superior or None,
            "roles": event.roles,
            "state": GovernmentState.REGISTERED.value,
            "registered_at": place.recorded_at,
        },
    )


def _government_removed(event: events.GovernmentRemoved, place: Place, batch: Batch) -> None:
    batch.change(
        tables.governments,
        (event.id,),
        {
            "state": GovernmentState.REMOVED.value,
            "removed_at": place.recorded_at,
            "removal_reason": legible(event.reason),
        },
    )


def _roles_set(event: events.RolesSet, _place: Place, batch: Batch) -> None:
    batch.change(tables.governments, (event.id,), {"roles": event.roles})


def _succession_recorded(event: events.SuccessionRecorded, place: Place, batch: Batch) -> None:
    changed = {"state": GovernmentState.SUCCEEDED.value, "succeeded_at": place.recorded_at}
    batch.change(tables.governments, (event.predecessor,), changed)
    for position, successor in enumerate(event.successors):
        batch.insert(
            tables.successions,
            {
                "predecessor": event.predecessor,
                "successor": successor,
                "sequence": place.sequence,
                "position": position,
                "ground": legible(event.ground),
                "recorded_at": place.recorded_at,
            },
        )


def _signer_added(event: events.SignerAdded, place: Place, batch: Batch) -> None:
    # An account that spoke for a body before may speak for it again, and one that was frozen stays so.
    row = {"address": event.signer, "government": event.id, "added_at": place.recorded_at, "removed_at": None}
    batch.merge(tables.signers, row)
    # It takes over what was offered to it; the voice of the one who offered has ended just before, or was lost.
    offered = {"government": event.id, "replacement": event.signer, "accepted_at": None}
    taken = {"accepted_at": place.recorded_at, "void_at": None}
    batch.sweep(tables.rotations, offered | {"void_at": place.recorded_at}, taken)
    batch.sweep(tables.rotations, offered | {"void_at": None}, taken)


def _signer_removed(event: events.SignerRemoved, place: Place, batch: Batch) -> None:
    batch.change(tables.signers, (event.signer,), {"removed_at": place.recorded_at})
    batch.sweep(tables.rotations, {"signer": event.signer, **_OPEN}, {"void_at": place.recorded_at})


def _signer_frozen(event: events.SignerFrozen, place: Place, batch: Batch) -> None:
    batch.change(
        tables.signers,
        (event.signer,),
        {"frozen_at": place.recorded_at, "frozen_by": event.body, "freeze_reason": legible(event.reason)},
    )
    batch.sweep(tables.rotations, {"signer": event.signer, **_OPEN}, {"void_at": place.recorded_at})


def _signer_thawed(event: events.SignerThawed, _place: Place, batch: Batch) -> None:
    thawed = {"frozen_at": None, "frozen_by": None, "freeze_reason": None}
    batch.change(tables.signers, (event.signer,), thawed)


def _rotation_offered(event: events.RotationOffered, place: Place, batch: Batch) -> None:
    batch.sweep(tables.rotations, {"signer": event.signer, **_OPEN}, {"void_at": place.recorded_at})
    batch.insert(
        tables.rotations,
        {
            "sequence": place.sequence,
            "government": event.id,
            "signer": event.signer,
            "replacement": event.replacement,
            "recorded_at": place.recorded_at,
        },
    )


def _recovery_account_set(event: events.RecoveryAccountSet, _place: Place, batch: Batch) -> None:
    batch.change(tables.governments, (event.id,), {"recovery_account": event.recovery})


def _jurisdiction_set(event: events.JurisdictionSet, place: Place, batch: Batch) -> None:
    batch.put(
        tables.jurisdictions,
        {
            "body": event.body,
            "government": event.government,
            "granted": event.granted,
            "set_at": place.recorded_at,
        },
    )


RULES: Final[Mapping[type[events.Event], Rule]] = {
    events.GovernmentRegistered: Rule(_government_registered, ("id", "superior")),
    events.GovernmentRemoved: Rule(_government_removed, ("id",)),
    events.RolesSet: Rule(_roles_set, ("id",)),
    events.SuccessionRecorded: Rule(_succession_recorded, ("predecessor", "successors")),
    events.SignerAdded: Rule(_signer_added, ("id",)),
    events.SignerRemoved: Rule(_signer_removed, ("id",)),
    events.SignerFrozen: Rule(_signer_frozen, ("id", "body")),
    events.SignerThawed: Rule(_signer_thawed, ("id", "body")),
    events.RotationOffered: Rule(_rotation_offered, ("id",)),
    events.RecoveryAccountSet: Rule(_recovery_account_set, ("id",)),
    events.JurisdictionSet: Rule(_jurisdiction_set, ("body", "government")),
}
