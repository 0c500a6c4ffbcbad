// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IDisputeRegister} from "../interfaces/IDisputeRegister.sol";

/// @dev EIP-712 type and hash of a ruling.
library DisputeHashing {
    string internal constant RULING_TYPE =
        "Ruling(uint8 outcome,uint16 outcomeBasisPoints,uint8 ground,bytes32 reasonsDigest,string reasonsLocator)";

    bytes32 private constant RULING = keccak256(bytes(RULING_TYPE));

    function hash(IDisputeRegister.Ruling calldata ruling) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                RULING,
                ruling.outcome,
                ruling.outcomeBasisPoints,
                ruling.ground,
                ruling.reasonsDigest,
                keccak256(bytes(ruling.reasonsLocator))
            )
        );
    }
}
