"""Agreements: proposed by a party, binding once all have signed the same terms; or recorded as history."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger.domain.enums import (
    AccessionRule,
    AgreementState,
    CompensationKind,
    EndReason,
    IndicatorDirection,
    IndicatorKind,
    Role,
)
from ledger.domain.events import (
    AgreementConcluded,
    AgreementProposed,
    AgreementSigned,
    CommandExecuted,
)
from ledger.domain.refusals.agreements import (
    AgreementAlreadySigned,
    AgreementAssessmentInvalid,
    AgreementBackdated,
    AgreementCompensationIncomplete,
    AgreementCoordinatingBodyInvalid,
    AgreementCoordinatingBodyIsParty,
    AgreementFieldEmpty,
    AgreementFieldTooLong,
    AgreementIndicatorCountOutOfRange,
    AgreementIndicatorInvalid,
    AgreementIndicatorUnknown,
    AgreementIndicatorWeightsSum,
    AgreementNotInForce,
    AgreementNotParty,
    AgreementNotPast,
    AgreementOutsideJurisdiction,
    AgreementPartyInvalid,
    AgreementPartyTwice,
    AgreementPeriodInvalid,
    AgreementTermsDiffer,
    AgreementTooFewParties,
    AgreementTooManyParties,
    AgreementUnknown,
    AgreementVersionSuperseded,
)
from ledger.domain.refusals.base import Refused
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.refusals.discipline import GovernmentDisciplined
from ledger.domain.terms import Indicator
from tests.contracts.harness.agreements import NEXT, TWO, digest_of, propose, sign, state_of, terms_for_two
from tests.contracts.harness.ledger import (
    AGREEMENT,
    AUDITOR,
    BACKFILLED,
    DAY,
    DELTA,
    DIGEST,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    OLDTOWN,
    PAST,
    RIVERPORT,
    STRANGER,
    UPLANDS,
    Ledger,
    agreement_terms,
    compensation_rule,
    refused,
    speaker,
)


def indicators(*weights: int, **changes: Any) -> tuple[Indicator, ...]:
    model = Indicator("days", IndicatorKind.SOCIAL_BENEFIT, "days", 5, IndicatorDirection.AT_MOST, 0)
    return tuple(replace(model, weight_basis_points=weight, **changes) for weight in weights)


# ------------------------------------------------------------------------------------------------------ proposing


def test_proposing_publishes_the_terms_and_binds_nobody(ledger: Ledger) -> None:
    terms = terms_for_two(expires_at=ledger.evm.now + 365 * DAY)
    done = ledger.send("proposeAgreement", terms, by=speaker(LAKESIDE))
    assert done.returned == NEXT == ledger.call("agreementCount")
    assert done.events == (
        CommandExecuted(speaker(LAKESIDE).address, 0),
        AgreementProposed(NEXT, LAKESIDE, digest_of(terms), terms),
    )
    assert ledger.call("agreement", NEXT) == {
        "state": AgreementState.PROPOSED,
        "backfilled": False,
        "indicatorCount": 2,
        "partyCount": 2,
        "version": 0,
        "pendingVersion": 1,
        "coordinatingBody": DELTA,
        "effectiveFrom": 0,
        "expiresAt": ledger.evm.now + 365 * DAY,
        "accession": AccessionRule.CLOSED,
        "endReason": EndReason.NONE,
        "suspendedAt": 0,
        "endedAt": 0,
        "termsDigest": digest_of(terms),
    }
    assert ledger.call("versionOf", NEXT, 1) == {
        "proposer": LAKESIDE,
        "coordinatingBody": DELTA,
        "indicatorCount": 2,
        "signatureCount": 0,
        "accession": AccessionRule.CLOSED,
        "effectiveFrom": 0,
        "expiresAt": ledger.evm.now + 365 * DAY,
        "firstAssessmentAt": 0,
        "assessmentEverySeconds": 0,
        "termsDigest": digest_of(terms),
    }
    assert [ledger.call("isParty", NEXT, body) for body in (LAKESIDE, HILLSIDE, RIVERPORT, 0)] == [
        True,
        True,
        False,
        False,
    ]
    assert not ledger.call("hasSigned", NEXT, 1, LAKESIDE)


def test_a_government_proposes_only_what_it_is_party_to(ledger: Ledger) -> None:
    ledger.refuses(AgreementNotParty(NEXT, FARFIELD), "proposeAgreement", terms_for_two(), by=speaker(FARFIELD))


def test_only_governments_propose(ledger: Ledger) -> None:
    for body in (DELTA, AUDITOR):
        expected = CommandRoleMissing(body, Role.GOVERNMENT)
        ledger.refuses(expected, "proposeAgreement", terms_for_two(), by=speaker(body))


WRONG_TERMS: list[tuple[dict[str, Any], Refused]] = [
    ({"title": ""}, AgreementFieldEmpty("title")),
    ({"title": "t" * 513}, AgreementFieldTooLong("title", 513, 512)),
    ({"reference_number": "r" * 513}, AgreementFieldTooLong("referenceNumber", 513, 512)),
    ({"document_locator": "l" * 513}, AgreementFieldTooLong("documentLocator", 513, 512)),
    ({"document_digest": bytes(32)}, AgreementFieldEmpty("documentDigest")),
    ({"parties": ()}, AgreementTooFewParties(0, 2)),
    ({"parties": (LAKESIDE,)}, AgreementTooFewParties(1, 2)),
    ({"parties": (LAKESIDE,) * 1001}, AgreementTooManyParties(1001, 1000)),
    ({"parties": (LAKESIDE, HILLSIDE, LAKESIDE)}, AgreementPartyTwice(LAKESIDE)),
    ({"parties": (LAKESIDE, 0)}, AgreementPartyInvalid(0)),
    ({"parties": (LAKESIDE, 99)}, AgreementPartyInvalid(99)),
    ({"parties": (LAKESIDE, OLDTOWN)}, AgreementPartyInvalid(OLDTOWN)),
    ({"parties": (LAKESIDE, UPLANDS)}, AgreementPartyInvalid(UPLANDS)),
    ({"parties": (LAKESIDE, AUDITOR)}, AgreementPartyInvalid(AUDITOR)),
    ({"parties": (LAKESIDE, DELTA)}, AgreementCoordinatingBodyIsParty(DELTA)),
    ({"coordinating_body": 0}, AgreementCoordinatingBodyInvalid(0)),
    ({"coordinating_body": 99}, AgreementCoordinatingBodyInvalid(99)),
    ({"coordinating_body": HILLSIDE}, AgreementCoordinatingBodyInvalid(HILLSIDE)),
    ({"coordinating_body": UPLANDS}, AgreementOutsideJurisdiction(UPLANDS, LAKESIDE)),
    ({"indicators": ()}, AgreementIndicatorCountOutOfRange(0, 64)),
    ({"indicators": indicators(*[150] * 65)}, AgreementIndicatorCountOutOfRange(65, 64)),
    ({"indicators": indicators(9_999)}, AgreementIndicatorWeightsSum(9_999, 10_000)),
    ({"indicators": indicators(5_000, 5_001)}, AgreementIndicatorWeightsSum(10_001, 10_000)),
    ({"indicators": indicators(65_535, 65_535)}, AgreementIndicatorWeightsSum(131_070, 10_000)),
    ({"indicators": indicators(10_000, 0)}, AgreementIndicatorInvalid(1, "weightBasisPoints")),
    ({"indicators": indicators(10_000, name="")}, AgreementIndicatorInvalid(0, "name")),
    ({"indicators": indicators(10_000, unit="")}, AgreementIndicatorInvalid(0, "unit")),
    ({"indicators": indicators(10_000, target=10**18 + 1)}, AgreementIndicatorInvalid(0, "target")),
    ({"indicators": indicators(10_000, name="n" * 513)}, AgreementFieldTooLong("indicator name", 513, 512)),
    ({"indicators": indicators(10_000, unit="u" * 513)}, AgreementFieldTooLong("indicator unit", 513, 512)),
    ({"expires_at": 2**40}, AgreementPeriodInvalid(0, 2**40)),
    ({"effective_from": 2**40}, AgreementPeriodInvalid(2**40, 0)),
    ({"assessment_every_seconds": DAY}, AgreementAssessmentInvalid(0, DAY)),
    ({"first_assessment_at": 2**40}, AgreementAssessmentInvalid(2**40, 0)),
    ({"first_assessment_at": 2**39, "assessment_every_seconds": DAY - 1}, AgreementAssessmentInvalid(2**39, DAY - 1)),
    ({"first_assessment_at": PAST - 1}, AgreementAssessmentInvalid(PAST - 1, 0)),
]


@pytest.mark.parametrize(("changes", "expected"), WRONG_TERMS, ids=lambda value: str(value)[:60])
def test_terms_that_are_not_in_order_are_refused(ledger: Ledger, changes: dict[str, Any], expected: Refused) -> None:
    ledger.refuses(expected, "proposeAgreement", terms_for_two(**changes), by=speaker(LAKESIDE))


@pytest.mark.parametrize(("changes", "expected"), WRONG_TERMS, ids=lambda value: str(value)[:60])
def test_history_is_held_to_the_same_rules(ledger: Ledger, changes: dict[str, Any], expected: Refused) -> None:
    terms = terms_for_two(**{"effective_from": PAST, **changes})
    if "coordinating_body" in changes and expected == AgreementOutsideJurisdiction(UPLANDS, LAKESIDE):
        ledger.refuses(expected, "recordAgreement", terms, by=speaker(UPLANDS))
    elif "expires_at" in changes:
        ledger.refuses(AgreementPeriodInvalid(PAST, 2**40), "recordAgreement", terms, by=speaker(DELTA))
    elif "effective_from" in changes:
        ledger.refuses(AgreementNotPast(2**40, ledger.evm.now), "recordAgreement", terms, by=speaker(DELTA))
    else:
        ledger.refuses(expected, "recordAgreement", terms, by=speaker(DELTA))


MONEY = [
    CompensationKind.FIXED_PER_PERIOD,
    CompensationKind.PER_CASE,
    CompensationKind.GAIN_SHARE,
    CompensationKind.COST_SHARE,
    CompensationKind.COMBINATION,
]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        *(({"kind": kind, "process": ""}, "process") for kind in CompensationKind),
        *(({"kind": kind, "standard": ""}, "standard") for kind in list(CompensationKind)[1:]),
        *(({"kind": kind, "method": ""}, "method") for kind in list(CompensationKind)[1:]),
        *(({"kind": kind, "currency": bytes(3), "share_basis_points": 1}, "currency") for kind in MONEY),
        *(({"kind": kind, "currency": b"c\xffY"}, "currency") for kind in CompensationKind),
        *(({"kind": kind, "amount_minor": 10**18 + 1}, "amountMinor") for kind in CompensationKind),
        *(({"kind": kind, "share_basis_points": 10_001}, "shareBasisPoints") for kind in CompensationKind),
        ({"kind": CompensationKind.FIXED_PER_PERIOD, "amount_minor": 0}, "amountMinor"),
        ({"kind": CompensationKind.PER_CASE, "amount_minor": 0}, "amountMinor"),
        ({"kind": CompensationKind.GAIN_SHARE, "share_basis_points": 0}, "shareBasisPoints"),
    ],
    ids=str,
)
def test_how_benefits_are_made_even_is_settled_when_signing(
    ledger: Ledger, changes: dict[str, Any], field: str
) -> None:
    terms = terms_for_two(compensation=compensation_rule(**changes))
    expected = AgreementCompensationIncomplete(changes["kind"], field)
    ledger.refuses(expected, "proposeAgreement", terms, by=speaker(LAKESIDE))


@pytest.mark.parametrize("field", ["standard", "method", "process"])
def test_a_compensation_rule_is_not_a_book(ledger: Ledger, field: str) -> None:
    terms = terms_for_two(compensation=compensation_rule(**{field: "x" * 4097}))
    expected = AgreementFieldTooLong(f"compensation {field}", 4097, 4096)
    ledger.refuses(expected, "proposeAgreement", terms, by=speaker(LAKESIDE))


@pytest.mark.parametrize(
    "changes",
    [
        {
            "kind": CompensationKind.NONE,
            "currency": bytes(3),
            "amount_minor": 0,
            "standard": "",
            "method": "",
            "process": "both gain the same",
        },
        {"kind": CompensationKind.IN_KIND, "currency": bytes(3), "amount_minor": 0},
        {"kind": CompensationKind.GAIN_SHARE, "amount_minor": 0, "share_basis_points": 10_000},
        {"kind": CompensationKind.COST_SHARE, "amount_minor": 0},
        {"kind": CompensationKind.COMBINATION, "amount_minor": 0},
        {"kind": CompensationKind.FIXED_PER_PERIOD, "amount_minor": 10**18},
        {"standard": "s" * 4096, "method": "m" * 4096, "process": "p" * 4096},
    ],
    ids=str,
)
def test_every_kind_of_compensation_rule_can_be_agreed(ledger: Ledger, changes: dict[str, Any]) -> None:
    assert ledger.conclude(parties=TWO, compensation=compensation_rule(**changes)) == NEXT


def test_as_many_indicators_and_as_long_texts_as_allowed(ledger: Ledger) -> None:
    weights = [150] * 63 + [10_000 - 63 * 150]
    id = ledger.conclude(parties=TWO, indicators=indicators(*weights, target=10**18), title="t" * 512)
    assert ledger.call("agreement", id)["indicatorCount"] == 64


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_only_a_backfill_begins_in_the_past(ledger: Ledger, seconds: int) -> None:
    begins = ledger.evm.now + seconds
    terms = terms_for_two(effective_from=begins)
    if seconds < 0:
        expected = AgreementBackdated(begins, ledger.evm.now)
        ledger.refuses(expected, "proposeAgreement", terms, by=speaker(LAKESIDE))
    else:
        ledger.send("proposeAgreement", terms, by=speaker(LAKESIDE))
    past = replace(terms, effective_from=begins)
    if seconds > 0:
        ledger.refuses(AgreementNotPast(begins, ledger.evm.now), "recordAgreement", past, by=speaker(DELTA))
    else:
        ledger.send("recordAgreement", past, by=speaker(DELTA))


@pytest.mark.parametrize(("begins", "ends", "allowed"), [(9, 9, False), (9, 10, True), (0, 0, False), (0, 1, True)])
def test_the_end_lies_after_the_beginning_and_after_now(ledger: Ledger, begins: int, ends: int, allowed: bool) -> None:
    now = ledger.evm.now
    terms = terms_for_two(effective_from=now + begins if begins else 0, expires_at=now + ends)
    if allowed:
        ledger.send("proposeAgreement", terms, by=speaker(LAKESIDE))
    else:
        expected = AgreementPeriodInvalid(terms.effective_from, terms.expires_at)
        ledger.refuses(expected, "proposeAgreement", terms, by=speaker(LAKESIDE))


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_the_first_assessment_lies_within_the_period(ledger: Ledger, seconds: int) -> None:
    begins, ends = ledger.evm.now + DAY, ledger.evm.now + 2 * DAY
    for moment, allowed in ((begins + seconds, seconds >= 0), (ends + seconds, seconds < 0)):
        terms = terms_for_two(effective_from=begins, expires_at=ends, first_assessment_at=moment)
        if allowed:
            ledger.send("proposeAgreement", terms, by=speaker(LAKESIDE))
        else:
            expected = AgreementAssessmentInvalid(moment, 0)
            ledger.refuses(expected, "proposeAgreement", terms, by=speaker(LAKESIDE))


# -------------------------------------------------------------------------------------------------------- signing


def test_the_last_signature_concludes_the_agreement(ledger: Ledger) -> None:
    id, digest = propose(ledger)
    first = sign(ledger, id, 1, digest, by=HILLSIDE)
    assert first.facts == (AgreementSigned(id, 1, HILLSIDE, digest),)
    assert state_of(ledger, id) == AgreementState.PROPOSED
    ledger.evm.now += 60
    last = sign(ledger, id, 1, digest, by=LAKESIDE)
    assert last.facts == (AgreementSigned(id, 1, LAKESIDE, digest), AgreementConcluded(id, 1, ledger.evm.now, 0))
    assert ledger.call("hasSigned", id, 1, LAKESIDE)
    shown = ledger.call("agreement", id)
    assert (shown["state"], shown["version"], shown["pendingVersion"], shown["effectiveFrom"]) == (
        AgreementState.CONCLUDED,
        1,
        0,
        ledger.evm.now,
    )
    assert ledger.call("versionOf", id, 1)["signatureCount"] == 2


def test_an_effective_date_that_was_agreed_stays(ledger: Ledger) -> None:
    begins = ledger.evm.now + 10
    id, digest = propose(ledger, effective_from=begins, expires_at=begins + DAY)
    ledger.evm.now += 60
    sign(ledger, id, 1, digest, by=LAKESIDE)
    last = sign(ledger, id, 1, digest, by=HILLSIDE)
    assert last.facts[1] == AgreementConcluded(id, 1, begins, begins + DAY)


def test_signing_is_refused_to_those_who_cannot(ledger: Ledger) -> None:
    id, digest = propose(ledger)
    ledger.refuses(AgreementUnknown(99), "signAgreement", 99, 1, digest, by=speaker(LAKESIDE))
    ledger.refuses(AgreementNotParty(id, FARFIELD), "signAgreement", id, 1, digest, by=speaker(FARFIELD))
    expected = CommandRoleMissing(DELTA, Role.GOVERNMENT)
    ledger.refuses(expected, "signAgreement", id, 1, digest, by=speaker(DELTA))


def test_signing_is_for_the_terms_that_were_proposed(ledger: Ledger) -> None:
    id, digest = propose(ledger)
    other = digest_of(terms_for_two(title="Other terms"))
    expected = AgreementTermsDiffer(id, other, digest)
    ledger.refuses(expected, "signAgreement", id, 1, other, by=speaker(LAKESIDE))


def test_a_party_signs_once(ledger: Ledger) -> None:
    id, digest = propose(ledger)
    sign(ledger, id, 1, digest, by=LAKESIDE)
    expected = AgreementAlreadySigned(id, LAKESIDE)
    ledger.refuses(expected, "signAgreement", id, 1, digest, by=speaker(LAKESIDE))


def test_a_backfilled_agreement_is_not_signed(ledger: Ledger) -> None:
    digest = ledger.call("agreement", BACKFILLED)["termsDigest"]
    expected = AgreementVersionSuperseded(BACKFILLED, 1, 0)
    ledger.refuses(expected, "signAgreement", BACKFILLED, 1, digest, by=speaker(LAKESIDE))


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_what_has_run_out_cannot_be_signed(ledger: Ledger, seconds: int) -> None:
    ends = ledger.evm.now + DAY
    id, digest = propose(ledger, expires_at=ends)
    sign(ledger, id, 1, digest, by=LAKESIDE)
    ledger.evm.now = ends + seconds
    if seconds < 0:
        sign(ledger, id, 1, digest, by=HILLSIDE)
    else:
        expected = AgreementPeriodInvalid(0, ends)
        ledger.refuses(expected, "signAgreement", id, 1, digest, by=speaker(HILLSIDE))


# ------------------------------------------------------------------------------------------------------- in force


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_in_force_from_the_first_second(ledger: Ledger, seconds: int) -> None:
    begins = ledger.evm.now + DAY
    id = ledger.conclude(parties=TWO, effective_from=begins)
    ledger.evm.now = begins + seconds
    if seconds < 0:
        expected = AgreementNotInForce(id, AgreementState.CONCLUDED, begins, 0)
        with refused(expected):
            ledger.register(agreement=id)
    else:
        ledger.register(agreement=id)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_in_force_until_the_last_second(ledger: Ledger, seconds: int) -> None:
    begins = ledger.evm.now
    id = ledger.conclude(parties=TWO, effective_from=begins, expires_at=begins + DAY)
    ledger.evm.now = begins + DAY + seconds
    if seconds < 0:
        ledger.register(agreement=id)
    else:
        with refused(AgreementNotInForce(id, AgreementState.CONCLUDED, begins, begins + DAY)):
            ledger.register(agreement=id)


def test_not_in_force_before_all_have_signed(ledger: Ledger) -> None:
    id, digest = propose(ledger)
    sign(ledger, id, 1, digest, by=LAKESIDE)
    with refused(AgreementNotInForce(id, AgreementState.PROPOSED, 0, 0)):
        ledger.register(agreement=id)


def test_those_who_will_confirm_must_be_there_to_do_so(ledger: Ledger) -> None:
    """Oldtown was a party and was removed; nobody could ever confirm what it is owed."""
    with refused(AgreementPartyInvalid(OLDTOWN)):
        ledger.register(creditor=OLDTOWN)
    ledger.decide("setRoles", HILLSIDE, Role.AUDITOR.bit)
    with refused(AgreementPartyInvalid(HILLSIDE)):
        ledger.register()
    ledger.decide("removeGovernment", DELTA, "dissolved")
    ledger.register(creditor=RIVERPORT)
    with refused(AgreementCoordinatingBodyInvalid(DELTA)):
        ledger.register(creditor=0)


def test_a_commitment_weighs_what_its_indicator_is_worth(ledger: Ledger) -> None:
    """The share times the number of indicators, so that one of average share gives the weight one."""
    id = ledger.conclude(parties=TWO, indicators=indicators(2_500, 5_000, 1_250, 1_250))
    weights = [ledger.call("requireIndicator", id, LAKESIDE, HILLSIDE, index)[1] for index in range(4)]
    assert weights == [1_000_000, 2_000_000, 500_000, 500_000]
    with refused(AgreementIndicatorUnknown(id, 4, 4)):
        ledger.register(agreement=id, indicator=4)
    assert ledger.call("indicator", id, 1, 1) == (5, 5_000, IndicatorDirection.AT_MOST)
    with refused(AgreementIndicatorUnknown(id, 4, 4)):
        ledger.transact("indicator", id, 1, 4, by=STRANGER)
    with refused(AgreementIndicatorUnknown(id, 0, 0)):
        ledger.transact("indicator", id, 2, 0, by=STRANGER)


# ----------------------------------------------------------------------------------------------------- discipline


def test_under_discipline_nothing_new_is_agreed(ledger: Ledger) -> None:
    """Proposing, negotiating, signing and acceding are refused; declining and consenting to an end are not."""
    elsewhere = agreement_terms(parties=(HILLSIDE, RIVERPORT), accession=AccessionRule.OPEN)
    id, digest = propose(ledger)
    open_to_all = ledger.conclude(parties=elsewhere.parties, accession=AccessionRule.OPEN)
    breach = ledger.published()
    measure = ledger.impose(breach)
    until = ledger.call("measure", measure)["endsAt"]
    expected = GovernmentDisciplined(LAKESIDE, measure, until)
    by = speaker(LAKESIDE)
    ledger.refuses(expected, "proposeAgreement", terms_for_two(), by=by)
    ledger.refuses(expected, "proposeVersion", id, terms_for_two(title="Others"), "other words", by=by)
    ledger.refuses(expected, "signAgreement", id, 1, digest, by=by)
    ledger.refuses(expected, "accedeToAgreement", open_to_all, digest_of(elsewhere), by=by)
    ledger.send("consentToEnd", AGREEMENT, "no longer", by=by)
    ledger.send("liftMeasure", measure, "made good", by=speaker(DELTA))
    sign(ledger, id, 1, digest, by=LAKESIDE)
    ledger.send("accedeToAgreement", open_to_all, digest_of(elsewhere), by=by)


def test_the_digest_is_of_all_terms(ledger: Ledger) -> None:
    _, digest = propose(ledger)
    assert digest != DIGEST
    assert digest == ledger.call("agreement", NEXT)["termsDigest"]
