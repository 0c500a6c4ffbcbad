"""
Traces, from the HTTP request to the block.

    POST /v1/commands/{name}        the request
      └ relay.accept                verified, tried on the node, on disk
          ├ relay.send              signed with a nonce, on disk, handed to a node
          └ relay.include           from then until the block that it ended in

The relay works later, and perhaps in another process. So the trace that a command came with is kept with its operation
(W3C traceparent), and what the relay does goes on with it.

Traces need the extra `telemetry`. Where OTEL_EXPORTER_OTLP_ENDPOINT (or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) is set they
go there; OpenTelemetry's other variables (OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER and so on) hold too. Without the
extra, or without an address, nothing is recorded and nothing is slower for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

SERVICE: Final = "intergov-ledger"

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_NANOSECONDS: Final = 1_000_000_000

_tracer: Tracer | None = None


def use(provider: TracerProvider | None) -> None:
    """Record traces with a provider of the caller's; None records none."""
    global _tracer
    _tracer = None if provider is None else provider.get_tracer(SERVICE)


@contextmanager
def exported(environment: Mapping[str, str]) -> Iterator[bool]:
    """Send traces where the environment says; whether they are sent. What is still here at the end is sent then."""
    if not any(environment.get(name) for name in _ENDPOINTS):
        yield False
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        yield False
        return
    name = environment.get("OTEL_SERVICE_NAME") or SERVICE
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    use(provider)
    try:
        yield True
    finally:
        use(None)
        provider.shutdown()


def recorded() -> bool:
    """Whether traces are recorded in this process."""
    return _tracer is not None


@contextmanager
def span(name: str, *, parent: str | None = None, server: bool = False, **attributes: Any) -> Iterator[Span | None]:
    """
    Record what happens in this block.

    Parameters
    ----------
    parent
        The trace that it belongs to, as `traceparent` gave it; the surrounding one where not given.
    server
        Whether it answers somebody else's request.
    attributes
        What is known about it; what is None is left out.
    """
    if _tracer is None:
        yield None
        return
    from opentelemetry.trace import SpanKind

    kind = SpanKind.SERVER if server else SpanKind.INTERNAL
    with _tracer.start_as_current_span(name, _context(parent), kind, attributes=_told(attributes)) as begun:
        yield begun


def past(name: str, parent: str, began_at: int, ended_at: float, **attributes: Any) -> None:
    """Record what has happened between two moments, UTC seconds."""
    if _tracer is None:
        return
    begun = _tracer.start_span(name, _context(parent), attributes=_told(attributes), start_time=began_at * _NANOSECONDS)
    # The moment of sending is kept in whole seconds, and may be of another machine's clock: nothing ends before it
    # began.
    begun.end(max(began_at * _NANOSECONDS, int(ended_at * _NANOSECONDS)))


def traceparent() -> str | None:
    """The present place in the present trace, in the form of W3C Trace Context; None where none is recorded."""
    if _tracer is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")


def current_ids() -> dict[str, str]:
    """Ids of the present trace and span, for logs; empty where none is recorded."""
    if _tracer is None:
        return {}
    from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

    context = get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace": format_trace_id(context.trace_id), "span": format_span_id(context.span_id)}


def _context(parent: str | None) -> Any:
    if parent is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": parent})


def _told(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {f"intergov.{name}": value for name, value in attributes.items() if value is not None}
