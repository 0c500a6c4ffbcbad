// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title The time limits and thresholds of procedure
/// @notice How long a creditor has to answer, a debtor to explain, a body to rule; what makes a breach general or serious
/// and how long it is published. Administrators publish versions; each applies from a moment on. Whatever was begun under
/// a version goes on under it.
interface IProcedureRegister {
    /// @notice A breach reaches a severity by any one of these.
    struct SeverityThreshold {
        /// Weight of the commitment, in millionths.
        uint64 weight;
        /// From the due date to the determination.
        uint32 latenessSeconds;
        /// Which breach in the period of repetition it is, itself counted.
        uint8 repetitions;
    }

    /// @notice What follows from a breach of one severity.
    struct SeverityConsequence {
        /// Whether it is published at all.
        bool published;
        /// Repair can be asked for when so long has passed.
        uint32 repairAfterSeconds;
        /// Publication, and all discipline, end by themselves when so long has passed.
        uint32 publicationSeconds;
    }

    struct ProcedurePolicy {
        /// For the creditor to confirm or contest evidence.
        uint32 confirmationSeconds;
        /// The same where the debtor has earned shorter confirmation.
        uint32 shortConfirmationSeconds;
        /// After the due date, before a commitment can be reported overdue.
        uint32 graceSeconds;
        /// For the debtor to explain.
        uint32 explanationSeconds;
        /// The latest date for putting right, counted from when it is set.
        uint32 rectificationSecondsMax;
        /// For the coordinating body to determine a breach; afterwards anyone may call for it.
        uint32 determinationSeconds;
        /// To object to an outcome or a breach.
        uint32 objectionSeconds;
        /// For the sides of a dispute to lodge evidence.
        uint32 evidenceSeconds;
        /// For the ruling, counted from the end of the time for evidence.
        uint32 rulingSeconds;
        /// To appeal.
        uint32 appealSeconds;
        /// How many signers of a body must give the same ruling.
        uint8 rulingSigners;
        /// How many bodies hear an appeal where no higher level exists.
        uint8 panelSize;
        /// Share of all evidence that is drawn for audit.
        uint16 auditShareBasisPoints;
        /// Breaches within so long before count as repetition.
        uint32 repetitionSeconds;
        SeverityThreshold general;
        SeverityThreshold serious;
        SeverityConsequence minorConsequence;
        SeverityConsequence generalConsequence;
        SeverityConsequence seriousConsequence;
    }

    event ProcedurePolicyPublished(uint16 indexed version, ProcedurePolicy policy, uint64 effectiveFrom);

    error ProcedureOnlyAdministration(address caller);
    /// @notice Validators can shift time by seconds, so every window is a day or more, and none is longer than ten years.
    error ProcedureWindowOutOfRange(string field, uint256 seconds_, uint256 secondsMin, uint256 secondsMax);
    error ProcedureValueOutOfRange(string field, uint256 value, uint256 valueMin, uint256 valueMax);
    error ProcedureBackdated(uint64 effectiveFrom, uint256 earliest);
    error ProcedureTooFarAhead(uint64 effectiveFrom, uint256 latest);
    error ProcedureVersionUnknown(uint16 version);

    /// @notice Publishes the next version. 0 asks for "from now on".
    function publishProcedurePolicy(ProcedurePolicy calldata policy, uint64 effectiveFrom) external;

    /// @notice The version that applies now.
    function currentVersion() external view returns (uint16);

    function policyOf(uint16 version) external view returns (ProcedurePolicy memory);

    /// @notice What lodging evidence needs to know, in one read.
    function confirmationRules()
        external
        view
        returns (
            uint16 version,
            uint32 confirmationSeconds,
            uint32 shortConfirmationSeconds,
            uint16 auditShareBasisPoints
        );

    /// @notice The grace and objection periods of a version.
    function periods(uint16 version) external view returns (uint32 graceSeconds, uint32 objectionSeconds);
}
