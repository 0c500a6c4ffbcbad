// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice Who commands, and the proof of it. Last parameter of every command.
/// @dev A command is sent in one of two ways. Directly: `signer` is the sender and `signature` is
/// empty. Relayed: anyone sends it, and `signature` is the signer's EIP-712 signature over the
/// command's own type (an EIP-1271 answer when the signer is a contract wallet).
struct Authorization {
    /// The account that commands.
    address signer;
    /// An unordered nonce: each may be used once per signer and contract, in any order, so that a
    /// lost command blocks none behind it. Its low byte is a bit in a word: consecutive numbers
    /// share a storage slot and cost less. 0 in a direct call means that none is used up.
    uint256 operation;
    /// Last second, UTC, at which a relayed command may be executed.
    uint64 deadline;
    /// Empty in a direct call.
    bytes signature;
}
