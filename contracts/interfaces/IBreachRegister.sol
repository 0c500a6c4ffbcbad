// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorization} from "../types/Authorization.sol";
import {CommitmentId, GovernmentId} from "../types/Identifiers.sol";
import {ISignedCommands} from "./ISignedCommands.sol";

/// @title From overdue to breach, and back by repair
/// @notice Past the due date and grace, anyone reports a commitment overdue. The debtor explains, and puts right by a date;
/// a breach is determined only where that fails, is refused, or the debtor keeps silent. An objection suspends publication
/// until it is ruled on. Repair ends publication and discipline; the record stays.
interface IBreachRegister is ISignedCommands {
    /// @dev Stored. A case whose commitment has got another outcome is over, whatever stands here.
    enum BreachState {
        None,
        /// The debtor has time to explain.
        Reported,
        /// The debtor has time to put right.
        Rectifying,
        Determined,
        Repaired,
        /// A ruling found otherwise.
        Overturned
    }

    enum Severity {
        None,
        Minor,
        General,
        Serious
    }

    struct Breach {
        BreachState state;
        Severity severity;
        /// Version of the procedure policy that the case is under.
        uint16 procedureVersion;
        GovernmentId debtor;
        /// Whose determination stands, and who can repair it.
        GovernmentId body;
        /// 0 where a ruling found it broken though nobody had reported it.
        uint40 reportedAt;
        /// Last second at which the debtor can explain.
        uint40 explainBy;
        /// Last second at which it can be put right; 0 while nothing was explained or set.
        uint40 rectifyBy;
        /// When the debtor refused to put right; 0 if it did not.
        uint40 refusedAt;
        uint40 determinedAt;
        /// Last second at which the debtor can object.
        uint40 objectBy;
        /// First second of publication, where the policy has it published. An objection puts it off until the ruling.
        uint40 publishedFrom;
        /// First second at which the body can repair it.
        uint40 repairableFrom;
        /// First second at which publication and discipline are over.
        uint40 publishedUntil;
        uint40 repairedAt;
        /// The body has set a date for putting right, which it can do once.
        bool rectificationSet;
        bool repairRequested;
    }

    event OverdueReported(
        CommitmentId indexed id,
        GovernmentId indexed debtor,
        address indexed reporter,
        uint64 explainBy,
        uint16 procedureVersion,
        string note
    );
    /// @notice The debtor explained, and has until `rectifyBy` to put right, unless the body sets another date.
    event OverdueExplained(
        CommitmentId indexed id, GovernmentId indexed debtor, string explanation, bytes32 digest, uint64 rectifyBy
    );
    event RectificationSet(CommitmentId indexed id, GovernmentId indexed body, uint64 rectifyBy);
    event RectificationRefused(CommitmentId indexed id, GovernmentId indexed debtor, string reason);
    /// @notice `lapsed` where the body let its time pass and another called for it. A determination by a final ruling
    /// carries `objectBy` 0: there is no objection to it.
    event BreachDetermined(
        CommitmentId indexed id,
        GovernmentId indexed debtor,
        GovernmentId indexed body,
        Severity severity,
        uint64 objectBy,
        uint64 publishedFrom,
        uint64 repairableFrom,
        uint64 publishedUntil,
        bool lapsed
    );
    /// @notice A final ruling upheld a breach that was objected to; its periods count from now.
    event BreachUpheld(
        CommitmentId indexed id,
        GovernmentId indexed body,
        uint64 publishedFrom,
        uint64 repairableFrom,
        uint64 publishedUntil
    );
    event BreachOverturned(CommitmentId indexed id, GovernmentId indexed body);
    event RepairRequested(CommitmentId indexed id, GovernmentId indexed debtor, bytes32 digest, string locator);
    event RepairRefused(CommitmentId indexed id, GovernmentId indexed body, string reason);
    event BreachRepaired(CommitmentId indexed id, GovernmentId indexed debtor, GovernmentId indexed body);

    error BreachOnlyDisputes(address caller);
    error BreachStateInvalid(CommitmentId id, BreachState state);
    /// @notice Only what was accepted and has no outcome can be overdue; evidence that waits for an answer has to get one
    /// first, and a dispute a ruling.
    error BreachCommitmentState(CommitmentId id, uint8 commitmentState);
    error OverdueNotYet(CommitmentId id, uint64 dueAt, uint64 graceUntil, uint256 currentTime);
    error BreachNotDebtor(CommitmentId id, GovernmentId caller, GovernmentId debtor);
    error BreachNotBody(CommitmentId id, GovernmentId caller, GovernmentId body);
    error BreachWindowClosed(CommitmentId id, uint64 until, uint256 currentTime);
    /// @notice The debtor still has time; or, for those who are not the body, the body has.
    error BreachTooEarly(CommitmentId id, uint64 earliest, uint256 currentTime);
    error RectificationOutOfRange(CommitmentId id, uint64 rectifyBy, uint256 earliest, uint256 latest);
    error RectificationAlreadySet(CommitmentId id, uint64 rectifyBy);
    error BreachTextInvalid(string field, uint256 length, uint256 lengthMax);
    error RepairDigestEmpty(CommitmentId id);
    error RepairTooEarly(CommitmentId id, uint64 repairableFrom, uint256 currentTime);
    error RepairTooLate(CommitmentId id, uint64 publishedUntil, uint256 currentTime);
    error RepairNotRequested(CommitmentId id);
    error RepairAlreadyRequested(CommitmentId id);

    /// @notice Reports a commitment overdue. Any account may.
    function reportOverdue(CommitmentId id, string calldata note, Authorization calldata authorization) external;

    /// @notice Explains, as debtor. That gives time to put right.
    /// @param digest SHA-256 of what backs the explanation; 0 for none.
    function explainOverdue(
        CommitmentId id,
        string calldata explanation,
        bytes32 digest,
        Authorization calldata authorization
    ) external;

    /// @notice Sets, as the competent body and once, by when it has to be put right.
    function setRectification(CommitmentId id, uint64 rectifyBy, Authorization calldata authorization) external;

    /// @notice Refuses, as debtor, to put right.
    function refuseRectification(CommitmentId id, string calldata reason, Authorization calldata authorization) external;

    /// @notice Determines the breach: the competent body when the debtor's time is over, anyone when the body's is too.
    function determineBreach(CommitmentId id, Authorization calldata authorization) external;

    /// @notice Asks for repair, as debtor, with proof that the fault was made good.
    function requestRepair(
        CommitmentId id,
        bytes32 digest,
        string calldata locator,
        Authorization calldata authorization
    ) external;

    /// @notice Grants repair, as the body whose determination stands, after the minimum period.
    function repairBreach(CommitmentId id, Authorization calldata authorization) external;

    /// @notice Refuses what was asked for; it can be asked for again.
    function refuseRepair(CommitmentId id, string calldata reason, Authorization calldata authorization) external;

    /// @notice Takes in what was ruled, for good, about a commitment. Only the dispute register.
    /// @param disputedAt When the dispute was opened; lateness is counted up to then.
    /// @param procedureVersion What the dispute is under, and with it a breach that was not reported before.
    function applyRuling(
        CommitmentId id,
        GovernmentId body,
        bool broken,
        uint64 disputedAt,
        uint16 procedureVersion
    ) external;

    function breach(CommitmentId id) external view returns (Breach memory);

    /// @notice Every commitment of a government that was reported overdue or found broken, oldest first.
    function casesOf(GovernmentId debtor) external view returns (CommitmentId[] memory);

    /// @notice Whether a breach is published now.
    function isPublished(CommitmentId id) external view returns (bool);
}
