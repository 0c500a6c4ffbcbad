"""Fixtures of the tests on a network: one for a whole module, whole again before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.network_world import RunningNetwork, network_ledger, running_network
from tests.relay_world import World


@pytest.fixture(scope="module")
def module_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNetwork]:
    with running_network(tmp_path_factory.mktemp("network")) as running:
        yield running


@pytest.fixture
def network(module_network: RunningNetwork) -> RunningNetwork:
    module_network.whole()
    return module_network


@pytest.fixture(scope="module")
def world(module_network: RunningNetwork, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with network_ledger(module_network, tmp_path_factory.mktemp("ledger")) as world:
        yield world
