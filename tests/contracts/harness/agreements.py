"""Agreements of two parties, and the steps by which they are negotiated."""

from __future__ import annotations

from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from ledger.domain.terms import AgreementTerms
from tests.contracts.harness.cast import HILLSIDE, LAKESIDE, agreement_terms, speaker
from tests.contracts.harness.commanding import Done
from tests.contracts.harness.interface import canonical, functions, plain
from tests.contracts.harness.ledger import Ledger

TWO: Final = (LAKESIDE, HILLSIDE)

NEXT: Final = 3
"""The number that the next agreement gets; agreements 1 and 2 are there from the beginning."""


def digest_of(terms: AgreementTerms) -> bytes:
    """What a party computes from the terms it has read."""
    (parameter, _) = functions()["proposeAgreement"].inputs
    return keccak(encode([canonical(parameter)], [plain(terms)]))


def terms_for_two(**changes: Any) -> AgreementTerms:
    """Terms in order, between Lakeside and Hillside."""
    return agreement_terms(**{"parties": TWO, **changes})


def propose(ledger: Ledger, **changes: Any) -> tuple[int, bytes]:
    """Have Lakeside propose an agreement of two."""
    terms = terms_for_two(**changes)
    made = ledger.send("proposeAgreement", terms, by=speaker(LAKESIDE))
    return made.returned, digest_of(terms)


def propose_version(ledger: Ledger, id: int, by: int = HILLSIDE, **changes: Any) -> tuple[int, bytes]:
    """Have a party propose another version."""
    terms = terms_for_two(**changes)
    made = ledger.send("proposeVersion", id, terms, "as was talked over", by=speaker(by))
    return made.returned, digest_of(terms)


def sign(ledger: Ledger, id: int, version: int, digest: bytes, by: int) -> Done:
    """Have a party sign a version."""
    return ledger.send("signAgreement", id, version, digest, by=speaker(by))


def state_of(ledger: Ledger, id: int) -> Any:
    """The state of an agreement."""
    return ledger.call("agreement", id)["state"]
