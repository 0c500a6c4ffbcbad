"""The importer on a ledger in memory: what it sends, and that it can be stopped anywhere and run again."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ledger.domain.commands import Command, RecordAccession, RecordAgreement, RecordHistory, RecordOutcomes
from ledger.domain.identifiers import Identifier
from ledger.domain.moments import parse_moment
from ledger.domain.terms import NewGovernment
from ledger.errors import Conflict, NotAllowed
from ledger.importing import importer, plan
from ledger.importing.csvfile import COLUMNS, FileRejected
from ledger.importing.importer import Importing, ImportRefused, ImportReport, import_file
from ledger.importing.lock import ImportRunning, one_at_a_time
from ledger.importing.plan import Key, Recorded

RECORDER = 1
NOW = parse_moment("2026-06-01T00:00:00Z")


class Killed(Exception):
    """The process was killed here."""


@dataclass
class Truth:
    """What survives a kill: the chain, and what the relay has on disk."""

    ids: dict[Identifier, int] = field(default_factory=dict)
    agreements: dict[int, tuple[str, list[int]]] = field(default_factory=dict)
    commitments: list[tuple[int, int, str, int, int, int, int | None, int | None]] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    outbox: dict[str, Command] = field(default_factory=dict)
    aliases: set[tuple[str, int]] = field(default_factory=set)


class World:
    """A ledger in memory that can be killed at its n-th step."""

    def __init__(self, truth: Truth, kill_at: int | None = None) -> None:
        self.truth = truth
        self.kill_at = kill_at
        self.steps = 0
        self.sent: list[Command] = []

    def step(self) -> None:
        if self.steps == self.kill_at:
            raise Killed
        self.steps += 1

    def importing(self, folder: Path) -> Importing:
        return Importing(
            recorder=RECORDER,
            standing=self,
            sender=self,
            catch_up=self.step,
            register=self.register,
            add_alias=self.add_alias,
            lock=folder / "import.lock",
            clock=lambda: NOW,
        )

    def register(self, governments: Sequence[NewGovernment], reason: str) -> None:
        self.step()
        for each in governments:
            identifier = Identifier(each.scheme, each.value)
            assert identifier not in self.truth.ids, "a body is registered once"
            self.truth.ids[identifier] = len(self.truth.ids) + 2
        self.step()

    def add_alias(self, name: str, government: int, file: str) -> None:
        self.step()
        self.truth.aliases.add((name, government))

    # Standing

    def government_ids(self) -> Mapping[Identifier, int]:
        return dict(self.truth.ids)

    def forum_agreement(self, recorder: int, title: str) -> tuple[int, frozenset[int]] | None:
        assert recorder == RECORDER
        for number, (name, parties) in self.truth.agreements.items():
            if name == title:
                return number, frozenset(parties)
        return None

    def recorded(self, agreement: int) -> Mapping[Key, Recorded]:
        return {
            (debtor, reference): Recorded(number, made, due, weight, outcome, resolved)
            for number, (under, debtor, reference, made, due, weight, outcome, resolved) in enumerate(
                self.truth.commitments
            )
            if under == agreement
        }

    # Sender

    @contextmanager
    def working(self) -> Iterator[None]:
        yield

    def drain(self) -> None:
        for operation in list(self.truth.outbox):
            self.wait(operation)

    def accept(self, command: Command) -> str | None:
        self.step()
        number = plan.operation_number(command, 0)
        if number in self.truth.used:
            return None
        self.truth.outbox[str(number)] = command
        self.sent.append(command)
        self.step()
        return str(number)

    def wait(self, operation: str) -> None:
        self.step()
        command = self.truth.outbox.pop(operation, None)
        if command is not None and int(operation) not in self.truth.used:
            self.truth.used.add(int(operation))
            self.execute(command)
        self.step()

    def execute(self, command: Command) -> None:
        if isinstance(command, RecordAgreement):
            assert 2 <= len(command.terms.parties) <= importer.PARTIES_MAX
            number = len(self.truth.agreements) + 1
            self.truth.agreements[number] = (command.terms.title, list(command.terms.parties))
        elif isinstance(command, RecordAccession):
            parties = self.truth.agreements[command.id][1]
            assert not set(parties) & set(command.parties), "a party accedes once"
            parties += command.parties
        elif isinstance(command, RecordHistory):
            for each in command.commitments:
                assert each.debtor in self.truth.agreements[command.agreement][1]
                outcome = each.outcome_basis_points if each.resolved_at else None
                made = (each.reference_number, each.made_at, each.due_at, each.weight)
                self.truth.commitments.append(
                    (command.agreement, each.debtor, *made, outcome, each.resolved_at or None)
                )
        elif isinstance(command, RecordOutcomes):
            for outcome_of in command.outcomes:
                row = self.truth.commitments[outcome_of.id]
                assert row[6] is None, "an outcome is recorded once"
                settled = (outcome_of.outcome_basis_points, outcome_of.resolved_at)
                self.truth.commitments[outcome_of.id] = (*row[:6], *settled)
        else:
            raise AssertionError(type(command))


def write(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("\n".join([",".join(COLUMNS), *lines, ""]), encoding="utf-8")
    return path


def rows(count: int, forum: str = "Forum", unresolved: int = 0, first: int = 0) -> list[str]:
    ends = "fulfilled,1,1,2021-02-01", "partial,0.5,1,2021-02-01", "broken,0,1,2021-02-01"
    return [
        f"Town {i % 3},{forum},C-{i},2020-01-01,2021-01-01,{',,1,' if i < unresolved else ends[i % 3]},"
        for i in range(first, count)
    ]


def run(truth: Truth, path: Path, kill_at: int | None = None, strict: bool = False) -> tuple[ImportReport, World]:
    world = World(truth, kill_at)
    return import_file(path, world.importing(path.parent), strict=strict), world


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "BATCH_ROWS", 4)
    monkeypatch.setattr(importer, "PARTIES_AT_ONCE", 2)


def test_a_file_is_recorded_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", rows(10, unresolved=2))
    truth = Truth()
    first, world = run(truth, path)
    assert (first.read, first.recorded, first.skipped, first.settled, first.governments) == (10, 10, 0, 8, 3)
    assert [type(command).__name__ for command in world.sent] == [
        "RecordAgreement",
        "RecordAccession",
        *["RecordHistory"] * 3,
    ]
    before = copy.deepcopy(truth)
    second, world = run(truth, path)
    assert (second.recorded, second.skipped, second.updated, second.settled, second.governments) == (0, 10, 0, 0, 0)
    assert world.sent == []
    assert truth == before


def test_a_later_file_brings_outcomes_rows_and_governments(tmp_path: Path) -> None:
    truth = Truth()
    run(truth, write(tmp_path / "a.csv", rows(6, unresolved=3)))
    more = [*rows(9), "Newtown,Forum,C-1,2020-01-01,2021-01-01,fulfilled,1,1,2021-02-01,"]
    report, _ = run(truth, write(tmp_path / "b.csv", more))
    assert (report.read, report.recorded, report.updated, report.skipped, report.settled) == (10, 4, 3, 3, 7)
    assert report.to_json()["rejections"] == []
    assert len(truth.agreements) == 1
    assert len(truth.agreements[1][1]) == 4


def test_a_file_that_knows_less_takes_nothing_back(tmp_path: Path) -> None:
    truth = Truth()
    run(truth, write(tmp_path / "a.csv", rows(6)))
    report, world = run(truth, write(tmp_path / "b.csv", rows(6, unresolved=6)))
    assert (report.skipped, world.sent) == (6, [])


CONTRADICTIONS = """
column        | row
made_on       | Town 0,Forum,C-0,2020-01-02,2021-01-01,fulfilled,1,1,2021-02-01,
due_on        | Town 0,Forum,C-0,2020-01-01,2021-01-02,fulfilled,1,1,2021-02-01,
weight        | Town 0,Forum,C-0,2020-01-01,2021-01-01,fulfilled,1,2,2021-02-01,
outcome_score | Town 0,Forum,C-0,2020-01-01,2021-01-01,broken,0,1,2021-02-01,
resolved_on   | Town 0,Forum,C-0,2020-01-01,2021-01-01,fulfilled,1,1,2021-02-02,
"""


@pytest.mark.parametrize("case", CONTRADICTIONS.strip().splitlines()[1:])
def test_a_row_that_contradicts_what_stands_is_rejected(tmp_path: Path, case: str) -> None:
    column, row = (cell.strip() for cell in case.split("|"))
    truth = Truth()
    run(truth, write(tmp_path / "a.csv", rows(3)))
    before = copy.deepcopy(truth.commitments)
    report, world = run(truth, write(tmp_path / "b.csv", [row, *rows(3, first=1)]))
    (rejected,) = report.rejections
    assert (rejected.column, rejected.line, report.skipped) == (column, 2, 2)
    assert "what is recorded is never changed" in rejected.rule
    assert truth.commitments == before
    with pytest.raises(ImportRefused, match="refused whole"):
        run(truth, tmp_path / "b.csv", strict=True)
    assert world.sent == []


def test_bad_rows_are_reported_and_the_rest_recorded_unless_strict(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [*rows(5), "Town 9,Forum,C-9,2020-01-01,2019-01-01,,,1,,"])
    truth = Truth()
    with pytest.raises(ImportRefused, match=r"a\.csv, line 7, column due_on"):
        run(truth, path, strict=True)
    assert truth == Truth()
    report, _ = run(truth, path)
    assert (report.read, report.recorded, len(report.rejections)) == (6, 5, 1)
    # The government of the bad row alone is not registered.
    assert len(truth.ids) == 3


def test_a_doubtful_file_sends_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [*rows(5), '"never closed'])
    truth = Truth()
    with pytest.raises(FileRejected):
        run(truth, path)
    assert truth == Truth()


def test_each_forum_has_its_own_agreement(tmp_path: Path) -> None:
    truth = Truth()
    report, _ = run(truth, write(tmp_path / "a.csv", [*rows(4, "East"), *rows(4, "West")]))
    assert report.recorded == 8
    assert sorted(title for title, _ in truth.agreements.values()) == ["East", "West"]
    assert len(truth.ids) == 3


def test_where_one_government_owes_all_the_counterparty_is_the_other_party(tmp_path: Path) -> None:
    truth = Truth()
    path = write(tmp_path / "a.csv", ["Town,Bank of Works,1,2020-01-01,2021-01-01,,,1,,"])
    run(truth, path)
    assert set(map(str, truth.ids)) == {"local:town", "local:bank-of-works"}
    assert len(truth.agreements[1][1]) == 2
    # A second government joins the two; the counterparty is not registered again.
    run(truth, write(tmp_path / "b.csv", ["Village,Bank of Works,1,2020-01-01,2021-01-01,,,1,,"]))
    assert len(truth.ids) == 3
    with pytest.raises(Conflict, match="owes everything to itself"):
        run(truth, write(tmp_path / "c.csv", ["Self,Self,1,2020-01-01,2021-01-01,,,1,,"]))


def test_nothing_is_recorded_while_administrators_are_awaited(tmp_path: Path) -> None:
    class Awaiting(World):
        def register(self, governments: Sequence[NewGovernment], reason: str) -> None:
            raise NotAllowed("proposal 4 stands in public until tomorrow")

    truth = Truth()
    path = write(tmp_path / "a.csv", rows(3))
    with pytest.raises(NotAllowed, match="until tomorrow"):
        import_file(path, Awaiting(truth).importing(tmp_path))
    assert truth == Truth()


def test_one_import_at_a_time(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", rows(3))
    with one_at_a_time(tmp_path / "import.lock"), pytest.raises(ImportRunning):
        run(Truth(), path)
    run(Truth(), path)


def test_operation_numbers_follow_from_content_alone() -> None:
    one, other = RecordOutcomes(()), RecordHistory(1, ())
    assert plan.operation_number(one, 0) == plan.operation_number(RecordOutcomes(()), 0)
    numbers = {plan.operation_number(one, 0), plan.operation_number(one, 1), plan.operation_number(other, 0)}
    assert len(numbers) == 3
    assert all(0 < number < 2**256 for number in numbers)


def test_killed_at_any_step_and_run_again_the_ledger_is_that_of_one_clean_run(tmp_path: Path) -> None:
    earlier = write(tmp_path / "a.csv", rows(5, unresolved=3))
    path = write(tmp_path / "b.csv", [*rows(14, "East", unresolved=2), *rows(9)])
    clean = Truth()
    run(clean, earlier)
    _, world = run(clean, path)
    steps = world.steps
    assert steps > 30

    def settled(truth: Truth) -> tuple[object, ...]:
        return sorted(truth.commitments), truth.agreements, truth.ids, truth.aliases

    for kill_at in range(steps):
        truth = Truth()
        run(truth, earlier)
        with pytest.raises(Killed):
            run(truth, path, kill_at)
        report, _ = run(truth, path)
        assert settled(truth) == settled(clean), f"killed at step {kill_at}"
        assert report.rejections == []
