// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CommitmentHistory} from "./base/CommitmentHistory.sol";
import {CommitmentRecords} from "./base/CommitmentRecords.sol";
import {IAgreementRegistry} from "./interfaces/IAgreementRegistry.sol";
import {IBreachRegister} from "./interfaces/IBreachRegister.sol";
import {ICommitmentRegistry} from "./interfaces/ICommitmentRegistry.sol";
import {IDisciplineRegister} from "./interfaces/IDisciplineRegister.sol";
import {IGovernmentRegister} from "./interfaces/IGovernmentRegister.sol";
import {IProcedureRegister} from "./interfaces/IProcedureRegister.sol";
import {CommitmentHashing} from "./libraries/CommitmentHashing.sol";
import {Authorization} from "./types/Authorization.sol";
import {AgreementId, CommitmentId, GovernmentId} from "./types/Identifiers.sol";

contract CommitmentRegistry is CommitmentRecords {
    uint256 private constant DESCRIPTION_BYTES_MAX = 2048;
    uint256 private constant LOCATOR_BYTES_MAX = 512;
    uint256 private constant REASON_BYTES_MAX = 1024;

    /// @dev What a debtor's commitments to one creditor for one indicator have in common.
    struct Frame {
        uint64 effectiveFrom;
        uint64 weight;
    }

    IProcedureRegister public immutable procedures;
    IDisciplineRegister public immutable discipline;
    /// @notice Code that records history on this contract's storage.
    address public immutable history;

    constructor(
        IGovernmentRegister register_,
        IAgreementRegistry agreements_,
        IProcedureRegister procedures_,
        address disputes_,
        IBreachRegister breaches_,
        address debtTransfers_,
        IDisciplineRegister discipline_
    ) CommitmentRecords(register_, agreements_, disputes_, breaches_, debtTransfers_) {
        procedures = procedures_;
        discipline = discipline_;
        history = address(new CommitmentHistory(register_, agreements_));
    }

    /// @inheritdoc ICommitmentRegistry
    function registerCommitment(CommitmentTerms calldata terms, Authorization calldata authorization)
        external
        returns (CommitmentId id)
    {
        GovernmentId debtor = _actor(
            _isRelayed(authorization)
                ? abi.encode(CommitmentHashing.REGISTER_COMMITMENT, CommitmentHashing.hash(terms))
                : bytes(""),
            authorization,
            IGovernmentRegister.Role.Government
        );
        id = CommitmentId.wrap(++_commitmentCount);
        _register(id, debtor, terms, _frame(debtor, terms));
    }

    /// @inheritdoc ICommitmentRegistry
    function registerCommitments(CommitmentTerms[] calldata terms, Authorization calldata authorization)
        external
        returns (CommitmentId firstId)
    {
        GovernmentId debtor = _actor(
            _isRelayed(authorization)
                ? abi.encode(CommitmentHashing.REGISTER_COMMITMENTS, CommitmentHashing.hash(terms))
                : bytes(""),
            authorization,
            IGovernmentRegister.Role.Government
        );
        uint64 first = _takeIds(terms.length);
        Frame memory frame;
        for (uint256 i = 0; i < terms.length; ++i) {
            // Batches come in runs of the same agreement, creditor and indicator, which one check answers.
            if (
                i == 0 || terms[i].agreement != terms[i - 1].agreement || terms[i].creditor != terms[i - 1].creditor
                    || terms[i].indicator != terms[i - 1].indicator
            ) frame = _frame(debtor, terms[i]);
            _register(CommitmentId.wrap(first + uint64(i)), debtor, terms[i], frame);
        }
        return CommitmentId.wrap(first);
    }

    /// @inheritdoc ICommitmentRegistry
    function acceptCommitments(CommitmentId[] calldata ids, Authorization calldata authorization) external {
        (GovernmentId caller, uint8 roles) = _speaker(
            _isRelayed(authorization)
                ? abi.encode(CommitmentHashing.ACCEPT_COMMITMENTS, keccak256(abi.encodePacked(ids)))
                : bytes(""),
            authorization
        );
        _requireBatch(ids.length);
        AgreementId agreement;
        GovernmentId debtor;
        GovernmentId creditor;
        for (uint256 i = 0; i < ids.length; ++i) {
            CommitmentId id = ids[i];
            Commitment storage c = _existing(id);
            // Batches come in runs of the same agreement, debtor and creditor, which one check answers.
            bool checked =
                i != 0 && !(c.agreement != agreement) && c.debtor == debtor && c.creditor == creditor;
            if (!checked) {
                (agreement, debtor, creditor) = (c.agreement, c.debtor, c.creditor);
                _requireCreditor(id, c, caller, roles);
                _requireOther(c, caller);
            }
            _requireState(id, c, PROPOSED);
            if (!checked) agreements.requireInForce(agreement, debtor, creditor.isNone() ? creditor : caller);
            if (block.timestamp > c.dueAt) revert CommitmentPastDue(id, c.dueAt, block.timestamp);

            c.state = CommitmentState.Active;
            ++_openCommitments[agreement];
            emit CommitmentAccepted(id, caller);
        }
    }

    /// @inheritdoc ICommitmentRegistry
    function declineCommitment(CommitmentId id, string calldata reason, Authorization calldata authorization) external {
        (Commitment storage c, GovernmentId caller) =
            _answer(CommitmentHashing.DECLINE_COMMITMENT, id, reason, authorization);
        _requireState(id, c, PROPOSED);
        _requireText("reason", reason, 1, REASON_BYTES_MAX);

        c.state = CommitmentState.Declined;
        emit CommitmentDeclined(id, caller, reason);
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
            abi.encode(CommitmentHashing.SUBMIT_EVIDENCE, id, digest, keccak256(bytes(locator)), performedAt),
            authorization,
            IGovernmentRegister.Role.Government
        );
        Commitment storage c = _existing(id);
        GovernmentId debtor = c.debtor;
        if (!_actsFor(caller, debtor)) revert CommitmentNotDebtor(id, caller, debtor);
        // Who is also the creditor by now would be silent about its own evidence.
        _requireOther(c, caller);
        _requireState(id, c, OPEN);
        Progress storage p = _progress[id];
        uint64 answerBy = p.answerBy;
        if (answerBy != 0 && block.timestamp > answerBy) revert CommitmentAnswerLate(id, answerBy, block.timestamp);
        if (digest == 0) revert EvidenceDigestEmpty(id);
        if (bytes(locator).length > LOCATOR_BYTES_MAX) {
            revert EvidenceLocatorTooLong(id, bytes(locator).length, LOCATOR_BYTES_MAX);
        }
        _requirePerformed(id, c.madeAt, performedAt);

        c.state = CommitmentState.Evidenced;
        (uint64 confirmBy, bool sampled) = _openWindow(id, caller, digest, p);
        // Late evidence is recorded as late, not refused.
        emit EvidenceSubmitted(
            id, debtor, digest, locator, performedAt, confirmBy, block.timestamp > c.dueAt, sampled
        );
    }

    /// @inheritdoc ICommitmentRegistry
    function confirmCommitment(Confirmation calldata confirmation, Authorization calldata authorization) external {
        (GovernmentId caller, uint8 roles) = _speaker(
            _isRelayed(authorization)
                ? abi.encode(CommitmentHashing.CONFIRM_COMMITMENT, CommitmentHashing.hash(confirmation))
                : bytes(""),
            authorization
        );
        _confirm(caller, roles, confirmation);
    }

    /// @inheritdoc ICommitmentRegistry
    function confirmCommitments(Confirmation[] calldata confirmations, Authorization calldata authorization) external {
        (GovernmentId caller, uint8 roles) = _speaker(
            _isRelayed(authorization)
                ? abi.encode(CommitmentHashing.CONFIRM_COMMITMENTS, CommitmentHashing.hash(confirmations))
                : bytes(""),
            authorization
        );
        _requireBatch(confirmations.length);
        for (uint256 i = 0; i < confirmations.length; ++i) {
            _confirm(caller, roles, confirmations[i]);
        }
    }

    /// @inheritdoc ICommitmentRegistry
    function contestEvidence(CommitmentId id, string calldata reason, Authorization calldata authorization) external {
        (Commitment storage c, GovernmentId caller) =
            _answer(CommitmentHashing.CONTEST_EVIDENCE, id, reason, authorization);
        _requireState(id, c, EVIDENCED);
        _requireWindow(id);
        _requireText("reason", reason, 1, REASON_BYTES_MAX);

        c.state = CommitmentState.Contested;
        emit EvidenceContested(id, caller, reason);
    }

    /// @inheritdoc ICommitmentRegistry
    function acceptBySilence(CommitmentId id, Authorization calldata authorization) external {
        _authorize(abi.encode(CommitmentHashing.ACCEPT_BY_SILENCE, id), authorization);
        Commitment storage c = _existing(id);
        _requireState(id, c, EVIDENCED);
        Progress storage p = _progress[id];
        if (block.timestamp <= p.confirmBy) revert CommitmentWindowOpen(id, p.confirmBy, block.timestamp);
        if (p.sampled && !p.audited) revert EvidenceAuditPending(id);

        _settle(id, c, GovernmentId.wrap(0), FULFILLED_BASIS_POINTS, p.evidencedAt, OutcomeBasis.Silence);
    }

    /// @inheritdoc ICommitmentRegistry
    function auditEvidence(
        CommitmentId id,
        bool upheld,
        string calldata finding,
        Authorization calldata authorization
    ) external {
        (GovernmentId caller, uint8 roles) = _speaker(
            abi.encode(CommitmentHashing.AUDIT_EVIDENCE, id, upheld, keccak256(bytes(finding))), authorization
        );
        Commitment storage c = _existing(id);
        _requireAuditor(id, c, caller, roles);
        _requireState(id, c, EVIDENCED);
        Progress storage p = _progress[id];
        if (!p.sampled) revert EvidenceNotSampled(id);
        if (p.audited) revert EvidenceAlreadyAudited(id);
        _requireText("finding", finding, 1, REASON_BYTES_MAX);

        p.audited = true;
        if (!upheld) c.state = CommitmentState.Contested;
        emit EvidenceAudited(id, caller, upheld, finding);
    }

    /// @inheritdoc ICommitmentRegistry
    function releaseCommitment(CommitmentId id, string calldata reason, Authorization calldata authorization) external {
        (Commitment storage c, GovernmentId caller) =
            _answer(CommitmentHashing.RELEASE_COMMITMENT, id, reason, authorization);
        _requireState(id, c, OPEN);
        _requireText("reason", reason, 1, REASON_BYTES_MAX);

        emit CommitmentReleased(id, caller, reason);
        --_openCommitments[c.agreement];
        _write(
            id,
            c,
            caller,
            Outcome.Excused,
            0,
            uint64(block.timestamp),
            OutcomeBasis.Release,
            ExcuseGround.Released
        );
    }

    /// @inheritdoc ICommitmentRegistry
    function recordHistory(
        AgreementId agreement,
        HistoricalCommitment[] calldata commitments,
        Authorization calldata authorization
    ) external returns (CommitmentId firstId) {
        // Named for the ABI, from which wallets and readers take what is signed.
        (agreement, commitments, authorization, firstId);
        _runHistory();
    }

    /// @inheritdoc ICommitmentRegistry
    function recordOutcomes(HistoricalOutcome[] calldata outcomes, Authorization calldata authorization) external {
        (outcomes, authorization);
        _runHistory();
    }

    function _frame(GovernmentId debtor, CommitmentTerms calldata terms) private view returns (Frame memory frame) {
        if (terms.creditor == debtor) revert CommitmentToSelf(debtor);
        (frame.effectiveFrom, frame.weight) =
            agreements.requireIndicator(terms.agreement, debtor, terms.creditor, terms.indicator);
    }

    function _register(CommitmentId id, GovernmentId debtor, CommitmentTerms calldata terms, Frame memory frame)
        private
    {
        if (terms.dueAt < frame.effectiveFrom) {
            revert CommitmentDueBeforeAgreement(terms.agreement, terms.dueAt, frame.effectiveFrom);
        }
        if (terms.dueAt < block.timestamp) revert CommitmentBackdated(terms.dueAt, block.timestamp);
        if (terms.dueAt > type(uint40).max) {
            revert CommitmentDatesInvalid(uint64(block.timestamp), terms.dueAt, 0, block.timestamp);
        }
        _requireText("referenceNumber", terms.referenceNumber, 1, REFERENCE_BYTES_MAX);
        _requireText("description", terms.description, 0, DESCRIPTION_BYTES_MAX);

        _commitments[id] = Commitment({
            agreement: terms.agreement,
            debtor: debtor,
            creditor: terms.creditor,
            madeAt: uint40(block.timestamp),
            dueAt: uint40(terms.dueAt),
            weight: uint40(frame.weight),
            outcomeBasisPoints: 0,
            indicator: terms.indicator,
            state: CommitmentState.Proposed,
            backfilled: false
        });
        emit CommitmentRegistered(
            id,
            terms.agreement,
            debtor,
            terms.creditor,
            terms.indicator,
            frame.weight,
            terms.dueAt,
            terms.referenceNumber,
            terms.description
        );
    }

    /// @dev Sets until when the creditor can answer, and whether the evidence is drawn for audit.
    function _openWindow(CommitmentId id, GovernmentId caller, bytes32 digest, Progress storage p)
        private
        returns (uint64 confirmBy, bool sampled)
    {
        (uint16 version, uint32 window, uint32 shortWindow, uint16 auditShareBasisPoints) =
            procedures.confirmationRules();
        if (discipline.hasIncentive(caller, IDisciplineRegister.Incentive.ShorterConfirmation)) window = shortWindow;
        confirmBy = uint64(block.timestamp) + window;
        // The hash of the block before cannot be known when the evidence is signed. Once drawn, a commitment stays drawn:
        // otherwise the debtor would lodge again until it is not.
        sampled = p.sampled
            || uint256(keccak256(abi.encode(id, digest, blockhash(block.number - 1)))) % FULFILLED_BASIS_POINTS
                < auditShareBasisPoints;

        p.evidencedAt = uint40(block.timestamp);
        p.confirmBy = uint40(confirmBy);
        p.procedureVersion = version;
        p.sampled = sampled;
        p.audited = false;
    }

    /// @dev Runs this very call in the history's code, on this contract's storage and in its name, and ends it. One contract
    /// would be too large for the chain.
    function _runHistory() private {
        (bool done, bytes memory answer) = history.delegatecall(msg.data);
        assembly ("memory-safe") {
            switch done
            case 0 { revert(add(answer, 32), mload(answer)) }
            default { return(add(answer, 32), mload(answer)) }
        }
    }

    function _confirm(GovernmentId caller, uint8 roles, Confirmation calldata confirmation) private {
        CommitmentId id = confirmation.id;
        Commitment storage c = _existing(id);
        _requireCreditor(id, c, caller, roles);
        _requireOther(c, caller);
        _requireState(id, c, EVIDENCED);
        _requireWindow(id);
        // What was not kept at all is contested.
        uint16 outcomeBasisPoints = confirmation.outcomeBasisPoints;
        _requireOutcome(outcomeBasisPoints, 1);
        uint64 performedAt = confirmation.performedAt;
        _requirePerformed(id, c.madeAt, performedAt);

        _settle(id, c, caller, outcomeBasisPoints, performedAt, OutcomeBasis.Confirmation);
    }

    /// @dev Proves a command that the creditor gives about one commitment.
    function _answer(bytes32 typeHash, CommitmentId id, string calldata reason, Authorization calldata authorization)
        private
        returns (Commitment storage c, GovernmentId caller)
    {
        uint8 roles;
        (caller, roles) = _speaker(abi.encode(typeHash, id, keccak256(bytes(reason))), authorization);
        c = _existing(id);
        _requireCreditor(id, c, caller, roles);
    }

    function _requireCreditor(CommitmentId id, Commitment storage c, GovernmentId caller, uint8 roles) private view {
        GovernmentId voice = _creditorVoice(c);
        if (!_actsFor(caller, voice)) revert CommitmentNotCreditor(id, caller, voice);
        _requireRole(
            caller,
            roles,
            c.creditor.isNone() ? IGovernmentRegister.Role.CoordinatingBody : IGovernmentRegister.Role.Government
        );
    }

    /// @dev Debtor and who answers for the creditor may have become one body. What it owes itself it neither accepts nor
    /// evidences nor confirms; it can decline or release, which count for nothing.
    function _requireOther(Commitment storage c, GovernmentId caller) private view {
        GovernmentId debtor = c.debtor;
        if (_actsFor(caller, debtor) && _actsFor(caller, _creditorVoice(c))) revert CommitmentToSelf(debtor);
    }

    function _requireAuditor(CommitmentId id, Commitment storage c, GovernmentId caller, uint8 roles) private view {
        bool may = roles & (1 << uint8(IGovernmentRegister.Role.Auditor)) != 0;
        if (!may && roles & (1 << uint8(IGovernmentRegister.Role.CoordinatingBody)) != 0) {
            may = _actsFor(caller, agreements.coordinatingBody(c.agreement));
        }
        GovernmentId creditor = c.creditor;
        if (!may || _actsFor(caller, c.debtor) || (!creditor.isNone() && _actsFor(caller, creditor))) {
            revert EvidenceNotAuditor(id, caller);
        }
    }

    function _requireWindow(CommitmentId id) private view {
        uint64 confirmBy = _progress[id].confirmBy;
        if (block.timestamp > confirmBy) revert CommitmentWindowClosed(id, confirmBy, block.timestamp);
    }

    function _requirePerformed(CommitmentId id, uint64 madeAt, uint64 performedAt) private view {
        if (performedAt < madeAt || performedAt > block.timestamp) {
            revert EvidenceDateInvalid(id, performedAt, madeAt, block.timestamp);
        }
    }
}
