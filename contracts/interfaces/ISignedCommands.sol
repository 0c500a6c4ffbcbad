// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Commands that are signed by one account and may be sent by another
/// @notice Every command has its own EIP-712 type: the function's name with a capital, its parameters,
/// then `address signer,uint256 operation,uint64 deadline`. The domain is name "intergov-ledger",
/// version "1", the chain id, and the address of the contract that receives the command, so a
/// signature is good on one chain, for one ledger and for one contract.
/// @dev Warning: texts are not looked into. Any bytes up to the allowed length are taken and emitted, be they UTF-8 or
/// not; readers must get over them.
interface ISignedCommands {
    /// @notice A command was executed. The events behind it, up to the next of these in the same
    /// transaction, are its facts.
    event CommandExecuted(address indexed signer, uint256 indexed operation);

    /// @notice The signature is not the signer's over this command in this domain: it was altered, or
    /// made for another chain or ledger, or the call was sent unsigned by somebody else.
    error CommandSignatureInvalid(address signer, address sender, bytes32 digest);

    /// @notice The command came after its deadline.
    error CommandExpired(address signer, uint64 deadline, uint256 currentTime);

    /// @notice The signer has used this operation before.
    error CommandAlreadyExecuted(address signer, uint256 operation);

    /// @notice Whether the signer has used this operation.
    function operationUsed(address signer, uint256 operation) external view returns (bool);
}
