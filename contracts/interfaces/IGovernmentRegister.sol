// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GovernmentId} from "../types/Identifiers.sol";

/// @title Who takes part, and which accounts speak for whom
/// @notice Only the administrators, acting together, change the register.
interface IGovernmentRegister {
    /// @notice A body may have several roles; each is one bit, `1 << role`.
    enum Role {
        Government,
        CoordinatingBody,
        Auditor
    }

    /// @notice Administrative level, highest first.
    enum Level {
        None,
        International,
        National,
        Province,
        City,
        County,
        Township
    }

    enum GovernmentState {
        None,
        Registered,
        Removed
    }

    struct NewGovernment {
        /// How the body is identified, such as "uscc", "gbt2260", "iso3166" or "lei", in small letters.
        string scheme;
        /// The identifier in that scheme.
        string value;
        string name;
        Level level;
        /// The body above this one; 0 where there is none on the ledger.
        GovernmentId superior;
        /// Bits of `Role`.
        uint8 roles;
        /// Accounts that speak for this body. May be empty: a body can be known before it takes part.
        address[] signers;
    }

    struct Government {
        GovernmentState state;
        Level level;
        uint8 roles;
        GovernmentId superior;
        uint40 registeredAt;
    }

    event GovernmentRegistered(
        GovernmentId indexed id,
        string scheme,
        string value,
        string name,
        Level level,
        GovernmentId superior,
        uint8 roles
    );
    event SignerAdded(GovernmentId indexed id, address indexed signer);
    event SignerRemoved(GovernmentId indexed id, address indexed signer);
    event RolesSet(GovernmentId indexed id, uint8 roles);
    event GovernmentRemoved(GovernmentId indexed id, string reason);
    /// @notice From now on `body` may coordinate, and record the history of, `government`; government 0 stands
    /// for every government.
    event JurisdictionSet(GovernmentId indexed body, GovernmentId indexed government, bool granted);

    error RegisterOnlyAdministration(address caller);
    error GovernmentAlreadyRegistered(string scheme, string value, GovernmentId id);
    error GovernmentUnknown(GovernmentId id);
    error GovernmentFieldEmpty(string field);
    error GovernmentFieldTooLong(string field, uint256 length, uint256 lengthMax);
    /// @notice A scheme is written in small letters, digits and hyphens.
    error GovernmentSchemeInvalid(string scheme);
    error GovernmentRolesInvalid(uint8 roles);
    error SignerInvalid(address signer);
    /// @notice An account speaks for one body for good. What it has signed names the account alone, and would bind
    /// another body if it were executed after the account had changed sides.
    error SignerAlreadySpeaks(address signer, GovernmentId government);
    error SignerUnknown(address signer);
    error SignerNotOfGovernment(address signer, GovernmentId government);
    error CoordinatingBodyExpected(GovernmentId id);

    function registerGovernments(NewGovernment[] calldata governments) external;

    function addSigner(GovernmentId id, address signer) external;

    /// @notice Takes the voice from an account. It can be added again, but to the same body only.
    function removeSigner(GovernmentId id, address signer) external;

    function setRoles(GovernmentId id, uint8 roles) external;

    function removeGovernment(GovernmentId id, string calldata reason) external;

    function setJurisdiction(GovernmentId body, GovernmentId government, bool granted) external;

    /// @notice The body an account speaks for, and its roles.
    /// @dev Reverts with `SignerUnknown` where the account speaks for none, and with `GovernmentUnknown` where the body
    /// was removed.
    function speaker(address signer) external view returns (GovernmentId id, uint8 roles);

    /// @notice Whether a body stands in the register with this role.
    function hasRole(GovernmentId id, Role role) external view returns (bool);

    /// @notice Whether `body` may coordinate, and record the history of, `government`.
    function hasJurisdiction(GovernmentId body, GovernmentId government) external view returns (bool);

    function government(GovernmentId id) external view returns (Government memory);

    /// @notice The body with this identifier; 0 where there is none.
    function governmentBy(string calldata scheme, string calldata value) external view returns (GovernmentId);

    function governmentCount() external view returns (uint32);
}
