// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ICommitmentRegistry} from "../interfaces/ICommitmentRegistry.sol";

/// @dev EIP-712 types and hashes of what the commitment registry's commands carry.
library CommitmentHashing {
    string private constant TERMS_TYPE =
        "CommitmentTerms(uint32 agreement,uint32 creditor,uint8 indicator,uint64 dueAt,string referenceNumber,string description)";
    string private constant CONFIRMATION_TYPE =
        "Confirmation(uint64 id,uint16 outcomeBasisPoints,uint64 performedAt)";
    string private constant HISTORICAL_COMMITMENT_TYPE =
        "HistoricalCommitment(uint32 debtor,uint32 creditor,uint8 indicator,uint64 weight,uint64 madeAt,uint64 dueAt,uint64 resolvedAt,uint16 outcomeBasisPoints,string referenceNumber)";
    string private constant HISTORICAL_OUTCOME_TYPE =
        "HistoricalOutcome(uint64 id,uint16 outcomeBasisPoints,uint64 resolvedAt)";

    string private constant AUTHORIZATION = "address signer,uint256 operation,uint64 deadline)";

    bytes32 internal constant REGISTER_COMMITMENT = keccak256(
        abi.encodePacked("RegisterCommitment(CommitmentTerms terms,", AUTHORIZATION, TERMS_TYPE)
    );
    bytes32 internal constant REGISTER_COMMITMENTS = keccak256(
        abi.encodePacked("RegisterCommitments(CommitmentTerms[] terms,", AUTHORIZATION, TERMS_TYPE)
    );
    bytes32 internal constant ACCEPT_COMMITMENTS =
        keccak256(abi.encodePacked("AcceptCommitments(uint64[] ids,", AUTHORIZATION));
    bytes32 internal constant DECLINE_COMMITMENT =
        keccak256(abi.encodePacked("DeclineCommitment(uint64 id,string reason,", AUTHORIZATION));
    bytes32 internal constant SUBMIT_EVIDENCE = keccak256(
        abi.encodePacked("SubmitEvidence(uint64 id,bytes32 digest,string locator,uint64 performedAt,", AUTHORIZATION)
    );
    bytes32 internal constant CONFIRM_COMMITMENT = keccak256(
        abi.encodePacked("ConfirmCommitment(Confirmation confirmation,", AUTHORIZATION, CONFIRMATION_TYPE)
    );
    bytes32 internal constant CONFIRM_COMMITMENTS = keccak256(
        abi.encodePacked("ConfirmCommitments(Confirmation[] confirmations,", AUTHORIZATION, CONFIRMATION_TYPE)
    );
    bytes32 internal constant CONTEST_EVIDENCE =
        keccak256(abi.encodePacked("ContestEvidence(uint64 id,string reason,", AUTHORIZATION));
    bytes32 internal constant ACCEPT_BY_SILENCE =
        keccak256(abi.encodePacked("AcceptBySilence(uint64 id,", AUTHORIZATION));
    bytes32 internal constant AUDIT_EVIDENCE =
        keccak256(abi.encodePacked("AuditEvidence(uint64 id,bool upheld,string finding,", AUTHORIZATION));
    bytes32 internal constant RELEASE_COMMITMENT =
        keccak256(abi.encodePacked("ReleaseCommitment(uint64 id,string reason,", AUTHORIZATION));
    bytes32 internal constant RECORD_HISTORY = keccak256(
        abi.encodePacked(
            "RecordHistory(uint32 agreement,HistoricalCommitment[] commitments,",
            AUTHORIZATION,
            HISTORICAL_COMMITMENT_TYPE
        )
    );
    bytes32 internal constant RECORD_OUTCOMES = keccak256(
        abi.encodePacked("RecordOutcomes(HistoricalOutcome[] outcomes,", AUTHORIZATION, HISTORICAL_OUTCOME_TYPE)
    );

    bytes32 private constant TERMS = keccak256(bytes(TERMS_TYPE));
    bytes32 private constant CONFIRMATION = keccak256(bytes(CONFIRMATION_TYPE));
    bytes32 private constant HISTORICAL_COMMITMENT = keccak256(bytes(HISTORICAL_COMMITMENT_TYPE));
    bytes32 private constant HISTORICAL_OUTCOME = keccak256(bytes(HISTORICAL_OUTCOME_TYPE));

    function hash(ICommitmentRegistry.CommitmentTerms calldata t) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                TERMS,
                t.agreement,
                t.creditor,
                t.indicator,
                t.dueAt,
                keccak256(bytes(t.referenceNumber)),
                keccak256(bytes(t.description))
            )
        );
    }

    function hash(ICommitmentRegistry.CommitmentTerms[] calldata terms) internal pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](terms.length);
        for (uint256 i = 0; i < terms.length; ++i) {
            hashes[i] = hash(terms[i]);
        }
        return keccak256(abi.encodePacked(hashes));
    }

    function hash(ICommitmentRegistry.Confirmation calldata c) internal pure returns (bytes32) {
        return keccak256(abi.encode(CONFIRMATION, c.id, c.outcomeBasisPoints, c.performedAt));
    }

    function hash(ICommitmentRegistry.Confirmation[] calldata confirmations) internal pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](confirmations.length);
        for (uint256 i = 0; i < confirmations.length; ++i) {
            hashes[i] = hash(confirmations[i]);
        }
        return keccak256(abi.encodePacked(hashes));
    }

    function hash(ICommitmentRegistry.HistoricalCommitment[] calldata commitments) internal pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](commitments.length);
        for (uint256 i = 0; i < commitments.length; ++i) {
            ICommitmentRegistry.HistoricalCommitment calldata h = commitments[i];
            hashes[i] = keccak256(
                abi.encode(
                    HISTORICAL_COMMITMENT,
                    h.debtor,
                    h.creditor,
                    h.indicator,
                    h.weight,
                    h.madeAt,
                    h.dueAt,
                    h.resolvedAt,
                    h.outcomeBasisPoints,
                    keccak256(bytes(h.referenceNumber))
                )
            );
        }
        return keccak256(abi.encodePacked(hashes));
    }

    function hash(ICommitmentRegistry.HistoricalOutcome[] calldata outcomes) internal pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](outcomes.length);
        for (uint256 i = 0; i < outcomes.length; ++i) {
            ICommitmentRegistry.HistoricalOutcome calldata o = outcomes[i];
            hashes[i] = keccak256(abi.encode(HISTORICAL_OUTCOME, o.id, o.outcomeBasisPoints, o.resolvedAt));
        }
        return keccak256(abi.encodePacked(hashes));
    }
}
