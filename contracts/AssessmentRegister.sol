// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GovernmentCommands} from "./base/GovernmentCommands.sol";
import {IAgreementRegistry} from "./interfaces/IAgreementRegistry.sol";
import {IAssessmentRegister} from "./interfaces/IAssessmentRegister.sol";
import {IGovernmentRegister} from "./interfaces/IGovernmentRegister.sol";
import {Authorization} from "./types/Authorization.sol";
import {AgreementId, GovernmentId} from "./types/Identifiers.sol";

contract AssessmentRegister is IAssessmentRegister, GovernmentCommands {
    struct Result {
        bool made;
        uint16 overallBasisPoints;
    }

    uint256 private constant REACHED_BASIS_POINTS = 10_000;
    /// A trillion units, in millionths, as for an indicator's target.
    uint64 private constant MEASURED_MAX = 10 ** 18;
    uint256 private constant DIGEST_BYTES = 32;
    uint256 private constant LOCATOR_BYTES_MAX = 512;

    bytes32 private constant ASSESSMENT = keccak256(
        "Assessment(uint32 agreement,uint32 number,uint64[] measured,bytes32 reportDigest,string reportLocator)"
    );
    bytes32 private constant RECORD_ASSESSMENT = keccak256(
        "RecordAssessment(Assessment assessment,address signer,uint256 operation,uint64 deadline)Assessment(uint32 agreement,uint32 number,uint64[] measured,bytes32 reportDigest,string reportLocator)"
    );

    IAgreementRegistry public immutable agreements;

    mapping(AgreementId agreement => mapping(uint32 number => Result)) private _results;

    constructor(IGovernmentRegister register_, IAgreementRegistry agreements_) GovernmentCommands(register_) {
        agreements = agreements_;
    }

    /// @inheritdoc IAssessmentRegister
    function recordAssessment(Assessment calldata assessment, Authorization calldata authorization) external {
        GovernmentId body = _actor(
            abi.encode(RECORD_ASSESSMENT, _hash(assessment)), authorization, IGovernmentRegister.Role.CoordinatingBody
        );
        AgreementId id = assessment.agreement;
        IAgreementRegistry.Agreement memory a = agreements.agreement(id);
        if (a.state == IAgreementRegistry.AgreementState.None) revert IAgreementRegistry.AgreementUnknown(id);
        if (a.coordinatingBody != body) revert AssessmentNotBody(id, body, a.coordinatingBody);
        Result storage result = _results[id][assessment.number];
        if (result.made) revert AssessmentTwice(id, assessment.number);
        uint64 scheduledAt = _scheduledAt(id, a, assessment.number);
        if (block.timestamp < scheduledAt) {
            revert AssessmentTooEarly(id, assessment.number, scheduledAt, block.timestamp);
        }
        _requireReport(assessment.reportDigest, assessment.reportLocator);

        (uint16[] memory achieved, uint16 overall) = _evaluate(id, a, assessment.measured);
        result.made = true;
        result.overallBasisPoints = overall;
        emit AgreementAssessed(
            id,
            assessment.number,
            body,
            a.version,
            scheduledAt,
            assessment.measured,
            achieved,
            overall,
            assessment.reportDigest,
            assessment.reportLocator
        );
    }

    /// @inheritdoc IAssessmentRegister
    function assessed(AgreementId agreement, uint32 number)
        external
        view
        returns (bool made, uint16 overallBasisPoints)
    {
        Result storage result = _results[agreement][number];
        return (result.made, result.overallBasisPoints);
    }

    /// @dev By the version in force. There is nothing to assess before the agreement was in force, nor from its end on.
    function _scheduledAt(AgreementId id, IAgreementRegistry.Agreement memory a, uint32 number)
        private
        view
        returns (uint64)
    {
        IAgreementRegistry.Version memory v = agreements.versionOf(id, a.version);
        uint256 scheduledAt = v.firstAssessmentAt;
        // Without a version in force there is no date; without a rhythm there is one date.
        bool scheduled = scheduledAt != 0 && number != 0 && (number == 1 || v.assessmentEverySeconds != 0);
        if (scheduled) {
            scheduledAt += uint256(number - 1) * v.assessmentEverySeconds;
            scheduled = scheduledAt >= a.effectiveFrom && scheduledAt <= type(uint40).max
                && (a.expiresAt == 0 || scheduledAt < a.expiresAt) && (a.endedAt == 0 || scheduledAt < a.endedAt);
        }
        if (!scheduled) revert AssessmentNotScheduled(id, number);
        return uint64(scheduledAt);
    }

    function _evaluate(AgreementId id, IAgreementRegistry.Agreement memory a, uint64[] calldata measured)
        private
        view
        returns (uint16[] memory achieved, uint16 overall)
    {
        if (measured.length != a.indicatorCount) {
            revert AssessmentIndicatorsDiffer(id, measured.length, a.indicatorCount);
        }
        achieved = new uint16[](measured.length);
        uint256 weighted = 0;
        for (uint256 i = 0; i < measured.length; ++i) {
            if (measured[i] > MEASURED_MAX) revert AssessmentMeasureOutOfRange(i, measured[i], MEASURED_MAX);
            (uint64 target, uint16 weightBasisPoints, IAgreementRegistry.IndicatorDirection direction) =
                agreements.indicator(id, a.version, uint8(i));
            uint256 share = direction == IAgreementRegistry.IndicatorDirection.AtLeast
                ? _share(measured[i], target)
                : _share(target, measured[i]);
            achieved[i] = uint16(share);
            weighted += share * weightBasisPoints;
        }
        // Rounded down, against the parties: a target is reached when it is reached.
        overall = uint16(weighted / REACHED_BASIS_POINTS);
    }

    /// @dev How much `part` is of `whole`, rounded down; all of it where it is no less.
    function _share(uint256 part, uint256 whole) private pure returns (uint256) {
        return part >= whole ? REACHED_BASIS_POINTS : part * REACHED_BASIS_POINTS / whole;
    }

    function _requireReport(bytes32 digest, string calldata locator) private pure {
        if (digest == 0) revert AssessmentReportInvalid("reportDigest", 0, DIGEST_BYTES);
        uint256 length = bytes(locator).length;
        if (length > LOCATOR_BYTES_MAX) revert AssessmentReportInvalid("reportLocator", length, LOCATOR_BYTES_MAX);
    }

    function _hash(Assessment calldata a) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                ASSESSMENT,
                a.agreement,
                a.number,
                keccak256(abi.encodePacked(a.measured)),
                a.reportDigest,
                keccak256(bytes(a.reportLocator))
            )
        );
    }
}
