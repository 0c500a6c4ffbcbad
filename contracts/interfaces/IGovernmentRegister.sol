// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorization} from "../types/Authorization.sol";
import {GovernmentId} from "../types/Identifiers.sol";
import {ISignedCommands} from "./ISignedCommands.sol";

/// @title Who takes part, and which accounts speak for whom
/// @notice The administrators, acting together, register bodies and say who succeeds whom. A body changes its own keys: a
/// signer hands its voice over, a coordinating body stops a lost or stolen key, and the body itself puts another in its
/// place.
interface IGovernmentRegister is ISignedCommands {
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
        Removed,
        /// Another body has taken its place; what it owed and did is the other's now.
        Succeeded
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

    /// @notice `successors` have taken the place of `predecessor`: each inherits, jointly and severally, its commitments,
    /// its breaches and its history.
    event SuccessionRecorded(GovernmentId indexed predecessor, GovernmentId[] successors, string ground);
    /// @notice A signer wants to hand its voice to another account, which has to accept. Behind a `SignerRemoved` of the same
    /// signer, it was lost, and its government offers what was its voice. A new offer takes the place of an older.
    event RotationOffered(GovernmentId indexed id, address indexed signer, address indexed replacement);
    /// @notice A coordinating body stopped an account that is said to be lost or stolen. What the account offered is void.
    event SignerFrozen(GovernmentId indexed id, address indexed signer, GovernmentId indexed body, string reason);
    event SignerThawed(GovernmentId indexed id, address indexed signer, GovernmentId indexed body);
    /// @notice From now on this account can put others in the place of a body's signers. It cannot speak for the body.
    event RecoveryAccountSet(GovernmentId indexed id, address indexed recovery);

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
    error SignerIsFrozen(address signer, GovernmentId frozenBy);
    error SignerNotFrozen(address signer);
    /// @notice Only the body that froze an account thaws it; the account's own government can replace it.
    error SignerFrozenByOther(address signer, GovernmentId caller, GovernmentId frozenBy);
    error RotationNotOffered(address signer, address replacement);
    error RecoveryAccountInvalid(address recovery);
    /// @notice A recovery account can put others in the place of any signer of its body; a signer only in the place of one
    /// that is frozen.
    error RecoveryNotAllowed(address account, address lost);
    error RegisterOutsideJurisdiction(GovernmentId body, GovernmentId government);
    /// @notice A body cannot stop those who are parties to a dispute before it.
    error FreezeOfDisputant(GovernmentId body, GovernmentId government);
    error SuccessionEmpty(GovernmentId predecessor);
    error SuccessionTooMany(uint256 successors, uint256 successorsMax);
    error SuccessorTwice(GovernmentId successor);
    /// @notice A successor must stand in the register as a government, and not descend from itself.
    error SuccessorInvalid(GovernmentId predecessor, GovernmentId successor);
    error SuccessionCircle(GovernmentId predecessor, GovernmentId successor);

    function registerGovernments(NewGovernment[] calldata governments) external;

    function addSigner(GovernmentId id, address signer) external;

    /// @notice Takes the voice from an account. It can be added again, but to the same body only.
    function removeSigner(GovernmentId id, address signer) external;

    function setRoles(GovernmentId id, uint8 roles) external;

    function removeGovernment(GovernmentId id, string calldata reason) external;

    function setJurisdiction(GovernmentId body, GovernmentId government, bool granted) external;

    /// @notice Records that others have taken the place of a body, by merger or split. It can no longer speak.
    /// @param successors One or more; governments in the register. Several merge by naming the same successor in turn.
    /// @param ground The act by which it was restructured.
    function recordSuccession(GovernmentId predecessor, GovernmentId[] calldata successors, string calldata ground)
        external;

    /// @notice Offers the caller's voice to another account.
    function offerRotation(address replacement, Authorization calldata authorization) external;

    /// @notice Takes over the voice that `former` offered; `former` can no longer speak. Only the replacement itself.
    function acceptRotation(address former, Authorization calldata authorization) external;

    /// @notice Stops an account, as a coordinating body with jurisdiction over the account's government.
    function freezeSigner(address account, string calldata reason, Authorization calldata authorization) external;

    /// @notice Lets an account speak again, as the body that froze it.
    function thawSigner(address account, Authorization calldata authorization) external;

    /// @notice Names the account that can replace a body's signers. The first is named by a signer, another only by the
    /// recovery account in office, so that a stolen key cannot name its own.
    function setRecoveryAccount(address recovery, Authorization calldata authorization) external;

    /// @notice Ends the voice of a lost account, and offers it to `replacement`, which has to accept.
    function recoverSigner(address lost, address replacement, Authorization calldata authorization) external;

    /// @notice The body an account speaks for, and its roles.
    /// @dev Reverts with `SignerUnknown` where the account speaks for none, with `SignerIsFrozen` where it was stopped, and
    /// with `GovernmentUnknown` where the body was removed or succeeded.
    function speaker(address signer) external view returns (GovernmentId id, uint8 roles);

    /// @notice The same without reverting: 0 and no roles where the account speaks for nobody now.
    function voiceOf(address signer) external view returns (GovernmentId id, uint8 roles);

    /// @notice Whether a body stands in the register with this role.
    function hasRole(GovernmentId id, Role role) external view returns (bool);

    /// @notice Whether `body` may coordinate, and record the history of, `government`.
    function hasJurisdiction(GovernmentId body, GovernmentId government) external view returns (bool);

    function government(GovernmentId id) external view returns (Government memory);

    /// @notice The body with this identifier; 0 where there is none.
    function governmentBy(string calldata scheme, string calldata value) external view returns (GovernmentId);

    function governmentCount() external view returns (uint32);

    /// @notice Those that directly took a body's place; none while it has its own.
    function successors(GovernmentId id) external view returns (GovernmentId[] memory);

    /// @notice A body and all those whose place it has taken, directly or through others; itself first, none twice.
    function lineage(GovernmentId id) external view returns (GovernmentId[] memory);

    /// @notice Whether `caller` is `id` or has, directly or through others, taken its place.
    function standsFor(GovernmentId caller, GovernmentId id) external view returns (bool);

    /// @notice The coordinating body nearest above this one; 0 where there is none.
    function higherBody(GovernmentId body) external view returns (GovernmentId);

    /// @notice Every body that was ever given the role of a coordinating body, in order of registration.
    function coordinatingBodies() external view returns (GovernmentId[] memory);

    /// @notice The account that can replace this body's signers; zero where none was named.
    function recoveryAccount(GovernmentId id) external view returns (address);
}
