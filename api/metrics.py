"""
What is measured, in the form that Prometheus reads.

Each app has a registry of its own, so that two in one process (as in tests) do not share numbers. Requests are counted
by their route's pattern, never by their path: paths hold names and ids, and each would make a series of its own.
"""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import Scope

CONTENT_TYPE = CONTENT_TYPE_LATEST

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The numbers of one app."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
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
        self.ready = Gauge("intergov_ready", "1 where everything needed answers.", registry=self.registry)
        self._worker_failures = Counter(
            "intergov_worker_failures",
            "Times a background worker stopped and was started again.",
            ("worker",),
            registry=self.registry,
        )

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request."""
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def worker_failed(self, worker: str) -> None:
        """Count a worker's failure."""
        self._worker_failures.labels(worker).inc()

    def text(self) -> bytes:
        """Everything, in the exposition format."""
        return generate_latest(self.registry)
