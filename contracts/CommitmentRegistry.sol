// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GovernmentCommands} from "./base/GovernmentCommands.sol";
import {IAgreementRegistry} from "./interfaces/IAgreementRegistry.sol";
import {ICommitmentRegistry} from "./interfaces/ICommitmentRegistry.sol";
import {IGovernmentRegister} from "./interfaces/IGovernmentRegister.sol";
import {CommitmentHashing} from "./libraries/CommitmentHashing.sol";
import {Authorization} from "./types/Authorization.sol";
import {AgreementId, CommitmentId, GovernmentId} from "./types/Identifiers.sol";

contract CommitmentRegistry is ICommitmentRegistry, GovernmentCommands {
    uint16 private constant FULFILLED_BASIS_POINTS = 10_000;
    /// A million units: above what any agreement weighs, below where sums could overflow.
    uint64 private constant WEIGHT_MAX = 1_000_000 * 1_000_000;
    uint256 private constant REFERENCE_BYTES_MAX = 256;
    uint256 private constant DESCRIPTION_BYTES_MAX = 2048;
    uint256 private constant LOCATOR_BYTES_MAX = 512;

    bytes32 private constant REGISTER_COMMITMENT = keccak256(
        abi.encodePacked(
            "RegisterCommitment(CommitmentTerms terms,address signer,uint256 operation,uint64 deadline)",
            CommitmentHashing.TERMS_TYPE
        )
    );
    bytes32 private constant REGISTER_COMMITMENTS = keccak256(
        abi.encodePacked(
            "RegisterCommitments(CommitmentTerms[] terms,address signer,uint256 operation,uint64 deadline)",
            CommitmentHashing.TERMS_TYPE
        )
    );
    bytes32 private constant SUBMIT_EVIDENCE = keccak256(
        "SubmitEvidence(uint64 id,bytes32 digest,string locator,uint64 performedAt,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 private constant CONFIRM_COMMITMENT = keccak256(
        abi.encodePacked(
            "ConfirmCommitment(Confirmation confirmation,address signer,uint256 operation,uint64 deadline)",
            CommitmentHashing.CONFIRMATION_TYPE
        )
    );
    bytes32 private constant CONFIRM_COMMITMENTS = keccak256(
        abi.encodePacked(
            "ConfirmCommitments(Confirmation[] confirmations,address signer,uint256 operation,uint64 deadline)",
            CommitmentHashing.CONFIRMATION_TYPE
        )
    );
    bytes32 private constant REPORT_BROKEN =
        keccak256("ReportBroken(uint64 id,address signer,uint256 operation,uint64 deadline)");
    bytes32 private constant RECORD_HISTORY = keccak256(
        abi.encodePacked(
            "RecordHistory(uint32 agreement,HistoricalCommitment[] commitments,address signer,uint256 operation,uint64 deadline)",
            CommitmentHashing.HISTORICAL_COMMITMENT_TYPE
        )
    );
    bytes32 private constant RECORD_OUTCOMES = keccak256(
        abi.encodePacked(
            "RecordOutcomes(HistoricalOutcome[] outcomes,address signer,uint256 operation,uint64 deadline)",
            CommitmentHashing.HISTORICAL_OUTCOME_TYPE
        )
    );

    /// @dev What a debtor's commitments to one creditor under one agreement have in common.
    struct Frame {
        uint8 indicators;
        uint64 effectiveFrom;
    }

    IAgreementRegistry public immutable agreements;

    mapping(CommitmentId id => Commitment) private _commitments;
    /// @inheritdoc ICommitmentRegistry
    uint64 public commitmentCount;

    constructor(IGovernmentRegister register_, IAgreementRegistry agreements_) GovernmentCommands(register_) {
        agreements = agreements_;
    }

    /// @inheritdoc ICommitmentRegistry
    function registerCommitment(CommitmentTerms calldata terms, Authorization calldata authorization)
        external
        returns (CommitmentId id)
    {
        GovernmentId debtor = _actor(
            _isRelayed(authorization) ? abi.encode(REGISTER_COMMITMENT, CommitmentHashing.hash(terms)) : bytes(""),
            authorization,
            IGovernmentRegister.Role.Government
        );
        id = CommitmentId.wrap(++commitmentCount);
        _register(id, debtor, terms, _frame(debtor, terms));
    }

    /// @inheritdoc ICommitmentRegistry
    function registerCommitments(CommitmentTerms[] calldata terms, Authorization calldata authorization)
        external
        returns (CommitmentId firstId)
    {
        GovernmentId debtor = _actor(
            _isRelayed(authorization) ? abi.encode(REGISTER_COMMITMENTS, CommitmentHashing.hash(terms)) : bytes(""),
            authorization,
            IGovernmentRegister.Role.Government
        );
        uint64 first = _takeIds(terms.length);
        Frame memory frame;
        for (uint256 i = 0; i < terms.length; ++i) {
            // Batches come in runs of the same agreement and creditor, which one check answers.
            if (i == 0 || terms[i].agreement != terms[i - 1].agreement || terms[i].creditor != terms[i - 1].creditor) {
                frame = _frame(debtor, terms[i]);
            }
            _register(CommitmentId.wrap(first + uint64(i)), debtor, terms[i], frame);
        }
        return CommitmentId.wrap(first);
    }

    /// @inheritdoc ICommitmentRegistry
    function submitEvidence(
        CommitmentId id,
        bytes32 digest,
        string calldata locator,
        uint64 performedAt,
        Authorization calldata authorization
    ) external {
        GovernmentId caller = _actor(
            _isRelayed(authorization)
                ? abi.encode(SUBMIT_EVIDENCE, id, digest, keccak256(bytes(locator)), performedAt)
                : bytes(""),
            authorization,
            IGovernmentRegister.Role.Government
        );
        Commitment storage c = _open(id);
        if (c.debtor != caller) revert CommitmentNotDebtor(id, caller, c.debtor);
        if (digest == 0) revert EvidenceDigestEmpty(id);
        if (bytes(locator).length > LOCATOR_BYTES_MAX) {
            revert EvidenceLocatorTooLong(id, bytes(locator).length, LOCATOR_BYTES_MAX);
        }
        _requirePerformed(id, c.madeAt, performedAt);

        c.state = CommitmentState.Evidenced;
        emit EvidenceSubmitted(id, caller, digest, locator, performedAt);
    }

    /// @inheritdoc ICommitmentRegistry
    function confirmCommitment(Confirmation calldata confirmation, Authorization calldata authorization) external {
        (GovernmentId caller, uint8 roles) = _speaker(
            _isRelayed(authorization)
                ? abi.encode(CONFIRM_COMMITMENT, CommitmentHashing.hash(confirmation))
                : bytes(""),
            authorization
        );
        _confirm(caller, roles, confirmation);
    }

    /// @inheritdoc ICommitmentRegistry
    function confirmCommitments(Confirmation[] calldata confirmations, Authorization calldata authorization) external {
        (GovernmentId caller, uint8 roles) = _speaker(
            _isRelayed(authorization)
                ? abi.encode(CONFIRM_COMMITMENTS, CommitmentHashing.hash(confirmations))
                : bytes(""),
            authorization
        );
        if (confirmations.length == 0) revert CommitmentBatchEmpty();
        for (uint256 i = 0; i < confirmations.length; ++i) {
            _confirm(caller, roles, confirmations[i]);
        }
    }

    /// @inheritdoc ICommitmentRegistry
    function reportBroken(CommitmentId id, Authorization calldata authorization) external {
        (GovernmentId caller, uint8 roles) = _speaker(abi.encode(REPORT_BROKEN, id), authorization);
        Commitment storage c = _open(id);
        _requireCreditor(id, c, caller, roles);
        if (block.timestamp <= c.dueAt) revert CommitmentNotYetDue(id, c.dueAt, block.timestamp);

        _settle(id, c, caller, 0, uint64(block.timestamp), false);
    }

    /// @inheritdoc ICommitmentRegistry
    function recordHistory(
        AgreementId agreement,
        HistoricalCommitment[] calldata commitments,
        Authorization calldata authorization
    ) external returns (CommitmentId firstId) {
        GovernmentId recorder = _actor(
            _isRelayed(authorization)
                ? abi.encode(RECORD_HISTORY, agreement, CommitmentHashing.hash(commitments))
                : bytes(""),
            authorization,
            IGovernmentRegister.Role.CoordinatingBody
        );
        uint8 indicators = agreements.requireRecorder(agreement, recorder, _named(commitments));
        uint64 first = _takeIds(commitments.length);
        for (uint256 i = 0; i < commitments.length; ++i) {
            _backfill(CommitmentId.wrap(first + uint64(i)), agreement, indicators, recorder, commitments[i]);
        }
        return CommitmentId.wrap(first);
    }

    /// @inheritdoc ICommitmentRegistry
    function recordOutcomes(HistoricalOutcome[] calldata outcomes, Authorization calldata authorization) external {
        GovernmentId recorder = _actor(
            _isRelayed(authorization) ? abi.encode(RECORD_OUTCOMES, CommitmentHashing.hash(outcomes)) : bytes(""),
            authorization,
            IGovernmentRegister.Role.CoordinatingBody
        );
        if (outcomes.length == 0) revert CommitmentBatchEmpty();
        for (uint256 i = 0; i < outcomes.length; ++i) {
            HistoricalOutcome calldata o = outcomes[i];
            Commitment storage c = _open(o.id);
            if (!c.backfilled) revert CommitmentNotBackfilled(o.id);
            GovernmentId[] memory debtors = new GovernmentId[](1);
            debtors[0] = c.debtor;
            agreements.requireRecorder(c.agreement, recorder, debtors);
            if (o.resolvedAt < c.madeAt || o.resolvedAt > block.timestamp) {
                revert CommitmentDatesInvalid(c.madeAt, c.dueAt, o.resolvedAt, block.timestamp);
            }
            _requireOutcome(o.outcomeBasisPoints, 0);
            _settle(o.id, c, recorder, o.outcomeBasisPoints, o.resolvedAt, true);
        }
    }

    /// @inheritdoc ICommitmentRegistry
    function commitment(CommitmentId id) external view returns (Commitment memory) {
        return _commitments[id];
    }

    function _frame(GovernmentId debtor, CommitmentTerms calldata terms) private view returns (Frame memory frame) {
        if (terms.creditor == debtor) revert CommitmentToSelf(debtor);
        (frame.indicators, frame.effectiveFrom) = agreements.requireInForce(terms.agreement, debtor, terms.creditor);
    }

    function _register(CommitmentId id, GovernmentId debtor, CommitmentTerms calldata terms, Frame memory frame)
        private
    {
        if (terms.indicator >= frame.indicators) {
            revert CommitmentIndicatorUnknown(terms.agreement, terms.indicator, frame.indicators);
        }
        if (terms.weight == 0 || terms.weight > WEIGHT_MAX) {
            revert CommitmentWeightOutOfRange(terms.weight, 1, WEIGHT_MAX);
        }
        if (terms.dueAt < frame.effectiveFrom) {
            revert CommitmentDueBeforeAgreement(terms.agreement, terms.dueAt, frame.effectiveFrom);
        }
        if (terms.dueAt < block.timestamp) revert CommitmentBackdated(terms.dueAt, block.timestamp);
        if (terms.dueAt > type(uint40).max) {
            revert CommitmentDatesInvalid(uint64(block.timestamp), terms.dueAt, 0, block.timestamp);
        }
        _requireReference(terms.referenceNumber);
        if (bytes(terms.description).length > DESCRIPTION_BYTES_MAX) {
            revert CommitmentTextInvalid("description", bytes(terms.description).length, DESCRIPTION_BYTES_MAX);
        }

        _commitments[id] = Commitment({
            agreement: terms.agreement,
            debtor: debtor,
            creditor: terms.creditor,
            madeAt: uint40(block.timestamp),
            dueAt: uint40(terms.dueAt),
            weight: uint40(terms.weight),
            outcomeBasisPoints: 0,
            indicator: terms.indicator,
            state: CommitmentState.Active,
            backfilled: false
        });
        emit CommitmentRegistered(
            id,
            terms.agreement,
            debtor,
            terms.creditor,
            terms.indicator,
            terms.weight,
            terms.dueAt,
            terms.referenceNumber,
            terms.description
        );
    }

    function _backfill(
        CommitmentId id,
        AgreementId agreement,
        uint8 indicators,
        GovernmentId recorder,
        HistoricalCommitment calldata h
    ) private {
        // That both are parties, and the recorder none, was checked for the whole batch.
        if (h.debtor.isNone()) revert IAgreementRegistry.AgreementNotParty(agreement, h.debtor);
        if (h.creditor == h.debtor) revert CommitmentToSelf(h.debtor);
        if (h.indicator >= indicators) revert CommitmentIndicatorUnknown(agreement, h.indicator, indicators);
        if (h.weight > WEIGHT_MAX) revert CommitmentWeightOutOfRange(h.weight, 0, WEIGHT_MAX);
        if (
            h.madeAt == 0 || h.madeAt > block.timestamp || h.dueAt < h.madeAt || h.dueAt > type(uint40).max
                || h.resolvedAt > block.timestamp || (h.resolvedAt != 0 && h.resolvedAt < h.madeAt)
        ) revert CommitmentDatesInvalid(h.madeAt, h.dueAt, h.resolvedAt, block.timestamp);
        _requireReference(h.referenceNumber);
        // Without a date of resolution there is no outcome.
        if (h.resolvedAt == 0 && h.outcomeBasisPoints != 0) revert OutcomeOutOfRange(h.outcomeBasisPoints, 0, 0);
        _requireOutcome(h.outcomeBasisPoints, 0);

        bool settled = h.resolvedAt != 0;
        _commitments[id] = Commitment({
            agreement: agreement,
            debtor: h.debtor,
            creditor: h.creditor,
            madeAt: uint40(h.madeAt),
            dueAt: uint40(h.dueAt),
            weight: uint40(h.weight),
            outcomeBasisPoints: h.outcomeBasisPoints,
            indicator: h.indicator,
            state: settled ? CommitmentState.Settled : CommitmentState.Active,
            backfilled: true
        });
        emit CommitmentBackfilled(
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
            emit OutcomeRecorded(
                id,
                h.debtor,
                recorder,
                _outcome(h.outcomeBasisPoints),
                h.outcomeBasisPoints,
                h.resolvedAt,
                true
            );
        }
    }

    /// @dev All debtors, then all creditors, so that equal ones stand in runs.
    function _named(HistoricalCommitment[] calldata commitments) private pure returns (GovernmentId[] memory parties) {
        parties = new GovernmentId[](2 * commitments.length);
        for (uint256 i = 0; i < commitments.length; ++i) {
            parties[i] = commitments[i].debtor;
            parties[commitments.length + i] = commitments[i].creditor;
        }
    }

    function _confirm(GovernmentId caller, uint8 roles, Confirmation calldata confirmation) private {
        CommitmentId id = confirmation.id;
        Commitment storage c = _commitments[id];
        CommitmentState state = c.state;
        if (state != CommitmentState.Evidenced) {
            if (state == CommitmentState.None) revert CommitmentUnknown(id);
            revert CommitmentStateInvalid(id, state);
        }
        _requireCreditor(id, c, caller, roles);
        // What was not kept at all is reported broken, which waits for the due date.
        uint16 outcomeBasisPoints = confirmation.outcomeBasisPoints;
        _requireOutcome(outcomeBasisPoints, 1);
        uint64 performedAt = confirmation.performedAt;
        _requirePerformed(id, c.madeAt, performedAt);

        _settle(id, c, caller, outcomeBasisPoints, performedAt, false);
    }

    function _settle(
        CommitmentId id,
        Commitment storage c,
        GovernmentId recorder,
        uint16 outcomeBasisPoints,
        uint64 effectiveAt,
        bool backfilled
    ) private {
        // Read before the slot is written, so that it is read once.
        GovernmentId debtor = c.debtor;
        c.state = CommitmentState.Settled;
        c.outcomeBasisPoints = outcomeBasisPoints;
        emit OutcomeRecorded(
            id, debtor, recorder, _outcome(outcomeBasisPoints), outcomeBasisPoints, effectiveAt, backfilled
        );
    }

    function _takeIds(uint256 count) private returns (uint64 first) {
        if (count == 0) revert CommitmentBatchEmpty();
        first = commitmentCount + 1;
        commitmentCount = first + uint64(count) - 1;
    }

    /// @dev A commitment that has no outcome yet.
    function _open(CommitmentId id) private view returns (Commitment storage c) {
        c = _commitments[id];
        if (c.state == CommitmentState.None) revert CommitmentUnknown(id);
        if (c.state == CommitmentState.Settled) revert CommitmentStateInvalid(id, c.state);
    }

    function _requireCreditor(CommitmentId id, Commitment storage c, GovernmentId caller, uint8 roles) private view {
        GovernmentId creditor = c.creditor;
        if (creditor.isNone()) {
            GovernmentId body = agreements.coordinatingBody(c.agreement);
            if (caller != body) revert CommitmentNotCreditor(id, caller, body);
            _requireRole(caller, roles, IGovernmentRegister.Role.CoordinatingBody);
        } else {
            if (caller != creditor) revert CommitmentNotCreditor(id, caller, creditor);
            _requireRole(caller, roles, IGovernmentRegister.Role.Government);
        }
    }

    function _requirePerformed(CommitmentId id, uint64 madeAt, uint64 performedAt) private view {
        if (performedAt < madeAt || performedAt > block.timestamp) {
            revert EvidenceDateInvalid(id, performedAt, madeAt, block.timestamp);
        }
    }

    function _requireOutcome(uint16 outcomeBasisPoints, uint16 outcomeBasisPointsMin) private pure {
        if (outcomeBasisPoints < outcomeBasisPointsMin || outcomeBasisPoints > FULFILLED_BASIS_POINTS) {
            revert OutcomeOutOfRange(outcomeBasisPoints, outcomeBasisPointsMin, FULFILLED_BASIS_POINTS);
        }
    }

    function _requireReference(string calldata referenceNumber) private pure {
        uint256 length = bytes(referenceNumber).length;
        if (length == 0 || length > REFERENCE_BYTES_MAX) {
            revert CommitmentTextInvalid("referenceNumber", length, REFERENCE_BYTES_MAX);
        }
    }

    function _outcome(uint16 outcomeBasisPoints) private pure returns (Outcome) {
        if (outcomeBasisPoints == 0) return Outcome.Broken;
        return outcomeBasisPoints == FULFILLED_BASIS_POINTS ? Outcome.Fulfilled : Outcome.Partly;
    }
}
