// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {ISignedCommands} from "../interfaces/ISignedCommands.sol";
import {Authorization} from "../types/Authorization.sol";

/// @dev What every contract that takes commands inherits. A command calls `_authorize` first.
abstract contract SignedCommands is ISignedCommands, EIP712 {
    mapping(address signer => mapping(uint256 word => uint256 bits)) private _usedOperations;

    constructor() EIP712("intergov-ledger", "1") {}

    /// @inheritdoc ISignedCommands
    function operationUsed(address signer, uint256 operation) external view returns (bool) {
        return _usedOperations[signer][operation >> 8] & (1 << (operation & 0xff)) != 0;
    }

    /// @dev Whether the command was signed by one account and sent by any. A direct call needs no hash of itself, and
    /// making one costs gas.
    function _isRelayed(Authorization calldata authorization) internal pure returns (bool) {
        return authorization.signature.length != 0;
    }

    /// @dev Proves that the signer commands this, and uses up the operation.
    /// @param command The encoded EIP-712 type hash and parameters, without the authorization; not read in a direct
    /// call.
    function _authorize(bytes memory command, Authorization calldata authorization) internal {
        if (!_isRelayed(authorization)) {
            if (authorization.signer != msg.sender) {
                revert CommandSignatureInvalid(authorization.signer, msg.sender, 0);
            }
            if (authorization.operation != 0) _useOperation(authorization);
        } else {
            // The cheap refusals come before the signature check.
            if (block.timestamp > authorization.deadline) {
                revert CommandExpired(authorization.signer, authorization.deadline, block.timestamp);
            }
            _useOperation(authorization);
            bytes32 digest = _hashTypedDataV4(
                keccak256(
                    bytes.concat(
                        command, abi.encode(authorization.signer, authorization.operation, authorization.deadline)
                    )
                )
            );
            if (!SignatureChecker.isValidSignatureNow(authorization.signer, digest, authorization.signature)) {
                revert CommandSignatureInvalid(authorization.signer, msg.sender, digest);
            }
        }
        emit CommandExecuted(authorization.signer, authorization.operation);
    }

    function _useOperation(Authorization calldata authorization) private {
        uint256 bit = 1 << (authorization.operation & 0xff);
        uint256 word = authorization.operation >> 8;
        uint256 bits = _usedOperations[authorization.signer][word];
        if (bits & bit != 0) revert CommandAlreadyExecuted(authorization.signer, authorization.operation);
        _usedOperations[authorization.signer][word] = bits | bit;
    }
}
