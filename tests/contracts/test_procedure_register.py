"""Procedure policies: what a version may say, from when it applies, and that none changes."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.events import ProcedurePolicyPublished
from ledger.domain.policy import PolicyError
from ledger.domain.refusals.base import Refused
from ledger.domain.refusals.procedure import (
    ProcedureBackdated,
    ProcedureOnlyAdministration,
    ProcedureTooFarAhead,
    ProcedureValueOutOfRange,
    ProcedureVersionUnknown,
    ProcedureWindowOutOfRange,
)
from tests.contracts.harness.evm import START, Evm
from tests.contracts.harness.interface import plain
from tests.contracts.harness.ledger import (
    ADMINISTRATORS,
    DAY,
    DELAY_SECONDS,
    SPEAKERS,
    STRANGER,
    Ledger,
    P,
    deploy_contracts,
    procedure_policy,
    refused,
)

TEN_YEARS = 3_650 * DAY


def publish_refused(ledger: Ledger, expected: Refused, *values: Any) -> None:
    proposal, data = ledger.propose("publishProcedurePolicy", *values)
    ledger.evm.now += DELAY_SECONDS
    ledger.unchanged(lambda: ledger.transact("executeProposal", proposal, data, by=STRANGER), expected)


def test_the_first_version_applies_from_deployment_on(empty: Ledger) -> None:
    assert empty.call("currentVersion") == 1
    assert flat(empty.call("policyOf", 1)) == plain(P)
    assert empty.call("confirmationRules") == (1, 10 * DAY, 5 * DAY, 0)
    assert empty.call("periods", 1) == (15 * DAY, 10 * DAY)


def flat(value: Any) -> Any:
    """A struct as the tuple of its values."""
    return tuple(flat(part) for part in value.values()) if isinstance(value, dict) else value


def test_a_version_applies_from_its_first_second_on(ledger: Ledger) -> None:
    at = ledger.evm.now + 30 * DAY
    second = procedure_policy(confirmation_seconds=20 * DAY, audit_share_basis_points=500, objection_seconds=DAY)
    done = ledger.decide("publishProcedurePolicy", second, at)
    assert done.facts[1:] == (ProcedurePolicyPublished(2, second, at),)
    for moment, version in ((at - 1, 1), (at, 2), (at + 1, 2)):
        ledger.evm.now = moment
        assert ledger.call("currentVersion") == version
        rules = (10 * DAY, 5 * DAY, 0) if version == 1 else (20 * DAY, 5 * DAY, 500)
        assert ledger.call("confirmationRules") == (version, *rules)
    assert flat(ledger.call("policyOf", 1)) == plain(P), "the first version is what it was"
    assert flat(ledger.call("policyOf", 2)) == plain(second)
    assert ledger.call("periods", 1) == (15 * DAY, 10 * DAY)
    assert ledger.call("periods", 2) == (15 * DAY, DAY)


def test_several_can_be_announced(ledger: Ledger) -> None:
    now = ledger.evm.now
    for number in (1, 2, 3):
        ledger.decide_at_once(
            "publishProcedurePolicy", procedure_policy(ruling_signers=number), now + number * 30 * DAY
        )
    seen = []
    for days in (0, 30, 60, 89, 90):
        ledger.evm.now = now + days * DAY
        seen.append(ledger.call("currentVersion"))
    assert seen == [1, 2, 3, 3, 4]


def test_no_moment_means_from_execution_on_and_not_before_the_version_it_follows(ledger: Ledger) -> None:
    done = ledger.decide("publishProcedurePolicy", P, 0)
    assert done.facts[1] == ProcedurePolicyPublished(2, P, ledger.evm.now)
    at = ledger.evm.now + 30 * DAY
    ledger.decide("publishProcedurePolicy", P, at)
    assert ledger.decide("publishProcedurePolicy", P, 0).facts[1] == ProcedurePolicyPublished(4, P, at)


def test_no_version_applies_backwards(ledger: Ledger) -> None:
    now = ledger.evm.now + DELAY_SECONDS
    publish_refused(ledger, ProcedureBackdated(now - 1, now), P, now - 1)
    at = ledger.evm.now + 30 * DAY
    ledger.decide("publishProcedurePolicy", P, at)
    publish_refused(ledger, ProcedureBackdated(at - 1, at), P, at - 1)
    ledger.decide("publishProcedurePolicy", P, at)


@pytest.mark.parametrize("moment", [1, START * 1_000, 2**64 - 1])
def test_none_is_announced_for_what_nobody_will_see(ledger: Ledger, moment: int) -> None:
    latest = ledger.evm.now + DELAY_SECONDS + TEN_YEARS
    at = latest + 1 if moment == 1 else moment
    publish_refused(ledger, ProcedureTooFarAhead(at, latest), P, at)
    ledger.decide_at_once("publishProcedurePolicy", P, latest)


@pytest.mark.parametrize("version", [0, 2, 65_535])
def test_a_version_that_is_not_there(ledger: Ledger, version: int) -> None:
    for verb in ("policyOf", "periods"):
        with refused(ProcedureVersionUnknown(version)):
            ledger.transact(verb, version, by=STRANGER)


WINDOWS = (
    "confirmationSeconds",
    "shortConfirmationSeconds",
    "graceSeconds",
    "explanationSeconds",
    "rectificationSecondsMax",
    "determinationSeconds",
    "objectionSeconds",
    "evidenceSeconds",
    "rulingSeconds",
    "appealSeconds",
    "repetitionSeconds",
    "general.latenessSeconds",
    "serious.latenessSeconds",
    "minorConsequence.publicationSeconds",
    "generalConsequence.publicationSeconds",
    "seriousConsequence.publicationSeconds",
)
WEIGHT_MAX = 10**12

VALUES: tuple[tuple[str, int, int], ...] = (
    ("shortConfirmationSeconds", DAY, P.confirmation_seconds),
    ("rulingSigners", 1, 16),
    ("panelSize", 1, 15),
    ("auditShareBasisPoints", 0, 10_000),
    ("general.weight", 1, WEIGHT_MAX),
    ("general.repetitions", 1, 100),
    ("serious.weight", P.general.weight, WEIGHT_MAX),
    ("serious.latenessSeconds", P.general.lateness_seconds, TEN_YEARS),
    ("serious.repetitions", P.general.repetitions, 100),
    ("minorConsequence.repairAfterSeconds", 0, P.minor_consequence.publication_seconds - 1),
    ("generalConsequence.repairAfterSeconds", 0, P.general_consequence.publication_seconds - 1),
    ("seriousConsequence.repairAfterSeconds", 0, P.serious_consequence.publication_seconds - 1),
)
"""The least and the most that each value may be while all others are those of `P`."""


def with_value(field: str, value: int) -> Any:
    """The policy of the tests with one value, named as the contract names it, changed."""
    names = ["".join(f"_{c.lower()}" if c.isupper() else c for c in part) for part in field.split(".")]
    if len(names) == 1:
        return procedure_policy(**{names[0]: value})
    changes = {names[0]: {names[1]: value}}
    if names[0] == "general":
        # What is serious is no less.
        changes["serious"] = {names[1]: max(value, getattr(P.serious, names[1]))}
    return procedure_policy(**changes)


def test_the_tables_name_every_value_of_a_policy() -> None:
    def names(value: Any, before: str = "") -> list[str]:
        if not isinstance(value, dict):
            return [before]
        return [each for name, part in value.items() for each in names(part, f"{before}.{name}" if before else name)]

    published = [f"{each}Consequence.published" for each in ("minor", "general", "serious")]
    policy = deploy_contracts(Evm()).call("policyOf", 1)
    assert set(names(policy)) == {*WINDOWS, *(field for field, _, _ in VALUES), *published}


@pytest.mark.parametrize("value", [DAY - 1, TEN_YEARS + 1, 0, 2**32 - 1])
@pytest.mark.parametrize("field", WINDOWS)
def test_a_window_is_a_day_or_more_and_no_longer_than_ten_years(ledger: Ledger, field: str, value: int) -> None:
    policy = with_value(field, value)
    publish_refused(ledger, ProcedureWindowOutOfRange(field, value, DAY, TEN_YEARS), policy, 0)
    with pytest.raises(PolicyError):
        policy.require()


@pytest.mark.parametrize(("field", "least", "most"), VALUES, ids=lambda value: str(value))
def test_every_other_value_has_its_range(ledger: Ledger, field: str, least: int, most: int) -> None:
    for value in (least - 1, most + 1):
        # What is negative cannot be said; and the range of all windows was tested above.
        if value < 0 or (field, value) in (
            ("shortConfirmationSeconds", DAY - 1),
            ("serious.latenessSeconds", TEN_YEARS + 1),
        ):
            continue
        policy = with_value(field, value)
        publish_refused(ledger, ProcedureValueOutOfRange(field, value, least, most), policy, 0)
        with pytest.raises(PolicyError):
            policy.require()
    for value in (least, most):
        ledger.decide("publishProcedurePolicy", with_value(field, value).require(), 0)


@pytest.mark.parametrize("part", ["weight", "lateness_seconds", "repetitions"])
def test_what_is_serious_is_no_less_than_general(ledger: Ledger, part: str) -> None:
    above = getattr(P.serious, part) + 1
    field = "serious." + "".join(w if i == 0 else w.capitalize() for i, w in enumerate(part.split("_")))
    most = {"weight": WEIGHT_MAX, "lateness_seconds": TEN_YEARS, "repetitions": 100}[part]
    policy = procedure_policy(general={part: above})
    publish_refused(ledger, ProcedureValueOutOfRange(field, above - 1, above, most), policy, 0)
    with pytest.raises(PolicyError):
        policy.require()


def test_a_ledger_does_not_begin_with_a_policy_that_is_out_of_range() -> None:
    with refused(ProcedureWindowOutOfRange("graceSeconds", 0, DAY, TEN_YEARS)):
        deploy_contracts(Evm(), procedure_policy(grace_seconds=0))


@pytest.mark.parametrize("caller", [*ADMINISTRATORS, *SPEAKERS.values(), STRANGER], ids=lambda each: each.address[:6])
def test_nobody_publishes_alone(ledger: Ledger, caller: Any) -> None:
    expected = ProcedureOnlyAdministration(caller.address)
    ledger.unchanged(lambda: ledger.transact("publishProcedurePolicy", P, 0, by=caller), expected)
