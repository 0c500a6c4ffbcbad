"""
Proofs of one government's score, checked without the ledger.

A proof is a JSON document as `ScoreRuns.proof` makes it. Everything in it is recomputed from its leaf: the reasons give
the digest in the leaf and sum to the score, the leaf gives its hash, and the hashes beside it lead to the root. What is
left to ask is whether that root was published: of the register of score runs, or of anybody whom one trusts to have
seen it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.audit.leaves import leaf_hash, reasons_digest
from ledger.audit.merkle import PROOF_LENGTH_MAX, root_by_proof
from ledger.audit.score_runs import PROOF_VERSION
from ledger.domain.terms import ScoreLeaf
from ledger.errors import InvalidInput, LedgerError

_UINT32_MAX: Final = (1 << 32) - 1
_UINT64_MAX: Final = (1 << 64) - 1
_INT32_MAX: Final = (1 << 31) - 1


class ProofRefused(LedgerError):
    """A proof does not hold."""

    def __init__(self, part: str, found: str, rule: str) -> None:
        super().__init__(f"proof: {part} is {found}; expected {rule}")
        self.part = part
        self.found = found
        self.rule = rule

    def values(self) -> dict[str, object]:
        """Which part, what it is, and what it had to be."""
        return {"part": self.part, "found": self.found, "rule": self.rule}


@dataclass(frozen=True, slots=True)
class ScoreProof:
    """A proof that holds in itself: its leaf leads to its root."""

    chain_id: int
    contract: str
    run: int
    leaf: ScoreLeaf
    path: tuple[bytes, ...]
    """The hashes beside the way from the leaf to the root, from below."""

    root: bytes


def read_proof(document: Mapping[str, Any], root: bytes | None = None) -> ScoreProof:
    """
    Check a proof.

    Parameters
    ----------
    document
        As published; what it holds besides the parts that are checked is not looked at.
    root
        The root that was published, known from elsewhere; without it only the document's own can be compared.

    Raises
    ------
    InvalidInput
        It is no proof of this form.
    ProofRefused
        A part does not follow from the others, or the root is another one.
    """
    if document.get("version") != PROOF_VERSION:
        raise InvalidInput("proof: version", document.get("version"), str(PROOF_VERSION))
    run = _part(document, "run", Mapping)
    leaf = _leaf(_part(document, "leaf", Mapping))
    _check_reasons(document, leaf)
    path = tuple(_hash(each, "proof: proof") for each in _part(document, "proof", list))
    if len(path) > PROOF_LENGTH_MAX:
        raise InvalidInput("proof: proof", f"{len(path)} hashes", f"at most {PROOF_LENGTH_MAX}")
    hashed = leaf_hash(leaf)
    if hashed != _hash(document.get("leaf_hash"), "proof: leaf_hash"):
        raise ProofRefused("leaf_hash", str(document["leaf_hash"]), f"the hash of the leaf, {_hex(hashed)}")
    reached = root_by_proof(hashed, path)
    for part, stated in (("root", document.get("root")), ("run.root", run.get("root"))):
        if reached != _hash(stated, f"proof: {part}"):
            raise ProofRefused(part, str(stated), f"where leaf and proof lead, {_hex(reached)}")
    if root is not None and reached != root:
        raise ProofRefused("root", _hex(reached), f"the published root, {_hex(root)}")
    return ScoreProof(
        chain_id=_number(document, "chain_id", _UINT64_MAX),
        contract=str(_part(document, "contract", str)),
        run=_number(run, "id", _UINT64_MAX),
        leaf=leaf,
        path=path,
        root=reached,
    )


def _check_reasons(document: Mapping[str, Any], leaf: ScoreLeaf) -> None:
    reasons = []
    for each in _part(document, "reasons", list):
        if not isinstance(each, Mapping):
            raise InvalidInput("proof: reasons", each, "objects with commitment and points")
        points = each.get("points")
        if type(points) is not int or not -_INT32_MAX <= points <= _INT32_MAX:
            raise InvalidInput("proof: points", points, "a whole number of millionths")
        reasons.append((_number(each, "commitment", _UINT64_MAX), points))
    digest = reasons_digest(reasons)
    if digest != leaf.reasons_digest:
        raise ProofRefused("reasons_digest", _hex(leaf.reasons_digest), f"that of the reasons, {_hex(digest)}")
    total = _number(document, "base", _UINT32_MAX) + sum(points for _, points in reasons)
    if total != leaf.score:
        raise ProofRefused("score", str(leaf.score), f"base and points, which sum to {total}")


def _leaf(part: Mapping[str, Any]) -> ScoreLeaf:
    if type(part.get("rated")) is not bool:
        raise InvalidInput("proof: rated", part.get("rated"), "true or false")
    numbers = [_number(part, name, _UINT32_MAX) for name in ("government", "score", "low", "high")]
    government, score, low, high = numbers
    digest = _hash(part.get("reasons_digest"), "proof: reasons_digest")
    return ScoreLeaf(government, score, low, high, part["rated"], digest)


def _part(document: Mapping[str, Any], name: str, kind: type) -> Any:
    value = document.get(name)
    if not isinstance(value, kind):
        raise InvalidInput(f"proof: {name}", value, f"the proof's {name}, which is missing or of another type")
    return value


def _number(document: Mapping[str, Any], name: str, maximum: int) -> int:
    value = document.get(name)
    if type(value) is not int or not 0 <= value <= maximum:
        raise InvalidInput(f"proof: {name}", value, f"a whole number from 0 to {maximum}")
    return value


def _hash(value: object, field: str) -> bytes:
    rule = "0x and 64 hexadecimal digits"
    if not isinstance(value, str) or len(value) != 66 or not value.startswith("0x"):
        raise InvalidInput(field, value, rule)
    try:
        raw = bytes.fromhex(value[2:])
    except ValueError:
        raise InvalidInput(field, value, rule) from None
    if len(raw) != 32:  # `fromhex` passes over blanks, which are no digits.
        raise InvalidInput(field, value, rule)
    return raw


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
