// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IDisciplineRegister} from "../interfaces/IDisciplineRegister.sol";

/// @dev EIP-712 types and hashes of what the discipline register's commands carry.
library DisciplineHashing {
    string private constant AUTHORIZATION = "address signer,uint256 operation,uint64 deadline)";
    string private constant MEASURE_TERMS_TYPE =
        "MeasureTerms(uint64 commitment,uint8 measure,uint64 startsAt,uint64 endsAt,string reason)";
    string private constant INCENTIVE_TERMS_TYPE =
        "IncentiveTerms(uint32 government,uint8 incentive,uint64 startsAt,uint64 endsAt,string reason)";

    bytes32 internal constant IMPOSE_MEASURE =
        keccak256(abi.encodePacked("ImposeMeasure(MeasureTerms terms,", AUTHORIZATION, MEASURE_TERMS_TYPE));
    bytes32 internal constant LIFT_MEASURE =
        keccak256(abi.encodePacked("LiftMeasure(uint64 id,string reason,", AUTHORIZATION));
    bytes32 internal constant GRANT_INCENTIVE =
        keccak256(abi.encodePacked("GrantIncentive(IncentiveTerms terms,", AUTHORIZATION, INCENTIVE_TERMS_TYPE));
    bytes32 internal constant REVOKE_INCENTIVE =
        keccak256(abi.encodePacked("RevokeIncentive(uint64 id,string reason,", AUTHORIZATION));

    bytes32 private constant MEASURE_TERMS = keccak256(bytes(MEASURE_TERMS_TYPE));
    bytes32 private constant INCENTIVE_TERMS = keccak256(bytes(INCENTIVE_TERMS_TYPE));

    function hash(IDisciplineRegister.MeasureTerms calldata t) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(MEASURE_TERMS, t.commitment, t.measure, t.startsAt, t.endsAt, keccak256(bytes(t.reason)))
        );
    }

    function hash(IDisciplineRegister.IncentiveTerms calldata t) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(INCENTIVE_TERMS, t.government, t.incentive, t.startsAt, t.endsAt, keccak256(bytes(t.reason)))
        );
    }
}
