// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
import {IBreachRegister} from "../interfaces/IBreachRegister.sol";
import {ICommitmentRegistry} from "../interfaces/ICommitmentRegistry.sol";
import {IGovernmentRegister} from "../interfaces/IGovernmentRegister.sol";
import {AgreementId, CommitmentId, GovernmentId} from "../types/Identifiers.sol";
import {CommitmentBook} from "./CommitmentBook.sol";

/// @dev What the contracts of breach, dispute and debt transfer do to a commitment, and what everybody can read of it. The
/// commands of governments are in the registry that inherits this.
abstract contract CommitmentRecords is ICommitmentRegistry, CommitmentBook {
    address public immutable disputes;
    IBreachRegister public immutable breaches;
    address public immutable debtTransfers;

    constructor(
        IGovernmentRegister register_,
        IAgreementRegistry agreements_,
        address disputes_,
        IBreachRegister breaches_,
        address debtTransfers_
    ) CommitmentBook(register_, agreements_) {
        disputes = disputes_;
        breaches = breaches_;
        debtTransfers = debtTransfers_;
    }

    /// @inheritdoc ICommitmentRegistry
    function setDisputed(CommitmentId id, bool disputed) external {
        _requireSender(disputes);
        Commitment storage c = _existing(id);
        Progress storage p = _progress[id];
        if (disputed) {
            // What was ruled is final.
            _requireState(id, c, p.ruled ? 0 : ACTIVE | CONTESTED | SETTLED);
            p.stateBeforeDispute = c.state;
            c.state = CommitmentState.Disputed;
        } else {
            _requireState(id, c, DISPUTED);
            c.state = p.stateBeforeDispute;
            p.stateBeforeDispute = CommitmentState.None;
        }
    }

    /// @inheritdoc ICommitmentRegistry
    function recordRuling(
        CommitmentId id,
        GovernmentId body,
        Outcome outcome,
        uint16 outcomeBasisPoints,
        ExcuseGround ground
    ) external {
        _requireSender(disputes);
        Commitment storage c = _existing(id);
        _requireState(id, c, DISPUTED);

        Progress storage p = _progress[id];
        p.ruled = true;
        // What had an outcome before it was disputed was no longer counted as open.
        if (p.stateBeforeDispute != CommitmentState.Settled) --_openCommitments[c.agreement];
        p.stateBeforeDispute = CommitmentState.None;
        uint64 effectiveAt = _ruledEffectiveAt(id, c, outcome);
        _write(id, c, body, outcome, outcomeBasisPoints, effectiveAt, OutcomeBasis.Ruling, ground);
    }

    /// @inheritdoc ICommitmentRegistry
    function recordBreach(CommitmentId id, GovernmentId body, uint64 reportedAt) external {
        _requireSender(address(breaches));
        Commitment storage c = _existing(id);
        _requireState(id, c, ACTIVE | CONTESTED);
        _settle(id, c, body, 0, reportedAt, OutcomeBasis.Breach);
    }

    /// @inheritdoc ICommitmentRegistry
    function setAnswerBy(CommitmentId id, uint64 answerBy) external {
        _requireSender(address(breaches));
        _existing(id);
        _progress[id].answerBy = uint40(answerBy);
    }

    /// @inheritdoc ICommitmentRegistry
    function changeDebtor(CommitmentId id, GovernmentId to) external {
        _requireSender(debtTransfers);
        Commitment storage c = _existing(id);
        _requireState(id, c, ACTIVE);
        if (block.timestamp > c.dueAt) revert CommitmentPastDue(id, c.dueAt, block.timestamp);
        if (to == c.creditor) revert CommitmentToSelf(to);

        GovernmentId from = c.debtor;
        c.debtor = to;
        emit CommitmentTransferred(id, from, to);
    }

    /// @inheritdoc ICommitmentRegistry
    function commitment(CommitmentId id) external view returns (Commitment memory) {
        return _commitments[id];
    }

    /// @inheritdoc ICommitmentRegistry
    function progress(CommitmentId id) external view returns (Progress memory p) {
        p = _progress[id];
        // The outcomes of history are not written here.
        Commitment storage c = _commitments[id];
        if (
            c.backfilled && p.basis == OutcomeBasis.None
                && (c.state == CommitmentState.Settled || p.stateBeforeDispute == CommitmentState.Settled)
        ) p.basis = OutcomeBasis.Backfill;
    }

    /// @inheritdoc ICommitmentRegistry
    function creditorVoice(CommitmentId id) external view returns (GovernmentId) {
        return _creditorVoice(_existing(id));
    }

    /// @inheritdoc ICommitmentRegistry
    function openCommitments(AgreementId agreement) external view returns (uint64) {
        return _openCommitments[agreement];
    }

    /// @inheritdoc ICommitmentRegistry
    function commitmentCount() external view returns (uint64) {
        return _commitmentCount;
    }

    function _creditorVoice(Commitment storage c) internal view returns (GovernmentId creditor) {
        creditor = c.creditor;
        if (creditor.isNone()) creditor = agreements.coordinatingBody(c.agreement);
    }

    /// @dev Whether the caller is this government or has taken its place.
    function _actsFor(GovernmentId caller, GovernmentId government) internal view returns (bool) {
        return caller == government || register.standsFor(caller, government);
    }

    /// @dev Broken: when it was reported overdue. Otherwise: when what was found sufficient was lodged. Where there is
    /// neither: for history when it was due, so that a ruling on the past does not make it recent; for the rest, now.
    function _ruledEffectiveAt(CommitmentId id, Commitment storage c, Outcome outcome) private view returns (uint64) {
        uint64 at = outcome == Outcome.Broken ? breaches.breach(id).reportedAt : _progress[id].evidencedAt;
        if (at != 0) return at;
        return c.backfilled && c.dueAt < block.timestamp ? c.dueAt : uint64(block.timestamp);
    }

    function _requireSender(address expected) private view {
        if (msg.sender != expected) revert CommitmentOnlyContract(msg.sender, expected);
    }
}
