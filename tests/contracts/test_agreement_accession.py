"""Acceding: a newcomer signs what is in force and is a party, at once or when the coordinating body admits it."""

from __future__ import annotations

import pytest

from ledger.domain.enums import AccessionRule, AgreementState, EndReason, Role
from ledger.domain.events import AccessionRequested, AgreementAcceded, AgreementAmended, CommandExecuted
from ledger.domain.refusals.agreements import (
    AccessionClosed,
    AccessionNotRequested,
    AgreementCoordinatingBodyIsParty,
    AgreementIsSuspended,
    AgreementNotCoordinatingBody,
    AgreementNotInForce,
    AgreementOutsideJurisdiction,
    AgreementPartyInvalid,
    AgreementPartyTwice,
    AgreementTermsDiffer,
    AgreementUnknown,
)
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.terms import Ending
from tests.contracts.harness.agreements import TWO, digest_of, propose, propose_version, sign, terms_for_two
from tests.contracts.harness.ledger import (
    AGREEMENT,
    AUDITOR,
    DAY,
    DELTA,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    STRANGER,
    UPLANDS,
    Ledger,
    speaker,
)

RULES = [AccessionRule.OPEN, AccessionRule.ON_APPROVAL]
BOTH = Role.GOVERNMENT.bit | Role.COORDINATING_BODY.bit


def conclude(ledger: Ledger, rule: AccessionRule, **changes: int) -> tuple[int, bytes]:
    """An agreement of two that others can accede to."""
    id = ledger.conclude(parties=TWO, accession=rule, **changes)
    return id, ledger.call("agreement", id)["termsDigest"]


def accede(ledger: Ledger, id: int, digest: bytes, by: int = FARFIELD) -> None:
    ledger.send("accedeToAgreement", id, digest, by=speaker(by))


def test_open_to_all(ledger: Ledger) -> None:
    id, digest = conclude(ledger, AccessionRule.OPEN)
    done = ledger.send("accedeToAgreement", id, digest, by=speaker(FARFIELD))
    assert done.events == (
        CommandExecuted(speaker(FARFIELD).address, 0),
        AgreementAcceded(id, FARFIELD, 0),
    )
    assert ledger.call("isParty", id, FARFIELD)
    assert ledger.call("hasSigned", id, 1, FARFIELD)
    assert ledger.call("agreement", id)["partyCount"] == 3 == ledger.call("versionOf", id, 1)["signatureCount"]
    ledger.register(agreement=id, creditor=FARFIELD)


def test_on_approval(ledger: Ledger) -> None:
    id, digest = conclude(ledger, AccessionRule.ON_APPROVAL)
    asked = ledger.send("accedeToAgreement", id, digest, by=speaker(FARFIELD))
    assert asked.facts == (AccessionRequested(id, FARFIELD, digest),)
    assert not ledger.call("isParty", id, FARFIELD)
    assert ledger.call("agreement", id)["partyCount"] == 2
    admitted = ledger.send("approveAccession", id, FARFIELD, by=speaker(DELTA))
    assert admitted.facts == (AgreementAcceded(id, FARFIELD, DELTA),)
    assert ledger.call("isParty", id, FARFIELD)
    assert ledger.call("hasSigned", id, 1, FARFIELD)
    assert ledger.call("agreement", id)["partyCount"] == 3


def test_closed_unless_the_terms_say_otherwise(ledger: Ledger) -> None:
    digest = ledger.call("agreement", AGREEMENT)["termsDigest"]
    ledger.refuses(AccessionClosed(AGREEMENT), "accedeToAgreement", AGREEMENT, digest, by=speaker(FARFIELD))


@pytest.mark.parametrize("rule", RULES)
def test_a_newcomer_signs_what_is_in_force(ledger: Ledger, rule: AccessionRule) -> None:
    id, digest = conclude(ledger, rule)
    other = digest_of(terms_for_two(title="Other terms"))
    by = speaker(FARFIELD)
    ledger.refuses(AgreementTermsDiffer(id, other, digest), "accedeToAgreement", id, other, by=by)
    _, pending = propose_version(ledger, id, title="Amended", accession=rule)
    ledger.refuses(AgreementTermsDiffer(id, pending, digest), "accedeToAgreement", id, pending, by=by)


@pytest.mark.parametrize("rule", RULES)
def test_who_cannot_be_a_party_does_not_accede(ledger: Ledger, rule: AccessionRule) -> None:
    id, digest = conclude(ledger, rule)
    ledger.refuses(AgreementUnknown(99), "accedeToAgreement", 99, digest, by=speaker(FARFIELD))
    ledger.refuses(AgreementPartyTwice(LAKESIDE), "accedeToAgreement", id, digest, by=speaker(LAKESIDE))
    for body in (DELTA, AUDITOR):
        missing = CommandRoleMissing(body, Role.GOVERNMENT)
        ledger.refuses(missing, "accedeToAgreement", id, digest, by=speaker(body))
    ledger.decide("setRoles", DELTA, BOTH)
    expected = AgreementCoordinatingBodyIsParty(DELTA)
    ledger.refuses(expected, "accedeToAgreement", id, digest, by=speaker(DELTA))
    ledger.decide("setJurisdiction", DELTA, 0, False)
    outside = AgreementOutsideJurisdiction(DELTA, FARFIELD)
    ledger.refuses(outside, "accedeToAgreement", id, digest, by=speaker(FARFIELD))


@pytest.mark.parametrize("rule", RULES)
def test_a_newcomer_is_fit_for_the_body_that_is_to_follow(ledger: Ledger, rule: AccessionRule) -> None:
    """Else the parties that the present body coordinates could not all be coordinated by the next."""
    id, digest = conclude(ledger, rule)
    for government in TWO:
        ledger.decide("setJurisdiction", UPLANDS, government, True)
    propose_version(ledger, id, coordinating_body=UPLANDS)
    outside = AgreementOutsideJurisdiction(UPLANDS, FARFIELD)
    ledger.refuses(outside, "accedeToAgreement", id, digest, by=speaker(FARFIELD))
    ledger.decide("setRoles", UPLANDS, BOTH)
    itself = AgreementCoordinatingBodyIsParty(UPLANDS)
    ledger.refuses(itself, "accedeToAgreement", id, digest, by=speaker(UPLANDS))
    ledger.decide("setJurisdiction", UPLANDS, FARFIELD, True)
    accede(ledger, id, digest)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_only_what_is_in_force_takes_newcomers(ledger: Ledger, seconds: int) -> None:
    begins, ends = ledger.evm.now + DAY, ledger.evm.now + 2 * DAY
    id, digest = conclude(ledger, AccessionRule.OPEN, effective_from=begins, expires_at=ends)
    asked, asked_digest = conclude(ledger, AccessionRule.ON_APPROVAL, effective_from=begins, expires_at=ends)
    ledger.evm.now = begins + seconds
    if seconds < 0:
        for each, read in ((id, digest), (asked, asked_digest)):
            not_yet = AgreementNotInForce(each, AgreementState.CONCLUDED, begins, ends)
            ledger.refuses(not_yet, "accedeToAgreement", each, read, by=speaker(FARFIELD))
        ledger.evm.now = begins
    accede(ledger, id, digest)
    accede(ledger, asked, asked_digest)
    ledger.evm.now = ends + seconds
    if seconds < 0:
        ledger.send("approveAccession", asked, FARFIELD, by=speaker(DELTA))
        accede(ledger, id, digest, by=NEWLAKE)
    else:
        over = AgreementNotInForce(id, AgreementState.CONCLUDED, begins, ends)
        ledger.refuses(over, "accedeToAgreement", id, digest, by=speaker(NEWLAKE))
        over = AgreementNotInForce(asked, AgreementState.CONCLUDED, begins, ends)
        ledger.refuses(over, "approveAccession", asked, FARFIELD, by=speaker(DELTA))


def test_nobody_joins_what_is_not_concluded_suspended_or_ended(ledger: Ledger) -> None:
    by = speaker(FARFIELD)
    proposed, digest = propose(ledger, accession=AccessionRule.OPEN)
    expected = AgreementNotInForce(proposed, AgreementState.PROPOSED, 0, 0)
    ledger.refuses(expected, "accedeToAgreement", proposed, digest, by=by)

    id, digest = conclude(ledger, AccessionRule.ON_APPROVAL)
    accede(ledger, id, digest, by=NEWLAKE)
    ledger.send("suspendAgreement", id, "looked into", by=speaker(DELTA))
    suspended = AgreementIsSuspended(id, ledger.evm.now)
    ledger.refuses(suspended, "accedeToAgreement", id, digest, by=by)
    ledger.refuses(suspended, "approveAccession", id, NEWLAKE, by=speaker(DELTA))
    ledger.send("endAgreement", Ending(id, EndReason.BY_LAW, 0, 0, "Regulation 12"), by=speaker(DELTA))
    ended = AgreementNotInForce(id, AgreementState.ENDED, ledger.call("agreement", id)["effectiveFrom"], 0)
    ledger.refuses(ended, "accedeToAgreement", id, digest, by=by)
    ledger.refuses(ended, "approveAccession", id, NEWLAKE, by=speaker(DELTA))


def test_only_the_coordinating_body_admits(ledger: Ledger) -> None:
    id, digest = conclude(ledger, AccessionRule.ON_APPROVAL)
    accede(ledger, id, digest)
    ledger.refuses(AgreementUnknown(99), "approveAccession", 99, FARFIELD, by=speaker(DELTA))
    other = AgreementNotCoordinatingBody(id, UPLANDS, DELTA)
    ledger.refuses(other, "approveAccession", id, FARFIELD, by=speaker(UPLANDS))
    for body in (LAKESIDE, FARFIELD, AUDITOR):
        missing = CommandRoleMissing(body, Role.COORDINATING_BODY)
        ledger.refuses(missing, "approveAccession", id, FARFIELD, by=speaker(body))


def test_only_who_has_asked_is_admitted_and_once(ledger: Ledger) -> None:
    id, digest = conclude(ledger, AccessionRule.ON_APPROVAL)
    for government in (FARFIELD, LAKESIDE, 0, 99):
        expected = AccessionNotRequested(id, government)
        ledger.refuses(expected, "approveAccession", id, government, by=speaker(DELTA))
    accede(ledger, id, digest)
    accede(ledger, id, digest)
    ledger.send("approveAccession", id, FARFIELD, by=speaker(DELTA))
    again = AccessionNotRequested(id, FARFIELD)
    ledger.refuses(again, "approveAccession", id, FARFIELD, by=speaker(DELTA))


def test_what_was_signed_before_an_amendment_does_not_bind_after_it(ledger: Ledger) -> None:
    id, digest = conclude(ledger, AccessionRule.ON_APPROVAL)
    accede(ledger, id, digest)
    version, amended = propose_version(ledger, id, title="Amended", accession=AccessionRule.ON_APPROVAL)
    for party in TWO:
        sign(ledger, id, version, amended, by=party)
    expected = AccessionNotRequested(id, FARFIELD)
    ledger.refuses(expected, "approveAccession", id, FARFIELD, by=speaker(DELTA))
    accede(ledger, id, amended)
    ledger.send("approveAccession", id, FARFIELD, by=speaker(DELTA))
    assert ledger.call("hasSigned", id, 2, FARFIELD)
    assert not ledger.call("hasSigned", id, 1, FARFIELD)


def test_whoever_asked_must_still_be_fit_when_admitted(ledger: Ledger) -> None:
    id, digest = conclude(ledger, AccessionRule.ON_APPROVAL)
    accede(ledger, id, digest)
    accede(ledger, id, digest, by=NEWLAKE)
    ledger.decide("setRoles", FARFIELD, Role.AUDITOR.bit)
    invalid = AgreementPartyInvalid(FARFIELD)
    ledger.refuses(invalid, "approveAccession", id, FARFIELD, by=speaker(DELTA))
    ledger.decide("setJurisdiction", DELTA, 0, False)
    outside = AgreementOutsideJurisdiction(DELTA, NEWLAKE)
    ledger.refuses(outside, "approveAccession", id, NEWLAKE, by=speaker(DELTA))


def test_a_pending_amendment_then_needs_the_newcomer_too(ledger: Ledger) -> None:
    id, digest = conclude(ledger, AccessionRule.OPEN)
    version, amended = propose_version(ledger, id, title="Amended", accession=AccessionRule.OPEN)
    sign(ledger, id, version, amended, by=LAKESIDE)
    accede(ledger, id, digest)
    sign(ledger, id, version, amended, by=HILLSIDE)
    assert ledger.call("agreement", id)["version"] == 1
    last = sign(ledger, id, version, amended, by=FARFIELD)
    assert last.facts[1:] == (AgreementAmended(id, version, 0),)


def test_the_end_then_needs_the_newcomer_too(ledger: Ledger) -> None:
    id, digest = conclude(ledger, AccessionRule.OPEN)
    ledger.send("consentToEnd", id, "", by=speaker(LAKESIDE))
    accede(ledger, id, digest)
    ledger.send("consentToEnd", id, "", by=speaker(HILLSIDE))
    assert ledger.call("agreement", id)["state"] == AgreementState.CONCLUDED
    ledger.send("consentToEnd", id, "", by=speaker(FARFIELD))
    assert ledger.call("agreement", id)["state"] == AgreementState.ENDED


def test_an_accession_is_signed_by_the_newcomer_and_sent_by_anyone(ledger: Ledger) -> None:
    id, digest = conclude(ledger, AccessionRule.OPEN)
    done = ledger.relay("accedeToAgreement", id, digest, by=speaker(FARFIELD), via=STRANGER)
    assert done.facts == (AgreementAcceded(id, FARFIELD, 0),)
