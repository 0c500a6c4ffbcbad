"""One trace from the HTTP request to the block, though the relay works later and elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ledger import traces
from ledger.chain.signers import LocalSigner
from ledger.domain.commands import SubmitEvidence
from ledger.relay import Relay
from ledger.store.operational import OperationalStore
from tests import relay_fixtures as fixtures
from tests.api_world import NOW
from tests.api_world import world as api_world
from tests.relay_world import World

# Fixtures are found by their names in the module.
world, store = fixtures.world, fixtures.store

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traces.use(provider)
    yield exporter
    traces.use(None)
    provider.shutdown()


def by_name(spans: Sequence[ReadableSpan]) -> dict[str, ReadableSpan]:
    return {span.name: span for span in spans}


def test_a_request_goes_on_with_its_callers_trace(tmp_path: Path, spans: InMemorySpanExporter) -> None:
    with api_world(tmp_path) as world, TestClient(world.app()) as client:
        body = world.prepared(SubmitEvidence(61, b"\x07" * 32, "archive/10", NOW - 100))
        answer = client.post("/v1/commands/SubmitEvidence", json=body, headers={"traceparent": CALLER})
        assert answer.status_code == 202, answer.text
        kept = world.ledger.store.outbox.acceptance_of(answer.json()["id"])
    found = by_name(spans.get_finished_spans())
    request, accepted = found["POST /v1/commands/{name}"], found["relay.accept"]
    assert request.context is not None
    assert accepted.context is not None
    assert f"{request.context.trace_id:032x}" == CALLER[3:35]
    assert accepted.parent == request.context
    assert accepted.attributes is not None
    assert accepted.attributes["intergov.operation"] == answer.json()["id"]
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 202
    # What the relay does later belongs under the acceptance.
    assert kept is not None
    assert kept.trace == f"00-{accepted.context.trace_id:032x}-{accepted.context.span_id:016x}-01"


def test_sending_and_inclusion_belong_to_the_trace_that_brought_the_command(
    world: World, store: OperationalStore, spans: InMemorySpanExporter
) -> None:
    with traces.span("the caller") as caller:
        accepting = Relay(world.node, world.deployment, store, LocalSigner.create())
        operation = accepting.accept(world.signed(world.proposal()))
    # Another relay, as after a restart.
    sending = Relay(world.node, world.deployment, store, LocalSigner.create())
    ended = sending.wait(operation.id)
    found = by_name(spans.get_finished_spans())
    assert caller is not None
    trace = caller.get_span_context().trace_id
    for name in ("relay.accept", "relay.send", "relay.include"):
        context = found[name].context
        assert context is not None
        assert context.trace_id == trace, name
    included = found["relay.include"].attributes
    assert included is not None
    assert (included["intergov.block_number"], included["intergov.transaction"], included["intergov.state"]) == (
        ended.block_number,
        ended.transaction,
        "confirmed",
    )


def test_traces_go_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[str] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            received.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": "set"}
        with traces.exported(environment) as exporting, traces.span("trial"):
            assert exporting
            assert traces.current_ids().keys() == {"trace", "span"}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert received == ["/v1/traces"]
    assert not traces.recorded()


def test_metrics_tell_the_outbox_by_state_and_what_the_relay_did(tmp_path: Path) -> None:
    with api_world(tmp_path) as world, TestClient(world.app()) as client:
        body = world.prepared(SubmitEvidence(61, b"\x07" * 32, "archive/10", NOW - 100))
        answer = client.post("/v1/commands/SubmitEvidence", json=body)
        for _ in range(6):
            world.ledger.store.outbox.put_back([answer.json()["id"]], "a mood", 0)
        told = client.get("/metrics").text
    for line in (
        'intergov_outbox_operations{state="accepted"} 1.0',
        'intergov_outbox_operations{state="quarantined"} 1.0',
        'intergov_outbox_operations{state="sent"} 0.0',
        "intergov_relay_accepted_total 1.0",
        "intergov_relay_failed_rounds_total 0.0",
        'intergov_relay_ended_total{state="confirmed"} 0.0',
        'intergov_http_requests_total{method="POST",route="/v1/commands/{name}",status="202"} 1.0',
    ):
        assert line in told.splitlines(), line
