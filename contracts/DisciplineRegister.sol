// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GovernmentCommands} from "./base/GovernmentCommands.sol";
import {IBreachRegister} from "./interfaces/IBreachRegister.sol";
import {ICommitmentRegistry} from "./interfaces/ICommitmentRegistry.sol";
import {IDisciplineRegister} from "./interfaces/IDisciplineRegister.sol";
import {IDisputeRegister} from "./interfaces/IDisputeRegister.sol";
import {IGovernmentRegister} from "./interfaces/IGovernmentRegister.sol";
import {DisciplineHashing} from "./libraries/DisciplineHashing.sol";
import {Authorization} from "./types/Authorization.sol";
import {CommitmentId, DisputeId, GovernmentId, IncentiveId, MeasureId} from "./types/Identifiers.sol";

contract DisciplineRegister is IDisciplineRegister, GovernmentCommands {
    uint256 private constant REASON_BYTES_MAX = 1024;
    uint256 private constant INCENTIVE_SECONDS_MAX = 5 * 365 days;

    ICommitmentRegistry public immutable commitments;
    IBreachRegister public immutable breaches;
    IDisputeRegister public immutable disputes;

    /// @inheritdoc IDisciplineRegister
    uint64 public measureCount;
    /// @inheritdoc IDisciplineRegister
    uint64 public incentiveCount;

    mapping(MeasureId id => ImposedMeasure) private _measures;
    mapping(GovernmentId government => MeasureId[]) private _measuresOf;
    mapping(IncentiveId id => GrantedIncentive) private _incentives;
    mapping(GovernmentId government => IncentiveId[]) private _incentivesOf;

    constructor(
        IGovernmentRegister register_,
        ICommitmentRegistry commitments_,
        IBreachRegister breaches_,
        IDisputeRegister disputes_
    ) GovernmentCommands(register_) {
        commitments = commitments_;
        breaches = breaches_;
        disputes = disputes_;
    }

    /// @inheritdoc IDisciplineRegister
    function imposeMeasure(MeasureTerms calldata terms, Authorization calldata authorization)
        external
        returns (MeasureId id)
    {
        GovernmentId caller = _actor(
            abi.encode(DisciplineHashing.IMPOSE_MEASURE, DisciplineHashing.hash(terms)),
            authorization,
            IGovernmentRegister.Role.CoordinatingBody
        );
        CommitmentId commitment = terms.commitment;
        IBreachRegister.Breach memory b = breaches.breach(commitment);
        // Nobody determined it, or not yet.
        if (b.body.isNone()) revert MeasureWithoutGround(commitment, uint8(b.state), uint8(b.severity));
        if (!_actsFor(caller, b.body)) revert MeasureNotBody(commitment, caller, b.body);
        if (
            !_stands(commitment, b.state) || block.timestamp < b.publishedFrom || block.timestamp >= b.publishedUntil
                || (b.severity == IBreachRegister.Severity.Minor && terms.measure != Measure.NoticeToSuperior)
        ) revert MeasureWithoutGround(commitment, uint8(b.state), uint8(b.severity));
        uint64 startsAt = terms.startsAt == 0 ? uint64(block.timestamp) : terms.startsAt;
        if (startsAt < block.timestamp || terms.endsAt <= startsAt || terms.endsAt > b.publishedUntil) {
            revert MeasurePeriodInvalid(terms.startsAt, terms.endsAt, block.timestamp, b.publishedUntil);
        }
        if (terms.measure == Measure.None) revert MeasureInvalid("measure", 0);
        _requireReason(terms.reason);

        id = MeasureId.wrap(++measureCount);
        _measures[id] = ImposedMeasure({
            commitment: commitment,
            government: b.debtor,
            body: caller,
            measure: terms.measure,
            startsAt: uint40(startsAt),
            endsAt: uint40(terms.endsAt),
            liftedAt: 0
        });
        _measuresOf[b.debtor].push(id);
        emit MeasureImposed(id, b.debtor, caller, commitment, terms.measure, startsAt, terms.endsAt, terms.reason);
    }

    /// @inheritdoc IDisciplineRegister
    function liftMeasure(MeasureId id, string calldata reason, Authorization calldata authorization) external {
        GovernmentId caller = _actor(
            abi.encode(DisciplineHashing.LIFT_MEASURE, id, keccak256(bytes(reason))),
            authorization,
            IGovernmentRegister.Role.CoordinatingBody
        );
        ImposedMeasure storage m = _measures[id];
        if (m.measure == Measure.None) revert MeasureUnknown(id);
        if (!_actsFor(caller, m.body)) revert MeasureNotBody(m.commitment, caller, m.body);
        if (m.liftedAt != 0) revert MeasureOver(id, m.liftedAt);
        IBreachRegister.Breach memory b = breaches.breach(m.commitment);
        if (b.state != IBreachRegister.BreachState.Determined) revert MeasureOver(id, b.repairedAt);
        if (block.timestamp >= m.endsAt) revert MeasureOver(id, m.endsAt);
        _requireReason(reason);

        m.liftedAt = uint40(block.timestamp);
        emit MeasureLifted(id, caller, reason);
    }

    /// @inheritdoc IDisciplineRegister
    function grantIncentive(IncentiveTerms calldata terms, Authorization calldata authorization)
        external
        returns (IncentiveId id)
    {
        GovernmentId caller = _actor(
            abi.encode(DisciplineHashing.GRANT_INCENTIVE, DisciplineHashing.hash(terms)),
            authorization,
            IGovernmentRegister.Role.CoordinatingBody
        );
        GovernmentId government = terms.government;
        // A body that is also a government does not reward itself.
        if (government == caller || !register.hasRole(government, IGovernmentRegister.Role.Government)) {
            revert IncentiveInvalid("government", GovernmentId.unwrap(government));
        }
        if (!register.hasJurisdiction(caller, government)) revert IncentiveOutsideJurisdiction(caller, government);
        Standing current = standing(government);
        if (current != Standing.Good) revert IncentiveNotEarned(government, current);
        uint64 startsAt = terms.startsAt == 0 ? uint64(block.timestamp) : terms.startsAt;
        uint256 latest = block.timestamp + INCENTIVE_SECONDS_MAX;
        if (startsAt < block.timestamp || terms.endsAt <= startsAt || terms.endsAt > latest) {
            revert IncentivePeriodInvalid(terms.startsAt, terms.endsAt, block.timestamp, latest);
        }
        if (terms.incentive == Incentive.None) revert IncentiveInvalid("incentive", 0);
        _requireReason(terms.reason);

        id = IncentiveId.wrap(++incentiveCount);
        _incentives[id] = GrantedIncentive({
            government: government,
            body: caller,
            incentive: terms.incentive,
            startsAt: uint40(startsAt),
            endsAt: uint40(terms.endsAt),
            revokedAt: 0
        });
        _incentivesOf[government].push(id);
        emit IncentiveGranted(id, government, caller, terms.incentive, startsAt, terms.endsAt, terms.reason);
    }

    /// @inheritdoc IDisciplineRegister
    function revokeIncentive(IncentiveId id, string calldata reason, Authorization calldata authorization) external {
        GovernmentId caller = _actor(
            abi.encode(DisciplineHashing.REVOKE_INCENTIVE, id, keccak256(bytes(reason))),
            authorization,
            IGovernmentRegister.Role.CoordinatingBody
        );
        GrantedIncentive storage g = _incentives[id];
        if (g.incentive == Incentive.None) revert IncentiveUnknown(id);
        if (!_actsFor(caller, g.body)) revert IncentiveNotBody(id, caller, g.body);
        if (g.revokedAt != 0) revert IncentiveOver(id, g.revokedAt);
        if (block.timestamp >= g.endsAt) revert IncentiveOver(id, g.endsAt);
        _requireReason(reason);

        g.revokedAt = uint40(block.timestamp);
        emit IncentiveRevoked(id, caller, reason);
    }

    /// @inheritdoc IDisciplineRegister
    function measure(MeasureId id) external view returns (ImposedMeasure memory) {
        return _measures[id];
    }

    /// @inheritdoc IDisciplineRegister
    function incentive(IncentiveId id) external view returns (GrantedIncentive memory) {
        return _incentives[id];
    }

    /// @inheritdoc IDisciplineRegister
    function inEffect(MeasureId id) public view returns (bool) {
        ImposedMeasure storage m = _measures[id];
        if (block.timestamp < m.startsAt || block.timestamp >= m.endsAt || m.liftedAt != 0) return false;
        return _stands(m.commitment, breaches.breach(m.commitment).state);
    }

    /// @inheritdoc IDisciplineRegister
    function requireUnrestricted(GovernmentId government) external view {
        GovernmentId[] memory lineage = register.lineage(government);
        for (uint256 i = 0; i < lineage.length; ++i) {
            MeasureId[] storage ids = _measuresOf[lineage[i]];
            for (uint256 j = 0; j < ids.length; ++j) {
                MeasureId id = ids[j];
                if (_measures[id].measure == Measure.LimitOnNewAgreements && inEffect(id)) {
                    revert GovernmentDisciplined(government, id, _measures[id].endsAt);
                }
            }
        }
    }

    /// @inheritdoc IDisciplineRegister
    function hasIncentive(GovernmentId government, Incentive incentive_) external view returns (bool) {
        IncentiveId[] storage ids = _incentivesOf[government];
        for (uint256 i = 0; i < ids.length; ++i) {
            GrantedIncentive storage g = _incentives[ids[i]];
            if (
                g.incentive == incentive_ && g.revokedAt == 0 && g.startsAt <= block.timestamp
                    && block.timestamp < g.endsAt
            ) {
                // Asked last, because it costs the most and most have no incentive.
                return standing(government) != Standing.Disciplined;
            }
        }
        return false;
    }

    /// @inheritdoc IDisciplineRegister
    function standing(GovernmentId government) public view returns (Standing found) {
        GovernmentId[] memory lineage = register.lineage(government);
        for (uint256 i = 0; i < lineage.length; ++i) {
            MeasureId[] storage ids = _measuresOf[lineage[i]];
            for (uint256 j = 0; j < ids.length; ++j) {
                if (inEffect(ids[j])) return Standing.Disciplined;
            }
            CommitmentId[] memory cases = breaches.casesOf(lineage[i]);
            for (uint256 j = 0; j < cases.length; ++j) {
                Standing part = _standingBy(cases[j]);
                if (part == Standing.Disciplined) return part;
                // An open case outweighs a repaired one.
                if (part == Standing.Watched || found == Standing.Good) found = part;
            }
        }
    }

    /// @dev What one case makes of its debtor's standing.
    function _standingBy(CommitmentId commitment) private view returns (Standing) {
        IBreachRegister.Breach memory b = breaches.breach(commitment);
        if (b.state == IBreachRegister.BreachState.Reported || b.state == IBreachRegister.BreachState.Rectifying) {
            // The case is over where the commitment has got another outcome.
            bool settled = commitments.commitment(commitment).state == ICommitmentRegistry.CommitmentState.Settled;
            return settled ? Standing.Good : Standing.Watched;
        }
        if (block.timestamp >= b.publishedUntil) return Standing.Good;
        if (b.state == IBreachRegister.BreachState.Repaired) return Standing.Repaired;
        if (b.state != IBreachRegister.BreachState.Determined) return Standing.Good;
        return breaches.isPublished(commitment) ? Standing.Disciplined : Standing.Watched;
    }

    /// @dev Whether a breach is determined and nobody disputes it.
    function _stands(CommitmentId commitment, IBreachRegister.BreachState state) private view returns (bool) {
        return state == IBreachRegister.BreachState.Determined
            && DisputeId.unwrap(disputes.openDisputeAbout(commitment)) == 0;
    }

    /// @dev Whether the caller is this body or has taken its place.
    function _actsFor(GovernmentId caller, GovernmentId body) private view returns (bool) {
        return caller == body || register.standsFor(caller, body);
    }

    function _requireReason(string calldata reason) private pure {
        uint256 length = bytes(reason).length;
        if (length == 0 || length > REASON_BYTES_MAX) {
            revert DisciplineTextInvalid("reason", length, REASON_BYTES_MAX);
        }
    }
}
