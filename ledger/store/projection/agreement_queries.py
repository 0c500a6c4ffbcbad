"""Questions about versions of agreements, who signed them, and what was assessed and said."""

from __future__ import annotations

import json

from sqlalchemy import select, tuple_

from ledger.store.projection import agreement_rows as rows
from ledger.store.projection import agreement_tables as a
from ledger.store.projection import tables as t
from ledger.store.projection.asking import Asking, key
from ledger.store.projection.case_filters import AccessionFilter, AssessmentFilter, DialogueFilter
from ledger.store.projection.making import make
from ledger.store.projection.reads import After, fetch, fetch_page
from ledger.store.projection.rows import IndicatorRow


class AgreementQueries(Asking):
    """What belongs to agreements."""

    def agreement_versions(self, agreement: int) -> list[rows.VersionRow]:
        """Every version of an agreement's terms, the oldest first."""
        c = a.agreement_versions.c
        statement = select(a.agreement_versions).where(c.agreement == key("agreement", agreement)).order_by(c.number)
        return [make(rows.VersionRow, row, terms=json.loads(row["terms"])) for row in self._all(statement)]

    def agreement_indicators(self, agreement: int, version: int) -> list[IndicatorRow]:
        """The indicators of one version, by number."""
        c = t.indicators.c
        statement = select(t.indicators).where(
            c.agreement == key("agreement", agreement), c.version == key("version", version)
        )
        return self._made(IndicatorRow, statement.order_by(c.number))

    def agreement_signatures(self, agreement: int) -> list[rows.SignatureRow]:
        """Who signed which version, by version and in the order of the chain."""
        c = a.agreement_signatures.c
        statement = select(a.agreement_signatures).where(c.agreement == key("agreement", agreement))
        return self._made(rows.SignatureRow, statement.order_by(c.version, c.sequence))

    def accessions(self, which: AccessionFilter, after: After = None, limit: int = 50) -> list[rows.AccessionRow]:
        """Newcomers by agreement; key: (agreement, government)."""
        c = a.accessions.c
        statement = select(a.accessions).where(*which.conditions())
        found = self._page(statement, (c.agreement, c.government), after, limit)
        return [make(rows.AccessionRow, row) for row in found]

    def end_consents(self, agreement: int) -> list[rows.ConsentRow]:
        """Which parties consent to ending an agreement, the earliest first."""
        c = a.end_consents.c
        statement = select(a.end_consents).where(c.agreement == key("agreement", agreement))
        return self._made(rows.ConsentRow, statement.order_by(c.recorded_at, c.party))

    def party_successions(self, agreement: int) -> list[rows.PartySuccessionRow]:
        """Who took whose place among the parties, in the order of the chain."""
        c = a.party_successions.c
        statement = select(a.party_successions).where(c.agreement == key("agreement", agreement))
        return self._made(rows.PartySuccessionRow, statement.order_by(c.sequence))

    def assessments(self, which: AssessmentFilter, after: After = None, limit: int = 50) -> list[rows.AssessmentRow]:
        """Assessments with what each indicator measured; key: (agreement, number)."""
        c, r = a.assessments.c, a.assessment_results.c
        statement = select(a.assessments).where(*which.conditions())
        with self._open() as connection:
            found = fetch_page(connection, statement, (c.agreement, c.number), after, limit)
            results: dict[tuple[int, int], list[rows.ResultRow]] = {
                (row["agreement"], row["number"]): [] for row in found
            }
            keys = list(results)
            # Two numbers a row; some builds of SQLite take no more than 999 in one statement.
            for start in range(0, len(keys), 400):
                some = tuple_(r.agreement, r.number).in_(keys[start : start + 400])
                for row in fetch(connection, select(a.assessment_results).where(some).order_by(r.indicator)):
                    results[row["agreement"], row["number"]].append(make(rows.ResultRow, row))
        return [make(rows.AssessmentRow, row, results=tuple(results[row["agreement"], row["number"]])) for row in found]

    def dialogue_records(self, which: DialogueFilter, after: After = None, limit: int = 50) -> list[rows.DialogueRow]:
        """Digests of dialogues in the order of the chain; key: (sequence,)."""
        c = a.dialogue_records.c
        found = self._page(select(a.dialogue_records).where(*which.conditions()), (c.sequence,), after, limit)
        return [make(rows.DialogueRow, row) for row in found]
