// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IGovernmentRegister} from "../interfaces/IGovernmentRegister.sol";
import {Authorization} from "../types/Authorization.sol";
import {GovernmentId} from "../types/Identifiers.sol";
import {SignedCommands} from "./SignedCommands.sol";

/// @dev Commands that an account gives for the government it speaks for.
abstract contract GovernmentCommands is SignedCommands {
    IGovernmentRegister public immutable register;

    /// @notice The signer's government does not have the role that this command is for.
    error CommandRoleMissing(GovernmentId government, IGovernmentRegister.Role role);

    constructor(IGovernmentRegister register_) {
        register = register_;
    }

    /// @dev Proves the command and names the government that gives it, which must have the role.
    function _actor(bytes memory command, Authorization calldata authorization, IGovernmentRegister.Role role)
        internal
        returns (GovernmentId government)
    {
        uint8 roles;
        (government, roles) = _speaker(command, authorization);
        _requireRole(government, roles, role);
    }

    /// @dev Proves the command and names the government that gives it, with its roles.
    function _speaker(bytes memory command, Authorization calldata authorization)
        internal
        returns (GovernmentId government, uint8 roles)
    {
        _authorize(command, authorization);
        return register.speaker(authorization.signer);
    }

    function _requireRole(GovernmentId government, uint8 roles, IGovernmentRegister.Role role) internal pure {
        if (roles & (1 << uint8(role)) == 0) revert CommandRoleMissing(government, role);
    }
}
