"""
Every time limit of breaches and disputes, one second before, at and after it; and a policy that is changed meanwhile.

A row says what is done, up to or from which second it is allowed, and what refuses it otherwise. `LAST` is the last
second at which it is allowed, `FIRST` the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from ledger.domain.enums import BreachState, DisputeState, Severity
from ledger.domain.refusals import Refused
from ledger.domain.refusals.breaches import (
    BreachTooEarly,
    BreachWindowClosed,
    OverdueNotYet,
    RepairTooEarly,
    RepairTooLate,
)
from ledger.domain.refusals.commitments import CommitmentAnswerLate
from ledger.domain.refusals.disputes import DisputeTooEarly, DisputeWindowClosed
from tests.contracts.harness.ledger import (
    BROKEN,
    DAY,
    DELTA,
    DIGEST,
    FULFILLED,
    HILLSIDE,
    LAKESIDE,
    STRANGER,
    WEIGHT,
    Ledger,
    P,
    procedure_policy,
    ruling,
    speaker,
)

LAST: Final = (-1, 0)
"""Allowed up to and including the limit."""

FIRST: Final = (0, 1)
"""Allowed from the limit on."""


@dataclass(frozen=True)
class Limit:
    """One time limit."""

    reach: Callable[[Ledger], int]
    """Bring a ledger to where the limit runs; gives the number of the commitment or of the dispute."""

    moment: Callable[[Ledger, int], int]
    """The last or the first second."""

    allowed: tuple[int, int]
    act: Callable[[Ledger, int], Any]
    refusal: Callable[[Ledger, int], Refused]
    """What refuses it, given the moment as the clock then stands."""


def _breach(field: str, later: int = 0) -> Callable[[Ledger, int], int]:
    return lambda ledger, id: int(ledger.call("breach", id)[field]) + later


def _dispute(field: str, later: int = 0) -> Callable[[Ledger, int], int]:
    return lambda ledger, id: int(ledger.call("dispute", id)[field]) + later


def _refused(ledger: Ledger) -> int:
    id = ledger.reported()
    ledger.send("refuseRectification", id, "no", by=speaker(LAKESIDE))
    return id


def _requested(ledger: Ledger) -> int:
    id = ledger.published()
    ledger.send("requestRepair", id, DIGEST, "", by=speaker(LAKESIDE))
    return id


def _partly(ledger: Ledger) -> int:
    id = ledger.evidenced()
    ledger.evm.now += DAY
    ledger.confirm(id, 9_999)
    return id


def _escalated(ledger: Ledger) -> int:
    _, dispute = ledger.disputed()
    ledger.evm.now = ledger.call("dispute", dispute)["ruleBy"] + 1
    ledger.send("escalateDispute", dispute, by=STRANGER)
    return dispute


def _verb(verb: str, *values: Any, by: Any) -> Callable[[Ledger, int], Any]:
    return lambda ledger, id: ledger.send(verb, id, *values, by=by)


_explain = _verb("explainOverdue", "a flood", DIGEST, by=speaker(LAKESIDE))
_refuse = _verb("refuseRectification", "no", by=speaker(LAKESIDE))
_by_body = _verb("determineBreach", by=speaker(DELTA))
_by_anyone = _verb("determineBreach", by=STRANGER)
_request = _verb("requestRepair", DIGEST, "", by=speaker(LAKESIDE))
_repair = _verb("repairBreach", by=speaker(DELTA))
_no_repair = _verb("refuseRepair", "nothing was done", by=speaker(DELTA))
_object = _verb("openDispute", DIGEST, "", by=speaker(LAKESIDE))
_lodge = _verb("lodgeDisputeEvidence", DIGEST, "", by=speaker(HILLSIDE))
_appeal = _verb("appealRuling", DIGEST, "", by=speaker(HILLSIDE))
_escalate = _verb("escalateDispute", by=STRANGER)
_conclude = _verb("concludeDispute", by=STRANGER)
_rule = _verb("giveRuling", ruling(), by=speaker(DELTA))


def _set(ledger: Ledger, id: int) -> Any:
    return ledger.send("setRectification", id, ledger.evm.now + DAY, by=speaker(DELTA))


def _rule_as_member(ledger: Ledger, id: int) -> Any:
    return ledger.send("giveRuling", id, ruling(), by=speaker(ledger.call("panel", id)[0]))


def _evidence(ledger: Ledger, id: int) -> Any:
    return ledger.send("submitEvidence", id, DIGEST, "", ledger.evm.now, by=speaker(LAKESIDE))


def _closed(moment: Callable[[Ledger, int], int]) -> Callable[[Ledger, int], Refused]:
    return lambda ledger, id: BreachWindowClosed(id, moment(ledger, id), ledger.evm.now)


def _early(moment: Callable[[Ledger, int], int]) -> Callable[[Ledger, int], Refused]:
    return lambda ledger, id: BreachTooEarly(id, moment(ledger, id), ledger.evm.now)


def _dispute_early(field: str) -> Callable[[Ledger, int], Refused]:
    return lambda ledger, id: DisputeTooEarly(id, _dispute(field, 1)(ledger, id), ledger.evm.now)


def _dispute_closed(field: str) -> Callable[[Ledger, int], Refused]:
    def refusal(ledger: Ledger, id: int) -> Refused:
        d = ledger.call("dispute", id)
        return DisputeWindowClosed(d["commitment"], d[field], ledger.evm.now)

    return refusal


def _grace(ledger: Ledger, id: int) -> int:
    return int(ledger.call("commitment", id)["dueAt"]) + P.grace_seconds + 1


def _not_yet(ledger: Ledger, id: int) -> Refused:
    due = ledger.call("commitment", id)["dueAt"]
    return OverdueNotYet(id, due, due + P.grace_seconds, ledger.evm.now)


def _confirmed_until(ledger: Ledger, id: int) -> int:
    return int(ledger.call("progress", id)["settledAt"]) + P.objection_seconds


def _late(moment: Callable[[Ledger, int], int]) -> Callable[[Ledger, int], Refused]:
    return lambda ledger, id: CommitmentAnswerLate(id, moment(ledger, id), ledger.evm.now)


def _objected_late(moment: Callable[[Ledger, int], int]) -> Callable[[Ledger, int], Refused]:
    return lambda ledger, id: DisputeWindowClosed(id, moment(ledger, id), ledger.evm.now)


def _too_late(ledger: Ledger, id: int) -> Refused:
    return RepairTooLate(id, ledger.call("breach", id)["publishedUntil"], ledger.evm.now)


def _too_early(ledger: Ledger, id: int) -> Refused:
    return RepairTooEarly(id, ledger.call("breach", id)["repairableFrom"], ledger.evm.now)


_explain_by, _rectify_by = _breach("explainBy"), _breach("rectifyBy")
_explained, _rectified = _breach("explainBy", 1), _breach("rectifyBy", 1)
_lapse = P.determination_seconds + 1
_lapsed, _rectifying_lapsed = _breach("explainBy", _lapse), _breach("rectifyBy", _lapse)
_refused_lapsed = _breach("refusedAt", _lapse)
_published_until = _breach("publishedUntil", -1)
"""Publication ends at a first second, so what is done before has its last second one before."""


def _disputed(ledger: Ledger) -> int:
    return ledger.disputed()[1]


def _ruled(ledger: Ledger) -> int:
    return ledger.ruled()[1]


def _appealed(ledger: Ledger) -> int:
    return ledger.appealed()[1]


LIMITS: Final[dict[str, Limit]] = {
    "report": Limit(lambda ledger: ledger.active(), _grace, FIRST, _verb("reportOverdue", "", by=STRANGER), _not_yet),
    "explain": Limit(Ledger.reported, _explain_by, LAST, _explain, _closed(_explain_by)),
    "refuse": Limit(Ledger.reported, _explain_by, LAST, _refuse, _closed(_explain_by)),
    "refuse what was explained": Limit(Ledger.rectifying, _rectify_by, LAST, _refuse, _closed(_rectify_by)),
    "set": Limit(Ledger.reported, _explain_by, LAST, _set, _closed(_explain_by)),
    "set after an explanation": Limit(Ledger.rectifying, _rectify_by, LAST, _set, _closed(_rectify_by)),
    "evidence after a report": Limit(Ledger.reported, _explain_by, LAST, _evidence, _late(_explain_by)),
    "evidence while rectifying": Limit(Ledger.rectifying, _rectify_by, LAST, _evidence, _late(_rectify_by)),
    "evidence after refusing": Limit(_refused, _breach("refusedAt"), LAST, _evidence, _late(_breach("refusedAt"))),
    "determine": Limit(Ledger.reported, _explained, FIRST, _by_body, _early(_explained)),
    "determine after rectifying": Limit(Ledger.rectifying, _rectified, FIRST, _by_body, _early(_rectified)),
    "determine as anyone": Limit(Ledger.reported, _lapsed, FIRST, _by_anyone, _early(_lapsed)),
    "determine after rectifying as anyone": Limit(
        Ledger.rectifying, _rectifying_lapsed, FIRST, _by_anyone, _early(_rectifying_lapsed)
    ),
    "determine after refusing as anyone": Limit(_refused, _refused_lapsed, FIRST, _by_anyone, _early(_refused_lapsed)),
    "object": Limit(Ledger.determined, _breach("objectBy"), LAST, _object, _objected_late(_breach("objectBy"))),
    "object to a grade": Limit(_partly, _confirmed_until, LAST, _object, _objected_late(_confirmed_until)),
    "ask for repair": Limit(Ledger.published, _published_until, LAST, _request, _too_late),
    "repair from": Limit(_requested, _breach("repairableFrom"), FIRST, _repair, _too_early),
    "repair until": Limit(_requested, _published_until, LAST, _repair, _too_late),
    "refuse repair": Limit(_requested, _published_until, LAST, _no_repair, _too_late),
    "lodge": Limit(_disputed, _dispute("evidenceUntil"), LAST, _lodge, _dispute_closed("evidenceUntil")),
    "lodge on appeal": Limit(_appealed, _dispute("evidenceUntil"), LAST, _lodge, _dispute_closed("evidenceUntil")),
    "rule": Limit(_disputed, _dispute("evidenceUntil", 1), FIRST, _rule, _dispute_early("evidenceUntil")),
    "rule on appeal": Limit(
        _appealed, _dispute("evidenceUntil", 1), FIRST, _rule_as_member, _dispute_early("evidenceUntil")
    ),
    "appeal": Limit(_ruled, _dispute("appealBy"), LAST, _appeal, _dispute_closed("appealBy")),
    "conclude": Limit(_ruled, _dispute("appealBy", 1), FIRST, _conclude, _dispute_early("appealBy")),
    "escalate": Limit(_disputed, _dispute("ruleBy", 1), FIRST, _escalate, _dispute_early("ruleBy")),
    "escalate an appeal": Limit(_appealed, _dispute("ruleBy", 1), FIRST, _escalate, _dispute_early("ruleBy")),
    "escalate again": Limit(_escalated, _dispute("ruleBy", 1), FIRST, _escalate, _dispute_early("ruleBy")),
}


@pytest.mark.parametrize("offset", [-1, 0, 1], ids=["before", "at", "after"])
@pytest.mark.parametrize("name", LIMITS)
def test_limit(ledger: Ledger, name: str, offset: int) -> None:
    limit = LIMITS[name]
    id = limit.reach(ledger)
    ledger.evm.now = limit.moment(ledger, id) + offset
    if offset in limit.allowed:
        limit.act(ledger, id)
    else:
        ledger.unchanged(lambda: limit.act(ledger, id), limit.refusal(ledger, id))


def test_what_was_refused_is_determined_in_the_same_second(ledger: Ledger) -> None:
    id = _refused(ledger)
    ledger.send("determineBreach", id, by=speaker(DELTA))
    assert ledger.call("breach", id)["determinedAt"] == ledger.call("breach", id)["refusedAt"]


@pytest.mark.parametrize(
    ("field", "offset", "published"),
    [
        ("publishedFrom", -1, False),
        ("publishedFrom", 0, True),
        ("publishedFrom", 1, True),
        ("publishedUntil", -1, True),
        ("publishedUntil", 0, False),
        ("publishedUntil", 1, False),
    ],
)
def test_publication(ledger: Ledger, field: str, offset: int, published: bool) -> None:
    id = ledger.determined(100)
    ledger.evm.now = ledger.call("breach", id)[field] + offset
    assert ledger.call("isPublished", id) == published


# ----------------------------------------------------------------------------- a policy that is changed meanwhile


OTHER: Final = procedure_policy(
    confirmation_seconds=3 * DAY,
    short_confirmation_seconds=2 * DAY,
    grace_seconds=4 * DAY,
    explanation_seconds=5 * DAY,
    rectification_seconds_max=6 * DAY,
    determination_seconds=7 * DAY,
    objection_seconds=8 * DAY,
    evidence_seconds=9 * DAY,
    ruling_seconds=11 * DAY,
    appeal_seconds=12 * DAY,
    ruling_signers=2,
    panel_size=1,
    general={"weight": WEIGHT},
    serious={"weight": WEIGHT},
    minor_consequence={"published": True, "publication_seconds": 13 * DAY},
    serious_consequence={"repair_after_seconds": 14 * DAY, "publication_seconds": 1000 * DAY},
)
"""Nothing of it is as in the policy before."""


def change_policy(ledger: Ledger) -> None:
    """Have another policy apply from now on, two days later."""
    ledger.decide("publishProcedurePolicy", OTHER, 0)
    assert ledger.call("currentVersion") == 2


def test_a_case_goes_on_under_its_policy(ledger: Ledger) -> None:
    id = ledger.reported()
    change_policy(ledger)
    ledger.send("explainOverdue", id, "a flood", DIGEST, by=speaker(LAKESIDE))
    b = ledger.call("breach", id)
    assert b["rectifyBy"] == ledger.evm.now + P.rectification_seconds_max
    ledger.evm.now = b["rectifyBy"] + P.determination_seconds
    expected = BreachTooEarly(id, ledger.evm.now + 1, ledger.evm.now)
    ledger.refuses(expected, "determineBreach", id, by=STRANGER)
    ledger.send("determineBreach", id, by=speaker(DELTA))
    b = ledger.call("breach", id)
    # 116 days late is general under the policy before, serious under the other.
    assert (b["procedureVersion"], b["severity"]) == (1, Severity.GENERAL)
    assert b["objectBy"] == ledger.evm.now + P.objection_seconds
    assert b["repairableFrom"] == b["publishedFrom"] + P.general_consequence.repair_after_seconds
    assert b["publishedUntil"] == b["publishedFrom"] + P.general_consequence.publication_seconds


def test_whether_it_is_published_stays_as_it_was(ledger: Ledger) -> None:
    id = ledger.determined()
    change_policy(ledger)
    ledger.evm.now = ledger.call("breach", id)["publishedFrom"]
    assert ledger.call("breach", id)["severity"] == Severity.MINOR
    assert not ledger.call("isPublished", id)


def test_a_case_that_is_reported_later_is_under_the_new_policy(ledger: Ledger) -> None:
    id = ledger.active()
    change_policy(ledger)
    ledger.evm.now = ledger.call("commitment", id)["dueAt"] + OTHER.grace_seconds + 1
    ledger.send("reportOverdue", id, "", by=STRANGER)
    b = ledger.call("breach", id)
    assert (b["procedureVersion"], b["explainBy"]) == (2, ledger.evm.now + OTHER.explanation_seconds)
    ledger.evm.now = b["explainBy"] + 1
    ledger.send("determineBreach", id, by=speaker(DELTA))
    assert ledger.call("breach", id)["severity"] == Severity.SERIOUS


def test_a_dispute_goes_on_under_its_policy(ledger: Ledger) -> None:
    _, dispute = ledger.disputed()
    change_policy(ledger)
    ledger.rule(dispute)
    d = ledger.call("dispute", dispute)
    assert (d["state"], d["procedureVersion"]) == (DisputeState.RULED, 1)
    assert d["appealBy"] == ledger.evm.now + P.appeal_seconds
    ledger.evm.now = d["appealBy"]
    ledger.send("appealRuling", dispute, DIGEST, "", by=speaker(HILLSIDE))
    d = ledger.call("dispute", dispute)
    assert d["evidenceUntil"] == ledger.evm.now + P.evidence_seconds
    assert d["ruleBy"] == d["evidenceUntil"] + P.ruling_seconds
    assert len(ledger.call("panel", dispute)) == P.panel_size


def test_a_dispute_that_is_opened_later_is_under_the_new_policy(ledger: Ledger) -> None:
    id = ledger.contested()
    change_policy(ledger)
    dispute = ledger.open_dispute(id)
    d = ledger.call("dispute", dispute)
    assert (d["procedureVersion"], d["evidenceUntil"]) == (2, ledger.evm.now + OTHER.evidence_seconds)
    ledger.rule(dispute)
    # One signer is not enough any more.
    assert ledger.call("dispute", dispute)["state"] == DisputeState.OPEN


def test_a_grade_is_objected_to_under_the_policy_of_its_evidence(ledger: Ledger) -> None:
    id = ledger.evidenced()
    change_policy(ledger)
    ledger.confirm(id, 5_000)
    ledger.evm.now += P.objection_seconds
    ledger.open_dispute(id)


def test_an_upheld_breach_stays_under_the_policy_of_its_case(ledger: Ledger) -> None:
    id = ledger.determined()
    ledger.decide("publishProcedurePolicy", replace(OTHER, ruling_signers=1), 0)
    dispute = ledger.open_dispute(id)
    assert ledger.call("dispute", dispute)["procedureVersion"] == 2
    ledger.rule(dispute, BROKEN)
    ledger.conclude_dispute(dispute)
    b = ledger.call("breach", id)
    assert (b["state"], b["procedureVersion"]) == (BreachState.DETERMINED, 1)
    assert b["publishedUntil"] == ledger.evm.now + P.minor_consequence.publication_seconds


def test_what_a_ruling_finds_broken_is_under_the_policy_of_the_dispute(ledger: Ledger) -> None:
    id, dispute = ledger.disputed()
    change_policy(ledger)
    ledger.rule(dispute, BROKEN)
    ledger.conclude_dispute(dispute)
    b = ledger.call("breach", id)
    assert (b["procedureVersion"], b["severity"]) == (1, Severity.MINOR)


def test_a_ruling_that_it_was_kept_needs_no_policy(ledger: Ledger) -> None:
    id = ledger.reported()
    dispute = ledger.open_dispute(id)
    change_policy(ledger)
    ledger.rule(dispute, FULFILLED)
    ledger.conclude_dispute(dispute)
    assert ledger.call("breach", id)["state"] == BreachState.OVERTURNED
