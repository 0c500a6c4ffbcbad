// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";

import {GovernmentCommands} from "./base/GovernmentCommands.sol";
import {SignedCommands} from "./base/SignedCommands.sol";
import {IDisputeRegister} from "./interfaces/IDisputeRegister.sol";
import {IGovernmentRegister} from "./interfaces/IGovernmentRegister.sol";
import {GovernmentList} from "./libraries/GovernmentList.sol";
import {Authorization} from "./types/Authorization.sol";
import {GovernmentId} from "./types/Identifiers.sol";

contract GovernmentRegister is IGovernmentRegister, SignedCommands {
    using EnumerableSet for EnumerableSet.AddressSet;
    using GovernmentList for GovernmentList.List;

    /// @dev What every command asks about its signer, in one storage slot. The roles repeat those of the body, because
    /// they are read by every command and hardly ever change; they are 0 once the signer or the body was removed.
    struct Speaker {
        GovernmentId government;
        uint8 roles;
        /// The body that stopped this account; 0 while it is not stopped. It outlasts the account's voice.
        GovernmentId frozenBy;
    }

    uint256 private constant SCHEME_BYTES_MAX = 32;
    uint256 private constant VALUE_BYTES_MAX = 64;
    uint256 private constant NAME_BYTES_MAX = 256;
    uint256 private constant REASON_BYTES_MAX = 1024;
    uint8 private constant ROLES_ALL = 7;
    uint256 private constant SUCCESSORS_MAX = 16;
    /// More levels than any state has; a walk upward ends even if superiors were registered in a circle.
    uint256 private constant LEVELS_MAX = 16;

    bytes32 private constant OFFER_ROTATION =
        keccak256("OfferRotation(address replacement,address signer,uint256 operation,uint64 deadline)");
    bytes32 private constant ACCEPT_ROTATION =
        keccak256("AcceptRotation(address former,address signer,uint256 operation,uint64 deadline)");
    bytes32 private constant FREEZE_SIGNER =
        keccak256("FreezeSigner(address account,string reason,address signer,uint256 operation,uint64 deadline)");
    bytes32 private constant THAW_SIGNER =
        keccak256("ThawSigner(address account,address signer,uint256 operation,uint64 deadline)");
    bytes32 private constant SET_RECOVERY_ACCOUNT =
        keccak256("SetRecoveryAccount(address recovery,address signer,uint256 operation,uint64 deadline)");
    bytes32 private constant RECOVER_SIGNER =
        keccak256("RecoverSigner(address lost,address replacement,address signer,uint256 operation,uint64 deadline)");

    address public immutable administration;
    IDisputeRegister public immutable disputes;

    mapping(GovernmentId id => Government) private _governments;
    mapping(bytes32 identifier => GovernmentId id) private _byIdentifier;
    mapping(address signer => Speaker) private _speakers;
    mapping(GovernmentId id => EnumerableSet.AddressSet) private _signers;
    mapping(GovernmentId body => mapping(GovernmentId government => bool)) private _jurisdiction;
    mapping(GovernmentId id => GovernmentId[]) private _successors;
    mapping(GovernmentId id => GovernmentId[]) private _predecessors;
    mapping(address former => address replacement) private _rotations;
    mapping(GovernmentId id => address) private _recoveryAccounts;
    /// The body that an account is the recovery account of. None is that of two, nor a signer.
    mapping(address account => GovernmentId id) private _recoveryOf;
    GovernmentId[] private _coordinatingBodies;
    /// @inheritdoc IGovernmentRegister
    uint32 public governmentCount;

    modifier onlyAdministration() {
        if (msg.sender != administration) revert RegisterOnlyAdministration(msg.sender);
        _;
    }

    constructor(address administration_, IDisputeRegister disputes_) {
        administration = administration_;
        disputes = disputes_;
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
        if (!_signers[id].contains(signer)) revert SignerNotOfGovernment(signer, id);

        _removeSigner(id, signer);
    }

    /// @inheritdoc IGovernmentRegister
    function setRoles(GovernmentId id, uint8 roles) external onlyAdministration {
        _requireRegistered(id);
        if (roles == 0 || roles > ROLES_ALL) revert GovernmentRolesInvalid(roles);

        _governments[id].roles = roles;
        _noteCoordinatingBody(id, roles);
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
    function recordSuccession(GovernmentId predecessor, GovernmentId[] calldata successors_, string calldata ground)
        external
        onlyAdministration
    {
        _requireRegistered(predecessor);
        if (successors_.length == 0) revert SuccessionEmpty(predecessor);
        if (successors_.length > SUCCESSORS_MAX) revert SuccessionTooMany(successors_.length, SUCCESSORS_MAX);
        _requireText("ground", ground, REASON_BYTES_MAX);
        for (uint256 i = 0; i < successors_.length; ++i) {
            GovernmentId successor = successors_[i];
            if (successor == predecessor) revert SuccessorInvalid(predecessor, successor);
            if (standsFor(predecessor, successor)) revert SuccessionCircle(predecessor, successor);
            if (!hasRole(successor, Role.Government)) revert SuccessorInvalid(predecessor, successor);
            for (uint256 j = 0; j < i; ++j) {
                if (successors_[j] == successor) revert SuccessorTwice(successor);
            }
            _predecessors[successor].push(predecessor);
        }

        _successors[predecessor] = successors_;
        _governments[predecessor].state = GovernmentState.Succeeded;
        _setSpeakers(predecessor, 0);
        emit SuccessionRecorded(predecessor, successors_, ground);
    }

    /// @inheritdoc IGovernmentRegister
    function offerRotation(address replacement, Authorization calldata authorization) external {
        _authorize(abi.encode(OFFER_ROTATION, replacement), authorization);
        (GovernmentId id,) = speaker(authorization.signer);

        _offerRotation(id, authorization.signer, replacement);
    }

    /// @inheritdoc IGovernmentRegister
    function acceptRotation(address former, Authorization calldata authorization) external {
        address replacement = authorization.signer;
        _authorize(abi.encode(ACCEPT_ROTATION, former), authorization);
        if (_rotations[former] != replacement) revert RotationNotOffered(former, replacement);
        GovernmentId id = _speakers[former].government;
        _requireRegistered(id);

        // One that was lost has no voice to lose any more.
        if (_signers[id].contains(former)) _removeSigner(id, former);
        else delete _rotations[former];
        _addSigner(id, replacement);
    }

    /// @inheritdoc IGovernmentRegister
    function freezeSigner(address account, string calldata reason, Authorization calldata authorization) external {
        _authorize(abi.encode(FREEZE_SIGNER, account, keccak256(bytes(reason))), authorization);
        GovernmentId body = _coordinatingBody(authorization.signer);
        Speaker storage s = _speakers[account];
        GovernmentId id = s.government;
        _requireVoice(account, s);
        if (!hasJurisdiction(body, id)) revert RegisterOutsideJurisdiction(body, id);
        _requireNotBefore(body, id);
        if (!s.frozenBy.isNone()) revert SignerIsFrozen(account, s.frozenBy);
        _requireText("reason", reason, REASON_BYTES_MAX);

        s.frozenBy = body;
        // Whoever has got hold of a key may have offered its voice to an account of his own.
        delete _rotations[account];
        emit SignerFrozen(id, account, body, reason);
    }

    /// @inheritdoc IGovernmentRegister
    function thawSigner(address account, Authorization calldata authorization) external {
        _authorize(abi.encode(THAW_SIGNER, account), authorization);
        GovernmentId body = _coordinatingBody(authorization.signer);
        Speaker storage s = _speakers[account];
        GovernmentId frozenBy = s.frozenBy;
        if (frozenBy.isNone()) revert SignerNotFrozen(account);
        if (!standsFor(body, frozenBy)) revert SignerFrozenByOther(account, body, frozenBy);

        s.frozenBy = GovernmentId.wrap(0);
        emit SignerThawed(s.government, account, body);
    }

    /// @inheritdoc IGovernmentRegister
    function setRecoveryAccount(address recovery, Authorization calldata authorization) external {
        _authorize(abi.encode(SET_RECOVERY_ACCOUNT, recovery), authorization);
        address caller = authorization.signer;
        GovernmentId id = _recoveryOf[caller];
        if (id.isNone()) {
            (id,) = speaker(caller);
            address inOffice = _recoveryAccounts[id];
            if (inOffice != address(0)) revert RecoveryNotAllowed(caller, inOffice);
        } else {
            _requireRegistered(id);
        }
        // A signer that is its own recovery account would be lost with it.
        if (recovery == address(0) || !_speakers[recovery].government.isNone() || !_recoveryOf[recovery].isNone()) {
            revert RecoveryAccountInvalid(recovery);
        }

        _recoveryOf[_recoveryAccounts[id]] = GovernmentId.wrap(0);
        _recoveryOf[recovery] = id;
        _recoveryAccounts[id] = recovery;
        emit RecoveryAccountSet(id, recovery);
    }

    /// @inheritdoc IGovernmentRegister
    function recoverSigner(address lost, address replacement, Authorization calldata authorization) external {
        _authorize(abi.encode(RECOVER_SIGNER, lost, replacement), authorization);
        address caller = authorization.signer;
        Speaker storage s = _speakers[lost];
        GovernmentId id = s.government;
        if (id.isNone()) revert SignerUnknown(lost);
        _requireRegistered(id);
        if (_recoveryOf[caller] != id) {
            (GovernmentId own,) = speaker(caller);
            if (own != id || s.frozenBy.isNone()) revert RecoveryNotAllowed(caller, lost);
        }
        bool speaks = _signers[id].contains(lost);
        // What was offered in its place can be offered to another; a voice that the administrators took cannot.
        if (!speaks && _rotations[lost] == address(0)) revert SignerNotOfGovernment(lost, id);

        if (speaks) _removeSigner(id, lost);
        _offerRotation(id, lost, replacement);
    }

    /// @inheritdoc IGovernmentRegister
    function speaker(address signer) public view returns (GovernmentId id, uint8 roles) {
        Speaker storage s = _speakers[signer];
        _requireVoice(signer, s);
        if (!s.frozenBy.isNone()) revert SignerIsFrozen(signer, s.frozenBy);
        return (s.government, s.roles);
    }

    /// @inheritdoc IGovernmentRegister
    function voiceOf(address signer) external view returns (GovernmentId id, uint8 roles) {
        Speaker storage s = _speakers[signer];
        if (s.roles != 0 && s.frozenBy.isNone()) return (s.government, s.roles);
    }

    /// @inheritdoc IGovernmentRegister
    function hasRole(GovernmentId id, Role role) public view returns (bool) {
        Government storage g = _governments[id];
        return g.state == GovernmentState.Registered && g.roles & (1 << uint8(role)) != 0;
    }

    /// @inheritdoc IGovernmentRegister
    function hasJurisdiction(GovernmentId body, GovernmentId government_) public view returns (bool) {
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

    /// @inheritdoc IGovernmentRegister
    function successors(GovernmentId id) external view returns (GovernmentId[] memory) {
        return _successors[id];
    }

    /// @inheritdoc IGovernmentRegister
    function lineage(GovernmentId id) public view returns (GovernmentId[] memory) {
        return _reach(_predecessors, id);
    }

    /// @inheritdoc IGovernmentRegister
    function standsFor(GovernmentId caller, GovernmentId id) public view returns (bool) {
        if (caller == id) return true;
        if (_predecessors[caller].length == 0) return false;
        GovernmentId[] memory heirs = _reach(_successors, id);
        for (uint256 i = 0; i < heirs.length; ++i) {
            if (heirs[i] == caller) return true;
        }
        return false;
    }

    /// @inheritdoc IGovernmentRegister
    function higherBody(GovernmentId body) external view returns (GovernmentId) {
        for (uint256 i = 0; i < LEVELS_MAX; ++i) {
            body = _governments[body].superior;
            if (body.isNone() || hasRole(body, Role.CoordinatingBody)) return body;
        }
        return GovernmentId.wrap(0);
    }

    /// @inheritdoc IGovernmentRegister
    function coordinatingBodies() external view returns (GovernmentId[] memory) {
        return _coordinatingBodies;
    }

    /// @inheritdoc IGovernmentRegister
    function recoveryAccount(GovernmentId id) external view returns (address) {
        return _recoveryAccounts[id];
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
        _noteCoordinatingBody(id, g.roles);
        emit GovernmentRegistered(id, g.scheme, g.value, g.name, g.level, g.superior, g.roles);
        for (uint256 i = 0; i < g.signers.length; ++i) {
            _addSigner(id, g.signers[i]);
        }
    }

    function _addSigner(GovernmentId id, address signer) private {
        _requireAddable(id, signer);

        _signers[id].add(signer);
        // One that was stopped stays stopped, whoever adds it again.
        _speakers[signer].government = id;
        _speakers[signer].roles = _governments[id].roles;
        delete _rotations[signer];
        emit SignerAdded(id, signer);
    }

    function _removeSigner(GovernmentId id, address signer) private {
        _signers[id].remove(signer);
        // Whom it spoke for stays, so that it never speaks for another.
        _speakers[signer].roles = 0;
        delete _rotations[signer];
        emit SignerRemoved(id, signer);
    }

    function _offerRotation(GovernmentId id, address former, address replacement) private {
        if (replacement == former) revert SignerInvalid(replacement);
        _requireAddable(id, replacement);

        _rotations[former] = replacement;
        emit RotationOffered(id, former, replacement);
    }

    /// @dev Keeps every body that was ever a coordinating body in order of registration.
    function _noteCoordinatingBody(GovernmentId id, uint8 roles) private {
        if (roles & (1 << uint8(Role.CoordinatingBody)) == 0) return;
        uint32 number = GovernmentId.unwrap(id);
        uint256 place = _coordinatingBodies.length;
        while (place > 0 && GovernmentId.unwrap(_coordinatingBodies[place - 1]) > number) --place;
        if (place > 0 && _coordinatingBodies[place - 1] == id) return;
        _coordinatingBodies.push(id);
        for (uint256 i = _coordinatingBodies.length - 1; i > place; --i) {
            _coordinatingBodies[i] = _coordinatingBodies[i - 1];
        }
        _coordinatingBodies[place] = id;
    }

    function _setSpeakers(GovernmentId id, uint8 roles) private {
        EnumerableSet.AddressSet storage signers = _signers[id];
        for (uint256 i = 0; i < signers.length(); ++i) {
            _speakers[signers.at(i)].roles = roles;
        }
    }

    /// @dev A body and all that can be reached from it, itself first, none twice.
    function _reach(mapping(GovernmentId => GovernmentId[]) storage edges, GovernmentId start)
        private
        view
        returns (GovernmentId[] memory)
    {
        GovernmentList.List memory found;
        found.add(start);
        for (uint256 i = 0; i < found.count; ++i) {
            GovernmentId[] storage next = edges[found.items[i]];
            for (uint256 j = 0; j < next.length; ++j) {
                found.add(next[j]);
            }
        }
        return found.toArray();
    }

    /// @dev The coordinating body that an account speaks for.
    function _coordinatingBody(address signer) private view returns (GovernmentId body) {
        uint8 roles;
        (body, roles) = speaker(signer);
        if (roles & (1 << uint8(Role.CoordinatingBody)) == 0) {
            revert GovernmentCommands.CommandRoleMissing(body, Role.CoordinatingBody);
        }
    }

    /// @dev Whether it was stopped or not, the account must speak for a body that is there.
    function _requireVoice(address signer, Speaker storage s) private view {
        if (s.roles != 0) return;
        GovernmentState state = _governments[s.government].state;
        if (state == GovernmentState.Removed || state == GovernmentState.Succeeded) {
            revert GovernmentUnknown(s.government);
        }
        revert SignerUnknown(signer);
    }

    /// @dev A body stops neither itself nor those who wait for its ruling, in their own dispute or in one they inherited.
    function _requireNotBefore(GovernmentId body, GovernmentId id) private view {
        GovernmentId[] memory line = lineage(id);
        for (uint256 i = 0; i < line.length; ++i) {
            if (line[i] == body || disputes.isBefore(body, line[i])) revert FreezeOfDisputant(body, id);
        }
    }

    function _requireAddable(GovernmentId id, address signer) private view {
        if (signer == address(0) || !_recoveryOf[signer].isNone()) revert SignerInvalid(signer);
        GovernmentId existing = _speakers[signer].government;
        if (!existing.isNone() && existing != id) revert SignerAlreadySpeaks(signer, existing);
        if (_signers[id].contains(signer)) revert SignerAlreadySpeaks(signer, id);
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
