// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";

/// @dev EIP-712 hashes of an agreement's terms and what they are made of.
library AgreementHashing {
    string internal constant COMPENSATION_RULE_TYPE =
        "CompensationRule(uint8 kind,bytes3 currency,uint64 amountMinor,uint16 shareBasisPoints,string standard,string method,string process)";
    string internal constant INDICATOR_TYPE =
        "Indicator(string name,uint8 kind,string unit,uint64 target,uint8 direction,uint16 weightBasisPoints)";
    string internal constant AGREEMENT_TERMS_TYPE =
        "AgreementTerms(string referenceNumber,string title,bytes32 documentDigest,string documentLocator,uint8 serviceMode,uint32 coordinatingBody,uint32[] parties,Indicator[] indicators,CompensationRule compensation,uint64 effectiveFrom,uint64 expiresAt,uint8 accession,uint64 firstAssessmentAt,uint32 assessmentEverySeconds,bytes32 template)";

    bytes32 private constant COMPENSATION_RULE = keccak256(bytes(COMPENSATION_RULE_TYPE));
    bytes32 private constant INDICATOR = keccak256(bytes(INDICATOR_TYPE));
    bytes32 private constant AGREEMENT_TERMS =
        keccak256(abi.encodePacked(AGREEMENT_TERMS_TYPE, COMPENSATION_RULE_TYPE, INDICATOR_TYPE));

    function hash(IAgreementRegistry.AgreementTerms calldata terms) internal pure returns (bytes32) {
        // In two halves, because the stack holds too few for one.
        bytes memory head = abi.encode(
            AGREEMENT_TERMS,
            keccak256(bytes(terms.referenceNumber)),
            keccak256(bytes(terms.title)),
            terms.documentDigest,
            keccak256(bytes(terms.documentLocator)),
            terms.serviceMode,
            terms.coordinatingBody
        );
        bytes memory tail = abi.encode(
            keccak256(abi.encodePacked(terms.parties)),
            _hash(terms.indicators),
            _hash(terms.compensation),
            terms.effectiveFrom,
            terms.expiresAt,
            terms.accession,
            terms.firstAssessmentAt,
            terms.assessmentEverySeconds,
            terms.template
        );
        return keccak256(bytes.concat(head, tail));
    }

    function _hash(IAgreementRegistry.CompensationRule calldata rule) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                COMPENSATION_RULE,
                rule.kind,
                rule.currency,
                rule.amountMinor,
                rule.shareBasisPoints,
                keccak256(bytes(rule.standard)),
                keccak256(bytes(rule.method)),
                keccak256(bytes(rule.process))
            )
        );
    }

    function _hash(IAgreementRegistry.Indicator[] calldata indicators) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](indicators.length);
        for (uint256 i = 0; i < indicators.length; ++i) {
            IAgreementRegistry.Indicator calldata n = indicators[i];
            hashes[i] = keccak256(
                abi.encode(
                    INDICATOR,
                    keccak256(bytes(n.name)),
                    n.kind,
                    keccak256(bytes(n.unit)),
                    n.target,
                    n.direction,
                    n.weightBasisPoints
                )
            );
        }
        return keccak256(abi.encodePacked(hashes));
    }
}
