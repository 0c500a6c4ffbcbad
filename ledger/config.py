"""
Where a ledger is: settings from options and the environment.

    INTERGOV_HOME       folder of the embedded node, databases, documents and keys; ./.intergov where nothing is said
    INTERGOV_RPC        address of another node than the embedded one
    INTERGOV_DATABASE   a PostgreSQL database that several processes share; or another file for the projection
    INTERGOV_PASSPHRASE opens the key files, where the home does not keep the passphrase itself
    INTERGOV_PKCS11_PIN opens the token that holds a key: `ledger.chain.pkcs11`
    INTERGOV_LOG, INTERGOV_LOG_LEVEL, OTEL_EXPORTER_OTLP_ENDPOINT   logs and traces: `ledger.logs`, `ledger.traces`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HOME_DEFAULT: Final = Path(".intergov")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a ledger is."""

    home: Path

    rpc: str | None = None
    """Address of a node; None for the home's embedded one."""

    database: str | None = None
    """
    A PostgreSQL database (`postgresql+psycopg://user@host/name`) for both stores, each in a namespace of its own, or
    another SQLite file for the projection; None for files in the home.
    """

    passphrase: str | None = None
    """Opens the key files; None where the home keeps it, or a person is asked."""

    @classmethod
    def from_environment(
        cls,
        environment: Mapping[str, str],
        home: Path | None = None,
        rpc: str | None = None,
        database: str | None = None,
    ) -> Settings:
        """Options win over the environment, the environment over the defaults; an empty variable counts as unset."""
        return cls(
            home=home or Path(environment.get("INTERGOV_HOME") or HOME_DEFAULT),
            rpc=rpc or environment.get("INTERGOV_RPC") or None,
            database=database or environment.get("INTERGOV_DATABASE") or None,
            passphrase=environment.get("INTERGOV_PASSPHRASE") or None,
        )
