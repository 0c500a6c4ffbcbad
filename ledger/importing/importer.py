"""
Recording a file on the ledger, once.

    read ─► sort against what stands ─► register governments ─► record agreements ─► record rows ─► check

The governments of a file are registered by the administrators. A forum becomes one backfilled agreement whose parties
are its governments; every row is owed to "all other parties". All is recorded by a coordinating body, which is party to
nothing, as history: the dates of the file stand beside the time of recording.

An import can be killed anywhere and run again: what the relay accepted is on disk and goes on first; what stands is
skipped; a batch that was accepted and forgotten has the same operation number when it is made again, and the contract
executes it once. One import runs at a time in a home.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from ledger.domain.commands import Command, RecordAccession, RecordAgreement
from ledger.domain.enums import (
    AccessionRule,
    CompensationKind,
    IndicatorDirection,
    IndicatorKind,
    Level,
    Role,
    ServiceMode,
)
from ledger.domain.identifiers import Identifier
from ledger.domain.terms import AgreementTerms, CompensationRule, Indicator, NewGovernment
from ledger.errors import Conflict, InvalidInput, LedgerError
from ledger.importing.csvfile import Row, RowRejected, local_identifier, read_rows
from ledger.importing.lock import one_at_a_time
from ledger.importing.plan import BATCH_ROWS, ForumPlan, Key, Recorded, Sorting, record_history, record_outcomes

PARTIES_MAX: Final = 1000
"""What an agreement holds; the contract refuses more."""

PARTIES_AT_ONCE: Final = 200
GOVERNMENTS_AT_ONCE: Final = 50

IN_FLIGHT: Final = 8
"""Batches accepted and not yet confirmed: enough to keep the node busy while the next ones are made and signed."""


class ImportRefused(LedgerError):
    """A file is refused whole, because rows of it are bad and only a whole file was wanted."""

    def __init__(self, file: str, rejections: Sequence[RowRejected]) -> None:
        first = "; ".join(str(each) for each in rejections[:3])
        more = f"; and {len(rejections) - 3} more" if len(rejections) > 3 else ""
        super().__init__(f"{file} is refused whole, {len(rejections)} rows of it are bad: {first}{more}")
        self.rejections = tuple(rejections)

    def values(self) -> dict[str, object]:
        """Every bad row."""
        return {"rejections": [each.values() for each in self.rejections]}


class ImportIncomplete(LedgerError):
    """Rows that were sent do not stand on the ledger."""


class Standing(Protocol):
    """What the importer asks of the projection."""

    def government_ids(self) -> Mapping[Identifier, int]:
        """Every registered body."""
        ...

    def forum_agreement(self, recorder: int, title: str) -> tuple[int, frozenset[int]] | None:
        """The backfilled agreement of this title that this body recorded, and its parties."""
        ...

    def recorded(self, agreement: int) -> Mapping[Key, Recorded]:
        """The commitments under an agreement."""
        ...


class Sender(Protocol):
    """How the importer sends the recorder's commands."""

    def working(self) -> AbstractContextManager[None]:
        """While it is entered, what was accepted moves on beside the caller."""
        ...

    def drain(self) -> None:
        """Wait until nothing that was accepted before is on its way."""
        ...

    def accept(self, command: Command) -> str | None:
        """Put a command on disk; returns its id, or None where it was executed before."""
        ...

    def wait(self, operation: str) -> None:
        """Wait until it is on the chain; raises where it was refused."""
        ...


@dataclass(frozen=True, slots=True)
class Importing:
    """What the importer works with."""

    recorder: int
    """The coordinating body that records, by its ledger id."""

    standing: Standing
    sender: Sender
    catch_up: Callable[[], object]
    """Brings the projection up to the chain's head."""

    register: Callable[[Sequence[NewGovernment], str], None]
    """Registers governments through the administrators, for the reason given; raises where it must wait for them."""

    add_alias: Callable[[str, int, str], object]
    """Keeps the name under which a government was imported: name, ledger id, file."""

    lock: Path
    """A file that one import holds at a time."""

    clock: Callable[[], float] = time.time


@dataclass(slots=True)
class ImportReport:
    """What an import did."""

    file: str
    read: int = 0
    recorded: int = 0
    """Commitments recorded in this run."""

    skipped: int = 0
    """Rows that stood already, with nothing to add."""

    updated: int = 0
    """Rows that stood without an outcome and got one in this run."""

    settled: int = 0
    """Outcomes recorded in this run, with new commitments or later."""

    governments: int = 0
    """Governments registered in this run."""

    seconds: float = 0
    rejections: list[RowRejected] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As `intergov import --json` prints it. read = recorded + skipped + updated + rejected."""
        done = self.recorded + self.updated
        return {
            "file": self.file,
            "read": self.read,
            "recorded": self.recorded,
            "skipped": self.skipped,
            "updated": self.updated,
            "rejected": len(self.rejections),
            "settled": self.settled,
            "governments": self.governments,
            "seconds": round(self.seconds, 3),
            "rows_per_second": round(done / self.seconds, 1) if done and self.seconds > 0 else None,
            "rejections": [each.values() for each in self.rejections],
        }


Progress = Callable[[int, int], None]


def import_file(path: Path, work: Importing, *, strict: bool = False, progress: Progress | None = None) -> ImportReport:
    """
    Record a file.

    Parameters
    ----------
    strict
        Refuse the file whole where one row is bad.
    progress
        Told how many rows are done, of how many.

    Raises
    ------
    FileRejected
        The file as a whole is not what it should be. Nothing was sent.
    ImportRefused
        A row is bad, and `strict` was asked for. Nothing was sent.
    NotAllowed
        The administrators must register governments first. Nothing but the proposal to do so was sent.
    Refused, NodeUnreachable, ImportIncomplete
        It stopped on the way. What was recorded stays; running it again goes on.
    """
    with one_at_a_time(work.lock):
        return _Import(path, work, strict, progress).run()


class _Import:
    def __init__(self, path: Path, work: Importing, strict: bool, progress: Progress | None) -> None:
        self.path, self.work, self.strict, self.progress = path, work, strict, progress
        self.report = ImportReport(path.name)
        self.done = 0

    def run(self) -> ImportReport:
        began = time.monotonic()
        # The whole file is read before anything is sent: a fault on its last line refuses all of it.
        by_forum = self._read()
        self.work.sender.drain()
        self.work.catch_up()
        plans = self._sort(by_forum)
        if self.strict and self.report.rejections:
            raise ImportRefused(self.path.name, self.report.rejections)
        self._register(plans)
        ids = self.work.standing.government_ids()
        self._name(plans, ids)
        agreements = {plan.forum: self._agreement(plan, ids) for plan in plans if plan.new}
        self._record(plans, agreements, ids)
        self.work.catch_up()
        self._check(plans, agreements, ids)
        self.report.seconds = time.monotonic() - began
        return self.report

    def _read(self) -> dict[str, list[Row]]:
        by_forum: dict[str, list[Row]] = {}
        for row in read_rows(self.path, int(self.work.clock())):
            self.report.read += 1
            if isinstance(row, RowRejected):
                self.report.rejections.append(row)
            else:
                by_forum.setdefault(row.forum, []).append(row)
        return by_forum

    def _sort(self, by_forum: Mapping[str, Iterable[Row]]) -> list[ForumPlan]:
        ids = self.work.standing.government_ids()
        plans = []
        for forum, rows in by_forum.items():
            found = self.work.standing.forum_agreement(self.work.recorder, forum)
            standing = self.work.standing.recorded(found[0]) if found else {}
            sorting = Sorting(self.path.name, forum, standing, ids)
            for row in rows:
                try:
                    sorting.add(row)
                except RowRejected as rejected:
                    self.report.rejections.append(rejected)
            plans.append(sorting.plan())
        self.report.rejections.sort(key=lambda each: each.line)
        self.report.skipped = sum(plan.skipped for plan in plans)
        self._check_sizes(plans)
        return plans

    def _check_sizes(self, plans: Iterable[ForumPlan]) -> None:
        for plan in plans:
            members = {row.identifier for row in plan.rows}
            if len(members) > PARTIES_MAX:
                rule = f"at most {PARTIES_MAX} governments in a forum, as an agreement holds"
                raise InvalidInput(f"forum {plan.forum!r}", f"{len(members)} governments", rule)

    def _register(self, plans: Iterable[ForumPlan]) -> None:
        ids = self.work.standing.government_ids()
        missing: dict[Identifier, NewGovernment] = {}
        for plan in plans:
            for row in plan.rows:
                missing.setdefault(row.identifier, _new_government(row.identifier, row.government))
            lone = _lone_counterparty(plan)
            if lone is not None and self.work.standing.forum_agreement(self.work.recorder, plan.forum) is None:
                missing.setdefault(lone, _new_government(lone, plan.forum))
        wanted = [government for identifier, government in missing.items() if identifier not in ids]
        reason = f"Governments named in {self.path.name}"
        for start in range(0, len(wanted), GOVERNMENTS_AT_ONCE):
            self.work.register(wanted[start : start + GOVERNMENTS_AT_ONCE], reason)
        self.report.governments = len(wanted)

    def _name(self, plans: Iterable[ForumPlan], ids: Mapping[Identifier, int]) -> None:
        for name, identifier in sorted({(row.government, row.identifier) for plan in plans for row in plan.rows}):
            self.work.add_alias(name, ids[identifier], self.path.name)

    def _agreement(self, plan: ForumPlan, ids: Mapping[Identifier, int]) -> int:
        """The forum's agreement, recorded where there is none yet, with every government of the file a party."""
        members = list(dict.fromkeys(ids[row.identifier] for row in plan.rows))
        found = self.work.standing.forum_agreement(self.work.recorder, plan.forum)
        if found is None:
            lone = _lone_counterparty(plan)
            parties = members if lone is None else [*members, ids[lone]]
            self._send_now(RecordAgreement(self._terms(plan, parties[:PARTIES_AT_ONCE])))
            found = self.work.standing.forum_agreement(self.work.recorder, plan.forum)
            if found is None:
                raise ImportIncomplete(f"the agreement for {plan.forum!r} was executed and is not on the ledger")
        agreement, parties_now = found
        joining = [member for member in members if member not in parties_now]
        if len(parties_now) + len(joining) > PARTIES_MAX:
            rule = f"at most {PARTIES_MAX}; {len(parties_now)} are parties already"
            raise InvalidInput(f"forum {plan.forum!r}", f"{len(joining)} more governments", rule)
        for start in range(0, len(joining), PARTIES_AT_ONCE):
            self._send_now(RecordAccession(agreement, tuple(joining[start : start + PARTIES_AT_ONCE])))
        return agreement

    def _terms(self, plan: ForumPlan, parties: Sequence[int]) -> AgreementTerms:
        digest = hashlib.sha256(self.path.read_bytes()).digest()
        return AgreementTerms(
            reference_number="",
            title=plan.forum,
            # The agreement's own document is not at hand; what the history was taken from is named instead.
            document_digest=digest,
            document_locator=self.path.name.encode()[:512].decode(errors="ignore"),
            service_mode=ServiceMode.NONE,
            coordinating_body=self.work.recorder,
            parties=tuple(parties),
            indicators=(
                Indicator(
                    name="Commitments kept 承诺履行",
                    kind=IndicatorKind.QUANTITY,
                    unit="share 比例",
                    target=1_000_000,
                    direction=IndicatorDirection.AT_LEAST,
                    weight_basis_points=10_000,
                ),
            ),
            compensation=CompensationRule(
                kind=CompensationKind.NONE,
                currency=b"\0\0\0",
                amount_minor=0,
                share_basis_points=0,
                standard="",
                method="",
                process="recorded from history, whose source names no compensation rule 既往协议，来源未载补偿规则",
            ),
            effective_from=min(row.made_at for row in plan.rows),
            expires_at=0,
            accession=AccessionRule.CLOSED,
            first_assessment_at=0,
            assessment_every_seconds=0,
            template=bytes(32),
        )

    def _send_now(self, command: Command) -> None:
        operation = self.work.sender.accept(command)
        if operation is not None:
            self.work.sender.wait(operation)
        self.work.catch_up()

    def _record(self, plans: Sequence[ForumPlan], agreements: Mapping[str, int], ids: Mapping[Identifier, int]) -> None:
        total = sum(len(plan.new) + len(plan.settle) for plan in plans)
        self._tell(total)
        flying: deque[tuple[str | None, int]] = deque()
        with self.work.sender.working():
            for command, rows in self._commands(plans, agreements, ids):
                if len(flying) >= IN_FLIGHT:
                    self._land(*flying.popleft(), total)
                flying.append((self.work.sender.accept(command), rows))
            while flying:
                self._land(*flying.popleft(), total)

    def _commands(
        self, plans: Sequence[ForumPlan], agreements: Mapping[str, int], ids: Mapping[Identifier, int]
    ) -> Iterable[tuple[Command, int]]:
        for plan in plans:
            for batch in plan.batches():
                yield record_history(agreements[plan.forum], batch, ids), len(batch)
            for settle in plan.outcome_batches():
                yield record_outcomes(settle), len(settle)

    def _tell(self, total: int) -> None:
        if self.progress is not None:
            self.progress(self.done, total)

    def _land(self, operation: str | None, rows: int, total: int) -> None:
        if operation is not None:
            self.work.sender.wait(operation)
        self.done += rows
        self._tell(total)

    def _check(self, plans: Sequence[ForumPlan], agreements: Mapping[str, int], ids: Mapping[Identifier, int]) -> None:
        """Compare the ledger with the file, so that the report says what stands and not what was sent."""
        for plan in plans:
            if not plan.new and not plan.settle:
                continue
            agreement = agreements.get(plan.forum)
            if agreement is None:
                found = self.work.standing.forum_agreement(self.work.recorder, plan.forum)
                assert found is not None, "rows to settle stand under an agreement"
                agreement = found[0]
            stands = self.work.standing.recorded(agreement)
            settling = {row.line for row, _ in plan.settle}
            for row in plan.rows:
                if row.line not in plan.new and row.line not in settling:
                    continue
                recorded = stands.get((ids[row.identifier], row.commitment_id))
                if recorded is None or recorded.outcome_basis_points != row.outcome_basis_points:
                    raise ImportIncomplete(
                        f"{self.path.name}, line {row.line}: sent, and does not stand so on the ledger; run it again"
                    )
            self.report.recorded += len(plan.new)
            self.report.updated += len(plan.settle)
            self.report.settled += len(plan.settle) + sum(
                row.outcome_basis_points is not None for row in plan.rows if row.line in plan.new
            )


def _lone_counterparty(plan: ForumPlan) -> Identifier | None:
    """
    The counterparty of a forum that only one government of the file is in, who is then the other party.

    An agreement has two parties or more. Where one government owes all rows, the column names whom they are owed to.
    """
    members = {row.identifier for row in plan.rows}
    other = local_identifier(plan.forum)
    if len(members) != 1:
        return None
    if other in members:
        raise Conflict(f"forum {plan.forum!r}: its only government owes everything to itself; expected another party")
    return other


def _new_government(identifier: Identifier, name: str) -> NewGovernment:
    if identifier.scheme == "iso3166":
        # Two letters are reserved codes of unions and organisations, such as EU and UN.
        level = Level.INTERNATIONAL if identifier.value in ("EU", "EUE", "EZ", "UN") else Level.NATIONAL
    else:
        level = Level.NONE
    # The register takes 256 bytes; a longer name is that of a forum.
    short = name.encode()[:256].decode(errors="ignore")
    return NewGovernment(identifier.scheme, identifier.value, short, level, 0, Role.GOVERNMENT.bit, ())


__all__ = ["BATCH_ROWS", "ImportIncomplete", "ImportRefused", "ImportReport", "Importing", "import_file"]
