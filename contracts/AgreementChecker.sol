// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAgreementRegistry} from "./interfaces/IAgreementRegistry.sol";
import {IBreachRegister} from "./interfaces/IBreachRegister.sol";
import {ICommitmentRegistry} from "./interfaces/ICommitmentRegistry.sol";
import {IGovernmentRegister} from "./interfaces/IGovernmentRegister.sol";
import {AgreementCommands} from "./libraries/AgreementCommands.sol";
import {AgreementHashing} from "./libraries/AgreementHashing.sol";
import {AgreementTexts} from "./libraries/AgreementTexts.sol";
import {CurrencyCode} from "./libraries/CurrencyCode.sol";
import {AgreementId, CommitmentId, GovernmentId} from "./types/Identifiers.sol";

/// @title Whether what is to be agreed, or to end an agreement, is in order
/// @notice The agreement registry makes its own checker, because its code and this would be too large for one contract.
/// A checker holds nothing and changes nothing; what it refuses, it refuses with the registry's errors.
contract AgreementChecker {
    uint256 private constant PARTIES_MIN = 2;
    uint256 private constant INDICATORS_MAX = 64;
    uint256 private constant WEIGHTS_SUM_BASIS_POINTS = 10_000;
    uint256 private constant SHARE_BASIS_POINTS_MAX = 10_000;
    /// As much money, in minor units, as the compensation ledger takes in one transfer.
    uint64 private constant AMOUNT_MINOR_MAX = 10 ** 18;
    /// A trillion units, in millionths: above what is counted anywhere.
    uint64 private constant TARGET_MAX = 10 ** 18;
    uint32 private constant ASSESSMENT_EVERY_SECONDS_MIN = 1 days;

    IAgreementRegistry private immutable _agreements;
    IGovernmentRegister private immutable _register;
    ICommitmentRegistry private immutable _commitments;
    IBreachRegister private immutable _breaches;

    constructor(IGovernmentRegister register_, ICommitmentRegistry commitments_, IBreachRegister breaches_) {
        _agreements = IAgreementRegistry(msg.sender);
        _register = register_;
        _commitments = commitments_;
        _breaches = breaches_;
    }

    /// @notice The EIP-712 hash of these terms.
    function hashTerms(IAgreementRegistry.AgreementTerms calldata terms) external pure returns (bytes32) {
        return AgreementHashing.hash(terms);
    }

    /// @notice The EIP-712 hash of this ending.
    function hashEnding(IAgreementRegistry.Ending calldata ending) external pure returns (bytes32) {
        return AgreementCommands.hash(ending);
    }

    /// @notice Reverts where the terms are not in order by themselves.
    /// @param effectiveFrom First second at which the agreement will be in force, as far as it is known; it is not
    /// assessed before.
    /// @return termsDigest What a party signs, `keccak256(abi.encode(terms))`.
    function checkTerms(IAgreementRegistry.AgreementTerms calldata terms, uint64 effectiveFrom)
        external
        pure
        returns (bytes32 termsDigest)
    {
        AgreementTexts.requireShort("title", terms.title, true);
        AgreementTexts.requireShort("referenceNumber", terms.referenceNumber, false);
        AgreementTexts.requireShort("documentLocator", terms.documentLocator, false);
        if (terms.documentDigest == 0) revert IAgreementRegistry.AgreementFieldEmpty("documentDigest");
        if (terms.parties.length < PARTIES_MIN) {
            revert IAgreementRegistry.AgreementTooFewParties(terms.parties.length, PARTIES_MIN);
        }
        if (
            terms.effectiveFrom > type(uint40).max || terms.expiresAt > type(uint40).max
                || (terms.expiresAt != 0 && terms.expiresAt <= terms.effectiveFrom)
        ) revert IAgreementRegistry.AgreementPeriodInvalid(terms.effectiveFrom, terms.expiresAt);
        _requireAssessments(terms, effectiveFrom);
        _requireIndicators(terms.indicators);
        _requireCompensation(terms.compensation);
        return keccak256(abi.encode(terms));
    }

    /// @notice Reverts unless a version names each party of the agreement once and nobody else, and a body that is fit to
    /// coordinate them all.
    function checkParties(AgreementId id, GovernmentId body, GovernmentId[] calldata parties) external view {
        if (!_register.hasRole(body, IGovernmentRegister.Role.CoordinatingBody)) {
            revert IAgreementRegistry.AgreementCoordinatingBodyInvalid(body);
        }
        if (parties.length != _agreements.agreement(id).partyCount) revert IAgreementRegistry.AgreementPartiesDiffer(id);
        // One bit for each body on the register: parties are few, but their numbers may be far apart.
        uint256[] memory seen = new uint256[](_register.governmentCount() / 256 + 1);
        for (uint256 i = 0; i < parties.length; ++i) {
            GovernmentId party = parties[i];
            if (!_agreements.isParty(id, party)) revert IAgreementRegistry.AgreementPartiesDiffer(id);
            (uint256 word, uint256 bit) = (GovernmentId.unwrap(party) / 256, 1 << (GovernmentId.unwrap(party) % 256));
            if (seen[word] & bit != 0) revert IAgreementRegistry.AgreementPartyTwice(party);
            seen[word] |= bit;
            _requireNotBody(body, party);
            _requireJurisdiction(body, party);
        }
    }

    /// @notice Reverts unless these can be parties under a body.
    function checkNewcomers(GovernmentId body, GovernmentId nextBody, GovernmentId[] calldata newcomers)
        external
        view
    {
        for (uint256 i = 0; i < newcomers.length; ++i) {
            checkNewcomer(body, nextBody, newcomers[i]);
        }
    }

    /// @notice Reverts unless this can be a party under the body in office, and under the one that may follow it.
    function checkNewcomer(GovernmentId body, GovernmentId nextBody, GovernmentId newcomer) public view {
        _requireNotBody(body, newcomer);
        _requireNotBody(nextBody, newcomer);
        if (!_register.hasRole(newcomer, IGovernmentRegister.Role.Government)) {
            revert IAgreementRegistry.AgreementPartyInvalid(newcomer);
        }
        _requireJurisdiction(body, newcomer);
        if (nextBody != body) _requireJurisdiction(nextBody, newcomer);
    }

    /// @notice Reverts where the reason is not one to be given in this way, or the facts do not bear it out.
    function checkEnding(IAgreementRegistry.Ending calldata ending) external view {
        (AgreementId id, IAgreementRegistry.EndReason reason) = (ending.id, ending.reason);
        _requireGround(
            reason != IAgreementRegistry.EndReason.None && reason != IAgreementRegistry.EndReason.MutualConsent,
            ending,
            "reason"
        );
        if (reason == IAgreementRegistry.EndReason.Expired) {
            uint64 expiresAt = _agreements.agreement(id).expiresAt;
            if (expiresAt == 0 || block.timestamp < expiresAt) {
                revert IAgreementRegistry.AgreementNotExpired(id, expiresAt, block.timestamp);
            }
        }
        _requireGround(
            reason == IAgreementRegistry.EndReason.Breach
                ? _isBroken(id, ending.commitment)
                : CommitmentId.unwrap(ending.commitment) == 0,
            ending,
            "commitment"
        );
        _requireGround(
            reason == IAgreementRegistry.EndReason.Superseded
                ? ending.successor != id
                    && _agreements.agreement(ending.successor).state == IAgreementRegistry.AgreementState.Concluded
                : AgreementId.unwrap(ending.successor) == 0,
            ending,
            "successor"
        );
        if (reason == IAgreementRegistry.EndReason.Completed) {
            uint64 open = _commitments.openCommitments(id);
            if (open != 0) revert IAgreementRegistry.AgreementCommitmentsOpen(id, open);
        }
        AgreementTexts.requireNote("note", ending.note, reason == IAgreementRegistry.EndReason.ByLaw);
    }

    /// @dev A body that is a party could not rule on itself.
    function _requireNotBody(GovernmentId body, GovernmentId party) private pure {
        if (party == body) revert IAgreementRegistry.AgreementCoordinatingBodyIsParty(party);
    }

    function _requireJurisdiction(GovernmentId body, GovernmentId party) private view {
        if (!_register.hasJurisdiction(body, party)) {
            revert IAgreementRegistry.AgreementOutsideJurisdiction(body, party);
        }
    }

    /// @dev Only a breach that stands: a commitment that is disputed has no outcome at the moment.
    function _isBroken(AgreementId id, CommitmentId commitment) private view returns (bool) {
        ICommitmentRegistry.Commitment memory c = _commitments.commitment(commitment);
        return !(c.agreement != id) && c.state == ICommitmentRegistry.CommitmentState.Settled
            && _breaches.breach(commitment).state == IBreachRegister.BreachState.Determined;
    }

    function _requireGround(bool bornOut, IAgreementRegistry.Ending calldata ending, string memory field) private pure {
        if (!bornOut) revert IAgreementRegistry.AgreementEndInvalid(ending.id, ending.reason, field);
    }

    function _requireAssessments(IAgreementRegistry.AgreementTerms calldata terms, uint64 effectiveFrom) private pure {
        (uint64 first, uint32 every) = (terms.firstAssessmentAt, terms.assessmentEverySeconds);
        bool inOrder = first == 0
            ? every == 0
            : first >= effectiveFrom && first <= type(uint40).max && (terms.expiresAt == 0 || first < terms.expiresAt)
                && (every == 0 || every >= ASSESSMENT_EVERY_SECONDS_MIN);
        if (!inOrder) revert IAgreementRegistry.AgreementAssessmentInvalid(first, every);
    }

    function _requireIndicators(IAgreementRegistry.Indicator[] calldata indicators) private pure {
        if (indicators.length == 0 || indicators.length > INDICATORS_MAX) {
            revert IAgreementRegistry.AgreementIndicatorCountOutOfRange(indicators.length, INDICATORS_MAX);
        }
        uint256 sumBasisPoints = 0;
        for (uint256 i = 0; i < indicators.length; ++i) {
            IAgreementRegistry.Indicator calldata n = indicators[i];
            if (bytes(n.name).length == 0) revert IAgreementRegistry.AgreementIndicatorInvalid(i, "name");
            if (bytes(n.unit).length == 0) revert IAgreementRegistry.AgreementIndicatorInvalid(i, "unit");
            if (n.weightBasisPoints == 0) revert IAgreementRegistry.AgreementIndicatorInvalid(i, "weightBasisPoints");
            if (n.target > TARGET_MAX) revert IAgreementRegistry.AgreementIndicatorInvalid(i, "target");
            AgreementTexts.requireShort("indicator name", n.name, true);
            AgreementTexts.requireShort("indicator unit", n.unit, true);
            sumBasisPoints += n.weightBasisPoints;
        }
        if (sumBasisPoints != WEIGHTS_SUM_BASIS_POINTS) {
            revert IAgreementRegistry.AgreementIndicatorWeightsSum(sumBasisPoints, WEIGHTS_SUM_BASIS_POINTS);
        }
    }

    function _requireCompensation(IAgreementRegistry.CompensationRule calldata rule) private pure {
        IAgreementRegistry.CompensationKind kind = rule.kind;
        // Even "none" needs its ground, which stands in `process`.
        _require(bytes(rule.process).length != 0, kind, "process");
        AgreementTexts.requireLong("compensation standard", rule.standard);
        AgreementTexts.requireLong("compensation method", rule.method);
        AgreementTexts.requireLong("compensation process", rule.process);
        // What the kind does not need may be left out, but must not be nonsense that readers would stumble over.
        _require(rule.currency == 0 || CurrencyCode.isCode(rule.currency), kind, "currency");
        _require(rule.amountMinor <= AMOUNT_MINOR_MAX, kind, "amountMinor");
        _require(rule.shareBasisPoints <= SHARE_BASIS_POINTS_MAX, kind, "shareBasisPoints");
        if (kind == IAgreementRegistry.CompensationKind.None) return;
        _require(bytes(rule.standard).length != 0, kind, "standard");
        _require(bytes(rule.method).length != 0, kind, "method");
        _require(rule.currency != 0 || kind == IAgreementRegistry.CompensationKind.InKind, kind, "currency");
        bool namesAmount = kind == IAgreementRegistry.CompensationKind.FixedPerPeriod
            || kind == IAgreementRegistry.CompensationKind.PerCase;
        _require(rule.amountMinor != 0 || !namesAmount, kind, "amountMinor");
        _require(
            rule.shareBasisPoints != 0 || kind != IAgreementRegistry.CompensationKind.GainShare,
            kind,
            "shareBasisPoints"
        );
    }

    function _require(bool inOrder, IAgreementRegistry.CompensationKind kind, string memory field) private pure {
        if (!inOrder) revert IAgreementRegistry.AgreementCompensationIncomplete(kind, field);
    }
}
