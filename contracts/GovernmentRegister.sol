// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";

import {IGovernmentRegister} from "./interfaces/IGovernmentRegister.sol";
import {GovernmentId} from "./types/Identifiers.sol";

contract GovernmentRegister is IGovernmentRegister {
    using EnumerableSet for EnumerableSet.AddressSet;

    /// @dev What every command asks about its signer, in one storage slot. The roles repeat those of the body, because
    /// they are read by every command and hardly ever change; they are 0 once the signer or the body was removed.
    struct Speaker {
        GovernmentId government;
        uint8 roles;
    }

    uint256 private constant SCHEME_BYTES_MAX = 32;
    uint256 private constant VALUE_BYTES_MAX = 64;
    uint256 private constant NAME_BYTES_MAX = 256;
    uint8 private constant ROLES_ALL = 7;

    address public immutable administration;

    mapping(GovernmentId id => Government) private _governments;
    mapping(bytes32 identifier => GovernmentId id) private _byIdentifier;
    mapping(address signer => Speaker) private _speakers;
    mapping(GovernmentId id => EnumerableSet.AddressSet) private _signers;
    mapping(GovernmentId body => mapping(GovernmentId government => bool)) private _jurisdiction;
    /// @inheritdoc IGovernmentRegister
    uint32 public governmentCount;

    modifier onlyAdministration() {
        if (msg.sender != administration) revert RegisterOnlyAdministration(msg.sender);
        _;
    }

    constructor(address administration_) {
        administration = administration_;
    }

    /// @inheritdoc IGovernmentRegister
    function registerGovernments(NewGovernment[] calldata governments) external onlyAdministration {
        for (uint256 i = 0; i < governments.length; ++i) {
            _register(governments[i]);
        }
    }

    /// @inheritdoc IGovernmentRegister
    function addSigner(GovernmentId id, address signer) external onlyAdministration {
        _requireRegistered(id);
        _addSigner(id, signer);
    }

    /// @inheritdoc IGovernmentRegister
    function removeSigner(GovernmentId id, address signer) external onlyAdministration {
        if (!_signers[id].remove(signer)) revert SignerNotOfGovernment(signer, id);

        // Whom it spoke for stays, so that it never speaks for another.
        _speakers[signer].roles = 0;
        emit SignerRemoved(id, signer);
    }

    /// @inheritdoc IGovernmentRegister
    function setRoles(GovernmentId id, uint8 roles) external onlyAdministration {
        _requireRegistered(id);
        if (roles == 0 || roles > ROLES_ALL) revert GovernmentRolesInvalid(roles);

        _governments[id].roles = roles;
        _setSpeakers(id, roles);
        emit RolesSet(id, roles);
    }

    /// @inheritdoc IGovernmentRegister
    function removeGovernment(GovernmentId id, string calldata reason) external onlyAdministration {
        _requireRegistered(id);

        // What it owed and did stays on record; it can no longer speak.
        _governments[id].state = GovernmentState.Removed;
        _setSpeakers(id, 0);
        emit GovernmentRemoved(id, reason);
    }

    /// @inheritdoc IGovernmentRegister
    function setJurisdiction(GovernmentId body, GovernmentId government_, bool granted) external onlyAdministration {
        if (!hasRole(body, Role.CoordinatingBody)) revert CoordinatingBodyExpected(body);
        if (!government_.isNone()) _requireRegistered(government_);

        _jurisdiction[body][government_] = granted;
        emit JurisdictionSet(body, government_, granted);
    }

    /// @inheritdoc IGovernmentRegister
    function speaker(address signer) external view returns (GovernmentId id, uint8 roles) {
        Speaker storage s = _speakers[signer];
        (id, roles) = (s.government, s.roles);
        if (roles == 0) {
            if (_governments[id].state == GovernmentState.Removed) revert GovernmentUnknown(id);
            revert SignerUnknown(signer);
        }
    }

    /// @inheritdoc IGovernmentRegister
    function hasRole(GovernmentId id, Role role) public view returns (bool) {
        Government storage g = _governments[id];
        return g.state == GovernmentState.Registered && g.roles & (1 << uint8(role)) != 0;
    }

    /// @inheritdoc IGovernmentRegister
    function hasJurisdiction(GovernmentId body, GovernmentId government_) external view returns (bool) {
        return hasRole(body, Role.CoordinatingBody)
            && (_jurisdiction[body][GovernmentId.wrap(0)] || _jurisdiction[body][government_]);
    }

    /// @inheritdoc IGovernmentRegister
    function government(GovernmentId id) external view returns (Government memory) {
        return _governments[id];
    }

    /// @inheritdoc IGovernmentRegister
    function governmentBy(string calldata scheme, string calldata value) external view returns (GovernmentId) {
        return _byIdentifier[_identifier(scheme, value)];
    }

    function _register(NewGovernment calldata g) private {
        _requireText("scheme", g.scheme, SCHEME_BYTES_MAX);
        _requireScheme(g.scheme);
        _requireText("value", g.value, VALUE_BYTES_MAX);
        _requireText("name", g.name, NAME_BYTES_MAX);
        if (g.roles == 0 || g.roles > ROLES_ALL) revert GovernmentRolesInvalid(g.roles);
        if (!g.superior.isNone()) _requireRegistered(g.superior);
        bytes32 identifier = _identifier(g.scheme, g.value);
        GovernmentId existing = _byIdentifier[identifier];
        if (!existing.isNone()) revert GovernmentAlreadyRegistered(g.scheme, g.value, existing);

        GovernmentId id = GovernmentId.wrap(++governmentCount);
        _byIdentifier[identifier] = id;
        _governments[id] = Government({
            state: GovernmentState.Registered,
            level: g.level,
            roles: g.roles,
            superior: g.superior,
            registeredAt: uint40(block.timestamp)
        });
        emit GovernmentRegistered(id, g.scheme, g.value, g.name, g.level, g.superior, g.roles);
        for (uint256 i = 0; i < g.signers.length; ++i) {
            _addSigner(id, g.signers[i]);
        }
    }

    function _addSigner(GovernmentId id, address signer) private {
        if (signer == address(0)) revert SignerInvalid(signer);
        GovernmentId existing = _speakers[signer].government;
        if (!existing.isNone() && existing != id) revert SignerAlreadySpeaks(signer, existing);
        if (!_signers[id].add(signer)) revert SignerAlreadySpeaks(signer, id);

        _speakers[signer] = Speaker({government: id, roles: _governments[id].roles});
        emit SignerAdded(id, signer);
    }

    function _setSpeakers(GovernmentId id, uint8 roles) private {
        EnumerableSet.AddressSet storage signers = _signers[id];
        for (uint256 i = 0; i < signers.length(); ++i) {
            _speakers[signers.at(i)].roles = roles;
        }
    }

    function _requireRegistered(GovernmentId id) private view {
        if (_governments[id].state != GovernmentState.Registered) revert GovernmentUnknown(id);
    }

    function _requireText(string memory field, string calldata text, uint256 lengthMax) private pure {
        uint256 length = bytes(text).length;
        if (length == 0) revert GovernmentFieldEmpty(field);
        if (length > lengthMax) revert GovernmentFieldTooLong(field, length, lengthMax);
    }

    function _requireScheme(string calldata scheme) private pure {
        for (uint256 i = 0; i < bytes(scheme).length; ++i) {
            bytes1 c = bytes(scheme)[i];
            bool allowed = (c >= "a" && c <= "z") || (c >= "0" && c <= "9") || c == "-";
            if (!allowed) revert GovernmentSchemeInvalid(scheme);
        }
    }

    function _identifier(string calldata scheme, string calldata value) private pure returns (bytes32) {
        // A scheme holds no colon, so that two pairs cannot give the same bytes.
        return keccak256(abi.encodePacked(scheme, ":", value));
    }
}
