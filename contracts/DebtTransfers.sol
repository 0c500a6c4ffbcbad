// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GovernmentCommands} from "./base/GovernmentCommands.sol";
import {IAgreementRegistry} from "./interfaces/IAgreementRegistry.sol";
import {ICommitmentRegistry} from "./interfaces/ICommitmentRegistry.sol";
import {IDebtTransfers} from "./interfaces/IDebtTransfers.sol";
import {IGovernmentRegister} from "./interfaces/IGovernmentRegister.sol";
import {Authorization} from "./types/Authorization.sol";
import {CommitmentId, GovernmentId} from "./types/Identifiers.sol";

contract DebtTransfers is IDebtTransfers, GovernmentCommands {
    bytes32 private constant OFFER_DEBT_TRANSFER = keccak256(
        "OfferDebtTransfer(uint64 commitment,uint32 to,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 private constant WITHDRAW_DEBT_TRANSFER =
        keccak256("WithdrawDebtTransfer(uint64 commitment,address signer,uint256 operation,uint64 deadline)");
    bytes32 private constant AGREE_DEBT_TRANSFER = keccak256(
        "AgreeDebtTransfer(uint64 commitment,uint32 to,address signer,uint256 operation,uint64 deadline)"
    );

    IAgreementRegistry public immutable agreements;
    ICommitmentRegistry public immutable commitments;

    mapping(CommitmentId commitment => Offer) private _offers;

    constructor(IGovernmentRegister register_, IAgreementRegistry agreements_, ICommitmentRegistry commitments_)
        GovernmentCommands(register_)
    {
        agreements = agreements_;
        commitments = commitments_;
    }

    /// @inheritdoc IDebtTransfers
    function offerDebtTransfer(CommitmentId commitment, GovernmentId to, Authorization calldata authorization)
        external
    {
        GovernmentId caller = _actor(
            abi.encode(OFFER_DEBT_TRANSFER, commitment, to), authorization, IGovernmentRegister.Role.Government
        );
        ICommitmentRegistry.Commitment memory c = _commitment(commitment);
        _requireDebtor(commitment, caller, c.debtor);
        _requireTransferable(commitment, c, to);

        _offers[commitment] = Offer({from: c.debtor, to: to, takenOver: false, consented: false});
        emit DebtTransferOffered(commitment, c.debtor, to);
    }

    /// @inheritdoc IDebtTransfers
    function withdrawDebtTransfer(CommitmentId commitment, Authorization calldata authorization) external {
        GovernmentId caller = _actor(
            abi.encode(WITHDRAW_DEBT_TRANSFER, commitment), authorization, IGovernmentRegister.Role.Government
        );
        Offer memory o = _offers[commitment];
        if (o.to.isNone()) revert DebtTransferNotOffered(commitment, o.to);
        _requireDebtor(commitment, caller, o.from);

        delete _offers[commitment];
        emit DebtTransferWithdrawn(commitment, o.from, o.to);
    }

    /// @inheritdoc IDebtTransfers
    function agreeDebtTransfer(CommitmentId commitment, GovernmentId to, Authorization calldata authorization)
        external
    {
        // For all other parties the coordinating body answers, so that no one role is asked for.
        (GovernmentId caller,) = _speaker(abi.encode(AGREE_DEBT_TRANSFER, commitment, to), authorization);
        Offer storage o = _offers[commitment];
        if (to.isNone() || o.to != to) revert DebtTransferNotOffered(commitment, to);
        bool asCreditor = !_acts(caller, to);
        if (asCreditor && !_acts(caller, commitments.creditorVoice(commitment))) {
            revert DebtTransferNotConcerned(commitment, caller);
        }
        if (asCreditor ? o.consented : o.takenOver) revert DebtTransferAlreadyAgreed(commitment, caller);
        // Evidence may have been lodged since, or the day have come.
        _requireTransferable(commitment, commitments.commitment(commitment), to);

        if (asCreditor) o.consented = true;
        else o.takenOver = true;
        emit DebtTransferAgreed(commitment, caller, asCreditor);
        if (o.takenOver && o.consented) {
            delete _offers[commitment];
            commitments.changeDebtor(commitment, to);
        }
    }

    /// @inheritdoc IDebtTransfers
    function offer(CommitmentId commitment) external view returns (Offer memory) {
        return _offers[commitment];
    }

    function _commitment(CommitmentId id) private view returns (ICommitmentRegistry.Commitment memory c) {
        c = commitments.commitment(id);
        if (c.state == ICommitmentRegistry.CommitmentState.None) revert ICommitmentRegistry.CommitmentUnknown(id);
    }

    function _acts(GovernmentId caller, GovernmentId for_) private view returns (bool) {
        return caller == for_ || register.standsFor(caller, for_);
    }

    function _requireDebtor(CommitmentId id, GovernmentId caller, GovernmentId debtor) private view {
        if (!_acts(caller, debtor)) revert DebtTransferNotDebtor(id, caller, debtor);
    }

    function _requireTransferable(CommitmentId id, ICommitmentRegistry.Commitment memory c, GovernmentId to)
        private
        view
    {
        if (c.state != ICommitmentRegistry.CommitmentState.Active) revert DebtTransferInvalid(id, "state");
        if (block.timestamp > c.dueAt) revert DebtTransferInvalid(id, "dueAt");
        agreements.requireNotSuspended(c.agreement);
        // Nor may debtor and creditor become one.
        bool other = to != c.debtor && to != c.creditor && register.hasRole(to, IGovernmentRegister.Role.Government)
            && (c.creditor.isNone() || !register.standsFor(to, c.creditor)) && agreements.isParty(c.agreement, to);
        if (!other) revert DebtTransferInvalid(id, "to");
    }
}
