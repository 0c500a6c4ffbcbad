"""The procedure policy: its file is read whole or refused, and what the contract would refuse is refused before."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.enums import Severity
from ledger.domain.policy import PolicyError
from ledger.domain.procedure import DAY_SECONDS, ProcedurePolicy
from ledger.policies import default_procedure_policy, load_procedure_policy

YEARS_10 = 3_650 * DAY_SECONDS


def changed(*path: str, to: Any) -> dict[str, Any]:
    """The shipped policy with one value changed."""
    mapping = default_procedure_policy().to_mapping()
    place = mapping
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = to
    return mapping


def test_the_shipped_policy_reads_as_it_is_written(tmp_path: Path) -> None:
    policy = default_procedure_policy()
    assert ProcedurePolicy.from_json(policy.canonical_json()) == policy
    assert (policy.confirmation_seconds, policy.short_confirmation_seconds) == (30 * DAY_SECONDS, 15 * DAY_SECONDS)
    assert policy.consequence(Severity.MINOR).published is False
    assert policy.consequence(Severity.GENERAL).publication_seconds == 365 * DAY_SECONDS
    assert policy.consequence(Severity.SERIOUS) == policy.serious_consequence
    file = tmp_path / "procedure.json"
    file.write_bytes(policy.canonical_json())
    assert load_procedure_policy(file) == policy
    with pytest.raises(PolicyError, match="file"):
        load_procedure_policy(tmp_path / "none.json")


# Each limit: the value there is allowed, and the one beyond is not.
AT_THE_LIMIT = [
    (("grace_seconds",), DAY_SECONDS, DAY_SECONDS - 1),
    (("rectification_seconds_max",), YEARS_10, YEARS_10 + 1),
    (("repetition_seconds",), DAY_SECONDS, 0),
    (("short_confirmation_seconds",), 30 * DAY_SECONDS, 30 * DAY_SECONDS + 1),
    (("ruling_signers",), 1, 0),
    (("ruling_signers",), 16, 17),
    (("panel_size",), 15, 16),
    (("audit_share_basis_points",), 10_000, 10_001),
    (("general", "weight"), 1, 0),
    (("general", "lateness_seconds"), DAY_SECONDS, DAY_SECONDS - 1),
    (("serious", "weight"), 1_500_000, 1_499_999),
    (("serious", "weight"), 10**12, 10**12 + 1),
    (("serious", "lateness_seconds"), 90 * DAY_SECONDS, 90 * DAY_SECONDS - 1),
    (("serious", "repetitions"), 2, 1),
    (("serious", "repetitions"), 100, 101),
    (("minor_consequence", "publication_seconds"), DAY_SECONDS, DAY_SECONDS - 1),
    (("general_consequence", "repair_after_seconds"), 365 * DAY_SECONDS - 1, 365 * DAY_SECONDS),
]


@pytest.mark.parametrize(("path", "allowed", "beyond"), AT_THE_LIMIT, ids=lambda value: str(value))
def test_limits(path: tuple[str, ...], allowed: int, beyond: int) -> None:
    assert ProcedurePolicy.from_mapping(changed(*path, to=allowed)).to_mapping() == changed(*path, to=allowed)
    with pytest.raises(PolicyError) as refused:
        ProcedurePolicy.from_mapping(changed(*path, to=beyond))
    assert ".".join(path) in refused.value.field
    assert refused.value.value == beyond


@pytest.mark.parametrize("value", [True, 1.5, "86400", None])
def test_only_whole_numbers_are_seconds(value: object) -> None:
    with pytest.raises(PolicyError, match="a whole number"):
        ProcedurePolicy.from_mapping(changed("grace_seconds", to=value))


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lambda mapping: mapping.pop("general"), "every parameter to be given"),
        (lambda mapping: mapping["general"].pop("weight"), "every parameter to be given"),
        (lambda mapping: mapping.update(grace_days=15), "one of confirmation_seconds"),
        (lambda mapping: mapping["serious"].update(colour=1), "one of weight"),
        (lambda mapping: mapping.update(general=3), "an object with named parameters"),
        (lambda mapping: mapping["minor_consequence"].update(published=1), "true or false"),
    ],
)
def test_exactly_the_known_parameters(spoil: Callable[[dict[str, Any]], object], rule: str) -> None:
    mapping = default_procedure_policy().to_mapping()
    spoil(mapping)
    with pytest.raises(PolicyError, match=rule):
        ProcedurePolicy.from_json(json.dumps(mapping))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"grace_seconds": 1, "grace_seconds": 2}', "[" * 5_000, " " * 10_001])
def test_what_is_no_policy_file(text: str) -> None:
    with pytest.raises(PolicyError):
        ProcedurePolicy.from_json(text)
