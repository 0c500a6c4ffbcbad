"""The tables of the state machines: complete, closed, and nothing in them that cannot come about."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import pytest

from ledger.domain.commands import COMMANDS
from ledger.domain.enums import AgreementState, BreachState, CommitmentState, DisputeState
from ledger.domain.lifecycle import AGREEMENT, BREACH, COMMITMENT, DISPUTE, allows, possible

MACHINES: dict[str, tuple[type[IntEnum], Any]] = {
    "agreement": (AgreementState, AGREEMENT),
    "commitment": (CommitmentState, COMMITMENT),
    "breach": (BreachState, BREACH),
    "dispute": (DisputeState, DISPUTE),
}

CONTRACTS = {
    "AgreementRegistry",
    "AssessmentRegister",
    "BreachRegister",
    "CommitmentRegistry",
    "DebtTransfers",
    "DisciplineRegister",
    "DisputeRegister",
}
"""The contracts that keep the state machines, or act on what stands in them."""

OF_NO_MACHINE = {"GrantIncentive", "LiftMeasure", "RevokeIncentive", "WithdrawDebtTransfer"}
"""Commands about incentives, measures and offers, which are only there or not."""

BY_RULING = {BreachState.DETERMINED, BreachState.OVERTURNED}
"""Where a breach is led by the ruling in a dispute rather than by a command of its own."""


def test_every_command_about_them_is_in_a_table() -> None:
    named = {command for _, table in MACHINES.values() for row in table.values() for command in row}
    assert named | OF_NO_MACHINE == {name for name, command in COMMANDS.items() if command.contract in CONTRACTS}
    assert not named & OF_NO_MACHINE


@pytest.mark.parametrize(("states", "table"), MACHINES.values(), ids=MACHINES)
def test_every_state_has_a_row_and_is_reached(states: type[IntEnum], table: Any) -> None:
    assert list(table) == list(states)
    reached, found = {states(0)}, {states(0)}
    while found:
        found = {after for before in found for cell in table[before].values() for after in cell} - reached
        reached |= found
    assert reached | (BY_RULING if states is BreachState else set()) == set(states)


@pytest.mark.parametrize(("states", "table"), MACHINES.values(), ids=MACHINES)
def test_nothing_comes_from_or_goes_back_to_before_the_beginning(states: type[IntEnum], table: Any) -> None:
    assert not any(states(0) in cell for row in table.values() for cell in row.values())
    assert all(cell for row in table.values() for cell in row.values())


@pytest.mark.parametrize(("states", "table"), MACHINES.values(), ids=MACHINES)
def test_only_what_a_cell_names_is_allowed(states: type[IntEnum], table: Any) -> None:
    commands = {command for row in table.values() for command in row}
    for before in states:
        allowed = {command for command in commands if any(allows(table, before, command, after) for after in states)}
        assert tuple(sorted(allowed)) == possible(table, before)
        for command in commands - set(table[before]):
            assert not any(allows(table, before, command, after) for after in states)


@pytest.mark.parametrize(
    ("table", "state"),
    [
        (AGREEMENT, AgreementState.ABANDONED),
        (COMMITMENT, CommitmentState.DECLINED),
        (BREACH, BreachState.REPAIRED),
        (BREACH, BreachState.OVERTURNED),
        (DISPUTE, DisputeState.FINAL),
        (DISPUTE, DisputeState.WITHDRAWN),
    ],
)
def test_what_is_over_knows_no_command(table: Any, state: IntEnum) -> None:
    assert possible(table, state) == ()
