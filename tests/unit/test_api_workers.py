"""Background work that fails is started again, and shows while it does not run."""

from __future__ import annotations

import threading
import time

from api.metrics import Metrics
from api.workers import Workers


def wait_until(condition: object, seconds: float = 5.0) -> None:
    until = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.005)


def test_a_worker_runs_until_it_is_told_to_stop() -> None:
    ended = threading.Event()

    def job(stop: threading.Event) -> None:
        stop.wait()
        ended.set()

    workers = Workers([("quiet", job)], Metrics())
    workers.start()
    assert workers.failures() == []
    workers.stop()
    assert ended.is_set()


def test_a_worker_that_fails_is_started_again_and_shows() -> None:
    runs: list[int] = []
    metrics = Metrics()

    def job(stop: threading.Event) -> None:
        runs.append(1)
        if len(runs) < 3:
            raise RuntimeError(f"run {len(runs)}")
        stop.wait()

    workers = Workers([("shaky", job)], metrics, wait_seconds=[0.01])
    workers.start()
    try:
        wait_until(lambda: len(runs) == 3)
        (failure,) = workers.failures()
        assert (failure.worker, failure.reason) == ("shaky", "RuntimeError: run 2")
        assert b'intergov_worker_failures_total{worker="shaky"} 2.0' in metrics.text()
    finally:
        workers.stop()


def test_a_worker_that_ends_by_itself_has_failed() -> None:
    workers = Workers([("brief", lambda _: None)], Metrics(), wait_seconds=[0.01])
    workers.start()
    try:
        wait_until(lambda: bool(workers.failures()))
        assert workers.failures()[0].reason == "ended without being told to"
    finally:
        workers.stop()


def test_one_that_fails_does_not_stop_the_others_and_none_is_waited_for_long() -> None:
    running = threading.Event()

    def broken(_: threading.Event) -> None:
        raise RuntimeError("broken")

    def steady(stop: threading.Event) -> None:
        running.set()
        stop.wait()

    workers = Workers([("broken", broken), ("steady", steady)], Metrics(), wait_seconds=[60.0])
    workers.start()
    assert running.wait(5)
    wait_until(lambda: bool(workers.failures()))
    started = time.monotonic()
    workers.stop()
    assert time.monotonic() - started < 5


def test_stopping_what_never_started_is_fine() -> None:
    Workers([("never", lambda _: None)], Metrics()).stop()
