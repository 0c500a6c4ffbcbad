// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {AgreementChecker} from "../AgreementChecker.sol";
import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
import {IBreachRegister} from "../interfaces/IBreachRegister.sol";
import {ICommitmentRegistry} from "../interfaces/ICommitmentRegistry.sol";
import {IDisciplineRegister} from "../interfaces/IDisciplineRegister.sol";
import {IGovernmentRegister} from "../interfaces/IGovernmentRegister.sol";
import {Authorization} from "../types/Authorization.sol";
import {AgreementId, GovernmentId} from "../types/Identifiers.sol";
import {GovernmentCommands} from "./GovernmentCommands.sol";

/// @dev What the agreement registry keeps, the questions it answers, and what it asks before it changes anything.
abstract contract AgreementRecords is IAgreementRegistry, GovernmentCommands {
    using BitMaps for BitMaps.BitMap;

    /// @dev Who takes part. One bit per government, so that all parties of an agreement are mostly read from one
    /// storage slot.
    struct Roll {
        BitMaps.BitMap parties;
        /// Parties that consent to ending the agreement.
        BitMaps.BitMap consents;
        /// Former parties whose seat a successor has taken.
        BitMaps.BitMap succeeded;
        mapping(uint16 version => BitMaps.BitMap) signatures;
        /// The version that a newcomer has signed and waits to be admitted to.
        mapping(GovernmentId newcomer => uint16 version) accessions;
        uint16 versionCount;
        uint16 consentCount;
    }

    /// @dev What later questions need of an indicator; one storage slot.
    struct Measure {
        uint64 target;
        uint16 weightBasisPoints;
        IndicatorDirection direction;
    }

    uint256 internal constant PROPOSED = 1 << uint8(AgreementState.Proposed);
    uint256 internal constant CONCLUDED = 1 << uint8(AgreementState.Concluded);
    uint256 internal constant SUSPENDED = 1 << uint8(AgreementState.Suspended);
    uint256 internal constant ENDED = 1 << uint8(AgreementState.Ended);

    uint256 internal constant PARTIES_MAX = 1000;
    /// An indicator of average share gives a commitment the weight 1,000,000: 10,000 basis points times this.
    uint64 internal constant WEIGHT_PER_BASIS_POINT = 100;

    AgreementChecker public immutable checker;
    IDisciplineRegister public immutable discipline;

    mapping(AgreementId id => Agreement) internal _agreements;
    mapping(AgreementId id => Roll) internal _rolls;
    mapping(AgreementId id => mapping(uint16 version => Version)) internal _versions;
    mapping(AgreementId id => mapping(uint16 version => mapping(uint256 index => Measure))) internal _measures;
    /// @inheritdoc IAgreementRegistry
    uint32 public agreementCount;

    constructor(
        IGovernmentRegister register_,
        ICommitmentRegistry commitments_,
        IBreachRegister breaches_,
        IDisciplineRegister discipline_
    ) GovernmentCommands(register_) {
        checker = new AgreementChecker(register_, commitments_, breaches_);
        discipline = discipline_;
    }

    // ------------------------------------------------------------------------------------------------- questions

    /// @inheritdoc IAgreementRegistry
    function agreement(AgreementId id) external view returns (Agreement memory) {
        return _agreements[id];
    }

    /// @inheritdoc IAgreementRegistry
    function isParty(AgreementId id, GovernmentId government) public view returns (bool) {
        return _rolls[id].parties.get(GovernmentId.unwrap(government));
    }

    /// @inheritdoc IAgreementRegistry
    function hasSigned(AgreementId id, uint16 version, GovernmentId government) public view returns (bool) {
        return _rolls[id].signatures[version].get(GovernmentId.unwrap(government));
    }

    /// @inheritdoc IAgreementRegistry
    function versionOf(AgreementId id, uint16 number) external view returns (Version memory) {
        return _versions[id][number];
    }

    /// @inheritdoc IAgreementRegistry
    function indicator(AgreementId id, uint16 number, uint8 index)
        external
        view
        returns (uint64 target, uint16 weightBasisPoints, IndicatorDirection direction)
    {
        _requireIndex(id, index, _versions[id][number].indicatorCount);
        Measure storage m = _measures[id][number][index];
        return (m.target, m.weightBasisPoints, m.direction);
    }

    /// @inheritdoc IAgreementRegistry
    function requireInForce(AgreementId id, GovernmentId party, GovernmentId counterpart)
        external
        view
        returns (uint64 effectiveFrom)
    {
        return _requireInForce(id, party, counterpart).effectiveFrom;
    }

    /// @inheritdoc IAgreementRegistry
    function requireIndicator(AgreementId id, GovernmentId party, GovernmentId counterpart, uint8 index)
        external
        view
        returns (uint64 effectiveFrom, uint64 weight)
    {
        Agreement storage a = _requireInForce(id, party, counterpart);
        _requireIndex(id, index, a.indicatorCount);
        return (
            a.effectiveFrom,
            WEIGHT_PER_BASIS_POINT * _measures[id][a.version][index].weightBasisPoints * a.indicatorCount
        );
    }

    /// @inheritdoc IAgreementRegistry
    function requireNotSuspended(AgreementId id) external view {
        Agreement storage a = _existing(id);
        _requireState(id, a, CONCLUDED | ENDED);
        if (!_isPast(a.effectiveFrom)) _revertNotInForce(id, a);
    }

    /// @inheritdoc IAgreementRegistry
    function requireRecorder(AgreementId id, GovernmentId recorder, GovernmentId[] calldata parties)
        external
        view
        returns (uint8 indicatorCount)
    {
        indicatorCount = _requireRecorder(id, recorder).indicatorCount;
        for (uint256 i = 0; i < parties.length; ++i) {
            GovernmentId party = parties[i];
            // Histories come in runs of the same debtor, which one check answers.
            if (party.isNone() || (i != 0 && party == parties[i - 1])) continue;
            _requireParty(id, party);
            _requireJurisdiction(recorder, party);
        }
    }

    /// @inheritdoc IAgreementRegistry
    function coordinatingBody(AgreementId id) external view returns (GovernmentId) {
        return _agreements[id].coordinatingBody;
    }

    // -------------------------------------------------------------------------------------------------- who commands

    /// @dev The EIP-712 hash of the terms in a relayed command; a direct one needs none.
    function _hashTerms(AgreementTerms calldata terms, Authorization calldata authorization)
        internal
        view
        returns (bytes32)
    {
        return _isRelayed(authorization) ? checker.hashTerms(terms) : bytes32(0);
    }

    function _government(bytes memory command, Authorization calldata authorization)
        internal
        returns (GovernmentId government)
    {
        uint8 roles;
        (government, roles) = _speaker(command, authorization);
        _requireRole(government, roles, IGovernmentRegister.Role.Government);
    }

    function _coordinator(bytes memory command, Authorization calldata authorization)
        internal
        returns (GovernmentId body)
    {
        uint8 roles;
        (body, roles) = _speaker(command, authorization);
        _requireRole(body, roles, IGovernmentRegister.Role.CoordinatingBody);
    }

    function _party(AgreementId id, bytes memory command, Authorization calldata authorization)
        internal
        returns (GovernmentId party, Agreement storage a)
    {
        party = _government(command, authorization);
        a = _existing(id);
        _requireParty(id, party);
    }

    function _body(AgreementId id, bytes memory command, Authorization calldata authorization)
        internal
        returns (GovernmentId body, Agreement storage a)
    {
        body = _coordinator(command, authorization);
        a = _existing(id);
        _requireBody(id, a, body);
    }

    // ------------------------------------------------------------------------------------------------------ checking

    function _existing(AgreementId id) internal view returns (Agreement storage a) {
        a = _agreements[id];
        if (a.state == AgreementState.None) revert AgreementUnknown(id);
    }

    /// @dev Whether a version can be proposed and signed now; if so, whether it amends what is concluded.
    function _requireNegotiable(AgreementId id, Agreement storage a) internal view returns (bool amends) {
        _requireState(id, a, PROPOSED | CONCLUDED);
        amends = a.state == AgreementState.Concluded;
        if (amends && _isPast(a.expiresAt)) _revertNotInForce(id, a);
    }

    function _requireParty(AgreementId id, GovernmentId government) internal view {
        if (!isParty(id, government)) revert AgreementNotParty(id, government);
    }

    function _requireBody(AgreementId id, Agreement storage a, GovernmentId body) internal view {
        if (body != a.coordinatingBody) revert AgreementNotCoordinatingBody(id, body, a.coordinatingBody);
    }

    function _requirePending(AgreementId id, Agreement storage a, uint16 version) internal view {
        if (version == 0 || version != a.pendingVersion) {
            revert AgreementVersionSuperseded(id, version, a.pendingVersion);
        }
    }

    /// @param allowed Bits of the states that this can be done in.
    function _requireState(AgreementId id, Agreement storage a, uint256 allowed) internal view {
        AgreementState state = a.state;
        if (allowed & (1 << uint8(state)) != 0) return;
        if (state == AgreementState.Suspended) revert AgreementIsSuspended(id, a.suspendedAt);
        revert AgreementStateInvalid(id, state);
    }

    function _requireCurrent(AgreementId id, Agreement storage a) internal view {
        if (a.state == AgreementState.Suspended) revert AgreementIsSuspended(id, a.suspendedAt);
        if (a.state != AgreementState.Concluded || !_isPast(a.effectiveFrom) || _isPast(a.expiresAt)) {
            _revertNotInForce(id, a);
        }
    }

    function _revertNotInForce(AgreementId id, Agreement storage a) internal view {
        revert AgreementNotInForce(id, a.state, a.effectiveFrom, a.expiresAt);
    }

    function _requireInForce(AgreementId id, GovernmentId party, GovernmentId counterpart)
        internal
        view
        returns (Agreement storage a)
    {
        a = _existing(id);
        _requireCurrent(id, a);
        _requireParty(id, party);
        if (counterpart.isNone()) {
            _requireBodyRole(a.coordinatingBody);
        } else {
            _requireParty(id, counterpart);
            _requireGovernmentRole(counterpart);
        }
    }

    function _requireRecorder(AgreementId id, GovernmentId recorder) internal view returns (Agreement storage a) {
        a = _existing(id);
        if (!a.backfilled) revert AgreementNotBackfilled(id);
        _requireBody(id, a, recorder);
    }

    function _requireIndex(AgreementId id, uint8 index, uint8 count) internal pure {
        if (index >= count) revert AgreementIndicatorUnknown(id, index, count);
    }

    /// @dev Terms that are proposed for conclusion. Only a backfill may speak of the past.
    function _checkProposed(AgreementTerms calldata terms) internal view returns (bytes32 digest) {
        uint64 begins = terms.effectiveFrom == 0 ? uint64(block.timestamp) : terms.effectiveFrom;
        if (begins < block.timestamp) revert AgreementBackdated(begins, block.timestamp);
        _requireNotExpired(terms.effectiveFrom, terms.expiresAt);
        return checker.checkTerms(terms, begins);
    }

    function _checkAmendment(AgreementId id, Agreement storage a, AgreementTerms calldata terms)
        internal
        view
        returns (bytes32 digest)
    {
        if (terms.effectiveFrom != 0) revert AgreementAmendmentDated(id, terms.effectiveFrom);
        _requireNotExpired(a.effectiveFrom, terms.expiresAt);
        return checker.checkTerms(terms, a.effectiveFrom);
    }

    /// @dev What has run out cannot be agreed any more: it would be in force at no moment.
    function _requireNotExpired(uint64 effectiveFrom, uint64 expiresAt) internal view {
        if (expiresAt != 0 && (expiresAt <= block.timestamp || expiresAt <= effectiveFrom)) {
            revert AgreementPeriodInvalid(effectiveFrom, expiresAt);
        }
    }

    function _requireNewcomer(AgreementId id, Agreement storage a, GovernmentId newcomer) internal view {
        if (isParty(id, newcomer)) revert AgreementPartyTwice(newcomer);
        checker.checkNewcomer(a.coordinatingBody, _nextBody(id, a), newcomer);
    }

    /// @dev The body that the newest version names, which follows the one in office if that version comes into force.
    function _nextBody(AgreementId id, Agreement storage a) internal view returns (GovernmentId) {
        return a.pendingVersion == 0 ? a.coordinatingBody : _versions[id][a.pendingVersion].coordinatingBody;
    }

    function _requireRoom(uint256 partyCount) internal pure {
        if (partyCount > PARTIES_MAX) revert AgreementTooManyParties(partyCount, PARTIES_MAX);
    }

    function _requireGovernmentRole(GovernmentId party) internal view {
        if (!register.hasRole(party, IGovernmentRegister.Role.Government)) revert AgreementPartyInvalid(party);
    }

    function _requireBodyRole(GovernmentId body) internal view {
        if (!register.hasRole(body, IGovernmentRegister.Role.CoordinatingBody)) {
            revert AgreementCoordinatingBodyInvalid(body);
        }
    }

    function _requireJurisdiction(GovernmentId body, GovernmentId party) internal view {
        if (!register.hasJurisdiction(body, party)) revert AgreementOutsideJurisdiction(body, party);
    }

    /// @dev Whether a date was set and has come.
    function _isPast(uint256 moment) internal view returns (bool) {
        return moment != 0 && block.timestamp >= moment;
    }
}
