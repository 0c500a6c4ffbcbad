"""
Which HTTP status each error has.

One table for the classes of `LedgerError`, where the nearest class upwards counts, and one for what contracts refuse,
by the name of the Solidity error. A test fails where an error is in neither, so that nobody's new error becomes a 500
unseen.

    400  the request cannot be read at all            409  it contradicts what stands
    401  log in first                                 422  it can be read, and breaks a rule
    403  this account may not                         503  something needed does not answer; ask again
    404  there is no such thing
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api import faults
from ledger.administration import NotYetAdministered
from ledger.audit.proofs import ProofRefused
from ledger.chain.connection import NodeRefused
from ledger.chain.decoder import MalformedEvent, UnknownEvent, UnknownRefusal
from ledger.chain.deployment import DeploymentFailed
from ledger.chain.embedded.errors import EmbeddedChainError
from ledger.chain.keys import KeyFileDamaged, KeyPassphraseWrong
from ledger.chain.transactions import TransactionFailed
from ledger.chain.typed_data import SignatureRefused
from ledger.commands import OperationFailed
from ledger.domain.policy import PolicyError
from ledger.domain.refusals import Refused
from ledger.domain.scoring.facts import ScoringError
from ledger.errors import Ambiguous, Conflict, InvalidInput, LedgerError, NotAllowed, NotFound, Unavailable
from ledger.relay import CallFailedSilently, OperationExpired
from ledger.relay.node import refused_by_contract
from ledger.store.operational import LoginRefused
from ledger.store.projection import BlocksMissing, EventNotProjected, ProjectionContradicted

STATUS: Final[Mapping[type[LedgerError], int]] = {
    InvalidInput: 422,
    NotFound: 404,
    Ambiguous: 409,
    Conflict: 409,
    SignatureRefused: 422,
    Refused: 422,
    NotAllowed: 403,
    Unavailable: 503,
    LoginRefused: 401,
    UnknownRefusal: 422,
    ProofRefused: 422,
    OperationExpired: 409,
    NotYetAdministered: 409,
    OperationFailed: 409,
    # The node behind this server refused, or failed at, what it was asked on a caller's behalf.
    NodeRefused: 502,
    TransactionFailed: 502,
    CallFailedSilently: 502,
    MalformedEvent: 502,
    EmbeddedChainError: 503,
    # The server's own records, keys or policies are at fault: no caller sends them, and none can mend them.
    BlocksMissing: 500,
    DeploymentFailed: 500,
    EventNotProjected: 500,
    KeyFileDamaged: 500,
    KeyPassphraseWrong: 500,
    PolicyError: 500,
    ProjectionContradicted: 500,
    ScoringError: 500,
    UnknownEvent: 500,
    faults.BodyNotJson: 400,
    faults.CursorInvalid: 400,
    faults.RequestInvalid: 422,
    faults.PathUnknown: 404,
    faults.MethodNotAllowed: 405,
    faults.LoginRequired: 401,
    faults.BodyTooLarge: 413,
    faults.ContentTypeNotSupported: 415,
    faults.TooManyRequests: 429,
    faults.ServerFault: 500,
}

_ROLE = 403
_STATE = 409
_RULE = 422

REFUSAL_STATUS: Final[Mapping[str, int]] = {
    # The account may not do it.
    "AdministrationNotAdministrator": _ROLE,
    "AdministrationOnly": _ROLE,
    "AgreementNotCoordinatingBody": _ROLE,
    "AgreementNotParty": _ROLE,
    "AgreementOutsideJurisdiction": _ROLE,
    "AssessmentNotBody": _ROLE,
    "BreachNotBody": _ROLE,
    "BreachNotDebtor": _ROLE,
    "BreachOnlyDisputes": _ROLE,
    "CommandRoleMissing": _ROLE,
    "CommitmentNotCreditor": _ROLE,
    "CommitmentNotDebtor": _ROLE,
    "CommitmentOnlyContract": _ROLE,
    "DebtTransferNotConcerned": _ROLE,
    "DebtTransferNotDebtor": _ROLE,
    "DialogueNotParty": _ROLE,
    "DisputeNotHearing": _ROLE,
    "DisputeNotOpener": _ROLE,
    "DisputeNotSide": _ROLE,
    "DisputeOfOwnAct": _ROLE,
    "EvidenceNotAuditor": _ROLE,
    "FreezeOfDisputant": _ROLE,
    "GovernmentDisciplined": _ROLE,
    "IncentiveNotBody": _ROLE,
    "IncentiveOutsideJurisdiction": _ROLE,
    "MeasureNotBody": _ROLE,
    "PolicyOnlyAdministration": _ROLE,
    "ProcedureOnlyAdministration": _ROLE,
    "ProposalNotProposer": _ROLE,
    "RecoveryNotAllowed": _ROLE,
    "RegisterOnlyAdministration": _ROLE,
    "RegisterOutsideJurisdiction": _ROLE,
    "ScoreRunNotPublisher": _ROLE,
    "SignerFrozenByOther": _ROLE,
    "SignerIsFrozen": _ROLE,
    "SignerNotOfGovernment": _ROLE,
    "SignerUnknown": _ROLE,
    "TransferNotPayee": _ROLE,
    # It contradicts what stands on the ledger now.
    "AccessionClosed": _STATE,
    "AccessionNotRequested": _STATE,
    "AgreementAlreadySigned": _STATE,
    "AgreementCommitmentsOpen": _STATE,
    "AgreementIsSuspended": _STATE,
    "AgreementNotBackfilled": _STATE,
    "AgreementNotExpired": _STATE,
    "AgreementNotInForce": _STATE,
    "AgreementNotSuccessor": _STATE,
    "AgreementNotSuspended": _STATE,
    "AgreementStateInvalid": _STATE,
    "AgreementTermsDiffer": _STATE,
    "AgreementVersionSuperseded": _STATE,
    "AssessmentTooEarly": _STATE,
    "AssessmentTwice": _STATE,
    "BreachCommitmentState": _STATE,
    "BreachStateInvalid": _STATE,
    "BreachTooEarly": _STATE,
    "BreachWindowClosed": _STATE,
    "CommandAlreadyExecuted": _STATE,
    "CommitmentAnswerLate": _STATE,
    "CommitmentNotBackfilled": _STATE,
    "CommitmentPastDue": _STATE,
    "CommitmentStateInvalid": _STATE,
    "CommitmentWindowClosed": _STATE,
    "CommitmentWindowOpen": _STATE,
    "DebtTransferAlreadyAgreed": _STATE,
    "DebtTransferInvalid": _STATE,
    "DebtTransferNotOffered": _STATE,
    "DisputeAlreadyRuled": _STATE,
    "DisputeNoBodyAvailable": _STATE,
    "DisputeNotOpenable": _STATE,
    "DisputeStateInvalid": _STATE,
    "DisputeTooEarly": _STATE,
    "DisputeWindowClosed": _STATE,
    "EndAlreadyConsented": _STATE,
    "EvidenceAlreadyAudited": _STATE,
    "EvidenceAuditPending": _STATE,
    "EvidenceNotSampled": _STATE,
    "GovernmentAlreadyRegistered": _STATE,
    "IncentiveNotEarned": _STATE,
    "IncentiveOver": _STATE,
    "MeasureOver": _STATE,
    "MeasureWithoutGround": _STATE,
    "OverdueNotYet": _STATE,
    "ProposalAlreadyApproved": _STATE,
    "ProposalCallDiffers": _STATE,
    "ProposalNotOpen": _STATE,
    "ProposalNotYetExecutable": _STATE,
    "RectificationAlreadySet": _STATE,
    "RepairAlreadyRequested": _STATE,
    "RepairNotRequested": _STATE,
    "RepairTooEarly": _STATE,
    "RepairTooLate": _STATE,
    "RotationNotOffered": _STATE,
    "RulingAlreadyGiven": _STATE,
    "RulingAlreadyGivenByMember": _STATE,
    "SignerAlreadySpeaks": _STATE,
    "SignerNotFrozen": _STATE,
    "SuccessionCircle": _STATE,
    "TransferStateInvalid": _STATE,
    # A value breaks a rule. What a command names and the ledger does not know is here too: 404 is for paths.
    "AddressEmptyCode": _RULE,
    "AdministrationAdministratorInvalid": _RULE,
    "AdministrationDelayTooLong": _RULE,
    "AdministrationThresholdOutOfRange": _RULE,
    "AgreementAmendmentDated": _RULE,
    "AgreementAssessmentInvalid": _RULE,
    "AgreementBackdated": _RULE,
    "AgreementCompensationIncomplete": _RULE,
    "AgreementCoordinatingBodyInvalid": _RULE,
    "AgreementCoordinatingBodyIsParty": _RULE,
    "AgreementEndInvalid": _RULE,
    "AgreementFieldEmpty": _RULE,
    "AgreementFieldTooLong": _RULE,
    "AgreementIndicatorCountOutOfRange": _RULE,
    "AgreementIndicatorInvalid": _RULE,
    "AgreementIndicatorUnknown": _RULE,
    "AgreementIndicatorWeightsSum": _RULE,
    "AgreementNotPast": _RULE,
    "AgreementPartiesDiffer": _RULE,
    "AgreementPartyInvalid": _RULE,
    "AgreementPartyTwice": _RULE,
    "AgreementPeriodInvalid": _RULE,
    "AgreementTooFewParties": _RULE,
    "AgreementTooManyParties": _RULE,
    "AgreementUnknown": _RULE,
    "AssessmentIndicatorsDiffer": _RULE,
    "AssessmentMeasureOutOfRange": _RULE,
    "AssessmentNotScheduled": _RULE,
    "AssessmentReportInvalid": _RULE,
    "BreachTextInvalid": _RULE,
    "CommandExpired": _RULE,
    "CommandSignatureInvalid": _RULE,
    "CommitmentBackdated": _RULE,
    "CommitmentBatchEmpty": _RULE,
    "CommitmentBatchTooLarge": _RULE,
    "CommitmentDatesInvalid": _RULE,
    "CommitmentDueBeforeAgreement": _RULE,
    "CommitmentIndicatorUnknown": _RULE,
    "CommitmentTextInvalid": _RULE,
    "CommitmentToSelf": _RULE,
    "CommitmentUnknown": _RULE,
    "CommitmentWeightOutOfRange": _RULE,
    "CoordinatingBodyExpected": _RULE,
    "DialogueCounterpartInvalid": _RULE,
    "DialogueEmpty": _RULE,
    "DisciplineTextInvalid": _RULE,
    "DisputeDigestEmpty": _RULE,
    "DisputeLocatorTooLong": _RULE,
    "DisputeUnknown": _RULE,
    "EvidenceDateInvalid": _RULE,
    "EvidenceDigestEmpty": _RULE,
    "EvidenceLocatorTooLong": _RULE,
    "FailedCall": _RULE,
    "GovernmentFieldEmpty": _RULE,
    "GovernmentFieldTooLong": _RULE,
    "GovernmentRolesInvalid": _RULE,
    "GovernmentSchemeInvalid": _RULE,
    "GovernmentUnknown": _RULE,
    "IncentiveInvalid": _RULE,
    "IncentivePeriodInvalid": _RULE,
    "IncentiveUnknown": _RULE,
    "InsufficientBalance": _RULE,
    "InvalidShortString": _RULE,
    "MeasureInvalid": _RULE,
    "MeasurePeriodInvalid": _RULE,
    "MeasureUnknown": _RULE,
    "OutcomeOutOfRange": _RULE,
    "PolicyBackdated": _RULE,
    "PolicyDigestEmpty": _RULE,
    "PolicyTooFarAhead": _RULE,
    "ProcedureBackdated": _RULE,
    "ProcedureTooFarAhead": _RULE,
    "ProcedureValueOutOfRange": _RULE,
    "ProcedureVersionUnknown": _RULE,
    "ProcedureWindowOutOfRange": _RULE,
    "RecoveryAccountInvalid": _RULE,
    "RectificationOutOfRange": _RULE,
    "RepairDigestEmpty": _RULE,
    "RulingInvalid": _RULE,
    "ScoreRunBlockHashWrong": _RULE,
    "ScoreRunBlockInvalid": _RULE,
    "ScoreRunFieldEmpty": _RULE,
    "ScoreRunLocatorTooLong": _RULE,
    "ScoreRunMomentInvalid": _RULE,
    "ScoreRunUnknown": _RULE,
    "SignerInvalid": _RULE,
    "StringTooLong": _RULE,
    "SuccessionEmpty": _RULE,
    "SuccessionTooMany": _RULE,
    "SuccessorInvalid": _RULE,
    "SuccessorTwice": _RULE,
    "TransferAmountOutOfRange": _RULE,
    "TransferCurrencyInvalid": _RULE,
    "TransferDateInvalid": _RULE,
    "TransferReferenceInvalid": _RULE,
    "TransferToSelf": _RULE,
    "TransferUnknown": _RULE,
}


def status_of(error: LedgerError) -> int:
    """The HTTP status of an error; 500 for one that nobody has thought of."""
    if isinstance(error, Refused) and type(error).__name__ in REFUSAL_STATUS:
        return REFUSAL_STATUS[type(error).__name__]
    if isinstance(error, NodeRefused) and refused_by_contract(error):
        return _RULE
    return status_of_class(type(error))


def status_of_class(kind: type[LedgerError]) -> int:
    """The status of a class of errors: that of the nearest class upwards which the table knows."""
    return next((STATUS[base] for base in kind.__mro__ if base in STATUS), 500)


def api_title(kind: type[LedgerError]) -> str:
    """What problems of this class are called: the first sentence of the class's description."""
    text = " ".join((kind.__doc__ or kind.__name__).split("\n\n")[0].split())
    return text.removesuffix(".")
