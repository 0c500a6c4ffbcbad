// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorization} from "../types/Authorization.sol";
import {CommitmentId, GovernmentId, IncentiveId, MeasureId} from "../types/Identifiers.sol";
import {ISignedCommands} from "./ISignedCommands.sol";

/// @title What follows from breaking faith, and from keeping it
/// @notice The body whose determination stands imposes measures for a published breach, each with a beginning and an end; a
/// repair or a ruling that overturns the breach ends them. Governments that keep faith are granted incentives. Standing is
/// derived from both and from the breach register.
interface IDisciplineRegister is ISignedCommands {
    enum Measure {
        None,
        LossOfHonours,
        /// The agreement registry then refuses to let it propose, sign or accede.
        LimitOnNewAgreements,
        NoticeToSuperior
    }

    enum Incentive {
        None,
        LighterDeposit,
        /// The commitment registry then gives its creditors the shorter window.
        ShorterConfirmation,
        PriorityInNewAgreements
    }

    enum Standing {
        Good,
        /// A case is open, or a breach is minor, objected to, or not yet published.
        Watched,
        /// A breach is published or a measure is in effect.
        Disciplined,
        /// A breach was repaired that would still be published.
        Repaired
    }

    struct MeasureTerms {
        /// The breach it follows from.
        CommitmentId commitment;
        Measure measure;
        /// First second at which it is in effect; 0 for now.
        uint64 startsAt;
        /// First second at which it is over; no later than the breach's publication.
        uint64 endsAt;
        string reason;
    }

    struct ImposedMeasure {
        CommitmentId commitment;
        GovernmentId government;
        GovernmentId body;
        Measure measure;
        uint40 startsAt;
        uint40 endsAt;
        uint40 liftedAt;
    }

    struct IncentiveTerms {
        GovernmentId government;
        Incentive incentive;
        uint64 startsAt;
        uint64 endsAt;
        string reason;
    }

    struct GrantedIncentive {
        GovernmentId government;
        GovernmentId body;
        Incentive incentive;
        uint40 startsAt;
        uint40 endsAt;
        uint40 revokedAt;
    }

    event MeasureImposed(
        MeasureId indexed id,
        GovernmentId indexed government,
        GovernmentId indexed body,
        CommitmentId commitment,
        Measure measure,
        uint64 startsAt,
        uint64 endsAt,
        string reason
    );
    event MeasureLifted(MeasureId indexed id, GovernmentId indexed body, string reason);
    event IncentiveGranted(
        IncentiveId indexed id,
        GovernmentId indexed government,
        GovernmentId indexed body,
        Incentive incentive,
        uint64 startsAt,
        uint64 endsAt,
        string reason
    );
    event IncentiveRevoked(IncentiveId indexed id, GovernmentId indexed body, string reason);

    error MeasureUnknown(MeasureId id);
    error MeasureInvalid(string field, uint256 value);
    /// @notice Only a breach that is published, and neither repaired nor overturned, is disciplined; a minor one only by
    /// notice to the superior.
    error MeasureWithoutGround(CommitmentId commitment, uint8 breachState, uint8 severity);
    error MeasureNotBody(CommitmentId commitment, GovernmentId caller, GovernmentId body);
    error MeasurePeriodInvalid(uint64 startsAt, uint64 endsAt, uint256 earliest, uint256 latest);
    /// @notice `endedAt` is 0 where a ruling overturned the breach.
    error MeasureOver(MeasureId id, uint64 endedAt);
    error DisciplineTextInvalid(string field, uint256 length, uint256 lengthMax);
    error IncentiveUnknown(IncentiveId id);
    error IncentiveInvalid(string field, uint256 value);
    error IncentiveNotEarned(GovernmentId government, Standing standing);
    error IncentiveOutsideJurisdiction(GovernmentId body, GovernmentId government);
    /// @notice Standing is judged now, so what it earns is over within five years from now.
    error IncentivePeriodInvalid(uint64 startsAt, uint64 endsAt, uint256 earliest, uint256 latest);
    error IncentiveOver(IncentiveId id, uint64 endedAt);
    error IncentiveNotBody(IncentiveId id, GovernmentId caller, GovernmentId body);
    /// @notice Under discipline, a government concludes no new agreements.
    error GovernmentDisciplined(GovernmentId government, MeasureId measure, uint64 until);

    function imposeMeasure(MeasureTerms calldata terms, Authorization calldata authorization)
        external
        returns (MeasureId id);

    /// @notice Ends a measure early, as the body that imposed it.
    function liftMeasure(MeasureId id, string calldata reason, Authorization calldata authorization) external;

    /// @notice Grants an incentive, as a coordinating body with jurisdiction, to a government of good standing.
    function grantIncentive(IncentiveTerms calldata terms, Authorization calldata authorization)
        external
        returns (IncentiveId id);

    function revokeIncentive(IncentiveId id, string calldata reason, Authorization calldata authorization) external;

    function measure(MeasureId id) external view returns (ImposedMeasure memory);

    function incentive(IncentiveId id) external view returns (GrantedIncentive memory);

    function measureCount() external view returns (uint64);

    function incentiveCount() external view returns (uint64);

    /// @notice Whether a measure is in effect now.
    function inEffect(MeasureId id) external view returns (bool);

    /// @notice Reverts where a government, or one whose place it has taken, is limited in new agreements now.
    function requireUnrestricted(GovernmentId government) external view;

    /// @notice Whether a government has an incentive now. Discipline suspends all incentives.
    function hasIncentive(GovernmentId government, Incentive incentive_) external view returns (bool);

    /// @notice The standing of a government now, with that of those whose place it has taken.
    function standing(GovernmentId government) external view returns (Standing);
}
