"""
A body's keys: handing a voice over, stopping a lost key, and putting another in its place.

Lakeside has two signers: the one that speaks in all tests, and `FROZEN`, which Delta Office has stopped.
"""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.enums import Role
from ledger.domain.events import (
    RecoveryAccountSet,
    RotationOffered,
    SignerAdded,
    SignerFrozen,
    SignerRemoved,
    SignerThawed,
)
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.refusals.register import (
    FreezeOfDisputant,
    GovernmentFieldEmpty,
    GovernmentFieldTooLong,
    GovernmentUnknown,
    RecoveryAccountInvalid,
    RecoveryNotAllowed,
    RegisterOutsideJurisdiction,
    RotationNotOffered,
    SignerAlreadySpeaks,
    SignerFrozenByOther,
    SignerInvalid,
    SignerIsFrozen,
    SignerNotFrozen,
    SignerNotOfGovernment,
    SignerUnknown,
)
from tests.contracts.harness.evm import account
from tests.contracts.harness.ledger import (
    DELTA,
    FARFIELD,
    FROZEN,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    NOBODY,
    OLDTOWN,
    RIVERPORT,
    STRANGER,
    UPLANDS,
    Ledger,
    new_government,
    refused,
    speaker,
)

OLD = speaker(LAKESIDE)
NEW = account("a new key of Lakeside District")
OTHER = account("another new key of Lakeside District")
RECOVERY = account("the recovery account of Lakeside District")
GOVERNMENT = Role.GOVERNMENT.bit


# -------------------------------------------------------------------------------------------------------- rotation


def test_a_voice_is_offered_and_taken_over(ledger: Ledger) -> None:
    offered = ledger.send("offerRotation", NEW.address, by=OLD)
    assert offered.facts == (RotationOffered(LAKESIDE, OLD.address, NEW.address),)
    assert ledger.call("voiceOf", OLD.address) == (LAKESIDE, GOVERNMENT), "until it is taken over, the old one speaks"
    assert ledger.call("voiceOf", NEW.address) == (0, 0)
    taken = ledger.send("acceptRotation", OLD.address, by=NEW)
    assert taken.facts == (SignerRemoved(LAKESIDE, OLD.address), SignerAdded(LAKESIDE, NEW.address))
    assert ledger.call("voiceOf", OLD.address) == (0, 0)
    assert ledger.call("speaker", NEW.address) == (LAKESIDE, GOVERNMENT)
    ledger.register_as(NEW)
    with refused(SignerUnknown(OLD.address)):
        ledger.register_as(OLD)


def test_a_new_offer_takes_the_place_of_an_older(ledger: Ledger) -> None:
    ledger.send("offerRotation", OTHER.address, by=OLD)
    ledger.send("offerRotation", NEW.address, by=OLD)
    ledger.refuses(RotationNotOffered(OLD.address, OTHER.address), "acceptRotation", OLD.address, by=OTHER)
    ledger.send("acceptRotation", OLD.address, by=NEW)


def test_only_who_was_offered_a_voice_takes_it_and_once(ledger: Ledger) -> None:
    ledger.refuses(RotationNotOffered(OLD.address, NEW.address), "acceptRotation", OLD.address, by=NEW)
    ledger.send("offerRotation", NEW.address, by=OLD)
    for caller in (STRANGER, OLD, speaker(HILLSIDE), speaker(DELTA)):
        ledger.refuses(RotationNotOffered(OLD.address, caller.address), "acceptRotation", OLD.address, by=caller)
    ledger.send("acceptRotation", OLD.address, by=NEW)
    ledger.refuses(RotationNotOffered(OLD.address, NEW.address), "acceptRotation", OLD.address, by=NEW)


@pytest.mark.parametrize(
    ("replacement", "expected"),
    [
        (NOBODY, SignerInvalid(NOBODY)),
        (OLD.address, SignerInvalid(OLD.address)),
        (FROZEN.address, SignerAlreadySpeaks(FROZEN.address, LAKESIDE)),
        (speaker(HILLSIDE).address, SignerAlreadySpeaks(speaker(HILLSIDE).address, HILLSIDE)),
        (speaker(OLDTOWN).address, SignerAlreadySpeaks(speaker(OLDTOWN).address, OLDTOWN)),
    ],
)
def test_a_voice_goes_to_an_account_that_has_none(ledger: Ledger, replacement: str, expected: Any) -> None:
    ledger.refuses(expected, "offerRotation", replacement, by=OLD)


def test_who_speaks_for_nobody_has_nothing_to_offer(ledger: Ledger) -> None:
    ledger.refuses(SignerUnknown(STRANGER.address), "offerRotation", NEW.address, by=STRANGER)
    ledger.refuses(GovernmentUnknown(OLDTOWN), "offerRotation", NEW.address, by=speaker(OLDTOWN))
    ledger.refuses(SignerIsFrozen(FROZEN.address, DELTA), "offerRotation", NEW.address, by=FROZEN)


def test_who_has_come_to_speak_for_another_since_takes_nothing_over(ledger: Ledger) -> None:
    ledger.send("offerRotation", NEW.address, by=OLD)
    ledger.decide("addSigner", HILLSIDE, NEW.address)
    expected = SignerAlreadySpeaks(NEW.address, HILLSIDE)
    ledger.refuses(expected, "acceptRotation", OLD.address, by=NEW)


def test_what_was_offered_ends_with_the_signer_or_the_body(ledger: Ledger) -> None:
    ledger.send("offerRotation", NEW.address, by=OLD)
    before = ledger.evm.snapshot()
    ledger.decide("removeSigner", LAKESIDE, OLD.address)
    ledger.refuses(RotationNotOffered(OLD.address, NEW.address), "acceptRotation", OLD.address, by=NEW)
    ledger.decide("addSigner", LAKESIDE, OLD.address)
    ledger.refuses(RotationNotOffered(OLD.address, NEW.address), "acceptRotation", OLD.address, by=NEW)
    ledger.evm.restore(before)
    ledger.succeed(LAKESIDE, NEWLAKE)
    ledger.refuses(GovernmentUnknown(LAKESIDE), "acceptRotation", OLD.address, by=NEW)


def test_a_replacement_has_the_roles_of_then(ledger: Ledger) -> None:
    ledger.send("offerRotation", NEW.address, by=OLD)
    ledger.decide("setRoles", LAKESIDE, 3)
    ledger.send("acceptRotation", OLD.address, by=NEW)
    assert ledger.call("speaker", NEW.address) == (LAKESIDE, 3)


def test_a_former_signer_can_come_back(ledger: Ledger) -> None:
    ledger.send("offerRotation", NEW.address, by=OLD)
    ledger.send("acceptRotation", OLD.address, by=NEW)
    ledger.send("offerRotation", OLD.address, by=NEW)
    ledger.send("acceptRotation", NEW.address, by=OLD)
    ledger.register_as(OLD)


# -------------------------------------------------------------------------------------------------- freezing, thawing


def test_a_frozen_account_commands_nothing(ledger: Ledger) -> None:
    done = ledger.send("freezeSigner", OLD.address, "the card was stolen", by=speaker(DELTA))
    assert done.facts == (SignerFrozen(LAKESIDE, OLD.address, DELTA, "the card was stolen"),)
    frozen = SignerIsFrozen(OLD.address, DELTA)
    ledger.refuses(frozen, "registerCommitment", ledger.commitment_terms(), by=OLD)
    ledger.unchanged(lambda: ledger.relay("registerCommitment", ledger.commitment_terms(), by=OLD), frozen)
    assert ledger.call("voiceOf", OLD.address) == (0, 0)
    assert ledger.call("hasRole", LAKESIDE, Role.GOVERNMENT), "the body itself is not stopped"
    thawed = ledger.send("thawSigner", OLD.address, by=speaker(DELTA))
    assert thawed.facts == (SignerThawed(LAKESIDE, OLD.address, DELTA),)
    ledger.register_as(OLD)


def test_what_a_frozen_account_had_offered_is_void(ledger: Ledger) -> None:
    """Else a thief hands the stolen voice to an account of his own."""
    ledger.send("offerRotation", NEW.address, by=OLD)
    ledger.send("freezeSigner", OLD.address, "the card was stolen", by=speaker(DELTA))
    ledger.refuses(RotationNotOffered(OLD.address, NEW.address), "acceptRotation", OLD.address, by=NEW)
    ledger.send("thawSigner", OLD.address, by=speaker(DELTA))
    ledger.refuses(RotationNotOffered(OLD.address, NEW.address), "acceptRotation", OLD.address, by=NEW)


def test_only_a_body_with_jurisdiction_freezes(ledger: Ledger) -> None:
    target = (speaker(HILLSIDE).address, "the card was stolen")
    outside = RegisterOutsideJurisdiction(UPLANDS, HILLSIDE)
    ledger.refuses(outside, "freezeSigner", *target, by=speaker(UPLANDS))
    missing = CommandRoleMissing(RIVERPORT, Role.COORDINATING_BODY)
    ledger.refuses(missing, "freezeSigner", *target, by=speaker(RIVERPORT))
    ledger.refuses(SignerUnknown(STRANGER.address), "freezeSigner", *target, by=STRANGER)
    ledger.decide("setJurisdiction", UPLANDS, HILLSIDE, True)
    ledger.send("freezeSigner", *target, by=speaker(UPLANDS))
    ledger.refuses(SignerFrozenByOther(target[0], DELTA, UPLANDS), "thawSigner", target[0], by=speaker(DELTA))
    ledger.send("thawSigner", target[0], by=speaker(UPLANDS))


def test_who_speaks_for_nobody_is_not_frozen(ledger: Ledger) -> None:
    delta = speaker(DELTA)
    ledger.refuses(SignerUnknown(STRANGER.address), "freezeSigner", STRANGER.address, "lost", by=delta)
    ledger.refuses(GovernmentUnknown(OLDTOWN), "freezeSigner", speaker(OLDTOWN).address, "lost", by=delta)
    ledger.refuses(SignerIsFrozen(FROZEN.address, DELTA), "freezeSigner", FROZEN.address, "lost", by=delta)
    ledger.refuses(SignerNotFrozen(OLD.address), "thawSigner", OLD.address, by=delta)
    ledger.refuses(SignerNotFrozen(STRANGER.address), "thawSigner", STRANGER.address, by=delta)


def test_only_a_coordinating_body_thaws(ledger: Ledger) -> None:
    missing = CommandRoleMissing(LAKESIDE, Role.COORDINATING_BODY)
    ledger.refuses(missing, "thawSigner", FROZEN.address, by=OLD)
    other = SignerFrozenByOther(FROZEN.address, UPLANDS, DELTA)
    ledger.refuses(other, "thawSigner", FROZEN.address, by=speaker(UPLANDS))


def test_a_freeze_has_a_reason(ledger: Ledger) -> None:
    by = speaker(DELTA)
    ledger.refuses(GovernmentFieldEmpty("reason"), "freezeSigner", OLD.address, "", by=by)
    long = GovernmentFieldTooLong("reason", 1025, 1024)
    ledger.refuses(long, "freezeSigner", OLD.address, "r" * 1025, by=by)
    ledger.send("freezeSigner", OLD.address, "r" * 1024, by=by)


def test_a_body_freezes_no_side_of_a_dispute_before_it(ledger: Ledger) -> None:
    _, dispute = ledger.disputed()
    for body in (LAKESIDE, HILLSIDE):
        expected = FreezeOfDisputant(DELTA, body)
        ledger.refuses(expected, "freezeSigner", speaker(body).address, "lost", by=speaker(DELTA))
    ledger.send("freezeSigner", speaker(RIVERPORT).address, "lost", by=speaker(DELTA))
    ledger.decide_at_once("setJurisdiction", UPLANDS, LAKESIDE, True)
    ledger.send("freezeSigner", OLD.address, "lost", by=speaker(UPLANDS))
    ledger.send("thawSigner", OLD.address, by=speaker(UPLANDS))
    ledger.send("withdrawDispute", dispute, by=OLD)
    ledger.send("freezeSigner", OLD.address, "lost", by=speaker(DELTA))


def test_nor_who_has_inherited_one(ledger: Ledger) -> None:
    ledger.disputed()
    ledger.succeed(LAKESIDE, NEWLAKE)
    expected = FreezeOfDisputant(DELTA, NEWLAKE)
    ledger.refuses(expected, "freezeSigner", speaker(NEWLAKE).address, "lost", by=speaker(DELTA))


def test_a_body_does_not_freeze_its_own(ledger: Ledger) -> None:
    second = account("a second key of Delta Office")
    ledger.decide("addSigner", DELTA, second.address)
    ledger.refuses(FreezeOfDisputant(DELTA, DELTA), "freezeSigner", second.address, "lost", by=speaker(DELTA))


def test_who_is_added_again_stays_frozen(ledger: Ledger) -> None:
    ledger.decide("removeSigner", LAKESIDE, FROZEN.address)
    ledger.decide("addSigner", LAKESIDE, FROZEN.address)
    with refused(SignerIsFrozen(FROZEN.address, DELTA)):
        ledger.register_as(FROZEN)


def test_the_heir_of_a_body_thaws_what_it_froze(ledger: Ledger) -> None:
    ledger.decide("setRoles", NEWLAKE, 3)
    ledger.succeed(DELTA, NEWLAKE)
    ledger.send("thawSigner", FROZEN.address, by=speaker(NEWLAKE))


# ------------------------------------------------------------------------------------------------------------ recovery


def test_a_signer_replaces_one_that_is_frozen(ledger: Ledger) -> None:
    done = ledger.send("recoverSigner", FROZEN.address, NEW.address, by=OLD)
    assert done.facts == (
        SignerRemoved(LAKESIDE, FROZEN.address),
        RotationOffered(LAKESIDE, FROZEN.address, NEW.address),
    )
    assert ledger.call("voiceOf", NEW.address) == (0, 0), "the replacement has to accept"
    taken = ledger.send("acceptRotation", FROZEN.address, by=NEW)
    assert taken.facts == (SignerAdded(LAKESIDE, NEW.address),)
    ledger.register_as(NEW)
    ledger.register_as(OLD)
    ledger.refuses(SignerUnknown(FROZEN.address), "offerRotation", OTHER.address, by=FROZEN)


def test_the_recovery_account_replaces_any_signer(ledger: Ledger) -> None:
    named = ledger.send("setRecoveryAccount", RECOVERY.address, by=OLD)
    assert named.facts == (RecoveryAccountSet(LAKESIDE, RECOVERY.address),)
    assert ledger.call("recoveryAccount", LAKESIDE) == RECOVERY.address.lower()
    assert ledger.call("voiceOf", RECOVERY.address) == (0, 0), "it does not speak itself"
    ledger.send("recoverSigner", OLD.address, NEW.address, by=RECOVERY)
    with refused(SignerUnknown(OLD.address)):
        ledger.register_as(OLD)
    ledger.send("acceptRotation", OLD.address, by=NEW)
    ledger.register_as(NEW)


def test_what_was_offered_in_the_place_of_a_lost_key_can_be_offered_to_another(ledger: Ledger) -> None:
    ledger.send("recoverSigner", FROZEN.address, OTHER.address, by=OLD)
    again = ledger.send("recoverSigner", FROZEN.address, NEW.address, by=OLD)
    assert again.facts == (RotationOffered(LAKESIDE, FROZEN.address, NEW.address),)
    ledger.refuses(RotationNotOffered(FROZEN.address, OTHER.address), "acceptRotation", FROZEN.address, by=OTHER)
    ledger.send("acceptRotation", FROZEN.address, by=NEW)
    gone = SignerNotOfGovernment(FROZEN.address, LAKESIDE)
    ledger.refuses(gone, "recoverSigner", FROZEN.address, OTHER.address, by=OLD)


def test_a_voice_that_the_administrators_took_is_not_recovered(ledger: Ledger) -> None:
    ledger.send("setRecoveryAccount", RECOVERY.address, by=OLD)
    ledger.decide("removeSigner", LAKESIDE, OLD.address)
    gone = SignerNotOfGovernment(OLD.address, LAKESIDE)
    ledger.refuses(gone, "recoverSigner", OLD.address, NEW.address, by=RECOVERY)


def test_who_cannot_replace_a_signer(ledger: Ledger) -> None:
    lost = FROZEN.address
    hillside = speaker(HILLSIDE)
    ledger.refuses(RecoveryNotAllowed(hillside.address, lost), "recoverSigner", lost, NEW.address, by=hillside)
    ledger.refuses(SignerIsFrozen(lost, DELTA), "recoverSigner", lost, NEW.address, by=FROZEN)
    ledger.refuses(SignerUnknown(STRANGER.address), "recoverSigner", lost, NEW.address, by=STRANGER)
    ledger.send("thawSigner", lost, by=speaker(DELTA))
    ledger.refuses(RecoveryNotAllowed(OLD.address, lost), "recoverSigner", lost, NEW.address, by=OLD)
    ledger.send("setRecoveryAccount", RECOVERY.address, by=hillside)
    ledger.refuses(SignerUnknown(RECOVERY.address), "recoverSigner", lost, NEW.address, by=RECOVERY)


def test_who_cannot_be_replaced_and_by_whom_not(ledger: Ledger) -> None:
    ledger.send("setRecoveryAccount", RECOVERY.address, by=OLD)
    ledger.refuses(SignerUnknown(STRANGER.address), "recoverSigner", STRANGER.address, NEW.address, by=RECOVERY)
    hillside = speaker(HILLSIDE).address
    for replacement, expected in (
        (NOBODY, SignerInvalid(NOBODY)),
        (OLD.address, SignerInvalid(OLD.address)),
        (RECOVERY.address, SignerInvalid(RECOVERY.address)),
        (FROZEN.address, SignerAlreadySpeaks(FROZEN.address, LAKESIDE)),
        (hillside, SignerAlreadySpeaks(hillside, HILLSIDE)),
    ):
        ledger.refuses(expected, "recoverSigner", OLD.address, replacement, by=RECOVERY)
    ledger.succeed(LAKESIDE, NEWLAKE)
    ledger.refuses(GovernmentUnknown(LAKESIDE), "recoverSigner", OLD.address, NEW.address, by=RECOVERY)
    ledger.refuses(GovernmentUnknown(LAKESIDE), "setRecoveryAccount", STRANGER.address, by=RECOVERY)


def test_only_the_recovery_account_names_another(ledger: Ledger) -> None:
    """So that a stolen key cannot name its own."""
    ledger.send("setRecoveryAccount", RECOVERY.address, by=OLD)
    ledger.refuses(RecoveryNotAllowed(OLD.address, RECOVERY.address), "setRecoveryAccount", NEW.address, by=OLD)
    done = ledger.send("setRecoveryAccount", NEW.address, by=RECOVERY)
    assert done.facts == (RecoveryAccountSet(LAKESIDE, NEW.address),)
    ledger.refuses(SignerUnknown(RECOVERY.address), "setRecoveryAccount", RECOVERY.address, by=RECOVERY)
    ledger.refuses(SignerUnknown(RECOVERY.address), "recoverSigner", OLD.address, OTHER.address, by=RECOVERY)
    ledger.send("recoverSigner", OLD.address, OTHER.address, by=NEW)


def test_what_is_no_recovery_account(ledger: Ledger) -> None:
    ledger.send("setRecoveryAccount", RECOVERY.address, by=speaker(HILLSIDE))
    for recovery in (NOBODY, OLD.address, FROZEN.address, speaker(FARFIELD).address, RECOVERY.address):
        ledger.refuses(RecoveryAccountInvalid(recovery), "setRecoveryAccount", recovery, by=OLD)
    ledger.refuses(SignerIsFrozen(FROZEN.address, DELTA), "setRecoveryAccount", NEW.address, by=FROZEN)


def test_a_recovery_account_becomes_no_signer(ledger: Ledger) -> None:
    ledger.send("setRecoveryAccount", RECOVERY.address, by=OLD)
    ledger.refuses(SignerInvalid(RECOVERY.address), "offerRotation", RECOVERY.address, by=speaker(HILLSIDE))
    proposal, data = ledger.propose("registerGovernments", [new_government(12, signers=(RECOVERY.address,))])
    ledger.evm.now += 2 * 86_400
    expected = SignerInvalid(RECOVERY.address)
    ledger.unchanged(lambda: ledger.transact("executeProposal", proposal, data, by=STRANGER), expected)
