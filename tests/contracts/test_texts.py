"""
Texts that are none: the contracts take any bytes where a text is meant, and readers must get over it.

Looking into every text would cost all who write decent ones. So it is shown here that such bytes are on the chain for
good, and that the decoder which every follower runs shows them instead of stopping at them.
"""

from __future__ import annotations

import pytest

from ledger.chain.decoder import decode_event, decode_refusal
from ledger.domain.events import EvidenceSubmitted
from ledger.domain.refusals.register import GovernmentSchemeInvalid
from ledger.domain.terms import Authorization
from tests.contracts.harness.interface import functions
from tests.contracts.harness.ledger import ADMINISTRATORS, DIGEST, LAKESIDE, Ledger, new_government, speaker

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
    id = ledger.register()
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
    call = functions()["registerGovernments"].encode([[new_government(9, scheme=PLACE)]])
    call = with_bytes(call, b"\xff\0\xff\0\xff\0\xff\0")
    proposal = ledger.send("proposeCall", register, call, "", by=ADMINISTRATORS[0]).returned
    ledger.send("approveProposal", proposal, by=ADMINISTRATORS[1])
    ledger.evm.now += 2 * 86_400
    execute = functions()["executeProposal"].encode([proposal, call])
    done = ledger.evm.send(ADMINISTRATORS[0], ledger.address("executeProposal"), execute)
    assert done.reverted
    assert decode_refusal(done.output) == GovernmentSchemeInvalid("\\xff\\x00" * 4)
