// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorization} from "../types/Authorization.sol";
import {AgreementId, CommitmentId, GovernmentId} from "../types/Identifiers.sol";
import {ISignedCommands} from "./ISignedCommands.sol";

/// @title What governments owe each other, and whether they kept it
/// @notice A debtor registers a commitment under an agreement in force, lodges evidence, and the creditor
/// confirms to what degree it was kept or reports it broken. Where the creditor is all other parties,
/// the agreement's coordinating body speaks for them. A coordinating body records history from before
/// the ledger; such entries are marked as backfilled and carry their own dates.
interface ICommitmentRegistry is ISignedCommands {
    enum CommitmentState {
        None,
        Active,
        Evidenced,
        Settled
    }

    enum Outcome {
        None,
        Fulfilled,
        Partly,
        Broken
    }

    struct CommitmentTerms {
        AgreementId agreement;
        /// 0 for all other parties.
        GovernmentId creditor;
        /// Number of the agreement's indicator that it serves, from 0.
        uint8 indicator;
        /// Weight in millionths.
        uint64 weight;
        /// Last second at which it is kept in time.
        uint64 dueAt;
        /// The number the parties file it under.
        string referenceNumber;
        /// What is promised, in words.
        string description;
    }

    struct Confirmation {
        CommitmentId id;
        /// 10,000 fulfilled, 1 to 9,999 partly; what was not kept at all is reported broken.
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

    /// @notice A debtor took on a commitment.
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
    /// @notice Evidence was lodged. It is a claim, not yet fulfilment.
    event EvidenceSubmitted(
        CommitmentId indexed id, GovernmentId indexed debtor, bytes32 digest, string locator, uint64 performedAt
    );
    /// @notice The outcome stands. `effectiveAt` is when it came about: performance, or for a broken commitment the
    /// report.
    event OutcomeRecorded(
        CommitmentId indexed id,
        GovernmentId indexed debtor,
        GovernmentId indexed recorder,
        Outcome outcome,
        uint16 outcomeBasisPoints,
        uint64 effectiveAt,
        bool backfilled
    );

    error CommitmentUnknown(CommitmentId id);
    error CommitmentBatchEmpty();
    error CommitmentStateInvalid(CommitmentId id, CommitmentState state);
    error CommitmentNotDebtor(CommitmentId id, GovernmentId caller, GovernmentId debtor);
    /// @notice Only the creditor may say so; for a commitment to all other parties, the coordinating body.
    error CommitmentNotCreditor(CommitmentId id, GovernmentId caller, GovernmentId creditor);
    error CommitmentToSelf(GovernmentId debtor);
    error CommitmentIndicatorUnknown(AgreementId agreement, uint8 indicator, uint8 indicators);
    error CommitmentWeightOutOfRange(uint64 weight, uint64 weightMin, uint64 weightMax);
    error CommitmentDueBeforeAgreement(AgreementId agreement, uint64 dueAt, uint64 effectiveFrom);
    /// @notice Only a backfill may speak of what was due before now.
    error CommitmentBackdated(uint64 dueAt, uint256 currentTime);
    error CommitmentDatesInvalid(uint64 madeAt, uint64 dueAt, uint64 resolvedAt, uint256 currentTime);
    error CommitmentNotYetDue(CommitmentId id, uint64 dueAt, uint256 currentTime);
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

    /// @notice Lodges evidence, again and again until the commitment is settled. Late evidence is recorded, not
    /// refused.
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

    /// @notice Reports, as creditor and after the due date, that a commitment without accepted evidence was broken.
    function reportBroken(CommitmentId id, Authorization calldata authorization) external;

    /// @notice Records commitments of the past under a backfilled agreement; all or none. Ids are consecutive.
    function recordHistory(
        AgreementId agreement,
        HistoricalCommitment[] calldata commitments,
        Authorization calldata authorization
    ) external returns (CommitmentId firstId);

    /// @notice Records outcomes that backfilled commitments have had since; all or none.
    function recordOutcomes(HistoricalOutcome[] calldata outcomes, Authorization calldata authorization) external;

    function commitment(CommitmentId id) external view returns (Commitment memory);

    function commitmentCount() external view returns (uint64);
}
