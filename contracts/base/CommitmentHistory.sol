// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
import {ICommitmentRegistry} from "../interfaces/ICommitmentRegistry.sol";
import {IGovernmentRegister} from "../interfaces/IGovernmentRegister.sol";
import {CommitmentHashing} from "../libraries/CommitmentHashing.sol";
import {Authorization} from "../types/Authorization.sol";
import {AgreementId, CommitmentId, GovernmentId} from "../types/Identifiers.sol";
import {CommitmentBook} from "./CommitmentBook.sol";

/// @dev How the commitment registry records history. The registry makes it and runs its code on its own storage, so both
/// must inherit all their storage from `CommitmentBook` and add none.
/// Warning: called directly, it records into storage of its own, which nobody reads.
contract CommitmentHistory is CommitmentBook {
    /// Above what any agreement weighs, below where sums could overflow.
    uint64 private constant WEIGHT_MAX = 1_000_000 * 1_000_000;

    constructor(IGovernmentRegister register_, IAgreementRegistry agreements_) CommitmentBook(register_, agreements_) {}

    function recordHistory(
        AgreementId agreement,
        ICommitmentRegistry.HistoricalCommitment[] calldata commitments,
        Authorization calldata authorization
    ) external returns (CommitmentId firstId) {
        GovernmentId recorder = _actor(
            _isRelayed(authorization)
                ? abi.encode(CommitmentHashing.RECORD_HISTORY, agreement, CommitmentHashing.hash(commitments))
                : bytes(""),
            authorization,
            IGovernmentRegister.Role.CoordinatingBody
        );
        uint64 first = _takeIds(commitments.length);
        uint8 indicators = agreements.requireRecorder(agreement, recorder, _named(commitments));
        for (uint256 i = 0; i < commitments.length; ++i) {
            _backfill(CommitmentId.wrap(first + uint64(i)), agreement, indicators, recorder, commitments[i]);
        }
        return CommitmentId.wrap(first);
    }

    function recordOutcomes(
        ICommitmentRegistry.HistoricalOutcome[] calldata outcomes,
        Authorization calldata authorization
    ) external {
        GovernmentId recorder = _actor(
            _isRelayed(authorization)
                ? abi.encode(CommitmentHashing.RECORD_OUTCOMES, CommitmentHashing.hash(outcomes))
                : bytes(""),
            authorization,
            IGovernmentRegister.Role.CoordinatingBody
        );
        _requireBatch(outcomes.length);
        for (uint256 i = 0; i < outcomes.length; ++i) {
            ICommitmentRegistry.HistoricalOutcome calldata o = outcomes[i];
            ICommitmentRegistry.Commitment storage c = _existing(o.id);
            if (!c.backfilled) revert ICommitmentRegistry.CommitmentNotBackfilled(o.id);
            GovernmentId[] memory debtors = new GovernmentId[](1);
            debtors[0] = c.debtor;
            agreements.requireRecorder(c.agreement, recorder, debtors);
            // Once evidence was lodged, the creditor answers it.
            _requireState(o.id, c, ACTIVE);
            if (o.resolvedAt < c.madeAt || o.resolvedAt > block.timestamp) {
                revert ICommitmentRegistry.CommitmentDatesInvalid(c.madeAt, c.dueAt, o.resolvedAt, block.timestamp);
            }
            _requireOutcome(o.outcomeBasisPoints, 0);
            _settle(o.id, c, recorder, o.outcomeBasisPoints, o.resolvedAt, ICommitmentRegistry.OutcomeBasis.Backfill);
        }
    }

    function _backfill(
        CommitmentId id,
        AgreementId agreement,
        uint8 indicators,
        GovernmentId recorder,
        ICommitmentRegistry.HistoricalCommitment calldata h
    ) private {
        // That both are parties, and the recorder none, was checked for the whole batch.
        if (h.debtor.isNone()) revert IAgreementRegistry.AgreementNotParty(agreement, h.debtor);
        if (h.creditor == h.debtor) revert ICommitmentRegistry.CommitmentToSelf(h.debtor);
        if (h.indicator >= indicators) {
            revert ICommitmentRegistry.CommitmentIndicatorUnknown(agreement, h.indicator, indicators);
        }
        if (h.weight > WEIGHT_MAX) revert ICommitmentRegistry.CommitmentWeightOutOfRange(h.weight, 0, WEIGHT_MAX);
        if (
            h.madeAt == 0 || h.madeAt > block.timestamp || h.dueAt < h.madeAt || h.dueAt > type(uint40).max
                || h.resolvedAt > block.timestamp || (h.resolvedAt != 0 && h.resolvedAt < h.madeAt)
        ) revert ICommitmentRegistry.CommitmentDatesInvalid(h.madeAt, h.dueAt, h.resolvedAt, block.timestamp);
        _requireText("referenceNumber", h.referenceNumber, 1, REFERENCE_BYTES_MAX);
        // Without a date of resolution there is no outcome.
        if (h.resolvedAt == 0 && h.outcomeBasisPoints != 0) {
            revert ICommitmentRegistry.OutcomeOutOfRange(h.outcomeBasisPoints, 0, 0);
        }
        _requireOutcome(h.outcomeBasisPoints, 0);

        bool settled = h.resolvedAt != 0;
        _commitments[id] = ICommitmentRegistry.Commitment({
            agreement: agreement,
            debtor: h.debtor,
            creditor: h.creditor,
            madeAt: uint40(h.madeAt),
            dueAt: uint40(h.dueAt),
            weight: uint40(h.weight),
            outcomeBasisPoints: h.outcomeBasisPoints,
            indicator: h.indicator,
            state: settled ? ICommitmentRegistry.CommitmentState.Settled : ICommitmentRegistry.CommitmentState.Active,
            backfilled: true
        });
        emit ICommitmentRegistry.CommitmentBackfilled(
            id,
            agreement,
            h.debtor,
            recorder,
            h.creditor,
            h.indicator,
            h.weight,
            h.madeAt,
            h.dueAt,
            h.referenceNumber
        );
        if (settled) {
            emit ICommitmentRegistry.OutcomeRecorded(
                id,
                h.debtor,
                recorder,
                _outcome(h.outcomeBasisPoints),
                h.outcomeBasisPoints,
                h.resolvedAt,
                ICommitmentRegistry.OutcomeBasis.Backfill,
                ICommitmentRegistry.ExcuseGround.None
            );
        } else {
            ++_openCommitments[agreement];
        }
    }

    /// @dev All debtors, then all creditors, so that equal ones stand in runs.
    function _named(ICommitmentRegistry.HistoricalCommitment[] calldata commitments)
        private
        pure
        returns (GovernmentId[] memory parties)
    {
        parties = new GovernmentId[](2 * commitments.length);
        for (uint256 i = 0; i < commitments.length; ++i) {
            parties[i] = commitments[i].debtor;
            parties[commitments.length + i] = commitments[i].creditor;
        }
    }
}
