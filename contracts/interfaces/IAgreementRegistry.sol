// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorization} from "../types/Authorization.sol";
import {AgreementId, CommitmentId, GovernmentId} from "../types/Identifiers.sol";
import {ISignedCommands} from "./ISignedCommands.sol";

/// @title What governments agree on
/// @notice An agreement names its parties, a coordinating body, weighted indicators and a compensation rule. Its parties
/// negotiate by proposing versions; it binds once every party has signed the same one. Amending it is another version,
/// and the old stays in force until all have signed. Others can accede, the coordinating body can suspend it, and it ends
/// with a stated reason. History from before the ledger is recorded by a coordinating body and marked as backfilled.
interface IAgreementRegistry is ISignedCommands {
    /// @dev In force is what is concluded, from its effective date until it expires. Time alone changes no state.
    enum AgreementState {
        None,
        Proposed,
        Concluded,
        Suspended,
        Ended,
        /// A party declined before all had signed.
        Abandoned
    }

    enum AccessionRule {
        Closed,
        /// The coordinating body approves each newcomer.
        OnApproval,
        /// Any government under the coordinating body's jurisdiction accedes by signing.
        Open
    }

    enum EndReason {
        None,
        Completed,
        Expired,
        MutualConsent,
        Breach,
        Superseded,
        ByLaw
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
        AccessionRule accession;
        /// When it is first assessed against its indicators; 0 for never.
        uint64 firstAssessmentAt;
        /// From one assessment to the next; 0 for a single one.
        uint32 assessmentEverySeconds;
        /// SHA-256 of the template it was made from; 0 for none.
        bytes32 template;
    }

    /// @notice How a coordinating body, or anyone after it has expired, ends an agreement.
    struct Ending {
        AgreementId id;
        EndReason reason;
        /// For a breach: the commitment that was broken.
        CommitmentId commitment;
        /// For superseded: the agreement that takes its place.
        AgreementId successor;
        /// The ground, in words; for an end by law, the law.
        string note;
    }

    struct Agreement {
        AgreementState state;
        bool backfilled;
        uint8 indicatorCount;
        uint16 partyCount;
        /// The version that all have signed; 0 before.
        uint16 version;
        /// The newest that was proposed and neither signed by all nor declined; 0 for none.
        uint16 pendingVersion;
        GovernmentId coordinatingBody;
        uint40 effectiveFrom;
        uint40 expiresAt;
        AccessionRule accession;
        EndReason endReason;
        uint40 suspendedAt;
        uint40 endedAt;
        /// Of the version in force, or before there is one, of the newest proposed.
        bytes32 termsDigest;
    }

    /// @dev One version of the terms.
    struct Version {
        GovernmentId proposer;
        GovernmentId coordinatingBody;
        uint8 indicatorCount;
        uint16 signatureCount;
        AccessionRule accession;
        uint40 effectiveFrom;
        uint40 expiresAt;
        uint40 firstAssessmentAt;
        uint32 assessmentEverySeconds;
        bytes32 termsDigest;
    }

    /// @notice A party proposed these terms. It has not signed them by that.
    event AgreementProposed(
        AgreementId indexed id, GovernmentId indexed proposer, bytes32 termsDigest, AgreementTerms terms
    );
    /// @notice A party proposed other terms: a counter-proposal before the agreement is concluded, an amendment
    /// afterwards. Every version proposed before and not signed by all is superseded.
    event AgreementVersionProposed(
        AgreementId indexed id,
        uint16 indexed version,
        GovernmentId indexed proposer,
        bytes32 termsDigest,
        AgreementTerms terms,
        string changeNote
    );
    event AgreementSigned(
        AgreementId indexed id, uint16 indexed version, GovernmentId indexed party, bytes32 termsDigest
    );
    /// @notice Every party has signed; the agreement is in force from its effective date.
    event AgreementConcluded(AgreementId indexed id, uint16 version, uint64 effectiveFrom, uint64 expiresAt);
    /// @notice Every party has signed an amendment, which is in force from now on.
    event AgreementAmended(AgreementId indexed id, uint16 version, uint64 expiresAt);
    /// @notice A party declined a version. Before conclusion that abandons the agreement; an amendment is dropped.
    event AgreementVersionDeclined(
        AgreementId indexed id, uint16 indexed version, GovernmentId indexed party, string reason
    );
    /// @notice A newcomer signed the agreement in force and waits for the coordinating body.
    event AccessionRequested(AgreementId indexed id, GovernmentId indexed government, bytes32 termsDigest);
    /// @notice A newcomer has become a party. `body` is 0 where the agreement is open to all.
    event AgreementAcceded(AgreementId indexed id, GovernmentId indexed government, GovernmentId indexed body);
    event AgreementSuspended(AgreementId indexed id, GovernmentId indexed body, string reason);
    event AgreementResumed(AgreementId indexed id, GovernmentId indexed body);
    /// @notice A party consents to ending the agreement. When all have, it ends.
    event EndConsented(AgreementId indexed id, GovernmentId indexed party, string note);
    /// @notice The agreement has ended. What was owed under it is owed still.
    event AgreementEnded(
        AgreementId indexed id,
        GovernmentId indexed actor,
        EndReason reason,
        CommitmentId commitment,
        AgreementId successor,
        string note
    );
    /// @notice A successor has become a party in the place of, or beside others in the place of, its predecessor.
    event PartySucceeded(AgreementId indexed id, GovernmentId indexed predecessor, GovernmentId indexed successor);
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
    error AgreementIndicatorUnknown(AgreementId id, uint8 index, uint8 indicators);
    /// @notice A part that this kind of rule needs is missing, or is more than any rule may say.
    error AgreementCompensationIncomplete(CompensationKind kind, string field);
    error AgreementFieldEmpty(string field);
    error AgreementFieldTooLong(string field, uint256 length, uint256 lengthMax);
    error AgreementPeriodInvalid(uint64 effectiveFrom, uint64 expiresAt);
    error AgreementBackdated(uint64 effectiveFrom, uint256 currentTime);
    error AgreementNotPast(uint64 effectiveFrom, uint256 currentTime);
    error AgreementStateInvalid(AgreementId id, AgreementState state);
    /// @notice Another version has taken the place of this one, or it was declined.
    error AgreementVersionSuperseded(AgreementId id, uint16 version, uint16 pendingVersion);
    /// @notice A version is for the parties that there are; others accede.
    error AgreementPartiesDiffer(AgreementId id);
    /// @notice An amendment is in force when the last party signs, so it names no date.
    error AgreementAmendmentDated(AgreementId id, uint64 effectiveFrom);
    error AgreementAssessmentInvalid(uint64 firstAssessmentAt, uint32 assessmentEverySeconds);
    error AccessionClosed(AgreementId id);
    error AccessionNotRequested(AgreementId id, GovernmentId government);
    error AgreementIsSuspended(AgreementId id, uint64 suspendedAt);
    error AgreementNotSuspended(AgreementId id, AgreementState state);
    /// @notice This reason is not given in this way, or what it names does not bear it out.
    error AgreementEndInvalid(AgreementId id, EndReason reason, string field);
    /// @notice An agreement with commitments that have no outcome is not completed.
    error AgreementCommitmentsOpen(AgreementId id, uint256 openCommitments);
    error AgreementNotExpired(AgreementId id, uint64 expiresAt, uint256 currentTime);
    error EndAlreadyConsented(AgreementId id, GovernmentId party);
    error AgreementNotSuccessor(GovernmentId government, GovernmentId predecessor);
    error AgreementAlreadySigned(AgreementId id, GovernmentId party);
    error AgreementTermsDiffer(AgreementId id, bytes32 given, bytes32 proposed);
    error AgreementNotInForce(AgreementId id, AgreementState state, uint64 effectiveFrom, uint64 expiresAt);
    error AgreementNotBackfilled(AgreementId id);

    /// @notice Proposes terms. The caller's government must be one of the parties, and every party under the
    /// coordinating body's jurisdiction.
    function proposeAgreement(AgreementTerms calldata terms, Authorization calldata authorization)
        external
        returns (AgreementId id);

    /// @notice Proposes another version, as a party: a counter-proposal, or an amendment of what is concluded.
    /// @param terms For the same parties, in any order.
    /// @param changeNote What is changed and why.
    function proposeVersion(
        AgreementId id,
        AgreementTerms calldata terms,
        string calldata changeNote,
        Authorization calldata authorization
    ) external returns (uint16 version);

    /// @notice Signs the newest version for the caller's government.
    /// @param termsDigest `keccak256(abi.encode(terms))` of what the signer has read.
    function signAgreement(
        AgreementId id,
        uint16 version,
        bytes32 termsDigest,
        Authorization calldata authorization
    ) external;

    /// @notice Declines the newest version, as a party.
    function declineVersion(
        AgreementId id,
        uint16 version,
        string calldata reason,
        Authorization calldata authorization
    ) external;

    /// @notice Signs, as a newcomer, the version in force.
    function accedeToAgreement(AgreementId id, bytes32 termsDigest, Authorization calldata authorization) external;

    /// @notice Admits a newcomer that has asked, as the coordinating body.
    function approveAccession(AgreementId id, GovernmentId government, Authorization calldata authorization) external;

    /// @notice Suspends, as the coordinating body: nothing new is agreed under it, and nothing reported overdue.
    function suspendAgreement(AgreementId id, string calldata reason, Authorization calldata authorization) external;

    function resumeAgreement(AgreementId id, Authorization calldata authorization) external;

    /// @notice Consents, as a party, to ending the agreement.
    function consentToEnd(AgreementId id, string calldata note, Authorization calldata authorization) external;

    /// @notice Ends the agreement: as the coordinating body, or as anyone when it has expired.
    function endAgreement(Ending calldata ending, Authorization calldata authorization) external;

    /// @notice Takes the place of a predecessor among the parties.
    function succeedParty(AgreementId id, GovernmentId predecessor, Authorization calldata authorization) external;

    /// @notice Records an agreement of the past. Only its coordinating body, for governments under its jurisdiction.
    function recordAgreement(AgreementTerms calldata terms, Authorization calldata authorization)
        external
        returns (AgreementId id);

    /// @notice Records further parties of a backfilled agreement.
    function recordAccession(AgreementId id, GovernmentId[] calldata parties, Authorization calldata authorization)
        external;

    function agreement(AgreementId id) external view returns (Agreement memory);

    function isParty(AgreementId id, GovernmentId government) external view returns (bool);

    function hasSigned(AgreementId id, uint16 version, GovernmentId government) external view returns (bool);

    function versionOf(AgreementId id, uint16 number) external view returns (Version memory);

    /// @notice Target in millionths of the unit, weight in basis points, direction.
    function indicator(AgreementId id, uint16 number, uint8 index)
        external
        view
        returns (uint64 target, uint16 weightBasisPoints, IndicatorDirection direction);

    /// @notice Checks that the agreement is in force now, that both are its parties, and that the one who will
    /// confirm is there to do so: the counterpart, or for all other parties the coordinating body.
    /// @param counterpart 0 for all other parties.
    /// @return effectiveFrom First second at which the agreement is in force.
    function requireInForce(AgreementId id, GovernmentId party, GovernmentId counterpart)
        external
        view
        returns (uint64 effectiveFrom);

    /// @notice The same, for a commitment that serves an indicator.
    /// @param index Number of the indicator, from 0.
    /// @return effectiveFrom First second at which the agreement is in force.
    /// @return weight What each commitment that serves this indicator weighs, in millionths: the indicator's share times
    /// the number of indicators, so that one of average share gives an ordinary commitment, of weight one.
    function requireIndicator(AgreementId id, GovernmentId party, GovernmentId counterpart, uint8 index)
        external
        view
        returns (uint64 effectiveFrom, uint64 weight);

    /// @notice Checks that the agreement is in force now or was, and is not suspended.
    function requireNotSuspended(AgreementId id) external view;

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
