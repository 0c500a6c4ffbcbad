"""Settings of the API: what is read, and what start-up refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.settings import ApiSettings, is_loopback
from ledger.errors import InvalidInput


def test_defaults() -> None:
    settings = ApiSettings.from_environment({})
    assert settings.ledger.home == Path(".intergov")
    assert str(settings.read_limit) == "1200 per 1 minute"
    assert settings.public_url is None
    assert settings.cors_origins == ()
    assert settings.metrics_token is None


def test_what_is_given_is_read() -> None:
    settings = ApiSettings.from_environment(
        {
            "INTERGOV_HOME": "/srv/ledger",
            "INTERGOV_PUBLIC_URL": "https://ledger.example.gov/",
            "INTERGOV_API_READ_LIMIT": "10/second",
            "INTERGOV_API_WRITE_LIMIT": "off",
            "INTERGOV_API_BODY_BYTES": "2048",
            "INTERGOV_API_CORS_ORIGINS": "https://a.example, https://b.example",
            "INTERGOV_METRICS_TOKEN": "k3Jd8sLq0ZpXv7Yw",
        }
    )
    assert settings.ledger.home == Path("/srv/ledger")
    assert settings.public_url == "https://ledger.example.gov"
    assert settings.read_limit is not None
    assert settings.read_limit.amount == 10
    assert settings.write_limit is None
    assert settings.body_bytes_max == 2048
    assert settings.cors_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INTERGOV_METRICS_TOKEN", "changethis"),
        ("INTERGOV_METRICS_TOKEN", "short"),
        ("INTERGOV_METRICS_TOKEN", "aaaaaaaaaaaaaaaaaaaaaaaa"),
        ("INTERGOV_PUBLIC_URL", "http://ledger.example.gov"),
        ("INTERGOV_PUBLIC_URL", "https://ledger.example.gov/path"),
        ("INTERGOV_PUBLIC_URL", "https://user@ledger.example.gov"),
        ("INTERGOV_PUBLIC_URL", "ftp://ledger.example.gov"),
        ("INTERGOV_PUBLIC_URL", "https://[broken"),
        ("INTERGOV_API_READ_LIMIT", "many"),
        ("INTERGOV_API_READ_LIMIT", "0/minute"),
        ("INTERGOV_API_BODY_BYTES", "1"),
        ("INTERGOV_API_BODY_BYTES", "-5"),
        ("INTERGOV_API_BODY_BYTES", "9" * 40),
        ("INTERGOV_API_CORS_ORIGINS", "*"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ApiSettings.from_environment({name: value})
    assert name in str(caught.value)


def test_a_refused_secret_is_not_repeated() -> None:
    with pytest.raises(InvalidInput) as caught:
        ApiSettings.from_environment({"INTERGOV_METRICS_TOKEN": "hunter2"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:8000", True),
        ("localhost", True),
        ("[::1]:8000", True),
        ("ledger.example.gov", False),
        ("127.0.0.1.example.gov", False),
        ("localhost@evil.example", False),
        ("[broken", False),
        ("", False),
    ],
)
def test_loopback_hosts(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
