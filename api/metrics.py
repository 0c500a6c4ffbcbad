"""
What is measured, in the form that Prometheus reads.

Each app has a registry of its own, so that two in one process (as in tests) do not share numbers. Requests are counted
by their route's pattern, never by their path: paths hold names and ids, and each would make a series of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import Scope

from ledger.relay.tally import Tally
from ledger.store.operational import OperationState

CONTENT_TYPE = CONTENT_TYPE_LATEST

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_PREFIX = "/v1"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def route_of(scope: Scope) -> str:
    """The pattern of a request's route, with the prefix under which its router was included."""
    pattern = str(getattr(scope.get("route"), "path", "unmatched"))
    included = scope["path"].startswith(f"{_PREFIX}/") and pattern.startswith("/")
    return _PREFIX + pattern if included and not pattern.startswith(f"{_PREFIX}/") else pattern


class Metrics:
    """The numbers of one app."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._relay: RelayNumbers | None = None
        self._requests = Counter(
            "intergov_http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "intergov_http_request_seconds",
            "Time to answer.",
            ("method", "route"),
            registry=self.registry,
            buckets=_SECONDS,
        )
        self.head_block = Gauge(
            "intergov_chain_head_block", "Number of the node's newest block.", registry=self.registry
        )
        self.projected_block = Gauge(
            "intergov_projection_block", "Number of the newest block in the projection.", registry=self.registry
        )
        self.lag_blocks = Gauge(
            "intergov_projection_lag_blocks", "Blocks that the projection is behind.", registry=self.registry
        )
        self.lag_seconds = Gauge(
            "intergov_projection_lag_seconds", "Seconds of the chain that are not projected.", registry=self.registry
        )
        self.reorganisations = Gauge(
            "intergov_projection_reorganisations",
            "Times that this process took blocks back since it started.",
            registry=self.registry,
        )
        self.backlog = Gauge("intergov_relay_backlog", "Operations accepted and not yet ended.", registry=self.registry)
        self.operations = Gauge(
            "intergov_outbox_operations",
            "Operations on their way; the quarantined are accepted ones that come back again and again.",
            ("state",),
            registry=self.registry,
        )
        self.oldest_seconds = Gauge(
            "intergov_outbox_oldest_seconds",
            "How long the oldest operation on its way has waited.",
            registry=self.registry,
        )
        self.ready = Gauge("intergov_ready", "1 where everything needed answers.", registry=self.registry)
        self._worker_failures = Counter(
            "intergov_worker_failures",
            "Times a background worker stopped and was started again.",
            ("worker",),
            registry=self.registry,
        )

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request."""
        route = route_of(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def watch_relay(self, tally: Tally) -> None:
        """Show what a relay of this process counts."""
        if self._relay is not None:
            self.registry.unregister(self._relay)
        self._relay = RelayNumbers(tally)
        self.registry.register(self._relay)

    def worker_failed(self, worker: str) -> None:
        """Count a worker's failure."""
        self._worker_failures.labels(worker).inc()

    def text(self) -> bytes:
        """Everything, in the exposition format."""
        return generate_latest(self.registry)


class RelayNumbers(Collector):
    """What the relay of this process has done since it was started, read when it is asked for."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        """Every count."""
        tally = self._tally
        for name, told, value in (
            ("accepted", "Operations accepted.", tally.accepted),
            ("sent", "Transactions handed to a node.", tally.sent),
            ("sent_again", "Transactions handed to a node that did not have them any more.", tally.sent_again),
            ("replaced", "Transactions that blocks passed by, replaced by others that pay more.", tally.replaced),
            ("put_back", "Times that an operation came back to be sent anew.", tally.put_back),
            ("reorganised", "Operations whose block was reorganised away after they had ended.", tally.reorganised),
            ("failed_rounds", "Rounds that a node or the database broke off.", tally.failed_rounds),
        ):
            yield CounterMetricFamily(f"intergov_relay_{name}", told, value)
        ended = CounterMetricFamily("intergov_relay_ended", "Operations that ended, by how.", labels=("state",))
        for state in OperationState:
            if state.ended:
                ended.add_metric((state.value,), tally.ended[state])
        yield ended
