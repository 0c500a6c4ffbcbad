"""Questions about evidence that was answered, breaches, disputes, discipline, debts handed over and successions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, RowMapping, select

from ledger.domain.procedure import ProcedurePolicy
from ledger.store.projection import case_rows as rows
from ledger.store.projection import case_tables as c
from ledger.store.projection import tables as t
from ledger.store.projection.asking import Asking, key
from ledger.store.projection.case_filters import (
    BreachFilter,
    DebtTransferFilter,
    DisputeFilter,
    IncentiveFilter,
    MeasureFilter,
    RotationFilter,
)
from ledger.store.projection.making import make
from ledger.store.projection.reads import After, fetch, fetch_by_keys, fetch_page


class CaseQueries(Asking):
    """What became of commitments that did not simply get an outcome, and of those who owe them."""

    # Procedure

    def procedure_policies(self) -> list[rows.ProcedurePolicyRow]:
        """Every version of the procedure policy."""
        statement = select(c.procedure_policies).order_by(c.procedure_policies.c.version)
        return [_procedure_policy(row) for row in self._all(statement)]

    def procedure_policy(self, version: int) -> rows.ProcedurePolicyRow | None:
        """The procedure policy of this version."""
        statement = select(c.procedure_policies).where(c.procedure_policies.c.version == key("version", version))
        return next((_procedure_policy(row) for row in self._all(statement)), None)

    def procedure_policy_at(self, moment: int) -> rows.ProcedurePolicyRow | None:
        """The procedure policy that applies at a moment: the newest version whose beginning has come."""
        p = c.procedure_policies.c
        statement = select(c.procedure_policies).where(p.effective_from <= key("moment", moment))
        found = self._all(statement.order_by(p.version.desc()).limit(1))
        return next(map(_procedure_policy, found), None)

    # Register

    def successions(self) -> list[rows.SuccessionRow]:
        """Who has directly taken whose place, in the order of the chain."""
        s = t.successions.c
        return self._made(rows.SuccessionRow, select(t.successions).order_by(s.sequence, s.position))

    def successors(self, government: int) -> list[rows.SuccessionRow]:
        """Who has directly taken this body's place."""
        s = t.successions.c
        statement = select(t.successions).where(s.predecessor == key("government", government)).order_by(s.position)
        return self._made(rows.SuccessionRow, statement)

    def lineage(self, government: int) -> list[int]:
        """A body and all those whose place it has taken, directly or through others; itself first, none twice."""
        predecessors: dict[int, list[int]] = {}
        for row in self.successions():
            predecessors.setdefault(row.successor, []).append(row.predecessor)
        found = {key("government", government): None}
        waiting = [government]
        while waiting:
            for each in predecessors.get(waiting.pop(0), ()):
                if each not in found:
                    found[each] = None
                    waiting.append(each)
        return list(found)

    def rotations(self, which: RotationFilter, after: After = None, limit: int = 50) -> list[rows.RotationRow]:
        """Offers of a voice to another account, in the order of the chain; key: (sequence,)."""
        statement = select(t.rotations).where(*which.conditions())
        return [make(rows.RotationRow, row) for row in self._page(statement, (t.rotations.c.sequence,), after, limit)]

    # Commitments

    def evidence_contests(self, commitment: int) -> list[rows.ContestRow]:
        """When the creditor did not accept a commitment's evidence, and why."""
        e = c.evidence_contests.c
        statement = select(c.evidence_contests).where(e.commitment == key("commitment", commitment))
        return self._made(rows.ContestRow, statement.order_by(e.sequence))

    def evidence_audits(self, commitment: int) -> list[rows.AuditRow]:
        """What audits found of a commitment's evidence."""
        e = c.evidence_audits.c
        statement = select(c.evidence_audits).where(e.commitment == key("commitment", commitment))
        return self._made(rows.AuditRow, statement.order_by(e.sequence))

    def commitment_transfers(self, commitment: int) -> list[rows.CommitmentTransferRow]:
        """Who handed a commitment to whom, in the order of the chain."""
        m = t.commitment_transfers.c
        statement = select(t.commitment_transfers).where(m.commitment == key("commitment", commitment))
        return self._made(rows.CommitmentTransferRow, statement.order_by(m.sequence))

    def every_commitment_transfer(self) -> list[rows.CommitmentTransferRow]:
        """The same of all commitments."""
        statement = select(t.commitment_transfers).order_by(t.commitment_transfers.c.sequence)
        return self._made(rows.CommitmentTransferRow, statement)

    def debt_transfers(
        self, which: DebtTransferFilter, after: After = None, limit: int = 50
    ) -> list[rows.DebtTransferRow]:
        """Offers to hand commitments over, in the order of the chain; key: (sequence,)."""
        statement = select(c.debt_transfer_offers).where(*which.conditions())
        found = self._page(statement, (c.debt_transfer_offers.c.sequence,), after, limit)
        return [make(rows.DebtTransferRow, row) for row in found]

    # Breaches

    def breaches(self, which: BreachFilter, after: After = None, limit: int = 50) -> list[rows.BreachRow]:
        """Cases by commitment; key: (commitment,)."""
        statement = select(c.breaches).where(*which.conditions())
        found = self._page(statement, (c.breaches.c.commitment,), after, limit)
        return [make(rows.BreachRow, row) for row in found]

    def breach(self, commitment: int) -> rows.BreachRow | None:
        """The case about a commitment."""
        statement = select(c.breaches).where(c.breaches.c.commitment == key("commitment", commitment))
        return next(iter(self._made(rows.BreachRow, statement)), None)

    def breaches_by_commitment(self, commitments: Iterable[int]) -> dict[int, rows.BreachRow]:
        """The cases about these commitments, by commitment."""
        with self._open() as connection:
            found = list(fetch_by_keys(connection, c.breaches, c.breaches.c.commitment, commitments))
        return {row["commitment"]: make(rows.BreachRow, row) for row in found}

    # Disputes

    def disputes(self, which: DisputeFilter, after: After = None, limit: int = 50) -> list[rows.DisputeRow]:
        """Disputes by id; key: (id,)."""
        statement = select(c.disputes).where(*which.conditions())
        with self._open() as connection:
            return _disputes(connection, fetch_page(connection, statement, (c.disputes.c.id,), after, limit))

    def dispute(self, number: int) -> rows.DisputeRow | None:
        """The dispute with this id."""
        with self._open() as connection:
            found = fetch(connection, select(c.disputes).where(c.disputes.c.id == key("dispute", number)))
            return next(iter(_disputes(connection, found)), None)

    def dispute_evidence(self, dispute: int) -> list[rows.DisputeEvidenceRow]:
        """What the sides lodged, in the order of the chain."""
        e = c.dispute_evidence.c
        statement = select(c.dispute_evidence).where(e.dispute == key("dispute", dispute)).order_by(e.sequence)
        return self._made(rows.DisputeEvidenceRow, statement)

    def rulings(self, dispute: int) -> list[rows.RulingRow]:
        """What each signer and panel member gave, in the order of the chain."""
        r = c.rulings.c
        statement = select(c.rulings).where(r.dispute == key("dispute", dispute)).order_by(r.sequence)
        return self._made(rows.RulingRow, statement)

    def panel_members(self, dispute: int) -> list[rows.PanelMemberRow]:
        """Every panel that was drawn for a dispute, the newest last."""
        m = c.panel_members.c
        statement = select(c.panel_members).where(m.dispute == key("dispute", dispute))
        return self._made(rows.PanelMemberRow, statement.order_by(m.sequence, m.position))

    # Discipline

    def measures(self, which: MeasureFilter, after: After = None, limit: int = 50) -> list[rows.MeasureRow]:
        """Measures by id; key: (id,)."""
        found = self._page(select(c.measures).where(*which.conditions()), (c.measures.c.id,), after, limit)
        return [make(rows.MeasureRow, row) for row in found]

    def measure(self, number: int) -> rows.MeasureRow | None:
        """The measure with this id."""
        statement = select(c.measures).where(c.measures.c.id == key("measure", number))
        return next(iter(self._made(rows.MeasureRow, statement)), None)

    def incentives(self, which: IncentiveFilter, after: After = None, limit: int = 50) -> list[rows.IncentiveRow]:
        """Incentives by id; key: (id,)."""
        found = self._page(select(c.incentives).where(*which.conditions()), (c.incentives.c.id,), after, limit)
        return [make(rows.IncentiveRow, row) for row in found]

    def incentive(self, number: int) -> rows.IncentiveRow | None:
        """The incentive with this id."""
        statement = select(c.incentives).where(c.incentives.c.id == key("incentive", number))
        return next(iter(self._made(rows.IncentiveRow, statement)), None)


def _procedure_policy(row: RowMapping) -> rows.ProcedurePolicyRow:
    return make(rows.ProcedurePolicyRow, row, policy=ProcedurePolicy.from_json(row["policy"]))


def _disputes(connection: Connection, found: Sequence[RowMapping]) -> list[rows.DisputeRow]:
    by_panel = [row["id"] for row in found if row["body"] is None]
    members: dict[int, list[tuple[int, int]]] = {each: [] for each in by_panel}
    for row in fetch_by_keys(connection, c.panel_members, c.panel_members.c.dispute, by_panel):
        if row["current"]:
            members[row["dispute"]].append((row["position"], row["member"]))
    panels = {dispute: tuple(member for _, member in sorted(drawn)) for dispute, drawn in members.items()}
    return [make(rows.DisputeRow, row, panel=panels.get(row["id"], ())) for row in found]
