"""
Score runs: the scores of all governments by one policy as of one block, published as a Merkle root.

A run is a pure function of what the ledger had recorded by its block, a policy and a moment. So anybody can make it
again at any later time and compare the root; nothing that was recorded since makes a difference, nor does a role that a
body got or lost since.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.audit.kept import Entry, LeafFolder, PublishedLeaves
from ledger.audit.leaves import HASHING
from ledger.domain.cases import TimeBasis as TimeName
from ledger.domain.enums import TimeBasis
from ledger.domain.moments import MOMENT_MAX, format_moment
from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring import score_all
from ledger.domain.terms import ScoreRun
from ledger.errors import Conflict, InvalidInput, NotFound, Unavailable
from ledger.store.projection.filters import PolicyFilter
from ledger.store.projection.queries import Queries
from ledger.store.projection.rows import BlockRow, ScoreRunRow

SCORE_POLICY_KIND: Final = "score"
PROOF_VERSION: Final = 1

_RUNS_AT_HAND: Final = 4
"""Of how many runs the leaves stay in memory, for those who fetch one proof after another."""


class ScoreRunPolicyMissing(Unavailable):
    """The policy of a run is not at hand, so that it cannot be recomputed."""

    def __init__(self, digest: str) -> None:
        super().__init__(f"score run: no policy file of this version of the product has the digest {digest}; name one")
        self.digest = digest

    def values(self) -> dict[str, object]:
        """Which policy is needed."""
        return {"digest": self.digest}


class ScoreRunNotReproduced(Conflict):
    """Recomputing a run from the ledger does not give what was published."""

    def __init__(self, run: int, published: str, recomputed: str | None, reason: str) -> None:
        gives = "cannot be recomputed" if recomputed is None else f"is recomputed to {recomputed}"
        super().__init__(f"score run {run}: the published root {published} {gives}: {reason}")
        self.run = run
        self.published = published
        self.recomputed = recomputed
        self.reason = reason

    def values(self) -> dict[str, object]:
        """Both roots, and where they part."""
        return {
            "run": self.run,
            "published_root": self.published,
            "recomputed_root": self.recomputed,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Computed:
    """All scores by one policy as of one block, ready to be published."""

    policy: ScorePolicy
    as_of: int
    time_basis: TimeBasis
    block: BlockRow
    leaves: PublishedLeaves

    def to_publish(self, locator: str) -> ScoreRun:
        """As it is published."""
        return ScoreRun(
            policy_digest=self.policy.digest,
            as_of=self.as_of,
            time_basis=self.time_basis,
            block_number=self.block.number,
            block_hash=bytes.fromhex(self.block.hash.removeprefix("0x")),
            governments=len(self.leaves.entries),
            root=self.leaves.tree.root,
            locator=locator,
        )


@dataclass(frozen=True, slots=True)
class Check:
    """What came of recomputing a run."""

    run: ScoreRunRow
    recomputed_root: str | None
    """None where the block is another one, so that nothing was computed."""

    difference: str | None
    """Where the two part, in words; None where they are the same."""

    def to_json(self) -> dict[str, Any]:
        """`run, holds, recomputed_root, difference`."""
        return {
            "run": run_to_json(self.run),
            "holds": self.difference is None,
            "recomputed_root": self.recomputed_root,
            "difference": self.difference,
        }

    def require(self) -> None:
        """
        End with an error where the run does not hold.

        Raises
        ------
        ScoreRunNotReproduced
        """
        if self.difference is not None:
            raise ScoreRunNotReproduced(self.run.id, self.run.root, self.recomputed_root, self.difference)


def run_to_json(row: ScoreRunRow) -> dict[str, Any]:
    """A run's fields, ready for JSON."""
    return {
        "id": row.id,
        "publisher": row.publisher,
        "policy_digest": row.policy_digest,
        "as_of": format_moment(row.as_of),
        "time": row.time_basis.name.lower(),
        "block": {"number": row.block_number, "hash": row.block_hash},
        "governments": row.governments,
        "root": row.root,
        "locator": row.locator,
        "recorded_at": format_moment(row.recorded_at),
    }


class ScoreRuns:
    """
    Making, checking and proving runs on one ledger.

    Parameters
    ----------
    queries
        The projection.
    folder
        Where the leaves of published runs are kept.
    policies
        Score policies by digest (`0x` and hexadecimal digits).
    chain_id, contract
        Where the register of runs is; proofs say so.
    """

    def __init__(
        self,
        queries: Queries,
        folder: LeafFolder,
        policies: Mapping[str, ScorePolicy],
        chain_id: int,
        contract: str,
    ) -> None:
        self._queries = queries
        self.folder = folder
        self._policies = policies
        self._chain_id = chain_id
        self._contract = contract
        self._lock = threading.Lock()
        self._at_hand: OrderedDict[str, PublishedLeaves] = OrderedDict()

    def compute(
        self, as_of: int | None = None, time: TimeBasis = TimeBasis.RECORDED, policy: ScorePolicy | None = None
    ) -> Computed:
        """
        Compute all scores for a new run.

        Parameters
        ----------
        as_of
            UTC seconds; the head block's time where none is given.
        time
            Which time decides whether a fact counts.
        policy
            Any policy; the one in force at the moment where none is given.

        Raises
        ------
        InvalidInput
            The moment is out of range, after the head block, or in recorded time before the first block.
        NotFound, ScoreRunPolicyMissing
            No policy was in force, or it is not at hand.
        Unavailable
            Nothing is projected yet.
        """
        with self._queries.snapshot() as queries:
            head = queries.head()
            if head is None:
                raise Unavailable(
                    "score run: the projection holds no block yet; it fills as soon as a node is followed"
                )
            moment = head.timestamp if as_of is None else as_of
            if not 0 < moment <= min(MOMENT_MAX, head.timestamp):
                rule = f"a moment from 1970 to {format_moment(head.timestamp)}, the time of the head block"
                raise InvalidInput("as_of", moment, rule)
            block = head if time is TimeBasis.EFFECTIVE else queries.block_at(moment)
            if block is None:
                raise InvalidInput("as_of", format_moment(moment), "a moment not before the ledger's first block")
            if policy is None:
                policy = self._in_force(queries, moment, time)
            return self._compute(queries, policy, moment, time, block)

    def run(self, number: int) -> ScoreRunRow:
        """
        A published run.

        Raises
        ------
        NotFound
        """
        row = self._queries.score_run(number)
        if row is None:
            raise NotFound("score run", number)
        return row

    def check(self, number: int, policy: ScorePolicy | None = None) -> Check:
        """
        Recompute a run from the ledger and compare the roots.

        Parameters
        ----------
        number
            The run's id.
        policy
            The run's policy, where no file of the product has its digest.

        Raises
        ------
        NotFound, ScoreRunPolicyMissing
        InvalidInput
            The policy is another one than the run's.
        """
        with self._queries.snapshot() as queries:
            row = queries.score_run(number)
            if row is None:
                raise NotFound("score run", number)
            chosen = self._policy_of(row, policy)
            block = queries.block(row.block_number)
            if block is None or block.hash != row.block_hash:
                has = "is not on this ledger" if block is None else f"has the hash {block.hash} on this ledger"
                return Check(row, None, f"block {row.block_number}, published as {row.block_hash}, {has}")
            try:
                computed = self._compute(queries, chosen, row.as_of, row.time_basis, block)
            except InvalidInput as error:
                return Check(row, None, f"the ledger's facts cannot be scored: {error}")
            if computed.leaves.root == row.root:
                if len(computed.leaves.entries) != row.governments:
                    found = f"{row.governments} governments were published, and the root holds"
                    return Check(row, row.root, f"{found} {len(computed.leaves.entries)}")
                return Check(row, row.root, None)
            return Check(row, computed.leaves.root, self._difference(queries, row, computed.leaves))

    def proof(self, number: int, government: int, policy: ScorePolicy | None = None) -> dict[str, Any]:
        """
        All that is needed to prove one government's score from a run's root; see `ledger.audit.proofs`.

        Parameters
        ----------
        number
            The run's id.
        government
            Ledger id.
        policy
            As for `check`; needed only where the leaves are not kept in this home.

        Raises
        ------
        NotFound
            No such run, or the government was not scored in it.
        ScoreRunPolicyMissing, ScoreRunNotReproduced
            The leaves are not kept here, and the run cannot be made again.
        """
        row = self.run(number)
        leaves = self._leaves(row, policy)
        entry = leaves.entries.get(government)
        if entry is None:
            raise NotFound(f"score in run {number} of government", government)
        body = self._queries.government(government)
        return {
            "version": PROOF_VERSION,
            "chain_id": self._chain_id,
            "contract": self._contract,
            "run": run_to_json(row),
            "government": None if body is None else body.identifier,
            "name": None if body is None else body.name,
            "leaf": {
                "government": entry.government,
                "score": entry.score,
                "low": entry.low,
                "high": entry.high,
                "rated": entry.rated,
                "reasons_digest": "0x" + entry.leaf.reasons_digest.hex(),
            },
            "base": entry.base,
            "reasons": [{"commitment": commitment, "points": points} for commitment, points in entry.reasons],
            "leaf_hash": "0x" + leaves.leaf_hash(government).hex(),
            "proof": ["0x" + each.hex() for each in leaves.proof(government)],
            "root": row.root,
            "hashing": HASHING,
        }

    def _leaves(self, row: ScoreRunRow, policy: ScorePolicy | None) -> PublishedLeaves:
        # One at a time: making a run again is long work, and who waits for the same run then finds it at hand.
        with self._lock:
            leaves = self._at_hand.get(row.root)
            if leaves is None:
                found = self.folder.find(row.root)
                leaves = self._reproduced(row, policy) if isinstance(found, str) else found
                self._at_hand[row.root] = leaves
                while len(self._at_hand) > _RUNS_AT_HAND:
                    self._at_hand.popitem(last=False)
            return leaves

    def _reproduced(self, row: ScoreRunRow, policy: ScorePolicy | None) -> PublishedLeaves:
        with self._queries.snapshot() as queries:
            block = queries.block(row.block_number)
            if block is None or block.hash != row.block_hash:
                raise ScoreRunNotReproduced(row.id, row.root, None, "its block is not on this ledger")
            chosen = self._policy_of(row, policy)
            leaves = self._compute(queries, chosen, row.as_of, row.time_basis, block).leaves
        if leaves.root != row.root:
            raise ScoreRunNotReproduced(row.id, row.root, leaves.root, f"check it: intergov score --check {row.id}")
        return leaves

    def _compute(self, queries: Queries, policy: ScorePolicy, as_of: int, time: TimeBasis, block: BlockRow) -> Computed:
        basis: TimeName = "effective" if time is TimeBasis.EFFECTIVE else "recorded"
        facts = queries.commitment_facts(as_of, basis, up_to=block)
        scores = score_all(facts, policy, as_of, queries.scored_as_of(block.number))
        if not scores:
            raise InvalidInput("governments", "none", f"at least one government by block {block.number}")
        leaves = PublishedLeaves(Entry.of(score) for score in scores.values())
        return Computed(policy, as_of, time, block, leaves)

    def _in_force(self, queries: Queries, moment: int, time: TimeBasis) -> ScorePolicy:
        published = queries.policies(PolicyFilter(SCORE_POLICY_KIND))
        in_force = [row for row in published if row.effective_from <= moment]
        if not in_force and time is TimeBasis.EFFECTIVE:
            # As in reports: no policy reaches back to before the ledger, so history is read with its first one.
            in_force = published[:1]
        if not in_force:
            raise NotFound("score policy in force at", format_moment(moment))
        digest = in_force[-1].digest
        if digest not in self._policies:
            raise ScoreRunPolicyMissing(digest)
        return self._policies[digest]

    def _policy_of(self, row: ScoreRunRow, given: ScorePolicy | None) -> ScorePolicy:
        if given is not None:
            digest = "0x" + given.digest.hex()
            if digest != row.policy_digest:
                raise InvalidInput("policy", digest, f"the policy of score run {row.id}, {row.policy_digest}")
            return given
        if row.policy_digest not in self._policies:
            raise ScoreRunPolicyMissing(row.policy_digest)
        return self._policies[row.policy_digest]

    def _difference(self, queries: Queries, row: ScoreRunRow, recomputed: PublishedLeaves) -> str:
        published = self.folder.find(row.root)
        if isinstance(published, str):
            return f"which government differs cannot be said, because {published}"
        for government in sorted(published.entries.keys() | recomputed.entries.keys()):
            before, after = published.entries.get(government), recomputed.entries.get(government)
            if before is not None and after is not None and before.leaf == after.leaf:
                continue
            body = queries.government(government)
            name = f"government {government}" if body is None else f"{body.identifier} ({body.name})"
            return f"the first government that differs is {name}: {_contrast(before, after)}"
        raise AssertionError("leaves that are all the same have the same root")


def _contrast(published: Entry | None, recomputed: Entry | None) -> str:
    if recomputed is None:
        return "it was published, and the ledger has no score of it"
    if published is None:
        return "it was not published, and the ledger has a score of it"
    if published.score != recomputed.score:
        return f"published with a score of {published.score}, recomputed to {recomputed.score}"
    if (published.low, published.high, published.rated) != (recomputed.low, recomputed.high, recomputed.rated):
        return (
            f"published with an interval of {published.low} to {published.high}, "
            f"recomputed to {recomputed.low} to {recomputed.high}"
        )
    first = min(set(published.reasons) ^ set(recomputed.reasons))
    return f"the same score, but other reasons, first of all for commitment {first[0]}"
