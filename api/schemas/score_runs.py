"""Published score runs and the proofs made from them, with the same keys as on the command line."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.config import JsonDict

from api.schemas.common import Address, Answer, GovernmentRef, Millionths
from api.schemas.scores import BlockOut, TimeName

_MOMENT: JsonDict = {"format": "date-time"}

Hash = Annotated[str, Field(pattern="^0x[0-9a-f]{64}$")]


class PublishedRunOut(Answer):
    """A published root of all scores by one policy as of one block (已公布计分结果), as the chain has it."""

    id: int
    publisher: int = Field(description="Ledger id of the coordinating body or auditor.")
    policy_digest: Hash = Field(description="SHA-256 of the policy's canonical JSON.")
    as_of: str = Field(json_schema_extra=_MOMENT)
    time: TimeName
    block: BlockOut
    governments: int = Field(description="How many were scored.")
    root: Hash = Field(description="Merkle root of all scores, as OpenZeppelin's StandardMerkleTree.")
    locator: str = Field(description="Where all leaves are found; they must give the root.")
    recorded_at: str = Field(json_schema_extra=_MOMENT)


class ScoreRunOut(Answer):
    """A published run, with its publisher named."""

    id: int
    publisher: GovernmentRef
    policy_digest: Hash
    as_of: str = Field(json_schema_extra=_MOMENT)
    time: TimeName
    block: BlockOut
    governments: int
    root: Hash
    locator: str
    recorded_at: str = Field(json_schema_extra=_MOMENT)


class ScoreLeafOut(Answer):
    """One government's score as it stands in the tree."""

    government: int = Field(description="Ledger id.")
    score: Millionths
    low: Millionths
    high: Millionths
    rated: bool
    reasons_digest: Hash


class ProofReasonOut(Answer):
    """One commitment's part in the proved score."""

    commitment: int
    points: int = Field(description="Signed, in millionths; base and all points sum to the score exactly.")


class ScoreProofOut(Answer):
    """All that is needed to prove one score from a published root, without this server."""

    version: int
    chain_id: int
    contract: Address = Field(description="The register of score runs; its `verifyScore` checks the same.")
    run: PublishedRunOut
    government: str | None = Field(description="scheme:value")
    name: str | None
    leaf: ScoreLeafOut
    base: Millionths
    reasons: list[ProofReasonOut]
    leaf_hash: Hash
    proof: list[Hash] = Field(description="The hashes beside the way from the leaf to the root, from below.")
    root: Hash
    hashing: str = Field(description="What is hashed, in words.")
