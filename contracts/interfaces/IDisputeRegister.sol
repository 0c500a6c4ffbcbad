// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorization} from "../types/Authorization.sol";
import {AgreementId, CommitmentId, DisputeId, GovernmentId} from "../types/Identifiers.sol";
import {ICommitmentRegistry} from "./ICommitmentRegistry.sol";
import {ISignedCommands} from "./ISignedCommands.sol";

/// @title Disputes, rulings and appeals
/// @notice Either side of a commitment opens a dispute; both lodge evidence within a time limit; then the coordinating
/// body rules. Either side can appeal once, to the coordinating body next above, or where there is none to a panel of other
/// bodies; that ruling is final. What is not ruled on in time goes up on anyone's call. A body that is a party to the
/// agreement, or whose superior is, hears nothing of it.
interface IDisputeRegister is ISignedCommands {
    enum DisputeState {
        None,
        /// Before the first body.
        Open,
        /// Ruled on by the first body; can be appealed.
        Ruled,
        /// Before the higher body or the panel.
        Appealed,
        Final,
        Withdrawn
    }

    struct Ruling {
        ICommitmentRegistry.Outcome outcome;
        /// 10,000 fulfilled, 1 to 9,999 partly, 0 broken or excused.
        uint16 outcomeBasisPoints;
        /// For excused: force majeure or change of law.
        ICommitmentRegistry.ExcuseGround ground;
        /// SHA-256 of the reasons.
        bytes32 reasonsDigest;
        string reasonsLocator;
    }

    struct Dispute {
        CommitmentId commitment;
        GovernmentId opener;
        DisputeState state;
        /// The body that hears it; 0 while a panel does.
        GovernmentId body;
        uint16 procedureVersion;
        /// How often a panel was drawn.
        uint8 draws;
        uint40 openedAt;
        /// Last second at which the sides can lodge evidence.
        uint40 evidenceUntil;
        /// Last second at which the body can rule before anyone can have it go up.
        uint40 ruleBy;
        /// Last second at which a ruling can be appealed; 0 before.
        uint40 appealBy;
        /// The ruling that stands; outcome None before. After an appeal the one of the first body stands on until then.
        ICommitmentRegistry.Outcome outcome;
        uint16 outcomeBasisPoints;
        ICommitmentRegistry.ExcuseGround ground;
        /// Whose ruling it is; of a panel, the member that completed the majority.
        GovernmentId ruledBy;
    }

    event DisputeOpened(
        DisputeId indexed id,
        CommitmentId indexed commitment,
        GovernmentId indexed opener,
        GovernmentId body,
        uint64 evidenceUntil,
        uint64 ruleBy,
        uint16 procedureVersion,
        bytes32 statementDigest,
        string statementLocator
    );
    /// @notice Where no body stands above the first one, a panel hears it. Of the bodies in office that are not concerned and
    /// not the first one, in order of registration, the members follow one another, in a circle, from number
    /// `keccak256(abi.encode(id, draws, blockhash(block.number - 1))) % bodies`; `draws` counts this draw too.
    event PanelDrawn(DisputeId indexed id, GovernmentId[] members);
    event DisputeEvidenceLodged(
        DisputeId indexed id, GovernmentId indexed side, bytes32 digest, string locator
    );
    /// @notice A signer of the body, or a member of the panel, gave this ruling; it takes effect when enough have.
    event RulingGiven(
        DisputeId indexed id, GovernmentId indexed body, address indexed signer, Ruling ruling, uint8 given, uint8 needed
    );
    /// @notice The ruling of this instance stands. `appealBy` is 0 where it is final.
    event DisputeRuled(
        DisputeId indexed id, CommitmentId indexed commitment, GovernmentId indexed body, Ruling ruling, uint64 appealBy
    );
    event DisputeAppealed(
        DisputeId indexed id,
        GovernmentId indexed appellant,
        GovernmentId indexed body,
        uint64 evidenceUntil,
        uint64 ruleBy,
        bytes32 groundsDigest,
        string groundsLocator
    );
    /// @notice Nobody ruled in time, so it is before another body or panel.
    event DisputeEscalated(
        DisputeId indexed id,
        GovernmentId indexed formerBody,
        GovernmentId indexed body,
        uint64 evidenceUntil,
        uint64 ruleBy
    );
    /// @notice The ruling that stands is final, and is the commitment's outcome.
    event DisputeConcluded(
        DisputeId indexed id,
        CommitmentId indexed commitment,
        GovernmentId indexed body,
        ICommitmentRegistry.Outcome outcome,
        uint16 outcomeBasisPoints,
        ICommitmentRegistry.ExcuseGround ground
    );
    event DisputeWithdrawn(DisputeId indexed id, CommitmentId indexed commitment, GovernmentId indexed opener);

    error DisputeUnknown(DisputeId id);
    error DisputeStateInvalid(DisputeId id, DisputeState state);
    /// @notice The commitment is not in a state that can be disputed, by this side.
    error DisputeNotOpenable(CommitmentId commitment, uint8 commitmentState);
    /// @notice What a side has itself brought about it cannot dispute.
    error DisputeOfOwnAct(CommitmentId commitment, GovernmentId caller);
    error DisputeAlreadyRuled(CommitmentId commitment);
    error DisputeNotSide(CommitmentId commitment, GovernmentId caller);
    error DisputeNotOpener(DisputeId id, GovernmentId caller, GovernmentId opener);
    error DisputeNotHearing(DisputeId id, GovernmentId caller);
    error DisputeDigestEmpty();
    error DisputeLocatorTooLong(uint256 length, uint256 lengthMax);
    /// @notice The time to object, lodge evidence or appeal is over.
    error DisputeWindowClosed(CommitmentId commitment, uint64 until, uint256 currentTime);
    error DisputeTooEarly(DisputeId id, uint64 earliest, uint256 currentTime);
    /// @notice No coordinating body is there that is not itself concerned.
    error DisputeNoBodyAvailable(AgreementId agreement);
    error RulingInvalid(string field, uint256 value);
    error RulingAlreadyGiven(DisputeId id, address signer);
    error RulingAlreadyGivenByMember(DisputeId id, GovernmentId member);

    /// @notice Opens a dispute about a commitment, or objects to a breach or a backfilled entry.
    function openDispute(
        CommitmentId commitment,
        bytes32 statementDigest,
        string calldata statementLocator,
        Authorization calldata authorization
    ) external returns (DisputeId id);

    function lodgeDisputeEvidence(
        DisputeId id,
        bytes32 digest,
        string calldata locator,
        Authorization calldata authorization
    ) external;

    /// @notice Gives a ruling, for the body that hears the dispute, once the time for evidence is over.
    function giveRuling(DisputeId id, Ruling calldata ruling, Authorization calldata authorization) external;

    /// @notice Appeals against the first body's ruling, as either side, once.
    function appealRuling(
        DisputeId id,
        bytes32 groundsDigest,
        string calldata groundsLocator,
        Authorization calldata authorization
    ) external;

    /// @notice Has a dispute that was not ruled on in time go up. Any account may. Where the appeal itself was not ruled on,
    /// the first ruling is final; where there is none, another panel is drawn.
    function escalateDispute(DisputeId id, Authorization calldata authorization) external;

    /// @notice Makes a ruling that nobody appealed against in time final. Any account may.
    function concludeDispute(DisputeId id, Authorization calldata authorization) external;

    /// @notice Takes a dispute back, as the one who opened it and before it is ruled on. Its side can dispute the same again
    /// only for a new reason: evidence lodged or a report made since. Otherwise a debtor could put off every time limit.
    function withdrawDispute(DisputeId id, Authorization calldata authorization) external;

    function dispute(DisputeId id) external view returns (Dispute memory);

    function panel(DisputeId id) external view returns (GovernmentId[] memory);

    function disputeCount() external view returns (uint64);

    /// @notice The open dispute about a commitment; 0 where there is none.
    function openDisputeAbout(CommitmentId commitment) external view returns (DisputeId);

    /// @notice Whether a government is a side of an open dispute that this body hears.
    function isBefore(GovernmentId body, GovernmentId government) external view returns (bool);

    /// @notice The body that is competent for an agreement: its coordinating body or, where that is itself concerned, the
    /// nearest above that is not; 0 where there is none.
    function competentBody(AgreementId agreement) external view returns (GovernmentId);

    /// @notice The same for a commitment: nor is the body one that stands in the place of its debtor or creditor without
    /// having taken its seat in the agreement.
    function competentBodyFor(CommitmentId commitment) external view returns (GovernmentId);
}
