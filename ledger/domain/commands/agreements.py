"""What is commanded about agreements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.domain.terms import AgreementTerms, Assessment, Ending


@dataclass(frozen=True, slots=True)
class ProposeAgreement:
    """Propose terms to the other parties."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "proposeAgreement"

    terms: AgreementTerms


@dataclass(frozen=True, slots=True)
class ProposeVersion:
    """Propose other terms, as a party: a counter-proposal, or an amendment of what is concluded."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "proposeVersion"

    id: int
    terms: AgreementTerms

    change_note: str
    """What is changed and why."""


@dataclass(frozen=True, slots=True)
class SignAgreement:
    """Sign the newest version of the terms."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "signAgreement"

    id: int
    version: int

    terms_digest: bytes
    """Of what the signer has read."""


@dataclass(frozen=True, slots=True)
class DeclineVersion:
    """Decline the newest version, as a party."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "declineVersion"

    id: int
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class AccedeToAgreement:
    """Sign, as a newcomer, the version in force."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "accedeToAgreement"

    id: int

    terms_digest: bytes
    """Of the version in force."""


@dataclass(frozen=True, slots=True)
class ApproveAccession:
    """Admit, as the coordinating body, a newcomer that has asked."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "approveAccession"

    id: int
    government: int


@dataclass(frozen=True, slots=True)
class SuspendAgreement:
    """Suspend, as the coordinating body: nothing new is agreed under it, and nothing reported overdue."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "suspendAgreement"

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ResumeAgreement:
    """End the suspension, as the coordinating body."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "resumeAgreement"

    id: int


@dataclass(frozen=True, slots=True)
class ConsentToEnd:
    """Consent, as a party, to ending the agreement."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "consentToEnd"

    id: int
    note: str


@dataclass(frozen=True, slots=True)
class EndAgreement:
    """End an agreement: as the coordinating body, or as anyone when it has expired."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "endAgreement"

    ending: Ending


@dataclass(frozen=True, slots=True)
class SucceedParty:
    """Take the place of a predecessor among the parties."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "succeedParty"

    id: int
    predecessor: int


@dataclass(frozen=True, slots=True)
class RecordAgreement:
    """Record, as coordinating body, an agreement of the past."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "recordAgreement"

    terms: AgreementTerms


@dataclass(frozen=True, slots=True)
class RecordAccession:
    """Record, as coordinating body, further parties of a backfilled agreement."""

    contract: ClassVar[str] = "AgreementRegistry"
    verb: ClassVar[str] = "recordAccession"

    id: int
    parties: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RecordAssessment:
    """Record, as coordinating body, what an agreement's indicators measure."""

    contract: ClassVar[str] = "AssessmentRegister"
    verb: ClassVar[str] = "recordAssessment"

    assessment: Assessment


@dataclass(frozen=True, slots=True)
class RecordDialogue:
    """Put on record, by a digest, what was said up to now."""

    contract: ClassVar[str] = "DialogueRegister"
    verb: ClassVar[str] = "recordDialogue"

    agreement: int
    """0 for the dialogue of a pair of governments."""

    counterpart: int
    """The other of the pair; 0 for all parties of the agreement."""

    digest: bytes
    """Salted digest of the messages' chain."""

    messages: int
