// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorization} from "../types/Authorization.sol";
import {AgreementId, CommitmentId, GovernmentId} from "../types/Identifiers.sol";
import {ISignedCommands} from "./ISignedCommands.sol";

/// @title What governments owe each other, and whether they kept it
/// @notice A debtor registers a commitment under an agreement in force and the creditor accepts it. The debtor lodges
/// evidence, and within a window the creditor confirms to what degree it was kept, or contests the evidence; silence past
/// the window counts as acceptance and is marked as such. Where the creditor is all other parties, the agreement's
/// coordinating body speaks for them. Broken is what a breach procedure or a ruling finds so. A coordinating body records
/// history from before the ledger; such entries are marked as backfilled and carry their own dates.
interface ICommitmentRegistry is ISignedCommands {
    enum CommitmentState {
        None,
        /// The creditor has not accepted it yet.
        Proposed,
        Active,
        Evidenced,
        /// The creditor, or an audit, does not accept the evidence. Better evidence may be lodged.
        Contested,
        Disputed,
        Settled,
        /// The creditor did not want it. It never bound.
        Declined
    }

    enum Outcome {
        None,
        Fulfilled,
        Partly,
        Broken,
        /// Not kept, and not to blame. It counts neither way.
        Excused
    }

    /// @notice What an outcome rests on.
    enum OutcomeBasis {
        None,
        Confirmation,
        /// Nobody answered within the window.
        Silence,
        Ruling,
        /// A breach was determined.
        Breach,
        Backfill,
        /// The creditor released the debtor.
        Release
    }

    enum ExcuseGround {
        None,
        ForceMajeure,
        ChangeOfLaw,
        Released
    }

    struct CommitmentTerms {
        AgreementId agreement;
        /// 0 for all other parties.
        GovernmentId creditor;
        /// Number of the agreement's indicator that it serves, from 0.
        uint8 indicator;
        /// Last second at which it is kept in time.
        uint64 dueAt;
        /// The number the parties file it under.
        string referenceNumber;
        /// What is promised, in words.
        string description;
    }

    struct Confirmation {
        CommitmentId id;
        /// 10,000 fulfilled, 1 to 9,999 partly; what was not kept at all is contested.
        uint16 outcomeBasisPoints;
        /// When it was performed, as far as the creditor can confirm.
        uint64 performedAt;
    }

    struct HistoricalCommitment {
        GovernmentId debtor;
        /// 0 for all other parties.
        GovernmentId creditor;
        uint8 indicator;
        /// Weight in millionths; history may weigh nothing.
        uint64 weight;
        uint64 madeAt;
        uint64 dueAt;
        /// When its outcome became known; 0 while it is not.
        uint64 resolvedAt;
        /// 10,000 fulfilled, 1 to 9,999 partly, 0 broken; 0 while there is no outcome.
        uint16 outcomeBasisPoints;
        string referenceNumber;
    }

    struct HistoricalOutcome {
        CommitmentId id;
        uint16 outcomeBasisPoints;
        uint64 resolvedAt;
    }

    /// @dev One storage slot.
    struct Commitment {
        AgreementId agreement;
        GovernmentId debtor;
        GovernmentId creditor;
        /// When it was registered; for a backfilled one, when it was made.
        uint40 madeAt;
        uint40 dueAt;
        uint40 weight;
        uint16 outcomeBasisPoints;
        uint8 indicator;
        CommitmentState state;
        bool backfilled;
    }

    /// @dev What has happened to it; one more storage slot, from the first evidence on.
    struct Progress {
        /// When the newest evidence was lodged.
        uint40 evidencedAt;
        /// Last second at which the creditor can answer it.
        uint40 confirmBy;
        /// When the outcome was recorded here.
        uint40 settledAt;
        /// In a breach procedure: last second at which evidence is still taken; 0 while there is no limit.
        uint40 answerBy;
        /// Version of the procedure policy that the newest evidence is under.
        uint16 procedureVersion;
        CommitmentState stateBeforeDispute;
        OutcomeBasis basis;
        ExcuseGround ground;
        /// Drawn for audit: silence settles it only when the audit has upheld the evidence.
        bool sampled;
        bool audited;
        /// No dispute about it can be opened any more.
        bool ruled;
    }

    /// @notice A debtor wants to take on a commitment; it binds when the creditor accepts.
    event CommitmentRegistered(
        CommitmentId indexed id,
        AgreementId indexed agreement,
        GovernmentId indexed debtor,
        GovernmentId creditor,
        uint8 indicator,
        uint64 weight,
        uint64 dueAt,
        string referenceNumber,
        string description
    );
    /// @notice A coordinating body recorded a commitment of the past.
    event CommitmentBackfilled(
        CommitmentId indexed id,
        AgreementId indexed agreement,
        GovernmentId indexed debtor,
        GovernmentId recorder,
        GovernmentId creditor,
        uint8 indicator,
        uint64 weight,
        uint64 madeAt,
        uint64 dueAt,
        string referenceNumber
    );
    event CommitmentAccepted(CommitmentId indexed id, GovernmentId indexed creditor);
    event CommitmentDeclined(CommitmentId indexed id, GovernmentId indexed creditor, string reason);
    /// @notice Evidence was lodged. It is a claim, not yet fulfilment. `late` is evidence lodged after the due date.
    event EvidenceSubmitted(
        CommitmentId indexed id,
        GovernmentId indexed debtor,
        bytes32 digest,
        string locator,
        uint64 performedAt,
        uint64 confirmBy,
        bool late,
        bool sampled
    );
    event EvidenceContested(CommitmentId indexed id, GovernmentId indexed creditor, string reason);
    /// @notice An auditor or the coordinating body looked at evidence that was drawn for audit.
    event EvidenceAudited(CommitmentId indexed id, GovernmentId indexed auditor, bool upheld, string finding);
    /// @notice The creditor released the debtor; that it is excused follows.
    event CommitmentReleased(CommitmentId indexed id, GovernmentId indexed creditor, string reason);
    /// @notice Another government owes it from now on, as it, the former debtor and the creditor have agreed.
    event CommitmentTransferred(
        CommitmentId indexed id, GovernmentId indexed formerDebtor, GovernmentId indexed debtor
    );
    /// @notice The outcome stands; a later one takes its place only by a ruling. `effectiveAt` is when it came about:
    /// performance, or for a broken commitment the report. `recorder` is 0 for silence and where a body kept silent.
    event OutcomeRecorded(
        CommitmentId indexed id,
        GovernmentId indexed debtor,
        GovernmentId indexed recorder,
        Outcome outcome,
        uint16 outcomeBasisPoints,
        uint64 effectiveAt,
        OutcomeBasis basis,
        ExcuseGround ground
    );

    error CommitmentUnknown(CommitmentId id);
    error CommitmentBatchEmpty();
    error CommitmentBatchTooLarge(uint256 count, uint256 countMax);
    error CommitmentStateInvalid(CommitmentId id, CommitmentState state);
    error CommitmentNotDebtor(CommitmentId id, GovernmentId caller, GovernmentId debtor);
    /// @notice Only the creditor may say so; for a commitment to all other parties, the coordinating body.
    error CommitmentNotCreditor(CommitmentId id, GovernmentId caller, GovernmentId creditor);
    error CommitmentToSelf(GovernmentId debtor);
    error CommitmentIndicatorUnknown(AgreementId agreement, uint8 indicator, uint8 indicators);
    /// @notice Only the contract whose task it is may do this.
    error CommitmentOnlyContract(address caller, address expected);
    /// @notice Once it was due, it can no longer be accepted or handed to another.
    error CommitmentPastDue(CommitmentId id, uint64 dueAt, uint256 currentTime);
    /// @notice The creditor's time to answer is over; what was lodged counts as accepted.
    error CommitmentWindowClosed(CommitmentId id, uint64 confirmBy, uint256 currentTime);
    /// @notice The creditor can still answer.
    error CommitmentWindowOpen(CommitmentId id, uint64 confirmBy, uint256 currentTime);
    /// @notice In a breach procedure no evidence is taken any more.
    error CommitmentAnswerLate(CommitmentId id, uint64 answerBy, uint256 currentTime);
    error EvidenceAuditPending(CommitmentId id);
    error EvidenceNotSampled(CommitmentId id);
    error EvidenceAlreadyAudited(CommitmentId id);
    /// @notice Only an auditor or the agreement's coordinating body audits.
    error EvidenceNotAuditor(CommitmentId id, GovernmentId caller);
    error CommitmentWeightOutOfRange(uint64 weight, uint64 weightMin, uint64 weightMax);
    error CommitmentDueBeforeAgreement(AgreementId agreement, uint64 dueAt, uint64 effectiveFrom);
    /// @notice Only a backfill may speak of what was due before now.
    error CommitmentBackdated(uint64 dueAt, uint256 currentTime);
    error CommitmentDatesInvalid(uint64 madeAt, uint64 dueAt, uint64 resolvedAt, uint256 currentTime);
    error CommitmentNotBackfilled(CommitmentId id);
    error CommitmentTextInvalid(string field, uint256 length, uint256 lengthMax);
    error EvidenceDigestEmpty(CommitmentId id);
    error EvidenceLocatorTooLong(CommitmentId id, uint256 length, uint256 lengthMax);
    /// @notice Nothing is performed before it was promised, or later than now.
    error EvidenceDateInvalid(CommitmentId id, uint64 performedAt, uint64 earliest, uint256 currentTime);
    error OutcomeOutOfRange(uint16 outcomeBasisPoints, uint16 outcomeBasisPointsMin, uint16 outcomeBasisPointsMax);

    /// @notice Takes on a commitment for the caller's government, as debtor.
    function registerCommitment(CommitmentTerms calldata terms, Authorization calldata authorization)
        external
        returns (CommitmentId id);

    /// @notice Takes on several at once; all or none. Their ids are consecutive.
    function registerCommitments(CommitmentTerms[] calldata terms, Authorization calldata authorization)
        external
        returns (CommitmentId firstId);

    /// @notice Accepts, as creditor, what debtors have offered; all or none.
    function acceptCommitments(CommitmentId[] calldata ids, Authorization calldata authorization) external;

    /// @notice Declines, as creditor, what a debtor has offered.
    function declineCommitment(CommitmentId id, string calldata reason, Authorization calldata authorization) external;

    /// @notice Lodges evidence, again and again until the commitment is settled; each starts the creditor's window anew.
    /// Late evidence is recorded as late, not refused, until a breach procedure has run its course.
    /// @param digest SHA-256 of the evidence.
    /// @param locator Where those who may see it find it.
    /// @param performedAt When the debtor says it performed.
    function submitEvidence(
        CommitmentId id,
        bytes32 digest,
        string calldata locator,
        uint64 performedAt,
        Authorization calldata authorization
    ) external;

    /// @notice Confirms, as creditor, to what degree an evidenced commitment was kept.
    function confirmCommitment(Confirmation calldata confirmation, Authorization calldata authorization) external;

    /// @notice Confirms several at once; all or none.
    function confirmCommitments(Confirmation[] calldata confirmations, Authorization calldata authorization) external;

    /// @notice Does not accept, as creditor and within the window, what was lodged.
    function contestEvidence(CommitmentId id, string calldata reason, Authorization calldata authorization) external;

    /// @notice Has it recorded, as anyone and after the window, that the creditor kept silent: the commitment is fulfilled.
    function acceptBySilence(CommitmentId id, Authorization calldata authorization) external;

    /// @notice Says, as an auditor or the coordinating body, whether evidence that was drawn for audit holds. What does
    /// not hold is contested.
    function auditEvidence(
        CommitmentId id,
        bool upheld,
        string calldata finding,
        Authorization calldata authorization
    ) external;

    /// @notice Releases the debtor, as creditor. The commitment is excused and counts neither way.
    function releaseCommitment(CommitmentId id, string calldata reason, Authorization calldata authorization) external;

    /// @notice Records commitments of the past under a backfilled agreement; all or none. Ids are consecutive.
    function recordHistory(
        AgreementId agreement,
        HistoricalCommitment[] calldata commitments,
        Authorization calldata authorization
    ) external returns (CommitmentId firstId);

    /// @notice Records outcomes that backfilled commitments have had since; all or none.
    function recordOutcomes(HistoricalOutcome[] calldata outcomes, Authorization calldata authorization) external;

    /// @notice Has a dispute begin or, withdrawn, end. Only the dispute register.
    function setDisputed(CommitmentId id, bool disputed) external;

    /// @notice Records what was ruled, for good. Only the dispute register.
    function recordRuling(
        CommitmentId id,
        GovernmentId body,
        Outcome outcome,
        uint16 outcomeBasisPoints,
        ExcuseGround ground
    ) external;

    /// @notice Records that it was broken. Only the breach register.
    /// @param body The body that determined it; 0 where none did in time.
    /// @param reportedAt When it was reported overdue.
    function recordBreach(CommitmentId id, GovernmentId body, uint64 reportedAt) external;

    /// @notice Sets until when evidence is taken. Only the breach register.
    function setAnswerBy(CommitmentId id, uint64 answerBy) external;

    /// @notice Puts another debtor in the place of the one there is. Only the debt transfers.
    function changeDebtor(CommitmentId id, GovernmentId to) external;

    function commitment(CommitmentId id) external view returns (Commitment memory);

    function progress(CommitmentId id) external view returns (Progress memory);

    /// @notice How many commitments under an agreement are accepted and have no outcome.
    function openCommitments(AgreementId agreement) external view returns (uint64);

    /// @notice The one who answers for the creditor: the creditor, or for all other parties the coordinating body.
    function creditorVoice(CommitmentId id) external view returns (GovernmentId);

    function commitmentCount() external view returns (uint64);
}
