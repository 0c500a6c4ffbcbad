"""Logs as JSON lines: what a line is about is in fields of its own."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator

import pytest

from ledger import logs, traces
from ledger.errors import InvalidInput

log = logging.getLogger("ledger.trial")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_names_operation_transaction_and_request(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure({"INTERGOV_LOG": "json"})
    with logs.during_request("request-7"):
        log.info("operation %s sent 已发送", "0x01", extra=logs.about("0x01", "0x02"))
    log.info("idle", extra=logs.about(None))
    first, second = lines(capsys)
    assert str(first.pop("time")).endswith("Z")
    assert first == {
        "level": "INFO",
        "logger": "ledger.trial",
        "message": "operation 0x01 sent 已发送",
        "operation": "0x01",
        "transaction": "0x02",
        "request": "request-7",
    }
    assert second.keys() == {"time", "level", "logger", "message"}


def test_an_exception_is_one_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure({"INTERGOV_LOG": "json"})
    try:
        raise ValueError("a mistake\nof two lines")
    except ValueError:
        log.exception("a round failed")
    (line,) = lines(capsys)
    assert "a mistake" in str(line["exc_info"])


def test_lines_for_people_are_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure({})
    log.info("not shown")
    log.warning("the relay waits", extra=logs.about("0x01"))
    assert capsys.readouterr().err == "intergov: the relay waits\n"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ("text", logging.WARNING)),
        ({"INTERGOV_LOG": ""}, ("text", logging.WARNING)),
        ({"INTERGOV_LOG": "json"}, ("json", logging.INFO)),
        ({"INTERGOV_LOG": "json", "INTERGOV_LOG_LEVEL": "error"}, ("json", logging.ERROR)),
        ({"INTERGOV_LOG_LEVEL": "debug"}, ("text", logging.DEBUG)),
    ],
)
def test_what_the_environment_asks_for(environment: dict[str, str], expected: tuple[str, int]) -> None:
    assert logs.chosen(environment) == expected


@pytest.mark.parametrize("environment", [{"INTERGOV_LOG": "xml"}, {"INTERGOV_LOG_LEVEL": "loud"}])
def test_what_cannot_be_meant_is_refused(environment: dict[str, str]) -> None:
    (name,) = environment
    with pytest.raises(InvalidInput, match=name):
        logs.configure(environment)


def test_without_the_extra_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with traces.exported({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}) as exporting:
        assert not exporting
        assert not traces.recorded()
    with traces.exported({}) as exporting:
        assert not exporting
    with traces.span("nothing", operation="0x01") as span:
        assert span is None
    traces.past("nothing", "00-", 1, 2)
    assert traces.traceparent() is None
    assert traces.current_ids() == {}
