// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {SignedCommands} from "./base/SignedCommands.sol";
import {IAdministration} from "./interfaces/IAdministration.sol";
import {Authorization} from "./types/Authorization.sol";
import {ProposalId} from "./types/Identifiers.sol";

contract Administration is IAdministration, SignedCommands {
    /// A delay that nobody alive would see the end of is a mistake.
    uint64 private constant DELAY_SECONDS_MAX = 365 days;

    bytes32 private constant PROPOSE_CALL = keccak256(
        "ProposeCall(address target,bytes callData,string reason,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 private constant APPROVE_PROPOSAL =
        keccak256("ApproveProposal(uint64 id,address signer,uint256 operation,uint64 deadline)");
    bytes32 private constant WITHDRAW_PROPOSAL =
        keccak256("WithdrawProposal(uint64 id,address signer,uint256 operation,uint64 deadline)");

    /// @inheritdoc IAdministration
    uint8 public threshold;
    /// @inheritdoc IAdministration
    uint64 public delaySeconds;

    address[] private _administrators;
    mapping(address account => bool) private _isAdministrator;
    mapping(ProposalId id => Proposal) private _proposals;
    mapping(ProposalId id => mapping(address administrator => bool)) private _approved;
    uint64 private _proposalCount;
    /// The first proposal that today's administrators made; what was open before it has lapsed.
    uint64 private _firstProposal;

    constructor(address[] memory administrators, uint8 threshold_, uint64 delaySeconds_) {
        _setAdministrators(administrators, threshold_, delaySeconds_);
    }

    /// @inheritdoc IAdministration
    function proposeCall(
        address target,
        bytes calldata callData,
        string calldata reason,
        Authorization calldata authorization
    ) external returns (ProposalId id) {
        bytes32 callDigest = keccak256(callData);
        _authorize(abi.encode(PROPOSE_CALL, target, callDigest, keccak256(bytes(reason))), authorization);
        _requireAdministrator(authorization.signer);

        id = ProposalId.wrap(++_proposalCount);
        Proposal storage p = _proposals[id];
        p.state = ProposalState.Open;
        p.proposer = authorization.signer;
        p.target = target;
        p.callDigest = callDigest;
        emit ProposalMade(id, authorization.signer, target, callData, reason);
        _approve(id, p, authorization.signer);
    }

    /// @inheritdoc IAdministration
    function approveProposal(ProposalId id, Authorization calldata authorization) external {
        _authorize(abi.encode(APPROVE_PROPOSAL, id), authorization);
        _requireAdministrator(authorization.signer);
        Proposal storage p = _open(id);
        if (_approved[id][authorization.signer]) revert ProposalAlreadyApproved(id, authorization.signer);

        _approve(id, p, authorization.signer);
    }

    /// @inheritdoc IAdministration
    function withdrawProposal(ProposalId id, Authorization calldata authorization) external {
        _authorize(abi.encode(WITHDRAW_PROPOSAL, id), authorization);
        Proposal storage p = _open(id);
        if (p.proposer != authorization.signer) revert ProposalNotProposer(id, authorization.signer);

        p.state = ProposalState.Withdrawn;
        emit ProposalWithdrawn(id);
    }

    /// @inheritdoc IAdministration
    function executeProposal(ProposalId id, bytes calldata callData) external {
        Proposal storage p = _open(id);
        if (p.executableFrom == 0 || block.timestamp < p.executableFrom) {
            revert ProposalNotYetExecutable(id, p.executableFrom, block.timestamp);
        }
        bytes32 given = keccak256(callData);
        if (given != p.callDigest) revert ProposalCallDiffers(id, given, p.callDigest);

        // The state is final before the call, so that the call cannot execute it again.
        p.state = ProposalState.Executed;
        emit ProposalExecuted(id);
        Address.functionCall(p.target, callData);
    }

    /// @inheritdoc IAdministration
    function setAdministrators(address[] calldata administrators, uint8 threshold_, uint64 delaySeconds_) external {
        if (msg.sender != address(this)) revert AdministrationOnly(msg.sender);
        _setAdministrators(administrators, threshold_, delaySeconds_);
    }

    /// @inheritdoc IAdministration
    function isAdministrator(address account) external view returns (bool) {
        return _isAdministrator[account];
    }

    /// @inheritdoc IAdministration
    function proposal(ProposalId id) external view returns (Proposal memory p) {
        p = _proposals[id];
        p.state = _stateOf(id);
    }

    function _approve(ProposalId id, Proposal storage p, address administrator) private {
        _approved[id][administrator] = true;
        uint8 approvals = ++p.approvals;
        emit ProposalApproved(id, administrator, approvals, threshold);
        if (approvals >= threshold && p.executableFrom == 0) {
            uint64 executableFrom = uint64(block.timestamp) + delaySeconds;
            p.executableFrom = uint40(executableFrom);
            emit ProposalScheduled(id, executableFrom);
        }
    }

    function _open(ProposalId id) private view returns (Proposal storage) {
        ProposalState state = _stateOf(id);
        if (state != ProposalState.Open) revert ProposalNotOpen(id, state);
        return _proposals[id];
    }

    function _stateOf(ProposalId id) private view returns (ProposalState state) {
        state = _proposals[id].state;
        // That a proposal has lapsed is derived, because no list of open ones is kept.
        if (state == ProposalState.Open && ProposalId.unwrap(id) < _firstProposal) return ProposalState.Lapsed;
    }

    function _requireAdministrator(address account) private view {
        if (!_isAdministrator[account]) revert AdministrationNotAdministrator(account);
    }

    function _setAdministrators(address[] memory administrators, uint8 threshold_, uint64 delaySeconds_) private {
        if (threshold_ == 0 || threshold_ > administrators.length || administrators.length > type(uint8).max) {
            revert AdministrationThresholdOutOfRange(threshold_, administrators.length);
        }
        if (delaySeconds_ > DELAY_SECONDS_MAX) revert AdministrationDelayTooLong(delaySeconds_, DELAY_SECONDS_MAX);
        for (uint256 i = 0; i < _administrators.length; ++i) {
            _isAdministrator[_administrators[i]] = false;
        }
        for (uint256 i = 0; i < administrators.length; ++i) {
            // Zero is nobody; a name that stands twice would let one key count as two.
            if (administrators[i] == address(0) || _isAdministrator[administrators[i]]) {
                revert AdministrationAdministratorInvalid(administrators[i]);
            }
            _isAdministrator[administrators[i]] = true;
        }
        _administrators = administrators;
        threshold = threshold_;
        delaySeconds = delaySeconds_;
        _firstProposal = _proposalCount + 1;
        emit AdministratorsSet(administrators, threshold_, delaySeconds_);
    }
}
