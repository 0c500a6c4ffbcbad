// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IPolicyRegister} from "./interfaces/IPolicyRegister.sol";

contract PolicyRegister is IPolicyRegister {
    struct Newest {
        bytes32 digest;
        uint32 version;
        uint64 effectiveFrom;
    }

    /// Longer than any policy is announced ahead; a moment in milliseconds lies far behind it.
    uint256 private constant LEAD_SECONDS_MAX = 3650 days;

    address public immutable administration;

    mapping(string kind => Newest) private _newest;

    constructor(address administration_) {
        administration = administration_;
    }

    /// @inheritdoc IPolicyRegister
    function publishPolicy(string calldata kind, bytes32 digest, string calldata locator, uint64 effectiveFrom)
        external
    {
        if (msg.sender != administration) revert PolicyOnlyAdministration(msg.sender);
        if (digest == 0) revert PolicyDigestEmpty(kind);
        Newest storage n = _newest[kind];
        // Neither before now nor before the version it follows.
        uint256 earliest = block.timestamp > n.effectiveFrom ? block.timestamp : n.effectiveFrom;
        // 0 asks for "from now on", which nobody can know when a proposal is written.
        if (effectiveFrom == 0) effectiveFrom = uint64(earliest);
        if (effectiveFrom < earliest) revert PolicyBackdated(kind, effectiveFrom, earliest);
        uint256 latest = block.timestamp + LEAD_SECONDS_MAX;
        if (effectiveFrom > latest) revert PolicyTooFarAhead(kind, effectiveFrom, latest);

        n.digest = digest;
        n.version += 1;
        n.effectiveFrom = effectiveFrom;
        emit PolicyPublished(kind, n.version, digest, locator, effectiveFrom);
    }

    /// @inheritdoc IPolicyRegister
    function newestPolicy(string calldata kind)
        external
        view
        returns (uint32 version, bytes32 digest, uint64 effectiveFrom)
    {
        Newest storage n = _newest[kind];
        return (n.version, n.digest, n.effectiveFrom);
    }
}
