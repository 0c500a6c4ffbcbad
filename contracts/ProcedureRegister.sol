// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IProcedureRegister} from "./interfaces/IProcedureRegister.sol";

contract ProcedureRegister is IProcedureRegister {
    /// @dev What is read often, in one storage slot.
    struct Brief {
        uint40 effectiveFrom;
        uint32 confirmationSeconds;
        uint32 shortConfirmationSeconds;
        uint32 graceSeconds;
        uint32 objectionSeconds;
        uint16 auditShareBasisPoints;
    }

    uint256 private constant WINDOW_SECONDS_MIN = 1 days;
    uint256 private constant WINDOW_SECONDS_MAX = 3650 days;
    uint256 private constant LEAD_SECONDS_MAX = 3650 days;
    /// The most that any commitment weighs, in millionths.
    uint256 private constant WEIGHT_MAX = 1_000_000 * 1_000_000;
    uint256 private constant REPETITIONS_MAX = 100;
    uint256 private constant RULING_SIGNERS_MAX = 16;
    uint256 private constant PANEL_SIZE_MAX = 15;
    uint256 private constant ALL_BASIS_POINTS = 10_000;

    address public immutable administration;

    mapping(uint16 version => ProcedurePolicy) private _policies;
    mapping(uint16 version => Brief) private _briefs;
    uint16 private _newest;

    constructor(address administration_, ProcedurePolicy memory initial) {
        administration = administration_;
        _publish(initial, 0);
    }

    /// @inheritdoc IProcedureRegister
    function publishProcedurePolicy(ProcedurePolicy calldata policy, uint64 effectiveFrom) external {
        if (msg.sender != administration) revert ProcedureOnlyAdministration(msg.sender);
        _publish(policy, effectiveFrom);
    }

    /// @inheritdoc IProcedureRegister
    function currentVersion() public view returns (uint16 version) {
        version = _newest;
        // Those that are announced and do not apply yet are few, and the first version applies since it is there.
        while (_briefs[version].effectiveFrom > block.timestamp) --version;
    }

    /// @inheritdoc IProcedureRegister
    function policyOf(uint16 version) external view returns (ProcedurePolicy memory) {
        _brief(version);
        return _policies[version];
    }

    /// @inheritdoc IProcedureRegister
    function confirmationRules()
        external
        view
        returns (
            uint16 version,
            uint32 confirmationSeconds,
            uint32 shortConfirmationSeconds,
            uint16 auditShareBasisPoints
        )
    {
        version = currentVersion();
        Brief storage b = _briefs[version];
        return (version, b.confirmationSeconds, b.shortConfirmationSeconds, b.auditShareBasisPoints);
    }

    /// @inheritdoc IProcedureRegister
    function periods(uint16 version) external view returns (uint32 graceSeconds, uint32 objectionSeconds) {
        Brief storage b = _brief(version);
        return (b.graceSeconds, b.objectionSeconds);
    }

    function _brief(uint16 version) private view returns (Brief storage b) {
        b = _briefs[version];
        if (b.effectiveFrom == 0) revert ProcedureVersionUnknown(version);
    }

    function _publish(ProcedurePolicy memory p, uint64 effectiveFrom) private {
        // Neither before now nor before the version it follows.
        uint256 earliest = _briefs[_newest].effectiveFrom;
        if (earliest < block.timestamp) earliest = block.timestamp;
        // 0 asks for "from now on", which nobody can know when a proposal is written.
        if (effectiveFrom == 0) effectiveFrom = uint64(earliest);
        if (effectiveFrom < earliest) revert ProcedureBackdated(effectiveFrom, earliest);
        uint256 latest = block.timestamp + LEAD_SECONDS_MAX;
        if (effectiveFrom > latest) revert ProcedureTooFarAhead(effectiveFrom, latest);
        _requireWindows(p);
        _requireThresholds(p);
        _requireConsequence("minorConsequence", p.minorConsequence);
        _requireConsequence("generalConsequence", p.generalConsequence);
        _requireConsequence("seriousConsequence", p.seriousConsequence);

        uint16 version = ++_newest;
        _policies[version] = p;
        _briefs[version] = Brief({
            effectiveFrom: uint40(effectiveFrom),
            confirmationSeconds: p.confirmationSeconds,
            shortConfirmationSeconds: p.shortConfirmationSeconds,
            graceSeconds: p.graceSeconds,
            objectionSeconds: p.objectionSeconds,
            auditShareBasisPoints: p.auditShareBasisPoints
        });
        emit ProcedurePolicyPublished(version, p, effectiveFrom);
    }

    function _requireWindows(ProcedurePolicy memory p) private pure {
        _requireWindow("confirmationSeconds", p.confirmationSeconds);
        _requireWindow("shortConfirmationSeconds", p.shortConfirmationSeconds);
        // What is earned by keeping faith is never the longer one.
        _requireValue(
            "shortConfirmationSeconds", p.shortConfirmationSeconds, WINDOW_SECONDS_MIN, p.confirmationSeconds
        );
        _requireWindow("graceSeconds", p.graceSeconds);
        _requireWindow("explanationSeconds", p.explanationSeconds);
        _requireWindow("rectificationSecondsMax", p.rectificationSecondsMax);
        _requireWindow("determinationSeconds", p.determinationSeconds);
        _requireWindow("objectionSeconds", p.objectionSeconds);
        _requireWindow("evidenceSeconds", p.evidenceSeconds);
        _requireWindow("rulingSeconds", p.rulingSeconds);
        _requireWindow("appealSeconds", p.appealSeconds);
        _requireWindow("repetitionSeconds", p.repetitionSeconds);
    }

    /// @dev A breach that is serious is no less than general by every measure.
    function _requireThresholds(ProcedurePolicy memory p) private pure {
        _requireValue("rulingSigners", p.rulingSigners, 1, RULING_SIGNERS_MAX);
        _requireValue("panelSize", p.panelSize, 1, PANEL_SIZE_MAX);
        _requireValue("auditShareBasisPoints", p.auditShareBasisPoints, 0, ALL_BASIS_POINTS);
        _requireValue("general.weight", p.general.weight, 1, WEIGHT_MAX);
        _requireWindow("general.latenessSeconds", p.general.latenessSeconds);
        _requireValue("general.repetitions", p.general.repetitions, 1, REPETITIONS_MAX);
        _requireValue("serious.weight", p.serious.weight, p.general.weight, WEIGHT_MAX);
        _requireWindow("serious.latenessSeconds", p.serious.latenessSeconds);
        _requireValue(
            "serious.latenessSeconds", p.serious.latenessSeconds, p.general.latenessSeconds, WINDOW_SECONDS_MAX
        );
        _requireValue("serious.repetitions", p.serious.repetitions, p.general.repetitions, REPETITIONS_MAX);
    }

    /// @dev Repair must be possible before publication ends by itself.
    function _requireConsequence(string memory severity, SeverityConsequence memory c) private pure {
        _requireWindow(string.concat(severity, ".publicationSeconds"), c.publicationSeconds);
        _requireValue(
            string.concat(severity, ".repairAfterSeconds"), c.repairAfterSeconds, 0, c.publicationSeconds - 1
        );
    }

    function _requireWindow(string memory field, uint256 value) private pure {
        if (value < WINDOW_SECONDS_MIN || value > WINDOW_SECONDS_MAX) {
            revert ProcedureWindowOutOfRange(field, value, WINDOW_SECONDS_MIN, WINDOW_SECONDS_MAX);
        }
    }

    function _requireValue(string memory field, uint256 value, uint256 valueMin, uint256 valueMax) private pure {
        if (value < valueMin || value > valueMax) revert ProcedureValueOutOfRange(field, value, valueMin, valueMax);
    }
}
