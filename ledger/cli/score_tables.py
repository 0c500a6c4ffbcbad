"""Reports about scores as tables for people."""

from __future__ import annotations

from typing import Any

from ledger.cli.output import part
from ledger.cli.session import Session


def _both(each: dict[str, Any]) -> str:
    return str(each["why"]) + "\n" + str(each["why_zh"])


def _days(days: int | None) -> str | None:
    return None if days is None else f"{days} days"


def show_history(session: Session, document: dict[str, Any]) -> None:
    """Scores over time, one table per government."""
    session.out.line(f"Scores 信用分 by the end of each {document['every']}, {document['time']} time")
    columns = ("as of 时点", "score 信用分", "interval 区间", "settled 已结", "standing 状态")
    for each in document["history"]:
        rows = [
            (
                point["as_of"],
                part(point["score"]),
                f"{part(point['low'])}–{part(point['high'])}",
                point["settled"],
                point["standing"],
            )
            for point in each["points"]
        ]
        session.out.line(f"{each['name']} ({each['government']})")
        session.out.table("", columns, rows)


def show_changes(session: Session, document: dict[str, Any], most: int) -> None:
    """What changed scores, one table per government whose score changed."""
    session.out.line(f"From {document['since']} to {document['as_of']} ({document['time']} time):")
    for each in document["changes"]:
        causes = each["causes"]
        rows = [(cause["commitment"], part(cause["points"], signed=True), _both(cause)) for cause in causes[:most]]
        if len(causes) > most:
            rest = sum(cause["points"] for cause in causes[most:])
            rows.append((None, part(rest, signed=True), f"{len(causes) - most} more; all of them with --json"))
        before, after = part(each["before"]), part(each["after"])
        title = f"{each['name']} ({each['government']}): {before} → {after}, {part(each['points'], signed=True)}"
        session.out.line(title if rows else f"{title}, unchanged 无变化")
        if rows:
            session.out.table("", ("commitment 承诺", "points", "cause 原因"), rows, right="points")


def show_sides(session: Session, document: dict[str, Any]) -> None:
    """Scores from their sides, one table per government."""
    session.out.line(f"Scores 信用分 by {document['by']} as of {document['as_of']} ({document['time']} time)")
    columns = ("side 维度", "", "points", "settled", "overdue", "kept")
    for each in document["scores"]:
        rows = [
            (
                side["name"],
                side["name_zh"] if side["name_zh"] != side["name"] else None,
                part(side["points"], signed=True),
                side["settled"],
                side["provisional"],
                part(side["keep_rate"]),
            )
            for side in each["sides"]
        ]
        title = f"{each['name']} ({each['government']}): {part(each['score'])}, base 基准 {part(each['base'])}"
        session.out.line(title)
        session.out.table("", columns, rows, right="points settled overdue kept")
        when = each["timeliness"]
        session.out.line(
            f"Timeliness 及时性: {when['on_time']} on time, {when['late']} late, {when['unkept']} not kept whole, "
            f"{when['overdue']} overdue; weighted by kind of indicator {part(each['substance_rate'])}"
        )
        for role, words in (("paid", "Paid 支付"), ("received", "Received 收款")):
            for record in each["payments"][role]:
                session.out.line(
                    f"{words} {record['currency']}: {record['confirmed']} of {record['transfers']} transfers "
                    f"confirmed, {record['confirmed_minor']} of {record['amount_minor']} in minor units, "
                    f"{_days(record['days_to_confirm_mean']) or 'never'} to confirm on average"
                )


def show_prospects(session: Session, document: dict[str, Any], most: int) -> None:
    """What open commitments would do to a score."""
    found = document["what_would_change"]
    rows = [
        (
            each["commitment"],
            each["reference_number"],
            each["due_at"],
            part(each["points_if_kept"], signed=True),
            part(each["points_if_broken"], signed=True),
        )
        for each in found[:most]
    ]
    session.out.line("What would change it 何以改变 (each open commitment, kept or broken now):")
    columns = ("commitment 承诺", "reference 编号", "due 期限", "kept", "broken")
    session.out.table("", columns, rows, right="kept broken")
    if len(found) > most:
        session.out.line(f"{len(found) - most} more; all of them with --json")


def show_trust(session: Session, document: dict[str, Any]) -> None:
    """The trust between two governments."""
    first, second = document["first"], document["second"]
    rows = [
        (first["name"], second["name"], part(document["first_to_second"]), document["settled_first_to_second"]),
        (second["name"], first["name"], part(document["second_to_first"]), document["settled_second_to_first"]),
    ]
    title = f"Mutual trust 互信 {part(document['mutual'])} as of {document['as_of']} ({document['time']} time)"
    session.out.line(title)
    session.out.table("", ("who owes 债务方", "to whom 债权方", "trust", "settled"), rows, right="trust settled")
