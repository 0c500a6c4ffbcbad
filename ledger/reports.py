"""
Reports: credit scores and the reasons for them.

A report is a pure function of what the projection holds, a policy and a moment, read at one moment of the projection.
There are two times. *Recorded* time asks what the ledger knew at T: facts recorded by then. *Effective* time asks how
things stood at T as far as is known now: facts that had come about by then, whenever they were recorded. Either way
facts carry their effective dates.

The policy is the one in force at T by the ledger's own policy register; its file ships with the product and is found by
its digest, so nobody can score with other numbers than those that were published.
"""

from __future__ import annotations

import threading
import time as clocks
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from ledger.domain.cases import CaseBook, GovernmentStanding, TimeBasis
from ledger.domain.enums import Role
from ledger.domain.moments import MOMENT_MAX, format_moment
from ledger.domain.policy import ScorePolicy
from ledger.domain.scoring import Reason, Score, score_all
from ledger.domain.scoring.entries import credit_nanos
from ledger.errors import Ambiguous, InvalidInput, NotFound, Unavailable
from ledger.policies import PROCEDURE_POLICY_FILE
from ledger.store.projection.filters import PolicyFilter
from ledger.store.projection.queries import Queries
from ledger.store.projection.rows import BlockRow, CommitmentRow, GovernmentRow, PolicyRow

SCORE_POLICY_KIND: Final = "score"
"""Under which kind score policies are published."""

TIMES: Final[tuple[TimeBasis, ...]] = ("recorded", "effective")

_SCORES_KEPT: Final = 8


class ProjectionEmpty(Unavailable):
    """Nothing has been projected yet, so there is nothing to report on."""

    def __init__(self) -> None:
        super().__init__("report: the projection holds no block yet; it fills as soon as the node is followed")


class ScorePolicyMissing(NotFound):
    """No score policy was in force at the moment that was asked for."""

    def __init__(self, as_of: int, first: PolicyRow | None) -> None:
        super().__init__("score policy in force at", format_moment(as_of))
        self.first_from = None if first is None else format_moment(first.effective_from)

    def values(self) -> dict[str, object]:
        """The moment, and from when on there is one."""
        return {**NotFound.values(self), "first_from": self.first_from}


class ScorePolicyUnknown(Unavailable):
    """The policy that the ledger names is not among the files of this version of the product."""

    def __init__(self, policy: PolicyRow) -> None:
        super().__init__(
            f"report: score policy version {policy.version} has the digest {policy.digest} ({policy.locator}), and no "
            "policy file of this version of the product has it; a version that ships it is needed"
        )
        self.policy = policy

    def values(self) -> dict[str, object]:
        """Which policy is needed."""
        return {"version": self.policy.version, "digest": self.policy.digest, "locator": self.policy.locator}


def shipped_policies() -> dict[str, ScorePolicy]:
    """Every score policy that ships with the product, by digest (`0x` and hexadecimal digits)."""
    files = sorted(resources.files("ledger.policies").iterdir(), key=lambda file: file.name)
    names = [file for file in files if file.name.endswith(".json") and file.name != PROCEDURE_POLICY_FILE]
    policies = [ScorePolicy.from_json(file.read_bytes()) for file in names]
    return {"0x" + policy.digest.hex(): policy for policy in policies}


@dataclass(frozen=True, slots=True)
class Basis:
    """What a report rests on."""

    as_of: int
    time: TimeBasis
    policy: PolicyRow
    policy_name: str

    block: BlockRow
    """The last block that the report looks at."""

    def to_json(self) -> dict[str, Any]:
        """`as_of, time, policy, block`."""
        return {
            "as_of": format_moment(self.as_of),
            "time": self.time,
            "policy": {
                "kind": self.policy.kind,
                "version": self.policy.version,
                "name": self.policy_name,
                "digest": self.policy.digest,
                "effective_from": format_moment(self.policy.effective_from),
            },
            "block": {"number": self.block.number, "hash": self.block.hash},
        }


def standing_word(rated: bool, standing: GovernmentStanding) -> str:
    """
    `good`, `watched`, `disciplined` or `repaired`; `unrated` for a government of which nothing is known.

    The standing is what follows from cases of breach and from discipline (`ledger.domain.cases`), as the contracts see
    it. A low score alone is no fault.
    """
    return "unrated" if standing is GovernmentStanding.GOOD and not rated else str(standing)


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One government's line in the table of scores."""

    government: GovernmentRow
    score: Score

    standing: str
    """See `standing_word`."""

    def to_json(self) -> dict[str, Any]:
        """`government, name, score, low, high, settled, standing`."""
        return {
            "government": self.government.identifier,
            "name": self.government.name,
            "score": self.score.score,
            "low": self.score.low,
            "high": self.score.high,
            "settled": self.score.settled,
            "standing": self.standing,
        }


@dataclass(frozen=True, slots=True)
class ScoresReport:
    """The table of scores, best first, then by identifier."""

    basis: Basis
    scores: tuple[ScoreLine, ...]

    def to_json(self) -> dict[str, Any]:
        """`as_of, time, policy, block, scores`."""
        return {**self.basis.to_json(), "scores": [line.to_json() for line in self.scores]}


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """A reason, with the commitment that it is about."""

    reason: Reason
    commitment: CommitmentRow
    earned_millionths: int
    """What the outcome earned, of a commitment kept whole."""

    def to_json(self) -> dict[str, Any]:
        """`commitment, points, why`, and what helps to find and to check it."""
        return {
            "commitment": self.reason.commitment,
            "points": self.reason.points,
            "why": f"{self._named()}: {self.reason.why}; weight {self._weight()}, {self.reason.age_days} days ago",
            "why_zh": f"{self._named()}：{self.reason.why_zh}；权重 {self._weight()}，距今 {self.reason.age_days} 天",
            "agreement": self.commitment.agreement,
            "reference_number": self.commitment.reference_number,
            "due_at": format_moment(self.commitment.due_at),
            "outcome_basis_points": self.reason.outcome_basis_points,
            "expected": self.reason.expected_millionths,
            "earned": self.earned_millionths,
            "weight": self.reason.weight_millionths,
            "age_days": self.reason.age_days,
            "provisional": self.reason.provisional,
            "backfilled": self.commitment.backfilled,
        }

    def _named(self) -> str:
        return self.commitment.reference_number or f"#{self.commitment.id}"

    def _weight(self) -> str:
        # Cut, not rounded: a weight is never shown as more than it is.
        weight = self.reason.weight_millionths
        return f"{weight // 1_000_000}.{weight // 10_000 % 100:02}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One government's score with its reasons: base and points sum to it exactly."""

    basis: Basis
    line: ScoreLine
    reasons: tuple[ReasonLine, ...]

    def to_json(self) -> dict[str, Any]:
        """As `ScoresReport.to_json` with one score, which also stands beside `base` and `reasons`."""
        line = self.line.to_json()
        return {
            **self.basis.to_json(),
            **line,
            "scores": [line],
            "base": self.line.score.base,
            "reasons": [reason.to_json() for reason in self.reasons],
        }


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores, and what they were made with."""

    basis: Basis
    policy: ScorePolicy
    scores: Mapping[int, Score]
    """By ledger id."""

    governments: Mapping[int, GovernmentRow]
    """All bodies in the register, by ledger id."""

    book: CaseBook
    """What became of commitments that did not simply get an outcome."""

    def line(self, government: int, score: Score | None = None) -> ScoreLine:
        """A government's line, with another score where one is given."""
        score = self.scores[government] if score is None else score
        standing = self.book.standing(government, self.basis.as_of)
        return ScoreLine(self.governments[government], score, standing_word(score.rated, standing))


_Key = tuple[str, TimeBasis, int, int | None]
"""What scores depend on: the head, the time, the moment, and a government that is not scored unless it is asked for."""


class _Kept:
    """Scores that many readers ask for at once: the first computes them, the others wait for these and no others."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.scores: dict[int, Score] | None = None
        self.book = CaseBook()


class Reports:
    """
    Reports on one projection.

    Parameters
    ----------
    queries
        The projection.
    aliases
        Gives the names under which governments were imported, by ledger id.
    policies
        Score policies by digest; those that ship with the product where none are given.
    clock
        UTC seconds, now: the moment of a report in effective time where none is asked for.
    """

    def __init__(
        self,
        queries: Queries,
        aliases: Callable[[], Mapping[int, Iterable[str]]] = dict,
        policies: Mapping[str, ScorePolicy] | None = None,
        clock: Callable[[], float] = clocks.time,
    ) -> None:
        self.queries = queries
        self._aliases = aliases
        self._policies = shipped_policies() if policies is None else policies
        self._clock = clock
        self._lock = threading.Lock()
        self._scores: OrderedDict[_Key, _Kept] = OrderedDict()

    def scores(
        self, as_of: int | None = None, time: TimeBasis = "recorded", government: str | None = None
    ) -> ScoresReport:
        """
        The table of scores.

        Parameters
        ----------
        as_of
            UTC seconds. Where none is given: in recorded time the head block's time, in effective time now.
        time
            Which time decides whether a fact counts.
        government
            Only this one; see `resolve_government`.

        Raises
        ------
        InvalidInput
            The moment is out of range, or lies before the first block in recorded time.
        NotFound, Ambiguous
            No such government, or more than one.
        ScorePolicyMissing, ScorePolicyUnknown, ProjectionEmpty
            There is nothing to score with.
        """
        with self.queries.snapshot() as queries:
            wanted = None if government is None else self.resolve(queries, government)
            found = self.scored(queries, as_of, time, wanted)
        lines = [found.line(each) for each in found.scores if wanted is None or each == wanted.id]
        lines.sort(key=lambda line: (-line.score.score, line.government.identifier))
        return ScoresReport(found.basis, tuple(lines))

    def explain(self, government: str, as_of: int | None = None, time: TimeBasis = "recorded") -> Explanation:
        """One government's score with its reasons; parameters and errors as for `scores`."""
        with self.queries.snapshot() as queries:
            wanted = self.resolve(queries, government)
            found = self.scored(queries, as_of, time, wanted)
            score = found.scores[wanted.id]
            commitments = queries.commitments_by_id(reason.commitment for reason in score.reasons)
        reasons = tuple(
            ReasonLine(
                reason,
                commitments[reason.commitment],
                credit_nanos(reason.outcome_basis_points, found.policy) // 1_000,
            )
            for reason in score.reasons
        )
        return Explanation(found.basis, found.line(wanted.id), reasons)

    def resolve_government(self, text: str) -> GovernmentRow:
        """
        Find the government that a text means.

        Parameters
        ----------
        text
            `scheme:value`, the ledger id, the registered name, or a name under which it was imported. An identifier or
            an id means that and nothing else; among names all are looked at.

        Raises
        ------
        NotFound, Ambiguous
        """
        with self.queries.snapshot() as queries:
            return self.resolve(queries, text)

    def resolve(self, queries: Queries, text: str) -> GovernmentRow:
        """As `resolve_government`, within an open snapshot."""
        wanted = unicodedata.normalize("NFC", text).strip()
        scheme, colon, value = wanted.partition(":")
        if colon:
            found = queries.government_by_identifier(scheme, value)
            if found is not None:
                return found
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
            found = queries.government(int(wanted))
            if found is not None:
                return found
        named = {row.id: row for row in queries.governments_by_name(wanted)}
        imported = {each for each, names in self._aliases().items() if wanted in names}
        named |= queries.governments_by_id(imported - named.keys())
        if not named:
            raise NotFound("government", text)
        if len(named) > 1:
            raise Ambiguous("government", text, sorted(row.identifier for row in named.values()))
        return next(iter(named.values()))

    def basis(
        self, queries: Queries, as_of: int | None = None, time: TimeBasis = "recorded"
    ) -> tuple[Basis, ScorePolicy]:
        """What a report of a moment rests on, within an open snapshot; parameters and errors as for `scores`."""
        head = queries.head()
        if head is None:
            raise ProjectionEmpty
        moment, block = self._moment(queries, as_of, time, head)
        published, policy = self._policy(queries.policies(PolicyFilter(SCORE_POLICY_KIND)), moment, time)
        return Basis(moment, time, published, policy.name, block), policy

    def scored(
        self,
        queries: Queries,
        as_of: int | None = None,
        time: TimeBasis = "recorded",
        wanted: GovernmentRow | None = None,
    ) -> Scored:
        """
        Every government's score, within an open snapshot; parameters and errors as for `scores`.

        `wanted` is scored whether it owes anything or not.
        """
        basis, policy = self.basis(queries, as_of, time)
        moment = basis.as_of
        head = queries.head() or basis.block
        governments = queries.every_government()
        # A body that only coordinates or audits owes nothing, so it is not scored unless it is asked for.
        rated = [
            row.id
            for row in governments.values()
            if Role.GOVERNMENT in row.roles and (time == "effective" or row.registered_at <= moment)
        ]
        unlisted: int | None = None
        if wanted is not None and wanted.id not in rated:
            if time == "recorded" and wanted.registered_at > moment:
                raise NotFound("government registered by the moment asked for", wanted.identifier)
            unlisted = wanted.id
            rated.append(unlisted)
        key = (head.hash, time, moment, unlisted)
        kept = self._kept(key)
        with kept.lock:
            if kept.scores is None:
                kept.book = queries.case_book()
                facts = queries.commitment_facts(moment, time, book=kept.book)
                kept.scores = score_all(facts, policy, moment, rated)
            scores, book = kept.scores, kept.book
        return Scored(basis, policy, scores, governments, book)

    def _kept(self, key: _Key) -> _Kept:
        with self._lock:
            kept = self._scores.setdefault(key, _Kept())
            self._scores.move_to_end(key)
            while len(self._scores) > _SCORES_KEPT:
                self._scores.popitem(last=False)
            return kept

    def _moment(self, queries: Queries, as_of: int | None, time: TimeBasis, head: BlockRow) -> tuple[int, BlockRow]:
        if time not in TIMES:
            raise InvalidInput("time", time, "recorded or effective")
        if as_of is not None and not 0 < as_of <= MOMENT_MAX:
            raise InvalidInput("as_of", as_of, "a moment after 1970-01-01T00:00:00Z that the ledger can store")
        if time == "effective":
            return (int(self._clock()) if as_of is None else as_of), head
        if as_of is None:
            return head.timestamp, head
        block = queries.block_at(as_of)
        if block is None:
            first = queries.first_block() or head
            raise InvalidInput(
                "as_of",
                format_moment(as_of),
                f"a moment not before {format_moment(first.timestamp)}, when this ledger began to record; "
                "ask for effective time to look at history from before",
            )
        return as_of, block

    def _policy(self, published: Sequence[PolicyRow], moment: int, time: TimeBasis) -> tuple[PolicyRow, ScorePolicy]:
        in_force = [row for row in published if row.effective_from <= moment]
        if in_force:
            row = in_force[-1]
        elif published and time == "effective":
            # No policy reaches back to before the ledger; its first one is what history is read with.
            row = published[0]
        else:
            raise ScorePolicyMissing(moment, published[0] if published else None)
        policy = self._policies.get(row.digest)
        if policy is None:
            raise ScorePolicyUnknown(row)
        return row, policy
