// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {GovernmentCommands} from "./base/GovernmentCommands.sol";
import {IGovernmentRegister} from "./interfaces/IGovernmentRegister.sol";
import {IScoreRegister} from "./interfaces/IScoreRegister.sol";
import {Authorization} from "./types/Authorization.sol";
import {GovernmentId, ScoreRunId} from "./types/Identifiers.sol";

contract ScoreRegister is IScoreRegister, GovernmentCommands {
    uint256 private constant LOCATOR_BYTES_MAX = 512;
    uint8 private constant PUBLISHERS = uint8(
        (1 << uint8(IGovernmentRegister.Role.CoordinatingBody)) | (1 << uint8(IGovernmentRegister.Role.Auditor))
    );

    string private constant SCORE_RUN_TYPE =
        "ScoreRun(bytes32 policyDigest,uint64 asOf,uint8 timeBasis,uint64 blockNumber,bytes32 blockHash,uint32 governments,bytes32 root,string locator)";
    bytes32 private constant SCORE_RUN = keccak256(bytes(SCORE_RUN_TYPE));
    bytes32 private constant PUBLISH_RUN = keccak256(
        abi.encodePacked(
            "PublishRun(ScoreRun run,address signer,uint256 operation,uint64 deadline)", SCORE_RUN_TYPE
        )
    );

    mapping(ScoreRunId id => PublishedRun) private _runs;
    /// @inheritdoc IScoreRegister
    uint64 public runCount;

    constructor(IGovernmentRegister register_) GovernmentCommands(register_) {}

    /// @inheritdoc IScoreRegister
    function publishRun(ScoreRun calldata run, Authorization calldata authorization)
        external
        returns (ScoreRunId id)
    {
        (GovernmentId publisher, uint8 roles) = _speaker(
            _isRelayed(authorization) ? abi.encode(PUBLISH_RUN, _hash(run)) : bytes(""), authorization
        );
        if (roles & PUBLISHERS == 0) revert ScoreRunNotPublisher(publisher);
        _check(run);

        id = ScoreRunId.wrap(++runCount);
        _runs[id] = PublishedRun({
            policyDigest: run.policyDigest,
            root: run.root,
            publisher: publisher,
            asOf: uint40(run.asOf),
            timeBasis: run.timeBasis,
            blockNumber: run.blockNumber,
            governments: run.governments,
            publishedAt: uint40(block.timestamp)
        });
        emit ScoreRunPublished(
            id,
            publisher,
            run.policyDigest,
            run.asOf,
            run.timeBasis,
            run.blockNumber,
            run.blockHash,
            run.governments,
            run.root,
            run.locator
        );
    }

    /// @inheritdoc IScoreRegister
    function publishedRun(ScoreRunId id) external view returns (PublishedRun memory) {
        return _runs[id];
    }

    /// @inheritdoc IScoreRegister
    function verifyScore(ScoreRunId id, ScoreLeaf calldata leaf, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        bytes32 root = _runs[id].root;
        if (root == 0) revert ScoreRunUnknown(id);
        // Hashed twice, so that no inner node of the tree can pass for a leaf.
        return MerkleProof.verifyCalldata(proof, root, keccak256(bytes.concat(keccak256(abi.encode(leaf)))));
    }

    function _check(ScoreRun calldata r) private view {
        if (r.policyDigest == 0) revert ScoreRunFieldEmpty("policyDigest");
        if (r.blockHash == 0) revert ScoreRunFieldEmpty("blockHash");
        if (r.root == 0) revert ScoreRunFieldEmpty("root");
        if (r.governments == 0) revert ScoreRunFieldEmpty("governments");
        if (r.asOf == 0 || r.asOf > block.timestamp) revert ScoreRunMomentInvalid(r.asOf, block.timestamp);
        if (r.blockNumber >= block.number) revert ScoreRunBlockInvalid(r.blockNumber, block.number);
        // 0 for a block that lies more than 256 blocks back.
        bytes32 actual = blockhash(r.blockNumber);
        if (actual != 0 && actual != r.blockHash) {
            revert ScoreRunBlockHashWrong(r.blockNumber, r.blockHash, actual);
        }
        uint256 length = bytes(r.locator).length;
        if (length > LOCATOR_BYTES_MAX) revert ScoreRunLocatorTooLong(length, LOCATOR_BYTES_MAX);
    }

    function _hash(ScoreRun calldata r) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                SCORE_RUN,
                r.policyDigest,
                r.asOf,
                r.timeBasis,
                r.blockNumber,
                r.blockHash,
                r.governments,
                r.root,
                keccak256(bytes(r.locator))
            )
        );
    }
}
