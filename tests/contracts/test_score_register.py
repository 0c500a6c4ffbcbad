"""Published roots of scores: who publishes, what is checked, and what can be proved from them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from ledger.audit.leaves import leaf_hash, reasons_digest
from ledger.audit.merkle import MerkleTree, root_by_proof
from ledger.domain.enums import TimeBasis
from ledger.domain.events import CommandExecuted, ScoreRunPublished
from ledger.domain.refusals.scores import (
    ScoreRunBlockHashWrong,
    ScoreRunBlockInvalid,
    ScoreRunFieldEmpty,
    ScoreRunLocatorTooLong,
    ScoreRunMomentInvalid,
    ScoreRunNotPublisher,
    ScoreRunUnknown,
)
from ledger.domain.terms import ScoreLeaf
from tests.contracts.harness.interface import decode_refusal, functions
from tests.contracts.harness.ledger import AUDITOR, DELTA, LAKESIDE, UPLANDS, Ledger, refused, speaker

PUBLISHER = speaker(AUDITOR)


def leaf(number: int) -> ScoreLeaf:
    score = 1_000_000 * number // 50
    return ScoreLeaf(
        government=number,
        score=score,
        low=score // 2,
        high=score + (1_000_000 - score) // 2,
        rated=number % 5 != 0,
        reasons_digest=reasons_digest((each, (-1) ** each * each * 100) for each in range(1, number)),
    )


def published(ledger: Ledger, leaves: list[ScoreLeaf]) -> tuple[int, MerkleTree]:
    tree = MerkleTree(leaf_hash(each) for each in leaves)
    run = ledger.score_run(governments=len(leaves), root=tree.root)
    return ledger.send("publishRun", run, by=PUBLISHER).returned, tree


@pytest.mark.parametrize("body", [DELTA, UPLANDS, AUDITOR])
def test_coordinating_bodies_and_auditors_publish(ledger: Ledger, body: int) -> None:
    run = ledger.score_run()
    done = ledger.send("publishRun", run, by=speaker(body))
    assert done.returned == 1
    assert done.events == (
        CommandExecuted(speaker(body).address, 0),
        ScoreRunPublished(
            1,
            body,
            run.policy_digest,
            run.as_of,
            run.time_basis,
            run.block_number,
            run.block_hash,
            run.governments,
            run.root,
            run.locator,
        ),
    )
    assert ledger.call("publishedRun", 1) == {
        "policyDigest": run.policy_digest,
        "root": run.root,
        "publisher": body,
        "asOf": run.as_of,
        "timeBasis": TimeBasis.RECORDED,
        "blockNumber": run.block_number,
        "governments": 4,
        "publishedAt": ledger.evm.now,
    }


def test_those_who_are_scored_do_not(ledger: Ledger) -> None:
    ledger.refuses(ScoreRunNotPublisher(LAKESIDE), "publishRun", ledger.score_run(), by=speaker(LAKESIDE))


def test_runs_stand_side_by_side(ledger: Ledger) -> None:
    other = {"policy_digest": b"\x02" * 32, "root": b"\x03" * 32, "time_basis": TimeBasis.EFFECTIVE}
    for id, run in enumerate([ledger.score_run(), ledger.score_run(**other), ledger.score_run()], start=1):
        assert ledger.relay("publishRun", run, by=PUBLISHER).returned == id
    assert ledger.call("runCount") == 3
    assert [ledger.call("publishedRun", id)["policyDigest"] for id in (1, 2, 3)] == [
        b"\xd1" * 32,
        b"\x02" * 32,
        b"\xd1" * 32,
    ]
    assert ledger.call("publishedRun", 4)["root"] == bytes(32)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("policyDigest", {"policy_digest": bytes(32)}),
        ("blockHash", {"block_hash": bytes(32)}),
        ("root", {"root": bytes(32)}),
        ("governments", {"governments": 0}),
    ],
)
def test_a_run_can_be_checked_so_nothing_is_empty(ledger: Ledger, field: str, changes: dict[str, Any]) -> None:
    ledger.refuses(ScoreRunFieldEmpty(field), "publishRun", ledger.score_run(**changes), by=PUBLISHER)


@pytest.mark.parametrize("seconds", [1, 10**9, 2**63])
def test_scores_are_of_a_moment_that_has_been(ledger: Ledger, seconds: int) -> None:
    now = ledger.evm.now
    later = ledger.score_run(as_of=now + seconds)
    ledger.refuses(ScoreRunMomentInvalid(now + seconds, now), "publishRun", later, by=PUBLISHER)
    ledger.refuses(ScoreRunMomentInvalid(0, now), "publishRun", ledger.score_run(as_of=0), by=PUBLISHER)
    ledger.send("publishRun", ledger.score_run(as_of=now), by=PUBLISHER)
    ledger.send("publishRun", ledger.score_run(as_of=1), by=PUBLISHER)


@pytest.mark.parametrize("number", [1, 2, 2**64 - 1])
def test_the_block_is_a_past_one(ledger: Ledger, number: int) -> None:
    # The harness never finishes block 1, in which everything happens.
    run = ledger.score_run(block_number=number)
    ledger.refuses(ScoreRunBlockInvalid(number, 1), "publishRun", run, by=PUBLISHER)


def test_the_block_is_one_of_this_chain(ledger: Ledger) -> None:
    run = ledger.score_run(block_hash=b"\x0b" * 32)
    expected = ScoreRunBlockHashWrong(0, b"\x0b" * 32, ledger.evm.first_block_hash)
    ledger.refuses(expected, "publishRun", run, by=PUBLISHER)


def test_a_block_whose_hash_the_chain_has_forgotten_stands_as_given(ledger: Ledger) -> None:
    # The state is that of block 1; for the contract the present block is number 258, so block 0 is out of reach.
    header = ledger.evm._chain.header
    ledger.evm._chain.header = header.copy(block_number=258)
    assert ledger.send("publishRun", ledger.score_run(block_hash=b"\x0b" * 32), by=PUBLISHER).returned == 1


def test_the_locator_is_short(ledger: Ledger) -> None:
    ledger.refuses(ScoreRunLocatorTooLong(513, 512), "publishRun", ledger.score_run(locator="x" * 513), by=PUBLISHER)
    ledger.send("publishRun", ledger.score_run(locator="x" * 512), by=PUBLISHER)
    ledger.send("publishRun", ledger.score_run(locator=""), by=PUBLISHER)


# ------------------------------------------------------------------------------------------------------- proofs


@pytest.mark.parametrize("size", range(1, 41))
def test_every_score_is_proved_and_no_other(ledger: Ledger, size: int) -> None:
    leaves = [leaf(number) for number in range(1, size + 1)]
    run, tree = published(ledger, leaves)
    for each in leaves if size < 12 else leaves[:: size // 5]:
        proof = tree.proof(leaf_hash(each))
        assert ledger.call("verifyScore", run, each, proof)
        assert not ledger.call("verifyScore", run, replace(each, score=each.score ^ 1), proof)
        assert not ledger.call("verifyScore", run, each, [*proof, bytes(32)])
        if proof:
            assert not ledger.call("verifyScore", run, each, proof[1:])
            assert not ledger.call("verifyScore", run, each, [bytes(32), *proof[1:]])


@pytest.mark.parametrize(
    "change",
    [
        {"government": 2},
        {"score": 0},
        {"low": 1},
        {"high": 999_999},
        {"rated": False},
        {"reasons_digest": bytes(32)},
    ],
)
def test_every_field_of_a_leaf_is_held_fast(ledger: Ledger, change: dict[str, Any]) -> None:
    leaves = [leaf(number) for number in range(1, 8)]
    run, tree = published(ledger, leaves)
    proof = tree.proof(leaf_hash(leaves[0]))
    assert ledger.call("verifyScore", run, leaves[0], proof)
    assert not ledger.call("verifyScore", run, replace(leaves[0], **change), proof)


def test_a_proof_is_for_one_run(ledger: Ledger) -> None:
    first, tree = published(ledger, [leaf(number) for number in range(1, 6)])
    second, _ = published(ledger, [leaf(number) for number in range(1, 7)])
    proof = tree.proof(leaf_hash(leaf(3)))
    assert ledger.call("verifyScore", first, leaf(3), proof)
    assert not ledger.call("verifyScore", second, leaf(3), proof)


def test_an_unknown_run_proves_nothing(ledger: Ledger) -> None:
    # A root of 0 must not be one that a proof can lead to by chance or by saying nothing.
    function = functions()["verifyScore"]
    call = function.encode([7, leaf(1), []])
    done = ledger.evm.send(PUBLISHER, ledger.addresses["ScoreRegister"], call)
    assert done.reverted
    with refused(ScoreRunUnknown(7)):
        raise decode_refusal(done.output)


def test_the_leaf_is_what_the_interface_says() -> None:
    each = leaf(3)
    types = ["uint32", "uint32", "uint32", "uint32", "bool", "bytes32"]
    values = [3, each.score, each.low, each.high, True, each.reasons_digest]
    assert leaf_hash(each) == keccak(keccak(encode(types, values)))
    assert each.reasons_digest == keccak(encode(["(uint64,int32)[]"], [[(1, -100), (2, 200)]]))
    assert root_by_proof(leaf_hash(each), []) == leaf_hash(each)
