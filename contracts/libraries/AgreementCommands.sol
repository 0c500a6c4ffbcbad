// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
import {AgreementHashing} from "./AgreementHashing.sol";

/// @dev EIP-712 types of the agreement registry's commands.
library AgreementCommands {
    bytes32 private constant ENDING =
        keccak256("Ending(uint32 id,uint8 reason,uint64 commitment,uint32 successor,string note)");
    bytes32 internal constant END_AGREEMENT = keccak256(
        "EndAgreement(Ending ending,address signer,uint256 operation,uint64 deadline)Ending(uint32 id,uint8 reason,uint64 commitment,uint32 successor,string note)"
    );
    bytes32 internal constant SIGN_AGREEMENT = keccak256(
        "SignAgreement(uint32 id,uint16 version,bytes32 termsDigest,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 internal constant DECLINE_VERSION = keccak256(
        "DeclineVersion(uint32 id,uint16 version,string reason,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 internal constant ACCEDE_TO_AGREEMENT = keccak256(
        "AccedeToAgreement(uint32 id,bytes32 termsDigest,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 internal constant APPROVE_ACCESSION =
        keccak256("ApproveAccession(uint32 id,uint32 government,address signer,uint256 operation,uint64 deadline)");
    bytes32 internal constant SUSPEND_AGREEMENT =
        keccak256("SuspendAgreement(uint32 id,string reason,address signer,uint256 operation,uint64 deadline)");
    bytes32 internal constant RESUME_AGREEMENT =
        keccak256("ResumeAgreement(uint32 id,address signer,uint256 operation,uint64 deadline)");
    bytes32 internal constant CONSENT_TO_END =
        keccak256("ConsentToEnd(uint32 id,string note,address signer,uint256 operation,uint64 deadline)");
    bytes32 internal constant SUCCEED_PARTY =
        keccak256("SucceedParty(uint32 id,uint32 predecessor,address signer,uint256 operation,uint64 deadline)");
    bytes32 internal constant RECORD_ACCESSION =
        keccak256("RecordAccession(uint32 id,uint32[] parties,address signer,uint256 operation,uint64 deadline)");

    /// @dev Of a command with terms, from its own part of the type. To be called while constructing: the compiler would
    /// make these hashes anew in every call, from texts that fill the code.
    function typeWithTerms(string memory head) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                head,
                AgreementHashing.AGREEMENT_TERMS_TYPE,
                AgreementHashing.COMPENSATION_RULE_TYPE,
                AgreementHashing.INDICATOR_TYPE
            )
        );
    }

    function hash(IAgreementRegistry.Ending calldata ending) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                ENDING, ending.id, ending.reason, ending.commitment, ending.successor, keccak256(bytes(ending.note))
            )
        );
    }
}
