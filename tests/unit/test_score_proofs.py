"""Proofs of scores: each part follows from the others, and a changed one is named."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.audit.kept import Entry, LeafFolder, LeavesUnwritable, PublishedLeaves
from ledger.audit.proofs import ProofRefused, read_proof
from ledger.errors import InvalidInput

ENTRIES = [
    Entry(number, 500_000 + number, 400_000, 600_000, 500_000, number != 2, ((9, number - 50), (10, 50)))
    for number in range(1, 8)
]
LEAVES = PublishedLeaves(ENTRIES)


def document(number: int = 3) -> dict[str, Any]:
    entry = LEAVES.entries[number]
    return {
        "version": 1,
        "chain_id": 5,
        "contract": "0x" + "11" * 20,
        "run": {"id": 1, "root": LEAVES.root},
        "leaf": {
            "government": number,
            "score": entry.score,
            "low": entry.low,
            "high": entry.high,
            "rated": entry.rated,
            "reasons_digest": "0x" + entry.leaf.reasons_digest.hex(),
        },
        "base": entry.base,
        "reasons": [{"commitment": commitment, "points": points} for commitment, points in entry.reasons],
        "leaf_hash": "0x" + LEAVES.leaf_hash(number).hex(),
        "proof": ["0x" + each.hex() for each in LEAVES.proof(number)],
        "root": LEAVES.root,
    }


@pytest.mark.parametrize("number", LEAVES.entries)
def test_every_score_is_proved(number: int) -> None:
    proof = read_proof(document(number), LEAVES.tree.root)
    assert proof.leaf == LEAVES.entries[number].leaf
    assert (proof.run, proof.chain_id, proof.root) == (1, 5, LEAVES.tree.root)


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "score": (lambda d: d["leaf"].update(score=1), "score"),
    "low": (lambda d: d["leaf"].update(low=1), "leaf_hash"),
    "high": (lambda d: d["leaf"].update(high=1), "leaf_hash"),
    "rated": (lambda d: d["leaf"].update(rated=False), "leaf_hash"),
    "government": (lambda d: d["leaf"].update(government=4), "leaf_hash"),
    "reasons": (lambda d: d["reasons"].pop(), "reasons_digest"),
    "points": (lambda d: d["reasons"][0].update(points=0), "reasons_digest"),
    "base": (lambda d: d.update(base=1), "score"),
    "a hash left out": (lambda d: d["proof"].pop(), "root"),
    "a hash changed": (lambda d: d["proof"].__setitem__(0, "0x" + "00" * 32), "root"),
    "the order of the hashes": (lambda d: d["proof"].reverse(), "root"),
    "the root": (lambda d: d.update(root="0x" + "00" * 32), "root"),
    "the run's root": (lambda d: d["run"].update(root="0x" + "00" * 32), "run.root"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_part_is_named(name: str) -> None:
    change, part = CHANGES[name]
    changed = copy.deepcopy(document())
    change(changed)
    with pytest.raises(ProofRefused) as caught:
        read_proof(changed)
    assert caught.value.part == part
    assert list(caught.value.values()) == ["part", "found", "rule"]


def test_the_published_root_decides() -> None:
    with pytest.raises(ProofRefused, match="the published root"):
        read_proof(document(), b"\x01" * 32)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"run": None},
        {"run": {"id": -1, "root": LEAVES.root}},
        {"leaf": []},
        {"leaf": {**document()["leaf"], "score": 0.5}},
        {"leaf": {**document()["leaf"], "score": True}},
        {"leaf": {**document()["leaf"], "rated": 1}},
        {"leaf": {**document()["leaf"], "government": 1 << 32}},
        {"leaf": {**document()["leaf"], "reasons_digest": "0x12"}},
        {"reasons": {}},
        {"reasons": [3]},
        {"reasons": [{"commitment": 1, "points": 1 << 31}]},
        {"reasons": [{"commitment": -1, "points": 1}]},
        {"base": None},
        {"proof": "0x"},
        {"proof": ["0x" + "zz" * 32]},
        {"proof": ["0x" + " " * 64]},
        {"proof": ["0x" + "00" * 32] * 65},
        {"leaf_hash": None},
        {"root": 7},
        {"chain_id": "5"},
        {"contract": None},
    ],
)
def test_what_is_no_proof_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="proof"):
        read_proof({**document(), **change})


# -------------------------------------------------------------------------------------------------- kept leaves


def test_leaves_are_kept_and_found(tmp_path: Path) -> None:
    folder = LeafFolder(tmp_path / "score-runs")
    path = folder.keep(LEAVES)
    assert path == tmp_path / folder.locator(LEAVES.root)
    found = folder.find(LEAVES.root)
    assert isinstance(found, PublishedLeaves)
    assert found.entries == LEAVES.entries
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "not in this home"),
        ("", "damaged"),
        ("[]", "damaged"),
        ('{"scores": []}', "damaged"),
        ('{"scores": [{"government": 1}]}', "damaged"),
        (json.dumps({"scores": [{**ENTRIES[0].to_json(), "score": "1"}]}), "damaged"),
        (json.dumps({"scores": [{**ENTRIES[0].to_json(), "score": -1}]}), "damaged"),
        (json.dumps({"scores": [{**ENTRIES[0].to_json(), "reasons": [[1, 1 << 80]]}]}), "damaged"),
        (json.dumps({"scores": [ENTRIES[0].to_json()]}), "not the published ones"),
    ],
)
def test_leaves_that_do_not_give_the_root_are_not_taken(tmp_path: Path, text: str | None, why: str) -> None:
    if text is not None:
        (tmp_path / f"{LEAVES.root}.json").write_text(text, "utf-8")
    found = LeafFolder(tmp_path).find(LEAVES.root)
    assert isinstance(found, str)
    assert why in found


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(LeavesUnwritable, match="cannot be written"):
        LeafFolder(tmp_path / "file" / "runs").keep(LEAVES)
