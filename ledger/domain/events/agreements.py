"""Agreements, from the first proposal to their end, their assessments and the dialogue about them."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.enums import EndReason
from ledger.domain.terms import AgreementTerms


@dataclass(frozen=True, slots=True)
class AgreementProposed:
    """A party proposed terms. It has not signed them by that."""

    id: int
    proposer: int
    terms_digest: bytes
    terms: AgreementTerms


@dataclass(frozen=True, slots=True)
class AgreementVersionProposed:
    """A party proposed other terms. Every version proposed before and not signed by all is superseded."""

    id: int
    version: int
    proposer: int
    terms_digest: bytes
    terms: AgreementTerms

    change_note: str
    """What is changed and why."""


@dataclass(frozen=True, slots=True)
class AgreementSigned:
    """A party signed a version of the terms."""

    id: int
    version: int
    party: int
    terms_digest: bytes


@dataclass(frozen=True, slots=True)
class AgreementConcluded:
    """Every party has signed; in force from its effective date."""

    id: int
    version: int
    effective_from: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class AgreementAmended:
    """Every party has signed an amendment, which is in force from now on."""

    id: int
    version: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class AgreementVersionDeclined:
    """A party declined a version. Before conclusion that abandons the agreement; an amendment is dropped."""

    id: int
    version: int
    party: int
    reason: str


@dataclass(frozen=True, slots=True)
class AccessionRequested:
    """A newcomer signed the agreement in force and waits for the coordinating body."""

    id: int
    government: int
    terms_digest: bytes


@dataclass(frozen=True, slots=True)
class AgreementAcceded:
    """A newcomer has become a party."""

    id: int
    government: int

    body: int
    """Who admitted it; 0 where the agreement is open to all."""


@dataclass(frozen=True, slots=True)
class AgreementSuspended:
    """The coordinating body suspended the agreement."""

    id: int
    body: int
    reason: str


@dataclass(frozen=True, slots=True)
class AgreementResumed:
    """The coordinating body ended the suspension."""

    id: int
    body: int


@dataclass(frozen=True, slots=True)
class EndConsented:
    """A party consents to ending the agreement. When all have, it ends."""

    id: int
    party: int
    note: str


@dataclass(frozen=True, slots=True)
class AgreementEnded:
    """The agreement has ended. What was owed under it is owed still."""

    id: int
    actor: int
    reason: EndReason
    commitment: int
    successor: int
    note: str


@dataclass(frozen=True, slots=True)
class PartySucceeded:
    """A successor has become a party in the place of, or beside others in the place of, its predecessor."""

    id: int
    predecessor: int
    successor: int


@dataclass(frozen=True, slots=True)
class AgreementBackfilled:
    """A coordinating body recorded an agreement of the past."""

    id: int
    recorder: int
    terms_digest: bytes
    terms: AgreementTerms


@dataclass(frozen=True, slots=True)
class AccessionBackfilled:
    """A coordinating body recorded further parties of a backfilled agreement."""

    id: int
    recorder: int
    parties: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AgreementAssessed:
    """The coordinating body recorded what the indicators measure."""

    agreement: int
    number: int
    body: int

    version: int
    """Of the terms that were in force."""

    scheduled_at: int

    measured: tuple[int, ...]
    """Of each indicator, in millionths of its unit."""

    achieved_basis_points: tuple[int, ...]
    """Of each indicator: 10,000 where the target is reached, else the share reached, rounded down."""

    overall_basis_points: int
    """The same weighted by the indicators' shares, rounded down."""

    report_digest: bytes
    report_locator: str


@dataclass(frozen=True, slots=True)
class DialogueRecorded:
    """A government put on record what was said up to now, by a digest that says nothing to others."""

    agreement: int
    """What the dialogue is about; 0 for one of a pair of governments."""

    government: int

    counterpart: int
    """The other of the pair; 0 for all parties of the agreement."""

    digest: bytes

    messages: int
    """How many messages the digest covers."""
