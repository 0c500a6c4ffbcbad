"""
What runs beside the requests: the follower, which brings the projection up to the chain, and the relay, which brings
accepted commands onto it.

Each is a thread. One that stops with an error is logged and started again after a while that grows, so that a node that
is restarted, or a database that is locked for a minute, needs nobody's hand; what it stopped with shows at /readyz.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from api.metrics import Metrics
from ledger.errors import LedgerError

log = logging.getLogger("intergov.api")

_WAIT_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""How long to wait before the next start, by how often it has failed in a row."""

_SETTLED_SECONDS: Final = 5.0
"""How long after a new start the old failure still shows."""

_STEADY_SECONDS: Final = 60.0
"""A worker that ran so long has not failed in a row."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a worker is not running just now."""

    worker: str
    reason: str


class Workers:
    """
    Runs background work until it is stopped.

    Parameters
    ----------
    jobs
        Names, and functions that run until the event is set.
    metrics
        Counts the failures.
    wait_seconds
        Waits between starts.
    """

    def __init__(
        self,
        jobs: Sequence[tuple[str, Callable[[threading.Event], object]]],
        metrics: Metrics,
        wait_seconds: Sequence[float] = _WAIT_SECONDS,
    ) -> None:
        self._stop = threading.Event()
        self._metrics = metrics
        self._wait_seconds = wait_seconds
        # The reason, and when it was started again: for some seconds after that nobody knows whether it holds.
        self._failures: dict[str, tuple[str, float]] = {}
        self._threads = [
            threading.Thread(target=self._supervise, args=(name, job), name=f"intergov-{name}", daemon=True)
            for name, job in jobs
        ]

    def start(self) -> None:
        """Start every worker."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_seconds: float = 15.0) -> None:
        """Tell every worker to stop, and wait until it has: each ends the step that it is at."""
        self._stop.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(timeout_seconds)

    def failures(self) -> list[Failure]:
        """The workers that are not running just now, with the reason."""
        now = time.monotonic()
        return [
            Failure(name, reason)
            for name, (reason, restarted) in sorted(self._failures.items())
            if now - restarted < _SETTLED_SECONDS
        ]

    def _supervise(self, name: str, job: Callable[[threading.Event], object]) -> None:
        failed = 0
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                job(self._stop)
                reason = "ended without being told to"
            except LedgerError as error:
                # A node or database that does not answer is no mistake of the program: no trace is needed.
                reason = f"{type(error).__name__}: {error}"
                log.warning("%s stopped and will be started again: %s", name, reason)
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                log.exception("%s stopped and will be started again", name)
            if self._stop.is_set():
                return
            failed = 1 if time.monotonic() - started > _STEADY_SECONDS else failed + 1
            self._failures[name] = (reason, math.inf)
            self._metrics.worker_failed(name)
            self._stop.wait(self._wait_seconds[min(failed, len(self._wait_seconds)) - 1])
            self._failures[name] = (reason, time.monotonic())
