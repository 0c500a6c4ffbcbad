// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorization} from "../types/Authorization.sol";
import {AgreementId, GovernmentId} from "../types/Identifiers.sol";
import {ISignedCommands} from "./ISignedCommands.sol";

/// @title What governments agree on
/// @notice An agreement names its parties, a coordinating body, weighted indicators and a compensation
/// rule. It binds once every party has signed the same terms. History from before the ledger is
/// recorded by a coordinating body and marked as backfilled.
interface IAgreementRegistry is ISignedCommands {
    enum AgreementState {
        None,
        Proposed,
        Concluded
    }

    /// @notice How a resident is served away from home: fully online 全程网办, remote acceptance on behalf
    /// 异地代收代办, joint handling by several places 多地联办.
    enum ServiceMode {
        None,
        FullyOnline,
        RemoteAcceptance,
        JointHandling
    }

    enum IndicatorKind {
        InstitutionBuilding,
        SocialBenefit,
        Quantity
    }

    enum IndicatorDirection {
        AtLeast,
        AtMost
    }

    enum CompensationKind {
        None,
        FixedPerPeriod,
        PerCase,
        GainShare,
        CostShare,
        InKind,
        Combination
    }

    struct Indicator {
        string name;
        IndicatorKind kind;
        string unit;
        /// What is to be reached, in millionths of the unit.
        uint64 target;
        IndicatorDirection direction;
        /// Share in the assessment; the indicators of an agreement sum to 10,000.
        uint16 weightBasisPoints;
    }

    struct CompensationRule {
        CompensationKind kind;
        /// ISO 4217 code; empty for kinds without money.
        bytes3 currency;
        /// For FixedPerPeriod the amount a period, for PerCase the amount a case, in minor units.
        uint64 amountMinor;
        /// For GainShare the share of the gain difference that is paid over.
        uint16 shareBasisPoints;
        /// What is compensated and by how much.
        string standard;
        /// How it is measured.
        string method;
        /// Who reports, confirms and pays, and by when. For kind None: the ground for there being no compensation.
        string process;
    }

    struct AgreementTerms {
        /// The number the parties file it under.
        string referenceNumber;
        string title;
        /// SHA-256 of the signed document.
        bytes32 documentDigest;
        string documentLocator;
        ServiceMode serviceMode;
        GovernmentId coordinatingBody;
        GovernmentId[] parties;
        Indicator[] indicators;
        CompensationRule compensation;
        /// First second at which it is in force; 0 for "when the last party signs".
        uint64 effectiveFrom;
        /// First second at which it is no longer in force; 0 for no end.
        uint64 expiresAt;
    }

    struct Agreement {
        AgreementState state;
        bool backfilled;
        uint8 indicatorCount;
        uint16 partyCount;
        uint16 signatureCount;
        GovernmentId coordinatingBody;
        uint40 effectiveFrom;
        uint40 expiresAt;
        bytes32 termsDigest;
    }

    /// @notice A party proposed these terms. It has not signed them by that.
    event AgreementProposed(
        AgreementId indexed id, GovernmentId indexed proposer, bytes32 termsDigest, AgreementTerms terms
    );
    event AgreementSigned(AgreementId indexed id, GovernmentId indexed party, bytes32 termsDigest);
    /// @notice Every party has signed; the agreement is in force from its effective date.
    event AgreementConcluded(AgreementId indexed id, uint64 effectiveFrom, uint64 expiresAt);
    /// @notice A coordinating body recorded an agreement that was concluded before it came to the ledger.
    event AgreementBackfilled(
        AgreementId indexed id, GovernmentId indexed recorder, bytes32 termsDigest, AgreementTerms terms
    );
    /// @notice A coordinating body recorded that these governments are parties to a backfilled agreement too.
    event AccessionBackfilled(AgreementId indexed id, GovernmentId indexed recorder, GovernmentId[] parties);

    error AgreementUnknown(AgreementId id);
    error AgreementTooFewParties(uint256 parties, uint256 partiesMin);
    error AgreementTooManyParties(uint256 parties, uint256 partiesMax);
    error AgreementPartyTwice(GovernmentId party);
    error AgreementPartyInvalid(GovernmentId party);
    error AgreementNotParty(AgreementId id, GovernmentId government);
    error AgreementCoordinatingBodyInvalid(GovernmentId body);
    error AgreementCoordinatingBodyIsParty(GovernmentId body);
    error AgreementNotCoordinatingBody(AgreementId id, GovernmentId government, GovernmentId coordinatingBody);
    error AgreementOutsideJurisdiction(GovernmentId body, GovernmentId party);
    error AgreementIndicatorCountOutOfRange(uint256 indicators, uint256 indicatorsMax);
    error AgreementIndicatorWeightsSum(uint256 sumBasisPoints, uint256 expectedBasisPoints);
    error AgreementIndicatorInvalid(uint256 index, string field);
    /// @notice A part that this kind of rule needs is missing, or is more than any rule may say.
    error AgreementCompensationIncomplete(CompensationKind kind, string field);
    error AgreementFieldEmpty(string field);
    error AgreementFieldTooLong(string field, uint256 length, uint256 lengthMax);
    error AgreementPeriodInvalid(uint64 effectiveFrom, uint64 expiresAt);
    error AgreementBackdated(uint64 effectiveFrom, uint256 currentTime);
    error AgreementNotPast(uint64 effectiveFrom, uint256 currentTime);
    error AgreementNotProposed(AgreementId id, AgreementState state);
    error AgreementAlreadySigned(AgreementId id, GovernmentId party);
    error AgreementTermsDiffer(AgreementId id, bytes32 given, bytes32 proposed);
    error AgreementNotInForce(AgreementId id, AgreementState state, uint64 effectiveFrom, uint64 expiresAt);
    error AgreementNotBackfilled(AgreementId id);

    /// @notice Proposes terms. The caller's government must be one of the parties, and every party under the
    /// coordinating body's jurisdiction.
    function proposeAgreement(AgreementTerms calldata terms, Authorization calldata authorization)
        external
        returns (AgreementId id);

    /// @notice Signs the proposed terms for the caller's government.
    /// @param termsDigest `keccak256(abi.encode(terms))` of what the signer has read.
    function signAgreement(AgreementId id, bytes32 termsDigest, Authorization calldata authorization) external;

    /// @notice Records an agreement of the past. Only its coordinating body, for governments under its jurisdiction.
    function recordAgreement(AgreementTerms calldata terms, Authorization calldata authorization)
        external
        returns (AgreementId id);

    /// @notice Records further parties of a backfilled agreement.
    function recordAccession(AgreementId id, GovernmentId[] calldata parties, Authorization calldata authorization)
        external;

    function agreement(AgreementId id) external view returns (Agreement memory);

    function isParty(AgreementId id, GovernmentId government) external view returns (bool);

    function hasSigned(AgreementId id, GovernmentId government) external view returns (bool);

    /// @notice Checks that the agreement is in force now, that both are its parties, and that the one who will
    /// confirm is there to do so: the counterpart, or for all other parties the coordinating body.
    /// @param counterpart 0 for all other parties.
    /// @return indicatorCount How many indicators there are; the first is number 0.
    /// @return effectiveFrom First second at which the agreement is in force.
    function requireInForce(AgreementId id, GovernmentId party, GovernmentId counterpart)
        external
        view
        returns (uint8 indicatorCount, uint64 effectiveFrom);

    /// @notice Checks that the agreement was backfilled, that `recorder` coordinates it, and that these are
    /// parties of it and under the recorder's jurisdiction still.
    /// @param parties May repeat; 0, which stands for all other parties, is passed over.
    /// @return indicatorCount How many indicators there are; the first is number 0.
    function requireRecorder(AgreementId id, GovernmentId recorder, GovernmentId[] calldata parties)
        external
        view
        returns (uint8 indicatorCount);

    function coordinatingBody(AgreementId id) external view returns (GovernmentId);

    function agreementCount() external view returns (uint32);
}
