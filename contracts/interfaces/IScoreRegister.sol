// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorization} from "../types/Authorization.sol";
import {GovernmentId, ScoreRunId} from "../types/Identifiers.sol";
import {ISignedCommands} from "./ISignedCommands.sol";

/// @title Which scores were published, so that each can be proved
/// @notice A score run is the scores of all governments by one policy as of one block, held fast by a Merkle root.
/// Nobody computes a score here: whoever doubts a run recomputes it from the ledger and compares the root. Another
/// policy gives another run beside it; no run is ever changed.
/// @dev The tree is OpenZeppelin's StandardMerkleTree: a leaf is
/// keccak256(bytes.concat(keccak256(abi.encode(government, score, low, high, rated, reasonsDigest)))), leaves are in
/// rising order, and each pair is hashed smaller first.
interface IScoreRegister is ISignedCommands {
    /// @notice Whether a fact counts from when it was recorded, or from when it came about.
    enum TimeBasis {
        Recorded,
        Effective
    }

    struct ScoreRun {
        /// SHA-256 of the policy's canonical JSON.
        bytes32 policyDigest;
        /// The moment that the scores are of, UTC seconds.
        uint64 asOf;
        TimeBasis timeBasis;
        /// The last block whose facts were looked at.
        uint64 blockNumber;
        bytes32 blockHash;
        /// How many governments were scored, which is how many leaves the tree has.
        uint32 governments;
        bytes32 root;
        /// Where all leaves are found. Whoever reads them there need not trust them: they must give the root.
        string locator;
    }

    /// @notice One government's score, as it stands in the tree.
    struct ScoreLeaf {
        GovernmentId government;
        /// Score and interval, in millionths.
        uint32 score;
        uint32 low;
        uint32 high;
        /// False where no outcome counts yet.
        bool rated;
        /// keccak256(abi.encode((uint64 commitment, int32 points)[])), in rising order of commitment.
        bytes32 reasonsDigest;
    }

    /// @dev What contracts may ask for. Block hash and locator are in the event only.
    struct PublishedRun {
        bytes32 policyDigest;
        bytes32 root;
        GovernmentId publisher;
        uint40 asOf;
        TimeBasis timeBasis;
        uint64 blockNumber;
        uint32 governments;
        uint40 publishedAt;
    }

    event ScoreRunPublished(
        ScoreRunId indexed id,
        GovernmentId indexed publisher,
        bytes32 indexed policyDigest,
        uint64 asOf,
        TimeBasis timeBasis,
        uint64 blockNumber,
        bytes32 blockHash,
        uint32 governments,
        bytes32 root,
        string locator
    );

    error ScoreRunUnknown(ScoreRunId id);
    /// @notice Coordinating bodies and auditors publish runs; those who are scored do not.
    error ScoreRunNotPublisher(GovernmentId caller);
    error ScoreRunFieldEmpty(string field);
    error ScoreRunMomentInvalid(uint64 asOf, uint256 currentTime);
    /// @notice The block is not one before the present one.
    error ScoreRunBlockInvalid(uint64 blockNumber, uint256 currentBlock);
    error ScoreRunBlockHashWrong(uint64 blockNumber, bytes32 blockHash, bytes32 actual);
    error ScoreRunLocatorTooLong(uint256 length, uint256 lengthMax);

    /// @notice Publishes, as coordinating body or auditor, the root of all scores.
    /// @dev The block's hash is compared where the chain still knows it, which is for 256 blocks; for an older block
    /// it stands as the publisher gives it, and every reader can compare.
    function publishRun(ScoreRun calldata run, Authorization calldata authorization) external returns (ScoreRunId id);

    function publishedRun(ScoreRunId id) external view returns (PublishedRun memory);

    function runCount() external view returns (uint64);

    /// @notice Whether a published run gave a government exactly this score.
    /// @param proof The hashes beside the way from the leaf to the root, from below.
    function verifyScore(ScoreRunId id, ScoreLeaf calldata leaf, bytes32[] calldata proof) external view returns (bool);
}
