// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorization} from "../types/Authorization.sol";
import {AgreementId, GovernmentId} from "../types/Identifiers.sol";
import {ISignedCommands} from "./ISignedCommands.sol";

/// @title Assessing agreements against their indicators
/// @notice At the times that the agreement sets, its coordinating body records what each indicator measures. How far the
/// target is reached follows from the figures.
interface IAssessmentRegister is ISignedCommands {
    struct Assessment {
        AgreementId agreement;
        /// Which of the agreement's assessments, from 1.
        uint32 number;
        /// What each indicator measures, in millionths of its unit, in the agreement's order.
        uint64[] measured;
        /// SHA-256 of the report.
        bytes32 reportDigest;
        string reportLocator;
    }

    /// @param achievedBasisPoints Of each indicator: 10,000 where the target is reached, else the share reached, rounded
    /// down. At least: measured over target. At most: target over measured.
    /// @param overallBasisPoints The same weighted by the indicators' shares, rounded down.
    event AgreementAssessed(
        AgreementId indexed agreement,
        uint32 indexed number,
        GovernmentId indexed body,
        uint16 version,
        uint64 scheduledAt,
        uint64[] measured,
        uint16[] achievedBasisPoints,
        uint16 overallBasisPoints,
        bytes32 reportDigest,
        string reportLocator
    );

    error AssessmentNotBody(AgreementId agreement, GovernmentId caller, GovernmentId body);
    error AssessmentNotScheduled(AgreementId agreement, uint32 number);
    error AssessmentTooEarly(AgreementId agreement, uint32 number, uint64 scheduledAt, uint256 currentTime);
    error AssessmentTwice(AgreementId agreement, uint32 number);
    error AssessmentIndicatorsDiffer(AgreementId agreement, uint256 measured, uint256 indicators);
    /// @notice More than is counted anywhere.
    error AssessmentMeasureOutOfRange(uint256 index, uint64 measured, uint64 measuredMax);
    error AssessmentReportInvalid(string field, uint256 length, uint256 lengthMax);

    /// @notice Records an assessment, as the agreement's coordinating body, at or after its time; each once.
    function recordAssessment(Assessment calldata assessment, Authorization calldata authorization) external;

    /// @notice The overall result in basis points, and whether this assessment was made.
    function assessed(AgreementId agreement, uint32 number)
        external
        view
        returns (bool made, uint16 overallBasisPoints);
}
