"""Putting a dialogue on record: by who takes part in it, with whom it is held, and with something to show."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.enums import Role
from ledger.domain.events import DialogueRecorded
from ledger.domain.refusals.commands import CommandRoleMissing
from ledger.domain.refusals.dialogue import DialogueCounterpartInvalid, DialogueEmpty, DialogueNotParty
from tests.contracts.harness.ledger import (
    AGREEMENT,
    AUDITOR,
    BACKFILLED,
    DELTA,
    DIGEST,
    FARFIELD,
    HILLSIDE,
    LAKESIDE,
    OLDTOWN,
    RIVERPORT,
    UPLANDS,
    Ledger,
    agreement_terms,
    speaker,
)


@pytest.mark.parametrize(
    ("agreement", "counterpart"),
    [(AGREEMENT, 0), (AGREEMENT, HILLSIDE), (BACKFILLED, RIVERPORT), (0, HILLSIDE), (0, FARFIELD)],
)
def test_a_party_records_what_was_said(ledger: Ledger, agreement: int, counterpart: int) -> None:
    done = ledger.send("recordDialogue", agreement, counterpart, DIGEST, 12, by=speaker(LAKESIDE))
    assert done.facts == (DialogueRecorded(agreement, LAKESIDE, counterpart, DIGEST, 12),)


def test_it_can_be_recorded_again_and_by_both(ledger: Ledger) -> None:
    for by, counterpart in ((LAKESIDE, HILLSIDE), (HILLSIDE, LAKESIDE), (LAKESIDE, HILLSIDE)):
        ledger.send("recordDialogue", AGREEMENT, counterpart, DIGEST, 2**32 - 1, by=speaker(by))


def test_parties_talk_before_they_have_signed(ledger: Ledger) -> None:
    terms = agreement_terms(parties=(LAKESIDE, FARFIELD))
    proposed = ledger.send("proposeAgreement", terms, by=speaker(LAKESIDE)).returned
    ledger.send("recordDialogue", proposed, LAKESIDE, DIGEST, 1, by=speaker(FARFIELD))


@pytest.mark.parametrize(
    ("by", "agreement", "counterpart", "expected"),
    [
        (FARFIELD, AGREEMENT, 0, DialogueNotParty(AGREEMENT, FARFIELD)),
        (FARFIELD, AGREEMENT, LAKESIDE, DialogueNotParty(AGREEMENT, FARFIELD)),
        (LAKESIDE, 99, HILLSIDE, DialogueNotParty(99, LAKESIDE)),
        (LAKESIDE, AGREEMENT, LAKESIDE, DialogueCounterpartInvalid(AGREEMENT, LAKESIDE)),
        (LAKESIDE, AGREEMENT, FARFIELD, DialogueCounterpartInvalid(AGREEMENT, FARFIELD)),
        (LAKESIDE, AGREEMENT, DELTA, DialogueCounterpartInvalid(AGREEMENT, DELTA)),
        (LAKESIDE, 0, 0, DialogueCounterpartInvalid(0, 0)),
        (LAKESIDE, 0, LAKESIDE, DialogueCounterpartInvalid(0, LAKESIDE)),
        (LAKESIDE, 0, DELTA, DialogueCounterpartInvalid(0, DELTA)),
        (LAKESIDE, 0, OLDTOWN, DialogueCounterpartInvalid(0, OLDTOWN)),
        (LAKESIDE, 0, 99, DialogueCounterpartInvalid(0, 99)),
        (DELTA, AGREEMENT, 0, CommandRoleMissing(DELTA, Role.GOVERNMENT)),
        (UPLANDS, 0, LAKESIDE, CommandRoleMissing(UPLANDS, Role.GOVERNMENT)),
        (AUDITOR, 0, LAKESIDE, CommandRoleMissing(AUDITOR, Role.GOVERNMENT)),
    ],
    ids=lambda value: str(value)[:50],
)
def test_who_takes_no_part_records_nothing(
    ledger: Ledger, by: int, agreement: int, counterpart: int, expected: Any
) -> None:
    ledger.refuses(expected, "recordDialogue", agreement, counterpart, DIGEST, 1, by=speaker(by))


def test_a_record_is_of_something(ledger: Ledger) -> None:
    by = speaker(LAKESIDE)
    ledger.refuses(DialogueEmpty("digest"), "recordDialogue", AGREEMENT, 0, bytes(32), 1, by=by)
    ledger.refuses(DialogueEmpty("messages"), "recordDialogue", AGREEMENT, 0, DIGEST, 0, by=by)


def test_it_is_all_in_the_event_and_nothing_is_held(ledger: Ledger) -> None:
    before = ledger.storage()["DialogueRegister"]
    ledger.send("recordDialogue", AGREEMENT, HILLSIDE, DIGEST, 3, by=speaker(LAKESIDE))
    assert ledger.storage()["DialogueRegister"] == before
