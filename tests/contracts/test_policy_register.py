"""Policies: a version applies from a moment on, never backwards."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.events import PolicyPublished, ProposalExecuted
from ledger.domain.refusals.base import Refused
from ledger.domain.refusals.policies import (
    PolicyBackdated,
    PolicyDigestEmpty,
    PolicyOnlyAdministration,
    PolicyTooFarAhead,
)
from tests.contracts.harness.ledger import ADMINISTRATORS, DAY, DELAY_SECONDS, DIGEST, SPEAKERS, STRANGER, Ledger

LEAD_SECONDS_MAX = 3650 * DAY


def publish(ledger: Ledger, seconds: int, kind: str = "score", digest: bytes = DIGEST) -> tuple[Any, ...]:
    """A version that applies this many seconds after the moment of its execution."""
    moment = ledger.evm.now + DELAY_SECONDS + seconds
    return ledger.decide("publishPolicy", kind, digest, "policy:1", moment).facts


def publish_refused(ledger: Ledger, expected: Refused, *values: Any) -> None:
    proposal, data = ledger.propose("publishPolicy", *values)
    ledger.evm.now += DELAY_SECONDS
    ledger.unchanged(lambda: ledger.transact("executeProposal", proposal, data, by=STRANGER), expected)


def test_versions_of_a_kind_count_from_one(ledger: Ledger) -> None:
    assert ledger.call("newestPolicy", "score") == (0, bytes(32), 0)
    facts = publish(ledger, 5)
    at = ledger.evm.now + 5
    assert facts[1:] == (PolicyPublished("score", 1, DIGEST, "policy:1", at),)
    assert ledger.call("newestPolicy", "score") == (1, DIGEST, at)
    publish(ledger, 0)
    assert ledger.call("newestPolicy", "score")[0] == 2
    publish(ledger, 0, kind="severity")
    assert ledger.call("newestPolicy", "severity")[0] == 1


def test_no_moment_means_from_execution_on(ledger: Ledger) -> None:
    done = ledger.decide("publishPolicy", "score", DIGEST, "policy:1", 0)
    assert isinstance(done.facts[0], ProposalExecuted)
    assert done.facts[1] == PolicyPublished("score", 1, DIGEST, "policy:1", ledger.evm.now)


def test_no_moment_means_not_before_the_version_it_follows(ledger: Ledger) -> None:
    publish(ledger, 30 * DAY)
    at = ledger.call("newestPolicy", "score")[2]
    assert ledger.decide("publishPolicy", "score", DIGEST, "policy:2", 0).facts[1] == PolicyPublished(
        "score", 2, DIGEST, "policy:2", at
    )


def test_a_policy_does_not_apply_backwards(ledger: Ledger) -> None:
    now = ledger.evm.now + DELAY_SECONDS
    publish_refused(ledger, PolicyBackdated("score", now - 1, now), "score", DIGEST, "policy:1", now - 1)
    assert len(publish(ledger, 0)) == 2


def test_a_version_does_not_apply_before_the_one_it_follows(ledger: Ledger) -> None:
    publish(ledger, 30 * DAY)
    at = ledger.call("newestPolicy", "score")[2]
    publish_refused(ledger, PolicyBackdated("score", at - 1, at), "score", DIGEST, "policy:2", at - 1)
    assert ledger.decide("publishPolicy", "score", DIGEST, "policy:2", at).facts[1].version == 2  # type: ignore[union-attr]


@pytest.mark.parametrize("moment", [LEAD_SECONDS_MAX + 1, 1_767_225_600_000, 2**64 - 1])
def test_a_version_far_ahead_would_bar_all_others_and_is_refused(ledger: Ledger, moment: int) -> None:
    latest = ledger.evm.now + DELAY_SECONDS + LEAD_SECONDS_MAX
    at = latest + 1 if moment == LEAD_SECONDS_MAX + 1 else moment
    publish_refused(ledger, PolicyTooFarAhead("score", at, latest), "score", DIGEST, "policy:1", at)
    assert len(publish(ledger, LEAD_SECONDS_MAX)) == 2


def test_a_policy_has_a_digest(ledger: Ledger) -> None:
    publish_refused(ledger, PolicyDigestEmpty("score"), "score", bytes(32), "policy:1", 0)


@pytest.mark.parametrize("caller", [*ADMINISTRATORS, *SPEAKERS.values(), STRANGER], ids=lambda each: each.address[:6])
def test_nobody_publishes_alone(ledger: Ledger, caller: Any) -> None:
    expected = PolicyOnlyAdministration(caller.address)
    ledger.unchanged(lambda: ledger.transact("publishPolicy", "score", DIGEST, "policy:1", 0, by=caller), expected)
