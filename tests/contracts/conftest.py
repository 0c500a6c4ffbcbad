"""One ledger is founded for all contract tests; each test begins from the same snapshot of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contracts.harness.evm import Evm
from tests.contracts.harness.ledger import Ledger, deploy_contracts, found


@pytest.fixture(scope="session")
def _founded() -> tuple[Ledger, Any]:
    made = found()
    return made, made.evm.snapshot()


@pytest.fixture
def ledger(_founded: tuple[Ledger, Any]) -> Iterator[Ledger]:
    """A ledger with governments, an agreement in force and a backfilled one."""
    made, snapshot = _founded
    addresses = dict(made.addresses)
    yield made
    made.evm.restore(snapshot)
    made.addresses = addresses


@pytest.fixture(scope="session")
def _deployed() -> tuple[Ledger, Any]:
    made = deploy_contracts(Evm())
    return made, made.evm.snapshot()


@pytest.fixture
def empty(_deployed: tuple[Ledger, Any]) -> Iterator[Ledger]:
    """Contracts in which nothing has happened."""
    made, snapshot = _deployed
    addresses = dict(made.addresses)
    yield made
    made.evm.restore(snapshot)
    made.addresses = addresses
