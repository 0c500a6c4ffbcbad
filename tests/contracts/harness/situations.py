"""
Where a ledger can be when a command is given: several ways into every state of the four state machines.

Each maps a state to the ways into it; a way returns the number of the thing that is then in the state. One state has
several because what a command leads to can depend on more than the state, for example on who has signed already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ledger.domain.enums import (
    AccessionRule,
    AgreementState,
    BreachState,
    CommitmentState,
    DisputeState,
    EndReason,
    Role,
)
from ledger.domain.terms import Ending
from tests.contracts.harness.ledger import (
    DAY,
    DELTA,
    DIGEST,
    FARFIELD,
    FULFILLED,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    NEXT_BODY,
    PAST,
    RIVERPORT,
    STRANGER,
    Ledger,
    P,
    agreement_terms,
    new_government,
    procedure_policy,
    speaker,
)

Way = Callable[[Ledger], int]

UNKNOWN: Final = 999
TWO: Final = (LAKESIDE, HILLSIDE)
WITH_THE_HEIR: Final = (LAKESIDE, HILLSIDE, NEWLAKE)
"""Newlake takes Lakeside's place where a command of succession is given, and is a party itself here."""


def also(way: Way, *then: Callable[[Ledger, int], Any]) -> Way:
    """A way that goes on from where another ends."""

    def go(ledger: Ledger) -> int:
        id = way(ledger)
        for step in then:
            step(ledger, id)
        return id

    return go


# -------------------------------------------------------------------------------------------------------- agreements


def _proposed(parties: tuple[int, ...], *signed: int) -> Way:
    def go(ledger: Ledger) -> int:
        made = ledger.send("proposeAgreement", agreement_terms(parties=parties), by=speaker(LAKESIDE))
        ledger.sign_agreement(made.returned, *signed)
        id: int = made.returned
        return id

    return go


def _concluded(**changes: Any) -> Way:
    return lambda ledger: ledger.conclude(**{"parties": TWO, **changes})


def _assessed(ledger: Ledger) -> int:
    at = ledger.evm.now + DAY
    id = ledger.conclude(parties=TWO, first_assessment_at=at)
    ledger.evm.now = at
    return id


def _assessed_before_the_end(ledger: Ledger) -> int:
    id = _assessed(ledger)
    ledger.evm.now += 1
    _ended(ledger, id)
    return id


def _of_the_past(ledger: Ledger) -> int:
    terms = agreement_terms(parties=TWO, effective_from=PAST)
    made: int = ledger.send("recordAgreement", terms, by=speaker(DELTA)).returned
    return made


def _amended(ledger: Ledger, id: int) -> None:
    terms = agreement_terms(parties=TWO, title="The same, for fewer places")
    ledger.send("proposeVersion", id, terms, "fewer places", by=speaker(HILLSIDE))


def _signed_by_hillside(ledger: Ledger, id: int) -> None:
    ledger.sign_agreement(id, HILLSIDE)


def _requested_accession(ledger: Ledger, id: int) -> None:
    ledger.send("accedeToAgreement", id, ledger.call("agreement", id)["termsDigest"], by=speaker(FARFIELD))


def _consented(*parties: int) -> Callable[[Ledger, int], None]:
    def step(ledger: Ledger, id: int) -> None:
        for party in parties:
            ledger.send("consentToEnd", id, "the task is done", by=speaker(party))

    return step


def _suspended(ledger: Ledger, id: int) -> None:
    ledger.send("suspendAgreement", id, "the funds are looked into", by=speaker(DELTA))


def _ended(ledger: Ledger, id: int) -> None:
    ledger.send("endAgreement", Ending(id, EndReason.BY_LAW, 0, 0, "Regulation 12, article 3"), by=speaker(DELTA))


def _declined_version(ledger: Ledger, id: int) -> None:
    ledger.send("declineVersion", id, 1, "too dear", by=speaker(HILLSIDE))


IN_FORCE: Final[tuple[Way, ...]] = (
    _concluded(),
    _assessed,
    _of_the_past,
    _concluded(accession=AccessionRule.OPEN),
    also(_concluded(accession=AccessionRule.ON_APPROVAL), _requested_accession),
    also(_concluded(), _amended),
    also(_concluded(), _amended, _signed_by_hillside),
    also(_concluded(), _consented(HILLSIDE)),
    also(_concluded(parties=WITH_THE_HEIR), _consented(HILLSIDE, NEWLAKE)),
)

AGREEMENTS: Final[Mapping[AgreementState, tuple[Way, ...]]] = {
    AgreementState.NONE: (lambda ledger: UNKNOWN,),
    AgreementState.PROPOSED: (
        _proposed(TWO),
        _proposed(TWO, LAKESIDE),
        _proposed(TWO, HILLSIDE),
        _proposed(WITH_THE_HEIR, HILLSIDE, NEWLAKE),
    ),
    AgreementState.CONCLUDED: IN_FORCE,
    AgreementState.SUSPENDED: tuple(also(way, _suspended) for way in IN_FORCE),
    AgreementState.ENDED: (_assessed_before_the_end, *(also(way, _ended) for way in IN_FORCE)),
    AgreementState.ABANDONED: (also(_proposed(TWO, LAKESIDE), _declined_version),),
}

# ------------------------------------------------------------------------------------------------------- commitments


def _drawn_for_audit(ledger: Ledger) -> int:
    ledger.decide("publishProcedurePolicy", procedure_policy(audit_share_basis_points=10_000), 0)
    return ledger.evidenced()


def _confirmed(outcome: int) -> Way:
    return also(lambda ledger: ledger.evidenced(), lambda ledger, id: ledger.confirm(id, outcome))


def _silent(ledger: Ledger) -> int:
    id = ledger.evidenced()
    ledger.evm.now += P.confirmation_seconds + 1
    ledger.send("acceptBySilence", id, by=STRANGER)
    return id


def _released(ledger: Ledger, id: int) -> None:
    ledger.send("releaseCommitment", id, "no longer needed", by=speaker(HILLSIDE))


def _declined(ledger: Ledger, id: int) -> None:
    ledger.send("declineCommitment", id, "not what was agreed", by=speaker(HILLSIDE))


def _offered(ledger: Ledger, id: int) -> None:
    ledger.send("offerDebtTransfer", id, RIVERPORT, by=speaker(LAKESIDE))


def _history_to_come(ledger: Ledger) -> int:
    due = ledger.evm.now + 30 * DAY
    return ledger.backfilled(creditor=HILLSIDE, resolved_at=0, outcome_basis_points=0, due_at=due)


def _reported_and_contested(ledger: Ledger) -> int:
    id = ledger.reported()
    ledger.evidence(id)
    ledger.send("contestEvidence", id, "the windows were closed", by=speaker(HILLSIDE))
    return id


def _objected(ledger: Ledger, id: int) -> None:
    ledger.open_dispute(id)


def _panel_member_ruled(ledger: Ledger, dispute: int) -> None:
    ledger.rule(dispute, by=ledger.call("panel", dispute)[:1])


def _final(ledger: Ledger, dispute: int) -> None:
    ledger.conclude_dispute(dispute)


def _about(way: Way) -> Way:
    """The commitment that a dispute is about."""

    def go(ledger: Ledger) -> int:
        commitment: int = ledger.call("dispute", way(ledger))["commitment"]
        return commitment

    return go


def _before_a_panel(ledger: Ledger) -> int:
    return ledger.appealed()[1]


def _escalated(ledger: Ledger) -> int:
    _, dispute = ledger.disputed()
    ledger.evm.now = ledger.call("dispute", dispute)["ruleBy"] + 1
    ledger.send("escalateDispute", dispute, by=STRANGER)
    return dispute


def _before_two_signers(ledger: Ledger) -> int:
    """A body of which two must rule alike."""
    ledger.decide("publishProcedurePolicy", procedure_policy(ruling_signers=2), 0)
    return ledger.disputed()[1]


def _heard_by_a_panel_first(ledger: Ledger) -> int:
    """The only body is concerned, because a party stands above it."""
    office = new_government(NEXT_BODY, superior=LAKESIDE, roles=Role.COORDINATING_BODY.bit)
    ledger.decide("registerGovernments", [office])
    ledger.decide("setJurisdiction", NEXT_BODY, 0, True)
    return ledger.disputed(agreement=ledger.conclude(parties=TWO, coordinating_body=NEXT_BODY))[1]


RULED_ON: Final[Way] = also(lambda ledger: ledger.ruled()[1], _final)

COMMITMENTS: Final[Mapping[CommitmentState, tuple[Way, ...]]] = {
    CommitmentState.NONE: (lambda ledger: UNKNOWN,),
    CommitmentState.PROPOSED: (lambda ledger: ledger.register(),),
    CommitmentState.ACTIVE: (
        lambda ledger: ledger.active(),
        lambda ledger: ledger.overdue(),
        lambda ledger: ledger.reported(),
        lambda ledger: ledger.rectifying(),
        also(lambda ledger: ledger.active(), _offered),
        _history_to_come,
    ),
    CommitmentState.EVIDENCED: (
        lambda ledger: ledger.evidenced(),
        _drawn_for_audit,
        also(lambda ledger: ledger.reported(), lambda ledger, id: ledger.evidence(id)),
    ),
    CommitmentState.CONTESTED: (lambda ledger: ledger.contested(), _reported_and_contested),
    CommitmentState.DISPUTED: (
        lambda ledger: ledger.disputed()[0],
        also(lambda ledger: ledger.reported(), _objected),
        also(_reported_and_contested, _objected),
        also(_confirmed(5_000), _objected),
        also(lambda ledger: ledger.determined(), _objected),
        lambda ledger: ledger.ruled()[0],
        _about(_before_a_panel),
        _about(also(_before_a_panel, _panel_member_ruled)),
        _about(_escalated),
    ),
    CommitmentState.SETTLED: (
        _confirmed(10_000),
        _confirmed(5_000),
        _silent,
        also(lambda ledger: ledger.active(), _released),
        lambda ledger: ledger.determined(),
        lambda ledger: ledger.backfilled(creditor=HILLSIDE),
        _about(RULED_ON),
    ),
    CommitmentState.DECLINED: (also(lambda ledger: ledger.register(), _declined),),
}

# ---------------------------------------------------------------------------------------------- breaches and disputes


def _refused(ledger: Ledger, id: int) -> None:
    ledger.send("refuseRectification", id, "it was never promised", by=speaker(LAKESIDE))


def _repair_requested(ledger: Ledger, id: int) -> None:
    ledger.send("requestRepair", id, DIGEST, "archive:repair", by=speaker(LAKESIDE))


def _repaired(ledger: Ledger, id: int) -> None:
    ledger.evm.now = ledger.call("breach", id)["repairableFrom"]
    ledger.send("repairBreach", id, by=speaker(DELTA))


def _found_kept(ledger: Ledger, id: int) -> None:
    dispute = ledger.open_dispute(id)
    ledger.rule(dispute, FULFILLED)
    ledger.conclude_dispute(dispute)


BREACHES: Final[Mapping[BreachState, tuple[Way, ...]]] = {
    BreachState.NONE: (
        lambda ledger: ledger.overdue(),
        lambda ledger: ledger.evidenced(),
        _confirmed(5_000),
        lambda ledger: ledger.disputed()[0],
    ),
    BreachState.REPORTED: (
        lambda ledger: ledger.reported(),
        _reported_and_contested,
        also(lambda ledger: ledger.reported(), _refused),
        also(lambda ledger: ledger.reported(), _objected),
        also(lambda ledger: ledger.reported(), lambda ledger, id: ledger.evidence(id)),
        also(lambda ledger: ledger.reported(), _released),
    ),
    BreachState.RECTIFYING: (
        lambda ledger: ledger.rectifying(),
        also(lambda ledger: ledger.rectifying(), _refused),
        also(lambda ledger: ledger.rectifying(), _objected),
    ),
    BreachState.DETERMINED: (
        lambda ledger: ledger.determined(),
        lambda ledger: ledger.published(),
        also(lambda ledger: ledger.published(), _repair_requested),
        also(lambda ledger: ledger.determined(), _objected),
    ),
    BreachState.REPAIRED: (also(lambda ledger: ledger.published(), _repair_requested, _repaired),),
    BreachState.OVERTURNED: (
        also(lambda ledger: ledger.determined(), _found_kept),
        also(lambda ledger: ledger.reported(), _found_kept),
    ),
}

DISPUTES: Final[Mapping[DisputeState, tuple[Way, ...]]] = {
    DisputeState.NONE: (also(lambda ledger: UNKNOWN, lambda ledger, _: ledger.contested()),),
    DisputeState.OPEN: (
        lambda ledger: ledger.disputed()[1],
        lambda ledger: ledger.open_dispute(ledger.reported()),
        _before_two_signers,
        also(_heard_by_a_panel_first, _panel_member_ruled),
    ),
    DisputeState.RULED: (lambda ledger: ledger.ruled()[1],),
    DisputeState.APPEALED: (_before_a_panel, also(_before_a_panel, _panel_member_ruled), _escalated),
    DisputeState.FINAL: (RULED_ON,),
    DisputeState.WITHDRAWN: (
        also(
            lambda ledger: ledger.disputed()[1],
            lambda ledger, id: ledger.send("withdrawDispute", id, by=speaker(LAKESIDE)),
        ),
    ),
}
