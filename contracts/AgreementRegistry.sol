// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {GovernmentCommands} from "./base/GovernmentCommands.sol";
import {IAgreementRegistry} from "./interfaces/IAgreementRegistry.sol";
import {IGovernmentRegister} from "./interfaces/IGovernmentRegister.sol";
import {AgreementHashing} from "./libraries/AgreementHashing.sol";
import {CurrencyCode} from "./libraries/CurrencyCode.sol";
import {Authorization} from "./types/Authorization.sol";
import {AgreementId, GovernmentId} from "./types/Identifiers.sol";

contract AgreementRegistry is IAgreementRegistry, GovernmentCommands {
    using BitMaps for BitMaps.BitMap;

    /// @dev One bit per government, so that all parties of an agreement are mostly read from one storage slot.
    struct Participation {
        BitMaps.BitMap parties;
        BitMaps.BitMap signatures;
    }

    uint256 private constant PARTIES_MIN = 2;
    uint256 private constant PARTIES_MAX = 1000;
    uint256 private constant INDICATORS_MAX = 64;
    uint256 private constant WEIGHTS_SUM_BASIS_POINTS = 10_000;
    uint256 private constant SHARE_BASIS_POINTS_MAX = 10_000;
    /// As much money, in minor units, as the compensation ledger takes in one transfer.
    uint64 private constant AMOUNT_MINOR_MAX = 10 ** 18;
    /// A trillion units, in millionths: above what is counted anywhere.
    uint64 private constant TARGET_MAX = 10 ** 18;
    uint256 private constant SHORT_TEXT_BYTES_MAX = 512;
    uint256 private constant LONG_TEXT_BYTES_MAX = 4096;

    bytes32 private constant PROPOSE_AGREEMENT = keccak256(
        abi.encodePacked(
            "ProposeAgreement(AgreementTerms terms,address signer,uint256 operation,uint64 deadline)",
            AgreementHashing.AGREEMENT_TERMS_TYPE,
            AgreementHashing.COMPENSATION_RULE_TYPE,
            AgreementHashing.INDICATOR_TYPE
        )
    );
    bytes32 private constant SIGN_AGREEMENT = keccak256(
        "SignAgreement(uint32 id,bytes32 termsDigest,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 private constant RECORD_AGREEMENT = keccak256(
        abi.encodePacked(
            "RecordAgreement(AgreementTerms terms,address signer,uint256 operation,uint64 deadline)",
            AgreementHashing.AGREEMENT_TERMS_TYPE,
            AgreementHashing.COMPENSATION_RULE_TYPE,
            AgreementHashing.INDICATOR_TYPE
        )
    );
    bytes32 private constant RECORD_ACCESSION = keccak256(
        "RecordAccession(uint32 id,uint32[] parties,address signer,uint256 operation,uint64 deadline)"
    );

    mapping(AgreementId id => Agreement) private _agreements;
    mapping(AgreementId id => Participation) private _participation;
    /// @inheritdoc IAgreementRegistry
    uint32 public agreementCount;

    constructor(IGovernmentRegister register_) GovernmentCommands(register_) {}

    /// @inheritdoc IAgreementRegistry
    function proposeAgreement(AgreementTerms calldata terms, Authorization calldata authorization)
        external
        returns (AgreementId id)
    {
        GovernmentId proposer = _actor(
            abi.encode(PROPOSE_AGREEMENT, AgreementHashing.hash(terms)),
            authorization,
            IGovernmentRegister.Role.Government
        );
        // Only a backfill may speak of the past.
        if (terms.effectiveFrom != 0 && terms.effectiveFrom < block.timestamp) {
            revert AgreementBackdated(terms.effectiveFrom, block.timestamp);
        }
        _requireNotExpired(terms.effectiveFrom, terms.expiresAt);

        id = _create(terms, AgreementState.Proposed, false);
        if (!isParty(id, proposer)) revert AgreementNotParty(id, proposer);
        emit AgreementProposed(id, proposer, _agreements[id].termsDigest, terms);
    }

    /// @inheritdoc IAgreementRegistry
    function signAgreement(AgreementId id, bytes32 termsDigest, Authorization calldata authorization) external {
        GovernmentId party = _actor(
            abi.encode(SIGN_AGREEMENT, id, termsDigest), authorization, IGovernmentRegister.Role.Government
        );
        Agreement storage a = _agreements[id];
        if (a.state == AgreementState.None) revert AgreementUnknown(id);
        if (!isParty(id, party)) revert AgreementNotParty(id, party);
        if (hasSigned(id, party)) revert AgreementAlreadySigned(id, party);
        if (a.state != AgreementState.Proposed) revert AgreementNotProposed(id, a.state);
        if (termsDigest != a.termsDigest) revert AgreementTermsDiffer(id, termsDigest, a.termsDigest);
        _requireNotExpired(a.effectiveFrom, a.expiresAt);

        _participation[id].signatures.set(GovernmentId.unwrap(party));
        a.signatureCount += 1;
        emit AgreementSigned(id, party, termsDigest);
        if (a.signatureCount == a.partyCount) {
            a.state = AgreementState.Concluded;
            if (a.effectiveFrom == 0) a.effectiveFrom = uint40(block.timestamp);
            emit AgreementConcluded(id, a.effectiveFrom, a.expiresAt);
        }
    }

    /// @inheritdoc IAgreementRegistry
    function recordAgreement(AgreementTerms calldata terms, Authorization calldata authorization)
        external
        returns (AgreementId id)
    {
        GovernmentId recorder = _actor(
            abi.encode(RECORD_AGREEMENT, AgreementHashing.hash(terms)),
            authorization,
            IGovernmentRegister.Role.CoordinatingBody
        );
        if (terms.effectiveFrom == 0 || terms.effectiveFrom > block.timestamp) {
            revert AgreementNotPast(terms.effectiveFrom, block.timestamp);
        }

        id = _create(terms, AgreementState.Concluded, true);
        if (terms.coordinatingBody != recorder) {
            revert AgreementNotCoordinatingBody(id, recorder, terms.coordinatingBody);
        }
        emit AgreementBackfilled(id, recorder, _agreements[id].termsDigest, terms);
    }

    /// @inheritdoc IAgreementRegistry
    function recordAccession(AgreementId id, GovernmentId[] calldata parties, Authorization calldata authorization)
        external
    {
        GovernmentId recorder = _actor(
            abi.encode(RECORD_ACCESSION, id, keccak256(abi.encodePacked(parties))),
            authorization,
            IGovernmentRegister.Role.CoordinatingBody
        );
        _requireRecorder(id, recorder);
        if (parties.length == 0) revert AgreementTooFewParties(0, 1);

        _addParties(id, recorder, parties);
        emit AccessionBackfilled(id, recorder, parties);
    }

    /// @inheritdoc IAgreementRegistry
    function agreement(AgreementId id) external view returns (Agreement memory) {
        return _agreements[id];
    }

    /// @inheritdoc IAgreementRegistry
    function isParty(AgreementId id, GovernmentId government) public view returns (bool) {
        return _participation[id].parties.get(GovernmentId.unwrap(government));
    }

    /// @inheritdoc IAgreementRegistry
    function hasSigned(AgreementId id, GovernmentId government) public view returns (bool) {
        return _participation[id].signatures.get(GovernmentId.unwrap(government));
    }

    /// @inheritdoc IAgreementRegistry
    function requireInForce(AgreementId id, GovernmentId party, GovernmentId counterpart)
        external
        view
        returns (uint8 indicatorCount, uint64 effectiveFrom)
    {
        Agreement storage a = _agreements[id];
        if (a.state == AgreementState.None) revert AgreementUnknown(id);
        if (
            a.state != AgreementState.Concluded || block.timestamp < a.effectiveFrom
                || (a.expiresAt != 0 && block.timestamp >= a.expiresAt)
        ) revert AgreementNotInForce(id, a.state, a.effectiveFrom, a.expiresAt);
        if (!isParty(id, party)) revert AgreementNotParty(id, party);
        if (counterpart.isNone()) {
            if (!register.hasRole(a.coordinatingBody, IGovernmentRegister.Role.CoordinatingBody)) {
                revert AgreementCoordinatingBodyInvalid(a.coordinatingBody);
            }
        } else {
            if (!isParty(id, counterpart)) revert AgreementNotParty(id, counterpart);
            if (!register.hasRole(counterpart, IGovernmentRegister.Role.Government)) {
                revert AgreementPartyInvalid(counterpart);
            }
        }
        return (a.indicatorCount, a.effectiveFrom);
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
            if (!isParty(id, party)) revert AgreementNotParty(id, party);
            _requireJurisdiction(recorder, party);
        }
    }

    /// @inheritdoc IAgreementRegistry
    function coordinatingBody(AgreementId id) external view returns (GovernmentId) {
        return _agreements[id].coordinatingBody;
    }

    function _create(AgreementTerms calldata terms, AgreementState state, bool backfilled)
        private
        returns (AgreementId id)
    {
        _requireText("title", terms.title, SHORT_TEXT_BYTES_MAX, true);
        _requireText("referenceNumber", terms.referenceNumber, SHORT_TEXT_BYTES_MAX, false);
        _requireText("documentLocator", terms.documentLocator, SHORT_TEXT_BYTES_MAX, false);
        if (terms.documentDigest == 0) revert AgreementFieldEmpty("documentDigest");
        if (terms.parties.length < PARTIES_MIN) revert AgreementTooFewParties(terms.parties.length, PARTIES_MIN);
        if (
            terms.effectiveFrom > type(uint40).max || terms.expiresAt > type(uint40).max
                || (terms.expiresAt != 0 && terms.expiresAt <= terms.effectiveFrom)
        ) revert AgreementPeriodInvalid(terms.effectiveFrom, terms.expiresAt);
        if (!register.hasRole(terms.coordinatingBody, IGovernmentRegister.Role.CoordinatingBody)) {
            revert AgreementCoordinatingBodyInvalid(terms.coordinatingBody);
        }
        _requireIndicators(terms.indicators);
        _requireCompensation(terms.compensation);

        id = AgreementId.wrap(++agreementCount);
        Agreement storage a = _agreements[id];
        a.state = state;
        a.backfilled = backfilled;
        a.indicatorCount = uint8(terms.indicators.length);
        a.coordinatingBody = terms.coordinatingBody;
        a.effectiveFrom = uint40(terms.effectiveFrom);
        a.expiresAt = uint40(terms.expiresAt);
        a.termsDigest = keccak256(abi.encode(terms));
        _addParties(id, terms.coordinatingBody, terms.parties);
    }

    function _addParties(AgreementId id, GovernmentId body, GovernmentId[] calldata parties) private {
        Agreement storage a = _agreements[id];
        uint256 partyCount = a.partyCount + parties.length;
        if (partyCount > PARTIES_MAX) revert AgreementTooManyParties(partyCount, PARTIES_MAX);
        for (uint256 i = 0; i < parties.length; ++i) {
            GovernmentId party = parties[i];
            // A body that is a party could not rule on itself.
            if (party == body) revert AgreementCoordinatingBodyIsParty(party);
            if (!register.hasRole(party, IGovernmentRegister.Role.Government)) revert AgreementPartyInvalid(party);
            if (isParty(id, party)) revert AgreementPartyTwice(party);
            _requireJurisdiction(body, party);
            _participation[id].parties.set(GovernmentId.unwrap(party));
        }
        a.partyCount = uint16(partyCount);
    }

    function _requireRecorder(AgreementId id, GovernmentId recorder) private view returns (Agreement storage a) {
        a = _agreements[id];
        if (a.state == AgreementState.None) revert AgreementUnknown(id);
        if (!a.backfilled) revert AgreementNotBackfilled(id);
        if (a.coordinatingBody != recorder) revert AgreementNotCoordinatingBody(id, recorder, a.coordinatingBody);
    }

    function _requireJurisdiction(GovernmentId body, GovernmentId party) private view {
        if (!register.hasJurisdiction(body, party)) revert AgreementOutsideJurisdiction(body, party);
    }

    /// @dev What has run out cannot be agreed any more: it would be in force at no moment.
    function _requireNotExpired(uint64 effectiveFrom, uint64 expiresAt) private view {
        if (expiresAt != 0 && expiresAt <= block.timestamp) revert AgreementPeriodInvalid(effectiveFrom, expiresAt);
    }

    function _requireIndicators(Indicator[] calldata indicators) private pure {
        if (indicators.length == 0 || indicators.length > INDICATORS_MAX) {
            revert AgreementIndicatorCountOutOfRange(indicators.length, INDICATORS_MAX);
        }
        uint256 sumBasisPoints = 0;
        for (uint256 i = 0; i < indicators.length; ++i) {
            Indicator calldata n = indicators[i];
            if (bytes(n.name).length == 0) revert AgreementIndicatorInvalid(i, "name");
            if (bytes(n.unit).length == 0) revert AgreementIndicatorInvalid(i, "unit");
            if (n.weightBasisPoints == 0) revert AgreementIndicatorInvalid(i, "weightBasisPoints");
            if (n.target > TARGET_MAX) revert AgreementIndicatorInvalid(i, "target");
            _requireText("indicator name", n.name, SHORT_TEXT_BYTES_MAX, true);
            _requireText("indicator unit", n.unit, SHORT_TEXT_BYTES_MAX, true);
            sumBasisPoints += n.weightBasisPoints;
        }
        if (sumBasisPoints != WEIGHTS_SUM_BASIS_POINTS) {
            revert AgreementIndicatorWeightsSum(sumBasisPoints, WEIGHTS_SUM_BASIS_POINTS);
        }
    }

    function _requireCompensation(CompensationRule calldata rule) private pure {
        CompensationKind kind = rule.kind;
        // Even "none" needs its ground, which stands in `process`.
        if (bytes(rule.process).length == 0) revert AgreementCompensationIncomplete(kind, "process");
        _requireText("compensation standard", rule.standard, LONG_TEXT_BYTES_MAX, false);
        _requireText("compensation method", rule.method, LONG_TEXT_BYTES_MAX, false);
        _requireText("compensation process", rule.process, LONG_TEXT_BYTES_MAX, false);
        // What the kind does not need may be left out, but must not be nonsense that readers would stumble over.
        if (rule.currency != 0 && !CurrencyCode.isCode(rule.currency)) {
            revert AgreementCompensationIncomplete(kind, "currency");
        }
        if (rule.amountMinor > AMOUNT_MINOR_MAX) revert AgreementCompensationIncomplete(kind, "amountMinor");
        if (rule.shareBasisPoints > SHARE_BASIS_POINTS_MAX) {
            revert AgreementCompensationIncomplete(kind, "shareBasisPoints");
        }
        if (kind == CompensationKind.None) return;
        if (bytes(rule.standard).length == 0) revert AgreementCompensationIncomplete(kind, "standard");
        if (bytes(rule.method).length == 0) revert AgreementCompensationIncomplete(kind, "method");
        if (kind != CompensationKind.InKind && rule.currency == 0) {
            revert AgreementCompensationIncomplete(kind, "currency");
        }
        if ((kind == CompensationKind.FixedPerPeriod || kind == CompensationKind.PerCase) && rule.amountMinor == 0) {
            revert AgreementCompensationIncomplete(kind, "amountMinor");
        }
        if (kind == CompensationKind.GainShare && rule.shareBasisPoints == 0) {
            revert AgreementCompensationIncomplete(kind, "shareBasisPoints");
        }
    }

    function _requireText(string memory field, string calldata text, uint256 lengthMax, bool mandatory) private pure {
        uint256 length = bytes(text).length;
        if (mandatory && length == 0) revert AgreementFieldEmpty(field);
        if (length > lengthMax) revert AgreementFieldTooLong(field, length, lengthMax);
    }
}
