// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GovernmentCommands} from "./base/GovernmentCommands.sol";
import {IAgreementRegistry} from "./interfaces/IAgreementRegistry.sol";
import {IBreachRegister} from "./interfaces/IBreachRegister.sol";
import {ICommitmentRegistry} from "./interfaces/ICommitmentRegistry.sol";
import {IDisputeRegister} from "./interfaces/IDisputeRegister.sol";
import {IGovernmentRegister} from "./interfaces/IGovernmentRegister.sol";
import {IProcedureRegister} from "./interfaces/IProcedureRegister.sol";
import {Authorization} from "./types/Authorization.sol";
import {CommitmentId, DisputeId, GovernmentId} from "./types/Identifiers.sol";

contract BreachRegister is IBreachRegister, GovernmentCommands {
    uint256 private constant TEXT_BYTES_MAX = 1024;
    uint256 private constant LOCATOR_BYTES_MAX = 512;
    /// Validators can shift time by seconds, so that no date set is nearer than this.
    uint256 private constant RECTIFICATION_SECONDS_MIN = 1 days;

    bytes32 private constant REPORT_OVERDUE = keccak256(
        "ReportOverdue(uint64 id,string note,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 private constant EXPLAIN_OVERDUE = keccak256(
        "ExplainOverdue(uint64 id,string explanation,bytes32 digest,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 private constant SET_RECTIFICATION = keccak256(
        "SetRectification(uint64 id,uint64 rectifyBy,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 private constant REFUSE_RECTIFICATION = keccak256(
        "RefuseRectification(uint64 id,string reason,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 private constant DETERMINE_BREACH =
        keccak256("DetermineBreach(uint64 id,address signer,uint256 operation,uint64 deadline)");
    bytes32 private constant REQUEST_REPAIR = keccak256(
        "RequestRepair(uint64 id,bytes32 digest,string locator,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 private constant REPAIR_BREACH =
        keccak256("RepairBreach(uint64 id,address signer,uint256 operation,uint64 deadline)");
    bytes32 private constant REFUSE_REPAIR = keccak256(
        "RefuseRepair(uint64 id,string reason,address signer,uint256 operation,uint64 deadline)"
    );

    IAgreementRegistry public immutable agreements;
    ICommitmentRegistry public immutable commitments;
    IProcedureRegister public immutable procedures;
    IDisputeRegister public immutable disputes;

    mapping(CommitmentId id => Breach) private _breaches;
    mapping(GovernmentId debtor => CommitmentId[]) private _cases;
    /// @dev What was determined, in that order, so that repetition is counted from the newest backwards.
    mapping(GovernmentId debtor => CommitmentId[]) private _determined;

    constructor(
        IGovernmentRegister register_,
        IAgreementRegistry agreements_,
        ICommitmentRegistry commitments_,
        IProcedureRegister procedures_,
        IDisputeRegister disputes_
    ) GovernmentCommands(register_) {
        agreements = agreements_;
        commitments = commitments_;
        procedures = procedures_;
        disputes = disputes_;
    }

    /// @inheritdoc IBreachRegister
    function reportOverdue(CommitmentId id, string calldata note, Authorization calldata authorization) external {
        _authorize(abi.encode(REPORT_OVERDUE, id, keccak256(bytes(note))), authorization);
        ICommitmentRegistry.Commitment memory c = commitments.commitment(id);
        if (c.state == ICommitmentRegistry.CommitmentState.None) revert ICommitmentRegistry.CommitmentUnknown(id);
        Breach storage b = _breaches[id];
        if (b.state != BreachState.None) revert BreachStateInvalid(id, b.state);
        _requireOwed(id, c.state);
        agreements.requireNotSuspended(c.agreement);
        uint16 procedureVersion = procedures.currentVersion();
        IProcedureRegister.ProcedurePolicy memory policy = procedures.policyOf(procedureVersion);
        uint64 graceUntil = uint64(c.dueAt) + policy.graceSeconds;
        if (block.timestamp <= graceUntil) revert OverdueNotYet(id, c.dueAt, graceUntil, block.timestamp);
        _requireText("note", note, false, TEXT_BYTES_MAX);

        uint40 explainBy = uint40(block.timestamp) + policy.explanationSeconds;
        b.state = BreachState.Reported;
        b.procedureVersion = procedureVersion;
        b.debtor = c.debtor;
        b.reportedAt = uint40(block.timestamp);
        b.explainBy = explainBy;
        _cases[c.debtor].push(id);
        commitments.setAnswerBy(id, explainBy);
        emit OverdueReported(id, c.debtor, authorization.signer, explainBy, procedureVersion, note);
    }

    /// @inheritdoc IBreachRegister
    function explainOverdue(
        CommitmentId id,
        string calldata explanation,
        bytes32 digest,
        Authorization calldata authorization
    ) external {
        GovernmentId caller = _actor(
            abi.encode(EXPLAIN_OVERDUE, id, keccak256(bytes(explanation)), digest),
            authorization,
            IGovernmentRegister.Role.Government
        );
        Breach storage b = _ofDebtor(id, caller);
        _requireRunning(id, b);
        if (b.state != BreachState.Reported) revert BreachStateInvalid(id, b.state);
        _requireDebtorsTime(id, b);
        _requireText("explanation", explanation, true, TEXT_BYTES_MAX);

        uint40 rectifyBy =
            uint40(block.timestamp) + procedures.policyOf(b.procedureVersion).rectificationSecondsMax;
        b.state = BreachState.Rectifying;
        b.rectifyBy = rectifyBy;
        commitments.setAnswerBy(id, rectifyBy);
        emit OverdueExplained(id, b.debtor, explanation, digest, rectifyBy);
    }

    /// @inheritdoc IBreachRegister
    function setRectification(CommitmentId id, uint64 rectifyBy, Authorization calldata authorization) external {
        GovernmentId caller = _actor(
            abi.encode(SET_RECTIFICATION, id, rectifyBy),
            authorization,
            IGovernmentRegister.Role.CoordinatingBody
        );
        Breach storage b = _known(id);
        GovernmentId body = disputes.competentBodyFor(id);
        if (caller != body) revert BreachNotBody(id, caller, body);
        _requireRunning(id, b);
        if (b.rectificationSet) revert RectificationAlreadySet(id, b.rectifyBy);
        _requireDebtorsTime(id, b);
        uint256 earliest = block.timestamp + RECTIFICATION_SECONDS_MIN;
        uint256 latest = block.timestamp + procedures.policyOf(b.procedureVersion).rectificationSecondsMax;
        if (rectifyBy < earliest || rectifyBy > latest) {
            revert RectificationOutOfRange(id, rectifyBy, earliest, latest);
        }

        b.state = BreachState.Rectifying;
        b.rectifyBy = uint40(rectifyBy);
        b.rectificationSet = true;
        commitments.setAnswerBy(id, rectifyBy);
        emit RectificationSet(id, body, rectifyBy);
    }

    /// @inheritdoc IBreachRegister
    function refuseRectification(CommitmentId id, string calldata reason, Authorization calldata authorization)
        external
    {
        GovernmentId caller = _actor(
            abi.encode(REFUSE_RECTIFICATION, id, keccak256(bytes(reason))),
            authorization,
            IGovernmentRegister.Role.Government
        );
        Breach storage b = _ofDebtor(id, caller);
        _requireRunning(id, b);
        // Afterwards there is nothing left to refuse, and it would open the time for evidence once more.
        _requireDebtorsTime(id, b);
        _requireText("reason", reason, true, TEXT_BYTES_MAX);

        b.refusedAt = uint40(block.timestamp);
        commitments.setAnswerBy(id, uint64(block.timestamp));
        emit RectificationRefused(id, b.debtor, reason);
    }

    /// @inheritdoc IBreachRegister
    function determineBreach(CommitmentId id, Authorization calldata authorization) external {
        _authorize(abi.encode(DETERMINE_BREACH, id), authorization);
        Breach storage b = _known(id);
        if (b.state != BreachState.Reported && b.state != BreachState.Rectifying) {
            revert BreachStateInvalid(id, b.state);
        }
        ICommitmentRegistry.Commitment memory c = commitments.commitment(id);
        _requireOwed(id, c.state);
        GovernmentId body = disputes.competentBodyFor(id);
        IProcedureRegister.ProcedurePolicy memory policy = procedures.policyOf(b.procedureVersion);
        uint256 until = _debtorsTime(b);
        uint256 bodyUntil = until + policy.determinationSeconds;
        bool lapsed = !_speaksFor(authorization.signer, body);
        if (lapsed) {
            if (block.timestamp <= bodyUntil) revert BreachTooEarly(id, uint64(bodyUntil + 1), block.timestamp);
        } else if (b.refusedAt == 0 && block.timestamp <= until) {
            revert BreachTooEarly(id, uint64(until + 1), block.timestamp);
        }

        commitments.recordBreach(id, lapsed ? GovernmentId.wrap(0) : body, b.reportedAt);
        // The body stands for what it let pass, so that somebody can repair it.
        b.body = body;
        uint40 objectBy = uint40(block.timestamp) + policy.objectionSeconds;
        _determine(id, b, policy, c, block.timestamp, objectBy, objectBy + 1);
        _emitDetermined(id, b, lapsed);
    }

    /// @inheritdoc IBreachRegister
    function requestRepair(
        CommitmentId id,
        bytes32 digest,
        string calldata locator,
        Authorization calldata authorization
    ) external {
        GovernmentId caller = _actor(
            abi.encode(REQUEST_REPAIR, id, digest, keccak256(bytes(locator))),
            authorization,
            IGovernmentRegister.Role.Government
        );
        Breach storage b = _ofDebtor(id, caller);
        _requireStanding(id, b);
        if (b.repairRequested) revert RepairAlreadyRequested(id);
        if (block.timestamp >= b.publishedUntil) revert RepairTooLate(id, b.publishedUntil, block.timestamp);
        if (digest == 0) revert RepairDigestEmpty(id);
        _requireText("locator", locator, false, LOCATOR_BYTES_MAX);

        b.repairRequested = true;
        emit RepairRequested(id, b.debtor, digest, locator);
    }

    /// @inheritdoc IBreachRegister
    function repairBreach(CommitmentId id, Authorization calldata authorization) external {
        GovernmentId caller =
            _actor(abi.encode(REPAIR_BREACH, id), authorization, IGovernmentRegister.Role.CoordinatingBody);
        Breach storage b = _requested(id, caller);
        if (block.timestamp < b.repairableFrom) revert RepairTooEarly(id, b.repairableFrom, block.timestamp);

        b.state = BreachState.Repaired;
        b.repairedAt = uint40(block.timestamp);
        emit BreachRepaired(id, b.debtor, caller);
    }

    /// @inheritdoc IBreachRegister
    function refuseRepair(CommitmentId id, string calldata reason, Authorization calldata authorization) external {
        GovernmentId caller = _actor(
            abi.encode(REFUSE_REPAIR, id, keccak256(bytes(reason))),
            authorization,
            IGovernmentRegister.Role.CoordinatingBody
        );
        Breach storage b = _requested(id, caller);
        _requireText("reason", reason, true, TEXT_BYTES_MAX);

        b.repairRequested = false;
        emit RepairRefused(id, caller, reason);
    }

    /// @inheritdoc IBreachRegister
    function applyRuling(
        CommitmentId id,
        GovernmentId body,
        bool broken,
        uint64 disputedAt,
        uint16 procedureVersion
    ) external {
        if (msg.sender != address(disputes)) revert BreachOnlyDisputes(msg.sender);
        Breach storage b = _breaches[id];
        BreachState state = b.state;
        if (!broken) {
            if (state == BreachState.None) return;
            b.state = BreachState.Overturned;
            emit BreachOverturned(id, body);
            return;
        }

        b.body = body;
        if (state == BreachState.Determined) {
            _publish(b, procedures.policyOf(b.procedureVersion), uint40(block.timestamp));
            emit BreachUpheld(id, body, b.publishedFrom, b.repairableFrom, b.publishedUntil);
            return;
        }
        ICommitmentRegistry.Commitment memory c = commitments.commitment(id);
        if (state == BreachState.None) {
            b.procedureVersion = procedureVersion;
            b.debtor = c.debtor;
            _cases[c.debtor].push(id);
        }
        // The last instance has spoken: there is no objection, and publication begins at once.
        _determine(id, b, procedures.policyOf(b.procedureVersion), c, disputedAt, 0, uint40(block.timestamp));
        _emitDetermined(id, b, false);
    }

    /// @inheritdoc IBreachRegister
    function breach(CommitmentId id) external view returns (Breach memory) {
        return _breaches[id];
    }

    /// @inheritdoc IBreachRegister
    function casesOf(GovernmentId debtor) external view returns (CommitmentId[] memory) {
        return _cases[debtor];
    }

    /// @inheritdoc IBreachRegister
    function isPublished(CommitmentId id) external view returns (bool) {
        Breach storage b = _breaches[id];
        return b.state == BreachState.Determined && block.timestamp >= b.publishedFrom
            && block.timestamp < b.publishedUntil
            && _consequence(procedures.policyOf(b.procedureVersion), b.severity).published
            && DisputeId.unwrap(disputes.openDisputeAbout(id)) == 0;
    }

    /// @param lateUntil Up to when lateness is counted.
    function _determine(
        CommitmentId id,
        Breach storage b,
        IProcedureRegister.ProcedurePolicy memory policy,
        ICommitmentRegistry.Commitment memory c,
        uint256 lateUntil,
        uint40 objectBy,
        uint40 publishedFrom
    ) private {
        uint256 latenessSeconds = lateUntil > c.dueAt ? lateUntil - c.dueAt : 0;
        uint256 repetitions = 1 + _earlierBreaches(b.debtor, policy);
        if (_reaches(policy.serious, c.weight, latenessSeconds, repetitions)) b.severity = Severity.Serious;
        else if (_reaches(policy.general, c.weight, latenessSeconds, repetitions)) b.severity = Severity.General;
        else b.severity = Severity.Minor;
        b.state = BreachState.Determined;
        b.determinedAt = uint40(block.timestamp);
        b.objectBy = objectBy;
        _publish(b, policy, publishedFrom);
        _determined[b.debtor].push(id);
    }

    function _publish(Breach storage b, IProcedureRegister.ProcedurePolicy memory policy, uint40 publishedFrom)
        private
    {
        IProcedureRegister.SeverityConsequence memory consequence = _consequence(policy, b.severity);
        b.publishedFrom = publishedFrom;
        b.repairableFrom = publishedFrom + consequence.repairAfterSeconds;
        b.publishedUntil = publishedFrom + consequence.publicationSeconds;
    }

    function _emitDetermined(CommitmentId id, Breach storage b, bool lapsed) private {
        emit BreachDetermined(
            id,
            b.debtor,
            b.body,
            b.severity,
            b.objectBy,
            b.publishedFrom,
            b.repairableFrom,
            b.publishedUntil,
            lapsed
        );
    }

    /// @dev How many breaches within the period of repetition a government and those whose place it took have. No more
    /// are counted than a threshold asks for, so that a long record does not make the next determination dearer.
    function _earlierBreaches(GovernmentId debtor, IProcedureRegister.ProcedurePolicy memory policy)
        private
        view
        returns (uint256 count)
    {
        uint256 enough = policy.serious.repetitions > policy.general.repetitions
            ? policy.serious.repetitions
            : policy.general.repetitions;
        GovernmentId[] memory lineage = register.lineage(debtor);
        for (uint256 i = 0; i < lineage.length; ++i) {
            CommitmentId[] storage determined = _determined[lineage[i]];
            for (uint256 left = determined.length; left != 0 && count < enough; --left) {
                Breach storage earlier = _breaches[determined[left - 1]];
                if (uint256(earlier.determinedAt) + policy.repetitionSeconds < block.timestamp) break;
                if (earlier.state != BreachState.Overturned) ++count;
            }
        }
    }

    /// @dev Whether an account speaks, now and as a coordinating body, for this one.
    function _speaksFor(address signer, GovernmentId body) private view returns (bool) {
        if (body.isNone()) return false;
        (GovernmentId id, uint8 roles) = register.voiceOf(signer);
        return id == body && roles & (1 << uint8(IGovernmentRegister.Role.CoordinatingBody)) != 0;
    }

    function _known(CommitmentId id) private view returns (Breach storage b) {
        b = _breaches[id];
        if (b.state == BreachState.None) revert BreachStateInvalid(id, b.state);
    }

    function _ofDebtor(CommitmentId id, GovernmentId caller) private view returns (Breach storage b) {
        b = _known(id);
        if (caller != b.debtor && !register.standsFor(caller, b.debtor)) revert BreachNotDebtor(id, caller, b.debtor);
    }

    /// @dev A breach that `caller` determined, that stands, and whose repair was asked for.
    function _requested(CommitmentId id, GovernmentId caller) private view returns (Breach storage b) {
        b = _known(id);
        // Before there is a determination, it is nobody's.
        _requireStanding(id, b);
        if (caller != b.body) revert BreachNotBody(id, caller, b.body);
        if (!b.repairRequested) revert RepairNotRequested(id);
        if (block.timestamp >= b.publishedUntil) revert RepairTooLate(id, b.publishedUntil, block.timestamp);
    }

    /// @dev Last second of the debtor's time to explain or to put right; when it refused, that was it.
    function _debtorsTime(Breach storage b) private view returns (uint64) {
        if (b.refusedAt != 0) return b.refusedAt;
        return b.state == BreachState.Reported ? b.explainBy : b.rectifyBy;
    }

    function _requireDebtorsTime(CommitmentId id, Breach storage b) private view {
        uint64 until = _debtorsTime(b);
        if (b.refusedAt != 0 || block.timestamp > until) revert BreachWindowClosed(id, until, block.timestamp);
    }

    /// @dev Reported, not yet determined, and not settled in another way.
    function _requireRunning(CommitmentId id, Breach storage b) private view {
        if (b.state != BreachState.Reported && b.state != BreachState.Rectifying) {
            revert BreachStateInvalid(id, b.state);
        }
        ICommitmentRegistry.CommitmentState state = commitments.commitment(id).state;
        if (state == ICommitmentRegistry.CommitmentState.Settled) revert BreachCommitmentState(id, uint8(state));
    }

    /// @dev Determined, and not objected to.
    function _requireStanding(CommitmentId id, Breach storage b) private view {
        if (b.state != BreachState.Determined) revert BreachStateInvalid(id, b.state);
        if (DisputeId.unwrap(disputes.openDisputeAbout(id)) != 0) {
            revert BreachCommitmentState(id, uint8(ICommitmentRegistry.CommitmentState.Disputed));
        }
    }

    function _requireOwed(CommitmentId id, ICommitmentRegistry.CommitmentState state) private pure {
        if (
            state != ICommitmentRegistry.CommitmentState.Active
                && state != ICommitmentRegistry.CommitmentState.Contested
        ) revert BreachCommitmentState(id, uint8(state));
    }

    function _requireText(string memory field, string calldata text, bool required, uint256 lengthMax) private pure {
        uint256 length = bytes(text).length;
        if (length > lengthMax || (required && length == 0)) revert BreachTextInvalid(field, length, lengthMax);
    }

    function _reaches(
        IProcedureRegister.SeverityThreshold memory threshold,
        uint256 weight,
        uint256 latenessSeconds,
        uint256 repetitions
    ) private pure returns (bool) {
        return weight >= threshold.weight || latenessSeconds >= threshold.latenessSeconds
            || repetitions >= threshold.repetitions;
    }

    function _consequence(IProcedureRegister.ProcedurePolicy memory policy, Severity severity)
        private
        pure
        returns (IProcedureRegister.SeverityConsequence memory)
    {
        if (severity == Severity.Serious) return policy.seriousConsequence;
        return severity == Severity.General ? policy.generalConsequence : policy.minorConsequence;
    }
}
