// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Which rules apply from when
/// @notice A policy is a file; its digest stands here. A version applies from a moment on, never backwards.
interface IPolicyRegister {
    /// @param kind What the policy rules, such as "score".
    /// @param version Counts from 1 within a kind.
    /// @param digest SHA-256 of the policy's canonical JSON.
    event PolicyPublished(string kind, uint32 indexed version, bytes32 digest, string locator, uint64 effectiveFrom);

    error PolicyOnlyAdministration(address caller);
    error PolicyBackdated(string kind, uint64 effectiveFrom, uint256 earliest);
    /// @notice A version that applies in the far future would keep every other from applying before it.
    error PolicyTooFarAhead(string kind, uint64 effectiveFrom, uint256 latest);
    error PolicyDigestEmpty(string kind);

    function publishPolicy(string calldata kind, bytes32 digest, string calldata locator, uint64 effectiveFrom)
        external;

    /// @notice The number of versions of a kind, the digest of the newest and the moment it applies from.
    function newestPolicy(string calldata kind)
        external
        view
        returns (uint32 version, bytes32 digest, uint64 effectiveFrom);
}
