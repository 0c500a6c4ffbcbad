"""Succession: whoever takes the place of a party takes its seat; nobody has an agreement with itself."""

from __future__ import annotations

import pytest

from ledger.domain.enums import AgreementState, EndReason, Role
from ledger.domain.events import (
    AgreementAmended,
    AgreementConcluded,
    AgreementEnded,
    CommandExecuted,
    PartySucceeded,
)
from ledger.domain.refusals.agreements import (
    AgreementAlreadySigned,
    AgreementCoordinatingBodyIsParty,
    AgreementNotParty,
    AgreementNotSuccessor,
    AgreementPartyTwice,
    AgreementStateInvalid,
    AgreementUnknown,
    EndAlreadyConsented,
)
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.refusals.register import GovernmentUnknown
from ledger.domain.terms import Ending
from tests.contracts.harness.agreements import TWO, propose, propose_version, sign, state_of
from tests.contracts.harness.ledger import (
    AGREEMENT,
    AUDITOR,
    DAY,
    DELTA,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    RIVERPORT,
    UPLANDS,
    Ledger,
    speaker,
)

THREE = (LAKESIDE, HILLSIDE, RIVERPORT)


def take(ledger: Ledger, id: int, predecessor: int, by: int) -> None:
    ledger.send("succeedParty", id, predecessor, by=speaker(by))


def members(ledger: Ledger, id: int) -> list[int]:
    """The parties; that there are as many as are counted is seen on the way."""
    found = [body for body in range(12) if ledger.call("isParty", id, body)]
    assert ledger.call("agreement", id)["partyCount"] == len(found)
    return found


# ------------------------------------------------------------------------------------------------------ taking a seat


def test_a_successor_takes_the_seat(ledger: Ledger) -> None:
    id = ledger.conclude(parties=TWO)
    ledger.succeed(LAKESIDE, NEWLAKE)
    done = ledger.send("succeedParty", id, LAKESIDE, by=speaker(NEWLAKE))
    assert done.events == (
        CommandExecuted(speaker(NEWLAKE).address, 0),
        PartySucceeded(id, LAKESIDE, NEWLAKE),
    )
    assert members(ledger, id) == [HILLSIDE, NEWLAKE]
    # That the predecessor signed what is in force stays on record, and is not put into another's mouth.
    assert ledger.call("hasSigned", id, 1, LAKESIDE)
    assert not ledger.call("hasSigned", id, 1, NEWLAKE)
    ledger.send("registerCommitment", ledger.commitment_terms(agreement=id), by=speaker(NEWLAKE))


def test_what_was_signed_and_not_complete_is_carried_over(ledger: Ledger) -> None:
    id = ledger.conclude(parties=TWO)
    version, digest = propose_version(ledger, id, title="Amended")
    sign(ledger, id, version, digest, by=LAKESIDE)
    ledger.send("consentToEnd", id, "", by=speaker(LAKESIDE))
    ledger.succeed(LAKESIDE, NEWLAKE)
    take(ledger, id, LAKESIDE, by=NEWLAKE)
    by = speaker(NEWLAKE)
    ledger.refuses(AgreementAlreadySigned(id, NEWLAKE), "signAgreement", id, version, digest, by=by)
    ledger.refuses(EndAlreadyConsented(id, NEWLAKE), "consentToEnd", id, "", by=by)
    done = sign(ledger, id, version, digest, by=HILLSIDE)
    assert done.facts[1:] == (AgreementAmended(id, version, 0),)
    done = ledger.send("consentToEnd", id, "", by=speaker(HILLSIDE))
    assert done.facts[1:] == (AgreementEnded(id, HILLSIDE, EndReason.MUTUAL_CONSENT, 0, 0, ""),)


def test_what_was_not_signed_is_for_the_successor_to_sign(ledger: Ledger) -> None:
    id, digest = propose(ledger)
    sign(ledger, id, 1, digest, by=HILLSIDE)
    ledger.succeed(LAKESIDE, NEWLAKE)
    take(ledger, id, LAKESIDE, by=NEWLAKE)
    assert state_of(ledger, id) == AgreementState.PROPOSED
    done = sign(ledger, id, 1, digest, by=NEWLAKE)
    assert done.facts[1:] == (AgreementConcluded(id, 1, ledger.evm.now, 0),)


def test_a_seat_is_taken_through_those_who_never_took_it(ledger: Ledger) -> None:
    id = ledger.conclude(parties=TWO)
    ledger.succeed(LAKESIDE, FARFIELD)
    ledger.succeed(FARFIELD, NEWLAKE)
    take(ledger, id, LAKESIDE, by=NEWLAKE)
    assert members(ledger, id) == [HILLSIDE, NEWLAKE]


# ----------------------------------------------------------------------------------------------------------- splitting


def test_those_among_whom_a_party_was_split_sit_side_by_side(ledger: Ledger) -> None:
    id, digest = propose(ledger)
    sign(ledger, id, 1, digest, by=LAKESIDE)
    ledger.succeed(LAKESIDE, NEWLAKE, FARFIELD)
    take(ledger, id, LAKESIDE, by=NEWLAKE)
    take(ledger, id, LAKESIDE, by=FARFIELD)
    assert members(ledger, id) == [HILLSIDE, FARFIELD, NEWLAKE]
    # One of them has the signature with the seat; the other binds itself.
    sign(ledger, id, 1, digest, by=HILLSIDE)
    assert state_of(ledger, id) == AgreementState.PROPOSED
    sign(ledger, id, 1, digest, by=FARFIELD)
    assert state_of(ledger, id) == AgreementState.CONCLUDED


def test_each_successor_comes_once(ledger: Ledger) -> None:
    id = ledger.conclude(parties=TWO)
    ledger.succeed(LAKESIDE, NEWLAKE, FARFIELD)
    for successor in (NEWLAKE, FARFIELD):
        take(ledger, id, LAKESIDE, by=successor)
        expected = AgreementPartyTwice(successor)
        ledger.refuses(expected, "succeedParty", id, LAKESIDE, by=speaker(successor))


def test_one_who_was_a_party_before_makes_room_for_the_other(ledger: Ledger) -> None:
    """Lakeside is split between Hillside, which sits already, and Newlake."""
    id = ledger.conclude(parties=THREE)
    ledger.succeed(LAKESIDE, HILLSIDE, NEWLAKE)
    take(ledger, id, LAKESIDE, by=HILLSIDE)
    assert members(ledger, id) == [HILLSIDE, RIVERPORT]
    take(ledger, id, LAKESIDE, by=NEWLAKE)
    assert members(ledger, id) == [HILLSIDE, RIVERPORT, NEWLAKE]


# ------------------------------------------------------------------------------------------------------------- merging


def test_two_parties_that_merge_are_one(ledger: Ledger) -> None:
    id = ledger.conclude(parties=THREE)
    version, digest = propose_version(ledger, id, parties=THREE, title="Amended")
    for party in (LAKESIDE, RIVERPORT):
        sign(ledger, id, version, digest, by=party)
        ledger.send("consentToEnd", id, "", by=speaker(party))
    ledger.succeed(LAKESIDE, HILLSIDE)
    take(ledger, id, LAKESIDE, by=HILLSIDE)
    assert members(ledger, id) == [HILLSIDE, RIVERPORT]
    # What the former had agreed to does not bind one that was asked itself, and has not answered.
    assert ledger.call("versionOf", id, version)["signatureCount"] == 1
    shown = ledger.call("agreement", id)
    assert (shown["state"], shown["version"]) == (AgreementState.CONCLUDED, 1)
    sign(ledger, id, version, digest, by=HILLSIDE)
    assert ledger.call("agreement", id)["version"] == version
    ledger.send("consentToEnd", id, "", by=speaker(HILLSIDE))
    assert state_of(ledger, id) == AgreementState.ENDED


def test_what_only_the_former_had_not_signed_is_complete(ledger: Ledger) -> None:
    id = ledger.conclude(parties=THREE)
    version, digest = propose_version(ledger, id, parties=THREE, title="Amended")
    for party in (HILLSIDE, RIVERPORT):
        sign(ledger, id, version, digest, by=party)
    ledger.succeed(LAKESIDE, HILLSIDE)
    done = ledger.send("succeedParty", id, LAKESIDE, by=speaker(HILLSIDE))
    assert done.facts == (PartySucceeded(id, LAKESIDE, HILLSIDE), AgreementAmended(id, version, 0))


def test_what_only_the_former_had_not_consented_to_has_ended(ledger: Ledger) -> None:
    id = ledger.conclude(parties=THREE)
    for party in (HILLSIDE, RIVERPORT):
        ledger.send("consentToEnd", id, "", by=speaker(party))
    ledger.succeed(LAKESIDE, HILLSIDE)
    done = ledger.send("succeedParty", id, LAKESIDE, by=speaker(HILLSIDE))
    assert done.facts == (
        PartySucceeded(id, LAKESIDE, HILLSIDE),
        AgreementEnded(id, HILLSIDE, EndReason.MUTUAL_CONSENT, 0, 0, ""),
    )


@pytest.mark.parametrize("signed", [False, True])
def test_nobody_concludes_an_agreement_with_itself(ledger: Ledger, signed: bool) -> None:
    id, digest = propose(ledger)
    if signed:
        sign(ledger, id, 1, digest, by=HILLSIDE)
    ledger.succeed(LAKESIDE, HILLSIDE)
    take(ledger, id, LAKESIDE, by=HILLSIDE)
    if not signed:
        sign(ledger, id, 1, digest, by=HILLSIDE)
    assert members(ledger, id) == [HILLSIDE]
    assert state_of(ledger, id) == AgreementState.PROPOSED
    ledger.send("declineVersion", id, 1, "one body now", by=speaker(HILLSIDE))
    assert state_of(ledger, id) == AgreementState.ABANDONED


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_nothing_is_complete_after_it_has_run_out(ledger: Ledger, seconds: int) -> None:
    ends = ledger.evm.now + DAY
    id, digest = propose(ledger, parties=THREE, expires_at=ends)
    for party in (HILLSIDE, RIVERPORT):
        sign(ledger, id, 1, digest, by=party)
    ledger.succeed(LAKESIDE, HILLSIDE)
    ledger.evm.now = ends + seconds
    take(ledger, id, LAKESIDE, by=HILLSIDE)
    assert state_of(ledger, id) == (AgreementState.CONCLUDED if seconds < 0 else AgreementState.PROPOSED)


# ----------------------------------------------------------------------------------------------------------- refusals


def test_only_successors_take_a_place(ledger: Ledger) -> None:
    id = ledger.conclude(parties=TWO)
    ledger.refuses(AgreementUnknown(99), "succeedParty", 99, LAKESIDE, by=speaker(NEWLAKE))
    for caller, predecessor in ((NEWLAKE, LAKESIDE), (LAKESIDE, LAKESIDE), (FARFIELD, 0), (FARFIELD, 99)):
        expected = AgreementNotSuccessor(caller, predecessor)
        ledger.refuses(expected, "succeedParty", id, predecessor, by=speaker(caller))
    for body in (DELTA, AUDITOR):
        missing = CommandRoleMissing(body, Role.GOVERNMENT)
        ledger.refuses(missing, "succeedParty", id, LAKESIDE, by=speaker(body))
    ledger.succeed(LAKESIDE, NEWLAKE)
    ledger.refuses(AgreementNotSuccessor(FARFIELD, LAKESIDE), "succeedParty", id, LAKESIDE, by=speaker(FARFIELD))
    # The predecessor itself speaks no more.
    ledger.refuses(GovernmentUnknown(LAKESIDE), "succeedParty", id, LAKESIDE, by=speaker(LAKESIDE))


def test_only_the_place_of_a_party_is_taken(ledger: Ledger) -> None:
    ledger.succeed(FARFIELD, NEWLAKE)
    expected = AgreementNotParty(AGREEMENT, FARFIELD)
    ledger.refuses(expected, "succeedParty", AGREEMENT, FARFIELD, by=speaker(NEWLAKE))


@pytest.mark.parametrize("pending", [False, True])
def test_the_coordinating_body_takes_no_seat(ledger: Ledger, pending: bool) -> None:
    """Neither the body in office nor the one that a pending version names."""
    id = ledger.conclude(parties=TWO)
    body = UPLANDS if pending else DELTA
    ledger.decide("setRoles", body, Role.GOVERNMENT.bit | Role.COORDINATING_BODY.bit)
    if pending:
        for government in TWO:
            ledger.decide("setJurisdiction", UPLANDS, government, True)
        propose_version(ledger, id, coordinating_body=UPLANDS)
    ledger.succeed(LAKESIDE, body)
    expected = AgreementCoordinatingBodyIsParty(body)
    ledger.refuses(expected, "succeedParty", id, LAKESIDE, by=speaker(body))


def test_no_place_is_taken_in_what_is_over(ledger: Ledger) -> None:
    abandoned, _ = propose(ledger)
    ledger.send("declineVersion", abandoned, 1, "too dear", by=speaker(HILLSIDE))
    ended = ledger.conclude(parties=TWO)
    ledger.send("endAgreement", Ending(ended, EndReason.BY_LAW, 0, 0, "Regulation 12"), by=speaker(DELTA))
    suspended = ledger.conclude(parties=TWO)
    ledger.send("suspendAgreement", suspended, "looked into", by=speaker(DELTA))
    ledger.succeed(LAKESIDE, NEWLAKE)
    by = speaker(NEWLAKE)
    for id, state in ((abandoned, AgreementState.ABANDONED), (ended, AgreementState.ENDED)):
        ledger.refuses(AgreementStateInvalid(id, state), "succeedParty", id, LAKESIDE, by=by)
    take(ledger, suspended, LAKESIDE, by=NEWLAKE)
    assert members(ledger, suspended) == [HILLSIDE, NEWLAKE]
