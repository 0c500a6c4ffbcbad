"""
Calls that no client of ours makes: bytes that are no text, numbers that are no member of an enum.

The contracts take any bytes where a text is meant, and readers must get over it.

Looking into every text would cost all who write decent ones. So it is shown here that such bytes are on the chain for
good, and that the decoder which every follower runs shows them instead of stopping at them.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.chain.decoder import decode_event, decode_refusal
from ledger.domain.events import EvidenceSubmitted
from ledger.domain.refusals.register import GovernmentSchemeInvalid
from ledger.domain.terms import AgreementTerms, Authorization
from tests.contracts.harness.interface import Panicked, functions
from tests.contracts.harness.ledger import (
    ADMINISTRATORS,
    DIGEST,
    LAKESIDE,
    NEXT_BODY,
    Ledger,
    agreement_terms,
    compensation_rule,
    new_government,
    speaker,
)

PLACE = "#" * 8


def with_bytes(call: bytes, raw: bytes) -> bytes:
    """The call with its placeholder text replaced by bytes of the same length."""
    assert call.count(PLACE.encode()) == 1
    assert len(raw) == len(PLACE)
    return call.replace(PLACE.encode(), raw)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"\xff\xfe plain", "\\xff\\xfe plain"),
        (b"nul \0 in", "nul \\x00 in"),
        (b"\xed\xa0\x80half1", "\\xed\\xa0\\x80half1"),
        ("证据".encode() + b"ok", "证据ok"),
    ],
)
def test_evidence_with_any_bytes_can_be_read(ledger: Ledger, raw: bytes, shown: str) -> None:
    id = ledger.active()
    by = speaker(LAKESIDE)
    values = [id, DIGEST, PLACE, ledger.evm.now, Authorization(by.address, 0, 0, b"")]
    done = ledger.evm.send(
        by, ledger.address("submitEvidence"), with_bytes(functions()["submitEvidence"].encode(values), raw)
    )
    assert not done.reverted
    log = done.logs[-1]
    event = decode_event("CommitmentRegistry", log.topics, log.data)
    assert isinstance(event, EvidenceSubmitted)
    assert event.locator == shown
    event.locator.encode("utf-8")


def test_so_can_a_refusal(ledger: Ledger) -> None:
    register = ledger.addresses["GovernmentRegister"]
    call = functions()["registerGovernments"].encode([[new_government(NEXT_BODY, scheme=PLACE)]])
    call = with_bytes(call, b"\xff\0\xff\0\xff\0\xff\0")
    proposal = ledger.send("proposeCall", register, call, "", by=ADMINISTRATORS[0]).returned
    ledger.send("approveProposal", proposal, by=ADMINISTRATORS[1])
    ledger.evm.now += 2 * 86_400
    execute = functions()["executeProposal"].encode([proposal, call])
    done = ledger.evm.send(ADMINISTRATORS[0], ledger.address("executeProposal"), execute)
    assert done.reverted
    assert decode_refusal(done.output) == GovernmentSchemeInvalid("\\xff\\x00" * 4)


@pytest.mark.parametrize(
    "terms",
    [
        agreement_terms(service_mode=4),
        agreement_terms(compensation=compensation_rule(kind=7)),
        agreement_terms(indicators=(replace(agreement_terms().indicators[0], kind=3),)),  # type: ignore[arg-type]
        agreement_terms(indicators=(replace(agreement_terms().indicators[0], direction=2),)),  # type: ignore[arg-type]
    ],
    ids=["service mode", "compensation", "indicator", "direction"],
)
def test_a_number_that_is_no_member_of_an_enum_is_refused(ledger: Ledger, terms: AgreementTerms) -> None:
    """The compiler's own check refuses it, without a reason; our clients never get as far."""
    before = ledger.storage()
    with pytest.raises(Panicked):
        ledger.send("proposeAgreement", terms, by=speaker(LAKESIDE))
    assert ledger.storage() == before


def test_a_call_that_ends_too_early_is_refused(ledger: Ledger) -> None:
    by = speaker(LAKESIDE)
    call = functions()["registerCommitment"].encode([ledger.commitment_terms(), Authorization(by.address, 0, 0, b"")])
    before = ledger.storage()
    for length in (4, 36, 68, len(call) // 2):
        assert ledger.evm.send(by, ledger.address("registerCommitment"), call[:length]).reverted
    assert ledger.storage() == before
    assert not ledger.evm.send(by, ledger.address("registerCommitment"), call).reverted
