"""
What the API can be told from outside: environment variables that begin with INTERGOV_.

    INTERGOV_HOME and others    which ledger is served: see `ledger.config`
    INTERGOV_PUBLIC_URL         where callers reach this API: https://ledger.example.gov; log-ins are bound to it
    INTERGOV_API_READ_LIMIT     requests that read, a caller: "1200/minute"; "off" for no limit
    INTERGOV_API_WRITE_LIMIT    requests that write, a caller: "120/minute"
    INTERGOV_API_LOGIN_LIMIT    requests to log in, a caller: "30/minute"
    INTERGOV_API_BODY_BYTES     the largest request body: 1048576
    INTERGOV_API_CORS_ORIGINS   other origins whose pages may read, separated by commas; none where it is not given
    INTERGOV_METRICS_TOKEN      asked for as a bearer token at /metrics; open where it is not given

Start-up refuses a setting that cannot be meant: a secret that everybody knows, a public address without TLS.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from limits import RateLimitItem, parse

from ledger.config import Settings
from ledger.errors import InvalidInput

_KNOWN_SECRETS = frozenset({"changeme", "changethis", "change-me", "secret", "password", "token", "metrics", "test"})
_SECRET_LENGTH_MIN = 16
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_BODY_BYTES_RANGE = (1_024, 64 * 1_048_576)


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """How one process serves one home."""

    ledger: Settings
    """Which ledger."""

    public_url: str | None = None
    """Scheme, host and port, without a path. None: callers on this machine only may log in."""

    read_limit: RateLimitItem | None = None
    write_limit: RateLimitItem | None = None
    login_limit: RateLimitItem | None = None
    """None for no limit."""

    body_bytes_max: int = 1_048_576
    cors_origins: tuple[str, ...] = ()
    metrics_token: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> ApiSettings:
        """
        Read the settings.

        Raises
        ------
        InvalidInput
            A variable whose value cannot be meant; the message names it and what is allowed.
        """
        given = os.environ if environment is None else environment
        return cls(
            ledger=Settings.from_environment(given),
            public_url=_public_url(given.get("INTERGOV_PUBLIC_URL")),
            read_limit=_limit(given, "INTERGOV_API_READ_LIMIT", "1200/minute"),
            write_limit=_limit(given, "INTERGOV_API_WRITE_LIMIT", "120/minute"),
            login_limit=_limit(given, "INTERGOV_API_LOGIN_LIMIT", "30/minute"),
            body_bytes_max=_body_bytes(given.get("INTERGOV_API_BODY_BYTES")),
            cors_origins=_origins(given.get("INTERGOV_API_CORS_ORIGINS")),
            metrics_token=_secret("INTERGOV_METRICS_TOKEN", given.get("INTERGOV_METRICS_TOKEN")),
        )


def _limit(given: Mapping[str, str], name: str, default: str) -> RateLimitItem | None:
    text = given.get(name) or default
    if text == "off":
        return None
    try:
        item = parse(text)
    except ValueError:
        raise InvalidInput(name, text, 'a rate such as "600/minute", or "off"') from None
    if item.amount < 1:
        raise InvalidInput(name, text, 'at least one request; "off" takes the limit away')
    return item


def _body_bytes(text: str | None) -> int:
    least, most = _BODY_BYTES_RANGE
    if not text:
        return 1_048_576
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and least <= int(text) <= most):
        raise InvalidInput("INTERGOV_API_BODY_BYTES", text, f"a whole number from {least} to {most}")
    return int(text)


def _secret(name: str, text: str | None) -> str | None:
    if not text:
        return None
    if text.lower() in _KNOWN_SECRETS or len(text) < _SECRET_LENGTH_MIN or len(set(text)) < 6:
        # The value is left out: messages end up in logs.
        raise InvalidInput(name, "…", f"a random text of {_SECRET_LENGTH_MIN} characters or more, not a well-known one")
    return text


def _public_url(text: str | None) -> str | None:
    return _origin("INTERGOV_PUBLIC_URL", text) if text else None


def _origins(text: str | None) -> tuple[str, ...]:
    return tuple(_origin("INTERGOV_API_CORS_ORIGINS", part.strip()) for part in (text or "").split(",") if part.strip())


def _origin(name: str, text: str) -> str:
    rule = "an origin such as https://ledger.example.gov, without a path; http only on this machine"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidInput(name, text, rule) from None
    bare = parts.path in ("", "/") and not parts.query and not parts.fragment and parts.username is None
    if parts.scheme not in ("http", "https") or not host or not bare:
        raise InvalidInput(name, text, rule)
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise InvalidInput(name, text, rule)
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(host_header: str) -> bool:
    """Whether a Host header names this machine."""
    try:
        return urlsplit(f"//{host_header}").hostname in _LOOPBACK
    except ValueError:
        return False
