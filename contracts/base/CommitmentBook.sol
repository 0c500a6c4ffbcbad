// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
import {ICommitmentRegistry} from "../interfaces/ICommitmentRegistry.sol";
import {IGovernmentRegister} from "../interfaces/IGovernmentRegister.sol";
import {AgreementId, CommitmentId, GovernmentId} from "../types/Identifiers.sol";
import {GovernmentCommands} from "./GovernmentCommands.sol";

/// @dev What is kept of each commitment and how its outcome is written: all storage of the commitment registry, and what
/// its parts share.
abstract contract CommitmentBook is GovernmentCommands {
    uint16 internal constant FULFILLED_BASIS_POINTS = 10_000;
    uint256 internal constant REFERENCE_BYTES_MAX = 256;
    /// So many fit into a block, with room to spare.
    uint256 private constant BATCH_MAX = 120;

    /// @dev Sets of states, one bit each.
    uint256 internal constant ACTIVE = 1 << uint8(ICommitmentRegistry.CommitmentState.Active);
    uint256 internal constant EVIDENCED = 1 << uint8(ICommitmentRegistry.CommitmentState.Evidenced);
    uint256 internal constant CONTESTED = 1 << uint8(ICommitmentRegistry.CommitmentState.Contested);
    uint256 internal constant DISPUTED = 1 << uint8(ICommitmentRegistry.CommitmentState.Disputed);
    uint256 internal constant SETTLED = 1 << uint8(ICommitmentRegistry.CommitmentState.Settled);
    uint256 internal constant PROPOSED = 1 << uint8(ICommitmentRegistry.CommitmentState.Proposed);
    /// Accepted, without an outcome, and not before a body that rules.
    uint256 internal constant OPEN = ACTIVE | EVIDENCED | CONTESTED;

    IAgreementRegistry public immutable agreements;

    mapping(CommitmentId id => ICommitmentRegistry.Commitment) internal _commitments;
    mapping(CommitmentId id => ICommitmentRegistry.Progress) internal _progress;
    mapping(AgreementId agreement => uint64) internal _openCommitments;
    uint64 internal _commitmentCount;

    constructor(IGovernmentRegister register_, IAgreementRegistry agreements_) GovernmentCommands(register_) {
        agreements = agreements_;
    }

    /// @dev Gives an open commitment its outcome.
    function _settle(
        CommitmentId id,
        ICommitmentRegistry.Commitment storage c,
        GovernmentId recorder,
        uint16 outcomeBasisPoints,
        uint64 effectiveAt,
        ICommitmentRegistry.OutcomeBasis basis
    ) internal {
        --_openCommitments[c.agreement];
        _write(
            id,
            c,
            recorder,
            _outcome(outcomeBasisPoints),
            outcomeBasisPoints,
            effectiveAt,
            basis,
            ICommitmentRegistry.ExcuseGround.None
        );
    }

    function _write(
        CommitmentId id,
        ICommitmentRegistry.Commitment storage c,
        GovernmentId recorder,
        ICommitmentRegistry.Outcome outcome,
        uint16 outcomeBasisPoints,
        uint64 effectiveAt,
        ICommitmentRegistry.OutcomeBasis basis,
        ICommitmentRegistry.ExcuseGround ground
    ) internal {
        // Read before the slot is written, so that it is read once.
        GovernmentId debtor = c.debtor;
        c.state = ICommitmentRegistry.CommitmentState.Settled;
        c.outcomeBasisPoints = outcomeBasisPoints;
        // Of history the outcome's own slot says all there is to say, and it comes by the thousand.
        if (basis != ICommitmentRegistry.OutcomeBasis.Backfill) {
            ICommitmentRegistry.Progress storage p = _progress[id];
            p.settledAt = uint40(block.timestamp);
            p.basis = basis;
            p.ground = ground;
        }
        emit ICommitmentRegistry.OutcomeRecorded(
            id, debtor, recorder, outcome, outcomeBasisPoints, effectiveAt, basis, ground
        );
    }

    function _existing(CommitmentId id) internal view returns (ICommitmentRegistry.Commitment storage c) {
        c = _commitments[id];
        if (c.state == ICommitmentRegistry.CommitmentState.None) revert ICommitmentRegistry.CommitmentUnknown(id);
    }

    function _requireState(CommitmentId id, ICommitmentRegistry.Commitment storage c, uint256 allowed) internal view {
        ICommitmentRegistry.CommitmentState state = c.state;
        if ((1 << uint8(state)) & allowed == 0) revert ICommitmentRegistry.CommitmentStateInvalid(id, state);
    }

    function _takeIds(uint256 count) internal returns (uint64 first) {
        _requireBatch(count);
        first = _commitmentCount + 1;
        _commitmentCount = first + uint64(count) - 1;
    }

    function _requireBatch(uint256 count) internal pure {
        if (count == 0) revert ICommitmentRegistry.CommitmentBatchEmpty();
        if (count > BATCH_MAX) revert ICommitmentRegistry.CommitmentBatchTooLarge(count, BATCH_MAX);
    }

    function _requireText(string memory field, string calldata text, uint256 lengthMin, uint256 lengthMax)
        internal
        pure
    {
        uint256 length = bytes(text).length;
        if (length < lengthMin || length > lengthMax) {
            revert ICommitmentRegistry.CommitmentTextInvalid(field, length, lengthMax);
        }
    }

    function _requireOutcome(uint16 outcomeBasisPoints, uint16 outcomeBasisPointsMin) internal pure {
        if (outcomeBasisPoints < outcomeBasisPointsMin || outcomeBasisPoints > FULFILLED_BASIS_POINTS) {
            revert ICommitmentRegistry.OutcomeOutOfRange(
                outcomeBasisPoints, outcomeBasisPointsMin, FULFILLED_BASIS_POINTS
            );
        }
    }

    function _outcome(uint16 outcomeBasisPoints) internal pure returns (ICommitmentRegistry.Outcome) {
        if (outcomeBasisPoints == 0) return ICommitmentRegistry.Outcome.Broken;
        return outcomeBasisPoints == FULFILLED_BASIS_POINTS
            ? ICommitmentRegistry.Outcome.Fulfilled
            : ICommitmentRegistry.Outcome.Partly;
    }
}
