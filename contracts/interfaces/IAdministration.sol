// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorization} from "../types/Authorization.sol";
import {ProposalId} from "../types/Identifiers.sol";
import {ISignedCommands} from "./ISignedCommands.sol";

/// @title What administrators do together
/// @notice Registering governments, giving roles, publishing policies: each is a proposal that k of n
/// administrators approve, that everybody can read during a delay, and that anybody may then
/// execute. No single key can do any of it.
interface IAdministration is ISignedCommands {
    enum ProposalState {
        None,
        Open,
        Executed,
        Withdrawn,
        Lapsed
    }

    struct Proposal {
        ProposalState state;
        uint8 approvals;
        /// First second at which it can be executed; 0 until enough have approved.
        uint40 executableFrom;
        address proposer;
        address target;
        bytes32 callDigest;
    }

    /// @notice An administrator proposed a call. Proposing counts as approving.
    event ProposalMade(
        ProposalId indexed id, address indexed proposer, address indexed target, bytes callData, string reason
    );
    event ProposalApproved(ProposalId indexed id, address indexed administrator, uint8 approvals, uint8 threshold);
    /// @notice Enough administrators have approved; the public delay has begun.
    event ProposalScheduled(ProposalId indexed id, uint64 executableFrom);
    event ProposalExecuted(ProposalId indexed id);
    event ProposalWithdrawn(ProposalId indexed id);
    /// @notice Who administers, how many must agree, and how long the public delay is, from now on. Every
    /// proposal that was open has lapsed: those who approved it may be the ones who were replaced.
    event AdministratorsSet(address[] administrators, uint8 threshold, uint64 delaySeconds);

    error AdministrationNotAdministrator(address account);
    /// @notice Only the administrators acting together, through a proposal, may do this.
    error AdministrationOnly(address caller);
    error AdministrationThresholdOutOfRange(uint256 threshold, uint256 administrators);
    error AdministrationAdministratorInvalid(address administrator);
    error AdministrationDelayTooLong(uint64 delaySeconds, uint64 delaySecondsMax);
    error ProposalNotOpen(ProposalId id, ProposalState state);
    error ProposalAlreadyApproved(ProposalId id, address administrator);
    error ProposalNotYetExecutable(ProposalId id, uint64 executableFrom, uint256 currentTime);
    error ProposalCallDiffers(ProposalId id, bytes32 given, bytes32 proposed);
    error ProposalNotProposer(ProposalId id, address account);

    /// @notice Proposes a call and approves it.
    /// @param callData The call to `target`, ABI-encoded.
    function proposeCall(
        address target,
        bytes calldata callData,
        string calldata reason,
        Authorization calldata authorization
    ) external returns (ProposalId id);

    /// @notice Approves a proposal. The approval that meets the threshold starts the delay.
    function approveProposal(ProposalId id, Authorization calldata authorization) external;

    /// @notice Takes a proposal back, which only its proposer can.
    function withdrawProposal(ProposalId id, Authorization calldata authorization) external;

    /// @notice Executes a proposal after its delay. Anybody may; a failing call reverts with its own error.
    /// @param callData The call as proposed.
    function executeProposal(ProposalId id, bytes calldata callData) external;

    /// @notice Replaces administrators, threshold and delay, and with that lapses every open proposal. Only
    /// through a proposal to this contract.
    function setAdministrators(address[] calldata administrators, uint8 threshold, uint64 delaySeconds) external;

    function isAdministrator(address account) external view returns (bool);

    function threshold() external view returns (uint8);

    function delaySeconds() external view returns (uint64);

    function proposal(ProposalId id) external view returns (Proposal memory);
}
