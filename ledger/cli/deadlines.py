"""Who must do what by when, and reminders of it."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.government import government_id
from ledger.cli.options import command
from ledger.cli.session import Session
from ledger.deadline_reports import calendar_of, deadlines, due_reminders
from ledger.domain.deadlines import Deadline
from ledger.domain.moments import format_moment, parse_moment
from ledger.errors import InvalidInput
from ledger.home import write_text

if TYPE_CHECKING:
    from ledger.store.projection.rows import GovernmentRow

app = typer.Typer()

DAY_SECONDS = 86_400
_LEAD = re.compile(r"(?P<count>\d{1,4})(?P<unit>[dh])", re.ASCII)

GovernmentOption = Annotated[str | None, typer.Option("--government", metavar="G", help="Only of this one.")]


def to_json(deadline: Deadline, governments: dict[int, GovernmentRow], moment: int) -> dict[str, Any]:
    """A deadline as `--json` shows it."""
    words = deadline.words
    return {
        "government": governments[deadline.government].identifier,
        "name": governments[deadline.government].name,
        "duty": str(deadline.duty),
        "subject": deadline.subject,
        "number": deadline.number,
        "reference": deadline.reference,
        "opens_at": format_moment(deadline.opens_at),
        "by": format_moment(deadline.by),
        "missed": deadline.missed(moment),
        "what": words.what,
        "what_zh": words.what_zh,
        "if_missed": words.missed,
        "if_missed_zh": words.missed_zh,
    }


@command(app, "deadlines")
def list_deadlines(
    session: Session,
    government: GovernmentOption = None,
    within: Annotated[
        int | None, typer.Option("--within", metavar="DAYS", min=0, max=36_600, help="Only those so near.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="T", help="Counted from then; from now by default.")
    ] = None,
    ics: Annotated[Path | None, typer.Option("--ics", metavar="FILE", help="Write them as a calendar instead.")] = None,
) -> None:
    """Who must do what by when, the earliest first."""
    moment = int(time.time()) if as_of is None else parse_moment(as_of, "--as-of")
    within_seconds = None if within is None else within * DAY_SECONDS
    with session.ledger() as ledger:
        whose = None if government is None else government_id(ledger, government)
        found = deadlines(ledger.queries, moment, within_seconds=within_seconds, government=whose)
        governments = ledger.queries.every_government()
        chain_id = ledger.deployment.chain_id
    if ics is not None:
        write_text(
            ics, calendar_of(found, {id: row.name for id, row in governments.items()}, chain_id, moment).decode()
        )
        session.out.document({"file": str(ics), "deadlines": len(found)})
        session.out.line(f"{len(found)} deadlines in {ics}")
        return
    _show(session, found, governments, moment)


@command(app, "remind")
def remind(
    session: Session,
    before: Annotated[
        list[str] | None, typer.Option("--before", metavar="7d", help="How long before: days or hours; repeatable.")
    ] = None,
    government: GovernmentOption = None,
) -> None:
    """Print the deadlines that have come near since the last run, each once. For a timer of the system."""
    leads = [_lead(each) for each in before or ["7d", "1d"]]
    moment = int(time.time())
    with session.ledger() as ledger:
        whose = None if government is None else government_id(ledger, government)
        near = deadlines(ledger.queries, moment, within_seconds=max(leads), government=whose)
        governments = ledger.queries.every_government()
        found = due_reminders(near, leads, moment, ledger.store.reminders)
    _show(session, [each.deadline for each in found], governments, moment)


def _show(session: Session, found: list[Deadline], governments: dict[int, GovernmentRow], moment: int) -> None:
    session.out.document([to_json(each, governments, moment) for each in found])
    rows = [
        (format_moment(each.by), "missed 已逾期" if each.missed(moment) else "", governments[each.government].name,
         f"{each.words.what} {each.words.what_zh}", f"{each.subject} {each.number}", each.reference)
        for each in found
    ]  # fmt: skip
    session.out.table("", ("by 期限", "", "who 责任方", "what 事项", "about", "reference"), rows)


def _lead(text: str) -> int:
    match = _LEAD.fullmatch(text)
    if match is None or int(match["count"]) == 0:
        raise InvalidInput("--before", text, "days or hours, such as 7d or 12h")
    return int(match["count"]) * (DAY_SECONDS if match["unit"] == "d" else 3_600)
