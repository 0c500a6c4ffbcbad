"""Negotiating: any party proposes another version, the newest one is signed, and the old stays in force until then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger.domain.enums import AccessionRule, AgreementState, EndReason, Role
from ledger.domain.events import (
    AgreementAmended,
    AgreementConcluded,
    AgreementSigned,
    AgreementVersionDeclined,
    AgreementVersionProposed,
    CommandExecuted,
)
from ledger.domain.refusals.agreements import (
    AgreementAlreadySigned,
    AgreementAmendmentDated,
    AgreementAssessmentInvalid,
    AgreementBackdated,
    AgreementCoordinatingBodyInvalid,
    AgreementCoordinatingBodyIsParty,
    AgreementFieldEmpty,
    AgreementFieldTooLong,
    AgreementIndicatorWeightsSum,
    AgreementIsSuspended,
    AgreementNotInForce,
    AgreementNotParty,
    AgreementOutsideJurisdiction,
    AgreementPartiesDiffer,
    AgreementPartyTwice,
    AgreementPeriodInvalid,
    AgreementStateInvalid,
    AgreementTermsDiffer,
    AgreementTooFewParties,
    AgreementUnknown,
    AgreementVersionSuperseded,
)
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.terms import Ending
from tests.contracts.harness.agreements import (
    TWO,
    digest_of,
    propose,
    propose_version,
    sign,
    state_of,
    terms_for_two,
)
from tests.contracts.harness.ledger import (
    BACKFILLED,
    DAY,
    DELTA,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    PAST,
    RIVERPORT,
    UPLANDS,
    Ledger,
    agreement_terms,
    refused,
    speaker,
)


def conclude(ledger: Ledger, **changes: Any) -> int:
    return ledger.conclude(**{"parties": TWO, **changes})


# ------------------------------------------------------------------------------------------------ counter-proposals


def test_any_party_proposes_other_terms(ledger: Ledger) -> None:
    id, first = propose(ledger)
    sign(ledger, id, 1, first, by=LAKESIDE)
    terms = terms_for_two(parties=(HILLSIDE, LAKESIDE), title="Other terms", expires_at=ledger.evm.now + DAY)
    done = ledger.send("proposeVersion", id, terms, "a shorter period", by=speaker(HILLSIDE))
    assert done.returned == 2
    assert done.events == (
        CommandExecuted(speaker(HILLSIDE).address, 0),
        AgreementVersionProposed(id, 2, HILLSIDE, digest_of(terms), terms, "a shorter period"),
    )
    shown = ledger.call("agreement", id)
    assert (shown["state"], shown["version"], shown["pendingVersion"]) == (AgreementState.PROPOSED, 0, 2)
    assert (shown["termsDigest"], shown["expiresAt"]) == (digest_of(terms), terms.expires_at)
    second = ledger.call("versionOf", id, 2)
    assert (second["proposer"], second["signatureCount"], second["termsDigest"]) == (HILLSIDE, 0, digest_of(terms))
    assert ledger.call("versionOf", id, 1)["termsDigest"] == first


def test_who_agreed_to_which_version_stays_on_record(ledger: Ledger) -> None:
    id, first = propose(ledger)
    sign(ledger, id, 1, first, by=LAKESIDE)
    _, second = propose_version(ledger, id, title="Other terms")
    sign(ledger, id, 2, second, by=HILLSIDE)
    signed = [(number, body) for number in (1, 2) for body in TWO if ledger.call("hasSigned", id, number, body)]
    assert signed == [(1, LAKESIDE), (2, HILLSIDE)]
    assert state_of(ledger, id) == AgreementState.PROPOSED
    last = sign(ledger, id, 2, second, by=LAKESIDE)
    assert last.facts == (
        AgreementSigned(id, 2, LAKESIDE, second),
        AgreementConcluded(id, 2, ledger.evm.now, 0),
    )
    assert ledger.call("agreement", id)["version"] == 2


def test_what_was_superseded_is_not_signed(ledger: Ledger) -> None:
    id, first = propose(ledger)
    sign(ledger, id, 1, first, by=LAKESIDE)
    propose_version(ledger, id, title="Other terms")
    _, third = propose_version(ledger, id, by=LAKESIDE, title="Other terms again")
    for number in (0, 1, 2, 4):
        expected = AgreementVersionSuperseded(id, number, 3)
        ledger.refuses(expected, "signAgreement", id, number, first, by=speaker(LAKESIDE))
        ledger.refuses(expected, "signAgreement", id, number, first, by=speaker(HILLSIDE))
        ledger.refuses(expected, "declineVersion", id, number, "too dear", by=speaker(HILLSIDE))
    ledger.refuses(AgreementTermsDiffer(id, first, third), "signAgreement", id, 3, first, by=speaker(HILLSIDE))
    sign(ledger, id, 3, third, by=HILLSIDE)
    expected_twice = AgreementAlreadySigned(id, HILLSIDE)
    ledger.refuses(expected_twice, "signAgreement", id, 3, third, by=speaker(HILLSIDE))


def test_what_is_in_force_is_not_signed_again(ledger: Ledger) -> None:
    id = conclude(ledger)
    digest = digest_of(terms_for_two())
    ledger.refuses(AgreementAlreadySigned(id, LAKESIDE), "signAgreement", id, 1, digest, by=speaker(LAKESIDE))
    ledger.refuses(AgreementVersionSuperseded(id, 0, 0), "signAgreement", id, 0, digest, by=speaker(LAKESIDE))


@pytest.mark.parametrize("concluded", [False, True])
def test_a_version_is_for_the_parties_that_there_are(ledger: Ledger, concluded: bool) -> None:
    id = conclude(ledger) if concluded else propose(ledger)[0]
    by = speaker(HILLSIDE)
    for parties in ((LAKESIDE, RIVERPORT), (LAKESIDE, 0), (LAKESIDE, 99), (LAKESIDE, HILLSIDE, RIVERPORT)):
        terms = terms_for_two(parties=parties)
        ledger.refuses(AgreementPartiesDiffer(id), "proposeVersion", id, terms, "others", by=by)
    once = terms_for_two(parties=(LAKESIDE,))
    ledger.refuses(AgreementTooFewParties(1, 2), "proposeVersion", id, once, "fewer", by=by)
    twice = terms_for_two(parties=(LAKESIDE, LAKESIDE))
    ledger.refuses(AgreementPartyTwice(LAKESIDE), "proposeVersion", id, twice, "with itself", by=by)


@pytest.mark.parametrize("concluded", [False, True])
def test_a_version_names_a_body_that_may_coordinate_all(ledger: Ledger, concluded: bool) -> None:
    id = conclude(ledger) if concluded else propose(ledger)[0]
    by = speaker(HILLSIDE)
    no_body = terms_for_two(coordinating_body=LAKESIDE)
    ledger.refuses(AgreementCoordinatingBodyInvalid(LAKESIDE), "proposeVersion", id, no_body, "another", by=by)
    other = terms_for_two(coordinating_body=UPLANDS)
    expected = AgreementOutsideJurisdiction(UPLANDS, LAKESIDE)
    ledger.refuses(expected, "proposeVersion", id, other, "another", by=by)
    both = Role.GOVERNMENT.bit | Role.COORDINATING_BODY.bit
    ledger.decide("setRoles", HILLSIDE, both)
    party = terms_for_two(coordinating_body=HILLSIDE)
    ledger.decide("setJurisdiction", HILLSIDE, LAKESIDE, True)
    expected_party = AgreementCoordinatingBodyIsParty(HILLSIDE)
    ledger.refuses(expected_party, "proposeVersion", id, party, "another", by=by)
    for government in TWO:
        ledger.decide("setJurisdiction", UPLANDS, government, True)
    ledger.send("proposeVersion", id, other, "another", by=by)
    assert ledger.call("coordinatingBody", id) == (DELTA if concluded else UPLANDS)


def test_a_version_is_held_to_the_rules_of_terms(ledger: Ledger) -> None:
    id, _ = propose(ledger)
    by, now = speaker(HILLSIDE), ledger.evm.now
    indicators = agreement_terms().indicators[:1]
    wrong = [
        (terms_for_two(indicators=indicators), AgreementIndicatorWeightsSum(4_000, 10_000)),
        (terms_for_two(title=""), AgreementFieldEmpty("title")),
        (terms_for_two(effective_from=now - 1), AgreementBackdated(now - 1, now)),
        (terms_for_two(expires_at=now), AgreementPeriodInvalid(0, now)),
        (terms_for_two(first_assessment_at=now - 1), AgreementAssessmentInvalid(now - 1, 0)),
    ]
    for terms, expected in wrong:
        ledger.refuses(expected, "proposeVersion", id, terms, "other terms", by=by)
    ledger.send("proposeVersion", id, terms_for_two(effective_from=now), "from now on", by=by)


def test_a_version_says_what_it_changes(ledger: Ledger) -> None:
    id, _ = propose(ledger)
    terms = terms_for_two(title="Other terms")
    by = speaker(HILLSIDE)
    ledger.refuses(AgreementFieldEmpty("changeNote"), "proposeVersion", id, terms, "", by=by)
    expected = AgreementFieldTooLong("changeNote", 1025, 1024)
    ledger.refuses(expected, "proposeVersion", id, terms, "n" * 1025, by=by)
    ledger.send("proposeVersion", id, terms, "n" * 1024, by=by)


def test_only_parties_negotiate(ledger: Ledger) -> None:
    id, _ = propose(ledger)
    terms = terms_for_two(title="Other terms")
    ledger.refuses(AgreementUnknown(99), "proposeVersion", 99, terms, "others", by=speaker(LAKESIDE))
    ledger.refuses(AgreementUnknown(99), "declineVersion", 99, 1, "too dear", by=speaker(LAKESIDE))
    expected = AgreementNotParty(id, FARFIELD)
    ledger.refuses(expected, "proposeVersion", id, terms, "others", by=speaker(FARFIELD))
    ledger.refuses(expected, "declineVersion", id, 1, "too dear", by=speaker(FARFIELD))
    missing = CommandRoleMissing(DELTA, Role.GOVERNMENT)
    ledger.refuses(missing, "proposeVersion", id, terms, "others", by=speaker(DELTA))
    ledger.refuses(missing, "declineVersion", id, 1, "too dear", by=speaker(DELTA))


# -------------------------------------------------------------------------------------------------------- declining


def test_declining_abandons_what_is_not_concluded(ledger: Ledger) -> None:
    id, digest = propose(ledger)
    sign(ledger, id, 1, digest, by=LAKESIDE)
    done = ledger.send("declineVersion", id, 1, "too dear", by=speaker(HILLSIDE))
    assert done.facts == (AgreementVersionDeclined(id, 1, HILLSIDE, "too dear"),)
    assert state_of(ledger, id) == AgreementState.ABANDONED
    over = AgreementStateInvalid(id, AgreementState.ABANDONED)
    by = speaker(HILLSIDE)
    ledger.refuses(over, "signAgreement", id, 1, digest, by=by)
    ledger.refuses(over, "declineVersion", id, 1, "too dear", by=by)
    ledger.refuses(over, "proposeVersion", id, terms_for_two(), "again", by=by)
    ledger.refuses(over, "consentToEnd", id, "", by=by)


def test_declining_drops_an_amendment(ledger: Ledger) -> None:
    id = conclude(ledger)
    propose_version(ledger, id, title="Amended")
    ledger.send("declineVersion", id, 2, "too dear", by=speaker(LAKESIDE))
    shown = ledger.call("agreement", id)
    assert (shown["state"], shown["version"], shown["pendingVersion"]) == (AgreementState.CONCLUDED, 1, 0)
    expected = AgreementVersionSuperseded(id, 2, 0)
    digest = ledger.call("versionOf", id, 2)["termsDigest"]
    ledger.refuses(expected, "signAgreement", id, 2, digest, by=speaker(HILLSIDE))
    assert propose_version(ledger, id, title="Amended again")[0] == 3


def test_declining_needs_a_reason(ledger: Ledger) -> None:
    id, _ = propose(ledger)
    by = speaker(HILLSIDE)
    ledger.refuses(AgreementFieldEmpty("reason"), "declineVersion", id, 1, "", by=by)
    ledger.refuses(AgreementFieldTooLong("reason", 1025, 1024), "declineVersion", id, 1, "r" * 1025, by=by)
    ledger.send("declineVersion", id, 1, "r" * 1024, by=by)


# -------------------------------------------------------------------------------------------------------- amending


def test_the_old_version_stays_in_force_until_all_have_signed(ledger: Ledger) -> None:
    begins = ledger.evm.now
    id = conclude(ledger, effective_from=begins)
    for government in TWO:
        ledger.decide_at_once("setJurisdiction", UPLANDS, government, True)
    (first, second) = terms_for_two().indicators
    ends = begins + 90 * DAY
    terms = terms_for_two(
        coordinating_body=UPLANDS,
        indicators=(replace(first, weight_basis_points=10_000, target=7_000_000),),
        expires_at=ends,
        accession=AccessionRule.OPEN,
    )
    ledger.send("proposeVersion", id, terms, "one indicator", by=speaker(HILLSIDE))
    before = ledger.call("agreement", id)
    assert (before["version"], before["pendingVersion"], before["coordinatingBody"]) == (1, 2, DELTA)
    sign(ledger, id, 2, digest_of(terms), by=LAKESIDE)
    assert ledger.call("agreement", id) == before
    assert ledger.call("requireIndicator", id, *TWO, 1) == (begins, 1_200_000)

    ledger.evm.now += DAY
    done = sign(ledger, id, 2, digest_of(terms), by=HILLSIDE)
    assert done.facts == (AgreementSigned(id, 2, HILLSIDE, digest_of(terms)), AgreementAmended(id, 2, ends))
    assert ledger.call("agreement", id) == {
        **before,
        "version": 2,
        "pendingVersion": 0,
        "indicatorCount": 1,
        "coordinatingBody": UPLANDS,
        "expiresAt": ends,
        "accession": AccessionRule.OPEN,
        "termsDigest": digest_of(terms),
    }
    assert ledger.call("requireIndicator", id, *TWO, 0) == (begins, 1_000_000)
    assert ledger.call("indicator", id, 2, 0)[0] == 7_000_000
    assert ledger.call("indicator", id, 1, 1) == (second.target, second.weight_basis_points, second.direction)


def test_an_amendment_names_no_date(ledger: Ledger) -> None:
    id = conclude(ledger)
    begins = ledger.evm.now + DAY
    terms = terms_for_two(effective_from=begins)
    expected = AgreementAmendmentDated(id, begins)
    ledger.refuses(expected, "proposeVersion", id, terms, "from tomorrow", by=speaker(LAKESIDE))


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_an_amendment_ends_after_now_and_after_the_beginning(ledger: Ledger, seconds: int) -> None:
    now = ledger.evm.now
    begun, coming = conclude(ledger), conclude(ledger, effective_from=now + DAY)
    for id, earliest, begins in ((begun, now, now), (coming, now + DAY, now + DAY)):
        terms = terms_for_two(expires_at=earliest + seconds)
        if seconds > 0:
            ledger.send("proposeVersion", id, terms, "a period", by=speaker(LAKESIDE))
        else:
            expected = AgreementPeriodInvalid(begins, earliest + seconds)
            ledger.refuses(expected, "proposeVersion", id, terms, "a period", by=speaker(LAKESIDE))


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_what_has_expired_is_not_amended(ledger: Ledger, seconds: int) -> None:
    begins, ends = ledger.evm.now, ledger.evm.now + DAY
    id = conclude(ledger, effective_from=begins, expires_at=ends)
    terms = terms_for_two()
    ledger.send("proposeVersion", id, terms, "without end", by=speaker(LAKESIDE))
    sign(ledger, id, 2, digest_of(terms), by=LAKESIDE)
    ledger.evm.now = ends + seconds
    by = speaker(HILLSIDE)
    if seconds < 0:
        ledger.send("proposeVersion", id, terms, "without end", by=by)
        sign(ledger, id, 3, digest_of(terms), by=LAKESIDE)
        sign(ledger, id, 3, digest_of(terms), by=HILLSIDE)
        assert ledger.call("agreement", id)["expiresAt"] == 0
    else:
        expected = AgreementNotInForce(id, AgreementState.CONCLUDED, begins, ends)
        ledger.refuses(expected, "proposeVersion", id, terms, "without end", by=by)
        ledger.refuses(expected, "signAgreement", id, 2, digest_of(terms), by=by)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_an_amendment_that_has_run_out_is_not_signed(ledger: Ledger, seconds: int) -> None:
    begins, ends = ledger.evm.now, ledger.evm.now + DAY
    id = conclude(ledger)
    _, digest = propose_version(ledger, id, expires_at=ends)
    ledger.evm.now = ends + seconds
    if seconds < 0:
        sign(ledger, id, 2, digest, by=LAKESIDE)
    else:
        expected = AgreementPeriodInvalid(begins, ends)
        ledger.refuses(expected, "signAgreement", id, 2, digest, by=speaker(LAKESIDE))


def test_assessments_that_have_begun_keep_their_times(ledger: Ledger) -> None:
    begins = ledger.evm.now
    id = conclude(ledger, first_assessment_at=begins, assessment_every_seconds=DAY)
    ledger.evm.now += 10 * DAY
    early = terms_for_two(first_assessment_at=begins - 1)
    expected = AgreementAssessmentInvalid(begins - 1, 0)
    ledger.refuses(expected, "proposeVersion", id, early, "assessed before", by=speaker(LAKESIDE))
    propose_version(ledger, id, first_assessment_at=begins, assessment_every_seconds=7 * DAY)
    shown = ledger.call("versionOf", id, 2)
    assert (shown["firstAssessmentAt"], shown["assessmentEverySeconds"]) == (begins, 7 * DAY)


def test_history_is_amended_by_its_parties(ledger: Ledger) -> None:
    three = (LAKESIDE, HILLSIDE, RIVERPORT)
    _, digest = propose_version(ledger, BACKFILLED, parties=three, title="Amended")
    for party in three:
        sign(ledger, BACKFILLED, 2, digest, by=party)
    shown = ledger.call("agreement", BACKFILLED)
    assert (shown["version"], shown["effectiveFrom"], shown["backfilled"]) == (2, PAST, True)


def test_nothing_is_negotiated_while_suspended_nor_after_the_end(ledger: Ledger) -> None:
    id = conclude(ledger)
    version, digest = propose_version(ledger, id, title="Amended")
    ledger.send("suspendAgreement", id, "looked into", by=speaker(DELTA))
    suspended = AgreementIsSuspended(id, ledger.evm.now)
    by = speaker(LAKESIDE)
    ledger.refuses(suspended, "signAgreement", id, version, digest, by=by)
    ledger.refuses(suspended, "proposeVersion", id, terms_for_two(), "others", by=by)
    ledger.send("endAgreement", Ending(id, EndReason.BY_LAW, 0, 0, "Regulation 12"), by=speaker(DELTA))
    ended = AgreementStateInvalid(id, AgreementState.ENDED)
    ledger.refuses(ended, "signAgreement", id, version, digest, by=by)
    ledger.refuses(ended, "declineVersion", id, version, "too late", by=by)
    ledger.refuses(ended, "proposeVersion", id, terms_for_two(), "others", by=by)
    with refused(AgreementNotInForce(id, AgreementState.ENDED, ledger.call("agreement", id)["effectiveFrom"], 0)):
        ledger.register(agreement=id)


def test_an_amendment_can_be_declined_while_suspended(ledger: Ledger) -> None:
    id = conclude(ledger)
    propose_version(ledger, id, title="Amended")
    ledger.send("suspendAgreement", id, "looked into", by=speaker(DELTA))
    ledger.send("declineVersion", id, 2, "not now", by=speaker(LAKESIDE))
    assert ledger.call("agreement", id)["pendingVersion"] == 0
