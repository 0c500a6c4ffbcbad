"""Agreements of the past, recorded by the coordinating body that they name."""

from __future__ import annotations

from ledger.domain.enums import AgreementState, EndReason, Role
from ledger.domain.events import AccessionBackfilled, AgreementBackfilled, CommandExecuted
from ledger.domain.refusals.agreements import (
    AgreementCoordinatingBodyIsParty,
    AgreementNotBackfilled,
    AgreementNotCoordinatingBody,
    AgreementNotPast,
    AgreementOutsideJurisdiction,
    AgreementPartyInvalid,
    AgreementPartyTwice,
    AgreementStateInvalid,
    AgreementTooFewParties,
    AgreementTooManyParties,
    AgreementUnknown,
)
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.terms import Ending
from tests.contracts.harness.agreements import NEXT, TWO, digest_of, terms_for_two
from tests.contracts.harness.ledger import (
    AGREEMENT,
    AUDITOR,
    BACKFILLED,
    DAY,
    DELTA,
    FARFIELD,
    LAKESIDE,
    NEWLAKE,
    NEXT_BODY,
    OLDTOWN,
    PAST,
    UPLANDS,
    Ledger,
    new_government,
    speaker,
)


def test_a_coordinating_body_records_an_agreement_of_the_past(ledger: Ledger) -> None:
    terms = terms_for_two(effective_from=PAST, expires_at=PAST + DAY)
    done = ledger.send("recordAgreement", terms, by=speaker(DELTA))
    assert done.returned == NEXT
    assert done.events == (
        CommandExecuted(speaker(DELTA).address, 0),
        AgreementBackfilled(NEXT, DELTA, digest_of(terms), terms),
    )
    shown = ledger.call("agreement", NEXT)
    assert (shown["state"], shown["backfilled"], shown["version"]) == (AgreementState.CONCLUDED, True, 1)
    assert ledger.call("versionOf", NEXT, 1)["signatureCount"] == 0


def test_history_is_recorded_by_the_coordinating_body_it_names(ledger: Ledger) -> None:
    terms = terms_for_two(effective_from=PAST)
    expected = AgreementNotCoordinatingBody(NEXT, UPLANDS, DELTA)
    ledger.refuses(expected, "recordAgreement", terms, by=speaker(UPLANDS))
    for body in (LAKESIDE, AUDITOR):
        missing = CommandRoleMissing(body, Role.COORDINATING_BODY)
        ledger.refuses(missing, "recordAgreement", terms, by=speaker(body))


def test_history_needs_a_date(ledger: Ledger) -> None:
    ledger.refuses(AgreementNotPast(0, ledger.evm.now), "recordAgreement", terms_for_two(), by=speaker(DELTA))


def test_further_parties_of_the_past_are_recorded(ledger: Ledger) -> None:
    done = ledger.send("recordAccession", BACKFILLED, [FARFIELD], by=speaker(DELTA))
    assert done.facts == (AccessionBackfilled(BACKFILLED, DELTA, (FARFIELD,)),)
    assert ledger.call("isParty", BACKFILLED, FARFIELD)
    assert ledger.call("agreement", BACKFILLED)["partyCount"] == 4


def test_accessions_are_held_to_the_rules_of_agreements(ledger: Ledger) -> None:
    by = speaker(DELTA)
    ledger.refuses(AgreementUnknown(99), "recordAccession", 99, [FARFIELD], by=by)
    ledger.refuses(AgreementNotBackfilled(AGREEMENT), "recordAccession", AGREEMENT, [FARFIELD], by=by)
    ledger.refuses(AgreementTooFewParties(0, 1), "recordAccession", BACKFILLED, [], by=by)
    ledger.refuses(AgreementPartyTwice(LAKESIDE), "recordAccession", BACKFILLED, [LAKESIDE], by=by)
    ledger.refuses(AgreementPartyTwice(FARFIELD), "recordAccession", BACKFILLED, [FARFIELD, FARFIELD], by=by)
    ledger.refuses(AgreementPartyInvalid(OLDTOWN), "recordAccession", BACKFILLED, [OLDTOWN], by=by)
    ledger.refuses(AgreementCoordinatingBodyIsParty(DELTA), "recordAccession", BACKFILLED, [DELTA], by=by)
    ledger.refuses(AgreementTooManyParties(1001, 1000), "recordAccession", BACKFILLED, [FARFIELD] * 998, by=by)
    other = AgreementNotCoordinatingBody(BACKFILLED, UPLANDS, DELTA)
    ledger.refuses(other, "recordAccession", BACKFILLED, [FARFIELD], by=speaker(UPLANDS))
    missing = CommandRoleMissing(LAKESIDE, Role.COORDINATING_BODY)
    ledger.refuses(missing, "recordAccession", BACKFILLED, [FARFIELD], by=speaker(LAKESIDE))


def test_nobody_joins_the_past_of_what_has_ended(ledger: Ledger) -> None:
    ledger.send("suspendAgreement", BACKFILLED, "looked into", by=speaker(DELTA))
    ledger.send("recordAccession", BACKFILLED, [FARFIELD], by=speaker(DELTA))
    ledger.send("endAgreement", Ending(BACKFILLED, EndReason.BY_LAW, 0, 0, "Regulation 12"), by=speaker(DELTA))
    expected = AgreementStateInvalid(BACKFILLED, AgreementState.ENDED)
    ledger.refuses(expected, "recordAccession", BACKFILLED, [NEWLAKE], by=speaker(DELTA))


def test_accession_needs_jurisdiction(ledger: Ledger) -> None:
    ledger.decide("setJurisdiction", DELTA, 0, False)
    expected = AgreementOutsideJurisdiction(DELTA, FARFIELD)
    ledger.refuses(expected, "recordAccession", BACKFILLED, [FARFIELD], by=speaker(DELTA))
    ledger.decide("setJurisdiction", DELTA, FARFIELD, True)
    ledger.send("recordAccession", BACKFILLED, [FARFIELD], by=speaker(DELTA))


def test_parties_beyond_the_first_word_of_the_bit_map(ledger: Ledger) -> None:
    """Bodies 1 to 255 share a storage word; body 256 begins the next."""
    ledger.decide("registerGovernments", [new_government(number, signers=()) for number in range(NEXT_BODY, 131)])
    ledger.decide("registerGovernments", [new_government(number, signers=()) for number in range(131, 259)])
    many = (*TWO, 255, 256, 257)
    made = ledger.send("recordAgreement", terms_for_two(parties=many, effective_from=PAST), by=speaker(DELTA))
    members = [body for body in range(259) if ledger.call("isParty", made.returned, body)]
    assert members == list(many)
