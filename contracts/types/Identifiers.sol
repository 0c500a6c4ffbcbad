// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @dev Ids are types, so that a commitment cannot be passed where an agreement is meant. They count
/// from 1; 0 means "none", and where a creditor is expected "all other parties".

type GovernmentId is uint32;

type AgreementId is uint32;

type CommitmentId is uint64;

type TransferId is uint64;

type ProposalId is uint64;

type ScoreRunId is uint64;

type DisputeId is uint64;

type MeasureId is uint64;

type IncentiveId is uint64;

using {sameGovernment as ==, otherGovernment as !=, isNone} for GovernmentId global;
using {otherAgreement as !=} for AgreementId global;

function sameGovernment(GovernmentId a, GovernmentId b) pure returns (bool) {
    return GovernmentId.unwrap(a) == GovernmentId.unwrap(b);
}

function otherGovernment(GovernmentId a, GovernmentId b) pure returns (bool) {
    return GovernmentId.unwrap(a) != GovernmentId.unwrap(b);
}

function otherAgreement(AgreementId a, AgreementId b) pure returns (bool) {
    return AgreementId.unwrap(a) != AgreementId.unwrap(b);
}

function isNone(GovernmentId id) pure returns (bool) {
    return GovernmentId.unwrap(id) == 0;
}
