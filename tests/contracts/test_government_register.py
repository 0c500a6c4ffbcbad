"""The register: who takes part, with which roles, and which accounts speak for whom."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.enums import GovernmentState, Level, Role
from ledger.domain.events import (
    GovernmentRegistered,
    GovernmentRemoved,
    JurisdictionSet,
    RolesSet,
    SignerAdded,
    SignerRemoved,
)
from ledger.domain.refusals.base import Refused
from ledger.domain.refusals.register import (
    CoordinatingBodyExpected,
    GovernmentAlreadyRegistered,
    GovernmentFieldEmpty,
    GovernmentFieldTooLong,
    GovernmentRolesInvalid,
    GovernmentSchemeInvalid,
    GovernmentUnknown,
    RegisterOnlyAdministration,
    SignerAlreadySpeaks,
    SignerInvalid,
    SignerNotOfGovernment,
    SignerUnknown,
)
from tests.contracts.harness.evm import account
from tests.contracts.harness.ledger import (
    ADMINISTRATORS,
    AUDITOR,
    DELTA,
    FARFIELD,
    LAKESIDE,
    NEXT_BODY,
    NOBODY,
    OLDTOWN,
    RIVERPORT,
    SPEAKERS,
    STRANGER,
    UPLANDS,
    Ledger,
    new_government,
    refused,
    speaker,
)

NEWCOMER = account("a newcomer's signer")


def decide_refused(ledger: Ledger, expected: Refused, verb: str, *values: Any) -> None:
    """The administrators decide it, and the register refuses; nothing but the proposal was written."""
    proposal, data = ledger.propose(verb, *values)
    ledger.evm.now += 2 * 86_400
    ledger.unchanged(lambda: ledger.transact("executeProposal", proposal, data, by=STRANGER), expected)


def test_registering_says_all_that_is_known_of_a_body(ledger: Ledger) -> None:
    body = new_government(NEXT_BODY, superior=DELTA, roles=5, signers=(NEWCOMER.address, STRANGER.address))
    done = ledger.decide("registerGovernments", [body])
    assert done.facts[1:] == (
        GovernmentRegistered(NEXT_BODY, "test", "B012", "Body 12", Level.CITY, DELTA, 5),
        SignerAdded(NEXT_BODY, NEWCOMER.address),
        SignerAdded(NEXT_BODY, STRANGER.address),
    )
    assert ledger.call("government", NEXT_BODY) == {
        "state": GovernmentState.REGISTERED,
        "level": Level.CITY,
        "roles": 5,
        "superior": DELTA,
        "registeredAt": ledger.evm.now,
    }
    assert ledger.call("governmentBy", "test", "B012") == NEXT_BODY
    assert ledger.call("governmentCount") == NEXT_BODY
    assert ledger.call("speaker", NEWCOMER.address) == (NEXT_BODY, 5)


def test_several_are_registered_at_once_or_none(ledger: Ledger) -> None:
    bodies = [new_government(NEXT_BODY), new_government(NEXT_BODY + 1, superior=NEXT_BODY)]
    assert len(ledger.decide("registerGovernments", bodies).facts) == 3
    assert ledger.call("government", NEXT_BODY + 1)["superior"] == NEXT_BODY
    decide_refused(
        ledger,
        GovernmentAlreadyRegistered("test", "B012", NEXT_BODY),
        "registerGovernments",
        [new_government(NEXT_BODY + 2), new_government(NEXT_BODY)],
    )
    assert ledger.call("governmentCount") == NEXT_BODY + 1


def test_no_body_has_number_zero_or_an_unknown_identifier(ledger: Ledger) -> None:
    assert ledger.call("government", 0)["state"] == GovernmentState.NONE
    assert ledger.call("governmentBy", "test", "B999") == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"scheme": ""}, GovernmentFieldEmpty("scheme")),
        ({"value": ""}, GovernmentFieldEmpty("value")),
        ({"name": ""}, GovernmentFieldEmpty("name")),
        ({"scheme": "s" * 33}, GovernmentFieldTooLong("scheme", 33, 32)),
        ({"value": "v" * 65}, GovernmentFieldTooLong("value", 65, 64)),
        ({"name": "政" * 86}, GovernmentFieldTooLong("name", 258, 256)),
        ({"scheme": "USCC"}, GovernmentSchemeInvalid("USCC")),
        ({"scheme": "a:b"}, GovernmentSchemeInvalid("a:b")),
        ({"roles": 0}, GovernmentRolesInvalid(0)),
        ({"roles": 8}, GovernmentRolesInvalid(8)),
        ({"superior": 99}, GovernmentUnknown(99)),
        ({"superior": OLDTOWN}, GovernmentUnknown(OLDTOWN)),
        ({"superior": NEXT_BODY}, GovernmentUnknown(NEXT_BODY)),
        ({"value": "B002"}, GovernmentAlreadyRegistered("test", "B002", LAKESIDE)),
        ({"value": "B008"}, GovernmentAlreadyRegistered("test", "B008", OLDTOWN)),
        ({"signers": (NOBODY,)}, SignerInvalid(NOBODY)),
        ({"signers": (speaker(LAKESIDE).address,)}, SignerAlreadySpeaks(speaker(LAKESIDE).address, LAKESIDE)),
        ({"signers": (NEWCOMER.address,) * 2}, SignerAlreadySpeaks(NEWCOMER.address, NEXT_BODY)),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_no_government_is_not_registered(ledger: Ledger, changes: dict[str, Any], expected: Refused) -> None:
    decide_refused(ledger, expected, "registerGovernments", [new_government(NEXT_BODY, **changes)])


def test_the_longest_names_that_are_allowed_are_registered(ledger: Ledger) -> None:
    longest = new_government(NEXT_BODY, scheme="a-0" + "z" * 29, value="V" * 64, name="n" * 256, signers=())
    assert len(ledger.decide("registerGovernments", [longest]).facts) == 2
    assert ledger.call("governmentBy", longest.scheme, longest.value) == NEXT_BODY


def test_a_body_may_have_no_signer_and_get_one_later(ledger: Ledger) -> None:
    ledger.decide("registerGovernments", [new_government(NEXT_BODY)])
    with refused(SignerUnknown(NEWCOMER.address)):
        ledger.register_as(NEWCOMER)
    added = ledger.decide("addSigner", NEXT_BODY, NEWCOMER.address)
    assert added.facts[1:] == (SignerAdded(NEXT_BODY, NEWCOMER.address),)
    assert ledger.call("speaker", NEWCOMER.address) == (NEXT_BODY, Role.GOVERNMENT.bit)


def test_signers_are_not_added_to_bodies_that_are_not_there(ledger: Ledger) -> None:
    for body in (0, 99, OLDTOWN):
        decide_refused(ledger, GovernmentUnknown(body), "addSigner", body, NEWCOMER.address)
    decide_refused(ledger, SignerInvalid(NOBODY), "addSigner", LAKESIDE, NOBODY)


def test_an_account_speaks_for_one_body_for_good(ledger: Ledger) -> None:
    """What it signed before it was removed must not bind another body when it is sent afterwards."""
    moving = speaker(RIVERPORT).address
    terms = ledger.commitment_terms()
    signed = ledger.sign("registerCommitment", terms, by=speaker(RIVERPORT), deadline=2**40)
    decide_refused(ledger, SignerAlreadySpeaks(moving, RIVERPORT), "addSigner", LAKESIDE, moving)
    assert ledger.decide("removeSigner", RIVERPORT, moving).facts[1:] == (SignerRemoved(RIVERPORT, moving),)
    decide_refused(ledger, SignerAlreadySpeaks(moving, RIVERPORT), "addSigner", LAKESIDE, moving)
    expected = SignerUnknown(moving)
    ledger.unchanged(lambda: ledger.transact("registerCommitment", terms, signed, by=STRANGER), expected)


def test_a_removed_signer_can_come_back_with_the_roles_of_then(ledger: Ledger) -> None:
    moving = speaker(LAKESIDE).address
    ledger.decide("removeSigner", LAKESIDE, moving)
    ledger.decide("setRoles", LAKESIDE, 3)
    with refused(SignerUnknown(moving)):
        ledger.register()
    ledger.decide("addSigner", LAKESIDE, moving)
    assert ledger.call("speaker", moving) == (LAKESIDE, 3)
    ledger.register()
    decide_refused(ledger, SignerAlreadySpeaks(moving, LAKESIDE), "addSigner", LAKESIDE, moving)


def test_only_a_bodys_own_signers_are_removed_from_it(ledger: Ledger) -> None:
    lakeside = speaker(LAKESIDE).address
    for body, signer in ((FARFIELD, lakeside), (0, NEWCOMER.address), (LAKESIDE, NEWCOMER.address)):
        decide_refused(ledger, SignerNotOfGovernment(signer, body), "removeSigner", body, signer)


def test_new_roles_hold_for_every_signer_at_once(ledger: Ledger) -> None:
    ledger.decide("addSigner", LAKESIDE, NEWCOMER.address)
    assert ledger.decide("setRoles", LAKESIDE, 6).facts[1:] == (RolesSet(LAKESIDE, 6),)
    assert ledger.call("speaker", NEWCOMER.address) == (LAKESIDE, 6)
    assert ledger.call("speaker", speaker(LAKESIDE).address) == (LAKESIDE, 6)
    assert not ledger.call("hasRole", LAKESIDE, Role.GOVERNMENT)
    assert ledger.call("hasRole", LAKESIDE, Role.AUDITOR)


def test_roles_are_set_for_registered_bodies_to_roles_that_exist(ledger: Ledger) -> None:
    for roles in (0, 8, 255):
        decide_refused(ledger, GovernmentRolesInvalid(roles), "setRoles", LAKESIDE, roles)
    for body in (0, 99, OLDTOWN):
        decide_refused(ledger, GovernmentUnknown(body), "setRoles", body, 1)


def test_a_removed_body_stays_known_but_speaks_no_more(ledger: Ledger) -> None:
    ledger.decide("addSigner", LAKESIDE, NEWCOMER.address)
    done = ledger.decide("removeGovernment", LAKESIDE, "merged into Riverport")
    assert done.facts[1:] == (GovernmentRemoved(LAKESIDE, "merged into Riverport"),)
    assert ledger.call("government", LAKESIDE)["state"] == GovernmentState.REMOVED
    assert ledger.call("governmentBy", "test", "B002") == LAKESIDE
    assert not ledger.call("hasRole", LAKESIDE, Role.GOVERNMENT)
    for signer in (speaker(LAKESIDE), NEWCOMER):
        with refused(GovernmentUnknown(LAKESIDE)):
            ledger.register_as(signer)
    decide_refused(ledger, GovernmentUnknown(LAKESIDE), "removeGovernment", LAKESIDE, "again")


def test_the_accounts_of_a_removed_body_speak_for_no_other(ledger: Ledger) -> None:
    moving = speaker(OLDTOWN).address
    decide_refused(ledger, SignerAlreadySpeaks(moving, OLDTOWN), "addSigner", LAKESIDE, moving)
    ledger.decide("removeSigner", OLDTOWN, moving)
    decide_refused(ledger, SignerAlreadySpeaks(moving, OLDTOWN), "addSigner", LAKESIDE, moving)
    with refused(GovernmentUnknown(OLDTOWN)):
        ledger.register_as(speaker(OLDTOWN))


def test_jurisdiction_is_over_one_government_or_over_all(ledger: Ledger) -> None:
    assert not ledger.call("hasJurisdiction", UPLANDS, FARFIELD)
    assert ledger.decide("setJurisdiction", UPLANDS, FARFIELD, True).facts[1:] == (
        JurisdictionSet(UPLANDS, FARFIELD, True),
    )
    assert ledger.call("hasJurisdiction", UPLANDS, FARFIELD)
    assert not ledger.call("hasJurisdiction", UPLANDS, LAKESIDE)
    ledger.decide("setJurisdiction", UPLANDS, 0, True)
    assert ledger.call("hasJurisdiction", UPLANDS, LAKESIDE)
    ledger.decide("setJurisdiction", UPLANDS, 0, False)
    assert ledger.call("hasJurisdiction", UPLANDS, FARFIELD)
    assert not ledger.call("hasJurisdiction", UPLANDS, LAKESIDE)


def test_jurisdiction_ends_with_the_role(ledger: Ledger) -> None:
    assert ledger.call("hasJurisdiction", DELTA, LAKESIDE)
    ledger.decide("setRoles", DELTA, Role.AUDITOR.bit)
    assert not ledger.call("hasJurisdiction", DELTA, LAKESIDE)


def test_jurisdiction_is_given_to_coordinating_bodies_over_registered_governments(ledger: Ledger) -> None:
    for body in (LAKESIDE, AUDITOR, OLDTOWN, 0, 99):
        decide_refused(ledger, CoordinatingBodyExpected(body), "setJurisdiction", body, LAKESIDE, True)
    for government in (OLDTOWN, 99):
        decide_refused(ledger, GovernmentUnknown(government), "setJurisdiction", DELTA, government, True)


@pytest.mark.parametrize("caller", [*ADMINISTRATORS, *SPEAKERS.values(), STRANGER], ids=lambda each: each.address[:6])
@pytest.mark.parametrize(
    ("verb", "values"),
    [
        ("registerGovernments", ([new_government(NEXT_BODY)],)),
        ("addSigner", (LAKESIDE, NEWCOMER.address)),
        ("removeSigner", (LAKESIDE, speaker(LAKESIDE).address)),
        ("setRoles", (LAKESIDE, 7)),
        ("removeGovernment", (LAKESIDE, "")),
        ("setJurisdiction", (DELTA, LAKESIDE, True)),
        ("recordSuccession", (LAKESIDE, [FARFIELD], "merged")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nobody_changes_the_register_alone(ledger: Ledger, caller: Any, verb: str, values: tuple[Any, ...]) -> None:
    expected = RegisterOnlyAdministration(caller.address)
    ledger.unchanged(lambda: ledger.transact(verb, *values, by=caller), expected)


def test_asking_for_the_speaker_of_a_stranger_is_refused(ledger: Ledger) -> None:
    with refused(SignerUnknown(STRANGER.address)):
        ledger.transact("speaker", STRANGER.address, by=STRANGER)
    with refused(GovernmentUnknown(OLDTOWN)):
        ledger.transact("speaker", speaker(OLDTOWN).address, by=STRANGER)
